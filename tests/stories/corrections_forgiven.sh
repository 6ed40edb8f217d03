# What was credited, or is void, before a subscription changes or ends, stays given back when its days are charged anew:
# for all that was used of a month the customer pays what that costs, less what was credited, and never less than
# nothing (core/billing/forgiven.h). Every figure is worked by hand; it is the same with the tax in the prices, in a
# database that was moved, after a kill and after a second run. What is given back of an invoice that was written off is no
# money of the customer's, whatever else its document charges (core/billing/written_off.h).
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

# Tenant t has the tax on top of its prices, g has it in them.
TENANTS="t g"
both() { # COMMAND…: records, of each tenant
    local TENANT
    for TENANT in $TENANTS; do "$@"; done
}
price() { # PRICE PLAN UNIT_PRICE FIELDS…
    both record price "\"price\":\"$1\"" "\"plan\":\"$2\"" "\"unit_price\":\"$3\"" '"product":"p"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"model":"per_unit"' "${@:4}"
}
subscription() { # CUSTOMER FIELDS…: two seats at 30.00, or calls at 1.00
    local what='"plan":"seats","quantity":"2"'
    [[ $1 != usage-* ]] || what='"plan":"calls"'
    both record subscription "\"subscription\":\"$1\"" "\"customer\":\"$1\"" '"start":"2026-09-01"' "$what" "${@:2}"
}
used() { # SUBSCRIPTION KEY VALUE DAY
    both record usage '"meter":"calls"' "\"subscription\":\"$1\"" "\"key\":\"$1-$2\"" "\"value\":\"$3\"" "\"at\":\"$4T12:00:00Z\""
}
ends() { # SUBSCRIPTION…: after two thirds of September
    local who
    for who; do subscription "$who" '"cancel_at":"2026-09-21"'; done
}
first_is() { # ROUND CUSTOMER ACTION ON FIELDS…: of his first invoice
    local TENANT
    for TENANT in $TENANTS; do
        decide "$2-$3" "$(dump_of "$1" invoice | jq -r --arg t "$TENANT" --arg c "$2" 'select(.tenant == $t and .customer == $c) | .number' | head -n 1)" "${@:3}"
    done
}
september() { # ROUND: TENANT CUSTOMER and what is charged for it in all, less what was credited, in cents
    dump_of "$1" | jq -rs 'map(select((.record == "invoice" or .record == "credit_note") and .status != "void")) | group_by([.tenant, .customer])[] |
        [.[0].tenant, .[0].customer, (map((if .record == "invoice" then 1 else -1 end) as $g | .lines[] | select(.period_start < "2026-10-01") |
        $g * (((.amount | tonumber) - (.discount | tonumber)) * 100 | round)) | add)] | join(" ")'
}
lines() { # ROUND CUSTOMER: of September, of what bills
    dump_of "$1" | jq -r --arg c "$2" 'select((.record == "invoice" or (.record == "credit_note" and .corrects == null)) and .tenant == "t" and .customer == $c) |
        .record as $d | .cutoff as $on | .lines[] | select(.period_start < "2026-10-01") | [$on, $d, .period_start, .kind, .amount, .discount, .forgiven // "-"] | join(" ")' | sort
}
WHO="whole-ends void-ends half-ends again-ends coupon-ends whole-less half-less less-half most-less whole-more half-more whole-plan plan-back twice off-ends off-most usage-less usage-ends off-less off-more off-late off-part off-again off-once off-void off-note off-undone usage-off back-whole back-void back-off rest-half rest-off gone-part undo-credit undo-void"
# Written off, then changed twice in either order, and more that becomes known of what was changed.
REBILL="off-rebill off-rebill-21 off-rebill-11 off-rebill-2 off-rebill-undo"
OFF="off-gone off-gone-first off-up-down off-down-up off-less-plan off-plan-less off-up off-both off-first off-kind off-plan off-twice $REBILL"
WHO="$WHO $OFF off-other off-prices off-below"
catalog() {
    local who
    both record tenant '"legal_name":"T GmbH"' '"address":{"city":"Berlin"}' '"country":"DE"' '"currency":"EUR"' '"timezone":"Europe/Berlin"' '"locale":"de-DE"' '"payment_terms_days":14'
    TENANT=t record tax_rate '"country":"DE"' '"category":"standard"' '"valid_from":"2007-01-01"' '"rate_percent":"10"' '"name":"USt."'
    TENANT=g record tax_rate '"country":"DE"' '"category":"standard"' '"valid_from":"2007-01-01"' '"rate_percent":"10"' '"name":"USt."' '"inclusive":true'
    both record product '"product":"p"' '"name":"Produkt"'
    both record meter '"meter":"calls"' '"aggregation":"sum"'
    for who in seats more pair calls; do both record plan "\"plan\":\"$who\"" "\"name\":\"$who\"" '"interval":"month"'; done
    price seat seats 30 '"billing":"in_advance"'
    price seat-more more 45 '"billing":"in_advance"'
    price pair-a pair 15 '"billing":"in_advance"'
    price pair-b pair 24 '"billing":"in_advance"'
    price call calls 1 '"billing":"in_arrears"' '"meter":"calls"'
    both record coupon '"coupon":"tenth"' '"percent":"10"' '"duration":"forever"'
    for who in $WHO; do
        both record customer "\"customer\":\"$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        subscription "$who"
    done
    for who in sum:6 zero:3; do # one who pays for another besides himself
        both record customer "\"customer\":\"off-${who%:*}\"" '"name":"Zahler GmbH"' '"address":{"country":"DE"}'
        both record customer "\"customer\":\"child-${who%:*}\"" '"name":"Tochter GmbH"' '"address":{"country":"DE"}' "\"parent\":\"off-${who%:*}\""
        both record subscription "\"subscription\":\"off-${who%:*}\"" "\"customer\":\"off-${who%:*}\"" '"start":"2026-09-01"' '"plan":"seats"' '"quantity":"1"'
        both record subscription "\"subscription\":\"child-${who%:*}\"" "\"customer\":\"child-${who%:*}\"" '"start":"2026-09-01"' '"plan":"seats"' "\"quantity\":\"${who#*:}\""
    done
    both record credit_grant '"customer":"off-part"' '"source":"paid"' '"amount":"58.00"' '"currency":"EUR"' '"effective_at":"2026-08-01T00:00:00Z"'
    both record credit_grant '"customer":"off-most"' '"source":"paid"' '"amount":"55.00"' '"currency":"EUR"' '"effective_at":"2026-08-01T00:00:00Z"'
    both record coupon_redemption '"coupon":"tenth"' '"at":"2026-08-01"' '"customer":"coupon-ends"'
    for who in usage-less usage-ends usage-off; do
        used "$who" first 70 2026-09-10
        used "$who" later 30 2026-09-25
    done
}

round=$STORY_DIR/steps
round_new "$round"
mill "$round" init >/dev/null 2>&1
catalog >"$round/records.jsonl"
run 0 "the data are imported" -- mill "$round" import "$round/records.jsonl"
run 0 "August is closed, September's seats are billed" -- mill "$round" close --period 2026-08

# ------------------------------------------------------------------ in September

{
    for who in whole-ends coupon-ends whole-less whole-more whole-plan plan-back twice; do first_is "$round" "$who" credit 2026-09-10; done
    for who in half-ends half-less half-more; do first_is "$round" "$who" credit 2026-09-10 '"net":"30.00"'; done
    first_is "$round" most-less credit 2026-09-10 '"net":"50.00"'
    for who in void-ends again-ends back-void off-prices; do first_is "$round" "$who" void 2026-09-10; done
    first_is "$round" back-whole credit 2026-09-10
    first_is "$round" rest-half credit 2026-09-10 '"net":"30.00"'
    for who in back-off rest-off; do first_is "$round" "$who" write_off 2026-09-10; done
    for who in back-whole back-void back-off; do
        both change "$who" 2026-09-11 '"quantity":"1"'
        both change "$who" 2026-09-21 '"quantity":"2"'
    done
    for who in rest-half rest-off; do
        both change "$who" 2026-09-10 '"pause":true'
        both change "$who" 2026-09-25 '"resume":true'
    done
    both change gone-part 2026-09-11 '"quantity":"3"'
    for who in undo-credit undo-void; do both change "$who" 2026-09-11 '"quantity":"1"'; done
    first_is "$round" again-ends rebill 2026-09-11
    for who in off-ends off-most off-sum off-zero off-less off-more off-late off-part off-again off-once off-void off-note off-undone $OFF; do
        first_is "$round" "$who" write_off 2026-09-10
    done
    for who in off-less off-part off-again off-once off-void off-note off-undone; do both change "$who" 2026-09-21 '"quantity":"1"'; done
    both change off-more 2026-09-21 '"quantity":"3"'
    subscription off-once '"cancel_at":"2026-09-26"'
    for who in sum:6 zero:3; do
        both record subscription "\"subscription\":\"child-${who%:*}\"" "\"customer\":\"child-${who%:*}\"" '"start":"2026-09-01"' '"plan":"seats"' "\"quantity\":\"${who#*:}\"" '"cancel_at":"2026-09-21"'
    done
    for who in off-up-down off-both; do both change "$who" 2026-09-11 '"quantity":"3"'; done
    for who in off-twice off-other off-below; do both change "$who" 2026-09-11 '"quantity":"4"'; done
    both change off-prices 2026-09-11 '"plan":"pair"' '"quantity":"4"'
    for who in off-down-up $REBILL; do both change "$who" 2026-09-21 '"quantity":"1"'; done
    both change off-less-plan 2026-09-11 '"quantity":"1"'
    for who in off-plan-less off-up off-plan; do both change "$who" 2026-09-21 '"plan":"more"'; done
    both change off-first 2026-09-06 '"quantity":"3"'
    both change off-first 2026-09-11 '"quantity":"1"'
    for who in off-gone off-gone-first; do both change "$who" 2026-09-21 '"pause":true'; done
    ends off-ends off-most whole-ends void-ends half-ends again-ends coupon-ends
    for who in whole-less half-less less-half most-less; do both change "$who" 2026-09-21 '"quantity":"1"'; done
    for who in whole-more half-more; do both change "$who" 2026-09-21 '"quantity":"3"'; done
    both change whole-plan 2026-09-21 '"plan":"more"'
    both change plan-back 2026-09-11 '"plan":"more"'
    both change plan-back 2026-09-21 '"plan":"seats"'
    both change twice 2026-09-11 '"quantity":"1"'
} | know "$round" "invoices are credited or void, then subscriptions change or end"
round_copy "$round" "$STORY_DIR/hurt"
run 0 "September is closed" -- mill "$round" close --period 2026-09

# Of 60.00 for two seats two thirds are 40.00.
equal "all of it was credited: nothing is charged" "$(lines "$round" whole-ends)" \
    "2026-08-31 invoice 2026-09-01 recurring 60.00 0.00 -
2026-09-30 invoice 2026-09-01 recurring:2 40.00 40.00 40.00
2026-09-30 invoice 2026-09-01 reversal:recurring -60.00 -60.00 -60.00"
equal "half of it was: two thirds of it are to be paid, less that half" "$(lines "$round" half-ends)" \
    "2026-08-31 invoice 2026-09-01 recurring 60.00 0.00 -
2026-09-30 credit_note 2026-09-01 recurring:2 -40.00 -30.00 30.00
2026-09-30 credit_note 2026-09-01 reversal:recurring 60.00 30.00 -30.00"
# Its coupon took 6.00 of the 60.00, and takes 4.00 of the 40.00.
equal "with a coupon, what is left after it" "$(lines "$round" coupon-ends)" \
    "2026-08-31 invoice 2026-09-01 recurring 60.00 6.00 -
2026-09-30 invoice 2026-09-01 recurring:2 40.00 40.00 36.00
2026-09-30 invoice 2026-09-01 reversal:recurring -60.00 -60.00 -54.00"
equal "a seat more is new" "$(lines "$round" whole-more)" \
    "2026-08-31 invoice 2026-09-01 recurring 60.00 0.00 -
2026-09-30 invoice 2026-09-21 proration_charge 30.00 20.00 20.00
2026-09-30 invoice 2026-09-21 proration_credit -20.00 -20.00 -20.00"
equal "after half of it was credited the rest of the month can be given back in full" "$(lines "$round" half-less)" \
    "2026-08-31 invoice 2026-09-01 recurring 60.00 0.00 -
2026-09-30 invoice 2026-09-21 proration_charge 10.00 0.00 -
2026-09-30 invoice 2026-09-21 proration_credit -20.00 0.00 -"
equal "of another plan what is dearer is new" "$(lines "$round" whole-plan)" \
    "2026-08-31 invoice 2026-09-01 recurring 60.00 0.00 -
2026-09-30 invoice 2026-09-21 proration_charge 30.00 20.00 20.00
2026-09-30 invoice 2026-09-21 proration_credit -20.00 -20.00 -20.00"
# What nobody paid is owed to nobody: it is taken off what was written off. A grant paid 55.00 of the other invoice.
note() { # ROUND TENANT CUSTOMER: total, what is applied and what is due of his credit note, and his grants
    dump_of "$1" | jq -r --arg t "$2" --arg c "$3" 'select(.tenant == $t and .customer == $c) |
        if .record == "credit_note" then [.total, .credit_applied, .amount_due] elif .record == "credit_grant" then [.source[:3], .amount] else empty end | join(" ")' | sort | paste -sd ";"
}
equal "t: written off and never paid, then ended" "$(note "$round" t off-ends)" "22.00 22.00 0.00"
equal "g: the same with the tax in it" "$(note "$round" g off-ends)" "20.00 20.00 0.00"
equal "t: what was paid of it is given back" "$(note "$round" t off-most)" "22.00 11.00 11.00;CN- 11.00;pai 55.00"
equal "g: with the tax in it" "$(note "$round" g off-most)" "20.00 5.00 15.00;CN- 15.00;pai 55.00"
mill "$round" dump --record invoice,credit_note >"$STORY_DIR/september.jsonl"
due() { # TENANT CUSTOMER: of September's close, total, credit applied and amount due
    jq -r --arg t "$1" --arg c "$2" 'select((.record == "invoice" or .record == "credit_note") and .tenant == $t and .customer == $c and .cutoff == "2026-09-30") |
        [.record, .status, .total, .credit_applied, .amount_due] | join(" ")' "$STORY_DIR/september.jsonl" | paste -sd ";"
}
# 20.00 are given back, of them 10.00 charged instead, which stay written off; October's seat is 30.00.
while IFS="|" read -r who t_is g_is why; do
    equal "t: $why" "$(due t "$who")" "$t_is"
    equal "g: $why" "$(due g "$who")" "$g_is"
done <<'EOF'
off-less|invoice open 22.00 -11.00 33.00|invoice open 20.00 -10.00 30.00|what was never paid is not set off against October
off-more|invoice open 110.00 0.00 110.00|invoice open 100.00 0.00 100.00|a seat more is owed
off-part|invoice open 22.00 -8.00 30.00|invoice open 20.00 -2.00 22.00|paid in part: what is beyond what stays written off is given back
off-sum|credit_note open 33.00 66.00 -33.00|credit_note open 30.00 60.00 -30.00|what is charged besides is owed, though the document is below zero
off-zero|invoice open 0.00 -33.00 33.00|invoice open 0.00 -30.00 30.00|or zero
back-off|invoice open 55.00 -11.00 66.00|invoice open 50.00 -10.00 60.00|a seat that comes back on a later day is not charged
rest-off|invoice open 33.00 -33.00 66.00|invoice open 30.00 -30.00 60.00|nor is what follows a pause
EOF
number=$(dump_of "$round" invoice | jq -r 'select(.tenant == "t" and .customer == "whole-ends" and .cutoff == "2026-09-30") | .number')
run 0 "explain" -- mill "$round" explain --tenant t "$number"
stdout_has "says why nothing is charged" "40.00 of this charge are off: that much of this period was given back before"
stdout_has "and what was given back" "price seat of this period, before: costs 0.00, of which credit notes and void invoices gave back 60.00, and 0.00 are billed"

# ------------------------------------------------------------------ later

# Usage is billed when its month is over; its invoice is credited, then less of it turns out to have been used, then more.
{
    for who in usage-less usage-ends; do first_is "$round" "$who" credit 2026-10-10; done
    first_is "$round" less-half credit 2026-10-10 '"net":"30.00"'
    ends twice usage-ends off-late
    subscription off-again '"cancel_at":"2026-09-26"'
    for who in off-void:void off-note:credit off-undone:credit off-both:write_off off-twice:write_off off-other:write_off off-below:write_off off-prices:write_off off-plan:credit undo-credit:credit undo-void:void; do
        case $who in off-note:*) part=('"lines":[{"line":1,"net":"10.00"}]') ;; off-plan:*) part=('"lines":[{"line":2,"net":"30.00"}]') ;; *) part=() ;; esac
        for TENANT in $TENANTS; do
            decide "${who%:*}-2" "$(dump_of "$round" invoice | jq -r --arg t "$TENANT" --arg c "${who%:*}" 'select(.tenant == $t and .customer == $c and .cutoff == "2026-09-30") | .number')" "${who#*:}" 2026-10-10 "${part[@]}"
        done
    done
    first_is "$round" usage-off write_off 2026-10-10
    for TENANT in $TENANTS; do
        decide gone-part "$(dump_of "$round" invoice | jq -r --arg t "$TENANT" 'select(.tenant == $t and .customer == "gone-part" and .cutoff == "2026-09-30") | .number')" \
            credit 2026-10-10 '"lines":[{"line":1,"net":"15.00"}]'
    done
    both change gone-part 2026-09-11 '"quantity":"3"' '"withdrawn":true'
    for who in undo-credit undo-void; do both change "$who" 2026-09-11 '"quantity":"1"' '"withdrawn":true'; done
    for who in off-up-down off-both; do both change "$who" 2026-09-21 '"quantity":"1"'; done
    both change off-down-up 2026-09-11 '"quantity":"3"'
    both change off-down-up 2026-09-21 '"quantity":"1"'
    both change off-less-plan 2026-09-21 '"plan":"more"'
    both change off-plan-less 2026-09-11 '"quantity":"1"'
    both change off-up 2026-09-21 '"plan":"more"' '"withdrawn":true'
    both change off-prices 2026-09-26 '"pause":true'
    first_is "$round" off-gone credit 2026-10-10
    both change off-gone-first 2026-09-26 '"resume":true'
    for who in $REBILL; do first_is "$round" "$who" rebill 2026-10-10; done
    both change off-below 2026-09-21 '"quantity":"1"'
    first_is "$round" off-kind credit 2026-10-10 '"net":"30.00"'
    for who in off-twice off-other; do first_is "$round" "$who" credit 2026-10-11 '"net":"20.00"'; done
    for who in usage-less usage-off; do used "$who" lower -30 2026-09-20; done
} | know "$round" "in October more becomes known of September"
run 0 "October is closed" -- mill "$round" close --period 2026-10
{
    both change off-kind 2026-09-11 '"quantity":"1"'
    subscription off-twice '"cancel_at":"2026-09-11"'
    for who in 2 11 21; do subscription "off-rebill-$who" "\"cancel_at\":\"2026-09-$(printf %02d "$who")\""; done
    both change off-rebill-undo 2026-09-21 '"quantity":"1"' '"withdrawn":true'
    first_is "$round" off-below rebill 2026-11-10
    both change off-gone 2026-09-26 '"resume":true'
    first_is "$round" off-gone-first credit 2026-11-10
    for who in usage-less usage-off; do used "$who" higher 50 2026-09-22; done
} | know "$round" "and in November once more"
run 0 "November is closed" -- mill "$round" close --period 2026-11
equal "less usage gives nothing back, more of it is charged beyond what was billed at first" "$(lines "$round" usage-less)" \
    "2026-09-30 invoice 2026-09-01 usage 100.00 0.00 -
2026-10-31 invoice 2026-09-01 late_usage -30.00 -30.00 -30.00
2026-11-30 invoice 2026-09-01 late_usage:2 50.00 30.00 30.00"

# What September's use costs, less what was credited.
declare -A SEPTEMBER
while read -r tenant who cents; do SEPTEMBER[$tenant:$who]=$cents; done < <(september "$round")
while read -r who owed why; do
    for tenant in $TENANTS; do equal "$tenant $who: $why" "${SEPTEMBER[$tenant:$who]-}" "$owed"; done
done <<'EOF'
whole-ends 0 40.00 less 60.00
void-ends 0 nothing of a void month is charged again
half-ends 1000 40.00 less 30.00
again-ends 4000 what is void was billed again
coupon-ends 0 36.00 less 54.00
whole-less 0 50.00 less 60.00
half-less 2000 50.00 less 30.00
less-half 2000 the same when it was credited afterwards
most-less 0 50.00 less 50.00
whole-more 1000 70.00 less 60.00
half-more 4000 70.00 less 30.00
whole-plan 1000 70.00 less 60.00
plan-back 1000 20.00 and 30.00 and 20.00 less 60.00
twice 0 20.00 and 10.00 less 60.00
usage-less 2000 120.00 less 100.00
usage-ends 0 70.00 less 100.00
back-whole 0 20.00 and 10.00 and 20.00 less 60.00: also what comes back on a later day
back-void 0 the same of a void month
rest-half 0 9 days and 6 days after a pause, less 30.00
gone-part 4500 60.00 less 15.00, which were credited of a change that is withdrawn
undo-credit 6000 60.00: the invoice that gave 20.00 of it back was credited, and the change is withdrawn
undo-void 6000 the same where it is void
EOF
mill "$round" dump --record invoice,credit_note,credit_transaction >"$STORY_DIR/november.jsonl"
# What each has to pay, less his grants, and what stays written off, in cents. What the server's tenant g has the dumps compare.
owed() { # the documents that show what is left, then what was drawn and granted
    jq -r 'select((.record == "invoice" or (.record == "credit_note" and (.amount_due | startswith("-")))) and (.customer | test("^(off|back|rest|usage)-off|^off-"))) | "\(.tenant) \(.number)"' "$STORY_DIR/november.jsonl" |
        while read -r tenant number; do
            { [ "$tenant" = g ] && on_postgres; } || mill "$round" show invoice --tenant "$tenant" "$number" --json
        done
    jq -c 'select(.record == "credit_transaction")' "$STORY_DIR/november.jsonl"
}
declare -A OWED
while read -r tenant who cents; do OWED[$tenant:$who]=$cents; done < <(owed | jq -rs 'def cents: tonumber * 100 | round;
    group_by([.tenant, .customer])[] | (map(if .kind == null then .left_to_pay | cents elif .kind == "grant" then -(.amount | cents) else .amount | cents end) | add) as $left |
    "\(.[0].tenant) \(.[0].customer) \($left) \(map(.written_off // "0" | cents) | add)"')
# From October on each seat is 30.00 a month, three months are billed.
while read -r who t_pays t_off g_pays g_off why; do
    equal "t $who: $why" "${OWED[t:$who]-}" "$t_pays $t_off"
    on_postgres || equal "g $who: $why" "${OWED[g:$who]-}" "$g_pays $g_off" # the dumps are the same
done <<'EOF'
off-less 9900 5500 9000 5000 of September 50.00 stay written off
off-more 30800 6600 28000 6000 all of it does
off-late 0 4400 0 4000 two thirds of it, and what was billed of October is given back
off-part 9600 0 8200 0 58.00 are paid, which is more than September costs
off-sum 9900 16500 9000 15000 150.00 of them stay written off
off-zero 9900 9900 9000 9000 and 90.00 less 20.00
off-again 0 4950 0 4500 what replaced it is given back itself: 45.00 stay
off-once 0 4950 0 4500 the same, known at once
off-void 6600 6600 6000 6000 what gave it back is void
off-note 9900 4400 9000 4000 what replaced it is credited
off-undone 6600 6600 6000 6000 what gave it back is credited whole
back-off 19800 5500 18000 5000 of September 50.00 stay written off
rest-off 19800 3300 18000 3000 half of it does
usage-off 2200 11000 2000 10000 less usage, then more of it: what is beyond the first is owed
off-up-down 9900 6600 9000 6000 20.00 and 30.00 and 10.00 are the 60.00 that were written off: what was charged between is given back
off-down-up 9900 6600 9000 6000 the same known in the other order: what is charged again stays written off
off-less-plan 14850 4950 13500 4500 20.00 and 10.00, and 15.00 of another plan stay
off-plan-less 14850 4950 13500 4500 the same known in the other order
off-up 19800 6600 18000 6000 a change of plan that is withdrawn leaves all as it was
off-both 6600 9900 6000 9000 of the 20.00 and 90.00 written off later nothing stays but 30.00 of October, of September all of the first
off-gone 19800 1100 18000 1000 20.00 are given back and 40.00 credited: the 10.00 that are charged again stay written off
off-gone-first 19800 1100 18000 1000 the same where they were charged before the credit
off-first 9900 4950 9000 4500 10.00 and 15.00 and 20.00 stay, though 15.00 are charged before anything is given back
off-kind 9900 1100 9000 1000 40.00 less 30.00 that were credited of it
off-twice 0 0 0 0 20.00 less 20.00, which were credited of the first of two
off-other 30800 17600 28000 16000 what is credited of one that is owed comes off that, not off a later one
off-rebill 14300 1100 13000 1000 billed again, 40.00 of September are owed, and 10.00 that the change charged stay written off
off-rebill-21 4400 0 4000 0 when these 10.00 are given back, nothing stays
off-rebill-11 2200 0 2000 0 nor when the rest of 40.00 is less
off-rebill-2 220 0 200 0 or nearly nothing: what nobody paid is no money
off-rebill-undo 25300 1100 23000 1000 where the change is withdrawn 60.00 are owed, less these 10.00
off-below 13200 4400 12000 4000 billed again, the first one is before the other, of which 10.00 stay and 30.00 of October
off-prices 0 4180 0 3800 20.00 and 30.00 and 48.00 less 60.00, which were off the one price of the other plan more than that gives back
off-plan 29700 4400 27000 4000 what replaced 20.00 of it is credited: these are given back, and 10.00 need not be paid
EOF
all_explained "$round"
run 0 "credits are proved" -- mill "$round" verify credits
run 0 "numbers are proved" -- mill "$round" verify numbers
mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"
if command -v pdftotext >/dev/null; then # of tenant t, whose documents are German
    jq -r 'select((.record == "invoice" or (.record == "credit_note" and .corrects == null)) and .tenant == "t" and .number) |
        (if .record == "invoice" then -1 else 1 end) as $sign | ([.lines[].forgiven // "0" | tonumber] | add * 100 | round * $sign) as $sum |
        select($sum != 0) | [.number, $sum] | join(" ")' "$STORY_DIR/steps.jsonl" | sort >"$STORY_DIR/expected"
    for paper in "$round"/data/documents/t/2026/*/*.pdf; do
        pdftotext -layout "$paper" - | awk -v number="$(basename "$paper" .pdf)" '/Bereits gutgeschrieben/ { gsub(/[,.]/, "", $3); print number, $3 }
            /^ *Rabatt  *[0-9]/ { print number, "a discount that raises the sum" }'
    done | sort >"$STORY_DIR/papers"
    same_file "each document says why its sum is raised, or lowered, besides discounts" "$STORY_DIR/papers" "$STORY_DIR/expected"
fi
ONE_RUN_A_DAY=0 computed "every figure, and what is forgiven, by other code" "$STORY_DIR/steps.jsonl"
run 0 "closing again" -- mill "$round" redo close --period 2026-11 --reason "to be sure"
mill "$round" dump >"$STORY_DIR/again.jsonl"
same_file "changes nothing" "$STORY_DIR/again.jsonl" "$STORY_DIR/steps.jsonl"

moved=$STORY_DIR/moved
take_dump "a new database takes the dump" "$moved" "$STORY_DIR/steps.jsonl"
all_explained "$moved"

# ------------------------------------------------------------------ in chunks of any size

# Of every invoice a fourth is credited, of others something else is decided before or after: what is done of one is what
# the next one sees, of the same customer and of whoever was billed the same, whether they are carried out together or not.
decided() { # of the invoices of the round, in an order of their own
    local number at=0 action
    for number in $(jq -r 'select(.record == "invoice" and .tenant == "t" and .number and (.customer | startswith("usage-") | not)) | .number' "$STORY_DIR/steps.jsonl"); do
        at=$((at + 1))
        TENANT=t decide "z-$((at * 37 % 101))-$at" "$number" credit "2026-12-$((10 + at % 9))" '"unused":{"numerator":1,"denominator":4}'
        case $((at % 5)) in 0) action=credit ;; 1) action=write_off ;; 2) action=rebill ;; 3) action=void ;; *) continue ;; esac
        TENANT=t decide "y-$((at * 53 % 103))-$at" "$number" $action "2026-12-$((10 + at * 7 % 12))"
    done
}
decided >"$STORY_DIR/decided.jsonl"
for size in 1 5000; do
    round_copy "$round" "$STORY_DIR/chunk-$size"
    sed -i "s|^chunk_size:.*|chunk_size: $size|" "$STORY_DIR/chunk-$size"/config/jobs/*.yaml
    run 0 "chunks of $size: two decisions of an invoice" -- mill "$STORY_DIR/chunk-$size" import "$STORY_DIR/decided.jsonl"
    run 3 "chunks of $size: December" -- mill "$STORY_DIR/chunk-$size" close --period 2026-12
    mill "$STORY_DIR/chunk-$size" dump >"$STORY_DIR/chunk-$size.jsonl"
done
same_file "they come to the same" "$STORY_DIR/chunk-5000.jsonl" "$STORY_DIR/chunk-1.jsonl"
all_explained "$STORY_DIR/chunk-5000"

# ------------------------------------------------------------------ a credit note that leaves something to pay

leaves=$STORY_DIR/leaves
round_copy "$round" "$leaves"
number=$(jq -r 'select(.record == "credit_note" and .tenant == "t" and .customer == "off-sum" and .cutoff == "2026-09-30") | .number' "$STORY_DIR/september.jsonl")
TENANT=t decide leaves "$number" write_off 2026-12-10 | know "$leaves" "leaves: it is to be written off"
run 3 "leaves: December is closed" -- mill "$leaves" close --period 2026-12
run 0 "leaves: it is not" -- mill "$leaves" parked
stdout_has "leaves: for it is a credit note" "$number is a credit note that leaves 33.00 EUR to pay: it is not corrected again"
stdout_has "leaves: and what can be done instead" "a credit_grant of that amount gives it back with the next invoice"

# ------------------------------------------------------------------ two that are written off

# The invoices of September and October, 132.00 each for two subscriptions, are written off. Then one of these turns out
# to have ended, and later the other: each note is off what stays written off of the months that it gives back of.
two=$STORY_DIR/two
round_new "$two"
mill "$two" init >/dev/null 2>&1
two_end() { # SUBSCRIPTION DAY
    TENANT=t record subscription "\"subscription\":\"$1\"" '"customer":"off-two"' '"start":"2026-09-01"' '"plan":"seats"' '"quantity":"2"' "\"cancel_at\":\"$2\""
}
{
    catalog | grep -v '"customer":\|"subscription":'
    record customer '"customer":"off-two"' '"name":"Zwei GmbH"' '"address":{"country":"DE"}'
    for which in one other; do two_end "$which" 2026-11-01; done
} | know "$two" "two: the data are imported"
for month in 2026-08 2026-09; do run 0 "two: $month is closed" -- mill "$two" close --period "$month"; done
{
    for number in $(mill "$two" dump --record invoice | jq -r .number); do decide "w-$number" "$number" write_off 2026-10-02; done
    two_end one 2026-09-21
} | know "$two" "two: both are written off, one subscription had ended"
run 0 "two: October is closed" -- mill "$two" close --period 2026-10
equal "two: 20.00 and 60.00 with their tax are off it" "$(note "$two" t off-two)" "88.00 88.00 0.00"
two_end other 2026-09-11 | know "$two" "two: the other one had ended"
run 0 "two: November is closed" -- mill "$two" close --period 2026-11
equal "two: so are 40.00 and 60.00" "$(note "$two" t off-two)" "110.00 110.00 0.00;88.00 88.00 0.00"

# ------------------------------------------------------------------ a plan of another interval

# Two seats are 60.00 a month, or 730.00 for a year, which begins on the day of the change. What is credited of a month is
# off what that costs, and off nothing of the year, whether both begin on one day or not; and the other way round.
years=$STORY_DIR/years
round_new "$years"
mill "$years" init >/dev/null 2>&1
YEARS="before first after next part back"
{
    catalog | grep -v '"customer":\|"subscription":'
    both record plan '"plan":"years"' '"name":"years"' '"interval":"year"'
    price seat-year years 365 '"billing":"in_advance"'
    for who in $YEARS; do
        both record customer "\"customer\":\"$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        subscription "$who"
    done
} | know "$years" "years: the data are imported"
TENANTS=t
run 0 "years: August is closed" -- mill "$years" close --period 2026-08
{
    for who in before first; do first_is "$years" "$who" credit 2026-09-10; done
    first_is "$years" part credit 2026-09-10 '"net":"40.00"'
    for who in before after part; do both change "$who" 2026-09-16 '"plan":"years"'; done
    for who in first back; do both change "$who" 2026-09-01 '"plan":"years"'; done
} | know "$years" "years: three months are credited, five change"
run 0 "years: September is closed" -- mill "$years" close --period 2026-09
{
    first_is "$years" after credit 2026-10-10
    TENANT=t decide next-2 "$(dump_of "$years" invoice | jq -r 'select(.tenant == "t" and .customer == "next" and .cutoff == "2026-09-30") | .number')" credit 2026-10-10
    both change next 2026-10-17 '"plan":"years"'
    TENANT=t decide back-year "$(dump_of "$years" invoice | jq -r 'select(.tenant == "t" and .customer == "back" and .cutoff == "2026-09-30") | .number')" credit 2026-10-10 '"net":"100.00"'
    both change back 2026-09-01 '"plan":"years"' '"withdrawn":true'
} | know "$years" "years: one is credited then, another one's second month, which changes, and a year that is withdrawn"
run 0 "years: October is closed" -- mill "$years" close --period 2026-10
in_all() { # CUSTOMER: less what was credited, in cents
    mill "$years" dump | jq -rs --arg c "$1" 'map(select((.record == "invoice" or .record == "credit_note") and .tenant == "t" and .customer == $c and .status != "void") |
        (if .record == "invoice" then 1 else -1 end) as $g | .lines[] | $g * (((.amount | tonumber) - (.discount | tonumber)) * 100 | round)) | add'
}
while read -r who comes why; do equal "years: $who: $why" "$(in_all "$who")" "$comes"; done <<'EOF'
before 73000 half a month is 30.00, of which nothing is left, and the year
part 73000 the same where 40.00 were credited
after 73000 or when the rest was credited afterwards
first 73000 nothing of a month, and all of the year
next 79000 60.00, nothing of the second month, and the year
back 18000 three months, and nothing of the year, of which 100.00 were credited and 630.00 are given back
EOF
all_explained "$years"
mill "$years" dump >"$STORY_DIR/years.jsonl"
keep_dump years "$STORY_DIR/years.jsonl"
ONE_RUN_A_DAY=0 computed "years: what is forgiven, by other code" "$STORY_DIR/years.jsonl"
TENANTS="t g"

# ------------------------------------------------------------------ killed

hurt=$STORY_DIR/hurt
close_hurt "$hurt" 2026-09
for who in $WHO; do
    [ "$(lines "$hurt" "$who")" = "$(lines "$round" "$who" | grep -v -- '^2026-1[01]')" ] || not_ok "killed and resumed: $who is the same" "$(lines "$hurt" "$who")"
done
ok "killed and resumed: the same lines"
for which in hurt round; do
    mill "${!which}" dump | jq -c 'select((.record == "invoice" or .record == "credit_note") and .cutoff == "2026-09-30" and .corrects == null) |
        [.tenant, .draft_key, .total, .credit_applied, .amount_due, .written_off]' | sort >"$STORY_DIR/due-$which.jsonl"
done
same_file "killed and resumed: the same is due" "$STORY_DIR/due-hurt.jsonl" "$STORY_DIR/due-round.jsonl"

# ------------------------------------------------------------------ one who has many

# One invoice of 4,000 subscriptions is void; then each of them takes a third seat on the 21st: of 30.00 one third is new.
many=$STORY_DIR/many
round_new "$many"
mill "$many" init >/dev/null 2>&1
{
    catalog | grep -v '"record":"\(customer\|subscription\|coupon_redemption\|credit_grant\|usage\)"'
    record customer '"customer":"many"' '"name":"Viele GmbH"' '"address":{"country":"DE"}'
    for number in $(seq 4000); do
        record subscription "\"subscription\":\"m-$number\"" '"customer":"many"' '"plan":"seats"' '"quantity":"2"' '"start":"2026-09-01"'
    done
} >"$many/records.jsonl"
TENANTS=t
run 0 "many: imported" -- mill "$many" import "$many/records.jsonl"
run 0 "many: August is closed" -- mill "$many" close --period 2026-08
{
    first_is "$many" many void 2026-09-10
    for number in $(seq 4000); do change "m-$number" 2026-09-21 '"quantity":"3"'; done
} | know "$many" "many: the invoice is void, then all of them change"
run 0 "many: September is closed" -- mill "$many" close --period 2026-09
equal "many: of each what it takes more is new" "$(september "$many" | grep "^t many ")" "t many 4000000"

story_end
