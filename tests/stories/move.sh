# A database moves in mid-life by dump and import, from the story's engine into a file of SQLite and back:
# in the middle of a close, between closes with usage that comes late, before a redo, and with payments. Every run then
# goes on as if it had been there always: the dumps are those of a database that never moved.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
never=$STORY_DIR/never

database_of() { # ROUND: of those whose name says so a file
    case $1 in
    *-file) echo "$1/billmill.db" ;;
    *) if on_postgres; then database_at "$(basename "$1")"; else echo "$1/billmill.db"; fi ;;
    esac
}

begin() { # ROUND
    round_new "$1"
    run 0 "$(basename "$1"): the database is made" -- mill "$1" init
    # shellcheck disable=SC2046
    run 0 "$(basename "$1"): the data are imported" -- mill "$1" import --quiet $(demo_files tests/fixtures/fault)
}

move() { # ROUND ROUND: the business, and the documents beside it
    round_new "$2"
    mill "$1" dump --out "$STORY_DIR/moving.jsonl" 2>/dev/null
    run 0 "$(basename "$2"): a new database" -- mill "$2" init
    run 0 "$(basename "$2"): takes the dump of $(basename "$1")" -- mill "$2" import --quiet "$STORY_DIR/moving.jsonl"
    mill "$2" dump >"$STORY_DIR/moved.jsonl"
    check "$(basename "$2"): its dump is the same" -- cmp "$STORY_DIR/moved.jsonl" "$STORY_DIR/moving.jsonl"
    [ ! -e "$1/data" ] || cp -R "$1/data" "$2/data"
}

same_as_never() { # NAME ROUND
    mill "$never" dump >"$STORY_DIR/never.jsonl"
    keep_dump "$1" "$STORY_DIR/never.jsonl"
    mill "$2" dump >"$STORY_DIR/moved.jsonl"
    same_file "$1: the dump is that of one that never moved" "$STORY_DIR/moved.jsonl" "$STORY_DIR/never.jsonl"
    check "$1: so are the documents" -- diff -rq "$2/data" "$never/data"
}

steps_of() { # ROUND: of which pipeline each run is a step
    round_sql "$1" "SELECT j.job, j.business_key, p.job, p.business_key FROM job_instance j JOIN job_instance p ON p.instance_id = j.parent_instance_id
        WHERE NOT EXISTS (SELECT 1 FROM job_instance n WHERE n.job = j.job AND n.business_key = j.business_key AND n.generation > j.generation) ORDER BY j.job, j.business_key"
}

both() { # EXIT_CODE NAME ROUND COMMAND…: on the one that moved, and on the other
    local code=$1 name=$2 round=$3
    shift 3
    run "$code" "$name" -- mill "$round" "$@"
    run "$code" "$name, where nothing moved" -- mill "$never" "$@"
}

# ------------------------------------------------------------------ in the middle of a close

begin "$never"
first=$STORY_DIR/first
begin "$first"
for job in period-advance rating; do
    both 0 "$job of October" "$first" run $job --period $PERIOD
done
second=$STORY_DIR/second-file
move "$first" "$second"
both 3 "the close goes on" "$second" close --period $PERIOD
same_as_never "October" "$second"

# ------------------------------------------------------------------ between closes

jq -c '.key = "late-" + .key | .value = "5"' tests/fixtures/fault/usage.jsonl >"$STORY_DIR/usage-late.jsonl"
both 0 "late usage comes" "$second" import --quiet "$STORY_DIR/usage-late.jsonl"
both 0 "and comes again" "$second" import --quiet "$STORY_DIR/usage-late.jsonl" tests/fixtures/fault/usage.jsonl
third=$STORY_DIR/third
move "$second" "$third"
between "runs are steps of the close" "$(steps_of "$second" | wc -l)" 3 20
equal "and are so after the move" "$(steps_of "$third")" "$(steps_of "$second")"
both 0 "and once more, after the move" "$third" import --quiet "$STORY_DIR/usage-late.jsonl" tests/fixtures/fault/usage.jsonl
run 0 "what was closed before the move stays closed" -- mill "$third" close --period $PERIOD
stdout_has "and says so" "already done before the database was moved; nothing was changed"
both 3 "a redo bills it" "$third" redo close --period $PERIOD --reason "late usage"
same_as_never "the redo" "$third"
between "it has late lines" "$(grep -o '"kind":"late_usage"' "$STORY_DIR/moved.jsonl" | wc -l)" 5 400

# ------------------------------------------------------------------ before the next one

fourth=$STORY_DIR/fourth-file
move "$third" "$fourth"
sed 's/"late-/"later-/' "$STORY_DIR/usage-late.jsonl" >"$STORY_DIR/usage-later.jsonl"
both 0 "more late usage" "$fourth" import --quiet "$STORY_DIR/usage-later.jsonl"
both 3 "the next month" "$fourth" close --period 2026-11
same_as_never "November" "$fourth"
equal "numbers go on without a gap" "$(jq -r 'select(.record == "invoice" and .number != null and .tenant == "nordwind") | .number_in_series' \
    "$STORY_DIR/moved.jsonl" | sort -n | awk '$1 != NR { print "at", NR; exit }')" ""

# ------------------------------------------------------------------ payments

# A payment with the longest name pays what its customer owes, in the order of the invoices, and leaves a credit; something of it is given
# back later. What is made of it has names that fit, like those of what differs at gateways.
mill "$never" dump --record invoice,payment >"$STORY_DIR/owed.jsonl"
read -r customer currency <<<"$(jq -r 'select(.tenant == "nordwind" and .status == "open" and .amount_due != "0.00") | [.customer, .currency] | join(" ")' "$STORY_DIR/owed.jsonl" | head -n 1)"
long=$(printf 'r%.0s' {1..192})
payment() { # REFERENCE
    printf '{"record":"payment","tenant":"nordwind","gateway_reference":"%s","customer":"%s","amount":"90000.00","currency":"%s","at":"2026-12-01T12:00:00Z"}\n' "$1" "$customer" "$currency"
}
payment "$long" >"$STORY_DIR/payment.jsonl"
payment "${long}r" >"$STORY_DIR/longer.jsonl"
printf '{"record":"refund","tenant":"nordwind","gateway_reference":"re-1","payment":"%s","amount":"5.00","currency":"%s","at":"2026-12-06T12:00:00Z"}\n' "$long" "$currency" >"$STORY_DIR/refund.jsonl"
both 0 "somebody pays" "$fourth" import --quiet "$STORY_DIR/payment.jsonl"
run 65 "with a longer name he could not" -- mill "$fourth" import --quiet "$STORY_DIR/longer.jsonl"
stderr_has "which is said" "is 193 bytes long; 192 are allowed"
both 0 "it is matched" "$fourth" run payment-match --date 2026-12-05
both 0 "some of it is given back" "$fourth" import --quiet "$STORY_DIR/refund.jsonl"
both 0 "which is taken off a part" "$fourth" run payment-match --date 2026-12-06
for round in "$never" "$fourth"; do
    round_sql "$round" "INSERT INTO payment_difference (gateway, reference, what, tenant, customer, invoice, payment_key, status, there_currency, there_minor, there_refunded_minor,
        here_currency, here_minor, here_refunded_minor, found_on, accepted) VALUES
        ('stripe', 'pi_1', 'not_here', NULL, NULL, NULL, NULL, 'succeeded', 'EUR', 700, 100, NULL, NULL, NULL, '2026-12-05', 'of the shop'),
        ('stripe', 'pi_2', 'not_here', NULL, NULL, NULL, 'x:y:1', 'succeeded', NULL, 0, 0, NULL, NULL, NULL, '2026-12-05', NULL),
        ('razorpay', 'pay_3', 'amount', 'nordwind', 'c-1', 'INV-1', NULL, 'captured', 'JPY', 500, 0, 'JPY', 501, 0, '2026-12-06', NULL)"
done
for round in "$never" "$fourth"; do
    round_sql "$round" "INSERT INTO gateway_statement (gateway, from_on, until_on, payments, paid, digest)
        SELECT 'stripe', '2026-11-29', '2026-12-05', 3, 2, s.last_hash FROM number_series s JOIN tenant t ON t.tenant_id = s.tenant_id WHERE t.tenant = 'nordwind' AND s.series = 'invoice'"
done
both 3 "gateways differ" "$fourth" payments --all
same_as_never "payments" "$fourth"
fifth=$STORY_DIR/fifth
move "$fourth" "$fifth"
equal "parts, what was given back of one, and a credit" "$(jq -r --arg c "$customer" 'select(.part_of != null or (.record == "refund" and .gateway_reference != "re-1") or (.record == "credit_grant" and .customer == $c and (.source | startswith("payment ")))) | .record' \
    "$STORY_DIR/moved.jsonl" | sort -u | paste -sd ' ')" "credit_grant payment refund"
equal "with names that fit" "$(jq -r 'select(.part_of != null or .record == "refund" or .record == "credit_grant") | .gateway_reference // .source | utf8bytelength' "$STORY_DIR/moved.jsonl" | sort -n | tail -n 1)" 200
equal "what differs there differs here" "$(mill "$fifth" payments --all --json)" "$(mill "$never" payments --all --json)"
round_sql_is "and until when they were compared is known" "$fifth" "SELECT gateway, from_on, until_on, payments, paid FROM gateway_statement" "stripe|2026-11-29|2026-12-05|3|2"
both 0 "nothing is due behind it" "$fifth" run payment-match --date 2026-12-07
equal "and nothing is made" "$(mill "$fifth" dump --record payment,refund,credit_grant)" "$(mill "$never" dump --record payment,refund,credit_grant)"

story_end
