# What becomes of subscriptions at the edges: a cancellation that is taken back or moved, before and after it was
# charged; changes that are; trials that grow, end or are canceled; last days of months; children that get another payer;
# several currencies of one payer; holds. Each case says what is charged in the end, worked by hand, and by whom it is paid;
# killed and resumed, or all at once, it is the same.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

price() { # PRICE PLAN BILLING FIELDS…
    record price "\"price\":\"$1\"" "\"plan\":\"$2\"" "\"billing\":\"$3\"" '"product":"p"' '"valid_from":"2020-01-01"' "${@:4}"
}
customer() { # CUSTOMER FIELDS…
    record customer "\"customer\":\"$1\"" "\"name\":\"$1 GmbH\"" '"address":{"country":"DE"}' "${@:2}"
}
subscription() { # SUBSCRIPTION START FIELDS…: of customer c-SUBSCRIPTION
    record subscription "\"subscription\":\"$1\"" "\"customer\":\"c-$1\"" '"plan":"basic"' "\"start\":\"$2\"" "${@:3}"
}

# 310.00 a month in advance, 31.00 in arrears, 0.10 a call; a day of October is 10.00 and 1.00.
catalog() {
    berlin
    record product '"product":"p"' '"name":"Produkt"' '"type":"saas"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    record meter '"meter":"steps"' '"aggregation":"sum"'
    record plan '"plan":"basic"' '"name":"Basic"' '"interval":"month"'
    record plan '"plan":"half"' '"name":"Halb"' '"interval":"month"'
    record plan '"plan":"dollars"' '"name":"Dollars"' '"interval":"month"'
    price basic-fee basic in_advance '"model":"flat"' '"flat_fee":"310"' '"currency":"EUR"'
    price basic-support basic in_arrears '"model":"flat"' '"flat_fee":"31"' '"currency":"EUR"'
    price basic-calls basic in_arrears '"model":"per_unit"' '"unit_price":"0.1"' '"meter":"calls"' '"currency":"EUR"'
    price half-fee half in_advance '"model":"flat"' '"flat_fee":"155"' '"currency":"EUR"'
    price dollar-fee dollars in_advance '"model":"flat"' '"flat_fee":"20"' '"currency":"USD"'
    local who
    for who in asleep same-day back moved gone-late in-trial at-trial-end longer end-30 end-1 zone undone-early undone-late instead stays stays-on; do customer "c-$who"; done
    subscription asleep 2026-10-01
    subscription same-day 2026-10-31
    subscription back 2026-10-01
    subscription moved 2026-10-01 '"cancel_at":"2026-11-11"'
    subscription stays 2026-10-01 '"cancel_at":"2026-10-11"'
    subscription stays-on 2026-10-01 '"cancel_at":"2026-10-11"'
    subscription gone-late 2026-10-01
    subscription in-trial 2026-10-01 '"trial_end":"2026-10-20"' '"cancel_at":"2026-10-12"'
    subscription at-trial-end 2026-10-01 '"trial_end":"2026-10-20"' '"cancel_at":"2026-10-20"'
    subscription longer 2026-10-01 '"trial_end":"2026-10-11"'
    subscription end-30 2026-08-31 '"cancel_at":"2026-11-30"' '"cancel_at_period_end":true'
    subscription end-1 2026-08-31 '"cancel_at":"2026-12-01"' '"cancel_at_period_end":true'
    # The day on which the clocks are put back in New York; its midnight is four hours from UTC, the next one's five.
    subscription zone 2026-10-02 '"timezone":"America/New_York"' '"cancel_at":"2026-11-02"'
    subscription undone-early 2026-10-01
    subscription undone-late 2026-10-01
    subscription instead 2026-10-01
    customer pa
    customer pb
    customer c-child '"parent":"pa"'
    customer c-second '"parent":"pa"'
    customer c-third '"parent":"pa"'
    customer c-left '"parent":"pa"'
    customer c-gone '"parent":"pa"'
    subscription left 2026-10-01
    subscription gone 2026-10-01
    subscription child 2026-10-01
    subscription second 2026-10-01
    record subscription '"subscription":"third"' '"customer":"c-third"' '"plan":"dollars"' '"start":"2026-10-01"'
    record subscription '"subscription":"own"' '"customer":"pa"' '"plan":"basic"' '"start":"2026-10-01"'
}

# What becomes known in which month, before it is closed.
facts_of() { # PERIOD
    case $1 in
    2026-10)
        subscription longer 2026-10-01 '"trial_end":"2026-10-21"'
        record subscription_change '"subscription":"asleep"' '"at":"2026-10-16"' '"pause":true'
        record usage '"meter":"calls"' '"subscription":"asleep"' '"key":"s1"' '"value":"3"' '"at":"2026-10-15T21:59:59Z"'
        record usage '"meter":"calls"' '"subscription":"asleep"' '"key":"s2"' '"value":"5"' '"at":"2026-10-15T22:00:00Z"'
        record usage '"meter":"calls"' '"subscription":"asleep"' '"key":"s3"' '"value":"7"' '"at":"2026-11-15T12:00:00Z"'
        record usage '"meter":"calls"' '"subscription":"longer"' '"key":"l1"' '"value":"7"' '"at":"2026-10-12T12:00:00Z"'
        record usage '"meter":"calls"' '"subscription":"longer"' '"key":"l2"' '"value":"7"' '"at":"2027-01-02T12:00:00Z"'
        record usage '"meter":"steps"' '"subscription":"back"' '"key":"b1"' '"value":"7"' '"at":"2026-10-12T12:00:00Z"'
        for undone in undone-late instead; do change $undone 2026-10-16 '"plan":"half"'; done
        change undone-early 2026-11-16 '"plan":"half"'
        record usage '"meter":"calls"' '"subscription":"left"' '"key":"k1"' '"value":"100"' '"at":"2026-10-12T12:00:00Z"'
        record usage '"meter":"calls"' '"subscription":"zone"' '"key":"z1"' '"value":"10"' '"at":"2026-11-02T04:59:59Z"'
        record usage '"meter":"calls"' '"subscription":"zone"' '"key":"z2"' '"value":"100"' '"at":"2026-11-02T05:00:00Z"'
        ;;
    2026-11)
        subscription same-day 2026-10-31 '"cancel_at":"2026-10-31"'
        subscription back 2026-10-01 '"cancel_at":"2026-11-11"'
        subscription moved 2026-10-01 '"cancel_at":"2026-11-21"'
        subscription gone-late 2026-10-01 '"cancel_at":"2026-11-01"'
        subscription stays 2026-10-01 '"cancel_at":"2026-11-21"'
        change stays 2026-12-16 '"pause":true'
        subscription stays-on 2026-10-01
        change stays-on 2026-11-16 '"plan":"half"'
        for undone in undone-late instead; do change $undone 2026-10-16 '"plan":"half"' '"withdrawn":true'; done
        change instead 2026-10-16 '"pause":true'
        change undone-early 2026-11-16 '"plan":"half"' '"withdrawn":true'
        record usage '"meter":"calls"' '"subscription":"left"' '"key":"k2"' '"value":"50"' '"at":"2026-10-13T12:00:00Z"'
        customer c-left '"parent":"pb"'
        customer c-gone '"parent":"pb"'
        subscription gone 2026-10-01 '"cancel_at":"2026-10-16"'
        customer c-child '"parent":"pb"'
        record subscription_change '"subscription":"child"' '"at":"2026-10-16"' '"plan":"half"'
        ;;
    2026-12)
        subscription back 2026-10-01
        subscription moved 2026-10-01 '"cancel_at":"2026-11-16"'
        subscription left 2026-10-01 '"cancel_at":"2026-10-16"'
        ;;
    esac
}
MONTHS="2026-09 2026-10 2026-11 2026-12"

know() { # ROUND PERIOD…
    local period
    for period in "${@:2}"; do facts_of "$period"; done >"$1/facts.jsonl"
    run 0 "$(basename "$1"): ${*:2} is known" -- mill "$1" import "$1/facts.jsonl"
}
lines_of() { # DUMP: month of the period, subscription, price, customer who pays, cents; credit notes with their sign
    jq -r 'select(.record == "invoice" or .record == "credit_note") | (if .record == "credit_note" then -1 else 1 end) as $sign |
        .customer as $payer | .lines[] | [.period_start[0:7], .subscription, .price, $payer, $sign * (.amount | tonumber * 100 | round)] | join(" ")' "$1"
}
sums() { # DUMP SUBSCRIPTION PRICE: of each month
    lines_of "$1" | awk -v s="$2" -v p="$3" '$2 == s && $3 == p { sum[$1] += $5 } END { for (m in sum) if (sum[m] != 0) printf "%s %.2f\n", m, sum[m] / 100 }' | sort
}
all_sums() { # DUMP
    lines_of "$1" | awk '{ sum[$1 " " $2 " " $3] += $5 } END { for (m in sum) if (sum[m] != 0) print m, sum[m] }' | sort
}

steps=$STORY_DIR/steps
begin "$steps"
usage_is() { # NAME ROUND EXPECTED
    run 0 "status counts usage: $1" -- mill "$2" status --usage --json
    equal "$1" "$(jq -r '.unbilled_usage[] | [.reason, .events, .subscriptions, .subscription] | join(" ")' "$STORY_OUT" | sort)" "$3"
}
for month in $MONTHS; do
    know "$steps" "$month"
    # Known at once: s2 and s3 of the pause, l1 of the trial, z2 after the end.
    [ "$month" != 2026-10 ] || usage_is "what is free, before its period is over" "$steps" "no_price 1 1 back
outside 2 2 longer
paused 2 1 asleep"
    run 0 "steps: $month is closed" -- mill "$steps" close --period "$month"
done
D=$STORY_DIR/steps.jsonl
mill "$steps" dump >"$D"
keep_dump steps "$D"

state_of() { # SUBSCRIPTION: what it became
    jq -r --arg s "$1" 'select(.record == "subscription_state" and .subscription == $s) | .since + " " + .state' "$D"
}
equal "a cancellation that is taken back: it was never canceled" "$(state_of back)" "2026-10-01 active"
equal "one that is moved: canceled on the last of the days" "$(state_of moved)" "2026-10-01 active
2026-11-16 canceled"
fee() { sums "$D" "$1" basic-fee; }
support() { sums "$D" "$1" basic-support; }
equal "a cancellation that is taken back: nothing is missing" "$(fee back)" "2026-10 310.00
2026-11 310.00
2026-12 310.00
2027-01 310.00"
equal "in arrears too" "$(support back)" "2026-10 31.00
2026-11 31.00
2026-12 31.00"
equal "one that is moved on, then back: up to the last date" "$(fee moved)" "2026-10 310.00
2026-11 155.00"
equal "in arrears, known twice too late" "$(support moved)" "2026-10 31.00
2026-11 15.50"
equal "moved on, with a change that comes after it: what had ended goes on" "$(fee stays)|$(support stays)" "2026-10 310.00
2026-11 206.67|2026-10 31.00
2026-11 20.67"
equal "taken back, with a change of plan" "$(fee stays-on)|$(support stays-on)" "2026-10 310.00
2026-11 155.00|2026-10 31.00
2026-11 15.50"
equal "of an end that was moved nothing was charged twice" "$(jq -r 'select(.record == "billing_period" and .subscription == "stays" and .price == "basic-support") | [.kind, .start, .end] | join(" ")' "$D" | sort)" \
    "recurring 2026-10-01 2026-10-11
recurring 2026-11-01 2026-11-21
recurring:2 2026-10-01 2026-11-01
reversal:recurring 2026-10-01 2026-10-11"
equal "canceled with the month's end, known later: nothing of the next month" "$(fee gone-late)" "2026-10 310.00"
equal "canceled on its first day, known after it was charged: nothing" "$(fee same-day)$(support same-day)" ""
equal "canceled in the trial: nothing" "$(fee in-trial)$(support in-trial)" ""
equal "canceled on the day on which the trial ends: nothing" "$(fee at-trial-end)$(support at-trial-end)" ""
equal "a trial that grew: the first month begins with its end" "$(jq -r 'select(.record == "billing_period" and .subscription == "longer" and .price == "basic-fee") | .start' "$D" | sort | head -n 1)" 2026-10-21
equal "at the end of the period before a 30th" "$(jq -r 'select(.record == "billing_period" and .subscription == "end-30" and .price == "basic-fee") | .end' "$D" | sort | tail -n 1)" 2026-11-30
equal "and of the one that the 30th begins" "$(jq -r 'select(.record == "billing_period" and .subscription == "end-1" and .price == "basic-fee") | .end' "$D" | sort | tail -n 1)" 2026-12-31
equal "canceled where the clocks are put back: a month of 31 days, whole" "$(fee zone)" "2026-10 310.00"
equal "usage of its last second is billed, of the next one not" "$(sums "$D" zone basic-calls)" "2026-10 1.00"

equal "a change that was scheduled and withdrawn: nothing" "$(fee undone-early)" "2026-10 310.00
2026-11 310.00
2026-12 310.00
2027-01 310.00"
equal "withdrawn after it was billed: as if it had never been" "$(fee undone-late)" "$(fee undone-early)"
equal "what it had charged is taken back" "$(sums "$D" undone-late half-fee)" ""
equal "another one instead, for the same day" "$(fee instead)|$(sums "$D" instead half-fee)|$(support instead)" "2026-10 150.00||2026-10 15.00"
equal "the dump has both" "$(jq -r 'select(.record == "subscription_change") | select(.subscription == "instead" or .subscription == "undone-late") | [.subscription, .pause, .withdrawn] | @csv' "$D")" \
    '"instead",true,
"undone-late",,true'

equal "usage before a pause" "$(sums "$D" asleep basic-calls)" "2026-10 0.30"

# What no run will bill: s2 and s3 of the pause, l1 of the trial, z2 after the end, b1 of a meter that has no price; l2 is
# not due yet.
usage_is "what nobody is charged for" "$steps" "no_price 1 1 back
outside 2 2 longer
paused 2 1 asleep"
run 0 "for people" -- mill "$steps" status --usage
stdout_has "too" "in paused or left out periods"
stderr_has "with what to do" "if it is to be billed"
run 0 "without being asked it is not counted" -- mill "$steps" status --json
equal "which JSON says" "$(jq -c .unbilled_usage "$STORY_OUT")" null

paid_by() { # SUBSCRIPTION PAYER: of each month
    lines_of "$D" | awk -v s="$1" -v p="$2" '$2 == s && $4 == p { sum[$1] += $5 } END { for (m in sum) if (sum[m] != 0) printf "%s %.2f\n", m, sum[m] / 100 }' | sort
}
# October: 310.00 and 31.00 by pa, who gets 160.00 and 16.00 back; 80.00 of the new plan by pb.
equal "who paid gets it back, and keeps what was right of it" "$(paid_by child pa | head -n 1)" "2026-10 165.00"
equal "and who pays now pays the rest" "$(paid_by child pb | head -n 1)" "2026-10 80.00"
# Half of October stays with him who was billed October, with 150 calls, of which 50 were late; the other one has all of his back.
equal "a cancellation after another one has paid: each has his own back" "$(paid_by left pa)|$(paid_by left pb)" "2026-10 180.00|"
equal "known with it: the same" "$(paid_by gone pa)|$(paid_by gone pb)" "2026-10 165.00|"
equal "what the other one was billed was taken back of him" \
    "$(lines_of "$D" | awk '$2 == "left" && $4 == "pb" { print $1, $3, $5 }' | sort | tr '\n' ' ')" \
    "2026-11 basic-calls -0 2026-11 basic-calls 0 2026-11 basic-support -3100 2026-11 basic-support 3100 2026-12 basic-fee -31000 2026-12 basic-fee 31000 "
equal "one invoice for all that a payer pays, one for each currency" "$(jq -r 'select(.record == "invoice" and .customer == "pa" and .cutoff == "2026-10-31") | [.currency, (.lines | length)] | join(" ")' "$D" | sort)" "EUR 15
USD 1"

for number in $(jq -r 'select(.record == "invoice" or .record == "credit_note") | .number' "$D"); do
    mill "$steps" explain "$number" >"$STORY_DIR/explained.txt" 2>&1 || not_ok "explain $number" "$(cat "$STORY_DIR/explained.txt")"
done
ok "explain agrees with every document"
run 0 "verify numbers" -- mill "$steps" verify numbers
for month in $MONTHS; do run 0 "$month redone" -- mill "$steps" redo close --period "$month" --reason "to be sure"; done
mill "$steps" dump >"$STORY_DIR/again.jsonl"
equal "adds nothing" "$(all_sums "$STORY_DIR/again.jsonl")" "$(all_sums "$D")"

# ------------------------------------------------------------------ all at once; killed and resumed; moved

whole=$STORY_DIR/whole
begin "$whole"
# shellcheck disable=SC2086
know "$whole" $MONTHS
run 0 "whole: one run for all of it" -- mill "$whole" close --period 2026-12
mill "$whole" dump >"$STORY_DIR/whole.jsonl"
equal "whichever way it became known, every month comes to the same" "$(all_sums "$STORY_DIR/whole.jsonl")" "$(all_sums "$D")"

hurt=$STORY_DIR/hurt
begin "$hurt"
instant=1
for month in $MONTHS; do
    know "$hurt" "$month"
    at "$hurt"
    kill_after 0.0$instant close --period "$month"
    kill_after 0.02 resume
    kill_after 0.0$((instant + 1)) resume
    instant=$((instant + 2))
    "${MILL_AT[@]}" resume >"$hurt/out.txt" 2>&1
    run 0 "hurt: $month is closed" -- mill "$hurt" close --period "$month"
    if [ "$month" = 2026-10 ]; then # to another database, in mid-life
        mill "$hurt" dump --out "$STORY_DIR/moving.jsonl" 2>/dev/null
        hurt=$STORY_DIR/moved
        round_new "$hurt"
        mill "$hurt" init >/dev/null 2>&1
        run 0 "a new database takes the dump" -- mill "$hurt" import --quiet "$STORY_DIR/moving.jsonl"
    fi
done
equal "killed, resumed and moved: the same lines of the same payers" \
    "$(mill "$hurt" dump | jq -c 'select(.record == "invoice" or .record == "credit_note") | [.number, .customer, .lines]')" \
    "$(jq -c 'select(.record == "invoice" or .record == "credit_note") | [.number, .customer, .lines]' "$D")"

usage_is "the same in the database that it moved to" "$hurt" "no_price 1 1 back
outside 2 2 longer
paused 2 1 asleep"
record subscription_change '"subscription":"asleep"' '"at":"2026-11-10"' '"resume":true' >"$STORY_DIR/awake.jsonl"
run 0 "the pause is ended, from November on" -- mill "$hurt" import "$STORY_DIR/awake.jsonl"
run 0 "which is billed" -- mill "$hurt" close --period 2027-01
usage_is "what is resumed is billed, its usage too" "$hurt" "no_price 1 1 back
outside 2 2 longer
paused 1 1 asleep"

# ------------------------------------------------------------------ what import refuses

refuse() { # NAME TEXT, records on stdin
    cat >"$STORY_DIR/bad.jsonl"
    run 65 "$1" -- mill "$steps" import "$STORY_DIR/bad.jsonl"
    stderr_has "and says why" "$2"
}
refuse "a trial that ends later, of one that was charged" "since its trial ended" < <(subscription longer 2026-10-01 '"trial_end":"2026-12-01"')
refuse "a trial for one that had none" "since its trial ended" < <(subscription back 2026-10-01 '"trial_end":"2026-12-01"')
refuse "a change of a day that has one" "withdraw this one first" < <(change instead 2026-10-16 '"quantity":"2"')
subscription in-trial 2026-10-01 '"trial_end":"2026-10-25"' '"cancel_at":"2026-10-12"' >"$STORY_DIR/good.jsonl"
run 0 "of one that never was, it may" -- mill "$steps" import "$STORY_DIR/good.jsonl"
refuse "a parent who has a parent" "has a parent itself" < <(customer c-back '"parent":"c-second"')
refuse "a parent for one who pays for others" "itself the parent of others" < <(customer pa '"parent":"pb"')
refuse "who pays for himself" "does not pay for itself" < <(customer pa '"parent":"pa"')
refuse "an end before the start" "is before the start" < <(subscription back 2026-10-01 '"cancel_at":"2026-09-30"')

# ------------------------------------------------------------------ holds: of a child, of a payer, of one who gets money back

held=$STORY_DIR/held
begin "$held"
know "$held" 2026-10
hold() { # CUSTOMER true | false FIELDS…
    customer "$1" "\"hold\":$2" "${@:3}" >"$held/hold.jsonl"
    run 0 "hold of $1 is $2" -- mill "$held" import "$held/hold.jsonl"
}
documents() { # CUSTOMER: how many have a number
    mill "$held" dump | jq -rs --arg c "$1" 'map(select((.record == "invoice" or .record == "credit_note") and .customer == $c and .number != null)) | length'
}
hold c-second true '"parent":"pa"'
run 0 "2026-09: a child on hold does not stop who pays for it" -- mill "$held" close --period 2026-09
equal "for it is not asked for money" "$(documents pa)" 2
hold pa true
run 3 "2026-10: the payer is on hold" -- mill "$held" close --period 2026-10
know "$held" 2026-11
run 3 "2026-11: still" -- mill "$held" close --period 2026-11
equal "no document of his" "$(documents pa)" 2
equal "but of the other payer, who is not" "$(documents pb)" 1
hold pa false
at "$held"
kill_after 0.05 close --period 2026-12
"${MILL_AT[@]}" resume >"$held/out.txt" 2>&1
know "$held" 2026-12
run 0 "released, killed and resumed" -- mill "$held" close --period 2026-12
run 0 "once more" -- mill "$held" redo close --period 2026-12 --reason "to be sure"
mill "$held" dump >"$STORY_DIR/held.jsonl"
equal "in the end everybody is charged the same" "$(all_sums "$STORY_DIR/held.jsonl")" "$(all_sums "$D")"
equal "nothing is left without a number" "$(jq -r 'select((.record == "invoice" or .record == "credit_note") and .number == null)' "$STORY_DIR/held.jsonl")" ""
run 0 "verify numbers" -- mill "$held" verify numbers

story_end
