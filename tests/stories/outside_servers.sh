# The payment providers and the mail server that other stories use: each outcome as who asks sees it and as
# the log has it; Stripe's own library takes the provider for Stripe, and verifies the webhooks that billmill
# signs. STRIPE_NODE names a directory with node_modules/stripe (npm install stripe); without it, that part is
# left out.
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

if [ ! -e "${STRIPE_NODE:-}/node_modules/stripe/package.json" ]; then
    echo "# left out: STRIPE_NODE names no directory with node_modules/stripe"
else
    gateway_start
    signed=$STORY_DIR/signed
    printf '%s\n' '{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"n":"ü € \u0000"}}}' '{}' |
        "$BUILD/webhook_sign" whsec_one,whsec_two 1795219137 >"$signed"
    NODE_PATH=$STRIPE_NODE/node_modules run 0 "Stripe's own library takes it for Stripe, and verifies our webhooks" -- \
        node tests/support/stripe_sdk.js "${GATEWAY##*:}" "$signed"
fi

story_end
