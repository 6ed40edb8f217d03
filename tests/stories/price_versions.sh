# Prices that change within a period: usage, and what is charged in arrears, has each day the version that holds on
# it, and what is billed by a total goes on over the change; in advance the first day says it for the whole period,
# also for what a change of the subscription credits. Late usage of the days before a change bills what it changes of
# the days after it. Explained, moved, and computed again in another language (needs python3).
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin
data=$STORY_DIR/data
mill=$STORY_DIR/mill
mkdir "$data"
grep nordwind tests/fixtures/fault/tenants.jsonl >"$data/1-tenants.jsonl"
cp tests/fixtures/fault/tax_rates.jsonl "$data/2-tax_rates.jsonl"

# NAME AGGREGATION (- none) BILLING, then the versions: FROM FIELDS, FROM FIELDS …
{
    echo '{"record":"product","tenant":"nordwind","product":"dienst","name":"Dienst"}'
    echo '{"record":"customer","tenant":"nordwind","customer":"k","name":"Kiosk","address":{"line1":"Hafen 1","city":"Kiel","postal_code":"24103","country":"DE"},"business":true,"currency":"EUR"}'
    while IFS='|' read -r name aggregation billing versions; do
        jq -nc --arg n "$name" --arg a "$aggregation" --arg b "$billing" --argjson versions "$versions" '
            (if $a == "-" then empty else {record: "meter", tenant: "nordwind", meter: $n, aggregation: $a} end),
            {record: "plan", tenant: "nordwind", plan: $n, name: $n, interval: "month"},
            ($versions[] | {record: "price", tenant: "nordwind", price: $n, plan: $n, product: "dienst", currency: "EUR", billing: $b}
                + (if $a == "-" then {} else {meter: $n} end) + .),
            {record: "subscription", tenant: "nordwind", subscription: $n, customer: "k", plan: $n, start: "2026-10-01", quantity: "3"}'
    done <<'END_OF_PRICES'
stufen|sum|in_arrears|[{"valid_from":"2026-01-01","model":"graduated","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":null,"unit_price":"0.5"}]},{"valid_from":"2026-10-16","model":"graduated","tiers":[{"up_to":"10","unit_price":"2"},{"up_to":null,"unit_price":"1"}]}]
gebuehr|sum|in_arrears|[{"valid_from":"2026-01-01","model":"graduated","tiers":[{"up_to":"5","unit_price":"1","flat_fee":"31"},{"up_to":null,"unit_price":"1","flat_fee":"8"}]},{"valid_from":"2026-10-16","model":"graduated","tiers":[{"up_to":"5","unit_price":"1","flat_fee":"62"},{"up_to":null,"unit_price":"1","flat_fee":"9"}]}]
frei|sum|in_arrears|[{"valid_from":"2026-01-01","model":"per_unit","unit_price":"1","free_units":"10"},{"valid_from":"2026-10-11","model":"per_unit","unit_price":"2","free_units":"10"},{"valid_from":"2026-10-21","model":"per_unit","unit_price":"3","free_units":"12"}]
mindest|sum|in_arrears|[{"valid_from":"2026-01-01","model":"per_unit","unit_price":"1","minimum_amount":"31"},{"valid_from":"2026-10-16","model":"per_unit","unit_price":"1","minimum_amount":"62"}]
hoechst|sum|in_arrears|[{"valid_from":"2026-01-01","model":"per_unit","unit_price":"1","maximum_amount":"31"},{"valid_from":"2026-10-16","model":"per_unit","unit_price":"1","maximum_amount":"62"}]
spitze|max|in_arrears|[{"valid_from":"2026-01-01","model":"per_unit","unit_price":"1"},{"valid_from":"2026-10-16","model":"per_unit","unit_price":"2"}]
speicher|weighted_sum|in_arrears|[{"valid_from":"2026-01-01","model":"per_unit","unit_price":"1"},{"valid_from":"2026-10-16","model":"per_unit","unit_price":"1"}]
anteil|sum|in_arrears|[{"valid_from":"2026-01-01","model":"percentage","rate_percent":"1","free_events":"2"},{"valid_from":"2026-10-16","model":"percentage","rate_percent":"2","free_events":"2"}]
plaetze|-|in_arrears|[{"valid_from":"2026-01-01","model":"per_unit","unit_price":"10"},{"valid_from":"2026-10-16","model":"flat","flat_fee":"31"}]
voraus|-|in_advance|[{"valid_from":"2026-01-01","model":"flat","flat_fee":"31"},{"valid_from":"2026-10-16","model":"flat","flat_fee":"62"}]
wechsel|-|in_advance|[{"valid_from":"2026-01-01","model":"per_unit","unit_price":"31"},{"valid_from":"2026-10-21","model":"per_unit","unit_price":"62"}]
neu|-|in_advance|[{"valid_from":"2026-10-22","model":"flat","flat_fee":"31"}]
neu-nach|-|in_arrears|[{"valid_from":"2026-10-22","model":"flat","flat_fee":"31"}]
alt|-|in_arrears|[{"valid_from":"2026-01-01","valid_to":"2026-10-11","model":"flat","flat_fee":"31"}]
END_OF_PRICES
    echo '{"record":"subscription_change","tenant":"nordwind","subscription":"wechsel","at":"2026-10-25","quantity":"1"}'
} >"$data/3-catalog.jsonl"

# METER VALUE INSTANT. The 16th of Berlin begins at 22:00 of the 15th UTC.
TENANT=nordwind measured >"$data/4-usage.jsonl" <<'END_OF_EVENTS'
stufen 6 2026-10-15T21:59:59Z
stufen 8 2026-10-15T22:00:00Z
gebuehr 4 2026-10-02T00:00:00Z
gebuehr 4 2026-10-20T00:00:00Z
frei 7 2026-10-02T00:00:00Z
frei 7 2026-10-12T00:00:00Z
frei 7 2026-10-22T00:00:00Z
hoechst 80 2026-10-02T00:00:00Z
spitze 5 2026-10-02T00:00:00Z
spitze 8 2026-10-20T00:00:00Z
speicher 149 2026-10-01T10:00:00Z
anteil 100 2026-10-02T00:00:00Z
anteil 100 2026-10-03T00:00:00Z
anteil 100 2026-10-20T00:00:00Z
END_OF_EVENTS

round_new "$mill"
mill "$mill" init >/dev/null
run 0 "the prices are imported" -- mill "$mill" import --quiet "$data"/*.jsonl
run 0 "the month is closed" -- mill "$mill" close --period 2026-10
mill "$mill" dump >"$STORY_DIR/october.jsonl"
keep_dump october "$STORY_DIR/october.jsonl"
lines() { jq -r 'select(.record == "invoice") | .lines[] | [.price, .price_valid_from, .period_start, .period_end, .kind, .quantity, .amount, .discount] | join(" ")' "$1" | sort; }
lines "$STORY_DIR/october.jsonl" >"$STORY_DIR/lines"
# stufen: (20 + 4) - 12. gebuehr: 4 + 31 * 15/31, then 8 + 62 + 9 less 4 + 62 * 15/31. frei: nothing, 4 * 2, 9 * 3 - 2 * 3.
# hoechst: 80 cut to 31 * 15/31, then 80 to 62 less 80 to 62 * 15/31. speicher: 149 for 733 of 745 hours.
sort >"$STORY_DIR/expected" <<'END_OF_LINES'
stufen 2026-01-01 2026-10-01 2026-10-16 usage 6 6.00 0.00
stufen 2026-10-16 2026-10-16 2026-11-01 usage 8 12.00 0.00
gebuehr 2026-01-01 2026-10-01 2026-10-16 usage 4 19.00 0.00
gebuehr 2026-10-16 2026-10-16 2026-11-01 usage 4 45.00 0.00
frei 2026-01-01 2026-10-01 2026-10-11 usage 7 0.00 0.00
frei 2026-10-11 2026-10-11 2026-10-21 usage 7 8.00 0.00
frei 2026-10-21 2026-10-21 2026-11-01 usage 7 21.00 0.00
mindest 2026-01-01 2026-10-01 2026-10-16 usage 0 15.00 0.00
mindest 2026-10-16 2026-10-16 2026-11-01 usage 0 32.00 0.00
hoechst 2026-01-01 2026-10-01 2026-10-16 usage 80 80.00 65.00
hoechst 2026-10-16 2026-10-16 2026-11-01 usage 0 32.00 0.00
spitze 2026-01-01 2026-10-01 2026-10-16 usage 5 5.00 0.00
spitze 2026-10-16 2026-10-16 2026-11-01 usage 3 6.00 0.00
anteil 2026-01-01 2026-10-01 2026-10-16 usage 200 0.00 0.00
anteil 2026-10-16 2026-10-16 2026-11-01 usage 100 2.00 0.00
plaetze 2026-01-01 2026-10-01 2026-10-16 recurring 3 14.52 0.00
plaetze 2026-10-16 2026-10-16 2026-11-01 recurring 1 16.00 0.00
voraus 2026-01-01 2026-10-01 2026-11-01 recurring 1 31.00 0.00
voraus 2026-10-16 2026-11-01 2026-12-01 recurring 1 62.00 0.00
neu 2026-10-22 2026-11-01 2026-12-01 recurring 1 31.00 0.00
neu-nach 2026-10-22 2026-10-22 2026-11-01 recurring 1 10.00 0.00
alt 2026-01-01 2026-10-01 2026-10-11 recurring 1 10.00 0.00
wechsel 2026-01-01 2026-10-01 2026-11-01 recurring 3 93.00 0.00
wechsel 2026-01-01 2026-10-25 2026-11-01 proration_credit -3 -21.00 0.00
wechsel 2026-01-01 2026-10-25 2026-11-01 proration_charge 1 7.00 0.00
wechsel 2026-10-21 2026-11-01 2026-12-01 recurring 1 62.00 0.00
END_OF_LINES
grep -v speicher "$STORY_DIR/lines" >"$STORY_DIR/shown"
same_file "each line is what its version says" "$STORY_DIR/shown" "$STORY_DIR/expected"
equal "a version that changes nothing changes no total" \
    "$(awk '$1 == "speicher" { sum += $7 } END { printf "%.2f", sum }' "$STORY_DIR/lines")" 146.60
equal "the rule by itself says the same of the tiers" \
    "$(echo '{"currency":"EUR","model":"graduated","tiers":[{"up_to":"10","unit_price":"2"},{"up_to":null,"unit_price":"1"}],"quantity":"8","already_billed_quantity":"6"}' | mill "$mill" calc price | jq -r .amount)" 12.00
explain_all() { # DUMP
    for invoice in $(jq -r 'select(.record == "invoice") | .number' "$1"); do
        run 0 "invoice $invoice is explained" -- mill "$mill" explain "$invoice"
        cat "$STORY_OUT" >>"$STORY_DIR/explained"
    done
}
explain_all "$STORY_DIR/october.jsonl"
check "with its version" -- grep -q "price stufen, graduated, in_arrears, version from 2026-10-16" "$STORY_DIR/explained"
check "and what was used before it" -- grep -q "of the total from 2026-10-01 on, by this version, less 6 of it that were used" "$STORY_DIR/explained"
run 0 "a second run" -- mill "$mill" close --period 2026-10
mill "$mill" dump >"$STORY_DIR/again.jsonl"
check "changes nothing" -- cmp "$STORY_DIR/again.jsonl" "$STORY_DIR/october.jsonl"

# ------------------------------------------------------------------ late

cat >"$STORY_DIR/late.jsonl" <<'END_OF_EVENTS'
{"record":"usage","tenant":"nordwind","meter":"stufen","key":"late1","subscription":"stufen","value":"5","at":"2026-10-03T12:00:00Z"}
{"record":"usage","tenant":"nordwind","meter":"spitze","key":"late2","subscription":"spitze","value":"6","at":"2026-10-03T12:00:00Z"}
{"record":"usage","tenant":"nordwind","meter":"anteil","key":"late3","subscription":"anteil","value":"50","at":"2026-10-01T12:00:00Z"}
{"record":"usage","tenant":"nordwind","meter":"frei","key":"late4","subscription":"frei","value":"1","at":"2026-10-30T12:00:00Z"}
END_OF_EVENTS
run 0 "events that come late" -- mill "$mill" import --quiet "$STORY_DIR/late.jsonl"
run 0 "the next month is closed" -- mill "$mill" close --period 2026-11
mill "$mill" dump >"$STORY_DIR/november.jsonl"
keep_dump november "$STORY_DIR/november.jsonl"
# stufen: 11 units are 10.50, less 6; 19 of the second version less 11 of it are 8, less 12.
lines "$STORY_DIR/november.jsonl" | grep late_usage >"$STORY_DIR/lines"
sort >"$STORY_DIR/expected" <<'END_OF_LINES'
stufen 2026-01-01 2026-10-01 2026-10-16 late_usage 5 4.50 0.00
stufen 2026-10-16 2026-10-16 2026-11-01 late_usage 0 -4.00 0.00
spitze 2026-01-01 2026-10-01 2026-10-16 late_usage 1 1.00 0.00
spitze 2026-10-16 2026-10-16 2026-11-01 late_usage -1 -2.00 0.00
anteil 2026-01-01 2026-10-01 2026-10-16 late_usage 50 1.00 0.00
anteil 2026-10-16 2026-10-16 2026-11-01 late_usage 0 0.00 0.00
frei 2026-10-21 2026-10-21 2026-11-01 late_usage 1 3.00 0.00
END_OF_LINES
same_file "late usage bills what it changes, before the change of the price and after it" "$STORY_DIR/lines" "$STORY_DIR/expected"
explain_all "$STORY_DIR/november.jsonl"

# ------------------------------------------------------------------ known later

# A version that is imported after its days were charged in advance does not charge them again.
echo '{"record":"price","tenant":"nordwind","price":"voraus","plan":"voraus","product":"dienst","currency":"EUR","billing":"in_advance","valid_from":"2026-12-11","model":"flat","flat_fee":"93"}' >"$STORY_DIR/third.jsonl"
run 0 "a version for days that are charged already" -- mill "$mill" import --quiet "$STORY_DIR/third.jsonl"
run 0 "December is closed" -- mill "$mill" close --period 2026-12
mill "$mill" dump >"$STORY_DIR/december.jsonl"
keep_dump december "$STORY_DIR/december.jsonl"
equal "holds from the next period on" "$(lines "$STORY_DIR/december.jsonl" | grep '^voraus' | tail -n 2 | tr '\n' ,)" \
    "voraus 2026-10-16 2026-12-01 2027-01-01 recurring 1 62.00 0.00,voraus 2026-12-11 2027-01-01 2027-02-01 recurring 1 93.00 0.00,"

# ------------------------------------------------------------------ moved, and computed again

take_dump "another database takes the dump" "$STORY_DIR/moved" "$STORY_DIR/november.jsonl"
computed "the same figures in another language" "$STORY_DIR/december.jsonl" "$mill/data/documents"

story_end
