# Grants of units: what of a line they pay for, in which order, when they end, and beside grants of money and limits. Every
# figure of the first part is worked by hand; of any grants and prices another program computes them. It is the same killed and
# resumed, by several workers, and in a database that moved.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

used() { # CUSTOMER KEY DAY VALUE FIELDS…
    record usage "\"subscription\":\"s-$1\"" "\"key\":\"$1-$2\"" '"meter":"calls"' "\"at\":\"$3T12:00:00Z\"" "\"value\":\"$4\"" "${@:5}"
}
units() { # CUSTOMER SOURCE UNITS FIELDS…
    record credit_grant "\"customer\":\"c-$1\"" "\"source\":\"$2\"" "\"units\":\"$3\"" '"meter":"calls"' '"effective_at":"2026-10-01T00:00:00Z"' "${@:4}"
}
money() { # CUSTOMER SOURCE AMOUNT
    record credit_grant "\"customer\":\"c-$1\"" "\"source\":\"$2\"" "\"amount\":\"$3\"" '"currency":"EUR"' '"effective_at":"2026-10-01T00:00:00Z"'
}
tenant() {
    berlin
    record product '"product":"p"' '"name":"Produkt"'
    record meter '"meter":"calls"' '"aggregation":"sum"' '"unit":"Calls"'
    record meter '"meter":"hours"' '"aggregation":"sum"'
}
customer() { # NAME PLAN
    record customer "\"customer\":\"c-$1\"" "\"name\":\"$1 GmbH\"" '"address":{"country":"DE"}'
    record subscription "\"subscription\":\"s-$1\"" "\"customer\":\"c-$1\"" "\"plan\":\"$2\"" '"start":"2026-10-01"'
}

# 0.10 a call: 0.119 with its tax.
catalog() {
    local who
    tenant
    record plan '"plan":"p"' '"name":"P"' '"interval":"month"'
    record price '"price":"calls"' '"plan":"p"' '"product":"p"' '"meter":"calls"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_arrears"' '"model":"per_unit"' '"unit_price":"0.10"'
    for who in part several other both limited ends; do customer "$who" p; done
    record member '"customer":"c-limited"' '"member":"alice"' '"credit_limit":"2"' '"currency":"EUR"'
    units part pack 40
    units several second 2
    units several first 2 '"priority":90'
    units several third 10.5 '"priority":10'
    record credit_grant '"customer":"c-other"' '"source":"hours"' '"units":"500"' '"meter":"hours"' '"effective_at":"2026-10-01T00:00:00Z"'
    units both half 50
    money both cash 5.00
    units limited half 50
    money limited cash 100.00
    units ends gone 100 '"expires_at":"2026-11-20T12:00:00Z"'
    units ends none 100 '"expires_at":"2026-10-31T12:00:00Z"' '"priority":99'
    for who in part other both; do used "$who" 1 2026-10-05 100; done
    used several 1 2026-10-05 7
    used limited 1 2026-10-05 100 '"member":"alice"'
    used ends 1 2026-10-05 30
}
late() { # of October, known in November
    used several 2 2026-10-20 3
}
october() { # ROUND CUSTOMER
    mill "$1" dump --record invoice | jq -r --arg c "c-$2" 'select(.customer == $c and .cutoff == "2026-10-31") | [.total, .credit_applied, .amount_due, .status] | join(" ")'
}
moves() { # ROUND CUSTOMER
    mill "$1" dump --record credit_unit_transaction | jq -r --arg c "c-$2" 'select(.customer == $c and .kind != "grant") | [.on, .kind, .source, .units, .amount // "-"] | join(" ")' | sort
}

round=$STORY_DIR/steps
begin "$round"
run 0 "the same records once more" -- mill "$round" import "$round/records.jsonl"
stdout_has "change nothing" "credit_grant"
run 0 "October is closed" -- mill "$round" close --period 2026-10
run 0 "usage of October comes late" -- mill "$round" import <(late)
run 0 "November is closed" -- mill "$round" close --period 2026-11

# 40 of 100 calls are 40 % of 11.90.
equal "units pay for their part of the line" "$(october "$round" part)" "11.90 4.76 7.14 open"
# 7 calls are 0.83: two are 0.2371, twice; the three that are left take the rest. Three more, late, are 0.36.
equal "by priority, and the last take the rest" "$(moves "$round" several)" \
    "2026-10-31 draw first 2 0.24
2026-10-31 draw second 2 0.24
2026-10-31 draw third 3 0.35
2026-11-30 draw third 3 0.36"
equal "what units pay in full is paid" "$(october "$round" several)" "0.83 0.83 0.00 paid"
equal "units of another meter pay nothing" "$(october "$round" other)" "11.90 0.00 11.90 open"
equal "units first, then money" "$(october "$round" both)" "11.90 10.95 0.95 open"
# Of alice's 11.90 units pay 5.95, which no limit knows of; of the rest money pays what she may.
equal "a limit is of money" "$(october "$round" limited)" "11.90 7.95 3.95 open"
equal "units end, whatever was used of them" "$(moves "$round" ends)" \
    "2026-10-31 draw gone 30 3.57
2026-10-31 expire none 100 -
2026-11-20 expire gone 70 -"
number=$(mill "$round" dump --record invoice | jq -r 'select(.customer == "c-limited" and .cutoff == "2026-10-31") | .number')
run 0 "an invoice with units is explained" -- mill "$round" explain "$number"
stdout_has "what they pay" "line 1: 50 of calls pay 5.95, drawn on 2026-10-31 of grant half (free, priority 50)"
stdout_has "what counts against the limit is the rest" "member alice of 2026-10: 5.95 of this document, of which credits paid 2.00"
stdout_has "every figure agrees" "checked: every figure, computed again, is what is stored"
run 0 "as JSON" -- mill "$round" explain "$number" --json
equal "with the units" "$(jq -r '.units[] | [.line, .source, .units, .amount] | join(" ")' "$STORY_OUT")" "1 half 50 5.95"
run 0 "units are shown" -- mill "$round" show credits c-several
equal "with what is left" "$(awk '$1 == "calls" && $2 == "third"' "$STORY_OUT" | tr -s ' ' | cut -d' ' -f7-)" "10.5 4.5"
run 0 "as JSON" -- mill "$round" show credits c-several --json
equal "each transaction" "$(jq -r '.unit_transactions | length' "$STORY_OUT")" 7
run 0 "all of it is proved" -- mill "$round" verify credits
mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"
computed "another program draws the same" "$STORY_DIR/steps.jsonl" "$round/data/documents"
closed_again "$round" 2026-11 "$STORY_DIR/steps.jsonl"

damaged() { # NAME TEXT SQL: what somebody else changed is found
    round_copy "$round" "$STORY_DIR/damaged"
    round_sql "$STORY_DIR/damaged" "$3"
    run 65 "$1" -- mill "$STORY_DIR/damaged" verify credits
    stdout_has "and named" "$2"
}
damaged "units that somebody gave back" "pack: what is used of the units is not what was drawn of them: stored 39, computed 40 units" "UPDATE credit_unit_grant SET used_millionths = used_millionths - 1000000 WHERE source = 'pack'"
damaged "units that somebody added" "pack: the units are not what their transaction says" "UPDATE credit_unit_grant SET unit_millionths = unit_millionths + 1 WHERE source = 'pack'"
damaged "a draw that is gone" "the credit of the invoice is not what was drawn for it" "DELETE FROM credit_unit_transaction WHERE source = 'pack' AND kind = 'draw'"
damaged "a grant that is gone" "its units are of no grant" "DELETE FROM credit_unit_grant WHERE source = 'pack'"

bad "$round" "a grant never changes" "a grant never changes" < <(units part pack 41)
bad "$round" "nor becomes one of money" "an amount, or units" < <(money part pack 5.00)
bad "$round" "nor one of money units" "an amount, or units" < <(units both cash 5)
bad "$round" "it is of something" "more than zero" < <(units part more 0)
bad "$round" "of millionths at the least" "six digits" < <(units part more 0.0000001)
bad "$round" "of an amount or of units" "exactly one" < <(units part more 5 '"amount":"5.00","currency":"EUR"')
bad "$round" "units are of a meter" "meter" < <(units part more 5 | sed 's/"meter":"calls",//')
bad "$round" "that is there" "does not exist" < <(units part more 5 | sed 's/"calls"/"nothing"/')

# ------------------------------------------------------------------ whatever units there are

# Thirty customers with prices of several models, any usage, coupons, up to four grants of units and some of money.
any=$STORY_DIR/any
RANDOM=1709
any_records() {
    local who n plan ends plans=(unit tiers volume packs least)
    tenant
    for plan in "${plans[@]}"; do record plan "\"plan\":\"$plan\"" "\"name\":\"$plan\"" '"interval":"month"'; done
    price() { record price "\"price\":\"$1\"" "\"plan\":\"$1\"" '"product":"p"' '"meter":"calls"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_arrears"' "${@:2}"; }
    price unit '"model":"per_unit"' '"unit_price":"0.0137"' '"free_units":"10"'
    price tiers '"model":"graduated"' '"tiers":[{"up_to":"50","unit_price":"0.11","flat_fee":"1.50"},{"up_to":null,"unit_price":"0.07"}]'
    price volume '"model":"volume"' '"tiers":[{"up_to":"100","unit_price":"0.21"},{"up_to":null,"unit_price":"0.13"}]'
    price packs '"model":"package"' '"package_size":"25"' '"package_price":"1.99"'
    price least '"model":"per_unit"' '"unit_price":"0.05"' '"minimum_amount":"7.77"'
    record coupon '"coupon":"ten"' '"percent":"10"' '"duration":"forever"'
    for who in $(seq 30); do
        customer "any-$who" "${plans[RANDOM % 5]}" # a subshell has a RANDOM of its own
        for ((n = 0; n < RANDOM % 6 + 1; n++)); do
            used "any-$who" "$n" "2026-1$((RANDOM % 2))-$((10 + RANDOM % 19))" "$((RANDOM % 120)).$((RANDOM % 900 + 1))"
        done
        for ((n = RANDOM % 5; n > 0; n--)); do
            printf -v ends '"expires_at":"2026-1%d-2%dT10:00:00Z"' $((RANDOM % 3)) $((RANDOM % 9))
            units "any-$who" "u-$n" "$((1 + RANDOM % 90)).$((1 + RANDOM % 99))" "\"priority\":$((50 + RANDOM % 3))" "$ends"
        done
        [ $((RANDOM % 3)) != 0 ] || money "any-$who" cash "$((RANDOM % 9)).5$((RANDOM % 9))"
        [ $((RANDOM % 4)) != 0 ] || record coupon_redemption "\"customer\":\"c-any-$who\"" '"coupon":"ten"' '"at":"2026-10-01"'
    done
}
round_new "$any"
mill "$any" init >/dev/null 2>&1
any_records >"$any/records.jsonl"
run 0 "any units" -- mill "$any" import "$any/records.jsonl"
for month in 2026-10 2026-11 2026-12; do run 0 "any: $month is closed" -- mill "$any" close --period "$month"; done
mill "$any" dump >"$STORY_DIR/any.jsonl"
keep_dump any "$STORY_DIR/any.jsonl"
computed "another program draws and ends the same" "$STORY_DIR/any.jsonl"
run 0 "all of it adds up" -- mill "$any" verify credits
between "many are drawn" "$(jq -r 'select(.record == "credit_unit_transaction" and .kind == "draw") | .kind' "$STORY_DIR/any.jsonl" | wc -l)" 30 1000
between "some end" "$(jq -r 'select(.record == "credit_unit_transaction" and .kind == "expire") | .kind' "$STORY_DIR/any.jsonl" | wc -l)" 5 1000

# ------------------------------------------------------------------ killed, moved

hurt=$STORY_DIR/hurt
begin "$hurt"
chunks_of "$hurt" 1
at "$hurt"
for month in 2026-10 2026-11; do
    [ "$month" != 2026-11 ] || run 0 "hurt: late usage" -- mill "$hurt" import <(late)
    for job in period-advance rating tax; do mill "$hurt" run "$job" --period "$month" >/dev/null 2>&1; done
    for job in credit-expire invoice-finalize; do
        for instant in 1 2 3 4; do kill_after "0.0$instant" run "$job" --period "$month"; done
        "${MILL_AT[@]}" resume >/dev/null 2>&1
    done
    run 0 "hurt: $month is closed by three workers" -- mill "$hurt" close --period "$month" --workers 3
done
of_credits() { jq -c 'select(.record == "credit_transaction" or .record == "credit_unit_transaction")'; }
equal "killed and resumed: the same draws" "$(mill "$hurt" dump | of_credits)" "$(of_credits <"$STORY_DIR/steps.jsonl")"
equal "and the same invoices, to their hashes" "$(mill "$hurt" dump --record invoice | jq -r .hash)" "$(jq -r 'select(.record == "invoice") | .hash' "$STORY_DIR/steps.jsonl")"

moved=$STORY_DIR/moved
first=$STORY_DIR/first
begin "$first"
run 0 "first: October is closed" -- mill "$first" close --period 2026-10
mill "$first" dump --out "$STORY_DIR/moving.jsonl" 2>/dev/null
take_dump "a new database takes the dump" "$moved" "$STORY_DIR/moving.jsonl"
run 0 "moved: late usage" -- mill "$moved" import <(late)
run 0 "moved: November is closed" -- mill "$moved" close --period 2026-11
equal "and goes on with what is left" "$(mill "$moved" dump | of_credits)" "$(of_credits <"$STORY_DIR/steps.jsonl")"

story_end
