#!/bin/bash
# Every test: the unit tests, then the stories, at most two at a time. The last line is
# "N passed, N failed"; the exit code is 1 when one failed or nothing ran.
#
#     tests/run.sh                    all
#     tests/run.sh demo_data close    these stories only, without the unit tests
#
# BUILD says which build is tested (build/release). Each story leaves its report in
# build/stories/NAME.tap. STORY_TIMEOUT_S (900) ends a story that hangs.
set -u
cd "$(dirname "$0")/.." || exit 1
export BUILD=${BUILD:-build/release}
export STORIES_DIR=${STORIES_DIR:-$PWD/build/stories}
export STORY_TIMEOUT_S=${STORY_TIMEOUT_S:-900}
SCRIPTS_DIR=${SCRIPTS_DIR:-tests/stories}
STORIES_AT_ONCE=2
passed=0
failed=0

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

# Those of the storage layer run on PostgreSQL too, on a server that is started for them.
run_units() {
    local report=$STORIES_DIR/unit.tap
    (
        eval "$(tests/support/postgres.sh start)"
        "$BUILD/billmill-tests" >"$report" 2>&1
        tests/support/postgres.sh stop
    )
    cat "$report"
    count "unit tests" "$report"
}

run_story() { # SCRIPT: called by xargs; prints the whole report at once
    local report
    report=$STORIES_DIR/$(basename "$1" .sh).tap
    timeout --kill-after=10 "$STORY_TIMEOUT_S" bash "$1" >"$report" 2>&1
    cat "$report"
}
export -f run_story

mkdir -p "$STORIES_DIR"
rm -f "$STORIES_DIR"/*.tap
scripts=()
if [ $# -gt 0 ]; then
    for name in "$@"; do scripts+=("$SCRIPTS_DIR/$name.sh"); done
else
    [ "${SKIP_UNIT:-}" = 1 ] || run_units
    for script in "$SCRIPTS_DIR"/*.sh; do [ ! -e "$script" ] || scripts+=("$script"); done
fi
if [ ${#scripts[@]} -gt 0 ]; then
    # shellcheck disable=SC2016 # the inner bash expands it
    printf '%s\0' "${scripts[@]}" |
        xargs -0 -n 1 -P "$STORIES_AT_ONCE" bash -c 'run_story "$0"'
    for script in "${scripts[@]}"; do
        name=$(basename "$script" .sh)
        count "$name" "$STORIES_DIR/$name.tap"
    done
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
