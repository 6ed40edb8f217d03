# What was measured, as rows of the table and of build/bench/results.json. Sourced by run.sh.
# shellcheck shell=bash disable=SC2154,SC2034 # run.sh and its parts share these

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

# One row. BASELINE, RATIO or TARGET "-": there is none. SIGN: >= or <=, which way the target holds: for
# the ratio, or for WORK itself where there is no ratio to speak of.
row() { # GOAL TITLE WORK BASELINE UNIT RATIO SIGN TARGET
    local met=null verdict="no goal here" judged=$6
    [ "$judged" != - ] || judged=$3
    if [ "$8" != - ]; then
        met=$(awk -v r="$judged" -v t="$8" -v s="$7" 'BEGIN {print ((s == ">=" ? r + 0 >= t + 0 : r + 0 <= t + 0) ? "true" : "false")}')
        verdict="$7 $8 $([ "$met" = true ] && echo met || echo MISSED)"
    fi
    say "$(printf '%-5s %-36s %11s %11s  %-12s %7s  %s' "$1" "$2" "$3" "$4" "$5" "$6" "$verdict")"
    results+=("{\"goal\": $1, \"engine\": $(engine_name), \"size\": \"$size\", \"title\": \"$2\", \"unit\": \"$5\", \"work\": $(number "$3"), \"baseline\": $(number "$4"), \"ratio\": $(number "$6"), \"target\": $(number "$8"), \"met\": $met}")
}

engine_name() { # as JSON has it
    if [ "$engine" = none ]; then echo null; else echo "\"$engine\""; fi
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
    report_close
    report_memory
    report_again
}

report_import() {
    local import_us baseline_us
    import_us=$(median_us billmill_import)
    baseline_us=$(median_us baseline_import)
    rate_row "$(import_goal)" "import with exact dedup" $events events/s "$import_us" "$baseline_us" \
        "$(target sqlite/M=2 sqlite/L=3 postgres/M=1.8 postgres/L=2.5)"
    rate_row "$(import_goal)" "import again, all are known" $events events/s "$(median_us billmill_import_again)" "$baseline_us" -
}

import_goal() {
    if [ "$engine" = sqlite ]; then echo 1; else echo 2; fi
}

bill_us() { # all billing jobs
    local job sum_us=0
    for job in $BILLING_JOBS; do sum_us=$((sum_us + $(median_us "billmill_$job"))); done
    echo $sum_us
}

report_bill() {
    local goal fold_us job
    fold_us=$(median_us billmill_fold)
    goal=$(target sqlite/L=1.5 sqlite/L48=1.5 postgres/L=3 postgres/L48=3)
    rate_row 3 "fold: reading and adding up" $events events/s "$fold_us" "$(median_us baseline_fold)" \
        "$(target sqlite/L=5 postgres/L=0.8)"
    rate_row 4 "lines, tax, invoices, numbers" $subscriptions invoices/s "$(bill_us)" "$(median_us baseline_bill)" "$goal"
    rate_row 4 "the same without the fold" $subscriptions invoices/s $(($(bill_us) - fold_us)) \
        "$(median_us baseline_bill_after_fold)" "$goal"
    for job in $BILLING_JOBS; do
        row 4 "of it $job" "$(rate $subscriptions "$(median_us "billmill_$job")")" - invoices/s - ">=" -
    done
}

# What the prototypes of each stage took for each second of the script's: README.md, goal 7.
report_close() {
    local import_part fold_part bill_part expected_us close_us
    case $engine in
    sqlite) import_part=0.45 fold_part=0.12 bill_part=0.47 ;;
    postgres) import_part=0.45 fold_part=0.59 bill_part=0.21 ;;
    esac
    close_us=$(($(median_us billmill_import) + $(bill_us)))
    expected_us=$(awk -v a="$(median_us baseline_import)" -v b="$(median_us baseline_fold)" -v c="$(median_us baseline_bill_after_fold)" \
        -v x=$import_part -v y=$fold_part -v z=$bill_part 'BEGIN {printf "%.0f", a * x + b * y + c * z}')
    row 7 "whole close without PDFs" $((close_us / 1000)) $((expected_us / 1000)) ms "$(ratio $close_us "$expected_us")" "<=" \
        "$(target sqlite/L=1.5 postgres/L=1.5)"
}

report_memory() {
    local peak
    peak=$(peak_mib billmill_import billmill_import_again)
    row 9 "peak memory, import" "$peak" "$(peak_mib baseline_import)" MiB - "<=" 64
    peak=$(peak_mib billmill_period-advance billmill_rating billmill_tax billmill_invoice-finalize)
    row 9 "peak memory, billing" "$peak" "$(peak_mib baseline_bill)" MiB - "<=" 64
    has_times billmill_render || return 0
    peak=$(peak_mib billmill_render)
    row 9 "peak memory, PDFs" "$peak" - MiB - "<=" 64
    row 6 "PDFs, with database and files" "$(rate $subscriptions "$(median_us billmill_render)")" - PDFs/s - ">=" -
}

# At S the start of the programs is most of it.
report_again() {
    local again_us
    again_us=$(median_us billmill_bill_again)
    row 10 "billing again, nothing to do" $((again_us / 1000)) $(($(bill_us) / 1000)) ms "$(ratio "$again_us" "$(bill_us)" 3)" "<=" \
        "$([ "$size" = S ] && echo - || echo 0.02)"
}

report_growth() {
    rate_row "$(import_goal)" "import, last fifth beside the first" $((events / 5)) events/s "$(median_us fifth_5)" "$(median_us fifth_1)" \
        "$(target sqlite/L=0.7 postgres/L=0.7)"
    [ "$size" != L48 ] || rate_row "$(import_goal)" "import, by 48 hours out of order" $events events/s \
        "$(median_us billmill_import)" "$(median_us in_order_import)" 0.6
    [ -n "$(smaller_size)" ] || return 0
    local small_us large_us times=$((subscriptions / smaller_subscriptions))
    small_us=$(($(median_us smaller_bill) - $(median_us smaller_again)))
    large_us=$(($(bill_us) - $(median_us billmill_bill_again)))
    row 12 "billing $times times size $(smaller_size)" $((large_us / 1000)) $((small_us / 1000)) ms "$(ratio $large_us $small_us)" "<=" \
        $((times * 11 / 10))
}

report_workers() {
    [ "$engine" = postgres ] || return 0
    rate_row 5 "billing by two workers beside one" $subscriptions invoices/s "$(median_us workers_2)" "$(median_us workers_1)" \
        "$([ "$size" = S ] && echo - || echo 1.5)"
}

report_awaited() {
    [ "$engine" = postgres ] || return 0
    local scaled_us # as if it had billed all of them
    scaled_us=$(($(median_us awaited) * subscriptions / awaited_count))
    rate_row 8 "beside statement after statement" $subscriptions invoices/s "$(bill_us)" $scaled_us "$([ "$size" = S ] && echo - || echo 50)"
}

# One chunk may be lost: the mean time of one is not counted.
report_faults() {
    local killed_us undisturbed_us chunk_us
    killed_us=$(median_us killed)
    undisturbed_us=$(median_us undisturbed)
    chunk_us=$((undisturbed_us / undisturbed_chunks))
    row 11 "killed once, less one chunk" $(((killed_us - chunk_us) / 1000)) $((undisturbed_us / 1000)) ms \
        "$(ratio $((killed_us - chunk_us)) "$undisturbed_us")" "<=" "$([ "$size" = S ] && echo - || echo 1.1)"
    has_times syncs || return 0
    local syncs
    syncs=$(awk -v subscriptions=$subscriptions '{printf "%.2f", $1 * 1000 / subscriptions}' "$lists/syncs")
    row 13 "fsync and fdatasync of billing" "$syncs" - per-1000 - "<=" "$([ "$size" = S ] && echo - || echo 3)"
}

report_pdf() {
    report_title "PDFs of one page, logo, ten lines; medians of $ROUNDS rounds"
    pdf_row pdf_chromium_warm "a PDF beside Chromium, warm" 60
    pdf_row pdf_chromium_cold "a PDF beside Chromium, cold" 500
    pdf_row pdf_weasyprint "a PDF beside WeasyPrint, warm" 120
    row 6 "its size" $((pdf_bytes / 1000)) - kB - "<=" 30
}

pdf_row() { # LIST TITLE TARGET
    if has_times "$1"; then
        rate_row 6 "$2" 1 PDFs/s "$(median_us pdf)" "$(median_us "$1")" "$3"
    else
        row 6 "$2: not installed" "$(rate 1 "$(median_us pdf)")" - PDFs/s - ">=" -
    fi
}

report_end() {
    {
        echo "["
        printf '%s,\n' "${results[@]}" | sed '$ s/,$//'
        echo "]"
    } >"$OUT/results.json"
    echo "written: build/bench/results.json and table"
}
