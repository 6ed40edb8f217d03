# What payment gateways have against what is here: where both differ, what goes away; money that a person has given back; and a payment
# that comes when its answer is long lost.
. "$(dirname "$0")/../support/story.sh"
. tests/support/gateways.sh
. tests/fault/fault.sh
. tests/support/records.sh
story_begin
NOW=$(date -u -d 2026-11-14T06:00Z +%s)
gateway_start "{\"mercadopago_currency\": \"EUR\", \"now\": $NOW}"
export TEST_STRIPE=sk_test_1 TEST_RAZORPAY=rzp_secret_1 TEST_MERCADOPAGO=APP_USR_1

# Each of them used October for 119.00 with the tax, due on 2026-11-14, and pays by the card that his gateway has under this token.
WHO="stripe:paid:one stripe:paid:two stripe:wrong_amount:wrong razorpay:paid:three mercadopago:paid:four stripe:processing:five"
catalog() {
    local who gateway token name
    berlin
    monthly_fee
    for who in $WHO; do
        IFS=: read -r gateway token name <<<"$who"
        record customer "\"customer\":\"c-$name\"" "\"name\":\"$name GmbH\"" "\"email\":\"$name@example.com\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"$name\"" "\"customer\":\"c-$name\"" '"plan":"m"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
        record payment_method "\"customer\":\"c-$name\"" '"payment_method":"card"' "\"gateway\":\"$gateway\"" "\"gateway_customer\":\"cus_$name\"" \
            "\"gateway_token\":\"tok_$token\"" '"is_default":true'
    done
}
configure() { # ROUND
    cp "$STORY_ROOT/config/declines.yaml" "$1/config/"
    sed -i 's/^calls:.*/calls: 1/' "$1/config/jobs/dispatch.yaml" # in one order, so that the provider counts alike
    cat >>"$1/config/billmill.yaml" <<EOT
dunning: {policy: none}
gateways:
  stripe: {url: "$GATEWAY/stripe", secret: {env: TEST_STRIPE}}
  razorpay: {url: "$GATEWAY/razorpay", key: rzp_test_1, absent_after_s: 12, secret: {env: TEST_RAZORPAY}}
  mercadopago: {url: "$GATEWAY/mercadopago", secret: {env: TEST_MERCADOPAGO}}
EOT
}
invoice_of() { # CUSTOMER
    dump_of "$round" invoice | jq -r --arg c "c-$1" 'select(.customer == $c) | .number'
}
payment_of() { # CUSTOMER
    dump_of "$round" payment | jq -r --arg c "c-$1" 'select(.customer == $c) | .gateway_reference'
}
charged() { # TOKEN: how often money was taken with it
    jq -r --arg t "tok_$1" 'select(.event == "charge" and .token == $t and .status == "paid") | .id' "$GATEWAY_LOG" | wc -l
}
differences() {
    mill "$round" payments --json | jq -r '.differences[] | [.gateway, .difference, .invoice // "-", .there // "-", .there_refunded // "-", .here // "-", .here_refunded // "-", .found_on] | join(" ")' | sort
}
reconcile() { # DATE
    mill "$round" run payment-reconcile --date "$1"
}

# ------------------------------------------------------------------ a payment that comes late

# The provider hangs up, and carries it out three seconds later. Whoever finds nothing until then does not pay again.
ALL=$WHO
round=$STORY_DIR/late
WHO="razorpay:late_3-then-paid:late" begin "$round"
configure "$round"
run 0 "October is closed" -- mill "$round" close --period 2026-10
round_copy "$round" "$STORY_DIR/killed"
round_copy "$round" "$STORY_DIR/moving"
round_copy "$round" "$STORY_DIR/week"
run 0 "it is waited for" -- mill "$round" run collect --date 2026-11-14
equal "and paid once" "$(charged late_3-then-paid)" 1
round_sql_is "which is known" "$round" "SELECT state, attempts FROM effect WHERE kind = 'charge'" "done|1"
run 0 "shown with what was asked" -- mill "$round" effects show "charge:$(invoice_of late):1"
killed() { # ROUND: right behind the call
    round=$1
    gateway_stop
    rm -f "$GATEWAY_LOG"
    gateway_start "{\"mercadopago_currency\": \"EUR\", \"now\": $NOW}"
    sed -i "s|http://127.0.0.1:[0-9]*|$GATEWAY|" "$round/config/billmill.yaml"
    at "$round"
    "${MILL_AT[@]}" run collect --date 2026-11-14 >"$round/out.txt" 2>&1 &
    pid=$!
    for ((tries = 0; tries < 200; tries++)); do
        ! grep -q '"event": "request"' "$GATEWAY_LOG" 2>/dev/null || break
        sleep 0.05
    done
    { kill -KILL $pid; wait $pid; } 2>/dev/null
}
killed "$STORY_DIR/killed"
run 0 "killed right behind the call, it is waited for too" -- mill "$round" run collect --date 2026-11-14
equal "and paid once all the same" "$(charged late_3-then-paid)" 1
killed "$STORY_DIR/moving"
mill "$round" dump >"$STORY_DIR/moving.jsonl"
take_dump "who is moved meanwhile" "$STORY_DIR/moved-late" "$STORY_DIR/moving.jsonl"
configure "$STORY_DIR/moved-late"
run 0 "is waited for there" -- mill "$STORY_DIR/moved-late" run collect --date 2026-11-14
equal "and pays once" "$(charged late_3-then-paid)" 1
clock_at 2026-11-24T06:00:00Z
killed "$STORY_DIR/week"
run 0 "what is sent a week late has its time too" -- mill "$round" run collect --date 2026-11-14
round_sql_is "and is paid once" "$round" "SELECT state, attempts FROM effect WHERE kind = 'charge'" "done|1"
clock_at ""

# ------------------------------------------------------------------ where both differ

WHO=$ALL
round=$STORY_DIR/steps
gateway_stop
rm -f "$GATEWAY_LOG"
gateway_start "{\"mercadopago_currency\": \"EUR\", \"now\": $NOW}"
begin "$round"
configure "$round"
run 0 "October is closed" -- mill "$round" close --period 2026-10
run 0 "nobody was asked" -- mill "$round" payments
stderr_has "which is told" "no gateway was asked yet"
run 3 "four pay, one is charged over another amount, one is undecided" -- mill "$round" run collect --date 2026-11-14
five=$(jq -r 'select(.event == "charge" and .status == "processing") | .id' "$GATEWAY_LOG")
curl -sS -o /dev/null -X POST "$GATEWAY/test/decide/$five/paid"
run 0 "gateways are asked" -- reconcile 2026-11-14
run 3 "there are differences" -- mill "$round" payments
stdout_has "named by their charges" "charge:$(invoice_of wrong):1"
# 119.00 were asked for, a cent less was taken; what was undecided is paid since.
equal "one is held, one was decided" "$(differences)" "$(printf '%s\n' "stripe undecided $(invoice_of wrong) 118.99 0.00 - - 2026-11-14" \
    "stripe undecided $(invoice_of five) 119.00 0.00 - - 2026-11-14" | sort)"
run 3 "which is asked for at once" -- mill "$round" run dispatch --date 2026-11-15
equal "and paid" "$(payment_of five)" "$five"

# Behind our back: 19.00 are given back, one payment is disputed, a stranger has paid; here is a payment that nobody knows there.
one=$(payment_of one)
two=$(payment_of two)
stripe() { # PATH FIELDS…
    curl -sS -o "$STORY_DIR/answer.json" -u sk_test_1: "$GATEWAY/stripe/v1/$1" "${@:2}"
}
stripe refunds -d payment_intent="$one" -d amount=1900
refund_there=$(jq -r .id "$STORY_DIR/answer.json")
stripe payment_intents -d amount=700 -d currency=eur -d customer=cus_stranger -d payment_method=tok_paid -d confirm=true -d off_session=true
stranger=$(jq -r .id "$STORY_DIR/answer.json")
curl -sS -o /dev/null -X POST "$GATEWAY/test/decide/$two/disputed"
record payment '"gateway_reference":"pi_nowhere"' '"customer":"c-one"' '"gateway":"stripe"' '"amount":"5.00"' '"currency":"EUR"' '"at":"2026-11-14T12:00:00Z"' |
    know "$round" "a payment that the gateway does not have"
run 0 "they are asked again" -- reconcile 2026-11-15
cat >"$STORY_DIR/expected.txt" <<EOT
stripe disputed $(invoice_of two) 119.00 0.00 119.00 0.00 2026-11-15
stripe not_here - 7.00 0.00 - - 2026-11-15
stripe not_there - - - 5.00 0.00 2026-11-15
stripe refunded_there $(invoice_of one) 119.00 19.00 119.00 0.00 2026-11-15
stripe undecided $(invoice_of wrong) 118.99 0.00 - - 2026-11-14
EOT
differences >"$STORY_DIR/got.txt"
same_file "each with both sides, since the first day" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
run 0 "the same day again" -- reconcile 2026-11-15
run 0 "and of other days" -- reconcile 2026-11-16
differences >"$STORY_DIR/got.txt"
same_file "nothing changes" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
at "$round"
for instant in 1 2 3 4; do
    kill_after "0.0$instant" run payment-reconcile --date 2026-11-17
    "${MILL_AT[@]}" resume >"$round/out.txt" 2>&1
done
run 0 "killed on the way, it is done" -- reconcile 2026-11-17
differences >"$STORY_DIR/got.txt"
same_file "with the same rows" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
round_sql_is "what was said is kept" "$round" "SELECT gateway, payments, paid FROM gateway_statement WHERE until_on = '2026-11-17' ORDER BY gateway" "mercadopago|1|1
razorpay|1|1
stripe|5|5"

# What is put right goes by itself.
run 64 "what is paid there has not failed" -- mill "$round" effects resolve "charge:$(invoice_of wrong):1" --failed --reason "another amount"
wrong_there=$(jq -r 'select(.event == "charge" and .step == "wrong_amount") | .id' "$GATEWAY_LOG")
{
    record refund "\"gateway_reference\":\"$refund_there\"" "\"payment\":\"$one\"" '"amount":"19.00"' '"currency":"EUR"' '"at":"2026-11-14T12:00:00Z"'
    record payment "\"gateway_reference\":\"$stranger\"" '"customer":"c-two"' '"gateway":"stripe"' '"amount":"7.00"' '"currency":"EUR"' '"at":"2026-11-14T12:00:00Z"'
    record payment "\"gateway_reference\":\"$wrong_there\"" '"customer":"c-wrong"' "\"invoice\":\"$(invoice_of wrong)\"" '"gateway":"stripe"' '"amount":"118.99"' \
        '"currency":"EUR"' '"at":"2026-11-14T12:00:00Z"'
} | know "$round" "what is there is imported"
run 0 "the held charge is resolved" -- mill "$round" effects resolve "charge:$(invoice_of wrong):1" --failed --reason "paid over another amount"
mill "$round" dump >"$STORY_DIR/compared.jsonl"
run 0 "asked again, days later" -- reconcile 2026-11-24
equal "what is left is for people" "$(differences)" "$(grep -E ' (disputed|not_there) ' "$STORY_DIR/expected.txt")"
round_sql_is "the days that nobody asked for are compared" "$round" "SELECT from_on FROM gateway_statement WHERE until_on = '2026-11-24' AND gateway = 'stripe'" "2026-11-17"
moved=$STORY_DIR/moved-compared
take_dump "moved before that" "$moved" "$STORY_DIR/compared.jsonl"
configure "$moved"
run 0 "it is asked again there" -- mill "$moved" run payment-reconcile --date 2026-11-24
round_sql_is "for the same days" "$moved" "SELECT gateway, from_on FROM gateway_statement WHERE until_on = '2026-11-24' ORDER BY gateway" "$(round_sql "$round" "SELECT gateway, from_on FROM gateway_statement WHERE until_on = '2026-11-24' ORDER BY gateway")"

# Two strangers more. One is given back there as a whole, which ends it; of the other, and of what nobody knows there, a person says that
# it is known.
gateway_at() { # DAY: by the gateway's clock
    gateway_stop
    gateway_start "{\"mercadopago_currency\": \"EUR\", \"now\": $(date -u -d "$1T06:00Z" +%s)}"
    sed -i "s|http://127.0.0.1:[0-9]*|$GATEWAY|" "$round/config/billmill.yaml"
}
stranger_pays() { # CENTS
    stripe payment_intents -d amount="$1" -d currency=eur -d customer=cus_stranger -d payment_method=tok_paid -d confirm=true -d off_session=true
    jq -r .id "$STORY_DIR/answer.json"
}
gateway_at 2026-11-25
back=$(stranger_pays 800)
shop=$(stranger_pays 900)
run 0 "two strangers have paid" -- reconcile 2026-11-25
equal "which is told" "$(differences | grep not_here)" "stripe not_here - 8.00 0.00 - - 2026-11-25
stripe not_here - 9.00 0.00 - - 2026-11-25"
run 3 "with what to do" -- mill "$round" payments
stdout_has "by which gateway" "import it, with gateway stripe, or give it back there"
stripe refunds -d payment_intent="$back"
run 64 "who accepts says why" -- mill "$round" payments accept "$shop"
run 64 "and what differs" -- mill "$round" payments accept "$shop" pi_none --reason "who"
run 0 "one is of the web shop, one is of another account" -- mill "$round" payments accept "$shop" pi_nowhere --reason "known"
run 0 "the next day" -- reconcile 2026-11-26
equal "what is given back is no difference, what was accepted is not told" "$(differences)" "$(grep ' disputed ' "$STORY_DIR/expected.txt")"
accepted() {
    mill "$round" payments --all --json | jq -r '.differences[] | select(.accepted) | [.difference, .there // "-", .there_refunded // "-", .accepted] | join(" ")' | sort
}
equal "but kept, with the reason" "$(accepted)" "not_here 9.00 0.00 known
not_there - - known"
round_sql_is "it is in the audit log" "$round" "SELECT object, reason FROM audit_log WHERE action = 'accept difference' ORDER BY sequence" "stripe $shop (not_here)|known
stripe pi_nowhere (not_there)|known"
stripe refunds -d payment_intent="$shop" -d amount=400
run 0 "it changes there" -- reconcile 2026-11-27
equal "so it is told again" "$(differences | grep not_here)" "stripe not_here - 9.00 4.00 - - 2026-11-25"
run 0 "and accepted again" -- mill "$round" payments accept "$shop" --gateway stripe --reason "known, too"
stripe refunds -d payment_intent="$shop" -d amount=100
run 0 "when its day is past" -- reconcile 2026-12-04
run 0 "and behind it" -- reconcile 2026-12-05
equal "it is not asked for singly" "$(accepted)" "not_here 9.00 4.00 known, too
not_there - - known"

# A dispute is what the gateway says: lost, it has taken the money; won, it is over.
curl -sS -o /dev/null -X POST "$GATEWAY/test/decide/$two/lost"
run 0 "it is lost" -- reconcile 2026-12-06
equal "the money is gone there" "$(differences)" "stripe refunded_there $(invoice_of two) 119.00 119.00 119.00 0.00 2026-12-06"
curl -sS -o /dev/null -X POST "$GATEWAY/test/decide/$two/won"
run 0 "it is won" -- reconcile 2026-12-07
run 0 "nothing differs" -- mill "$round" payments
stderr_has "but what was accepted" "what gateways have is what is here, or was accepted, as of 2026-12-07"

# By its charge: the same payment.
gateway_at 2026-12-08
by_charge=$(stranger_pays 300)
ch=${by_charge/pi_/ch_}
record payment "\"gateway_reference\":\"$ch\"" '"customer":"c-two"' '"gateway":"stripe"' '"amount":"3.00"' '"currency":"EUR"' '"at":"2026-12-20T12:00:00Z"' |
    know "$round" "a payment is known by its charge"
run 0 "listed with its payment" -- reconcile 2026-12-08
equal "it is that" "$(differences)" ""
for day in 15 20; do run 0 "asked for by itself: $day" -- reconcile 2026-12-$day; done
equal "it is that too" "$(differences)" ""
stripe refunds -d payment_intent="$by_charge" -d amount=100
refund_there=$(jq -r .id "$STORY_DIR/answer.json")
run 0 "some of it is given back" -- reconcile 2026-12-21
equal "which is told of it" "$(mill "$round" payments --json | jq -r '.differences[] | [.reference, .difference, .there_refunded] | join(" ")')" "$ch refunded_there 1.00"
record refund "\"gateway_reference\":\"$refund_there\"" "\"payment\":\"$ch\"" '"amount":"1.00"' '"currency":"EUR"' '"at":"2026-12-21T12:00:00Z"' |
    know "$round" "and imported"
run 0 "so that both agree" -- reconcile 2026-12-22
equal "again" "$(differences)" ""

gateway_stop
run 3 "when no gateway answers" -- reconcile 2026-12-23
equal "that is parked" "$(mill "$round" parked --json | jq -r '.items[] | select(.job == "payment-reconcile") | .code' | sort | uniq -c | tr -s ' ')" " 3 not_listed"
equal "and nothing is forgotten" "$(mill "$round" payments --all --json | jq '.differences | length')" 2
gateway_start
sed -i "s|http://127.0.0.1:[0-9]*|$GATEWAY|" "$round/config/billmill.yaml"

# ------------------------------------------------------------------ given back by a person

three=$(payment_of three)
refund() { # PAYMENT OPTIONS…
    mill "$round" refund "$1" --date 2026-11-20 "${@:2}"
}
run 64 "a refund needs a reason" -- refund "$three" --amount 19.00
run 64 "not more than was paid" -- refund "$three" --amount 119.01 --reason "too much"
stderr_has "with what there is" "119.00 EUR of $three may be given back, not 119.01"
run 64 "nor of what nobody paid" -- refund pi_none --reason "who"
run 0 "19.00 are to be given back" -- refund "$three" --amount 19.00 --reason "ticket 1"
run 0 "asked for again" -- refund "$three" --amount 19.00 --reason "ticket 1"
stdout_has "it is the same" "intent"
run 64 "with another amount" -- refund "$three" --amount 20.00 --reason "ticket 1"
stderr_has "it is another one" "another refund of that payment has another --number"
run 64 "the rest is less by it" -- refund "$three" --number 2 --amount 100.01 --reason "ticket 2"
stderr_has "by what is under way" "100.00 EUR of $three may be given back"
run 0 "it is shown" -- mill "$round" show invoice "$(invoice_of three)"
stdout_has "as to be refunded" "to be refunded"
run 0 "sent" -- mill "$round" run dispatch --date 2026-11-20
run 0 "and applied" -- mill "$round" run payment-apply --date 2026-11-20
equal "the invoice owes it again" "$(mill "$round" show invoice "$(invoice_of three)" --json | jq -r '[.paid, .refunded, .left_to_pay, .status] | join(" ")')" "119.00 19.00 19.00 partially_paid"
run 0 "the rest too" -- refund "$three" --number 2 --reason "ticket 2"
run 64 "then nothing is left" -- refund "$three" --number 3 --reason "ticket 3"
run 0 "sent as well" -- mill "$round" run dispatch --date 2026-11-21
equal "by the gateway, once each" "$(jq -r 'select(.event == "refund" and .gateway == "razorpay") | .minor' "$GATEWAY_LOG" | paste -sd ' ')" "1900 10000"
record payment '"gateway_reference":"bank-1"' '"customer":"c-one"' '"amount":"5.00"' '"currency":"EUR"' '"at":"2026-11-14T12:00:00Z"' | know "$round" "one pays by hand"
run 64 "which no gateway gives back" -- refund bank-1 --reason "no"
stderr_has "but the bank" "let the bank do it"

# Paid twice: what is about to be given back is no credit of his.
four=$(payment_of four)
record payment '"gateway_reference":"bank-2"' '"customer":"c-four"' "\"invoice\":\"$(invoice_of four)\"" '"amount":"119.00"' '"currency":"EUR"' '"at":"2026-11-15T12:00:00Z"' |
    know "$round" "one pays a second time, by hand"
run 0 "so the first is to be given back" -- refund "$four" --reason "paid twice"
run 0 "which is seen" -- mill "$round" run payment-apply --date 2026-11-22
equal "nothing is granted" "$(dump_of "$round" credit_grant | jq -r '.source')" ""
run 0 "when it is sent" -- mill "$round" run dispatch --date 2026-11-22
run 0 "nor behind it" -- mill "$round" run payment-apply --date 2026-11-23
equal "the invoice is paid once" "$(mill "$round" show invoice "$(invoice_of four)" --json | jq -r '[.paid, .refunded, .overpaid, .left_to_pay, .status] | join(" ")')" "238.00 119.00 0.00 0.00 paid"
equal "and nothing is granted" "$(dump_of "$round" credit_grant | jq -r '.source')" ""
run 0 "both sides agree on it" -- reconcile 2026-12-24
equal "nothing new differs" "$(differences | grep -vE ' (disputed|not_there) ')" ""

mill "$round" dump >"$STORY_DIR/steps.jsonl"
sed "s/127.0.0.1 port [0-9]* after [0-9]* ms/127.0.0.1/" "$STORY_DIR/steps.jsonl" >"$STORY_DIR/anywhere.jsonl" # it is another one each time
keep_dump steps "$STORY_DIR/anywhere.jsonl"
computed "it is computed again" "$STORY_DIR/steps.jsonl"
take_dump "it moves" "$STORY_DIR/moved" "$STORY_DIR/steps.jsonl"
story_end
