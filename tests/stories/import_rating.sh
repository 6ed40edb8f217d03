#!/bin/bash
# Usage is imported while the month that it belongs to is rated: whoever is first, every event is billed
# once, in the close or as late usage by the next one. Rating waits for an import and says so, not for
# another worker.
# Once: only PostgreSQL lets two write at the same time, and this has a server of its own.
. "$(dirname "$0")/../support/story.sh"
story_begin
story_config
documents_at "$STORY_DIR/documents"

private_server

cat >"$STORY_DIR/catalog.jsonl" <<'END_OF_RECORDS'
{"record":"tenant","tenant":"t","legal_name":"T GmbH","address":{"city":"Berlin"},"country":"DE","currency":"EUR","timezone":"Europe/Berlin","locale":"de-DE","payment_terms_days":14}
{"record":"product","tenant":"t","product":"p","name":"Produkt","type":"saas","tax_category":"standard"}
{"record":"tax_rate","tenant":"*","country":"DE","category":"standard","valid_from":"2007-01-01","rate_percent":"19","name":"USt."}
{"record":"meter","tenant":"t","meter":"calls","aggregation":"sum"}
{"record":"plan","tenant":"t","plan":"m","name":"Monat","interval":"month","interval_count":1}
{"record":"price","tenant":"t","price":"calls","valid_from":"2020-01-01","plan":"m","product":"p","meter":"calls","model":"per_unit","currency":"EUR","billing":"in_arrears","unit_price":"1"}
{"record":"customer","tenant":"t","customer":"c-1","name":"Eins GmbH","address":{"country":"DE"}}
{"record":"subscription","tenant":"t","subscription":"s-1","customer":"c-1","plan":"m","quantity":"1","start":"2026-10-01","status":"active","align":"anniversary"}
END_OF_RECORDS
EVENTS=20000 # more than what an import reads ahead of what it takes
usage() { # PREFIX COUNT
    awk -v prefix="$1" -v count="$2" 'BEGIN {
        print "tenant,meter,key,subscription,value,at"
        for (i = 1; i <= count; i++)
            printf "t,calls,%s-%d,s-1,1,2026-10-%02dT12:00:00Z\n", prefix, i, 1 + i % 28
    }'
}
usage early 100 >"$STORY_DIR/usage-early.csv"
usage first $EVENTS >"$STORY_DIR/usage-first.csv"

use() { # NAME
    BILLMILL_DATABASE=$(server database "$1")
    export BILLMILL_DATABASE
    run 0 "$1: the database is made" -- billmill init
    run 0 "$1: the catalog is imported" -- billmill import --quiet "$STORY_DIR/catalog.jsonl"
}

query() { # SQL
    psql --quiet --no-psqlrc --no-align --tuples-only --dbname "$BILLMILL_DATABASE" --command "$1"
}

# wait_for TEXT NAME: until the condition on the sessions of this database holds; ten seconds at most.
wait_for() {
    local i
    for ((i = 0; i < 200; i++)); do
        [ "$(query "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND $1")" = t ] && break
        sleep 0.05
    done
    check "$2" -- test "$i" -lt 200
}

# A process in the background: its exit code and what it said.
begin() { # NAME ARGUMENT…
    local name=$1
    shift
    : >"$STORY_DIR/$name.err" # close_waits must not read what an earlier one said
    billmill "$@" >"$STORY_DIR/$name.out" 2>"$STORY_DIR/$name.err" 3>&- &
    pid=$!
}
ends() { # PID EXIT_CODE NAME
    local code=0
    wait "$1" || code=$?
    equal "$3" "$code" "$2"
}
# Until the close is waiting, or has ended, which it must not.
close_waits() { # NAME
    local i
    for ((i = 0; i < 200; i++)); do
        grep -q '^waiting: ' "$STORY_DIR/close.err" && break
        kill -0 "$closing" 2>/dev/null || break
        sleep 0.05
    done
    check "$1: the close says that it waits for an import" -- grep -Eq '^waiting: rating 2026-10: (usage is being imported|waiting for an import of usage)' "$STORY_DIR/close.err"
}

# A session of somebody else: commands are written to 3; it ends, and rolls back, when that is closed.
somebody() { # SQL
    rm -f "$STORY_DIR/session"
    mkfifo "$STORY_DIR/session"
    psql --quiet --no-psqlrc --dbname "$BILLMILL_DATABASE" <"$STORY_DIR/session" >"$STORY_DIR/session.out" 2>&1 &
    session=$!
    exec 3>"$STORY_DIR/session"
    printf 'BEGIN;\n%s;\n' "$1" >&3
    wait_for "state = 'idle in transaction' AND application_name = 'psql'" "somebody holds it"
}
nobody() {
    exec 3>&-
    wait "$session"
}

billed() { # quantities of the lines by kind
    billmill dump --quiet | jq -rs '[.[] | select(.record == "invoice") | .lines[] | select(.quantity != "0")] |
        group_by(.kind)[] | "\(.[0].kind) \(map(.quantity | tonumber) | add)"' | tr '\n' ' '
}
is_billed() { # NAME KINDS
    equal "$1: what is billed" "$(billed)" "$2"
    sql_is "$1: late events that wait" "$BILLMILL_DATABASE" "SELECT count(*) FROM usage_event WHERE late = 1" 0
}

# ------------------------------------------------------------------ an import that is not over

# The import has read all but the end of its file when the close begins.
import_and_close() { # NAME
    rm -f "$STORY_DIR/usage-pipe.csv"
    mkfifo "$STORY_DIR/usage-pipe.csv"
    begin import import --quiet "$STORY_DIR/usage-pipe.csv"
    importing=$pid
    exec 3>"$STORY_DIR/usage-pipe.csv"
    cat "$STORY_DIR/usage-first.csv" >&3
    wait_for "state = 'idle in transaction'" "$1: the import is in its transaction"
    begin close close --period 2026-10
    closing=$pid
    close_waits "$1"
    exec 3>&-
    ends "$importing" 0 "$1: the import ends"
    ends "$closing" 0 "$1: the close ends"
    sql_is "$1: the import was first" "$BILLMILL_DATABASE" "SELECT count(*) FROM usage_event WHERE late = 1" 0
}

use first_usage
sql "$BILLMILL_DATABASE" "DELETE FROM usage_import" # which the import makes again
import_and_close "a tenant's first usage"
is_billed "a tenant's first usage" "usage $EVENTS "

use further_usage
run 0 "some usage is there" -- billmill import --quiet "$STORY_DIR/usage-early.csv"
import_and_close "further usage"
is_billed "further usage" "usage $((EVENTS + 100)) "

# ------------------------------------------------------------------ a chunk that is not committed

# Drafts cannot be written while somebody reads them all: behind the confirmation, before the COMMIT.
for before in none some; do
    use "chunk_$before"
    [ $before = none ] || run 0 "some usage is there" -- billmill import --quiet "$STORY_DIR/usage-early.csv"
    somebody "LOCK TABLE invoice IN SHARE MODE"
    begin close close --period 2026-10
    closing=$pid
    wait_for "wait_event_type = 'Lock'" "$before: rating waits in its transaction"
    begin import import --quiet "$STORY_DIR/usage-first.csv"
    importing=$pid
    wait_for "wait_event_type = 'Lock' AND (query LIKE 'UPDATE usage_import%' OR query LIKE 'INSERT INTO usage_import%')" \
        "$before: the import waits for the chunk"
    nobody
    ends "$closing" 0 "$before: the close ends"
    ends "$importing" 0 "$before: the import ends"
    sql_is "$before: the close was first" "$BILLMILL_DATABASE" "SELECT count(*) FROM usage_event WHERE late = 1" "$EVENTS"
    run 0 "$before: a redo of the close" -- billmill redo close --period 2026-10 --reason "usage came late"
    if [ $before = none ]; then
        is_billed "$before" "late_usage $EVENTS "
    else
        is_billed "$before" "late_usage $EVENTS usage 100 "
    fi
done

# ------------------------------------------------------------------ how long

use shared
run 0 "usage is there" -- billmill import --quiet "$STORY_DIR/usage-early.csv"
somebody "SELECT * FROM usage_import FOR SHARE"
run 0 "another worker is not waited for" -- billmill close --period 2026-10
nobody
is_billed "beside another worker" "usage 100 "

use lasting
echo "lease_s: 1" >>"$STORY_DIR/config/jobs/rating.yaml"
run 0 "usage is there" -- billmill import --quiet "$STORY_DIR/usage-early.csv"
somebody "UPDATE usage_import SET last_run_no = last_run_no + 1"
run 75 "an import that takes longer than ten leases" -- billmill close --period 2026-10
stderr_has "is named" "usage is being imported"
stderr_has "with what to do" "wait until the import has ended"
nobody
run 0 "the close is resumed" -- billmill close --period 2026-10
is_billed "resumed" "usage 100 "

story_end
