# The files that both sides read, by size, and what every correct program makes of them. Sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2154 # run.sh and its parts share these

SEED=42
REPEATED_PPM=10000
PERIOD=2026-09
BUSINESS_DATE=2026-10-01 # of the jobs that bill it

# The sums are made by the generator's own count (unique, values) and agreed by the scripts (total). A
# change of these lines is a change of the workload.
workload_choose() { # SIZE
    size=$1
    files=$OUT/files-$size
    terms_total=
    case $size in
    S)   subscriptions=1000;    events=100000;   hours=0;  unique=99005;   values=1618168154;   total=12743375;   terms_total=31045680 ;;
    M)   subscriptions=10000;   events=1000000;  hours=0;  unique=990110;  values=16127191646;  total=126055531;  terms_total=310518900 ;;
    L)   subscriptions=100000;  events=10000000; hours=0;  unique=9900384; values=161375987551; total=1266344029 ;;
    L48) subscriptions=100000;  events=10000000; hours=48; unique=9900384; values=161375987551; total=1266344029 ;;
    X)   subscriptions=1000000; events=10000000; hours=0;  unique=9900384; values=161375987551; total=12255411084 ;;
    *)   echo "run.sh: SIZE is S, M, L, L48 or X, not $1" >&2; exit 64 ;;
    esac
}

workload_make() { # SIZE: chosen, and its files made unless they are there
    workload_choose "$1"
    [ ! -e "$files/sums" ] || return 0
    echo "making the files of size $size" >&2
    rm -rf "$files"
    mkdir -p "$files"
    "$BUILD/generate_workload" "$files" $subscriptions $events $SEED $REPEATED_PPM $hours >"$files/sums.new"
    [ "$(awk '$1 == "unique" {print $2}' "$files/sums.new")" = $unique ] || die "the generator made another workload"
    mv "$files/sums.new" "$files/sums"
}

# usage-1.csv … usage-5.csv: the lines of usage.csv in their order, each file with the header.
workload_cut_in_five() {
    [ ! -e "$files/usage-5.csv" ] || return 0
    awk -v directory="$files" -v lines=$((events / 5)) '
        NR == 1 { header = $0; next }
        (NR - 2) % lines == 0 && part < 5 { part++; out = directory "/usage-" part ".new"; print header >out }
        { print >out }' "$files/usage.csv"
    local part
    for part in 1 2 3 4 5; do mv "$files/usage-$part.new" "$files/usage-$part.csv"; done
}
