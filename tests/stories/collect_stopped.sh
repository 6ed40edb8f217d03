# Who collects is stopped in the middle of his calls, past his lease, and goes on: what he sent is executed once and recorded once, whether
# somebody else has taken it over meanwhile (on PostgreSQL) or not.
. "$(dirname "$0")/../support/story.sh"
. tests/support/gateways.sh
. tests/fault/fault.sh
. tests/support/records.sh
. tests/support/beside.sh
story_begin
gateway_start '{"mercadopago_currency": "EUR"}'
export TEST_STRIPE=sk_test_1 TEST_RAZORPAY=rzp_secret_1 TEST_MERCADOPAGO=APP_USR_1
LEASE_S=8 # a call may last a quarter of it

# Each owes 119.00. At each gateway one answer comes while he who asked is stopped, and one does not come.
PAYERS=6
catalog() {
    local gateway token
    berlin
    monthly_fee
    for gateway in stripe razorpay mercadopago; do
        for token in slow_1 slow_30; do
            record customer "\"customer\":\"c-$gateway-$token\"" "\"name\":\"$gateway GmbH\"" "\"email\":\"a@example.com\"" '"address":{"country":"DE"}'
            record subscription "\"subscription\":\"$gateway-$token\"" "\"customer\":\"c-$gateway-$token\"" '"plan":"m"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
            record payment_method "\"customer\":\"c-$gateway-$token\"" '"payment_method":"card"' "\"gateway\":\"$gateway\"" "\"gateway_customer\":\"cus_$gateway-$token\"" \
                "\"gateway_token\":\"tok_$token\"" '"is_default":true'
        done
    done
}
charged() { # how many charges the gateways have executed
    grep -c '"event": "charge"' "$GATEWAY_LOG" 2>/dev/null
}
effects() { # ROUND
    round_sql "$1" "SELECT effect_key, state, outcome, provider_ref, code, attempts, epoch FROM effect WHERE kind = 'charge' ORDER BY effect_key"
}
recorded() { # ROUND
    mill "$1" dump --record payment,payment_attempt,invoice
}

round=$STORY_DIR/round
begin "$round"
sed -i "s/^lease_s:.*/lease_s: $LEASE_S/" "$round/config/jobs/dispatch.yaml"
cat >>"$round/config/billmill.yaml" <<EOT
dunning: {policy: none}
gateways:
  stripe: {url: "$GATEWAY/stripe", secret: {env: TEST_STRIPE}}
  razorpay: {url: "$GATEWAY/razorpay", key: rzp_test_1, absent_after_s: 1, secret: {env: TEST_RAZORPAY}}
  mercadopago: {url: "$GATEWAY/mercadopago", secret: {env: TEST_MERCADOPAGO}}
EOT
run 0 "October is closed" -- mill "$round" close --period 2026-10
run 0 "charges are intended" -- mill "$round" run payment-collect --date 2026-11-14

beside "$round" run dispatch --date 2026-11-14
first=$begun
for ((i = 0; i < 500; i++)); do
    [ "$(charged)" != $PAYERS ] || break
    sleep 0.01
done
kill -STOP "$first"
stopped_s=$SECONDS
equal "he is stopped while all are charged" "$(charged)" $PAYERS
round_sql_is "and nothing of them is recorded" "$round" "SELECT state, attempts, COUNT(*) FROM effect WHERE kind = 'charge' GROUP BY state, attempts" "sending|1|$PAYERS"

if on_postgres; then
    run 0 "another one takes them over" -- mill "$round" run dispatch --date 2026-11-14
    round_sql_is "and has asked for each" "$round" "SELECT state, outcome, attempts, epoch, COUNT(*) FROM effect WHERE kind = 'charge' GROUP BY state, outcome, attempts, epoch" \
        "done|paid|1|3|$PAYERS"
    effects "$round" >"$STORY_DIR/effects.txt"
    recorded "$round" >"$STORY_DIR/recorded.jsonl"
fi
while [ $((SECONDS - stopped_s)) -le $LEASE_S ]; do sleep 0.2; done
kill -CONT "$first"
ends "he goes on, and comes to his end" "$first" 0
if on_postgres; then
    effects "$round" >"$STORY_DIR/got.txt"
    same_file "and has changed no effect" "$STORY_DIR/got.txt" "$STORY_DIR/effects.txt"
    recorded "$round" >"$STORY_DIR/got.jsonl"
    same_file "nor recorded anything" "$STORY_DIR/got.jsonl" "$STORY_DIR/recorded.jsonl"
    round_sql_is "each was sent by him, and asked for by the other" "$round" \
        "SELECT epoch, purpose, COUNT(DISTINCT effect_key), COUNT(DISTINCT execution_id) FROM effect_attempt GROUP BY epoch, purpose ORDER BY epoch" "1|send|$PAYERS|1
3|ask|$PAYERS|1"
fi
run 0 "nothing is left" -- mill "$round" run collect --date 2026-11-14
equal "each was charged once" "$(charged) $(jq -r 'select(.event == "charge") | .key' "$GATEWAY_LOG" | sort -u | wc -l)" "$PAYERS $PAYERS"
equal "by one request" "$(jq -r 'select(.event == "request" and .step != null) | .attempt' "$GATEWAY_LOG" | sort | uniq -c | awk '$1 != 1')" ""
equal "each is an attempt, and a payment" "$(mill "$round" dump --record payment,payment_attempt | jq -r '[.record, .amount, .outcome // "-", .attempt // "-"] | @tsv' | sort | uniq -c | awk -v OFS=' ' '{$1 = $1} 1')" \
    "$PAYERS payment 119.00 - -
$PAYERS payment_attempt 119.00 paid 1"
equal "and each invoice is paid" "$(mill "$round" dump --record invoice | jq -r '[.status, .amount_due] | @tsv' | sort | uniq -c | awk -v OFS=' ' '{$1 = $1} 1')" "$PAYERS paid 119.00"
round_sql_is "nobody tried twice" "$round" "SELECT DISTINCT state, outcome, attempts FROM effect WHERE kind = 'charge'" "done|paid|1"

story_end
