# Credits from import to invoice: in which order grants are drawn, when they are there and when no longer, what stays
# for the next invoice and what is left to pay. Every figure is worked by hand below. It is the same with several
# workers, killed and resumed; the database moves.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

grant() { # CUSTOMER SOURCE AMOUNT EFFECTIVE FIELDS…
    record credit_grant "\"customer\":\"c-$1\"" "\"source\":\"$2\"" "\"amount\":\"$3\"" "\"effective_at\":\"$4T00:00:00Z\"" '"currency":"EUR"' "${@:5}"
}

# Each customer has p for 100.00 a month, in arrears: 119.00 with its tax.
catalog() {
    local who
    berlin
    record product '"product":"p"' '"name":"Produkt"'
    record plan '"plan":"p"' '"name":"P"' '"interval":"month"'
    record price '"price":"p"' '"plan":"p"' '"product":"p"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_arrears"' '"model":"flat"' '"flat_fee":"100"'
    for who in plain order expired future other two end; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"s-$who\"" "\"customer\":\"c-$who\"" '"plan":"p"' '"start":"2026-10-01"'
    done
    grant plain welcome 50.00 2026-10-01
    grant order newer 30.00 2026-10-01
    grant order ending 30.00 2026-10-01 '"expires_at":"2026-12-15T00:00:00Z"'
    grant order first 30.00 2026-09-01 '"priority":90' '"kind":"purchase"'
    grant order older 100.00 2026-08-01
    grant expired gone 40.00 2026-10-01 '"expires_at":"2026-10-31T00:00:00Z"'
    grant end midnight 150.00 2026-10-01 '"expires_at":"2026-10-31T23:00:00Z"'
    grant end part 20.00 2026-11-02 '"expires_at":"2026-11-20T12:00:00Z"'
    grant future coming 25.00 2026-11-15
    grant two both 200.00 2026-10-01
    record credit_grant '"customer":"c-other"' '"source":"usd"' '"amount":"500.00"' '"currency":"USD"' '"effective_at":"2026-10-01T00:00:00Z"'
}
invoices() { # ROUND CUSTOMER
    mill "$1" dump --record invoice | jq -r --arg c "c-$2" 'select(.customer == $c) | [.cutoff, .total, .credit_applied, .amount_due, .status] | join(" ")'
}
draws() { # ROUND CUSTOMER
    mill "$1" dump --record credit_transaction | jq -r --arg c "c-$2" 'select(.customer == $c and .kind == "draw") | [.on, .source, .amount] | join(" ")' | sort
}

round=$STORY_DIR/steps
begin "$round"
run 0 "the same records once more" -- mill "$round" import "$round/records.jsonl"
stdout_has "change nothing" "credit_grant"
for month in 2026-10 2026-11; do run 0 "steps: $month is closed" -- mill "$round" close --period "$month"; done

equal "what is there is drawn, once; the total stays" "$(invoices "$round" plain)" \
    "2026-10-31 119.00 50.00 69.00 open
2026-11-30 119.00 0.00 119.00 open"
# 30 by its priority, 30 before it ends, 59 of the older of the two others; then its other 41, and 30 of the newer.
equal "highest priority, earliest end, oldest" "$(draws "$round" order)" \
    "2026-10-31 ending 30.00
2026-10-31 first 30.00
2026-10-31 older 59.00
2026-11-30 newer 30.00
2026-11-30 older 41.00"
equal "what credits pay in full is paid" "$(invoices "$round" order)" \
    "2026-10-31 119.00 119.00 0.00 paid
2026-11-30 119.00 71.00 48.00 open"
ends() { # ROUND: what was left of grants when they ended, and on which day in Berlin
    mill "$1" dump --record credit_transaction | jq -r 'select(.kind == "expire") | [.customer, .on, .source, .amount] | join(" ")' | sort
}
# "gone" ends in the afternoon of 31 October; "midnight" as November begins in Berlin, so that the invoice of 31 October still
# draws it, and what is left ends then; "ending" was drawn; nothing else ends yet.
equal "what is left of a grant ends with it, by a transaction of that day" "$(ends "$round")" \
    "c-end 2026-11-01 midnight 31.00
c-end 2026-11-20 part 20.00
c-expired 2026-10-31 gone 40.00"
equal "the last instant of a day is the tenant's" "$(draws "$round" end)" "2026-10-31 midnight 119.00"
equal "what has expired gives nothing" "$(invoices "$round" expired | cut -d' ' -f3 | sort -u)" "0.00"
equal "what is yet to come gives nothing before" "$(invoices "$round" future)" \
    "2026-10-31 119.00 0.00 119.00 open
2026-11-30 119.00 25.00 94.00 open"
equal "nor does another currency" "$(invoices "$round" other | cut -d' ' -f3 | sort -u)" "0.00"
equal "one grant for two invoices: 119 and the 81 that are left" "$(draws "$round" two)" \
    "2026-10-31 both 119.00
2026-11-30 both 81.00"
round_sql_is "no grant gave more than it had, and each as much as its transactions say" "$round" \
    "SELECT COUNT(*) FROM credit_grant g WHERE g.used_minor > g.amount_minor OR g.used_minor <> (SELECT COALESCE(SUM(x.amount_minor), 0) FROM credit_transaction x WHERE x.tenant_id = g.tenant_id AND x.customer_id = g.customer_id AND x.source = g.source AND x.kind IN ('draw', 'expire'))" 0
number=$(mill "$round" dump --record invoice | jq -r 'select(.customer == "c-order" and .cutoff == "2026-11-30") | .number')
run 0 "an invoice with credits is explained" -- mill "$round" explain "$number"
stdout_has "what was applied" "71.00"
stdout_has "of which grants" "41.00 drawn on 2026-11-30 of grant older (free, priority 50)"
run 0 "as JSON" -- mill "$round" explain "$number" --json
equal "of the same grants" "$(jq -r '.credits[] | [.kind, .source, .on, .amount] | join(" ")' "$STORY_OUT")" "draw newer 2026-11-30 30.00
draw older 2026-11-30 41.00"
run 0 "for people" -- mill "$round" explain "$number"
stdout_has "and every figure agrees" "checked: every figure, computed again, is what is stored"
mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"
computed "and another program computes the same" "$STORY_DIR/steps.jsonl" "$round/data/documents"
closed_again "$round" 2026-11 "$STORY_DIR/steps.jsonl"

bad "$round" "a grant never changes" "a grant never changes" < <(grant plain welcome 51.00 2026-10-01)
bad "$round" "nor is it of nothing" "more than zero" < <(grant plain nothing 0.00 2026-10-01)
bad "$round" "it does not end before it begins" "not after effective_at" < <(grant plain odd 5.00 2026-10-01 '"expires_at":"2026-10-01T00:00:00Z"')
bad "$round" "what is for a lifetime does not end" "a lifetime grant never ends" < <(grant plain odd 5.00 2026-10-01 '"kind":"lifetime"' '"expires_at":"2036-10-01T00:00:00Z"')

# ------------------------------------------------------------------ overdrawn, and paid back

# Up to 150.00 each: 109.00 of October, beside a grant of 10.00, then 41.00 of November, of which 78.00 are left to pay.
overdrawn=$STORY_DIR/overdrawn
overdraft_records() { # LIMIT
    catalog | sed "s/\"tenant\":\"t\",\"legal_name\"/\"overdraft_limit\":\"$1\",&/"
    record customer '"customer":"c-deep"' '"name":"deep GmbH"' '"address":{"country":"DE"}'
    record subscription '"subscription":"s-deep"' '"customer":"c-deep"' '"plan":"p"' '"start":"2026-10-01"' '"cancel_at":"2026-12-01"'
    grant deep early 10.00 2026-10-01
}
moves() { # ROUND: of the customer who is overdrawn
    mill "$1" dump --record credit_transaction | jq -r 'select(.customer == "c-deep" and .kind != "grant") | [.on, .kind, .source, .amount, (.draft_key // "" | .[0:10])] | join(" ")' | sort
}
begin_overdrawn() { # ROUND
    round_new "$1"
    mill "$1" init >/dev/null 2>&1
    overdraft_records 150.00 >"$1/records.jsonl"
    run 0 "$(basename "$1"): a tenant who lets customers overdraw" -- mill "$1" import "$1/records.jsonl"
}
begin_overdrawn "$overdrawn"
for month in 2026-10 2026-11; do run 0 "overdrawn: $month is closed" -- mill "$overdrawn" close --period "$month"; done
equal "what no grant gives is overdrawn, up to the limit" "$(invoices "$overdrawn" deep)" \
    "2026-10-31 119.00 119.00 0.00 paid
2026-11-30 119.00 41.00 78.00 open"
equal "as a transaction of its own" "$(moves "$overdrawn")" \
    "2026-10-31 draw early 10.00 2026-10-31
2026-10-31 overdraft  109.00 2026-10-31
2026-11-30 overdraft  41.00 2026-11-30"
{
    grant deep slow 60.00 2026-12-10 '"priority":90'
    grant deep soon 70.00 2026-12-05
    grant deep ends 30.00 2026-12-12 '"expires_at":"2026-12-20T00:00:00Z"'
} >"$overdrawn/more.jsonl"
run 0 "grants come" -- mill "$overdrawn" import "$overdrawn/more.jsonl"
run 0 "overdrawn: December is closed" -- mill "$overdrawn" close --period 2026-12
# 70.00 of the 5th and 39.00 of the 10th for October; then its other 21.00, and 20.00 of the 12th, of which 10.00 end.
equal "they pay back as they come, the oldest first, before they end" "$(moves "$overdrawn" | grep 2026-12)" \
    "2026-12-05 draw soon 70.00 2026-10-31
2026-12-05 overdraft soon -70.00 2026-10-31
2026-12-10 draw slow 21.00 2026-11-30
2026-12-10 draw slow 39.00 2026-10-31
2026-12-10 overdraft slow -21.00 2026-11-30
2026-12-10 overdraft slow -39.00 2026-10-31
2026-12-12 draw ends 20.00 2026-11-30
2026-12-12 overdraft ends -20.00 2026-11-30
2026-12-20 expire ends 10.00 "
run 0 "what was overdrawn is explained" -- mill "$overdrawn" explain "$(mill "$overdrawn" dump --record invoice | jq -r 'select(.customer == "c-deep" and .cutoff == "2026-10-31") | .number')"
stdout_has "as it was" "109.00 overdrawn on 2026-10-31"
stdout_has "and what pays it" "-70.00 overdrawn no more from 2026-12-05 on: grant soon pays it"
stdout_has "it adds up" "checked: every figure, computed again, is what is stored"
run 0 "his credits are shown" -- mill "$overdrawn" show credits c-deep
stdout_has "with his limit" "who may be overdrawn by 150.00 EUR"
# 170.00 granted; 10.00 and 109.00 and 41.00 drawn, 10.00 ended.
equal "and the balance" "$(awk '$1 == "EUR"' "$STORY_OUT" | tr -s ' ')" "EUR 170.00 160.00 10.00 0.00 0.00"
run 0 "as JSON" -- mill "$overdrawn" show credits c-deep --tenant t --json
equal "every transaction" "$(jq '.transactions | length' "$STORY_OUT")" 16
equal "what is left of each grant" "$(jq -r '.grants[] | .source + " " + .left' "$STORY_OUT")" "early 0.00
soon 0.00
slow 0.00
ends 0.00"
run 64 "nobody's are not" -- mill "$overdrawn" show credits c-nobody
run 0 "all of it is proved" -- mill "$overdrawn" verify credits
stdout_has "for the tenant" "t "
run 0 "as JSON" -- mill "$overdrawn" verify credits --json
equal "without a problem" "$(jq -r '.problems | length' "$STORY_OUT")" 0
round_sql_is "nothing is owed any more" "$overdrawn" "SELECT COALESCE(SUM(owed_minor), 0) FROM credit_overdraft WHERE customer_id = (SELECT customer_id FROM customer WHERE customer = 'c-deep')" 0
mill "$overdrawn" dump >"$STORY_DIR/overdrawn.jsonl"
keep_dump overdrawn "$STORY_DIR/overdrawn.jsonl"
computed "another program overdraws the same" "$STORY_DIR/overdrawn.jsonl"
closed_again "$overdrawn" 2026-12 "$STORY_DIR/overdrawn.jsonl"
# An overdraft is no payment: what is billed to who has nothing else can be void, and is owed no more.
lent=$STORY_DIR/lent
begin_overdrawn "$lent"
{
    record customer '"customer":"c-lent"' '"name":"lent GmbH"' '"address":{"country":"DE"}'
    record subscription '"subscription":"s-lent"' '"customer":"c-lent"' '"plan":"p"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
} >"$lent/more.jsonl"
run 0 "one more, whose only invoice is overdrawn" -- mill "$lent" import "$lent/more.jsonl"
for month in 2026-10 2026-11; do run 0 "lent: $month is closed" -- mill "$lent" close --period "$month"; done
equal "it is paid, by nobody" "$(invoices "$lent" lent)" "2026-10-31 119.00 119.00 0.00 paid"
number_of() { # CUSTOMER CUTOFF
    mill "$lent" dump --record invoice | jq -r --arg c "c-$1" --arg on "$2" 'select(.customer == $c and .cutoff == $on) | .number'
}
round_copy "$lent" "$STORY_DIR/unpaid"
for who in deep lent; do decide "off-$who" "$(number_of $who 2026-10-31)" write_off 2026-12-01; done >"$STORY_DIR/unpaid/off.jsonl"
run 0 "what is overdrawn is to be written off" -- mill "$STORY_DIR/unpaid" import "$STORY_DIR/unpaid/off.jsonl"
run 3 "unpaid: December is closed" -- mill "$STORY_DIR/unpaid" close --period 2026-12
run 0 "it is not" -- mill "$STORY_DIR/unpaid" parked
stdout_has "for all of it is lent, and owed as such" "$(number_of lent 2026-10-31) is paid, 119.00 EUR of it by an overdraft, which customer c-lent owes: it cannot be written off"
stdout_has "or a part" "$(number_of deep 2026-10-31) is paid, 109.00 EUR of it by an overdraft, which customer c-deep owes: it cannot be written off"
stdout_has "and what can be done instead" "a credit_grant of that amount gives it up, for it pays the overdraft back; or credit the invoice, or bill it again"
{
    decide deep-october "$(number_of deep 2026-10-31)" void 2026-12-01
    decide deep-november "$(number_of deep 2026-11-30)" void 2026-12-01
    decide lent "$(number_of lent 2026-10-31)" void 2026-12-01
} >"$lent/void.jsonl"
run 0 "all three are to be void" -- mill "$lent" import "$lent/void.jsonl"
run 3 "lent: December is closed" -- mill "$lent" close --period 2026-12
run 0 "one is not" -- mill "$lent" parked
stdout_has "for a grant paid some of it" "is paid: it cannot be voided"
run 3 "lent: January is closed, the third still waits for a person" -- mill "$lent" close --period 2027-01
equal "two are" "$(mill "$lent" dump --record invoice | jq -r 'select(.customer == "c-deep" or .customer == "c-lent") | [.customer, .cutoff, .status] | join(" ")' | sort)" \
    "c-deep 2026-10-31 paid
c-deep 2026-11-30 void
c-lent 2026-10-31 void"
round_sql_is "what was lent for them is owed no more" "$lent" \
    "SELECT SUM(CASE WHEN c.customer = 'c-lent' THEN o.owed_minor ELSE o.owed_minor - 10900 END) FROM credit_overdraft o JOIN customer c ON c.tenant_id = o.tenant_id AND c.customer_id = o.customer_id WHERE c.customer IN ('c-lent', 'c-deep')" 0
run 0 "lent: it is proved" -- mill "$lent" verify credits
run 0 "lent: and so are numbers" -- mill "$lent" verify numbers
run 0 "lent: the void one is explained" -- mill "$lent" explain "$(number_of lent 2026-10-31)"
mill "$lent" dump >"$STORY_DIR/lent.jsonl"
keep_dump lent "$STORY_DIR/lent.jsonl"
computed "lent: another program comes to the same" "$STORY_DIR/lent.jsonl"
take_dump "lent: it moves" "$STORY_DIR/lent-moved" "$STORY_DIR/lent.jsonl"
take_dump "what is overdrawn moves" "$STORY_DIR/overdrawn-moved" "$STORY_DIR/overdrawn.jsonl"
round_sql_is "with its balances" "$STORY_DIR/overdrawn-moved" "SELECT SUM(owed_minor) FROM credit_overdraft" \
    "$(round_sql "$overdrawn" "SELECT SUM(owed_minor) FROM credit_overdraft")"
damaged() { # NAME TEXT SQL: what somebody else changed is found
    round_copy "$overdrawn" "$STORY_DIR/damaged"
    round_sql "$STORY_DIR/damaged" "$3"
    run 65 "$1" -- mill "$STORY_DIR/damaged" verify credits
    stdout_has "and named" "$2"
}
damaged "a balance that somebody raised" "c-plain, welcome: what is used of the grant is not what its draws come to" "UPDATE credit_grant SET used_minor = used_minor - 1 WHERE source = 'welcome'"
damaged "a grant that somebody raised" "welcome: the grant is not what its transaction says" "UPDATE credit_grant SET amount_minor = amount_minor + 1 WHERE source = 'welcome'"
damaged "a debt that somebody forgave" "what is overdrawn is not what the overdrafts come to" "UPDATE credit_overdraft SET owed_minor = owed_minor + 1"
damaged "a draw that is gone" "the credit of the invoice is not what was drawn for it" "DELETE FROM credit_transaction WHERE source = 'welcome' AND kind = 'draw'"
damaged "a grant that is gone" "its transactions are of no grant" "DELETE FROM credit_grant WHERE source = 'welcome'"
# The same again, by three workers, and killed in the jobs that move credits.
torn=$STORY_DIR/torn
begin_overdrawn "$torn"
chunks_of "$torn" 1
at "$torn"
for month in 2026-10 2026-11 2026-12; do
    [ "$month" != 2026-12 ] || run 0 "torn: grants come" -- mill "$torn" import "$overdrawn/more.jsonl"
    for job in period-advance rating tax; do mill "$torn" run "$job" --period "$month" >/dev/null 2>&1; done
    for job in credit-expire invoice-finalize; do
        for instant in 1 2 3 4; do kill_after "0.0$instant" run "$job" --period "$month"; done
    done
    "${MILL_AT[@]}" resume >/dev/null 2>&1
    run 0 "torn: $month is closed by three workers" -- mill "$torn" close --period "$month" --workers 3
done
equal "killed and resumed: the same movements" "$(mill "$torn" dump --record credit_transaction)" "$(jq -c 'select(.record == "credit_transaction")' "$STORY_DIR/overdrawn.jsonl")"
run 0 "that add up" -- mill "$torn" verify credits
bad "$round" "a limit below zero is none" "overdraft_limit" < <(overdraft_records -1 | head -n 1)

# ------------------------------------------------------------------ billed again

# What was drawn for an invoice that is billed again is there at once: what bills it again draws it, and November what it drew before.
again=$STORY_DIR/again
begin "$again"
run 0 "again: October is closed" -- mill "$again" close --period 2026-10
again_number() { # ROUND CUSTOMER: of October
    mill "$1" dump --record invoice | jq -r --arg c "c-$2" 'select(.customer == $c and .cutoff == "2026-10-31" and .corrects == null) | .number'
}
for who in plain two; do decide "again-$who" "$(again_number "$again" $who)" rebill 2026-11-05; done >"$again/decided.jsonl"
run 0 "two are billed again" -- mill "$again" import "$again/decided.jsonl"
run 0 "again: what was decided is done" -- mill "$again" run corrections --period 2026-11
mill "$again" dump >"$STORY_DIR/again.jsonl"
take_dump "again: it moves, before its notes have numbers" "$STORY_DIR/again-moved" "$STORY_DIR/again.jsonl"
for one in "$again" "$STORY_DIR/again-moved"; do run 0 "${one##*/}: November is closed" -- mill "$one" close --period 2026-11; done
equal "again: a part is paid by credits, as it was" "$(invoices "$again" plain)" \
    "2026-10-31 119.00 50.00 69.00 paid
2026-11-30 119.00 50.00 69.00 open
2026-11-30 119.00 0.00 119.00 open"
equal "again: all of it, and November draws what is left" "$(invoices "$again" two)" \
    "2026-10-31 119.00 119.00 0.00 paid
2026-11-30 119.00 119.00 0.00 paid
2026-11-30 119.00 81.00 38.00 open"
equal "again: of these grants" "$(draws "$again" two | sed "s/$(again_number "$again" two)/given-back/" | sort)" \
    "2026-10-31 both 119.00
2026-11-30 both 81.00
2026-11-30 given-back 38.00
2026-11-30 given-back 81.00"
equal "again: nothing is given back twice" "$(mill "$again" dump --record credit_transaction | jq -r 'select(.kind == "grant" and .on == "2026-11-30") | [.customer, .on, .amount] | join(" ")' | sort)" \
    "c-plain 2026-11-30 50.00
c-two 2026-11-30 119.00"
for what in credits numbers; do run 0 "again: $what are proved" -- mill "$again" verify $what; done
mill "$again" dump >"$STORY_DIR/again.jsonl"
keep_dump again "$STORY_DIR/again.jsonl"
computed "again: another program comes to the same" "$STORY_DIR/again.jsonl"
mill "$STORY_DIR/again-moved" dump >"$STORY_DIR/again-moved.jsonl"
same_file "again: so does the database that it moved to" "$STORY_DIR/again-moved.jsonl" "$STORY_DIR/again.jsonl"
closed_again "$again" 2026-11 "$STORY_DIR/again.jsonl"
# What was overdrawn for it is paid back, and overdrawn again.
relent=$STORY_DIR/relent
begin_overdrawn "$relent"
run 0 "relent: October is closed" -- mill "$relent" close --period 2026-10
decide again-deep "$(again_number "$relent" deep)" rebill 2026-11-05 >"$relent/decided.jsonl"
run 0 "one is billed again" -- mill "$relent" import "$relent/decided.jsonl"
run 0 "relent: November is closed" -- mill "$relent" close --period 2026-11
equal "relent: no more is left to pay than before" "$(invoices "$relent" deep)" \
    "2026-10-31 119.00 119.00 0.00 paid
2026-11-30 119.00 119.00 0.00 paid
2026-11-30 119.00 41.00 78.00 open"
run 0 "relent: it is proved" -- mill "$relent" verify credits

# ------------------------------------------------------------------ whatever grants there are

# Forty customers with up to six grants of any amount, priority, begin and end; half of the grants come in mid-life.
any=$STORY_DIR/any
RANDOM=4711
any_grants() { # FIRST MONTH: that begin there or later
    local who count n day until ends
    for who in $(seq 40); do
        count=$((RANDOM % 4))
        for ((n = 0; n < count; n++)); do
            printf -v day '2026-%02d-%02d' $((10 + $1 + RANDOM % (3 - $1))) $((1 + RANDOM % 28)) # a subshell has a RANDOM of its own
            ends=()
            printf -v until '"expires_at":"2027-%02d-%02dT%02d:30:00Z"' $((1 + RANDOM % 2)) $((1 + RANDOM % 28)) $((RANDOM % 24))
            [ $((RANDOM % 3)) = 0 ] || ends=("$until")
            [ $((RANDOM % 3)) != 0 ] || ends=("\"expires_at\":\"${day}T$((12 + RANDOM % 12)):00:00Z\"")
            grant "any-$who" "g-$1-$n" "$((1 + RANDOM % 150)).$((10 + RANDOM % 90))" "$day" "\"priority\":$((50 + RANDOM % 3 * 10))" "${ends[@]}"
        done
    done
}
round_new "$any"
mill "$any" init >/dev/null 2>&1
{
    overdraft_records 80.00
    for who in $(seq 40); do
        record customer "\"customer\":\"c-any-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        record subscription "\"subscription\":\"s-any-$who\"" "\"customer\":\"c-any-$who\"" '"plan":"p"' "\"start\":\"2026-$((10 + RANDOM % 3))-01\""
    done
    any_grants 0
} >"$any/records.jsonl"
any_grants 2 >"$any/more.jsonl"
run 0 "any grants" -- mill "$any" import "$any/records.jsonl"
for month in 2026-10 2026-11; do run 0 "any: $month is closed" -- mill "$any" close --period "$month"; done
run 0 "more of them" -- mill "$any" import "$any/more.jsonl"
for month in 2026-12 2027-01 2027-02; do run 0 "any: $month is closed" -- mill "$any" close --period "$month"; done
mill "$any" dump >"$STORY_DIR/any.jsonl"
keep_dump any "$STORY_DIR/any.jsonl"
computed "another program draws, overdraws, pays back and ends the same" "$STORY_DIR/any.jsonl"
run 0 "all of it adds up" -- mill "$any" verify credits
between "many are drawn" "$(jq -r 'select(.kind == "draw") | .kind' "$STORY_DIR/any.jsonl" | wc -l)" 60 1000
between "some are overdrawn and paid back" "$(jq -r 'select(.kind == "overdraft") | .amount' "$STORY_DIR/any.jsonl" | grep -c '^-')" 10 1000
between "some end" "$(jq -r 'select(.kind == "expire") | .kind' "$STORY_DIR/any.jsonl" | wc -l)" 10 1000

# ------------------------------------------------------------------ made up for, killed, moved

late=$STORY_DIR/late
begin "$late"
run 0 "late: two months at once, by three workers" -- mill "$late" close --period 2026-11 --workers 3
equal "draw in the order of their numbers" "$(mill "$late" dump --record invoice | jq -r 'select(.customer == "c-two") | .credit_applied')" "119.00
81.00"

hurt=$STORY_DIR/hurt
begin "$hurt"
chunks_of "$hurt" 1
at "$hurt"
for month in 2026-10 2026-11; do
    for job in period-advance rating tax credit-expire; do
        run 0 "hurt: $job of $month" -- mill "$hurt" run "$job" --period "$month"
    done
    for instant in 1 2 3 4; do kill_after 0.0$instant run invoice-finalize --period "$month"; done
    "${MILL_AT[@]}" resume >"$hurt/out.txt" 2>&1
    run 0 "hurt: $month is closed" -- mill "$hurt" close --period "$month"
done
equal "killed and resumed: the same draws" "$(mill "$hurt" dump --record credit_transaction)" "$(jq -c 'select(.record == "credit_transaction")' "$STORY_DIR/steps.jsonl")"
equal "and the same invoices, to their hashes" "$(mill "$hurt" dump --record invoice | jq -r .hash)" "$(jq -r 'select(.record == "invoice") | .hash' "$STORY_DIR/steps.jsonl")"

first=$STORY_DIR/first
moved=$STORY_DIR/moved
begin "$first"
run 0 "first: October is closed" -- mill "$first" close --period 2026-10
mill "$first" dump --out "$STORY_DIR/moving.jsonl" 2>/dev/null
take_dump "a new database takes the dump" "$moved" "$STORY_DIR/moving.jsonl"
run 0 "moved: November is closed" -- mill "$moved" close --period 2026-11
equal "and draws what is left, not what was drawn" "$(mill "$moved" dump --record credit_transaction)" "$(jq -c 'select(.record == "credit_transaction")' "$STORY_DIR/steps.jsonl")"

# ------------------------------------------------------------------ a credit note is a credit

# 100.00 in advance for November, taken back as the end of October becomes known in November: a credit note of
# 119.00, which pays what begins in December.
back=$STORY_DIR/back
begin "$back"
{
    record plan '"plan":"ahead"' '"name":"Voraus"' '"interval":"month"'
    record price '"price":"ahead"' '"plan":"ahead"' '"product":"p"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_advance"' '"model":"flat"' '"flat_fee":"100"'
    record customer '"customer":"c-back"' '"name":"back GmbH"' '"address":{"country":"DE"}'
    record subscription '"subscription":"s-back"' '"customer":"c-back"' '"plan":"ahead"' '"start":"2026-10-01"'
    record subscription '"subscription":"s-next"' '"customer":"c-back"' '"plan":"p"' '"start":"2026-12-01"'
} >"$back/more.jsonl"
run 0 "back: in advance" -- mill "$back" import "$back/more.jsonl"
run 0 "back: October is closed" -- mill "$back" close --period 2026-10
record subscription '"subscription":"s-back"' '"customer":"c-back"' '"plan":"ahead"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"' >"$back/end.jsonl"
run 0 "back: it has ended" -- mill "$back" import "$back/end.jsonl"
for month in 2026-11 2026-12; do run 0 "back: $month is closed" -- mill "$back" close --period "$month"; done
note=$(mill "$back" dump --record credit_note | jq -r 'select(.customer == "c-back") | .number + " " + .total')
equal "what was taken back is a credit note" "$note" "CN-2026-000001 119.00"
equal "and a grant of kind refund, which the next invoice draws" \
    "$(mill "$back" dump --record credit_transaction | jq -r 'select(.customer == "c-back") | [.kind, .on, .source, .amount] | join(" ")')" \
    "grant 2026-12-01 CN-2026-000001 119.00
draw 2026-12-31 CN-2026-000001 119.00"
equal "so that nothing is left to pay" "$(invoices "$back" back | tail -n 1)" "2026-12-31 119.00 119.00 0.00 paid"
mill "$back" dump --out "$STORY_DIR/back.jsonl" 2>/dev/null
take_dump "the grant moves too" "$STORY_DIR/taken" "$STORY_DIR/back.jsonl"

story_end
