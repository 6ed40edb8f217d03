# A pause, or a plan left and taken again, within a period: what is used after it goes on with the tiers, free units and
# limits of what was used before, limits and fees are those of the days that are charged, and what is used in between is
# nobody's. Whenever it becomes known: before the period is billed, after it, or one half of it. Late usage of the first
# part bills what it changes of the second; of the days between it bills nothing. Figures worked by hand.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin
data=$STORY_DIR/data
mkdir "$data"
grep nordwind tests/fixtures/fault/tenants.jsonl >"$data/1-tenants.jsonl"
cp tests/fixtures/fault/tax_rates.jsonl "$data/2-tax_rates.jsonl"

# 1-10 October and 21-31 October are charged: 10 and 11 days of 31.
{
    echo '{"record":"product","tenant":"nordwind","product":"dienst","name":"Dienst"}'
    echo '{"record":"customer","tenant":"nordwind","customer":"k","name":"Kiosk","address":{"line1":"Hafen 1","city":"Kiel","postal_code":"24103","country":"DE"},"business":true,"currency":"EUR"}'
    while IFS='|' read -r name aggregation fields; do
        jq -nc --arg n "$name" --arg a "$aggregation" --argjson fields "$fields" '
            {record: "meter", tenant: "nordwind", meter: $n, aggregation: $a},
            {record: "plan", tenant: "nordwind", plan: $n, name: $n, interval: "month"},
            {record: "price", tenant: "nordwind", price: $n, plan: $n, product: "dienst", currency: "EUR", billing: "in_arrears", valid_from: "2026-01-01", meter: $n} + $fields,
            {record: "subscription", tenant: "nordwind", subscription: $n, customer: "k", plan: $n, start: "2026-10-01", quantity: "1"}'
    done <<'END_OF_PRICES'
frei|sum|{"model":"per_unit","unit_price":"1","free_units":"10"}
stufen|sum|{"model":"graduated","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":null,"unit_price":"0.5"}]}
gebuehr|sum|{"model":"graduated","tiers":[{"up_to":"50","unit_price":"1","flat_fee":"31"},{"up_to":null,"unit_price":"1"}]}
menge|sum|{"model":"volume","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":null,"unit_price":"0.5"}]}
pakete|sum|{"model":"package","package_size":"10","package_price":"5"}
mindest|sum|{"model":"per_unit","unit_price":"1","minimum_amount":"31"}
hoechst|sum|{"model":"per_unit","unit_price":"1","maximum_amount":"31"}
spitze|max|{"model":"per_unit","unit_price":"1"}
speicher|weighted_sum|{"model":"per_unit","unit_price":"1"}
anteil|sum|{"model":"percentage","rate_percent":"1","free_events":"2"}
zurueck|sum|{"model":"graduated","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":null,"unit_price":"0.5"}]}
END_OF_PRICES
    echo '{"record":"plan","tenant":"nordwind","plan":"fremd","name":"fremd","interval":"month"}'
    echo '{"record":"price","tenant":"nordwind","price":"fremd","plan":"fremd","product":"dienst","currency":"EUR","billing":"in_arrears","valid_from":"2026-01-01","meter":"zurueck","model":"per_unit","unit_price":"1","free_units":"10"}'
} >"$data/3-catalog.jsonl"

TENANT=nordwind measured >"$data/4-usage.jsonl" <<'END_OF_EVENTS'
frei 7 2026-10-02T00:00:00Z
frei 50 2026-10-10T22:00:00Z
frei 7 2026-10-20T22:00:00Z
stufen 8 2026-10-10T21:59:59Z
stufen 50 2026-10-20T21:59:59Z
stufen 8 2026-10-22T00:00:00Z
gebuehr 4 2026-10-02T00:00:00Z
gebuehr 4 2026-10-22T00:00:00Z
menge 8 2026-10-02T00:00:00Z
menge 8 2026-10-22T00:00:00Z
pakete 5 2026-10-02T00:00:00Z
pakete 5 2026-10-22T00:00:00Z
hoechst 80 2026-10-02T00:00:00Z
spitze 5 2026-10-02T00:00:00Z
spitze 100 2026-10-15T00:00:00Z
spitze 8 2026-10-22T00:00:00Z
speicher 21 2026-09-30T22:00:00Z
anteil 100 2026-10-02T00:00:00Z
anteil 100 2026-10-15T00:00:00Z
anteil 100 2026-10-22T00:00:00Z
anteil 100 2026-10-23T00:00:00Z
zurueck 8 2026-10-02T00:00:00Z
zurueck 12 2026-10-15T00:00:00Z
zurueck 8 2026-10-22T00:00:00Z
END_OF_EVENTS

halves() { # FIELDS OF ALL BUT zurueck, OF zurueck, DAY
    jq -r 'select(.record == "subscription") | .subscription' "$data/3-catalog.jsonl" | while read -r name; do
        fields=$1
        [ "$name" != zurueck ] || fields=$2
        echo "{\"record\":\"subscription_change\",\"tenant\":\"nordwind\",\"subscription\":\"$name\",\"at\":\"$3\",$fields}"
    done
}
halves '"pause":true' '"plan":"fremd"' 2026-10-11 >"$STORY_DIR/begin.jsonl"
halves '"resume":true' '"plan":"zurueck"' 2026-10-21 >"$STORY_DIR/end.jsonl"

begin() { # ROUND
    round_new "$1"
    mill "$1" init >/dev/null
    run 0 "$(basename "$1"): the catalog" -- mill "$1" import --quiet "$data"/*.jsonl
}
known() { run 0 "$(basename "$1"): $2 becomes known" -- mill "$1" import --quiet "$STORY_DIR/$2.jsonl"; }
closed() { run 0 "$(basename "$1"): $2 is closed" -- mill "$1" close --period "$2"; }
dumped() { # ROUND: into DUMP
    DUMP=$STORY_DIR/$(basename "$1").jsonl
    mill "$1" dump >"$DUMP"
}
lines() { jq -r 'select(.record == "invoice") | .lines[] | [.price, .period_start, .period_end, .kind, .quantity, .amount, .discount] | join(" ")' "$1" | sort; }
# What October comes to for each price, whatever documents said it.
october() {
    jq -r 'select(.record == "invoice" or .record == "credit_note") | (if .record == "invoice" then 1 else -1 end) as $sign | .lines[]
        | select(.period_start < "2026-11-01") | [.price, $sign * ((.amount | tonumber) - (.discount | tonumber)) * 100 | tostring] | join(" ")' "$1" |
        awk '{ sum[$1] += $2 } END { for (price in sum) printf "%s %.2f\n", price, sum[price] / 100 }' | sort
}

# ------------------------------------------------------------------ known in time

first=$STORY_DIR/first
begin "$first"
known "$first" begin
known "$first" end
closed "$first" 2026-10
dumped "$first"
keep_dump october "$DUMP"
lines "$DUMP" >"$STORY_DIR/lines"
# frei: 14 - 10 free. stufen, zurueck: 10 + 6 * 0.5 - 8. gebuehr: 4 + 31 * 10/31, then 8 + 31 * 21/31 less that. menge: 16 * 0.5 - 8.
# mindest: 31 * 10/31, then 31 * 21/31 less that. hoechst: cut to 10, then to 21. spitze: 8 - 5. speicher: 21 * 10/31, then 21 * 21/31 less that.
# anteil: two are free, of which one was used.
sort >"$STORY_DIR/expected" <<'END_OF_LINES'
frei 2026-10-01 2026-10-11 usage 7 0.00 0.00
frei 2026-10-21 2026-11-01 usage 7 4.00 0.00
stufen 2026-10-01 2026-10-11 usage 8 8.00 0.00
stufen 2026-10-21 2026-11-01 usage 8 5.00 0.00
gebuehr 2026-10-01 2026-10-11 usage 4 14.00 0.00
gebuehr 2026-10-21 2026-11-01 usage 4 15.00 0.00
menge 2026-10-01 2026-10-11 usage 8 8.00 0.00
menge 2026-10-21 2026-11-01 usage 8 0.00 0.00
pakete 2026-10-01 2026-10-11 usage 5 5.00 0.00
pakete 2026-10-21 2026-11-01 usage 5 0.00 0.00
mindest 2026-10-01 2026-10-11 usage 0 10.00 0.00
mindest 2026-10-21 2026-11-01 usage 0 11.00 0.00
hoechst 2026-10-01 2026-10-11 usage 80 80.00 70.00
hoechst 2026-10-21 2026-11-01 usage 0 11.00 0.00
spitze 2026-10-01 2026-10-11 usage 5 5.00 0.00
spitze 2026-10-21 2026-11-01 usage 3 3.00 0.00
speicher 2026-10-01 2026-10-11 usage 6.774194 6.77 0.00
speicher 2026-10-21 2026-11-01 usage 7.451612 7.46 0.00
anteil 2026-10-01 2026-10-11 usage 100 0.00 0.00
anteil 2026-10-21 2026-11-01 usage 200 1.00 0.00
zurueck 2026-10-01 2026-10-11 usage 8 8.00 0.00
fremd 2026-10-11 2026-10-21 usage 12 2.00 0.00
zurueck 2026-10-21 2026-11-01 usage 8 5.00 0.00
END_OF_LINES
same_file "each part goes on where the last one stopped" "$STORY_DIR/lines" "$STORY_DIR/expected"
number=$(jq -r 'select(.record == "invoice") | .number' "$DUMP")
run 0 "it is explained" -- mill "$first" explain "$number"
stdout_has "with what is left out" "without 2026-10-11 up to 2026-10-21, when it was not charged"
run 0 "in JSON too" -- mill "$first" explain "$number" --json
equal "with the same days" "$(jq -c '[.lines[] | select(.price == "frei") | .steps.counts_without] | .[1]' "$STORY_OUT")" '[{"end":"2026-10-21","start":"2026-10-11"}]'
computed "the first" "$DUMP" "$first/data/documents"
closed "$first" 2026-10
dumped "$first"
lines "$DUMP" >"$STORY_DIR/lines"
same_file "a second run changes nothing" "$STORY_DIR/lines" "$STORY_DIR/expected"

# ------------------------------------------------------------------ moved

moved=$STORY_DIR/moved
round_new "$moved"
mill "$moved" init >/dev/null
run 0 "another database takes the dump" -- mill "$moved" import --quiet "$STORY_DIR/first.jsonl"
dumped "$moved"
check "its dump is the same" -- cmp "$DUMP" "$STORY_DIR/first.jsonl"
sed 's,"counts_gaps":"2026-10-11/2026-10-21 ,"counts_gaps":"2026-10-11/2026-10-10 ,' "$STORY_DIR/first.jsonl" >"$STORY_DIR/broken.jsonl"
round_new "$STORY_DIR/broken"
mill "$STORY_DIR/broken" init >/dev/null
run 65 "days that are none are refused" -- mill "$STORY_DIR/broken" import --quiet "$STORY_DIR/broken.jsonl"
stderr_has "by their field" "counts_gaps"

# ------------------------------------------------------------------ known in another order

october "$STORY_DIR/first.jsonl" >"$STORY_DIR/october"
for order in "after: 2026-10 begin end 2026-11" "halves: begin 2026-10 end 2026-11" "turned: end 2026-10 begin 2026-11" \
    "slowly: 2026-10 begin 2026-11 end 2026-12"; do
    round=$STORY_DIR/${order%%:*}
    begin "$round"
    for step in ${order#*: }; do
        case $step in
        20*) closed "$round" "$step" ;;
        *) known "$round" "$step" ;;
        esac
    done
    dumped "$round"
    keep_dump "${order%%:*}" "$DUMP"
    october "$DUMP" >"$STORY_DIR/other"
    same_file "$order comes to the same" "$STORY_DIR/other" "$STORY_DIR/october"
    for number in $(jq -r 'select(.record == "invoice" or .record == "credit_note") | .number // empty' "$DUMP"); do
        run 0 "$order: $number is explained" -- mill "$round" explain "$number"
    done
    computed "$order" "$DUMP" "$round/data/documents"
done

equal "what is taken back is named as what was charged" "$(jq -r 'select(.record == "invoice" or .record == "credit_note") | .lines[] | select(.price == "stufen" and .period_start < "2026-11-01") | .description' "$DUMP" | sort -u)" "Dienst, stufen"

# ------------------------------------------------------------------ late

cat >"$STORY_DIR/late.jsonl" <<'END_OF_EVENTS'
{"record":"usage","tenant":"nordwind","meter":"stufen","key":"late1","subscription":"stufen","value":"5","at":"2026-10-03T12:00:00Z"}
{"record":"usage","tenant":"nordwind","meter":"frei","key":"late2","subscription":"frei","value":"50","at":"2026-10-15T12:00:00Z"}
{"record":"usage","tenant":"nordwind","meter":"spitze","key":"late3","subscription":"spitze","value":"6","at":"2026-10-03T12:00:00Z"}
END_OF_EVENTS
known "$first" late
closed "$first" 2026-11
dumped "$first"
keep_dump late "$DUMP"
lines "$DUMP" | grep late_usage >"$STORY_DIR/lines"
# stufen: 13 are 11.50, less 8; 21 are 15.50, less 11.50 and less 5. What is used in the pause is nobody's, late too.
sort >"$STORY_DIR/expected" <<'END_OF_LINES'
stufen 2026-10-01 2026-10-11 late_usage 5 3.50 0.00
stufen 2026-10-21 2026-11-01 late_usage 0 -1.00 0.00
spitze 2026-10-01 2026-10-11 late_usage 1 1.00 0.00
spitze 2026-10-21 2026-11-01 late_usage -1 -1.00 0.00
END_OF_LINES
same_file "late usage of one part changes the other" "$STORY_DIR/lines" "$STORY_DIR/expected"
closed "$first" 2026-12
dumped "$first"
lines "$DUMP" | grep late_usage >"$STORY_DIR/lines"
same_file "once" "$STORY_DIR/lines" "$STORY_DIR/expected"
for number in $(jq -r 'select(.record == "invoice") | .number // empty' "$DUMP"); do
    run 0 "$number is explained" -- mill "$first" explain "$number"
done
computed "late" "$DUMP" "$first/data/documents"

story_end
