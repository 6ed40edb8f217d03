# The life of subscriptions: plan and quantity changes with both sides, pause and resume, cancellation, known in
# time, in the month that they change, or long after it was billed. Every figure is worked by hand below. However
# it became known, the books are the same in the end; a second run changes nothing, neither does a kill or a move.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

price() { # PRICE PLAN BILLING FIELDS…
    record price "\"price\":\"$1\"" "\"plan\":\"$2\"" "\"billing\":\"$3\"" '"product":"p"' '"currency":"EUR"' '"valid_from":"2020-01-01"' "${@:4}"
}
usage() { # SUBSCRIPTION KEY VALUE AT
    record usage '"meter":"calls"' "\"subscription\":\"$1\"" "\"key\":\"$2\"" "\"value\":\"$3\"" "\"at\":\"$4\""
}
subscription() { # SUBSCRIPTION FIELDS…
    record subscription "\"subscription\":\"$1\"" "\"customer\":\"c-$1\"" '"plan":"basic"' '"start":"2026-10-01"' "${@:2}"
}

# A seat costs 29.99 (basic) or 99.99 (pro) a month or 365.00 a year in advance, support 12.00 a month in arrears, a call
# 0.10 or 0.05. Each customer has, besides, something for 1000.00 a month, so that no invoice is below zero.
catalog() {
    berlin
    record product '"product":"p"' '"name":"Produkt"' '"type":"saas"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    record plan '"plan":"basic"' '"name":"Basic"' '"interval":"month"'
    record plan '"plan":"pro"' '"name":"Pro"' '"interval":"month"'
    record plan '"plan":"yearly"' '"name":"Jahr"' '"interval":"year"'
    record plan '"plan":"floor"' '"name":"Sockel"' '"interval":"month"'
    price basic-seat basic in_advance '"model":"per_unit"' '"unit_price":"29.99"'
    price basic-support basic in_arrears '"model":"flat"' '"flat_fee":"12"'
    price basic-calls basic in_arrears '"model":"per_unit"' '"unit_price":"0.1"' '"meter":"calls"'
    price pro-seat pro in_advance '"model":"per_unit"' '"unit_price":"99.99"'
    price pro-calls pro in_arrears '"model":"per_unit"' '"unit_price":"0.05"' '"meter":"calls"'
    price year-seat yearly in_advance '"model":"per_unit"' '"unit_price":"365"'
    price floor floor in_arrears '"model":"flat"' '"flat_fee":"1000"'
    local who
    for who in up seats late pause cancel year calls; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        subscription "$who"
        record subscription "\"subscription\":\"floor-$who\"" "\"customer\":\"c-$who\"" '"plan":"floor"' '"start":"2026-09-01"'
    done
}

# What becomes known in which month, before it is closed.
facts_of() { # PERIOD
    case $1 in
    2026-10)
        change up 2026-10-22 '"plan":"pro"'
        usage up u1 100 2026-10-05T12:00:00Z
        usage up u2 50 2026-10-25T12:00:00Z
        change seats 2026-10-11 '"quantity":"5"'
        change seats 2026-10-21 '"quantity":"2"'
        change pause 2026-10-11 '"pause":true'
        change year 2026-10-20 '"plan":"yearly"'
        usage calls e1 100 2026-10-05T12:00:00Z
        usage calls e2 50 2026-10-25T12:00:00Z
        ;;
    2026-11)
        change late 2026-10-16 '"quantity":"3"'
        subscription cancel '"cancel_at":"2026-11-11"'
        usage pause p1 7 2026-11-15T12:00:00Z
        change calls 2026-10-16 '"plan":"pro"'
        ;;
    2026-12)
        change pause 2026-12-06 '"resume":true'
        usage calls e3 10 2026-10-06T12:00:00Z
        usage calls e4 20 2026-10-26T12:00:00Z
        ;;
    esac
}
MONTHS="2026-09 2026-10 2026-11 2026-12"

know() { # ROUND PERIOD…
    local period
    for period in "${@:2}"; do facts_of "$period"; done >"$1/facts.jsonl"
    run 0 "$(basename "$1"): ${*:2} is known" -- mill "$1" import "$1/facts.jsonl"
}
lines() { # ROUND SUBSCRIPTION: cutoff, kind, price, days, quantity and amount of every line but those of nothing
    mill "$1" dump | jq -r --arg s "$2" 'select(.record == "invoice") | .cutoff as $c | .lines[] |
        select(.subscription == $s and .amount != "0.00") |
        [$c, .price, .period_start, .period_end, .kind, .quantity, .amount] | join(" ")' | sort
}
sums() { # ROUND: of every price of every subscription
    mill "$1" dump | jq -rs 'map(select(.record == "invoice") | .lines[]) | group_by([.subscription, .price])[] |
        [.[0].subscription, .[0].price, (map(.amount | tonumber * 100 | round) | add)] | join(" ")'
}

# ------------------------------------------------------------------ month by month

round=$STORY_DIR/steps
begin "$round"
for month in $MONTHS; do
    know "$round" "$month"
    run 0 "steps: $month is closed" -- mill "$round" close --period "$month"
done

# 10 of 31 days: 29.99 * 10/31 = 9.674, 99.99 * 10/31 = 32.254, 12 * 21/31 = 8.129.
equal "an upgrade in advance: both sides; in arrears and of usage each plan its part" "$(lines "$round" up | grep -v "2026-1[12]-3")" \
    "2026-09-30 basic-seat 2026-10-01 2026-11-01 recurring 1 29.99
2026-10-31 basic-calls 2026-10-01 2026-10-22 usage 100 10.00
2026-10-31 basic-seat 2026-10-22 2026-11-01 proration_credit -1 -9.67
2026-10-31 basic-support 2026-10-01 2026-10-22 recurring 1 8.13
2026-10-31 pro-calls 2026-10-22 2026-11-01 usage 50 2.50
2026-10-31 pro-seat 2026-10-22 2026-11-01 proration_charge 1 32.25
2026-10-31 pro-seat 2026-11-01 2026-12-01 recurring 1 99.99"
# 21 of 31 days: 29.99 -> 20.316, 149.95 -> 101.579; 11 of 31: 149.95 -> 53.208, 59.98 -> 21.283.
equal "two changes of the quantity in one period" "$(lines "$round" seats | grep "^2026-10.*seat")" \
    "2026-10-31 basic-seat 2026-10-11 2026-11-01 proration_charge 5 101.58
2026-10-31 basic-seat 2026-10-11 2026-11-01 proration_credit -1 -20.32
2026-10-31 basic-seat 2026-10-21 2026-11-01 proration_charge 2 21.28
2026-10-31 basic-seat 2026-10-21 2026-11-01 proration_credit -5 -53.21
2026-10-31 basic-seat 2026-11-01 2026-12-01 recurring 2 59.98"
# 16 of 31 days: 29.99 -> 15.479, 89.97 -> 46.436.
equal "known a month late: what was billed meanwhile is taken back" "$(lines "$round" late | grep "^2026-11.*seat")" \
    "2026-11-30 basic-seat 2026-10-16 2026-11-01 proration_charge 3 46.44
2026-11-30 basic-seat 2026-10-16 2026-11-01 proration_credit -1 -15.48
2026-11-30 basic-seat 2026-11-01 2026-12-01 recurring:2 3 89.97
2026-11-30 basic-seat 2026-11-01 2026-12-01 reversal:recurring -1 -29.99
2026-11-30 basic-seat 2026-12-01 2027-01-01 recurring 3 89.97"
taken=$(mill "$round" dump --record invoice | jq -r 'select(any(.lines[]; .kind == "reversal:recurring")).number' | head -n 1)
run 0 "a document that takes back is explained for programs" -- mill "$round" explain "$taken" --json
equal "what is taken back has no steps of its own" \
    "$(jq -c '[.lines[] | [(.kind | startswith("reversal")), .steps == null]] | unique' "$STORY_OUT")" "[[false,false],[true,true]]"
# 21 of 31 days back, 10 of 31 days of support: 3.871; from 6 December 26 of 31 days: 25.153 and 10.065.
equal "paused for eight weeks: no day of them is charged, nor the calls" "$(lines "$round" pause)" \
    "2026-09-30 basic-seat 2026-10-01 2026-11-01 recurring 1 29.99
2026-10-31 basic-seat 2026-10-11 2026-11-01 proration_credit -1 -20.32
2026-10-31 basic-support 2026-10-01 2026-10-11 recurring 1 3.87
2026-12-31 basic-seat 2026-12-06 2027-01-01 proration_charge 1 25.15
2026-12-31 basic-seat 2027-01-01 2027-02-01 recurring 1 29.99
2026-12-31 basic-support 2026-12-06 2027-01-01 proration_charge 1 10.06"
# 10 of 30 days: 29.99 -> 9.997, 12 -> 4.
equal "canceled after it was charged: the charge is taken back, and made for the days that are left" "$(lines "$round" cancel | grep -v "^2026-09")" \
    "2026-10-31 basic-seat 2026-11-01 2026-12-01 recurring 1 29.99
2026-10-31 basic-support 2026-10-01 2026-11-01 recurring 1 12.00
2026-11-30 basic-seat 2026-11-01 2026-11-11 recurring:2 1 10.00
2026-11-30 basic-seat 2026-11-01 2026-12-01 reversal:recurring -1 -29.99
2026-11-30 basic-support 2026-11-01 2026-11-11 recurring 1 4.00"
# 12 of 31 days: 11.609; 19 of 31 days of support: 7.355.
equal "to a year: the month ends there, the year begins there" "$(lines "$round" year | grep -v "^2026-09")" \
    "2026-10-31 basic-seat 2026-10-20 2026-11-01 proration_credit -1 -11.61
2026-10-31 basic-support 2026-10-01 2026-10-20 recurring 1 7.35
2026-10-31 year-seat 2026-10-20 2027-10-20 recurring 1 365.00"
equal "calls of a plan that should have been another: billed again by both, and what comes late by its own" "$(lines "$round" calls | grep calls)" \
    "2026-10-31 basic-calls 2026-10-01 2026-11-01 usage 150 15.00
2026-11-30 basic-calls 2026-10-01 2026-10-16 usage:2 100 10.00
2026-11-30 basic-calls 2026-10-01 2026-11-01 reversal:usage -150 -15.00
2026-11-30 pro-calls 2026-10-16 2026-11-01 usage 50 2.50
2026-12-31 basic-calls 2026-10-01 2026-10-16 late_usage 10 1.00
2026-12-31 pro-calls 2026-10-16 2026-11-01 late_usage 20 1.00"

mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"
computed "every charge, credit and reversal comes out the same in another language" "$STORY_DIR/steps.jsonl" "$round/data/documents"
for number in $(jq -r 'select(.record == "invoice") | .number' "$STORY_DIR/steps.jsonl"); do
    mill "$round" explain "$number" >"$STORY_DIR/explained.txt" 2>&1 || not_ok "explain $number" "$(cat "$STORY_DIR/explained.txt")"
done
ok "explain agrees with every invoice"
run 0 "a credit is explained" -- mill "$round" explain "$(jq -r 'select(.record == "invoice" and .customer == "c-up" and .cutoff == "2026-10-31") | .number' "$STORY_DIR/steps.jsonl")"
stdout_has "with what the same days would cost" "-9.67"

for month in $MONTHS; do
    run 0 "$month once more is already done" -- mill "$round" close --period "$month"
    run 0 "$month redone finds nothing" -- mill "$round" redo close --period "$month" --reason "to be sure"
done
equal "no line was added" "$(mill "$round" dump --record invoice | jq -s 'map(.lines | length) | add')" \
    "$(jq -s 'map(select(.record == "invoice") | .lines | length) | add' "$STORY_DIR/steps.jsonl")"

# ------------------------------------------------------------------ all known at once

whole=$STORY_DIR/whole
begin "$whole"
# shellcheck disable=SC2086
know "$whole" $MONTHS
run 0 "whole: one run for all of it" -- mill "$whole" close --period 2026-12
equal "whichever way it became known, every price comes to the same" "$(sums "$whole")" "$(sums "$round")"

# ------------------------------------------------------------------ killed, moved

hurt=$STORY_DIR/hurt
begin "$hurt"
instant=1
for month in $MONTHS; do
    know "$hurt" "$month"
    at "$hurt"
    kill_after 0.0$instant close --period "$month"
    kill_after 0.02 run period-advance --period "$month"
    kill_after 0.02 run rating --period "$month"
    kill_after 0.0$((instant + 1)) resume
    instant=$((instant + 2))
    "${MILL_AT[@]}" resume >"$hurt/out.txt" 2>&1
    run 0 "hurt: $month is closed" -- mill "$hurt" close --period "$month"
done
equal "killed and resumed: the same lines" "$(mill "$hurt" dump --record invoice | jq -c .lines | sort)" \
    "$(jq -c 'select(.record == "invoice") | .lines' "$STORY_DIR/steps.jsonl" | sort)"

first=$STORY_DIR/first
moved=$STORY_DIR/moved
begin "$first"
for month in 2026-09 2026-10; do
    know "$first" "$month"
    run 0 "first: $month is closed" -- mill "$first" close --period "$month"
done
mill "$first" dump --out "$STORY_DIR/moving.jsonl" 2>/dev/null
take_dump "a new database takes the dump" "$moved" "$STORY_DIR/moving.jsonl"
for month in 2026-11 2026-12; do
    know "$moved" "$month"
    run 0 "moved: $month is closed" -- mill "$moved" close --period "$month"
done
equal "and its months go on as if it had been there always" "$(mill "$moved" dump --record invoice | jq -c .lines)" \
    "$(jq -c 'select(.record == "invoice") | .lines' "$STORY_DIR/steps.jsonl")"

# ------------------------------------------------------------------ a payer on hold

held=$STORY_DIR/held
begin "$held"
hold() { # true | false
    record customer '"customer":"c-up"' '"name":"up GmbH"' '"address":{"country":"DE"}' "\"hold\":$1" >"$held/hold.jsonl"
    run 0 "hold is $1" -- mill "$held" import "$held/hold.jsonl"
}
numbers() { # how many documents of the payer have one
    mill "$held" dump --record invoice | jq -rs 'map(select(.customer == "c-up" and .number != null)) | length'
}
hold true
run 3 "held: 2026-09 is closed, but for one" -- mill "$held" close --period 2026-09
run 0 "what is parked" -- mill "$held" parked
stdout_has "says why" "on_hold"
stdout_has "and how much waits" "1225.69"
equal "nothing of the payer has a number" "$(numbers)" 0
run 3 "held: 2026-10 is closed, but for one" -- mill "$held" close --period 2026-10
hold false
run 0 "released: the next close numbers all of it" -- mill "$held" close --period 2026-11
equal "one invoice a month" "$(numbers)" 3
equal "nothing is parked any more" "$(mill "$held" parked | grep -c on_hold)" 0

# ------------------------------------------------------------------ what the documents say

if command -v pdftotext >/dev/null; then
    find "$whole/data/documents" -name '*.pdf' -exec pdftotext -layout {} - \; >"$STORY_DIR/documents.txt"
    check "a charge of the rest of a period says so in the customer's language" -- grep -q '(verbleibende Zeit)' "$STORY_DIR/documents.txt"
    check "and what was not used of it" -- grep -q '(nicht genutzte Zeit)' "$STORY_DIR/documents.txt"
    check "and which invoice that was on, of which day" -- grep -Eq 'Betrifft INV-2026-[0-9]{6} \([^)]+\)' "$STORY_DIR/documents.txt"
fi

# ------------------------------------------------------------------ what import refuses

refuse() { # NAME TEXT, records on stdin
    cat >"$STORY_DIR/bad.jsonl"
    run 65 "$1" -- mill "$whole" import "$STORY_DIR/bad.jsonl"
    stderr_has "and says why" "$2"
}
refuse "another change of a day that has one" "a change is never changed" < <(change up 2026-10-22 '"plan":"basic"')
refuse "a change of nothing" "says what changes" < <(change up 2027-01-01)
refuse "pause and resume in one" "exclude each other" < <(change up 2027-01-01 '"pause":true' '"resume":true')
refuse "another quantity at the start of one that has changes" "subscription_change" < <(subscription seats '"quantity":"9"')
refuse "an unknown plan" "nowhere" < <(change up 2027-01-01 '"plan":"nowhere"')
change up 2026-10-22 '"plan":"pro"' >"$STORY_DIR/again.jsonl"
run 0 "the same change once more" -- mill "$whole" import "$STORY_DIR/again.jsonl"
refuse "a change before the start" 'field "at": 2026-09-30 is before the subscription starts, 2026-10-01' < <(change up 2026-09-30 '"quantity":"1"')
refuse "who withdraws a change says which" "is there with another plan" < <(change up 2026-10-22 '"quantity":"3"' '"withdrawn":true')
refuse "of two of one day the second" 'jsonl:2: subscription_change "seats", at "2027-02-01" of tenant "t": is there with other content: quantity is "7", was "6"' \
    < <(change seats 2027-02-01 '"quantity":"6"' && change seats 2027-02-01 '"quantity":"7"')
sql_is "and none of them is there" "$(database_of "$whole")" "SELECT count(*) FROM subscription_change WHERE at_on = '2027-02-01'" 0
change seats 2027-02-01 '"quantity":"6"' '"pause":true' >"$STORY_DIR/twice.jsonl"
change seats 2027-02-01 '"pause":true' '"quantity":"6"' >>"$STORY_DIR/twice.jsonl"
run 0 "what changes together, twice" -- mill "$whole" import "$STORY_DIR/twice.jsonl"
sql_is "is one change" "$(database_of "$whole")" "SELECT count(*) FROM subscription_change WHERE at_on = '2027-02-01'" 1

# Facts become known in any order: what changes nothing is taken, and told, but not once what it waits for is known.
idle() { # NAME TEXT, records on stdin
    cat >"$STORY_DIR/idle.jsonl"
    run 0 "$1" -- mill "$whole" import "$STORY_DIR/idle.jsonl"
    stderr_has "is told" "$2"
}
idle "a pause of what is paused" 'subscription_change "seats", at "2027-02-03" of tenant "t": the subscription is paused by then' < <(change seats 2027-02-03 '"pause":true')
idle "a resume of what is not" 'at "2027-03-05" of tenant "t": the subscription is not paused then' < <(change up 2027-03-05 '"resume":true')
idle "a change of what has ended" 'at "2027-06-01" of tenant "t": the subscription has ended by then' \
    < <(subscription cancel '"cancel_at":"2027-06-01"' | sed 's/"subscription":"cancel"/"subscription":"over"/' && change over 2027-06-01 '"quantity":"2"')
{
    change up 2027-04-05 '"resume":true'
    change up 2027-04-01 '"pause":true'
} >"$STORY_DIR/idle.jsonl"
run 0 "a resume before its pause, in one file" -- mill "$whole" import "$STORY_DIR/idle.jsonl"
stderr_is_empty "is nothing to be told"
{ # more between them than is written at once
    change up 2027-04-15 '"resume":true'
    seq -f '{"record":"tax_rate","tenant":"t","country":"DE","category":"c%.0f","valid_from":"2026-01-01","rate_percent":"1","name":"T"}' 2500
} >"$STORY_DIR/resume.jsonl"
change up 2027-04-10 '"pause":true' >"$STORY_DIR/pause.jsonl"
cat "$STORY_DIR/resume.jsonl" "$STORY_DIR/pause.jsonl" >"$STORY_DIR/idle.jsonl"
run 0 "nor long before it" -- mill "$whole" import --dry-run "$STORY_DIR/idle.jsonl"
stderr_is_empty "in the same file"
run 0 "nor in a file before" -- mill "$whole" import --dry-run "$STORY_DIR/resume.jsonl" "$STORY_DIR/pause.jsonl"
stderr_is_empty "of the same import"

story_end
