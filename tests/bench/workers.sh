# One worker and two, in turns, on PostgreSQL: SQLite has one writer. Sourced by run.sh.
# shellcheck shell=bash disable=SC2154 # set by run.sh

workers_rounds() {
    [ "$engine" = postgres ] || return 0
    local workers
    for round in $(seq "$ROUNDS"); do
        for workers in 1 2; do
            echo "$engine, size $size, $workers workers, round $round of $ROUNDS" >&2
            imported_again workers
            billmill_timed_jobs "workers_$workers" "$BILLING_JOBS" --workers "$workers"
            billmill_check_invoices
        done
    done
}
