#!/bin/bash
# What happens around several workers on PostgreSQL: the parent's database does not answer when they are
# done, nobody can be waited for, somebody else gives numbers or writes to the audit log at the same instant.
# Once: it has a server of its own, and locks tables in it.
. "$(dirname "$0")/../support/story.sh"
unset BILLMILL_TEST_POSTGRES
story_begin
story_config

documents_at "$STORY_DIR/documents"
private_server

MONTH=(--period 2026-10 --quiet)
TEMPLATE=$(server database template)
export BILLMILL_DATABASE=$TEMPLATE
run 0 "the database is made" -- billmill init
run 0 "the business is imported" -- billmill import --quiet config/demo/{tenants,catalog,tax_rates,customers,subscriptions}.jsonl

use() { # NAME: a database with the demo's business, without usage
    BILLMILL_DATABASE=$(server copy template "$1")
    export BILLMILL_DATABASE
}

query() { # SQL
    psql --quiet --no-psqlrc --no-align --tuples-only --dbname "${BILLMILL_DATABASE/guest@/billmill@}" --command "$1"
}

# Starts a transaction of psql and awaits its first statement; `let_go SQL` does SQL and commits.
hold() { # SQL
    coproc PSQL { psql --quiet --no-psqlrc --no-align --tuples-only --dbname "${BILLMILL_DATABASE/guest@/billmill@}"; }
    # shellcheck disable=SC2153 # coproc sets it
    holder=$PSQL_PID
    printf 'BEGIN; %s; SELECT 1;\n' "$1" >&"${PSQL[1]}"
    local line=
    while [ "$line" != 1 ] && read -t 20 -r line <&"${PSQL[0]}"; do :; done
}

let_go() { # SQL
    printf '%s; COMMIT;\n\\q\n' "$1" >&"${PSQL[1]}"
    wait "$holder" 2>/dev/null
}

begin() { # COMMAND…: in the background, as $begun
    "${BILLMILL:-build/billmill}" --config "$STORY_DIR/config/billmill.yaml" "$@" \
        >"$STORY_DIR/begun.out" 2>"$STORY_DIR/begun.err" </dev/null &
    begun=$!
}

ends_with() { # NAME EXIT_CODE
    local code=0
    wait "$begun" || code=$?
    if [ "$code" = "$2" ]; then ok "$1"; else not_ok "$1" "exit $code instead of $2
$(tail -n 10 "$STORY_DIR/begun.err")"; fi
}

await_waiting() { # NUMBER: as many connections wait for a lock
    for _ in $(seq 100); do
        [ "$(query "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")" != "$1" ] || return 0
        sleep 0.05
    done
    return 1
}

# ------------------------------------------------------------------ children that cannot be waited for

use unwaited
code=0
timeout -s KILL 40 env --ignore-signal=CHLD "${BILLMILL:-build/billmill}" --config "$STORY_DIR/config/billmill.yaml" \
    run period-advance "${MONTH[@]}" --workers 2 >"$STORY_DIR/begun.out" 2>"$STORY_DIR/begun.err" || code=$?
equal "where SIGCHLD was ignored by who started it, it ends" "$code" 0

# ------------------------------------------------------------------ the database does not answer the parent

use unanswered
query "CREATE ROLE guest LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO guest" >/dev/null
query "UPDATE customer SET country = 'XX' WHERE customer = 'cus-000001'" >/dev/null
for job in period-advance rating tax; do
    billmill run $job "${MONTH[@]}" >/dev/null 2>&1
done
equal "an item is parked" "$(query "SELECT count(*) > 0 FROM parked_item WHERE state = 'parked'")" t
BILLMILL_DATABASE=${BILLMILL_DATABASE/billmill@/guest@}
hold "LOCK TABLE job_execution IN SHARE MODE"
begin parked retry --all --quiet --workers 2
check "the workers wait" -- await_waiting 2
query "ALTER ROLE guest NOLOGIN" >/dev/null
let_go "SELECT 1"
ends_with "what the workers did cannot be seen: it says so" 69
query "ALTER ROLE guest LOGIN" >/dev/null

# ------------------------------------------------------------------ numbers that somebody else gives just now

use numbered
run 0 "periods are due" -- billmill run period-advance "${MONTH[@]}"
run 0 "they are rated" -- billmill run rating "${MONTH[@]}"
run 3 "drafts are taxed" -- billmill run tax "${MONTH[@]}" # the demo has two without a rate
run 0 "no credits are over" -- billmill run credit-expire "${MONTH[@]}"
drafts=$(query "SELECT count(*) FROM invoice WHERE taxed = 1")
# As another run of the same job would: the first draft of each tenant gets the first number of the year.
hold "UPDATE invoice i SET status = 'open', series = 'invoice', fiscal_year = 2026, number_in_series = 1,
    number = 'INV-2026-000001', issued_on = '2026-10-31' FROM (SELECT tenant_id, min(draft_key) AS draft_key
    FROM invoice WHERE taxed = 1 GROUP BY tenant_id) f WHERE i.tenant_id = f.tenant_id AND i.draft_key = f.draft_key;
    INSERT INTO number_series SELECT tenant_id, 'invoice', 2026, 1, '2026-10-31', decode(repeat('00', 32), 'hex')
    FROM tenant"
begin run invoice-finalize "${MONTH[@]}"
check "it waits for the counter" -- await_waiting 1
let_go "SELECT 1"
ends_with "it goes on behind the numbers of the other" 0
equal "no draft is left" "$(query "SELECT count(*) FROM invoice WHERE taxed = 1 AND status = 'draft'")" 0
equal "none of its invoices is parked" "$(query "SELECT count(*) FROM parked_item JOIN job_instance USING (instance_id) WHERE job = 'invoice-finalize'")" 0
equal "every number once, without a gap" "$(query "SELECT count(*) = $drafts AND bool_and(number_in_series = place) FROM
    (SELECT number_in_series, row_number() OVER (PARTITION BY tenant_id ORDER BY number) AS place FROM invoice
    WHERE status <> 'draft' AND number IS NOT NULL) n")" t

# ------------------------------------------------------------------ another month of the same job

use months
hold "LOCK TABLE job_partition IN SHARE MODE"
begin close --period 2026-09 --quiet
check "the first is at work" -- await_waiting 1
run 4 "a second month is refused meanwhile" -- billmill close "${MONTH[@]}"
stderr_has "it is said by whom" "close 2026-09 is at work on host"
equal "nothing is left of it" "$(query "SELECT count(*) FROM job_instance WHERE business_key = '2026-10'")" 0
let_go "SELECT 1"
ends_with "the first ends" 3
run 3 "then the second is closed" -- billmill close "${MONTH[@]}"
equal "for everybody" "$(query "SELECT count(*) FROM parked_item WHERE code = 'conflict'")" 0

# ------------------------------------------------------------------ containers of one host, with one name

use contained
if unshare --pid --fork --mount-proc true 2>/dev/null; then
    hold "LOCK TABLE billing_period IN SHARE MODE"
    begin run period-advance "${MONTH[@]}"
    check "a worker is at work" -- await_waiting 1
    run 0 "status, where its number is nobody's" -- unshare --pid --fork --mount-proc \
        "${BILLMILL:-build/billmill}" --config "$STORY_DIR/config/billmill.yaml" status --json
    stdout_has "has that worker" '"partition": 1'
    equal "and does not take it for dead" "$(grep -c '"state": "gone"' "$STORY_OUT")" 0
    let_go "SELECT 1"
    ends_with "it ends its work" 0
else
    echo "# no namespace of processes can be made here: containers are left out"
fi

story_end
