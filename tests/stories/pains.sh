# Accidents of other billing systems, each played through as a person would meet it: the rows of tests/core/billing/pains_test.c
# that are about several commands, several processes or what an operator sees. The row stands in the name of each check.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

customer() { # NAME FIELDS…
    record customer "\"customer\":\"c-$1\"" "\"name\":\"$1 GmbH\"" "${@:2}"
    record subscription "\"subscription\":\"s-$1\"" "\"customer\":\"c-$1\"" '"plan":"m"' '"start":"2026-10-01"' '"quantity":"2"'
}
IN_DE=('"address":{"country":"DE"}')
usage() { # CUSTOMER VALUE AT
    record usage '"meter":"calls"' "\"subscription\":\"s-$1\"" "\"key\":\"$1-$3\"" "\"value\":\"$2\"" "\"at\":\"$3\""
}

# A seat is 31.00 a month in advance, calls are committed: 10.00 a month at least, 1.00 each.
catalog() {
    berlin
    record product '"product":"p"' '"name":"Produkt"'
    record meter '"meter":"calls"' '"aggregation":"sum"'
    record plan '"plan":"m"' '"name":"Monat"' '"interval":"month"'
    record price '"price":"seat"' '"plan":"m"' '"product":"p"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_advance"' '"model":"per_unit"' '"unit_price":"15.50"'
    record price '"price":"calls"' '"plan":"m"' '"product":"p"' '"meter":"calls"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_arrears"' \
        '"model":"committed"' '"commitment":"10"' '"overage":{"model":"per_unit","unit_price":"1"}'
}
begin() { # ROUND, further records on stdin
    round_new "$1"
    mill "$1" init >/dev/null 2>&1
    { catalog; cat; } >"$1/records.jsonl"
    run 0 "$(basename "$1"): its data are imported" -- mill "$1" import --quiet "$1/records.jsonl"
}
more() { # ROUND NAME, records on stdin
    cat >"$1/more.jsonl"
    run 0 "$2" -- mill "$1" import --quiet "$1/more.jsonl"
}
lines() { # ROUND SUBSCRIPTION: cutoff, kind, quantity, amount of every line
    mill "$1" dump | jq -r --arg s "s-$2" 'select(.record == "invoice" or .record == "credit_note") | . as $i | .lines[] | select(.subscription == $s) |
        [$i.cutoff, .price, .kind, .quantity, .amount] | join(" ")' | sort
}

# ------------------------------------------------------------------ row 6: terminated while queued

round=$STORY_DIR/queued
begin "$round" < <(customer ends "${IN_DE[@]}"; usage ends 25 2026-10-05T10:00:00Z)
for job in corrections period-advance rating; do run 0 "queued: $job of October" -- mill "$round" run "$job" --period 2026-10; done
more "$round" "row 6: it is terminated while its draft waits" < <(record subscription '"subscription":"s-ends"' '"customer":"c-ends"' '"plan":"m"' '"start":"2026-10-01"' '"quantity":"2"' '"cancel_at":"2026-10-15"')
for month in 2026-10 2026-11 2026-12; do run 0 "queued: $month is closed" -- mill "$round" close --period "$month"; done
# 31.00 * 14/31 = 14.00 of the seats. Calls: 25, of 14 days too, for the least that is billed is less.
equal "row 6: no period is on two documents, and what is left is what was used" "$(mill "$round" dump | jq -rs '
    [.[] | select(.record == "invoice" or .record == "credit_note") | (if .record == "invoice" then 1 else -1 end) as $sign | .lines[] |
        {price, cents: ($sign * (.amount | sub("[.]"; "") | tonumber))}] | group_by(.price) | map("\(.[0].price) \(map(.cents) | add)") | join(" ")')" "calls 2500 seat 1400"
equal "row 30: usage before the end is billed after it" "$(lines "$round" ends | grep -c "calls usage.* 25 25.00")" 1

# ------------------------------------------------------------------ rows 7, 12, 15: the same job twice at the same time

several() { for n in 1 2 3 4 5 6 7 8 9; do customer "$n" "${IN_DE[@]}"; usage $n $n 2026-10-07T10:00:00Z; done; }
undisturbed=$STORY_DIR/alone
begin "$undisturbed" < <(several)
run 0 "alone: October is closed" -- mill "$undisturbed" close --period 2026-10
mill "$undisturbed" dump >"$STORY_DIR/alone.jsonl"
keep_dump alone "$STORY_DIR/alone.jsonl"
twice=$STORY_DIR/twice
begin "$twice" < <(several)
chunks_of "$twice" 2
at "$twice"
# together NAME COMMAND…: three processes at once; each does it, shares it, or says that another one is at it
together() {
    local name=$1 pids=() codes="" pid
    shift
    for _ in 1 2 3; do
        "${MILL_AT[@]}" "$@" >/dev/null 2>&1 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        local code=0
        wait "$pid" || code=$?
        codes="$codes $code"
    done
    case $codes in
    *[!\ 04]*) not_ok "$name" "exit codes$codes" ;;
    *0*) ok "$name" ;;
    *) not_ok "$name" "nobody did it:$codes" ;;
    esac
}
for job in corrections period-advance rating; do run 0 "twice: $job of October" -- mill "$twice" run "$job" --period 2026-10; done
together "row 7: taxed by three processes at once" run tax --period 2026-10
run 0 "twice: what ends of the credits" -- mill "$twice" run credit-expire --period 2026-10
together "row 7: numbered by three at once" run invoice-finalize --period 2026-10
together "rows 12 and 15: closed by three at once" close --period 2026-10
mill "$twice" dump >"$STORY_DIR/twice.jsonl"
by_whomever() { # DUMP: without of what each run is a step, which these were not at first
    jq -c 'del(.pipeline, .pipeline_key)' "$1" | sort
}
same_file "rows 7, 12 and 15: each invoice is taxed, numbered and printed once" <(by_whomever "$STORY_DIR/twice.jsonl") <(by_whomever "$STORY_DIR/alone.jsonl")

# ------------------------------------------------------------------ rows 24, 28, 29, 31: whom something is wrong with

round=$STORY_DIR/parked
begin "$round" < <(
    several
    customer swiss '"address":{"country":"CH"}'
    customer old "${IN_DE[@]}" | sed 's/"start":"2026-10-01"/"start":"2023-01-01"/'
)
sed -i 's/max_catch_up: .*/max_catch_up: 12/' "$round/config/billmill.yaml"
run 3 "parked: October is closed" -- mill "$round" close --period 2026-10
equal "row 29: the others have their invoices" "$(mill "$round" dump --record invoice | jq -r 'select(.number) | .customer' | sort -u | tr '\n' ' ')" \
    "c-1 c-2 c-3 c-4 c-5 c-6 c-7 c-8 c-9 "
run 0 "row 24: what blocks an account is listed" -- mill "$round" parked
stdout_has "row 24: with its reason" "CH"
stdout_has "row 24: the other one too" "periods were missed"
equal "row 31: each of the eleven is billed or parked" "$({
    mill "$round" dump --record invoice | jq -r 'select(.number) | .customer'
    mill "$round" parked --json | jq -r '.items[].item' | grep -o 'c-[a-z]*'
} | sort -u | wc -l)" 11
equal "row 31: a run counts whom it has done, and whom it parked" "$(mill "$round" show period-advance --period 2026-10 --json | jq -r '.executions[-1] | "\(.items) \(.parked)"')" "10 1"
run 0 "row 28: what does not go on" -- mill "$round" status
stdout_has "row 28: is shown" "completed_with_parked"
more "$round" "row 24: the rate that was missing" < <(echo '{"record":"tax_rate","tenant":"*","country":"CH","category":"standard","valid_from":"2024-01-01","rate_percent":"8.1","name":"MWST"}')
run 3 "row 24: a trial says what a repair would do" -- mill "$round" redo close --period 2026-10 --reason "to look" --dry-run
equal "row 24: and does nothing" "$(mill "$round" dump --record invoice | jq -r 'select(.customer == "c-swiss") | .number // "draft"' | sort -u)" draft
run 3 "row 24: the repair, which leaves the other one parked" -- mill "$round" parked retry --all
equal "row 24: it has its invoices" "$(mill "$round" dump --record invoice | jq -r 'select(.customer == "c-swiss") | [.status, .subtotal, .tax, .total] | join(" ")')" "open 31.00 2.51 33.51
open 41.00 3.32 44.32"

# A draft that nobody took further: the next month's close does.
round=$STORY_DIR/waiting
begin "$round" < <(several)
for job in corrections period-advance rating; do run 0 "waiting: $job of October" -- mill "$round" run "$job" --period 2026-10; done
run 0 "waiting: November is closed" -- mill "$round" close --period 2026-11
equal "row 28: October's drafts have their numbers, before November's" "$(mill "$round" dump --record invoice | jq -r '[.cutoff, (.number != null)] | map(tostring) | join(" ")' | sort | uniq -c | tr -s ' ')" \
    " 9 2026-09-30 true
 9 2026-10-31 true
 9 2026-11-30 true"
run 0 "row 34: and the count at the end holds" -- mill "$round" verify numbers

# ------------------------------------------------------------------ row 32: five hundred children

round=$STORY_DIR/children
begin "$round" < <(
    customer parent "${IN_DE[@]}"
    for n in {1..500}; do customer "child-$n" "${IN_DE[@]}" '"parent":"c-parent"'; done
)
chunks_of "$round" 7
run 0 "children: October is closed" -- mill "$round" close --period 2026-10
equal "row 32: one invoice of each cutoff, with every child on it" "$(mill "$round" dump --record invoice | jq -r '[.customer, (.lines | length), (.lines | map(.subscription) | unique | length), .subtotal] | map(tostring) | join(" ")')" \
    "c-parent 501 501 15531.00
c-parent 1002 501 20541.00"

# ------------------------------------------------------------------ row 44: zones

# October in Auckland is from 30 September 11:00 UTC (NZDT) to 31 October 11:00 UTC: 3 and 4 calls are in it, 5 and 6 are not.
round=$STORY_DIR/zones
begin "$round" < <(
    customer east "${IN_DE[@]}" '"timezone":"Pacific/Auckland"'
    usage east 5 2026-09-30T10:59:59Z
    usage east 3 2026-09-30T11:00:00Z
    usage east 4 2026-10-31T10:59:59Z
    usage east 6 2026-10-31T11:00:00Z
)
for month in 2026-10 2026-11; do run 0 "zones: $month is closed" -- mill "$round" close --period "$month"; done
equal "row 44: a true-up by the days of the customer's zone: 7 of the 10.00 that are promised, then 6" "$(lines "$round" east | grep calls)" \
    "2026-10-31 calls usage 7 10.00
2026-11-30 calls usage 6 10.00"
equal "row 44: the dates of a document are one day's" "$(mill "$round" dump --record invoice | jq -r '[.cutoff, .tax_point, .issued_on, .due_on] | join(" ")')" \
    "2026-09-30 2026-09-30 2026-10-31 2026-11-14
2026-10-31 2026-10-31 2026-10-31 2026-11-14
2026-11-30 2026-11-30 2026-11-30 2026-12-14"
equal "row 44: and so are those of its lines" "$(mill "$round" dump --record invoice | jq -r '.lines[] | select(.price == "calls") | [.period_start, .period_end] | join(" ")')" \
    "2026-10-01 2026-11-01
2026-11-01 2026-12-01"
for round in parked waiting children zones queued; do
    mill "$STORY_DIR/$round" dump >"$STORY_DIR/dump.jsonl"
    keep_dump "$round" "$STORY_DIR/dump.jsonl"
done

story_end
