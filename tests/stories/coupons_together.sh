# Coupons of which several documents, and several processes, take their part at the same time: what an amount leaves is an
# account, whatever the order in which documents become known; the drafts of a payer are taxed by one worker; who takes a draft
# back, or redeems a coupon, meanwhile, does so before or after, but not in between. Killed, and with several workers, the rows
# are those of one process.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
. tests/support/beside.sh
story_begin

# 60.00 a month in arrears, and calls for 1.00; those of `worth` say themselves what they cost.
catalog() {
    local plan
    berlin
    record product '"product":"p"' '"name":"Produkt"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    for plan in plain worth; do
        record plan "\"plan\":\"$plan\"" '"name":"Monat"' '"interval":"month"'
        record price "\"price\":\"$plan\"" "\"plan\":\"$plan\"" '"product":"p"' '"currency":"EUR"' '"valid_from":"2020-01-01"' \
            '"billing":"in_arrears"' '"model":"flat"' '"flat_fee":"60"'
    done
    record price '"price":"calls"' '"plan":"plain"' '"product":"p"' '"meter":"calls"' '"currency":"EUR"' '"valid_from":"2020-01-01"' \
        '"billing":"in_arrears"' '"model":"per_unit"' '"unit_price":"1"'
    record price '"price":"worth-calls"' '"plan":"worth"' '"product":"p"' '"meter":"calls"' '"currency":"EUR"' '"valid_from":"2020-01-01"' \
        '"billing":"in_arrears"' '"model":"dynamic"' '"multiplier":"1"'
    record coupon '"coupon":"hundred"' '"amount":"100"' '"currency":"EUR"' '"duration":"forever"'
    record coupon '"coupon":"thrice"' '"amount":"100"' '"currency":"EUR"' '"duration":"repeating"' '"repeat_count":3'
    record coupon '"coupon":"once"' '"percent":"50"'
}
customer() { # NAME PLAN FIELDS…
    record customer "\"customer\":\"$1\"" "\"name\":\"$1 GmbH\"" '"address":{"country":"DE"}' "${@:3}"
    record subscription "\"subscription\":\"s-$1\"" "\"customer\":\"$1\"" "\"plan\":\"$2\"" '"start":"2026-09-01"'
}
redeem() { # COUPON CUSTOMER
    record coupon_redemption "\"coupon\":\"$1\"" "\"customer\":\"$2\"" '"at":"2026-09-01"'
}
used() { # KEY CUSTOMER AT VALUE [AMOUNT]
    record usage "\"key\":\"$1\"" '"meter":"calls"' "\"subscription\":\"s-$2\"" "\"at\":\"$3\"" "\"value\":\"$4\"" ${5:+"\"price_amount\":\"$5\""}
}
know() { # ROUND WHAT, records on stdin
    cat >"$1/facts.jsonl"
    run 0 "$(basename "$1"): $2" -- mill "$1" import --quiet "$1/facts.jsonl"
}
taken() { # ROUND CUSTOMER: what coupons took off each document, and left
    mill "$1" dump --record coupon_use | jq -r --arg c "$2" 'select(.customer == $c) | [.draft_key[:10], .coupon, .discount, .carried] | join(" ")'
}
agrees() { # ROUND: its dump is made, and every document is what its explanation computes
    mill "$1" dump >"$STORY_DIR/$(basename "$1").jsonl"
    all_explained "$1"
}

rated() { # ROUND MONTH
    for job in period-advance rating; do run 0 "$(basename "$1"): $job of $2" -- mill "$1" run $job --period "$2"; done
}

# ------------------------------------------------------------------ the rest of an amount is an account

# Usage of October is priced when November is billed: its document comes before that of November, which has used the rest.
for coupon in hundred thrice; do
    round=$STORY_DIR/late-$coupon
    begin "$round"
    { customer c worth; redeem $coupon c; used o1 c 2026-10-10T12:00:00Z 1; used n1 c 2026-11-10T12:00:00Z 1 100.00; } | know "$round" "usage without a price"
    run 0 "late-$coupon: September is closed" -- mill "$round" close --period 2026-09
    for month in 2026-10 2026-11; do run 3 "late-$coupon: $month is closed" -- mill "$round" close --period $month; done
    { used o1 c 2026-10-10T12:00:00Z 1 500.00; used d1 c 2026-12-10T12:00:00Z 1 500.00; } | know "$round" "it has a price"
    run 0 "late-$coupon: what waited is billed" -- mill "$round" parked retry --all
    for month in 2026-12 2027-01; do run 0 "late-$coupon: $month is closed" -- mill "$round" close --period $month; done
done
# 100.00 each: 60.00 are taken of 100.00, 60.00 of 140.00, 160.00 of 180.00; 20.00 are left for the late one, with its own
# 100.00, and nothing for those behind it.
equal "nothing of a rest is given twice, or lost" "$(taken "$STORY_DIR/late-hundred" c)" \
    "2026-09-30 hundred 60.00 40.00
2026-10-31 hundred 60.00 80.00
2026-10-31 hundred 120.00 0.00
2026-11-30 hundred 160.00 20.00
2026-12-31 hundred 100.00 0.00
2027-01-31 hundred 60.00 40.00"
equal "three times is 300.00 in all" "$(taken "$STORY_DIR/late-thrice" c)" \
    "2026-09-30 thrice 60.00 40.00
2026-10-31 thrice 60.00 80.00
2026-10-31 thrice 20.00 0.00
2026-11-30 thrice 160.00 20.00"
agrees "$STORY_DIR/late-hundred"
agrees "$STORY_DIR/late-thrice"

# An invoice left a rest, which was used, and is void then: that is off the next, and nobody has more than his uses.
round=$STORY_DIR/void
begin "$round"
{ customer c plain; redeem hundred c; used n1 c 2026-11-10T12:00:00Z 1; used n2 c 2026-11-11T12:00:00Z 139; used d1 c 2026-12-10T12:00:00Z 140; } | know "$round" "usage"
for month in 2026-09 2026-10 2026-11; do run 0 "void: $month is closed" -- mill "$round" close --period $month; done
number=$(mill "$round" dump --record invoice | jq -r 'select(.cutoff == "2026-10-31") | .number')
decide mistake "$number" void 2026-12-01 | know "$round" "October was a mistake"
for month in 2026-12 2027-01; do run 0 "void: $month is closed" -- mill "$round" close --period $month; done
equal "the rest of a void one is nobody's" "$(taken "$round" c)" \
    "2026-09-30 hundred 60.00 40.00
2026-10-31 hundred 60.00 80.00
2026-11-30 hundred 180.00 0.00
2026-12-31 hundred 60.00 0.00
2027-01-31 hundred 60.00 40.00"
agrees "$round"

for name in late-hundred late-thrice void; do keep_dump "$name" "$STORY_DIR/$name.jsonl"; done

# ------------------------------------------------------------------ two who pay

# c paid October himself, and q pays for him since; both documents are taxed in one run, in one chunk or in several.
for size in many 1; do
    round=$STORY_DIR/moved-$size
    case $size in 1) CHUNK_SIZE=1 begin "$round" ;; *) begin "$round" ;; esac
    { customer q plain; customer c plain; customer r plain '"parent":"q"'; redeem hundred q; redeem thrice r; } | know "$round" "who pays"
    run 0 "moved-$size: September is closed" -- mill "$round" close --period 2026-09
    redeem once c | know "$round" "a coupon"
    rated "$round" 2026-10
    customer c plain '"parent":"q"' | head -n 1 | know "$round" "somebody else pays for him"
    rated "$round" 2026-11
    for month in 2026-11 2026-12; do run 0 "moved-$size: $month is closed" -- mill "$round" close --period $month; done
    agrees "$round"
done
equal "a coupon is for one of both" "$(taken "$STORY_DIR/moved-many" c)" "2026-10-31 once 30.00 0.00"
same_file "chunks change nothing of it" "$STORY_DIR/moved-1.jsonl" "$STORY_DIR/moved-many.jsonl"
keep_dump moved "$STORY_DIR/moved-many.jsonl"

# ------------------------------------------------------------------ who paid before

# What is billed to who paid before somebody else has the customer's coupons like what he would have been billed anyway: what is
# given back of a fee paid ahead, usage that came late, an invoice billed again, and a draft that had no taxes until then.
halved() { # CUSTOMER PLAN [COUNTRY]
    record customer "\"customer\":\"p-$1\"" '"name":"P GmbH"' "\"address\":{\"country\":\"${3:-DE}\"}"
    customer "$1" "$2" "\"parent\":\"p-$1\""
    redeem half "$1"
}
moved() { # CUSTOMER PLAN
    [ "$move" = stays ] || customer "$1" "$2" '"parent":"q"' | head -n 1
}
billed() { # ROUND: what was billed to those who paid first
    jq -r 'select((.record == "invoice" or .record == "credit_note") and (.customer | startswith("p-"))) | . as $i | .lines[]
        | select(.period_start < "2026-10-01" or .amount < "0" or .kind == "late_usage" or $i.customer == "p-ahead")
        | [$i.customer, .kind, .period_start, .amount, .discount] | join(" ")' "$STORY_DIR/$(basename "$1").jsonl" | sort
}
for size in many 1; do
    for move in stays moves; do
        round=$STORY_DIR/$move-$size
        case $size in 1) CHUNK_SIZE=1 begin "$round" ;; *) begin "$round" ;; esac
        {
            record plan '"plan":"ahead"' '"name":"Monat"' '"interval":"month"'
            record price '"price":"ahead"' '"plan":"ahead"' '"product":"p"' '"currency":"EUR"' '"valid_from":"2020-01-01"' \
                '"billing":"in_advance"' '"model":"flat"' '"flat_fee":"60"'
            record coupon '"coupon":"half"' '"percent":"50"' '"duration":"forever"'
            record customer '"customer":"q"' '"name":"Q GmbH"' '"address":{"country":"DE"}'
            halved ahead ahead
            halved late plain
            halved again plain
            halved parked plain CH
            customer rest plain '"parent":"p-late"'
            used l1 late 2026-09-10T12:00:00Z 100
            used r1 rest 2026-09-10T12:00:00Z 10
        } | know "$round" "who pays first"
        run 3 "$move-$size: September is closed" -- mill "$round" close --period 2026-09
        number=$(mill "$round" dump --record invoice | jq -r 'select(.customer == "p-again") | .number')
        {
            for each in late again parked rest; do moved $each plain; done
            redeem once rest
            moved ahead ahead
            record subscription '"subscription":"s-ahead"' '"customer":"ahead"' '"plan":"ahead"' '"start":"2026-09-01"' '"cancel_at":"2026-10-16"'
            used l2 late 2026-09-11T12:00:00Z 100
            used r2 rest 2026-09-11T12:00:00Z 150
            used r3 rest 2026-10-11T12:00:00Z 20
            decide again "$number" rebill 2026-10-31
            TENANT='*' record tax_rate '"country":"CH"' '"category":"standard"' '"valid_from":"2007-01-01"' '"rate_percent":"8.1"' '"name":"MWST"'
        } | know "$round" "what is known then"
        for month in 2026-10 2026-11; do run 0 "$move-$size: $month is closed" -- mill "$round" close --period $month; done
        agrees "$round"
    done
    equal "what those who paid first are billed ($size)" "$(billed "$STORY_DIR/moves-$size")" "$(billed "$STORY_DIR/stays-$size")"
done
for move in stays moves; do same_file "$move: chunks change nothing of it" "$STORY_DIR/$move-1.jsonl" "$STORY_DIR/$move-many.jsonl"; done
equal "two who pay have one coupon, in the order of their documents" "$(taken "$STORY_DIR/moves-many" rest)" "2026-10-31 once 75.00 0.00"
keep_dump moves "$STORY_DIR/moves-many.jsonl"

# ------------------------------------------------------------------ who is not billed

# Drafts of September are there, without taxes, when others are to pay for c and d; of o and e they can have none. They take
# nothing from those behind them, are given up, and are billed in the end. The payers come before and behind those whom they
# pay for, and are taxed with them, whatever the chunks.
waiting() {
    record product '"product":"x"' '"name":"X"' '"tax_category":"odd"'
    for each in large odd; do record plan "\"plan\":\"$each\"" '"name":"Monat"' '"interval":"month"'; done
    record price '"price":"large"' '"plan":"large"' '"product":"p"' '"currency":"EUR"' '"valid_from":"2020-01-01"' \
        '"billing":"in_arrears"' '"model":"flat"' '"flat_fee":"150"'
    record price '"price":"odd"' '"plan":"odd"' '"product":"x"' '"currency":"EUR"' '"valid_from":"2020-01-01"' \
        '"billing":"in_arrears"' '"model":"flat"' '"flat_fee":"60"'
    record coupon '"coupon":"ten-twice"' '"amount":"10"' '"currency":"EUR"' '"duration":"repeating"' '"repeat_count":2'
    record customer '"customer":"before"' '"name":"Vorher"' '"address":{"country":"DE"}'
    for each in c d o e; do
        record customer "\"customer\":\"$each\"" "\"name\":\"$each\"" '"address":{"country":"DE"}'
        case $each in c | d) first=large ;; *) first=odd ;; esac
        record subscription "\"subscription\":\"$each-1\"" "\"customer\":\"$each\"" "\"plan\":\"$first\"" '"start":"2026-09-01"' '"cancel_at":"2026-10-01"'
        record subscription "\"subscription\":\"$each-2\"" "\"customer\":\"$each\"" '"plan":"plain"' '"start":"2026-10-01"'
    done
    record customer '"customer":"behind"' '"name":"Nachher"' '"address":{"country":"DE"}'
    for each in c d; do redeem thrice $each; done
    for each in o e; do
        redeem once $each
        redeem ten-twice $each
    done
}
paid_by() { # CUSTOMER PAYER
    record customer "\"customer\":\"$1\"" "\"name\":\"$1\"" '"address":{"country":"DE"}' "\"parent\":\"$2\""
}
for size in many 1 workers; do
    round=$STORY_DIR/waiting-$size
    case $size in many) begin "$round" ;; *) CHUNK_SIZE=1 begin "$round" ;; esac
    if [ $size = workers ]; then
        sed -i 's/^workers: .*/workers: 3/' "$round/config/billmill.yaml"
        echo "partitions: 4" >>"$round/config/jobs/tax.yaml"
    fi
    waiting | know "$round" "who is billed"
    rated "$round" 2026-09
    { paid_by c before; paid_by d behind; paid_by e before; } | know "$round" "who pays for them"
    run 3 "waiting-$size: October is closed, two of September have no taxes" -- mill "$round" close --period 2026-10
    stdout_has "each is tried once" "5 items, 2 parked"
    run 0 "waiting-$size: they are given up" -- mill "$round" parked waive 1 2 --reason "nobody knows"
    run 3 "waiting-$size: November is closed" -- mill "$round" close --period 2026-11
    TENANT='*' record tax_rate '"country":"DE"' '"category":"odd"' '"valid_from":"2007-01-01"' '"rate_percent":"7"' '"name":"USt."' | know "$round" "the rate"
    for month in 2026-12 2027-01; do run 0 "waiting-$size: $month is closed" -- mill "$round" close --period $month; done
    agrees "$round"
done
for size in 1 workers; do same_file "waiting: chunks change nothing of it ($size)" "$STORY_DIR/waiting-$size.jsonl" "$STORY_DIR/waiting-many.jsonl"; done
for each in c d; do
    equal "the draft that is first has the coupon first, whoever pays for $each" "$(taken "$STORY_DIR/waiting-1" $each)" "2026-09-30 thrice 100.00 0.00
2026-10-31 thrice 60.00 40.00
2026-11-30 thrice 60.00 80.00
2026-12-31 thrice 60.00 20.00
2027-01-31 thrice 20.00 0.00"
done
for each in o e; do
    equal "what is not billed keeps no coupon from others, and has what they left ($each)" "$(taken "$STORY_DIR/waiting-1" $each)" "2026-10-31 once 30.00 0.00
2026-10-31 ten-twice 10.00 0.00
2026-11-30 ten-twice 10.00 0.00"
done
run 0 "waiting: the draft of September is explained" -- mill "$round" explain "$(mill "$round" dump --record invoice | jq -r 'select(.customer == "o" and .cutoff == "2026-09-30") | .number')"
stdout_has "its coupons were used by those behind it" "it is used up: other documents that had it: 1"
keep_dump waiting "$STORY_DIR/waiting-many.jsonl"

# Neither of two has taxes. The first is given up; the other one is tried again, when both could be taxed, and has the coupon.
round=$STORY_DIR/given-up
begin "$round"
{
    for each in odd strange; do
        record product "\"product\":\"$each\"" '"name":"X"' "\"tax_category\":\"$each\""
        record plan "\"plan\":\"$each\"" '"name":"Monat"' '"interval":"month"'
        record price "\"price\":\"$each\"" "\"plan\":\"$each\"" "\"product\":\"$each\"" '"currency":"EUR"' '"valid_from":"2020-01-01"' \
            '"billing":"in_arrears"' '"model":"flat"' '"flat_fee":"60"'
    done
    customer o odd '"hold":false' | sed 's/"start":"2026-09-01"/&,"cancel_at":"2026-10-01"/'
    record subscription '"subscription":"s-o-2"' '"customer":"o"' '"plan":"strange"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
    redeem once o
} | know "$round" "who is billed"
rated "$round" 2026-09
run 3 "given-up: October is closed" -- mill "$round" close --period 2026-10
for each in odd strange; do
    TENANT='*' record tax_rate '"country":"DE"' "\"category\":\"$each\"" '"valid_from":"2007-01-01"' '"rate_percent":"7"' '"name":"USt."'
done | know "$round" "the rates"
run 0 "given-up: the first is" -- mill "$round" parked waive 1 --reason "nobody knows"
run 0 "given-up: the other one is tried again" -- mill "$round" parked retry 1
equal "who is tried again has the coupon" "$(taken "$round" o)" "2026-10-31 once 30.00 0.00"
run 0 "given-up: November is closed" -- mill "$round" close --period 2026-11
equal "what was given up is billed without it" "$(taken "$round" o; mill "$round" dump --record invoice | jq -r '.cutoff + " " + .discount')" "2026-10-31 once 30.00 0.00
2026-09-30 0.00
2026-10-31 30.00"
agrees "$round"

# Two currencies are two invoices, and a coupon is for one of them.
round=$STORY_DIR/currencies
begin "$round"
{
    record price '"price":"dollars"' '"plan":"plain"' '"product":"p"' '"currency":"USD"' '"valid_from":"2020-01-01"' \
        '"billing":"in_arrears"' '"model":"flat"' '"flat_fee":"70"'
    customer c plain
    redeem once c
    redeem thrice c
} | know "$round" "a plan in two currencies"
for month in 2026-09 2026-10; do run 0 "currencies: $month is closed" -- mill "$round" close --period $month; done
equal "once is once, in whatever currency" "$(taken "$round" c)" "2026-09-30 once 30.00 0.00
2026-09-30 thrice 30.00 70.00
2026-10-31 thrice 60.00 110.00"
agrees "$round"

# ------------------------------------------------------------------ killed, and by several workers

# Three months at once, so each has three drafts; some pay for others, whose coupons are for their own lines.
many() {
    local i
    for i in 1 2 3 4 5 6 7 8; do
        case $i in
        7 | 8) customer k$i plain "\"parent\":\"k$((i - 6))\"" ;;
        *) customer k$i plain ;;
        esac
        redeem hundred k$i
        [ $((i % 2)) = 0 ] || redeem thrice k$i
        [ $((i % 3)) = 0 ] || redeem once k$i
        used a$i k$i 2026-10-10T12:00:00Z $((i * 37))
        used b$i k$i 2026-11-10T12:00:00Z $((i * 11))
    done
}
gold=$STORY_DIR/many
begin "$gold"
many | know "$gold" "many"
cp "$gold/facts.jsonl" "$STORY_DIR/many-facts.jsonl"
for month in 2026-11 2026-12; do run 0 "many: $month is closed" -- mill "$gold" close --period $month; done
agrees "$gold"
computed "many: so does other code" "$STORY_DIR/many.jsonl"
keep_dump many "$STORY_DIR/many.jsonl"
for workers in 1 4; do
    hurt=$STORY_DIR/hurt-$workers
    CHUNK_SIZE=1 begin "$hurt"
    sed -i "s/^workers: .*/workers: $workers/" "$hurt/config/billmill.yaml"
    know "$hurt" "many" <"$STORY_DIR/many-facts.jsonl"
    for month in 2026-11 2026-12; do close_hurt "$hurt" $month; done
    mill "$hurt" dump >"$STORY_DIR/hurt-$workers.jsonl"
    same_file "killed and resumed, $workers at work: the same rows" "$STORY_DIR/hurt-$workers.jsonl" "$STORY_DIR/many.jsonl"
done
on_postgres || story_end # one process writes a file of SQLite

# ------------------------------------------------------------------ somebody else, meanwhile

# Who waits longer than a part of its lease begins again, and sees what the others have done meanwhile: on a machine that is
# slow it may be either.
one_of() { # NAME ROUND TWIN TWIN
    check "$1" -- sh -c "cmp '$2.jsonl' '$3.jsonl' || cmp '$2.jsonl' '$4.jsonl'"
}

# A coupon is redeemed while the drafts of its customer are being taxed: all of them, or none, have it.
redeemed() { # ROUND
    CHUNK_SIZE=1 begin "$1"
    { customer c plain; used n1 c 2026-11-10T12:00:00Z 400; } | know "$1" "usage"
    rated "$1" 2026-11
}
known() { # ROUND
    redeem hundred c | know "$1" "a coupon is redeemed"
}
taxed() { # ROUND MONTH
    run 0 "$(basename "$1"): drafts are taxed" -- mill "$1" run tax --period "$2"
}
round=$STORY_DIR/meanwhile
for each in taxed-first redeemed-first meanwhile; do redeemed "$STORY_DIR/$each"; done
taxed "$STORY_DIR/taxed-first" 2026-11
known "$STORY_DIR/taxed-first"
known "$STORY_DIR/redeemed-first"
hold "$round" "SELECT 1 FROM invoice_line WHERE invoice_id = (SELECT MIN(invoice_id) FROM invoice) FOR UPDATE"
beside "$round" run tax --period 2026-11
first=$begun
await "$round" "$WAITS"
known "$round"
beside "$round" run tax --period 2026-11
await "$round" "SELECT count(*) / 2 FROM job_execution WHERE state = 'running'"
sleep 0.2 # what is there for it, it has by now
release
ends "meanwhile: one worker" $first
ends "meanwhile: another one" $begun
for each in taxed-first redeemed-first meanwhile; do
    for month in 2026-11 2026-12; do run 0 "$each: $month is closed" -- mill "$STORY_DIR/$each" close --period $month; done
    agrees "$STORY_DIR/$each"
done
equal "it begins with the next month" "$(taken "$STORY_DIR/taxed-first" c)" "2026-12-31 hundred 60.00 40.00"
one_of "all drafts have it, or none" "$round" "$STORY_DIR/taxed-first" "$STORY_DIR/redeemed-first"

# The draft of September waits on hold. October is being taxed, with what September left, when September is taken back for
# an event that came late; or the draft is to be taken back when October has just used what it left.
held() { # ROUND
    CHUNK_SIZE=1 begin "$1"
    sed -i 's/^  late_usage: .*/  late_usage: reopen_draft/' "$1/config/billmill.yaml"
    { customer c plain '"hold":true'; redeem hundred c; used o1 c 2026-10-10T12:00:00Z 400; } | know "$1" "who is on hold"
    run 3 "$(basename "$1"): September is closed" -- mill "$1" close --period 2026-09
    rated "$1" 2026-10
}
came() { # ROUND
    used s1 c 2026-09-10T12:00:00Z 20 | know "$1" "an event comes late"
}
advanced() { # ROUND
    run 0 "$(basename "$1"): periods of November" -- mill "$1" run period-advance --period 2026-11
}
closed() { # ROUND
    local name
    name=$(basename "$1")
    for month in 2026-10 2026-11; do run 3 "$name: $month is closed" -- mill "$1" close --period $month; done
    customer c plain '"hold":false' | head -n 1 | know "$1" "no hold any more"
    run 0 "$name: December is closed" -- mill "$1" close --period 2026-12
    agrees "$1"
}
for each in back-first used-first back-meanwhile used-meanwhile; do held "$STORY_DIR/$each"; done
taxed "$STORY_DIR/used-first" 2026-10
for each in back-first used-first; do
    came "$STORY_DIR/$each"
    advanced "$STORY_DIR/$each"
done
taxed "$STORY_DIR/back-first" 2026-10

round=$STORY_DIR/back-meanwhile
hold "$round" "$FIRST_CHUNK"
beside "$round" run tax --period 2026-10
first=$begun
await "$round" "$WAITS"
came "$round"
advanced "$round"
release
ends "back-meanwhile: October is taxed" $first

round=$STORY_DIR/used-meanwhile
hold "$round" "SELECT 1 FROM invoice_line WHERE invoice_id = (SELECT MAX(invoice_id) FROM invoice) FOR UPDATE"
beside "$round" run tax --period 2026-10
first=$begun
await "$round" "$WAITS"
came "$round"
beside "$round" run period-advance --period 2026-11
await "$round" "SELECT n / 2 FROM ($WAITS) w (n)"
release
ends "used-meanwhile: October is taxed" $first
ends "used-meanwhile: periods of November" $begun

for each in back-first used-first back-meanwhile used-meanwhile; do closed "$STORY_DIR/$each"; done
for each in back-meanwhile used-meanwhile; do
    one_of "$each: as one after the other" "$STORY_DIR/$each" "$STORY_DIR/back-first" "$STORY_DIR/used-first"
done
equal "what was taken back has left nothing" "$(taken "$STORY_DIR/back-first" c | head -n 2)" "2026-09-30 hundred 80.00 20.00
2026-10-31 hundred 100.00 0.00"
equal "what was used is not taken back" "$(taken "$STORY_DIR/used-first" c | head -n 2)" "2026-09-30 hundred 60.00 40.00
2026-10-31 hundred 140.00 0.00"

# ------------------------------------------------------------------ limits

# Which of several that come at once are the first is theirs to find out; how many there are is not.
round=$STORY_DIR/limits
begin "$round"
{
    record coupon '"coupon":"five"' '"percent":"10"' '"limit_total":5' '"limit_per_customer":1'
    for i in 1 2 3 4 5 6 7 8; do customer k$i plain; done
} | know "$round" "a coupon for five"
hold "$round" "UPDATE coupon SET redeemed_count = redeemed_count WHERE coupon = 'five'"
processes=
for i in 1 2 3 4 5 6 7 8; do
    redeem five k$i >"$STORY_DIR/five-$i.jsonl"
    beside "$round" import --quiet "$STORY_DIR/five-$i.jsonl"
    processes="$processes $begun"
done
await "$round" "$WAITS"
release
codes=0
for process in $processes; do
    wait "$process" || codes=$((codes + $?))
done
equal "eight at once: three come too late" "$codes" $((3 * 65))
round_sql_is "five have it" "$round" "SELECT (SELECT count(*) FROM coupon_redemption), redeemed_count FROM coupon WHERE coupon = 'five'" "5|5"

story_end
