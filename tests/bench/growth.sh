# How time grows: the import from its first fifth to its last, lines out of order, and a month with ten
# or a hundred times the subscriptions. Sourced by run.sh.
# shellcheck shell=bash disable=SC2154,SC2034 # set by run.sh; used by report.sh

# The workload cut into five files, imported in their order.
fifths_rounds() {
    local part
    workload_cut_in_five
    for round in $(seq "$ROUNDS"); do
        echo "$engine, size $size, five fifths, round $round of $ROUNDS" >&2
        billmill_begin fifths
        for part in 1 2 3 4 5; do
            billmill_timed "fifth_$part" import --record usage "$files/usage-$part.csv"
        done
    done
    billmill_timed_jobs fifths_advance period-advance
    billmill_fold # all five are there
}

# L48 beside L: the same lines in order.
in_order_rounds() {
    [ "$size" = L48 ] || return 0
    workload_make L
    for round in $(seq "$ROUNDS"); do
        echo "$engine, size L, round $round of $ROUNDS" >&2
        billmill_begin in_order
        billmill_timed in_order_import import --record usage "$files/usage.csv"
    done
    workload_choose L48
}

# The size that a larger one is compared with.
smaller_size() {
    case $size in
    M | L | L48) echo S ;;
    X) echo M ;;
    S) ;;
    esac
}

# A smaller month, and that month again when nothing is left to do: the start of the programs.
smaller_rounds() {
    local larger=$size
    workload_make "$(smaller_size)"
    smaller_subscriptions=$subscriptions
    for round in $(seq "$ROUNDS"); do
        echo "$engine, size $size beside $larger, round $round of $ROUNDS" >&2
        billmill_begin smaller
        billmill_timed smaller_import import --record usage "$files/usage.csv"
        billmill_timed_jobs smaller_bill "$BILLING_JOBS"
        billmill_timed_jobs smaller_again "$BILLING_JOBS"
        billmill_check_invoices
    done
    workload_choose "$larger"
}

growth_rounds() {
    fifths_rounds
    in_order_rounds
    [ -z "$(smaller_size)" ] || smaller_rounds
}
