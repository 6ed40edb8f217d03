# What a price is for one customer alone: it begins or ends within a month (what is billed by a total goes on over the
# change; in advance the first day says it), gets an end later, belongs to the child whose parent pays, gives way to a phase
# of a contract that names terms and is cut by the discount of one that does not; usage that passes a threshold, late usage,
# an invoice that is billed again by what is known now. Figures by hand; explained, previewed, computed again, moved, killed.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

own() { # WHO PRICE FROM FIELDS…
    record customer_price "\"customer\":\"c-$1\"" "\"price\":\"$2\"" "\"valid_from\":\"$3\"" '"currency":"EUR"' "${@:4}"
}
flat() { # FEE
    printf '"model":"flat","flat_fee":"%s"' "$1"
}
unit() { # PRICE
    printf '"model":"per_unit","unit_price":"%s"' "$1"
}
steps() { # PRICE UP TO 10, AND BEYOND
    printf '"model":"graduated","tiers":[{"up_to":"10","unit_price":"%s"},{"up_to":null,"unit_price":"%s"}]' "$1" "$2"
}
price() { # NAME PLAN BILLING FIELDS…
    record price "\"price\":\"$1\"" "\"plan\":\"$2\"" '"product":"p"' '"currency":"EUR"' '"valid_from":"2020-01-01"' "\"billing\":\"$3\"" "${@:4}"
}
calls() { # KEY WHO DAY QUANTITY [FIELDS…]: of 2026
    record usage '"meter":"calls"' "\"key\":\"$1\"" "\"subscription\":\"s-$2\"" "\"at\":\"2026-$3T12:00:00Z\"" "\"value\":\"$4\"" "${@:5}"
}
until_the_16th() { # with or without its end
    own until calls 2020-01-01 "$(steps 0.8 0.2)" "$@"
    own until seat 2020-01-01 "$(unit 7)" "$@"
    own until base 2020-01-01 "$(flat 62)" "$@"
}

# Everybody has calls at 1.00 up to 10 and 0.50 beyond, three seats at 10.00 in advance, and a base fee of 31.00 in arrears.
catalog() {
    local who
    berlin
    record product '"product":"p"' '"name":"Produkt"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    record plan '"plan":"m"' '"name":"Monat"' '"interval":"month"'
    price calls m in_arrears '"meter":"calls"' "$(steps 1 0.5)"
    price seat m in_advance "$(unit 10)"
    price base m in_arrears "$(flat 31)"
    record plan '"plan":"card"' '"name":"Vereinbart"' '"interval":"month"'
    price base-agreed card in_arrears "$(flat 15.5)"
    record plan '"plan":"steps"' '"name":"Stufen"' '"interval":"month"' '"usage_thresholds":[{"amount":"30"}]'
    price metered steps in_arrears '"meter":"calls"' "$(unit 1)"
    for who in plain from until payer child contract discount; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}' "$([ $who = child ] && echo '"parent":"c-payer"' || echo '"tier":"gold"')"
        record subscription "\"subscription\":\"s-$who\"" "\"customer\":\"c-$who\"" '"plan":"m"' '"quantity":"3"' '"start":"2026-10-01"'
    done
    for who in share steps; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"s-$who\"" "\"customer\":\"c-$who\"" '"plan":"steps"' '"start":"2026-10-01"'
    done

    own from calls 2026-10-16 "$(steps 0.8 0.2)"
    own from seat 2026-10-16 "$(unit 7)"
    own from base 2026-10-16 "$(flat 62)"
    until_the_16th
    own payer base 2026-01-01 "$(flat 3.1)"
    own child base 2026-01-01 "$(flat 12.4)"
    own contract base 2020-01-01 "$(flat 62)"
    own contract base 2026-10-15 "$(flat 93)"
    own discount base 2020-01-01 "$(flat 20)"
    own share metered 2020-01-01 '"model":"committed","commitment":"12","overage":{"model":"percentage","rate_percent":"2","free_events":"1"}'
    own steps metered 2026-10-11 "$(unit 2)" '"maximum_amount":"60"'

    record contract '"contract":"k"' '"customer":"c-contract"' '"start":"2026-10-11"' '"end":"2026-10-21"' '"currency":"EUR"'
    record contract_phase '"contract":"k"' '"phase":"ten"' '"start":"2026-10-11"' '"prices":[{"price":"base","rated_as":"base-agreed"}]'
    record contract '"contract":"d"' '"customer":"c-discount"' '"start":"2026-10-01"' '"end":"2026-11-01"'
    record contract_phase '"contract":"d"' '"phase":"all"' '"start":"2026-10-01"' '"discount_percent":"10"'

    calls f1 from 10-15 6
    calls f2 from 10-16 8
    calls u1 until 10-15 6
    calls u2 until 10-16 8
    calls c1 child 10-15 6
    calls h1 share 10-02 100
    calls h2 share 10-12 900
    calls s1 steps 10-02 10
    calls s2 steps 10-12 12
}
late() {
    calls f3 from 10-03 5
    calls u3 until 10-20 1
    calls s3 steps 10-20 5
}
begin() { # ROUND
    round_new "$1"
    mill "$1" init >/dev/null 2>&1
    catalog >"$1/records.jsonl"
    run 0 "$(basename "$1"): its data are imported" -- mill "$1" import --quiet "$1/records.jsonl"
    until_the_16th '"valid_to":"2026-10-16"' >"$1/ends.jsonl"
    run 0 "$(basename "$1"): some get an end" -- mill "$1" import "$1/ends.jsonl"
}
lines() { # ROUND CUTOFF: of every line whose it is, what it is about, by which terms it was charged, how much
    mill "$1" dump --record invoice | jq -r --arg c "$2" 'select(.cutoff == $c) | .customer as $who | .lines[] |
        [$who, .subscription, .price, .kind, .period_start, .period_end, .quantity, .amount + "-" + .discount,
         .customer_price_valid_from // .rated_price // "listed"] | join(" ")' | sort
}
number_of() { # ROUND CUSTOMER CUTOFF
    mill "$1" dump --record invoice | jq -r --arg who "$2" --arg c "$3" 'select(.customer == $who and .cutoff == $c) | .number' | tail -n 1
}

round=$STORY_DIR/steps
begin "$round"
stdout_has "they are changed by it" "customer_price              0          3          0"
run 0 "the same records once more" -- mill "$round" import "$round/ends.jsonl"
stdout_has "change nothing" "customer_price              0          0          3"
bad "$round" "an end stays" "valid_to is \"2026-10-20\", was \"2026-10-16\"" < <(own until base 2020-01-01 "$(flat 62)" '"valid_to":"2026-10-20"')
bad "$round" "and so does the fee" "flat_fee is \"63\", was \"62\"" < <(own until base 2020-01-01 "$(flat 63)" '"valid_to":"2026-10-16"')
bad "$round" "and its tiers" "its tiers differ" < <(own until calls 2020-01-01 "$(steps 0.8 0.3)" '"valid_to":"2026-10-16"')
bad "$round" "no flat fee where the price is by quantity" "is a flat fee, the other is not" < <(own from seat 2026-11-01 "$(flat 7)")
bad "$round" "nor the other way round" "is a flat fee, the other is not" < <(own from base 2026-11-01 "$(unit 7)")
bad "$round" "no amounts of events without a meter" "price \"seat\" has no meter" < <(own from seat 2026-11-01 '"model":"dynamic","multiplier":"1"')
bad "$round" "a price that is not there" "price \"nothing\" of tenant \"t\" does not exist" < <(own from nothing 2026-11-01 "$(unit 7)")
bad "$round" "a customer who is not there" "customer \"c-nobody\" of tenant \"t\" does not exist" < <(own nobody base 2026-11-01 "$(flat 7)")
bad "$round" "another currency" "price \"base\" is in EUR" < <(record customer_price '"customer":"c-from"' '"price":"base"' '"valid_from":"2026-11-01"' '"currency":"USD"' "$(flat 7)")

# 10 units as they are listed, then 22 at 2.00 less 10 of them, which its maximum cuts to 60.00 * 10/31: more than 30.
run 0 "what is used passes a threshold" -- mill "$round" run progressive --date 2026-10-15
run 0 "and is billed" -- mill "$round" status
equal "with the price that it is for the customer" "$(lines "$round" 2026-10-15)" \
    "c-steps s-steps metered progressive 2026-10-01 2026-10-11 10 10.00-0.00 listed
c-steps s-steps metered progressive 2026-10-11 2026-11-01 12 24.65-0.00 2026-10-11"
run 0 "October is closed" -- mill "$round" close --period 2026-10
lines "$round" 2026-10-31 >"$STORY_DIR/lines"
# from: 14 units of 8.00 + 0.80 less 6 units of it, 4.80; 31 * 15/31 and 62 * 16/31. until: 12.00 less 6.00; the other way round.
# contract: 62 * 10/31, 15.5 * 10/31 by the phase, which a version that begins within it does not cut, 93 * 11/31.
# share: 2 % of the second event, 18.00, are more than the commitment. steps: what was billed before.
sort >"$STORY_DIR/expected" <<'END_OF_LINES'
c-plain s-plain base recurring 2026-10-01 2026-11-01 1 31.00-0.00 listed
c-plain s-plain calls usage 2026-10-01 2026-11-01 0 0.00-0.00 listed
c-plain s-plain seat recurring 2026-11-01 2026-12-01 3 30.00-0.00 listed
c-from s-from base recurring 2026-10-01 2026-10-16 1 15.00-0.00 listed
c-from s-from base recurring 2026-10-16 2026-11-01 1 32.00-0.00 2026-10-16
c-from s-from calls usage 2026-10-01 2026-10-16 6 6.00-0.00 listed
c-from s-from calls usage 2026-10-16 2026-11-01 8 4.00-0.00 2026-10-16
c-from s-from seat recurring 2026-11-01 2026-12-01 3 21.00-0.00 2026-10-16
c-until s-until base recurring 2026-10-01 2026-10-16 1 30.00-0.00 2020-01-01
c-until s-until base recurring 2026-10-16 2026-11-01 1 16.00-0.00 listed
c-until s-until calls usage 2026-10-01 2026-10-16 6 4.80-0.00 2020-01-01
c-until s-until calls usage 2026-10-16 2026-11-01 8 6.00-0.00 listed
c-until s-until seat recurring 2026-11-01 2026-12-01 3 30.00-0.00 listed
c-payer s-payer base recurring 2026-10-01 2026-11-01 1 3.10-0.00 2026-01-01
c-payer s-payer calls usage 2026-10-01 2026-11-01 0 0.00-0.00 listed
c-payer s-payer seat recurring 2026-11-01 2026-12-01 3 30.00-0.00 listed
c-payer s-child base recurring 2026-10-01 2026-11-01 1 12.40-0.00 2026-01-01
c-payer s-child calls usage 2026-10-01 2026-11-01 6 6.00-0.00 listed
c-payer s-child seat recurring 2026-11-01 2026-12-01 3 30.00-0.00 listed
c-contract s-contract base recurring 2026-10-01 2026-10-11 1 20.00-0.00 2020-01-01
c-contract s-contract base recurring 2026-10-11 2026-10-21 1 5.00-0.00 base-agreed
c-contract s-contract base recurring 2026-10-21 2026-11-01 1 33.00-0.00 2026-10-15
c-contract s-contract calls usage 2026-10-01 2026-10-11 0 0.00-0.00 listed
c-contract s-contract calls usage 2026-10-11 2026-10-21 0 0.00-0.00 listed
c-contract s-contract calls usage 2026-10-21 2026-11-01 0 0.00-0.00 listed
c-contract s-contract seat recurring 2026-11-01 2026-12-01 3 30.00-0.00 listed
c-discount s-discount base recurring 2026-10-01 2026-11-01 1 20.00-2.00 2020-01-01
c-discount s-discount calls usage 2026-10-01 2026-11-01 0 0.00-0.00 listed
c-discount s-discount seat recurring 2026-11-01 2026-12-01 3 30.00-0.00 listed
c-share s-share metered usage 2026-10-01 2026-11-01 1000 18.00-0.00 2020-01-01
c-steps s-steps metered usage 2026-10-01 2026-10-11 0 0.00-0.00 listed
c-steps s-steps metered usage 2026-10-11 2026-11-01 0 0.00-0.00 2026-10-11
END_OF_LINES
same_file "each charge has the terms of its days" "$STORY_DIR/lines" "$STORY_DIR/expected"
equal "in advance those of the first day" "$(lines "$round" 2026-09-30 | grep -E "c-(from|until)")" \
    "c-from s-from seat recurring 2026-10-01 2026-11-01 3 30.00-0.00 listed
c-until s-until seat recurring 2026-10-01 2026-11-01 3 21.00-0.00 2020-01-01"
run 0 "an invoice is explained" -- mill "$round" explain "$(number_of "$round" c-from 2026-10-31)"
stdout_has "with whose price it is, and since when" "by what it is for customer c-from alone, from 2026-10-16 on"
stdout_has "and what was used before it" "of the total from 2026-10-01 on, by this version, less 6 of it that were used"
run 0 "for programs too" -- mill "$round" explain --json "$(number_of "$round" c-payer 2026-10-31)"
equal "the same" "$(jq -c '[.. | objects | select(has("customer_price_valid_from")) | [.customer, .customer_price_valid_from, .amount]]' "$STORY_OUT")" \
    '[["c-child","2026-01-01","12.40"],["c-payer","2026-01-01","3.10"]]'
run 0 "the next invoice is seen before" -- mill "$round" preview s-until --period 2026-11 --json
equal "without what is over" "$(jq -c '[.. | objects | select(.price? == "base") | .amount] | unique' "$STORY_OUT")" '["31.00"]'

late >"$STORY_DIR/late.jsonl"
run 0 "late usage is imported" -- mill "$round" import --quiet "$STORY_DIR/late.jsonl"
run 0 "November is closed" -- mill "$round" close --period 2026-11
# from: 11 units listed are 10.50, less 6.00; 19 of its own less 11 of it are 1.60, less 4.00. until: 15 less 6 listed, 6.50.
# steps: 27 units at 2.00 less those 19.35, less 24.65.
lines "$round" 2026-11-30 | grep late_usage >"$STORY_DIR/lines"
sort >"$STORY_DIR/expected" <<'END_OF_LINES'
c-from s-from calls late_usage 2026-10-01 2026-10-16 5 4.50-0.00 listed
c-from s-from calls late_usage 2026-10-16 2026-11-01 0 -2.40-0.00 2026-10-16
c-until s-until calls late_usage 2026-10-16 2026-11-01 1 0.50-0.00 listed
c-steps s-steps metered late_usage 2026-10-11 2026-11-01 5 10.00-0.00 2026-10-11
END_OF_LINES
same_file "late usage is billed by the terms of its days" "$STORY_DIR/lines" "$STORY_DIR/expected"
mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"
for number in $(jq -r 'select(.record == "invoice") | .number' "$STORY_DIR/steps.jsonl"); do
    mill "$round" explain "$number" 2>&1 | grep -q "is what is stored" || echo "$number"
done >"$STORY_DIR/differ.txt"
equal "every invoice is what its explanation computes" "$(cat "$STORY_DIR/differ.txt")" ""
run 0 "every figure of the dump, computed by other code" -- python3 tests/support/recompute.py "$STORY_DIR/steps.jsonl"
closed_again "$round" 2026-11 "$STORY_DIR/steps.jsonl"

# ------------------------------------------------------------------ known later

later=$STORY_DIR/later
begin "$later"
run 0 "later: October is closed" -- mill "$later" close --period 2026-10
{
    own plain base 2026-10-01 "$(flat 15.5)"
    own plain calls 2026-10-01 "$(unit 0.1)"
    calls p1 plain 10-15 4
    record correction '"correction":"agreed"' "\"invoice\":\"$(number_of "$later" c-payer 2026-10-31)\"" '"action":"rebill"' '"on":"2026-11-05"' '"reason":"agreed since"'
    own payer base 2026-10-01 "$(flat 4.1)"
    own child base 2026-10-16 "$(flat 24.8)"
    own plain seat 2026-10-01 "$(unit 7)"
    record subscription_change '"subscription":"s-plain"' '"at":"2026-11-16"' '"quantity":"1"'
} >"$STORY_DIR/later.jsonl"
run 0 "what was agreed of October is known in November" -- mill "$later" import --quiet "$STORY_DIR/later.jsonl"
run 0 "later: November is closed" -- mill "$later" close --period 2026-11
# November was paid ahead for three seats at 10.00: half of it comes back by that, and half of it is charged for one of them.
equal "what was billed stays so; late usage, and what is given back, are by the same terms" "$(lines "$later" 2026-11-30 | grep c-plain)" \
    "c-plain s-plain base recurring 2026-11-01 2026-12-01 1 15.50-0.00 2026-10-01
c-plain s-plain calls late_usage 2026-10-01 2026-11-01 4 4.00-0.00 listed
c-plain s-plain calls usage 2026-11-01 2026-12-01 0 0.00-0.00 2026-10-01
c-plain s-plain seat proration_charge 2026-11-16 2026-12-01 1 5.00-0.00 listed
c-plain s-plain seat proration_credit 2026-11-16 2026-12-01 -3 -15.00-0.00 listed
c-plain s-plain seat recurring 2026-12-01 2027-01-01 1 7.00-0.00 2026-10-01"
equal "what is billed again is so by what is known now, of the days as they were charged" \
    "$(lines "$later" 2026-11-30 | grep "rebill:recurring.*2026-10-01")" \
    "c-payer s-child base rebill:recurring 2026-10-01 2026-11-01 1 12.40-0.00 2026-01-01
c-payer s-payer base rebill:recurring 2026-10-01 2026-11-01 1 4.10-0.00 2026-10-01"
{
    own plain seat 2026-12-01 "$(unit 9)"
    record subscription_change '"subscription":"s-plain"' '"at":"2026-11-21"' '"quantity":"2"'
} >"$STORY_DIR/later.jsonl"
run 0 "another seat and another price become known of days that are paid" -- mill "$later" import --quiet "$STORY_DIR/later.jsonl"
run 0 "later: December is closed" -- mill "$later" close --period 2026-12
equal "what replaces a month that was paid ahead has its terms, the next one the new ones" \
    "$(lines "$later" 2026-12-31 | grep "s-plain seat")" \
    "c-plain s-plain seat proration_charge 2026-11-21 2026-12-01 2 6.67-0.00 listed
c-plain s-plain seat proration_credit 2026-11-21 2026-12-01 -1 -3.33-0.00 listed
c-plain s-plain seat recurring 2027-01-01 2027-02-01 2 18.00-0.00 2026-12-01
c-plain s-plain seat recurring:2 2026-12-01 2027-01-01 2 14.00-0.00 2026-10-01
c-plain s-plain seat reversal:recurring 2026-12-01 2027-01-01 -1 -7.00-0.00 2026-10-01"
mill "$later" dump >"$STORY_DIR/later-dump.jsonl"
keep_dump later "$STORY_DIR/later-dump.jsonl"
for number in $(jq -r 'select(.record == "invoice") | .number' "$STORY_DIR/later-dump.jsonl"); do
    mill "$later" explain "$number" 2>&1 | grep -q "is what is stored" || echo "$number"
done >"$STORY_DIR/differ.txt"
equal "and all of it is explained" "$(cat "$STORY_DIR/differ.txt")" ""

# ------------------------------------------------------------------ killed, moved

bills() { # DUMP: what was billed, but for what only the order of runs decides
    jq -c 'select(.record == "invoice") | [.draft_key, [.lines[] | del(.line)], .total]' "$1"
}
hurt=$STORY_DIR/hurt
begin "$hurt"
at "$hurt"
kill_after 0.02 run progressive --date 2026-10-15
"${MILL_AT[@]}" resume >"$hurt/out.txt" 2>&1
run 0 "hurt: the threshold" -- mill "$hurt" run progressive --date 2026-10-15
for month in 2026-10 2026-11; do
    [ $month = 2026-10 ] || run 0 "hurt: late usage" -- mill "$hurt" import --quiet "$STORY_DIR/late.jsonl"
    for job in period-advance rating; do
        for instant in 1 2 3; do kill_after 0.0$instant run "$job" --period "$month"; done
        "${MILL_AT[@]}" resume >"$hurt/out.txt" 2>&1
        run 0 "hurt: $job of $month" -- mill "$hurt" run "$job" --period "$month"
    done
    run 0 "hurt: $month is closed" -- mill "$hurt" close --period "$month" --workers 2
done
mill "$hurt" dump >"$STORY_DIR/hurt-dump.jsonl"
equal "killed and resumed, by two workers: the same bills" "$(bills "$STORY_DIR/hurt-dump.jsonl")" "$(bills "$STORY_DIR/steps.jsonl")"

first=$STORY_DIR/first
moved=$STORY_DIR/moved
begin "$first"
run 0 "first: the threshold" -- mill "$first" run progressive --date 2026-10-15
run 0 "first: October is closed" -- mill "$first" close --period 2026-10
mill "$first" dump --out "$STORY_DIR/moving.jsonl" 2>/dev/null
take_dump "a new database takes the dump" "$moved" "$STORY_DIR/moving.jsonl"
run 0 "moved: late usage" -- mill "$moved" import --quiet "$STORY_DIR/late.jsonl"
run 0 "moved: November is closed" -- mill "$moved" close --period 2026-11
mill "$moved" dump >"$STORY_DIR/moved-dump.jsonl"
equal "and goes on as if it had been there always" "$(bills "$STORY_DIR/moved-dump.jsonl")" "$(bills "$STORY_DIR/steps.jsonl")"

story_end
