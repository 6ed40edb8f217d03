#!/bin/bash
# Speed beside the plain SQL script that users would write (README.md here): both do the same work on
# the same files, stage by stage in turns A B A B A B; medians. A time counts only when the sums are right.
#
#     tests/bench/run.sh          size S on both engines; SIZE=M, L, L48 or X; ROUNDS=3; ENGINES=sqlite
#
# PARTS chooses from "terms growth workers awaited faults pdf", which come after the month; "" is the month alone.
# terms is the month with contracts, coupons, credits, percentages and changes of plan, beside the plain month.
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
PARTS=${PARTS-terms growth workers awaited faults pdf}
BUILD=$ROOT/${BUILD:-build/release}
BILLMILL=$ROOT/${BILLMILL:-build/billmill}
OUT=$ROOT/build/bench
HERE=$ROOT/tests/bench

for part in times workload sqlite postgres billmill month terms growth workers awaited faults pdf report; do
    # shellcheck source=/dev/null
    . "$HERE/$part.sh"
done

[ -x "$BILLMILL" ] || die "$BILLMILL is not built: run make"
[ -x "$BUILD/generate_terms" ] || die "$BUILD/generate_terms is not built: run make programs"
[ -x "$BUILD/fold_usage" ] || die "$BUILD/fold_usage is not built: run make programs"

engine_begin() { # ENGINE, or none
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
    trap server_stop EXIT
    server_start
    ;;
esac
for engine in $ENGINES; do
    engine_begin "$engine"
    month_rounds
    report_month
    for part in $PARTS; do
        [ "$part" != pdf ] || continue
        "${part}_rounds"
        "report_$part"
    done
    rm -f "$work"/*.db*
done
case $PARTS in *pdf*)
    pdf_rounds
    report_pdf
    ;;
esac
report_end
