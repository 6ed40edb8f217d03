# Payments and refunds: what of them is refused, what an invoice owes with them, what corrections make of an invoice that is
# paid, in part or too much; and that all of it moves to another database.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

# Each of them used October for 100.00, 119.00 with the tax, and is over.
WHO="early late noted over part refunded void whole"
catalog() {
    local who
    berlin
    monthly_fee
    for who in $WHO; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"$who\"" "\"customer\":\"c-$who\"" '"plan":"m"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
    done
}
declare -A NUMBER
number_invoices() { # of each customer, the only one
    local who
    for who in $WHO; do
        NUMBER[$who]=$(dump_of "$round" invoice | jq -r --arg c "c-$who" 'select(.customer == $c) | .number')
    done
}
invoice() { # CUSTOMER
    echo "${NUMBER[$1]}"
}
pay() { # REFERENCE CUSTOMER AMOUNT FIELDS…: of his invoice
    record payment "\"gateway_reference\":\"$1\"" "\"customer\":\"c-$2\"" "\"invoice\":\"$(invoice "$2")\"" "\"amount\":\"$3\"" '"currency":"EUR"' \
        '"at":"2026-11-10T12:00:00Z"' "${@:4}"
}
refund() { # REFERENCE PAYMENT AMOUNT
    record refund "\"gateway_reference\":\"$1\"" "\"payment\":\"$2\"" "\"amount\":\"$3\"" '"currency":"EUR"' '"at":"2026-11-12T12:00:00Z"'
}
owed() { # CUSTOMER: paid, refunded, credited, written off, overpaid, left
    mill "$round" show invoice "$(invoice "$1")" --json | jq -r '[.paid, .refunded, .credited, .written_off, .overpaid, .left_to_pay] | join(" ")'
}
status_of() { # CUSTOMER
    dump_of "$round" invoice | jq -r --arg c "c-$1" 'select(.customer == $c) | .status'
}

# ------------------------------------------------------------------ how customers pay

round=$STORY_DIR/steps
begin "$round"
method() { # NAME FIELDS…
    record payment_method '"customer":"c-part"' "\"payment_method\":\"$1\"" '"gateway":"stripe"' '"gateway_customer":"cus_1"' "${@:2}"
}
{
    method card '"gateway_token":"pm_1"' '"is_default":true' '"expires":"2028-04"'
    method other '"gateway_token":"pm_2"'
    record payment_method '"customer":"c-whole"' '"payment_method":"bank"' '"gateway":"manual"' '"is_default":true'
} | know "$round" "cards, and a bank transfer"
method other '"gateway_token":"pm_2"' '"is_default":true' | bad "$round" "a second default" '"card" is the customer'"'"'s default already'
{
    method other '"gateway_token":"pm_2"' '"is_default":true'
    method card '"gateway_token":"pm_1"' '"is_default":false'
} | bad "$round" "also where the first ends behind it" "bad.jsonl:1:"
{
    method card '"gateway_token":"pm_1"' '"expires":"2028-04"'
    method other '"gateway_token":"pm_3"' '"is_default":true'
} | know "$round" "the other one is the default, with another token"
equal "each as it is now" "$(mill "$round" dump --record payment_method | jq -r '[.customer, .payment_method, .gateway_token // "-", .is_default, .expires // "-"] | join(" ")')" \
    "c-part card pm_1 false 2028-04
c-part other pm_3 true -
c-whole bank - true -"
method third '"gateway_token":"4242 4242 4242 4242"' | bad "$round" "the number of a card" "looks like a card number"
equal "nobody repeats it" "$(grep -c 4242 "$STORY_ERR")" 0

# ------------------------------------------------------------------ what was received

run 0 "October is closed" -- mill "$round" close --period 2026-10
number_invoices
equal "each owes a month" "$(for who in $WHO; do owed "$who"; done | sort -u)" "0.00 0.00 0.00 0.00 0.00 119.00"
pay pi-1 whole 119.00 | sed "s/EUR/USD/" | bad "$round" "dollars for an invoice in euros" "$(invoice whole) is in EUR, not in USD"
pay pi-1 part 119.00 | sed "s/c-part/c-whole/" | bad "$round" "somebody else's invoice" "$(invoice part) is not one of customer \"c-whole\""
stderr_has "with its place" "bad.jsonl:1:"
{
    pay pi-whole whole 119.00 '"gateway":"stripe"' '"note":"first"'
    pay pi-part part 50.00
    pay pi-noted noted 50.00
    pay pi-over-1 over 100.00
    pay pi-over-2 over 50.00
    pay pi-refunded refunded 119.00
    pay pi-void void 1.00
    record payment '"gateway_reference":"pi-early"' '"customer":"c-early"' '"invoice":"INV-2026-000099"' '"amount":"119.00"' '"currency":"EUR"' '"at":"2026-11-10T12:00:00Z"'
    record payment '"gateway_reference":"pi-free"' '"customer":"c-early"' '"amount":"5.00"' '"currency":"USD"' '"at":"2026-11-10T12:00:00Z"'
    refund re-1 pi-refunded 10.00
    refund re-2 pi-refunded 9.00
} | know "$round" "payments, and what was given back of one"
cp "$round/facts.jsonl" "$STORY_DIR/payments.jsonl"
mill "$round" dump >"$STORY_DIR/paid.jsonl"
run 0 "once more" -- mill "$round" import "$STORY_DIR/payments.jsonl"
mill "$round" dump >"$STORY_DIR/again.jsonl"
same_file "changes nothing" "$STORY_DIR/again.jsonl" "$STORY_DIR/paid.jsonl"
pay pi-part part 51.00 | bad "$round" "another amount by the same reference" "is there with other content: amount is 51.00, was 50.00"
refund re-3 pi-refunded 100.01 | bad "$round" "more than is left of it" "119.01 of pi-refunded would be given back, more than the 119.00 that were paid"
refund re-3 pi-none 1.00 | bad "$round" "of a payment that there is not" 'payment "pi-none" of tenant "t" does not exist'
equal "whole: nothing is left" "$(owed whole)" "119.00 0.00 0.00 0.00 0.00 0.00"
equal "part: the rest is" "$(owed part)" "50.00 0.00 0.00 0.00 0.00 69.00"
equal "over: 31.00 are his" "$(owed over)" "150.00 0.00 0.00 0.00 31.00 0.00"
equal "refunded: is owed again" "$(owed refunded)" "119.00 19.00 0.00 0.00 0.00 19.00"
equal "early: of no invoice yet" "$(owed early)" "0.00 0.00 0.00 0.00 0.00 119.00"
run 0 "it is shown" -- mill "$round" show invoice "$(invoice refunded)"
stdout_has "by whom it was paid" "manual pi-refunded"
stdout_has "and what was given back" "manual re-2"

# ------------------------------------------------------------------ corrections of what is paid

{
    for who in whole noted; do decide "credit-$who" "$(invoice $who)" credit 2026-11-20; done
    for who in part late; do decide "off-$who" "$(invoice $who)" write_off 2026-11-20; done
    decide void-it "$(invoice void)" void 2026-11-20
} | know "$round" "what is decided of them"
run 3 "November is closed: one cannot be void" -- mill "$round" close --period 2026-11
equal "for something of it is paid" "$(mill "$round" parked --json | jq -r '.items[] | [.item, .code] | join(" ")')" "correction void-it not_untouched"
# What was paid is the customer's; the rest lowers what is owed.
equal "a note over what is paid is money of the customer" \
    "$(dump_of "$round" credit_note | jq -r '[.customer, .total, .credit_applied, .amount_due] | join(" ")' | sort)" "c-noted 119.00 69.00 50.00
c-whole 119.00 0.00 119.00"
equal "as grants" "$(dump_of "$round" credit_grant | jq -r '[.customer, .kind, .amount] | join(" ")' | sort)" "c-noted refund 50.00
c-whole refund 119.00"
equal "a write-off takes what is left" "$(owed part)" "50.00 0.00 0.00 69.00 0.00 0.00"
equal "or all" "$(owed late)" "0.00 0.00 0.00 119.00 0.00 0.00"
equal "each has its status" "$(for who in whole noted part late void; do status_of $who; done | paste -sd ' ')" "paid paid uncollectible uncollectible open"
pay pi-late late 19.00 | know "$round" "one pays after all"
equal "which is off what is written off" "$(owed late)" "19.00 0.00 0.00 100.00 0.00 0.00"

# ------------------------------------------------------------------ what payments make of invoices

statuses() {
    local who
    for who in $WHO; do status_of "$who"; done | paste -sd ' '
}
round_copy "$round" "$STORY_DIR/hurt"
equal "before they are applied only decisions made a status" "$(statuses)" "open uncollectible paid open uncollectible open open paid"
run 0 "payments are applied" -- mill "$round" run payment-apply --date 2026-12-01
equal "paid, and in part" "$(statuses)" "open uncollectible paid paid uncollectible partially_paid partially_paid paid"
# Of 150.00 for 119.00, 31.00 of the second payment; what notes left to customers is theirs already.
granted() {
    dump_of "$round" credit_grant | jq -r 'select(.source | startswith("payment")) | [.customer, .kind, .source, .amount, .effective_at] | join(" ")'
}
equal "what is too much is a grant, once" "$(granted)" "c-over refund payment pi-over-2 31.00 2026-11-30T23:00:00Z"
mill "$round" dump >"$STORY_DIR/applied.jsonl"
keep_dump applied "$STORY_DIR/applied.jsonl"
run 0 "there is nothing more the next day" -- mill "$round" run payment-apply --date 2026-12-02
equal "and nothing is granted again" "$(granted | wc -l) $(statuses)" "1 open uncollectible paid paid uncollectible partially_paid partially_paid paid"
round=$STORY_DIR/hurt
chunks_of "$round" 1
at "$round"
for instant in 1 2 3 4 5; do
    kill_after "0.0$instant" run payment-apply --date 2026-12-01
    "${MILL_AT[@]}" resume >"$round/out.txt" 2>&1
done
run 0 "killed and resumed, it is done" -- mill "$round" run payment-apply --date 2026-12-01
mill "$round" dump >"$STORY_DIR/hurt.jsonl"
same_file "with the same rows" "$STORY_DIR/hurt.jsonl" "$STORY_DIR/applied.jsonl"
round=$STORY_DIR/steps
{
    refund re-4 pi-refunded 100.00
    pay pi-part-2 part 69.00
    pay pi-void-2 void 118.00
} | know "$round" "one takes all back, two pay the rest"
run 0 "which is applied" -- mill "$round" run payment-apply --date 2026-12-03
equal "owed again, and paid" "$(statuses)" "open uncollectible paid paid paid open paid paid"
refund re-5 pi-over-2 31.00 | know "$round" "what is a credit already is given back besides"
run 3 "which is parked" -- mill "$round" run payment-apply --date 2026-12-04
twice() {
    mill "$round" parked --json | jq -r '.items[] | select(.code != "not_untouched") | [.item, .code, .at_stake.amount, .reason] | join(", ")'
}
equal "with the reason" "$(twice)" \
    "credit of $(invoice over), given_twice, 31.00, 31.00 EUR of $(invoice over) are a credit of customer c-over, and were given back besides"
equal "of 150.00 are 119.00 left" "$(status_of over)" paid
refund re-6 pi-over-2 19.00 | know "$round" "and the rest of that payment"
run 3 "which is parked again" -- mill "$round" run payment-apply --date 2026-12-05
equal "100.00 of 119.00" "$(status_of over) $(owed over)" "partially_paid 150.00 50.00 0.00 0.00 0.00 19.00"
run 0 "it is waived" -- mill "$round" parked waive "credit of $(invoice over)" --reason "billed by hand"
refund re-7 pi-over-1 100.00 | know "$round" "then the other payment"
run 0 "what was waived is passed over" -- mill "$round" run payment-apply --date 2026-12-06
equal "and its invoice is owed again" "$(status_of over) $(owed over)" "open 150.00 150.00 0.00 0.00 0.00 119.00"

# ------------------------------------------------------------------ proved, moved

all_explained "$round"
run 0 "credits are proved" -- mill "$round" verify credits
run 0 "and the numbers" -- mill "$round" verify numbers
mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"
APPLIED=1 computed "it is computed again" "$STORY_DIR/steps.jsonl"
take_dump "it moves" "$STORY_DIR/moved" "$STORY_DIR/steps.jsonl"
round=$STORY_DIR/moved
equal "and owes the same" "$(owed late) / $(owed over) / $(owed refunded)" \
    "19.00 0.00 0.00 100.00 0.00 0.00 / 150.00 150.00 0.00 0.00 0.00 119.00 / 119.00 119.00 0.00 0.00 0.00 119.00"

# ------------------------------------------------------------------ paid before there is an invoice

# Both owe October, 119.00: early by the first number, late by the second.
WHO="early late"
round=$STORY_DIR/ahead
begin "$round"
name_ahead() { # REFERENCE CUSTOMER INVOICE AMOUNT DAY
    record payment "\"gateway_reference\":\"$1\"" "\"customer\":\"c-$2\"" "\"invoice\":\"$3\"" "\"amount\":\"$4\"" '"currency":"EUR"' "\"at\":\"2026-10-$5T12:00:00Z\""
}
waiting() {
    mill "$round" payments waiting --json 2>"$STORY_ERR" | jq -r '.waiting[] | [.reference, .customer, .invoice, .amount] | join(" ")'
}
{
    name_ahead pi-ahead early INV-2026-000001 150.00 20
    name_ahead pi-mistyped early INV-2026-000777 10.00 21
    name_ahead pi-other late INV-2026-000001 20.00 22
} | know "$round" "three pay before there is an invoice"
mill "$round" dump >"$STORY_DIR/ahead.jsonl"
take_dump "it moves" "$STORY_DIR/ahead-moved" "$STORY_DIR/ahead.jsonl"
for round in "$STORY_DIR/ahead" "$STORY_DIR/ahead-moved"; do
    run 0 "nothing is to be applied" -- mill "$round" run payment-apply --date 2026-10-31
    stderr_has "but that they wait is told" "payments that name no invoice of their customer: 3, the first one pi-ahead (INV-2026-000001): \`billmill payments waiting\`"
    equal "and which ones" "$(waiting)" "pi-ahead c-early INV-2026-000001 150.00
pi-mistyped c-early INV-2026-000777 10.00
pi-other c-late INV-2026-000001 20.00"
    run 0 "October is closed" -- mill "$round" close --period 2026-10
    number_invoices
    equal "paid by the first one only" "$(owed early) / $(owed late)" "150.00 0.00 0.00 0.00 31.00 0.00 / 0.00 0.00 0.00 0.00 0.00 119.00"
    run 0 "which is applied as its invoice is there" -- mill "$round" run payment-apply --date 2026-11-02
    # 31.00 of 150.00 for 119.00.
    equal "paid, and what is too much is a credit" "$(statuses) $(granted)" "paid open c-early refund payment pi-ahead 31.00 2026-11-01T23:00:00Z"
    equal "the others wait" "$(waiting | cut -d ' ' -f 1 | paste -sd ' ')" "pi-mistyped pi-other"
    run 0 "what names nobody's, or somebody else's, is told each day" -- mill "$round" run payment-apply --date 2026-11-03
    stderr_has "with the first" "payments that name no invoice of their customer: 2, the first one pi-mistyped (INV-2026-000777)"
    equal "and nothing is granted again" "$(granted | wc -l)" 1
    {
        refund re-mistyped pi-mistyped 10.00
        refund re-other pi-other 20.00
        pay pi-right late 20.00
    } | know "$round" "they are taken back, and one is imported anew"
    equal "none is listed any more" "$(waiting)" ""
    run 0 "which is applied" -- mill "$round" run payment-apply --date 2026-11-04
    equal "and pays in part" "$(statuses)" "paid partially_paid"
done
mill "$round" dump >"$STORY_DIR/ahead-moved.jsonl"
mill "$STORY_DIR/ahead" dump >"$STORY_DIR/ahead.jsonl"
APPLIED=1 computed "it is computed again" "$STORY_DIR/ahead.jsonl"
keep_dump ahead "$STORY_DIR/ahead.jsonl"
invoices_of() { # DUMP
    jq -c 'select(.record == "invoice" or .record == "payment" or .record == "credit_grant")' "$1"
}
equal "the same where it went" "$(invoices_of "$STORY_DIR/ahead-moved.jsonl")" "$(invoices_of "$STORY_DIR/ahead.jsonl")"
story_end
