#!/bin/bash
# Every test: the unit tests, then the stories, one more at a time than there are cores. Each story runs on SQLite and on
# a private PostgreSQL that is started here, and what it dumps must be the same bytes on both; a story
# with a line "# Once: REASON" in its head, or with the server of tests/fault/postgres.sh, runs once. The last line is "N passed, N
# failed"; the exit code is 1 when one failed or nothing ran.
#
#     tests/run.sh                    all
#     tests/run.sh demo_data close    these stories only, without the unit tests
#
# BUILD says which build is tested (build/release). Each story leaves its report in
# build/stories/NAME.tap, or NAME-postgres.tap, and after all of them it says which took longest. STORY_TIMEOUT_S (900) ends a story that hangs; ENGINES=sqlite
# or ENGINES=postgres leaves the other one out.
set -u
cd "$(dirname "$0")/.." || exit 1
export BUILD=${BUILD:-build/release}
export STORIES_DIR=${STORIES_DIR:-$PWD/build/stories}
export STORY_TIMEOUT_S=${STORY_TIMEOUT_S:-900}
SCRIPTS_DIR=${SCRIPTS_DIR:-tests/stories}
ENGINES=${ENGINES:-sqlite postgres}
# The system's own programs first, whose packages `make deps` installs; and psql itself, not the script
# in front of it that looks for the newest one each time.
PATH=/usr/bin:/bin:$PATH
if programs=$(tests/support/postgres.sh programs 2>/dev/null); then PATH=$programs:$PATH; fi
# What stories call jq is the one in Go: the other one takes 40 ms to start, a tenth of the whole suite.
if jq=$(command -v gojq); then
    mkdir -p build/tools
    ln -sf "$jq" build/tools/jq
    PATH=$PWD/build/tools:$PATH
fi
STORIES_AT_ONCE=$(($(nproc) + 1)) # one waits for the disk
passed=0
failed=0
server_started=0

# Adds the "N passed, N failed" that ends a report; a report without it is one failure.
count() { # NAME REPORT
    local last
    last=$(tail -n 1 "$2" 2>/dev/null)
    if [[ $last =~ (^|\ )([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[2]))
        failed=$((failed + BASH_REMATCH[3]))
    else
        echo "not ok - $1 ended without a result: $last"
        failed=$((failed + 1))
    fi
}

# ------------------------------------------------------------------ the server

# One that is named already is used as it is.
start_server() {
    [ -z "${BILLMILL_TEST_POSTGRES:-}" ] || return 0
    export POSTGRES_QUICK=1
    server_started=1
    eval "$(tests/support/postgres.sh start)"
}
stop_server() {
    [ $server_started = 0 ] || tests/support/postgres.sh stop
}
trap stop_server EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

# ------------------------------------------------------------------ running

# Those of the storage layer run on PostgreSQL too.
run_units() {
    local report=$STORIES_DIR/unit.tap
    tests/support/unit.sh "$BUILD/billmill-tests" >"$report" 2>&1
    cat "$report"
    count "unit tests" "$report"
}

runs_once() { # SCRIPT
    head -n 8 "$1" 2>/dev/null | grep -q -e '^# Once: ' -e '^\. tests/fault/postgres.sh'
}

report_of() { # SCRIPT ENGINE
    local name
    name=$(basename "$1" .sh)
    [ "$2" = sqlite ] || name=$name-$2
    echo "$STORIES_DIR/$name.tap"
}

run_story() { # SCRIPT ENGINE: called by xargs; prints the whole report at once
    local report begun=$SECONDS
    report=$(report_of "$1" "$2")
    [ "$2" = postgres ] || unset BILLMILL_TEST_POSTGRES
    if [ "$2" = postgres ] && [ -z "${BILLMILL_TEST_POSTGRES:-}" ]; then
        echo "there is no server" | tee "$report"
        return
    fi
    timeout --kill-after=10 "$STORY_TIMEOUT_S" bash "$1" >"$report" 2>&1
    cat "$report"
    echo "$((SECONDS - begun)) s  $(basename "$report" .tap)" >>"$STORIES_DIR/seconds"
}
export -f run_story report_of

# One check of every story that has run on both engines and keeps dumps.
compare_dumps() { # NAME
    local sqlite=$STORIES_DIR/$1/dumps postgres=$STORIES_DIR/$1-postgres/dumps difference
    if [ ! -e "$sqlite" ] && [ ! -e "$postgres" ]; then return; fi
    if difference=$(diff -rq "$sqlite" "$postgres" 2>&1); then
        echo "ok - $1: $(find "$sqlite" -type f | wc -l) dumps of PostgreSQL are those of SQLite"
        passed=$((passed + 1))
    else
        echo "not ok - $1: the dumps of PostgreSQL are those of SQLite"
        head -n 20 <<<"$difference" | sed 's/^/#   /'
        failed=$((failed + 1))
    fi
}

mkdir -p "$STORIES_DIR"
rm -f "$STORIES_DIR"/*.tap "$STORIES_DIR/seconds"
scripts=()
runs=() # SCRIPT ENGINE SCRIPT ENGINE …
if [ $# -gt 0 ]; then
    for name in "$@"; do scripts+=("$SCRIPTS_DIR/$name.sh"); done
else
    for script in "$SCRIPTS_DIR"/*.sh; do [ ! -e "$script" ] || scripts+=("$script"); done
fi
for script in ${scripts[@]+"${scripts[@]}"}; do
    if runs_once "$script"; then runs+=("$script" sqlite); else
        for engine in $ENGINES; do runs+=("$script" "$engine"); done
    fi
done
case " ${runs[*]-} " in *" postgres "*) start_server ;; esac
if [ $# = 0 ] && [ "${SKIP_UNIT:-}" != 1 ]; then
    start_server
    run_units
fi
if [ ${#runs[@]} -gt 0 ]; then
    # shellcheck disable=SC2016 # the inner bash expands it
    printf '%s\0' "${runs[@]}" |
        xargs -0 -n 2 -P "$STORIES_AT_ONCE" bash -c 'run_story "$0" "$1"'
    for ((i = 0; i < ${#runs[@]}; i += 2)); do
        report=$(report_of "${runs[i]}" "${runs[i + 1]}")
        count "$(basename "$report" .tap)" "$report"
    done
    for script in "${scripts[@]}"; do
        [ "$ENGINES" != "sqlite postgres" ] || runs_once "$script" || compare_dumps "$(basename "$script" .sh)"
    done
    echo "took longest:"
    sort -rn "$STORIES_DIR/seconds" 2>/dev/null | head -n 10
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
