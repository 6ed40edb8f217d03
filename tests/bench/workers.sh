# One worker and two, in turns, on PostgreSQL: SQLite has one writer. Sourced by run.sh.
# shellcheck shell=bash disable=SC2154 # set by run.sh

workers_rounds() {
    [ "$engine" = postgres ] || return 0
    local workers
    for round in $(seq "$ROUNDS"); do
        for workers in 1 2; do
            echo "$engine, size $size, $workers workers, round $round of $ROUNDS" >&2
            imported_again workers
            timed "workers_$workers" bash -c '. "$1"; shift; jobs_by "$@"' - "$HERE/workers.sh" "$workers" \
                "$BILLMILL" "$work/config/billmill.yaml" "$PERIOD" "$BILLING_JOBS"
            billmill_check_invoices
        done
    done
}

# Where billmill cannot start workers itself, two processes share the run: the second one joins as
# `resume` does.
jobs_by() { # WORKERS BILLMILL CONFIG PERIOD JOBS
    local job
    for job in $5; do
        if "$2" run --help | grep -q -e --workers; then
            "$2" --config "$3" --quiet run "$job" --period "$4" --workers "$1" || return
        elif [ "$1" = 1 ]; then
            "$2" --config "$3" --quiet run "$job" --period "$4" || return
        else
            "$2" --config "$3" --quiet run "$job" --period "$4" &
            sleep 0.1
            "$2" --config "$3" --quiet resume "$job" --period "$4" || return
            wait $! || return
        fi
    done
}
