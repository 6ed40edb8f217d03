# What the crash stories share: a database with the demo data imported once, rounds that start from a
# copy of it, and one oracle: the dump and the documents of a run that nobody disturbed.
# Sourced after tests/support/story.sh.
#
# 1. A round is a directory with its own configuration, database and documents: mill ROUND COMMAND…, or
#    at ROUND, and then "${MILL_AT[@]}" COMMAND…, where billmill must be the process itself. Two rounds
#    of a story have different last parts of their paths.
# 2. The oracle is $GOLD (dump) and $GOLD.documents (SHA-256 of each): a run that was hurt and then
#    resumed must give the same bytes.
# 3. KILLS (24), SEED (1), POINTS (40) and FULL (unset) size the stories; instants are the same for the same seed,
#    as far as the machine lets them.
# shellcheck shell=bash

MILL=${BILLMILL:-$STORY_ROOT/build/billmill}
IMPORTED=$(database_at imported)
GOLD=$STORY_DIR/gold.jsonl
PERIOD=2026-10
KILLS=${KILLS:-24}
SEED=${SEED:-1}

at() { # ROUND: sets MILL_AT, and DB, the address of its database, to be written
    at_as_it_is "$1"
    rm -f "$1/dump-of.jsonl"
}

at_as_it_is() { # ROUND
    DB=$(database_of "$1")
    MILL_AT=("$MILL" --config "$1/config/billmill.yaml" --database "$DB")
}

database_of() { # ROUND; postgres.sh, with a server of its own, has another
    if on_postgres; then database_at "$(basename "$1")"; else echo "$1/billmill.db"; fi
}

mill() { # ROUND COMMAND…
    local DB MILL_AT
    case $2 in dump | explain | show | verify) at_as_it_is "$1" ;; *) at "$1" ;; esac
    shift
    "${MILL_AT[@]}" "$@"
}

# For checks that ask for a customer or two each: the dump is made anew when something was written since.
dump_of() { # ROUND [RECORD]: all of it, or the records of that name
    [ -e "$1/dump-of.jsonl" ] || mill "$1" dump >"$1/dump-of.jsonl"
    if [ $# = 1 ]; then cat "$1/dump-of.jsonl"; else grep "\"record\":\"$2\"[,}]" "$1/dump-of.jsonl" || true; fi
}

# Killed where at has been. In the foreground timeout outlives whom it kills, and waits until it, and
# every lock that it held, is gone.
kill_after() { # SECONDS COMMAND…
    timeout --foreground -s KILL "$1" "${MILL_AT[@]}" "${@:2}" >"$STORY_DIR/killed.txt" 2>&1 || true
}

# A month is closed, however often it is killed and resumed meanwhile.
close_hurt() { # ROUND MONTH
    local DB MILL_AT instant
    at "$1"
    for instant in 1 2 3 4 5 6; do
        kill_after "0.0$instant" close --period "$2"
        "${MILL_AT[@]}" resume >"$1/out.txt" 2>&1
    done
    run 0 "$(basename "$1"): $2 is closed" -- mill "$1" close --period "$2"
}

round_sql() { # ROUND SQL…
    local DB MILL_AT
    at "$1"
    shift
    sql "$DB" "$@"
}

round_sql_is() { # NAME ROUND SQL EXPECTED
    local DB MILL_AT
    at "$2"
    sql_is "$1" "$DB" "$3" "$4"
}

# An empty round: configuration only, with chunks of CHUNK_SIZE items where that is set.
round_new() { # ROUND
    round_files "$1"
    ! on_postgres || database_new "$(basename "$1")" >/dev/null
}

round_files() { # ROUND
    rm -rf "$1"
    mkdir -p "$1/config"
    cp "$STORY_ROOT/config/billmill.yaml" "$1/config/"
    cp -R "$STORY_ROOT/config/jobs" "$1/config/"
    cp -R "$STORY_ROOT/templates" "$1/templates"
    [ -z "${CHUNK_SIZE:-}" ] || chunks_of "$1" "$CHUNK_SIZE"
}

# Sets the size of chunks in every job that has them.
chunks_of() { # ROUND SIZE
    sed -i "s/^chunk_size:.*/chunk_size: $2/" "$1"/config/jobs/*.yaml
}

# A round that begins where the import ended.
round_imported() { # ROUND
    local DB MILL_AT
    round_files "$1"
    at "$1"
    database_copy "$IMPORTED" "$DB"
}

round_copy() { # ROUND COPY
    local DB MILL_AT from
    rm -rf "$2"
    cp -R "$1" "$2"
    at "$1"
    from=$DB
    at "$2"
    ! on_postgres || database_copy "$from" "$DB"
}

# A business moves: a new round takes a dump of another, and has the same. What it dumps is then in ROUND.jsonl.
take_dump() { # NAME ROUND DUMP
    round_new "$2"
    mill "$2" init >/dev/null 2>&1
    run 0 "$1" -- mill "$2" import --quiet "$3"
    mill "$2" dump >"$2.jsonl"
    same_file "its dump is the same" "$2.jsonl" "$3"
}

demo_files() { # DIRECTORY: in the order in which records refer to each other
    local name
    for name in tenants catalog tax_rates customers subscriptions usage; do
        [ ! -e "$1/$name.jsonl" ] || echo "$1/$name.jsonl"
    done
    [ ! -e "$1/usage.csv" ] || echo "$1/usage.csv"
}

# Imports DIRECTORY once and closes the month undisturbed. Sets SPAN_MS, how long that took.
fault_begin() { # DIRECTORY EXIT_CODE_OF_THE_CLOSE
    local begun ended DB MILL_AT
    round_new "$STORY_DIR/gold"
    run 0 "the database is made" -- mill "$STORY_DIR/gold" init
    # shellcheck disable=SC2046
    run 0 "the data are imported" -- mill "$STORY_DIR/gold" import $(demo_files "$1")
    at "$STORY_DIR/gold"
    database_copy "$DB" "$IMPORTED"
    begun=${EPOCHREALTIME/./}
    run "$2" "the month is closed undisturbed" -- mill "$STORY_DIR/gold" close --period $PERIOD
    ended=${EPOCHREALTIME/./}
    # shellcheck disable=SC2034 # the stories read it
    SPAN_MS=$(((ended - begun) / 1000))
    mill "$STORY_DIR/gold" dump >"$GOLD"
    keep_dump gold "$GOLD"
    documents_of "$STORY_DIR/gold" >"$GOLD.documents"
    check "there is something to compare" -- test -s "$GOLD.documents"
}

documents_of() { # ROUND: the SHA-256 and name of each file, whatever it is
    (cd "$1/data/documents" 2>/dev/null && find . -type f -print0 | sort -z | xargs -0 -r sha256sum)
}

# same_as_gold ROUND: true when dump, documents and the file itself are as if nothing had happened;
# otherwise says what differs.
same_as_gold() {
    local trouble
    mill "$1" dump >"$1/dump.jsonl" || return 1
    documents_of "$1" >"$1/documents.txt"
    cmp "$1/dump.jsonl" "$GOLD" && cmp "$1/documents.txt" "$GOLD.documents" || {
        diff "$1/dump.jsonl" "$GOLD" | cut -c -300 | head -n 6
        diff "$1/documents.txt" "$GOLD.documents" | head -n 6
        return 1
    }
    trouble=$(trouble_of "$1" 2>&1)
    [ -z "$trouble" ] || { echo "$trouble"; return 1; }
}

trouble_of() { # ROUND: what is not as it should be in the file and in the engine's tables
    round_sql "$1" "SELECT 'unfinished', job, state
        FROM job_instance WHERE state NOT IN ('completed', 'completed_with_parked', 'superseded')" "SELECT 'running', execution_id
        FROM job_execution WHERE state = 'running'" "SELECT 'open', partition_no FROM job_partition WHERE state <> 'done'" 2>&1
    on_postgres || sqlite3 -readonly "$1/billmill.db" "PRAGMA integrity_check" 2>&1 | grep -vx ok
}

# Finishes a round that was hurt: resume, and close where the run had not begun. Its exit code.
finish() { # ROUND
    local code=0
    mill "$1" resume >"$1/resume.txt" 2>"$1/resume.err" || code=$?
    if [ "$code" = 0 ] && grep -q "nothing is unfinished" "$1/resume.txt"; then
        mill "$1" close --period $PERIOD >"$1/resume.txt" 2>"$1/resume.err" || code=$?
    fi
    return $code
}

milliseconds() { # as the seconds that timeout wants
    printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000))
}
