# Every model and aggregation that charges by events, from import to invoice: percentages event by event, tiers
# of rates, commitments over units and over amounts, the least of a month, weighted sums. Then an event that
# comes late, explained; the database moves; another program computes it all again (needs python3).
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin
data=$STORY_DIR/data
mill=$STORY_DIR/mill
mkdir "$data"
grep nordwind tests/fixtures/fault/tenants.jsonl >"$data/1-tenants.jsonl"
cp tests/fixtures/fault/tax_rates.jsonl "$data/2-tax_rates.jsonl"

# A plan, a subscription and a meter for each price: NAME AGGREGATION SCALE FIELDS
{
    echo '{"record":"product","tenant":"nordwind","product":"zahlung","name":"Zahlungen"}'
    echo '{"record":"customer","tenant":"nordwind","customer":"k","name":"Kiosk","address":{"line1":"Hafen 1","city":"Kiel","postal_code":"24103","country":"DE"},"business":true,"currency":"EUR"}'
    while IFS='|' read -r name aggregation scale fields; do
        jq -nc --arg n "$name" --arg a "$aggregation" --argjson scale "$scale" --argjson fields "$fields" '
            {record: "meter", tenant: "nordwind", meter: $n, aggregation: $a, unit: "EUR"} + (if $scale == null then {} else {scale: $scale} end),
            {record: "plan", tenant: "nordwind", plan: $n, name: $n, interval: "month"},
            {record: "price", tenant: "nordwind", price: $n, valid_from: "2026-01-01", plan: $n, product: "zahlung", meter: $n,
             currency: "EUR", billing: "in_arrears"} + $fields,
            {record: "subscription", tenant: "nordwind", subscription: $n, customer: "k", plan: $n, start: "2026-10-01"}'
    done <<'END_OF_PRICES'
anteil|sum|null|{"model":"percentage","rate_percent":"2.99","minimum_per_event":"1.75","maximum_per_event":"12","free_amount":"30"}
gebuehr|sum|null|{"model":"percentage","rate_percent":"1.2","fixed_fee_per_event":"0.10","free_events":"3","free_amount":"500"}
stufen|sum|null|{"model":"graduated_percentage","tiers":[{"up_to":"10","rate_percent":"1","flat_fee":"200"},{"up_to":"20","rate_percent":"2","flat_fee":"300"},{"up_to":null,"rate_percent":"3","flat_fee":"400"}]}
zusage|sum|null|{"model":"committed","commitment":"10","overage":{"model":"per_unit","unit_price":"2","free_units":"1"}}
zusage-stufen|sum|null|{"model":"committed","commitment":"10","overage":{"model":"graduated","tiers":[{"up_to":"5","unit_price":"3"},{"up_to":null,"unit_price":"1","flat_fee":"2"}]}}
zusage-anteil|sum|null|{"model":"committed","commitment":"5","minimum_amount":"3","overage":{"model":"percentage","rate_percent":"1"}}
mindestens|min|null|{"model":"per_unit","unit_price":"1"}
speicher|weighted_sum|2|{"model":"per_unit","unit_price":"0.30"}
dynamisch|count|null|{"model":"dynamic","multiplier":"1.33333"}
grundpreis|sum|null|{"model":"graduated","tiers":[{"up_to":"5","unit_price":"1","flat_fee":"7"},{"up_to":null,"unit_price":"2"}]}
ohne-grundpreis|sum|null|{"model":"graduated","flat_fee_at_zero":false,"tiers":[{"up_to":"5","unit_price":"1","flat_fee":"7"},{"up_to":null,"unit_price":"2"}]}
END_OF_PRICES
    # One that counts what its filters let through.
    echo '{"record":"meter","tenant":"nordwind","meter":"gefiltert","aggregation":"sum","filters":[{"property":"region","op":"in","value":["eu","ch"]},{"property":"test","op":"ne","value":true},{"property":"size","op":"gt","value":10},{"property":"size","op":"lt","value":"100"},{"property":"model","op":"contains","value":"gpt"},{"property":"region","op":"not_in","value":["xx"]}]}'
    echo '{"record":"plan","tenant":"nordwind","plan":"gefiltert","name":"gefiltert","interval":"month"}'
    echo '{"record":"price","tenant":"nordwind","price":"gefiltert","valid_from":"2026-01-01","plan":"gefiltert","product":"zahlung","meter":"gefiltert","currency":"EUR","billing":"in_arrears","model":"per_unit","unit_price":"1"}'
    echo '{"record":"subscription","tenant":"nordwind","subscription":"gefiltert","customer":"k","plan":"gefiltert","start":"2026-10-01"}'
    echo '{"record":"plan","tenant":"nordwind","plan":"plaetze","name":"plaetze","interval":"month"}'
    echo '{"record":"price","tenant":"nordwind","price":"plaetze","valid_from":"2026-01-01","plan":"plaetze","product":"zahlung","currency":"EUR","billing":"in_arrears","model":"committed","commitment":"31","overage":{"model":"per_unit","unit_price":"10"}}'
    echo '{"record":"subscription","tenant":"nordwind","subscription":"plaetze","customer":"k","plan":"plaetze","start":"2026-10-01","quantity":"2"}'
} >"$data/3-catalog.jsonl"

# METER VALUE INSTANT: October of Berlin begins at 22:00 of 30 September UTC and ends at 23:00 of the 31st.
TENANT=nordwind measured >"$data/4-usage.jsonl" <<'END_OF_EVENTS'
anteil 10000 2026-10-20T00:00:00Z
anteil 10 2026-10-02T00:00:00Z
anteil 80 2026-10-03T00:00:00Z
gebuehr 200 2026-10-02T00:00:00Z
gebuehr 100 2026-10-03T00:00:00Z
gebuehr 100 2026-10-03T00:00:00Z
gebuehr 50 2026-10-04T00:00:00Z
stufen 5 2026-10-02T00:00:00Z
stufen 6 2026-10-02T00:00:00Z
zusage 3 2026-10-02T00:00:00Z
zusage-stufen 8 2026-10-02T00:00:00Z
zusage-anteil 100 2026-10-02T00:00:00Z
zusage-anteil 300 2026-10-02T00:00:00Z
mindestens 7.5 2026-10-02T00:00:00Z
mindestens 3.25 2026-10-03T00:00:00Z
mindestens 9 2026-10-30T00:00:00Z
speicher 149 2026-10-16T10:30:00Z
speicher -49 2026-10-24T04:45:00Z
END_OF_EVENTS
cat >>"$data/4-usage.jsonl" <<'END_OF_EVENTS'
{"record":"usage","tenant":"nordwind","meter":"dynamisch","key":"d1","subscription":"dynamisch","value":"7","price_amount":"4.20","at":"2026-10-02T00:00:00Z"}
{"record":"usage","tenant":"nordwind","meter":"dynamisch","key":"d2","subscription":"dynamisch","price_amount":"5.8","at":"2026-10-03T00:00:00Z"}
END_OF_EVENTS
# Each event is worth one digit of the sum that the filters make: 1, 20 and 700 count.
events=0
while read -r value properties; do
    events=$((events + 1))
    echo "{\"record\":\"usage\",\"tenant\":\"nordwind\",\"meter\":\"gefiltert\",\"key\":\"f$events\",\"subscription\":\"gefiltert\",\"value\":\"$value\",\"at\":\"2026-10-05T00:00:0${events}Z\",\"properties\":$properties}"
done >>"$data/4-usage.jsonl" <<'END_OF_EVENTS'
1 {"region":"eu","size":11,"model":"gpt-4"}
20 {"region":"ch","size":"99.5","model":"x-gpt","test":false}
300 {"region":"us","size":50,"model":"gpt"}
4000 {"region":"eu","size":50,"model":"gpt","test":true}
50000 {"region":"eu","size":10,"model":"gpt"}
600000 {"region":"eu","size":100,"model":"gpt"}
700 {"region":"eu","size":50,"model":"gpt","test":"no"}
8000000 {"region":"eu","size":50,"model":"llama"}
90000000 {"size":50,"model":"gpt"}
END_OF_EVENTS

round_new "$mill"
mill "$mill" init >/dev/null
run 0 "the prices are imported" -- mill "$mill" import --quiet "$data"/*.jsonl
run 0 "and again" -- mill "$mill" import --quiet "$data"/*.jsonl
run 0 "the month is closed" -- mill "$mill" close --period 2026-10
mill "$mill" dump >"$STORY_DIR/october.jsonl"
keep_dump october "$STORY_DIR/october.jsonl"
lines() { jq -r 'select(.record == "invoice") | .lines[] | [.price, .quantity, .amount, .event_count] | @tsv' "$1" | sort; }
# speicher: 149 for half of 745 hours, less 49 for a quarter of them: 74.5 - 12.25 = 62.25
lines "$STORY_DIR/october.jsonl" >"$STORY_DIR/lines"
sort >"$STORY_DIR/expected" <<'END_OF_LINES'
anteil	10090	13.79	3
dynamisch	10	13.33	2
gebuehr	450	0.70	4
gefiltert	721	721.00	3
grundpreis	0	7.00	0
ohne-grundpreis	0	0.00	0
mindestens	3.25	3.25	3
plaetze	2	31.00	0
speicher	62.25	18.68	2
stufen	11	500.12	2
zusage	3	10.00	1
zusage-anteil	400	5.00	2
zusage-stufen	8	20.00	1
END_OF_LINES
same_file "each line is what its rule says" "$STORY_DIR/lines" "$STORY_DIR/expected"
run 0 "the invoice is explained" -- mill "$mill" explain INV-2026-000001
stdout_has "with the rule of percentages" "percentage: a rate of each event's amount, and a fee for each"
stdout_has "of commitments" "committed: what the overage charges, at least the commitment"

# ------------------------------------------------------------------ late

cat >"$STORY_DIR/late.jsonl" <<'END_OF_EVENTS'
{"record":"usage","tenant":"nordwind","meter":"anteil","key":"late1","subscription":"anteil","value":"25","at":"2026-10-01T12:00:00Z"}
{"record":"usage","tenant":"nordwind","meter":"zusage","key":"late2","subscription":"zusage","value":"4","at":"2026-10-05T12:00:00Z"}
{"record":"usage","tenant":"nordwind","meter":"mindestens","key":"late3","subscription":"mindestens","value":"3","at":"2026-10-05T12:00:00Z"}
{"record":"usage","tenant":"nordwind","meter":"dynamisch","key":"late4","subscription":"dynamisch","value":"1","price_amount":"1","at":"2026-10-05T12:00:00Z"}
{"record":"usage","tenant":"nordwind","meter":"gefiltert","key":"late5","subscription":"gefiltert","value":"1","at":"2026-10-05T12:00:00Z","properties":{"region":"us"}}
{"record":"usage","tenant":"nordwind","meter":"gefiltert","key":"late6","subscription":"gefiltert","value":"2","at":"2026-10-05T12:00:00Z","properties":{"region":"eu","size":20,"model":"gpt"}}
END_OF_EVENTS
run 0 "events that come late" -- mill "$mill" import --quiet "$STORY_DIR/late.jsonl"
run 0 "the next month is closed" -- mill "$mill" close --period 2026-11
mill "$mill" dump >"$STORY_DIR/november.jsonl"
keep_dump november "$STORY_DIR/november.jsonl"
# anteil: 25 and 5 of 10 are free, 5 cost 1.75, 80 cost 2.392, 10000 cost 12: 16.142 less 13.79.
# dynamisch: 11 * 1.33333 = 14.67 less 13.33. zusage: 6 units of 2 are 12, less the 10 that were billed.
equal "late lines are the whole total less what was billed" "$(jq -r 'select(.record == "invoice") | .lines[] |
    select(.kind == "late_usage") | [.price, .quantity, .amount] | join(" ")' "$STORY_DIR/november.jsonl" | sort | tr '\n' ,)" \
    "anteil 25 2.35,dynamisch 1 1.34,gefiltert 2 2.00,mindestens -0.25 -0.25,zusage 4 2.00,"
run 0 "the invoice with the late lines is explained" -- mill "$mill" explain INV-2026-000002
run 0 "and that of the month before still" -- mill "$mill" explain INV-2026-000001
stdout_has "which says that its events are not kept" "late events of the period were billed since"

sed -n 's/"price_amount":"5.8"/"price_amount":"5.9"/p' "$data/4-usage.jsonl" >"$STORY_DIR/again.jsonl"
run 65 "an event that costs something else now is not the same event" -- mill "$mill" import "$STORY_DIR/again.jsonl"
stderr_has "which it says" "price_amount is 5.9, was 5.8"

# An event without a price of its own: its period waits by itself.
echo '{"record":"usage","tenant":"nordwind","meter":"dynamisch","key":"d3","subscription":"dynamisch","at":"2026-12-02T00:00:00Z"}' >"$STORY_DIR/without.jsonl"
round_copy=$STORY_DIR/parked
round_new "$round_copy"
mill "$round_copy" init >/dev/null
run 0 "a copy" -- mill "$round_copy" import --quiet "$STORY_DIR/november.jsonl"
run 65 "takes no event without a price of its own, where every price on the meter asks for it" -- mill "$round_copy" import "$STORY_DIR/without.jsonl"
stderr_has "but names the field" "without.jsonl:1: usage \"d3\", meter \"dynamisch\" of tenant \"nordwind\": field \"price_amount\" is missing"
stderr_has "and says what to do" "where it is not known yet, \"unpriced\": true"
jq -c '.unpriced = true' "$STORY_DIR/without.jsonl" >"$STORY_DIR/unpriced.jsonl"
run 0 "unless it says so" -- mill "$round_copy" import --quiet "$STORY_DIR/unpriced.jsonl"
run 3 "which parks its period" -- mill "$round_copy" close --period 2026-12
run 0 "and is named" -- mill "$round_copy" parked
stdout_has "with its key" "usage event d3 has no price_amount"
stdout_has "and how it is mended" "import the event again with its price_amount"
mill "$round_copy" dump >"$STORY_DIR/unpriced-dump.jsonl"
keep_dump unpriced "$STORY_DIR/unpriced-dump.jsonl"
round_new "$STORY_DIR/unpriced"
mill "$STORY_DIR/unpriced" init >/dev/null
run 0 "another database takes its dump" -- mill "$STORY_DIR/unpriced" import --quiet "$STORY_DIR/unpriced-dump.jsonl"
jq -c '.price_amount = "7.5"' "$STORY_DIR/without.jsonl" >"$STORY_DIR/with.jsonl"
for each in "$round_copy" "$STORY_DIR/unpriced"; do
    name=$(basename "$each")
    run 0 "$name: the event again, with its price" -- mill "$each" import --json "$STORY_DIR/with.jsonl"
    equal "$name: is the same one, changed" "$(jq -c '.records.usage' "$STORY_OUT")" '{"bad":0,"duplicate":0,"new":0,"unchanged":0,"updated":1}'
    for again in with unpriced; do
        run 0 "$name: once more, $again" -- mill "$each" import --json "$STORY_DIR/$again.jsonl"
        equal "$name: changes nothing" "$(jq -c '.records.usage' "$STORY_OUT")" '{"bad":0,"duplicate":1,"new":0,"unchanged":0,"updated":0}'
    done
    jq -c '.price_amount = "7.6"' "$STORY_DIR/without.jsonl" >"$STORY_DIR/other.jsonl"
    run 65 "$name: but no other price" -- mill "$each" import "$STORY_DIR/other.jsonl"
    run 0 "$name: what was parked is tried again" -- mill "$each" parked retry --all
    equal "$name: and billed" "$(mill "$each" dump | jq -r '(select(.record == "invoice") | .lines[] | select(.price == "dynamisch" and .period_start == "2026-12-01") | .amount), (select(.record == "parked_item" and .state == "parked") | .item)')" 10.00
done

# ------------------------------------------------------------------ moved, and computed again

take_dump "another database takes the dump" "$STORY_DIR/moved" "$STORY_DIR/november.jsonl"
if python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    run 0 "it comes out the same in another language" -- python3 tests/support/recompute.py "$STORY_DIR/november.jsonl" "$mill/data/documents"
    stdout_has "without a difference" ", 0 differences"
fi
jq -c 'select(.record == "price" and .price == "anteil") | .price = "anteil-hoechst" | .meter = "mindestens"' "$STORY_DIR/november.jsonl" >"$STORY_DIR/changed.jsonl"
run 65 "a percentage of what is not added up is refused" -- mill "$mill" import "$STORY_DIR/changed.jsonl"
stderr_has "with the reason" '"nordwind": field "meter": a percentage is of amounts that are added up, but the aggregation of "mindestens" is not sum'
jq -c 'select(.record == "meter" and .meter == "anteil") | .aggregation = "max"' "$STORY_DIR/november.jsonl" >"$STORY_DIR/changed.jsonl"
run 65 "and so is to add it up no longer" -- mill "$mill" import "$STORY_DIR/changed.jsonl"
jq -c 'select(.record == "price" and .price == "ohne-grundpreis") | .flat_fee_at_zero = true' "$STORY_DIR/november.jsonl" >"$STORY_DIR/changed.jsonl"
run 65 "a fee at zero is part of a price" -- mill "$mill" import "$STORY_DIR/changed.jsonl"
jq -c 'select(.record == "price" and .price == "zusage") | .overage.unit_price = "3"' "$STORY_DIR/november.jsonl" >"$STORY_DIR/changed.jsonl"
run 65 "another overage is another price" -- mill "$mill" import "$STORY_DIR/changed.jsonl"
jq -c 'select(.record == "price" and .price == "stufen") | .tiers[0].rate_percent = "3"' "$STORY_DIR/november.jsonl" >"$STORY_DIR/changed.jsonl"
run 65 "so is another rate of a tier" -- mill "$mill" import "$STORY_DIR/changed.jsonl"
jq -c 'select(.record == "meter" and .meter == "gefiltert") | .filters[0].value = ["eu"]' "$STORY_DIR/november.jsonl" >"$STORY_DIR/changed.jsonl"
run 65 "filters stay as they are once there are events" -- mill "$mill" import "$STORY_DIR/changed.jsonl"
stderr_has "for what was billed by them would change" "the meter has events: create a new meter instead"

story_end
