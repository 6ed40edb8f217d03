# Endpoints are told what happens: each event once to each, signed with every secret; what is not taken is tried again, then
# failed, and replayed; nothing of the secrets is seen anywhere.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
. tests/support/beside.sh
story_begin

LOG=$STORY_DIR/endpoint.log
: >"$LOG"
python3 -B tests/support/webhook_server.py "$STORY_DIR/port" "$LOG" whsec-old-1 whsec-new-2 &
server_pid=$!
trap 'kill $server_pid; story_finish' EXIT
for ((tries = 0; tries < 100; tries++)); do
    [ ! -e "$STORY_DIR/port" ] || break
    sleep 0.1
done
URL=http://127.0.0.1:$(cat "$STORY_DIR/port")

# One owes 119.00 for October, one nothing, one is given back more than he uses; and another tenant's.
catalog() {
    local who TENANT
    for TENANT in t other; do
        berlin | sed '/"tenant":"\*"/{/"other"/d}'
        monthly_fee
        for who in ann bob; do
            record customer "\"customer\":\"c-$who\"" "\"name\":\"$who \\\"& Söhne\\\"\"" '"address":{"country":"DE"}'
            record subscription "\"subscription\":\"$who\"" "\"customer\":\"c-$who\"" '"plan":"m"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
        done
    done
}
endpoint() { # NAME PATH LINE…: one more in the configuration of the round
    local lines
    lines=$(printf '      %s\\n' "${@:3}")
    sed -i 's|^webhooks: {}$|webhooks:\n  endpoints:|' "$round/config/billmill.yaml"
    sed -i "s|^  endpoints:$|  endpoints:\\n    - name: $1\\n      url: $URL/$2\\n$lines|" "$round/config/billmill.yaml"
}
told() { # PATH: type and document of each, as often as it was told
    jq -r --arg path "/$1" 'select(.path == $path) | .body | fromjson | [.tenant, .type, .data.document] | join(" ")' "$LOG" | sort | uniq -c | sed 's/^ *//'
}
hooks() { # KEY STATE OUTCOME CODE
    round_sql "$round" "SELECT effect_key, state, COALESCE(outcome, '-'), COALESCE(code, '-') FROM effect WHERE kind = 'webhook' ORDER BY effect_key" | tr '|' ' '
}
due_now() { # what waits for a pause
    round_sql "$round" "UPDATE effect SET not_before_us = 0 WHERE kind = 'webhook'"
}

round=$STORY_DIR/hooks
begin "$round"
for secret in old-1 new-2; do
    echo "whsec-$secret" >"$STORY_DIR/secret-$secret"
    chmod 600 "$STORY_DIR/secret-$secret"
done
sed -i 's/^wait_s:.*/wait_s: 1/' "$round/config/jobs/dispatch.yaml"
run 0 "October is closed" -- mill "$round" close --period 2026-10
run 0 "nobody is told where nobody wants to be" -- mill "$round" run webhook-events --date 2026-10-31
endpoint erp 200 "secret: {file: $STORY_DIR/secret-new-2}" "old_secret: {file: $STORY_DIR/secret-old-1}" 'since: "2026-10-01"' "tenants: [t]"
endpoint late late/200 "secret: {file: $STORY_DIR/secret-new-2}" 'since: "2026-11-01"'
endpoint weak 500-then-cut-then-429-then-200 "secret: {file: $STORY_DIR/secret-old-1}" 'since: "2026-10-01"' "events: [invoice.finalized]" "tenants: [t]"
endpoint dead 410 "secret: {file: $STORY_DIR/secret-old-1}" 'since: "2026-10-01"' "events: [invoice.paid]" "tenants: [t, acme]"
run 0 "the configuration is right" -- mill "$round" check
run 0 "events are intended" -- mill "$round" run webhook-events --date 2026-11-01
stderr_has "who is no tenant is told" "endpoint dead: there is no tenant 'acme'"
equal "of t's invoices to who wants them" "$(hooks)" "webhook:erp:invoice.finalized:INV-2026-000001 intent - -
webhook:erp:invoice.finalized:INV-2026-000002 intent - -
webhook:weak:invoice.finalized:INV-2026-000001 intent - -
webhook:weak:invoice.finalized:INV-2026-000002 intent - -"
run 75 "one endpoint takes them, another one does not" -- mill "$round" run dispatch --date 2026-11-01
equal "told once" "$(told 200)" "1 t invoice.finalized INV-2026-000001
1 t invoice.finalized INV-2026-000002"
equal "signed with both secrets, just now, as JSON" "$(jq -c 'select(.path == "/200") | [.secrets, .signatures, .age < 60, .type]' "$LOG" | sort -u)" '[[0,1],2,true,"application/json"]'
equal "what is told" "$(jq -r 'select(.path == "/200") | .body' "$LOG" | grep INV-2026-000001 | sed -E 's/"id":"[^"]+",//')" \
    '{"type":"invoice.finalized","tenant":"t","on":"2026-11-01","data":{"document":"INV-2026-000001","kind":"invoice","status":"open","customer":"c-ann","currency":"EUR","subtotal":"100.00","tax":"19.00","total":"119.00","amount_due":"119.00","issued_on":"2026-10-31","due_on":"2026-11-14"}}'
due_now
run 75 "again: it hangs up" -- mill "$round" run dispatch --date 2026-11-01
due_now
run 0 "again: not now; that is much later, and no run waits for it" -- mill "$round" run dispatch --date 2026-11-01
stderr_has "which it says" "2 effects that failed are tried again by a later run"
due_now
run 0 "and taken at last" -- mill "$round" run dispatch --date 2026-11-01
equal "with the same id and the same body each time" "$(jq -r 'select(.path | startswith("/500")) | [.id, .body] | join(" ")' "$LOG" | sort | uniq -c | cut -c 1-8 | tr -d ' ' | tr '\n' ' ')" "4 4 "
equal "the id is that of the event, whoever is told" "$(jq -r '.id' "$LOG" | sort -u | wc -l)" 2
run 0 "the next day" -- mill "$round" run webhook-events --date 2026-11-02
run 0 "there is nothing" -- mill "$round" run dispatch --date 2026-11-02
equal "more" "$(wc -l <"$LOG")" 10
mill "$round" dump >"$STORY_DIR/hooks.jsonl"
keep_dump hooks "$STORY_DIR/hooks.jsonl"

# ------------------------------------------------------------------ paid, credited, and given up

cat >"$round/facts.jsonl" <<EOT
$(record payment '"gateway_reference":"p-1"' '"customer":"c-ann"' '"invoice":"INV-2026-000001"' '"amount":"119.00"' '"currency":"EUR"' '"gateway":"manual"' '"at":"2026-11-03T12:00:00Z"')
$(decide back INV-2026-000002 credit 2026-11-04)
EOT
run 0 "one pays, one is credited" -- mill "$round" import "$round/facts.jsonl"
run 0 "which is applied" -- mill "$round" run payment-apply --date 2026-11-04
run 0 "November is closed" -- mill "$round" close --period 2026-11
run 0 "events are intended" -- mill "$round" run webhook-events --date 2026-11-30
at "$round"
for instant in 01 03 05 09; do
    kill_after "0.$instant" run dispatch --date 2026-11-30
done
mill "$round" run dispatch --date 2026-11-30 >"$round/out.txt" 2>&1
due_now
run 0 "and sent, however often that was killed" -- mill "$round" run dispatch --date 2026-12-01
equal "each of them" "$(hooks | grep -v ' done delivered -$')" "webhook:dead:invoice.paid:INV-2026-000001 failed gone gone
webhook:dead:invoice.paid:INV-2026-000002 failed gone gone"
equal "the credit note and what is paid, told whom it concerns" "$(told 200 | sed 's/^[0-9]* //' | grep -v finalized)" "t credit_note.issued CN-2026-000001
t invoice.paid INV-2026-000001
t invoice.paid INV-2026-000002"
equal "each endpoint for itself" "$(told late/200 | sed 's/^[0-9]* //')" "t credit_note.issued CN-2026-000001"
equal "nothing is due of what is paid" "$(jq -r 'select(.path == "/200") | .body | fromjson | select(.type == "invoice.paid") | [.data.status, .data.total, .data.amount_due] | join(" ")' "$LOG" | sort -u)" "paid 119.00 0.00"
run 0 "what was given up is listed" -- mill "$round" effects list --state failed --kind webhook
sed -i 's|/410$|/200|' "$round/config/billmill.yaml"
run 0 "and replayed" -- mill "$round" effects replay webhook:dead:invoice.paid:INV-2026-000001 --reason "it is back"
run 0 "sent" -- mill "$round" run dispatch --date 2026-12-01
equal "and taken" "$(hooks | grep ' failed')" "webhook:dead:invoice.paid:INV-2026-000002 failed gone gone"

# ------------------------------------------------------------------ void, and written off

# Three owe 119.00 for December: of 000004 nobody has heard when it becomes void; 000003 becomes void, and 000005 is written
# off, when they are told. A document at a time.
december() { # CUSTOMER
    record customer "\"customer\":\"c-$1\"" "\"name\":\"$1\"" '"address":{"country":"DE"}'
    record subscription "\"subscription\":\"$1\"" "\"customer\":\"c-$1\"" '"plan":"m"' '"start":"2026-12-01"' '"cancel_at":"2027-01-01"'
}
{
    december cay
    december dee
    december eve
} >"$round/december.jsonl"
sed -i 's/^chunk_size:.*/chunk_size: 1/' "$round/config/jobs/webhook-events.yaml"
run 0 "more customers come" -- mill "$round" import "$round/december.jsonl"
run 0 "December is closed" -- mill "$round" close --period 2026-12
decide early INV-2026-000004 void 2027-01-01 >"$round/void.jsonl"
run 0 "one is decided" -- mill "$round" import "$round/void.jsonl"
run 0 "to be void" -- mill "$round" run corrections --period 2027-01
run 0 "events are intended" -- mill "$round" run webhook-events --date 2027-01-02
equal "of what is void that alone" "$(hooks | grep ' intent' | cut -d ' ' -f 1)" "webhook:erp:invoice.finalized:INV-2026-000003
webhook:erp:invoice.finalized:INV-2026-000005
webhook:erp:invoice.voided:INV-2026-000004
webhook:late:invoice.finalized:INV-2026-000003
webhook:late:invoice.finalized:INV-2026-000005
webhook:late:invoice.voided:INV-2026-000004
webhook:weak:invoice.finalized:INV-2026-000003
webhook:weak:invoice.finalized:INV-2026-000005"
{
    decide late INV-2026-000003 void 2027-01-02
    decide off INV-2026-000005 write_off 2027-01-02
} >"$round/off.jsonl"
run 0 "two more are decided" -- mill "$round" import "$round/off.jsonl"
run 0 "void, and written off" -- mill "$round" run corrections --period 2027-02 --future
run 0 "events are intended" -- mill "$round" run webhook-events --date 2027-01-03
run 75 "and sent" -- mill "$round" run dispatch --date 2027-01-03
equal "each once" "$(told 200 | grep -E '00000[345]')" "1 t invoice.finalized INV-2026-000003
1 t invoice.finalized INV-2026-000005
1 t invoice.uncollectible INV-2026-000005
1 t invoice.voided INV-2026-000003
1 t invoice.voided INV-2026-000004"
equal "nothing is due of them any more" "$(jq -r 'select(.path == "/200") | .body | fromjson | select(.type | test("voided|uncollectible")) |
    [.type, .data.status, .data.total, .data.amount_due] | join(" ")' "$LOG" | sort -u)" "invoice.uncollectible uncollectible 119.00 0.00
invoice.voided void 119.00 0.00"
run 0 "the next day" -- mill "$round" run webhook-events --date 2027-01-04
equal "there is nothing more" "$(round_sql "$round" "SELECT COUNT(*) FROM effect WHERE kind = 'webhook' AND intended_on = '2027-01-04'")" 0

# ------------------------------------------------------------------ an endpoint is retired

# It has two events not taken, which stand in its way no longer than three days. One is of a day that is long past, and was
# never looked at: it waits all the same.
sed -i '/- name: weak/,/tenants: \[t\]/d' "$round/config/billmill.yaml"
due_now
round_sql "$round" "UPDATE effect SET intended_on = '2026-11-01', sent_by_us = 0, code = NULL WHERE effect_key = 'webhook:weak:invoice.finalized:INV-2026-000003'"
run 0 "its events wait, and no run for them" -- mill "$round" run dispatch --date 2027-01-05
stderr_has "which it says" "webhook:weak is not told: no such endpoint is configured"
equal "once" "$(grep -c 'is not told' "$STORY_ERR")" 1
waiting() {
    hooks | grep '^webhook:weak:' | grep -v ' done '
}
equal "they are as they were" "$(waiting)" "webhook:weak:invoice.finalized:INV-2026-000003 intent - not_configured
webhook:weak:invoice.finalized:INV-2026-000005 intent - not_configured"
round_sql "$round" "UPDATE effect SET not_before_us = 0, sent_by_us = 0 WHERE effect_key LIKE 'webhook:weak:%'"
run 0 "three days later" -- mill "$round" run dispatch --date 2027-01-07
equal "they are given up" "$(waiting)" "webhook:weak:invoice.finalized:INV-2026-000003 failed gone gone
webhook:weak:invoice.finalized:INV-2026-000005 failed gone gone"
endpoint weak again/200 "secret: {file: $STORY_DIR/secret-old-1}" 'since: "2026-10-01"' "events: [invoice.finalized]" "tenants: [t]"
run 0 "it is back, and one is replayed" -- mill "$round" effects replay webhook:weak:invoice.finalized:INV-2026-000005 --reason "it is back"
run 0 "sent" -- mill "$round" run dispatch --date 2027-01-08
equal "and taken" "$(told again/200)" "1 t invoice.finalized INV-2026-000005"

# ------------------------------------------------------------------ what was told is not looked at

equal "what was told is not looked at again" "$(round_sql "$round" "SELECT COUNT(*) FROM invoice WHERE number IS NOT NULL AND told = 0")" 0
endpoint new 200 "secret: {file: $STORY_DIR/secret-old-1}" 'since: "2026-10-01"' "events: [invoice.paid, invoice.voided]" "tenants: [t]"
run 0 "but for an endpoint that is new" -- mill "$round" run webhook-events --date 2027-01-05
equal "which is told of all since its day" "$(hooks | grep webhook:new: | cut -d ' ' -f 1,2)" "webhook:new:invoice.paid:INV-2026-000001 intent
webhook:new:invoice.paid:INV-2026-000002 intent
webhook:new:invoice.voided:INV-2026-000003 intent
webhook:new:invoice.voided:INV-2026-000004 intent"
equal "the others are told nothing" "$(round_sql "$round" "SELECT COUNT(*) FROM effect WHERE kind = 'webhook' AND intended_on = '2027-01-05'")" 4
round_sql "$round" "UPDATE invoice SET told = 0"
run 0 "whatever is looked at" -- mill "$round" run webhook-events --date 2027-01-06
equal "is told once" "$(round_sql "$round" "SELECT COUNT(*) FROM effect WHERE kind = 'webhook' AND intended_on = '2027-01-06'")" 0

# One becomes paid between the instant in which it is read and that in which it is written that it is issued.
if on_postgres; then
    december fay | sed 's/2027-01-01/2027-02-01/; s/2026-12-01/2027-01-01/' >"$round/january.jsonl"
    run 0 "one more comes" -- mill "$round" import "$round/january.jsonl"
    run 0 "January is closed" -- mill "$round" close --period 2027-01 --future
    record payment '"gateway_reference":"p-2"' '"customer":"c-fay"' '"invoice":"INV-2027-000001"' '"amount":"119.00"' '"currency":"EUR"' '"gateway":"manual"' \
        '"at":"2027-01-31T12:00:00Z"' >"$round/paid.jsonl"
    run 0 "he pays" -- mill "$round" import "$round/paid.jsonl"
    hold "$round" "$FIRST_CHUNK"
    beside "$round" run webhook-events --date 2027-01-31
    await "$round" "$WAITS"
    run 0 "which is applied while it is told" -- mill "$round" run payment-apply --date 2027-01-31 --future
    release
    ends "that it is issued" $begun
    equal "and that alone" "$(hooks | grep 'erp:.*INV-2027' | cut -d ' ' -f 1)" "webhook:erp:invoice.finalized:INV-2027-000001"
    run 0 "the next day" -- mill "$round" run webhook-events --date 2027-02-01
    equal "that it is paid" "$(hooks | grep 'erp:.*INV-2027' | cut -d ' ' -f 1)" "webhook:erp:invoice.finalized:INV-2027-000001
webhook:erp:invoice.paid:INV-2027-000001"
fi

equal "the secrets are in no log, no output and no database" "$(grep -rlF whsec- "$STORY_DIR" | sed "s|$STORY_DIR/||" | sort | tr '\n' ' ')" "secret-new-2 secret-old-1 "
story_end
