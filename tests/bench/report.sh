# What was measured, as rows of the table and of build/bench/results.json. Sourced by run.sh.
# shellcheck shell=bash

report_begin() {
    results=()
    rm -f "$OUT/results.json"
    : >"$OUT/table"
}

report_title() { # TEXT
    say "" "$1"
    say "$(printf '%-5s %-36s %11s %11s  %-12s %7s  %s' goal work billmill baseline unit ratio target)"
}

say() { # LINE…: to the table and to standard output
    printf '%s\n' "$@" | tee -a "$OUT/table"
}

# One row. BASELINE, RATIO or TARGET "-": there is none. SIGN: >= or <=, which way the target holds.
row() { # GOAL TITLE WORK BASELINE UNIT RATIO SIGN TARGET
    local met=null verdict="no goal at this size"
    if [ "$8" != - ] && [ "$6" != - ]; then
        met=$(awk -v r="$6" -v t="$8" -v s="$7" 'BEGIN {print ((s == ">=" ? r + 0 >= t + 0 : r + 0 <= t + 0) ? "true" : "false")}')
        verdict="$7 $8 $([ "$met" = true ] && echo met || echo MISSED)"
    fi
    say "$(printf '%-5s %-36s %11s %11s  %-12s %7s  %s' "$1" "$2" "$3" "$4" "$5" "$6" "$verdict")"
    results+=("{\"goal\": $1, \"engine\": \"$engine\", \"size\": \"$size\", \"title\": \"$2\", \"unit\": \"$5\", \"work\": $(number "$3"), \"baseline\": $(number "$4"), \"ratio\": $(number "$6"), \"target\": $(number "$8"), \"met\": $met}")
}

number() { # as JSON has it
    if [ "$1" = - ]; then echo null; else echo "$1"; fi
}

# A row that compares rates: more is better.
rate_row() { # GOAL TITLE COUNT UNIT WORK_US BASELINE_US TARGET
    row "$1" "$2" "$(rate "$3" "$5")" "$(rate "$3" "$6")" "$4" "$(ratio "$6" "$5")" ">=" "$7"
}

# The goal of this engine at this size, or "-": arguments ENGINE/SIZE=TARGET…
target() {
    local pair
    for pair in "$@"; do
        case $pair in "$engine/$size="*) echo "${pair#*=}" && return ;; esac
    done
    echo -
}

report_month() {
    report_title "$engine, size $size: $subscriptions subscriptions, $events events; medians of $ROUNDS rounds"
    report_import
    report_bill
    report_memory
    report_again
}

report_import() {
    local goal=1
    [ "$engine" = sqlite ] || goal=2
    rate_row $goal "import with exact dedup" $events events/s "$(median_us billmill_import)" "$(median_us baseline_import)" \
        "$(target sqlite/M=2 sqlite/L=3 postgres/M=1.8 postgres/L=2.5)"
    rate_row $goal "import again, all are known" $events events/s "$(median_us billmill_import_again)" "$(median_us baseline_import)" -
}

report_bill() {
    local bill_us fold_us baseline_us whole
    fold_us=$(median_us billmill_fold)
    bill_us=$(($(median_us billmill_advance) + $(median_us billmill_bill)))
    baseline_us=$(median_us baseline_bill)
    whole=$(target sqlite/L=1.5 sqlite/L48=1.5 postgres/L=3 postgres/L48=3)
    rate_row 3 "fold: reading and adding up" $events events/s "$fold_us" "$(median_us baseline_fold)" "$(target sqlite/L=5 postgres/L=0.8)"
    rate_row 4 "lines, tax, invoices, numbers" $subscriptions invoices/s "$bill_us" "$baseline_us" "$whole"
    rate_row 4 "the same without the fold" $subscriptions invoices/s $((bill_us - fold_us)) "$(median_us baseline_bill_after_fold)" "$whole"
}

report_memory() {
    row 9 "peak memory, import" "$(peak_mib billmill_import)" "$(peak_mib baseline_import)" MiB "$(peak_mib billmill_import)" "<=" 64
    row 9 "peak memory, billing" "$(peak_mib billmill_advance billmill_bill)" "$(peak_mib baseline_bill)" MiB \
        "$(peak_mib billmill_advance billmill_bill)" "<=" 64
    ! has_times billmill_render || row 9 "peak memory, PDFs" "$(peak_mib billmill_render)" - MiB "$(peak_mib billmill_render)" "<=" 64
}

# At S the start of the programs is most of it.
report_again() {
    again_us=$(median_us billmill_bill_again)
    bill_us=$(($(median_us billmill_advance) + $(median_us billmill_bill)))
    row 10 "billing again, nothing to do" $((again_us / 1000)) $((bill_us / 1000)) ms "$(ratio "$again_us" "$bill_us")" "<=" \
        "$([ "$size" = S ] && echo - || echo 0.02)"
}

report_end() {
    {
        echo "["
        printf '%s,\n' "${results[@]}" | sed '$ s/,$//'
        echo "]"
    } >"$OUT/results.json"
    echo "written: build/bench/results.json and table"
}
