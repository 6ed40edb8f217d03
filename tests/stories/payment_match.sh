# Payments that name no invoice: which open invoices they pay, what is left, what is given back of them later; once whoever repeats it,
# killed on the way, moved to another database; on PostgreSQL while others are at work.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
. tests/support/beside.sh
story_begin

# Each owes September (due 2026-10-14) and October (due 2026-11-14), 119.00 with the tax.
WHO="back many named over twice usd"
catalog() {
    local who
    berlin
    monthly_fee
    for who in $WHO; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"$who\"" "\"customer\":\"c-$who\"" '"plan":"m"' '"start":"2026-09-01"' '"cancel_at":"2026-11-01"'
    done
}
pay() { # REFERENCE CUSTOMER AMOUNT FIELDS…: without an invoice, at 12:0N of 2026-11-20 with the N of the reference
    record payment "\"gateway_reference\":\"$1\"" "\"customer\":\"c-$2\"" "\"amount\":\"$3\"" "\"at\":\"2026-11-20T12:0${1#bank-}:00Z\"" "${@:4}"
}
refund() { # REFERENCE PAYMENT AMOUNT
    record refund "\"gateway_reference\":\"$1\"" "\"payment\":\"$2\"" "\"amount\":\"$3\"" '"currency":"EUR"' '"at":"2026-11-25T12:00:00Z"'
}
EUR='"currency":"EUR"'
invoice_of() { # CUSTOMER DUE
    dump_of "$round" invoice | jq -r --arg c "c-$1" --arg d "$2" 'select(.customer == $c and .due_on == $d) | .number'
}
# Parts of payments: whose, of which month's invoice, how much.
parts() {
    dump_of "$round" invoice | jq -r '[.number, .due_on] | @tsv' >"$STORY_DIR/due.tsv"
    dump_of "$round" payment | jq -r 'select(.part_of) | [.invoice, .part_of, .customer, .amount, .gateway] | @tsv' |
        awk -F'\t' 'NR == FNR {due[$1] = $2; next} {print $2, due[$1], $4, $5}' "$STORY_DIR/due.tsv" - | sort
}
credits() {
    dump_of "$round" credit_grant | jq -r '[.customer, .kind, .source, .amount, .currency] | join(" ")' | sort
}
statuses() { # September's and October's of each
    dump_of "$round" invoice | jq -r '[.customer, .due_on, .status] | @tsv' | sort | awk '{s[$1] = s[$1] " " $3} END {for (c in s) print c s[c]}' | sort
}

# Those that the next run looks at.
unmatched() {
    round_sql "$round" "SELECT gateway_reference FROM payment WHERE invoice IS NULL AND part_of IS NULL AND changes <> matched
        ORDER BY gateway_reference" | paste -sd ' '
}

round=$STORY_DIR/steps
begin "$round"
for month in 09 10; do run 0 "2026-$month is closed" -- mill "$round" close --period 2026-$month; done
{
    pay bank-1 many 150.00 "$EUR" '"note":"thank you"'
    pay bank-2 many 20.00 "$EUR"
    pay bank-3 over 300.00 "$EUR"
    pay bank-4 usd 5.00 '"currency":"USD"'
    pay bank-5 back 150.00 "$EUR"
    refund re-5 bank-5 20.00
    pay bank-6 named 119.00 "$EUR" "\"invoice\":\"$(invoice_of named 2026-10-14)\"" | sed 's/"customer":"c-named",//'
    pay bank-7 twice 300.00 "$EUR"
    pay bank-0 usd 7.00 "$EUR"
    refund re-0 bank-0 7.00
} | know "$round" "payments without an invoice, and one with"
equal "an invoice says whose payment it is" "$(dump_of "$round" payment | jq -r 'select(.gateway_reference == "bank-6") | .customer')" c-named
pay bank-8 many 1.00 "$EUR" | sed 's/"customer":"c-many",//' | bad "$round" "a payment of nobody" "nobody knows whose payment this is"
pay bank-8 many 1.00 "$EUR" '"invoice":"INV-2026-000099"' | sed 's/"customer":"c-many",//' |
    bad "$round" "nor of an invoice that there is not" 'invoice "INV-2026-000099" of tenant "t" does not exist'
round_copy "$round" "$STORY_DIR/hurt"
run 0 "they are matched" -- mill "$round" run payment-match --date 2026-11-21
# bank-1: 150 = 119 + 31; bank-2: the next 20 of October's 88; bank-3: 300 = 119 + 119 + 62; bank-5: 150 - 20 = 119 + 11.
equal "to the oldest invoices" "$(parts)" "bank-1 2026-10-14 119.00 manual
bank-1 2026-11-14 31.00 manual
bank-2 2026-11-14 20.00 manual
bank-3 2026-10-14 119.00 manual
bank-3 2026-11-14 119.00 manual
bank-5 2026-10-14 119.00 manual
bank-5 2026-11-14 11.00 manual
bank-7 2026-10-14 119.00 manual
bank-7 2026-11-14 119.00 manual"
equal "what is left is a credit, in its currency" "$(credits)" "c-over refund payment bank-3 62.00 EUR
c-twice refund payment bank-7 62.00 EUR
c-usd refund payment bank-4 5.00 USD"
run 0 "the same day again" -- mill "$round" run payment-match --date 2026-11-21
run 0 "and the next" -- mill "$round" run payment-match --date 2026-11-22
equal "match nothing more" "$(parts | wc -l) $(credits | wc -l)" "9 3"
equal "for they look at nothing" "$(unmatched)" ""
run 0 "they are applied" -- mill "$round" run payment-apply --date 2026-11-22
equal "to their invoices" "$(statuses)" "c-back paid partially_paid
c-many paid partially_paid
c-named paid open
c-over paid paid
c-twice paid paid
c-usd open open"
run 0 "an invoice shows by what it was paid" -- mill "$round" show invoice "$(invoice_of many 2026-11-14)"
stdout_has "in parts" "manual bank-1:$(invoice_of many 2026-11-14)"
stdout_has "what is left" "68.00"
stdout_has "and where more of the payment is" "billmill show payment bank-1:$(invoice_of many 2026-11-14)"
run 0 "a payment shows what it pays" -- mill "$round" show payment bank-1
for text in "payment bank-1 of customer c-many of tenant t" "by manual at 2026-11-20T12:01:00Z, in EUR: thank you" \
    "119.00  invoice $(invoice_of many 2026-10-14), paid, as bank-1:" "31.00  invoice $(invoice_of many 2026-11-14), partially_paid, as bank-1:"; do
    stdout_has "which is: $text" "$text"
done
payment() { # REFERENCE: amounts, in all, of each invoice, given back, as a credit, not matched
    mill "$round" show payment "$1" --json | jq -r '[.amount, (.applied | map(.pays) | join("+")), .refunded, .credit, .unmatched, .currency] | join(" ")'
}
equal "for programs too: with credits, what was given back, or of nothing" "$(for n in 3 4 5 6 0; do payment bank-$n; done)" "300.00 119.00+119.00 0.00 62.00 0.00 EUR
5.00  0.00 5.00 0.00 USD
150.00 119.00+11.00 20.00 0.00 0.00 EUR
119.00 119.00 0.00 0.00 0.00 EUR
7.00  7.00 0.00 0.00 EUR"
run 0 "so is a part of one" -- mill "$round" show payment "bank-1:$(invoice_of many 2026-11-14)"
stdout_has "with its payment" "a part of payment bank-1"
run 64 "one that there is not" -- mill "$round" show payment bank-
stderr_has "is told with those that may be meant" "did you mean bank-0, bank-1, bank-1:"
run 64 "a refund is none" -- mill "$round" show payment re-5
stderr_has "but of one" "did you mean bank-5?"
run 64 "which one" -- mill "$round" show payment
stderr_has "is to be said" "show payment needs the reference of a payment"
mill "$round" dump >"$STORY_DIR/matched.jsonl"
keep_dump matched "$STORY_DIR/matched.jsonl"

# ------------------------------------------------------------------ given back later

# Of bank-5 15.00 more: October's 11.00, then 4.00 of September's. Of bank-7 all: its 238.00 are taken off, 62.00 are his credit too.
{
    refund re-5-2 bank-5 15.00
    refund re-7 bank-7 300.00
} | know "$round" "some is given back"
equal "of two" "$(unmatched)" "bank-5 bank-7"
refund re-8 "bank-3:$(invoice_of over 2026-10-14)" 1.00 | bad "$round" "a refund of a part" 'is a part of "bank-3"'
run 0 "which is seen" -- mill "$round" run payment-match --date 2026-11-26
equal "taken off from the last on" "$(dump_of "$round" refund | jq -r 'select(.payment | startswith("bank-5:")) | [.amount] | join(" ")' | sort)" "11.00
4.00"
run 0 "it is applied" -- mill "$round" run payment-apply --date 2026-11-26
equal "one owes again" "$(statuses | grep -E 'back|twice')" "c-back partially_paid open
c-twice open open"
run 3 "the next day" -- mill "$round" run payment-match --date 2026-11-27
equal "one has a credit besides" "$(mill "$round" parked --json | jq -r '.items[] | [.item, .code, .reason] | join(" | ")')" \
    "payment bank-7 | given_twice | 62.00 EUR of payment bank-7 are a credit, and were given back besides"
equal "which is looked at until somebody waives it" "$(unmatched)" bank-7
equal "nothing is taken off again" "$(dump_of "$round" refund | jq -r 'select(.payment | startswith("bank-5:")) | .amount' | wc -l)" 2

# ------------------------------------------------------------------ what was given back is not paid by itself

# c-back owes 4.00 of September, which were given back, and all of October, of which 11.00 were: 108.00 of that were never paid.
round_copy "$round" "$STORY_DIR/again"
round=$STORY_DIR/again
again() { # REFERENCE AMOUNT FIELDS…
    record payment "\"gateway_reference\":\"$1\"" '"customer":"c-back"' "\"amount\":\"$2\"" "$EUR" '"at":"2026-11-28T12:00:00Z"' "${@:3}"
}
again again-1 300.00 | know "$round" "who had some back pays once more"
run 3 "which is matched" -- mill "$round" run payment-match --date 2026-11-28
equal "to what was never paid" "$(parts | grep again)" "again-1 2026-11-14 108.00 manual"
equal "the rest is a credit" "$(credits | grep again)" "c-back refund payment again-1 192.00 EUR"
run 0 "it is applied" -- mill "$round" run payment-apply --date 2026-11-28
equal "both are owed still" "$(statuses | grep back)" "c-back partially_paid partially_paid"
{
    again again-2 4.00 "\"invoice\":\"$(invoice_of back 2026-10-14)\""
    again again-3 11.00 "\"invoice\":\"$(invoice_of back 2026-11-14)\""
} | know "$round" "he pays the rest, and says of what"
run 0 "which is applied" -- mill "$round" run payment-apply --date 2026-11-29
equal "both are paid" "$(statuses | grep back)" "c-back paid paid"
all_explained "$round"
mill "$round" dump >"$STORY_DIR/again.jsonl"
computed "it is computed again" "$STORY_DIR/again.jsonl"
round=$STORY_DIR/steps

# ------------------------------------------------------------------ killed, proved, moved

round=$STORY_DIR/hurt
chunks_of "$round" 1
at "$round"
for instant in 1 2 3 4 5; do
    kill_after "0.0$instant" run payment-match --date 2026-11-21
    "${MILL_AT[@]}" resume >"$round/out.txt" 2>&1
done
run 0 "killed and resumed, it is done" -- mill "$round" run payment-match --date 2026-11-21
run 0 "and has nothing more to do" -- mill "$round" run payment-match --date 2026-11-22
run 0 "it is applied" -- mill "$round" run payment-apply --date 2026-11-22
mill "$round" dump >"$STORY_DIR/hurt.jsonl"
same_file "with the same rows" "$STORY_DIR/hurt.jsonl" "$STORY_DIR/matched.jsonl"
round=$STORY_DIR/steps
all_explained "$round"
run 0 "credits are proved" -- mill "$round" verify credits
mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"
computed "it is computed again" "$STORY_DIR/steps.jsonl"
take_dump "it moves" "$STORY_DIR/moved" "$STORY_DIR/steps.jsonl"
round=$STORY_DIR/moved
run 3 "where the same is parked" -- mill "$round" run payment-match --date 2026-11-28
equal "and nothing else happens" "$(parts | wc -l) $(credits | wc -l) $(unmatched)" "9 3 bank-7"
on_postgres || story_end # one process writes a file of SQLite

# ------------------------------------------------------------------ somebody else, meanwhile

# Of 119.00, which are read, 100.00 are given back before what they pay is written: 19.00 pay.
round=$STORY_DIR/steps
pay bank-9 usd 119.00 "$EUR" | know "$round" "another payment"
hold "$round" "$FIRST_CHUNK"
beside "$round" run payment-match --date 2026-12-01
await "$round" "$WAITS"
refund re-9 bank-9 100.00 | know "$round" "some of it is given back while it is matched"
release
ends "it is matched" $begun 3
equal "with what is left of it" "$(parts | grep bank-9)" "bank-9 2026-10-14 19.00 manual"

# Another day is not run meanwhile.
pay bank-8 over 30.00 "$EUR" | know "$round" "one that no invoice takes"
hold "$round" "SELECT 1 FROM payment WHERE gateway_reference = 'bank-8' FOR UPDATE"
beside "$round" run payment-match --date 2026-12-02
await "$round" "$WAITS"
run 4 "another run is turned away" -- mill "$round" run payment-match --date 2026-12-03
release
ends "the first one ends" $begun 3
run 3 "then it finds nothing more" -- mill "$round" run payment-match --date 2026-12-03
equal "one credit" "$(credits | grep bank-8)" "c-over refund payment bank-8 30.00 EUR"
equal "and nothing that differs" "$(mill "$round" parked --json | jq -r '.items[].item' | sort -u)" "payment bank-7"
story_end
