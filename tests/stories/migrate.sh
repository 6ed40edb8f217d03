# Migrations: two that migrate at once are one, an older and a newer program are refused and say what to do,
# nobody migrates under a running worker, and both engines have the same tables.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
TRIES=${TRIES:-5}
round=$STORY_DIR/round

# Another version of the program: it finds its migrations beside it.
program() { # NAME: in $STORY_DIR/NAME; sets MILL
    MILL=$STORY_DIR/$1/bin/billmill
    mkdir -p "$STORY_DIR/$1/bin"
    [ -e "$MILL" ] || cp build/billmill "$MILL"
    [ -e "$STORY_DIR/$1/migrations" ] || cp -R migrations "$STORY_DIR/$1/"
}
program new
for engine in sqlite postgres; do
    integer=$([ $engine = sqlite ] && echo INTEGER || echo BIGINT)
    echo "ALTER TABLE customer ADD COLUMN shoe_size $integer;" >"$STORY_DIR/new/migrations/$engine/0002_shoes.sql"
    echo "CREATE INDEX customer_shoes ON customer (tenant_id, shoe_size);" >"$STORY_DIR/new/migrations/$engine/0003_index.sql"
done
program old

# ------------------------------------------------------------------ two at once

# At the same time, as far as two processes can; the database is new, or at the first schema.
at_once() { # COMMAND EXIT_CODES: 0 for both, or 4 for one that finds an owner (SQLite)
    local first second codes
    mill "$round" "$1" >"$STORY_DIR/first" 2>&1 &
    first=$!
    mill "$round" "$1" >"$STORY_DIR/second" 2>&1 &
    second=$!
    wait $first
    codes=$?
    wait $second
    codes="$codes $?"
    [[ $codes =~ ^($2)$ ]] || not_ok "two of $1 at once" "exit $codes
$(cat "$STORY_DIR/first" "$STORY_DIR/second")"
}
codes="0 0"
on_postgres || codes="0 0|0 4|4 0"
for ((i = 0; i < TRIES; i++)); do
    program old
    round_new "$round"
    at_once init "$codes"
    program new
    at_once migrate "$codes"
    [ "$(round_sql "$round" "SELECT count(*), max(version) FROM schema_migration" 2>&1)" = "3|3" ] || not_ok "each migration is applied once" \
        "$(round_sql "$round" "SELECT * FROM schema_migration" 2>&1)"
done
for ((i = 0; i < TRIES; i++)); do
    round_new "$round"
    at_once init "$codes"
done
[ "$story_failed" != 0 ] || ok "two that migrate at once are one, $((3 * TRIES)) times"
run 0 "it is done" -- mill "$round" migrate
stdout_has "and says so" "is at schema 3 already; nothing was changed"

# ------------------------------------------------------------------ other versions

program old
run 78 "an older program is refused by a newer schema" -- mill "$round" status
stderr_has "it says which" "at migration 3, this billmill knows 1"
stderr_has "and what to do" "install the billmill that migrated this database"
run 78 "so is its migrate" -- mill "$round" migrate
round_new "$round"
run 0 "a database of the older program" -- mill "$round" init
program new
for command in status "close --period 2026-10" "import $STORY_ROOT/tests/fixtures/fault/tenants.jsonl" dump; do
    # shellcheck disable=SC2086
    run 78 "$command of a newer program wants to migrate first" -- mill "$round" $command
done
stderr_has "it says which" "at migration 1, this billmill needs 3"
stderr_has "and what to do" "billmill migrate"
cp "$STORY_DIR/new/migrations/sqlite/0002_shoes.sql" "$STORY_DIR/new/migrations/postgres/0002_shoes.sql.kept"
echo "ALTER TABLE customer ADD COLUMN shoe_size" >"$STORY_DIR/new/migrations/$STORY_ENGINE/0004_broken.sql"
run 70 "a migration that fails" -- mill "$round" migrate
rm "$STORY_DIR/new/migrations/$STORY_ENGINE/0004_broken.sql" "$STORY_DIR/new/migrations/postgres/0002_shoes.sql.kept"
run 0 "leaves the ones before it, which are enough" -- mill "$round" status

# ------------------------------------------------------------------ the tables

# Columns, keys, indexes; PostgreSQL's are compared with those of a file.
program old
if on_postgres; then
    round_new "$round"
    mill "$round" init >/dev/null
    "$MILL" --config "$round/config/billmill.yaml" --database "$STORY_DIR/tables.db" init >/dev/null
    sqlite3 "$STORY_DIR/tables.db" <tests/support/tables_sqlite.sql | sort >"$STORY_DIR/tables.sqlite"
    sql "$(database_of "$round")" "$(cat tests/support/tables_postgres.sql)" | sort >"$STORY_DIR/tables.postgres"
    between "there are columns" "$(grep -c ^column "$STORY_DIR/tables.sqlite")" 250 1000
    same_file "both engines have the same tables" "$STORY_DIR/tables.postgres" "$STORY_DIR/tables.sqlite"

    # An index of the same name and columns that serves others is none of billmill's.
    noted="CREATE INDEX invoice_noted ON invoice (tenant_id, customer_id"
    altered() { # NAME FROM-THE-COLUMNS-ON
        round_sql "$round" "DROP INDEX invoice_noted" "$noted$2"
        run 78 "$1" -- mill "$round" status
        stderr_has "it says which" "index invoice_noted"
    }
    altered "another grouping of its condition" ") WHERE (status = 'void' OR kind = 'credit_note') AND corrects IS NOT NULL"
    altered "another order" " DESC) WHERE status = 'void' OR (kind = 'credit_note' AND corrects IS NOT NULL)"
    altered "no condition" ")"
    round_sql "$round" "DROP INDEX invoice_noted" "$noted) WHERE status = 'void' OR (kind = 'credit_note' AND corrects IS NOT NULL)"
    run 0 "made again as it was it is billmill's" -- mill "$round" status
fi

# ------------------------------------------------------------------ under a running worker

program old
CHUNK_SIZE=2
fault_begin tests/fixtures/fault 3
round_imported "$round"
at "$round"
strace -o /dev/null -e trace=fsync -e inject=fsync:delay_exit=300000 true 2>/dev/null || story_end
strace -f -o /dev/null -e trace=fsync -e inject=fsync:delay_exit=300000 "${MILL_AT[@]}" close --period $PERIOD >"$STORY_DIR/close.out" 2>&1 &
until [ "$(sql "$DB" "SELECT count(*) FROM job_instance WHERE job = 'invoice-render' AND state = 'running'" 2>/dev/null)" = 1 ]; do
    kill -0 $! 2>/dev/null || break
    sleep 0.05
done
program new
run 4 "nobody migrates while somebody works" -- mill "$round" migrate
! on_postgres || stderr_has "it says who" "close 2026-10 is at work on host $(hostname)"
equal "nothing was changed" "$(sql "$DB" "SELECT count(*) FROM schema_migration")" 1
wait $!
equal "the worker ends well" $? 3
run 0 "then it is done" -- mill "$round" migrate
mill "$round" dump >"$STORY_DIR/dump"
check "the business is the same" -- cmp "$STORY_DIR/dump" "$GOLD"

story_end
