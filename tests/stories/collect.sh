# Invoices that are due are charged through the gateways of their customers: every end of a charge, what it makes of the invoice,
# what is not charged and why, once whoever repeats it, and killed on the way.
. "$(dirname "$0")/../support/story.sh"
. tests/support/gateways.sh
. tests/fault/fault.sh
. tests/support/records.sh
story_begin
gateway_start '{"mercadopago_currency": "EUR"}'

# Each of them used October for 119.00 with the tax, due on 2026-11-14, and pays by the card that his gateway has under this token.
CARDS="paid insufficient_funds stolen_card expired_card lost processing_paid wrong_amount 429-then-paid"
customer() { # CUSTOMER
    record customer "\"customer\":\"c-$1\"" "\"name\":\"$1 GmbH\"" "\"email\":\"$1@example.com\"" '"address":{"country":"DE"}'
    record subscription "\"subscription\":\"$1\"" "\"customer\":\"c-$1\"" '"plan":"m"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
}
card() { # CUSTOMER GATEWAY TOKEN FIELDS…
    record payment_method "\"customer\":\"c-$1\"" '"payment_method":"card"' "\"gateway\":\"$2\"" "\"gateway_customer\":\"cus_$1\"" \
        "\"gateway_token\":\"tok_$3\"" '"is_default":true' "${@:4}"
}
catalog() {
    local step who
    berlin
    monthly_fee
    for step in $CARDS; do
        customer "$step"
        card "$step" stripe "$step" '"expires":"2026-11"'
    done
    for who in razorpay mercadopago; do
        customer $who
        card $who $who paid
    done
    customer of_tomorrow
    card of_tomorrow mercadopago of_tomorrow
    for who in part early late given expired none hand spare; do customer $who; done
    for who in part early late given; do card $who stripe paid; done
    card expired stripe paid '"expires":"2026-10"'
    record payment_method '"customer":"c-hand"' '"payment_method":"bank"' '"gateway":"manual"' '"is_default":true'
    record payment_method '"customer":"c-spare"' '"payment_method":"card"' '"gateway":"stripe"' '"gateway_customer":"cus_spare"' '"gateway_token":"tok_paid"'
}
configure() { # ROUND
    cp "$STORY_ROOT/config/declines.yaml" "$1/config/"
    printf '%s' rzp_secret_1 >"$STORY_DIR/razorpay-secret"
    chmod 0600 "$STORY_DIR/razorpay-secret"
    cat >>"$1/config/billmill.yaml" <<EOT
dunning: {policy: none} # has a story of its own
gateways:
  stripe: {url: "$GATEWAY/stripe", secret: {env: TEST_STRIPE}}
  razorpay: {url: "$GATEWAY/razorpay", key: rzp_test_1, absent_after_s: 1, secret: {file: "$STORY_DIR/razorpay-secret"}}
  mercadopago: {url: "$GATEWAY/mercadopago", secret: {env: TEST_MERCADOPAGO}}
EOT
}
export TEST_STRIPE=sk_test_1 TEST_MERCADOPAGO=APP_USR_1
invoice_of() { # ROUND CUSTOMER
    dump_of "$1" invoice | jq -r --arg c "c-$2" 'select(.customer == $c) | .number'
}
pay() { # ROUND REFERENCE CUSTOMER AMOUNT
    record payment "\"gateway_reference\":\"$2\"" "\"customer\":\"c-$3\"" "\"invoice\":\"$(invoice_of "$1" "$3")\"" "\"amount\":\"$4\"" '"currency":"EUR"' \
        '"at":"2026-11-10T12:00:00Z"'
}
of_customers() { # ROUND RECORD JQ: a line each, sorted
    dump_of "$1" invoice | jq -r '[.number, .customer] | @tsv' >"$STORY_DIR/numbers.tsv"
    dump_of "$1" "$2" | jq -r "$3" | awk -F'\t' -v OFS='\t' 'NR == FNR {name[$1] = substr($2, 3); next} {$1 = name[$1]} 1' "$STORY_DIR/numbers.tsv" - | sort | tr '\t' ' '
}
attempts() { # ROUND
    of_customers "$1" payment_attempt '[.invoice, .attempt, .amount, .outcome, .decline // "-", .code // "-", .on] | @tsv'
}
collect() { # ROUND DATE
    mill "$1" run collect --date "$2"
}
# Before it is due, of 119.00: 50.00, of which 20.00 are given back.
give_back() { # ROUND
    pay "$1" pi-given given 50.00
    record refund '"gateway_reference":"re-given"' '"payment":"pi-given"' '"amount":"20.00"' '"currency":"EUR"' '"at":"2026-11-11T12:00:00Z"'
}
# The provider begins anew: rounds have the same keys.
gateway_anew() { # ROUND
    gateway_stop
    rm -f "$GATEWAY_LOG"
    gateway_start '{"mercadopago_currency": "EUR"}'
    configure_again "$1"
}
configure_again() {
    sed -i "s|http://127.0.0.1:[0-9]*|$GATEWAY|" "$1/config/billmill.yaml"
}
refund_of() { # ROUND CUSTOMER ON: 19.00 of what he paid are to be given back
    local reference request
    reference=$(dump_of "$1" payment | jq -r --arg c "c-$2" 'select(.customer == $c) | .gateway_reference')
    request=$(printf '{"tenant":"t","payment":"%s","refund":1,"invoice":"%s","amount_minor":1900,"currency":"EUR"}' "$reference" "$(invoice_of "$1" "$2")")
    jq -cn --arg request "$request" --arg key "refund:$reference:1" --arg sha "$(printf '%s' "$request" | sha256sum | cut -c1-64)" --arg on "$3" \
        '{record: "effect", tenant: "t", effect: $key, kind: "refund", state: "intent", provider: "stripe", subject: "refund", intended_on: $on,
          attempts: 0, epoch: 0, request: {text: $request, sha256: $sha}}'
}
begin_collect() { # ROUND
    begin "$1"
    configure "$1"
    run 0 "$(basename "$1"): October is closed" -- mill "$1" close --period 2026-10
}

# ------------------------------------------------------------------ every end

round=$STORY_DIR/ends
begin_collect "$round"
round_copy "$round" "$STORY_DIR/hurt"
round_copy "$round" "$STORY_DIR/fresh"
{
    pay "$round" pi-early early 119.00
    pay "$round" pi-part part 50.00
    give_back "$round"
} | know "$round" "one pays before, one a part, of which one has some back"
run 0 "nothing is due yet" -- collect "$round" 2026-11-13
equal "so nobody is charged" "$([ ! -s "$GATEWAY_LOG" ] || cat "$GATEWAY_LOG")" ""
run 0 "the day that it is due" -- mill "$round" run payment-collect --date 2026-11-14
for text in "2 of customers without a default" "1 to be paid by hand" "1 of customers whose payment method has expired"; do
    stderr_has "who cannot be charged is told: $text" "$text"
done
round_sql_is "each has one intent over what it owes" "$round" "SELECT COUNT(*), COUNT(DISTINCT lane), MIN(state) FROM effect WHERE kind = 'charge'" "13|13|intent"
pay "$round" pi-late late 119.00 | know "$round" "one pays meanwhile"
run 3 "charges are sent; an amount that differs waits for a person" -- collect "$round" 2026-11-14
stdout_has "which is what it ends with" "collect 2026-11-14: done, with held effects"
stderr_has "a code that nobody knows is told" 'mercadopago declines with code "of_tomorrow"'
equal "once" "$(grep -c of_tomorrow "$STORY_ERR")" 1
# Five times 119.00 and 69.00 are paid.
sent="13 charges: 6 paid (664.00 EUR), 1 canceled, 4 declined, 1 held, 1 waiting (processing)"
stdout_has "it says what became of the charges" "  $sent"
stdout_has "and so does its step" "  dispatch                11 items, 0 parked: $sent"
run 0 "which the status says too" -- mill "$round" status
stdout_has "of the run" "  sent by collect 2026-11-14: $sent"
sent_by() { # ROUND JOB DATE
    mill "$1" show "$2" --date "$3" --json | jq -r '[.sent[] | "\(.count) \(.kind) \(.state) \(.outcome // "-") \(.amount // "-")"] | join(", ")'
}
equal "and the run itself" "$(sent_by "$round" dispatch 2026-11-14)" \
    "6 charge done paid 664.00, 1 charge failed canceled -, 4 charge failed declined -, 1 charge held - -, 1 charge unknown processing -"
cat >"$STORY_DIR/attempts.txt" <<'EOT'
429-then-paid 1 119.00 paid - - 2026-11-14
expired_card 1 119.00 declined customer expired_card 2026-11-14
insufficient_funds 1 119.00 declined later insufficient_funds 2026-11-14
late 1 119.00 canceled - not_owed 2026-11-14
lost 1 119.00 paid - - 2026-11-14
mercadopago 1 119.00 paid - - 2026-11-14
of_tomorrow 1 119.00 declined later of_tomorrow 2026-11-14
paid 1 119.00 paid - - 2026-11-14
part 1 69.00 paid - - 2026-11-14
razorpay 1 119.00 paid - - 2026-11-14
stolen_card 1 119.00 declined never stolen_card 2026-11-14
EOT
attempts "$round" >"$STORY_DIR/got.txt"
same_file "each attempt that has ended is a row" "$STORY_DIR/got.txt" "$STORY_DIR/attempts.txt"
cat >"$STORY_DIR/statuses.txt" <<'EOT'
429-then-paid paid
early paid
expired open
expired_card open
given partially_paid
hand open
insufficient_funds open
late paid
lost paid
mercadopago paid
none open
of_tomorrow open
paid paid
part paid
processing_paid open
razorpay paid
spare open
stolen_card open
wrong_amount open
EOT
of_customers "$round" invoice '[.number, .status] | @tsv' >"$STORY_DIR/got.txt"
same_file "and the invoice has its status" "$STORY_DIR/got.txt" "$STORY_DIR/statuses.txt"
round_sql_is "two are not over" "$round" "SELECT state, outcome, code FROM effect WHERE kind = 'charge' AND state NOT IN ('done', 'failed') ORDER BY state" \
    "held||wrong_amount
unknown|processing|processing"
run 0 "it is shown" -- mill "$round" show invoice "$(invoice_of "$round" stolen_card)"
stdout_has "with its attempts" "stripe card  119.00  declined  never  stolen_card"
equal "and for programs" "$(mill "$round" show invoice "$(invoice_of "$round" part)" --json | jq -c '[.paid, .left_to_pay, (.attempts[] | [.attempt, .on, .gateway, .amount, .outcome])]')" \
    '["119.00","0.00",[1,"2026-11-14","stripe","69.00","paid"]]'
run 0 "what is under way is shown too" -- mill "$round" show invoice "$(invoice_of "$round" wrong_amount)"
stdout_has "as it stands" "stripe card  119.00  held"
stdout_has "and where more of it is" "the last one is under way: \`billmill effects show charge:$(invoice_of "$round" wrong_amount):1\`"
equal "and for programs" "$(for who in wrong_amount processing_paid paid; do mill "$round" show invoice "$(invoice_of "$round" $who)" --json | jq -c '.under_way | [.attempt, .on, .amount, .standing, .code]'; done | paste -sd ' ')" \
    '[1,"2026-11-14","119.00","held","wrong_amount"] [1,"2026-11-14","119.00","processing","processing"] [null,null,null,null,null]'
run 0 "what was asked is shown" -- mill "$round" effects show "charge:$(invoice_of "$round" paid):1"
stdout_has "as it was frozen" '"amount_minor":11900,"currency":"EUR"'
no_secret() { # NAME
    mill "$round" dump >"$STORY_DIR/all.jsonl"
    equal "$1: no secret is in rows and logs" "$(cat "$STORY_DIR/all.jsonl" "$STORY_DIR"/*.err "$STORY_OUT" "$STORY_ERR" 2>/dev/null | grep -c -E 'sk_test_1|rzp_secret_1|APP_USR_1')" 0
}
no_secret "the ends"

# ------------------------------------------------------------------ once

charges() { # executed: key, amount
    jq -r 'select(.event == "charge") | [.payment.invoice, .payment.key] | @tsv' "$GATEWAY_LOG"
}
equal "keys name tenant, invoice and attempt" "$(jq -r 'select(.event == "request") | .key' "$GATEWAY_LOG" | grep -v -E '^t:INV-2026-[0-9]{6}:1$' | grep -v '/' | head -3)" ""
mill "$round" dump | jq -c 'select(.record != "effect" and .record != "run")' >"$STORY_DIR/ends.jsonl"
before=$(wc -l <"$GATEWAY_LOG")
run 0 "the same day again" -- collect "$round" 2026-11-14
run 3 "and the next" -- collect "$round" 2026-11-15
mill "$round" dump | jq -c 'select(.record != "effect" and .record != "run")' >"$STORY_DIR/again.jsonl"
same_file "change nothing" "$STORY_DIR/again.jsonl" "$STORY_DIR/ends.jsonl"
equal "and ask nobody" "$(wc -l <"$GATEWAY_LOG")" "$before"
run 0 "each run says what it sent itself" -- mill "$round" status --json
equal "the last one nothing" "$(jq -c '[.last_executions[] | select(.job == "collect") | .business_key, .sent]' "$STORY_OUT")" '["2026-11-15",[]]'
for text in "is asked" "and paid by now"; do
    round_sql "$round" "UPDATE effect SET not_before_us = 0 WHERE state = 'unknown'"
    run 3 "what was processing $text" -- collect "$round" 2026-11-16
done
held=charge:$(invoice_of "$round" wrong_amount):1
clock_at 2026-11-16T23:30:00Z
run 64 "what the gateway has a payment of has not failed" -- mill "$round" effects resolve "$held" --failed --reason "it is not there"
stderr_has "which is to be imported" "import the payment as the gateway has it"
round_sql_is "so it stays held, and nothing failed" "$round" "SELECT state, code, (SELECT COUNT(*) FROM payment_attempt a WHERE a.invoice = e.subject) FROM effect e WHERE effect_key = '$held'" "held|wrong_amount|0"
run 0 "what is to be done is shown" -- mill "$round" effects show "$held"
stderr_has "where it is paid there" " of it: where it is paid there, import the payment"
stderr_has "and where it is not" "nothing-kept"
run 64 "nothing kept is of what failed" -- mill "$round" effects resolve "$held" --done pi_1 --nothing-kept --reason "seen there"
run 0 "a person says what became of the other" -- mill "$round" effects resolve "$held" --failed --nothing-kept --reason "given back by hand"
clock_at ""
# Of the day on which he says so, which has begun in Berlin: dunning counts from there, and not from the 14th, when nobody knew.
equal "both are rows" "$(attempts "$round" | grep -E '^(processing|wrong)')" "processing_paid 1 119.00 paid - - 2026-11-16
wrong_amount 1 119.00 declined later resolved 2026-11-17"
run 0 "what failed is tried by dunning alone" -- collect "$round" 2026-11-17
equal "what is left to pay" "$(for who in processing_paid wrong_amount spare; do mill "$round" show invoice "$(invoice_of "$round" $who)" --json | jq -r .left_to_pay; done | paste -sd ' ')" "0.00 119.00 119.00"

# ------------------------------------------------------------------ given back

refund_of "$round" paid 2026-11-17 | know "$round" "it is intended to give 19.00 back"
run 0 "which is sent" -- collect "$round" 2026-11-18
stdout_has "and said" "1 refund: 1 refunded (19.00 EUR)"
equal "what was decided later is of who has asked" "$(sent_by "$round" collect 2026-11-16)" "1 charge done paid 119.00"
equal "the provider has given it back" "$(jq -r 'select(.event == "refund") | .refund.amount' "$GATEWAY_LOG")" 1900
equal "and it is a row, which counts" "$(mill "$round" show invoice "$(invoice_of "$round" paid)" --json | jq -r '[.status, .paid, .refunded, .left_to_pay] | join(" ")')" \
    "partially_paid 119.00 19.00 19.00"
run 0 "the next day" -- collect "$round" 2026-11-19
equal "nothing is collected of which something was given back, tried or not" "$(attempts "$round" | grep -E '^(given|paid) ')" "paid 1 119.00 paid - - 2026-11-14"

# ------------------------------------------------------------------ proved, moved

all_explained "$round"
run 0 "credits are proved" -- mill "$round" verify credits
mill "$round" dump >"$STORY_DIR/moving.jsonl"
computed "it is computed again" "$STORY_DIR/moving.jsonl"
take_dump "it moves" "$STORY_DIR/moved" "$STORY_DIR/moving.jsonl"

# ------------------------------------------------------------------ killed on the way

round=$STORY_DIR/hurt
{
    pay "$round" pi-early early 119.00
    pay "$round" pi-part part 50.00
    pay "$round" pi-late late 119.00
    give_back "$round"
} | know "$round" "the same, killed on the way"
gateway_stop
rm -f "$GATEWAY_LOG"
gateway_start '{"mercadopago_currency": "EUR", "delay_s": 0.05}'
configure_again "$round"
chunks_of "$round" 3
at "$round"
for instant in 1 2 3 5 8 10 12 15; do
    kill_after "0.$(printf '%02d' $instant)" run collect --date 2026-11-14
    kill_after "0.$(printf '%02d' $((instant * 3)))" resume
done
"${MILL_AT[@]}" resume >"$round/out.txt" 2>&1
"${MILL_AT[@]}" run collect --date 2026-11-14 >"$round/out.txt" 2>&1
run 0 "then it is finished" -- collect "$round" 2026-11-14
equal "what was sent by all its executions is counted once" "$(sent_by "$round" collect 2026-11-14 | sed 's/.*paid [0-9.]*, //; s/, [01] charge unknown.*//')" \
    "4 charge failed declined -, 1 charge held - -"
# One whose answer was lost is asked for, and may be paid by then.
decided() { # the lines of stdin that are not of it
    grep -v '^processing_paid '
}
attempts "$round" | decided >"$STORY_DIR/got.txt"
same_file "with the same attempts" "$STORY_DIR/got.txt" <(grep -v '^late ' "$STORY_DIR/attempts.txt" | decided)
of_customers "$round" invoice '[.number, .status] | @tsv' | decided >"$STORY_DIR/got.txt"
same_file "and the same statuses" "$STORY_DIR/got.txt" <(decided <"$STORY_DIR/statuses.txt")
equal "nothing was charged twice" "$(charges | cut -f 1 | sort | uniq -d)" ""
no_secret "killed"

# ------------------------------------------------------------------ nobody is there

round=$STORY_DIR/alone
round_copy "$STORY_DIR/fresh" "$round"
configure_again "$round"
sed -i 's/^wait_s:.*/wait_s: 1/' "$round/config/jobs/dispatch.yaml"
gateway_stop
run 75 "the gateways are down: charges are not sent" -- collect "$round" 2026-11-14
round_sql_is "the rest is done" "$round" "SELECT job, state FROM job_instance WHERE business_key = '2026-11-14' AND job <> 'collect' ORDER BY job" "dispatch|failed
dunning|completed
payment-apply|completed
payment-collect|completed
payment-match|completed"
run 75 "which does not keep the next day waiting" -- collect "$round" 2026-11-15
rm -f "$GATEWAY_LOG" # those of the rounds before have the same keys
gateway_start '{"mercadopago_currency": "EUR"}'
configure_again "$round"
clock_at 2026-11-18T23:30:00Z
for ((tries = 0; tries < 5; tries++)); do mill "$round" resume >"$round/out.txt" 2>&1 && break; done
clock_at ""
run 0 "when they are there again, both days end" -- collect "$round" 2026-11-15
equal "everybody is charged" "$(attempts "$round" | cut -d ' ' -f 1,4 | grep -c paid)" 9
equal "and it is applied" "$(of_customers "$round" invoice '[.number, .status] | @tsv' | grep -c ' paid$')" 9
equal "what was sent days later has ended then, in the tenant's zone" "$(attempts "$round" | cut -d ' ' -f 7 | sort -u)" 2026-11-19
equal "and was paid then" "$(dump_of "$round" payment | jq -r .at | sort -u)" 2026-11-18T23:00:00Z

# ------------------------------------------------------------------ what stops it

round=$STORY_DIR/without
round_copy "$STORY_DIR/fresh" "$round"
sed -i '/^  stripe:/d' "$round/config/billmill.yaml"
run 0 "without an account nobody is charged there" -- mill "$round" run payment-collect --date 2026-11-14
stderr_has "which is told" "12 of customers at a gateway that the configuration has no account of"
round_sql_is "only elsewhere" "$round" "SELECT provider, COUNT(*) FROM effect WHERE kind = 'charge' GROUP BY provider ORDER BY provider" "mercadopago|2
razorpay|1"
run 0 "checked" -- mill "$round" check
sed -i 's|^gateways:|gateways:\n  stripe: {secret: sk_test_1}|' "$round/config/billmill.yaml"
run 78 "a secret in the file is refused" -- mill "$round" check
stdout_has "and not repeated" "a secret may not stand there"
equal "nowhere" "$(cat "$STORY_OUT" "$STORY_ERR" | grep -c sk_test_1)" 0

# ------------------------------------------------------------------ what is left alone

round=$STORY_DIR/left
round_copy "$STORY_DIR/fresh" "$round"
gateway_anew "$round"
sed -i 's|^dunning: .*|dunning: {policy: none, tries_max: 2}|' "$round/config/billmill.yaml"
attempt() { # INVOICE ATTEMPT CUSTOMER GATEWAY TOKEN ON OUTCOME FIELDS…: one of before
    record payment_attempt "\"invoice\":\"$1\"" "\"attempt\":$2" "\"customer\":\"c-$3\"" '"payment_method":"card"' "\"gateway\":\"$4\"" "\"gateway_token\":\"tok_$5\"" \
        '"currency":"EUR"' '"amount":"119.00"' "\"on\":\"$6\"" "\"outcome\":\"$7\"" "${@:8}"
}
declined() { # INVOICE CUSTOMER GATEWAY TOKEN ON DECLINE
    attempt "$1" 1 "$2" "$3" "$4" "$5" declined "\"decline\":\"$6\""
}
{
    declined OLD-1 razorpay razorpay paid 2026-09-14 never
    declined OLD-2 mercadopago mercadopago old 2026-09-14 never
    declined OLD-3 paid razorpay paid 2026-09-14 never
    declined OLD-4 early stripe paid 2026-11-01 later
    declined OLD-5 early stripe paid 2026-11-10 later
    declined OLD-6 late stripe paid 2026-10-15 later
    declined OLD-7 late stripe paid 2026-11-10 later
    attempt "$(invoice_of "$round" part)" 5 part stripe paid 2026-11-14 canceled
    decide void "$(invoice_of "$round" lost)" void 2026-11-05
    decide later "$(invoice_of "$round" given)" void 2026-12-31
} | know "$round" "what became of earlier invoices, and what is decided of two of these"
run 0 "the day that they are due" -- mill "$round" run payment-collect --date 2026-11-14
for text in "1 with a correction that is not carried out yet" "1 of customers whose payment method was declined for good" \
    "1 of customers whose payment method was declined too often"; do
    stderr_has "what is left alone is told: $text" "due and not charged: $text"
done
{
    decide off "$(invoice_of "$round" 429-then-paid)" write_off 2026-11-14
    card given stripe paid-then-paid
} | know "$round" "of one it is decided meanwhile, one has another card"
run 3 "the others are charged" -- collect "$round" 2026-11-14
left() { # ROUND
    attempts "$1" | grep -E '^(429-then-paid|early|given|late|lost|mercadopago|paid|part|razorpay) ' | cut -d ' ' -f 1,2,4,6
}
cat >"$STORY_DIR/left.txt" <<'EOT'
429-then-paid 1 canceled not_owed
given 1 canceled other_method
late 1 paid -
mercadopago 1 paid -
paid 1 paid -
part 5 canceled -
part 6 paid -
EOT
left "$round" >"$STORY_DIR/got.txt"
same_file "a method that was declined for good or too often is not charged, nor what is decided; another method, gateway or day is no reason" \
    "$STORY_DIR/got.txt" "$STORY_DIR/left.txt"

held=charge:$(invoice_of "$round" wrong_amount):1
run 64 "what was charged over another amount is not paid as it was asked for" -- mill "$round" effects resolve "$held" --done pi_other --reason "seen there"
stderr_has "but as the gateway has it" "import the payment as the gateway has it"
round_sql_is "so it stays held" "$round" "SELECT state, code FROM effect WHERE effect_key = '$held'" "held|wrong_amount"
equal "and there is no payment" "$(dump_of "$round" payment | jq -r 'select(.customer == "c-wrong_amount") | .gateway_reference')" ""
run 0 "it may be tried again" -- mill "$round" effects retry "$held" --reason "look again"
round_sql_is "which asks for it" "$round" "SELECT state FROM effect WHERE effect_key = '$held'" "unknown"
run 0 "which it is not" -- mill "$round" effects resolve "$held" --failed --nothing-kept --reason "given back by hand"

{
    card razorpay razorpay paid-then-paid
    decide void "$(invoice_of "$round" lost)" void 2026-11-05 '"withdrawn":true'
} | know "$round" "one has another card, one decision is withdrawn"
run 0 "then both are charged" -- collect "$round" 2026-11-15
run 0 "and who was declined too often" -- collect "$round" 2026-11-30
equal "and who has another card, with that" "$(left "$round" | grep '^given' | tail -n 1)" "given 2 paid -"
equal "not within 30 days of the first time" "$(left "$round" | grep -c ^early)" 0
run 0 "but behind them" -- collect "$round" 2026-12-01
left "$round" | grep -E '^(early|lost|razorpay) ' >"$STORY_DIR/got.txt"
same_file "once" "$STORY_DIR/got.txt" <(printf '%s 1 paid -\n' early lost razorpay)

# ------------------------------------------------------------------ dispatch alone, before

round=$STORY_DIR/alone
round_copy "$STORY_DIR/fresh" "$round"
gateway_anew "$round"
run 0 "dispatch finds nothing to send" -- mill "$round" run dispatch --date 2026-11-14
run 3 "what is collected on that day is sent all the same" -- mill "$round" run collect --date 2026-11-14 --workers 2
stdout_has "and said, whoever of its workers sent it" "15 charges: 9 paid (1071.00 EUR), 4 declined, 1 held, 1 waiting (processing)"
round_sql_is "none is left" "$round" "SELECT COUNT(*) FROM effect WHERE kind = 'charge' AND state = 'intent'" 0
equal "they are paid" "$(attempts "$round" | cut -d ' ' -f 4 | grep -c '^paid')" 9
equal "and so are their invoices" "$(of_customers "$round" invoice '[.number, .status] | @tsv' | grep -c ' paid$')" 9
run 0 "the same day again" -- collect "$round" 2026-11-14

# ------------------------------------------------------------------ what the key may not do

# 403 is of one request: a person looks, and the others go on.
round=$STORY_DIR/forbidden
round_copy "$STORY_DIR/fresh" "$round"
gateway_anew "$round"
round_sql "$round" "UPDATE payment_method SET gateway_token = 'tok_403-then-paid' WHERE customer_id IN (SELECT customer_id FROM customer WHERE customer IN ('c-early', 'c-mercadopago', 'c-razorpay'))"
run 3 "what is forbidden is held" -- collect "$round" 2026-11-14
round_sql_is "at each gateway" "$round" "SELECT provider, state, code FROM effect WHERE kind = 'charge' AND state = 'held' AND code <> 'wrong_amount' ORDER BY provider" \
    "mercadopago|held|forbidden
razorpay|held|input_validation_failed
stripe|held|permission_error"
equal "the others are paid" "$(attempts "$round" | grep -c -E '^(429-then-paid|given|late|lost|paid|part) 1 119.00 paid ')" 6
for who in early razorpay mercadopago; do
    run 0 "$who: a person lets it be tried again" -- mill "$round" effects retry "charge:$(invoice_of "$round" $who):1" --reason "the key may now"
done
run 3 "and they are sent" -- collect "$round" 2026-11-14
equal "once" "$(jq -r 'select(.event == "charge") | .invoice' "$GATEWAY_LOG" | sort | uniq -d)" ""
equal "and paid" "$(attempts "$round" | grep -c -E '^(early|mercadopago|razorpay) 1 119.00 paid ')" 3

# ------------------------------------------------------------------ what was asked cannot be read any more

round=$STORY_DIR/damaged
round_copy "$STORY_DIR/fresh" "$round"
gateway_anew "$round"
run 0 "charges are intended" -- mill "$round" run payment-collect --date 2026-11-14
charge_of() { # CUSTOMER
    echo "charge:$(invoice_of "$round" "$1"):1"
}
# One has the request of another, one has none.
round_sql "$round" "UPDATE effect_request SET request = (SELECT o.request FROM effect_request o WHERE o.effect_key = '$(charge_of paid)') WHERE effect_key = '$(charge_of early)'"
round_sql "$round" "DELETE FROM effect_request WHERE effect_key = '$(charge_of lost)'"
run 3 "requests that are damaged are held" -- collect "$round" 2026-11-14
equal "and nothing is asked for them" "$(jq -r 'select(.event == "charge") | .customer' "$GATEWAY_LOG" | grep -c -E '^cus_(early|lost)$')" 0
for who in early lost; do
    run 0 "$who: its invoice is shown" -- mill "$round" show invoice "$(invoice_of "$round" $who)"
    stdout_has "with what is known" "1  2026-11-14  stripe ?       ?  held"
    stdout_has "and what is not" "and its request cannot be read: \`billmill effects show $(charge_of $who)\`"
    equal "and for programs" "$(mill "$round" show invoice "$(invoice_of "$round" $who)" --json | jq -c '.under_way | [.attempt, .on, .gateway, .payment_method, .amount, .standing, .code]')" \
        '[1,"2026-11-14","stripe",null,null,"held","bad_request"]'
    run 0 "$who: so is the effect" -- mill "$round" effects show "$(charge_of $who)"
done
stdout_has "which has no request" "request ? (there is none)"
run 64 "it is paid by a payment that is here alone" -- mill "$round" effects resolve "$(charge_of early)" --done pi-early --reason "seen there"
stderr_has "which is to be imported" "import the payment as the gateway has it"
{
    record payment '"gateway_reference":"pi-other"' '"customer":"c-part"' '"amount":"1.00"' '"currency":"EUR"' '"gateway":"stripe"' '"at":"2026-11-14T12:00:00Z"'
    record payment '"gateway_reference":"pi-early"' '"customer":"c-early"' "\"invoice\":\"$(invoice_of "$round" early)\"" '"amount":"118.00"' '"currency":"EUR"' \
        '"gateway":"stripe"' '"at":"2026-11-14T12:00:00Z"'
} | know "$round" "it is imported, as it is there, and one of another customer"
run 64 "not by that of another" -- mill "$round" effects resolve "$(charge_of early)" --done pi-other --reason "seen there"
clock_at 2026-11-15T12:00:00Z
run 0 "so it can be resolved" -- mill "$round" effects resolve "$(charge_of early)" --done pi-early --reason "seen there"
run 0 "and the other failed" -- mill "$round" effects resolve "$(charge_of lost)" --failed --reason "not there"
clock_at ""
equal "both are attempts, over what was paid, or is owed" "$(attempts "$round" | grep -E '^(early|lost) ')" "early 1 118.00 paid - resolved 2026-11-15
lost 1 119.00 declined later resolved 2026-11-15"
run 0 "by a method that nobody knows" -- mill "$round" show invoice "$(invoice_of "$round" lost)"
stdout_has "which it says" "stripe unknown  119.00  declined"
equal "it is paid once" "$(mill "$round" show invoice "$(invoice_of "$round" early)" --json | jq -c '[.paid, .left_to_pay, .under_way, (.events | length)]')" '["118.00","1.00",null,1]'

reference=$(dump_of "$round" payment | jq -r 'select(.customer == "c-paid") | .gateway_reference')
run 0 "somebody is to have 19.00 back" -- mill "$round" refund "$reference" --date 2026-11-15 --amount 19.00 --reason "because"
round_sql "$round" "UPDATE effect_request SET request = (SELECT o.request FROM effect_request o WHERE o.effect_key = '$(charge_of paid)') WHERE effect_key = 'refund:$reference:1'"
run 3 "the request of that is damaged too" -- collect "$round" 2026-11-15
equal "and nothing is asked for it" "$(jq -r 'select(.event == "refund") | .id' "$GATEWAY_LOG")" ""
run 0 "the invoice is shown" -- mill "$round" show invoice "$(invoice_of "$round" paid)"
stdout_has "with that" "the request of a refund cannot be read"
equal "and for programs" "$(mill "$round" show invoice "$(invoice_of "$round" paid)" --json | jq -c '[.events[] | [.reference, .to_be_refunded]]')" "[[\"stripe $reference\",null]]"
equal "and with the payment" "$(mill "$round" show payment "$reference" --json | jq -c '[.to_be_refunded, .refunded]')" '[null,"0.00"]'
run 0 "for people too" -- mill "$round" show payment "$reference"
stdout_has "with that" "its request cannot be read"
run 64 "it is done by a refund that is here alone" -- mill "$round" effects resolve "refund:$reference:1" --done re-1 --reason "seen there"
stderr_has "which is to be imported" "import the refund as the gateway has it"
{
    record refund '"gateway_reference":"re-1"' "\"payment\":\"$reference\"" '"amount":"19.00"' '"currency":"EUR"' '"at":"2026-11-15T12:00:00Z"'
    record refund '"gateway_reference":"re-2"' '"payment":"pi-early"' '"amount":"1.00"' '"currency":"EUR"' '"at":"2026-11-15T12:00:00Z"'
} | know "$round" "it is imported, and one of another payment"
run 64 "not by that of another" -- mill "$round" effects resolve "refund:$reference:1" --done re-2 --reason "seen there"
run 0 "so it can be resolved" -- mill "$round" effects resolve "refund:$reference:1" --done re-1 --reason "seen there"
equal "once" "$(mill "$round" show invoice "$(invoice_of "$round" paid)" --json | jq -c '[.paid, .refunded, .left_to_pay]')" '["119.00","19.00","19.00"]'

# ------------------------------------------------------------------ without a secret, without an account

round=$STORY_DIR/secret
round_copy "$STORY_DIR/fresh" "$round"
gateway_anew "$round"
unset TEST_STRIPE
run 75 "without its secret one gateway is not asked" -- collect "$round" 2026-11-14
equal "which is told once" "$(grep -c "stripe is asked nothing" "$STORY_ERR")" 1
equal "the others are" "$(attempts "$round" | cut -d ' ' -f 1,4)" "mercadopago paid
of_tomorrow declined
razorpay paid"
round_sql_is "its charges wait" "$round" "SELECT DISTINCT state, code, provider FROM effect WHERE kind = 'charge' AND state <> 'done' AND state <> 'failed'" "intent|not_configured|stripe"
stderr_has "it says when they are tried again" "the next one is tried again from 20"
run 0 "and so does the list" -- mill "$round" effects list --kind charge
stdout_has "next to why" "next try"
# A key that is not that of the account: nothing is known to be wrong with the charges.
export TEST_STRIPE=sk_test_other
run 75 "with a wrong one neither" -- mill "$round" resume
equal "which is told once" "$(grep -c "stripe is asked nothing more in this run: the key was refused (HTTP status 401: Invalid API Key provided)" "$STORY_ERR")" 1
round_sql_is "they wait likewise" "$round" "SELECT DISTINCT state, code, provider FROM effect WHERE kind = 'charge' AND state <> 'done' AND state <> 'failed'" "intent|key_refused|stripe"
export TEST_STRIPE=sk_test_1
run 3 "with it they are sent, at once" -- mill "$round" resume
equal "each of them" "$(attempts "$round" | grep -c -E '^(429-then-paid|early|given|late|lost|paid|part) 1 119.00 paid ')" 7
sed -i '/^  stripe:/d' "$round/config/billmill.yaml"
round_sql "$round" "UPDATE effect SET not_before_us = 0 WHERE state = 'unknown'"
run 0 "without the account a person says what became of one" -- mill "$round" effects resolve "charge:$(invoice_of "$round" wrong_amount):1" --failed --nothing-kept --reason "given back by hand"
refund_of "$round" paid 2026-11-15 | know "$round" "one is to have 19.00 back"
run 75 "what is processing there waits, and what is to be given back" -- collect "$round" 2026-11-15
equal "which is told once" "$(grep -c "stripe is asked nothing: the configuration has no account there" "$STORY_ERR")" 1
round_sql_is "both are as they were" "$round" "SELECT kind, state, outcome FROM effect WHERE kind IN ('charge', 'refund') AND state NOT IN ('done', 'failed') ORDER BY kind" \
    "charge|unknown|processing
refund|intent|"
no_secret "without"
story_end
