# The benchmark's workload and its plain script: the published bytes and sums (tests/bench/README.md), and
# two independent counts of them that agree.
# Once: the data and the scripts, not a database of billmill.
. "$(dirname "$0")/../support/story.sh"
story_begin

generate=$BUILD/generate_workload
files=$STORY_DIR/s
mkdir "$files" "$STORY_DIR/shuffled"
run 0 "size S is generated" -- "$generate" "$files" 1000 100000 42 10000
equal "its sums" "$(tr '\n' ' ' <"$STORY_OUT")" "unique 99005 groups 2990 value_thousandths 1618168154 lines 3990 "
equal "its bytes" "$(sha256sum <"$files/events.csv")" "5075d93e1137bf1315960d54f914f40542b5066b4703a20dc9e89aceb9ab9b15  -"
equal "as many lines as events" "$(wc -l <"$files/events.csv")" 100000
equal "repeated lines are exact" "$(sort -u "$files/events.csv" | wc -l)" 99005
equal "a key is one event" "$(cut -d, -f2 "$files/events.csv" | sort -u | wc -l)" 99005
check "keys have the form of a UUID" -- sh -c "! cut -d, -f2 '$files/events.csv' | grep -vqE '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\$'"
check "billmill's file has the same events" -- sh -c "tail -n +2 '$files/usage.csv' | sed 's/^workload,//' | cmp - '$files/events.csv'"
equal "its header names the fields" "$(head -n 1 "$files/usage.csv")" "tenant,meter,key,subscription,value,at"
for file in tenants catalog tax_rates customers subscriptions; do
    equal "$file.jsonl is JSON" "$(sqlite3 :memory: "CREATE TABLE line (text TEXT)" ".mode ascii" '.separator "\037" "\n"' \
        ".import $files/$file.jsonl line" "SELECT count(*) FROM line WHERE NOT json_valid(text)")" 0
done

# The script users would write counts the same, and knows the totals.
db=$files/baseline.db
script() { (cd "$files" && BENCH_MARKS=$files/marks sqlite3 -batch -bail "$db" <"$STORY_ROOT/tests/bench/sqlite/$1.sql"); }
run 0 "the script's tables" -- script tables
run 0 "the script imports" -- script import
stderr_is_empty "without complaints"
sql_is "what it imported" "$db" "SELECT count(*), sum(value_1000), count(DISTINCT subscription_id * 4 + metric) FROM event" "99005|1618168154|2990"
run 0 "the script bills" -- script bill
stderr_is_empty "without complaints"
sql_is "what it billed" "$db" "SELECT count(*), sum(total_minor), min(number), max(number) FROM invoice" "1000|12743375|2026-0000001|2026-0001000"
sql_is "an invoice for every line" "$db" "SELECT count(*) FROM line WHERE subscription_id NOT IN (SELECT subscription_id FROM invoice)" 0
sql_is "lines" "$db" "SELECT count(*) FROM line" 3990

# Shuffled: the same lines, out of order by less than 48 hours.
run 0 "a shuffled workload is generated" -- "$generate" "$STORY_DIR/shuffled" 1000 100000 42 10000 48
check "it has the same lines" -- sh -c "sort '$files/events.csv' >'$files/a'; sort '$STORY_DIR/shuffled/events.csv' | cmp - '$files/a'"
run 1 "in another order" -- cmp -s "$files/events.csv" "$STORY_DIR/shuffled/events.csv"
# A block of 48 hours is shuffled within itself: each 15th of the file is the same set in both.
equal "blocks of 48 hours keep their lines" \
    "$(for f in "$files" "$STORY_DIR/shuffled"; do head -n 6666 "$f/events.csv" | sort | sha256sum; done | uniq | wc -l)" 1
run 1 "arguments are checked" -- "$generate" "$files" 0 1 1 0
stderr_has "and named" "SUBSCRIPTIONS"

story_end
