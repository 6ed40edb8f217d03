# What waits for the customer (3-D Secure) and is not owed any more is canceled at the gateway, so that he does not pay it for nothing;
# he has declined nothing by that.
. "$(dirname "$0")/../support/story.sh"
. tests/support/gateways.sh
. tests/fault/fault.sh
. tests/support/records.sh
story_begin
SETTINGS='{"mercadopago_currency": "EUR"}'
gateway_start "$SETTINGS"
export TEST_STRIPE=sk_test_1 TEST_RAZORPAY=rzp_secret_1 TEST_MERCADOPAGO=APP_USR_1

# Each of them used October for 119.00 with the tax, due on 2026-11-14. Razorpay does not say whether it waits for the customer; what is
# processing cannot be canceled.
WHO="bank:stripe:action part:stripe:action void:stripe:action off:stripe:action race:stripe:action open:stripe:action late:stripe:action
    going:stripe:processing mbank:mercadopago:action rbank:razorpay:action"
catalog() {
    local who name gateway token
    berlin
    monthly_fee
    for who in $WHO; do
        IFS=: read -r name gateway token <<<"$who"
        record customer "\"customer\":\"c-$name\"" "\"name\":\"$name GmbH\"" "\"email\":\"$name@example.com\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"$name\"" "\"customer\":\"c-$name\"" '"plan":"m"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
        record payment_method "\"customer\":\"c-$name\"" '"payment_method":"card"' "\"gateway\":\"$gateway\"" "\"gateway_customer\":\"cus_$name\"" \
            "\"gateway_token\":\"tok_$token\"" '"is_default":true'
    done
}
configure() { # ROUND
    cp "$STORY_ROOT/config/declines.yaml" "$1/config/"
    sed -i 's/^wait_s:.*/wait_s: 1/' "$1/config/jobs/dispatch.yaml"
    cat >>"$1/config/billmill.yaml" <<EOT
gateways:
  stripe: {url: "$GATEWAY/stripe", secret: {env: TEST_STRIPE}}
  razorpay: {url: "$GATEWAY/razorpay", key: rzp_test_1, absent_after_s: 1, secret: {env: TEST_RAZORPAY}}
  mercadopago: {url: "$GATEWAY/mercadopago", secret: {env: TEST_MERCADOPAGO}}
EOT
}
gateway_again() { # SETTINGS
    gateway_stop
    gateway_start "$1"
    sed -i "s|http://127.0.0.1:[0-9]*|$GATEWAY|" "$round/config/billmill.yaml"
}
invoice_of() { # WHO
    dump_of "$round" invoice | jq -r --arg c "c-$1" 'select(.customer == $c) | .number'
}
pays() { # WHO AMOUNT DAY: by bank
    record payment "\"gateway_reference\":\"bank-$1\"" "\"customer\":\"c-$1\"" "\"invoice\":\"$(invoice_of "$1")\"" "\"amount\":\"$2\"" '"currency":"EUR"' "\"at\":\"$3T08:00:00Z\""
}
of_customers() { # RECORD JQ: a line each, sorted
    dump_of "$round" invoice | jq -r '[.number, .customer] | @tsv' >"$STORY_DIR/numbers.tsv"
    dump_of "$round" "$1" | jq -r "$2" | awk -F'\t' -v OFS='\t' 'NR == FNR {name[$1] = substr($2, 3); next} {$1 = name[$1]} 1' "$STORY_DIR/numbers.tsv" - | sort | tr '\t' ' '
}
attempts() {
    of_customers payment_attempt '[.invoice, .attempt, .amount, .outcome, .decline // "-", .code // "-", .on] | @tsv'
}
waiting() {
    of_customers effect 'select(.state == "unknown") | [.subject, .outcome] | @tsv'
}
decided() { # at gateways
    jq -r 'select(.event == "decided") | .change.status' "$GATEWAY_LOG" | sort | uniq -c | awk '{print $1, $2}' | paste -sd ' '
}
collect() { # DATE: whoever waits is asked
    round_sql "$round" "UPDATE effect SET not_before_us = 0 WHERE state = 'unknown'"
    mill "$round" run collect --date "$1"
}

round=$STORY_DIR/unowed
begin "$round"
configure "$round"
run 0 "October is closed" -- mill "$round" close --period 2026-10
run 0 "all are charged" -- collect 2026-11-14
equal "and wait" "$(waiting)" "$(printf '%s\n' "bank action" "going processing" "late action" "mbank action" "off action" "open action" "part action" "race action" \
    "rbank processing" "void action")"
{
    for who in bank mbank rbank going race; do pays $who 119.00 2026-11-15; done
    pays part 50.00 2026-11-15
    decide void "$(invoice_of void)" void 2026-11-15
    decide off "$(invoice_of off)" write_off 2026-11-15
} | know "$round" "they pay otherwise, or it is decided that they need not"
curl -sS -o /dev/null -X POST "$GATEWAY/test/decide/$(jq -r 'select(.event == "charge" and .customer == "cus_race") | .id' "$GATEWAY_LOG")/paid"
run 0 "the next day" -- collect 2026-11-15
# race has confirmed before, and pays twice: 119.00 are a credit. part owes 69.00.
cat >"$STORY_DIR/expected.txt" <<'EOT'
bank 1 119.00 canceled - not_owed 2026-11-15
mbank 1 119.00 canceled - not_owed 2026-11-15
off 1 119.00 canceled - not_owed 2026-11-15
part 1 119.00 canceled - not_owed 2026-11-15
race 1 119.00 paid - - 2026-11-15
void 1 119.00 canceled - not_owed 2026-11-15
EOT
attempts >"$STORY_DIR/got.txt"
same_file "what they need not pay any more has ended" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
equal "at the gateways too" "$(decided)" "5 canceled 1 paid"
equal "what is owed, or cannot be canceled, is waited for" "$(waiting)" "$(printf '%s\n' "going processing" "late action" "open action" "rbank processing")"
run 0 "the day after" -- collect 2026-11-16
equal "the rest is charged" "$(waiting)" "$(printf '%s\n' "going processing" "late action" "open action" "part action" "rbank processing")"
equal "over what is owed" "$(jq -r 'select(.event == "charge" and .customer == "cus_part") | .amount' "$GATEWAY_LOG" | paste -sd ' ')" "11900 6900"
equal "who paid twice has a credit" "$(dump_of "$round" credit_grant | jq -r '[.customer, .amount] | join(" ")')" "c-race 119.00"

# Killed when it is canceled at the gateway, and billmill has not heard of that.
pays late 119.00 2026-11-17 | know "$round" "one pays later"
gateway_again '{"mercadopago_currency": "EUR", "cancel_slow_s": 60}'
round_sql "$round" "UPDATE effect SET not_before_us = 0 WHERE state = 'unknown'"
at "$round"
"${MILL_AT[@]}" run collect --date 2026-11-17 >/dev/null 2>&1 &
pid=$!
for ((tries = 0; tries < 300; tries++)); do
    [ "$(decided)" = "5 canceled 1 paid" ] || break
    sleep 0.1
done
kill -KILL $pid
wait $pid 2>/dev/null
equal "killed: it is canceled there" "$(decided)" "6 canceled 1 paid"
equal "and not here" "$(waiting | grep late)" "late action"
gateway_again "$SETTINGS"
run 0 "it is asked for again" -- collect 2026-11-17
equal "and ends as it does without" "$(attempts | grep late)" "late 1 119.00 canceled - not_owed 2026-11-17"

equal "nobody has declined anything" "$(dump_of "$round" dunning_campaign)$(attempts | grep declined)" ""
all_explained "$round"
mill "$round" dump >"$STORY_DIR/moving.jsonl"
computed "it is computed again" "$STORY_DIR/moving.jsonl"
take_dump "it moves" "$STORY_DIR/moved" "$STORY_DIR/moving.jsonl"
story_end
