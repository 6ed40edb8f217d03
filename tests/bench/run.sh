#!/bin/bash
# Speed beside the plain SQL script that users would write (README.md here): both do the same work on
# the same files, in turns A B A B A B; medians. A time counts only when the sums are right.
#
#     tests/bench/run.sh          size S; SIZE=M, L or L48 for more; ROUNDS=3
#
# Prints a table and writes build/bench/results.json:
# [{"goal", "size", "work", "baseline", "ratio", "target", "met"}], goal being the number in README.md.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."
ROOT=$PWD
SIZE=${SIZE:-S}
ROUNDS=${ROUNDS:-3}
BUILD=${BUILD:-build/release}
BILLMILL=$ROOT/${BILLMILL:-build/billmill}
MEASURE=$ROOT/$BUILD/measure
SEED=42
REPEATED_PPM=10000
PERIOD=2026-09
BILLING_JOBS="period-advance rating tax invoice-finalize"
OUT=$ROOT/build/bench

# What every correct program makes of the files: made by the generator's own count (unique, values)
# and agreed by baseline_bill.sql (totals). A change of these lines is a change of the workload.
case $SIZE in
S)   subscriptions=1000;   events=100000;   hours=0;  unique=99005;   values=1618168154;   total=12743375 ;;
M)   subscriptions=10000;  events=1000000;  hours=0;  unique=990110;  values=16127191646;  total=126055531 ;;
L)   subscriptions=100000; events=10000000; hours=0;  unique=9900384; values=161375987551; total=1266344029 ;;
L48) subscriptions=100000; events=10000000; hours=48; unique=9900384; values=161375987551; total=1266344029 ;;
*)   echo "run.sh: SIZE is S, M, L or L48, not $SIZE" >&2; exit 64 ;;
esac

die() {
    echo "run.sh: $*" >&2
    exit 1
}

[ -x "$BILLMILL" ] || die "$BILLMILL is not built: run make"
[ -x "$MEASURE" ] || die "$MEASURE is not built: run make programs"
command -v sqlite3 >/dev/null || die "sqlite3 is missing: apt-get install sqlite3"

# ------------------------------------------------------------------ the files

files=$OUT/files-$SIZE
make_files() {
    [ ! -e "$files/sums" ] || return 0
    rm -rf "$files"
    mkdir -p "$files"
    "$BUILD/generate_workload" "$files" $subscriptions $events $SEED $REPEATED_PPM $hours >"$files/sums.new"
    [ "$(awk '$1 == "unique" {print $2}' "$files/sums.new")" = $unique ] || die "the generator made another workload"
    mv "$files/sums.new" "$files/sums"
}

# ------------------------------------------------------------------ one round of each

# Appends "WALL_US CPU_US PEAK_KIB" of a command to the list NAME.
timed() { # NAME COMMAND…
    local name=$1
    shift
    "$MEASURE" "$work/one" "$@" >"$work/output" 2>&1 || {
        cat "$work/output" >&2
        die "$name failed: $*"
    }
    cat "$work/one" >>"$lists/$name"
}

same() { # NAME GOT EXPECTED
    [ "$2" = "$3" ] || die "$1: got $2 instead of $3; this time does not count"
}

baseline_round() {
    local db=$work/baseline.db
    rm -f "$db" "$db-wal" "$db-shm"
    (cd "$files" && sqlite3 -batch "$db" <"$ROOT/tests/bench/baseline_tables.sql" >/dev/null)
    timed baseline_import sh -c "cd '$files' && sqlite3 -batch '$db' <'$ROOT/tests/bench/baseline_import.sql'"
    timed baseline_bill sh -c "sqlite3 -batch '$db' <'$ROOT/tests/bench/baseline_bill.sql'"
    same "the script's import" "$(sqlite3 "$db" "SELECT count(*) || ' ' || sum(value_1000) FROM event")" "$unique $values"
    same "the script's invoices" "$(sqlite3 "$db" "SELECT count(*) || ' ' || sum(total_minor) FROM invoice")" "$subscriptions $total"
}

billmill() {
    "$BILLMILL" --config "$work/config/billmill.yaml" "$@"
}

# "EVENTS VALUE_THOUSANDTHS INVOICES TOTAL_MINOR" of a dump.
dump_sums() {
    awk '
        function digits(text, scale,   parts, count) {
            count = split(text, parts, ".")
            if (scale < 0) return parts[1] parts[2]
            return parts[1] substr((count > 1 ? parts[2] : "") "000", 1, scale)
        }
        function field(name) {
            if (!match($0, "\"" name "\": ?\"[-0-9.]+\"")) return 0
            text = substr($0, RSTART, RLENGTH)
            sub(/^"[a-z]+": ?"/, "", text)
            sub(/"$/, "", text)
            return text
        }
        /"record": ?"usage"/ { events++; values += digits(field("value"), 3) }
        /"record": ?"invoice"/ { invoices++; total += digits(field("total"), -1) }
        END { printf "%.0f %.0f %.0f %.0f\n", events, values, invoices, total }'
}

billmill_round() { # ROUND
    local sums
    rm -rf "$work/config" "$work/templates" "$work/data" "$work"/billmill.db*
    mkdir -p "$work/config"
    cp config/billmill.yaml "$work/config/"
    cp -R config/jobs "$work/config/"
    cp -R templates "$work/"
    export BILLMILL_DATABASE=$work/billmill.db
    billmill init >/dev/null 2>&1 || die "billmill init failed"
    billmill import "$files/tenants.jsonl" "$files/catalog.jsonl" "$files/tax_rates.jsonl" \
        "$files/customers.jsonl" "$files/subscriptions.jsonl" >"$work/output" 2>&1 || {
        cat "$work/output" >&2
        die "billmill import of the catalog failed"
    }
    timed billmill_import "$BILLMILL" --config "$work/config/billmill.yaml" import --record usage "$files/usage.csv"
    timed billmill_import_again "$BILLMILL" --config "$work/config/billmill.yaml" import --record usage "$files/usage.csv"
    timed billmill_bill sh -c "for job in $BILLING_JOBS; do '$BILLMILL' --config '$work/config/billmill.yaml' run \$job --period $PERIOD || exit; done"
    timed billmill_bill_again sh -c "for job in $BILLING_JOBS; do '$BILLMILL' --config '$work/config/billmill.yaml' run \$job --period $PERIOD || exit; done"
    sums=$(billmill dump | dump_sums)
    same "billmill's sums (events, thousandths, invoices, minor units)" "$sums" "$unique $values $subscriptions $total"
    [ "$1" != 1 ] || timed billmill_render "$BILLMILL" --config "$work/config/billmill.yaml" run invoice-render --period $PERIOD
}

# ------------------------------------------------------------------ what they took

median_us() { # LIST
    sort -n "$lists/$1" | awk '{v[NR] = $1} END {print (NR % 2 ? v[(NR + 1) / 2] : int((v[NR / 2] + v[NR / 2 + 1]) / 2))}'
}

peak_mib() { # LIST…: rounded up
    local name
    for name in "$@"; do cat "$lists/$name"; done | awk '$3 > m {m = $3} END {print int((m + 1023) / 1024)}'
}

rate() { # COUNT MICROSECONDS
    awk -v n="$1" -v us="$2" 'BEGIN {printf "%.0f", (us > 0 ? n * 1000000 / us : 0)}'
}

# One row of the table and of results.json. TARGET "-" where this size has none. ">=" or "<=".
row() { # GOAL TITLE WORK BASELINE UNIT RATIO TARGET_SIGN TARGET
    local met=null target=null baseline=$4 ratio=$6
    if [ "$8" != - ]; then
        target=$8
        met=$(awk -v r="$6" -v t="$8" -v s="$7" 'BEGIN {print ((s == ">=" ? r + 0 >= t + 0 : r + 0 <= t + 0) ? "true" : "false")}')
    fi
    [ "$baseline" != - ] || baseline=null
    [ "$ratio" != - ] || ratio=null
    printf '%-34s %12s %12s  %-12s %8s  %s\n' "$2" "$3" "$4" "$5" "$6" "$([ "$8" = - ] || echo "goal $7 $8: $([ "$met" = true ] && echo met || echo missed)")"
    results+=("{\"goal\": $1, \"size\": \"$SIZE\", \"title\": \"$2\", \"unit\": \"$5\", \"work\": $3, \"baseline\": $baseline, \"ratio\": $ratio, \"target\": $target, \"met\": $met}")
}

ratio() { # A B: A / B with two decimals
    awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", (b > 0 ? a / b : 0)}'
}

report() {
    local import_us bill_us import_target=- bill_target=- again_target=- again
    results=()
    case $SIZE in # at size S starting the programs is most of it
    M) import_target=2 again_target=2 ;;
    L) import_target=3 bill_target=1.5 again_target=2 ;;
    L48) bill_target=1.5 again_target=2 ;;
    esac
    import_us=$(median_us billmill_import)
    bill_us=$(median_us billmill_bill)
    printf '\nsize %s: %s subscriptions, %s events; medians of %s rounds\n' "$SIZE" $subscriptions $events "$ROUNDS"
    printf '%-34s %12s %12s  %-12s %8s\n' "" billmill script "" ratio
    row 1 "import with exact dedup" "$(rate $events "$import_us")" "$(rate $events "$(median_us baseline_import)")" events/s \
        "$(ratio "$(median_us baseline_import)" "$import_us")" ">=" $import_target
    row 4 "rating, tax, invoices, numbers" "$(rate $subscriptions "$bill_us")" "$(rate $subscriptions "$(median_us baseline_bill)")" invoices/s \
        "$(ratio "$(median_us baseline_bill)" "$bill_us")" ">=" $bill_target
    row 6 "invoices as PDF" "$(rate $subscriptions "$(median_us billmill_render)")" - PDFs/s - ">=" -
    row 9 "peak memory, import" "$(peak_mib billmill_import)" "$(peak_mib baseline_import)" MiB "$(peak_mib billmill_import)" "<=" 64
    row 9 "peak memory, billing" "$(peak_mib billmill_bill)" "$(peak_mib baseline_bill)" MiB "$(peak_mib billmill_bill)" "<=" 64
    row 9 "peak memory, PDFs" "$(peak_mib billmill_render)" - MiB "$(peak_mib billmill_render)" "<=" 64
    again=$(awk -v a="$(median_us billmill_bill_again)" -v b="$bill_us" 'BEGIN {printf "%.2f", (b > 0 ? 100 * a / b : 0)}')
    row 10 "billing again: nothing to do" "$again" - "% of first" "$again" "<=" $again_target
    row 1 "import again: all are known" "$(rate $events "$(median_us billmill_import_again)")" - events/s - ">=" -
    {
        echo "["
        printf '%s,\n' "${results[@]}" | sed '$ s/,$//'
        echo "]"
    } >"$OUT/results.json"
    echo "written: build/bench/results.json"
}

work=$OUT/work
lists=$OUT/times
rm -rf "$work" "$lists"
mkdir -p "$work" "$lists"
make_files
for round in $(seq "$ROUNDS"); do
    echo "round $round of $ROUNDS: script, billmill" >&2
    baseline_round
    billmill_round "$round"
done
report
