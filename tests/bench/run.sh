#!/bin/bash
# Speed beside the plain SQL script that users would write (README.md here): both do the same work on
# the same files, stage by stage in turns A B A B A B; medians. A time counts only when the sums are right.
#
#     tests/bench/run.sh          size S on both engines; SIZE=M, L, L48 or X; ROUNDS=3; ENGINES=sqlite
#
# Prints a table and writes build/bench/results.json, a row for each goal that can be measured here:
# [{"goal", "engine", "size", "title", "unit", "work", "baseline", "ratio", "target", "met"}], goal
# being the number in README.md.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."
ROOT=$PWD
SIZE=${SIZE:-S}
ROUNDS=${ROUNDS:-3}
ENGINES=${ENGINES:-sqlite postgres}
BUILD=$ROOT/${BUILD:-build/release}
BILLMILL=$ROOT/${BILLMILL:-build/billmill}
OUT=$ROOT/build/bench
HERE=$ROOT/tests/bench
export OUT

for part in times workload sqlite postgres billmill month report; do
    # shellcheck source=/dev/null
    . "$HERE/$part.sh"
done

[ -x "$BILLMILL" ] || die "$BILLMILL is not built: run make"
[ -x "$BUILD/fold_usage" ] || die "$BUILD/fold_usage is not built: run make programs"

engine_begin() { # ENGINE
    engine=$1
    work=$OUT/$engine
    lists=$work/times
    rm -rf "$work"
    mkdir -p "$lists"
}

mkdir -p "$OUT"
workload_make "$SIZE"
report_begin
case $ENGINES in *postgres*)
    server_start
    trap server_stop EXIT
    ;;
esac
for engine in $ENGINES; do
    engine_begin "$engine"
    for round in $(seq "$ROUNDS"); do
        echo "$engine, size $size, round $round of $ROUNDS" >&2
        month_round
    done
    report_month
done
report_end
