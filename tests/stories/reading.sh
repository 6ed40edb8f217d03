# Reading what was billed: status, executions, show, parked, preview and explain, on a small business
# with one line of each model, a part of a period, limits, late usage and a missing tax rate. The golden
# texts are those of both engines; that one process owns the database is SQLite's.
. "$(dirname "$0")/../support/story.sh"
story_begin
story_config
fixtures=tests/fixtures/reading
db=$BILLMILL_DATABASE

documents() { find "$STORY_DIR/data/documents" -name '*.pdf' 2>/dev/null | wc -l; }
# Stamps, durations, actors, hosts and processes are not the same twice.
masked() { # GOLDEN NAME
    sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/TIME/g; s/ by [^ ]+/ by ACTOR/; s/on [^ ,]+, pid [0-9]+/on HOST, pid PID/; s/\([0-9:]+\)/(TOOK)/; s/ +[0-9]+:[0-9]{2} / TOOK /; s/definition [0-9a-f]+/definition DIGEST/; s/TIME  [0-9a-f]{12}$/TIME  DIGEST/; s/ +/ /g' \
        "$STORY_OUT" >"$STORY_DIR/masked"
    golden "$2" "$STORY_DIR/masked" "$1"
}
invoice_of() { sql "$db" "SELECT i.number FROM invoice i JOIN customer c ON c.tenant_id = i.tenant_id AND c.customer_id = i.customer_id WHERE c.customer = '$1' ORDER BY i.draft_key"; }

# ------------------------------------------------------------------ what may be imported

run 0 "the records that there are" -- billmill import --fields
stdout_has "each by its natural key" "subscription_change  subscription, at, tenant"
run 0 "their fields, for programs" -- billmill import --fields --json
equal "a required field, a preset one, the words of one" \
    "$(jq -c '.[] | select(.record == "coupon") | .fields[] | select(.field == "coupon" or .field == "duration") | [.required, .default, .words]' "$STORY_OUT" | paste -sd ' ')" \
    '[true,null,null] [false,"once",["once","repeating","forever"]]'
equal "every field of the demo's records is told" "$(cat config/demo/*.jsonl config/tax/*.jsonl | jq -r --slurpfile told "$STORY_OUT" -n '
    ($told[0] | map({key: .record, value: [.fields[].field | split(".")[0]]}) | from_entries) as $known
    | [inputs | .record as $record | keys[] | select(. != "record") | select([.] | inside($known[$record]) | not) | $record + "." + .] | unique | join(" ")')" ""
run 0 "the fields of a price, by model" -- billmill import --fields price --json
jq -c '.[0].models[] | {record: "price", tenant: "acme", price: ("try-" + .model), plan: "everything", product: "usage", currency: "EUR", billing: "in_arrears", valid_from: "2026-01-01"}
    + (if any(.required[]; . == "meter") then {meter: "calls"} else {} end) + .example' "$STORY_OUT" >"$STORY_DIR/examples.jsonl"
equal "nine of them, each with what it needs" \
    "$(jq -r '.[0].models | "\(length) \(all(.[]; . as $model | $model.required - ["meter"] - ($model.example | keys) == []))"' "$STORY_OUT")" "9 true"
run 0 "for people" -- billmill import --fields price
stdout_has "what belongs to which" "package: package_price, package_size; perhaps free_units, package_rounding"
run 0 "a coupon's" -- billmill import --fields coupon
stdout_has "and the order in which several apply" "by day, then by the name of the coupon"
run 64 "a record that there is not" -- billmill import --fields custmer
stderr_has "says where they are listed" "import --fields"

# ------------------------------------------------------------------ before anything ran

run 0 "init" -- billmill init
run 0 "status of an empty database" -- billmill status
stdout_has "says that nothing runs" "nothing runs now"
stderr_has "and what to do first" "billmill close"
status_onto_full_disk() { billmill status >/dev/full; }
run 74 "status that cannot be written" -- status_onto_full_disk
stderr_has "is not taken for done" "cannot write to standard output"
run 0 "no executions yet" -- billmill executions
stdout_is_empty "lists none"
run 64 "show of a job that never ran" -- billmill show close
run 0 "import" -- billmill import $fixtures/records.jsonl
run 0 "the example of each model is one" -- billmill import --dry-run "$STORY_DIR/examples.jsonl"

# ------------------------------------------------------------------ a preview before the close

run 0 "preview" -- billmill preview sub-full --tenant acme --period 2026-10
stdout_is_golden "it is the invoice of the payer" reading/preview.txt
run 64 "a subscription that two tenants have" -- billmill preview sub-full --period 2026-10
stderr_has "asks for the tenant" "add --tenant acme"
run 64 "a preview without a date" -- billmill preview sub-full --tenant acme
run 64 "a subscription that is not there" -- billmill preview sub-none --period 2026-10
run 3 "a preview of what would be parked" -- billmill preview sub-ch --period 2026-10
stdout_has "names the reason" "missing_tax_rate"
sql_is "nothing of a preview is kept" "$db" "SELECT (SELECT count(*) FROM job_instance), (SELECT count(*) FROM billing_period), (SELECT count(*) FROM invoice)" "0|0|0"
billmill preview sub-full --tenant acme --period 2026-10 --json >"$STORY_DIR/preview.json"

# ------------------------------------------------------------------ somebody else runs

if ! on_postgres; then
    mkfifo "$STORY_DIR/slow.jsonl"
    billmill import "$STORY_DIR/slow.jsonl" >/dev/null 2>&1 &
    importer=$!
    exec 5>"$STORY_DIR/slow.jsonl"
    for _ in $(seq 100); do billmill status --json | grep -q '"pid"' && break; sleep 0.05; done
    run 0 "status beside an owner" -- billmill status
    stdout_has "says who runs" "running now: import"
    run 4 "a preview beside an owner" -- billmill preview sub-full --tenant acme --period 2026-10
    run 4 "a retry beside an owner" -- billmill parked retry --all
    exec 5>&-
    wait $importer
fi

# ------------------------------------------------------------------ the close

run 3 "the close parks one" -- billmill close --period 2026-10
equal "the preview was what is billed" \
    "$(jq -c '.drafts[] | [.draft_key, .totals.total, (.lines | map(.amount))]' "$STORY_DIR/preview.json")" \
    "$(billmill explain "$(invoice_of cus-full)" --tenant acme --json | jq -c '[.draft_key, .totals.total, (.lines | map(.amount))]')"
run 0 "status" -- billmill status --period 2026-10
masked reading/status.txt "of the month"
stderr_has "the next step" "billmill parked"
run 0 "status as JSON" -- billmill status --json
equal "its keys" "$(jq -r 'keys | join(" ")' "$STORY_OUT")" "commitments_waiting database effects invoices last_executions late_usage next owner parked period unbilled_usage unfinished workers"
run 0 "executions" -- billmill executions --job tax
masked reading/executions.txt "of one job"
run 64 "executions of no job" -- billmill executions --job taxes
run 64 "a limit of nothing" -- billmill executions --limit 0
run 0 "executions as JSON" -- billmill executions --limit 2 --json
equal "the newest first" "$(jq -r '.[] | [.execution, .job, .state, .exit_code] | @csv' "$STORY_OUT")" '8,"invoice-render","completed",0
7,"invoice-finalize","completed",0'
run 0 "show the pipeline" -- billmill show close --period 2026-10
masked reading/show_close.txt "in full"
run 0 "show a step's execution" -- billmill show 5
masked reading/show_tax.txt "in full"
run 64 "show no execution" -- billmill show 4711
run 64 "show another month" -- billmill show close --period 2026-11

# ------------------------------------------------------------------ explain

full=$(invoice_of cus-full)
run 64 "a number that two tenants have" -- billmill explain INV-2026-000001
stderr_has "asks for the tenant" "add --tenant acme"
run 64 "a number that nobody has" -- billmill explain INV-2026-999999
run 64 "a line that it has not" -- billmill explain "$full" 99 --tenant acme
line_of() { sql "$db" "SELECT l.line FROM invoice_line l JOIN invoice i USING (tenant_id, invoice_id) JOIN price p ON p.tenant_id = l.tenant_id AND p.price_id = l.price_id JOIN tenant t ON t.tenant_id = i.tenant_id WHERE t.tenant = 'acme' AND i.number = '$1' AND p.price = '$2'"; }
for price in e1-flat e2-seats e3-calls e4-peak e5-mails e6-jobs; do
    run 0 "explain $price" -- billmill explain "$full" "$(line_of "$full" $price)" --tenant acme
    stdout_is_golden "$price to the cent" "reading/explain_$price.txt"
done
run 0 "explain a part of a period" -- billmill explain "$(invoice_of cus-stub)" --tenant acme
stdout_is_golden "21 of 31 days" reading/explain_stub.txt
run 0 "explain as JSON" -- billmill explain "$full" "$(line_of "$full" e3-calls)" --tenant acme --json
stdout_is_golden "all steps" reading/explain.json
stub=$(invoice_of cus-stub)
run 0 "explain several" -- billmill explain "$full" "$stub" --tenant acme
cp "$STORY_OUT" "$STORY_DIR/several.txt"
{ billmill explain "$full" --tenant acme; echo; billmill explain "$stub" --tenant acme; } >"$STORY_DIR/each.txt"
same_file "each as by itself" "$STORY_DIR/several.txt" "$STORY_DIR/each.txt"
run 0 "several as JSON" -- billmill explain "$stub" "$full" --tenant acme --json
equal "a line each, in their order" "$(jq -r .number "$STORY_OUT" | paste -sd ' ') $(wc -l <"$STORY_OUT")" "$stub $full 2"
run 64 "one of several that is not there" -- billmill explain "$full" INV-2026-999999 "$stub" --tenant acme
stderr_has "is named" "there is no invoice and no draft 'INV-2026-999999'"
equal "behind those before it" "$(grep -c '^checked: ' "$STORY_OUT")" 1
run 0 "explain a draft" -- billmill explain "2026-10-31 cus-ch EUR  000000"
stdout_has "it has no taxes yet" "taxes: not computed yet"

# ------------------------------------------------------------------ late usage

run 0 "late events" -- billmill import $fixtures/late.jsonl
run 0 "an invoice with late events that are not billed" -- billmill explain "$full" "$(line_of "$full" e3-calls)" --tenant acme
stdout_has "says so" "now: late events not billed yet: 1; all 3 events of the period give 2100"
stdout_has "and is no false alarm" "checked: every figure"
run 0 "the late usage is previewed" -- billmill preview sub-full --tenant acme --period 2026-10
stdout_has "as a line of its own" "[late_usage]"
run 3 "and billed" -- billmill redo close --period 2026-10 --reason "late usage"
late=$(invoice_of cus-full | tail -n 1)
run 0 "explain late usage" -- billmill explain "$late" --tenant acme
stdout_is_golden "the whole less what was billed before" reading/explain_late.txt
run 0 "the first invoice is still right" -- billmill explain "$full" --tenant acme

# ------------------------------------------------------------------ parked

run 0 "parked" -- billmill parked
stdout_is_golden "why, and how much" reading/parked.txt
run 0 "parked as JSON" -- billmill parked --json
equal "its sums" "$(jq -c .at_stake "$STORY_OUT")" '[{"amount":"20.00","currency":"EUR","items":1}]'
run 64 "retry of nothing" -- billmill parked retry
run 64 "retry of what is not there" -- billmill parked retry cus-full
run 64 "a number that is not there" -- billmill parked retry 2
run 64 "waive needs a reason" -- billmill parked waive 1
run 3 "retry without a cure" -- billmill parked retry 1
stdout_has "parks it again" "parked again: 2026-10-31 cus-ch EUR  000000"
run 0 "waive" -- billmill parked waive cus-ch --reason "test account"
run 0 "nothing is open" -- billmill parked
stdout_is_empty "the list is empty"
run 0 "what was waived" -- billmill parked --all
stdout_has "is still known" "test account"
run 0 "the close is simply done" -- billmill close --period 2026-10

# The waived draft is due in November too; now with the missing rate.
run 3 "November parks it again" -- billmill close --period 2026-11
run 0 "two drafts are parked" -- billmill parked --json
equal "with their money" "$(jq -c .at_stake "$STORY_OUT")" '[{"amount":"40.00","currency":"EUR","items":2}]'
run 3 "so does December" -- billmill close --period 2026-12
run 0 "a draft is listed once, where it was tried last" -- billmill parked --json
equal "for December" "$(jq -c '.items[] | [.business_key, .item]' "$STORY_OUT")" '["2026-12","2026-10-31 cus-ch EUR  000000"]
["2026-12","2026-11-30 cus-ch EUR  000000"]
["2026-12","2026-12-31 cus-ch EUR  000000"]'
equal "and counted once" "$(jq -c .at_stake "$STORY_OUT")" '[{"amount":"60.00","currency":"EUR","items":3}]'
run 0 "November has nothing open" -- billmill close --period 2026-11
sql_is "and is simply completed" "$db" "SELECT job, state FROM job_instance WHERE business_key = '2026-11' AND job IN ('close', 'tax') ORDER BY job" "close|completed
tax|completed"
run 64 "a word that three items have" -- billmill parked retry cus-ch
stderr_has "is refused with their numbers" "numbers 1, 2, 3"
last=$(sql "$db" "SELECT max(number) FROM invoice WHERE tenant_id = 1")
before=$(documents)
run 0 "the rate is imported" -- billmill import $fixtures/rate_ch.jsonl
run 0 "retry" -- billmill parked retry --all --reason "rates of CH"
stdout_has "is fixed" "fixed: 2026-12-31 cus-ch EUR  000000"
numbers=$(invoice_of cus-ch)
next() { printf 'INV-2026-%06d\n' $((10#${last#INV-2026-} + $1)); }
equal "the next numbers, in order" "$numbers" "$(next 1; next 2; next 3)"
equal "with documents" "$(documents)" $((before + 3))
run 0 "and right" -- billmill explain "$(echo "$numbers" | head -n 1)" --tenant acme
billmill dump >"$STORY_DIR/before.dump"
run 0 "retry again" -- billmill parked retry --all
stderr_has "has nothing to do" "nothing is parked"
run 0 "the close again" -- billmill close --period 2026-12
billmill dump >"$STORY_DIR/after.dump"
check "changes nothing" -- cmp "$STORY_DIR/before.dump" "$STORY_DIR/after.dump"
keep_dump after "$STORY_DIR/after.dump"
sql_is "the decisions are in the audit log" "$db" "SELECT action, reason FROM audit_log WHERE action LIKE 'parked%' ORDER BY sequence" "parked retry|
parked waive|test account
parked retry|rates of CH
parked retry|rates of CH
parked retry|rates of CH"

# ------------------------------------------------------------------ what was altered is found

altered=$(database_at altered)
altered() { # NAME SQL WHAT
    database_copy "$db" "$altered"
    sql "$altered" "$2"
    run 65 "$1" -- billmill --database "$altered" explain "$full" --tenant acme
    stdout_has "$1: named" "$3"
}
of_full="tenant_id = 1 AND invoice_id = (SELECT invoice_id FROM invoice WHERE tenant_id = 1 AND number = '$full')"
altered "an amount" "UPDATE invoice_line SET amount_minor = amount_minor + 1 WHERE $of_full AND line = 2" "amount: stored"
altered "a tax" "UPDATE invoice_tax SET tax_minor = tax_minor - 1 WHERE $of_full AND tax = 1" "tax 1: stored"
altered "a total" "UPDATE invoice SET total_minor = total_minor + 100 WHERE $of_full" "total: stored"
altered "a name" "UPDATE party SET name = 'Other' WHERE name LIKE 'M%'" "hash: stored"
altered "a price" "UPDATE price SET unit_price = '7.51' WHERE price = 'e2-seats'" "amount: stored"
altered "a billed event" "DELETE FROM usage_event WHERE event_key = 'c1'" "usage of the period: stored"

story_end
