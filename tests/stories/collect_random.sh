# Payers whose gateways do anything, for days, and billmill killed at random instants: nobody pays twice, no key is charged twice, no card
# that was declined for good is charged again, for any invoice of its payer, the networks' cap holds, and what is recorded agrees with what
# was done there. Every other payer owes two months, every fifth one has another card on the third day.
# PAYERS (40; 2000 for a proof), DAYS (5), KILLS_A_DAY (2), KILL_WITHIN_MS (300, and 2 a payer) and SEED size it.
. "$(dirname "$0")/../support/story.sh"
. tests/support/gateways.sh
. tests/fault/fault.sh
. tests/support/records.sh
story_begin
PAYERS=${PAYERS:-40}
DAYS=${DAYS:-5}
KILLS_A_DAY=${KILLS_A_DAY:-2}
KILL_WITHIN_MS=${KILL_WITHIN_MS:-$((300 + PAYERS * 2))}
TRIES_MAX=4
gateway_start "{\"mercadopago_currency\": \"EUR\", \"seed\": $SEED, \"weights\": {\"paid\": 30, \"insufficient_funds\": 25, \"stolen_card\": 5, \"lost\": 6,
    \"lost+insufficient_funds\": 4, \"cut\": 4, \"garbage\": 3, \"429\": 4, \"500\": 4, \"503\": 3, \"dropped\": 3, \"processing_paid\": 4, \"processing_failed\": 3}}"
export TEST_SECRET_STRIPE=sk_test_1 TEST_SECRET_RAZORPAY=rzp_secret_1 TEST_SECRET_MERCADOPAGO=APP_USR_1

gateways=(stripe razorpay mercadopago)
card() { # PAYER TOKEN
    record payment_method "\"customer\":\"c-$1\"" '"payment_method":"card"' "\"gateway\":\"${gateways[$1 % 3]}\"" "\"gateway_customer\":\"cus_$1\"" \
        "\"gateway_token\":\"$2\"" '"is_default":true'
}
catalog() {
    local i
    berlin
    monthly_fee
    for ((i = 1; i <= PAYERS; i++)); do
        record customer "\"customer\":\"c-$i\"" "\"name\":\"$i GmbH\"" "\"email\":\"$i@example.test\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"s-$i\"" "\"customer\":\"c-$i\"" '"plan":"m"' "$(printf '"start":"2026-%02d-01"' $((10 - i % 2)))" '"cancel_at":"2026-11-01"'
        card "$i" tok_random
    done
}
configure() { # ROUND
    cp "$STORY_ROOT/config/declines.yaml" "$1/config/"
    sed -i 's/^wait_s:.*/wait_s: 20/; s/^lease_s:.*/lease_s: 60/' "$1/config/jobs/dispatch.yaml"
    cat >>"$1/config/billmill.yaml" <<EOT
gateways:
  stripe: {url: "$GATEWAY/stripe", secret: {env: TEST_SECRET_STRIPE}}
  razorpay: {url: "$GATEWAY/razorpay", key: rzp_test_1, absent_after_s: 1, secret: {env: TEST_SECRET_RAZORPAY}}
  mercadopago: {url: "$GATEWAY/mercadopago", secret: {env: TEST_SECRET_MERCADOPAGO}}
dunning:
  policy: daily
  policies:
    - daily days 1 charge; 2 charge; 3 charge; 4 charge; 5 charge; end pause
  tries_max: $TRIES_MAX
EOT
}

round=$STORY_DIR/round
begin "$round"
configure "$round"
for month in 09 10; do run 0 "2026-$month is closed" -- mill "$round" close --period 2026-$month; done
at "$round"
RANDOM=$SEED
killed=0
day_of() { # N: from 2026-11-14 on
    date -u -d "2026-11-14 + $1 days" +%F
}
# Time passes: what was processing is due to be asked, or also what failed to be sent again.
hurry() { # [STATES], as SQL has them
    round_sql "$round" "UPDATE effect SET not_before_us = 0 WHERE state IN (${1:-'unknown'})"
}
for ((day = 0; day < DAYS; day++)); do
    if [ $day = 2 ]; then
        for ((i = 5; i <= PAYERS; i += 5)); do card $i pm_random; done >"$round/cards.jsonl"
        run 0 "some have another card" -- mill "$round" import "$round/cards.jsonl"
    fi
    hurry
    for ((i = 0; i < KILLS_A_DAY; i++)); do
        "${MILL_AT[@]}" run collect --date "$(day_of $day)" >"$round/out.txt" 2>"$round/err.txt" &
        pid=$!
        sleep "$(milliseconds $((RANDOM % KILL_WITHIN_MS + 5)))"
        { kill -KILL $pid; wait $pid; } 2>/dev/null
        [ $? = 137 ] && killed=$((killed + 1))
    done
    for ((tries = 0; tries < 8 + PAYERS / 100; tries++)); do # what pauses takes longer where there are many
        mill "$round" run collect --date "$(day_of $day)" >"$round/out.txt" 2>"$round/err.txt"
        code=$?
        [ $code = 75 ] || break
        [ $tries -lt 4 ] || hurry "'unknown', 'intent'"
    done
    [ $code = 0 ] || [ $code = 3 ] || not_ok "$(day_of $day) is collected" "exit $code: $(cat "$round/err.txt")"
done
between "killed at $killed instants" "$killed" 1 1000
# Decided by now is what was processing; nothing new is tried.
sed -i 's/^steps: .*/steps: [dispatch, payment-apply]/' "$round/config/jobs/collect.yaml"
for ((i = 0; i < 3; i++)); do
    hurry
    mill "$round" run collect --date "$(day_of $((DAYS + i)))" >"$round/out.txt" 2>"$round/err.txt" || not_ok "what was processing is asked" "$(cat "$round/err.txt")"
done
round_sql_is "everything is decided" "$round" "SELECT state, COUNT(*) FROM effect WHERE kind = 'charge' AND state NOT IN ('done', 'failed') GROUP BY state" ""
mill "$round" dump >"$STORY_DIR/dump.jsonl"
run 0 "what is recorded is what was done" -- python3 -B tests/support/collect_check.py "$STORY_DIR/dump.jsonl" "$GATEWAY_LOG" $TRIES_MAX
stdout_has "of every invoice" "$((PAYERS + (PAYERS + 1) / 2)) invoices"
equal "some have an end" "$(jq -r 'select(.record == "invoice") | .status' "$STORY_DIR/dump.jsonl" | sort -u | paste -sd ' ')" "open paid"
computed "it is computed again" "$STORY_DIR/dump.jsonl"
story_end
