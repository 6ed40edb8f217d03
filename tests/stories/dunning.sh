# Invoices whose charges failed: steps by policy, what was missed, who is never charged again, the networks' cap, how campaigns end, and
# that paying undoes a pause; repeated, killed, moved.
. "$(dirname "$0")/../support/story.sh"
. tests/support/gateways.sh
. tests/fault/fault.sh
. tests/support/records.sh
. tests/support/smtp.sh
story_begin
smtp_start
gateway_start
python3 -B tests/support/webhook_server.py "$STORY_DIR/hooks.port" "$STORY_DIR/hooks.log" sk_test_1 &
hooks_pid=$!
trap 'gateway_stop; smtp_stop; kill $hooks_pid; story_finish' EXIT
for ((tries = 0; tries < 100; tries++)); do
    [ ! -e "$STORY_DIR/hooks.port" ] || break
    sleep 0.1
done

# Another round: the gateway knows nothing.
gateway_anew() {
    gateway_stop
    rm -f "$GATEWAY_LOG"
    gateway_start
    trap 'gateway_stop; smtp_stop; kill $hooks_pid; story_finish' EXIT
}
# Each uses the plan for 119.00 a month; the invoice over October is due on 2026-11-14, when it is charged for the first time.
# WHO: his card does what the script says, POLICY is his own.
catalog() {
    berlin
    monthly_fee
    EMAIL=later@example.test who later insufficient_funds-then-insufficient_funds-then-paid
    EMAIL=never@example.test who never stolen_card
    who asked expired_card
    who gone insufficient_funds
    who cancel insufficient_funds brief_cancel
    who lost insufficient_funds brief_off
    who often insufficient_funds daily
    who nobody insufficient_funds none
    who refunded insufficient_funds
    who missed insufficient_funds
}
who() { # WHO SCRIPT [POLICY FIELDS of the subscription…], with $EMAIL and $START
    local more=()
    [ -z "${EMAIL:-}" ] || more+=("\"email\":\"$EMAIL\"")
    [ -z "${3:-}" ] || more+=("\"dunning_policy\":\"$3\"")
    record customer "\"customer\":\"c-$1\"" "\"name\":\"$1 GmbH\"" '"locale":"de-DE"' '"address":{"country":"DE"}' "${more[@]}"
    record subscription "\"subscription\":\"$1\"" "\"customer\":\"c-$1\"" '"plan":"m"' "\"start\":\"${START:-2026-10-01}\"" "${@:4}"
    card "$1" "$2"
}
card() { # WHO SCRIPT FIELDS…, with $CARD and $DEFAULT
    record payment_method "\"customer\":\"c-$1\"" "\"payment_method\":\"${CARD:-card}\"" '"gateway":"stripe"' "\"gateway_customer\":\"cus_$1\"" \
        "\"gateway_token\":\"tok_$2\"" "\"is_default\":${DEFAULT:-true}" "${@:3}"
}
configure() { # ROUND
    local endpoint
    endpoint="{name: erp, url: \"http://127.0.0.1:$(cat "$STORY_DIR/hooks.port")/200\", secret: {env: TEST_STRIPE}, since: 2026-11-01}"
    sed -i "s|^webhooks: {}\$|webhooks: {endpoints: [$endpoint]}|; s|^mail:\$|mail:\n  server: smtp://$SMTP\n  from: billing@example.test|" "$1/config/billmill.yaml"
    cp "$STORY_ROOT/config/declines.yaml" "$1/config/"
    cat >>"$1/config/billmill.yaml" <<EOT
gateways:
  stripe: {url: "$GATEWAY/stripe", secret: {env: TEST_STRIPE}}
dunning:
  policies:
    - brief_cancel days 2 charge; end cancel
    - brief_off days 2 charge, webhook; end uncollectible
    - brief_pause days 1 charge; end pause
    - brief_mail days 1 charge, mail payment_failed; end pause
    - step_pause days 2 charge, pause; 4 charge; end uncollectible
    - wait_pause days 1 pause; 2 charge; 9 charge; end pause
    - one_pause days 1 pause; 9 charge; end pause
    - swapping days 1 charge; 2 charge; 3 charge; end pause
    - long days 3 charge, mail payment_failed; 60 charge; end pause
    - daily days 1 charge; 2 charge; 3 charge; 4 charge, past_due; 5 charge; end pause
  tries_max: 4
EOT
}
export TEST_STRIPE=sk_test_1
days() { # ROUND DAY…: of November, or a whole date
    local day
    for day in "${@:2}"; do
        case $day in ?? | ?) day=2026-11-$(printf '%02d' "$day") ;; esac
        mill "$1" run collect --date "$day" >"$STORY_DIR/day.txt" 2>&1 || not_ok "$day is collected" "$(tail -n 5 "$STORY_DIR/day.txt")"
    done
}
of_invoices() { # ROUND RECORD JQ: of the invoices over October a line each, by customer
    dump_of "$1" invoice | jq -r '[.number, .customer] | @tsv' >"$STORY_DIR/numbers.tsv"
    dump_of "$1" "$2" | jq -r "$3" | awk -F'\t' -v OFS='\t' 'NR == FNR {name[$1] = substr($2, 3); next} {$1 = name[$1]} 1' "$STORY_DIR/numbers.tsv" - | sort -V | tr '\t' ' '
}
steps() { # ROUND
    of_invoices "$1" dunning_step '[.invoice, .step, .due_on, .done_on, .state, .actions, .note // "-"] | @tsv'
}
campaigns() { # ROUND
    of_invoices "$1" dunning_campaign '[.invoice, .policy, .started_on, .state, .paused_on // "-", .ended_on // "-"] | @tsv'
}
attempts() { # ROUND
    of_invoices "$1" payment_attempt '[.invoice, .attempt, .on, .outcome] | @tsv'
}
changes_of() { # ROUND
    dump_of "$1" subscription_change | jq -r '[.subscription, .at, (if .pause then "pause" else "resume" end)] | join(" ")' | sort
}
all_of() { # ROUND: but what tells of calls, and when they were
    mill "$1" dump | jq -c 'select(.record != "effect" and .record != "run")'
}
number_of() { # ROUND WHO [the how manieth]
    dump_of "$1" invoice | jq -r --arg c "c-$2" 'select(.customer == $c) | .number' | sort | sed -n "${3:-1}p"
}
pays() { # ROUND WHO HOW-MANIETH AMOUNT DAY: by bank
    record payment "\"gateway_reference\":\"bank-$2-$3-$5\"" "\"customer\":\"c-$2\"" "\"invoice\":\"$(number_of "$1" "$2" "$3")\"" "\"amount\":\"$4\"" \
        '"currency":"EUR"' "\"at\":\"$5T12:00:00Z\""
}
gives_back() { # WHO HOW-MANIETH AMOUNT DAY: all that he paid that day
    record refund "\"gateway_reference\":\"back-$1-$2-$4\"" "\"payment\":\"bank-$1-$2-$4\"" "\"amount\":\"$3\"" '"currency":"EUR"' "\"at\":\"$4T13:00:00Z\""
}

# ------------------------------------------------------------------ by policy

round=$STORY_DIR/steps
begin "$round"
configure "$round"
run 0 "October is closed" -- mill "$round" close --period 2026-10
run 0 "the configuration is good" -- mill "$round" check
days "$round" 14
equal "all are tried" "$(attempts "$round" | cut -d ' ' -f 1,4 | paste -sd ',')" \
    "asked declined,cancel declined,gone declined,later declined,lost declined,missed declined,never declined,nobody declined,often declined,refunded declined"
round_copy "$round" "$STORY_DIR/missed"
round_copy "$round" "$STORY_DIR/hurt"
{
    pays "$round" refunded 1 50.00 2026-11-15
    gives_back refunded 1 50.00 2026-11-15
} | know "$round" "what is paid of one by bank is given back"
days "$round" 15 16
equal "a day before the first step" "$(steps "$round" | grep -v '^often' | cut -d ' ' -f 1,2,4,5)" "cancel 1 2026-11-16 done
lost 1 2026-11-16 done"
days "$round" 17
{
    card asked paid
    card never stolen_card '"expires":"2030-01"'
} | know "$round" "one has another card, one the same for longer"
days "$round" 18 19 20 21 22
cat >"$STORY_DIR/expected.txt" <<'EOT'
asked 1 2026-11-17 2026-11-17 done charge, mail payment_failed charge left out: customer; mail left out: no_address
asked 2 2026-11-21 2026-11-21 done charge, mail payment_failed -
cancel 1 2026-11-16 2026-11-16 done charge -
gone 1 2026-11-17 2026-11-17 done charge, mail payment_failed mail left out: no_address
gone 2 2026-11-21 2026-11-21 done charge, mail payment_failed mail left out: no_address
later 1 2026-11-17 2026-11-17 done charge, mail payment_failed -
later 2 2026-11-21 2026-11-21 done charge, mail payment_failed -
lost 1 2026-11-16 2026-11-16 done charge, webhook -
missed 1 2026-11-17 2026-11-17 done charge, mail payment_failed mail left out: no_address
missed 2 2026-11-21 2026-11-21 done charge, mail payment_failed mail left out: no_address
never 1 2026-11-17 2026-11-17 done charge, mail payment_failed charge left out: never
never 2 2026-11-21 2026-11-21 done charge, mail payment_failed charge left out: never
often 1 2026-11-15 2026-11-15 done charge -
often 2 2026-11-16 2026-11-16 done charge -
often 3 2026-11-17 2026-11-17 done charge -
often 4 2026-11-18 2026-11-18 done charge, past_due charge left out: network_cap
often 5 2026-11-19 2026-11-19 done charge charge left out: network_cap
EOT
steps "$round" >"$STORY_DIR/got.txt"
same_file "each step on its day, with what was left out of it" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
cat >"$STORY_DIR/expected.txt" <<'EOT'
asked standard 2026-11-14 paid - 2026-11-22
cancel brief_cancel 2026-11-14 ended - 2026-11-17
gone standard 2026-11-14 running - -
later standard 2026-11-14 paid - 2026-11-22
lost brief_off 2026-11-14 ended - 2026-11-17
missed standard 2026-11-14 running - -
never standard 2026-11-14 running - -
often daily 2026-11-14 paused 2026-11-21 2026-11-20
EOT
campaigns "$round" >"$STORY_DIR/got.txt"
same_file "campaigns begin and end; what is refunded, and who has no policy, has none" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
run 0 "what something was given back of, as long as it is open" -- mill "$round" plan payment-collect --date 2026-11-23
stderr_has "is counted" "due and not charged: 1 of which something was given back"
equal "nothing is tried but by steps" "$(attempts "$round" | cut -d ' ' -f 1 | uniq -c | awk '{print $2 $1}' | paste -sd ' ')" \
    "asked2 cancel2 gone3 later3 lost2 missed3 never1 nobody1 often4 refunded1"
equal "one is paused from the next day" "$(changes_of "$round")" "often 2026-11-21 pause"
equal "one ends" "$(mill "$round" dump --record subscription | jq -r 'select(.cancel_at != null) | [.subscription, .cancel_at] | join(" ")')" "cancel 2026-11-18"
equal "of one it is asked that it be written off" "$(mill "$round" dump --record correction | jq -r '[.invoice, .action, .on, .by] | join(" ")')" \
    "$(number_of "$round" lost) write_off 2026-11-17 dunning"
run 0 "it is shown" -- mill "$round" show invoice "$(number_of "$round" never)"
stdout_has "with its steps" "charge, mail payment_failed  charge left out: never"
equal "and for programs" "$(mill "$round" show invoice "$(number_of "$round" often)" --json | jq -c '[.dunning.policy, .dunning.state, .dunning.paused_on, (.dunning.steps | length)]')" \
    '["daily","paused","2026-11-21",5]'

# Of the attempt of the 17th, the day behind it. That of the 21st was paid: who has paid is not told that he has not.
equal "the customer is told what failed, and no more" "$(round_sql "$round" "SELECT effect_key, state, intended_on FROM effect WHERE kind = 'mail' ORDER BY intended_on")" \
    "mail:payment_failed:$(number_of "$round" never):1|done|2026-11-17
mail:payment_failed:$(number_of "$round" later):1|done|2026-11-18
mail:payment_failed:$(number_of "$round" never):2|done|2026-11-21"
words() { # WHO: all that was written to him
    grep -l "$1@example.test" "$MAILS"/*.eml | xargs -r cat | sed -z 's/=\r\?\n//g'
}
equal "in his language, with the next attempt" "$(words later | grep -c 'Am 21. November 2026 versuchen wir es noch einmal')" 2
equal "but nobody is told that it is tried again where it is not" "$(words never | grep -c -E 'versuchen|Bitte aktualisieren Sie Ihre Zahlungsart')$(words never | grep -c versuchen)" 40
equal "so are other systems" "$(round_sql "$round" "SELECT effect_key, state FROM effect WHERE kind = 'webhook' ORDER BY effect_key")" \
    "webhook:erp:payment.failed:$(number_of "$round" lost):1|done
webhook:erp:subscription.canceled:cancel:2026-11-18:$(number_of "$round" cancel)|done
webhook:erp:subscription.paused:often:2026-11-21:$(number_of "$round" often)|done"

# ------------------------------------------------------------------ repeated

all_of "$round" >"$STORY_DIR/steps.jsonl"
days "$round" 22
all_of "$round" >"$STORY_DIR/again.jsonl"
same_file "the same day again changes nothing" "$STORY_DIR/again.jsonl" "$STORY_DIR/steps.jsonl"

# ------------------------------------------------------------------ paid late

record payment '"gateway_reference":"bank-1"' '"customer":"c-often"' "\"invoice\":\"$(number_of "$round" often)\"" '"amount":"119.00"' '"currency":"EUR"' \
    '"at":"2026-11-22T12:00:00Z"' | know "$round" "one pays after all"
days "$round" 23 28
equal "what was paused goes on" "$(changes_of "$round")" "often 2026-11-21 pause
often 2026-11-24 resume"
equal "and it is over" "$(campaigns "$round" | grep '^often')" "often daily 2026-11-14 paid 2026-11-21 2026-11-23"
run 0 "November is closed" -- mill "$round" close --period 2026-11
equal "with what was used of it: 27 of 30 days" "$(dump_of "$round" invoice | jq -r 'select(.customer == "c-often") | .subtotal' | paste -sd ' ')" "100.00 90.00"
equal "and the one is written off" "$(dump_of "$round" invoice | jq -r 'select(.customer == "c-lost") | .status' | head -n 1)" uncollectible
days "$round" 2026-12-05 2026-12-06 2026-12-07
equal "what stays unpaid is paused" "$(campaigns "$round" | grep -E '^(gone|missed|never)')" "gone standard 2026-11-14 paused 2026-12-07 2026-12-06
missed standard 2026-11-14 paused 2026-12-07 2026-12-06
never standard 2026-11-14 paused 2026-12-07 2026-12-06"
all_explained "$round"
mill "$round" dump >"$STORY_DIR/moving.jsonl"
computed "it is computed again" "$STORY_DIR/moving.jsonl"
take_dump "it moves" "$STORY_DIR/moved" "$STORY_DIR/moving.jsonl"

# ------------------------------------------------------------------ missed

round=$STORY_DIR/missed
days "$round" 29
equal "of what was missed the last step is done" "$(steps "$round" | grep '^missed')" "missed 1 2026-11-17 2026-11-29 skipped charge, mail payment_failed -
missed 2 2026-11-21 2026-11-29 skipped charge, mail payment_failed -
missed 3 2026-11-28 2026-11-29 done charge, mail payment_failed, past_due -"
days "$round" 30
equal "and the next day he would be told how it ended" "$(steps "$round" | grep '^missed' | cut -d ' ' -f 1-4,6- | tail -n 1)" \
    "missed 3 2026-11-28 2026-11-29 charge, mail payment_failed, past_due mail left out: no_address"
equal "and nothing more" "$(steps "$round" | grep -c '^missed')" 3

# ------------------------------------------------------------------ killed

round=$STORY_DIR/hurt
round_copy "$round" "$STORY_DIR/calm"
calm=$STORY_DIR/calm
days "$calm" 17 21
all_of "$calm" >"$STORY_DIR/calm.jsonl"
gateway_anew
sed -i "s|http://127.0.0.1:[0-9]*/stripe|$GATEWAY/stripe|" "$round/config/billmill.yaml"
chunks_of "$round" 2
at "$round"
for day in 2026-11-17 2026-11-21; do
    for instant in 1 2 3 5 8 12; do
        kill_after "0.$(printf '%02d' $instant)" run collect --date $day
        kill_after "0.$(printf '%02d' $((instant * 3)))" resume
    done
    "${MILL_AT[@]}" resume >"$round/out.txt" 2>&1
    "${MILL_AT[@]}" run collect --date $day >"$round/out.txt" 2>&1
done
steps "$round" >"$STORY_DIR/got.txt"
steps "$calm" >"$STORY_DIR/expected.txt"
same_file "killed and resumed, the same steps" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
attempts "$round" | sed 's/ [a-z]*$//' >"$STORY_DIR/got.txt"
attempts "$calm" | sed 's/ [a-z]*$//' >"$STORY_DIR/expected.txt"
same_file "and attempts" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
equal "each key is charged once" "$(jq -r 'select(.event == "charge") | .payment.key' "$GATEWAY_LOG" | sort | uniq -d)" ""

# ------------------------------------------------------------------ how it ends

# left: over since 11-01, by the end of its period; leaves: would end on 2027-01-01. odd: no address that mails go to; nix: a policy
# that nobody knows. off: paused by a step. pardon, part, back: written off; paid 10.00 that are given back, behind and before the end.
# both, pair: two invoices that end on one day; twice: the second while the first has paused it. own: pauses himself later.
# wait: an attempt that is not decided. swap: a card that was stolen, then another, then the first one again.
catalog() {
    berlin
    monthly_fee
    who left insufficient_funds brief_cancel '"cancel_at":"2026-10-20"' '"cancel_at_period_end":true'
    who leaves insufficient_funds brief_cancel '"cancel_at":"2026-12-20"' '"cancel_at_period_end":true'
    EMAIL=müller@example.test who odd insufficient_funds brief_mail
    who nix insufficient_funds nix
    who off insufficient_funds step_pause
    who pardon insufficient_funds brief_pause
    who part insufficient_funds brief_pause
    who back insufficient_funds
    START=2026-09-01 who both insufficient_funds brief_pause
    START=2026-09-01 who pair insufficient_funds brief_pause
    who twice insufficient_funds brief_pause
    who own insufficient_funds brief_pause
    who wait insufficient_funds-then-processing wait_pause
    who swap stolen_card swapping
}
gateway_anew
round=$STORY_DIR/ends
begin "$round"
stderr_has "ends: policies that the configuration does not have are told" "dunned by that of their tenant until it does: 13; the first is customer \"c-left\": 'brief_cancel'"
configure "$round"
sed -i 's/^dunning:$/dunning:\n  tenants: [acme standard]/' "$round/config/billmill.yaml"
record customer '"customer":"c-typo"' '"name":"Typo GmbH"' '"address":{"country":"DE"}' '"dunning_policy":"gentel"' | know "$round" "one that nobody knows, mistyped"
stderr_has "with what was meant" ": 1; the first is customer \"c-typo\": 'gentel' (did you mean 'gentle'?)"
for month in 2026-09 2026-10; do
    run 0 "ends: $month is closed" -- mill "$round" close --period $month
done
run 0 "who is no tenant is told" -- mill "$round" plan dunning --date 2026-11-13
stderr_has "in the configuration" "dunning.tenants: there is no tenant 'acme'"
swaps() { # FROM TO: cards of swap
    CARD=$([ "$1" = stolen_card ] && echo card || echo other) DEFAULT=false card swap "$1"
    CARD=$([ "$2" = stolen_card ] && echo card || echo other) card swap "$2"
}
days "$round" 14 15
swaps stolen_card insufficient_funds | know "$round" "one has another card"
days "$round" 16
{
    swaps insufficient_funds stolen_card
    pays "$round" wait 1 119.00 2026-11-17
} | know "$round" "and the first one again; one pays what is being tried"
days "$round" 17
equal "what was declined for good is not charged again, though another card was since" "$(steps "$round" | grep '^swap')" "swap 1 2026-11-15 2026-11-15 done charge charge left out: never
swap 2 2026-11-16 2026-11-16 done charge -
swap 3 2026-11-17 2026-11-17 done charge charge left out: never"
equal "an address that is none leaves out the mail" "$(steps "$round" | grep '^odd')" "odd 1 2026-11-15 2026-11-15 done charge, mail payment_failed mail left out: bad_address"
equal "not the charge" "$(attempts "$round" | grep -c '^odd')" 2
equal "who has a policy that nobody knows has the tenant's" "$(campaigns "$round" | grep '^nix')" "nix standard 2026-11-14 running - -"
equal "and is told so" "$(steps "$round" | grep '^nix')" \
    "nix 1 2026-11-17 2026-11-17 done charge, mail payment_failed policy nix left out: unknown_policy"
equal "who has left stays gone, who would leave later is gone now" \
    "$(dump_of "$round" subscription | jq -r 'select(.cancel_at != null) | [.subscription, .cancel_at, (.cancel_at_period_end // false)] | join(" ")' | sort)" \
    "leaves 2026-11-18 false
left 2026-10-20 true"
equal "of which others are told" "$(round_sql "$round" "SELECT effect_key FROM effect WHERE effect_key LIKE 'webhook:erp:subscription.canceled:%'")" \
    "webhook:erp:subscription.canceled:leaves:2026-11-18:$(number_of "$round" leaves)"
equal "each invoice that pauses one says so" "$(round_sql "$round" "SELECT COUNT(*) FROM effect WHERE effect_key LIKE 'webhook:erp:subscription.paused:both:2026-11-17:%'")" 2
equal "paid is paid, whatever is undecided" "$(campaigns "$round" | grep '^wait')" "wait wait_pause 2026-11-14 paid 2026-11-16 2026-11-17"
{
    for who in part back; do
        pays "$round" $who 1 10.00 2026-11-18
        gives_back $who 1 10.00 2026-11-18
    done
    pays "$round" both 2 119.00 2026-11-18
    pays "$round" pair 1 119.00 2026-11-18
    pays "$round" pair 2 119.00 2026-11-18
    decide pardon "$(number_of "$round" pardon)" write_off 2026-11-18
    change own 2026-11-18 '"resume":true'
    change own 2026-11-20 '"pause":true'
} | know "$round" "some pay, get it back, are pardoned, go on and pause by themselves"
days "$round" 18 19
run 0 "what was decided is done" -- mill "$round" run corrections --period 2026-11
{
    pays "$round" off 1 119.00 2026-11-19
    pays "$round" own 1 119.00 2026-11-19
    pays "$round" both 1 119.00 2026-11-19
} | know "$round" "others pay"
days "$round" 20 21
cat >"$STORY_DIR/expected.txt" <<'EOT'
back standard 2026-11-14 stopped - 2026-11-18
both brief_pause 2026-11-14 paid 2026-11-17 2026-11-20
both brief_pause 2026-11-14 paid 2026-11-17 2026-11-21
off step_pause 2026-11-14 paid 2026-11-17 2026-11-20
own brief_pause 2026-11-14 paid 2026-11-17 2026-11-20
pair brief_pause 2026-11-14 paid 2026-11-17 2026-11-19
pair brief_pause 2026-11-14 paid 2026-11-17 2026-11-19
pardon brief_pause 2026-11-14 paused 2026-11-17 2026-11-16
part brief_pause 2026-11-14 paused 2026-11-17 2026-11-16
EOT
campaigns "$round" | grep -E '^(back|both|off|own|pair|pardon|part)' | sort >"$STORY_DIR/got.txt"
same_file "only who has paid all is through" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
for who in pardon part; do
    pays "$round" $who 1 119.00 2026-11-21
done | know "$round" "they pay at last"
days "$round" 22
cat >"$STORY_DIR/expected.txt" <<'EOT'
both 2026-11-17 pause
both 2026-11-21 resume
odd 2026-11-17 pause
off 2026-11-17 pause
off 2026-11-21 resume
own 2026-11-17 pause
own 2026-11-18 resume
own 2026-11-20 pause
pair 2026-11-17 pause
pair 2026-11-20 resume
pardon 2026-11-17 pause
pardon 2026-11-23 resume
part 2026-11-17 pause
part 2026-11-23 resume
swap 2026-11-19 pause
twice 2026-11-17 pause
wait 2026-11-16 pause
wait 2026-11-18 resume
EOT
changes_of "$round" >"$STORY_DIR/got.txt"
same_file "paying all ends what dunning has paused, and nothing else does" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
run 0 "ends: November is closed" -- mill "$round" close --period 2026-11
equal "who has left is not charged again, 17 of 30 days of who leaves are" \
    "$(dump_of "$round" invoice | jq -r 'select(.customer == "c-left" or .customer == "c-leaves") | [.customer, .subtotal] | join(" ")' | sort | paste -sd ,)" \
    "c-leaves 100.00,c-leaves 56.67,c-left 100.00"
swaps stolen_card insufficient_funds | know "$round" "one has another card for November"
days "$round" 2026-12-15
swaps insufficient_funds stolen_card | know "$round" "and the stolen one the next day"
days "$round" 2026-12-16 2026-12-17
equal "which no invoice is charged with" "$(steps "$round" | grep '^swap.*2026-12-16 done')" "swap 1 2026-12-16 2026-12-16 done charge charge left out: never"
pays "$round" twice 1 119.00 2026-12-17 | know "$round" "one pays what paused him"
days "$round" 2026-12-18
twice=$(mill "$round" show invoice "$(number_of "$round" twice 2)" --json | jq -r .left_to_pay)
equal "16 of 30 days are left" "$twice" 63.46
equal "and stays paused" "$(changes_of "$round" | grep '^twice')" "twice 2026-11-17 pause"
pays "$round" twice 2 "$twice" 2026-12-18 | know "$round" "and that too"
days "$round" 2026-12-19 2026-12-20
equal "then he goes on" "$(changes_of "$round" | grep '^twice')" "twice 2026-11-17 pause
twice 2026-12-20 resume"
equal "both are over" "$(campaigns "$round" | grep '^twice' | sort)" "twice brief_pause 2026-11-14 paid 2026-11-17 2026-12-20
twice brief_pause 2026-12-15 paid 2026-11-17 2026-12-19"
all_explained "$round"
mill "$round" dump >"$STORY_DIR/ended.jsonl"
computed "ends: it is computed again" "$STORY_DIR/ended.jsonl"

# ------------------------------------------------------------------ known late

# Held on the 14th, of which a person says on the 10th of December that it failed. told: pays before he is told.
catalog() {
    berlin
    monthly_fee
    who held wrong_amount-then-insufficient_funds
    EMAIL=told@example.test who told insufficient_funds
    EMAIL=sad@example.test who sad insufficient_funds
}
gateway_anew
round=$STORY_DIR/late
begin "$round"
configure "$round"
run 0 "late: October is closed" -- mill "$round" close --period 2026-10
run 3 "late: one is held" -- mill "$round" run collect --date 2026-11-14
clock_at 2026-12-10T12:00:00Z
run 0 "late: a person says weeks later that it failed" -- mill "$round" effects resolve "charge:$(number_of "$round" held):1" --failed --nothing-kept --reason "given back by hand"
days "$round" 2026-12-10
run 0 "late: what failed is told" -- mill "$round" run dunning --date 2026-12-11
pays "$round" told 1 119.00 2026-12-11 | know "$round" "late: one pays before the mail goes"
days "$round" 2026-12-12
equal "it has failed then" "$(campaigns "$round" | grep '^held')" "held standard 2026-12-10 running - -"
equal "and is not run through all steps at once" "$(steps "$round" | grep '^held')" ""
days "$round" 2026-12-13
equal "but from then on" "$(steps "$round" | grep '^held' | cut -d " " -f 1-5)" "held 1 2026-12-13 2026-12-13 done"
equal "a mail that asks for what is paid is not sent" "$(round_sql "$round" "SELECT effect_key, state, outcome, code FROM effect WHERE kind = 'mail' ORDER BY effect_key")" \
    "mail:payment_reminder:$(number_of "$round" sad):4|done|sent|
mail:payment_reminder:$(number_of "$round" told):4|failed|canceled|not_owed"
clock_at ""

# ------------------------------------------------------------------ paid otherwise

# part: pays a part between intent and charge; other: has another card then. fresh, worse, gone: have one when all was in vain (gone has
# been canceled). twin: a stolen card, and another invoice a month later.
catalog() {
    berlin
    monthly_fee
    for name in part other fresh worse; do who $name insufficient_funds brief_pause; done
    who gone insufficient_funds brief_cancel
    EMAIL=twin@example.test who twin stolen_card long
}
gateway_anew
round=$STORY_DIR/anew
begin "$round"
configure "$round"
run 0 "anew: October is closed" -- mill "$round" close --period 2026-10
new_card() { # WHO SCRIPT OLD
    DEFAULT=false card "$1" "$3"
    CARD=new card "$1" "$2"
}
days "$round" 14
run 0 "a step is done" -- mill "$round" run dunning --date 2026-11-15
{
    pays "$round" part 1 50.00 2026-11-15
    new_card other paid insufficient_funds
} | know "$round" "before it is charged, one pays a part, and one has another card"
run 0 "then it is sent" -- mill "$round" run dispatch --date 2026-11-15
equal "neither is charged" "$(attempts "$round" | grep -E '^(part|other) 2')" "other 2 2026-11-15 canceled
part 2 2026-11-15 canceled"
days "$round" 16 17
equal "but the next day, what is owed, by the new card" "$(of_invoices "$round" payment_attempt '[.invoice, .attempt, .amount, .on, .outcome] | @tsv' | grep -E '^(part|other) 3')" \
    "other 3 119.00 2026-11-16 paid
part 3 69.00 2026-11-16 declined"
cat >"$STORY_DIR/expected.txt" <<'EOT'
fresh brief_pause 2026-11-14 paused 2026-11-17 2026-11-16
gone brief_cancel 2026-11-14 ended - 2026-11-17
other brief_pause 2026-11-14 paid - 2026-11-17
part brief_pause 2026-11-14 paused 2026-11-18 2026-11-17
twin long 2026-11-14 running - -
worse brief_pause 2026-11-14 paused 2026-11-17 2026-11-16
EOT
campaigns "$round" >"$STORY_DIR/got.txt"
same_file "and no campaign is over before its last charge is" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
{
    new_card fresh paid insufficient_funds
    new_card worse insufficient_funds-then-insufficient_funds insufficient_funds
    new_card gone paid insufficient_funds
} | know "$round" "when it is over, some have another card"
days "$round" 18 19 20
cat >"$STORY_DIR/expected.txt" <<'EOT'
fresh 3 2026-11-18 paid
gone 3 2026-11-18 paid
part 3 2026-11-16 declined
worse 3 2026-11-18 declined
EOT
attempts "$round" | grep -E '^(fresh|gone|part|worse) [3-9]' >"$STORY_DIR/got.txt"
same_file "that is charged, once" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
equal "who has paid goes on, but who was canceled" "$(campaigns "$round" | grep -E '^(fresh|gone|worse)')" "fresh brief_pause 2026-11-14 paid 2026-11-17 2026-11-19
gone brief_cancel 2026-11-14 ended - 2026-11-17
worse brief_pause 2026-11-14 paused 2026-11-17 2026-11-16"
run 0 "anew: November is closed" -- mill "$round" close --period 2026-11
days "$round" 2026-12-15 2026-12-18
equal "what is not charged as the card was declined for good is not forgotten" "$(campaigns "$round" | grep '^twin')" "twin long 2026-11-14 running - -
twin long 2026-12-15 running - -"
equal "but dunned" "$(steps "$round" | grep '^twin.*2026-12')" "twin 1 2026-12-18 2026-12-18 done charge, mail payment_failed charge left out: never"
equal "by mail" "$(round_sql "$round" "SELECT state FROM effect WHERE effect_key = 'mail:payment_failed:$(number_of "$round" twin 2):1'")" "done"
new_card twin paid stolen_card | know "$round" "he has another card"
days "$round" 2026-12-19 2026-12-20
equal "which pays it" "$(campaigns "$round" | grep '^twin' | sort | tail -n 1)" "twin long 2026-12-15 paid - 2026-12-20"
all_explained "$round"
mill "$round" dump >"$STORY_DIR/moving.jsonl"
computed "anew: it is computed again" "$STORY_DIR/moving.jsonl"
take_dump "anew: it moves" "$STORY_DIR/moved2" "$STORY_DIR/moving.jsonl"

# ------------------------------------------------------------------ decided

# Each has a correction before his first step, told behind one that charged; that of again is withdrawn.
catalog() {
    berlin
    monthly_fee
    who stays stolen_card brief_cancel
    who half stolen_card brief_pause
    who off stolen_card brief_off
    EMAIL=void@example.test who told insufficient_funds brief_mail
    who again stolen_card brief_cancel
}
gateway_anew
round=$STORY_DIR/decided
begin "$round"
configure "$round"
run 0 "decided: October is closed" -- mill "$round" close --period 2026-10
days "$round" 14
{
    decide stays "$(number_of "$round" stays)" void 2026-11-15
    decide half "$(number_of "$round" half)" credit 2026-11-15 '"net":"50"'
    decide off "$(number_of "$round" off)" write_off 2026-11-15
    decide again "$(number_of "$round" again)" void 2026-11-15
} | know "$round" "of some it is decided what becomes of them"
days "$round" 15
decide told "$(number_of "$round" told)" void 2026-11-16 | know "$round" "of one behind its step"
days "$round" 16 17 18
equal "what is to be corrected is not dunned" "$(steps "$round")" "told 1 2026-11-15 2026-11-15 done charge, mail payment_failed -"
equal "no campaign of it begins or ends" "$(campaigns "$round")" "told brief_mail 2026-11-14 running - -"
equal "nothing is paused" "$(changes_of "$round")" ""
equal "nor canceled" "$(dump_of "$round" subscription | jq -r 'select(.cancel_at != null) | .subscription')" ""
equal "nor written off but by hand" "$(dump_of "$round" correction | jq -r 'select(.by == "dunning") | .invoice')" ""
equal "nobody is told" "$(round_sql "$round" "SELECT effect_key FROM effect WHERE kind IN ('mail', 'webhook')")" ""
decide again "$(number_of "$round" again)" void 2026-11-15 '"withdrawn":true' | know "$round" "one decision is withdrawn"
run 0 "the others are carried out" -- mill "$round" run corrections --period 2026-11
days "$round" 19 20
# 119.00 less 59.50 are still owed by half.
cat >"$STORY_DIR/expected.txt" <<'EOT'
again brief_cancel 2026-11-14 ended - 2026-11-20
half brief_pause 2026-11-14 paused 2026-11-21 2026-11-20
told brief_mail 2026-11-14 paid - 2026-11-19
EOT
campaigns "$round" >"$STORY_DIR/got.txt"
same_file "what is still owed then is dunned from there" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
equal "with the steps that are due" "$(steps "$round" | grep -v '^told')" "again 1 2026-11-16 2026-11-19 done charge charge left out: never
half 1 2026-11-15 2026-11-19 done charge charge left out: never"
all_explained "$round"
mill "$round" dump >"$STORY_DIR/moving.jsonl"
computed "decided: it is computed again" "$STORY_DIR/moving.jsonl"

# ------------------------------------------------------------------ a day that was skipped

# early: would be canceled; skips: pays what paused him. thrice: the card is stolen, and his second invoice was due before that was known.
catalog() {
    berlin
    monthly_fee
    who early insufficient_funds brief_cancel
    who skips insufficient_funds one_pause
    START=2026-08-01 who thrice stolen_card long
}
gateway_anew
round=$STORY_DIR/skipped
begin "$round"
configure "$round"
for month in 08 09 10; do
    run 0 "skipped: 2026-$month is closed" -- mill "$round" close --period 2026-$month
done
back() { # ROUND DAY CAMPAIGNS COMMAND…
    run 0 "skipped: $2 behind a later day" -- mill "$1" "${@:4}" --date "$2"
    stderr_has "leaves alone what has come further" "left alone: $3 campaigns that have come further than $2; the next run for a later day goes on with them"
}
days "$round" 14
run 0 "skipped: a day before anything failed" -- mill "$round" run collect --date 2026-11-02
equal "no campaign begins on it" "$(campaigns "$round")" ""
days "$round" 16
cat >"$STORY_DIR/expected.txt" <<'EOT'
early brief_cancel 2026-11-14 running - -
skips one_pause 2026-11-14 running 2026-11-17 -
thrice long 2026-11-14 running - -
thrice long 2026-11-16 running - -
thrice long 2026-11-16 running - -
EOT
campaigns "$round" | sort >"$STORY_DIR/got.txt"
same_file "but where it failed, or the next run sees that" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
pays "$round" skips 1 119.00 2026-11-16 | know "$round" "skipped: one pays what paused him"
round_copy "$round" "$STORY_DIR/redone"
# Three have failed, or were found to have, on the 14th; of two of them something was done on the 16th, on which two more began.
back "$round" 2026-11-03 5 run collect
back "$round" 2026-11-15 4 run collect
back "$STORY_DIR/redone" 2026-11-14 4 redo collect --reason "to be sure"
for who in "$round" "$STORY_DIR/redone"; do
    campaigns "$who" | sort >"$STORY_DIR/got.txt"
    same_file "nothing begins, ends or is paid on such a day" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
    equal "nobody is canceled" "$(dump_of "$who" subscription | jq -r 'select(.cancel_at != null) | .subscription')" ""
    days "$who" 17
    equal "the next day ends the one" "$(dump_of "$who" subscription | jq -r 'select(.cancel_at != null) | [.subscription, .cancel_at] | join(" ")')" "early 2026-11-18"
    equal "and the pause of the other" "$(changes_of "$who")" "skips 2026-11-17 pause
skips 2026-11-18 resume"
    equal "with the campaigns" "$(campaigns "$who" | grep -v '^thrice')" "early brief_cancel 2026-11-14 ended - 2026-11-17
skips one_pause 2026-11-14 paid 2026-11-17 2026-11-17"
done
all_explained "$round"
mill "$round" dump >"$STORY_DIR/moving.jsonl"
computed "skipped: it is computed again" "$STORY_DIR/moving.jsonl"

# ------------------------------------------------------------------ not to be charged

# old: his card is good until October; good: until November. other: has a card that is not the default; none: has none. hand: pays by bank.
catalog() {
    berlin
    monthly_fee
    EMAIL=old@example.test who old paid brief_mail
    who good paid brief_mail
    EMAIL=other@example.test DEFAULT=false who other paid brief_mail
    who none paid brief_mail
    who hand paid brief_mail
}
expiring() { # what the records say, without the card of one, and by hand of another
    catalog | jq -c 'if .record != "payment_method" then . elif .customer == "c-old" then .expires = "2026-10"
        elif .customer == "c-good" then .expires = "2026-11" elif .customer == "c-none" then empty
        elif .customer == "c-hand" then del(.gateway_customer, .gateway_token) | .gateway = "manual" else . end'
}
gateway_anew
round=$STORY_DIR/expired
catalog_of=$(declare -f catalog)
expired_records=$(expiring)
catalog() { printf '%s\n' "$expired_records"; }
begin "$round"
eval "$catalog_of"
configure "$round"
run 0 "expired: October is closed" -- mill "$round" close --period 2026-10
days "$round" 14 15
equal "only what is good is charged" "$(attempts "$round")" "good 1 2026-11-14 paid"
equal "who has to act is told" "$(steps "$round")" "old 1 2026-11-15 2026-11-15 done charge, mail payment_failed charge left out: expired
other 1 2026-11-15 2026-11-15 done charge, mail payment_failed charge left out: no_method"
equal "by mail" "$(round_sql "$round" "SELECT subject, state FROM effect WHERE kind = 'mail' ORDER BY subject" | wc -l)" 2
days "$round" 16
equal "and paused in the end; who never had a method, or pays by hand, is not" "$(campaigns "$round")" "old brief_mail 2026-11-14 paused 2026-11-17 2026-11-16
other brief_mail 2026-11-14 paused 2026-11-17 2026-11-16"
card old paid '"expires":"2030-01"' | know "$round" "expired: one has it for longer"
days "$round" 18 19
equal "which is charged" "$(attempts "$round")" "good 1 2026-11-14 paid
old 1 2026-11-18 paid"
equal "and ends it" "$(changes_of "$round" | grep '^old')" "old 2026-11-17 pause
old 2026-11-20 resume"
all_explained "$round"
mill "$round" dump >"$STORY_DIR/moving.jsonl"
computed "expired: it is computed again" "$STORY_DIR/moving.jsonl"

# ------------------------------------------------------------------ one card, five invoices

catalog() {
    local name
    berlin
    monthly_fee
    for name in stolen_card insufficient_funds expired_card paid; do START=2026-06-01 who $name $name; done
}
gateway_anew
round=$STORY_DIR/cards
begin "$round"
configure "$round"
for month in 06 07 08 09 10; do
    run 0 "cards: 2026-$month is closed" -- mill "$round" close --period 2026-$month
done
days "$round" 14
# Four is the cap.
cat >"$STORY_DIR/expected.txt" <<'EOT'
4 expired_card canceled - customer
1 expired_card declined customer expired_card
1 insufficient_funds canceled - network_cap
4 insufficient_funds declined later insufficient_funds
5 paid paid - -
4 stolen_card canceled - never
1 stolen_card declined never stolen_card
EOT
ends_of_cards() {
    of_invoices "$round" payment_attempt '[.invoice, .outcome, .decline // "-", .code // "-"] | @tsv' | uniq -c | sed 's/^ *//'
}
ends_of_cards >"$STORY_DIR/got.txt"
same_file "what one charge says of a card counts for the next one" "$STORY_DIR/got.txt" "$STORY_DIR/expected.txt"
equal "and the gateway is not asked for more" "$(jq -r 'select(.event == "request") | .key' "$GATEWAY_LOG" | wc -l)" 11
run 0 "the next day" -- mill "$round" run collect --date 2026-11-15
for text in "4 of customers whose payment method was declined for good" "4 of customers whose payment method was declined until they act" \
    "1 of customers whose payment method was declined too often"; do
    stderr_has "what is not charged is told: $text" "due and not charged: $text"
done
equal "nothing is tried again" "$(ends_of_cards)" "$(cat "$STORY_DIR/expected.txt")"
equal "but all that a customer has to act for is dunned" "$(campaigns "$round" | cut -d ' ' -f 1,4 | uniq -c | sed 's/^ *//')" "5 expired_card running
4 insufficient_funds running
5 stolen_card running"
card expired_card paid '"expires":"2030-01"' | know "$round" "one has another card"
days "$round" 18
equal "which is charged" "$(attempts "$round" | grep -c '^expired_card .* 2026-11-18 paid')" 5
all_explained "$round"
mill "$round" dump >"$STORY_DIR/moving.jsonl"
computed "cards: it is computed again" "$STORY_DIR/moving.jsonl"

# ------------------------------------------------------------------ undecided

# ask: never confirms; act: does. held: another amount was charged; odd: the provider knows nothing of it.
catalog() {
    berlin
    monthly_fee
    EMAIL=ask@example.test who ask action
    EMAIL=act@example.test who act action_paid
    who held wrong_amount
    who odd refused
}
gateway_anew
round=$STORY_DIR/undecided
begin "$round"
configure "$round"
run 0 "undecided: October is closed" -- mill "$round" close --period 2026-10
wait_over() { # ROUND: whoever waits is asked now; nothing was said for long
    round_sql "$1" "UPDATE effect SET not_before_us = CASE WHEN state = 'unknown' THEN 0 ELSE not_before_us END, sent_by_us = CASE WHEN sent_by_us > 0 THEN 1 ELSE 0 END
        WHERE state IN ('unknown', 'held')"
}
asked() { # DAY
    wait_over "$round"
    run 3 "undecided: $1" -- mill "$round" run collect --date "$1"
}
asked 2026-11-14
action_mails() {
    round_sql "$round" "SELECT effect_key, state FROM effect WHERE effect_key LIKE 'mail:payment_action_required:%' ORDER BY effect_key"
}
equal "who has to confirm is told at once" "$(action_mails)" "$(printf '%s|done\n' "mail:payment_action_required:$(number_of "$round" ask):attempt-1" "mail:payment_action_required:$(number_of "$round" act):attempt-1" | sort)"
equal "until when" "$(words ask | grep -c 'bis zum 20. November 2026')" 2
equal "and where: the gateway says it" "$(words ask | grep -c 'https://hooks.example.test/3d?intent=3Dpi_')" 2
held=charge:$(number_of "$round" held):1
run 64 "what was charged over another amount is not paid as it was asked for" -- mill "$round" effects resolve "$held" --done pi_other --reason "seen there"
run 0 "one is tried again" -- mill "$round" effects retry "$held" --reason "again"
run 64 "which makes it no other one" -- mill "$round" effects resolve "$held" --done pi_other --reason "seen there"
for day in 16 17 20; do asked 2026-11-$day; done
equal "who confirms has paid; the others are waited for" "$(attempts "$round")" "act 1 2026-11-17 paid"
# Killed when it is canceled at the gateway, and billmill has not heard of that: it ends as it does without.
gateway_again() { # SETTINGS
    gateway_stop
    gateway_start "$1"
    trap 'gateway_stop; smtp_stop; kill $hooks_pid; story_finish' EXIT
    sed -i "s|http://127.0.0.1:[0-9]*/stripe|$GATEWAY/stripe|" "$round/config/billmill.yaml"
}
decided() {
    jq -r 'select(.event == "decided") | .change.status' "$GATEWAY_LOG" | sort | paste -sd ' '
}
gateway_again '{"cancel_slow_s": 60}'
wait_over "$round"
at "$round"
"${MILL_AT[@]}" run collect --date 2026-11-21 >/dev/null 2>&1 &
pid=$!
for ((tries = 0; tries < 300; tries++)); do
    [ "$(decided)" != "canceled paid" ] || break
    sleep 0.1
done
kill -KILL $pid
wait $pid 2>/dev/null
round_sql_is "killed: it is canceled there, and not here" "$round" "SELECT state, outcome FROM effect WHERE kind = 'charge' AND subject = '$(number_of "$round" ask)'" "unknown|action"
gateway_again '{}'
asked 2026-11-21
equal "for seven days; of what was charged the gateway knows better" "$(of_invoices "$round" payment_attempt '[.invoice, .attempt, .on, .outcome, .decline // "-", .code // "-"] | @tsv')" \
    "act 1 2026-11-17 paid - -
ask 1 2026-11-21 declined customer not_confirmed
odd 1 2026-11-21 declined later given_up"
round_sql_is "that is still held" "$round" "SELECT state, code FROM effect WHERE kind = 'charge' AND state NOT IN ('done', 'failed')" "held|wrong_amount"
equal "nobody can confirm any more" "$(decided)" "canceled paid"
equal "and was told once" "$(action_mails | wc -l)" 2
run 0 "a person says what became of it" -- mill "$round" effects resolve "$held" --failed --nothing-kept --reason "given back by hand"
equal "with one payment in all" "$(dump_of "$round" payment | wc -l)" 1
asked 2026-11-24
equal "who did not confirm is not charged so again" "$(steps "$round" | grep '^ask')" "ask 1 2026-11-24 2026-11-24 done charge, mail payment_failed charge left out: customer"
story_end
