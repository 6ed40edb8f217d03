# billmill's month, the same commands on both engines. Sourced by run.sh.
# shellcheck shell=bash disable=SC2154,SC2034 # run.sh and its parts share these

BILLING_JOBS="period-advance rating tax credit-expire invoice-finalize"

billmill() {
    "$BILLMILL" --config "$work/config/billmill.yaml" --quiet "$@"
}

# An empty database NAME with everything but usage in it; BILLMILL_DATABASE is its place from here on.
billmill_begin() { # NAME
    rm -rf "$work/config" "$work/templates" "$work/data"
    mkdir -p "$work/config"
    cp config/billmill.yaml "$work/config/"
    cp -R config/jobs "$work/config/"
    cp -R templates "$work/"
    BILLMILL_DATABASE=$("${engine}_database" "$1")
    export BILLMILL_DATABASE
    billmill init >"$work/output" 2>&1 || {
        cat "$work/output" >&2
        die "billmill init failed"
    }
    billmill import "$files/tenants.jsonl" "$files/catalog.jsonl" "$files/tax_rates.jsonl" \
        "$files/customers.jsonl" "$files/subscriptions.jsonl" >"$work/output" 2>&1 || {
        cat "$work/output" >&2
        die "billmill import of the catalog failed"
    }
}

billmill_timed() { # NAME ARGUMENT…
    local name=$1
    shift
    timed "$name" "$BILLMILL" --config "$work/config/billmill.yaml" --quiet "$@"
}

# Jobs one after the other, as the text of a command for sh.
jobs_text() { # JOBS [OPTION…]
    local jobs=$1
    shift
    echo "for job in $jobs; do '$BILLMILL' --config '$work/config/billmill.yaml' --quiet run \$job --period $PERIOD $* || exit; done"
}

billmill_timed_jobs() { # NAME JOBS [OPTION…]: as one time
    local name=$1
    shift
    timed "$name" sh -c "$(jobs_text "$@")"
}

# Reading and folding the usage of all due periods as rating does it, and nothing else: the periods are
# due after period-advance. What it read must be the whole workload.
billmill_fold() {
    timed billmill_fold "$BUILD/fold_usage" "$BILLMILL_DATABASE" $BUSINESS_DATE
    same "billmill's fold (events, thousandths)" "$(cat "$work/output")" "$unique $values"
}

billmill_check_invoices() {
    same "billmill's invoices (count, minor units)" "$(billmill dump --record invoice | invoice_sums)" "$subscriptions $total"
}

# "INVOICES TOTAL_MINOR" of a dump.
invoice_sums() {
    awk '
        /"record": ?"invoice"/ && match($0, /"total": ?"[-0-9.]+"/) {
            text = substr($0, RSTART, RLENGTH)
            gsub(/[^-0-9]/, "", text)
            invoices++
            total += text
        }
        END { printf "%.0f %.0f\n", invoices, total }'
}
