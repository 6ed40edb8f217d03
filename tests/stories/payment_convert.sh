# What is paid of invoices in other currencies than that of the books: worth there by the rates of its day, and what was gained or
# lost since the invoice; in parts, too much, given back, credited, without a rate, killed, moved. Figures are worked by hand below.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
. tests/support/feeds.sh
story_begin
feeds_begin

# Each has one invoice, of March, in arrears, with 19 %.
WHO="parts:USD over:USD noted:USD late:USD yen:JPY gain:CHF home:EUR"
catalog() {
    local each who code
    berlin
    record product '"product":"p"' '"name":"Seat"'
    record plan '"plan":"p"' '"name":"Monthly"' '"interval":"month"'
    for each in USD:100 JPY:10000 CHF:100 EUR:50; do
        record price "\"price\":\"p-${each%:*}\"" '"plan":"p"' '"product":"p"' "\"currency\":\"${each%:*}\"" '"valid_from":"2020-01-01"' '"billing":"in_arrears"' \
            '"model":"flat"' "\"flat_fee\":\"${each#*:}\""
    done
    for each in $WHO; do
        IFS=: read -r who code <<<"$each"
        record customer "\"customer\":\"$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}' "\"currency\":\"$code\""
        record subscription "\"subscription\":\"s-$who\"" "\"customer\":\"$who\"" '"plan":"p"' '"start":"2026-03-01"' '"cancel_at":"2026-04-01"'
    done
}
number_of() { # CUSTOMER
    dump_of "$round" invoice | jq -r --arg c "$1" 'select(.customer == $c) | .number'
}
paid() { # REFERENCE CUSTOMER CURRENCY AMOUNT AT
    record payment "\"gateway_reference\":\"$1\"" "\"customer\":\"$2\"" "\"invoice\":\"$(number_of "$2")\"" "\"currency\":\"$3\"" "\"amount\":\"$4\"" "\"at\":\"$5\""
}
given_back() { # REFERENCE PAYMENT CURRENCY AMOUNT AT
    record refund "\"gateway_reference\":\"$1\"" "\"payment\":\"$2\"" "\"currency\":\"$3\"" "\"amount\":\"$4\"" "\"at\":\"$5\""
}
know() { # NAME: the records on stdin
    cat >"$STORY_DIR/facts.jsonl"
    run 0 "$1" -- mill "$round" import "$STORY_DIR/facts.jsonl"
}
converted() { # ROUND: entry, reference, settled, worth, relieved, difference, day, day of the rate
    mill "$1" dump --record payment_conversion | jq -r '[.reference, .entry, .settled, .worth, .relieved, .difference, .currency, .date, .publication_date] | join(" ")' | sort
}

round=$STORY_DIR/paid
begin "$round"
asks "$round" "ecb ecb_zip /good/eurofxref-hist-cut.zip"
run 0 "March is closed" -- mill "$round" close --period 2026-03
{
    paid parts-1 parts USD 60.00 2026-04-02T10:00:00Z
    paid parts-2 parts USD 59.00 2026-04-07T22:30:00Z # in Berlin it is the 8th
    paid gain-1 gain CHF 119.00 2026-04-01T10:00:00Z
    paid yen-1 yen JPY 11900 2026-04-10T10:00:00Z
    paid home-1 home EUR 59.50 2026-04-02T10:00:00Z
    paid over-1 over USD 130.00 2026-04-09T10:00:00Z
    given_back over-2 over-1 USD 20.00 2026-04-10T10:00:00Z
    paid noted-1 noted USD 119.00 2026-04-13T10:00:00Z
} | know "they pay"
run 0 "what is not converted" -- mill "$round" run payment-convert --date 2026-04-07
equal "has no difference" "$(converted "$round")" ""
run 0 "rates come" -- sync "$round" 2026-04-13
run 0 "the invoices are converted" -- mill "$round" run invoice-convert --period 2026-03
decide half "$(number_of noted)" credit 2026-04-03 '"net":"50"' | know "half of one is credited"
run 0 "in April" -- mill "$round" run corrections --period 2026-04

# 31 March: 119.00 USD are 103.50 EUR (1.1498), 119.00 CHF 129.43 (0.9194), 11900 JPY 64.89 (183.39).
# 60.00 USD of 2 April, 1.1525: 52.060…; of the total 103.50 · 60 / 119 = 52.184…: a loss of 0.12.
# 119.00 CHF of 1 April, 0.9191: 129.474…: a gain of 0.04.
FIRST="gain-1 1 119 129.47 129.43 0.04 EUR 2026-04-01 2026-04-01"
SECOND="parts-1 1 60 52.06 52.18 -0.12 EUR 2026-04-02 2026-04-02"
run 0 "until the 7th" -- mill "$round" redo payment-convert --date 2026-04-07 --reason "rates came"
equal "by the rates of their days; in the books' own currency there is none" "$(converted "$round")" "$FIRST
$SECOND"
run 0 "until the 13th" -- mill "$round" run payment-convert --date 2026-04-13
# 59.00 of 8 April, 1.1706: 50.401…; the rest of the total, 103.50 - 52.18 = 51.32: a loss of 0.92.
# 11900 JPY of 10 April, 186.43: 63.830…: a loss of 1.06.
# Of 130.00 USD 119.00 are owed; of 9 April, 1.1685: 101.839…: a loss of 1.66. 20.00 come back, 11.00 of them were too much:
# 9.00 of 10 April, 1.1711: 7.685…; 103.50 · 110 / 119 = 95.672…, which is 7.83 less: the loss of them is less by 0.14.
# Of 119.00 USD 59.50 are owed beside the credit; of 13 April, 1.1684: 50.924…; half of the total 51.75: a loss of 0.83.
equal "the parts add up to the total, what was too much settles nothing, what comes back takes back" "$(converted "$round")" "$FIRST
noted-1 1 59.5 50.92 51.75 -0.83 EUR 2026-04-13 2026-04-13
over-1 1 119 101.84 103.50 -1.66 EUR 2026-04-09 2026-04-09
over-2 2 -9 -7.69 -7.83 0.14 EUR 2026-04-10 2026-04-10
$SECOND
parts-2 2 59 50.40 51.32 -0.92 EUR 2026-04-08 2026-04-08
yen-1 1 11900 63.83 64.89 -1.06 EUR 2026-04-10 2026-04-10"
run 0 "the same once more" -- mill "$round" redo payment-convert --date 2026-04-13 --reason "to see"
equal "changes nothing" "$(converted "$round" | wc -l | tr -d ' ')" 7

# ------------------------------------------------------------------ without a rate

paid late-1 late USD 119.00 2026-04-29T10:00:00Z | know "another one pays"
run 3 "on a day without a rate" -- mill "$round" run payment-convert --date 2026-04-29
run 0 "it is parked" -- mill "$round" parked --json
equal "and says why" "$(jq -r '.items | map(.code) | join(" ")' "$STORY_OUT")" "no_exchange_rate"
printf 'source,date,base,quote,rate\nmanual,2026-04-29,EUR,USD,1.2\n' >"$STORY_DIR/manual.csv"
run 0 "the rate comes" -- mill "$round" import --record exchange_rate "$STORY_DIR/manual.csv"
run 0 "it is tried again" -- mill "$round" parked retry --all
# 119.00 / 1.2 = 99.166…
equal "and is a loss" "$(converted "$round" | grep late)" "late-1 1 119 99.17 103.50 -4.33 EUR 2026-04-29 2026-04-29"

# ------------------------------------------------------------------ what people see

number=$(number_of parts)
run 0 "explain" -- mill "$round" explain "$number"
stdout_has "says each" "payment parts-2 settles 59.00 USD: worth 50.40, for 51.32 of the total, difference -0.92 EUR"
stdout_has "by what" "for 2026-04-08, rule previous: ecb of 2026-04-08, 1 EUR = 1.1706 USD"
stdout_has "and all" "exchange difference: -1.04 EUR"
run 0 "show" -- mill "$round" show invoice "$number" --json
equal "says it too" "$(jq -r '.in_books | [.exchange_difference, (.differences | length), (.payments | map("\(.reference) \(.settled) \(.difference)"))[]] | join(" ")' "$STORY_OUT")" \
    "-1.04 0 parts-1 60.00 -0.12 parts-2 59.00 -0.92"
run 0 "show" -- mill "$round" show invoice "$number"
stdout_has "for people" "exchange difference: -1.04 EUR"
mill "$round" dump >"$STORY_DIR/paid.jsonl"
keep_dump paid "$STORY_DIR/paid.jsonl"
computed "another program comes to the same" "$STORY_DIR/paid.jsonl"
stdout_has "also of the differences" " 0 differences"
sed 's/"difference":"-0.92"/"difference":"-0.91"/' "$STORY_DIR/paid.jsonl" >"$STORY_DIR/wrong.jsonl"
run 1 "and sees a cent" -- python3 tests/support/recompute.py "$STORY_DIR/wrong.jsonl"
sed 's/"settled":"-9"/"settled":"-10"/' "$STORY_DIR/paid.jsonl" >"$STORY_DIR/wrong.jsonl"
run 1 "and what settles too much" -- python3 tests/support/recompute.py "$STORY_DIR/wrong.jsonl"
all_explained "$round"
take_dump "it moves" "$STORY_DIR/moved" "$STORY_DIR/paid.jsonl"
all_explained "$STORY_DIR/moved"

# ------------------------------------------------------------------ later

printf 'source,date,base,quote,rate,version\necb,2026-04-08,EUR,USD,1.3,2\n' >"$STORY_DIR/corrected.csv"
run 0 "a rate is corrected" -- mill "$round" import --record exchange_rate "$STORY_DIR/corrected.csv"
paid parts-0 parts USD 1.00 2026-04-01T10:00:00Z | know "a payment is imported late"
run 0 "and all asked for again" -- mill "$round" redo payment-convert --date 2026-04-13 --reason "to see"
equal "what was converted stays; the late one comes behind it, and is too much" "$(converted "$round" | grep parts)" "parts-0 3 0 0.00 0.00 0.00 EUR 2026-04-01 2026-04-01
$SECOND
parts-2 2 59 50.40 51.32 -0.92 EUR 2026-04-08 2026-04-08"
mill "$round" dump >"$STORY_DIR/later.jsonl"
keep_dump later "$STORY_DIR/later.jsonl"
computed "another program comes to the same" "$STORY_DIR/later.jsonl"
all_explained "$round"

# ------------------------------------------------------------------ killed, damaged

jq -c 'select(.record == "payment_conversion")' "$STORY_DIR/paid.jsonl" >"$STORY_DIR/rows.jsonl"
hurt=$STORY_DIR/hurt
for instant in 02 04 06 08 11; do
    round_copy "$STORY_DIR/moved" "$hurt"
    chunks_of "$hurt" 2
    round_sql "$hurt" "DELETE FROM payment_conversion" "DELETE FROM job_partition" "DELETE FROM job_execution" "DELETE FROM job_instance WHERE job = 'payment-convert'"
    at "$hurt"
    kill_after "0.$instant" run payment-convert --date 2026-04-29
    mill "$hurt" resume >"$hurt/out.txt" 2>&1
    mill "$hurt" run payment-convert --date 2026-04-29 >"$hurt/out.txt" 2>&1
    mill "$hurt" dump --record payment_conversion >"$hurt/rows.jsonl"
    same_file "killed after 0.$instant s: the same rows" "$hurt/rows.jsonl" "$STORY_DIR/rows.jsonl"
done
round_copy "$STORY_DIR/moved" "$hurt"
round_sql "$hurt" "UPDATE payment_conversion SET difference_minor = difference_minor + 1"
run 65 "what was changed is seen" -- mill "$hurt" explain "$number"
stdout_has "and said" "differs: the exchange difference of a payment is not what its rate gives"
round_copy "$STORY_DIR/moved" "$hurt"
round_sql "$hurt" "UPDATE payment_conversion SET from_rate = '1.17'"
run 65 "so is a rate" -- mill "$hurt" explain "$number"
stdout_has "that was not published" "differs: the rates of a payment are not those that were published"
story_end
