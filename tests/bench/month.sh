# One round of one month: each stage by the script, then by billmill. Sourced by run.sh.
# shellcheck shell=bash disable=SC2154 # set by run.sh

month_rounds() {
    for round in $(seq "$ROUNDS"); do
        echo "$engine, size $size, round $round of $ROUNDS" >&2
        month_import
        month_fold
        month_bill
        month_render
    done
}

# What is imported is kept as the database `imported`, for the parts that bill it again.
month_import() {
    "${engine}_begin"
    billmill_begin month
    "${engine}_script" import
    same "the script's import (events, thousandths)" "$("${engine}_sums" events)" "$unique $values"
    billmill_timed billmill_import import --record usage "$files/usage.csv"
    billmill_timed billmill_import_again import --record usage "$files/usage.csv"
    "${engine}_ready"
    [ "$round" != 1 ] || "${engine}_copy" month imported >/dev/null
}

month_fold() {
    billmill_timed_jobs billmill_period-advance period-advance
    "${engine}_script" fold
    billmill_fold
}

month_bill() {
    local job
    "${engine}_script" bill
    timed_from_mark baseline_bill_after_fold
    same "the script's invoices (count, minor units)" "$("${engine}_sums" invoices)" "$subscriptions $total"
    for job in rating tax credit-expire invoice-finalize; do billmill_timed_jobs "billmill_$job" $job; done
    billmill_timed_jobs billmill_bill_again "$BILLING_JOBS"
    billmill_check_invoices
}

# A hundred thousand PDFs say no more than ten thousand.
month_render() {
    [ "$round" = 1 ] && [ "$subscriptions" -le 10000 ] || return 0
    billmill_timed_jobs billmill_render invoice-render
}

# The database as it was when everything was imported and nothing billed, once more.
imported_again() { # NAME
    BILLMILL_DATABASE=$("${engine}_copy" imported "$1")
    export BILLMILL_DATABASE
}
