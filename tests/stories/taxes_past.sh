# The taxes of past periods: rates change between what was supplied and what is billed of it, later or again. Each line
# has the rate of its supply's day, by figures worked out by hand, whether it is billed in time, late or all at once;
# run again; the database moves; another program agrees.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
mill=$STORY_DIR/mill
late=$STORY_DIR/late
data=$STORY_DIR/data.jsonl

customer() { # CUSTOMER COUNTRY [FIELDS]
    jq -nc --arg c "$1" --arg country "$2" --argjson fields "${3:-{\}}" \
        '{record: "customer", tenant: "t", customer: $c, name: $c, address: {country: $country}} + $fields'
}
subscription() { # SUBSCRIPTION CUSTOMER PLAN START QUANTITY [FIELDS]
    jq -nc --arg s "$1" --arg c "$2" --arg plan "$3" --arg start "$4" --arg q "$5" --argjson fields "${6:-{\}}" \
        '{record: "subscription", tenant: "t", subscription: $s, customer: $c, plan: $plan, start: $start, quantity: $q} + $fields'
}
usage() { # KEY SUBSCRIPTION VALUE AT
    jq -nc --arg k "$1" --arg s "$2" --arg v "$3" --arg at "$4" '{record: "usage", tenant: "t", meter: "calls", key: $k, subscription: $s, value: $v, at: $at}'
}
rates() { # COUNTRY BEFORE SINCE NAME: since February another one
    jq -nc --arg country "$1" --arg before "$2" --arg since "$3" --arg name "$4" '
        {record: "tax_rate", tenant: "t", country: $country, category: "standard", name: $name} |
        . + {valid_from: "2020-01-01", valid_to: "2026-02-01", rate_percent: $before}, . + {valid_from: "2026-02-01", rate_percent: $since}'
}
{
    jq -nc '{record: "tenant", tenant: "t", legal_name: "T Ltd", address: {city: "Sample"}, country: "DE", currency: "EUR", timezone: "Europe/Berlin", locale: "en-US"},
        {record: "product", tenant: "t", product: "p", name: "Seat", tax_category: "standard"},
        {record: "meter", tenant: "t", meter: "calls", aggregation: "sum"},
        ({record: "plan", tenant: "t", name: "Plan"} | . + {plan: "seat", interval: "month"}, . + {plan: "year", interval: "year"}, . + {plan: "calls", interval: "month"}),
        ({record: "price", tenant: "t", product: "p", valid_from: "2020-01-01", currency: "EUR", billing: "in_advance"} |
            . + {price: "seat", plan: "seat", model: "per_unit", unit_price: "30.00"}, . + {price: "year", plan: "year", model: "flat", flat_fee: "365.00"},
            . + {price: "calls", plan: "calls", meter: "calls", model: "per_unit", unit_price: "1.00", billing: "in_arrears"},
            . + {price: "fee", plan: "calls", model: "flat", flat_fee: "31.00"},
            . + {price: "care", plan: "calls", model: "flat", flat_fee: "10.00", billing: "in_arrears"})'
    rates DE 16 19 USt.
    rates FR 20 25 TVA
    customer a DE
    subscription a a seat 2026-01-01 10
    customer b FR
    subscription b b year 2026-01-01 1
    customer c FR
    subscription c c calls 2026-01-01 1
    usage c1 c 120 2026-01-05T10:00:00Z
    usage c2 c 7 2026-02-05T10:00:00Z
    # From the 15th on, in two months with different rates.
    customer e DE
    subscription e e calls 2026-01-15 1
    usage e1 e 50 2026-01-20T10:00:00Z
} >"$data"
# What becomes known after February was billed.
{
    subscription a a seat 2026-01-01 10 '{"cancel_at":"2026-01-16"}'
    subscription b b year 2026-01-01 1 '{"cancel_at":"2026-03-01"}'
    usage c3 c 30 2026-01-06T10:00:00Z
} >"$STORY_DIR/news.jsonl"

start() { # ROUND FILES...
    round_new "$1"
    mill "$1" init >/dev/null
    run 0 "sellers, buyers and rates are imported: ${1##*/}" -- mill "$1" import --quiet "${@:2}"
}
close() { # ROUND PERIODS...
    local period
    for period in "${@:2}"; do run 0 "$period is closed: ${1##*/}" -- mill "$1" close --period "$period"; done
}
# Of a document by itself amounts have the signs of an invoice.
lines_of() { # DUMP CUSTOMER...
    jq -r '(select(.record == "invoice"), select(.record == "credit_note" and .corrects == null)) | (if .record == "invoice" then 1 else -1 end) as $sign |
        . as $i | .lines[] | . as $l | [$i.customer, $l.kind, $l.price, $l.period_start, $l.period_end, ($l.amount | tonumber * $sign), ($l.tax | tonumber * $sign),
        ([$i.taxes[] | select(.tax_index == $l.tax_index) | .rate_percent] | join("+"))] | @tsv' "$1" | sort
}

start "$mill" "$data"
close "$mill" 2025-12 2026-01
run 0 "what was not known" -- mill "$mill" import --quiet "$STORY_DIR/news.jsonl"
run 0 "what will be given back is previewed" -- mill "$mill" preview a --period 2026-02
stdout_has "with the documents that billed it" " gives back of INV-2025-000001 of 2025-12-31"
run 0 "as JSON" -- mill "$mill" preview a --period 2026-02 --json
equal "line by line" "$(jq -c '[.drafts[].lines[] | select(.kind == "reversal:recurring") | .gives_back_of[] | [.document, .line]] | sort' "$STORY_OUT")" \
    '[["INV-2025-000001",1],["INV-2026-000001",1]]'
close "$mill" 2026-02
mill "$mill" dump >"$STORY_DIR/months.jsonl"
keep_dump months "$STORY_DIR/months.jsonl"

# Ahead: January at the rate of its first day. 300 * 16 % = 48 is taken back with 16 %, and half of it (15/31 of 300 =
# 145.16, * 16 % = 23.2256) charged with it. The year: 365 - 59 at 20 %.
# In arrears, and late: usage of January at the rate of its last day; of the month until 14 February at that of February.
lines_of "$STORY_DIR/months.jsonl" >"$STORY_DIR/lines"
sed 's/  */\t/g' >"$STORY_DIR/expected" <<'END_OF_LINES'
a recurring seat 2026-01-01 2026-02-01 300 48 16
a recurring seat 2026-02-01 2026-03-01 300 57 19
a recurring:2 seat 2026-01-01 2026-01-16 145.16 23.23 16
a reversal:recurring seat 2026-01-01 2026-02-01 -300 -48 16
a reversal:recurring seat 2026-02-01 2026-03-01 -300 -57 19
b recurring year 2026-01-01 2027-01-01 365 73 20
b recurring:2 year 2026-01-01 2026-03-01 59 11.8 20
b reversal:recurring year 2026-01-01 2027-01-01 -365 -73 20
c late_usage calls 2026-01-01 2026-02-01 30 6 20
c recurring care 2026-01-01 2026-02-01 10 2 20
c recurring care 2026-02-01 2026-03-01 10 2.5 25
c recurring fee 2026-01-01 2026-02-01 31 6.2 20
c recurring fee 2026-02-01 2026-03-01 31 7.75 25
c recurring fee 2026-03-01 2026-04-01 31 7.75 25
c usage calls 2026-01-01 2026-02-01 120 24 20
c usage calls 2026-02-01 2026-03-01 7 1.75 25
e recurring care 2026-01-15 2026-02-15 10 1.9 19
e recurring fee 2026-01-15 2026-02-15 31 4.96 16
e recurring fee 2026-02-15 2026-03-15 31 5.89 19
e usage calls 2026-01-15 2026-02-15 50 9.5 19
END_OF_LINES
same_file "each line has the rate of its supply's day" "$STORY_DIR/lines" "$STORY_DIR/expected"
# Of a group the tax is that of its sum: 154.84 * 16 % = 24.7744 is 48.00 - 23.23, the tax of each line; what sums to nothing has none.
taxes_of() { # DUMP: of each customer by rate
    jq -r '(select(.record == "invoice"), select(.record == "credit_note" and .corrects == null)) | (if .record == "invoice" then 1 else -1 end) as $sign | . as $i | .taxes[] |
        [$i.customer, .rate_percent, (.base | tonumber * $sign * 100 | round), (.tax | tonumber * $sign * 100 | round)] | @tsv' "$1" |
        awk '{ base[$1 " " $2] += $3; tax[$1 " " $2] += $4 } END { for (i in base) print i, base[i], tax[i] }' | sort
}
taxes_of "$STORY_DIR/months.jsonl" >"$STORY_DIR/taxes"
cat >"$STORY_DIR/expected" <<'END_OF_TAXES'
a 16 14516 2323
a 19 0 0
b 20 5900 1180
c 20 19100 3820
c 25 7900 1975
e 16 3100 496
e 19 9100 1729
END_OF_TAXES
same_file "all of it together is what was supplied before and since" "$STORY_DIR/taxes" "$STORY_DIR/expected"

for document in $(jq -r '(select(.record == "invoice"), select(.record == "credit_note")) | .number' "$STORY_DIR/months.jsonl"); do
    run 0 "$document is explained without a difference" -- mill "$mill" explain --tenant t "$document"
    equal "by the rates of its days" "$(grep -c "tax tables say" "$STORY_OUT")" 0
done
number_of() { jq -r --arg c "$1" --arg on "$2" 'select((.record == "invoice" or .record == "credit_note") and .customer == $c and .cutoff == $on) | .number' "$STORY_DIR/months.jsonl"; }
run 0 "the credit of a" -- mill "$mill" explain --tenant t "$(number_of a 2026-02-28)"
stdout_has "has the days of its lines" "tax points of its lines from 2026-01-01 to 2026-02-01"
stdout_has "what is charged again those taxes that it had" "as INV-2025-000001, line 1 was taxed, which it is charged in place of"
stdout_has "what is given back too" "as INV-2026-000001, line 1 was taxed, which it gives back of"
run 0 "the late usage of c" -- mill "$mill" explain --tenant t "$(number_of c 2026-02-28)"
stdout_has "is taxed as that month was" "as INV-2026-000002, line 1 was taxed, which it came late of"

# ------------------------------------------------------------------ all known, and billed at once

start "$late" "$data" "$STORY_DIR/news.jsonl"
close "$late" 2026-02
mill "$late" dump >"$STORY_DIR/at_once.jsonl"
keep_dump at_once "$STORY_DIR/at_once.jsonl"
taxes_of "$STORY_DIR/at_once.jsonl" | grep -v " 0 0$" >"$STORY_DIR/taxes"
grep -v " 0 0$" "$STORY_DIR/expected" >"$STORY_DIR/something"
same_file "one run that catches up gives the same taxes" "$STORY_DIR/taxes" "$STORY_DIR/something"

# ------------------------------------------------------------------ a change inside a period

{
    customer d DE
    subscription d d seat 2026-01-15 10
} >"$STORY_DIR/changes.records"
jq -nc '{record: "subscription_change", tenant: "t", subscription: "d", at: "2026-02-05", quantity: "5"}' >"$STORY_DIR/change.jsonl"
start "$STORY_DIR/changes" "$data" "$STORY_DIR/changes.records"
close "$STORY_DIR/changes" 2026-01 2026-02
run 0 "half of the seats are given up" -- mill "$STORY_DIR/changes" import --quiet "$STORY_DIR/change.jsonl"
close "$STORY_DIR/changes" 2026-03
mill "$STORY_DIR/changes" dump >"$STORY_DIR/changes.jsonl"
# Of the period from 15 January on ten days of 31 are left: 300 * 10/31 = 96.77 was paid ahead with 16 % (15.4832), 48.39 is charged
# with 19 % (9.1941) from 5 February on.
lines_of "$STORY_DIR/changes.jsonl" | grep "^d.*proration" >"$STORY_DIR/lines"
sed 's/  */\t/g' >"$STORY_DIR/expected" <<'END_OF_LINES'
d proration_charge seat 2026-02-05 2026-02-15 48.39 9.19 19
d proration_credit seat 2026-02-05 2026-02-15 -96.77 -15.48 16
END_OF_LINES
same_file "what is left of a period has its rate, what is charged since the new one" "$STORY_DIR/lines" "$STORY_DIR/expected"
run 0 "the rest is explained" -- mill "$STORY_DIR/changes" explain --tenant t "$(jq -r 'select(.record == "credit_note" or .record == "invoice") | select(.customer == "d" and .cutoff == "2026-03-31") | .number' "$STORY_DIR/changes.jsonl")"
stdout_has "by what was paid" "was taxed, which it gives back of"
stdout_has "and the charge since by its first day" "tax point 2026-02-05: the first day that it covers"

# Known before anything is billed: charge and credit are drafts of one run, of one chunk or of two, whichever is taxed first.
for size in 5000 1; do
    ahead=$STORY_DIR/ahead-$size
    CHUNK_SIZE=$size start "$ahead" "$data" "$STORY_DIR/changes.records" "$STORY_DIR/change.jsonl"
    close "$ahead" 2026-03
    mill "$ahead" dump >"$ahead.jsonl"
    lines_of "$ahead.jsonl" | grep "^d" >"$STORY_DIR/lines"
    sed 's/  */\t/g' >"$STORY_DIR/expected" <<'END_OF_LINES'
d proration_charge seat 2026-02-05 2026-02-15 48.39 9.19 19
d proration_credit seat 2026-02-05 2026-02-15 -96.77 -15.48 16
d recurring seat 2026-01-15 2026-02-15 300 48 16
d recurring seat 2026-02-15 2026-03-15 150 28.5 19
d recurring seat 2026-03-15 2026-04-15 150 28.5 19
END_OF_LINES
    same_file "a credit of a draft that is not taxed yet has its rate: chunks of $size" "$STORY_DIR/lines" "$STORY_DIR/expected"
done
same_file "whatever the chunks, all is the same" "$STORY_DIR/ahead-1.jsonl" "$STORY_DIR/ahead-5000.jsonl"

# ------------------------------------------------------------------ another buyer meanwhile

# A year of a customer at home, who becomes a business abroad: 365 * 19 % = 69.35. Until the cancellation 59 is kept, with
# 11.21 of tax. Of January 300 - 145.16 are given back with 29.42 of tax; what is new since is reverse charged, on that document.
# Usage of December that comes late is taxed as that of December was; so all of it is taken back, and charged again, with one rate.
moved=$STORY_DIR/buyer
{
    customer f DE
    subscription f f year 2025-02-01 1
    customer g DE
    subscription g g seat 2025-12-01 10
    customer h DE
    subscription h h calls 2025-12-01 1
    usage h1 h 120 2025-12-05T10:00:00Z
    usage h2 h 40 2025-12-20T10:00:00Z
} >"$STORY_DIR/buyers.jsonl"
abroad='{"business":true,"tax_id":"ATU13585627"}'
{
    customer f AT "$abroad"
    subscription f f year 2025-02-01 1 '{"cancel_at":"2025-04-01"}'
    customer g AT "$abroad"
    subscription g g seat 2025-12-01 10 '{"cancel_at":"2026-01-16"}'
    subscription g2 g seat 2026-02-01 1
    customer h AT "$abroad"
    usage h3 h 30 2025-12-06T10:00:00Z
} >"$STORY_DIR/abroad.jsonl"
subscription h h calls 2025-12-01 1 '{"cancel_at":"2025-12-16"}' >"$STORY_DIR/over.jsonl"
jq -c 'select(.record == "tax_rate" | not)' "$data" | grep -v '"[a-e]"' >"$STORY_DIR/catalog.jsonl"
rates DE 19 19 USt. >>"$STORY_DIR/catalog.jsonl"
start "$moved" "$STORY_DIR/catalog.jsonl" "$STORY_DIR/buyers.jsonl"
close "$moved" 2025-01 2025-11 2025-12
run 0 "they move and cancel" -- mill "$moved" import --quiet "$STORY_DIR/abroad.jsonl"
close "$moved" 2026-01
run 0 "one of them had left before" -- mill "$moved" import --quiet "$STORY_DIR/over.jsonl"
close "$moved" 2026-02
mill "$moved" dump >"$STORY_DIR/buyer.jsonl"
keep_dump buyer "$STORY_DIR/buyer.jsonl"
lines_of "$STORY_DIR/buyer.jsonl" >"$STORY_DIR/lines"
sed 's/  */\t/g' >"$STORY_DIR/expected" <<'END_OF_LINES'
f recurring year 2025-02-01 2026-02-01 365 69.35 19
f recurring:2 year 2025-02-01 2025-04-01 59 11.21 19
f reversal:recurring year 2025-02-01 2026-02-01 -365 -69.35 19
g recurring seat 2025-12-01 2026-01-01 300 57 19
g recurring seat 2026-01-01 2026-02-01 300 57 19
g recurring seat 2026-02-01 2026-03-01 30 -0 0
g recurring seat 2026-03-01 2026-04-01 30 0 0
g recurring:2 seat 2026-01-01 2026-01-16 145.16 27.58 19
g reversal:recurring seat 2026-01-01 2026-02-01 -300 -57 19
h late_usage calls 2025-12-01 2026-01-01 30 5.7 19
h recurring care 2025-12-01 2026-01-01 10 1.9 19
h recurring care 2026-01-01 2026-02-01 10 0 0
h recurring fee 2025-12-01 2026-01-01 31 5.89 19
h recurring fee 2026-01-01 2026-02-01 31 5.89 19
h recurring fee 2026-02-01 2026-03-01 31 0 0
h recurring:2 care 2025-12-01 2025-12-16 4.84 0.92 19
h recurring:2 fee 2025-12-01 2025-12-16 15 2.85 19
h reversal:recurring care 2025-12-01 2026-01-01 -10 -1.9 19
h reversal:recurring care 2026-01-01 2026-02-01 -10 -0 0
h reversal:recurring fee 2025-12-01 2026-01-01 -31 -5.89 19
h reversal:recurring fee 2026-01-01 2026-02-01 -31 -5.89 19
h reversal:recurring fee 2026-02-01 2026-03-01 -31 -0 0
h reversal:usage calls 2025-12-01 2026-01-01 -190 -36.1 19
h reversal:usage calls 2026-01-01 2026-02-01 -0 -0 0
h usage calls 2025-12-01 2026-01-01 160 30.4 19
h usage calls 2026-01-01 2026-02-01 0 0 0
h usage:2 calls 2025-12-01 2025-12-16 150 28.5 19
END_OF_LINES
same_file "what was taxed at home is given back with that tax, what is new is not taxed" "$STORY_DIR/lines" "$STORY_DIR/expected"
note=$(jq -r 'select(.record == "credit_note" and .customer == "g" and .cutoff == "2026-01-31") | .number' "$STORY_DIR/buyer.jsonl")
equal "one document has both" "$(jq -r --arg n "$note" 'select(.number == $n) | (.taxes[] | [.name, .category, .rate_percent, .base, .tax, (.note // "-" | .[:15])]), [.total] | join(" ")' \
    "$STORY_DIR/buyer.jsonl" | sort)" "154.26
Reverse charge AE 0 -30.00 0.00 Reverse charge:
USt. standard 19 154.84 29.42 -"
for document in $(jq -r '(select(.record == "invoice"), select(.record == "credit_note")) | .number' "$STORY_DIR/buyer.jsonl"); do
    run 0 "$document is explained without a difference" -- mill "$moved" explain --tenant t "$document"
done
run 0 "what came late" -- mill "$moved" explain --tenant t "$(jq -r 'select(.record == "invoice" and .customer == "h" and .cutoff == "2026-01-31") | .number' "$STORY_DIR/buyer.jsonl")"
stdout_has "says so" "was taxed, which it came late of"
run 0 "in JSON too" -- mill "$moved" explain --json --tenant t "$note"
equal "with the lines whose taxes they have" "$(jq -c '[.lines[].taxed_as.line]' "$STORY_OUT")" "[1,null,1]"
if command -v pdftotext >/dev/null; then
    pdftotext -layout "$moved/data/documents/$(jq -r --arg n "$note" 'select(.number == $n) | .document.path' "$STORY_DIR/buyer.jsonl")" "$STORY_DIR/note.txt"
    check "its paper has the tax" -- grep -Eq "USt\. 19.*29\.42" "$STORY_DIR/note.txt"
    check "and why another line has none" -- grep -q "2006/112/EC, article 196" "$STORY_DIR/note.txt"
fi

# ------------------------------------------------------------------ of what has no taxes yet

# What was charged of December in its place waits for a rate of another line, as usage that came late of it is billed: that
# has the rate of December, not that of the buyer who moved (5 %), as it would have if the other had not waited.
waits=$STORY_DIR/waits
{
    customer k DE
    subscription k k calls 2025-12-01 1
    usage k1 k 120 2025-12-05T10:00:00Z
} >"$STORY_DIR/waits.records"
{
    customer k IT
    subscription k k calls 2025-12-01 1 '{"cancel_at":"2025-12-16"}'
    subscription k2 k seat 2026-02-01 1
} >"$STORY_DIR/gone.jsonl"
{
    usage k2 k 30 2025-12-06T10:00:00Z
    rates IT 5 5 IVA
} >"$STORY_DIR/rate.jsonl"
for size in 5000 1; do
    CHUNK_SIZE=$size start "$waits-$size" "$STORY_DIR/catalog.jsonl" "$STORY_DIR/waits.records"
    close "$waits-$size" 2025-11 2025-12
    run 0 "he moves and has left before" -- mill "$waits-$size" import --quiet "$STORY_DIR/gone.jsonl"
    run 3 "his draft waits for a rate" -- mill "$waits-$size" close --period 2026-01
    run 0 "which comes, with usage that is late" -- mill "$waits-$size" import --quiet "$STORY_DIR/rate.jsonl"
    close "$waits-$size" 2026-02
    mill "$waits-$size" dump >"$STORY_DIR/waits-$size.jsonl"
done
keep_dump waits-1 "$STORY_DIR/waits-1.jsonl"
same_file "whatever the chunks, all of it is the same" "$STORY_DIR/waits-1.jsonl" "$STORY_DIR/waits-5000.jsonl"
lines_of "$STORY_DIR/waits-1.jsonl" | grep -e calls -e seat >"$STORY_DIR/lines"
sed 's/  */\t/g' >"$STORY_DIR/expected" <<'END_OF_LINES'
k late_usage calls 2025-12-01 2025-12-16 30 5.7 19
k recurring seat 2026-02-01 2026-03-01 30 1.5 5
k recurring seat 2026-03-01 2026-04-01 30 1.5 5
k reversal:usage calls 2025-12-01 2026-01-01 -120 -22.8 19
k usage calls 2025-12-01 2026-01-01 120 22.8 19
k usage:2 calls 2025-12-01 2025-12-16 120 22.8 19
END_OF_LINES
same_file "late usage has the rate of what was charged in place of the rest" "$STORY_DIR/lines" "$STORY_DIR/expected"

# Usage below zero, of who pays since, gives back of a draft of who paid before, which waits for its rate: with that rate,
# whichever of both has his taxes first ("new" is imported first).
{
    customer new DE
    customer old IT
    customer m DE '{"parent":"old"}'
    subscription m m calls 2025-12-15 1
    usage m1 m 50 2025-12-20T10:00:00Z
    jq -nc '{record: "subscription_change", tenant: "t", subscription: "m", at: "2025-12-25", pause: true}'
} >"$STORY_DIR/payers.records"
{
    customer m DE '{"parent":"new"}'
    jq -nc '{record: "subscription_change", tenant: "t", subscription: "m", at: "2026-01-03", resume: true}'
    usage m2 m -20 2026-01-05T10:00:00Z
    rates IT 5 5 IVA
} >"$STORY_DIR/payer.jsonl"
for size in 5000 1; do
    payers=$STORY_DIR/payers-$size
    CHUNK_SIZE=$size start "$payers" "$STORY_DIR/catalog.jsonl" "$STORY_DIR/payers.records"
    run 3 "the draft of who pays waits for a rate" -- mill "$payers" close --period 2026-01
    run 0 "which comes as another one pays" -- mill "$payers" import --quiet "$STORY_DIR/payer.jsonl"
    close "$payers" 2026-02
    mill "$payers" dump >"$payers.jsonl"
done
keep_dump payers-1 "$STORY_DIR/payers-1.jsonl"
same_file "one chunk for both payers, or one each" "$STORY_DIR/payers-1.jsonl" "$STORY_DIR/payers-5000.jsonl"
lines_of "$STORY_DIR/payers-1.jsonl" | grep -e usage -e care >"$STORY_DIR/lines"
sed 's/  */\t/g' >"$STORY_DIR/expected" <<'END_OF_LINES'
new proration_charge care 2026-01-03 2026-01-15 3.87 0.74 19
new recurring care 2026-01-15 2026-02-15 10 1.9 19
new usage calls 2026-01-03 2026-01-15 -20 -1 5
new usage calls 2026-01-15 2026-02-15 0 0 19
old recurring care 2025-12-15 2025-12-25 3.23 0.16 5
old usage calls 2025-12-15 2025-12-25 50 2.5 5
END_OF_LINES
same_file "what is given back has the rate of the other payer" "$STORY_DIR/lines" "$STORY_DIR/expected"
for case in waits-1 payers-1; do
    for document in $(jq -r '(select(.record == "invoice"), select(.record == "credit_note")) | .number' "$STORY_DIR/$case.jsonl"); do
        run 0 "$document is explained without a difference: $case" -- mill "$STORY_DIR/$case" explain --tenant t "$document"
    done
done

# ------------------------------------------------------------------ again, moved, computed again

run 0 "February is closed again" -- mill "$mill" close --period 2026-02
mill "$mill" dump >"$STORY_DIR/again.jsonl"
check "which changes nothing" -- cmp "$STORY_DIR/months.jsonl" "$STORY_DIR/again.jsonl"
take_dump "another database takes the dump" "$STORY_DIR/moved" "$STORY_DIR/months.jsonl"
run 0 "its hashes are those of its documents" -- mill "$STORY_DIR/moved" verify numbers
if python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    for dump in months at_once ahead-1 changes buyer waits-1; do
        run 0 "another language computes the same: $dump" -- python3 tests/support/recompute.py "$STORY_DIR/$dump.jsonl"
        stdout_has "without a difference" ", 0 differences"
    done
fi

story_end
