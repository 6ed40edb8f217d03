#!/bin/bash
# Two imports of the same tenant's usage at the same time, with files that overlap: every key is one event,
# whichever was first; a server that goes away in the middle costs time and nothing else. So of records: each is one.
# Rating at the same time bills what it has seen, or what came is late: nothing is lost.
# Once: only PostgreSQL lets two write at the same time, and this restarts a server of its own.
. "$(dirname "$0")/../support/story.sh"
story_begin
story_config

private_server

EVENTS=70000 # more than one batch each
events() { # FIRST LAST SHIFT: the hour of the day moves with the shift
    awk -v first="$1" -v last="$2" -v shift="$3" 'BEGIN {
        print "tenant,meter,key,subscription,value,at"
        for (i = first; i <= last; i++)
            printf "t,calls,key-%d,s%d,%d.5,2026-10-%02dT%02d:00:00Z\n", i, i % 7, i % 100, 1 + i % 28, (i + shift) % 24
    }'
}
{
    cat <<'END'
{"record":"tenant","tenant":"t","legal_name":"T","country":"DE","currency":"EUR","timezone":"Europe/Berlin"}
{"record":"meter","tenant":"t","meter":"calls","aggregation":"sum"}
{"record":"product","tenant":"t","product":"api","name":"API"}
{"record":"plan","tenant":"t","plan":"p","name":"P","interval":"month"}
{"record":"price","tenant":"t","price":"calls","valid_from":"2026-01-01","plan":"p","product":"api","meter":"calls","model":"per_unit","unit_price":"1","currency":"EUR","billing":"in_arrears"}
{"record":"customer","tenant":"t","customer":"c","name":"C"}
END
    for i in 0 1 2 3 4 5 6; do
        echo "{\"record\":\"subscription\",\"tenant\":\"t\",\"subscription\":\"s$i\",\"customer\":\"c\",\"plan\":\"p\",\"start\":\"2026-01-01\"}"
    done
} >"$STORY_DIR/catalog.jsonl"
events 1 $EVENTS 0 >"$STORY_DIR/usage-a.csv"
events $((EVENTS / 2)) $((EVENTS * 3 / 2)) 0 >"$STORY_DIR/usage-b.csv"
events $((EVENTS / 2)) $((EVENTS * 3 / 2)) 1 >"$STORY_DIR/usage-moved.csv"

use() { # NAME
    BILLMILL_DATABASE=$(server database "$1")
    export BILLMILL_DATABASE
    run 0 "$1: the database is made" -- billmill init
    run 0 "$1: the catalog is imported" -- billmill import --quiet "$STORY_DIR/catalog.jsonl"
}

# together FILE FILE: both at once; their exit codes are first_code and second_code.
together() {
    billmill import --quiet "$STORY_DIR/$1" >"$STORY_DIR/first" 2>&1 &
    local first=$!
    billmill import --quiet "$STORY_DIR/$2" >"$STORY_DIR/second" 2>&1 &
    local second=$!
    first_code=0 second_code=0
    wait "$first" || first_code=$?
    wait "$second" || second_code=$?
}

counts_are() { # NAME EVENTS
    sql_is "$1: events" "$BILLMILL_DATABASE" "SELECT count(*) FROM usage_event" "$2"
    sql_is "$1: keys" "$BILLMILL_DATABASE" "SELECT count(DISTINCT event_key) FROM usage_event" "$2"
    sql_is "$1: known keys" "$BILLMILL_DATABASE" "SELECT sum(key_count) FROM usage_key_run" "$2"
}

for round in 1 2; do
    use "equal$round"
    together usage-a.csv usage-b.csv
    equal "equal content, round $round: the first ends" "$first_code" 0
    equal "equal content, round $round: the second ends" "$second_code" 0
    counts_are "equal content, round $round" $((EVENTS * 3 / 2))
done
run 0 "a dump" -- billmill dump --quiet --record usage
mv "$STORY_OUT" "$STORY_DIR/together.jsonl"
use "one"
run 0 "one after the other" -- billmill import --quiet "$STORY_DIR/usage-a.csv" "$STORY_DIR/usage-b.csv"
run 0 "their dump" -- billmill dump --quiet --record usage
check "is the same" -- cmp "$STORY_OUT" "$STORY_DIR/together.jsonl"

# Whoever comes second is refused, whole.
for round in 1 2; do
    use "other$round"
    together usage-a.csv usage-moved.csv
    equal "other content, round $round: one of them is refused" "$((first_code + second_code))" 65
    if [ "$first_code" = 0 ]; then
        counts_are "other content, round $round" $EVENTS
    else
        counts_are "other content, round $round" $((EVENTS + 1))
    fi
done

# Two imports of one new redemption, of which the coupon has only one left: the second waits for the first, and
# finds what it has made.
use redeemed
cat >"$STORY_DIR/coupon.jsonl" <<'END'
{"record":"coupon","tenant":"t","coupon":"once","percent":"10","limit_total":1,"limit_per_customer":1}
END
echo '{"record":"coupon_redemption","tenant":"t","coupon":"once","customer":"c","at":"2026-10-01"}' >"$STORY_DIR/redemption.jsonl"
run 0 "a coupon" -- billmill import --quiet "$STORY_DIR/coupon.jsonl"
sql "$BILLMILL_DATABASE" "BEGIN; UPDATE coupon SET redeemed_count = 1; INSERT INTO coupon_customer (tenant_id, coupon_id, customer_id, redeemed_count)
    SELECT k.tenant_id, k.coupon_id, c.customer_id, 1 FROM coupon k, customer c; INSERT INTO coupon_redemption (tenant_id, coupon_id, customer_id, subscription_id, at_on)
    SELECT k.tenant_id, k.coupon_id, c.customer_id, 0, '2026-10-01' FROM coupon k, customer c; SELECT pg_sleep(2); COMMIT" >"$STORY_DIR/first" 2>&1 &
first=$!
sleep 1
run 0 "the same redemption by another import" -- billmill import "$STORY_DIR/redemption.jsonl"
stdout_has "is there already" "coupon_redemption           0          0          1"
wait "$first" && code=0 || code=$?
equal "the first one is through" "$code" 0
sql_is "and counts once" "$BILLMILL_DATABASE" "SELECT redeemed_count FROM coupon" 1

# Two imports have both seen that a redemption is not there when they come to the coupon, which somebody holds.
backends() { # CONDITION: how many there are in this database
    sql "$BILLMILL_DATABASE" "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND $1"
}
release() { # once two wait for a lock, or after two seconds
    for _ in $(seq 20); do
        [ "$(backends "wait_event_type = 'Lock'")" -lt 2 ] || break
        sleep 0.1
    done
    sql "$BILLMILL_DATABASE" "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'" >/dev/null
}
together_held() { # SQL FILE FILE: as together, while somebody holds what it takes
    local holder releasing
    sql "$BILLMILL_DATABASE" "BEGIN; $1; SELECT pg_sleep(30)" >/dev/null 2>&1 &
    holder=$!
    for _ in $(seq 100); do
        [ "$(backends "wait_event = 'PgSleep'")" = 0 ] || break
        sleep 0.05
    done
    release &
    releasing=$!
    together "$2" "$3"
    wait "$releasing" "$holder"
}
redeemed() { # NAME COUPON FILE FILE FIRST+SECOND COUNT: exit codes in sum, and how often it is redeemed then
    together_held "UPDATE coupon SET redeemed_count = redeemed_count" "$3" "$4"
    equal "$1: exit codes" "$((first_code + second_code))" "$5"
    sql_is "$1: counted" "$BILLMILL_DATABASE" "SELECT redeemed_count FROM coupon WHERE coupon = '$2'" "$6"
    sql_is "$1: of its customers" "$BILLMILL_DATABASE" "SELECT sum(u.redeemed_count) FROM coupon_customer u JOIN coupon c USING (tenant_id, coupon_id) WHERE coupon = '$2'" "$6"
    sql_is "$1: there" "$BILLMILL_DATABASE" "SELECT count(*) FROM coupon_redemption r JOIN coupon c USING (tenant_id, coupon_id) WHERE coupon = '$2'" "$6"
}
redemption() { # COUPON CUSTOMER AT
    echo "{\"record\":\"coupon_redemption\",\"tenant\":\"t\",\"coupon\":\"$1\",\"customer\":\"$2\",\"at\":\"$3\"}" >"$STORY_DIR/$1-$2-$3.jsonl"
}
use together
{
    echo '{"record":"customer","tenant":"t","customer":"d","name":"D"}'
    for coupon in many single other last; do
        limit=''
        [ $coupon = many ] || limit=',"limit_total":1,"limit_per_customer":1'
        echo "{\"record\":\"coupon\",\"tenant\":\"t\",\"coupon\":\"$coupon\",\"percent\":\"10\"$limit}"
        redemption $coupon c 2026-10-01
        redemption $coupon c 2026-10-02
        redemption $coupon d 2026-10-01
    done
} >"$STORY_DIR/coupons.jsonl"
run 0 "coupons" -- billmill import --quiet "$STORY_DIR/coupons.jsonl"
redeemed "one redemption in two imports" many many-c-2026-10-01.jsonl many-c-2026-10-01.jsonl 0 1
redeemed "one that there may be once" single single-c-2026-10-01.jsonl single-c-2026-10-01.jsonl 0 1
redeemed "one with two days" other other-c-2026-10-01.jsonl other-c-2026-10-02.jsonl 65 1
redeemed "the last one for two customers" last last-c-2026-10-01.jsonl last-d-2026-10-01.jsonl 65 1
redeemed "one that is new for each" many many-c-2026-10-01.jsonl many-d-2026-10-01.jsonl 0 2

# Two imports have both seen that a record is not there, or has no end, when they come to what somebody holds: it is
# made once, and whatever belongs to it belongs to that one.
made() { # NAME SQL FILE FILE FIRST+SECOND: exit codes in sum
    together_held "$2" "$3" "$4"
    equal "$1: exit codes" "$((first_code + second_code))" "$5"
    sql_is "$1: tiers belong to prices" "$BILLMILL_DATABASE" "SELECT count(*) FROM price_tier t WHERE NOT EXISTS
        (SELECT FROM price p WHERE (p.tenant_id, p.price_id, p.valid_from) = (t.tenant_id, t.price_id, t.valid_from))" 0
    sql_is "$1: a price is one price" "$BILLMILL_DATABASE" "SELECT count(*) FROM
        (SELECT FROM price GROUP BY tenant_id, price, customer_id HAVING count(DISTINCT price_id) > 1) p" 0
    sql_is "$1: subscriptions belong to customers" "$BILLMILL_DATABASE" "SELECT count(*) FROM subscription s WHERE NOT EXISTS
        (SELECT FROM customer c WHERE (c.tenant_id, c.customer_id) = (s.tenant_id, s.customer_id))" 0
}
IDS="UPDATE id_counter SET next_id = next_id"
own_price() { # FILE VALID_FROM FIELDS
    echo "{\"record\":\"customer_price\",\"tenant\":\"t\",\"customer\":\"c\",\"price\":\"calls\",\"currency\":\"EUR\",\"valid_from\":\"$2\",\"model\":\"graduated\",\"tiers\":[{\"up_to\":\"50\",\"unit_price\":\"0.08\"},{\"unit_price\":\"0.05\"}]$3}" >"$STORY_DIR/$1.jsonl"
}
listed_price() { # FILE VALID_FROM
    echo "{\"record\":\"price\",\"tenant\":\"t\",\"price\":\"new\",\"valid_from\":\"$2\",\"plan\":\"p\",\"product\":\"api\",\"meter\":\"calls\",\"model\":\"per_unit\",\"unit_price\":\"1\",\"currency\":\"EUR\",\"billing\":\"in_arrears\"}" >"$STORY_DIR/$1.jsonl"
}
customer() { # FILE SUBSCRIPTION
    echo '{"record":"customer","tenant":"t","customer":"new","name":"N"}' >"$STORY_DIR/$1.jsonl"
    echo "{\"record\":\"subscription\",\"tenant\":\"t\",\"subscription\":\"$2\",\"customer\":\"new\",\"plan\":\"p\",\"start\":\"2026-01-01\"}" >>"$STORY_DIR/$1.jsonl"
}
grant() { # FILE FIELDS
    echo "{\"record\":\"credit_grant\",\"tenant\":\"t\",\"customer\":\"c\",\"source\":\"gift\",\"effective_at\":\"2026-01-01T00:00:00Z\",$2}" >"$STORY_DIR/$1.jsonl"
}
own_price own 2026-01-01 ''
own_price own-later 2026-06-01 ''
own_price own-ends-7 2026-01-01 ',"valid_to":"2026-07-01"'
own_price own-ends-8 2026-01-01 ',"valid_to":"2026-08-01"'
listed_price listed 2026-01-01
listed_price listed-later 2026-06-01
customer customer-a a
customer customer-b b
grant gift-amount '"currency":"EUR","amount":"10.00"'
grant gift-units '"meter":"calls","units":"10"'
use made
made "what a price is for a customer, in two imports" "$IDS" own.jsonl own.jsonl 0
sql_is "has its tiers once" "$BILLMILL_DATABASE" "SELECT count(*) FROM price_tier" 2
made "two ends of it" "UPDATE price SET billing = billing WHERE customer_id > 0" own-ends-7.jsonl own-ends-8.jsonl 65
made "a listed price with two first versions" "$IDS" listed.jsonl listed-later.jsonl 0
sql_is "has both" "$BILLMILL_DATABASE" "SELECT count(*) FROM price WHERE price = 'new'" 2
made "a customer in two imports" "$IDS" customer-a.jsonl customer-b.jsonl 0
sql_is "has the subscriptions of both" "$BILLMILL_DATABASE" "SELECT count(*) FROM subscription JOIN customer USING (tenant_id, customer_id) WHERE customer = 'new'" 2
made "a grant of an amount, and of units" "LOCK TABLE credit_grant, credit_unit_grant IN SHARE MODE" gift-amount.jsonl gift-units.jsonl 65
sql_is "is one of them" "$BILLMILL_DATABASE" "SELECT (SELECT count(*) FROM credit_grant) + (SELECT count(*) FROM credit_unit_grant)" 1
change() { # FILE AT QUANTITY
    echo "{\"record\":\"subscription_change\",\"tenant\":\"t\",\"subscription\":\"a\",\"at\":\"$2\",\"quantity\":\"$3\"}" >"$STORY_DIR/$1.jsonl"
}
change change-2 2026-02-01 2
change change-3 2026-02-01 3
change change-later 2026-03-01 4
CHANGES="LOCK TABLE subscription_change IN SHARE MODE"
made "two changes of one day" "$CHANGES" change-2.jsonl change-3.jsonl 65
sql_is "are one of them" "$BILLMILL_DATABASE" "SELECT count(*) FROM subscription_change" 1
made "the same change in two imports" "$CHANGES" change-later.jsonl change-later.jsonl 0
sql_is "is one" "$BILLMILL_DATABASE" "SELECT count(*) FROM subscription_change" 2
use versions
made "a price for a customer with two first versions" "$IDS" own.jsonl own-later.jsonl 0
sql_is "has the tiers of both" "$BILLMILL_DATABASE" "SELECT count(*) FROM price_tier" 4

# All that has an id of its own, from its tenant on, as if it was imported once.
sed 's/"tenant":"t"/"tenant":"u"/' "$STORY_DIR/catalog.jsonl" "$STORY_DIR/own.jsonl" "$STORY_DIR/coupons.jsonl" >"$STORY_DIR/all.jsonl"
use all
made "all records" "$IDS" all.jsonl all.jsonl 0
run 0 "a dump of all" -- billmill dump --quiet
mv "$STORY_OUT" "$STORY_DIR/together.jsonl"
use all-once
run 0 "all records once" -- billmill import --quiet "$STORY_DIR/all.jsonl"
run 0 "their dump" -- billmill dump --quiet
check "is the same" -- cmp "$STORY_OUT" "$STORY_DIR/together.jsonl"

held() { # how many imports write events that nobody sees yet
    sql "$BILLMILL_DATABASE" "SELECT count(*) FROM pg_locks WHERE relation = 'usage_import'::regclass AND mode = 'RowExclusiveLock'"
}
wait_held() { # until one does
    for _ in $(seq 200); do [ "$(held 2>/dev/null || echo 0)" = 0 ] || return 0; sleep 0.05; done
}

# In the middle of the file, and again when it has begun anew.
use restarted
billmill import --quiet "$STORY_DIR/usage-a.csv" >"$STORY_DIR/first" 2>&1 &
first=$!
for _ in 1 2; do
    wait_held
    server restart
done
code=0
wait "$first" || code=$?
equal "the server went away: the file is loaded all the same" "$code" 0
counts_are "restarted" $EVENTS

# The import holds the tenant, with events that nobody sees yet, while September is rated.
use rated
mkfifo "$STORY_DIR/usage-open.csv"
billmill import --quiet "$STORY_DIR/usage-open.csv" >"$STORY_DIR/first" 2>&1 &
first=$!
exec 8>"$STORY_DIR/usage-open.csv"
{
    echo "tenant,meter,key,subscription,value,at"
    for i in $(seq 5000); do echo "t,calls,open-$i,s$((i % 7)),2,2026-09-05T10:00:00Z"; done
} >&8
wait_held
run 0 "periods" -- billmill run period-advance --period 2026-09
billmill run rating --period 2026-09 >"$STORY_DIR/second" 2>&1 8>&- &
second=$!
sleep 1
echo "t,calls,open-last,s1,2,2026-09-05T10:00:00Z" >&8
exec 8>&-
wait "$first" && code=0 || code=$?
equal "an import while usage is rated" "$code" 0
wait "$second" && code=0 || code=$?
equal "rating while usage is imported" "$code" 0
sql_is "all of it is billed, or late" "$BILLMILL_DATABASE" "SELECT (SELECT sum(event_count) FROM invoice_line WHERE kind = 'usage') +
    (SELECT count(*) FROM usage_event WHERE late = 1)" 5001

story_end
