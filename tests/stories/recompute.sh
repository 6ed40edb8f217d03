# Everything billed is computed a second time by another program in another language (needs python3): the
# demo close, the month after it with late events, and 14 months caught up. And that program notices: each
# figure that is changed in the dump is found.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    ok "skipped: there is no python3"
    story_end
fi
fault_begin config/demo 3
gold=$STORY_DIR/gold
again() { python3 tests/support/recompute.py "$@"; }

run 0 "the demo close comes out the same" -- again "$GOLD" "$gold/data/documents"
stdout_has "all of it" "687 invoices, "
stdout_has "without a difference" ", 0 differences"
echo "# $(tail -n 1 "$STORY_OUT")"

# ------------------------------------------------------------------ the month after, with late usage

jq -c 'select(.record == "usage_rated") | {record: "usage", tenant, meter, key: ("late-" + .subscription + .meter), subscription,
    value: "3", at: (.through | fromdate - 86400 | todate)} + if .meter == "active_users" then {properties: {user: "late"}} else {} end' \
    "$GOLD" | awk 'NR % 3 == 0' >"$STORY_DIR/usage-late.jsonl"
run 0 "late events of every meter" -- mill "$gold" import "$STORY_DIR/usage-late.jsonl"
run 3 "the next month is closed" -- mill "$gold" close --period 2026-11
mill "$gold" dump >"$STORY_DIR/november.jsonl"
keep_dump november "$STORY_DIR/november.jsonl"
run 0 "late usage is the whole total less what was billed" -- again "$STORY_DIR/november.jsonl" "$gold/data/documents"
stdout_has "without a difference" ", 0 differences"
between "late lines" "$(grep -o '"kind":"late_usage"' "$STORY_DIR/november.jsonl" | wc -l)" 100 600
echo "# $(tail -n 1 "$STORY_OUT")"

# A new fiscal year: numbers begin again, the chain of hashes goes on.
run 3 "the first month of the next year is closed" -- mill "$gold" close --period 2027-01
mill "$gold" dump >"$STORY_DIR/january.jsonl"
keep_dump january "$STORY_DIR/january.jsonl"
run 0 "two fiscal years" -- again "$STORY_DIR/january.jsonl" "$gold/data/documents"
equal "begin with number one" "$(jq -r 'select(.record == "invoice" and .number_in_series == 1) | .number' "$STORY_DIR/january.jsonl" | sort | uniq -c | tr -s ' \n' ' ')" \
    " 2 INV-2026-000001 2 INV-2027-000001 "
echo "# $(tail -n 1 "$STORY_OUT")"

# ------------------------------------------------------------------ a small business, from the start

round_new "$STORY_DIR/small"
mill "$STORY_DIR/small" init >/dev/null
# shellcheck disable=SC2046
run 0 "a business with other roundings" -- mill "$STORY_DIR/small" import $(demo_files tests/fixtures/fault)
run 3 "caught up over a year" -- mill "$STORY_DIR/small" close --future --period 2027-11
mill "$STORY_DIR/small" dump >"$STORY_DIR/small.jsonl"
keep_dump small "$STORY_DIR/small.jsonl"
run 0 "comes out the same" -- again "$STORY_DIR/small.jsonl" "$STORY_DIR/small/data/documents"
echo "# $(tail -n 1 "$STORY_OUT")"

# ------------------------------------------------------------------ it notices

on_postgres && story_end # whose dumps are the same

used=$(jq -r 'select(.record == "invoice") | .lines[] | select(.price == "team-aufrufe" and .event_count > 0) | .subscription' "$GOLD" | head -n 1)
while IFS='|' read -r name filter; do
    jq -c --arg used "$used" "$filter" "$GOLD" >"$STORY_DIR/forged.jsonl"
    run 1 "$name is noticed" -- again "$STORY_DIR/forged.jsonl"
done <<'END_OF_FORGERIES'
a cent more on a line|if .number == "INV-2026-000123" then .lines[0].amount = "9999.99" else . end
another quantity|if .number == "INV-2026-000123" then .lines[0].quantity = "17" else . end
usage that was billed is gone|select(.record != "usage" or .meter != "api_calls" or .subscription != $used)
another price|if .record == "price" and .price == "familie-zugang" then .flat_fee = "8.00" else . end
another tax rate|if .record == "tax_rate" and .country == "AT" and .category == "standard" then .rate_percent = "21" else . end
an invoice less|select(.number != "INV-2026-000200")
another customer's name|if .number == "INV-2026-000077" then .buyer.name = "Somebody Else" else . end
another due date|if .number == "INV-2026-000077" then .due_on = "2027-01-01" else . end
a total|if .number == "INV-2026-000077" then .total = "1.00" else . end
a period less|select(.record != "billing_period" or .subscription != "sub-000000" or .kind != "usage")
the counter|if .record == "number_series" then .last_number += 1 else . end
END_OF_FORGERIES

story_end
