# What a part of a period is measured in: days, seconds, months of 30 days, or nothing. Every figure is worked by hand
# below; a change of the setting changes nothing that was billed, nor how it is taken back.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

price() { # PRICE PLAN BILLING FIELDS…
    record price "\"price\":\"$1\"" "\"plan\":\"$2\"" "\"billing\":\"$3\"" '"product":"p"' '"currency":"EUR"' '"valid_from":"2020-01-01"' "${@:4}"
}
subscription() { # SUBSCRIPTION START FIELDS…
    record subscription "\"subscription\":\"$1\"" "\"customer\":\"c-$1\"" '"plan":"p"' "\"start\":\"$2\"" "${@:3}"
}
usage() { # KEY VALUE: of the middle of October
    record usage '"meter":"calls"' '"subscription":"stub"' "\"key\":\"$1\"" "\"value\":\"$2\"" '"at":"2026-10-20T12:00:00Z"'
}

# October of 2026 has 745 hours in Berlin, 2682000 seconds; its second half, from the 16th on, 385 of them, 1386000.
records() {
    berlin
    record product '"product":"p"' '"name":"Produkt"' '"type":"saas"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    record plan '"plan":"p"' '"name":"P"' '"interval":"month"'
    record plan '"plan":"q"' '"name":"Q"' '"interval":"month"'
    price p-fee p in_advance '"model":"flat"' '"flat_fee":"100"'
    price p-support p in_arrears '"model":"flat"' '"flat_fee":"31"'
    price p-calls p in_arrears '"meter":"calls"' '"model":"graduated"' '"tiers":[{"up_to":null,"unit_price":"0.1","flat_fee":"10"}]'
    price q-fee q in_advance '"model":"flat"' '"flat_fee":"200"'
    local who
    for who in stub end up; do record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'; done
    subscription stub 2026-10-16 '"align":"calendar"'
    subscription end 2026-10-01 '"cancel_at":"2026-10-31"'
    subscription up 2026-10-01
    usage u1 5
}
changes() {
    record subscription_change '"subscription":"up"' '"at":"2026-10-16"' '"plan":"q"'
    usage u2 5
}

basis_is() { # ROUND BASIS
    sed -i "s/^  proration: .*/  proration: $2/" "$1/config/billmill.yaml"
}
begin() { # ROUND BASIS
    round_new "$1"
    basis_is "$1" "$2"
    mill "$1" init >/dev/null 2>&1
    records >"$1/records.jsonl"
    changes >"$1/changes.jsonl"
    run 0 "$(basename "$1"): its data are imported" -- mill "$1" import "$1/records.jsonl"
}
close() { # ROUND MONTH…
    local month
    for month in "${@:2}"; do run 0 "$(basename "$1"): $month is closed" -- mill "$1" close --period "$month"; done
}
learn() { # ROUND
    run 0 "$(basename "$1"): a change of October is known in November, and five calls" -- mill "$1" import "$1/changes.jsonl"
}
october() { # ROUND SUBSCRIPTION: price, days, kind and amount of what is charged for October
    mill "$1" dump | jq -r --arg s "$2" 'select(.record == "invoice") | .lines[] |
        select(.subscription == $s and .period_start < "2026-11-01") |
        [.price, .period_start[5:], .period_end[5:], .kind, .amount] | join(" ")' | sort
}
explained() { # ROUND: every invoice is
    local number wrong=0
    for number in $(mill "$1" dump --record invoice | jq -r .number); do
        mill "$1" explain "$number" >"$STORY_DIR/explained.txt" 2>&1 || wrong=$((wrong + 1))
    done
    equal "$(basename "$1"): explain agrees with every invoice" "$wrong" 0
}
again() { # ROUND NAME
    mill "$1" dump >"$STORY_DIR/$2.jsonl"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || return 0
    run 0 "$2: it comes out the same in another language" -- python3 tests/support/recompute.py "$STORY_DIR/$2.jsonl" "$1/data/documents"
}

# Of the stub, of what ends a day early, of a change in the middle.
expected_stub() { # FEE SUPPORT CALLS: 5 calls, then 5 more
    echo "p-calls 10-16 11-01 late_usage 0.50"
    echo "p-calls 10-16 11-01 usage $3"
    echo "p-fee 10-16 11-01 recurring $1"
    echo "p-support 10-16 11-01 recurring $2"
}
expected_up() { # CREDIT CHARGE SUPPORT
    [ -z "$1" ] || echo "p-fee 10-16 11-01 proration_credit $1"
    echo "p-fee 10-01 11-01 recurring 100.00"
    [ -z "$2" ] || echo "q-fee 10-16 11-01 proration_charge $2"
}

for row in \
    "day     51.61  16.00 5.66  96.77  -51.61 103.23" \
    "second  51.68  16.02 5.67  96.78  -51.68 103.36" \
    "fixed30 50.00  15.50 5.50  96.67  -50.00 100.00" \
    "none    100.00 31.00 10.50 100.00"; do
    # shellcheck disable=SC2086
    set -- $row
    basis=$1
    round=$STORY_DIR/by-$basis
    begin "$round" "$basis"
    close "$round" 2026-09 2026-10
    again "$round" "$basis"
    learn "$round"
    close "$round" 2026-11
    equal "$basis: a month begun in its middle" "$(october "$round" stub)" "$(expected_stub "$2" "$3" "$4")"
    equal "$basis: a month that ends a day early" "$(october "$round" end | grep p-fee)" "p-fee 10-01 10-31 recurring $5"
    equal "$basis: both sides of a change" "$(october "$round" up | grep -- -fee | sort)" "$(expected_up "${6:-}" "${7:-}" | sort)"
    equal "$basis: November is the new plan's" "$(mill "$round" dump --record invoice | jq -rs '[.[].lines[] |
        select(.subscription == "up" and .period_start == "2026-11-01") | .amount | tonumber] | add')" 200
    explained "$round"
    mill "$round" dump >"$STORY_DIR/$basis.jsonl"
    keep_dump "$basis" "$STORY_DIR/$basis.jsonl"
done

number_of() { # ROUND CUSTOMER CUTOFF
    mill "$1" dump --record invoice | jq -r --arg c "$2" --arg d "$3" 'select(.customer == $c and .cutoff == $d) | .number'
}
explain_says() { # BASIS TEXT
    run 0 "$1: a stub is explained" -- mill "$STORY_DIR/by-$1" explain "$(number_of "$STORY_DIR/by-$1" c-stub 2026-10-31)"
    stdout_has "by what it is measured" "$2"
}
explain_says day "16 of 31 days"
explain_says second "1386000 of 2682000 seconds"
explain_says fixed30 "15 of 30 days, all months having 30"
explain_says none "1 of 1 periods, for periods are not divided"
run 0 "as JSON" -- mill "$STORY_DIR/by-second" explain --json "$(number_of "$STORY_DIR/by-second" c-stub 2026-10-31)"
equal "too" "$(jq -c '[.lines[] | select(.price == "p-fee" and .period.start == "2026-10-16") | .proration]' "$STORY_OUT")" \
    '[{"basis":"second","denominator":2682000,"numerator":1386000}]'

# ------------------------------------------------------------------ another setting, later

changed=$STORY_DIR/changed
begin "$changed" second
close "$changed" 2026-09 2026-10
mill "$changed" dump >"$STORY_DIR/before.jsonl"
basis_is "$changed" fixed30
run 0 "another basis: October redone finds nothing" -- mill "$changed" redo close --period 2026-10 --reason "another basis"
explained "$changed"
learn "$changed"
at "$changed"
kill_after 0.03 close --period 2026-11
"${MILL_AT[@]}" resume >"$changed/out.txt" 2>&1
close "$changed" 2026-11
equal "what was charged by seconds is credited by seconds" "$(october "$changed" up | grep -- -fee)" "$(expected_up -51.68 103.36 | sort)"
equal "late usage is measured as its period was" "$(october "$changed" stub | grep calls)" "$(expected_stub 0 0 5.67 | grep calls)"
equal "as if nothing had been set" "$(mill "$changed" dump --record invoice | jq -c .lines)" \
    "$(jq -c 'select(.record == "invoice") | .lines' "$STORY_DIR/second.jsonl")"

moved=$STORY_DIR/moved
mill "$changed" dump --out "$STORY_DIR/moving.jsonl" 2>/dev/null
take_dump "a new database takes the dump" "$moved" "$STORY_DIR/moving.jsonl"
explained "$moved"

basis_is "$changed" hours
run 78 "there is no such basis" -- mill "$changed" check
stdout_has "these there are" "fixed30"

story_end
