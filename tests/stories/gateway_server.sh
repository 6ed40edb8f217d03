# The payment providers that other stories charge: each outcome as who asks sees it and as the log has it,
# and Stripe's own library takes the one for Stripe. STRIPE_NODE names a directory with
# node_modules/stripe (npm install stripe); without it, that part is left out.
# Once: no database.
. "$(dirname "$0")/../support/story.sh"
. "$(dirname "$0")/../support/gateways.sh"
story_begin

mkdir "$STORY_DIR/check"
run 0 "the providers do and log what they are told" -- \
    python3 -B tests/support/gateway_check.py "$STORY_DIR/check"

if [ ! -e "${STRIPE_NODE:-}/node_modules/stripe/package.json" ]; then
    echo "# left out: STRIPE_NODE names no directory with node_modules/stripe"
else
    gateway_start
    NODE_PATH=$STRIPE_NODE/node_modules run 0 "Stripe's own library takes it for Stripe" -- \
        node tests/support/stripe_sdk.js "${GATEWAY##*:}"
fi

story_end
