# Records that stories write themselves, all of one tenant: those that many need, and the round that begins with them.
# Sourced after tests/fault/fault.sh, whose rounds and `mill` this takes.
# shellcheck shell=bash

record() { # KIND FIELDS…: one record of tenant t, or of $TENANT
    local kind=$1
    shift
    printf '{"record":"%s","tenant":"%s",%s}\n' "$kind" "${TENANT:-t}" "$(IFS=,; echo "$*")"
}

# A company in Berlin that pays within 14 days, and the rate of its country.
berlin() {
    record tenant '"legal_name":"T GmbH"' '"address":{"city":"Berlin"}' '"country":"DE"' '"currency":"EUR"' '"timezone":"Europe/Berlin"' \
        '"locale":"de-DE"' '"payment_terms_days":14'
    TENANT='*' record tax_rate '"country":"DE"' '"category":"standard"' '"valid_from":"2007-01-01"' '"rate_percent":"19"' '"name":"USt."'
}

# Plan m with one price: 100.00 EUR a month in arrears, 119.00 with the tax.
monthly_fee() {
    record product '"product":"p"' '"name":"Produkt"'
    record plan '"plan":"m"' '"name":"Monat"' '"interval":"month"'
    record price '"price":"fee"' '"plan":"m"' '"product":"p"' '"billing":"in_arrears"' '"currency":"EUR"' '"valid_from":"2020-01-01"' \
        '"model":"flat"' '"flat_fee":"100"'
}

change() { # SUBSCRIPTION AT FIELDS…
    record subscription_change "\"subscription\":\"$1\"" "\"at\":\"$2\"" "${@:3}"
}

decide() { # CORRECTION INVOICE ACTION ON FIELDS…
    record correction "\"correction\":\"$1\"" "\"invoice\":\"$2\"" "\"action\":\"$3\"" "\"on\":\"$4\"" '"reason":"because"' "${@:5}"
}

measured() { # events e1, e2, …: a line of stdin each, METER VALUE INSTANT, of the subscription named like the meter
    local name value at events=0
    while read -r name value at; do
        events=$((events + 1))
        record usage "\"meter\":\"$name\"" "\"key\":\"e$events\"" "\"subscription\":\"$name\"" "\"value\":\"$value\"" "\"at\":\"$at\""
    done
}

# A new round with the records that the story's `catalog` writes.
begin() { # ROUND
    round_new "$1"
    mill "$1" init >/dev/null 2>&1
    catalog >"$1/records.jsonl"
    run 0 "$(basename "$1"): its data are imported" -- mill "$1" import "$1/records.jsonl"
}

know() { # ROUND NAME: the records on stdin
    cat >"$1/facts.jsonl"
    run 0 "$2" -- mill "$1" import "$1/facts.jsonl"
}

# A process explains many: on a server most of the time goes into planning its statements.
all_explained() { # ROUND: every document, drafts too, to the cent
    local tenant from bad=0 documents
    mill "$1" dump | jq -c 'select(.record == "invoice" or .record == "credit_note") | [.tenant, .number // .draft_key]' >"$STORY_DIR/documents.txt"
    while IFS= read -r tenant; do
        mapfile -t documents < <(jq -r --arg tenant "$tenant" 'select(.[0] == $tenant) | .[1]' "$STORY_DIR/documents.txt")
        for ((from = 0; from < ${#documents[@]}; from += 200)); do
            mill "$1" explain --tenant "$tenant" "${documents[@]:from:200}" >"$STORY_DIR/explained.txt" 2>"$STORY_DIR/unexplained.txt" &&
                [ "$(grep -c "^checked: " "$STORY_DIR/explained.txt")" = "$(printf '%s\n' "${documents[@]:from:200}" | wc -l)" ] && continue
            not_ok "$(basename "$1"): $tenant: explain agrees with every document" "$(cat "$STORY_DIR/unexplained.txt")
$(tail -n 12 "$STORY_DIR/explained.txt")"
            bad=1
        done
    done < <(jq -r '.[0]' "$STORY_DIR/documents.txt" | sort -u)
    [ "$bad" = 1 ] || ok "$(basename "$1"): explain agrees with every document"
}
