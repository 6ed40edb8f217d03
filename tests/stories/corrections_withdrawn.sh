#!/bin/bash
# A decision is withdrawn in the instant in which it is carried out: it is one or the other, whoever comes first.
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
{"record":"plan","tenant":"t","plan":"m","name":"Monat","interval":"month","interval_count":1}
{"record":"price","tenant":"t","price":"fee","valid_from":"2020-01-01","plan":"m","product":"p","model":"flat","currency":"EUR","billing":"in_arrears","flat_fee":"100"}
{"record":"customer","tenant":"t","customer":"c-1","name":"Eins GmbH","address":{"country":"DE"}}
{"record":"subscription","tenant":"t","subscription":"s-1","customer":"c-1","plan":"m","quantity":"1","start":"2026-10-01"}
END_OF_RECORDS
decision() { # CORRECTION NET [WITHDRAWN]
    printf '{"record":"correction","tenant":"t","correction":"%s","invoice":"INV-2026-000001","action":"credit","on":"2026-11-02","reason":"because","net":"%s","withdrawn":%s}\n' \
        "$1" "$2" "${3:-false}"
}
{
    decision first 10.00
    decision second 20.00
} >"$STORY_DIR/decisions.jsonl"
BILLMILL_DATABASE=$(server database both)
export BILLMILL_DATABASE
run 0 "the database is made" -- billmill init
run 0 "the catalog is imported" -- billmill import --quiet "$STORY_DIR/catalog.jsonl"
run 0 "October is closed" -- billmill close --period 2026-10
run 0 "two decisions about its invoice" -- billmill import --quiet "$STORY_DIR/decisions.jsonl"

query() { # SQL
    psql --quiet --no-psqlrc --no-align --tuples-only --dbname "$BILLMILL_DATABASE" --command "$1"
}
wait_for() { # TEXT NAME: until the condition on the sessions of this database holds; ten seconds at most
    local i
    for ((i = 0; i < 200; i++)); do
        [ "$(query "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND $1")" = t ] && break
        sleep 0.05
    done
    check "$2" -- test "$i" -lt 200
}
# A session of somebody else: commands are written to 3.
somebody() { # SQL
    rm -f "$STORY_DIR/session"
    mkfifo "$STORY_DIR/session"
    psql --quiet --no-psqlrc --dbname "$BILLMILL_DATABASE" <"$STORY_DIR/session" >"$STORY_DIR/session.out" 2>&1 &
    session=$!
    exec 3>"$STORY_DIR/session"
    printf 'BEGIN;\n%s;\n' "$1" >&3
    wait_for "state = 'idle in transaction' AND application_name = 'psql'" "somebody is about to commit"
}
commits() {
    echo 'COMMIT;' >&3
    exec 3>&-
    wait "$session"
}
begin() { # NAME ARGUMENT…: in the background
    local name=$1
    shift
    billmill "$@" >"$STORY_DIR/$name.out" 2>"$STORY_DIR/$name.err" 3>&- &
    pid=$!
}
ends() { # PID EXIT_CODE NAME
    local code=0
    wait "$1" || code=$?
    equal "$3" "$code" "$2"
}

somebody "UPDATE correction SET withdrawn = 1 WHERE correction = 'first'"
begin close close --period 2026-11
wait_for "wait_event_type = 'Lock'" "the close waits"
commits
ends "$pid" 0 "the close ends"
equal "what was withdrawn first is not done, the other is" "$(query "SELECT correction FROM correction_done")" second
equal "by one credit note" "$(billmill dump --quiet --record credit_note | jq -r .subtotal)" 20.00

decision third 30.00 >"$STORY_DIR/third.jsonl"
decision third 30.00 true >"$STORY_DIR/withdrawn.jsonl"
run 0 "a third one" -- billmill import --quiet "$STORY_DIR/third.jsonl"
somebody "UPDATE correction SET withdrawn = withdrawn WHERE correction = 'third' AND withdrawn = 0;
    INSERT INTO correction_done (tenant_id, correction, done_on, amount_minor) SELECT tenant_id, correction, '2026-12-31', 3000 FROM correction WHERE correction = 'third'"
begin import import --quiet "$STORY_DIR/withdrawn.jsonl"
wait_for "wait_event_type = 'Lock'" "the import waits"
commits
ends "$pid" 65 "what is done first cannot be withdrawn"
check "and it says so" -- grep -q "it is done already and cannot be withdrawn" "$STORY_DIR/import.err"
equal "it is not" "$(query "SELECT withdrawn FROM correction WHERE correction = 'third'")" 0

story_end
