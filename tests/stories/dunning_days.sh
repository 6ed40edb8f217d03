# Sixty days of dunning by the policies of the conformance list (SC-060, SC-127, BC-241, BC-242), each card declining each time: every
# step on its day, and with the machine off for ten of those days what was missed is made up for on the first day behind them, once.
# WINDOWS: the first days off, each in a round of its own ("all": each that there is).
. "$(dirname "$0")/../support/story.sh"
. tests/support/gateways.sh
. tests/fault/fault.sh
. tests/support/records.sh
story_begin
gateway_start
export TEST_STRIPE=sk_test_1
FIRST=2026-11-14 # day 0, on which October is due
DAYS=60
OFF_DAYS=10
[ "${WINDOWS:=3 21}" != all ] || WINDOWS=$(seq 1 $((DAYS - OFF_DAYS + 1)))

# WHO, the day on which an invoice is due, the policy's spacing and steps; BC-241 has two invoices, a month after one another.
POLICIES='sc060 0 days 3 7 14 21
sc127 0 chained 1 3 5
bc241 0 days 8 16 24 32 40 48 56
bc241 30 days 8 16 24
bc242 0 days 2 4'
END=$(printf '%s\n' 'sc060 pause' 'sc127 cancel' 'bc241 uncollectible' 'bc242 pause')

catalog() {
    local who until
    berlin
    monthly_fee
    for who in sc060 sc127 bc241 bc242; do
        until=2026-11-01
        [ $who != bc241 ] || until=2026-12-01
        record customer "\"customer\":\"$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}' "\"dunning_policy\":\"$who\""
        record subscription "\"subscription\":\"$who\"" "\"customer\":\"$who\"" '"plan":"m"' '"start":"2026-10-01"' "\"cancel_at\":\"$until\""
        record payment_method "\"customer\":\"$who\"" '"payment_method":"card"' '"gateway":"stripe"' "\"gateway_customer\":\"cus_$who\"" \
            '"gateway_token":"tok_insufficient_funds"' '"is_default":true'
    done
}
configure() { # ROUND
    local who end spacing steps
    cp "$STORY_ROOT/config/declines.yaml" "$1/config/"
    printf 'gateways:\n  stripe: {url: "%s/stripe", secret: {env: TEST_STRIPE}}\ndunning:\n  policies:\n' "$GATEWAY" >>"$1/config/billmill.yaml"
    while read -r who end; do
        read -r _ _ spacing steps < <(grep "^$who 0 " <<<"$POLICIES")
        echo "    - $who $spacing ${steps// / charge; } charge; end $end"
    done <<<"$END" >>"$1/config/billmill.yaml"
}
day_of() { # N
    date -u -d "$FIRST + $1 days" +%F
}
collect() { # ROUND FROM UNTIL: each of those days
    local day
    for ((day = $2; day <= $3; day++)); do
        mill "$1" run collect --date "$(day_of "$day")" >"$STORY_DIR/day.txt" 2>&1 ||
            not_ok "$(day_of "$day") is collected" "$(tail -n 5 "$STORY_DIR/day.txt")"
    done
}
# The first day from N on that is not one of the ten days from OFF on.
on_day() { # N OFF
    if (($1 >= $2 && $1 < $2 + OFF_DAYS)); then echo $(($2 + OFF_DAYS)); else echo "$1"; fi
}
# WHO DUE STEP DUE-ON DONE-ON STATE, and WHO DUE attempts DAYS: of steps that are due on one day the last is done.
expected() { # OFF
    local who due spacing steps step failed at tried=() due_days=() i
    while read -r who due spacing steps; do
        failed=$(on_day "$due" "$1")
        tried=("$failed") due_days=() at=$failed
        for step in $steps; do
            [ $spacing = days ] && due_days+=($((failed + step))) || due_days+=($((at += step)))
        done
        for i in "${!due_days[@]}"; do
            at=$(on_day "${due_days[i]}" "$1")
            ((at <= DAYS)) || break
            if [ -n "${due_days[i + 1]:-}" ] && ((due_days[i + 1] <= at)); then
                echo "$who $(day_of "$due") $((i + 1)) $(day_of "${due_days[i]}") $(day_of "$at") skipped"
            else
                echo "$who $(day_of "$due") $((i + 1)) $(day_of "${due_days[i]}") $(day_of "$at") done"
                tried+=("$at")
            fi
        done
        echo "$who $(day_of "$due") attempts$(for at in "${tried[@]}"; do printf ' %s' "$(day_of "$at")"; done)"
    done <<<"$POLICIES"
}
happened() { # ROUND
    mill "$1" dump >"$STORY_DIR/dump.jsonl"
    jq -rs '(map(select(.record == "invoice") | {key: .number, value: (.customer + " " + .due_on)}) | from_entries) as $of |
        (.[] | select(.record == "dunning_step") | [$of[.invoice], .step, .due_on, .done_on, .state] | map(tostring) | join(" ")),
        (map(select(.record == "payment_attempt")) | group_by(.invoice)[] | sort_by(.attempt) |
            [$of[.[0].invoice], "attempts", .[].on] | join(" "))' "$STORY_DIR/dump.jsonl"
}
agrees_with() { # ROUND OFF NAME
    expected "$2" | sort >"$STORY_DIR/expected.txt"
    happened "$1" | sort >"$STORY_DIR/happened.txt"
    same_file "$3" "$STORY_DIR/happened.txt" "$STORY_DIR/expected.txt"
    computed "$3: it is computed again" "$STORY_DIR/dump.jsonl"
}

round=$STORY_DIR/round
begin "$round"
configure "$round"
run 0 "the configuration is good" -- mill "$round" check
for month in 10 11; do run 0 "2026-$month is closed" -- mill "$round" close --period 2026-$month; done
collected=-1
for off in $WINDOWS; do
    collect "$round" $((collected + 1)) $((off - 1))
    collected=$((off - 1))
    missed=$STORY_DIR/off
    round_copy "$round" "$missed"
    collect "$missed" $((off + OFF_DAYS)) $DAYS
    agrees_with "$missed" "$off" "off from day $off to day $((off + OFF_DAYS - 1))"
done
collect "$round" $((collected + 1)) $DAYS
agrees_with "$round" $((DAYS + 1)) "never off"
story_end
