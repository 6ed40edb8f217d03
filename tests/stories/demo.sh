# `make demo`: it shows the commands and what they did, and a second time nothing changes.
# Once: `make demo` is SQLite.
. "$(dirname "$0")/../support/story.sh"
story_begin

demo() {
    DEMO_OUT=$STORY_DIR/out tests/support/demo.sh
}

run 0 "the demo ends well" -- demo
cp "$STORY_OUT" "$STORY_DIR/first"
stdout_has "init is shown" "\$ build/billmill --config $STORY_DIR/out/billmill.yaml init"
stdout_has "import is shown" "billmill.yaml import config/demo/tenants.jsonl config/demo/catalog.jsonl"
stdout_has "close is shown" "billmill.yaml close --period 2026-10"
stdout_has "close ends with parked items" "(exit 3:"
stdout_has "the parked customer and why" "customer cus-000001: no tax rate for country CH"
stdout_has "and its amount" "at stake: 634.22 EUR in 2 items"
for sums in "musterdaten     EUR       invoice  open" "samplemetering  USD       invoice  open" "samplemetering  GBP       invoice  open"; do
    stdout_has "sums: $sums" "$sums"
done
pdfs=$(find "$STORY_DIR/out/documents" -name '*.pdf' | wc -l)
between "PDFs were written" "$pdfs" 600 800
stdout_has "and it says where" "... $pdfs PDFs below $STORY_DIR/out/documents"
stdout_has "a line is explained" "rounded once, half_up"
stdout_has "thresholds are passed" "billmill.yaml run progressive --date 2026-10-15"
stdout_has "and bill before the month's end" "rating                  16 items, 0 parked: 16 amounts 300.30 USD"
stdout_has "a commitment is explained" "commitment of contract rahmen-2026, phase einstieg, 2026-09-01 to 2026-11-01: 600.00"

run 0 "the demo again" -- demo
stdout_has "says that the close is done" "close 2026-10: already done by execution 7; nothing was changed"
stdout_has "compares every byte" "the dump and all $pdfs PDFs are the same bytes as the first time"

pdf=$(find "$STORY_DIR/out/documents" -name '*.pdf' | sort | head -n 1)
echo >>"$pdf"
run 1 "a changed PDF is noticed" -- demo
stderr_has "and named" "$(basename "$pdf")"
story_end
