# What becomes of usage that comes after its period was billed, by the setting late_usage. park: each period waits for a
# person by itself, the customer is billed; tried again it is a line of its own, waived it is not asked for again until more
# comes. reopen_draft: what bills the period is made again as if the event had been there, coupons and taxes too, as long
# as it is a draft; then as next_period. Killed and resumed it is the same.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin

# One tenant, a monthly plan with a fee of 10.00 and calls of 1.00; customers c-1 and c-2 with a subscription
# each since September, and c-3, for whom c-1 pays.
begin() { # ROUND POLICY
    round_new "$1"
    policy "$1" "$2"
    mill "$1" init >/dev/null 2>&1
    import_into "$1" 0 "$(basename "$1"): its data are imported" <<'END_OF_RECORDS'
{"record":"tenant","tenant":"t","legal_name":"T GmbH","address":{"city":"Berlin"},"country":"DE","currency":"EUR","timezone":"Europe/Berlin","locale":"de-DE","payment_terms_days":14}
{"record":"product","tenant":"t","product":"p","name":"Produkt","type":"saas","tax_category":"standard"}
{"record":"tax_rate","tenant":"*","country":"DE","category":"standard","valid_from":"2007-01-01","rate_percent":"19","name":"USt."}
{"record":"meter","tenant":"t","meter":"calls","aggregation":"sum"}
{"record":"plan","tenant":"t","plan":"m","name":"Monat","interval":"month","interval_count":1}
{"record":"price","tenant":"t","price":"calls","valid_from":"2020-01-01","plan":"m","product":"p","meter":"calls","model":"per_unit","currency":"EUR","billing":"in_arrears","unit_price":"1"}
{"record":"price","tenant":"t","price":"fee","valid_from":"2020-01-01","plan":"m","product":"p","model":"flat","currency":"EUR","billing":"in_arrears","flat_fee":"10"}
{"record":"customer","tenant":"t","customer":"c-1","name":"Eins GmbH","address":{"country":"DE"}}
{"record":"customer","tenant":"t","customer":"c-2","name":"Zwei GmbH","address":{"country":"DE"}}
{"record":"customer","tenant":"t","customer":"c-3","name":"Drei GmbH","address":{"country":"DE"},"parent":"c-1"}
{"record":"subscription","tenant":"t","subscription":"s-1","customer":"c-1","plan":"m","quantity":"1","start":"2026-09-01","status":"active","align":"anniversary"}
{"record":"subscription","tenant":"t","subscription":"s-2","customer":"c-2","plan":"m","quantity":"1","start":"2026-09-01","status":"active","align":"anniversary"}
{"record":"subscription","tenant":"t","subscription":"s-3","customer":"c-3","plan":"m","quantity":"1","start":"2026-09-01","status":"active","align":"anniversary"}
{"record":"coupon","tenant":"t","coupon":"once","amount":"150","currency":"EUR","duration":"repeating","repeat_count":2}
{"record":"coupon_redemption","tenant":"t","coupon":"once","customer":"c-1","at":"2026-09-01"}
END_OF_RECORDS
}
policy() { # ROUND POLICY
    sed -i "s/^  late_usage: .*/  late_usage: $2/" "$1/config/billmill.yaml"
}
import_into() { # ROUND EXIT_CODE NAME, records on stdin
    cat >"$1/records.jsonl"
    run "$2" "$3" -- mill "$1" import "$1/records.jsonl"
}
usage() { # KEY SUBSCRIPTION VALUE AT
    printf '{"record":"usage","tenant":"t","meter":"calls","key":"%s","subscription":"%s","value":"%s","at":"%s"}\n' "$@"
}
hold() { # CUSTOMER NAME true|false
    printf '{"record":"customer","tenant":"t","customer":"%s","name":"%s GmbH","address":{"country":"DE"},"hold":%s}\n' "$@"
}
close_of() { # EXIT_CODE ROUND PERIOD
    run "$1" "$(basename "$2"): $3 is closed" -- mill "$2" close --period "$3"
}
lines() { # ROUND: cutoff, subscription, kind, quantity and amount of every line of usage, oldest first
    mill "$1" dump --record invoice | jq -r '.cutoff as $c | .lines[] | select(.price == "calls" and .amount != "0.00") |
        [$c, .subscription, .kind, .quantity, .amount] | join(" ")' | sort
}
books() { # ROUND: all that is billed, whatever run did it
    mill "$1" dump | jq -c 'select(.record | IN("invoice", "credit_note", "billing_period", "coupon_use", "coupon_line", "usage", "usage_rated"))'
}

# ------------------------------------------------------------------ park

round=$STORY_DIR/park
begin "$round" park
import_into "$round" 0 "usage of September" < <(usage a s-1 100 2026-09-05T00:00:00Z; usage b s-2 200 2026-09-05T00:00:00Z)
close_of 0 "$round" 2026-09
import_into "$round" 0 "late events, and usage of October" < <(
    usage c s-1 1 2026-09-06T00:00:00Z; usage d s-2 2 2026-09-06T00:00:00Z; usage e s-2 4 2026-09-07T00:00:00Z
    usage f s-1 10 2026-10-05T00:00:00Z; usage g s-2 20 2026-10-05T00:00:00Z)
stdout_has "import says what becomes of it" "the next run parks what belongs to a billing period"
close_of 3 "$round" 2026-10
equal "both customers are billed their October" "$(lines "$round" | grep 2026-10-31)" "2026-10-31 s-1 usage 10 10.00
2026-10-31 s-2 usage 20 20.00"
run 0 "what waits is listed" -- mill "$round" parked
stdout_has "by subscription, price and period" "late usage of s-2 calls from 2026-09-01"
stdout_has "with what came" "2 usage events came after the period from 2026-09-01 to 2026-10-01 had been billed"
stdout_has "and the two ways out" "\`billmill parked retry\` bills them now, as a line of its own; \`billmill parked waive\` gives them up"
import_into "$round" 0 "meanwhile another customer comes" < <(
    echo '{"record":"customer","tenant":"t","customer":"c-4","name":"Vier GmbH","address":{"country":"DE"}}'
    echo '{"record":"subscription","tenant":"t","subscription":"s-4","customer":"c-4","plan":"m","quantity":"1","start":"2026-10-01","status":"active","align":"anniversary"}')
run 3 "one is billed" -- mill "$round" parked retry s-1
equal "and nothing else, though it is due" "$(mill "$round" dump --record invoice | jq -r 'select(.customer == "c-4") | .number')" ""
equal "as a line of its own" "$(lines "$round" | grep late)" "2026-10-31 s-1 late_usage 1 1.00"
run 0 "the other is given up" -- mill "$round" parked waive s-2 --reason "a gift"
close_of 0 "$round" 2026-11
equal "it is not asked for again" "$(lines "$round" | grep -c late)" 1
run 0 "but counted" -- mill "$round" status
stdout_has "as late usage that is on no invoice" "late usage: 2 events"
# Billed again: a decision about an invoice is none about usage that another decision gave up.
again=$STORY_DIR/again
round_copy "$round" "$again"
number=$(mill "$again" dump --record invoice | jq -r 'select(.customer == "c-2" and .cutoff == "2026-09-30") | .number')
echo "{\"record\":\"correction\",\"tenant\":\"t\",\"correction\":\"again\",\"invoice\":\"$number\",\"action\":\"rebill\",\"on\":\"2026-12-02\",\"reason\":\"wrong name\"}" >"$again/again.jsonl"
run 0 "September is to be billed again" -- mill "$again" import "$again/again.jsonl"
close_of 0 "$again" 2026-12
equal "it is, without what was given up" "$(lines "$again" | grep rebill)" "2026-12-31 s-2 rebill:usage 200 200.00"
run 0 "which is counted still" -- mill "$again" status
stdout_has "as late" "late usage: 2 events"
number=$(mill "$again" dump --record invoice | jq -r 'select(.references != null) | .number')
run 0 "the new invoice is explained" -- mill "$again" explain "$number"
stdout_has "to the cent" "checked: every figure, computed again, is what is stored"
import_into "$again" 0 "again: one more comes" < <(usage h s-2 8 2026-09-08T00:00:00Z)
close_of 3 "$again" 2027-01
run 0 "again: now it is billed with the others" -- mill "$again" parked retry --all --reason "no gift"
equal "again: on top of what was billed again" "$(lines "$again" | grep "s-2 late")" "2027-01-31 s-2 late_usage 14 14.00"

# In one run: what is late is said by the run that bills the period again, and goes on from what that bills.
both=$STORY_DIR/both
begin "$both" park
import_into "$both" 0 "both: usage of September" < <(usage a s-1 100 2026-09-05T00:00:00Z; usage b s-2 200 2026-09-05T00:00:00Z)
close_of 0 "$both" 2026-09
number=$(mill "$both" dump --record invoice | jq -r 'select(.customer == "c-2") | .number')
import_into "$both" 0 "both: a late event, and September is to be billed again" < <(usage d s-2 2 2026-09-06T00:00:00Z
    echo "{\"record\":\"correction\",\"tenant\":\"t\",\"correction\":\"again\",\"invoice\":\"$number\",\"action\":\"rebill\",\"on\":\"2026-10-02\",\"reason\":\"wrong name\"}")
close_of 3 "$both" 2026-10
equal "both: the rest is billed again" "$(lines "$both" | grep rebill)" "2026-10-31 s-2 rebill:usage 200 200.00"
equal "both: the event waits, and says so" "$(mill "$both" parked --json | jq -r '.items[] | [.item, .reason] | join(": ")')" \
    "late usage of s-2 calls from 2026-09-01: 1 usage events came after the period from 2026-09-01 to 2026-10-01 had been billed"
run 0 "both: it is billed" -- mill "$both" parked retry --all
equal "both: on top of that" "$(lines "$both" | grep "s-2 late")" "2026-10-31 s-2 late_usage 2 2.00"
number=$(mill "$both" dump --record invoice | jq -r 'select(.lines[].kind == "late_usage") | .number')
run 0 "both: which is explained" -- mill "$both" explain "$number"
stdout_has "both: to the cent" "checked: every figure, computed again, is what is stored"
policy "$both" next_period
number=$(mill "$both" dump --record invoice | jq -r 'select(.references != null and .customer == "c-2") | .number')
import_into "$both" 0 "both: once more, where late usage is billed at once" < <(usage i s-2 3 2026-09-07T00:00:00Z
    echo "{\"record\":\"correction\",\"tenant\":\"t\",\"correction\":\"third\",\"invoice\":\"$number\",\"action\":\"rebill\",\"on\":\"2026-11-02\",\"reason\":\"wrong name\"}")
close_of 0 "$both" 2026-11
equal "both: what is billed again has it, once" "$(lines "$both" | grep -E "2026-11-30 s-2")" "2026-11-30 s-2 rebill:rebill:usage 203 203.00"

import_into "$round" 0 "one more comes" < <(usage h s-2 8 2026-09-08T00:00:00Z)
close_of 3 "$round" 2026-12
run 0 "it is asked for, with what was given up" -- mill "$round" parked
stdout_has "for it is one period" "3 usage events came"
close_of 3 "$round" 2027-01
equal "it is listed once, where it was tried last" "$(mill "$round" parked --json | jq -r '.items[] | [.business_key, .item] | join(" ")')" \
    "2027-01 late usage of s-2 calls from 2026-09-01"
run 0 "all is billed" -- mill "$round" parked retry --all --reason "no gift"
equal "with the whole price of the period" "$(lines "$round" | grep late)" "2026-10-31 s-1 late_usage 1 1.00
2027-01-31 s-2 late_usage 14 14.00"
run 0 "nothing waits" -- mill "$round" parked --json
equal "nor is on the list" "$(jq -r '.items | length' "$STORY_OUT")" 0
mill "$round" dump >"$STORY_DIR/park.jsonl"
keep_dump park "$STORY_DIR/park.jsonl"

# ------------------------------------------------------------------ reopen_draft

# Twins: in one the event of September is there in time. Drafts of c-1, who pays for c-3 too, wait on hold.
twin=$STORY_DIR/twin
round=$STORY_DIR/reopen
for each in "$twin" "$round"; do
    begin "$each" reopen_draft
    import_into "$each" 0 "usage of September, and c-1 is on hold" < <(hold c-1 Eins true; usage a s-1 100 2026-09-05T00:00:00Z
        usage b s-2 200 2026-09-05T00:00:00Z; usage c s-3 300 2026-09-05T00:00:00Z)
done
late() { usage d s-1 40 2026-09-06T00:00:00Z; usage e s-3 60 2026-09-06T00:00:00Z; }
import_into "$twin" 0 "in one all of September" < <(late)
for each in "$twin" "$round"; do close_of 3 "$each" 2026-09; done
import_into "$round" 0 "in the other the rest comes late" < <(late; usage f s-2 7 2026-09-06T00:00:00Z)
import_into "$twin" 0 "as c-2's does here" < <(usage f s-2 7 2026-09-06T00:00:00Z)
equal "what was used of the coupon" "$(mill "$round" dump --record coupon_use | jq -r '[.discount, .carried] | join(" ")')" "150.00 0.00"
before=$STORY_DIR/before
round_copy "$round" "$before"
for each in "$twin" "$round"; do close_of 3 "$each" 2026-10; done
equal "the draft has it in its lines; what is finalized stays, and the rest is a line of its own" "$(lines "$round")" \
    "2026-09-30 s-1 usage 140 140.00
2026-09-30 s-2 usage 200 200.00
2026-09-30 s-3 usage 360 360.00
2026-10-31 s-2 late_usage 7 7.00"
for each in "$twin" "$round"; do import_into "$each" 0 "the hold is lifted" < <(hold c-1 Eins false); done
for each in "$twin" "$round"; do close_of 0 "$each" 2026-11; done
books "$twin" >"$STORY_DIR/twin.jsonl"
books "$round" >"$STORY_DIR/reopen.jsonl"
same_file "everything is as if nothing had come late" "$STORY_DIR/reopen.jsonl" "$STORY_DIR/twin.jsonl"
mill "$round" dump >"$STORY_DIR/dump.jsonl"
keep_dump reopen "$STORY_DIR/dump.jsonl"
if python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    run 0 "another program computes the lines of what was parked" -- env ONE_RUN_A_DAY=0 python3 tests/support/recompute.py "$STORY_DIR/park.jsonl"
    stdout_has "without a difference" ", 0 differences"
fi
for number in INV-2026-000001 INV-2026-000002; do
    run 0 "$number is explained" -- mill "$round" explain $number
    stdout_has "and every figure agrees" "checked: every figure, computed again, is what is stored"
done

# ------------------------------------------------------------------ a draft on which later figures rest

# Late usage of September was drafted in October on top of the draft of September: only the later one is made again.
round=$STORY_DIR/chain
begin "$round" next_period
import_into "$round" 0 "usage, and everybody is on hold" < <(hold c-1 Eins true; hold c-2 Zwei true; usage a s-2 100 2026-09-05T00:00:00Z)
close_of 3 "$round" 2026-09
import_into "$round" 0 "a late event" < <(usage b s-2 10 2026-09-06T00:00:00Z)
close_of 3 "$round" 2026-10
policy "$round" reopen_draft
import_into "$round" 0 "and another one" < <(usage c s-2 1 2026-09-07T00:00:00Z)
close_of 3 "$round" 2026-11
equal "the line that was late already is made again" "$(lines "$round" | grep s-2)" "2026-09-30 s-2 usage 100 100.00
2026-10-31 s-2 late_usage 11 11.00"

# ------------------------------------------------------------------ killed, and by several workers

books "$STORY_DIR/reopen" | jq -c 'select(.record != "invoice" or .cutoff < "2026-11")' >"$STORY_DIR/gold.jsonl"
hurt=$STORY_DIR/hurt
for ((instant = 5; instant <= 60; instant += 6)); do
    round_copy "$before" "$hurt"
    at "$hurt"
    kill_after "$(printf "0.%03d" "$instant")" close --period 2026-10
    mill "$hurt" resume >"$hurt/out.txt" 2>&1
    mill "$hurt" close --period 2026-10 >"$hurt/out.txt" 2>&1
    { hold c-1 Eins false; } >"$hurt/records.jsonl"
    mill "$hurt" import "$hurt/records.jsonl" >"$hurt/out.txt" 2>&1
    mill "$hurt" close --period 2026-11 >"$hurt/out.txt" 2>&1
    books "$hurt" | jq -c 'select(.record != "invoice" or .cutoff < "2026-11")' >"$STORY_DIR/hurt.jsonl"
    cmp -s "$STORY_DIR/hurt.jsonl" "$STORY_DIR/gold.jsonl" || { not_ok "killed after $instant ms it ends alike" "$(diff "$STORY_DIR/hurt.jsonl" "$STORY_DIR/gold.jsonl" | cut -c -200 | head -n 5)"; break; }
done
[ $instant -lt 60 ] || ok "killed at ten instants and resumed it is the same"
round_copy "$before" "$hurt"
run 3 "three workers" -- mill "$hurt" close --period 2026-10 --workers 3
equal "make the same drafts" "$(lines "$hurt")" "$(lines "$STORY_DIR/reopen" | grep -v 2026-11)"
story_end
