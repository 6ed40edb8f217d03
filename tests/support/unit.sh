#!/bin/bash
# usage: tests/support/unit.sh PROGRAM
#
# Runs each suite of the unit test program in a process of its own, one for each core at a time: the
# program forks for every test, and the more suites it has run (above all under ASan) the more there is
# to copy. Prints what the suites print and last "N passed, N failed"; exit code 1 when one failed or
# nothing ran.
set -u
program=$1
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

run_suite() { # PROGRAM REPORTS SUITE
    "$1" "$3" >"$2/$3" 2>&1
    cat "$2/$3"
}
export -f run_suite

"$program" --list >"$reports/.suites" || exit 1
# shellcheck disable=SC2016 # the inner bash expands it
xargs -a "$reports/.suites" -n 1 -P "$(nproc)" bash -c 'run_suite "$@"' run "$program" "$reports"

passed=0
failed=0
while read -r suite; do
    last=$(tail -n 1 "$reports/$suite")
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
    else
        echo "not ok - suite $suite ended without a result: $last"
        failed=$((failed + 1))
    fi
done <"$reports/.suites"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
