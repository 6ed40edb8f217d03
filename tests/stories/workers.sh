#!/bin/bash
# Several workers: the month of the demo by one, two and eight processes on PostgreSQL, and with helpers
# on SQLite, is the same dump and the same PDFs. Workers killed, their parent stopped or killed, and all
# of them asked to stop by another process: nobody works on alone, and `resume` ends it right.
# Once: it begins on SQLite, and has a server of its own.
. "$(dirname "$0")/../support/story.sh"
unset BILLMILL_TEST_POSTGRES
story_begin
story_config

documents=$STORY_DIR/documents
documents_at "$documents"
sed -i 's|^chunk_size:.*|chunk_size: 20|' "$STORY_DIR"/config/jobs/*.yaml # many chunks, to be disturbed in
files=()
for file in tenants.jsonl catalog.jsonl tax_rates.jsonl customers.jsonl subscriptions.jsonl usage.csv usage.jsonl; do
    files+=("config/demo/$file")
done

prepare() { # NAME: of the database at BILLMILL_DATABASE
    rm -rf "$documents"
    run 0 "$1: the database is made" -- billmill init
    run 0 "$1: the business is imported" -- billmill import --quiet "${files[@]}"
}

use() { # NAME: an empty database of PostgreSQL, with the demo's business in it
    BILLMILL_DATABASE=$(server database "$1")
    export BILLMILL_DATABASE
    prepare "$1"
}

use_sqlite() { # NAME
    export BILLMILL_DATABASE=$STORY_DIR/$1.db
    prepare "$1"
}

query() { # SQL
    psql --quiet --no-psqlrc --no-align --tuples-only --dbname "$BILLMILL_DATABASE" --command "$1"
}

digest_of_documents() {
    (cd "$documents" && find . -name '*.pdf' -print0 | sort -z | xargs -0 sha256sum)
}

same() { # NAME [WHAT]: as the one process on SQLite left it, after the close or after WHAT
    run 0 "$1: a dump" -- billmill dump --quiet
    check "$1: the dump is the one of a single process" -- cmp "$STORY_OUT" "$STORY_DIR/${2:-close}.jsonl"
    digest_of_documents >"$STORY_DIR/digests"
    check "$1: so are the PDFs" -- cmp "$STORY_DIR/digests" "$STORY_DIR/${2:-close}.digests"
}

keep() { # WHAT: as same() compares with
    billmill dump --quiet >"$STORY_DIR/$1.jsonl"
    digest_of_documents >"$STORY_DIR/$1.digests"
}

# Tenant and number of every invoice; a number is gapless when it is as large as its place.
gaps() {
    grep '"number":"INV' "$STORY_DIR/close.jsonl" |
        sed 's/.*"number":"INV-[0-9]*-0*\([0-9]*\)".*"tenant":"\([^"]*\)".*/\2 \1/' | sort -k1,1 -k2,2n |
        awk '$1 != tenant { tenant = $1; place = 0 } $2 != ++place { gap++ } END { print NR, gap + 0 }'
}

# Starts billmill in the background; its process is then in $parent.
begin() {
    "${BILLMILL:-build/billmill}" --config "$STORY_DIR/config/billmill.yaml" "$@" \
        >"$STORY_DIR/begun.out" 2>"$STORY_DIR/begun.err" </dev/null &
    parent=$!
}

children() {
    cat "/proc/$parent/task/$parent/children" 2>/dev/null
}

# Until the run has committed as many chunks.
await_chunks() { # NUMBER
    local number
    for _ in $(seq 200); do
        number=$(query 'SELECT count(*) FROM job_chunk' 2>/dev/null)
        [ "${number:-0}" -lt "$1" ] || return 0
        sleep 0.02
    done
    return 1
}

ends_with() { # NAME EXIT_CODE
    local code=0
    wait "$parent" || code=$?
    if [ "$code" = "$2" ]; then ok "$1"; else not_ok "$1" "exit $code instead of $2
$(tail -n 10 "$STORY_DIR/begun.err")"; fi
}

# All of these processes end within ten seconds.
are_gone() { # NAME PROCESS…
    local name=$1 process left
    shift
    for _ in $(seq 200); do
        left=
        for process in "$@"; do
            [ ! -e "/proc/$process" ] || grep -q '^State:.Z' "/proc/$process/status" 2>/dev/null || left="$left $process"
        done
        [ -n "$left" ] || break
        sleep 0.05
    done
    equal "$name" "${left:-}" ""
}

# ------------------------------------------------------------------ SQLite: helpers print

use_sqlite one
run 3 "one process closes the month" -- billmill close --period 2026-10 --quiet
keep close
equal "numbers are gapless" "$(gaps)" "687 0"
run 3 "one process tries parked items again" -- billmill parked retry --all --quiet
run 3 "one process closes the month again" -- billmill redo close --period 2026-10 --reason "late" --quiet
keep redone

use_sqlite four
run 3 "four processes" -- billmill close --period 2026-10 --quiet --workers 4
same "four processes on SQLite"

use_sqlite disturbed
begin close --period 2026-10 --quiet --workers 4
killed=0
while kill -0 "$parent" 2>/dev/null && [ "$killed" -lt 5 ]; do
    for helper in $(children); do
        if kill -KILL "$helper" 2>/dev/null; then killed=$((killed + 1)); fi
        break
    done
done
ends_with "helpers are killed, the run ends" 3
between "helpers were killed" "$killed" 1 5
check "it says so" -- grep -q "a helper ended without a word" "$STORY_DIR/begun.err"
same "helpers killed"

use_sqlite interrupted
begin close --period 2026-10 --quiet --workers 4
while kill -0 "$parent" 2>/dev/null && [ -z "$(children)" ]; do :; done
kill -TERM "$parent"
ends_with "SIGTERM stops the one with helpers" 143
run 3 "resumed with helpers, it ends" -- billmill resume --quiet --workers 3
same "interrupted with helpers"

use_sqlite stopped
run 0 "all jobs but the last are done" -- sh -c "for job in period-advance rating tax credit-expire invoice-finalize; do
    '${BILLMILL:-build/billmill}' --config '$STORY_DIR/config/billmill.yaml' run \$job --period 2026-10 --quiet || [ \$? = 3 ] || exit 1; done"
begin run invoice-render --period 2026-10 --quiet --workers 4
while kill -0 "$parent" 2>/dev/null && [ -z "$(children)" ]; do :; done
helpers=$(children)
kill -KILL "$parent"
{ wait "$parent"; } 2>/dev/null
# shellcheck disable=SC2086 # each is a process
are_gone "helpers end with their parent" $helpers
run 0 "the close finishes what was killed" -- billmill close --period 2026-10 --quiet --workers 2
run 0 "its documents are all there" -- billmill status
digest_of_documents >"$STORY_DIR/digests"
check "byte for byte" -- cmp "$STORY_DIR/digests" "$STORY_DIR/close.digests"

# ------------------------------------------------------------------ PostgreSQL: workers share the run

private_server

for number in 1 2 8; do
    use "w$number"
    sed -i "s|^workers: .*|workers: $number|" "$STORY_DIR/config/billmill.yaml"
    run 3 "$number on PostgreSQL" -- billmill close --period 2026-10 --quiet
    # One that comes when the others have finished leaves no execution.
    pids=$(query "SELECT count(DISTINCT pid) FROM job_execution")
    check "as many as the configuration says, not one alone" -- test "$pids" -le "$number" -a "$pids" -ge "$((number > 1 ? 2 : 1))"
    same "$number on PostgreSQL"
done
sed -i 's|^workers: .*|workers: 1|' "$STORY_DIR/config/billmill.yaml"
run 3 "eight try parked items again" -- billmill parked retry --all --quiet --workers 8
run 3 "eight close the month again" -- billmill redo close --period 2026-10 --reason "late" --quiet --workers 8
same "eight, redone" redone
run 0 "what is done stays" -- billmill close --period 2026-10 --quiet --workers 8
stdout_has "and says so" "already done"
run 0 "nothing is left running" -- billmill status --json
stdout_has "no worker" '"workers": []'


# ------------------------------------------------------------------ killed and stopped

use killed
begin close --period 2026-10 --workers 3
await_chunks 5
read -r first _ <<<"$(children)"
kill -KILL "$first"
ends_with "one of three is killed: the others end the run" 3
check "it is said who" -- grep -q "was killed by signal 9" "$STORY_DIR/begun.err"
same "one of three killed"
run 0 "the killed one is history" -- billmill status --json
stdout_has "no worker is left" '"workers": []'
equal "it is recorded as crashed" "$(query "SELECT count(*) > 0 FROM job_execution WHERE state = 'crashed'")" t

use drained
begin close --period 2026-10 --workers 3
await_chunks 5
# shellcheck disable=SC2046 # all processes, as a service manager may do it
kill -TERM "$parent" $(children)
ends_with "SIGTERM to the parent, and to the workers too, stops all" 143
check "it is said why" -- grep -q "stopped by SIGTERM" "$STORY_DIR/begun.err"
equal "nothing is held any more" "$(query "SELECT count(*) FROM job_partition WHERE lease_until_us > 0 AND state = 'running'")" 0
equal "they say that they were stopped" "$(query "SELECT count(*) FROM job_execution WHERE state = 'running'")" 0
run 3 "two end it" -- billmill resume --quiet --workers 2
same "drained"

use orphaned
begin close --period 2026-10 --workers 3
await_chunks 5
workers=$(children)
kill -KILL "$parent"
{ wait "$parent"; } 2>/dev/null
# shellcheck disable=SC2086 # each is a process
are_gone "workers end with their parent" $workers
run 3 "two end what was killed" -- billmill resume --quiet --workers 2
same "orphaned"

use asked
begin close --period 2026-10 --workers 3
await_chunks 5
run 0 "status beside them" -- billmill status --json
check "says who works" -- grep -Eq '"state": "(working|waiting)"' "$STORY_OUT"
run 0 "for people too" -- billmill status
stdout_has "with their leases" "lease left"
run 0 "another process asks them to stop" -- billmill stop --reason "the server is upgraded"
stdout_has "and says whom" " 2026-10) to stop"
ends_with "all stop" 143
check "it is said why" -- grep -q "stopped on request of .*: the server is upgraded" "$STORY_DIR/begun.err"
equal "it is in the audit log" "$(query "SELECT action, reason FROM audit_log ORDER BY sequence DESC LIMIT 1")" "stop|the server is upgraded"
run 0 "nobody is there to be asked again" -- billmill stop
stdout_has "which it says" "nothing is running"
run 3 "resumed, it ends" -- billmill resume --quiet --workers 3
same "asked to stop"

# ------------------------------------------------------------------ what is refused

for number in 0 65 -1 two 2.5; do
    run 64 "--workers $number" -- billmill close --period 2026-10 --workers "$number"
done
stderr_has "what it takes is said" "from 1 to 64"

story_end
