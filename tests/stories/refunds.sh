# What is given back meets what is about to be a credit, or is one: payments without an invoice, paid twice, of an invoice that is not
# there; refunds of parts in any order; invoices that are to be void; what somebody has waived.
. "$(dirname "$0")/../support/story.sh"
. tests/support/gateways.sh
. tests/fault/fault.sh
. tests/support/records.sh
story_begin
gateway_start "{\"now\": $(date -u -d 2026-11-14T06:00Z +%s)}"
export TEST_STRIPE=sk_test_1

# Each used October for 119.00 with the tax, due on 2026-11-14, and has no card; who is free owes nothing.
WHO="stray both twice noted part late voided over half whole failed told again unseen much"
FREE="free lost given asked"
catalog() {
    local who
    berlin
    monthly_fee
    for who in $WHO $FREE; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
    done
    for who in $WHO; do
        record subscription "\"subscription\":\"$who\"" "\"customer\":\"c-$who\"" '"plan":"m"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
    done
}
know() { # NAME: the records on stdin
    cat >"$round/facts.jsonl"
    run 0 "$1" -- mill "$round" import "$round/facts.jsonl"
}
invoice_of() { # CUSTOMER
    dump_of "$round" invoice | jq -r --arg c "c-$1" 'select(.customer == $c) | .number'
}
stripe() { # PATH FIELDS…: the id of what was made there
    curl -sS -u sk_test_1: "$GATEWAY/stripe/v1/$1" "${@:2}" | jq -r .id
}
paid_there() { # MINOR
    stripe payment_intents -d amount="$1" -d currency=eur -d customer=cus_1 -d payment_method=tok_paid -d confirm=true -d off_session=true
}
pay() { # REFERENCE CUSTOMER AMOUNT HOUR FIELDS…
    record payment "\"gateway_reference\":\"$1\"" "\"customer\":\"c-$2\"" "\"amount\":\"$3\"" '"currency":"EUR"' "\"at\":\"2026-11-10T$4:00:00Z\"" "${@:5}"
}
of() { # CUSTOMER: the field of his invoice
    printf '"invoice":"%s"' "$(invoice_of "$1")"
}
given_back() { # REFERENCE PAYMENT AMOUNT DAY
    record refund "\"gateway_reference\":\"$1\"" "\"payment\":\"$2\"" "\"amount\":\"$3\"" '"currency":"EUR"' "\"at\":\"2026-11-$4T12:00:00Z\""
}
STRIPE='"gateway":"stripe"'
refund() { # PAYMENT OPTIONS…
    mill "$round" refund "$1" --date 2026-11-14 --reason "asked for" "${@:2}"
}
has_failed() { # PAYMENT: a person has seen that the gateway does not have it
    mill "$round" effects resolve "refund:$1:1" --failed --reason "not there"
}
grants_of() { # CUSTOMER
    dump_of "$round" credit_grant | jq -r --arg c "c-$1" 'select(.customer == $c) | [.source, .amount] | join(" ")' | sort
}
refunds_of() { # PAYMENT
    dump_of "$round" refund | jq -r --arg p "$1" 'select(.payment == $p) | .amount' | sort -n | paste -sd ' '
}
owed() { # CUSTOMER
    mill "$round" show invoice "$(invoice_of "$1")" --json | jq -r '[.paid, .refunded, .overpaid, .left_to_pay, .status] | join(" ")'
}
parked() {
    mill "$round" parked --json | jq -r '.items[] | [.job, .item, .code] | join(" ")' | sort
}

round=$STORY_DIR/steps
begin "$round"
cp "$STORY_ROOT/config/declines.yaml" "$round/config/"
sed -i 's/^calls:.*/calls: 1/' "$round/config/jobs/dispatch.yaml"
cat >>"$round/config/billmill.yaml" <<EOT
dunning: {policy: none}
gateways:
  stripe: {url: "$GATEWAY/stripe", secret: {env: TEST_STRIPE}}
EOT
run 0 "October is closed" -- mill "$round" close --period 2026-10

# ------------------------------------------------------------------ of an invoice that is not there

wrong=$(paid_there 11900)
{
    pay "$wrong" free 119.00 08 "$STRIPE" '"invoice":"INV-2026-009999"'
    pay pi_nowhere free 119.00 09 "$STRIPE" '"invoice":"INV-2026-009998"'
} | know "payments with a wrong number"
run 0 "one is to be given back" -- refund "$wrong"
run 0 "and one that the gateway does not have" -- refund pi_nowhere
run 3 "both are sent" -- mill "$round" run dispatch --date 2026-11-14
run 0 "which is declined" -- has_failed pi_nowhere
round_sql_is "one is done, the other declined" "$round" "SELECT state FROM effect WHERE kind = 'refund' ORDER BY state" "done
failed"
equal "and known" "$(refunds_of "$wrong") / $(refunds_of pi_nowhere)" "119.00 / "
run 0 "what is done is not done again" -- refund "$wrong"
run 64 "nor is what has failed, which is said" -- refund pi_nowhere
stderr_has "and how it is asked for once more" "--number 2"
run 64 "nothing is given back before it was paid" -- mill "$round" refund "$wrong" --date 2020-01-01 --number 2 --reason "asked for"
stderr_has "which is said" "$wrong was paid on 2026-11-10, which is behind 2020-01-01"

# ------------------------------------------------------------------ before it is matched, and behind it

free=$(paid_there 10000)
stray=$(paid_there 11900)
both=$(paid_there 11900)
{
    pay "$free" free 100.00 10 "$STRIPE"
    pay "$stray" stray 119.00 10 "$STRIPE"
    pay pi_lost lost 5.00 10 "$STRIPE"
} | know "payments without an invoice"
for payment in "$free" "$stray" pi_lost; do run 0 "are to be given back" -- refund "$payment"; done
run 0 "as the first step of collecting sees" -- mill "$round" run payment-match --date 2026-11-14
equal "they are no credit, and pay nothing" "$(grants_of free)$(grants_of stray)$(grants_of lost)/$(owed stray)" "/0.00 0.00 0.00 119.00 open"
pay "$both" both 119.00 10 "$STRIPE" | know "another one"
run 0 "is matched the next day" -- mill "$round" run payment-match --date 2026-11-15
pay bank-both both 119.00 09 "$(of both)" | know "whose invoice is paid by transfer too"
run 0 "so the first is to be given back" -- refund "$both"
run 3 "all is collected" -- mill "$round" run collect --date 2026-11-15
equal "given back" "$(refunds_of "$free") $(refunds_of "$stray") $(refunds_of "$both")" "100.00 119.00 119.00"
equal "and granted to nobody" "$(grants_of free)$(grants_of stray)$(grants_of both)" ""
run 0 "one is declined" -- has_failed pi_lost
run 0 "all is collected again" -- mill "$round" run collect --date 2026-11-16
equal "nor then" "$(grants_of free)$(grants_of stray)$(grants_of both)" ""
equal "one owes his invoice, one has paid it once" "$(owed stray) / $(owed both)" "0.00 0.00 0.00 119.00 open / 238.00 119.00 0.00 0.00 paid"
equal "what could not be given back is his credit" "$(grants_of lost)" "payment pi_lost 5.00"
run 64 "and stays so" -- refund pi_lost --number 2
stderr_has "which is told" "0.00 EUR of pi_lost may be given back"

# ------------------------------------------------------------------ what is a credit by another name

first=$(paid_there 11900)
second=$(paid_there 11900)
noted=$(paid_there 11900)
part=$(paid_there 11900)
{
    pay "$first" twice 119.00 08 "$STRIPE" "$(of twice)"
    pay "$second" twice 119.00 09 "$STRIPE" "$(of twice)"
    pay "$noted" noted 119.00 08 "$STRIPE" "$(of noted)"
    pay "$part" part 119.00 10 "$STRIPE"
} | know "one pays twice"
run 0 "the last one is matched" -- mill "$round" run payment-match --date 2026-11-17
pay bank-part part 119.00 08 "$(of part)" | know "and pays by transfer too"
run 0 "it is applied" -- mill "$round" run payment-apply --date 2026-11-17
equal "what is too much is a credit of the last one" "$(grants_of twice) / $(grants_of part)" "payment $second 119.00 / payment $part:$(invoice_of part) 119.00"
for payment in "$first" "$second" "$part"; do
    run 64 "none of it is given back besides" -- refund "$payment"
    stderr_has "by no name" "0.00 EUR of $payment may be given back"
done
run 64 "of the first" -- refund "$first"
stderr_has "the credit is named" "119.00 of what was paid of $(invoice_of twice) is a credit of customer c-twice already"

# ------------------------------------------------------------------ refunds of a part, in any order

{
    pay bank-late late 119.00 10
    pay bank-given given 50.00 10
} | know "two pay by transfer"
run 0 "which is matched" -- mill "$round" run payment-match --date 2026-11-18
given_back re-2 bank-late 30.00 13 | know "30.00 are given back"
run 0 "which is seen" -- mill "$round" run payment-match --date 2026-11-19
{
    given_back re-1 bank-late 30.00 12
    given_back re-given bank-given 50.00 12
} | know "30.00 more, the day before, and what is a credit"
run 3 "which is seen too, but for the credit" -- mill "$round" run payment-match --date 2026-11-20
equal "both are off the part" "$(refunds_of "bank-late:$(invoice_of late)")" "30.00 30.00"
run 0 "and owed" -- mill "$round" run payment-apply --date 2026-11-20
equal "again" "$(owed late)" "119.00 60.00 0.00 60.00 partially_paid"
equal "the credit is parked" "$(parked)" "payment-match payment bank-given given_twice"
run 0 "somebody has billed it" -- mill "$round" parked waive 1 --reason "billed"
run 0 "then it is not parked again" -- mill "$round" run payment-match --date 2026-11-21
{
    pay bank-over-1 over 119.00 08 "$(of over)"
    pay bank-over-2 over 119.00 09 "$(of over)"
} | know "the same, of an invoice"
run 0 "is a credit" -- mill "$round" run payment-apply --date 2026-11-21
given_back re-over bank-over-2 119.00 12 | know "given back besides"
run 3 "and parked" -- mill "$round" run payment-apply --date 2026-11-22
run 0 "waived" -- mill "$round" parked waive 1 --reason "billed"
run 0 "and not parked again" -- mill "$round" run payment-apply --date 2026-11-23

# ------------------------------------------------------------------ what the gateway has given a reference

asked=$(paid_there 10000)
pay "$asked" asked 100.00 10 "$STRIPE" | know "one is paid"
run 0 "a part of it is to be given back" -- refund "$asked" --amount 30.00
there=$(stripe refunds -d payment_intent="$asked" -d amount=3000)
# As an answer leaves it that nobody expected.
round_sql "$round" "UPDATE effect SET state = 'held', code = 'unexpected_status', provider_ref = '$there', epoch = epoch + 1 WHERE effect_key = 'refund:$asked:1'"
given_back_there() { # how often
    curl -sS -u sk_test_1: "$GATEWAY/stripe/v1/refunds?payment_intent=$asked" | jq '.data | length'
}
run 64 "it has not failed by a word" -- has_failed "$asked"
stderr_has "as the gateway may have given it back" "stripe has $there of it, which may be given back there, and is not here"
given_back "$there" "$asked" 30.00 13 | know "it is imported"
run 0 "it is tried again" -- mill "$round" effects retry "refund:$asked:1" --reason "what became of it"
mill "$round" run dispatch --date 2026-11-19 >"$round/out.txt" 2>"$round/err.txt"
round_sql_is "which asks for it" "$round" "SELECT state FROM effect WHERE effect_key = 'refund:$asked:1'" "done"
equal "it is given back once, there and here" "$(given_back_there) / $(refunds_of "$asked")" "1 / 30.00"

# ------------------------------------------------------------------ behind a grant of what is too much

{
    pay pi_much_1 much 150.00 08 "$STRIPE" "$(of much)"
    pay pi_much_2 much 50.00 09 "$STRIPE" "$(of much)"
} | know "200.00 are paid of 119.00"
run 0 "30.00 of it are to be given back" -- refund pi_much_1 --amount 30.00
run 0 "it is applied meanwhile" -- mill "$round" run payment-apply --date 2026-11-24
equal "nothing is granted, and it is paid" "$(grants_of much) / $(owed much)" " / 200.00 0.00 81.00 0.00 paid"
run 0 "the refund has failed" -- has_failed pi_much_1
run 0 "it is applied again" -- mill "$round" run payment-apply --date 2026-11-25
# 200.00 - 119.00 = 81.00: the last payment first.
equal "all that is too much is a credit" "$(grants_of much)" "payment pi_much_1 31.00
payment pi_much_2 50.00"

# ------------------------------------------------------------------ what is credited before it is given back

half=$(paid_there 11900)
whole=$(paid_there 11900)
unseen=$(paid_there 11900)
{
    pay "$half" half 119.00 08 "$STRIPE" "$(of half)"
    pay "$whole" whole 119.00 08 "$STRIPE"
    pay "$unseen" unseen 119.00 08 "$STRIPE" "$(of unseen)"
    for who in failed told again; do pay "pi_$who" "$who" 119.00 08 "$STRIPE" "$(of "$who")"; done
} | know "six pay their invoices"
run 0 "one without its number" -- mill "$round" run payment-match --date 2026-11-24
run 0 "all is applied" -- mill "$round" run payment-apply --date 2026-11-26
for who in failed told; do run 0 "half is to be given back" -- refund "pi_$who" --amount 59.50; done
run 0 "or the whole" -- refund pi_again
run 3 "which the gateway does not have" -- mill "$round" run dispatch --date 2026-11-24
{
    for who in half failed told unseen; do decide "$who" "$(invoice_of "$who")" credit 2026-11-20 '"net":"50.00"'; done
    decide whole "$(invoice_of whole)" credit 2026-11-20
    decide again "$(invoice_of again)" rebill 2026-11-20
} | know "what they have paid is credited"
for payment in "$half" "$unseen"; do run 0 "half of it is to be given back besides" -- refund "$payment" --amount 59.50; done
run 0 "100.00 of one" -- refund "$whole" --amount 100.00
# As if it had been asked for while another host was closing.
round_sql "$round" "UPDATE effect SET lane = 'unseen:' || lane WHERE effect_key = 'refund:$unseen:1'"

# ------------------------------------------------------------------ what is to be void

{
    decide void-it "$(invoice_of voided)" void 2026-11-20
    decide credit-it "$(invoice_of noted)" credit 2026-11-20 '"net":"50.00"'
    pay bank-voided voided 119.00 10
} | know "an invoice is to be void, and money comes"
run 0 "it is matched" -- mill "$round" run payment-match --date 2026-11-25
equal "to nothing" "$(owed voided) / $(grants_of voided)" "0.00 0.00 0.00 119.00 open / payment bank-voided 119.00"
run 0 "November is closed" -- mill "$round" close --period 2026-11
equal "and it is void" "$(dump_of "$round" invoice | jq -r 'select(.customer == "c-voided") | .status')" void
round_sql "$round" "UPDATE effect SET lane = SUBSTR(lane, 8) WHERE effect_key = 'refund:$unseen:1'"
given() { # CUSTOMER: what he has as credits, without their sources, and what was given back of his payment
    printf '%s/%s' "$(grants_of "$1" | sed 's/.* //' | paste -sd ' ')" "$(refunds_of "$2")"
}
given_all() {
    printf '%s ' "$(given half "$half")" "$(given whole "$whole")" "$(given failed pi_failed)" "$(given told pi_told)" \
        "$(given again pi_again)" "$(given unseen "$unseen")"
}
# Of 119.00 that were paid half is credited, 59.50, and 59.50 are about to be given back: no credit. Of the whole 119.00 - 100.00.
equal "what is about to be given back is no credit besides" "$(given_all)" "/ 19.00/ / / / 59.50/ "
equal "and leaves what billed it again to pay" "$(dump_of "$round" invoice | jq -r 'select(.customer == "c-again") | .amount_due' | paste -sd ' ')" "119.00 119.00"
run 0 "one was given back there" -- mill "$round" effects resolve refund:pi_told:1 --done re_told --reason "seen there"
for who in failed again; do run 0 "the others were not" -- has_failed "pi_$who"; done
run 0 "it is collected" -- mill "$round" run collect --date 2026-12-01
equal "each has it once" "$(given_all)" "/59.50 19.00/100.00 59.50/ /59.50 119.00/ 59.50/ "
round_sql_is "what is a credit is not given back" "$round" "SELECT state || ' ' || code FROM effect WHERE effect_key = 'refund:$unseen:1'" "failed not_refundable"
run 0 "the next day does not" -- mill "$round" run collect --date 2026-12-02
equal "give it to anybody again" "$(given_all)" "/59.50 19.00/100.00 59.50/ /59.50 119.00/ 59.50/ "
equal "nobody owes anything of what was credited" "$(for who in half whole failed told unseen; do owed "$who"; done)" "119.00 59.50 0.00 0.00 paid
119.00 100.00 19.00 0.00 paid
119.00 0.00 59.50 0.00 paid
119.00 59.50 0.00 0.00 paid
119.00 0.00 59.50 0.00 paid"
run 64 "half of one is a credit by a note" -- refund "$noted"
stderr_has "which is named" "59.50 of what was paid of $(invoice_of noted) is a credit of customer c-noted already"
equal "nothing else is parked" "$(parked)" ""

all_explained "$round"
run 0 "credits are proved" -- mill "$round" verify credits
mill "$round" dump >"$STORY_DIR/steps.jsonl"
sed "s/127.0.0.1 port [0-9]* after [0-9]* ms/127.0.0.1/" "$STORY_DIR/steps.jsonl" >"$STORY_DIR/anywhere.jsonl"
keep_dump steps "$STORY_DIR/anywhere.jsonl"
computed "it is computed again" "$STORY_DIR/steps.jsonl"
take_dump "it moves" "$STORY_DIR/moved" "$STORY_DIR/steps.jsonl"
story_end
