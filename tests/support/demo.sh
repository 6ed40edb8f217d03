#!/bin/bash
# make demo: closes a month of the sample business of config/demo, in build/demo, and shows every command
# as it runs it. Run again it repeats the very same commands: they find everything done, and the dump
# and the PDFs stay the same, byte for byte; this script compares. `rm -r build/demo` starts afresh.
# DEMO_OUT is another folder for it, for the story that tests this script.
set -eu
cd "$(dirname "$0")/../.."
export LC_ALL=C
unset BILLMILL_DATABASE # it would win over the demo's own
OUT=${DEMO_OUT:-build/demo}
DEMO=config/demo
mkdir -p "$OUT"
CONFIG=$DEMO/billmill.yaml
if [ -n "${DEMO_OUT:-}" ]; then
    CONFIG=$OUT/billmill.yaml
    sed "s|\.\./\.\./build/demo|$OUT|; s|\.\./\.\./templates|$PWD/templates|; s|\.\./jobs|$PWD/config/jobs|" \
        "$DEMO/billmill.yaml" >"$CONFIG"
fi
BILLMILL=(build/billmill --config "$CONFIG")
FILES=("$DEMO/tenants.jsonl" "$DEMO/catalog.jsonl" "$DEMO/tax_rates.jsonl" "$DEMO/customers.jsonl"
    "$DEMO/subscriptions.jsonl" "$DEMO/usage.csv" "$DEMO/usage.jsonl")

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi

say() {
    printf '\n%s\n' "$*"
}

show() { # COMMAND…, as one would type it
    printf '%s$ %s%s\n' "$bold" "$*" "$plain"
}

run() { # CODES COMMAND…: shows it, runs it, and ends the demo when it exits with another code
    local codes=$1 code=0
    shift
    show "$@"
    "$@" 2>&1 || code=$?
    if [[ " $codes " != *" $code "* ]]; then
        say "The demo stops here: exit $code instead of ${codes// / or }. To begin anew: rm -r $OUT" >&2
        exit 1
    fi
    [ "$code" = 0 ] || echo "(exit $code: see the table of exit codes in README.md)"
}

# What must never change: everything that is billed, and every PDF.
digests() {
    "${BILLMILL[@]}" dump --quiet >"$OUT/dump.jsonl"
    (cd "$OUT" && sha256sum dump.jsonl && find documents -name '*.pdf' -print0 | sort -z | xargs -0 sha256sum)
}

say "1. A database, and the business: two companies, 300 customers, 20,000 usage events."
run 0 "${BILLMILL[@]}" init
run 0 "${BILLMILL[@]}" import "${FILES[@]}"

say "2. Half of the month: who has used much is billed at once (the usage_thresholds of the plan team-monthly)."
run 0 "${BILLMILL[@]}" run progressive --date 2026-10-15

say "3. The month. One customer lives where no tax rate is known: parked, the rest is billed (exit 3)."
run "0 3" "${BILLMILL[@]}" close --period 2026-10

say "4. What ran, and what was billed."
run 0 "${BILLMILL[@]}" executions
run 0 "${BILLMILL[@]}" status --period 2026-10

say "5. What could not be billed, why, and how much it is."
run 0 "${BILLMILL[@]}" parked

say "6. The invoices."
count=$(find "$OUT/documents" -name '*.pdf' | wc -l)
show "find $OUT/documents -name '*.pdf' | sort"
find "$OUT/documents" -name '*.pdf' | sort | sed -n '1,3p'
echo "... $count PDFs below $OUT/documents"

say "7. Why is it that amount? The first line of the first of them, from its stored inputs to the cent."
first=$(find "$OUT/documents" -name '*.pdf' | sort | head -n 1)
tenant=${first#"$OUT/documents/"}
run 0 "${BILLMILL[@]}" explain "$(basename "$first" .pdf)" 1 --tenant "${tenant%%/*}"

say "8. A contract: 600.00 EUR are to be used in its first phase, September and October. What is missing is billed as it ends."
line=$("${BILLMILL[@]}" dump --record invoice --quiet | sed -n 's/.*"kind":"true_up","line":\([0-9]*\).*"number":"\([^"]*\)".*/\2 \1/p')
run 0 "${BILLMILL[@]}" explain "${line% *}" "${line#* }" --tenant musterdaten

if [ -e "$OUT/digests" ]; then
    digests >"$OUT/digests.now"
    if ! cmp -s "$OUT/digests" "$OUT/digests.now"; then
        say "The dump or a PDF is not what it was when this demo first ended:" >&2
        diff "$OUT/digests" "$OUT/digests.now" | head -n 20 >&2
        echo "Did you bill more in $OUT by hand? To begin anew: rm -r $OUT" >&2
        exit 1
    fi
    say "Everything was done already: the dump and all $count PDFs are the same bytes as the first time."
else
    digests >"$OUT/digests.now"
    mv "$OUT/digests.now" "$OUT/digests"
    say "Run \`make demo\` again: it finds everything done and changes no byte of the dump or of a PDF."
fi
