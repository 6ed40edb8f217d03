# Documents in other currencies than that of the books: in the books' currency too, by the rates of the day of their tax, with
# source, day and rule; what has no rate waits; nothing that was converted changes. Figures are worked by hand below.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
. tests/support/feeds.sh
story_begin
feeds_begin

# 100.00 USD, 10000 JPY, 100.00 CHF and 50.00 EUR a month, in arrears, with 19 %.
catalog() {
    local code
    berlin
    record product '"product":"p"' '"name":"Seat"'
    record plan '"plan":"p"' '"name":"Monthly"' '"interval":"month"'
    for code in USD:100 JPY:10000 CHF:100 EUR:50; do
        record price "\"price\":\"p-${code%:*}\"" '"plan":"p"' '"product":"p"' "\"currency\":\"${code%:*}\"" '"valid_from":"2020-01-01"' '"billing":"in_arrears"' \
            '"model":"flat"' "\"flat_fee\":\"${code#*:}\""
        record customer "\"customer\":\"c-${code%:*}\"" "\"name\":\"${code%:*} GmbH\"" '"address":{"country":"DE"}' "\"currency\":\"${code%:*}\""
        record subscription "\"subscription\":\"s-${code%:*}\"" "\"customer\":\"c-${code%:*}\"" '"plan":"p"' '"start":"2026-03-01"'
    done
}
in_books() { # ROUND: CUSTOMER NET TAX TOTAL FOR SOURCE PUBLISHED RULE
    mill "$1" dump | jq -rs '(map(select(.record == "invoice" or .record == "credit_note") | {key: .draft_key, value: .}) | from_entries) as $documents |
        .[] | select(.record == "invoice_conversion") | [$documents[.draft_key].number, $documents[.draft_key].customer, .net, .tax, .total, .currency, .date,
        .source, .publication_date, .rule] | join(" ")' | sort
}
number_of() { # ROUND CUSTOMER CUTOFF
    mill "$1" dump --record invoice | jq -r --arg c "$2" --arg on "$3" 'select(.customer == $c and .cutoff == $on) | .number'
}

round=$STORY_DIR/books
begin "$round"
asks "$round" "ecb ecb_zip /good/eurofxref-hist-cut.zip"
run 0 "March is closed" -- mill "$round" close --period 2026-03
run 3 "without rates nothing is converted" -- mill "$round" run invoice-convert --period 2026-03
run 0 "and that is parked" -- mill "$round" parked --json
equal "of each document in another currency" "$(jq -r '.items | map(.code) | join(" ")' "$STORY_OUT")" "no_exchange_rate no_exchange_rate no_exchange_rate"
run 0 "rates come" -- sync "$round" 2026-04-13
run 0 "what was parked is tried again" -- mill "$round" parked retry --all
# 2026-03-31: 1 EUR = 1.1498 USD = 183.39 JPY = 0.9194 CHF.
# 119.00 / 1.1498 = 103.496…, 19.00 / 1.1498 = 16.524…; 11900 / 183.39 = 64.889…, 1900 / 183.39 = 10.360…;
# 119.00 / 0.9194 = 129.432…, 19.00 / 0.9194 = 20.665…; nets are what is between.
equal "tax and total by the rates of 31 March, the net between them" "$(in_books "$round")" "INV-2026-000001 c-CHF 108.76 20.67 129.43 EUR 2026-03-31 ecb 2026-03-31 previous
INV-2026-000003 c-JPY 54.53 10.36 64.89 EUR 2026-03-31 ecb 2026-03-31 previous
INV-2026-000004 c-USD 86.98 16.52 103.50 EUR 2026-03-31 ecb 2026-03-31 previous"
number=$(number_of "$round" c-USD 2026-03-31)
run 0 "explain" -- mill "$round" explain "$number"
stdout_has "says it" "in the books: net"
stdout_has "and by what" "for 2026-03-31, rule previous: ecb of 2026-03-31, 1 EUR = "
run 0 "show" -- mill "$round" show invoice "$number" --json
equal "says it too" "$(jq -r '.in_books | [.currency, .source, .publication_date, (.differences | length)] | join(" ")' "$STORY_OUT")" "EUR ecb 2026-03-31 0"
mill "$round" dump >"$STORY_DIR/books.jsonl"
keep_dump books "$STORY_DIR/books.jsonl"
computed "another program comes to the same" "$STORY_DIR/books.jsonl"
stdout_has "also of the conversions" " 0 differences"
sed 's/"total":"103.50"/"total":"103.51"/' "$STORY_DIR/books.jsonl" >"$STORY_DIR/wrong.jsonl"
run 1 "and sees a cent" -- python3 tests/support/recompute.py "$STORY_DIR/wrong.jsonl"
all_explained "$round"

# ------------------------------------------------------------------ later

run 0 "the same once more" -- mill "$round" redo invoice-convert --period 2026-03 --reason "to see"
cat >"$STORY_DIR/corrected.csv" <<'END'
source,date,base,quote,rate,version
ecb,2026-03-31,EUR,USD,1.2,2
END
run 0 "a rate is corrected" -- mill "$round" import --record exchange_rate "$STORY_DIR/corrected.csv"
run 0 "and asked for again" -- mill "$round" redo invoice-convert --period 2026-03 --reason "to see"
equal "nothing that was converted changes" "$(mill "$round" dump --record invoice_conversion)" "$(jq -c 'select(.record == "invoice_conversion")' "$STORY_DIR/books.jsonl")"
run 0 "explain still agrees" -- mill "$round" explain "$number"
mill "$round" dump >"$STORY_DIR/corrected.jsonl"
take_dump "it moves" "$STORY_DIR/moved" "$STORY_DIR/corrected.jsonl"
{
    decide half "$(number_of "$round" c-CHF 2026-03-31)" credit 2026-04-20 '"net":"50"'
    decide whole "$number" credit 2026-04-20
} >"$STORY_DIR/half.jsonl"
run 0 "half of an invoice is credited, and another whole" -- mill "$round" import "$STORY_DIR/half.jsonl"
run 0 "April is closed" -- mill "$round" close --period 2026-04
asks "$round" "ecb ecb_csv /good/eurofxref-hist-cut.csv"
run 3 "April is converted" -- mill "$round" run invoice-convert --period 2026-04
# 59.50 / 0.9194 = 64.716…, 9.50 / 0.9194 = 10.332…, of March; for 30 April there is nothing later than the 13th.
# The dollar was corrected to 1.2 after its invoice was converted: the note gives back what that was in the books.
equal "the notes by the rates of their invoices" "$(in_books "$round" | grep '^CN' | cut -d' ' -f2-)" "c-CHF 54.39 10.33 64.72 EUR 2026-03-31 ecb 2026-03-31 previous
c-USD 86.98 16.52 103.50 EUR 2026-03-31 ecb 2026-03-31 previous"
run 0 "the others" -- mill "$round" parked --json
equal "wait for their day" "$(jq -r '.items | map(.code) | unique | join(" ")' "$STORY_OUT")" "no_exchange_rate"

# 30 April is a Thursday: a rate of the 29th is not enough, as long as nobody has asked for the 30th.
known() { # DAY
    printf 'source,date,base,quote,rate\n'
    for code in USD,1.2 JPY,180 CHF,0.9; do printf 'manual,%s,EUR,%s\n' "$1" "$code"; done
}
known 2026-04-29 >"$STORY_DIR/known.csv"
run 0 "rates by hand, of the day before" -- mill "$round" import --record exchange_rate "$STORY_DIR/known.csv"
run 3 "are not believed to be the last ones" -- mill "$round" parked retry --all
run 0 "which" -- mill "$round" parked
stdout_has "is said" "the rates of 2026-04-29 are there, and nobody has asked since for those up to 2026-04-30"
run 0 "who asks on the day" -- sync "$round" 2026-04-30
run 3 "may have been too early" -- mill "$round" parked retry --all
run 0 "who has asked since" -- sync "$round" 2026-05-01
run 0 "knows" -- mill "$round" parked retry --all
equal "and gets them" "$(in_books "$round" | grep 2026-04-30 | cut -d' ' -f2,5-)" "c-CHF 132.22 EUR 2026-04-30 manual 2026-04-29 previous
c-JPY 66.11 EUR 2026-04-30 manual 2026-04-29 previous
c-USD 99.17 EUR 2026-04-30 manual 2026-04-29 previous"
mill "$round" dump >"$STORY_DIR/april.jsonl"
keep_dump april "$STORY_DIR/april.jsonl"
computed "another program comes to the same" "$STORY_DIR/april.jsonl"
all_explained "$round"

# ------------------------------------------------------------------ printed

paper=$STORY_DIR/paper
begin "$paper"
asks "$paper" "ecb ecb_zip /good/eurofxref-hist-cut.zip"
sed -i 's/invoice-finalize, invoice-render/invoice-finalize, invoice-convert, invoice-render/' "$paper/config/jobs/close.yaml"
run 0 "where the rates are there before" -- sync "$paper" 2026-04-13
run 0 "and conversion is a step of the close" -- mill "$paper" close --period 2026-03
mill "$paper" dump >"$STORY_DIR/paper.jsonl"
keep_dump paper "$STORY_DIR/paper.jsonl"
if command -v pdftotext >/dev/null; then # German documents: figures as above
    printed() { # CUSTOMER: what of its invoice speaks of the conversion
        pdftotext -layout "$paper/data/documents/$(jq -r --arg c "$1" 'select(.record == "invoice" and .customer == $c) | .document.path' "$STORY_DIR/paper.jsonl")" - |
            sed -n '/Umgerechnet/,/^$/p' | tr -s ' \n' ' ' | sed 's/\xC2\xA0/ /g; s/ $//'
    }
    equal "the invoice says net, tax and total in the books' currency, the rate, its source and its day" "$(printed c-USD)" \
        "Umgerechnet: netto 86,98 EUR, USt. 16,52 EUR, gesamt 103,50 EUR; Wechselkurs 1 EUR = 1,1498 USD (ecb, 31. März 2026)."
    equal "so does one without cents" "$(printed c-JPY)" \
        "Umgerechnet: netto 54,53 EUR, USt. 10,36 EUR, gesamt 64,89 EUR; Wechselkurs 1 EUR = 183,39 JPY (ecb, 31. März 2026)."
    equal "one in the books' currency says nothing" "$(printed c-EUR)" ""
fi

# ------------------------------------------------------------------ killed, damaged

hurt=$STORY_DIR/hurt
for instant in 02 04 06 08 11; do
    round_copy "$STORY_DIR/moved" "$hurt"
    round_sql "$hurt" "DELETE FROM invoice_conversion" "DELETE FROM job_partition" "DELETE FROM job_execution" "DELETE FROM job_instance WHERE job = 'invoice-convert'"
    at "$hurt"
    kill_after "0.$instant" run invoice-convert --period 2026-03
    mill "$hurt" resume >"$hurt/out.txt" 2>&1
    mill "$hurt" run invoice-convert --period 2026-03 >"$hurt/out.txt" 2>&1
    equal "killed after 0.$instant s: as many as ever" "$(mill "$hurt" dump --record invoice_conversion | jq -r .total | sort -n | wc -l | tr -d ' ')" 3
done
round_copy "$round" "$hurt"
round_sql "$hurt" "UPDATE invoice_conversion SET tax_minor = tax_minor + 1"
run 65 "what was changed is seen" -- mill "$hurt" explain "$number"
stdout_has "and said" "differs: its amounts in the books' currency are not what its rates give"
story_end
