# The month of terms: the same events and subscriptions, with percentages of events, a coupon, a contract that ends and
# credits for everybody, and a change of plan for every second one; beside the plain month, both by billmill.
# Sourced by run.sh.
# shellcheck shell=bash disable=SC2154,SC2034 # run.sh and its parts share these

terms_rounds() {
    terms_make
    for round in $(seq "$ROUNDS"); do
        echo "$engine, size $size, with terms, round $round of $ROUNDS" >&2
        imported_again plain
        terms_bill plain
        billmill_check_invoices
        imported_again terms
        billmill_timed terms_import import "$files/terms.jsonl"
        terms_bill terms
        terms_check_invoices
    done
}

terms_make() { # the file, unless it is there
    terms_records=$((20 * 2 + 1 + subscriptions * 9 / 2))
    [ ! -e "$files/terms.jsonl" ] || return 0
    mkdir -p "$files/terms.new"
    "$BUILD/generate_terms" "$files/terms.new" $subscriptions $SEED
    mv "$files/terms.new/terms.jsonl" "$files/"
    rmdir "$files/terms.new"
}

terms_bill() { # plain, or terms: lists of that name for each job
    local job
    for job in $BILLING_JOBS; do billmill_timed_jobs "$1_$job" "$job"; done
}

# Of a size whose sum is not in README.md, what the first round came to holds for all others.
terms_check_invoices() {
    local sums
    sums=$(billmill dump --record invoice | invoice_sums)
    terms_total=${terms_total:-${sums#* }}
    same "invoices with terms (count, minor units)" "$sums" "$subscriptions $terms_total"
}

report_terms() {
    local job terms_us=0 plain_us=0
    for job in $BILLING_JOBS; do
        terms_us=$((terms_us + $(median_us "terms_$job")))
        plain_us=$((plain_us + $(median_us "plain_$job")))
    done
    row 4 "a month of terms, beside a plain one" $((terms_us / 1000)) $((plain_us / 1000)) ms "$(ratio $terms_us $plain_us)" "<=" -
    for job in $BILLING_JOBS; do
        terms_us=$(median_us "terms_$job")
        plain_us=$(median_us "plain_$job")
        row 4 "of it $job" $((terms_us / 1000)) $((plain_us / 1000)) ms "$(ratio "$terms_us" "$plain_us")" "<=" -
    done
    row "$(import_goal)" "import of its terms" "$(rate $terms_records "$(median_us terms_import)")" - records/s - ">=" -
    row 9 "peak memory, a month of terms" \
        "$(peak_mib terms_period-advance terms_rating terms_tax terms_invoice-finalize)" - MiB - "<=" 64
}
