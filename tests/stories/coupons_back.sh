# What is given back where a coupon, or a credit note, had taken something off: the rest of a period whose plan changes,
# what was billed and is taken back, usage that is corrected downward. Nobody gets back more than he paid, whoever
# decided it first; every figure is worked by hand below. Made up for at once, killed and moved it is the same.
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

# A seat costs 29.99 (basic) or 99.99 (pro) a month in advance, a call 0.10 or 0.05; and something for 1000.00 a month, so
# that no invoice is below zero, of another product, which no coupon covers.
CUSTOMERS="once ever amount late usage less noted void"
catalog() {
    local who
    berlin
    record product '"product":"p"' '"name":"Produkt"'
    record product '"product":"f"' '"name":"Sockel"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    record plan '"plan":"basic"' '"name":"Basic"' '"interval":"month"'
    record plan '"plan":"pro"' '"name":"Pro"' '"interval":"month"'
    record plan '"plan":"floor"' '"name":"Sockel"' '"interval":"month"'
    price basic-seat basic in_advance '"model":"per_unit"' '"unit_price":"29.99"'
    price basic-calls basic in_arrears '"model":"per_unit"' '"unit_price":"0.1"' '"meter":"calls"'
    price pro-seat pro in_advance '"model":"per_unit"' '"unit_price":"99.99"'
    price pro-calls pro in_arrears '"model":"per_unit"' '"unit_price":"0.05"' '"meter":"calls"'
    record price '"price":"floor"' '"plan":"floor"' '"product":"f"' '"billing":"in_arrears"' '"currency":"EUR"' '"valid_from":"2020-01-01"' \
        '"model":"flat"' '"flat_fee":"1000"'
    record coupon '"coupon":"once"' '"percent":"10"' '"scope":[{"product":"p"}]'
    record coupon '"coupon":"ever"' '"percent":"10"' '"duration":"forever"' '"scope":[{"product":"p"}]'
    record coupon '"coupon":"ten"' '"amount":"10"' '"currency":"EUR"' '"scope":[{"product":"p"}]'
    for who in $CUSTOMERS; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"$who\"" "\"customer\":\"c-$who\"" '"plan":"basic"' '"start":"2026-10-01"'
        record subscription "\"subscription\":\"floor-$who\"" "\"customer\":\"c-$who\"" '"plan":"floor"' '"start":"2026-09-01"'
    done
    local coupon
    for coupon in once:once ever:ever ten:amount once:late ever:usage ever:less once:noted; do
        record coupon_redemption "\"coupon\":\"${coupon%:*}\"" '"at":"2026-09-01"' "\"customer\":\"c-${coupon#*:}\""
    done
}

facts_of() { # PERIOD: what becomes known before it is closed
    case $1 in
    2026-10)
        for who in once ever amount; do change "$who" 2026-10-22 '"plan":"pro"'; done
        usage usage u1 100 2026-10-05T12:00:00Z
        usage usage u2 50 2026-10-25T12:00:00Z
        usage less l1 150 2026-10-05T12:00:00Z
        ;;
    2026-11)
        change late 2026-10-16 '"quantity":"3"'
        change usage 2026-10-16 '"plan":"pro"'
        usage less l2 -50 2026-10-06T12:00:00Z
        ;;
    2026-12)
        usage usage u3 10 2026-10-06T12:00:00Z
        usage usage u4 20 2026-10-26T12:00:00Z
        change noted 2026-11-16 '"quantity":"2"'
        change void 2026-11-16 '"quantity":"2"'
        ;;
    esac
}

know() { # ROUND PERIOD…
    local period
    for period in "${@:2}"; do facts_of "$period"; done >"$1/facts.jsonl"
    [ ! -s "$1/facts.jsonl" ] || run 0 "$(basename "$1"): ${*:2} is known" -- mill "$1" import "$1/facts.jsonl"
}
lines() { # ROUND SUBSCRIPTION: cutoff, kind, price, days, amount and discount of every line but those of nothing
    mill "$1" dump | jq -r --arg s "$2" 'select(.record == "invoice") | .cutoff as $c | .lines[] |
        select(.subscription == $s and .amount != "0.00") |
        [$c, .price, .period_start, .period_end, .kind, .amount, .discount] | join(" ")' | sort
}
number_of() { # ROUND CUSTOMER CUTOFF
    mill "$1" dump --record invoice | jq -r --arg c "$2" --arg on "$3" 'select(.customer == $c and .cutoff == $on) | .number'
}

round=$STORY_DIR/steps
begin "$round"
for month in 2026-09 2026-10 2026-11; do
    know "$round" "$month"
    run 0 "steps: $month is closed" -- mill "$round" close --period "$month"
done

# 10 % of 29.99 is 3.00; 10 of 31 days: 29.99 -> 9.674, 3.00 * 9.67/29.99 = 0.967.
equal "a coupon once: the credit is less its share; what is charged for the rest has it too" "$(lines "$round" once | grep -v "^2026-11\|2026-11-01 2026-12-01\|calls")" \
    "2026-09-30 basic-seat 2026-10-01 2026-11-01 recurring 29.99 3.00
2026-10-31 basic-seat 2026-10-22 2026-11-01 proration_credit -9.67 -0.97
2026-10-31 pro-seat 2026-10-22 2026-11-01 proration_charge 32.25 3.23"
# 10 % of 32.25, which October keeps, is 3.225; of 99.99, which is November's, 9.999.
equal "a coupon for ever: both sides" "$(lines "$round" ever | grep "^2026-10")" \
    "2026-10-31 basic-seat 2026-10-22 2026-11-01 proration_credit -9.67 -0.97
2026-10-31 pro-seat 2026-10-22 2026-11-01 proration_charge 32.25 3.23
2026-10-31 pro-seat 2026-11-01 2026-12-01 recurring 99.99 10.00"
# 10.00 * 9.67/29.99 = 3.224.
equal "an amount: its share of the days" "$(lines "$round" amount | grep "proration_credit")" \
    "2026-10-31 basic-seat 2026-10-22 2026-11-01 proration_credit -9.67 -3.22"
# The coupon was for the invoice of October. 16 of 31 days: 29.99 -> 15.479 and 1.548 of 3.00; 89.97 -> 46.436.
equal "known a month late: what was not paid is not given back" "$(lines "$round" late | grep "^2026-11.*seat")" \
    "2026-11-30 basic-seat 2026-10-16 2026-11-01 proration_charge 46.44 4.64
2026-11-30 basic-seat 2026-10-16 2026-11-01 proration_credit -15.48 -1.55
2026-11-30 basic-seat 2026-11-01 2026-12-01 recurring:2 89.97 0.00
2026-11-30 basic-seat 2026-11-01 2026-12-01 reversal:recurring -29.99 0.00
2026-11-30 basic-seat 2026-12-01 2027-01-01 recurring 89.97 0.00"
# Of 15.00 1.50 were not paid; what is billed instead has its own 10 %.
equal "usage that is taken back: what was paid of it" "$(lines "$round" usage | grep "^2026-1[01].*calls 2026-10-")" \
    "2026-10-31 basic-calls 2026-10-01 2026-11-01 usage 15.00 1.50
2026-11-30 basic-calls 2026-10-01 2026-10-16 usage:2 10.00 1.00
2026-11-30 basic-calls 2026-10-01 2026-11-01 reversal:usage -15.00 -1.50
2026-11-30 pro-calls 2026-10-16 2026-11-01 usage 2.50 0.25"
equal "usage that was too much: the same share" "$(lines "$round" less | grep "calls 2026-10-01")" \
    "2026-10-31 basic-calls 2026-10-01 2026-11-01 usage 15.00 1.50
2026-11-30 basic-calls 2026-10-01 2026-11-01 late_usage -5.00 -0.50"

round_copy "$round" "$STORY_DIR/after"

# ------------------------------------------------------------------ and what people gave back before

# The charges of November (invoice of 31 October): 29.99 each, of which 20.00 are credited, or nothing is left.
noted=$(number_of "$round" c-noted 2026-10-31)
void=$(number_of "$round" c-void 2026-10-31)
line=$(mill "$round" dump --record invoice | jq -r --arg n "$noted" 'select(.number == $n) | .lines[] | select(.price == "basic-seat") | .line')
{
    decide goodwill "$noted" credit 2026-12-01 "\"lines\":[{\"line\":$line,\"net\":\"20.00\"}]"
    decide mistake "$void" void 2026-12-01
} >"$round/decided.jsonl"
run 0 "a part of a charge is credited, another is void" -- mill "$round" import "$round/decided.jsonl"
know "$round" 2026-12
run 0 "steps: 2026-12 is closed" -- mill "$round" close --period 2026-12
# From 16 November 15 of 30 days: 29.99 -> 15.00 (14.995); 9.99 are left.
equal "a credit gives back what is left, and no more" "$(lines "$round" noted | grep "2026-11-16")" \
    "2026-12-31 basic-seat 2026-11-16 2026-12-01 proration_charge 29.99 5.01
2026-12-31 basic-seat 2026-11-16 2026-12-01 proration_credit -15.00 -5.01"
equal "and nothing of a void one" "$(lines "$round" void | grep "2026-11-16")" \
    "2026-12-31 basic-seat 2026-11-16 2026-12-01 proration_charge 29.99 15.00
2026-12-31 basic-seat 2026-11-16 2026-12-01 proration_credit -15.00 -15.00"
# f(110) = 11.00 less 10.00; f(70) = 3.50 less 2.50; 10 % each.
equal "usage that comes after it was taken back and billed again: by its own price" "$(lines "$round" usage | grep late)" \
    "2026-12-31 basic-calls 2026-10-01 2026-10-16 late_usage 1.00 0.10
2026-12-31 pro-calls 2026-10-16 2026-11-01 late_usage 1.00 0.10"
all_explained "$round"
run 0 "a credit is explained" -- mill "$round" explain "$(number_of "$round" c-noted 2026-12-31)"
stdout_has "with what is not given back" "5.01 of it are not given back"

mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"
ONE_RUN_A_DAY=0 computed "all charges come out the same in another language" "$STORY_DIR/steps.jsonl"
run 0 "numbers are proved" -- mill "$round" verify numbers
run 0 "closing again" -- mill "$round" redo close --period 2026-12 --reason "to be sure"
mill "$round" dump >"$STORY_DIR/again.jsonl"
same_file "changes nothing" "$STORY_DIR/again.jsonl" "$STORY_DIR/steps.jsonl"

# ------------------------------------------------------------------ what people decide after it was given back

after=$STORY_DIR/after
notes() { # ROUND INVOICE: net, tax and total of what credits it
    mill "$1" dump --record credit_note | jq -r --arg n "$2" 'select((.corrects // .references) == $n) | [.subtotal, .discount, .tax, .total] | join(" ")'
}
again_lines() { # ROUND INVOICE: of what bills it again
    mill "$1" dump --record invoice | jq -r --arg n "$2" 'select(.references == $n or .corrects == $n) | .lines[] |
        select(.amount != "0.00") | [.kind, .price, .period_start, .amount, .discount] | join(" ")' | sort
}
once=$(number_of "$after" c-once 2026-09-30)
late=$(number_of "$after" c-late 2026-10-31)
late_new=$(number_of "$after" c-late 2026-11-30)
usage=$(number_of "$after" c-usage 2026-10-31)
usage_new=$(number_of "$after" c-usage 2026-11-30)
{
    decide whole-once "$once" credit 2026-12-01
    decide void-late "$late" void 2026-12-01
    decide whole-late "$late" credit 2026-12-02
    decide again-late "$late_new" rebill 2026-12-03
    decide again-usage "$usage" rebill 2026-12-03
    decide again-usage-new "$usage_new" rebill 2026-12-04
} >"$after/decided.jsonl"
run 0 "decisions about what was given back since" -- mill "$after" import "$after/decided.jsonl"
run 3 "after: 2026-12 is closed" -- mill "$after" close --period 2026-12
run 0 "what could not be done" -- mill "$after" parked
stdout_has "is that it is void" "given back by another document"
# 1000.00 + 29.99 - 3.00 - 8.70; 19 % of 1026.99 is 195.13, of which 1.65 went back with the 8.70.
equal "credited whole: less what its rest of a period gave back" "$(notes "$after" "$once")" "1018.29 0.00 193.48 1211.77"
equal "and less what was reversed" "$(notes "$after" "$late")" "1000.00 0.00 190.00 1190.00"
equal "billed again: what takes back does so again" "$(again_lines "$after" "$late_new")" \
    "$(lines "$round" late | sed -n 's/^2026-11-30 \([^ ]*\) \([^ ]*\) [^ ]* \([^ ]* .*\)/\1 \2 \3/p' | awk '{ print "rebill:" $3, $1, $2, $4, $5 }' | cat - <(echo "rebill:recurring floor 2026-11-01 1000.00 0.00") | sort)"
equal "and what is valid no more is billed no more" "$(again_lines "$after" "$usage")" "rebill:recurring floor 2026-10-01 1000.00 0.00"
equal "of usage, too" "$(again_lines "$after" "$usage_new" | grep calls)" \
    "rebill:reversal:usage basic-calls 2026-10-01 -15.00 -1.50
rebill:usage pro-calls 2026-10-16 2.50 0.25
rebill:usage:2 basic-calls 2026-10-01 10.00 1.00"
all_explained "$after"
for who in late usage; do
    # What is charged in all, whatever was billed, credited and billed again.
    equal "after: the books of $who are those of the facts" "$(mill "$after" dump | jq -rs --arg c "c-$who" 'map(select((.record == "invoice" or .record == "credit_note") and .customer == $c and .status != "void") |
            (if .record == "invoice" then 1 else -1 end) as $s | .lines[] | select(.price != "floor") | $s * (((.amount | tonumber) - (.discount | tonumber)) * 100 | round)) | add')" \
        "$(mill "$round" dump | jq -rs --arg c "c-$who" 'map(select((.record == "invoice" or .record == "credit_note") and .customer == $c) |
            (if .record == "invoice" then 1 else -1 end) as $s | .lines[] | select(.price != "floor" and .kind != "late_usage") | $s * (((.amount | tonumber) - (.discount | tonumber)) * 100 | round)) | add')"
done
mill "$after" dump >"$STORY_DIR/after.jsonl"
keep_dump after "$STORY_DIR/after.jsonl"

# ------------------------------------------------------------------ made up for, killed, moved

# All of it is on drafts that have no taxes yet when what they bill is given back.
whole=$STORY_DIR/whole
begin "$whole"
know "$whole" 2026-09 2026-10
run 0 "whole: two months at once, by three workers" -- mill "$whole" close --period 2026-10 --workers 3
for who in once ever amount; do
    equal "whole: $who is the same" "$(lines "$whole" "$who")" "$(lines "$round" "$who" | grep "^2026-\(09\|10\)")"
done

hurt=$STORY_DIR/hurt
begin "$hurt"
at "$hurt"
for month in 2026-09 2026-10 2026-11; do
    know "$hurt" "$month"
    kill_after 0.03 close --period "$month"
    for job in period-advance rating; do run 0 "hurt: $job of $month" -- mill "$hurt" run "$job" --period "$month"; done
    for instant in 1 2 3; do kill_after 0.0$instant run tax --period "$month"; done
    "${MILL_AT[@]}" resume >"$hurt/out.txt" 2>&1
    run 0 "hurt: $month is closed" -- mill "$hurt" close --period "$month"
done
for who in $CUSTOMERS; do
    [ "$(lines "$hurt" "$who")" = "$(lines "$round" "$who" | grep -v ^2026-12)" ] || not_ok "killed and resumed: $who is the same" "$(lines "$hurt" "$who")"
done
ok "killed and resumed: the same lines"

# ------------------------------------------------------------------ one who has many

# All that is given back of 900 subscriptions is on one draft: two months of 900 times 29.99, which is 26991.00 a month; the
# coupon took 2699.10 of it, that is 3.00 of 810 lines and 2.99 of 90.
many=$STORY_DIR/many
round_new "$many"
mill "$many" init >/dev/null 2>&1
{
    catalog | grep -v '"record":"\(customer\|subscription\|coupon_redemption\)"'
    record customer '"customer":"c-many"' '"name":"Viele GmbH"' '"address":{"country":"DE"}'
    record coupon_redemption '"coupon":"ever"' '"at":"2026-09-01"' '"customer":"c-many"'
    for number in $(seq 900); do record subscription "\"subscription\":\"m-$number\"" '"customer":"c-many"' '"plan":"basic"' '"start":"2026-10-01"'; done
} >"$many/records.jsonl"
for number in $(seq 900); do change "m-$number" 2026-10-01 '"quantity":"2"'; done >"$many/changes.jsonl"
run 0 "many: its data are imported" -- mill "$many" import "$many/records.jsonl"
run 0 "many: closed" -- mill "$many" close --period 2026-10
run 0 "many: all was another quantity" -- mill "$many" import "$many/changes.jsonl"
run 0 "many: closed with what is given back" -- mill "$many" close --period 2026-11
equal "many: what was paid is given back, no more" \
    "$(mill "$many" dump --record invoice | jq -r '.lines[] | select(.kind | test("reversal")) | [.kind, .amount, .discount] | join(" ")' | sort | uniq -c | sed 's/^ *//')" \
    "180 reversal:recurring -29.99 -2.99
1620 reversal:recurring -29.99 -3.00"

moved=$STORY_DIR/moved
take_dump "a new database takes the dump" "$moved" "$STORY_DIR/steps.jsonl"
all_explained "$moved"

story_end
