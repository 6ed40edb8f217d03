#!/bin/bash
# A file that goes from customer to customer, as other systems export theirs, is what the same records by kind are:
# the same dump; the same again; a record that names a later one is refused where it stands, however far the other is;
# killed anywhere, all or nothing of the file is there.
. "$(dirname "$0")/../support/story.sh"
story_begin
story_config

CUSTOMERS=1500 # records for some batches
KILLS=${KILLS:-4}
files=$STORY_DIR/files
mkdir "$files"
run 0 "records are made" -- "$BUILD/generate_workload" "$files" $CUSTOMERS 10 1 0
run 0 "and their terms" -- "$BUILD/generate_terms" "$files" $CUSTOMERS 1
by_kind=$STORY_DIR/by-kind.jsonl by_customer=$STORY_DIR/by-customer.jsonl
cat "$files"/{tenants,catalog,tax_rates,customers,subscriptions,terms}.jsonl >"$by_kind"
# What is of everybody comes first, then customer after customer, the last one first.
awk '{ print (match($0, /"[csk][0-9][0-9][0-9][0-9][0-9][0-9][0-9]"/) ? substr($0, RSTART + 2, 7) : "9999999") "\t" $0 }' "$by_kind" |
    sort -s -t "$(printf '\t')" -k 1,1r | cut -f 2- >"$by_customer"
last_customer=$(grep -n '"record":"customer"' "$by_customer" | tail -n 1)
records=$(wc -l <"$by_customer")

use() { # NAME
    BILLMILL_DATABASE=$(database_new "$1")
    export BILLMILL_DATABASE
    run 0 "$1: the database is made" -- billmill init
}

dumped() { # NAME [DUMP]: it is the same
    billmill dump --quiet >"$STORY_DIR/dump.jsonl"
    [ $# = 1 ] || same_file "$1" "$STORY_DIR/dump.jsonl" "$2"
}

use by_kind
run 0 "the records are imported by kind" -- billmill import --quiet "$by_kind"
dumped gold
gold=$STORY_DIR/gold.jsonl
mv "$STORY_DIR/dump.jsonl" "$gold"
keep_dump gold "$gold"

use by_customer
run 0 "and customer by customer" -- billmill import --json "$by_customer"
equal "as many are added" "$(jq '[.records[].new] | add' "$STORY_OUT")" "$records"
dumped "the dump is the same" "$gold"
run 0 "once more" -- billmill import --json "$by_customer"
equal "and none is" "$(jq '[.records[].new] | add' "$STORY_OUT")" 0
dumped "nor is another" "$gold"

# The last customer stands behind all that names him; then only behind his contract's phase.
use amiss
sed "${last_customer%%:*}d" "$by_customer" >"$STORY_DIR/late.jsonl"
echo "${last_customer#*:}" >>"$STORY_DIR/late.jsonl"
run 65 "a customer behind his records" -- billmill import --quiet "$STORY_DIR/late.jsonl"
stderr_has "is missed where the first of them stands" "late.jsonl:${last_customer%%:*}:"
stderr_has "and named" 'customer "c0000001" of tenant "workload" does not exist'
sql_is "and nothing is loaded" "$BILLMILL_DATABASE" "SELECT count(*) FROM tenant" 0
contract=$(grep -n '"record":"contract",.*"k0000001"' "$by_customer")
sed "${contract%%:*}d" "$by_customer" >"$STORY_DIR/late.jsonl"
echo "${contract#*:}" >>"$STORY_DIR/late.jsonl"
run 65 "a contract behind its phase" -- billmill import --quiet "$STORY_DIR/late.jsonl"
stderr_has "is missed there" 'contract "k0000001" of tenant "workload" does not exist'
run 3 "the rest can be loaded" -- billmill import --quiet --skip-bad "$STORY_DIR/skipped.jsonl" "$STORY_DIR/late.jsonl"
check "without the phase" -- grep -qx '{"record":"contract_phase",.*"contract":"k0000001",.*' "$STORY_DIR/skipped.jsonl"
equal "and nothing else" "$(wc -l <"$STORY_DIR/skipped.jsonl")" 1

# Killed at different instants of an import.
started=${EPOCHREALTIME/./}
use undisturbed
run 0 "an import undisturbed" -- billmill import --quiet "$by_customer"
span_us=$((${EPOCHREALTIME/./} - started))
for ((i = 1; i <= KILLS; i++)); do
    use "killed_$i"
    after_us=$((span_us * i / (KILLS + 1)))
    timeout --foreground -s KILL "$((after_us / 1000000)).$(printf %06d $((after_us % 1000000)))" \
        "${BILLMILL:-build/billmill}" --config "$STORY_DIR/config/billmill.yaml" import --quiet "$by_customer" >"$STORY_DIR/killed.txt" 2>&1
    count=$(sql "$BILLMILL_DATABASE" "SELECT count(*) FROM customer")
    check "killed at $i of $KILLS: all or nothing is there" -- test "$count" = 0 -o "$count" = $CUSTOMERS
    run 0 "imported again" -- billmill import --quiet "$by_customer"
    dumped "the dump is the same" "$gold"
done
story_end
