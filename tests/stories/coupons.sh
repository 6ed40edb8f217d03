# Coupons from import to invoice: once, repeating, forever; percentages and amounts, whose rest stays; scopes, a
# minimum, a first purchase, windows and limits; several on one invoice. Every figure is worked by hand below. It
# is the same when months are made up for at once, by several workers, killed and resumed; the database moves.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

redeem() { # COUPON AT customer|subscription NAME
    record coupon_redemption "\"coupon\":\"$1\"" "\"at\":\"$2\"" "\"$3\":\"$4\""
}
CUSTOMERS="once rest scope both small late first child"

# Each customer has p for 100.00 and q for 33.33 a month, in arrears.
catalog() {
    local who price
    berlin
    record product '"product":"p"' '"name":"Produkt"'
    record product '"product":"q"' '"name":"Zusatz"'
    record plan '"plan":"both"' '"name":"Beides"' '"interval":"month"'
    for price in p:100 q:33.33; do
        record price "\"price\":\"${price%:*}\"" '"plan":"both"' "\"product\":\"${price%:*}\"" '"currency":"EUR"' '"valid_from":"2020-01-01"' \
            '"billing":"in_arrears"' '"model":"flat"' "\"flat_fee\":\"${price#*:}\""
    done
    for who in $CUSTOMERS; do
        [ "$who" = child ] || record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        [ "$who" != child ] || record customer '"customer":"c-child"' '"name":"Kind GmbH"' '"address":{"country":"DE"}' '"parent":"c-small"'
        record subscription "\"subscription\":\"s-$who\"" "\"customer\":\"c-$who\"" '"plan":"both"' '"start":"2026-10-01"'
    done
    record coupon '"coupon":"tenth"' '"percent":"10"'
    record coupon '"coupon":"rest"' '"amount":"150"' '"currency":"EUR"' '"duration":"repeating"' '"repeat_count":2'
    record coupon '"coupon":"half-q"' '"percent":"50"' '"duration":"forever"' '"scope":[{"product":"q"}]'
    record coupon '"coupon":"big"' '"percent":"20"' '"duration":"forever"' '"minimum_amount":"300"' '"currency":"EUR"'
    record coupon '"coupon":"welcome"' '"amount":"5.00"' '"currency":"EUR"' '"first_purchase":true'
    record coupon '"coupon":"two"' '"percent":"1"' '"limit_total":2' '"limit_per_customer":1'
    record coupon '"coupon":"window"' '"percent":"1"' '"valid_from":"2026-11-01"' '"valid_to":"2026-12-01"'
    redeem tenth 2026-10-01 customer c-once
    redeem rest 2026-10-05 customer c-rest
    redeem half-q 2026-10-31 subscription s-scope
    redeem half-q 2026-10-02 customer c-both
    redeem tenth 2026-10-01 customer c-both
    redeem big 2026-10-01 customer c-small
    redeem welcome 2026-11-15 customer c-late
    redeem welcome 2026-10-05 customer c-first
    redeem tenth 2026-11-01 customer c-child
}
number_of() { # ROUND CUSTOMER CUTOFF
    mill "$1" dump --record invoice | jq -r --arg c "$2" --arg on "$3" 'select(.customer == $c and .cutoff == $on) | .number // .draft_key'
}
why_not() { # ROUND CUSTOMER CUTOFF: redemptions that do not apply, each with its reason
    mill "$1" explain "$(number_of "$@")" --json | jq -r '.coupons_not_applied[] | [.coupon, .customer // .subscription, .reason] | join(" ")'
}
MONTHS="2026-10 2026-11 2026-12 2027-01"

invoices() { # ROUND CUSTOMER: discount of each line, net, tax and total of every invoice
    mill "$1" dump --record invoice | jq -r --arg c "$2" 'select(.customer == $c) | [.cutoff, (.lines | map(.discount) | join("+")),
        .discount, .tax, .total] | join(" ")'
}
cuts() { # ROUND CUSTOMER: what coupons took, invoice by invoice
    mill "$1" dump --record coupon_use | jq -r --arg c "$2" 'select(.customer == $c) | [.coupon, .discount, .carried] | join(" ")'
}

round=$STORY_DIR/steps
begin "$round"
run 0 "the same records once more" -- mill "$round" import "$round/records.jsonl"
round_sql_is "change nothing, nor take a redemption more" "$round" \
    "SELECT redeemed_count FROM coupon WHERE coupon = 'tenth'" 3
for month in $MONTHS; do
    run 0 "steps: $month is closed" -- mill "$round" close --period "$month"
done

# 10 % of 133.33 = 13.333, spread 10.00 (9.998) and 3.33; 120.00 * 19 % = 22.80. Without: 25.3327.
equal "once: the first invoice, spread by largest remainder, before tax" "$(invoices "$round" c-once)" \
    "2026-10-31 10.00+3.33 13.33 22.80 142.80
2026-11-30 0.00+0.00 0.00 25.33 158.66
2026-12-31 0.00+0.00 0.00 25.33 158.66
2027-01-31 0.00+0.00 0.00 25.33 158.66"
# 150 - 133.33 = 16.67 stays; 166.67 - 133.33 = 33.34 stays; 33.34 * 100/133.33 = 25.006: 25.01 and 8.33. 99.99 * 19 % = 18.998.
equal "repeating twice: what found no line stays, and is used after" "$(invoices "$round" c-rest)" \
    "2026-10-31 100.00+33.33 133.33 0.00 0.00
2026-11-30 100.00+33.33 133.33 0.00 0.00
2026-12-31 25.01+8.33 33.34 19.00 118.99
2027-01-31 0.00+0.00 0.00 25.33 158.66"
rest=$(cuts "$round" c-rest)
equal "and the proof says so" "$rest" "rest 133.33 16.67
rest 133.33 33.34
rest 33.34 0.00"
# 33.33 / 2 = 16.665; 116.66 * 19 % = 22.165.
equal "forever, of one product, of a subscription" "$(invoices "$round" c-scope | sort -u -k2)" "2026-10-31 0.00+16.67 16.67 22.17 138.83"
# 10.00 and 3.33, then half of the 30.00 that are left: 28.33; 105.00 * 19 % = 19.95. Afterwards half-q alone.
equal "two, each of what is left" "$(invoices "$round" c-both | head -n 2)" \
    "2026-10-31 10.00+18.33 28.33 19.95 124.95
2026-11-30 0.00+16.67 16.67 22.17 138.83"
# The parent pays 266.66 for both: less than 300. The child's coupon is for the child's lines: 13.33 in November.
equal "below its minimum it takes nothing; of a child only the child's lines" \
    "$(mill "$round" dump --record invoice | jq -r 'select(.customer == "c-small") | [.cutoff, .discount, (.lines | map(select(.discount != "0.00") | .subscription) | unique | join("+"))] | join(" ")')" \
    "2026-10-31 0.00 
2026-11-30 13.33 s-child
2026-12-31 0.00 
2027-01-31 0.00 "
equal "a first purchase is one before which there was none" "$(invoices "$round" c-late | cut -d' ' -f3 | sort -u)" "0.00"
# 5 * 100/133.33 = 3.75009, 1.24991; 128.33 * 19 % = 24.383.
equal "an amount once" "$(invoices "$round" c-first | head -n 2)" \
    "2026-10-31 3.75+1.25 5.00 24.38 152.71
2026-11-30 0.00+0.00 0.00 25.33 158.66"

number=$(number_of "$round" c-both 2026-10-31)
run 0 "an invoice with coupons is explained" -- mill "$round" explain "$number"
stdout_has "which coupon cut which line" "coupon half-q of customer c-both takes 15.00 off this line"
stdout_has "and the other" "coupon tenth of customer c-both takes 3.33 off this line"
stdout_has "and every figure agrees" "checked: every figure, computed again, is what is stored"
mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"

# ------------------------------------------------------------------ why a coupon does not apply

equal "what applies, and what was redeemed after the last day, needs no reason" "$(why_not "$round" c-first 2026-10-31)$(why_not "$round" c-late 2026-10-31)" ""
equal "once is used up by the invoice before" "$(why_not "$round" c-once 2026-11-30)" "tenth c-once used_up"
equal "no first purchase" "$(why_not "$round" c-late 2026-11-30)" "welcome c-late not_first_purchase"
equal "below its minimum, and of a child redeemed after the charge began" "$(why_not "$round" c-small 2026-10-31)" \
    "big c-small below_minimum
tenth c-child begun_before"
run 0 "people read it too" -- mill "$round" explain "$(number_of "$round" c-small 2026-12-31)"
stdout_has "with the figures" "big of customer c-small, redeemed on 2026-10-01: the lines that it is for come to 266.66 EUR, less than its minimum of 300"
stdout_has "and how often" "tenth of customer c-child, redeemed on 2026-11-01: it is used up: other documents that had it: 1"
run 0 "and of a month ahead" -- mill "$round" preview s-late --period 2027-02
stdout_has "before it is billed" "welcome of customer c-late, redeemed on 2026-11-15: it is for a first purchase: invoices before it was redeemed: 1"
equal "in JSON as well" "$(mill "$round" preview s-late --period 2027-02 --json | jq -c '.drafts[].coupons_not_applied | map(.reason)')" '["not_first_purchase"]'
closed_again "$round" 2027-01 "$STORY_DIR/steps.jsonl"

# ------------------------------------------------------------------ limits and windows

{ redeem two 2026-10-01 customer c-once; redeem two 2026-10-01 customer c-rest; } >"$STORY_DIR/two.jsonl"
run 0 "a coupon for two" -- mill "$round" import "$STORY_DIR/two.jsonl"
{
    record product '"product":"r"' '"name":"Anderes"'
    record coupon '"coupon":"other"' '"percent":"50"' '"scope":[{"product":"r"}]'
    record coupon '"coupon":"dollars"' '"amount":"5"' '"currency":"USD"'
    record coupon '"coupon":"all"' '"percent":"100"' '"duration":"forever"'
    for coupon in other dollars all half-q; do redeem $coupon 2027-02-01 customer c-once; done
    redeem half-q 2026-12-31 customer c-late
} >"$STORY_DIR/odd.jsonl"
run 0 "coupons that have nothing to take" -- mill "$round" import "$STORY_DIR/odd.jsonl"
equal "what is known after the taxes were computed" "$(why_not "$round" c-late 2026-12-31)" "welcome c-late not_first_purchase
half-q c-late known_later"
run 0 "February is closed" -- mill "$round" close --period 2027-02
equal "each has its reason" "$(why_not "$round" c-once 2027-02-28)" "tenth c-once used_up
dollars c-once other_currency
half-q c-once nothing_left
other c-once out_of_scope"
bad "$round" "is none for a third" "redeemed as often as it may be" < <(redeem two 2026-10-01 customer c-both)
bad "$round" "before its window" "not valid that day" < <(redeem window 2026-10-31 customer c-once)
bad "$round" "after its window" "not valid that day" < <(redeem window 2026-12-01 customer c-once)
bad "$round" "a coupon never changes" "create a new coupon" < <(record coupon '"coupon":"tenth"' '"percent":"11"')
bad "$round" "nor does its scope" "its scope differs" < <(record coupon '"coupon":"half-q"' '"percent":"50"' '"duration":"forever"' '"scope":[{"product":"p"}]')
bad "$round" "percent and amount" "exactly one of" < <(record coupon '"coupon":"x"' '"percent":"5"' '"amount":"5"' '"currency":"EUR"')
bad "$round" "an amount without a currency" "currency" < <(record coupon '"coupon":"x"' '"amount":"5"')
bad "$round" "more than all of it" "not within 0 and 100" < <(record coupon '"coupon":"x"' '"percent":"101"')
record coupon '"coupon":"one-each"' '"percent":"1"' '"limit_per_customer":1' >"$STORY_DIR/each.jsonl"
redeem one-each 2026-10-01 customer c-once >>"$STORY_DIR/each.jsonl"
run 0 "one for each customer" -- mill "$round" import "$STORY_DIR/each.jsonl"
bad "$round" "is not for his subscription besides" "as often as one customer may" < <(redeem one-each 2026-10-01 subscription s-once)

# ------------------------------------------------------------------ made up for, killed, moved

late=$STORY_DIR/late
begin "$late"
run 0 "late: three months are closed at once, by three workers" -- mill "$late" close --period 2026-12 --workers 3
equal "the oldest invoice takes its coupon first" "$(cuts "$late" c-rest)" "$rest"
equal "and only once" "$(cuts "$late" c-once)" "tenth 13.33 0.00"

hurt=$STORY_DIR/hurt
begin "$hurt"
at "$hurt"
for month in 2026-10 2026-11; do
    for job in period-advance rating; do
        run 0 "hurt: $job of $month" -- mill "$hurt" run "$job" --period "$month"
    done
    for instant in 1 2 3 4; do kill_after 0.0$instant run tax --period "$month"; done
    "${MILL_AT[@]}" resume >"$hurt/out.txt" 2>&1
    run 0 "hurt: $month is closed" -- mill "$hurt" close --period "$month"
done
for month in 2026-12 2027-01; do run 0 "hurt: $month is closed" -- mill "$hurt" close --period "$month"; done
equal "killed and resumed: the same invoices" "$(mill "$hurt" dump --record invoice | jq -c '[.draft_key, .lines, .total]')" \
    "$(jq -c 'select(.record == "invoice") | [.draft_key, .lines, .total]' "$STORY_DIR/steps.jsonl")"
equal "and the same proof" "$(mill "$hurt" dump --record coupon_use)" "$(jq -c 'select(.record == "coupon_use")' "$STORY_DIR/steps.jsonl")"

first=$STORY_DIR/first
moved=$STORY_DIR/moved
begin "$first"
run 0 "first: October is closed" -- mill "$first" close --period 2026-10
mill "$first" dump --out "$STORY_DIR/moving.jsonl" 2>/dev/null
take_dump "a new database takes the dump" "$moved" "$STORY_DIR/moving.jsonl"
for month in 2026-11 2026-12; do run 0 "moved: $month is closed" -- mill "$moved" close --period "$month"; done
equal "and its coupons go on as if it had been there always" "$(cuts "$moved" c-rest)" "$rest"

# A subscription that is known late has its months billed late, on documents that are before those that had the
# coupon already: what these took is used up.
behind=$STORY_DIR/behind
begin "$behind"
{
    record coupon '"coupon":"twice"' '"percent":"10"' '"duration":"repeating"' '"repeat_count":2'
    redeem twice 2026-10-01 customer c-late
} >"$STORY_DIR/twice.jsonl"
record subscription '"subscription":"s-behind"' '"customer":"c-late"' '"plan":"both"' '"start":"2026-10-01"' >"$STORY_DIR/behind.jsonl"
run 0 "behind: a coupon for two invoices" -- mill "$behind" import "$STORY_DIR/twice.jsonl"
for month in 2026-10 2026-11; do run 0 "behind: $month is closed" -- mill "$behind" close --period "$month"; done
run 0 "behind: a subscription becomes known" -- mill "$behind" import "$STORY_DIR/behind.jsonl"
run 0 "behind: 2026-12 is closed" -- mill "$behind" close --period 2026-12
equal "behind: its months are billed, the first of them before an invoice that had the coupon" \
    "$(mill "$behind" dump --record invoice | jq -r 'select(.customer == "c-late") | .cutoff' | sort | uniq -c | awk '{ print $2, $1 }')" "2026-10-31 2
2026-11-30 2
2026-12-31 1"
equal "behind: which is why not on the third" "$(mill "$behind" explain "$(number_of "$behind" c-late 2026-10-31 | tail -n 1)" --json | jq -r '.coupons_not_applied[] | select(.coupon == "twice") | .reason')" used_up
equal "behind: two invoices have it, and no third" "$(cuts "$behind" c-late)" "twice 13.33 0.00
twice 13.33 0.00"

# ------------------------------------------------------------------ stacking by setting

for stacking in additive:10.00+20.00 best:0.00+16.67 none:10.00+3.33; do
    stacked=$STORY_DIR/${stacking%:*}
    begin "$stacked"
    sed -i "s/coupon_stacking: .*/coupon_stacking: ${stacking%:*}/" "$stacked/config/billmill.yaml"
    run 0 "${stacking%:*}: October is closed" -- mill "$stacked" close --period 2026-10
    equal "${stacking%:*} takes" "$(invoices "$stacked" c-both | cut -d' ' -f2)" "${stacking#*:}"
    case ${stacking%:*} in
    additive) reasons= ;;
    best) reasons="tenth c-both another_applies" ;;
    none) reasons="half-q c-both another_applies" ;;
    esac
    equal "${stacking%:*}: says which is left out" "$(why_not "$stacked" c-both 2026-10-31)" "$reasons"
done

# ------------------------------------------------------------------ one who has many

# Each of 5,000 subscriptions has a coupon of its own, all of them on one invoice: 10 % of 33.33 is 3.33.
many=$STORY_DIR/many
round_new "$many"
mill "$many" init >/dev/null 2>&1
{
    catalog | grep -v '"record":"\(customer\|subscription\|coupon_redemption\)"' | sed 's/"flat_fee":"100"/"flat_fee":"0"/'
    record customer '"customer":"c-many"' '"name":"Viele GmbH"' '"address":{"country":"DE"}'
    for number in $(seq 5000); do
        record subscription "\"subscription\":\"m-$number\"" '"customer":"c-many"' '"plan":"both"' '"start":"2026-10-01"'
        redeem tenth 2026-10-01 subscription "m-$number"
    done
} >"$many/records.jsonl"
run 0 "many: imported" -- mill "$many" import "$many/records.jsonl"
run 0 "many: closed" -- mill "$many" close --period 2026-10
equal "many: each takes its own" "$(invoices "$many" c-many | cut -d' ' -f3-)" "16650.00 28500.00 178500.00"
# 10,000 lines, each covered by 101 coupons, are more than anybody means.
for number in $(seq 101); do
    record coupon "\"coupon\":\"x-$number\"" '"percent":"0.1"'
    redeem "x-$number" 2026-11-01 customer c-many
done >"$many/coupons.jsonl"
run 0 "many: a hundred for the customer besides" -- mill "$many" import "$many/coupons.jsonl"
run 3 "many: are too many for one invoice" -- mill "$many" close --period 2026-11
run 0 "many: which waits for a person" -- mill "$many" parked
stdout_has "with its reason" "coupons cover its lines more than 1000000 times"

story_end
