# One-page invoices as PDF, beside what prints web pages, of the same words (pdf/page.py), where it is
# installed: Chromium warm and cold, WeasyPrint. Sourced by run.sh.
# shellcheck shell=bash disable=SC2154,SC2034 # set by run.sh; used by report.sh

PDF_SAMPLE=one-line # with ten lines it is still one page
PDF_LINES=10

pdf_rounds() {
    pdf_begin
    for round in $(seq "$ROUNDS"); do
        echo "PDFs, round $round of $ROUNDS" >&2
        pdf_ours 200
        [ -z "$(command -v chromium)" ] || pdf_chromium_warm 20
        [ -z "$(command -v chromium)" ] || pdf_chromium_cold
        [ -z "$(command -v weasyprint)" ] || pdf_weasyprint 5
    done
}

pdf_begin() {
    engine_begin none
    mkdir -p "$work/samples"
    "$BUILD/sample_print" templates/invoice/default.layout "$work/samples" $PDF_LINES >"$work/output"
    same "the pages of the invoice" "$(pdfinfo "$work/samples/$PDF_SAMPLE.pdf" | awk '/^Pages:/ {print $2}')" 1
    pdf_bytes=$(stat -c %s "$work/samples/$PDF_SAMPLE.pdf")
    python3 "$HERE/pdf/page.py" "$work/samples/$PDF_SAMPLE.pdf" templates/invoice/logo.png "$work/page.html"
}

pdf_took() { # NAME MICROSECONDS
    [[ $2 =~ ^[0-9]+$ ]] || die "$1 printed nothing: $2"
    echo "$2 0 0" >>"$lists/$1"
}

pdf_ours() { # TIMES
    "$BUILD/sample_print" templates/invoice/default.layout "$work/samples" $PDF_LINES "$1" >"$work/output"
    pdf_took pdf "$(awk -v name=$PDF_SAMPLE '$1 == name {printf "%.0f", $2 * 1000}' "$work/output")"
}

pdf_chromium_warm() { # TIMES
    pdf_took pdf_chromium_warm "$(python3 "$HERE/pdf/print_chromium.py" "$work/page.html" "$work/warm.pdf" "$1")"
    same "the words that Chromium printed" "$(pdf_words "$work/warm.pdf")" "$(pdf_words "$work/samples/$PDF_SAMPLE.pdf")"
}

pdf_chromium_cold() {
    timed pdf_chromium_cold chromium --headless=new --no-sandbox --disable-gpu --user-data-dir="$work/profile" \
        --no-pdf-header-footer --print-to-pdf="$work/cold.pdf" "file://$work/page.html"
}

pdf_weasyprint() { # TIMES: by the Python that its program runs with
    local python
    python=$(sed -n '1s/^#! *//p' "$(command -v weasyprint)")
    pdf_took pdf_weasyprint "$($python "$HERE/pdf/print_weasyprint.py" "$work/page.html" "$work/weasyprint.pdf" "$1")"
}

pdf_words() { # FILE: a digest of them, in no order
    pdftotext "$1" - | tr -s '[:space:]' '\n' | sort | sha256sum
}
