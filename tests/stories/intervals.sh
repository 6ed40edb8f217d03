# Every interval, with and without the calendar, over more than a year: boundaries worked by hand, stubs by days, both
# hours' changes of the year, a trial within a stub, a month's end; one run or many make the same.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

price() { # PRICE PLAN BILLING FIELDS…
    record price "\"price\":\"$1\"" "\"plan\":\"$2\"" "\"billing\":\"$3\"" '"product":"p"' '"currency":"EUR"' '"valid_from":"2020-01-01"' "${@:4}"
}
plan() { # PLAN INTERVAL COUNT: 1000.00 in advance, 310.00 in arrears, 0.10 a call
    record plan "\"plan\":\"$1\"" "\"name\":\"$1\"" "\"interval\":\"$2\"" "\"interval_count\":$3"
    price "$1-fee" "$1" in_advance '"model":"flat"' '"flat_fee":"1000"'
    price "$1-support" "$1" in_arrears '"model":"flat"' '"flat_fee":"310"'
    price "$1-calls" "$1" in_arrears '"model":"per_unit"' '"unit_price":"0.1"' '"meter":"calls"'
}
subscription() { # SUBSCRIPTION PLAN START FIELDS…
    record customer "\"customer\":\"c-$1\"" "\"name\":\"$1 GmbH\"" '"address":{"country":"DE"}'
    record subscription "\"subscription\":\"$1\"" "\"customer\":\"c-$1\"" "\"plan\":\"$2\"" "\"start\":\"$3\"" "${@:4}"
}
records() {
    berlin
    record product '"product":"p"' '"name":"Produkt"' '"type":"saas"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    plan ten-days day 10
    plan fortnight week 2
    plan month month 1
    plan quarter quarter 1
    plan half half_year 1
    plan year-and-half half_year 3
    plan year year 1
    subscription days ten-days 2026-10-20
    subscription weeks fortnight 2026-10-07 '"align":"calendar"'
    subscription quarters quarter 2026-11-30 '"anchor_day":31'
    subscription quarters-c quarter 2026-11-15 '"align":"calendar"'
    subscription halves half 2026-08-31
    subscription halves-c half 2026-11-15 '"align":"calendar"' '"trial_end":"2026-12-16"'
    subscription long-c year-and-half 2026-11-15 '"align":"calendar"'
    subscription years-c year 2026-10-16 '"align":"calendar"' '"cancel_at":"2027-03-01"' '"cancel_at_period_end":true'
    # The last hour before an hour is put back, and the first of the month.
    record usage '"meter":"calls"' '"subscription":"quarters-c"' '"key":"k1"' '"value":"7"' '"at":"2026-12-31T22:59:59Z"'
    record usage '"meter":"calls"' '"subscription":"quarters-c"' '"key":"k2"' '"value":"11"' '"at":"2026-12-31T23:00:00Z"'
}

# A country whose clocks are put forward at midnight: that midnight is one o'clock.
beirut() {
    echo '{"record":"tenant","tenant":"b","legal_name":"B SAL","address":{"city":"Beirut"},"country":"LB","currency":"USD","timezone":"Asia/Beirut","locale":"en-US","payment_terms_days":14}'
    {
        echo '{"record":"tax_rate","tenant":"*","country":"LB","category":"standard","valid_from":"2018-01-01","rate_percent":"11","name":"VAT"}'
        record product '"product":"p"' '"name":"Product"' '"type":"saas"'
        record plan '"plan":"day"' '"name":"Day"' '"interval":"day"'
        price day-fee day in_arrears '"model":"flat"' '"flat_fee":"24"'
        subscription beirut day 2027-03-26 '"cancel_at":"2027-03-30"'
    } | sed 's/"tenant":"t"/"tenant":"b"/; s/"EUR"/"USD"/; s/"country":"DE"/"country":"LB"/'
}

begin() { # ROUND
    round_new "$1"
    mill "$1" init >/dev/null 2>&1
    { records; beirut; } >"$1/records.jsonl"
    run 0 "$(basename "$1"): its data are imported" -- mill "$1" import "$1/records.jsonl"
}
made() { # SUBSCRIPTION PRICE: the boundaries
    jq -r --arg s "$1" --arg p "$2" 'select(.record == "billing_period" and .subscription == $s and .price == $p) | .start, .end' \
        "$STORY_DIR/steps.jsonl" | sort -u | tr '\n' ' '
}
first() { # SUBSCRIPTION PRICE: days and amount of the first line
    jq -r --arg s "$1" --arg p "$2" 'select(.record == "invoice") | .lines[] | select(.subscription == $s and .price == $p) |
        [.period_start, .period_end, .amount] | join(" ")' "$STORY_DIR/steps.jsonl" | sort | head -n 1
}
MONTHS="2026-10 2026-11 2026-12 2027-01 2027-02 2027-03 2027-04 2027-05 2027-06 2027-07 2027-08 2027-09 2027-10"

steps=$STORY_DIR/steps
begin "$steps"
for month in $MONTHS; do run 0 "steps: $month is closed" -- mill "$steps" close --period "$month"; done
mill "$steps" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"

equal "ten days, over both changes of the hour" "$(made days ten-days-fee | cut -d' ' -f1-4)" "2026-10-20 2026-10-30 2026-11-09 2026-11-19"
equal "fortnights by the calendar: from the Monday of the first week" "$(made weeks fortnight-fee | cut -d' ' -f1-4)" "2026-10-07 2026-10-19 2026-11-02 2026-11-16"
equal "quarters of a 31st" "$(made quarters quarter-fee)" "2026-11-30 2027-02-28 2027-05-31 2027-08-31 2027-11-30 "
equal "quarters by the calendar" "$(made quarters-c quarter-fee)" "2026-11-15 2027-01-01 2027-04-01 2027-07-01 2027-10-01 2028-01-01 "
equal "half years of a 31st" "$(made halves half-fee)" "2026-08-31 2027-02-28 2027-08-31 2028-02-29 "
equal "half years by the calendar, after a trial" "$(made halves-c half-fee)" "2026-12-16 2027-01-01 2027-07-01 2028-01-01 "
equal "three half years by the calendar" "$(made long-c year-and-half-fee)" "2026-11-15 2027-07-01 2029-01-01 "
equal "a year by the calendar that ends with its period" "$(made years-c year-fee)" "2026-10-16 2027-01-01 2028-01-01 "

# 12 of 14 days; 47 of 92; 16 of 184; 228 of 546 (1 January 2026 + 18 months); 77 of 365.
equal "the stub of a fortnight" "$(first weeks fortnight-fee)" "2026-10-07 2026-10-19 857.14"
equal "in arrears" "$(first weeks fortnight-support)" "2026-10-07 2026-10-19 265.71"
equal "of a quarter" "$(first quarters-c quarter-fee)" "2026-11-15 2027-01-01 510.87"
equal "in arrears too" "$(first quarters-c quarter-support)" "2026-11-15 2027-01-01 158.37"
equal "whole quarters of a 31st are whole" "$(first quarters quarter-fee)" "2026-11-30 2027-02-28 1000.00"
equal "the stub of a half year, of which a trial took most" "$(first halves-c half-fee)" "2026-12-16 2027-01-01 86.96"
equal "of three half years" "$(first long-c year-and-half-fee)" "2026-11-15 2027-07-01 417.58"
equal "of a year" "$(first years-c year-fee)" "2026-10-16 2027-01-01 210.96"
equal "usage of the last second and of the first" "$(jq -r 'select(.record == "invoice") | .lines[] | select(.price == "quarter-calls" and .subscription == "quarters-c" and .quantity != "0") |
    [.period_start, .quantity, .amount] | join(" ")' "$STORY_DIR/steps.jsonl" | sort)" "2026-11-15 7 0.70
2027-01-01 11 1.10"
equal "days of 24, 23 and 24 hours, each a day" "$(jq -r 'select(.record == "billing_period" and .subscription == "beirut") | [.start_at, .end_at] | join(" ")' "$STORY_DIR/steps.jsonl" | sort)" \
    "2027-03-25T22:00:00Z 2027-03-26T22:00:00Z
2027-03-26T22:00:00Z 2027-03-27T22:00:00Z
2027-03-27T22:00:00Z 2027-03-28T21:00:00Z
2027-03-28T21:00:00Z 2027-03-29T21:00:00Z"
equal "at one price" "$(jq -r 'select(.record == "invoice" and .tenant == "b") | .lines[].amount' "$STORY_DIR/steps.jsonl" | sort -u)" 24.00

# `calc` knows the same boundaries.
calc_says() { # NAME QUESTION BOUNDARIES
    equal "calc: $1" "$(echo "$2" | "$MILL" calc periods | jq -r '.periods[] | .start, .end' | sort -u | tr '\n' ' ')" "$3"
}
calc_says quarters '{"anchor":"2026-11-30","anchor_day":31,"interval":"quarter","timezone":"Europe/Berlin","until":"2027-10-31"}' "$(made quarters quarter-fee)"
calc_says "half years" '{"anchor":"2026-12-16","align":"calendar","interval":"half_year","timezone":"Europe/Berlin","until":"2027-10-31"}' "$(made halves-c half-fee)"
calc_says "three half years" '{"anchor":"2026-11-15","align":"calendar","interval":"half_year","interval_count":3,"until":"2027-10-31"}' "$(made long-c year-and-half-fee)"

# ------------------------------------------------------------------ in another rhythm, killed

whole=$STORY_DIR/whole
begin "$whole"
at "$whole"
kill_after 0.05 close --future --period 2027-10
"${MILL_AT[@]}" resume >"$whole/out.txt" 2>&1
run 0 "whole: one run for all of it" -- mill "$whole" close --future --period 2027-10
sums() { # DUMP
    jq -rs 'map(select(.record == "invoice") | .lines[]) | group_by([.subscription, .price])[] |
        [.[0].subscription, .[0].price, (map(.amount | tonumber * 100 | round) | add)] | join(" ")' "$1"
}
mill "$whole" dump >"$STORY_DIR/whole.jsonl"
equal "every price comes to the same" "$(sums "$STORY_DIR/whole.jsonl")" "$(sums "$STORY_DIR/steps.jsonl")"
periods() { jq -c 'select(.record == "billing_period") | [.subscription, .price, .start, .end, .kind, .start_at, .end_at]' "$1"; }
equal "in the same periods" "$(periods "$STORY_DIR/whole.jsonl")" "$(periods "$STORY_DIR/steps.jsonl")"
run 0 "steps: October 2027 redone" -- mill "$steps" redo close --period 2027-10 --reason "to be sure"
equal "adds nothing" "$(mill "$steps" dump --record billing_period | wc -l)" "$(grep -c '"record":"billing_period"' "$STORY_DIR/steps.jsonl")"
if python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    run 0 "it comes out the same in another language" -- python3 tests/support/recompute.py "$STORY_DIR/steps.jsonl" "$steps/data/documents"
fi
mill "$whole" dump --out "$STORY_DIR/moving.jsonl" 2>/dev/null
moved=$STORY_DIR/moved
take_dump "a new database takes the dump" "$moved" "$STORY_DIR/moving.jsonl"

refuse() { # NAME TEXT, a record on stdin
    cat >"$STORY_DIR/bad.jsonl"
    run 65 "$1" -- mill "$whole" import "$STORY_DIR/bad.jsonl"
    stderr_has "and says why" "$2"
}
refuse "no such interval" "quarter" < <(record plan '"plan":"x"' '"name":"X"' '"interval":"decade"')
refuse "no times" "interval_count" < <(record plan '"plan":"x"' '"name":"X"' '"interval":"quarter"' '"interval_count":0')
refuse "too many" "interval_count" < <(record plan '"plan":"x"' '"name":"X"' '"interval":"quarter"' '"interval_count":1001')

story_end
