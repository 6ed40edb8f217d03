# What waits for what: a commitment is settled when no charge of its phase waits, whoever pays and for whatever reason; the end
# of a period is billed when what another payer owes of it is. The same for chunks of one payer and of many. And a true-up that
# is billed again keeps its number.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

customer() { # NAME [PAYER]
    record customer "\"customer\":\"$1\"" "\"name\":\"$1 GmbH\"" '"address":{"country":"DE"}' ${2:+"\"parent\":\"$2\""}
}
used() { # KEY SUBSCRIPTION DAY VALUE [AMOUNT]
    record usage "\"key\":\"$1\"" "\"subscription\":\"$2\"" '"meter":"calls"' "\"at\":\"$3T12:00:00Z\"" "\"value\":\"$4\"" ${5:+"\"price_amount\":\"$5\""}
}
plan() { # NAME PLAN-FIELD PRICE-FIELDS…
    record plan "\"plan\":\"$1\"" '"name":"Monat"' '"interval":"month"' ${2:+"$2"}
    record price "\"price\":\"calls-$1\"" "\"plan\":\"$1\"" '"product":"p"' '"meter":"calls"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_arrears"' "${@:3}"
}
contract() { # NAME CUSTOMER END
    record contract "\"contract\":\"$1\"" "\"customer\":\"$2\"" '"start":"2026-10-01"' "\"end\":\"$3\"" '"currency":"EUR"'
    record contract_phase "\"contract\":\"$1\"" '"phase":"one"' '"start":"2026-10-01"' '"commitment":"100.00"' '"product":"p"'
}
# In both orders of payers: c goes from pa to pb, d from pb to pa.
catalog() {
    local who
    echo '{"record":"tenant","tenant":"t","legal_name":"T GmbH","address":{"city":"Berlin"},"country":"DE","currency":"EUR","timezone":"Europe/Berlin","locale":"de-DE","payment_terms_days":14}'
    echo '{"record":"tax_rate","tenant":"*","country":"DE","category":"standard","valid_from":"2007-01-01","rate_percent":"0","name":"USt."}'
    record product '"product":"p"' '"name":"Produkt"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    plan plain "" '"model":"per_unit"' '"unit_price":"0.10"'
    plan early '"usage_thresholds":[{"amount":"50.00"}]' '"model":"per_unit"' '"unit_price":"0.10"'
    plan worth "" '"model":"dynamic"' '"multiplier":"1"'
    for who in pa pb; do customer $who; done
}
subscription() { # CUSTOMER PLAN
    record subscription "\"subscription\":\"s-$1\"" "\"customer\":\"$1\"" "\"plan\":\"$2\"" '"start":"2026-10-01"'
}
both() { # PLAN
    customer c pa
    customer d pb
    subscription c "$1"
    subscription d "$1"
    subscription pb early
    used other s-pb 2026-10-03 70
}
begun() {
    catalog
    both early
    used 1 s-c 2026-10-03 600
    used 2 s-d 2026-10-03 700
}
committed() {
    catalog
    both plain
    contract k-c c 2026-12-01
    contract k-d d 2026-12-01
    used 1 s-c 2026-10-03 100
    used 2 s-c 2026-11-03 100
    used 3 s-d 2026-10-03 200
    used 4 s-d 2026-11-03 200
}
unpriced() {
    catalog
    customer c
    subscription c worth
    contract k-c c 2026-11-01
    subscription pb worth
    contract k-pb pb 2026-11-01
    used 1 s-c 2026-10-03 1 60.00
    used 2 s-c 2026-10-04 1
    used 3 s-pb 2026-10-04 1
}
numbered() {
    catalog
    customer c
    subscription c plain
    contract k-c c 2026-12-01
    used 1 s-c 2026-10-03 100
    used 2 s-c 2026-11-03 100
}
moves() {
    customer c pb
    customer d pa
}
begin() { # ROUND RECORDS: in chunks of what its name ends with
    round_new "$1"
    case $1 in *-1) chunks_of "$1" 1 ;; esac
    mill "$1" init >/dev/null 2>&1
    "$2" >"$1/records.jsonl"
    run 0 "$(basename "$1"): its data are imported" -- mill "$1" import --quiet "$1/records.jsonl"
}
learn() { # ROUND WHAT
    "$2" >"$1/$2.jsonl"
    run 0 "$(basename "$1"): $2" -- mill "$1" import --quiet "$1/$2.jsonl"
}
lines() { # ROUND CUTOFF: payer, what, kind, amount
    mill "$1" dump | jq -r --arg c "$2" 'select((.record == "invoice" or .record == "credit_note") and .cutoff == $c) | .customer as $p | .lines[] |
        [$p, (.subscription // .contract), .kind, .amount] | join(" ")' | sort
}
waiting() { # ROUND
    mill "$1" parked --json | jq -r '.items[] | [.job, .item, .code] | join(": ")' | sort
}
agrees() { # ROUND: keeps its dump
    local name number
    name=$(basename "$1")
    mill "$1" dump >"$STORY_DIR/$name.jsonl"
    keep_dump "$name" "$STORY_DIR/$name.jsonl"
    for number in $(jq -r 'select(.record == "invoice" or .record == "credit_note") | .number' "$STORY_DIR/$name.jsonl"); do
        mill "$1" explain "$number" 2>&1 | grep -q "is what is stored\|^checked: the split" || echo "$number"
    done >"$STORY_DIR/differ.txt"
    equal "$name: every document is what its explanation computes" "$(cat "$STORY_DIR/differ.txt")" ""
}

# ------------------------------------------------------------------ billed before its end, by another payer

for size in many 1; do
    round=$STORY_DIR/begun-$size
    begin "$round" begun
    run 0 "$(basename "$round"): thresholds are passed" -- mill "$round" run usage-thresholds --date 2026-10-05
    learn "$round" moves
    run 3 "$(basename "$round"): October is closed" -- mill "$round" close --period 2026-10
    equal "$(basename "$round"): what is billed to the first payers, and all else" "$(lines "$round" 2026-10-05; lines "$round" 2026-10-31)" \
        "pa s-c progressive 60.00
pb s-d progressive 70.00
pb s-pb usage 7.00"
    equal "$(basename "$round"): the ends of the periods wait, each by itself" "$(waiting "$round")" \
        "rating: usage of s-c calls-early from 2026-10-01: not_billed_yet
rating: usage of s-d calls-early from 2026-10-01: not_billed_yet"
    run 0 "$(basename "$round"): once that is billed" -- mill "$round" parked retry --all
    equal "$(basename "$round"): they are" "$(lines "$round" 2026-10-31)" \
        "pa s-d usage 0.00
pb s-c usage 0.00
pb s-pb usage 7.00"
    agrees "$round"
done
same_file "chunks change nothing of it" "$STORY_DIR/begun-1.jsonl" "$STORY_DIR/begun-many.jsonl"

# ------------------------------------------------------------------ a commitment, and charges of two payers

for size in many 1; do
    round=$STORY_DIR/committed-$size
    begin "$round" committed
    run 0 "$(basename "$round"): the periods of October" -- mill "$round" run period-advance --period 2026-10
    learn "$round" moves
    run 0 "$(basename "$round"): November is closed" -- mill "$round" close --period 2026-11
    equal "$(basename "$round"): two payers are billed, and nothing is settled" "$(lines "$round" 2026-11-30 | grep -v " 0.00")" \
        "pa s-d usage 20.00
pb s-c usage 10.00"
    run 0 "$(basename "$round"): December is closed" -- mill "$round" close --period 2026-12
    equal "$(basename "$round"): it is, by what both were billed" "$(mill "$round" dump --record invoice | jq -r '.customer as $p | .lines[] | select(.contract and .price == null) | [$p, .contract, .kind, .amount] | join(" ")' | sort)" \
        "pa k-d true_up 60.00
pb k-c true_up 80.00"
    agrees "$round"
done
same_file "chunks change nothing of these" "$STORY_DIR/committed-1.jsonl" "$STORY_DIR/committed-many.jsonl"

# ------------------------------------------------------------------ a charge of its phase waits for a person

priced() {
    record customer_price '"customer":"c"' '"price":"calls-worth"' '"currency":"EUR"' '"valid_from":"2026-10-01"' '"valid_to":"2026-11-01"' '"model":"per_unit"' '"unit_price":"30"'
}
for size in many 1; do
    round=$STORY_DIR/unpriced-$size
    begin "$round" unpriced
    run 3 "$(basename "$round"): October is closed" -- mill "$round" close --period 2026-10
    equal "$(basename "$round"): nothing is settled while a charge waits" "$(lines "$round" 2026-10-31)" ""
    learn "$round" priced
    run 0 "$(basename "$round"): the other one is waived" -- mill "$round" parked waive "$(mill "$round" parked --json | jq -r '[.items[].item] | map(test("s-pb")) | index(true) + 1')" --reason "a gift"
    run 0 "$(basename "$round"): it can be charged" -- mill "$round" parked retry --all
    equal "$(basename "$round"): both are billed" "$(lines "$round" 2026-10-31 | grep "^c ")" \
        "c k-c true_up 40.00
c s-c usage 60.00"
    run 0 "$(basename "$round"): November is closed" -- mill "$round" close --period 2026-11
    equal "$(basename "$round"): what was waived holds nothing up" "$(mill "$round" dump --record invoice | jq -r '.lines[] | select(.contract == "k-pb") | .kind + " " + .amount')" "true_up 100.00"
    agrees "$round"
done
same_file "chunks change nothing of that" "$STORY_DIR/unpriced-1.jsonl" "$STORY_DIR/unpriced-many.jsonl"

# ------------------------------------------------------------------ waived, and paid by somebody else since

leaving() { # after the first of the two months of his contract; his subscription has a space in its name
    catalog
    customer c
    record subscription '"subscription":"s c"' '"customer":"c"' '"plan":"worth"' '"start":"2026-10-01"'
    contract k-c c 2026-12-01
    used 1 "s c" 2026-10-03 1 60.00
    used 2 "s c" 2026-10-04 1
}
leaves() {
    customer c pb
}
for size in many 1; do
    round=$STORY_DIR/left-$size
    begin "$round" leaving
    run 3 "$(basename "$round"): October is closed" -- mill "$round" close --period 2026-10
    run 0 "$(basename "$round"): the charge is waived" -- mill "$round" parked waive 1 --reason "a gift"
    learn "$round" leaves
    run 0 "$(basename "$round"): November is closed" -- mill "$round" close --period 2026-11
    equal "$(basename "$round"): the commitment is settled without it, by who pays now" \
        "$(mill "$round" dump --record invoice | jq -r '.customer as $p | .lines[] | select(.contract == "k-c") | [$p, .kind, .amount] | join(" ")')" "pb usage 0.00
pb true_up 100.00"
    agrees "$round"
done
same_file "chunks change nothing of it either" "$STORY_DIR/left-1.jsonl" "$STORY_DIR/left-many.jsonl"

# ------------------------------------------------------------------ billed again, with an event that cannot be charged

worthy() {
    catalog
    customer c
    subscription c worth
    contract k-c c 2026-11-01
    used 1 s-c 2026-10-03 1 60.00
}
again() { # with an event that does not say what it costs
    used 2 s-c 2026-10-04 1
    record correction '"correction":"again"' "\"invoice\":\"$number\"" '"action":"rebill"' '"on":"2026-11-05"' '"reason":"wrong"'
}
said() {
    used 2 s-c 2026-10-04 1 10.00
}
for size in many 1; do
    round=$STORY_DIR/again-$size
    begin "$round" worthy
    run 0 "$(basename "$round"): October is closed" -- mill "$round" close --period 2026-10
    number=$(mill "$round" dump --record invoice | jq -r 'select(.lines[].kind == "true_up") | .number')
    learn "$round" again
    run 3 "$(basename "$round"): November is closed" -- mill "$round" close --period 2026-11
    equal "$(basename "$round"): the true-up waits with the charge" "$(waiting "$round")" \
        "rating: rebill:true_up of k-c one from 2026-10-01: not_billed_yet
rating: rebill:usage of s-c calls-worth from 2026-10-01: missing_price_amount"
    learn "$round" said
    run 0 "$(basename "$round"): it can be charged" -- mill "$round" parked retry --all
    equal "$(basename "$round"): both are billed again" "$(lines "$round" 2026-11-30 | grep rebill)" \
        "c k-c rebill:true_up 30.00
c s-c rebill:usage 70.00"
    agrees "$round"
done
same_file "chunks change nothing of that one" "$STORY_DIR/again-1.jsonl" "$STORY_DIR/again-many.jsonl"

# ------------------------------------------------------------------ numbers of true-ups

rebilled() {
    record correction '"correction":"again"' "\"invoice\":\"$number\"" '"action":"rebill"' '"on":"2026-12-05"' '"reason":"wrong"'
}
forgotten() {
    used 3 s-c 2026-11-10 50
}
shorter() { # what was used after the amendment comes, too
    record contract '"contract":"k-2"' '"customer":"c"' '"start":"2026-11-16"' '"end":"2026-12-01"' '"currency":"EUR"' '"amends":"k-c"'
    record contract_phase '"contract":"k-2"' '"phase":"two"' '"start":"2026-11-16"' '"commitment":"1.00"' '"product":"p"'
}
round=$STORY_DIR/numbered
begin "$round" numbered
run 0 "numbered: November is closed" -- mill "$round" close --period 2026-11
number=$(mill "$round" dump --record invoice | jq -r 'select(.cutoff == "2026-11-30" and .customer == "c") | .number')
learn "$round" rebilled
run 0 "numbered: December is closed" -- mill "$round" close --period 2026-12
learn "$round" forgotten
run 0 "numbered: January is closed" -- mill "$round" close --period 2027-01
learn "$round" shorter
run 0 "numbered: February is closed" -- mill "$round" close --period 2027-02
equal "a true-up that was billed again, and credited, keeps its number" \
    "$(mill "$round" dump | jq -r 'select(.record == "invoice" or .record == "credit_note") | .cutoff as $c | .lines[] | select(.contract == "k-c" and .price == null) | $c + " " + .kind' | sort)" \
    "2026-11-30 true_up
2026-12-31 rebill:true_up
2026-12-31 true_up
2027-01-31 true_up:2
2027-02-28 true_up:3"
agrees "$round"
run 0 "numbered: every figure, computed by other code" -- python3 tests/support/recompute.py "$STORY_DIR/numbered.jsonl"
run 0 "numbered: March is closed" -- mill "$round" close --period 2027-03

story_end
