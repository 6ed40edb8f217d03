# One attempt that a gateway has paid twice is for a person alone: nothing asks for it again and takes one of both for all of it.
. "$(dirname "$0")/../support/story.sh"
. tests/support/gateways.sh
. tests/fault/fault.sh
. tests/support/records.sh
story_begin
NOW=$(date -u -d 2026-11-14T06:00Z +%s)
SETTINGS="{\"mercadopago_currency\": \"EUR\", \"now\": $NOW}"
gateway_start "$SETTINGS"
export TEST_STRIPE=sk_test_1 TEST_RAZORPAY=rzp_secret_1 TEST_MERCADOPAGO=APP_USR_1

# Each of them used October for 119.00 with the tax, due on 2026-11-14, and pays by the card that his gateway has under this token.
catalog() {
    local who gateway token
    berlin
    monthly_fee
    for who in stripe:lost mercadopago:lost razorpay:dropped; do
        IFS=: read -r gateway token <<<"$who"
        record customer "\"customer\":\"c-$gateway\"" "\"name\":\"$gateway GmbH\"" "\"email\":\"$gateway@example.com\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"$gateway\"" "\"customer\":\"c-$gateway\"" '"plan":"m"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
        record payment_method "\"customer\":\"c-$gateway\"" '"payment_method":"card"' "\"gateway\":\"$gateway\"" "\"gateway_customer\":\"cus_$gateway\"" \
            "\"gateway_token\":\"tok_$token\"" '"is_default":true'
    done
}
configure() { # ROUND
    cp "$STORY_ROOT/config/declines.yaml" "$1/config/"
    sed -i 's/^wait_s:.*/wait_s: 1/' "$1/config/jobs/dispatch.yaml"
    cat >>"$1/config/billmill.yaml" <<EOT
dunning: {policy: none}
gateways:
  stripe: {url: "$GATEWAY/stripe", secret: {env: TEST_STRIPE}}
  razorpay: {url: "$GATEWAY/razorpay", key: rzp_test_1, absent_after_s: 600, secret: {env: TEST_RAZORPAY}}
  mercadopago: {url: "$GATEWAY/mercadopago", secret: {env: TEST_MERCADOPAGO}}
EOT
}
invoice_of() { # GATEWAY
    dump_of "$round" invoice | jq -r --arg c "c-$1" 'select(.customer == $c) | .number'
}
charge_of() { # GATEWAY
    echo "charge:$(invoice_of "$1"):1"
}
paid_there() { # GATEWAY: the payments, in their order
    jq -r --arg g "$1" 'select(.event == "charge" and .gateway == $g and .status == "paid") | .id' "$GATEWAY_LOG" | paste -sd ' '
}
post() { # PATH ARGUMENTS OF curl…
    curl -sS -o "$STORY_DIR/answer.json" "$GATEWAY/$1" "${@:2}"
}
standing() {
    round_sql "$round" "SELECT provider, state, code FROM effect WHERE kind = 'charge' ORDER BY provider"
}
# The payment of this attempt that the gateway has already: by another host, or a key that it has forgotten.
pay_before() {
    post stripe/v1/payment_intents -u sk_test_1: -d amount=11900 -d currency=eur -d customer=cus_stripe -d payment_method=tok_paid -d confirm=true -d off_session=true \
        -d "metadata[attempt]=t:$(invoice_of stripe):1"
    post mercadopago/v1/payments -H "Authorization: Bearer APP_USR_1" -H "X-Idempotency-Key: another" \
        -d "{\"transaction_amount\":119.00,\"token\":\"tok_paid\",\"installments\":1,\"external_reference\":\"t:$(invoice_of mercadopago):1\",\"payer\":{\"id\":\"cus_other\"}}"
}
# Razorpay keeps an order that is paid from being paid again; what comes late comes all the same.
pay_late() {
    local token tries order
    order=$(jq -r 'select(.event == "order") | .id' "$GATEWAY_LOG")
    for token in tok_late_1 tok_paid; do
        post razorpay/v1/payments/create/recurring -u rzp_test_1:rzp_secret_1 -d "{\"email\":\"a@example.com\",\"amount\":11900,\"currency\":\"EUR\",\"order_id\":\"$order\",
            \"customer_id\":\"cus_razorpay\",\"token\":\"$token\",\"recurring\":\"1\",\"notes\":{\"attempt\":\"t:$(invoice_of razorpay):1\"}}" 2>/dev/null
    done
    for ((tries = 0; tries < 100; tries++)); do
        [ "$(paid_there razorpay | wc -w)" != 2 ] || return
        sleep 0.1
    done
}
pay_twice() { # ROUND: until all three are held
    pay_before
    run 75 "two are paid twice, of one it is not known yet" -- mill "$1" run collect --date 2026-11-14
    pay_late
    round_sql "$1" "UPDATE effect SET not_before_us = 0 WHERE state = 'unknown'"
    run 3 "then it is paid twice too" -- mill "$1" run dispatch --date 2026-11-14
}
HELD="mercadopago|held|paid_twice
razorpay|held|paid_twice
stripe|held|paid_twice"

round=$STORY_DIR/person
begin "$round"
configure "$round"
run 0 "October is closed" -- mill "$round" close --period 2026-10
round_copy "$round" "$STORY_DIR/hurt"
pay_twice "$round"
equal "all are held" "$(standing)" "$HELD"
for gateway in stripe mercadopago razorpay; do
    both=$(paid_there $gateway)
    equal "$gateway has taken it twice" "$(wc -w <<<"$both")" 2
    run 0 "$gateway: it is shown" -- mill "$round" effects show "$(charge_of $gateway)"
    for reference in $both; do stdout_has "with $reference" "$reference"; done
    stderr_has "and what is to be done" "all but one of them; then say \`billmill effects resolve KEY --done REF\`"
    equal "which is not to ask again" "$(grep -c retry "$STORY_ERR")" 0
    run 64 "$gateway: it is not tried again" -- mill "$round" effects retry "$(charge_of $gateway)" --reason "as ever"
    stderr_has "which says why" "cannot be tried again: this attempt went through more than once: "
    stderr_has "and what is to be done" "give back there, or import as a payment, all but one of them"
    run 64 "$gateway: it has not failed" -- mill "$round" effects resolve "$(charge_of $gateway)" --failed --reason "who knows"
done
equal "all are as they were" "$(standing)" "$HELD"
run 0 "gateways are asked" -- mill "$round" run payment-reconcile --date 2026-11-14
run 3 "both of each differ" -- mill "$round" payments
equal "as undecided" "$(mill "$round" payments --json | jq -r '.differences[] | .difference' | sort | uniq -c | tr -s ' ')" " 6 undecided"

# Whoever comes later asks no more: not behind undecided_days, nor where the configuration is looked at again, nor elsewhere.
clock_at 2026-12-14T06:00:00Z
requests=$(wc -l <"$GATEWAY_LOG")
run 3 "a month later" -- mill "$round" run collect --date 2026-12-14
equal "nothing has moved" "$(standing)" "$HELD"
equal "nor is anything said to them" "$(wc -l <"$GATEWAY_LOG")" "$requests"
mill "$round" dump >"$STORY_DIR/moving.jsonl"
take_dump "it moves" "$STORY_DIR/moved" "$STORY_DIR/moving.jsonl"
configure "$STORY_DIR/moved"
run 64 "where it is not tried again either" -- mill "$STORY_DIR/moved" effects retry "$(charge_of stripe)" --reason "as ever"
run 3 "nor asked for" -- mill "$STORY_DIR/moved" run dispatch --date 2026-12-15
equal "so it stays" "$(round=$STORY_DIR/moved standing)" "$HELD"
clock_at ""

# ------------------------------------------------------------------ what a person does

read -r first second <<<"$(paid_there stripe)"
run 0 "one of both is the payment" -- mill "$round" effects resolve "$(charge_of stripe)" --done "$first" --reason "the other goes back"
run 0 "gateways are asked" -- mill "$round" run payment-reconcile --date 2026-11-15
differences() {
    mill "$round" payments --json | jq -r '.differences[] | select(.gateway == "stripe") | [.reference, .difference] | join(" ")'
}
equal "the other is nobody's yet" "$(differences)" "$second not_here"
post stripe/v1/refunds -u sk_test_1: -d payment_intent="$second" -d amount=11900
run 0 "it is given back there" -- mill "$round" run payment-reconcile --date 2026-11-16
equal "which settles it" "$(differences)" ""
read -r first second <<<"$(paid_there mercadopago)"
record payment "\"gateway_reference\":\"$second\"" '"customer":"c-mercadopago"' '"amount":"119.00"' '"currency":"EUR"' '"gateway":"mercadopago"' '"at":"2026-11-14T12:00:00Z"' |
    know "$round" "or it is taken for a payment of its own"
run 0 "beside the first" -- mill "$round" effects resolve "$(charge_of mercadopago)" --done "$first" --reason "both are kept"
run 0 "or both are given back" -- mill "$round" effects resolve "$(charge_of razorpay)" --failed --nothing-kept --reason "both went back"
run 0 "the next day" -- mill "$round" run collect --date 2026-11-15
equal "what is paid" "$(dump_of "$round" invoice | jq -r '[.customer, .status] | join(" ")' | sort)" "$(printf '%s\n' "c-mercadopago paid" "c-razorpay open" "c-stripe paid")"
run 0 "gateways are asked" -- mill "$round" run payment-reconcile --date 2026-11-17
equal "nothing differs but what was not given back after all" "$(mill "$round" payments --json | jq -r '.differences[] | [.gateway, .difference] | join(" ")')" \
    "$(printf '%s\n' "razorpay not_here" "razorpay not_here")"

# ------------------------------------------------------------------ killed on the way

round=$STORY_DIR/hurt
gateway_stop
rm -f "$GATEWAY_LOG"
gateway_start "{\"mercadopago_currency\": \"EUR\", \"now\": $NOW, \"delay_s\": 0.05}"
sed -i "s|http://127.0.0.1:[0-9]*|$GATEWAY|" "$round/config/billmill.yaml"
pay_before
at "$round"
"${MILL_AT[@]}" run collect --date 2026-11-14 >"$round/out.txt" 2>&1 &
pid=$!
for ((tries = 0; tries < 600; tries++)); do # as all three are sent, and none is known to be answered
    [ "$(grep -c -E '"step": "(lost|dropped)"' "$GATEWAY_LOG")" -lt 3 ] || break
    sleep 0.02
done
{ kill -KILL $pid; wait $pid; } 2>/dev/null
for instant in 05 12 20 30; do kill_after "0.$instant" resume; done
"${MILL_AT[@]}" resume >"$round/out.txt" 2>&1
pay_late
for instant in 05 10 20; do
    round_sql "$round" "UPDATE effect SET not_before_us = 0 WHERE state = 'unknown'"
    kill_after "0.$instant" run dispatch --date 2026-11-14
done
round_sql "$round" "UPDATE effect SET not_before_us = 0 WHERE state = 'unknown'"
mill "$round" run dispatch --date 2026-11-14 >"$round/out.txt" 2>&1 # by now it may be done
equal "they are held all the same" "$(standing)" "$HELD"
equal "each is there twice, and not more often" "$(for gateway in stripe mercadopago razorpay; do paid_there $gateway | wc -w; done | paste -sd ' ')" "2 2 2"
story_end
