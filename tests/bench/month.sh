# One round of one month: each stage by the script, then by billmill. Sourced by run.sh.
# shellcheck shell=bash

month_round() {
    month_import
    month_fold
    month_bill
    month_render
}

month_import() {
    "${engine}_begin"
    billmill_begin month
    "${engine}_script" import
    same "the script's import (events, thousandths)" "$("${engine}_sums" events)" "$unique $values"
    billmill_timed billmill_import import --record usage "$files/usage.csv"
    billmill_timed billmill_import_again import --record usage "$files/usage.csv"
    "${engine}_ready"
}

month_fold() {
    billmill_timed_jobs billmill_advance period-advance
    "${engine}_script" fold
    billmill_fold
}

month_bill() {
    "${engine}_script" bill
    timed_from_mark baseline_bill_after_fold
    [ -n "$total" ] || total=$("${engine}_sums" invoices | cut -d ' ' -f 2)
    same "the script's invoices (count, minor units)" "$("${engine}_sums" invoices)" "$subscriptions $total"
    billmill_timed_jobs billmill_bill rating tax invoice-finalize
    billmill_timed_jobs billmill_bill_again period-advance rating tax invoice-finalize
    billmill_check_invoices
}

# PDFs have nothing to do with the size beyond S, and take long.
month_render() {
    [ "$size" = S ] || [ "$round" = 1 ] || return 0
    [ "$subscriptions" -le 10000 ] || return 0
    billmill_timed_jobs billmill_render invoice-render
}
