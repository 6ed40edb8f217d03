# What cannot be rated waits by itself: an event without the amount that its price charges, terms without a version on the
# day, and what is only billed with such a one. The payer is billed for all the rest; once the cause is gone, tried again,
# it is billed too; waived it is not asked for again. Killed and resumed, by two workers, it is the same.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

price() { # NAME PLAN FIELDS…
    record price "\"price\":\"$1\"" "\"plan\":\"$2\"" '"product":"p"' '"currency":"EUR"' '"billing":"in_arrears"' "${@:3}"
}
worth() { # WHO DAY [AMOUNT]: without one it cannot be charged
    record usage '"meter":"worth"' "\"key\":\"$1-$2\"" "\"subscription\":\"s-$1\"" "\"at\":\"2026-$2T12:00:00Z\"" ${3:+"\"price_amount\":\"$3\""}
}
catalog() {
    local who
    berlin
    record product '"product":"p"' '"name":"Produkt"'
    record meter '"meter":"worth"' '"aggregation":"sum"'
    record plan '"plan":"m"' '"name":"Monat"' '"interval":"month"'
    price worth m '"valid_from":"2020-01-01"' '"meter":"worth"' '"model":"dynamic"' '"multiplier":"1"'
    price fee m '"valid_from":"2020-01-01"' '"model":"flat"' '"flat_fee":"10"'
    record plan '"plan":"card"' '"name":"Vereinbart"' '"interval":"month"'
    price units card '"valid_from":"2020-01-01"' '"meter":"worth"' '"model":"per_unit"' '"unit_price":"1"' # else an event needs its amount
    price agreed card '"valid_from":"2026-11-01"' '"model":"flat"' '"flat_fee":"7"'
    for who in one child ends phase; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}' "$([ $who = child ] && echo '"parent":"c-one"' || echo '"tier":"gold"')"
        record subscription "\"subscription\":\"s-$who\"" "\"customer\":\"c-$who\"" '"plan":"m"' '"start":"2026-10-01"'
    done
    record contract '"contract":"k"' '"customer":"c-phase"' '"start":"2026-10-01"' '"end":"2027-01-01"'
    record contract_phase '"contract":"k"' '"phase":"all"' '"start":"2026-10-01"' '"prices":[{"price":"fee","rated_as":"agreed"}]'
    worth one 10-05
    worth one 10-06 3
    worth child 10-05 5
    worth ends 10-20
    worth ends 10-05 4
}
november() { # s-ends has ended in October
    worth one 11-05 6
    record subscription '"subscription":"s-ends"' '"customer":"c-ends"' '"plan":"m"' '"start":"2026-10-01"' '"cancel_at":"2026-10-16"'
}
causes() { # each unit costs 1.00 for them in October; what was agreed holds since then
    local who
    for who in one ends; do
        record customer_price "\"customer\":\"c-$who\"" '"price":"worth"' '"currency":"EUR"' '"valid_from":"2026-10-01"' '"valid_to":"2026-11-01"' '"model":"per_unit"' '"unit_price":"1"'
    done
    price agreed card '"valid_from":"2026-10-01"' '"model":"flat"' '"flat_fee":"6"'
}
begin() { # ROUND
    round_new "$1"
    mill "$1" init >/dev/null 2>&1
    catalog >"$1/records.jsonl"
    run 0 "$(basename "$1"): its data are imported" -- mill "$1" import --quiet "$1/records.jsonl"
}
learn() { # ROUND WHAT
    "$2" >"$1/$2.jsonl"
    run 0 "$(basename "$1"): $2" -- mill "$1" import --quiet "$1/$2.jsonl"
}
lines() { # ROUND CUTOFF: subscription, price, kind, first day, amount
    mill "$1" dump | jq -r --arg c "$2" 'select((.record == "invoice" or .record == "credit_note") and .cutoff == $c) | .lines[] |
        [.subscription, .price, .kind, .period_start, .amount] | join(" ")' | sort
}
waiting() { # ROUND
    mill "$1" parked --json | jq -r '.items[] | [.job, .item, .reason] | join(": ")' | sort
}

round=$STORY_DIR/steps
begin "$round"
run 3 "October is closed" -- mill "$round" close --period 2026-10
equal "what cannot be rated waits" "$(waiting "$round")" \
    "rating: recurring of s-phase fee from 2026-10-01: its price has no version on 2026-10-01
rating: usage of s-ends worth from 2026-10-01: subscription s-ends, period from 2026-10-01: usage event ends-10-20 has no price_amount
rating: usage of s-one worth from 2026-10-01: subscription s-one, period from 2026-10-01: usage event one-10-05 has no price_amount"
equal "and all the rest is billed" "$(lines "$round" 2026-10-31)" \
    "s-child fee recurring 2026-10-01 10.00
s-child worth usage 2026-10-01 5.00
s-ends fee recurring 2026-10-01 10.00
s-one fee recurring 2026-10-01 10.00
s-phase worth usage 2026-10-01 0.00"
mill "$round" dump >"$STORY_DIR/october.jsonl"
keep_dump october "$STORY_DIR/october.jsonl"
run 0 "October again" -- mill "$round" close --period 2026-10
mill "$round" dump >"$STORY_DIR/again.jsonl"
same_file "changes nothing" "$STORY_DIR/again.jsonl" "$STORY_DIR/october.jsonl"
run 0 "what is billed is explained" -- mill "$round" explain "$(mill "$round" dump --record invoice | jq -r 'select(.customer == "c-one") | .number')"
stdout_has "and agrees" "checked: every figure, computed again, is what is stored"
run 3 "before the cause is gone" -- mill "$round" parked retry --all
equal "they go on waiting" "$(waiting "$round" | wc -l)" 3

learn "$round" november
run 3 "November is closed" -- mill "$round" close --period 2026-11
# The fee of s-ends to its end is 10 * 15/31; of its usage the event of the 5th is before it: a credit note, with its signs.
equal "the next month is billed, and what is left of a subscription that has ended" "$(lines "$round" 2026-11-30)" \
    "s-child fee recurring 2026-11-01 10.00
s-child worth usage 2026-11-01 0.00
s-ends fee recurring:2 2026-10-01 -4.84
s-ends fee reversal:recurring 2026-10-01 10.00
s-ends worth usage:2 2026-10-01 -4.00
s-one fee recurring 2026-11-01 10.00
s-one worth usage 2026-11-01 6.00
s-phase fee recurring 2026-11-01 7.00
s-phase worth usage 2026-11-01 0.00"
equal "what is taken back waits for what was charged" "$(waiting "$round" | cut -d: -f 2-3)" \
    " recurring of s-phase fee from 2026-10-01: its price has no version on 2026-10-01
 reversal:usage of s-ends worth from 2026-10-01
 usage of s-ends worth from 2026-10-01: subscription s-ends, period from 2026-10-01
 usage of s-one worth from 2026-10-01: subscription s-one, period from 2026-10-01"
keep() { # DUMP: what was billed, but for the order of runs
    jq -c 'select(.record == "invoice" or .record == "credit_note") | .lines[] | [.subscription, .price, .kind, .period_start, .quantity, .amount, .discount, .customer_price_valid_from, .rated_price]' "$1" | sort
}
learn "$round" causes
run 0 "the causes are gone" -- mill "$round" parked retry --all
equal "nothing waits" "$(waiting "$round")" ""
equal "all of it is billed" "$(lines "$round" 2026-10-31 | grep -c "s-one worth usage 2026-10-01 2.00\|s-phase fee recurring 2026-10-01 6.00\|s-ends worth usage 2026-10-01 2.00")" 3
equal "and taken back" "$(mill "$round" dump | jq -r 'select(.record == "invoice" or .record == "credit_note") | .lines[] | select(.kind == "reversal:usage") | .amount' | tr -d -)" 2.00
mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"
KNOWN_LATE=1 ONE_RUN_A_DAY=0 computed "all that waited comes out the same in another language" "$STORY_DIR/steps.jsonl"
for number in $(jq -r 'select(.record == "invoice" or .record == "credit_note") | .number' "$STORY_DIR/steps.jsonl"); do
    mill "$round" explain "$number" 2>&1 | grep -q "is what is stored" || echo "$number"
done >"$STORY_DIR/differ.txt"
equal "every document is what its explanation computes" "$(cat "$STORY_DIR/differ.txt")" ""
closed_again "$round" 2026-11 "$STORY_DIR/steps.jsonl"

# ------------------------------------------------------------------ waived

waived=$STORY_DIR/waived
begin "$waived"
run 3 "waived: October is closed" -- mill "$waived" close --period 2026-10
for number in 1 2 3; do
    run 0 "number $number: a person gives the first of the list up" -- mill "$waived" parked waive 1 --reason "a gift"
done
worth one 11-05 6 >"$STORY_DIR/one.jsonl"
run 0 "usage of November" -- mill "$waived" import --quiet "$STORY_DIR/one.jsonl"
run 0 "waived: November is closed, and nothing is asked for again" -- mill "$waived" close --period 2026-11
equal "what is due besides is billed" "$(lines "$waived" 2026-11-30 | grep -c "s-one worth usage 2026-11-01 6.00")" 1

# ------------------------------------------------------------------ names that read alike

alike() { # price "b worth" of s-a, price "worth" of "s-a b"
    record plan '"plan":"alike"' '"name":"Monat"' '"interval":"month"'
    price "b worth" alike '"valid_from":"2020-01-01"' '"meter":"worth"' '"model":"dynamic"' '"multiplier":"1"'
    record customer '"customer":"c-alike"' '"name":"Gleich GmbH"' '"address":{"country":"DE"}'
    record subscription '"subscription":"s-a"' '"customer":"c-alike"' '"plan":"alike"' '"start":"2026-10-01"'
    record subscription '"subscription":"s-a b"' '"customer":"c-alike"' '"plan":"m"' '"start":"2026-10-01"'
    for who in a "a b"; do worth "$who" 10-05; done
}
alike=$STORY_DIR/alike
begin "$alike"
learn "$alike" alike
run 3 "alike: October is closed" -- mill "$alike" close --period 2026-10
items() {
    mill "$alike" parked --json | jq -r '.items[].item | select(contains("s-a"))' | sort
}
equal "both are there" "$(items)" 'usage of "s-a b" worth from 2026-10-01
usage of s-a "b worth" from 2026-10-01'
run 0 "alike: one is waived" -- mill "$alike" parked waive 'usage of s-a "b worth" from 2026-10-01' --reason "a gift"
equal "the other one waits" "$(items)" 'usage of "s-a b" worth from 2026-10-01'

# ------------------------------------------------------------------ killed

hurt=$STORY_DIR/hurt
begin "$hurt"
at "$hurt"
for month in 2026-10 2026-11; do
    [ $month = 2026-10 ] || learn "$hurt" november
    for instant in 1 2 3; do kill_after 0.0$instant run rating --period "$month"; done
    run 3 "hurt: $month is closed" -- mill "$hurt" close --period "$month" --workers 2
done
learn "$hurt" causes
for instant in 1 2 3; do kill_after 0.0$instant parked retry --all; done
"${MILL_AT[@]}" parked retry --all >"$hurt/out.txt" 2>&1
run 0 "hurt: November is finished" -- mill "$hurt" close --period 2026-11
mill "$hurt" dump >"$STORY_DIR/hurt.jsonl"
equal "killed and resumed: the same lines" "$(keep "$STORY_DIR/hurt.jsonl")" "$(keep "$STORY_DIR/steps.jsonl")"

story_end
