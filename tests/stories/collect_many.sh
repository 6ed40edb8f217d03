# A customer of whom the gateway has many payments: what is lost is found among them, or known not to be there; and what cannot be found
# is for a person.
. "$(dirname "$0")/../support/story.sh"
. tests/support/gateways.sh
. tests/fault/fault.sh
. tests/support/records.sh
story_begin
export TEST_STRIPE=sk_test_1
gateway_of() { # DAY: what is made then is made on that day
    [ -z "${gateway_pid:-}" ] || gateway_stop
    gateway_start "{\"now\": $(date -u -d "$1T06:00Z" +%s)}"
    [ ! -e "${round:-}/config/billmill.yaml" ] || sed -i "s|http://127.0.0.1:[0-9]*|$GATEWAY|" "$round/config/billmill.yaml"
}
# Each used October for 119.00 with the tax, due on 2026-11-14. The first request is lost on its way, or its answer.
catalog() {
    local who
    berlin
    monthly_fee
    for who in way:dropped-then-paid answer:lost old:lost many:dropped; do
        record customer "\"customer\":\"c-${who%:*}\"" "\"name\":\"${who%:*} GmbH\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"${who%:*}\"" "\"customer\":\"c-${who%:*}\"" '"plan":"m"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
        record payment_method "\"customer\":\"c-${who%:*}\"" '"payment_method":"card"' '"gateway":"stripe"' "\"gateway_customer\":\"cus_${who%:*}\"" \
            "\"gateway_token\":\"tok_${who#*:}\"" '"is_default":true'
    done
}
configure() { # ROUND
    cp "$STORY_ROOT/config/declines.yaml" "$1/config/"
    sed -i 's/^wait_s:.*/wait_s: 1/' "$1/config/jobs/dispatch.yaml"
    cat >>"$1/config/billmill.yaml" <<EOT
dunning: {policy: none}
gateways:
  stripe: {url: "$GATEWAY/stripe", secret: {env: TEST_STRIPE}}
EOT
}
shop() { # WHO COUNT: so many payments of somebody else's making
    local i
    for ((i = 0; i < $2; i++)); do
        [ $i = 0 ] || echo next
        printf '%s\n' "url=$GATEWAY/stripe/v1/payment_intents" 'user="sk_test_1:"' silent output=/dev/null \
            "data=\"amount=100&currency=eur&customer=cus_$1&payment_method=tok_paid&confirm=true&off_session=true\""
    done >"$STORY_DIR/shop.curl"
    curl --silent --parallel --parallel-max 16 -K "$STORY_DIR/shop.curl"
}
charges() {
    round_sql "$round" "SELECT c.customer, e.state, e.code, e.attempts FROM effect e JOIN invoice i ON i.number = e.subject JOIN customer c ON c.customer_id = i.customer_id
        WHERE e.kind = 'charge' ORDER BY c.customer"
}

gateway_of 2026-09-01
shop old 820
gateway_of 2026-11-10
shop way 170
shop answer 170
shop many 820
round=$STORY_DIR/many
clock_at 2026-11-14T06:00:00Z
begin "$round"
configure "$round"
run 0 "October is closed" -- mill "$round" close --period 2026-10
gateway_of 2026-11-14
run 3 "they are charged" -- mill "$round" run collect --date 2026-11-14
equal "behind all that was made since, it cannot be told" "$(charges)" "c-answer|done||1
c-many|held|too_many_payments|1
c-old|done||1
c-way|done||2"
equal "each is paid once" "$(jq -r 'select(.event == "charge" and .minor == 11900 and .status == "paid") | .customer' "$GATEWAY_LOG" | sort | paste -sd ' ')" "cus_answer cus_old cus_way"
number=$(dump_of "$round" invoice | jq -r 'select(.customer == "c-many") | .number')
run 0 "it is shown" -- mill "$round" effects show "charge:$number:1"
stdout_has "with what to look for" "look by hand for the one with metadata[attempt] t:$number:1"
run 0 "a person has looked" -- mill "$round" effects resolve "charge:$number:1" --failed --reason "it is not there"
story_end
