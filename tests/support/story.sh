# A story: billmill, or a program of the tests, used as a person would, with every step checked.
# Sourced by tests/stories/NAME.sh:
#
#     . "$(dirname "$0")/../support/story.sh"
#     story_begin
#     run 0 "the database is made" -- billmill init
#     stdout_has "init names the database" "billmill.db"
#     story_end
#
# 1. A story works in build/stories/NAME, emptied first, with its own database and its own copy of
#    the configuration there, so that two stories can run at the same time. Where
#    BILLMILL_TEST_POSTGRES names the server of tests/support/postgres.sh, its databases are there,
#    and NAME ends with -postgres: tests/run.sh runs each story on both engines. A story that is for
#    one engine, or for none, has a line "# Once: REASON" in its head.
# 2. Every check prints one TAP line; a failed check never ends the story.
# 3. The last line is "story NAME N passed, N failed", and the exit code 1 when a check failed, when
#    there was none, or when the script broke before story_end.
# 4. Commands start in the root of the repository. UPDATE_GOLDEN=1 writes golden files instead of
#    comparing with them.
# 5. What a story dumps it keeps by `keep_dump`: tests/run.sh compares those of both engines.
# 6. What ends outside is dated by the clock, and never before the day of its run. The clock of a
#    story stands where `clock_at` has put it: long ago, so that the run's day counts.
# shellcheck shell=bash

set -u
shopt -s lastpipe # a check at the end of a pipe counts
export LC_ALL=C

STORY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
STORY_NAME=$(basename "$0" .sh)
STORY_ENGINE=sqlite
if [ -n "${BILLMILL_TEST_POSTGRES:-}" ]; then
    STORY_ENGINE=postgres
    STORY_NAME=$STORY_NAME-postgres
fi
STORY_DIR=${STORIES_DIR:-$STORY_ROOT/build/stories}/$STORY_NAME
STORY_OUT=$STORY_DIR/stdout     # of the last `run`
STORY_ERR=$STORY_DIR/stderr
BUILD=${BUILD:-build/release}   # where the programs are, seen from the root
GOLDEN_DIR=${GOLDEN_DIR:-$STORY_ROOT/tests/golden}
export BILLMILL_CLOCK_S=0
story_passed=0
story_failed=0
story_ended=0

# ------------------------------------------------------------------ begin and end

story_begin() {
    cd "$STORY_ROOT" || exit 1
    rm -rf "$STORY_DIR"
    mkdir -p "$STORY_DIR" || exit 1
    trap story_finish EXIT
}

clock_at() { # INSTANT; "" for long ago
    BILLMILL_CLOCK_S=$([ -n "$1" ] && date -u -d "$1" +%s || echo 0)
}

# The configuration as shipped, with a database of its own: for stories that run billmill.
story_config() {
    mkdir -p "$STORY_DIR/config"
    cp config/billmill.yaml "$STORY_DIR/config/"
    cp -R config/jobs "$STORY_DIR/config/"
    cp -R templates "$STORY_DIR/templates"
    BILLMILL_DATABASE=$(database_new billmill)
    export BILLMILL_DATABASE
}

# Where the documents of story_config's configuration go.
documents_at() { # DIRECTORY
    sed -i "s|^  documents:.*|  documents: $1|" "$STORY_DIR/config/billmill.yaml"
}

billmill() {
    "${BILLMILL:-build/billmill}" --config "$STORY_DIR/config/billmill.yaml" "$@"
}

# ------------------------------------------------------------------ databases of either engine

on_postgres() {
    [ "$STORY_ENGINE" = postgres ]
}

# The address of the story's database of that name, which may not be there. A server's names have 63
# bytes at most.
database_at() { # NAME
    local name=story_${STORY_NAME%-postgres}_$1
    if on_postgres; then
        echo "${BILLMILL_TEST_POSTGRES/\/postgres\?//${name:0:63}?}"
    else
        echo "$STORY_DIR/$1.db"
    fi
}

# An empty database: on SQLite a file that is not there. Prints its address.
database_new() { # NAME
    local address name
    address=$(database_at "$1")
    name=${address%%\?*}
    if on_postgres; then tests/support/postgres.sh database "${name##*/}"; else
        rm -f "$address" "$address-wal" "$address-shm"
        echo "$address"
    fi
}

# A PostgreSQL server of the story's own, to be stopped, crowded and killed; it ends with the story.
private_server() {
    export POSTGRES_DIR=$STORY_DIR/postgres
    check "a private server starts" -- server start
    trap 'server stop; story_finish' EXIT
}

server() { # COMMAND…: see postgres.sh
    tests/support/postgres.sh "$@"
}

# The second becomes a copy of the first, which nobody uses meanwhile.
database_copy() { # ADDRESS ADDRESS
    local from=${1%%\?*} to=${2%%\?*}
    if on_postgres; then tests/support/postgres.sh copy "${from##*/}" "${to##*/}" >/dev/null; else
        rm -f "$2-wal" "$2-shm"
        cp "$1" "$2"
    fi
}

# For what no command shows, and for damage: columns are separated by "|", rows by line ends.
sql() { # ADDRESS SQL…
    local address=$1 text
    shift
    case $address in
    postgresql://*)
        for text in "$@"; do
            psql --quiet --no-psqlrc --no-align --tuples-only --set ON_ERROR_STOP=1 --dbname "$address" --command "$text" || return
        done
        ;;
    *) sqlite3 -batch -bail "$address" "$@" ;;
    esac
}

# Of both engines the same bytes, whatever the name of the story.
keep_dump() { # NAME DUMP
    mkdir -p "$STORY_DIR/dumps"
    cp "$2" "$STORY_DIR/dumps/$1.jsonl"
}

story_end() {
    story_ended=1
    exit 0 # to story_finish
}

story_finish() {
    [ "$story_ended" = 1 ] || not_ok "the story reaches its end"
    [ $((story_passed + story_failed)) -gt 0 ] || not_ok "the story checks something"
    echo "1..$((story_passed + story_failed))"
    echo "story $STORY_NAME $story_passed passed, $story_failed failed"
    trap - EXIT
    [ "$story_failed" = 0 ] || exit 1
    exit 0
}

# ------------------------------------------------------------------ what a check says

ok() {
    story_passed=$((story_passed + 1))
    echo "ok $((story_passed + story_failed)) - $STORY_NAME: $1"
}

# not_ok NAME [LINES]: what was seen instead follows as a comment.
not_ok() {
    story_failed=$((story_failed + 1))
    echo "not ok $((story_passed + story_failed)) - $STORY_NAME: $1"
    [ $# -lt 2 ] || printf '%s\n' "$2" | head -n 40 | sed 's/^/#   /'
}

# ------------------------------------------------------------------ running

# run EXIT_CODE NAME -- COMMAND…: its output is then in $STORY_OUT and $STORY_ERR.
run() {
    local expected=$1 name=$2 got=0
    shift 3
    "$@" >"$STORY_OUT" 2>"$STORY_ERR" </dev/null || got=$?
    if [ "$got" = "$expected" ]; then
        ok "$name"
    else
        not_ok "$name" "exit $got instead of $expected: $*
$(tail -n 5 "$STORY_OUT")
$(tail -n 15 "$STORY_ERR")"
    fi
}

# check NAME -- COMMAND…: it succeeds.
check() {
    local name=$1 said
    shift 2
    if said=$("$@" 2>&1 </dev/null); then ok "$name"; else not_ok "$name" "$said"; fi
}

# ------------------------------------------------------------------ steps of several stories
# ROUND as tests/fault/fault.sh has it, whose `mill` they run.

# Records that import refuses.
bad() { # ROUND NAME TEXT, records on stdin
    cat >"$STORY_DIR/bad.jsonl"
    run 65 "$2" -- mill "$1" import "$STORY_DIR/bad.jsonl"
    stderr_has "and says why" "$3"
}

closed_again() { # ROUND MONTH DUMP: what it was before
    run 0 "closing $2 again" -- mill "$1" close --period "$2"
    mill "$1" dump >"$STORY_DIR/closed-again.jsonl"
    same_file "changes nothing" "$STORY_DIR/closed-again.jsonl" "$3"
}

# Another program, in another language, computes everything a second time; where there is one.
computed() { # NAME DUMP [DOCUMENTS]
    local name=$1
    shift
    ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || run 0 "$name" -- python3 tests/support/recompute.py "$@"
}

# ------------------------------------------------------------------ comparing

equal() { # NAME GOT EXPECTED
    if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got      $2
expected $3"; fi
}

between() { # NAME GOT LOWEST HIGHEST, all whole numbers
    if [[ $2 =~ ^-?[0-9]+$ ]] && [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then
        ok "$1"
    else
        not_ok "$1" "got $2, expected $3 to $4"
    fi
}

stdout_has() { # NAME TEXT
    if grep -qF -- "$2" "$STORY_OUT"; then ok "$1"; else not_ok "$1" "no \"$2\" in:
$(head -n 20 "$STORY_OUT")"; fi
}

stderr_has() { # NAME TEXT
    if grep -qF -- "$2" "$STORY_ERR"; then ok "$1"; else not_ok "$1" "no \"$2\" in:
$(head -n 20 "$STORY_ERR")"; fi
}

stdout_is_empty() { # NAME
    if [ ! -s "$STORY_OUT" ]; then ok "$1"; else not_ok "$1" "$(head -n 20 "$STORY_OUT")"; fi
}

stderr_is_empty() { # NAME
    if [ ! -s "$STORY_ERR" ]; then ok "$1"; else not_ok "$1" "$(head -n 20 "$STORY_ERR")"; fi
}

same_file() { # NAME GOT EXPECTED
    local difference
    if difference=$(diff -u "$3" "$2" 2>&1); then ok "$1"; else not_ok "$1" "$difference"; fi
}

golden() { # NAME GOT GOLDEN, the latter below tests/golden
    local expected=$GOLDEN_DIR/$3
    if [ "${UPDATE_GOLDEN:-}" = 1 ]; then
        mkdir -p "$(dirname "$expected")"
        cp "$2" "$expected"
    fi
    same_file "$1" "$2" "$expected"
}

stdout_is_golden() { # NAME GOLDEN
    golden "$1" "$STORY_OUT" "$2"
}

sql_is() { # NAME ADDRESS SQL EXPECTED
    local got
    got=$(sql "$2" "$3" 2>&1)
    equal "$1" "$got" "$4"
}
