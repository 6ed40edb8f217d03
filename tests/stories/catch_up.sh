# 13 months in which nothing ran, caught up by one run: each period once, in order, with the lines and
# amounts of 13 punctual closes. Only what says when it was issued differs.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin

# The small business, begun in September 2025: 13 months of usage for everybody, up to 30 September 2026.
data=$STORY_DIR/data
mkdir "$data"
cp tests/fixtures/fault/{tenants,catalog,tax_rates,customers}.jsonl "$data/"
sed 's/"start":"2026-09/"start":"2025-09/' tests/fixtures/fault/subscriptions.jsonl >"$data/subscriptions.jsonl"
jq -c '{tenant, subscription}' "$data/subscriptions.jsonl" | jq -c '. as $s | range(0; 36) as $i |
    {record: "usage", tenant: $s.tenant, meter: (if $s.tenant == "nordwind" then "aufrufe" else "calls" end),
     key: "\($s.subscription)-\($i)", subscription: $s.subscription, value: "\(17 + $i * 3)",
     at: ("2025-09-28T12:00:00Z" | fromdate + $i * 864000 | todate)}' >"$data/usage.jsonl"
MONTHS="2025-09 2025-10 2025-11 2025-12 2026-01 2026-02 2026-03 2026-04 2026-05 2026-06 2026-07 2026-08 2026-09"
PERIOD=2026-09
fault_begin "$data" 3 # the one run

punctual=$STORY_DIR/punctual
round_imported "$punctual"
for month in $MONTHS; do
    run 3 "$month is closed when it ends" -- mill "$punctual" close --period "$month"
done
mill "$punctual" dump >"$STORY_DIR/punctual.jsonl"
keep_dump punctual "$STORY_DIR/punctual.jsonl"

# What both must agree on.
periods() { jq -c 'select(.record == "billing_period") | del(.invoice)' "$1"; }
lines() { jq -c 'select(.record == "invoice") | {tenant, draft_key, customer, currency, cutoff, tax_point, status, subtotal, discount,
    tax, total, amount_due, lines, taxes}' "$1" | sort; }
for what in periods lines; do
    $what "$STORY_DIR/punctual.jsonl" >"$STORY_DIR/$what.punctual"
    $what "$GOLD" >"$STORY_DIR/$what.caught-up"
    same_file "$what of the run that catches up are those of 13 punctual ones" "$STORY_DIR/$what.caught-up" "$STORY_DIR/$what.punctual"
done
# In advance: the period that begins on 1 October is due when 30 September ends.
equal "13 months of fees for each subscription, and the one that begins with the next day" "$(periods "$GOLD" |
    jq -r 'select(.kind == "recurring") | .subscription' | sort | uniq -c | tr -s ' \n' ' ')" " 14 s-1 13 s-2 13 s-3 13 s-4 13 s-5 13 s-6 "
equal "no period twice, none left out" "$(periods "$GOLD" | jq -r '[.tenant, .subscription, .price, .kind, .start, .end] | join(" ")' | sort |
    awk '{ key = $1 $2 $3 $4; if (key == last && $5 != end) print; last = key; end = $6 }')" ""
equal "one invoice for each month and payer that can be taxed, and its first" "$(lines "$GOLD" | jq -r 'select(.status == "open") | .cutoff' |
    sort | uniq -c | awk '{ print $1 }' | sort | uniq -c | tr -s ' \n' ' ')" " 1 1 13 5 "
equal "numbered from the oldest on" "$(jq -r 'select(.record == "invoice" and .number != null) | [.tenant, .number_in_series, .cutoff] | join(" ")' "$GOLD" |
    sort -k1,1 -k2,2n | awk '{ if ($1 == t && ($3 < c || $2 != n + 1)) print; t = $1; n = $2; c = $3 }')" ""
equal "all issued on the day of the run" "$(jq -r 'select(.record == "invoice" and .number != null) | .issued_on' "$GOLD" | sort -u)" 2026-09-30
between "more than one usage line" "$(lines "$GOLD" | grep -o '"kind":"usage"' | wc -l)" 70 80

# A limit is a limit.
round_imported "$STORY_DIR/limited"
sed -i 's/max_catch_up: 120/max_catch_up: 3/' "$STORY_DIR/limited/config/billmill.yaml"
run 3 "with max_catch_up: 3" -- mill "$STORY_DIR/limited" close --period $PERIOD
round_sql_is "the others are parked, loudly" "$STORY_DIR/limited" "SELECT count(*), min(code) FROM parked_item" "6|too_many_due_periods"

story_end
