# Corrections at their edges: an invoice over nothing is billed again, a credit note with a line over nothing, a rebill and a
# change that gives back of it in one run, and drafts that are parked beside credit notes of their payer: what is parked does
# not count as billed, what gives back of it waits, and all of it sums once it is tried again.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

customer() { # NAME PLAN ON FIELDS…: a customer with one subscription
    record customer "\"customer\":\"c-$1\"" "\"name\":\"$1 GmbH\"" '"address":{"country":"DE"}'
    record subscription "\"subscription\":\"$1\"" "\"customer\":\"c-$1\"" "\"plan\":\"$2\"" "\"start\":\"$3\"" "${@:4}"
}
price() { # PRICE PLAN PRODUCT BILLING FIELDS…
    record price "\"price\":\"$1\"" "\"plan\":\"$2\"" "\"product\":\"$3\"" "\"billing\":\"$4\"" '"currency":"EUR"' '"valid_from":"2020-01-01"' "${@:5}"
}
used() { # SUBSCRIPTION KEY VALUE
    record usage '"meter":"calls"' "\"subscription\":\"$1\"" "\"key\":\"$1-$2\"" "\"value\":\"$3\"" '"at":"2026-10-10T12:00:00Z"'
}
odd_rate() {
    TENANT='*' record tax_rate '"country":"DE"' '"category":"odd"' '"valid_from":"2007-01-01"' '"rate_percent":"7"' '"name":"USt."'
}
# A seat is 30.00 a month in advance, a call 1.00 in arrears, a gift nothing. Of what is odd, 7.00 a month, no rate is known.
SEATS="free zero-line first later plain seats inner"
CALLS="back calls"
catalog() {
    local who
    berlin
    record product '"product":"p"' '"name":"Produkt"'
    record product '"product":"o"' '"name":"Sonderbar"' '"tax_category":"odd"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    for who in basic calls gift odd; do record plan "\"plan\":\"$who\"" "\"name\":\"$who\"" '"interval":"month"'; done
    price seat basic p in_advance '"model":"per_unit"' '"unit_price":"30"'
    price gift gift p in_advance '"model":"flat"' '"flat_fee":"0"'
    price call calls p in_arrears '"meter":"calls"' '"model":"per_unit"' '"unit_price":"1"'
    price odd odd o in_arrears '"model":"flat"' '"flat_fee":"7"'
    record coupon '"coupon":"all"' '"percent":"100"' '"duration":"forever"'
    record coupon '"coupon":"seats"' '"percent":"100"' '"duration":"forever"' '"scope":[{"plan":"basic"}]'
    for who in $SEATS; do customer "$who" basic 2026-11-01 '"quantity":"2"'; done
    for who in $CALLS; do customer "$who" calls 2026-10-01; done
    record subscription '"subscription":"free-gift"' '"customer":"c-free"' '"plan":"gift"' '"start":"2026-11-01"'
    record subscription '"subscription":"zero-calls"' '"customer":"c-zero-line"' '"plan":"calls"' '"start":"2026-10-01"'
    record coupon_redemption '"coupon":"all"' '"at":"2026-09-01"' '"customer":"c-free"'
    record coupon_redemption '"coupon":"seats"' '"at":"2026-09-01"' '"customer":"c-zero-line"'
    for who in $CALLS zero-calls; do used "$who" first 100; done
}
october() { # CUSTOMER: the number of his invoice of that close
    mill "$round" dump --record invoice | jq -r --arg c "c-$1" 'select(.customer == $c and .cutoff == "2026-10-31") | .number'
}
documents() { # CUSTOMER [CUTOFF]: those that bill again, and credit notes: what they are of, total, what is due, and lines
    mill "$round" dump | jq -r --arg c "c-$1" --arg on "${2:-}" 'select((.record == "invoice" or .record == "credit_note") and .customer == $c and ((.corrects // .references) != null or .cutoff == $on)) |
        [.record, .corrects // .references // "-", .total, .amount_due, ([.lines[] | [.kind, .quantity, .amount, .discount] | join(" ")] | join("; "))] | join(" ")'
}
costs() { # SUBSCRIPTION MONTH: what is charged for it on numbered documents, less what is credited, in cents
    mill "$round" dump | jq -rs --arg s "$1" --arg m "$2" 'map(select((.record == "invoice" or .record == "credit_note") and .number != null and .status != "void") |
        (if .record == "invoice" then 1 else -1 end) as $g | .lines[] | select(.subscription == $s and .period_start[:7] == $m) |
        $g * (((.amount | tonumber) - (.discount | tonumber)) * 100 | round)) | add'
}

round=$STORY_DIR/steps
begin "$round"
run 0 "October is closed, November's seats are billed" -- mill "$round" close --period 2026-10
{
    for who in free zero-line; do decide "again-$who" "$(october $who)" rebill 2026-11-10; done
    for who in seats inner; do decide "part-$who" "$(october $who)" credit 2026-11-05 '"net":"30.00"'; done
    decide whole-calls "$(october calls)" credit 2026-11-05
    used back less -100
    used calls less -30
    for who in plain seats inner calls; do
        record subscription "\"subscription\":\"odd-$who\"" "\"customer\":\"c-$who\"" '"plan":"odd"' '"start":"2026-11-01"' '"cancel_at":"2026-12-01"'
    done
    for who in plain seats inner; do change $who 2026-11-16 '"quantity":"1"'; done
} | know "$round" "what becomes known in November"
run 3 "November is closed: four drafts have something odd" -- mill "$round" close --period 2026-11
equal "they are parked" "$(mill "$round" parked --json | jq -r '.items[] | [.item, .code] | join(" ")')" "2026-11-30 c-calls EUR  000000 missing_tax_rate
2026-11-30 c-inner EUR  000000 missing_tax_rate
2026-11-30 c-plain EUR  000000 missing_tax_rate
2026-11-30 c-seats EUR  000000 missing_tax_rate"

# ------------------------------------------------------------------ over nothing

number=$(october free)
equal "an invoice over nothing is billed again, and nothing is credited" "$(documents free)" \
    "invoice $number 0.00 0.00 rebill:recurring 2 60.00 60.00; rebill:recurring 1 0.00 0.00"
run 0 "it is explained" -- mill "$round" explain "$number"
stdout_has "with what bills it again" "billed again by INV-2026-0000"
again=$(sed -n 's/^billed again by \(INV[^ ]*\).*/\1/p' "$STORY_OUT")
run 0 "and that is" -- mill "$round" explain "$again"
stdout_has "with what it bills again" "$number"
equal "no money goes with it" "$(mill "$round" dump --record credit_grant,credit_transaction | jq -r 'select(.customer == "c-free") | .source')" ""
statuses() { # CUSTOMER: of his first invoice, and of what bills it again
    mill "$round" dump --record invoice | jq -r --arg c "c-$1" --arg n "$(october "$1")" 'select(.customer == $c and (.number == $n or .references == $n)) | .status' | paste -sd " "
}
equal "nothing is owed of both: they are paid" "$(statuses free)" "paid paid"
# The seats had a coupon over all of them, the calls are 100.00 and 19.00.
number=$(october zero-line)
equal "a line over nothing is credited as it was billed" "$(documents zero-line)" \
    "invoice $number 119.00 119.00 rebill:usage 100 100.00 0.00; rebill:recurring 2 60.00 60.00
credit_note $number 119.00 0.00 usage 100 100.00 0.00; recurring 2 60.00 60.00"
equal "it comes to the same" "$(costs zero-calls 2026-10) $(costs zero-line 2026-11)" "10000 0"
equal "all of it was given back by the next one" "$(documents back 2026-11-30)" "credit_note - 119.00 119.00 late_usage 100 100.00 0.00; usage 0 0.00 0.00"

# ------------------------------------------------------------------ a rebill and a change, in both orders

decide again-first "$(october first)" rebill 2026-12-10 | know "$round" "one is to be billed again"
for who in first later; do change $who 2026-11-16 '"quantity":"1"'; done | know "$round" "two change"
decide again-later "$(october later)" rebill 2026-12-10 | know "$round" "the other one is to be billed again"
{
    decide void-free "$again" void 2026-12-10
    decide again-back "$(october back)" rebill 2026-12-10
    for who in plain seats; do change $who 2026-11-21 '"quantity":"3"'; done
    change inner 2026-11-11 '"quantity":"4"'
    used calls more 50
} | know "$round" "and what else becomes known in December"
run 3 "December is closed" -- mill "$round" close --period 2026-12
equal "one over nothing can be void" "$(statuses free)" "paid void"
# Two seats up to the 16th, one from then on: 30.00 and 15.00.
for who in first later; do equal "$who: the month is what it costs" "$(costs $who 2026-11) $(costs $who 2026-12) $(costs $who 2027-01)" "4500 3000 3000"; done
equal "in both orders by the same lines" "$(documents first 2026-12-31 | sed "s/$(october first)/NUMBER/")" "$(documents later 2026-12-31 | sed "s/$(october later)/NUMBER/")"
# What was used in all is nothing: 100.00 are billed again, less the 100.00 that the late invoice gave back.
number=$(october back)
equal "what was given back wholly is credited and billed again" "$(documents back)" "invoice $number 119.00 0.00 rebill:usage 100 100.00 0.00
credit_note $number 119.00 0.00 usage 100 100.00 0.00"
equal "and comes to nothing" "$(costs back 2026-10)" 0

# ------------------------------------------------------------------ beside what is parked

# Credited are all 100.00 for calls. The 30.00 less are not billed yet, so all 50.00 more are owed now.
equal "what is parked does not count as billed" "$(costs calls 2026-10)" 5000
run 0 "what gives back of a parked draft is parked too" -- mill "$round" parked --json
equal "and waits for it" "$(jq -r '.items[] | select(.code == "not_taxed_yet") | [.item, .reason] | join(": ")' "$STORY_OUT")" \
    "2026-12-31 c-inner EUR  000000: customer c-inner: line 5: what it gives back is billed by draft 2026-11-30 c-inner EUR  000000, which has no taxes yet
2026-12-31 c-plain EUR  000000: customer c-plain: line 2: what it gives back is billed by draft 2026-11-30 c-plain EUR  000000, which has no taxes yet
2026-12-31 c-seats EUR  000000: customer c-seats: line 2: what it gives back is billed by draft 2026-11-30 c-seats EUR  000000, which has no taxes yet"
equal "it says how it ends" "$(jq -r '[.items[] | select(.code == "not_taxed_yet") | .hint] | unique | .[]' "$STORY_OUT")" \
    'that draft comes first (`billmill parked list --all` says what it lacks): the next run, or `billmill parked retry`, then bills both'
odd_rate | know "$round" "the rate is known"
round_copy "$round" "$STORY_DIR/hurt"
# Tried again on the day of December's close: what waited since November is taxed behind what was billed that day already.
day=$STORY_DIR/day
round_copy "$round" "$day"
run 0 "day: what was parked is tried again" -- mill "$day" parked retry --all
equal "day: the 30.00 less are given back, behind the 50.00 more" "$(round=$day && costs calls 2026-10)" 2000
all_explained "$day"
mill "$day" dump >"$STORY_DIR/day.jsonl"
ONE_RUN_A_DAY=0 computed "day: what is forgiven, by other code" "$STORY_DIR/day.jsonl"
run 0 "January is closed, and nobody is asked to try anything again" -- mill "$round" close --period 2027-01
run 0 "nothing waits any more" -- mill "$round" parked
stderr_has "at all" "nothing is parked"
while read -r who month owed why; do
    equal "$who: $why" "$(costs "$who" "$month")" "$owed"
done <<'END'
calls 2026-10 2000 100.00 less 30.00, and 50.00 more, less 100.00
plain 2026-11 6500 15 days of two seats, 5 of one, 10 of three
seats 2026-11 3500 65.00 less 30.00
inner 2026-11 2500 10 days of two seats, 5 of four, 15 of one: 55.00 less 30.00
plain 2026-12 9000 three seats
seats 2026-12 9000 three seats
inner 2026-12 3000 one seat
END
all_explained "$round"
run 0 "numbers are proved" -- mill "$round" verify numbers
run 0 "credits are proved" -- mill "$round" verify credits
mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"
ONE_RUN_A_DAY=0 computed "every figure comes out the same in another language" "$STORY_DIR/steps.jsonl"
run 0 "closing again" -- mill "$round" redo close --period 2027-01 --reason "to be sure"
mill "$round" dump >"$STORY_DIR/again.jsonl"
same_file "changes nothing" "$STORY_DIR/again.jsonl" "$STORY_DIR/steps.jsonl"
moved=$STORY_DIR/moved
take_dump "a new database takes the dump" "$moved" "$STORY_DIR/steps.jsonl"
all_explained "$moved"
bad "$moved" "a line of a document names a tax that it has not" 'field "lines": entry 1: there is no tax 9 in "taxes"' \
    < <(jq -c 'select(.record == "invoice" and .number != null) | .lines[0].tax_index = 9' "$STORY_DIR/steps.jsonl" | head -n 1)
bad "$moved" "so does a tax" 'field "taxes": entry 1: there is no tax 7 to be beside' \
    < <(jq -c 'select(.record == "credit_note") | .taxes[0].beside_index = 7' "$STORY_DIR/steps.jsonl" | head -n 1)

# ------------------------------------------------------------------ killed

hurt=$STORY_DIR/hurt
close_hurt "$hurt" 2027-01
mill "$hurt" dump | jq -c 'select(.record == "invoice" or .record == "credit_note")' >"$STORY_DIR/hurt.jsonl"
jq -c 'select(.record == "invoice" or .record == "credit_note")' "$STORY_DIR/steps.jsonl" >"$STORY_DIR/expected.jsonl"
same_file "killed and resumed: the same documents" "$STORY_DIR/hurt.jsonl" "$STORY_DIR/expected.jsonl"

# ------------------------------------------------------------------ of a month that no run came to

# A year is 365.00, paid ahead from September on; a pause from 8 October on leaves 37.00 of it. September's invoices are
# billed again in November: the buyer `moved` to another rate of tax, `cheap` has a coupon that nobody knew of. What the
# pause gives back is of what is billed now, whether it becomes known with the rebill or behind it: October was not closed.
yearly() {
    local who
    berlin
    record product '"product":"p"' '"name":"Produkt"'
    TENANT='*' record tax_rate '"country":"FR"' '"category":"standard"' '"valid_from":"2007-01-01"' '"rate_percent":"20"' '"name":"TVA"'
    record plan '"plan":"year"' '"name":"Year"' '"interval":"year"'
    price fee year p in_advance '"model":"flat"' '"flat_fee":"365"'
    record coupon '"coupon":"ten"' '"percent":"10"' '"duration":"forever"'
    for who in moved cheap; do customer "$who" year 2026-09-01; done
}
again_in_november() {
    record customer '"customer":"c-moved"' '"name":"moved SARL"' '"address":{"country":"FR"}'
    record coupon_redemption '"coupon":"ten"' '"at":"2026-08-01"' '"customer":"c-cheap"'
    for who in moved cheap; do
        decide "again-$who" "$(mill "$round" dump --record invoice | jq -r --arg c "c-$who" 'select(.customer == $c) | .number')" rebill 2026-11-30
    done
}
paused() {
    for who in moved cheap; do change $who 2026-10-08 '"pause":true'; done
}
taxes_of() { # CUSTOMER: of all his documents, by rate: bases and taxes in cents
    mill "$round" dump | jq -rs --arg c "c-$1" 'map(select((.record == "invoice" or .record == "credit_note") and .customer == $c) |
        (if .record == "invoice" then 1 else -1 end) as $g | .taxes[] | {rate_percent, base: ($g * (.base | tonumber) * 100 | round), tax: ($g * (.tax | tonumber) * 100 | round)}) |
        group_by(.rate_percent)[] | [.[0].rate_percent, (map(.base) | add), (map(.tax) | add)] | join(" ")' | paste -sd ";"
}
for order in together behind; do
    round=$STORY_DIR/$order
    round_new "$round"
    mill "$round" init >/dev/null 2>&1
    yearly >"$round/records.jsonl"
    run 0 "$order: a year ahead" -- mill "$round" import "$round/records.jsonl"
    run 0 "$order: September is closed" -- mill "$round" close --period 2026-09
    again_in_november | know "$round" "$order: both are to be billed again"
    [ $order = together ] || run 0 "$order: November is closed" -- mill "$round" close --period 2026-11
    paused | know "$round" "$order: both were paused in October"
    if [ $order = together ]; then
        run 0 "$order: November is closed" -- mill "$round" close --period 2026-11
    else
        run 0 "$order: November is closed again" -- mill "$round" redo close --period 2026-11 --reason "the pauses"
    fi
    equal "$order: 37.00 at the rate by which it is billed now, nothing at the other" "$(taxes_of moved)" "19 0 0;20 3700 740"
    equal "$order: 37.00 less the tenth, as everything of it was billed" "$(taxes_of cheap)" "19 3330 633"
    all_explained "$round"
    mill "$round" dump >"$STORY_DIR/$order.jsonl"
    ONE_RUN_A_DAY=0 computed "$order: by other code" "$STORY_DIR/$order.jsonl"
done

story_end
