# After the close: ten events that came late and a new customer. A redo bills exactly these; what was
# finalized stays as it is, byte for byte; and once more changes nothing.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
fault_begin config/demo 3
gold=$STORY_DIR/gold
before=$STORY_DIR/before after=$STORY_DIR/after

# Ten subscriptions whose usage has been rated: an event a day before the end of what was rated.
{
    head -n 1 config/demo/usage.csv
    jq -r 'select(.record == "usage_rated" and .meter == "transfer_gb") |
        [.tenant, .meter, "late-" + .subscription, .subscription, "250.5", (.through | fromdate - 86400 | todate), ""] | join(",")' \
        "$GOLD" | awk 'NR % 7 == 1 && n++ < 10'
} >"$STORY_DIR/usage-late.csv"
equal "ten late events are made" "$(($(wc -l <"$STORY_DIR/usage-late.csv") - 1))" 10
cat >"$STORY_DIR/new.jsonl" <<'END_OF_RECORDS'
{"record":"customer","tenant":"musterdaten","customer":"cus-new","name":"Neukunde GmbH","address":{"line1":"Neuer Weg 1","city":"Berlin","postal_code":"10115","country":"DE"},"business":true,"currency":"EUR"}
{"record":"subscription","tenant":"musterdaten","subscription":"sub-new","customer":"cus-new","plan":"team-monatlich","quantity":"3","start":"2026-10-15","status":"active","align":"anniversary"}
END_OF_RECORDS
run 0 "they are imported" -- mill "$gold" import "$STORY_DIR/new.jsonl" "$STORY_DIR/usage-late.csv"
mill "$gold" dump >"$before"
documents_of "$gold" | sort >"$before.documents"

run 0 "closing again bills nothing" -- mill "$gold" close --period $PERIOD
stderr_has "and says how it would be billed" "billmill redo close --period 2026-10 --reason"
run 64 "a redo wants a reason" -- mill "$gold" redo close --period $PERIOD
run 3 "a redo with a reason" -- mill "$gold" redo close --period $PERIOD --reason "usage of September came late"
mill "$gold" dump >"$after"
documents_of "$gold" | sort >"$after.documents"

# Only the counters of the series move on, and the late events are no longer late.
sort "$before" >"$before.sorted"
sort "$after" >"$after.sorted"
equal "of what was there only counters and the events have changed" \
    "$(comm -23 "$before.sorted" "$after.sorted" | jq -r .record | sort | uniq -c | tr -s ' ' | tr '\n' ,)" " 2 number_series, 10 usage,"
same() { comm "$1" "$before.sorted" "$after.sorted" | jq -c 'select(.record == "usage") | del(.late)'; }
equal "and these in nothing else" "$(same -13)" "$(same -23)"
equal "no document has changed" "$(comm -23 "$before.documents" "$after.documents" | wc -l)" 0
comm -13 "$before.sorted" "$after.sorted" >"$STORY_DIR/added"
invoices() { jq -c 'select(.record == "invoice")' "$STORY_DIR/added"; }
equal "an invoice for the customer of each event, and one for the new customer" "$(invoices | wc -l)" \
    "$(($(invoices | jq -r 'select(.lines | all(.kind == "late_usage")) | .customer' | sort -u | wc -l) + 1))"
equal "a line for each late event, and nothing else for old customers" \
    "$(invoices | jq -r 'select(.customer != "cus-new") | .lines[] | [.kind, .subscription, .event_count > 0] | @csv' | sort)" \
    "$(awk -F, 'NR > 1 { printf "\"late_usage\",\"%s\",true\n", $4 }' "$STORY_DIR/usage-late.csv" | sort)"
equal "what they add is the quantity that came late" "$(invoices | jq -r '.lines[] | select(.kind == "late_usage") | .quantity' | sort -u)" 250.5
equal "the new customer's first month" "$(invoices | jq -r 'select(.customer == "cus-new") | .lines[] | [.kind, .period_start, .period_end] | @csv' | sort -u)" \
    '"recurring","2026-10-15","2026-11-15"'
equal "a document for each that has a number" "$(comm -13 "$before.documents" "$after.documents" | wc -l)" "$(invoices | jq -r '.number // empty' | wc -l)"
equal "numbers go on without a gap" "$(jq -r 'select(.record == "invoice" and .number != null and .tenant == "musterdaten") | .number_in_series' "$after" | sort -n |
    awk '$1 != NR { print "at", NR; exit }')" ""

run 0 "closed once more" -- mill "$gold" close --period $PERIOD
stdout_has "it is done" "already done"
run 3 "a second redo" -- mill "$gold" redo close --period $PERIOD --reason "to be sure"
mill "$gold" dump >"$STORY_DIR/again"
check "changes nothing" -- cmp "$STORY_DIR/again" "$after"
keep_dump after "$STORY_DIR/again"
round_sql_is "both reasons are in the audit log" "$gold" "SELECT reason FROM audit_log WHERE action = 'redo' AND object LIKE 'close %' ORDER BY sequence" "usage of September came late
to be sure"

story_end
