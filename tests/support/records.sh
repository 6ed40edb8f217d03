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
