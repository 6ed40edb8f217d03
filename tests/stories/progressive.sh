# Invoices before the end of a period: where what is used passes a threshold of the plan, it is billed that day, and the
# invoice at the end bills the rest, so that together they are what one invoice would have been. Several thresholds, one
# that recurs, prices whose sum passes it, a minimum and a commitment that wait for the end, a price that falls; usage that
# comes later, a changed plan, a contract, an invoice billed again, one taken back; run again, killed and resumed, by several workers; explained, moved, computed again.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

price() { # NAME PLAN METER FIELDS
    record price "\"price\":\"$1\"" '"valid_from":"2026-01-01"' "\"plan\":\"$2\"" '"product":"p"' "\"meter\":\"$3\"" '"currency":"EUR"' '"billing":"in_arrears"' "$4"
}
plan() { # NAME FIELDS…
    record plan "\"plan\":\"$1\"" "\"name\":\"$1\"" '"interval":"month"' "${@:2}"
}
subscription() { # NAME PLAN START
    record customer "\"customer\":\"c-$1\"" "\"name\":\"$1 GmbH\"" '"address":{"country":"DE"}'
    record subscription "\"subscription\":\"$1\"" "\"customer\":\"c-$1\"" "\"plan\":\"$2\"" "\"start\":\"$3\""
}
catalog() {
    echo '{"record":"tenant","tenant":"t","legal_name":"T GmbH","address":{"city":"Berlin"},"country":"DE","currency":"EUR","timezone":"Europe/Berlin","locale":"de-DE","payment_terms_days":14}'
    record product '"product":"p"' '"name":"Produkt"'
    echo '{"record":"tax_rate","tenant":"*","country":"DE","category":"standard","valid_from":"2007-01-01","rate_percent":"19","name":"USt."}'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    record meter '"meter":"gb"' '"aggregation":"sum"'
    plan steps '"usage_thresholds":[{"amount":"100"},{"amount":"500.00"},{"amount":"1000","recurring":true}]'
    price calls steps calls '"model":"per_unit","unit_price":"1","minimum_amount":"400"'
    price gb steps gb '"model":"graduated","tiers":[{"up_to":"10","unit_price":"2","flat_fee":"5"},{"up_to":null,"unit_price":"1"}]'
    record price '"price":"fee"' '"valid_from":"2026-01-01"' '"plan":"steps"' '"product":"p"' '"currency":"EUR"' '"billing":"in_arrears"' '"model":"flat","flat_fee":"9.99"'
    plan committed '"usage_thresholds":[{"amount":"50","recurring":true}]'
    price promised committed calls '"model":"committed","commitment":"300","overage":{"model":"package","package_size":"10","package_price":"7"}'
    plan falling '"usage_thresholds":[{"amount":"90"}]'
    price volume falling calls '"model":"volume","tiers":[{"up_to":"20","unit_price":"10"},{"up_to":null,"unit_price":"0.5"}]'
    plan shares '"usage_thresholds":[{"amount":"10","recurring":true}]'
    price share shares calls '"model":"percentage","rate_percent":"1.5","fixed_fee_per_event":"0.10","free_events":"1"'
    plan plain
    price other plain calls '"model":"per_unit","unit_price":"3"'
    subscription both steps 2026-10-01
    subscription least steps 2026-10-01
    subscription often committed 2026-10-01
    subscription falls falling 2026-10-01
    subscription shares shares 2026-09-20
    subscription moves steps 2026-10-01
    subscription without plain 2026-10-01
}
usage() { # SUBSCRIPTION METER VALUE DAY
    record usage "\"meter\":\"$2\"" "\"key\":\"$1-$2-$4-$3\"" "\"subscription\":\"$1\"" "\"value\":\"$3\"" "\"at\":\"$4T10:00:00Z\""
}
import_into() { # ROUND EXIT_CODE NAME, records on stdin
    cat >"$1/records.jsonl"
    run "$2" "$3" -- mill "$1" import --quiet "$1/records.jsonl"
}
progressive() { # ROUND DATE [OPTIONS…]
    run 0 "$(basename "$1"): $2" -- mill "$1" run progressive --date "$2" "${@:3}"
}
lines() { # ROUND SUBSCRIPTION: cutoff, price, kind, quantity, amount
    mill "$1" dump | jq -r --arg s "$2" 'select(.record == "invoice" or .record == "credit_note") | .cutoff as $c | .lines[] |
        select(.subscription == $s and .price != "fee") | [$c, .price, .kind, .quantity, .amount] | join(" ")' | sort
}
first_days() {
    usage both calls 60 2026-10-03
    usage both gb 15 2026-10-04
    usage least calls 120 2026-10-04
    usage often calls 71 2026-10-05
    usage falls calls 9 2026-10-05
    usage shares calls 1000 2026-10-05
    usage shares calls 1000 2026-10-06
    usage moves calls 150 2026-10-05
    usage without calls 5000 2026-10-05
}
second_days() {
    usage both calls 1 2026-10-02 # comes when the 6th was billed
    usage both calls 700 2026-10-08
    usage often calls 9 2026-10-09
    usage falls calls 1 2026-10-10
    usage shares calls 200 2026-10-10
}
rest() {
    usage both calls 2000 2026-10-20
    usage both gb 1 2026-10-21
    usage falls calls 90 2026-10-20
    usage often calls 10 2026-10-25
    usage shares calls 100 2026-10-16
    usage moves calls 20 2026-10-12
    usage moves calls 30 2026-10-18
    record subscription_change '"subscription":"moves"' '"at":"2026-10-16"' '"plan":"plain"'
}
round_begin() {
    round_new "$1"
    mill "$1" init >/dev/null
    import_into "$1" 0 "$(basename "$1"): plans with thresholds" < <(catalog)
}

# ------------------------------------------------------------------ day by day

round=$STORY_DIR/days
round_begin "$round"
progressive "$round" 2026-10-02
equal "nothing was used: nothing is billed" "$(mill "$round" dump --record invoice)" ""
import_into "$round" 0 "the first days" < <(first_days)
progressive "$round" 2026-10-03
equal "60.00 pass nothing" "$(mill "$round" dump --record invoice)" ""
progressive "$round" 2026-10-06
# 60 + (5 + 20 + 5) = 90: nothing. 120 is above 100, the minimum of 400 waits. 8 packages: 56. 90 reaches 90.
equal "two prices that do not pass together" "$(lines "$round" both)" ""
equal "one that passes, without its minimum" "$(lines "$round" least)" "2026-10-06 calls progressive 120 120.00
2026-10-06 gb progressive 0 5.00"
equal "a commitment waits too" "$(lines "$round" often)" "2026-10-06 promised progressive 71 56.00"
equal "what is reached is passed" "$(lines "$round" falls)" "2026-10-06 volume progressive 9 90.00"
equal "a percentage of each event but the free one" "$(lines "$round" shares)" "2026-10-06 share progressive 2000 15.10"
equal "without thresholds there is none" "$(lines "$round" without)" ""
progressive "$round" 2026-10-06
stdout_has "the same day again is done already" "already"
mill "$round" dump >"$STORY_DIR/before.jsonl"
run 0 "even anew" -- mill "$round" redo progressive --date 2026-10-06 --reason check
run 0 "and the day after" -- mill "$round" run progressive --date 2026-10-07
equal "bills nothing more" "$(mill "$round" dump --record invoice)" "$(jq -c 'select(.record == "invoice")' "$STORY_DIR/before.jsonl")"
import_into "$round" 0 "the second days, with an event of the 2nd" < <(second_days)
progressive "$round" 2026-10-11
# 761 + 30 = 791 is above 500. 8 packages still: 56. 10 units: 100, above 90 as it was. 3.10 more.
equal "several thresholds are one invoice" "$(lines "$round" both)" "2026-10-11 calls progressive 761 761.00
2026-10-11 gb progressive 15 30.00"
equal "no step of 50 is passed" "$(lines "$round" often | wc -l)" 1
equal "nor a threshold twice" "$(lines "$round" falls | wc -l)" 1
import_into "$round" 0 "the rest, and a change of plan within the month" < <(rest)
progressive "$round" 2026-10-21 --workers 3
# 2761 + 31 = 2792: above 500 + 2 * 1000.
equal "one that recurs" "$(lines "$round" both)" "2026-10-11 calls progressive 761 761.00
2026-10-11 gb progressive 15 30.00
2026-10-21 calls progressive:2 2000 2000.00
2026-10-21 gb progressive:2 1 1.00"
run 0 "the month is closed" -- mill "$round" close --period 2026-10
equal "what is left of it is nothing" "$(lines "$round" both | grep ' usage ')" "2026-10-31 calls usage 0 0.00
2026-10-31 gb usage 0 0.00"
equal "the minimum comes at the end" "$(lines "$round" least)" "2026-10-06 calls progressive 120 120.00
2026-10-06 gb progressive 0 5.00
2026-10-31 calls usage 0 280.00
2026-10-31 gb usage 0 0.00"
equal "as the commitment does" "$(lines "$round" often)" "2026-10-06 promised progressive 71 56.00
2026-10-31 promised usage 19 244.00"
# 100 units cost 50.00, 90.00 were billed.
equal "what has become cheaper is given back" "$(lines "$round" falls)" "2026-10-06 volume progressive 9 90.00
2026-10-31 volume usage -91 40.00"
equal "by a credit note" "$(mill "$round" dump --record credit_note | jq -r '[.customer, .total, .status] | join(" ")')" "c-falls 47.60 paid"
equal "a changed plan ends the period: 400 at least for 15 of 31 days, 3.00 for each after" "$(lines "$round" moves)" \
    "2026-10-06 calls progressive 150 150.00
2026-10-06 gb progressive 0 5.00
2026-10-31 calls usage 20 43.55
2026-10-31 gb usage 0 -2.58
2026-10-31 other usage 30 90.00"
progressive "$round" 2026-11-05
run 0 "November is closed" -- mill "$round" close --period 2026-11
mill "$round" dump >"$STORY_DIR/days.jsonl"
keep_dump days "$STORY_DIR/days.jsonl"

# ------------------------------------------------------------------ with a contract, billed again, taken back

plain_catalog() {
    local name
    plan units '"usage_thresholds":[{"amount":"50","recurring":true}]'
    price unit units calls '"model":"per_unit","unit_price":"1"'
    for name in agreed again gone; do
        subscription $name units "$([ $name = gone ] && echo 2026-09-25 || echo 2026-10-01)"
        usage $name calls 71 "$([ $name = gone ] && echo 2026-10-27 || echo 2026-10-05)"
    done
    record contract '"contract":"k"' '"customer":"c-agreed"' '"start":"2026-10-01"' '"end":"2026-11-01"' '"currency":"EUR"'
    record contract_phase '"contract":"k"' '"phase":"only"' '"start":"2026-10-01"' '"discount_percent":"10"' '"commitment":"300"' '"product":"p"'
    usage agreed calls 60 2026-10-20
    usage again calls 20 2026-10-20
    usage again calls 30 2026-11-20
}
shown() { # ROUND SUBSCRIPTION: what the document says, cutoff, kind, quantity, amount and discount
    mill "$1" dump | jq -r --arg s "$2" 'select(.record == "invoice" or .record == "credit_note") | (if .record == "invoice" then "" else "note " end) + .cutoff as $c |
        .lines[] | select(.subscription == $s or .contract != null and $s == "agreed") | [$c, .kind, .quantity, .amount + "-" + .discount] | join(" ")' | sort
}
plain=$STORY_DIR/plain
round_begin "$plain"
import_into "$plain" 0 "plain: more, with a contract" < <(plain_catalog)
begun=$STORY_DIR/begun
round_copy "$plain" "$begun"
progressive "$plain" 2026-10-06
progressive "$plain" 2026-10-21
progressive "$plain" 2026-10-28
number=$(mill "$plain" dump --record invoice | jq -r 'select(.customer == "c-again") | .number')
request() {
    record correction '"correction":"again"' "\"invoice\":\"$number\"" '"action":"rebill"' '"on":"2026-10-31"' '"reason":"calls were missing"'
    usage again calls 5 2026-10-04
    record subscription_change '"subscription":"gone"' '"at":"2026-10-20"' '"pause":true'
}
import_into "$plain" 0 "plain: an invoice is to be billed again, with usage of then; one was paused" < <(request)
run 0 "plain: October is closed" -- mill "$plain" close --period 2026-10
run 0 "plain: November is closed" -- mill "$plain" close --period 2026-11
# 10 % off each part; 131 units are 117.90 of 300.00.
equal "a contract takes its part off each" "$(shown "$plain" agreed | sed 5q)" "2026-10-06 progressive 71 71.00-7.10
2026-10-21 progressive:2 60 60.00-6.00
2026-10-31 true_up 1 182.10-0.00
2026-10-31 usage 0 0.00-0.00
2026-11-30 usage 0 0.00-0.00"
equal "what is billed again comes off the end, not what it was; then comes the next month" "$(shown "$plain" again)" "2026-10-06 progressive 71 71.00-0.00
2026-10-31 rebill:progressive 76 76.00-0.00
2026-10-31 usage 20 20.00-0.00
2026-11-30 usage 30 30.00-0.00
note 2026-10-31 progressive 71 71.00-0.00"
equal "what belongs to no period any more is taken back" "$(shown "$plain" gone | grep -v ' 0 0.00-0.00')" "2026-10-28 progressive 71 71.00-0.00
note 2026-11-30 reversal:usage 71 71.00-0.00"
run 0 "begun: only that thresholds are passed" -- mill "$begun" run usage-thresholds --date 2026-10-06
run 0 "begun: then the month is closed" -- mill "$begun" close --period 2026-10
equal "a contract takes its part off both at once too" "$(shown "$begun" agreed)" "2026-10-06 progressive 71 71.00-7.10
2026-10-31 true_up 1 182.10-0.00
2026-10-31 usage 60 60.00-6.00"
for which in plain begun; do
    for number in $(mill "$STORY_DIR/$which" dump | jq -r 'select(.record == "invoice" or .record == "credit_note") | .number'); do
        mill "$STORY_DIR/$which" explain "$number" >"$STORY_DIR/explained.txt" 2>&1 || { not_ok "$which: $number is explained" "$(cat "$STORY_DIR/explained.txt")"; break; }
    done
done
number=$(mill "$plain" dump --record invoice | jq -r 'select(.customer == "c-agreed" and .cutoff == "2026-10-06") | .number')
import_into "$plain" 0 "plain: one whose period is over is to be billed again" < <(record correction '"correction":"too-late"' "\"invoice\":\"$number\"" '"action":"rebill"' \
    '"on":"2026-11-30"' '"reason":"wrong"')
run 3 "plain: November once more" -- mill "$plain" redo close --period 2026-11 --reason "corrections"
run 0 "plain: it is parked" -- mill "$plain" parked
stdout_has "for the end has billed the rest of it" "is billed up to the end by now"
mill "$plain" dump >"$STORY_DIR/plain.jsonl"
keep_dump plain "$STORY_DIR/plain.jsonl"

# ------------------------------------------------------------------ together what one invoice would have been

once=$STORY_DIR/once
round_begin "$once"
import_into "$once" 0 "all of the month at once" < <(first_days; second_days; rest)
run 0 "once: the month is closed" -- mill "$once" close --period 2026-10
run 0 "once: and the next" -- mill "$once" close --period 2026-11
sums() { # ROUND: by subscription, price and period
    mill "$1" dump | jq -rs 'map(select(.record == "invoice" or .record == "credit_note") | .record as $r | .lines[] |
        [.subscription, .price, .period_start, (.amount | tonumber * 100 | round) * (if $r == "invoice" then 1 else -1 end)]) |
        group_by(.[:3]) | map(.[0][:3] + [map(.[3]) | add]) | .[] | join(" ")'
}
equal "every price of every period sums up to the same" "$(sums "$round")" "$(sums "$once")"

# ------------------------------------------------------------------ what turned out to have ended

gone=$STORY_DIR/gone
round_begin "$gone"
subscribed() { # NAME FIELDS…: to the plan of steps, since September
    record subscription "\"subscription\":\"$1\"" "\"customer\":\"c-$1\"" '"plan":"steps"' '"start":"2026-09-01"' "${@:2}"
}
for who in ended back turned paused; do
    record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
    subscribed "$who"
    usage "$who" calls 150 2026-10-05
done | import_into "$gone" 0 "gone: four more"
run 0 "gone: September is closed" -- mill "$gone" close --period 2026-09
progressive "$gone" 2026-10-06
billed="2026-10-06 calls progressive 150 150.00
2026-10-06 gb progressive 0 5.00"
for who in ended back turned paused; do equal "$who: a threshold was passed" "$(lines "$gone" "$who" | grep -v 2026-09)" "$billed"; done
{
    subscribed ended '"cancel_at":"2026-09-20"'
    subscribed back '"cancel_at":"2026-10-01"'
    record subscription_change '"subscription":"turned"' '"at":"2026-10-01"' '"plan":"plain"'
    record subscription_change '"subscription":"paused"' '"at":"2026-09-25"' '"pause":true'
} | import_into "$gone" 0 "then it turns out that none of them was there in October"
progressive "$gone" 2026-10-20
run 0 "gone: October is closed" -- mill "$gone" close --period 2026-10
back="$billed
2026-10-31 calls reversal:usage -150 -150.00
2026-10-31 gb reversal:usage 0 -5.00"
october() { # SUBSCRIPTION: what is billed of October, with the signs of charges
    mill "$gone" dump | jq -r --arg s "$1" 'select(.record == "invoice" or .record == "credit_note") | .cutoff as $c |
        (if .record == "invoice" then "" else "-" end) as $sign | .lines[] | select(.subscription == $s and .price != "fee" and .period_start == "2026-10-01") |
        [$c, .price, .kind, $sign + .quantity, $sign + .amount] | join(" ")' | sed 's/ -0 / 0 /' | sort
}
for who in ended back paused; do equal "$who: it is taken back when the period ends" "$(october "$who")" "$back"; done
equal "and what was used belongs to the new plan" "$(october turned)" "$back
2026-10-31 other usage 150 450.00"
subscribed back | import_into "$gone" 0 "one cancellation is withdrawn"
run 0 "gone: November is closed" -- mill "$gone" close --period 2026-11
equal "all of October is billed then" "$(lines "$gone" back | grep "usage:2 ")" "2026-11-30 calls usage:2 150 400.00
2026-11-30 gb usage:2 0 5.00"
for number in $(mill "$gone" dump | jq -r 'select(.record == "invoice" or .record == "credit_note") | .number'); do
    mill "$gone" explain "$number" >"$STORY_DIR/explained.txt" 2>&1 || { not_ok "gone: $number is explained" "$(cat "$STORY_DIR/explained.txt")"; break; }
done
mill "$gone" dump >"$STORY_DIR/gone.jsonl"
keep_dump gone "$STORY_DIR/gone.jsonl"

# ------------------------------------------------------------------ the end gives back of what was billed before it

# Ten calls at 10.00 are billed, 30 cost 15.00 in the end: 85.00 come back, of what was paid of them, with their tax.
fallen=$STORY_DIR/fallen
round_begin "$fallen"
who_pays() { # CUSTOMER FIELDS…
    record customer "\"customer\":\"c-$1\"" "\"name\":\"$1 GmbH\"" "${@:2}"
}
for who in half moved child; do
    subscription $who falling 2026-10-01
    usage $who calls 10 2026-10-03
done | import_into "$fallen" 0 "fallen: three more"
{
    record coupon '"coupon":"half"' '"percent":"50"' '"duration":"forever"'
    record coupon_redemption '"coupon":"half"' '"customer":"c-half"' '"at":"2026-10-01"'
    for who in pa pb; do who_pays $who '"address":{"country":"DE"}'; done
    who_pays child '"address":{"country":"DE"}' '"parent":"c-pa"'
} | import_into "$fallen" 0 "one has a coupon, one is paid for"
progressive "$fallen" 2026-10-05
{
    who_pays moved '"address":{"country":"AT"}' '"business":true' '"tax_id":"ATU13585627"'
    who_pays child '"address":{"country":"DE"}' '"parent":"c-pb"'
    for who in half moved child; do usage $who calls 20 2026-10-13; done
} | import_into "$fallen" 0 "then one accounts for the tax himself, and another one pays"
run 0 "fallen: October is closed" -- mill "$fallen" close --period 2026-10
equal "what was paid comes back" "$(mill "$fallen" dump | jq -r 'select(.record == "invoice" or .record == "credit_note") | .record as $r | .customer as $c | .lines[] |
    select(.subscription == "half" or .subscription == "moved" or .subscription == "child") | [$c, $r, .subscription, .kind, .amount, .discount, .tax] | join(" ")' | sort)" \
    "c-half credit_note half usage 85.00 42.50 8.08
c-half invoice half progressive 100.00 50.00 9.50
c-moved credit_note moved usage 85.00 0.00 16.15
c-moved invoice moved progressive 100.00 0.00 19.00
c-pa invoice child progressive 100.00 0.00 19.00
c-pb credit_note child usage 85.00 0.00 16.15"
mill "$fallen" dump >"$STORY_DIR/fallen.jsonl"
keep_dump fallen "$STORY_DIR/fallen.jsonl"
for number in $(jq -r 'select(.record == "invoice" or .record == "credit_note") | .number' "$STORY_DIR/fallen.jsonl"); do
    mill "$fallen" explain "$number" >"$STORY_DIR/explained.txt" 2>&1 || { not_ok "fallen: $number is explained" "$(cat "$STORY_DIR/explained.txt")"; break; }
done

# ------------------------------------------------------------------ killed and resumed

before=$STORY_DIR/before
hurt=$STORY_DIR/hurt
round_begin "$before"
import_into "$before" 0 "before: two days" < <(first_days; second_days)
gold=$STORY_DIR/goldround
round_copy "$before" "$gold"
progressive "$gold" 2026-10-11
progressive "$gold" 2026-10-12
mill "$gold" dump >"$STORY_DIR/gold.jsonl"
for ((instant = 5; instant <= 60; instant += 6)); do
    round_copy "$before" "$hurt"
    at "$hurt"
    kill_after "$(printf "0.%03d" "$instant")" run progressive --date 2026-10-11
    mill "$hurt" resume >"$hurt/out.txt" 2>&1
    mill "$hurt" run progressive --date 2026-10-11 >"$hurt/out.txt" 2>&1
    mill "$hurt" run progressive --date 2026-10-12 >"$hurt/out.txt" 2>&1
    mill "$hurt" dump >"$STORY_DIR/hurt.jsonl"
    cmp -s "$STORY_DIR/hurt.jsonl" "$STORY_DIR/gold.jsonl" || { not_ok "killed after $instant ms it ends alike" "$(diff "$STORY_DIR/hurt.jsonl" "$STORY_DIR/gold.jsonl" | cut -c -300 | head -n 5)"; break; }
done
[ $instant -lt 60 ] || ok "killed at ten instants and resumed it gives the same bytes"

# What is made due and not rated yet: the close of the month rates both, in their order.
waiting=$STORY_DIR/waiting
round_copy "$before" "$waiting"
run 0 "a run that was only begun" -- mill "$waiting" run usage-thresholds --date 2026-10-11
run 0 "and begun again the next day" -- mill "$waiting" run usage-thresholds --date 2026-10-12
run 0 "then the month is closed" -- mill "$waiting" close --period 2026-10
equal "bills each unit once" "$(lines "$waiting" both)" "2026-10-11 calls progressive 761 761.00
2026-10-11 gb progressive 15 30.00
2026-10-31 calls usage 0 0.00
2026-10-31 gb usage 0 0.00"

# ------------------------------------------------------------------ late, explained, moved, computed again

import_into "$round" 0 "usage of October that comes late" < <(usage both calls 5 2026-10-02)
run 0 "December is closed" -- mill "$round" close --period 2026-12
equal "it is a line of its own on top of all" "$(lines "$round" both | grep late)" "2026-12-31 calls late_usage 5 5.00"
for number in $(mill "$round" dump | jq -r 'select((.record == "invoice" or .record == "credit_note") and .cutoff < "2027") | .number'); do
    mill "$round" explain "$number" >"$STORY_DIR/explained.txt" 2>&1 &&
        grep -q "checked: every figure, computed again, is what is stored" "$STORY_DIR/explained.txt" ||
        { not_ok "$number is explained" "$(cat "$STORY_DIR/explained.txt")"; break; }
done
equal "every invoice is explained" "$?" 0
run 0 "the one before the end" -- mill "$round" explain "$(mill "$round" dump --record invoice | jq -r 'select(.cutoff == "2026-10-11") | .number' | head -n 1)"
stdout_has "says why it is there" "a threshold was passed: what was used before 2026-10-12"
mill "$round" dump >"$STORY_DIR/december.jsonl"
keep_dump december "$STORY_DIR/december.jsonl"
moved=$STORY_DIR/moved
take_dump "another database takes the dump" "$moved" "$STORY_DIR/december.jsonl"
if python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    run 0 "the month of two days is closed" -- mill "$gold" close --period 2026-10
    mill "$gold" dump >"$STORY_DIR/closed.jsonl"
    for dump in gold closed; do
        run 0 "$dump: another program computes the same" -- env ONE_RUN_A_DAY=0 python3 tests/support/recompute.py "$STORY_DIR/$dump.jsonl"
    done
fi
for bad in '[{"amount":"0"}]' '[{"amount":"5"},{"amount":"5"}]' '[{"amount":"5","recurring":true},{"amount":"9"}]' '[{"amount":5}]' '[{"sum":"5"}]'; do
    plan x "\"usage_thresholds\":$bad" >"$STORY_DIR/bad.jsonl"
    run 65 "refused: $bad" -- mill "$moved" import "$STORY_DIR/bad.jsonl"
    stderr_has "by name" "usage_thresholds"
done
story_end
