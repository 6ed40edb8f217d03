# Every way a line is taxed, from import to PDF, by figures worked out by hand: reverse charge, exemption, the
# halves of India, a province's tax on top of the country's, prices that include one tax or two, lines of two
# sets of taxes. Then parts and rests are credited; run again; the database moves; another program agrees.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
mill=$STORY_DIR/mill
data=$STORY_DIR/data.jsonl

# A tenant with a plan of one flat price: TENANT COUNTRY REGION CURRENCY ZONE FEE
tenant() {
    jq -nc --arg t "$1" --arg country "$2" --arg region "$3" --arg currency "$4" --arg zone "$5" --arg fee "$6" '
        {record: "tenant", tenant: $t, legal_name: ($t + " Ltd"), address: ({city: "Sample"} + if $region == "" then {} else {region: $region} end),
         country: $country, currency: $currency, timezone: $zone, locale: "en-US"},
        {record: "product", tenant: $t, product: "p", name: "Seat", tax_category: "standard"},
        {record: "plan", tenant: $t, plan: "m", name: "Monthly", interval: "month"},
        {record: "price", tenant: $t, price: "fee", valid_from: "2020-01-01", plan: "m", product: "p", model: "flat",
         currency: $currency, billing: "in_arrears", flat_fee: $fee}'
}
rate() { # TENANT COUNTRY REGION PERCENT NAME [FIELDS]
    jq -nc --arg t "$1" --arg country "$2" --arg region "$3" --arg rate "$4" --arg name "$5" --argjson fields "${6:-{\}}" '
        {record: "tax_rate", tenant: $t, country: $country, region: $region, category: "standard", valid_from: "2020-01-01",
         rate_percent: $rate, name: $name} + $fields'
}
customer() { # TENANT CUSTOMER COUNTRY REGION [FIELDS]
    jq -nc --arg t "$1" --arg c "$2" --arg country "$3" --arg region "$4" --argjson fields "${5:-{\}}" '
        {record: "customer", tenant: $t, customer: $c, name: $c,
         address: ({country: $country} + if $region == "" then {} else {region: $region} end)} + $fields,
        {record: "subscription", tenant: $t, subscription: $c, customer: $c, plan: "m", start: "2026-10-01"}'
}
{
    tenant eu DE "" EUR Europe/Berlin 99.99
    rate eu DE "" 19 VAT
    rate eu AT "" 20 VAT
    customer eu a-vienna AT "" '{"business":true,"tax_id":"ATU13585627"}'
    customer eu a-monaco MC "" '{"business":true,"tax_id":"FR40303265045"}'
    customer eu b-mistyped AT "" '{"business":true,"tax_id":"ATU13585626"}'
    customer eu c-person AT "" '{"tax_id":"ATU13585627"}'
    customer eu d-charity DE "" '{"tax_exempt":true}'
    customer eu e-home DE "" '{"business":true,"tax_id":"DE136695976"}'
    tenant india IN KA INR Asia/Kolkata 100.05
    rate india IN "" 18 GST
    customer india a-inside IN KA
    customer india b-across IN MH
    customer india c-nowhere IN ""
    tenant maple CA QC CAD America/Toronto 29.95
    rate maple CA "" 5 GST
    rate maple CA QC 9.975 QST '{"on_top":true}'
    rate maple CA ON 13 HST
    customer maple a-quebec CA QC
    customer maple b-ontario CA ON
    customer maple c-alberta CA AB
    jq -nc '{record: "product", tenant: "maple", product: "book", name: "Book", tax_category: "book"},
        {record: "tax_rate", tenant: "maple", country: "CA", category: "book", valid_from: "2020-01-01", rate_percent: "5", name: "GST"},
        {record: "plan", tenant: "maple", plan: "o", name: "Other", interval: "month"},
        {record: "price", tenant: "maple", price: "other", valid_from: "2020-01-01", plan: "o", product: "p", model: "flat",
         currency: "CAD", billing: "in_arrears", flat_fee: "10.03"},
        {record: "price", tenant: "maple", price: "reading", valid_from: "2020-01-01", plan: "o", product: "book", model: "flat",
         currency: "CAD", billing: "in_arrears", flat_fee: "8.88"},
        {record: "subscription", tenant: "maple", subscription: "more", customer: "a-quebec", plan: "o", start: "2026-10-01"}'
    tenant gross AU "" AUD Australia/Sydney 29.99
    rate gross AU "" 10 GST '{"inclusive":true}'
    rate gross AU NSW 5 Levy '{"inclusive":true,"on_top":true}'
    customer gross a-levied AU NSW
    customer gross b-plain AU VIC
} >"$data"

round_new "$mill"
mill "$mill" init >/dev/null
rate maple CA "" 1 Extra '{"on_top":true}' >"$STORY_DIR/bad.jsonl"
run 65 "a rate on top of nothing is refused" -- mill "$mill" import "$STORY_DIR/bad.jsonl"
stderr_has "and it says why" "on top of what"
run 0 "sellers, buyers and rates are imported" -- mill "$mill" import "$data"
stderr_has "a mistyped tax id is said, for its buyer is taxed as without one" 'taxed as without one: 1; the first is customer "b-mistyped": the check digits of tax id'
run 0 "and again" -- mill "$mill" import --quiet "$data"
run 0 "the month is closed" -- mill "$mill" close --period 2026-10
mill "$mill" dump >"$STORY_DIR/october.jsonl"
keep_dump october "$STORY_DIR/october.jsonl"

# 99.99 * 20 % = 19.998, * 19 % = 18.9981. 100.05 * 9 % = 9.0045 twice, but * 18 % = 18.009.
# 29.95 + 10.03 = 39.98: * 5 % = 1.999, * 9.975 % = 3.988005; the book has GST alone: 8.88 * 5 % = 0.444. 29.95 * 13 % = 3.8935.
# 29.99 / 1.15 = 26.0783, so 3.91 of tax, two thirds of it GST; 29.99 / 1.1 = 27.2636.
jq -r 'select(.record == "invoice") | . as $i | .taxes[] | [$i.customer, .name, .category, .rate_percent, .base, .tax, .beside_index // "-", $i.total] | @tsv' \
    "$STORY_DIR/october.jsonl" | sort >"$STORY_DIR/taxes"
sed 's/  */\t/g; s/Reverse\tcharge/Reverse charge/' >"$STORY_DIR/unsorted" <<'END_OF_TAXES'
a-monaco Reverse charge AE 0 99.99 0.00 - 99.99
a-vienna Reverse charge AE 0 99.99 0.00 - 99.99
b-mistyped VAT standard 20 99.99 20.00 - 119.99
c-person VAT standard 20 99.99 20.00 - 119.99
e-home VAT standard 19 99.99 19.00 - 118.99
a-inside CGST standard 9 100.05 9.00 - 118.05
a-inside SGST standard 9 100.05 9.00 1 118.05
b-across IGST standard 18 100.05 18.01 - 118.06
c-nowhere CGST standard 9 100.05 9.00 - 118.05
c-nowhere SGST standard 9 100.05 9.00 1 118.05
a-quebec GST standard 5 39.98 2.00 - 55.29
a-quebec QST standard 9.975 39.98 3.99 1 55.29
a-quebec GST book 5 8.88 0.44 - 55.29
b-ontario HST standard 13 29.95 3.89 - 33.84
c-alberta GST standard 5 29.95 1.50 - 31.45
a-levied GST standard 10 26.08 2.61 - 29.99
a-levied Levy standard 5 26.08 1.30 1 29.99
b-plain GST standard 10 27.26 2.73 - 29.99
END_OF_TAXES
printf 'd-charity\tExempt from tax\tE\t0\t99.99\t0.00\t-\t99.99\n' | sort - "$STORY_DIR/unsorted" >"$STORY_DIR/expected"
same_file "each buyer pays what was worked out by hand" "$STORY_DIR/taxes" "$STORY_DIR/expected"
# 1.50 and 2.99 of the seat; 0.50 and 1.00 of the other: 200 * 29.95 / 39.98 = 149.8, 399 * 29.95 / 39.98 = 298.9
equal "a line's tax is the sum of its taxes" "$(jq -r 'select(.customer == "a-quebec" and .record == "invoice") | .lines[] |
    [.price, .tax, (.tax_index | tostring)] | join(" ")' "$STORY_DIR/october.jsonl" | sort | tr '\n' ,)" "fee 4.49 1,other 1.50 1,reading 0.44 3,"
equal "reverse charge and exemption say why there is no tax" "$(jq -r 'select(.record == "invoice") | .taxes[] | .note // empty' "$STORY_DIR/october.jsonl" | sort -u)" \
    "Exempt from tax
Reverse charge: the recipient accounts for the value added tax (Directive 2006/112/EC, article 196)."

# ------------------------------------------------------------------ what people read

number_of() { jq -r --arg c "$1" 'select(.record == "invoice" and .customer == $c) | .number' "$STORY_DIR/october.jsonl"; }
pdf_of() { jq -r --arg c "$1" 'select(.record == "invoice" and .customer == $c) | .document.path' "$STORY_DIR/october.jsonl"; }
if command -v pdftotext >/dev/null; then
    pdftotext -layout "$mill/data/documents/$(pdf_of a-vienna)" "$STORY_DIR/vienna.txt"
    check "the document says reverse charge" -- grep -q "Reverse charge 0.*(AE)" "$STORY_DIR/vienna.txt"
    check "and by which law" -- grep -q "2006/112/EC, article 196" "$STORY_DIR/vienna.txt"
    pdftotext -layout "$mill/data/documents/$(pdf_of d-charity)" "$STORY_DIR/charity.txt"
    check "an exempt buyer reads so" -- grep -q "Exempt from tax" "$STORY_DIR/charity.txt"
    check "with the sum that is" -- grep -q "Exempt from tax 0.*(E) on .*99\.99" "$STORY_DIR/charity.txt"
    pdftotext -layout "$mill/data/documents/$(pdf_of a-quebec)" "$STORY_DIR/quebec.txt"
    check "two taxes have two rows" -- grep -Eq "QST 9\.975.*39\.98 .*3\.99" "$STORY_DIR/quebec.txt"
    equal "and a line both rates" "$(grep -c "5% +" "$STORY_DIR/quebec.txt") $(grep -c "  9\.975%$" "$STORY_DIR/quebec.txt")" "2 2"
fi
for customer in eu/a-vienna eu/d-charity india/a-inside india/b-across maple/a-quebec maple/b-ontario gross/a-levied; do
    run 0 "the invoice of ${customer#*/} is explained without a difference" -- mill "$mill" explain --tenant "${customer%/*}" "$(number_of "${customer#*/}")"
    equal "by the rates of today" "$(grep -c "tax tables say" "$STORY_OUT")" 0
done
run 0 "both taxes of a line are explained" -- mill "$mill" explain --tenant maple "$(number_of a-quebec)"
stdout_has "the country's" "tax 1: GST 5 % on category standard: 1.50 of it falls on this line"
stdout_has "and the province's" "tax 2: QST 9.975 % on category standard: 2.99 of it falls on this line"
run 0 "and in JSON" -- mill "$mill" explain --json --tenant maple "$(number_of a-quebec)"
equal "with their parts" "$(jq -c '.taxes | map([.lines[].tax])' "$STORY_OUT")" '[["1.50","0.50"],["2.99","1.00"],["0.44"]]'

# ------------------------------------------------------------------ run again

run 0 "the month is closed again" -- mill "$mill" close --period 2026-10
mill "$mill" dump >"$STORY_DIR/again.jsonl"
check "which changes nothing" -- cmp "$STORY_DIR/october.jsonl" "$STORY_DIR/again.jsonl"

# ------------------------------------------------------------------ a part and the rest are credited

decide() { # TENANT CUSTOMER CORRECTION ON [FIELDS]
    jq -nc --arg t "$1" --arg c "$3" --arg i "$(number_of "$2")" --arg on "$4" --argjson fields "${5:-{\}}" '
        {record: "correction", tenant: $t, correction: $c, invoice: $i, action: "credit", on: $on, reason: "because"} + $fields'
}
{
    decide maple a-quebec quebec-1 2026-11-02 '{"lines":[{"line":1,"net":"10.00"}]}'
    decide maple a-quebec quebec-2 2026-11-03
    decide india a-inside india-1 2026-11-02 '{"unused":{"numerator":1,"denominator":2}}'
    decide india a-inside india-2 2026-11-03
    decide gross a-levied gross-1 2026-11-02 '{"net":"11.50"}'
    decide gross a-levied gross-2 2026-11-03
    decide eu a-vienna vienna-1 2026-11-02 '{"net":"50.00"}'
    decide eu a-vienna vienna-2 2026-11-03
} >"$STORY_DIR/decisions.jsonl"
run 0 "parts and rests are to be credited" -- mill "$mill" import --quiet "$STORY_DIR/decisions.jsonl"
run 0 "which is done" -- mill "$mill" close --period 2026-11
mill "$mill" dump >"$STORY_DIR/november.jsonl"
keep_dump november "$STORY_DIR/november.jsonl"
jq -r 'select(.record == "credit_note") | . as $i | .taxes[] | [$i.customer, $i.number, .name, .base, .tax, $i.total] | join(" ")' \
    "$STORY_DIR/november.jsonl" | sort >"$STORY_DIR/credited"
# 10 * 9.975 % = 0.9975. Half of 100.05 is 50.03: * 9 % = 4.5027. 11.50 / 1.15 = 10.
cat >"$STORY_DIR/expected" <<'END_OF_NOTES'
a-inside CN-2026-000001 CGST 50.03 4.50 59.03
a-inside CN-2026-000001 SGST 50.03 4.50 59.03
a-inside CN-2026-000002 CGST 50.02 4.50 59.02
a-inside CN-2026-000002 SGST 50.02 4.50 59.02
a-levied CN-2026-000001 GST 10.00 1.00 11.50
a-levied CN-2026-000001 Levy 10.00 0.50 11.50
a-levied CN-2026-000002 GST 16.08 1.61 18.49
a-levied CN-2026-000002 Levy 16.08 0.80 18.49
a-quebec CN-2026-000001 GST 10.00 0.50 11.50
a-quebec CN-2026-000001 QST 10.00 1.00 11.50
a-quebec CN-2026-000002 GST 29.98 1.50 43.79
a-quebec CN-2026-000002 GST 8.88 0.44 43.79
a-quebec CN-2026-000002 QST 29.98 2.99 43.79
a-vienna CN-2026-000001 Reverse charge 50.00 0.00 50.00
a-vienna CN-2026-000002 Reverse charge 49.99 0.00 49.99
END_OF_NOTES
same_file "each tax by its rate, the rest to the cent" "$STORY_DIR/credited" "$STORY_DIR/expected"
equal "a credit note says why it has no tax, too" "$(jq -r 'select(.record == "credit_note" and .customer == "a-vienna") | .taxes[].note' "$STORY_DIR/november.jsonl" | sort -u | cut -c1-15)" "Reverse charge:"

# ------------------------------------------------------------------ moved, and computed again

take_dump "another database takes the dump" "$STORY_DIR/moved" "$STORY_DIR/november.jsonl"
run 0 "its hashes are those of its documents" -- mill "$STORY_DIR/moved" verify numbers
if python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    run 0 "it comes out the same in another language" -- python3 tests/support/recompute.py "$STORY_DIR/november.jsonl" "$mill/data/documents"
    stdout_has "without a difference" ", 0 differences"
fi

# A tax id that is right decides whose the tax is, so it is kept while a taxed draft waits; afterwards it may be corrected.
jq -c 'select(.record == "customer" and .customer == "b-mistyped") | .tax_id = "ATU13585627"' "$data" >"$STORY_DIR/corrected.jsonl"
run 0 "a tax id is corrected" -- mill "$mill" import --quiet "$STORY_DIR/corrected.jsonl"
run 0 "and the next month is closed" -- mill "$mill" close --period 2026-12
equal "without the tax" "$(mill "$mill" dump --record invoice | jq -r 'select(.customer == "b-mistyped") | [.cutoff, .tax] | join(" ")')" \
    "2026-10-31 20.00
2026-11-30 20.00
2026-12-31 0.00"

# ------------------------------------------------------------------ in the language of the document

words=$STORY_DIR/words
round_new "$words"
mill "$words" init >/dev/null
{
    tenant eu DE "" EUR Europe/Berlin 99.99 | jq -c 'if .record == "tenant" then .locale = "de-DE" else . end'
    rate eu DE "" 19 USt.
    rate eu AT "" 20 USt.
    rate eu FR "" 20 TVA
    rate eu GR "" 24 ΦΠΑ
    customer eu a-vienna AT "" '{"business":true,"tax_id":"ATU13585627"}'
    customer eu b-paris FR "" '{"business":true,"tax_id":"FR40303265045","locale":"fr-FR"}'
    customer eu c-charity DE "" '{"tax_exempt":true}'
    customer eu d-school DE "" '{"tax_exempt":true,"tax_exempt_reason":"Steuerfrei nach § 4 Nr. 21 UStG (Bescheinigung der Schule)."}'
    customer eu e-athens GR "" '{"tax_exempt":true,"locale":"el-GR"}'
} >"$words/data.jsonl"
run 0 "buyers of several languages" -- mill "$words" import --quiet "$words/data.jsonl"
mkdir -p "$words/config/tax"
echo '{"as_of":"2025-10-30","files":[]}' >"$words/config/tax/manifest.json"
is_old="are those of 2025-10-30, more than 12 months before the business date 2026-10-31"
says_age() { grep -c "$is_old" "$STORY_ERR"; }
for job in period-advance rating; do run 0 "$job" -- mill "$words" run "$job" --period 2026-10; done
equal "who chooses no taxes is not told of their age" "$(says_age)" 0
run 0 "tax" -- mill "$words" run tax --period 2026-10
equal "the run that chooses taxes says how old the rates are" "$(says_age)" 1
run 0 "tax once more" -- mill "$words" run tax --period 2026-10
equal "which is said by who works" "$(says_age)" 0

changed() { # CUSTOMER FILTER: the record as it would be
    jq -c --arg c "$1" "select(.record == \"customer\" and .customer == \$c) | $2" "$words/data.jsonl" >"$words/changed.jsonl"
}
refused() { # NAME FIELD CUSTOMER FILTER
    changed "$3" "$4"
    run 65 "$1, while a taxed draft waits for its number" -- mill "$words" import "$words/changed.jsonl"
    stderr_has "is refused: what is wrong" "$2"
    stderr_has "and what to do" "finish that run first"
}
refused "another tax id" tax_id a-vienna '.tax_id = "ATU13585628"'
refused "no tax id" tax_id a-vienna 'del(.tax_id)'
refused "no business any more" business a-vienna '.business = false'
refused "another reason" tax_exempt_reason d-school '.tax_exempt_reason = "another"'
refused "another language" locale b-paris '.locale = "de"'
changed a-vienna '.name = "Wien GmbH" | .email = "rechnung@example.com"'
run 0 "what no tax depends on may change" -- mill "$words" import "$words/changed.jsonl"
run 0 "the month is closed" -- mill "$words" close --period 2026-10
equal "a close says it too" "$(says_age)" 1
mill "$words" dump >"$STORY_DIR/words.jsonl"
keep_dump words "$STORY_DIR/words.jsonl"
equal "each note in the language of its document" "$(jq -r 'select(.record == "invoice") | [.customer, .taxes[].note] | join(" ")' "$STORY_DIR/words.jsonl" | sort)" \
    "a-vienna Steuerschuldnerschaft des Leistungsempfängers (Richtlinie 2006/112/EG, Artikel 196).
b-paris Autoliquidation (directive 2006/112/CE, article 196).
c-charity Steuerfrei
d-school Steuerfrei nach § 4 Nr. 21 UStG (Bescheinigung der Schule).
e-athens Απαλλάσσεται από φόρο"
if command -v pdftotext >/dev/null; then
    for said in "b-paris Autoliquidation" "d-school Bescheinigung" "e-athens Απαλλάσσεται"; do
        pdftotext -layout "$words/data/documents/$(jq -r --arg c "${said%% *}" 'select(.record == "invoice" and .customer == $c) | .document.path' "$STORY_DIR/words.jsonl")" "$STORY_DIR/said.txt"
        check "its paper says so: $said" -- grep -q "${said#* }" "$STORY_DIR/said.txt"
    done
fi
changed d-school '.tax_exempt_reason = "Another reason."'
run 0 "afterwards it may change" -- mill "$words" import "$words/changed.jsonl"
run 0 "the document does not" -- mill "$words" verify numbers
run 0 "the next month is closed" -- mill "$words" close --period 2026-11
equal "the next document says the new one" "$(mill "$words" dump --record invoice | jq -r 'select(.customer == "d-school") | .taxes[].note')" \
    "Steuerfrei nach § 4 Nr. 21 UStG (Bescheinigung der Schule).
Another reason."
changed c-charity '.tax_exempt = false | .tax_exempt_reason = "none"'
run 65 "a reason for one who is not exempt" -- mill "$words" import "$words/changed.jsonl"
stderr_has "is refused" "belongs to customers with tax_exempt"

story_end
