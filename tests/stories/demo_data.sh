# The demo data: they are what the generator makes, every reference holds, and they have in them what
# the demo promises to show. Larger sizes have the same shape and need no more memory.
# Once: the data, not a database of billmill.
. "$(dirname "$0")/../support/story.sh"
story_begin

generate=$BUILD/generate_demo
files="tenants.jsonl catalog.jsonl tax_rates.jsonl customers.jsonl subscriptions.jsonl usage.csv usage.jsonl"

# ------------------------------------------------------------------ the bytes

mkdir "$STORY_DIR/again" "$STORY_DIR/other" "$STORY_DIR/large" "$STORY_DIR/larger"
run 0 "the generator runs" -- "$generate" "$STORY_DIR/again"
for file in $files; do
    check "config/demo/$file is what the generator makes" -- cmp "config/demo/$file" "$STORY_DIR/again/$file"
done
equal "nothing else is in config/demo" "$(ls -I README.md -I billmill.yaml config/demo | tr '\n' ' ')" "$(ls "$STORY_DIR/again" | tr '\n' ' ')"
run 0 "another locale and zone" -- env LC_ALL=C.UTF-8 TZ=Asia/Kolkata "$generate" "$STORY_DIR/other"
check "the bytes do not depend on them" -- diff -r "$STORY_DIR/again" "$STORY_DIR/other"
run 0 "another seed" -- "$generate" "$STORY_DIR/other" --seed 1
run 1 "gives other usage" -- cmp -s "$STORY_DIR/again/usage.csv" "$STORY_DIR/other/usage.csv"
run 1 "an unknown option is refused" -- "$generate" "$STORY_DIR/other" --months 3
stderr_has "and named" "--months"
run 1 "too few events are refused" -- "$generate" "$STORY_DIR/other" --events 10
run 1 "a directory that is not there is refused" -- "$generate" "$STORY_DIR/none"
stderr_has "and named" "$STORY_DIR/none/tenants.jsonl"

# ------------------------------------------------------------------ the records, loaded into SQLite

load() { # DIRECTORY DATABASE
    sqlite3 -batch "$2" <<END
CREATE TABLE line (text TEXT);
CREATE TABLE csv (tenant TEXT, meter TEXT, key TEXT, subscription TEXT, value TEXT, at TEXT, properties TEXT);
.mode ascii
.separator "\037" "\n"
.import $1/tenants.jsonl line
.import $1/catalog.jsonl line
.import $1/tax_rates.jsonl line
.import $1/customers.jsonl line
.import $1/subscriptions.jsonl line
.import $1/usage.jsonl line
.mode csv
.import --skip 1 $1/usage.csv csv
CREATE TABLE bad AS SELECT text FROM line WHERE NOT json_valid(text);
CREATE TABLE record AS SELECT json_extract(text, '\$.record') AS kind, text AS j FROM line WHERE json_valid(text);
CREATE TABLE tenant AS SELECT j ->> 'tenant' AS tenant FROM record WHERE kind = 'tenant';
CREATE TABLE product AS SELECT j ->> 'tenant' AS tenant, j ->> 'product' AS product, j ->> 'tax_category' AS tax_category FROM record WHERE kind = 'product';
CREATE TABLE meter AS SELECT j ->> 'tenant' AS tenant, j ->> 'meter' AS meter, j ->> 'aggregation' AS aggregation FROM record WHERE kind = 'meter';
CREATE TABLE plan AS SELECT j ->> 'tenant' AS tenant, j ->> 'plan' AS plan, coalesce(j ->> 'trial_days', 0) AS trial_days, j ->> 'interval' AS interval, j ->> 'interval_count' AS interval_count FROM record WHERE kind = 'plan';
CREATE TABLE price AS SELECT j ->> 'tenant' AS tenant, j ->> 'price' AS price, j ->> 'valid_from' AS valid_from, j ->> 'plan' AS plan, j ->> 'product' AS product, j ->> 'meter' AS meter, j ->> 'model' AS model, j ->> 'billing' AS billing, j ->> 'currency' AS currency, j FROM record WHERE kind = 'price';
CREATE TABLE customer AS SELECT j ->> 'tenant' AS tenant, j ->> 'customer' AS customer, j ->> 'name' AS name, j ->> 'email' AS email, j ->> '\$.address.country' AS country, j ->> 'currency' AS currency, j ->> 'parent' AS parent, j FROM record WHERE kind = 'customer';
CREATE TABLE subscription AS SELECT j ->> 'tenant' AS tenant, j ->> 'subscription' AS subscription, j ->> 'customer' AS customer, j ->> 'plan' AS plan, j ->> 'start' AS start, j ->> 'status' AS status, j ->> 'trial_end' AS trial_end, j ->> 'cancel_at' AS cancel_at, j ->> 'cancel_at_period_end' AS cancel_at_period_end, j ->> 'anchor_day' AS anchor_day, j ->> 'align' AS align, j ->> 'quantity' AS quantity FROM record WHERE kind = 'subscription';
CREATE TABLE tax_rate AS SELECT j ->> 'tenant' AS tenant, j ->> 'country' AS country, coalesce(j ->> 'region', '') AS region, j ->> 'category' AS category, j ->> 'valid_from' AS valid_from, j ->> 'inclusive' AS inclusive FROM record WHERE kind = 'tax_rate';
CREATE TABLE usage AS SELECT * FROM csv UNION ALL SELECT j ->> 'tenant', j ->> 'meter', j ->> 'key', j ->> 'subscription', j ->> 'value', j ->> 'at', coalesce(j -> 'properties', '') FROM record WHERE kind = 'usage';
CREATE UNIQUE INDEX plan_key ON plan (tenant, plan);
CREATE INDEX subscription_key ON subscription (tenant, subscription);
CREATE INDEX usage_key ON usage (tenant, meter, key);
CREATE INDEX customer_key ON customer (tenant, customer);
CREATE INDEX price_plan ON price (tenant, plan, meter);
ANALYZE;
-- Paid time, the day it begins in UTC at the latest and the earliest that its zone allows.
CREATE VIEW paid AS SELECT s.*, unixepoch(coalesce(s.trial_end, date(s.start, '+' || p.trial_days || ' days')))
    + CASE s.tenant WHEN 'musterdaten' THEN -2 ELSE 4 END * 3600 AS from_s,
    CASE WHEN s.cancel_at IS NULL THEN unixepoch('2100-01-01') ELSE unixepoch(s.cancel_at) - 7200 END AS until_s
    FROM subscription s JOIN plan p USING (tenant, plan);
END
}

# The same checks at any size. NAME DATABASE
check_records() {
    local size=$1 db=$2 kind
    sql_is "$size: every line is JSON" "$db" "SELECT count(*) FROM bad" 0
    while read -r table key; do
        sql_is "$size: no two records $table have one key" "$db" \
            "SELECT count(*) FROM (SELECT 1 FROM $table GROUP BY $key HAVING count(*) > 1)" 0
    done <<END
tenant tenant
product tenant, product
meter tenant, meter
plan tenant, plan
price tenant, price, valid_from
customer tenant, customer
subscription tenant, subscription
tax_rate tenant, country, region, category, valid_from
END
    sql_is "$size: one key of usage has one content" "$db" "SELECT count(*) FROM (SELECT 1 FROM usage GROUP BY tenant, meter, key
        HAVING count(DISTINCT subscription || ' ' || value || ' ' || at || ' ' || properties) > 1)" 0
    for kind in product meter plan price customer subscription; do
        sql_is "$size: the tenant of every $kind exists" "$db" "SELECT count(*) FROM $kind WHERE tenant NOT IN (SELECT tenant FROM tenant)" 0
    done
    sql_is "$size: the plan, product and meter of every price exist" "$db" "SELECT count(*) FROM price a
        WHERE NOT EXISTS (SELECT 1 FROM plan b WHERE b.tenant = a.tenant AND b.plan = a.plan)
           OR NOT EXISTS (SELECT 1 FROM product b WHERE b.tenant = a.tenant AND b.product = a.product)
           OR (meter IS NOT NULL AND NOT EXISTS (SELECT 1 FROM meter b WHERE b.tenant = a.tenant AND b.meter = a.meter))" 0
    sql_is "$size: every plan has a price" "$db" "SELECT count(*) FROM plan a WHERE NOT EXISTS (SELECT 1 FROM price b WHERE b.tenant = a.tenant AND b.plan = a.plan)" 0
    sql_is "$size: the customer and the plan of every subscription exist, in one currency" "$db" "SELECT count(*) FROM subscription a
        WHERE NOT EXISTS (SELECT 1 FROM customer b JOIN price c ON c.tenant = b.tenant AND c.currency = b.currency AND c.plan = a.plan
                           WHERE b.tenant = a.tenant AND b.customer = a.customer)" 0
    sql_is "$size: who pays for another exists, pays for itself and has the same currency" "$db" "SELECT count(*) FROM customer a
        LEFT JOIN customer b ON b.tenant = a.tenant AND b.customer = a.parent
        WHERE a.parent IS NOT NULL AND (b.customer IS NULL OR b.parent IS NOT NULL OR b.currency <> a.currency)" 0
    sql_is "$size: canceled says when" "$db" "SELECT count(*) FROM subscription WHERE status = 'canceled' AND (cancel_at IS NULL OR cancel_at > '2026-10-31')" 0
    sql_is "$size: mail goes to example domains" "$db" "SELECT count(*) FROM customer WHERE email NOT GLOB '*@example.com' AND email NOT GLOB '*@example.net' AND email NOT GLOB '*@example.org'" 0
    sql_is "$size: the subscription of every event exists and its plan prices the meter" "$db" "SELECT count(*) FROM usage u
        LEFT JOIN subscription s ON s.tenant = u.tenant AND s.subscription = u.subscription
        WHERE s.subscription IS NULL OR NOT EXISTS (SELECT 1 FROM price p WHERE p.tenant = s.tenant AND p.plan = s.plan AND p.meter = u.meter)" 0
    sql_is "$size: every event lies in the paid time of its subscription" "$db" "SELECT count(*) FROM usage u
        JOIN paid s ON s.tenant = u.tenant AND s.subscription = u.subscription
        WHERE unixepoch(u.at) IS NULL OR unixepoch(u.at) < s.from_s OR unixepoch(u.at) >= s.until_s" 0
    sql_is "$size: what unique_count counts is there" "$db" "SELECT count(*) FROM usage WHERE meter = 'active_users' AND (NOT json_valid(properties) OR properties ->> 'user' IS NULL)" 0
}

demo=$STORY_DIR/demo.db
load config/demo "$demo"
check_records demo "$demo"

# ------------------------------------------------------------------ what the demo shows

equal "the header of usage.csv names the fields" "$(head -n 1 config/demo/usage.csv)" "tenant,meter,key,subscription,value,at,properties"
sql_is "records of each kind" "$demo" "SELECT kind, count(*) FROM record WHERE kind <> 'usage' GROUP BY kind ORDER BY kind" \
    "$(printf '%s\n' 'contract|1' 'contract_phase|2' 'customer|300' 'meter|12' 'plan|16' 'price|44' 'product|10' 'subscription|390' 'tax_rate|75' 'tenant|2')"
sql_is "20,000 lines of usage" "$demo" "SELECT count(*) FROM usage" 20000
between "about one of a hundred is sent again" "$(sqlite3 "$demo" "SELECT count(*) - count(DISTINCT tenant || meter || key) FROM usage")" 150 200
sql_is "every aggregation" "$demo" "SELECT group_concat(a, ' ') FROM (SELECT DISTINCT aggregation a FROM meter JOIN usage USING (tenant, meter) ORDER BY 1)" "count last max sum unique_count"
sql_is "every model, sold by both tenants" "$demo" "SELECT group_concat(m, ' ') FROM (SELECT model || count(DISTINCT tenant) m FROM price GROUP BY model ORDER BY 1)" "flat2 graduated2 package2 per_unit2 volume2"
sql_is "months, quarters and years" "$demo" "SELECT group_concat(i, ' ') FROM (SELECT DISTINCT interval_count || interval i FROM plan JOIN subscription USING (tenant, plan) ORDER BY 1)" "1month 1year 3month"
sql_is "every status" "$demo" "SELECT group_concat(s, ' ') FROM (SELECT DISTINCT status s FROM subscription ORDER BY 1)" "active canceled trialing"
sql_is "every kind of tax" "$demo" "SELECT group_concat(c, ' ') FROM (SELECT DISTINCT category c FROM tax_rate ORDER BY 1)" "consumer reduced standard"
sql_is "only consumer prices contain the tax" "$demo" "SELECT group_concat(DISTINCT category) FROM tax_rate WHERE inclusive" consumer
sql_is "every currency" "$demo" "SELECT group_concat(c, ' ') FROM (SELECT DISTINCT currency c FROM price ORDER BY 1)" "EUR GBP USD VND"
between "countries" "$(sqlite3 "$demo" "SELECT count(DISTINCT country) FROM customer")" 19 19
between "anchors on the 29th to 31st" "$(sqlite3 "$demo" "SELECT count(*) FROM subscription WHERE anchor_day >= 29")" 30 120
between "calendar months with a stub" "$(sqlite3 "$demo" "SELECT count(*) FROM subscription WHERE align = 'calendar' AND start NOT LIKE '%-01'")" 5 60
between "trials of their own" "$(sqlite3 "$demo" "SELECT count(*) FROM subscription WHERE trial_end IS NOT NULL")" 5 40
between "cancellations" "$(sqlite3 "$demo" "SELECT count(*) FROM subscription WHERE cancel_at IS NOT NULL AND cancel_at_period_end IS NULL")" 8 40
between "cancellations at the period's end" "$(sqlite3 "$demo" "SELECT count(*) FROM subscription WHERE cancel_at_period_end")" 5 40
between "decimal quantities" "$(sqlite3 "$demo" "SELECT count(*) FROM subscription WHERE quantity GLOB '*.*'")" 8 60
between "customers whom another pays for" "$(sqlite3 "$demo" "SELECT count(*) FROM customer WHERE parent IS NOT NULL")" 2 12
between "one customer has many subscriptions" "$(sqlite3 "$demo" "SELECT max(n) FROM (SELECT count(*) n FROM subscription GROUP BY customer)")" 15 30
sql_is "one customer's country has no tax rate" "$demo" "SELECT customer, country FROM customer WHERE country NOT IN (SELECT country FROM tax_rate)" "cus-000001|CH"
sql_is "its subscription is the only one" "$demo" "SELECT count(*) FROM subscription WHERE customer = 'cus-000001'" 1
sql_is "every category that a country buys has a rate there" "$demo" "SELECT count(*) FROM customer c JOIN subscription s USING (tenant, customer)
    JOIN price p USING (tenant, plan) JOIN product d USING (tenant, product)
    WHERE c.country <> 'CH' AND NOT EXISTS (SELECT 1 FROM tax_rate t WHERE t.country = c.country AND t.category = d.tax_category)" 0

# ------------------------------------------------------------------ larger sizes

run 0 "a tenth of the large size" -- "$BUILD/measure" "$STORY_DIR/large.txt" "$generate" "$STORY_DIR/large" --subscriptions 2000 --events 30000
run 0 "the large size" -- "$BUILD/measure" "$STORY_DIR/larger.txt" "$generate" "$STORY_DIR/larger" --subscriptions 20000 --events 300000
read -r _ _ small_kib <"$STORY_DIR/large.txt"
read -r _ _ large_kib <"$STORY_DIR/larger.txt"
between "it needs no more memory (KiB)" "$large_kib" 0 $((small_kib + 1024))
load "$STORY_DIR/large" "$STORY_DIR/large.db"
check_records large "$STORY_DIR/large.db"
sql_is "large: as many events as asked for" "$STORY_DIR/large.db" "SELECT count(*) FROM usage" 30000
sql_is "large: one parked customer" "$STORY_DIR/large.db" "SELECT count(*) FROM customer WHERE country = 'CH'" 1

story_end
