# Contracts from import to invoice: phases with a discount and a commitment, drawn down by what is charged, in order of
# priority where several cover a charge; what is missing when a phase ends; late usage that takes back of it what it drew;
# an amendment, two that end together, a contract of a child whose parent pays, an invoice that is billed again. Every
# figure is worked by hand below, and the same when months are made up for at once, by workers, killed and resumed, moved.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

contract() { # NAME CUSTOMER START END|- FIELDS…
    local end=()
    [ "$4" = - ] || end=("\"end\":\"$4\"")
    record contract "\"contract\":\"$1\"" "\"customer\":\"c-$2\"" "\"start\":\"$3\"" "${end[@]}" '"currency":"EUR"' "${@:5}"
}
phase() { # CONTRACT NAME START FIELDS…
    record contract_phase "\"contract\":\"$1\"" "\"phase\":\"$2\"" "\"start\":\"$3\"" "${@:4}"
}
commits() { # AMOUNT
    printf '"commitment":"%s","product":"commit"' "$1"
}
calls() { # KEY WHO MONTH-DAY QUANTITY
    record usage '"meter":"calls"' "\"key\":\"$1\"" "\"subscription\":\"s-$2\"" "\"at\":\"2026-$3T12:00:00Z\"" "\"value\":\"$4\""
}

# Each customer has q for 100.00 a month and calls for 0.10, both in arrears.
catalog() {
    local who parent start price
    berlin
    record product '"product":"q"' '"name":"Grundpreis"'
    record product '"product":"api"' '"name":"Aufrufe"'
    record product '"product":"commit"' '"name":"Zusage"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    record plan '"plan":"both"' '"name":"Beides"' '"interval":"month"'
    record price '"price":"q"' '"plan":"both"' '"product":"q"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_arrears"' \
        '"model":"flat"' '"flat_fee":"100"'
    record price '"price":"calls"' '"plan":"both"' '"product":"api"' '"meter":"calls"' '"currency":"EUR"' '"valid_from":"2020-01-01"' \
        '"billing":"in_arrears"' '"model":"per_unit"' '"unit_price":"0.1"'
    record plan '"plan":"card"' '"name":"Vereinbarte Preise"' '"interval":"month"'
    for price in 2020-01-01:0.08 2026-11-15:0.05; do
        record price '"price":"calls-agreed"' '"plan":"card"' '"product":"api"' '"meter":"calls"' '"currency":"EUR"' "\"valid_from\":\"${price%:*}\"" \
            '"billing":"in_arrears"' '"model":"per_unit"' "\"unit_price\":\"${price#*:}\""
    done
    for who in ramp two amend coterm child half terms; do
        parent='"tier":"gold"'
        [ $who != child ] || parent='"parent":"c-two"'
        start='"start":"2026-10-01"'
        [ $who != half ] || start='"start":"2026-10-15"'
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}' "$parent"
        record subscription "\"subscription\":\"s-$who\"" "\"customer\":\"c-$who\"" '"plan":"both"' "$start"
    done

    contract k-ramp ramp 2026-10-01 2027-01-01
    phase k-ramp first 2026-10-01 "$(commits 500)"
    phase k-ramp second 2026-11-01 '"discount_percent":"10"' "$(commits 1000)"

    contract k-api two 2026-10-01 2026-11-01
    phase k-api only 2026-10-01 '"priority":60' '"scope":[{"product":"api"}]' "$(commits 250)"
    contract k-all two 2026-10-01 2026-11-01
    phase k-all only 2026-10-01 "$(commits 300)"

    contract k-old amend 2026-10-01 2027-10-01
    phase k-old year 2026-10-01 "$(commits 3650)"
    contract k-new amend 2026-11-01 2026-12-01 '"amends":"k-old"'
    phase k-new half 2026-11-01 '"discount_percent":"50"'

    contract k-main coterm 2026-10-01 2026-12-01
    phase k-main both 2026-10-01 '"scope":[{"product":"q"}]' "$(commits 100)"
    contract k-add coterm 2026-11-01 - '"ends_with":"k-main"'
    phase k-add rest 2026-11-01 '"scope":[{"plan":"both","product":"api"}]' "$(commits 80)"

    contract k-child child 2026-10-01 2026-11-01
    phase k-child only 2026-10-01 "$(commits 120)"

    contract k-half half 2026-10-01 2026-11-01
    phase k-half only 2026-10-01 '"discount_percent":"20"' "$(commits 100)"

    contract k-terms terms 2026-10-01 2026-12-01
    phase k-terms agreed 2026-10-01 '"prices":[{"price":"calls","rated_as":"calls-agreed"}]' "$(commits 400)"

    calls a10 terms 10-15 1000
    calls a11 terms 11-10 1000
    calls b11 terms 11-20 2000
    calls r10 ramp 10-15 3000
    calls r11 ramp 11-15 2000
    calls r12 ramp 12-15 1000
    calls t10 two 10-15 3000
    calls c11 coterm 11-20 500
}
# One who pays ahead, and has another plan before the month is over.
ahead() {
    local price
    for price in 310 620; do
        record plan "\"plan\":\"pre$price\"" '"name":"Voraus"' '"interval":"month"'
        record price "\"price\":\"pre$price\"" "\"plan\":\"pre$price\"" '"product":"q"' '"currency":"EUR"' '"valid_from":"2020-01-01"' \
            '"billing":"in_advance"' '"model":"flat"' "\"flat_fee\":\"$price\""
    done
    record customer '"customer":"c-ahead"' '"name":"Ahead GmbH"' '"address":{"country":"DE"}'
    record subscription '"subscription":"s-ahead"' '"customer":"c-ahead"' '"plan":"pre310"' '"start":"2026-10-01"'
    record subscription_change '"subscription":"s-ahead"' '"at":"2026-10-25"' '"plan":"pre620"'
    contract k-ahead ahead 2026-10-01 2026-10-20
    phase k-ahead only 2026-10-01 '"discount_percent":"10"' "$(commits 500)"
}
MONTHS="2026-10 2026-11 2026-12 2027-01"

lines() { # ROUND CUSTOMER: of every invoice its cutoff, then of each line what it is about, amount and discount
    mill "$1" dump --record invoice | jq -r --arg c "$2" 'select(.customer == $c) | .cutoff + " " + ([.lines[] |
        .kind + " " + (.price // (.contract + "/" + .phase)) + " " + .amount + "-" + .discount] | join(", ")) + " = " + .subtotal + "-" + .discount'
}
late_calls() { # a thousand calls of November that nobody had told
    calls late ramp 11-30 1000
}

round=$STORY_DIR/steps
begin "$round"
run 0 "the same records once more" -- mill "$round" import "$round/records.jsonl"
stdout_has "change nothing" "contract_phase              0          0         11"
for month in 2026-10 2026-11 2026-12; do
    run 0 "steps: $month is closed" -- mill "$round" close --period "$month"
done
late_calls >"$STORY_DIR/late.jsonl"
run 0 "late usage is imported" -- mill "$round" import "$STORY_DIR/late.jsonl"
run 0 "steps: 2027-01 is closed" -- mill "$round" close --period 2027-01

# October: 300.00 + 100.00 of 500. November and December, less 10 %: 180 + 90 + 90 + 90 = 450 of 1000. The late thousand calls
# are 90.00 more, and 90.00 of the true-up come back. In January nothing is agreed.
equal "a ramp: each phase has its discount, and bills at its end what is missing" "$(lines "$round" c-ramp)" \
    "2026-10-31 usage calls 300.00-0.00, recurring q 100.00-0.00, true_up k-ramp/first 100.00-0.00 = 500.00-0.00
2026-11-30 usage calls 200.00-20.00, recurring q 100.00-10.00 = 300.00-30.00
2026-12-31 usage calls 100.00-10.00, recurring q 100.00-10.00, true_up k-ramp/second 550.00-0.00 = 750.00-20.00
2027-01-31 late_usage calls 100.00-10.00, usage calls 0.00-0.00, recurring q 100.00-0.00, true_up:2 k-ramp/second -90.00-0.00 = 110.00-10.00"
# Calls draw k-api first: 250 of its 250, then 50 of k-all, and q 100 of k-all: 150 of 300. The child has 100 of 120.
equal "two commitments are drawn in order of priority; the parent pays for the child's" "$(lines "$round" c-two | head -n 1)" \
    "2026-10-31 usage calls 0.00-0.00, recurring q 100.00-0.00, usage calls 300.00-0.00, recurring q 100.00-0.00, true_up k-all/only 150.00-0.00, true_up k-api/only 0.00-0.00, true_up k-child/only 20.00-0.00 = 670.00-0.00"
# 3650.00 for 365 days, of which 31 were held: 310.00, of which 100.00 were used.
equal "an amendment closes the old contract, prorated by days, and its own terms hold" "$(lines "$round" c-amend | head -n 2)" \
    "2026-10-31 usage calls 0.00-0.00, recurring q 100.00-0.00, true_up k-old/year 210.00-0.00 = 310.00-0.00
2026-11-30 usage calls 0.00-0.00, recurring q 100.00-50.00 = 100.00-50.00"
# The add-on ends with the main contract: 80.00 less 50.00; 200.00 of 100.00 are used of the main one.
equal "two contracts end together" "$(lines "$round" c-coterm | sed -n 2p)" \
    "2026-11-30 usage calls 50.00-0.00, recurring q 100.00-0.00, true_up k-add/rest 30.00-0.00, true_up k-main/both 0.00-0.00 = 180.00-0.00"

# A phase ends within a month: 17 of its 31 days have its discount, 54.84 less 20 % (43.871), 14 days have none. What is missing to
# the commitment waits for the month's end, 15 November: 100.00 less 43.87.
equal "a phase that ends within a period cuts it, and settles when the period is billed" "$(lines "$round" c-half | head -n 1)" \
    "2026-11-30 usage calls 0.00-0.00, usage calls 0.00-0.00, recurring q 54.84-10.97, recurring q 45.16-0.00, true_up k-half/only 56.13-0.00 = 156.13-10.97"
# 1000 at 0.08; then 1000 at 0.08, and 2000 at the 0.05 that hold from 15 November on: 80 + 100 + 80 + 100 + 100 of 400 with q.
equal "a phase has prices of its own, by their versions" "$(lines "$round" c-terms | head -n 3)" \
    "2026-10-31 usage calls 80.00-0.00, recurring q 100.00-0.00 = 180.00-0.00
2026-11-30 usage calls 80.00-0.00, usage calls 100.00-0.00, recurring q 100.00-0.00, true_up k-terms/agreed 0.00-0.00 = 280.00-0.00
2026-12-31 usage calls 0.00-0.00, recurring q 100.00-0.00 = 100.00-0.00"
number=$(mill "$round" dump --record invoice | jq -r 'select(.customer == "c-two" and .cutoff == "2026-10-31") | .number')
run 0 "one that draws two commitments" -- mill "$round" explain "$number"
stdout_has "the first of them" "draws 250.00 of the commitment of contract k-api, phase only: 250.00 of 250.00 are drawn"
stdout_has "and the rest of the other" "draws 50.00 of the commitment of contract k-all, phase only: 50.00 of 300.00 are drawn"
run 0 "for programs too" -- mill "$round" explain "$number" --json
equal "the same" "$(jq -c '[.. | objects | select(.kind? == "usage" and has("draws")) | .draws[].drawn]' "$STORY_OUT")" '["250.00","50.00"]'
number=$(mill "$round" dump --record invoice | jq -r 'select(.customer == "c-terms" and .cutoff == "2026-11-30") | .number')
run 0 "prices of a phase are explained" -- mill "$round" explain "$number"
stdout_has "with the price whose terms they have" "with the terms of price calls-agreed, version from 2026-11-15, by contract k-terms, phase agreed"
number=$(mill "$round" dump --record invoice | jq -r 'select(.customer == "c-ramp" and .cutoff == "2026-12-31") | .number')
run 0 "an invoice with a true-up is explained" -- mill "$round" explain "$number"
stdout_has "what was agreed" "commitment of contract k-ramp, phase second, 2026-11-01 to 2027-01-01: 1000.00"
stdout_has "how much of it is drawn" "drawn by 4 lines: 450.00"
stdout_has "a discount names its phase" "10 % off by contract k-ramp, phase second"
stdout_has "and every figure agrees" "checked: every figure, computed again, is what is stored"
stdout_has "what each charge draws" "draws 90.00 of the commitment of contract k-ramp, phase second: 360.00 of 1000.00 are drawn"
later=$(mill "$round" dump --record invoice | jq -r 'select(.customer == "c-ramp" and .cutoff == "2027-01-31") | .number')
run 0 "and one that takes back" -- mill "$round" explain "$later"
stdout_has "what was billed before" "billed before: 550.00"
stdout_has "agrees too" "checked: every figure, computed again, is what is stored"
all_explained "$round"

mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"
run 0 "every figure of the dump, computed by other code" -- python3 tests/support/recompute.py "$STORY_DIR/steps.jsonl"
run 0 "closing again" -- mill "$round" close --period 2027-01
mill "$round" dump >"$STORY_DIR/again.jsonl"
same_file "changes nothing" "$STORY_DIR/again.jsonl" "$STORY_DIR/steps.jsonl"

if command -v pdftotext >/dev/null; then
    pdftotext -layout "$round/data/documents/$(jq -r 'select(.record == "invoice" and .customer == "c-ramp" and .cutoff == "2026-12-31") | .document.path' "$STORY_DIR/steps.jsonl")" "$STORY_DIR/true_up.txt"
    check "on paper a commitment is named in the language of the document" -- grep -q "Zusage (Mindestabnahme laut Vertrag k-ramp," "$STORY_DIR/true_up.txt"
fi

# Charged ahead, and met by that exactly: there is nothing to bill when the phase ends, so no document is made, but it is known.
met=$STORY_DIR/met
begin "$met"
{
    record plan '"plan":"fixed"' '"name":"Fest"' '"interval":"month"'
    record price '"price":"fixed"' '"plan":"fixed"' '"product":"q"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_advance"' '"model":"flat"' '"flat_fee":"100"'
    record customer '"customer":"c-met"' '"name":"met GmbH"' '"address":{"country":"DE"}'
    record subscription '"subscription":"s-met"' '"customer":"c-met"' '"plan":"fixed"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
    contract k-met met 2026-10-01 2026-11-01
    phase k-met only 2026-10-01 "$(commits 100)"
} >"$met/met.jsonl"
run 0 "met: one who commits to what he pays ahead" -- mill "$met" import "$met/met.jsonl"
run 0 "met: October is closed" -- mill "$met" close --period 2026-10
mill "$met" dump >"$STORY_DIR/met.jsonl"
keep_dump met "$STORY_DIR/met.jsonl"
equal "met: no invoice of nothing" "$(jq -r 'select(.record == "invoice" and .customer == "c-met") | [.cutoff, .status, .total, .number // "-"] | join(" ")' "$STORY_DIR/met.jsonl")" \
    "2026-09-30 open 119.00 INV-2026-000001
2026-10-31 recorded 0.00 -"
run 0 "met: it is explained" -- mill "$met" explain "$(jq -r 'select(.record == "invoice" and .customer == "c-met" and .number == null) | .draft_key' "$STORY_DIR/met.jsonl")"
stdout_has "what was agreed" "commitment of contract k-met, phase only, 2026-10-01 to 2026-11-01: 100.00"
stdout_has "and that it was met" "drawn by 1 line: 100.00"
run 0 "met: another program comes to the same" -- python3 tests/support/recompute.py "$STORY_DIR/met.jsonl"
run 0 "met: numbers are proved" -- mill "$met" verify numbers

# ------------------------------------------------------------------ which charge draws first, coupons, another payer

# Two commitments: one of 100.00 for everything, drawn first, one of 100.00 for calls alone. The calls of October (80.00) draw the
# first before q does, whenever they become known.
orders() {
    record plan '"plan":"ahead"' '"name":"Voraus"' '"interval":"month"'
    record price '"price":"q-ahead"' '"plan":"ahead"' '"product":"q"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_advance"' '"model":"per_unit"' '"unit_price":"31"'
    record price '"price":"calls-ahead"' '"plan":"ahead"' '"product":"api"' '"meter":"calls"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_arrears"' \
        '"model":"per_unit"' '"unit_price":"0.1"'
    record coupon '"coupon":"half"' '"percent":"50"' '"duration":"forever"'
    for who in order cut moved; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"s-$who\"" "\"customer\":\"c-$who\"" '"plan":"ahead"' '"quantity":"2"' '"start":"2026-10-01"'
    done
    record subscription '"subscription":"s-order2"' '"customer":"c-order"' '"plan":"both"' '"start":"2026-10-12"'
    contract k-first order 2026-10-01 2026-11-01
    phase k-first only 2026-10-01 '"priority":60' "$(commits 100)"
    contract k-calls order 2026-10-01 2026-11-01
    phase k-calls only 2026-10-01 '"scope":[{"product":"api"}]' "$(commits 100)"
    record coupon_redemption '"customer":"c-cut"' '"coupon":"half"' '"at":"2026-10-01"'
    contract k-cut cut 2026-10-01 2027-01-01
    phase k-cut only 2026-10-01 '"discount_percent":"10"' "$(commits 500)"
    contract k-moved moved 2026-10-01 2026-11-01
    phase k-moved only 2026-10-01 "$(commits 500)"
}
orders >"$STORY_DIR/orders.jsonl"
calls o10 order 10-05 800 >"$STORY_DIR/order-late.jsonl"
nets() { # ROUND CONTRACT: all true-ups of it
    mill "$1" dump | jq -rs --arg k "$2" 'map(select(.record == "invoice" or .record == "credit_note") | .record as $r | .lines[] | select(.contract == $k and .price == null) |
        (.amount | tonumber * 100 | round) * (if $r == "invoice" then 1 else -1 end)) | add'
}
intime=$STORY_DIR/intime
toolate=$STORY_DIR/toolate
for round in "$intime" "$toolate"; do
    begin "$round"
    run 0 "$(basename "$round"): more contracts" -- mill "$round" import "$STORY_DIR/orders.jsonl"
    [ "$round" != "$intime" ] || run 0 "in time: its calls" -- mill "$round" import "$STORY_DIR/order-late.jsonl"
    run 0 "$(basename "$round"): October and November are closed" -- mill "$round" close --period 2026-11
    [ "$round" = "$intime" ] || run 0 "too late: its calls" -- mill "$round" import "$STORY_DIR/order-late.jsonl"
    run 0 "$(basename "$round"): December is closed" -- mill "$round" close --period 2026-12
done
# On 1 October 80.00 of calls, then 62.00 of the plan paid ahead; 64.52 of q from the 12th on. All calls fit into k-first, and q fills it.
equal "in time: nothing is left for the second commitment" "$(nets "$intime" k-calls) $(nets "$intime" k-first)" "10000 0"
equal "what comes late draws as if it had come in time" "$(nets "$toolate" k-calls) $(nets "$toolate" k-first)" "10000 0"
number=$(mill "$toolate" dump --record invoice | jq -r 'select([.lines[] | .kind == "late_usage"] | any) | .number')
run 0 "the late calls are explained" -- mill "$toolate" explain "$number"
stdout_has "in their place" "draws 80.00 of the commitment of contract k-first, phase only: 80.00 of 100.00 are drawn"
stdout_has "as it is stored" "checked: every figure, computed again, is what is stored"

# 62.00 ahead for October, and for November, which is paused afterwards: 55.80 each, of which a coupon takes half, and draws nothing less. 100 calls of
# October come late: 9.00, on the same draft as what is given back of November, which becomes a credit note. 500.00 less 64.80.
changes() {
    record subscription_change '"subscription":"s-cut"' '"at":"2026-11-01"' '"pause":true'
    calls x10 cut 10-05 100
}
cut=$STORY_DIR/cut
begin "$cut"
run 0 "cut: one with a coupon" -- mill "$cut" import "$STORY_DIR/orders.jsonl"
run 0 "cut: October is closed, and November is paid ahead" -- mill "$cut" close --period 2026-10
changes >"$STORY_DIR/changes.jsonl"
run 0 "cut: nothing was to be paid ahead" -- mill "$cut" import "$STORY_DIR/changes.jsonl"
run 0 "cut: November is closed" -- mill "$cut" close --period 2026-11
equal "a credit note gives November back" "$(mill "$cut" dump --record credit_note | jq -r 'select(.customer == "c-cut") | [.lines[] | [.kind, .amount, .discount] | join(" ")] | join(", ")')" \
    "late_usage -10.00 -5.50, reversal:recurring 55.80 27.90"
run 0 "cut: December is closed" -- mill "$cut" close --period 2026-12
equal "a contract and a coupon: what was charged before the coupon draws" "$(nets "$cut" k-cut)" 43520
for number in $(mill "$cut" dump | jq -r 'select(.customer == "c-cut") | .number // empty'); do
    mill "$cut" explain "$number" 2>&1 | grep -q "is what is stored" || echo "$number"
done >"$STORY_DIR/differ.txt"
equal "and is explained" "$(cat "$STORY_DIR/differ.txt")" ""

# One pays for himself, then another does; a change of October becomes known after that. What is taken back goes to him who paid, what is charged
# instead to the new payer, by two items of one run: so what is missing to the commitment is settled by the next run, by all of it.
moved_change() {
    record customer '"customer":"c-moved"' '"name":"moved GmbH"' '"address":{"country":"DE"}' '"parent":"c-two"'
    record subscription_change '"subscription":"s-moved"' '"at":"2026-10-16"' '"quantity":"4"'
}
payer=$STORY_DIR/payer
begin "$payer"
run 0 "payer: one who pays for himself" -- mill "$payer" import "$STORY_DIR/orders.jsonl"
run 0 "payer: October is closed" -- mill "$payer" close --period 2026-10
equal "62.00 of 500.00" "$(nets "$payer" k-moved)" 43800
moved_change >"$STORY_DIR/moved-change.jsonl"
run 0 "payer: another one pays, and October was not so" -- mill "$payer" import "$STORY_DIR/moved-change.jsonl"
run 0 "payer: November is closed" -- mill "$payer" close --period 2026-11
equal "nothing is settled while two are billed" "$(nets "$payer" k-moved)" 43800
run 0 "payer: the next run" -- mill "$payer" redo close --period 2026-11 --reason "what waits"
# 32.00 back (16 of 31 days of 62.00), 64.00 charged.
equal "settles it by what both were billed" "$(nets "$payer" k-moved)" 40600
run 0 "payer: once more" -- mill "$payer" redo close --period 2026-11 --reason "what waits"
equal "once" "$(nets "$payer" k-moved)" 40600
equal "the new payer has it, as a credit note" "$(mill "$payer" dump --record credit_note | jq -r '.customer as $c | .lines[] | select(.contract == "k-moved" and .kind == "true_up:2") | $c + " " + .amount')" "c-two 32.00"

# 610.00 for October and November are settled with November: 410.00 for the 200.00 of q. Then an amendment from 1 November on becomes known: 310.00
# for October, of which 100.00 were used. 200.00 come back; November stays as it was billed.
cut_short() {
    record customer '"customer":"c-short"' '"name":"short GmbH"' '"address":{"country":"DE"}'
    record subscription '"subscription":"s-short"' '"customer":"c-short"' '"plan":"both"' '"start":"2026-10-01"'
    contract k-short short 2026-10-01 2026-12-01
    phase k-short only 2026-10-01 "$(commits 610)"
}
short=$STORY_DIR/short
begin "$short"
cut_short >"$STORY_DIR/short.jsonl"
run 0 "short: two months are agreed" -- mill "$short" import "$STORY_DIR/short.jsonl"
run 0 "short: November is closed" -- mill "$short" close --period 2026-11
equal "what is missing of them" "$(nets "$short" k-short)" 41000
contract k-shorter short 2026-11-01 - '"amends":"k-short"' >"$STORY_DIR/shorter.jsonl"
run 0 "short: then it ended with October" -- mill "$short" import "$STORY_DIR/shorter.jsonl"
run 0 "short: December is closed" -- mill "$short" close --period 2026-12
equal "what is missing of one" "$(nets "$short" k-short)" 21000
run 0 "short: January is closed" -- mill "$short" close --period 2027-01
equal "once" "$(nets "$short" k-short)" 21000
for number in $(mill "$short" dump | jq -r 'select(.customer == "c-short") | .number // empty'); do
    mill "$short" explain "$number" 2>&1 | grep -q "is what is stored" || echo "$number"
done >"$STORY_DIR/differ.txt"
equal "both are explained" "$(cat "$STORY_DIR/differ.txt")" ""

# The same 410.00 for 200.00 of 610.00. Of one all of that is credited, of the other 10.00; then calls of October for 50.00 come late. Who was given
# back all of it is given back nothing more; the other one has 50.00 more of it.
cut_credited() {
    local who
    for who in gone part; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"s-$who\"" "\"customer\":\"c-$who\"" '"plan":"both"' '"start":"2026-10-01"'
        contract "k-$who" "$who" 2026-10-01 2026-12-01
        phase "k-$who" only 2026-10-01 "$(commits 610)"
    done
}
credits_true_ups() {
    mill "$credited" dump --record invoice | jq -r 'select(.customer == "c-gone" or .customer == "c-part") | .customer as $c | .number as $n | .lines[] | select(.kind == "true_up") | "\($c) \($n) \(.line)"' |
        while read -r who number line; do
            net=10.00; [ "$who" = c-part ] || net=410.00
            decide "$who" "$number" credit 2026-12-10 "\"lines\":[{\"line\":$line,\"net\":\"$net\"}]"
        done
    for who in gone part; do calls "late-$who" "$who" 10-05 500; done
}
credited=$STORY_DIR/credited
begin "$credited"
cut_credited >"$STORY_DIR/credited.jsonl"
run 0 "credited: two months are agreed" -- mill "$credited" import "$STORY_DIR/credited.jsonl"
run 0 "credited: November is closed" -- mill "$credited" close --period 2026-11
equal "what is missing is billed" "$(nets "$credited" k-gone) $(nets "$credited" k-part)" "41000 41000"
credits_true_ups >"$STORY_DIR/true-ups.jsonl"
run 0 "credited: true-ups are, and less is missing" -- mill "$credited" import "$STORY_DIR/true-ups.jsonl"
run 0 "credited: December is closed" -- mill "$credited" close --period 2026-12
equal "what was credited is not given back again" "$(mill "$credited" dump | jq -rs '[.[] | select(.record == "invoice" or .record == "credit_note") | (if .record == "invoice" then 1 else -1 end) as $sign |
    .lines[] | select((.contract == "k-gone" or .contract == "k-part") and (.kind | startswith("true_up"))) | [.contract, $sign * ((.amount | tonumber) - (.discount | tonumber))]] |
    group_by(.[0]) | map("\(.[0][0]) \(map(.[1]) | add)") | join(", ")')" "k-gone 0, k-part 350"
for number in $(mill "$credited" dump | jq -r 'select(.customer == "c-gone" or .customer == "c-part") | .number // empty'); do
    mill "$credited" explain "$number" >/dev/null 2>&1 || echo "$number"
done >"$STORY_DIR/differ.txt"
equal "credited: all is explained" "$(cat "$STORY_DIR/differ.txt")" ""
mill "$credited" dump >"$STORY_DIR/credited.jsonl"
run 0 "credited: another program computes all of it again" -- python3 tests/support/recompute.py "$STORY_DIR/credited.jsonl"

# What is due is billed to him who paid when it became due, whoever pays when it is rated.
between=$STORY_DIR/between
begin "$between"
run 0 "between: one who pays for himself" -- mill "$between" import "$STORY_DIR/orders.jsonl"
run 0 "between: the periods of October" -- mill "$between" run period-advance --period 2026-10
head -n 1 "$STORY_DIR/moved-change.jsonl" >"$STORY_DIR/moved.jsonl"
run 0 "between: another one pays" -- mill "$between" import "$STORY_DIR/moved.jsonl"
run 0 "between: October is closed" -- mill "$between" close --period 2026-10
run 0 "between: and November" -- mill "$between" close --period 2026-11
equal "October is the first payer's, November the other one's" \
    "$(mill "$between" dump --record invoice | jq -r 'select([.lines[] | .subscription == "s-moved"] | any) | .customer + " " + .cutoff')" \
    "c-moved 2026-09-30
c-moved 2026-10-31
c-two 2026-11-30"

# ------------------------------------------------------------------ charged ahead

paid=$STORY_DIR/ahead
begin "$paid"
ahead >"$STORY_DIR/ahead.jsonl"
run 0 "one who pays ahead" -- mill "$paid" import "$STORY_DIR/ahead.jsonl"
run 0 "ahead: October is closed" -- mill "$paid" close --period 2026-10
# Paid ahead on 1 October, less 10 %: 279.00. From the 25th on another plan: 7 of 31 days of 279.00 come back, by the terms by which
# they were charged, 7 of 31 days of 620.00 are charged without. 500.00 less 279.00 and 63.00 that came back: 284.00.
equal "what was charged ahead keeps its terms, and gives back by them" "$(lines "$paid" c-ahead | head -n 2)" \
    "2026-09-30 recurring pre310 310.00-31.00 = 310.00-31.00
2026-10-31 proration_credit pre310 -63.00-0.00, proration_charge pre620 140.00-0.00, recurring pre620 620.00-0.00, true_up k-ahead/only 284.00-0.00 = 981.00-0.00"
for number in $(mill "$paid" dump --record invoice | jq -r 'select(.customer == "c-ahead") | .number'); do
    run 0 "$number is explained" -- mill "$paid" explain "$number"
    stdout_has "as it is stored" "checked: every figure, computed again, is what is stored"
done

# ------------------------------------------------------------------ billed again

again=$STORY_DIR/rebilled
begin "$again"
run 0 "rebilled: October is closed" -- mill "$again" close --period 2026-10
number=$(mill "$again" dump --record invoice | jq -r 'select(.customer == "c-two") | .number')
record correction '"correction":"again"' "\"invoice\":\"$number\"" '"action":"rebill"' '"on":"2026-11-05"' '"reason":"wrong"' >"$STORY_DIR/rebill.jsonl"
run 0 "it is to be billed again" -- mill "$again" import "$STORY_DIR/rebill.jsonl"
run 0 "rebilled: November is closed" -- mill "$again" close --period 2026-11
equal "what is billed again draws once" \
    "$(mill "$again" dump --record invoice | jq -r --arg n "$number" 'select(.references == $n) | [.lines[] | select(.price == null) | .contract + " " + .amount] | join(", ")')" \
    "k-all 150.00, k-api 0.00, k-child 20.00"
mill "$again" dump >"$STORY_DIR/rebilled.jsonl"
run 0 "nor do others find it twice" -- python3 tests/support/recompute.py "$STORY_DIR/rebilled.jsonl"
equal "and nothing is settled besides" "$(lines "$again" c-two | grep -c true_up)" 2

# ------------------------------------------------------------------ made up for, killed, moved

bills() { # DUMP: what was billed, but for what only the order of runs decides
    jq -c 'select(.record == "invoice") | [.draft_key, [.lines[] | [.kind, .subscription, .price, .contract, .phase, .amount, .discount]], .total]' "$1"
}
late=$STORY_DIR/late
begin "$late"
run 0 "late: three months are closed at once, by three workers" -- mill "$late" close --period 2026-12 --workers 3
run 0 "late: then late usage" -- mill "$late" import "$STORY_DIR/late.jsonl"
run 0 "late: and January" -- mill "$late" close --period 2027-01
mill "$late" dump >"$STORY_DIR/late-dump.jsonl"
equal "made up for at once: the same bills" "$(bills "$STORY_DIR/late-dump.jsonl")" "$(bills "$STORY_DIR/steps.jsonl")"

hurt=$STORY_DIR/hurt
begin "$hurt"
at "$hurt"
for month in $MONTHS; do
    [ "$month" != 2027-01 ] || run 0 "hurt: late usage" -- mill "$hurt" import "$STORY_DIR/late.jsonl"
    for job in period-advance rating; do
        for instant in 1 2 3; do kill_after 0.0$instant run "$job" --period "$month"; done
        "${MILL_AT[@]}" resume >"$hurt/out.txt" 2>&1
        run 0 "hurt: $job of $month" -- mill "$hurt" run "$job" --period "$month"
    done
    run 0 "hurt: $month is closed" -- mill "$hurt" close --period "$month"
done
mill "$hurt" dump >"$STORY_DIR/hurt-dump.jsonl"
equal "killed and resumed: the same bills" "$(bills "$STORY_DIR/hurt-dump.jsonl")" "$(bills "$STORY_DIR/steps.jsonl")"

first=$STORY_DIR/first
moved=$STORY_DIR/moved
begin "$first"
run 0 "first: November is closed" -- mill "$first" close --period 2026-11
mill "$first" dump --out "$STORY_DIR/moving.jsonl" 2>/dev/null
take_dump "a new database takes the dump" "$moved" "$STORY_DIR/moving.jsonl"
run 0 "moved: December is closed" -- mill "$moved" close --period 2026-12
run 0 "moved: late usage" -- mill "$moved" import "$STORY_DIR/late.jsonl"
run 0 "moved: January is closed" -- mill "$moved" close --period 2027-01
mill "$moved" dump >"$STORY_DIR/moved-dump.jsonl"
equal "and its commitments go on as if they had been there always" "$(bills "$STORY_DIR/moved-dump.jsonl")" "$(bills "$STORY_DIR/steps.jsonl")"

# ------------------------------------------------------------------ what waits for a price by the year

# The phase is over with October; calls of the year until August 2026 may still draw it: nothing is billed of it before,
# and both commands say so, for nobody is parked.
waits=$STORY_DIR/waits
round_new "$waits"
mill "$waits" init >/dev/null 2>&1
{
    catalog | grep '"record":"\(tenant\|tax_rate\|product\|meter\)"'
    record plan '"plan":"y"' '"name":"Jahr"' '"interval":"year"'
    record price '"price":"y-calls"' '"plan":"y"' '"product":"api"' '"meter":"calls"' '"currency":"EUR"' '"valid_from":"2020-01-01"' \
        '"billing":"in_arrears"' '"model":"per_unit"' '"unit_price":"0.1"'
    record customer '"customer":"c-year"' '"name":"Jahr GmbH"' '"address":{"country":"DE"}'
    record subscription '"subscription":"s-year"' '"customer":"c-year"' '"plan":"y"' '"start":"2025-08-01"'
    contract k-year year 2025-09-01 2025-11-01
    phase k-year only 2025-09-01 "$(commits 100)"
} >"$waits/records.jsonl"
run 0 "a commitment of two months, and a price by the year" -- mill "$waits" import "$waits/records.jsonl"
waiting() { # COMMAND…: of its JSON
    mill "$waits" "$@" --json 2>/dev/null | jq -c '[.commitments_waiting[] | [.contract, .phase, .ended_on, .waits_for_subscription, .until]]'
}
run 0 "waits: September" -- mill "$waits" close --period 2025-09
equal "as long as the phase goes on nothing waits" "$(waiting status) $(waiting preview s-year --period 2025-09)" "[] []"
equal "when it is over, a preview says until when" "$(waiting preview s-year --period 2025-10)" '[["k-year","only","2025-10-31","s-year","2026-07-31"]]'
run 0 "waits: October" -- mill "$waits" close --period 2025-10
equal "then status too" "$(waiting status)" '[["k-year","only","2025-10-31","s-year","2026-07-31"]]'
run 0 "for people" -- mill "$waits" status
stdout_has "as a line" "k-year    only   2025-10-31  charges in arrears of s-year  2026-07-31"
run 0 "waits: until June" -- mill "$waits" close --period 2026-06
equal "it still does" "$(waiting status)" '[["k-year","only","2025-10-31","s-year","2026-07-31"]]'
run 0 "waits: July" -- mill "$waits" close --period 2026-07
equal "what is missing is billed" "$(mill "$waits" dump --record invoice | jq -r '.lines[] | select(.kind == "true_up") | .amount')" 100.00
equal "and nothing waits" "$(waiting status) $(waiting preview s-year --period 2026-08)" "[] []"

story_end
