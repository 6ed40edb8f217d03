# Taking times: every one is appended to a list, build/bench/ENGINE/times/NAME, "WALL_US CPU_US PEAK_KIB".
# Sourced by run.sh. A time counts only when the sums are right.
# shellcheck shell=bash disable=SC2154,SC2034 # run.sh and its parts share these

die() {
    echo "run.sh: $*" >&2
    exit 1
}

timed() { # NAME COMMAND…
    local name=$1
    shift
    settle
    "$BUILD/measure" "$work/one" "$@" >"$work/output" 2>&1 || {
        cat "$work/output" >&2
        die "$name failed: $*"
    }
    cat "$work/one" >>"$lists/$name"
}

# What an earlier step left to the server to be written is not this one's time.
settle() {
    [ "$engine" != postgres ] || server_sql postgres CHECKPOINT
}

# A script can mark a point of time by a line "NANOSECONDS" in the file $BENCH_MARKS: what it took from
# the last mark to its end becomes the list NAME.
timed_from_mark() { # NAME: after the script has ended
    local end_ns mark_ns
    end_ns=$(date +%s%N)
    mark_ns=$(tail -n 1 "$work/marks")
    echo "$(((end_ns - mark_ns) / 1000)) 0 0" >>"$lists/$1"
}

same() { # NAME GOT EXPECTED
    [ "$2" = "$3" ] || die "$engine, size $size, $1: got $2 instead of $3; this time does not count"
}

has_times() { # LIST…
    local name
    for name in "$@"; do [ -s "$lists/$name" ] || return 1; done
}

median_us() { # LIST
    sort -n "$lists/$1" | awk '{v[NR] = $1} END {print (NR % 2 ? v[(NR + 1) / 2] : int((v[NR / 2] + v[NR / 2 + 1]) / 2))}'
}

peak_mib() { # LIST…: rounded up
    local name
    for name in "$@"; do cat "$lists/$name"; done | awk '$3 > m {m = $3} END {print int((m + 1023) / 1024)}'
}

rate() { # COUNT MICROSECONDS: a second
    awk -v n="$1" -v us="$2" 'BEGIN {r = us > 0 ? n * 1000000 / us : 0; printf (r < 100 ? "%.1f" : "%.0f"), r}'
}

ratio() { # A B [DECIMALS]: A / B
    awk -v a="$1" -v b="$2" -v decimals="${3:-2}" 'BEGIN {printf "%.*f", decimals, (b > 0 ? a / b : 0)}'
}
