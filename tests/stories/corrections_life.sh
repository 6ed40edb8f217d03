# What is billed again in the month in which a change takes something of it back: the same as if only one of both had
# happened, and amounts that say so. Every figure is worked by hand below; a second run, another database and a run that
# is killed change nothing.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin


# A seat is 30.00 a month in advance; something for 1000.00, so that no invoice is below zero. From the first of November on.
CUSTOMERS="rest more gone both percent less"
catalog() {
    local who
    berlin
    record product '"product":"p"' '"name":"Produkt"'
    record product '"product":"f"' '"name":"Sockel"'
    record plan '"plan":"basic"' '"name":"Basic"' '"interval":"month"'
    record plan '"plan":"floor"' '"name":"Sockel"' '"interval":"month"'
    record price '"price":"seat"' '"plan":"basic"' '"product":"p"' '"billing":"in_advance"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"model":"per_unit"' '"unit_price":"30"'
    record price '"price":"floor"' '"plan":"floor"' '"product":"f"' '"billing":"in_arrears"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"model":"flat"' '"flat_fee":"1000"'
    record coupon '"coupon":"tenth"' '"percent":"10"' '"duration":"forever"' '"scope":[{"product":"p"}]'
    for who in $CUSTOMERS; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"$who\"" "\"customer\":\"c-$who\"" '"plan":"basic"' '"quantity":"2"' '"start":"2026-11-01"'
        record subscription "\"subscription\":\"floor-$who\"" "\"customer\":\"c-$who\"" '"plan":"floor"' '"start":"2026-10-01"'
    done
    record coupon_redemption '"coupon":"tenth"' '"at":"2026-09-01"' '"customer":"c-percent"'
}
number_of() { # ROUND CUSTOMER CUTOFF: of what bills nothing again
    mill "$1" dump --record invoice | jq -r --arg c "$2" --arg on "$3" 'select(.customer == $c and .cutoff == $on and .references == null) | .number'
}
lines() { # ROUND SUBSCRIPTION: document, kind, days, quantity, amount and discount of each
    mill "$1" dump | jq -r --arg s "$2" 'select(.record == "invoice" or .record == "credit_note") |
        (if .record == "credit_note" then "note" elif .references then "again" else "invoice" end) as $d | .cutoff as $c |
        .lines[] | select(.subscription == $s) | [$c, $d, .period_start, .period_end, .kind, .quantity, .amount, .discount] | join(" ")' | sort
}
paid() { # ROUND SUBSCRIPTION: in all
    mill "$1" dump | jq -rs --arg s "$2" 'map(select((.record == "invoice" or .record == "credit_note") and .status != "void") |
        (if .record == "invoice" then 1 else -1 end) as $g | .lines[] | select(.subscription == $s) |
        $g * (((.amount | tonumber) - (.discount | tonumber)) * 100 | round)) | add'
}

round=$STORY_DIR/steps
begin "$round"
run 0 "October is closed, November's seats are billed" -- mill "$round" close --period 2026-10
{
    change rest 2026-11-16 '"quantity":"1"'
    change more 2026-11-01 '"quantity":"3"'
    record subscription '"subscription":"gone"' '"customer":"c-gone"' '"plan":"basic"' '"quantity":"2"' '"start":"2026-11-01"' '"cancel_at":"2026-11-16"'
    change both 2026-11-16 '"quantity":"1"'
    change percent 2026-11-01 '"quantity":"3"'
    change less 2026-11-16 '"quantity":"1"'
    decide part-less "$(number_of "$round" c-less 2026-10-31)" credit 2026-11-20 '"lines":[{"line":2,"net":"40.00"}]'
    for who in rest more gone both percent; do decide "again-$who" "$(number_of "$round" "c-$who" 2026-10-31)" rebill 2026-11-20; done
} | know "$round" "each of them changes, and is to be billed again"
round_copy "$round" "$STORY_DIR/known"
round_copy "$round" "$STORY_DIR/hurt"
run 0 "November is closed" -- mill "$round" close --period 2026-11
run 0 "known: November is closed" -- mill "$STORY_DIR/known" close --period 2026-11

# Of 60.00 for two seats half the month is 30.00, of which one seat stays.
equal "the rest of the month is given back of what is billed again" "$(lines "$round" rest | grep -v 2027)" \
    "2026-10-31 invoice 2026-11-01 2026-12-01 recurring 2 60.00 0.00
2026-11-30 again 2026-11-01 2026-12-01 rebill:recurring 2 60.00 0.00
2026-11-30 invoice 2026-11-16 2026-12-01 proration_charge 1 15.00 0.00
2026-11-30 invoice 2026-11-16 2026-12-01 proration_credit -2 -30.00 0.00
2026-11-30 note 2026-11-01 2026-12-01 recurring 2 60.00 0.00"
equal "what was wrong from the first day is taken back once" "$(lines "$round" more | grep -v 2027)" \
    "2026-10-31 invoice 2026-11-01 2026-12-01 recurring 2 60.00 0.00
2026-11-30 again 2026-11-01 2026-12-01 rebill:recurring 2 60.00 0.00
2026-11-30 invoice 2026-11-01 2026-12-01 recurring:2 3 90.00 0.00
2026-11-30 invoice 2026-11-01 2026-12-01 reversal:recurring -2 -60.00 0.00
2026-11-30 note 2026-11-01 2026-12-01 recurring 2 60.00 0.00"
equal "what ends in the middle is given back of it" "$(lines "$round" gone)" \
    "2026-10-31 invoice 2026-11-01 2026-12-01 recurring 2 60.00 0.00
2026-11-30 again 2026-11-01 2026-12-01 rebill:recurring 2 60.00 0.00
2026-11-30 invoice 2026-11-01 2026-11-16 recurring:2 2 30.00 0.00
2026-11-30 invoice 2026-11-01 2026-12-01 reversal:recurring -2 -60.00 0.00
2026-11-30 note 2026-11-01 2026-12-01 recurring 2 60.00 0.00"
equal "a coupon cuts both, and what is taken back" "$(lines "$round" percent | grep -v 2027)" \
    "2026-10-31 invoice 2026-11-01 2026-12-01 recurring 2 60.00 6.00
2026-11-30 again 2026-11-01 2026-12-01 rebill:recurring 2 60.00 6.00
2026-11-30 invoice 2026-11-01 2026-12-01 recurring:2 3 90.00 9.00
2026-11-30 invoice 2026-11-01 2026-12-01 reversal:recurring -2 -60.00 -6.00
2026-11-30 note 2026-11-01 2026-12-01 recurring 2 60.00 6.00"
equal "after a credit note no more is given back than is left, and what that is less is off what stays" "$(lines "$round" less | grep -v 2027)" \
    "2026-10-31 invoice 2026-11-01 2026-12-01 recurring 2 60.00 0.00
2026-11-30 invoice 2026-11-16 2026-12-01 proration_charge 1 15.00 10.00
2026-11-30 invoice 2026-11-16 2026-12-01 proration_credit -2 -30.00 -10.00
2026-11-30 note 2026-11-01 2026-12-01 recurring 1 40.00 0.00"
all_explained "$round"

# ------------------------------------------------------------------ once more in the same month

# Two seats until the 16th, one until the 24th, three from then on: 30.00 + 8.00 + 21.00, and 90.00 for December. Both: the
# November invoice, with what it gives back of October's, is billed again too.
{
    change both 2026-11-24 '"quantity":"3"'
    change rest 2026-11-24 '"quantity":"3"'
    change percent 2026-11-24 '"quantity":"1"'
    for who in both percent; do decide "november-$who" "$(number_of "$round" "c-$who" 2026-11-30)" rebill 2026-11-25; done
} | know "$round" "and again"
run 0 "November is redone" -- mill "$round" redo close --period 2026-11 --reason "they changed again"
equal "who changed only" "$(paid "$round" rest)" 14900
equal "who is billed again too" "$(paid "$round" both)" 14900
# Three seats until the 24th, one from then on: 69.00 + 7.00, and 30.00; less a tenth.
equal "less a tenth" "$(paid "$round" percent)" 9540
all_explained "$round"
mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"
ONE_RUN_A_DAY=0 computed "every figure comes out the same in another language" "$STORY_DIR/steps.jsonl"
run 0 "numbers are proved" -- mill "$round" verify numbers
run 0 "closing again" -- mill "$round" redo close --period 2026-11 --reason "to be sure"
mill "$round" dump >"$STORY_DIR/again.jsonl"
same_file "changes nothing" "$STORY_DIR/again.jsonl" "$STORY_DIR/steps.jsonl"

# A credit note had given 40.00 of it back before the change gave less for that: billed again November is owed in full, 60.00
# less 30.00, and 15.00, as if it had never been credited; and December's and January's seat.
decide again-less "$(number_of "$round" c-less 2026-10-31)" rebill 2026-12-05 | know "$round" "what was credited in part is to be billed again"
run 0 "December is closed" -- mill "$round" close --period 2026-12
equal "what was credited of it is over" "$(paid "$round" less | cut -d. -f1)" 10500
all_explained "$round"
mill "$round" dump >"$STORY_DIR/december.jsonl"
ONE_RUN_A_DAY=0 computed "and is in another language" "$STORY_DIR/december.jsonl"

moved=$STORY_DIR/moved
take_dump "a new database takes the dump" "$moved" "$STORY_DIR/steps.jsonl"
all_explained "$moved"

# ------------------------------------------------------------------ coupons that were spent on it

# Once, ten percent of the seats: what came to nothing leaves the coupon for the next invoice.
spent=$STORY_DIR/spent
begin "$spent"
WHO="kept reversed gone void credited part twice"
{
    record coupon '"coupon":"once"' '"percent":"10"' '"scope":[{"product":"p"}]'
    for who in $WHO; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"$who\"" "\"customer\":\"c-$who\"" '"plan":"basic"' '"quantity":"2"' '"start":"2026-11-01"'
        record subscription "\"subscription\":\"floor-$who\"" "\"customer\":\"c-$who\"" '"plan":"floor"' '"start":"2026-10-01"'
        record coupon_redemption '"coupon":"once"' '"at":"2026-09-01"' "\"customer\":\"c-$who\""
    done
} | know "$spent" "seven customers with a coupon for once"
run 0 "spent: October is closed" -- mill "$spent" close --period 2026-10
for who in $WHO; do
    [ "$(lines "$spent" "$who")" = "2026-10-31 invoice 2026-11-01 2026-12-01 recurring 2 60.00 6.00" ] || not_ok "spent: $who takes it" "$(lines "$spent" "$who")"
done
{
    change reversed 2026-11-01 '"quantity":"3"'
    record subscription '"subscription":"gone"' '"customer":"c-gone"' '"plan":"basic"' '"quantity":"2"' '"start":"2026-11-01"' '"cancel_at":"2026-11-01"'
    record subscription '"subscription":"gone-next"' '"customer":"c-gone"' '"plan":"basic"' '"quantity":"2"' '"start":"2026-12-01"'
    decide void "$(number_of "$spent" c-void 2026-10-31)" void 2026-11-20
    decide credited "$(number_of "$spent" c-credited 2026-10-31)" credit 2026-11-20
    decide part "$(number_of "$spent" c-part 2026-10-31)" credit 2026-11-20 '"lines":[{"line":2,"net":"53.99"}]'
    decide twice "$(number_of "$spent" c-twice 2026-10-31)" rebill 2026-11-20
} | know "$spent" "what becomes of six of the invoices"
run 0 "spent: November is closed" -- mill "$spent" close --period 2026-11
december() { # SUBSCRIPTION: amount and discount
    lines "$spent" "$1" | awk '$3 == "2026-12-01" && $2 == "invoice" { print $7, $8 }'
}
equal "kept: it is spent" "$(december kept)" "60.00 0.00"
equal "reversed: what replaces it keeps the coupon, December has none" "$(december reversed) $(lines "$spent" reversed | awk '$5 == "recurring:2" { print $7, $8 }')" "90.00 0.00 90.00 9.00"
equal "gone: all that it took was taken back" "$(december gone-next)" "60.00 6.00"
equal "void: nothing of it was billed" "$(december void)" "60.00 6.00"
equal "credited: nothing is left of it" "$(december credited)" "60.00 6.00"
equal "part: a cent is left of it" "$(december part)" "60.00 0.00"
equal "twice: what is billed again spends it again, once" "$(december twice) $(lines "$spent" twice | awk '$2 == "again" { print $7, $8 }')" "60.00 0.00 60.00 6.00"
all_explained "$spent"
mill "$spent" dump >"$STORY_DIR/spent.jsonl"
keep_dump spent "$STORY_DIR/spent.jsonl"

# ------------------------------------------------------------------ made up for

# November was left out: its change is billed with December, in which the invoice that was credited in part, or is void,
# is billed again. The credit is of what replaces that, and is whole.
missed=$STORY_DIR/missed
begin "$missed"
run 0 "missed: October is closed" -- mill "$missed" close --period 2026-10
{
    decide part-less "$(number_of "$missed" c-less 2026-10-31)" credit 2026-10-31 '"lines":[{"line":2,"net":"40.00"}]'
    decide void-rest "$(number_of "$missed" c-rest 2026-10-31)" void 2026-10-31
} | know "$missed" "one is credited in part, one is void"
run 0 "missed: they are done" -- mill "$missed" redo close --period 2026-10 --reason "they were decided"
{
    for who in less rest; do
        change "$who" 2026-11-16 '"quantity":"1"'
        decide "again-$who" "$(number_of "$missed" "c-$who" 2026-10-31)" rebill 2026-12-02
    done
} | know "$missed" "then both change, and are to be billed again"
run 0 "missed: December is closed" -- mill "$missed" close --period 2026-12
# 60.00 less 30.00, and 15.00; December's and January's seat.
for who in less rest; do equal "missed: $who pays what was used" "$(paid "$missed" "$who")" 10500; done
all_explained "$missed"

# ------------------------------------------------------------------ given back before it was billed again

# November gives back half a month of two seats; a later run of it bills October's invoice again, whole. That gave what it
# is in place of: a credit of all of it is of the 30.00 that are left (percent: of the 54.00 less 27.00); so it is when
# it was billed again twice.
given=$STORY_DIR/given
begin "$given"
run 0 "given: October is closed" -- mill "$given" close --period 2026-10
for who in rest percent both; do change "$who" 2026-11-16 '"quantity":"1"'; done | know "$given" "given: three change"
run 0 "given: November is closed" -- mill "$given" close --period 2026-11
for who in rest percent both; do decide "again-$who" "$(number_of "$given" "c-$who" 2026-10-31)" rebill 2026-11-20; done |
    know "$given" "given: they are to be billed again"
run 0 "given: November is redone" -- mill "$given" redo close --period 2026-11 --reason "they are billed again"
again_of() { # CUSTOMER: what bills him again last
    mill "$given" dump --record invoice | jq -r --arg c "$1" 'select(.customer == $c and .references != null) | .number' | tail -n 1
}
decide twice-both "$(again_of c-both)" rebill 2026-11-20 | know "$given" "given: and one twice"
run 0 "given: November is redone once more" -- mill "$given" redo close --period 2026-11 --reason "he is billed twice"
for who in rest percent both; do
    decide "all-$who" "$(again_of "c-$who")" credit 2026-12-05
done | know "$given" "given: all of that is credited"
run 0 "given: December is closed" -- mill "$given" close --period 2026-12
credited() { # CUSTOMER: the last note
    mill "$given" dump --record credit_note | jq -r --arg c "$1" 'select(.customer == $c and .corrects != null) | [.cutoff, .tax, .total] | join(" ")' | sort | tail -n 1
}
equal "given: what is left is credited, and the 1000.00" "$(credited c-rest)" "2026-12-31 195.70 1225.70"
equal "given: less a coupon" "$(credited c-percent)" "2026-12-31 195.13 1222.13"
equal "given: billed again twice" "$(credited c-both)" "2026-12-31 195.70 1225.70"
# 15.00 of the rest of November, and a seat in December and January
equal "given: he pays for what was not credited" "$(paid "$given" rest) $(paid "$given" percent) $(paid "$given" both)" "7500 6750 7500"
all_explained "$given"

# ------------------------------------------------------------------ given back, then billed again by other terms

# Two seats are 60.00 for November, a day 2.00. Then a change gives back of it on the next invoice, and one of both is
# billed again when a seat is known to have been 15.00 (or half of it was to be off, or it was 45.00): days of what is billed
# again are by what holds now, others by what was charged for them; in whatever order that happens.
terms=$STORY_DIR/terms
begin "$terms"
WHO="pause dear half more giver both back later first pieces inner resume ended void void-back again moved plan late known once below f-less f-whole f-void f-more f-other f-plan f-both f-next f-taken"
of() { # CUSTOMER: his records
    local on=2026-11-01 what='"plan":"basic"'
    [ "$1" != late ] || what='"plan":"calls"' on=2026-10-01
    record subscription "\"subscription\":\"t-$1\"" "\"customer\":\"t-$1\"" "$what" '"quantity":"2"' "\"start\":\"$on\"" "${@:2}"
}
own_price() { # CUSTOMER UNIT_PRICE: of November
    record customer_price "\"customer\":\"t-$1\"" '"price":"seat"' '"valid_from":"2026-11-01"' '"valid_to":"2026-12-01"' '"model":"per_unit"' "\"unit_price\":\"$2\"" '"currency":"EUR"'
}
billed() { # CUSTOMER N: his N-th invoice that bills nothing again
    mill "$terms" dump --record invoice | jq -r --arg c "t-$1" 'select(.customer == $c and .references == null) | .number' | sed -n "$2p"
}
again() { # CORRECTION CUSTOMER N ON: that one is to be billed again
    decide "$1-$2-$3" "$(billed "$2" "$3")" rebill "$4"
}
november() { # CUSTOMER: what is charged for it in all, in cents
    mill "$terms" dump | jq -rs --arg s "t-$1" 'map(select((.record == "invoice" or .record == "credit_note") and .status != "void") |
        (if .record == "invoice" then 1 else -1 end) as $g | .lines[] | select(.subscription == $s and .period_start >= "2026-11-01" and .period_start < "2026-12-01") |
        $g * (((.amount | tonumber) - (.discount | tonumber)) * 100 | round)) | add'
}
costs() { # CUSTOMER CENTS WHY
    equal "terms: $1: $3" "$(november "$1")" "$2"
}
{
    record product '"product":"g"' '"name":"Größer"'
    record plan '"plan":"large"' '"name":"Large"' '"interval":"month"'
    record price '"price":"place"' '"plan":"large"' '"product":"g"' '"billing":"in_advance"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"model":"per_unit"' '"unit_price":"45"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    record plan '"plan":"calls"' '"name":"Calls"' '"interval":"month"'
    record price '"price":"call"' '"plan":"calls"' '"product":"p"' '"meter":"calls"' '"billing":"in_arrears"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"model":"per_unit"' '"unit_price":"1"'
    record coupon '"coupon":"half"' '"percent":"50"' '"duration":"forever"'
    record coupon '"coupon":"one-half"' '"percent":"50"'
    for who in $WHO; do
        record customer "\"customer\":\"t-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        of "$who"
    done
    record coupon_redemption '"coupon":"one-half"' '"at":"2026-10-01"' '"customer":"t-once"'
    record usage '"meter":"calls"' '"subscription":"t-late"' '"key":"first"' '"value":"100"' '"at":"2026-11-10T12:00:00Z"'
} | know "$terms" "terms: thirty customers"
run 0 "terms: October is closed" -- mill "$terms" close --period 2026-10
{
    for who in pause dear half resume again; do change "t-$who" 2026-11-11 '"pause":true'; done
    for who in more giver both back later first pieces inner void void-back moved once; do change "t-$who" 2026-11-11 '"quantity":"4"'; done
    change t-plan 2026-11-11 '"plan":"large"'
    for who in f-whole f-plan f-taken; do decide "n-$who" "$(billed "$who" 1)" credit 2026-11-05; done
    for who in f-less f-both f-next; do decide "n-$who" "$(billed "$who" 1)" credit 2026-11-05 '"net":"50.00"'; done
    for who in f-more f-other; do decide "n-$who" "$(billed "$who" 1)" credit 2026-11-05 '"net":"30.00"'; done
    decide n-f-void "$(billed f-void 1)" void 2026-11-05
    for who in f-less f-whole f-void f-both f-next; do change "t-$who" 2026-11-11 '"quantity":"1"'; done
    change t-f-more 2026-11-11 '"quantity":"3"'
    for who in f-other f-plan; do change "t-$who" 2026-11-11 '"plan":"large"'; done
    change t-f-taken 2026-11-28 '"quantity":"3"'
    of ended '"cancel_at":"2026-11-11"'
    of below '"cancel_at":"2026-12-01"'
    change t-below 2026-11-11 '"quantity":"3"'
} | know "$terms" "terms: most change on the 11th"
run 0 "terms: November is closed" -- mill "$terms" close --period 2026-11
{
    for who in pieces inner; do change "t-$who" 2026-11-21 '"quantity":"3"'; done
    change t-f-taken 2026-11-11 '"quantity":"3"'
    change t-resume 2026-11-21 '"resume":true'
    record usage '"meter":"calls"' '"subscription":"t-late"' '"key":"lower"' '"value":"-30"' '"at":"2026-11-20T12:00:00Z"'
} | know "$terms" "terms: some change on the 21st"
run 0 "terms: December is closed" -- mill "$terms" close --period 2026-12
for who in more giver both back later first void void-back moved; do costs "$who" 10000 "two seats for ten days, four for twenty"; done
for who in f-less f-whole f-void f-both f-next; do costs "$who" 0 "40.00, for which 50.00 and more were credited"; done
for who in f-more f-other; do costs "$who" 5000 "80.00, less 30.00 that were credited"; done
costs f-plan 2000 "80.00, less 60.00"
costs f-taken 2000 "the same: the credit from the 28th on was taken back"
{
    for who in $WHO; do case $who in dear) own_price dear 45 ;; half | late) ;; *) own_price "$who" 15 ;; esac; done
    record customer_price '"customer":"t-late"' '"price":"call"' '"valid_from":"2026-11-01"' '"model":"per_unit"' '"unit_price":"0.5"' '"currency":"EUR"'
    record coupon_redemption '"coupon":"half"' '"at":"2026-10-01"' '"customer":"t-half"'
    for who in pause dear half more both later pieces resume ended again moved plan once f-less f-whole f-void f-more f-other f-plan f-both f-next f-taken; do again a "$who" 1 2027-01-05; done
    for who in giver both inner first below f-both; do again b "$who" 2 2027-01-05; done
    again a back 2 2027-01-05
    again b back 1 2027-01-05
    again a late 2 2027-01-05
    for who in void void-back; do decide "a-$who" "$(billed "$who" 2)" void 2027-01-05; done
    again b void 1 2027-01-05
    change t-known 2026-11-11 '"quantity":"4"'
    again a known 1 2027-01-05
} | know "$terms" "terms: what was wrong, and what is billed again for it"
round_copy "$terms" "$STORY_DIR/terms-hurt"
run 3 "terms: January is closed" -- mill "$terms" close --period 2027-01
run 0 "terms: of one all was reversed" -- mill "$terms" parked
stdout_has "terms: what replaced it is billed again instead" "all that $(billed ended 1) billed was taken back, or billed again, since"
costs pause 1000 "ten days of two seats at 15.00"
costs dear 3000 "at 45.00"
costs half 1000 "at 30.00 less a half"
costs more 9000 "and twenty days of four at 30.00, as they were billed"
costs giver 6000 "ten days at 30.00, as they were billed, and twenty of four at 15.00"
costs both 5000 "both at 15.00"
costs back 5000 "the later one first"
costs pieces 8000 "ten days of two at 15.00, of four and of three at 30.00"
costs inner 7000 "ten days of four at 15.00, the others as they were billed"
costs resume 3000 "ten days of two at 15.00, ten at 30.00"
costs ended 2000 "ten days at 30.00 still"
costs void 3000 "a month at 15.00, and what is void gives nothing back"
costs again 1000 "as who pauses"
costs moved 9000 "as who takes more"
costs plan 7000 "ten days at 15.00, and twenty of two at 45.00"
costs late 3500 "70 calls at 0.50"
costs known 5000 "all of it becomes known with the decision"
costs once 4500 "ten days at 15.00, and twenty of four at 30.00, less a half"
costs below 5000 "ten days at 30.00, as they were billed, and twenty of three at 15.00"
# What was credited of it is over, so what gave less back for that, or charged less, makes no difference.
for who in f-less f-whole f-void f-next; do costs "$who" 3000 "ten days at 15.00, and twenty of one seat at 30.00, of which nothing was billed"; done
for who in f-more f-other; do costs "$who" 7000 "ten days at 15.00, and 60.00, of which 50.00 were billed"; done
costs f-plan 5000 "70.00 too, but 20.00 of the 60.00 were billed, and what is billed again comes to 30.00"
costs f-taken 5000 "likewise; the credit that was taken back is not billed again"
costs f-both 2000 "both at 15.00"
equal "terms: what comes to less than nothing is a credit note of its own" "$(mill "$terms" dump --record credit_note | jq -r 'select(.customer == "t-below" and .corrects == null) | [.status, .total, .amount_due] | join(" ")')" "paid 11.90 11.90"
run 0 "terms: explain of what it bills again" -- mill "$terms" explain "$(billed below 2)"
stdout_has "terms: names it" "billed again by CN-2027-"
mill "$terms" dump --record invoice,credit_note >"$STORY_DIR/terms-january.jsonl"
number=$(mill "$terms" dump --record invoice | jq -r 'select(.customer == "t-pause" and .references != null) | .number')
equal "terms: both sides are on the invoice that bills it again" "$(mill "$terms" dump --record invoice | jq -r --arg n "$number" 'select(.number == $n) | .lines[] | [.kind, .quantity, .amount] | join(" ")')" \
    "rebill:recurring 2 30.00
rebill:proration_credit -2 -20.00"
equal "terms: the note says what was left" "$(mill "$terms" dump --record credit_note | jq -r 'select(.customer == "t-pause" and .corrects != null) | [.subtotal, .tax, .total] | join(" ")')" "20.00 3.80 23.80"
{
    for who in later f-next; do again c "$who" 2 2027-01-20; done
    for who in first below; do again c "$who" 1 2027-01-20; done
    again c void 2 2027-01-20
    again c void-back 2 2027-01-20
    record coupon_redemption '"coupon":"half"' '"at":"2026-10-01"' '"customer":"t-again"'
    decide c-again "$(mill "$terms" dump --record invoice | jq -r 'select(.customer == "t-again" and .references != null) | .number')" rebill 2027-01-20
    decide c-moved "$(billed moved 2)" credit 2027-01-20
    decide d-moved "$(billed moved 2)" void 2027-01-21
} | know "$terms" "terms: and once more"
run 3 "terms: February is closed" -- mill "$terms" close --period 2027-02
for who in later first void; do costs "$who" 5000 "one after the other, both at 15.00"; done
costs f-next 2000 "ten days and twenty of one seat at 15.00"
costs void-back 6000 "what is void is billed again: ten days at 30.00, twenty of four at 15.00"
costs again 500 "what was billed again, again, less a half"
costs below 4000 "ten days and twenty of three at 15.00"
equal "terms: once: what is billed again has the coupon, and no other month" "$(lines "$terms" t-once | awk '$3 >= "2026-12-01" { print $8 }' | sort -u)" "0.00"
costs moved 1000 "what gave back is no part of its first invoice any more, and not credited with it"
again d void-back 1 2027-03-05 | know "$terms" "terms: and the other one of it"
run 3 "terms: March is closed" -- mill "$terms" close --period 2027-03
costs void-back 5000 "both at 15.00"
all_explained "$terms"
run 0 "terms: numbers are proved" -- mill "$terms" verify numbers
run 0 "terms: credits are proved" -- mill "$terms" verify credits
mill "$terms" dump >"$STORY_DIR/terms.jsonl"
keep_dump terms "$STORY_DIR/terms.jsonl"
KNOWN_LATE=1 ONE_RUN_A_DAY=0 computed "terms: every figure by other code" "$STORY_DIR/terms.jsonl"
run 3 "terms: closing again" -- mill "$terms" redo close --period 2027-03 --reason "to be sure"
mill "$terms" dump >"$STORY_DIR/terms-again.jsonl"
same_file "terms: changes nothing" "$STORY_DIR/terms-again.jsonl" "$STORY_DIR/terms.jsonl"
take_dump "terms: a new database takes the dump" "$STORY_DIR/terms-moved" "$STORY_DIR/terms.jsonl"
all_explained "$STORY_DIR/terms-moved"
again a ended 1 2027-01-05 | sed 's/}$/,"withdrawn":true}/' | know "$STORY_DIR/terms-hurt" "terms: who waits for nobody"
close_hurt "$STORY_DIR/terms-hurt" 2027-01
mill "$STORY_DIR/terms-hurt" dump --record invoice,credit_note >"$STORY_DIR/terms-hurt.jsonl"
for which in january hurt; do
    jq -c 'select(.customer | startswith("t-")) | [.draft_key, .total, .credit_applied, .amount_due, [.lines[] | [.kind, .amount, .discount, .tax]]]' "$STORY_DIR/terms-$which.jsonl" | sort >"$STORY_DIR/terms-$which-lines.jsonl"
done
same_file "terms: killed and resumed: the same lines" "$STORY_DIR/terms-hurt-lines.jsonl" "$STORY_DIR/terms-january-lines.jsonl"

# ------------------------------------------------------------------ killed

hurt=$STORY_DIR/hurt
close_hurt "$hurt" 2026-11
for who in $CUSTOMERS; do
    [ "$(lines "$hurt" "$who")" = "$(lines "$STORY_DIR/known" "$who")" ] || not_ok "killed and resumed: $who is the same" "$(lines "$hurt" "$who")"
done
ok "killed and resumed: the same lines"

story_end
