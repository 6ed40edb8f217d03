# What is charged for time that had a coupon has it too, by whatever documents it is billed: another quantity, another
# plan, a cancellation, a pause. Every kind of coupon beside every kind of change, known before the month is billed,
# within it, after it, or made up for at once: the books of each customer are the same. Figures are worked by hand.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

price() { # PRICE PLAN BILLING FIELDS…
    record price "\"price\":\"$1\"" "\"plan\":\"$2\"" "\"billing\":\"$3\"" '"product":"p"' '"currency":"EUR"' '"valid_from":"2020-01-01"' "${@:4}"
}
subscription() { # NAME FIELDS…
    record subscription "\"subscription\":\"$1\"" "\"customer\":\"c-$1\"" '"plan":"basic"' '"start":"2026-09-01"' '"quantity":"3"' "${@:2}"
}
usage() {
    local coupon what
    for coupon in $COUPONS; do
        for what in plan pauses; do
            record usage '"meter":"calls"' "\"subscription\":\"$coupon-$what\"" "\"key\":\"$coupon-$what-1\"" '"value":"100"' '"at":"2026-09-05T12:00:00Z"'
            record usage '"meter":"calls"' "\"subscription\":\"$coupon-$what\"" "\"key\":\"$coupon-$what-2\"" '"value":"60"' '"at":"2026-09-25T12:00:00Z"'
        done
    done
}
COUPONS="half ten twice ever ten-twice"
CHANGES="fewer more plan stops pauses wavers first gone"

# Seats are 10.00 (basic) or 20.00 (pro) a month in advance, calls 0.10 or 0.05 in arrears.
catalog() {
    local coupon what
    berlin
    record product '"product":"p"' '"name":"Produkt"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    record plan '"plan":"basic"' '"name":"Basic"' '"interval":"month"'
    record plan '"plan":"pro"' '"name":"Pro"' '"interval":"month"'
    price basic-seat basic in_advance '"model":"per_unit"' '"unit_price":"10"'
    price pro-seat pro in_advance '"model":"per_unit"' '"unit_price":"20"'
    price basic-calls basic in_arrears '"model":"per_unit"' '"unit_price":"0.1"' '"meter":"calls"'
    price pro-calls pro in_arrears '"model":"per_unit"' '"unit_price":"0.05"' '"meter":"calls"'
    record coupon '"coupon":"half"' '"percent":"50"'
    record coupon '"coupon":"ten"' '"amount":"10"' '"currency":"EUR"'
    record coupon '"coupon":"twice"' '"percent":"50"' '"duration":"repeating"' '"repeat_count":2'
    record coupon '"coupon":"ever"' '"percent":"10"' '"duration":"forever"'
    record coupon '"coupon":"ten-twice"' '"amount":"10"' '"currency":"EUR"' '"duration":"repeating"' '"repeat_count":2'
    for coupon in $COUPONS; do
        for what in $CHANGES; do
            record customer "\"customer\":\"c-$coupon-$what\"" "\"name\":\"$coupon $what\"" '"address":{"country":"DE"}'
            subscription "$coupon-$what"
            record coupon_redemption "\"coupon\":\"$coupon\"" '"at":"2026-08-15"' "\"customer\":\"c-$coupon-$what\""
        done
    done
    usage
    # His coupon comes when September is charged already; another's was for what cost nothing.
    record customer '"customer":"c-new"' '"name":"Neu"' '"address":{"country":"DE"}'
    subscription new
    record coupon_redemption '"coupon":"half"' '"at":"2026-09-10"' '"customer":"c-new"'
    record customer '"customer":"c-since"' '"name":"Seither"' '"address":{"country":"DE"}'
    subscription since
    record coupon_redemption '"coupon":"ever"' '"at":"2026-09-10"' '"customer":"c-since"'
    record customer '"customer":"c-nothing"' '"name":"Nichts"' '"address":{"country":"DE"}'
    subscription nothing | sed 's/"quantity":"3"/"quantity":"0"/'
    record coupon_redemption '"coupon":"half"' '"at":"2026-08-15"' '"customer":"c-nothing"'
    # What is charged first and what replaces it are on one invoice.
    for coupon in half ten; do
        record customer "\"customer\":\"c-$coupon-young\"" '"name":"Jung"' '"address":{"country":"DE"}'
        subscription "$coupon-young" | sed 's/"start":"2026-09-01"/"start":"2026-09-05"/'
        record coupon_redemption "\"coupon\":\"$coupon\"" '"at":"2026-08-15"' "\"customer\":\"c-$coupon-young\""
    done
    # Two share one coupon: what is taken back of one leaves it with the other.
    record customer '"customer":"c-shared"' '"name":"Beide"' '"address":{"country":"DE"}'
    record coupon_redemption '"coupon":"ten"' '"at":"2026-08-15"' '"customer":"c-shared"'
    for what in a b; do subscription "shared-$what" | sed "s/c-shared-$what/c-shared/"; done
}
facts() {
    local coupon
    for coupon in $COUPONS; do
        change "$coupon-fewer" 2026-09-16 '"quantity":"2"'
        change "$coupon-more" 2026-09-16 '"quantity":"4"'
        change "$coupon-plan" 2026-09-16 '"plan":"pro"'
        change "$coupon-pauses" 2026-09-11 '"pause":true'
        change "$coupon-pauses" 2026-09-21 '"resume":true'
        change "$coupon-wavers" 2026-09-11 '"quantity":"5"'
        change "$coupon-wavers" 2026-09-21 '"plan":"pro"' '"quantity":"1"'
        change "$coupon-first" 2026-09-01 '"quantity":"4"'
        subscription "$coupon-stops" '"cancel_at":"2026-09-16"'
        subscription "$coupon-gone" '"cancel_at":"2026-09-01"'
    done
    for coupon in half ten; do change "$coupon-young" 2026-09-16 '"quantity":"2"'; done
    change new 2026-09-16 '"quantity":"4"'
    change since 2026-09-16 '"quantity":"4"'
    change nothing 2026-09-16 '"quantity":"2"'
    subscription shared-a '"cancel_at":"2026-09-16"' | sed 's/c-shared-a/c-shared/'
}
facts >"$STORY_DIR/facts.jsonl"
MONTHS="2026-08 2026-09 2026-10 2026-11"

close() { # ROUND MONTH OPTIONS…
    run 0 "$(basename "$1"): $2 is closed" -- mill "$1" close --period "$2" "${@:3}"
}
know() { # ROUND
    run 0 "$(basename "$1"): the changes are known" -- mill "$1" import "$STORY_DIR/facts.jsonl"
}
lines() { # ROUND SUBSCRIPTION: cutoff, kind, price, first day, amount and discount of every line but those of nothing
    dump_of "$1" | jq -r --arg s "$2" 'select(.record == "invoice" or .record == "credit_note") | .cutoff as $c |
        (if .record == "credit_note" then -100 else 100 end) as $sign | .lines[] | select(.subscription == $s and (.amount | tonumber) != 0) |
        [$c, .kind, .price, .period_start, ($sign * (.amount | tonumber) | round), ($sign * (.discount | tonumber) | round)] | join(" ")' | sort
}
books() { # ROUND: what each customer was charged in all, in cents
    dump_of "$1" | jq -rs 'map(select((.record == "invoice" or .record == "credit_note") and .status != "void") |
        {c: .customer, net: ((if .record == "invoice" then 1 else -1 end) * (100 * ((.subtotal | tonumber) - (.discount | tonumber)) | round))}) |
        group_by(.c) | map([.[0].c, (map(.net) | add)]) | .[] | select(.[1] != 0) | map(tostring) | join(" ")'
}

# Everything is known at the first run.
early=$STORY_DIR/early
begin "$early"
know "$early"
for month in $MONTHS; do close "$early" "$month"; done
equal "half, one seat less from the middle on: 2.50 back" "$(lines "$early" half-fewer | head -n 3)" \
    "2026-08-31 recurring basic-seat 2026-09-01 3000 1500
2026-09-30 proration_charge basic-seat 2026-09-16 1000 500
2026-09-30 proration_credit basic-seat 2026-09-16 -1500 -750"
equal "one more: 2.50 to pay" "$(lines "$early" half-more | grep 09-16)" \
    "2026-09-30 proration_charge basic-seat 2026-09-16 2000 1000
2026-09-30 proration_credit basic-seat 2026-09-16 -1500 -750"
equal "the other plan: of both sides, and of October nothing" "$(lines "$early" half-plan | grep "seat.*\(09-16\|10-01\)")" \
    "2026-09-30 proration_charge pro-seat 2026-09-16 3000 1500
2026-09-30 proration_credit basic-seat 2026-09-16 -1500 -750
2026-09-30 recurring pro-seat 2026-10-01 6000 0"
# Of ten, 6.67 are free with the 20.00 that the pause gives back (10 * 20/30), and are taken of the 10.00 after it.
equal "an amount: what the pause freed" "$(lines "$early" ten-pauses | grep "seat.*09-\(11\|21\) ")" \
    "2026-09-30 proration_charge basic-seat 2026-09-21 1000 667
2026-09-30 proration_credit basic-seat 2026-09-11 -2000 -667"
# 5.00 are free; 10.00 and 20.00 take them.
equal "an amount: no more than it had given" "$(lines "$early" ten-fewer | grep 09-16; lines "$early" ten-more | grep 09-16)" \
    "2026-09-30 proration_charge basic-seat 2026-09-16 1000 500
2026-09-30 proration_credit basic-seat 2026-09-16 -1500 -500
2026-09-30 proration_charge basic-seat 2026-09-16 2000 500
2026-09-30 proration_credit basic-seat 2026-09-16 -1500 -500"
equal "a second invoice of two is the next one's" "$(lines "$early" twice-fewer | grep 10-01)" \
    "2026-09-30 recurring basic-seat 2026-10-01 2000 1000"
equal "and the third has none" "$(lines "$early" twice-fewer | grep 11-01)" "2026-10-31 recurring basic-seat 2026-11-01 2000 0"
equal "an amount twice, whole each time" "$(lines "$early" ten-twice-fewer | grep "recurring")" \
    "2026-08-31 recurring basic-seat 2026-09-01 3000 1000
2026-09-30 recurring basic-seat 2026-10-01 2000 1000
2026-10-31 recurring basic-seat 2026-11-01 2000 0
2026-11-30 recurring basic-seat 2026-12-01 2000 0"
# 19 of 30 days: 30.00 -> 19.00, 20.00 -> 12.67; of ten 10 * 19/30.
equal "both on one invoice" "$(lines "$early" half-young | grep "2026-09-30"; lines "$early" ten-young | grep "2026-09-30")" \
    "2026-09-30 proration_charge basic-seat 2026-09-16 1267 634
2026-09-30 proration_credit basic-seat 2026-09-16 -1900 -950
2026-09-30 recurring basic-seat 2026-09-05 3000 1500
2026-09-30 proration_charge basic-seat 2026-09-16 1267 633
2026-09-30 proration_credit basic-seat 2026-09-16 -1900 -633
2026-09-30 recurring basic-seat 2026-09-05 3000 1000"
equal "who has none for September has none for its rest either" "$(lines "$early" new | grep "09-16\|10-01")" \
    "2026-09-30 proration_charge basic-seat 2026-09-16 2000 0
2026-09-30 proration_credit basic-seat 2026-09-16 -1500 0
2026-09-30 recurring basic-seat 2026-10-01 4000 2000"
equal "one for ever has nothing to count: the upgrade has it" "$(lines "$early" since | grep "09-16\|10-01")" \
    "2026-09-30 proration_charge basic-seat 2026-09-16 2000 200
2026-09-30 proration_credit basic-seat 2026-09-16 -1500 0
2026-09-30 recurring basic-seat 2026-10-01 4000 400"
equal "where nothing was charged before, the coupon begins" "$(lines "$early" nothing | head -n 2)" \
    "2026-09-30 proration_charge basic-seat 2026-09-16 1000 500
2026-09-30 recurring basic-seat 2026-10-01 2000 1000"
books "$early" >"$STORY_DIR/early.txt"
all_explained "$early"
mill "$early" dump >"$STORY_DIR/early.jsonl"
keep_dump early "$STORY_DIR/early.jsonl"
ONE_RUN_A_DAY=0 computed "early: all charges come out the same in another language" "$STORY_DIR/early.jsonl"

# They become known when September is charged, or over, or by one run that makes up for all; in chunks of one; killed.
within=$STORY_DIR/within
begin "$within"
close "$within" 2026-08
know "$within"
for month in 2026-09 2026-10 2026-11; do close "$within" "$month"; done
books "$within" >"$STORY_DIR/within.txt"
same_file "known within the month: the same books" "$STORY_DIR/within.txt" "$STORY_DIR/early.txt"
all_explained "$within"

late=$STORY_DIR/late
begin "$late"
for month in 2026-08 2026-09; do close "$late" "$month"; done
know "$late"
for month in 2026-10 2026-11; do close "$late" "$month"; done
books "$late" >"$STORY_DIR/late.txt"
# Of what was nothing there is no coupon to keep: an invoice has it for all that it charges, of whatever month.
same_file "known when it is over: the same books" <(grep -v c-nothing "$STORY_DIR/late.txt") <(grep -v c-nothing "$STORY_DIR/early.txt")
equal "a cancellation: of the half that is charged instead it is half again" "$(lines "$late" half-stops | grep "2026-09-01")" \
    "2026-08-31 recurring basic-seat 2026-09-01 3000 1500
2026-10-31 recurring:2 basic-seat 2026-09-01 1500 750
2026-10-31 reversal:recurring basic-seat 2026-09-01 -3000 -1500"
run 0 "what is kept is explained" -- mill "$late" explain "$(mill "$late" dump | jq -r 'select(.record == "invoice" and .customer == "c-half-more" and .cutoff == "2026-10-31") | .number')"
stdout_has "with the reason" "takes 10.00 off this line, as it did of what the line replaces"
all_explained "$late"
mill "$late" dump >"$STORY_DIR/late.jsonl"
keep_dump late "$STORY_DIR/late.jsonl"
ONE_RUN_A_DAY=0 computed "late: all charges come out the same in another language" "$STORY_DIR/late.jsonl"
run 0 "once more" -- mill "$late" redo close --period 2026-11 --reason "to be sure"
mill "$late" dump >"$STORY_DIR/again.jsonl"
same_file "changes nothing" "$STORY_DIR/again.jsonl" "$STORY_DIR/late.jsonl"

CHUNK_SIZE=1
whole=$STORY_DIR/whole
begin "$whole"
know "$whole"
close "$whole" 2026-11 --workers 3
books "$whole" >"$STORY_DIR/whole.txt"
same_file "made up for at once, in chunks of one: the same books" "$STORY_DIR/whole.txt" "$STORY_DIR/early.txt"

hurt=$STORY_DIR/hurt
begin "$hurt"
at "$hurt"
for month in 2026-08 2026-09; do close "$hurt" "$month"; done
know "$hurt"
for job in period-advance rating; do run 0 "hurt: $job" -- mill "$hurt" run "$job" --period 2026-10; done
for instant in 1 2 3 4 5; do kill_after 0.0$instant run tax --period 2026-10; done
"${MILL_AT[@]}" resume >"$hurt/out.txt" 2>&1
for month in 2026-10 2026-11; do close "$hurt" "$month"; done
mill "$hurt" dump --record invoice | jq -c '[.draft_key, .lines, .total]' >"$STORY_DIR/hurt.txt"
jq -c 'select(.record == "invoice") | [.draft_key, .lines, .total]' "$STORY_DIR/late.jsonl" >"$STORY_DIR/unhurt.txt"
same_file "killed and resumed, in chunks of one: the same lines" "$STORY_DIR/hurt.txt" "$STORY_DIR/unhurt.txt"
unset CHUNK_SIZE

# ------------------------------------------------------------------ what people decide of it

number_of() { # ROUND CUSTOMER CUTOFF
    dump_of "$1" invoice | jq -r --arg c "$2" --arg on "$3" 'select(.customer == $c and .cutoff == $on) | .number'
}
again=$STORY_DIR/again
begin "$again"
close "$again" 2026-08
know "$again"
close "$again" 2026-09
for who in half-more half-plan ten-more twice-more; do
    decide "a-$who" "$(number_of "$again" "c-$who" 2026-08-31)" rebill 2026-10-05
    decide "b-$who" "$(number_of "$again" "c-$who" 2026-09-30)" rebill 2026-10-05
done >"$again/decided.jsonl"
run 0 "again: September and what its changes billed are to be billed again" -- mill "$again" import "$again/decided.jsonl"
for month in 2026-10 2026-11; do close "$again" "$month"; done
for who in half-more half-plan ten-more twice-more; do
    equal "again: the books of $who are the same" "$(books "$again" | grep "^c-$who ")" "$(grep "^c-$who " "$STORY_DIR/early.txt")"
done
all_explained "$again"
mill "$again" dump >"$STORY_DIR/billed-again.jsonl"
keep_dump again "$STORY_DIR/billed-again.jsonl"

# The first invoice of each is credited whole, or void. From then on its coupons are free for the next charge that replaces
# nothing, whenever the changes of September become known; what was given back stays so.
freed() { # ROUND ACTION, of the decisions, MONTH before whose close the changes become known
    begin "$1"
    close "$1" 2026-08
    for number in $(dump_of "$1" invoice | jq -r 'select(.total != "0.00") | .number'); do decide "k-$number" "$number" "$2" 2026-09-05; done >"$1/decided.jsonl"
    run 0 "$(basename "$1"): $2" -- mill "$1" import "$1/decided.jsonl"
    local month
    for month in 2026-09 2026-10 2026-11; do
        [ "$month" != "$3" ] || know "$1"
        close "$1" "$month"
    done
    books "$1" >"$1.txt"
}
for round in credit-2026-09 credit-2026-10 void-2026-11; do
    freed "$STORY_DIR/$round" "${round%%-*}" "${round#*-}"
    # What was nothing is not replaced; two share an amount, of which the part of what is taken back is not spread anew.
    same_file "$round: the same books" <(grep -v "c-nothing\|c-shared" "$STORY_DIR/$round.txt") <(grep -v "c-nothing\|c-shared" "$STORY_DIR/credit-2026-09.txt")
    mill "$STORY_DIR/$round" dump >"$STORY_DIR/$round.jsonl"
    keep_dump "$round" "$STORY_DIR/$round.jsonl"
    ONE_RUN_A_DAY=0 computed "$round: all charges come out the same in another language" "$STORY_DIR/$round.jsonl"
done
all_explained "$STORY_DIR/void-2026-11"
# Of 30.00 with half off 15.00 were given back, and the half: of the 20.00 for four seats 15.00 are off; October has the half,
# of four seats, whatever was billed first.
equal "credited: what was charged before is off, without the coupon" "$(lines "$STORY_DIR/credit-2026-09" half-more | grep "09-16\|10-01\|11-01")" \
    "2026-09-30 proration_charge basic-seat 2026-09-16 2000 1500
2026-09-30 proration_credit basic-seat 2026-09-16 -1500 -1500
2026-09-30 recurring basic-seat 2026-10-01 4000 2000
2026-10-31 recurring basic-seat 2026-11-01 4000 0"
equal "void, and known two months later: it stays October's" "$(lines "$STORY_DIR/void-2026-11" half-more | grep "09-16\|10-01\|11-01")" \
    "2026-09-30 recurring basic-seat 2026-10-01 3000 1500
2026-10-31 recurring basic-seat 2026-11-01 3000 0
2026-11-30 proration_charge basic-seat 2026-09-16 2000 1500
2026-11-30 proration_credit basic-seat 2026-09-16 -1500 -1500
2026-11-30 recurring:2 basic-seat 2026-10-01 4000 2000
2026-11-30 recurring:2 basic-seat 2026-11-01 4000 0
2026-11-30 reversal:recurring basic-seat 2026-10-01 -3000 -1500
2026-11-30 reversal:recurring basic-seat 2026-11-01 -3000 0"
equal "an amount is not spent on what costs nothing" "$(lines "$STORY_DIR/credit-2026-09" ten-fewer | grep "09-16\|10-01")" \
    "2026-09-30 proration_charge basic-seat 2026-09-16 1000 1000
2026-09-30 proration_credit basic-seat 2026-09-16 -1500 -1500
2026-09-30 recurring basic-seat 2026-10-01 2000 1000"

# Lives and decisions by chance, in every order of becoming known.
lives() { # COMMAND…
    python3 tests/support/random_coupons.py "${SEED:-1}" "${LIVES:-50}" "$@"
}
world() { # NAME
    local round=$STORY_DIR/lives-$1 month
    round_new "$round"
    mill "$round" init >/dev/null 2>&1
    { catalog | grep '"record":"\(tenant\|tax_rate\|product\|meter\|plan\|price\)"'; lives catalog; } >"$round/records.jsonl"
    run 0 "lives, $1: imported" -- mill "$round" import "$round/records.jsonl"
    close "$round" 2026-08
    for month in 2026-09 2026-10 2026-11; do
        { lives decided "$month" <(mill "$round" dump); lives facts "$1" "$month"; } >"$round/facts.jsonl"
        [ ! -s "$round/facts.jsonl" ] || run 0 "lives, $1: what becomes known before $month is closed" -- mill "$round" import "$round/facts.jsonl"
        close "$round" "$month"
    done
    close "$round" 2026-12
    books "$round" >"$round.txt"
}
# A percentage is rounded once for what a document charges anew on a day: who has two subscriptions may have a cent more or
# less where their changes are on two documents.
differing() { # BOOKS BOOKS: who has others, beyond that
    local two
    two=$(lives catalog | jq -r 'select(.record == "subscription" and (.subscription | endswith("-1"))) | .customer' | tr '\n' ' ')
    LC_ALL=C join -a 1 -a 2 -e 0 -o 0,1.2,2.2 "$1" "$2" |
        awk -v two=" $two" '{ cents = $2 > $3 ? $2 - $3 : $3 - $2; if (cents > (index(two, " " $1 " ") > 0)) print }'
}
for name in first random; do world "$name"; done
equal "lives: the same books" "$(differing "$STORY_DIR/lives-first.txt" "$STORY_DIR/lives-random.txt")" ""
mill "$STORY_DIR/lives-random" dump >"$STORY_DIR/lives.jsonl"
keep_dump lives "$STORY_DIR/lives.jsonl"
ONE_RUN_A_DAY=0 computed "lives: all charges come out the same in another language" "$STORY_DIR/lives.jsonl"

moved=$STORY_DIR/moved
round_new "$moved"
mill "$moved" init >/dev/null 2>&1
run 0 "a new database takes the dump" -- mill "$moved" import --quiet "$STORY_DIR/billed-again.jsonl"
mill "$moved" dump >"$STORY_DIR/moved.jsonl"
same_file "its dump is the same" "$STORY_DIR/moved.jsonl" "$STORY_DIR/billed-again.jsonl"

story_end
