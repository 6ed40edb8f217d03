# What people decide of finalized invoices: credit a part, another part and the rest to the cent, the
# whole, lines, an unused fraction; void; write off. More than is left is parked. Run again, killed, moved:
# the same documents, without a gap in either series, over two fiscal years.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin

# Six customers with a fee (three of them with a line of another tax), so that each invoice meets one fate.
begin() { # ROUND
    round_new "$1"
    mill "$1" init >/dev/null 2>&1
    {
        cat <<'END_OF_RECORDS'
{"record":"tenant","tenant":"t","legal_name":"T GmbH","address":{"city":"Berlin"},"country":"DE","currency":"EUR","timezone":"Europe/Berlin","locale":"de-DE","payment_terms_days":14}
{"record":"product","tenant":"t","product":"p","name":"Platz","type":"saas","tax_category":"standard"}
{"record":"product","tenant":"t","product":"b","name":"Buch","type":"saas","tax_category":"reduced"}
{"record":"tax_rate","tenant":"*","country":"DE","category":"standard","valid_from":"2007-01-01","rate_percent":"19","name":"USt."}
{"record":"tax_rate","tenant":"*","country":"DE","category":"reduced","valid_from":"2007-01-01","rate_percent":"7","name":"USt."}
{"record":"meter","tenant":"t","meter":"calls","aggregation":"sum"}
{"record":"plan","tenant":"t","plan":"m","name":"Monat","interval":"month","interval_count":1}
{"record":"price","tenant":"t","price":"a-fee","valid_from":"2020-01-01","plan":"m","product":"p","model":"flat","currency":"EUR","billing":"in_arrears","flat_fee":"33.33"}
{"record":"price","tenant":"t","price":"b-book","valid_from":"2020-01-01","plan":"m","product":"b","model":"flat","currency":"EUR","billing":"in_arrears","flat_fee":"9.99"}
{"record":"price","tenant":"t","price":"c-calls","valid_from":"2020-01-01","plan":"m","product":"p","meter":"calls","model":"per_unit","currency":"EUR","billing":"in_arrears","unit_price":"0.1"}
END_OF_RECORDS
        for n in 1 2 3 4 5 6; do
            printf '{"record":"customer","tenant":"t","customer":"c-%s","name":"Kunde %s GmbH","address":{"country":"DE"}}\n' $n $n
            printf '{"record":"subscription","tenant":"t","subscription":"s-%s","customer":"c-%s","plan":"m","quantity":"1","start":"2026-10-01","status":"active"}\n' $n $n
        done
        usage 1 100 2026-10-10T00:00:00Z
        usage 6 100 2026-10-10T00:00:00Z
    } >"$1/records.jsonl"
    run 0 "$(basename "$1"): its data are imported" -- mill "$1" import "$1/records.jsonl"
    run 0 "$(basename "$1"): October is closed" -- mill "$1" close --period 2026-10
}
usage() { # CUSTOMER VALUE AT
    printf '{"record":"usage","tenant":"t","meter":"calls","key":"%s","subscription":"s-%s","value":"%s","at":"%s"}\n' "$1$2$3" "$@"
}
decide() { # ROUND CODE NAME CORRECTION INVOICE ACTION ON [FIELDS]
    printf '{"record":"correction","tenant":"t","correction":"%s","invoice":"INV-2026-%06d","action":"%s","on":"%s","reason":"because"%s}\n' \
        "$4" "$5" "$6" "$7" "${8:+,$8}" >"$1/correction.jsonl"
    run "$2" "$3" -- mill "$1" import "$1/correction.jsonl"
}
documents() { # ROUND: number, status, what it corrects, net, tax, total
    mill "$1" dump | jq -r 'select((.record == "invoice" or .record == "credit_note") and .number != null) |
        [.number, .status, (.corrects // .references // "-"), .subtotal, .tax, .total] | join(" ")' | sort
}
notes() { documents "$1" | grep ^CN; }
status_of() { documents "$1" | awk -v n="$(printf 'INV-2026-%06d' "$2")" '$1 == n { print $2 }'; }

round=$STORY_DIR/base
begin "$round"
equal "six invoices" "$(documents "$round")" "INV-2026-000001 open - 53.32 8.93 62.25
INV-2026-000002 open - 43.32 7.03 50.35
INV-2026-000003 open - 43.32 7.03 50.35
INV-2026-000004 open - 43.32 7.03 50.35
INV-2026-000005 open - 43.32 7.03 50.35
INV-2026-000006 open - 53.32 8.93 62.25"

# ------------------------------------------------------------------ what is no decision

refused() { # NAME FIELDS WHAT_IT_SAYS
    decide "$round" 65 "$1" bad 1 credit 2026-11-02 "$2"
    stderr_has "and it says why" "$3"
}
refused "a net and lines are refused" '"net":"1","lines":[{"line":1,"net":"1"}]' "one of them"
refused "half a fraction is refused" '"unused":{"numerator":1}' "both a numerator and a denominator"
refused "more than the whole is refused" '"unused":{"numerator":3,"denominator":2}' "more than the whole"
refused "another field is refused" '"amount":"5"' "amount"
refused "a part of a cent is refused" '"net":"1.005"' "field \"net\": '1.005' has 3 digits after the point, EUR has 2"
refused "of a line too" '"lines":[{"line":1,"net":"1"},{"line":2,"net":"1.005"}]' "field \"lines\": entry 2: field \"net\": '1.005' has 3 digits after the point, EUR has 2"
refused "and a line that the invoice has not" '"lines":[{"line":1,"net":"1"},{"line":9,"net":"1"}]' "field \"lines\": entry 2: INV-2026-000001 has no line 9"
stderr_has "which says where its lines are" 'explain INV-2026-000001` shows its lines'
decide "$round" 65 "a part is of a credit" bad 1 void 2026-11-02 '"net":"1"'

# ------------------------------------------------------------------ decisions of November

round_copy "$round" "$STORY_DIR/base-closed"

decide "$round" 0 "a part of the first invoice, by its net" part-1 1 credit 2026-11-02 '"net":"20.00"'
decide "$round" 0 "another part of it, by lines" part-2 1 credit 2026-11-03 '"lines":[{"line":1,"net":"5.55"},{"line":2,"net":"1.11"}]'
decide "$round" 0 "the rest of it" part-3 1 credit 2026-11-04
decide "$round" 0 "more than the rest" part-4 1 credit 2026-11-05 '"net":"0.01"'
decide "$round" 0 "the second one as a whole" whole 2 credit 2026-11-05
decide "$round" 0 "the third is void" void 3 void 2026-11-05
decide "$round" 0 "and cannot be credited then" void-credit 3 credit 2026-11-06
decide "$round" 0 "a third of the fourth is not used" unused-1 4 credit 2026-11-06 '"unused":{"numerator":10,"denominator":30}'
decide "$round" 0 "which cannot be voided then" credit-void 4 void 2026-11-07
decide "$round" 0 "more than is left of one line" line-over 4 credit 2026-11-07 '"lines":[{"line":2,"net":"9.99"}]'
decide "$round" 0 "the fifth is written off" write-off 5 write_off 2026-11-08
decide "$round" 0 "an invoice that is not there" nobody 99 credit 2026-11-08
decide "$round" 0 "a decision for December" later 6 credit 2026-12-01 '"net":"3.33"'
decide "$round" 0 "the same decision again changes nothing" part-1 1 credit 2026-11-02 '"net":"20.00"'
decide "$round" 65 "with other content it is refused" part-1 1 credit 2026-11-02 '"net":"21.00"'
stderr_has "and how it ends" 'withdraw it by importing it as it was, but with "withdrawn": true, and import what is meant by another name'
decide "$round" 65 "with another line too" part-2 1 credit 2026-11-03 '"lines":[{"line":1,"net":"5.55"},{"line":2,"net":"1.12"}]'
stderr_has "which is named" "is there with other content: net of line 2 is 1.12, was 1.11"
decide "$round" 65 "and with a line less" part-2 1 credit 2026-11-03 '"lines":[{"line":1,"net":"5.55"}]'
stderr_has "which it was to credit" "net of line 2 is none, was 1.11"
decide "$round" 65 "of a rest no lines are credited later" part-3 1 credit 2026-11-04 '"lines":[{"line":1,"net":"1.00"}]'
stderr_has "for it names none" "net of line 1 is 1, was none"
round_copy "$round" "$STORY_DIR/decided"

# Before it is done: what the close will do of them, by the job itself.
said() { # ROUND SUBSCRIPTION: decision, what, result, amount, of that to the customer; then how many drafts there would be
    mill "$1" preview "$2" --period 2026-11 --json 2>/dev/null | jq -r '(.decisions[] | [.correction, .action, .result, .amount, .to_customer] | join(" ")), (.drafts | length)'
}
equal "a preview carries out what waits" "$(said "$round" s-1)" "part-1 credit done 23.35 0.00
part-2 credit done 7.79 0.00
part-3 credit done 31.11 0.00
part-4 credit parked  
1"
equal "and says so of a void" "$(said "$round" s-3)" "void void done 50.35 0.00
void-credit credit parked  
1"
equal "of what is written off" "$(said "$round" s-5)" "write-off write_off done 50.35 0.00
1"
equal "and nothing of what comes later" "$(said "$round" s-6)" "1"
run 3 "for people" -- mill "$round" preview s-1 --period 2026-11
stdout_has "how many" "4 decisions wait to be carried out, which comes first:"
stdout_has "what each does" "credit  INV-2026-000001  a credit note over 23.35 EUR"
stdout_has "and which cannot be done" "credit  INV-2026-000001  would be parked (nothing_left)"
stdout_has "with the reason" "would be parked: correction part-4 (nothing_left)"
run 3 "November is closed" -- mill "$round" close --period 2026-11
run 0 "what could not be done is parked" -- mill "$round" parked
for reason in "0.01 EUR of INV-2026-000001 are to be credited, but" "nothing is left" "INV-2026-000003 is void: it cannot be credited" \
    "INV-2026-000004 cannot be voided" "INV-2026-000004 line 2 are to be credited, but 6.66 are left" "there is no invoice INV-2026-000099"; do
    grep -qF "$reason" "$STORY_OUT" && ok "with its reason: $reason"
done
equal "five of them" "$(mill "$round" parked --json | jq '[.. | .job? | select(. == "corrections")] | length')" 5
equal "at stake is what was asked for, with its tax" "$(mill "$round" parked --json | jq -r '[.items[] | select(.item == "correction part-4" or .item == "correction line-over") | .at_stake.amount // .amount] | sort | join(" ")')" "0.01 11.61"
equal "the credit notes" "$(notes "$round")" "CN-2026-000001 paid INV-2026-000001 20.00 3.35 23.35
CN-2026-000002 paid INV-2026-000001 6.66 1.13 7.79
CN-2026-000003 paid INV-2026-000001 26.66 4.45 31.11
CN-2026-000004 paid INV-2026-000002 43.32 7.03 50.35
CN-2026-000005 paid INV-2026-000004 14.44 2.34 16.78"
equal "parts and rest are the invoice, to the cent" "$(notes "$round" | awk '$3 == "INV-2026-000001" { n += $4; t += $5; s += $6 } END { printf "%.2f %.2f %.2f", n, t, s }')" "53.32 8.93 62.25"
run 0 "the note over a net is explained" -- mill "$round" explain CN-2026-000001
stdout_has "what was asked for" "asked for: a net of 20.00"
stdout_has "from what each line has its part" "33.33 were left of it before; its part of the net, by largest remainder"
stdout_has "and that the split is what it must be" "checked: the split, computed again, sums, taxes"
run 0 "the next one, of single lines, comes after it" -- mill "$round" explain CN-2026-000002
stdout_has "it is split again too" "checked: the split, computed again"
hurt=$STORY_DIR/hurt-note
round_copy "$round" "$hurt"
cent_moved() { # by sql: a cent of the first line of a note is on its second one; every sum stays
    local line
    for line in 1 2; do
        round_sql "$hurt" "UPDATE invoice_line SET amount_minor = amount_minor + $((2 * line - 3)) WHERE line = $line AND invoice_id = (SELECT invoice_id FROM invoice WHERE number = 'CN-2026-000001')"
    done
}
cent_moved
run 65 "a cent on another line" -- mill "$hurt" explain CN-2026-000001
stdout_has "is found by the split" "line 1 is not what its request splits into"
for case in "1 paid" "2 paid" "3 void" "4 open" "5 uncollectible" "6 open"; do
    equal "invoice ${case% *} is ${case#* }" "$(status_of "$round" "${case% *}")" "${case#* }"
done
owes() { # NUMBER: what `show invoice` says of it
    mill "$round" show invoice "INV-2026-00000$1" --json | jq -r '[.status, .total, .credit_applied, .credited, .paid, .written_off, .overpaid, .left_to_pay] | join(" ")'
}
equal "of the first nothing is left to pay" "$(owes 1)" "paid 62.25 0.00 62.25 0.00 0.00 0.00 0.00"
equal "nor of the void one" "$(owes 3)" "void 50.35 0.00 0.00 0.00 0.00 0.00 0.00"
equal "nor of what is written off" "$(owes 5)" "uncollectible 50.35 0.00 0.00 0.00 50.35 0.00 0.00"
equal "of the fourth the rest" "$(owes 4)" "open 50.35 0.00 16.78 0.00 0.00 0.00 33.57"
run 0 "which is shown" -- mill "$round" show invoice INV-2026-000004
stdout_has "with what lowered it" "credited by  16.78  CN-2026-000005"
stdout_has "and what is left" "left to pay  33.57"
run 64 "for a credit note nothing is owed" -- mill "$round" show invoice CN-2026-000005
stderr_has "but for its invoice" "it credits INV-2026-000004: \`billmill show invoice INV-2026-000004\`"
run 64 "an invoice that is not there is shown to nobody" -- mill "$round" show invoice INV-2026-000099
run 64 "without a number" -- mill "$round" show invoice
stderr_has "says what it needs" "show invoice needs the number of an invoice"
waived=$STORY_DIR/waived
round_copy "$round" "$waived"
run 0 "every hint says how a request ends" -- mill "$waived" parked --json
equal "all of them" "$(jq -r '.items[] | select(.hint | contains("withdrawn") | not) | .item' "$STORY_OUT")" ""
for number in 1 2 3 4 5; do mill "$waived" parked waive 1 --reason "asked for by mistake" >/dev/null 2>&1; done
run 0 "given up, they are not asked for again by a redo" -- mill "$waived" redo close --period 2026-11 --reason "to be sure"
run 0 "nor by the next month" -- mill "$waived" close --period 2026-12
equal "but kept on the list" "$(mill "$waived" parked list --all --json | jq -r '[.items[] | select(.job == "corrections") | .state] | unique | join(" ")')" waived
equal "the invoices are what they were, but for their status" \
    "$(mill "$round" dump --record invoice | jq -c 'select(.cutoff == "2026-10-31") | del(.status)')" \
    "$(mill "$STORY_DIR/decided" dump --record invoice | jq -c 'del(.status)')"
equal "what was written off is kept with the decision" "$(mill "$round" dump --record correction | jq -c 'select(.correction == "write-off") | .done')" \
    '{"amount_minor":5035,"on":"2026-11-30"}'

# Nobody has paid the fifth: what is credited of it is off what was written off, and no money of the customer.
written=$STORY_DIR/written-off
round_copy "$round" "$written"
decide "$written" 0 "of what is written off a part is credited" of-written 5 credit 2026-11-12 '"net":"10.00"'
run 3 "once" -- mill "$written" redo close --period 2026-11 --reason "a note over what is written off"
equal "the rest stays written off" "$(status_of "$written" 5)" uncollectible
decide "$written" 0 "and then the rest" rest-of-written 5 credit 2026-11-13
run 3 "twice" -- mill "$written" redo close --period 2026-11 --reason "a note over the rest"
equal "nothing is written off any more" "$(status_of "$written" 5)" paid
equal "and nobody was given money" "$(mill "$written" dump --record credit_grant | grep -c "$(notes "$written" | awk '$3 == "INV-2026-000005" { print $1 }' | paste -sd '|' | sed 's/|/\\|/g')")" 0
run 0 "the numbers are proved" -- mill "$written" verify numbers

if command -v pdftotext >/dev/null; then
    pdftotext -layout "$round/data/documents/t/2026/000/CN-2026-000005.pdf" "$STORY_DIR/note.txt"
    check "the document is a credit note" -- grep -q "Gutschrift CN-2026-000005" "$STORY_DIR/note.txt"
    check "and names its invoice" -- grep -q "Zu Rechnung  *INV-2026-000004" "$STORY_DIR/note.txt"
fi

# ------------------------------------------------------------------ billed again

round_copy "$STORY_DIR/decided" "$STORY_DIR/rebill"
again=$STORY_DIR/rebill
lines_of() { # ROUND NUMBER
    mill "$1" dump | jq -r --arg n "$2" 'select(.number == $n and (.record == "invoice" or .record == "credit_note")) | .lines[] | [.kind, .quantity, .amount] | join(" ")'
}
{
    usage 1 50 2026-10-20T00:00:00Z # 150 calls in all, 100 of them billed
    usage 6 -30 2026-10-20T00:00:00Z
    usage 2 7 2026-10-21T00:00:00Z
} >"$again/more.jsonl"
run 0 "usage that was missing, and some that was too much" -- mill "$again" import "$again/more.jsonl"
decide "$again" 0 "the sixth is billed again" rebill-6 6 rebill 2026-11-10
decide "$again" 0 "twice" rebill-6-twice 6 rebill 2026-11-11
decide "$again" 0 "so is the third, which is void" rebill-3 3 rebill 2026-11-12
decide "$again" 0 "and the first, of which nothing is left" rebill-1 1 rebill 2026-11-12
equal "a preview has what is billed again" "$(said "$again" s-6)" "rebill-6 rebill done 62.25 0.00
rebill-6-twice rebill parked  
2"
equal "and bills it as the close will" "$(mill "$again" preview s-6 --period 2026-11 --json 2>/dev/null | jq -r '.drafts[].lines[] | select(.kind | startswith("rebill:")) | [.kind, .quantity, .amount] | join(" ")')" "rebill:recurring 1 33.33
rebill:recurring 1 9.99
rebill:usage 70 7.00"
run 3 "November is closed" -- mill "$again" close --period 2026-11
run 0 "what was asked twice" -- mill "$again" parked
stdout_has "is parked" "INV-2026-000006 is billed again already, by correction rebill-6"
equal "what the sixth said is credited, and billed by what is known now" "$(documents "$again" | grep INV-2026-000006)" \
    "CN-2026-000006 paid INV-2026-000006 53.32 8.93 62.25
INV-2026-000006 paid - 53.32 8.93 62.25
$(documents "$again" | awk '/^INV/ && $3 == "INV-2026-000006"')"
number=$(documents "$again" | awk '/^INV/ && $3 == "INV-2026-000006" { print $1 }')
equal "by lines of their own" "$(lines_of "$again" "$number")" "rebill:recurring 1 33.33
rebill:recurring 1 9.99
rebill:usage 70 7.00"
equal "the void one is billed without a credit note" "$(documents "$again" | grep -c "^CN.*INV-2026-000003")" 0
equal "but again" "$(documents "$again" | awk '/^INV/ && $3 == "INV-2026-000003" { print $4 }')" 43.32
first=$(documents "$again" | awk '/^INV/ && $3 == "INV-2026-000001" { print $1 }')
equal "the first one with all of its usage" "$(lines_of "$again" "$first" | tail -n 1)" "rebill:usage 150 15.00"
equal "and no usage is billed twice" "$(mill "$again" dump | jq -r 'select(.record == "usage" and .late) | .key')" ""
equal "late usage of an invoice that was not billed again is late usage" \
    "$(mill "$again" dump --record invoice | jq -r '.lines[] | select(.kind == "late_usage") | [.subscription, .quantity] | join(" ")')" "s-2 7"
run 0 "the new invoice is explained" -- mill "$again" explain "$number"
stdout_has "to the cent" "every figure, computed again, is what is stored"
run 0 "and the one that it replaces" -- mill "$again" explain INV-2026-000006
run 0 "and the numbers are proved" -- mill "$again" verify numbers
mill "$again" dump >"$STORY_DIR/rebilled.jsonl"
keep_dump rebilled "$STORY_DIR/rebilled.jsonl"
run 0 "usage that comes after that" -- mill "$again" import <(usage 6 5 2026-10-22T00:00:00Z)
run 3 "is billed in December" -- mill "$again" close --period 2026-12
equal "on top of what the new invoice bills" "$(mill "$again" dump --record invoice | jq -r 'select(.cutoff == "2026-12-31") | .lines[] | select(.kind | startswith("late_usage")) | [.subscription, .quantity, .amount] | join(" ")')" "s-6 5 0.50"
decide "$again" 0 "the new one is billed again too" rebill-new $((10#${number##*-})) rebill 2026-12-31
run 3 "in January" -- mill "$again" close --period 2027-01
equal "usage less what the late invoice bills" "$(mill "$again" dump --record invoice | jq -r '.lines[] | select(.kind == "rebill:rebill:usage") | [.quantity, .amount] | join(" ")')" "70 7.00"
mill "$again" dump >"$STORY_DIR/twice.jsonl"
run 3 "and again" -- mill "$again" redo close --period 2027-01 --reason "to be sure"
mill "$again" dump >"$STORY_DIR/twice-again.jsonl"
same_file "changes nothing" "$STORY_DIR/twice-again.jsonl" "$STORY_DIR/twice.jsonl"
round_new "$STORY_DIR/rebill-moved"
mill "$STORY_DIR/rebill-moved" init >/dev/null 2>&1
run 0 "all of it moves" -- mill "$STORY_DIR/rebill-moved" import "$STORY_DIR/twice.jsonl"
mill "$STORY_DIR/rebill-moved" dump >"$STORY_DIR/rebill-moved.jsonl"
computed "another program computes it again" "$STORY_DIR/twice.jsonl" "$again/data/documents"
for number in $(documents "$again" | cut -d ' ' -f 1); do
    mill "$again" explain "$number" >"$STORY_DIR/explained" 2>&1 || not_ok "$number is explained" "$(tail -n 5 "$STORY_DIR/explained")"
done
ok "every document is explained"
same_file "as it is" "$STORY_DIR/rebill-moved.jsonl" "$STORY_DIR/twice.jsonl"

round_copy "$STORY_DIR/decided" "$STORY_DIR/priced"
echo '{"record":"price","tenant":"t","price":"c-calls","valid_from":"2026-10-01","plan":"m","product":"p","meter":"calls","model":"per_unit","currency":"EUR","billing":"in_arrears","unit_price":"0.2"}' >"$STORY_DIR/price.jsonl"
run 0 "the price of October as it should have been" -- mill "$STORY_DIR/priced" import "$STORY_DIR/price.jsonl"
decide "$STORY_DIR/priced" 0 "an invoice by the wrong price is billed again" rebill-6 6 rebill 2026-11-10
run 3 "with November" -- mill "$STORY_DIR/priced" close --period 2026-11
number=$(documents "$STORY_DIR/priced" | awk '/^INV/ && $3 == "INV-2026-000006" { print $1 }')
equal "by the right one" "$(lines_of "$STORY_DIR/priced" "$number" | tail -n 1)" "rebill:usage 100 20.00"
equal "with the tax point of the first" "$(mill "$STORY_DIR/priced" dump --record invoice | jq -r --arg n "$number" 'select(.number == $n) | [.tax_point, .cutoff, .references] | join(" ")')" "2026-10-31 2026-11-30 INV-2026-000006"
run 0 "and explained" -- mill "$STORY_DIR/priced" explain "$number"
mill "$STORY_DIR/priced" dump >"$STORY_DIR/priced.jsonl"
computed "and computed again, as are those of the price that was known before" "$STORY_DIR/priced.jsonl" "$STORY_DIR/priced/data/documents"

# ------------------------------------------------------------------ what is owed to the customer

round_copy "$STORY_DIR/base-closed" "$STORY_DIR/owed"
owed=$STORY_DIR/owed
{
    echo '{"record":"credit_grant","tenant":"t","customer":"c-2","source":"gift","amount":"30.00","currency":"EUR","effective_at":"2026-11-01T00:00:00Z"}'
    usage 1 -90 2026-10-25T00:00:00Z
} >"$owed/more.jsonl"
run 0 "a gift, and usage that was far too much" -- mill "$owed" import "$owed/more.jsonl"
run 0 "November is closed with them" -- mill "$owed" close --period 2026-11
number=$(mill "$owed" dump --record invoice | jq -r 'select(.customer == "c-2" and .cutoff == "2026-11-30") | .number')
equal "the gift is drawn" "$(mill "$owed" dump --record invoice | jq -r --arg n "$number" 'select(.number == $n) | .amount_due')" 20.35
decide "$owed" 0 "that invoice is credited whole" gift-back $((10#${number##*-})) credit 2026-12-05
run 0 "December is closed" -- mill "$owed" close --period 2026-12
equal "what the invoice did not owe any more is the customer's" \
    "$(mill "$owed" dump --record credit_note | jq -r 'select(.customer == "c-2") | [.total, .credit_applied, .amount_due] | join(" ")')" "50.35 20.35 30.00"
equal "as a grant of his" "$(mill "$owed" dump --record credit_grant | jq -r 'select(.kind == "refund") | [.customer, .amount, .effective_at] | join(" ")')" \
    "c-2 30.00 2026-12-31T23:00:00Z"
run 0 "January is closed" -- mill "$owed" close --period 2027-01
equal "which the next invoice draws" "$(mill "$owed" dump --record invoice | jq -r 'select(.customer == "c-2" and .cutoff == "2027-01-31") | [.credit_applied, .amount_due] | join(" ")')" "30.00 20.35"
# Whoever credits an invoice that was paid, and has it billed again in the same run, owes no more than who only does that.
for how in alone both; do
    round_copy "$STORY_DIR/base-closed" "$STORY_DIR/paid-$how"
    echo '{"record":"credit_grant","tenant":"t","customer":"c-2","source":"gift","amount":"30.00","currency":"EUR","effective_at":"2026-11-01T00:00:00Z"}' >"$STORY_DIR/paid-$how/more.jsonl"
    run 0 "$how: a gift" -- mill "$STORY_DIR/paid-$how" import "$STORY_DIR/paid-$how/more.jsonl"
    run 0 "$how: November is closed" -- mill "$STORY_DIR/paid-$how" close --period 2026-11
    number=$(mill "$STORY_DIR/paid-$how" dump --record invoice | jq -r 'select(.customer == "c-2" and .cutoff == "2026-11-30") | .number')
    [ "$how" = alone ] || decide "$STORY_DIR/paid-$how" 0 "$how: what it paid is credited" a-whole $((10#${number##*-})) credit 2026-12-05
    decide "$STORY_DIR/paid-$how" 0 "$how: and billed again" b-again $((10#${number##*-})) rebill 2026-12-05
    run 0 "$how: December is closed" -- mill "$STORY_DIR/paid-$how" close --period 2026-12
    equal "$how: what had paid it pays" "$(mill "$STORY_DIR/paid-$how" dump --record invoice | jq -r 'select(.customer == "c-2" and .cutoff == "2026-12-31") | [.references // "-", .credit_applied, .amount_due] | join(" ")' | sort)" "- 30.00 20.35
$number 0.00 50.35"
    run 0 "$how: credits are proved" -- mill "$STORY_DIR/paid-$how" verify credits
    mill "$STORY_DIR/paid-$how" dump >"$STORY_DIR/paid-$how.jsonl"
    computed "$how: and computed again" "$STORY_DIR/paid-$how.jsonl"
done
mill "$owed" dump >"$STORY_DIR/owed.jsonl"
keep_dump owed "$STORY_DIR/owed.jsonl"
take_dump "it moves" "$STORY_DIR/owed-moved" "$STORY_DIR/owed.jsonl"
run 0 "and is proved" -- mill "$STORY_DIR/owed-moved" verify numbers

# ------------------------------------------------------------------ once, whatever happens

mill "$round" dump >"$STORY_DIR/november.jsonl"
keep_dump november "$STORY_DIR/november.jsonl"
run 3 "a redo carries nothing out twice" -- mill "$round" redo close --period 2026-11 --reason "once more"
mill "$round" dump >"$STORY_DIR/again.jsonl"
same_file "and changes nothing" "$STORY_DIR/again.jsonl" "$STORY_DIR/november.jsonl"

decide "$round" 0 "a decision that cannot be done is withdrawn" part-4 1 credit 2026-11-05 '"net":"0.01","withdrawn":true'
decide "$round" 65 "one that is done cannot be" part-1 1 credit 2026-11-02 '"net":"20.00","withdrawn":true'
stderr_has "and it says so" "done already"
stderr_has "and what can be done instead" "it stays as it was carried out: a correction by another name with action rebill bills INV-2026-000001 again, one with action credit credits more"
decide "$round" 65 "with other lines it is refused" part-2 1 credit 2026-11-03 '"lines":[{"line":1,"net":"5.56"},{"line":2,"net":"1.11"}]'
stderr_has "for it is done, too" "it stays as it was carried out: a correction by another name with action rebill bills INV-2026-000001 again"
decide "$round" 65 "what is written off cannot be withdrawn" write-off 5 write_off 2026-11-08 '"withdrawn":true'
stderr_has "but billed again" "a correction by another name with action rebill bills INV-2026-000005 again"
decide "$again" 65 "nor what is billed again" rebill-6 6 rebill 2026-11-10 '"withdrawn":true'
stderr_has "whose new invoice may be corrected" 'it stays as it was carried out: `billmill explain INV-2026-000006` names the invoice that bills it again'

# ------------------------------------------------------------------ the proof of numbers

verified() { # NAME CODE, of a copy that DAMAGE was done to
    run "$2" "$1" -- mill "$STORY_DIR/damaged" verify numbers
}
damaged() { # NAME WHAT_IS_SAID DAMAGE…
    local name=$1 said=$2
    shift 2
    round_copy "$round" "$STORY_DIR/damaged"
    round_sql "$STORY_DIR/damaged" "$@"
    verified "$name is found" 65
    stdout_has "$name: and named" "$said"
}
run 0 "two series are proved" -- mill "$round" verify numbers
equal "each row of the proof holds" "$(awk '/^t +(invoice|credit_note) /{ print $2, $3, $8, $9, $10, $11 }' "$STORY_OUT")" "credit_note 2026 5 0 holds agrees
invoice 2026 12 0 holds agrees"
equal "and each run with the numbers that it gave" "$(awk '/invoice-finalize/{ print $3, $6, $7, $8 }' "$STORY_OUT")" \
    "2026-11 CN-2026-000001 CN-2026-000005 5
2026-10 INV-2026-000001 INV-2026-000006 6
2026-11 INV-2026-000007 INV-2026-000012 6"
equal "as JSON" "$(mill "$round" verify numbers --json | jq -c '[.documents, (.problems | length), (.series | map(.runs | length))]')" "[17,0,[1,2]]"
damaged "a cent on a line" "INV-2026-000004: its stored content does not give its hash" \
    "UPDATE invoice_line SET amount_minor = amount_minor + 1 WHERE line = 1 AND invoice_id = (SELECT invoice_id FROM invoice WHERE number = 'INV-2026-000004')"
damaged "another buyer" "its stored content does not give its hash" "UPDATE party SET name = 'Somebody Else' WHERE name = 'Kunde 2 GmbH'"
damaged "a credit note that is gone" "CN-2026-000003: is number 3 of its series, expected 2" "DELETE FROM invoice WHERE number = 'CN-2026-000002'"
damaged "the last one that is gone" "series credit_note 2026: its counter says number 5" "DELETE FROM invoice WHERE number = 'CN-2026-000005'"
damaged "a date that goes back" "is issued on 2026-10-30, the one before it on 2026-10-31" "UPDATE invoice SET issued_on = '2026-10-30' WHERE number = 'INV-2026-000003'"
damaged "one that is gone with its counter" "was numbered by a run, and is not there" "DELETE FROM invoice WHERE number = 'CN-2026-000005'" \
    "UPDATE number_series SET last_number = 4, last_hash = (SELECT hash FROM invoice WHERE number = 'CN-2026-000004') WHERE series = 'credit_note'"
damaged "a void that nobody decided" "INV-2026-000012: is void, and no decision made it so" "UPDATE invoice SET status = 'void' WHERE number = 'INV-2026-000012'"
damaged "one that was voided" "is open, and no decision made it so" "UPDATE invoice SET status = 'open' WHERE status = 'void'"
damaged "a number on a draft" "INV-2026-000011: is draft, and no decision made it so" "UPDATE invoice SET status = 'draft' WHERE number = 'INV-2026-000011'"
damaged "a hash that was made to fit" "INV-2026-000003: does not name the hash of the document before it" \
    "UPDATE invoice SET hash = (SELECT hash FROM invoice WHERE number = 'INV-2026-000001') WHERE number = 'INV-2026-000002'"
damaged "a counter that was set back" "series invoice 2026: its counter says number 11" "UPDATE number_series SET last_number = 11 WHERE series = 'invoice'"
damaged "another invoice that is corrected" "CN-2026-000004: its stored content does not give its hash" "UPDATE invoice SET corrects = 'INV-2026-000006' WHERE number = 'CN-2026-000004'"
run 64 "verify wants to know what" -- mill "$round" verify
run 64 "verify of nobody" -- mill "$round" verify numbers --tenant nobody

# ------------------------------------------------------------------ killed, and done all the same

instant=2
while [ $instant -lt 60 ]; do
    round_copy "$STORY_DIR/decided" "$STORY_DIR/hurt"
    at "$STORY_DIR/hurt"
    kill_after "$(milliseconds $instant)" close --period 2026-11
    code=0
    mill "$STORY_DIR/hurt" resume >"$STORY_DIR/hurt/resume.txt" 2>&1 || code=$?
    ! grep -q "nothing is unfinished" "$STORY_DIR/hurt/resume.txt" || mill "$STORY_DIR/hurt" close --period 2026-11 >/dev/null 2>&1 || code=$?
    mill "$STORY_DIR/hurt" dump >"$STORY_DIR/hurt.jsonl"
    cmp -s "$STORY_DIR/hurt.jsonl" "$STORY_DIR/november.jsonl" || { not_ok "killed after $instant ms it ends alike" "$(diff "$STORY_DIR/hurt.jsonl" "$STORY_DIR/november.jsonl" | cut -c -200 | head -n 5)"; break; }
    instant=$((instant + 6))
done
[ $instant -lt 60 ] || ok "killed at ten instants and resumed it gives the same bytes"

# ------------------------------------------------------------------ the next fiscal year, and another database

for correction in void-credit:3:credit:2026-11-06: credit-void:4:void:2026-11-07: nobody:99:credit:2026-11-08: \
    'line-over:4:credit:2026-11-07:"lines":[{"line":2,"net":"9.99"}],'; do
    IFS=: read -r name number action on more <<<"$correction"
    decide "$round" 0 "$name is withdrawn" "$name" "$number" "$action" "$on" "$more\"withdrawn\":true"
done
decide "$round" 0 "a decision for January" january 6 credit 2027-01-15 '"net":"10.00"'
run 0 "January is closed" -- mill "$round" close --period 2027-01
equal "December's decision and January's are done, in years of their own" "$(notes "$round" | tail -n 2)" "CN-2027-000001 paid INV-2026-000006 3.33 0.55 3.88
CN-2027-000002 paid INV-2026-000006 10.00 1.67 11.67"
run 0 "four years of series are proved" -- mill "$round" verify numbers
equal "without a gap" "$(awk '/^t +(invoice|credit_note) /{ print $2, $3, $9, $10, $11 }' "$STORY_OUT")" "credit_note 2026 0 holds agrees
credit_note 2027 0 holds agrees
invoice 2026 0 holds agrees
invoice 2027 0 holds agrees"
mill "$round" dump >"$STORY_DIR/january.jsonl"
keep_dump january "$STORY_DIR/january.jsonl"
take_dump "the database moves" "$STORY_DIR/moved" "$STORY_DIR/january.jsonl"
run 0 "its numbers are proved there" -- mill "$STORY_DIR/moved" verify numbers
stdout_has "though nobody knows there who gave them" "not known here"
decide "$STORY_DIR/moved" 0 "what is left of the sixth" rest-6 6 credit 2027-02-01
run 0 "is credited there" -- mill "$STORY_DIR/moved" close --period 2027-02
equal "to the cent" "$(notes "$STORY_DIR/moved" | awk '$3 == "INV-2026-000006" { n += $4; t += $5; s += $6 } END { printf "%.2f %.2f %.2f", n, t, s }')" "53.32 8.93 62.25"
equal "and the invoice is settled" "$(status_of "$STORY_DIR/moved" 6)" paid
computed "another program computes all of it again" "$STORY_DIR/january.jsonl" "$round/data/documents"

story_end
