# The payment providers and the mail server that other stories use: each outcome as who asks sees it and as
# the log has it; what billmill's gateways make of it; Stripe's own library takes the provider for Stripe, and
# verifies the webhooks that billmill signs. STRIPE_NODE names a directory with node_modules/stripe (npm install
# stripe); without it, that part is left out.
# Once: no database.
. "$(dirname "$0")/../support/story.sh"
. "$(dirname "$0")/../support/gateways.sh"
. "$(dirname "$0")/../support/smtp.sh"
story_begin

mkdir "$STORY_DIR/gateways" "$STORY_DIR/smtp"
run 0 "the providers do and log what they are told" -- \
    python3 -B tests/support/gateway_check.py "$STORY_DIR/gateways"

run 0 "a certificate is made" -- smtp_certificate
run 0 "the mail server does and stores what it is told" -- \
    python3 -B tests/support/smtp_check.py "$STORY_DIR/smtp" "$SMTP_CERTIFICATE" "$SMTP_KEY"

# ------------------------------------------------------------------ billmill's gateways against them

gateway_start
secret() { # GATEWAY
    case $1 in
    stripe) echo sk_test_1 ;;
    razorpay) echo rzp_secret_1 rzp_test_1 ;;
    mercadopago) echo APP_USR_1 ;;
    esac
}
try_charges() { # GATEWAY: those of $STORY_DIR/asked
    # shellcheck disable=SC2046 # a secret, or two
    "$BUILD/gateway_try" "$1" "$GATEWAY/$1" $(secret "$1") <"$STORY_DIR/asked"
}
steps="paid insufficient_funds stolen_card expired_card authentication_required advice_do_not_try_again network_57
    of_tomorrow action_paid action_failed processing_paid processing_failed wrong_amount wrong_currency 409-then-paid
    429_2-then-paid 500-then-paid 503-then-stolen_card 500_stored refused lost lost+stolen_card cut garbage slow_2
    dropped-then-paid 500"
for gateway in stripe razorpay mercadopago; do
    for step in $steps; do echo "$gateway-$step tok_$step 29.99 BRL"; done >"$STORY_DIR/asked"
    run 0 "$gateway is charged with every outcome" -- try_charges "$gateway"
    stdout_is_golden "and each comes to what it should" "stories/outside_servers/$gateway.txt"
    # What was told and what was done: of each attempt one payment at most, and paid is what was said to be.
    sed -nE 's/^([^ ]*) .*[:)a-z] paid, given.*/\1/p' "$STORY_OUT" | sort >"$STORY_DIR/said"
    jq -r "select(.event == \"charge\" and .gateway == \"$gateway\") | .key" "$GATEWAY_LOG" | sort | uniq -d >"$STORY_DIR/twice"
    equal "$gateway: nothing is charged twice" "$(cat "$STORY_DIR/twice")" ""
    jq -rs "[.[] | select(.gateway == \"$gateway\")] | (map(select(.event == \"decided\" and .status == \"paid\") | .id)) as \$late |
        .[] | select(.event == \"charge\" and (.status == \"paid\" or (.id | IN(\$late[]))) and
        .minor == 2999 and .currency == \"BRL\") | .key" "$GATEWAY_LOG" | sort >"$STORY_DIR/done"
    same_file "$gateway: paid is what was said to be" "$STORY_DIR/said" "$STORY_DIR/done"
done

# ------------------------------------------------------------------ Stripe's own library

if [ ! -e "${STRIPE_NODE:-}/node_modules/stripe/package.json" ]; then
    echo "# left out: STRIPE_NODE names no directory with node_modules/stripe"
else
    signed=$STORY_DIR/signed
    printf '%s\n' '{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"n":"ü € \u0000"}}}' '{}' |
        "$BUILD/webhook_sign" whsec_one,whsec_two 1795219137 >"$signed"
    NODE_PATH=$STRIPE_NODE/node_modules run 0 "Stripe's own library takes it for Stripe, and verifies our webhooks" -- \
        node tests/support/stripe_sdk.js "${GATEWAY##*:}" "$signed"
fi

story_end
