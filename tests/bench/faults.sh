# What a kill costs, and how often the disk is waited for. Sourced by run.sh.
# shellcheck shell=bash disable=SC2154,SC2034 # set by run.sh; used by report.sh

# Billing killed (SIGKILL) at an instant chosen by hash of the round, and run again to its end.
# `undisturbed` is the same from the same database, right before it.
kill_rounds() {
    local after_us killed_us
    for round in $(seq "$ROUNDS"); do
        echo "$engine, size $size, killed once, round $round of $ROUNDS" >&2
        imported_again undisturbed
        billmill_timed_jobs undisturbed "$BILLING_JOBS"
        undisturbed_chunks=$(chunks_done)
        imported_again killed
        after_us=$(random_part "$(tail -n 1 "$lists/undisturbed" | cut -d ' ' -f 1)")
        killed_us=$(kill_jobs_after "$after_us")
        billmill_timed_jobs finished "$BILLING_JOBS"
        echo "$((killed_us + $(tail -n 1 "$lists/finished" | cut -d ' ' -f 1))) 0 0" >>"$lists/killed"
        billmill_check_invoices
    done
}

chunks_done() { # of the jobs that were timed last, as they said
    awk 'match($0, /[0-9]+ chunks?/) { sum += substr($0, RSTART, RLENGTH) + 0 } END { print (sum > 0 ? sum : 1) }' "$work/output"
}

random_part() { # OF: 5 to 95 percent of it
    local hash
    hash=$(printf '%s %s %s' "$engine" "$SEED" "$round" | sha256sum | cut -c 1-8)
    echo $(($1 * (5 + 0x$hash % 91) / 100))
}

# Starts billing in a session of its own and kills all of it; prints how long it ran.
kill_jobs_after() { # MICROSECONDS
    local begun pid
    settle
    begun=${EPOCHREALTIME/./}
    setsid sh -c "$(jobs_text "$BILLING_JOBS")" >"$work/output" 2>&1 </dev/null &
    pid=$!
    sleep "$(awk -v us="$1" 'BEGIN {printf "%.3f", us / 1000000}')"
    kill -KILL -- "-$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    echo $((${EPOCHREALTIME/./} - begun))
}

# fsync and fdatasync of the billing jobs on SQLite, counted by strace: a list "COUNT 0 0".
sync_count() {
    [ "$engine" = sqlite ] || return 0
    imported_again counted
    strace -f -c -e trace=fsync,fdatasync,sync_file_range,syncfs -o "$work/strace" sh -c "$(jobs_text "$BILLING_JOBS")" \
        >"$work/output" 2>&1 || die "billing under strace failed"
    awk '$NF == "total" {print $(NF - 1), 0, 0}' "$work/strace" >"$lists/syncs"
    billmill_check_invoices
}

faults_rounds() {
    kill_rounds
    sync_count
}
