#!/bin/bash
# The month of the demo on PostgreSQL: the same dump and the same PDFs as on SQLite, byte for byte, with
# one worker, with three, through a pool, killed again and again, and with the server going away.
# Once: it compares with SQLite, and restarts a server of its own.
. "$(dirname "$0")/../support/story.sh"
story_begin
story_config

documents=$STORY_DIR/documents
documents_at "$documents"
files=()
for file in tenants.jsonl catalog.jsonl tax_rates.jsonl customers.jsonl subscriptions.jsonl usage.csv usage.jsonl; do
    files+=("config/demo/$file")
done

# use NAME: the next commands work on an empty database of that name, with the demo's business in it.
use() {
    BILLMILL_DATABASE=$(server database "$1")
    [ "${2:-}" != pool ] || BILLMILL_DATABASE=$(server pool "$1")
    export BILLMILL_DATABASE
    rm -rf "$documents"
    run 0 "$1: the database is made" -- billmill init
    run 0 "$1: the business is imported" -- billmill import --quiet "${files[@]}"
}

digest_of_documents() {
    (cd "$documents" && find . -name '*.pdf' -print0 | sort -z | xargs -0 sha256sum)
}

same_as_on_sqlite() { # NAME
    run 0 "$1: a dump" -- billmill dump --quiet
    check "$1: the dump is the one of SQLite" -- cmp "$STORY_OUT" "$STORY_DIR/sqlite.jsonl"
    digest_of_documents >"$STORY_DIR/digests"
    check "$1: so are the PDFs" -- cmp "$STORY_DIR/digests" "$STORY_DIR/sqlite.digests"
}

# ------------------------------------------------------------------ SQLite, to compare with

run 0 "SQLite: the database is made" -- billmill init
run 0 "SQLite: the business is imported" -- billmill import --quiet "${files[@]}"
run 3 "SQLite: the month is closed" -- billmill close --period 2026-10 --quiet
billmill dump --quiet >"$STORY_DIR/sqlite.jsonl"
digest_of_documents >"$STORY_DIR/sqlite.digests"

private_server

# ------------------------------------------------------------------ one worker

use one
run 0 "a dry run" -- billmill run period-advance --period 2026-10 --dry-run
run 0 "leaves nothing behind" -- billmill executions
stderr_has "nothing ran" "nothing has run yet"
run 3 "one worker closes the month" -- billmill close --period 2026-10 --quiet
same_as_on_sqlite "one worker"
run 0 "closed again, nothing is to be done" -- billmill close --period 2026-10
same_as_on_sqlite "again"

# ------------------------------------------------------------------ three workers

use three
workers=()
for number in 1 2 3; do
    billmill close --period 2026-10 --quiet >"$STORY_DIR/worker$number" 2>&1 &
    workers+=($!)
done
for worker in "${workers[@]}"; do
    code=0
    wait "$worker" || code=$?
    equal "a worker of three ends" "$code" 3
done
same_as_on_sqlite "three workers"

# ------------------------------------------------------------------ a pool by transaction

use pooled pool
run 3 "through a pool the month is closed" -- billmill close --period 2026-10 --quiet
same_as_on_sqlite "a pool"

# ------------------------------------------------------------------ killed, and the server too

use killed
kills=0
billmill_killed() { # SECONDS ARGUMENTS…
    local after=$1 code=0
    shift
    timeout --signal=KILL "$after" "${BILLMILL:-build/billmill}" --config "$STORY_DIR/config/billmill.yaml" "$@" \
        >/dev/null 2>"$STORY_DIR/killed.log" || code=$?
    [ "$code" = 137 ] && kills=$((kills + 1))
    return "$code"
}
exec 3>&2 2>/dev/null # bash would name everything that was killed
code=0
billmill_killed 0.05 close --period 2026-10 --quiet || code=$?
for tenths in 1 1 1 1 1 2 2 2 2 3 4 5 9 30 300; do
    [ "$code" = 137 ] || break
    code=0
    again=(resume) # of what is known; a machine under load may have killed it before that
    [ "$(sql "$BILLMILL_DATABASE" "SELECT count(*) FROM job_instance")" != 0 ] || again=(close --period 2026-10)
    billmill_killed "$((tenths / 10)).$((tenths % 10))" "${again[@]}" --quiet || code=$?
done
exec 2>&3 3>&-
# A kill may find it done, on its way out: then there was nothing to resume, and asked again it says how it ended.
[ "$code" != 0 ] || billmill_killed 300 close --period 2026-10 --quiet || code=$?
equal "killed and resumed, it ends" "$code" 3
between "after kills" "$kills" 1 15
same_as_on_sqlite "killed"

use restarted
billmill close --period 2026-10 --quiet >"$STORY_DIR/worker" 2>&1 &
worker=$!
for _ in 1 2 3; do
    sleep 0.3
    server restart
done
code=0
wait "$worker" || code=$?
[ "$code" = 75 ] || [ "$code" = 69 ] || [ "$code" = 3 ] || not_ok "it says that it can be resumed" "exit $code
$(tail -n 5 "$STORY_DIR/worker")"
[ "$code" = 3 ] || run 3 "one resume ends what the server interrupted" -- billmill resume --quiet
same_as_on_sqlite "restarted"

# ------------------------------------------------------------------ what is refused

address=$(server database foreign)
psql --quiet --no-psqlrc --dbname "$address" --command 'CREATE TABLE somebody (id int)'
run 78 "a database with other tables is refused" -- env BILLMILL_DATABASE="$address" "${BILLMILL:-build/billmill}" \
    --config "$STORY_DIR/config/billmill.yaml" init
run 69 "a server that is not there" -- env BILLMILL_DATABASE="postgresql://billmill:geheim@127.0.0.1:1/none" \
    "${BILLMILL:-build/billmill}" --config "$STORY_DIR/config/billmill.yaml" status
check "is named without the password" -- sh -c "! grep -q geheim '$STORY_ERR'"

story_end
