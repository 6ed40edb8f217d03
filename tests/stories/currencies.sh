# Plans with prices in several currencies: who has a currency is charged by those in it, once; who has none, or one that
# the plan lacks, by all of them. A currency that is new in a plan counts from its first day on.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

price() { # NAME PLAN CURRENCY FROM FIELDS…
    record price "\"price\":\"$1\"" "\"plan\":\"$2\"" '"product":"p"' "\"currency\":\"$3\"" "\"valid_from\":\"$4\"" "${@:5}"
}
customer() { # NAME PLAN FIELDS…
    record customer "\"customer\":\"$1\"" "\"name\":\"$1\"" '"address":{"country":"DE"}' "${@:3}"
    record subscription "\"subscription\":\"s-$1\"" "\"customer\":\"$1\"" "\"plan\":\"$2\"" '"start":"2026-01-01"' '"quantity":"2"'
}
usage() { # CUSTOMER AT VALUE
    record usage '"meter":"calls"' "\"subscription\":\"s-$1\"" "\"key\":\"$1-$2\"" "\"value\":\"$3\"" "\"at\":\"$2T12:00:00Z\""
}
lines() { # CUSTOMER: what the subscription was charged, in the order of days
    mill "$round" dump --record invoice | jq -r --arg c "$1" 'select(.number and .customer == $c) | .currency as $in | .lines[] |
        [.price, .period_start, .period_end, .amount, $in] | join(" ")' | sort -k2,2 -k1,1
}

round=$STORY_DIR/both
round_new "$round"
mill "$round" init >/dev/null 2>&1
{
    echo '{"record":"tenant","tenant":"t","legal_name":"T GmbH","address":{"city":"Berlin"},"country":"DE","currency":"EUR","timezone":"Europe/Berlin","locale":"de-DE"}'
    echo '{"record":"tax_rate","tenant":"*","country":"DE","category":"standard","valid_from":"2007-01-01","rate_percent":"19","name":"USt."}'
    record product '"product":"p"' '"name":"Seat"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    for plan in two old; do record plan "\"plan\":\"$plan\"" '"name":"Monthly"' '"interval":"month"'; done
    price two-eur two EUR 2020-01-01 '"billing":"in_advance"' '"model":"per_unit"' '"unit_price":"10"'
    price two-usd two USD 2020-01-01 '"billing":"in_advance"' '"model":"per_unit"' '"unit_price":"12"'
    price two-calls two EUR 2020-01-01 '"billing":"in_arrears"' '"meter":"calls"' '"model":"per_unit"' '"unit_price":"0.10"'
    # Dollars come on 11 February: 31 and 28 days of 31.00 and 28.00 are 1.00 a day.
    price old-eur old EUR 2020-01-01 '"billing":"in_arrears"' '"model":"flat"' '"flat_fee":"28"'
    price old-calls old EUR 2020-01-01 '"billing":"in_arrears"' '"meter":"calls"' '"model":"per_unit"' '"unit_price":"0.10"'
    price old-seat old EUR 2020-01-01 '"billing":"in_advance"' '"model":"per_unit"' '"unit_price":"5"'
    customer dollar two '"currency":"USD"'
    customer euro two '"currency":"EUR"'
    customer franc two '"currency":"CHF"'
    customer none two
    customer new old '"currency":"USD"'
    usage dollar 2026-01-10 7
    usage euro 2026-01-10 7
    usage new 2026-02-05 30
    usage new 2026-02-20 50
} >"$round/records.jsonl"
run 0 "plans with prices in two currencies" -- mill "$round" import "$round/records.jsonl"
stderr_has "who is charged in both is told" 'for they have none of its currencies: 2; the first is customer "franc", plan "two": EUR, USD; give a customer a currency'
run 0 "in JSON as well, as long as they are touched" -- mill "$round" import --json "$round/records.jsonl"
equal "which they are not" "$(jq .mixed_currencies "$STORY_OUT")" 0
run 0 "a preview" -- mill "$round" preview s-none --period 2026-01
stderr_has "says so too" "customer none is charged in several currencies at once, by all prices of plan two (EUR, USD), for he has none of them: give the customer a currency"
equal "and to programs" "$(mill "$round" preview s-none --period 2026-01 --json 2>/dev/null | jq -c .mixed_currencies)" '[{"currencies":"EUR, USD","customer":"none","plan":"two"}]'
equal "of who has one of them nothing" "$(mill "$round" preview s-euro --period 2026-01 --json 2>/dev/null | jq -c .mixed_currencies)" "[]"
run 0 "January" -- mill "$round" close --period 2026-01
{
    price old-usd old USD 2026-02-11 '"billing":"in_arrears"' '"model":"flat"' '"flat_fee":"56"'
    price old-dollar-calls old USD 2026-02-11 '"billing":"in_arrears"' '"meter":"calls"' '"model":"per_unit"' '"unit_price":"0.20"'
    price old-dollar-seat old USD 2026-02-11 '"billing":"in_advance"' '"model":"per_unit"' '"unit_price":"6"'
} >"$round/dollars.jsonl"
run 0 "a plan gets prices in dollars" -- mill "$round" import --json "$round/dollars.jsonl"
equal "two are charged in both" "$(jq .mixed_currencies "$STORY_OUT")" 2
run 0 "February" -- mill "$round" close --period 2026-02

equal "who has dollars pays dollars alone" "$(lines dollar)" "two-usd 2026-01-01 2026-02-01 24.00 USD
two-usd 2026-02-01 2026-03-01 24.00 USD
two-usd 2026-03-01 2026-04-01 24.00 USD"
equal "who has euros pays euros alone, and for the calls" "$(lines euro)" "two-calls 2026-01-01 2026-02-01 0.70 EUR
two-eur 2026-01-01 2026-02-01 20.00 EUR
two-calls 2026-02-01 2026-03-01 0.00 EUR
two-eur 2026-02-01 2026-03-01 20.00 EUR
two-eur 2026-03-01 2026-04-01 20.00 EUR"
for who in franc none; do
    equal "$who: nothing to choose by, so all of the plan" "$(lines $who | cut -d' ' -f1 | sort -u | tr '\n' ' ')" "two-calls two-eur two-usd "
done
equal "a currency that is new counts from its first day on" "$(lines new)" "old-calls 2026-01-01 2026-02-01 0.00 EUR
old-eur 2026-01-01 2026-02-01 28.00 EUR
old-seat 2026-01-01 2026-02-01 10.00 EUR
old-calls 2026-02-01 2026-02-11 3.00 EUR
old-eur 2026-02-01 2026-02-11 10.00 EUR
old-seat 2026-02-01 2026-03-01 10.00 EUR
old-dollar-calls 2026-02-11 2026-03-01 10.00 USD
old-usd 2026-02-11 2026-03-01 36.00 USD
old-dollar-seat 2026-03-01 2026-04-01 12.00 USD"
mill "$round" dump >"$STORY_DIR/february.jsonl"
run 0 "another program comes to the same" -- python3 tests/support/recompute.py "$STORY_DIR/february.jsonl"
run 0 "calls that nobody is charged for" -- mill "$round" status --usage
stdout_has "are said" "s-dollar, meter calls"

# A price on a meter that ends, or that dollars take the place of, without another one.
{
    price last-calls last EUR 2020-01-01 '"valid_to":"2026-02-11"' '"billing":"in_arrears"' '"meter":"calls"' '"model":"per_unit"' '"unit_price":"0.10"'
    price gone-calls gone EUR 2020-01-01 '"billing":"in_arrears"' '"meter":"calls"' '"model":"per_unit"' '"unit_price":"0.10"'
    price gone-usd gone USD 2026-02-11 '"billing":"in_advance"' '"model":"flat"' '"flat_fee":"1"'
} >"$round/prices.jsonl"
{
    for plan in last gone; do record plan "\"plan\":\"$plan\"" '"name":"Monthly"' '"interval":"month"'; done
    cat "$round/prices.jsonl"
    customer last last
    customer gone gone '"currency":"USD"'
    customer stays gone '"currency":"EUR"'
    for who in last gone stays; do for day in 10 11 12; do usage "$who" "2026-02-$day" 1; done; done
} >"$round/ends.jsonl"
run 0 "prices that end" -- mill "$round" import --quiet "$round/ends.jsonl"
run 0 "February is redone" -- mill "$round" redo close --period 2026-02 --reason "prices that end"
run 0 "usage after the end of a price" -- mill "$round" status --usage --json
equal "is said" "$(jq -r '.unbilled_usage[] | [.reason, .events, .subscriptions] | join(" ")' "$STORY_OUT")" "no_price 5 3"

# A change of quantity is read by the whole life of the subscription.
record subscription_change '"subscription":"s-dollar"' '"at":"2026-03-16"' '"quantity":"4"' >"$round/change.jsonl"
record subscription_change '"subscription":"s-new"' '"at":"2026-03-16"' '"quantity":"4"' >>"$round/change.jsonl"
run 0 "two have more seats" -- mill "$round" import --quiet "$round/change.jsonl"
run 0 "March" -- mill "$round" close --period 2026-03
equal "in dollars too" "$(lines dollar | grep 03-16)" "two-usd 2026-03-16 2026-04-01 -12.39 USD
two-usd 2026-03-16 2026-04-01 24.77 USD"
equal "no euro comes back" "$(lines new | grep -c EUR)" 6

record customer '"customer":"dollar"' '"name":"dollar"' '"address":{"country":"DE"}' '"currency":"EUR"' >"$round/other.jsonl"
run 65 "who is charged keeps the currency" -- mill "$round" import "$round/other.jsonl"
stderr_has "and it says why" "charged already, in USD"
mill "$round" dump >"$STORY_DIR/books.jsonl"
keep_dump books "$STORY_DIR/books.jsonl"
wrong=0
for number in $(jq -r 'select(.record == "invoice") | .number // empty' "$STORY_DIR/books.jsonl"); do
    mill "$round" explain "$number" >/dev/null 2>&1 || wrong=$((wrong + 1))
done
equal "explain agrees with every invoice" "$wrong" 0
story_end
