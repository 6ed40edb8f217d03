# Corrections where money is odd: currencies without and with three digits, prices with the tax in them, several taxes on
# a line, reverse charge, a line below zero; of tenants with the same names, numbers and decisions. Whatever parts an
# invoice is credited in, they sum to it by line and by tax; a second run, a kill and a withdrawal change nothing of it.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

rate() { # TENANT COUNTRY PERCENT FIELDS…
    TENANT=$1 record tax_rate "\"country\":\"$2\"" '"category":"standard"' '"valid_from":"2020-01-01"' "\"rate_percent\":\"$3\"" "${@:4}"
}
# Two fees in advance and a seat, of which five become one within the month: both sides of it are on the invoice.
business() { # TENANT CURRENCY COUNTRY REGION FEE FEE SEAT BUYER_FIELDS
    local who price
    TENANT=$1 record tenant '"legal_name":"T"' "\"address\":{\"city\":\"X\",\"region\":\"$4\"}" "\"country\":\"$3\"" "\"currency\":\"$2\"" '"timezone":"Europe/Berlin"' '"locale":"en-GB"' '"payment_terms_days":14'
    TENANT=$1 record product '"product":"p"' '"name":"P"'
    TENANT=$1 record plan '"plan":"m"' '"name":"M"' '"interval":"month"'
    for price in 'a:"model":"flat","flat_fee":"'"$5" 'b:"model":"flat","flat_fee":"'"$6" 'c:"model":"per_unit","unit_price":"'"$7"; do
        TENANT=$1 record price "\"price\":\"${price%%:*}\"" '"plan":"m"' '"product":"p"' "\"currency\":\"$2\"" '"valid_from":"2020-01-01"' '"billing":"in_advance"' "${price#*:}\""
    done
    for who in 1 2 3 4; do
        TENANT=$1 record customer "\"customer\":\"c-$who\"" "\"name\":\"C $who\"" "$8"
        TENANT=$1 record subscription "\"subscription\":\"s-$who\"" "\"customer\":\"c-$who\"" '"plan":"m"' '"quantity":"5"' '"start":"2026-10-02"'
        TENANT=$1 record subscription_change "\"subscription\":\"s-$who\"" '"at":"2026-10-20"' '"quantity":"1"'
    done
}
TENANTS="dinar euro gross quebec reverse yen"
catalog() {
    business yen JPY JP '' 3333 999 333 '"address":{"country":"JP"}'
    rate yen JP 10 '"name":"CT"' '"inclusive":true'
    business dinar KWD KW '' 33.333 9.999 3.333 '"address":{"country":"KW"}'
    rate dinar KW 5.5 '"name":"VAT"'
    business gross EUR DE '' 33.33 9.99 3.33 '"address":{"country":"DE"}'
    rate gross DE 19 '"name":"USt."' '"inclusive":true'
    business euro EUR DE '' 33.33 9.99 5.55 '"address":{"country":"DE"}'
    rate euro DE 19 '"name":"USt."'
    business quebec CAD CA QC 33.33 9.99 1 '"address":{"country":"CA","region":"QC"}'
    rate quebec CA 5 '"name":"GST"'
    rate quebec CA 9.975 '"name":"QST"' '"region":"QC"' '"on_top":true'
    business reverse EUR DE '' 33.33 9.99 7.77 '"address":{"country":"FR"},"business":true,"tax_id":"FR40303265045"'
    rate reverse DE 19 '"name":"USt."'
    rate reverse FR 20 '"name":"TVA"'
}
unit_of() { case $1 in yen) echo 1 ;; dinar) echo 0.001 ;; *) echo 0.01 ;; esac; }
decide() { # TENANT CORRECTION NUMBER ACTION ON FIELDS…
    TENANT=$1 record correction "\"correction\":\"$2\"" "\"invoice\":\"INV-2026-$(printf %06d "$3")\"" "\"action\":\"$4\"" "\"on\":\"$5\"" '"reason":"because"' "${@:6}"
}
decisions() { # INVOICES
    local tenant unit digits left
    for tenant in $TENANTS; do
        unit=$(unit_of "$tenant")
        decide "$tenant" p1 1 credit 2026-11-01 "\"net\":\"$unit\""
        decide "$tenant" p2 1 credit 2026-11-02 '"unused":{"numerator":1,"denominator":3}'
        decide "$tenant" p3 1 credit 2026-11-03 "\"lines\":[{\"line\":2,\"net\":\"$unit\"}]"
        decide "$tenant" p4 1 credit 2026-11-04 '"unused":{"numerator":1,"denominator":7}'
        decide "$tenant" p5 1 credit 2026-11-05
        decide "$tenant" p6 1 credit 2026-11-06 # nothing is left
        decide "$tenant" w1 2 credit 2026-11-01 '"unused":{"numerator":2,"denominator":3}'
        decide "$tenant" w2 2 write_off 2026-11-02
        decide "$tenant" w3 2 credit 2026-11-03
        decide "$tenant" w4 2 rebill 2026-11-04
        decide "$tenant" v1 3 void 2026-11-01
        decide "$tenant" v2 3 void 2026-11-02 # is void already
        decide "$tenant" v3 3 rebill 2026-11-03
        digits=${unit#*.} && [ "$unit" != 1 ] || digits=
        left=$(jq -r --arg t "$tenant" 'select(.tenant == $t and .number == "INV-2026-000004") | [.lines[2, 4].amount | tonumber] | add' "$1")
        decide "$tenant" l1 4 credit 2026-11-01 "\"lines\":[{\"line\":3,\"net\":\"$(LC_ALL=C printf "%.${#digits}f" "$left")\"},{\"line\":4,\"net\":\"$unit\"}]"
        decide "$tenant" l2 4 credit 2026-11-01 "\"lines\":[$(jq -r --arg t "$tenant" 'select(.tenant == $t and .number == "INV-2026-000004") |
            [.lines[] | select(.amount | startswith("-") | not) | {line, net: .amount} | tojson] | join(",")' "$1")]" # line 5 took off
        decide "$tenant" l3 4 credit 2026-11-02 "\"lines\":[{\"line\":3,\"net\":\"$(jq -r --arg t "$tenant" 'select(.tenant == $t and .number == "INV-2026-000004") |
            .lines[4].amount | ltrimstr("-")' "$1")\"}]" # which is left of that line, but line 5 gave it back
    done
}
bill_october() { # ROUND
    begin "$1"
    run 0 "$(basename "$1"): October is closed" -- mill "$1" close --period 2026-10
    mill "$1" dump --record invoice >"$1/invoices.jsonl"
    decisions "$1/invoices.jsonl" >"$1/decisions.jsonl"
    run 0 "$(basename "$1"): what is decided" -- mill "$1" import "$1/decisions.jsonl"
}
# What notes took of an invoice beside what it says, in the smallest unit: lines, then taxes.
balance() { # ROUND TENANT NUMBER
    mill "$1" dump | jq -rs --arg t "$2" --arg n "$3" 'map(select(.tenant == $t)) |
        def minor: tonumber * 1000 | round;
        (map(select(.record == "invoice" and .number == $n)) | .[0]) as $i |
        map(select(.record == "credit_note" and .corrects == $n)) as $notes |
        [($i.lines[] | .line as $l | ((.amount | minor) - (.discount | minor)) - ([$notes[].lines[] | select(.line == $l) | ((.amount | minor) - (.discount | minor))] | add // 0)),
         ($i.taxes[] | .tax_index as $x | (.tax | minor) - ([$notes[].taxes[] | select(.tax_index == $x) | .tax | minor] | add // 0)),
         ($i.total | minor) - ([$notes[].total | minor] | add // 0)] | map(select(. != 0)) | length'
}

round=$STORY_DIR/once
bill_october "$round"
run 3 "November is closed" -- mill "$round" close --period 2026-11
for tenant in $TENANTS; do
    equal "$tenant: five parts are the invoice, by line, by tax and in all" "$(balance "$round" "$tenant" INV-2026-000001)" 0
    equal "$tenant: so are two, one of them after it was written off" "$(balance "$round" "$tenant" INV-2026-000002)" 0
    equal "$tenant: no note is below zero" "$(mill "$round" dump --record credit_note | jq -r --arg t "$tenant" 'select(.tenant == $t and (.total | startswith("-"))) | .number')" ""
done
run 0 "what could not be done" -- mill "$round" parked --json
equal "is the same of each: nothing left, void already, more than was billed" \
    "$(jq -r '[.. | objects | select(.job? == "corrections") | .code] | group_by(.)[] | [.[0], length] | join(" ")' "$STORY_OUT")" "bad_status 6
more_than_left 12
nothing_left 6"
equal "what a line of the same invoice gave back is not credited again" \
    "$(jq -r '[.. | objects | select(.job? == "corrections" and .code == "more_than_left") | .reason | select(contains("of its billing period"))] | length' "$STORY_OUT")" 6
all_explained "$round"
run 0 "a part of prices that include the tax" -- mill "$round" explain --tenant gross CN-2026-000001
stdout_has "is said to include it" ", the tax included"
run 0 "numbers are proved" -- mill "$round" verify numbers
mill "$round" dump >"$STORY_DIR/once.jsonl"
keep_dump once "$STORY_DIR/once.jsonl"
ONE_RUN_A_DAY=0 computed "every figure comes out the same in another language" "$STORY_DIR/once.jsonl"
run 3 "a redo" -- mill "$round" redo close --period 2026-11 --reason "once more"
mill "$round" dump >"$STORY_DIR/again.jsonl"
same_file "changes nothing" "$STORY_DIR/again.jsonl" "$STORY_DIR/once.jsonl"

hurt=$STORY_DIR/hurt
bill_october "$hurt"
at "$hurt"
for instant in 02 03 04 05 06 08; do
    kill_after "0.$instant" close --period 2026-11 --workers 2
done
"${MILL_AT[@]}" resume >/dev/null 2>&1
mill "$hurt" close --period 2026-11 >/dev/null 2>&1 # by now it may be
mill "$hurt" dump --record credit_note | jq -c . >"$STORY_DIR/hurt.jsonl"
jq -c 'select(.record == "credit_note")' "$STORY_DIR/once.jsonl" >"$STORY_DIR/notes.jsonl"
same_file "the same notes" "$STORY_DIR/hurt.jsonl" "$STORY_DIR/notes.jsonl"

# ------------------------------------------------------------------ a fiscal year that begins in November

fiscal=$STORY_DIR/fiscal
round_new "$fiscal"
sed -i 's/^fiscal_year_start: .*/fiscal_year_start: 11/' "$fiscal/config/billmill.yaml"
mill "$fiscal" init >/dev/null 2>&1
catalog >"$fiscal/records.jsonl"
run 0 "a year that begins in November: its data" -- mill "$fiscal" import "$fiscal/records.jsonl"
run 0 "its last month is closed" -- mill "$fiscal" close --period 2026-10
decisions "$round/invoices.jsonl" | sed 's/INV-2026/INV-2025/' >"$fiscal/decisions.jsonl"
run 0 "and what is decided in its first" -- mill "$fiscal" import "$fiscal/decisions.jsonl"
run 3 "is done in its first" -- mill "$fiscal" close --period 2026-11
run 0 "its numbers are proved" -- mill "$fiscal" verify numbers --tenant yen --json
equal "by series and year: each begins with 1, and none is missing" \
    "$(jq -r '.series[] | [.series, .fiscal_year, .first, .count, .missing, .chain, .counter] | join(" ")' "$STORY_OUT" | sort)" "credit_note 2026 CN-2026-000001 8 0 true true
invoice 2025 INV-2025-000001 4 0 true true
invoice 2026 INV-2026-000001 6 0 true true"

story_end
