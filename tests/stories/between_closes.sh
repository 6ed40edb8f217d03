# What changes between two closes: a zone, the versions of a price, the order of the months, the fiscal
# year, the terms of a plan. No usage is lost or billed twice, nothing billed is priced again, no run is stuck.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin

# A round with one tenant (EUR, Europe/Berlin), a monthly plan with a fee and a metered price of 1.00,
# and a subscription of customer c-1 since September.
begin() { # ROUND
    round_new "$1"
    mill "$1" init >/dev/null 2>&1
    import_into "$1" 0 "$(basename "$1"): its data are imported" <<'END_OF_RECORDS'
{"record":"tenant","tenant":"t","legal_name":"T GmbH","address":{"city":"Berlin"},"country":"DE","currency":"EUR","timezone":"Europe/Berlin","locale":"de-DE","payment_terms_days":14}
{"record":"product","tenant":"t","product":"p","name":"Produkt","type":"saas","tax_category":"standard"}
{"record":"tax_rate","tenant":"*","country":"DE","category":"standard","valid_from":"2007-01-01","rate_percent":"19","name":"USt."}
{"record":"meter","tenant":"t","meter":"calls","aggregation":"sum"}
{"record":"plan","tenant":"t","plan":"m","name":"Monat","interval":"month","interval_count":1}
{"record":"price","tenant":"t","price":"calls","valid_from":"2020-01-01","plan":"m","product":"p","meter":"calls","model":"per_unit","currency":"EUR","billing":"in_arrears","unit_price":"1"}
{"record":"customer","tenant":"t","customer":"c-1","name":"Eins GmbH","address":{"country":"DE"}}
{"record":"subscription","tenant":"t","subscription":"s-1","customer":"c-1","plan":"m","quantity":"1","start":"2026-09-01","status":"active","align":"anniversary"}
END_OF_RECORDS
}
import_into() { # ROUND EXIT_CODE NAME, records on stdin
    cat >"$1/records.jsonl"
    run "$2" "$3" -- mill "$1" import "$1/records.jsonl"
}
usage() { # KEY VALUE AT
    printf '{"record":"usage","tenant":"t","meter":"calls","key":"%s","subscription":"s-1","value":"%s","at":"%s"}\n' "$@"
}
close_of() { # ROUND PERIOD…
    local round=$1 period
    shift
    for period in "$@"; do
        run 0 "$(basename "$round"): $period is closed" -- mill "$round" close --period "$period"
    done
}
lines() { # ROUND: cutoff, kind, quantity and amount of every line over nothing, oldest first
    mill "$1" dump | jq -r 'select(.record == "invoice") | .cutoff as $c | .lines[] | select(.amount != "0.00") |
        [$c, .kind, .quantity, .amount] | join(" ")' | sort
}

# ------------------------------------------------------------------ a zone (rows 1 and 42)

# 30 September 15:00 UTC is September in Berlin and October in Auckland.
for move in "Europe/Berlin Pacific/Auckland" "Pacific/Auckland Europe/Berlin"; do
    round=$STORY_DIR/zone-${move##*/}
    begin "$round"
    zone() { printf '{"record":"customer","tenant":"t","customer":"c-1","name":"Eins GmbH","address":{"country":"DE"},"timezone":"%s"}\n' "$1"; }
    import_into "$round" 0 "a customer in ${move% *} with usage" < <(
        zone "${move% *}"
        usage a 1 2026-09-15T00:00:00Z
        usage b 10 2026-09-30T15:00:00Z
        usage c 100 2026-10-15T00:00:00Z
    )
    close_of "$round" 2026-09
    import_into "$round" 0 "he moves to ${move#* }" < <(zone "${move#* }")
    close_of "$round" 2026-10
    equal "every event is billed once" "$(lines "$round" | awk '{ sum += $4 } END { print sum }')" 111
    equal "periods follow each other in instants too" "$(mill "$round" dump |
        jq -rs 'map(select(.record == "billing_period")) | sort_by(.start) | .[0].end_at == .[1].start_at')" true
done

# ------------------------------------------------------------------ the versions of a price

round=$STORY_DIR/version
begin "$round"
import_into "$round" 0 "usage of September" < <(usage a 100 2026-09-05T00:00:00Z)
close_of "$round" 2026-09
import_into "$round" 0 "a late event, and a version of the price that begins before it" < <(
    usage b 1 2026-09-06T00:00:00Z
    echo '{"record":"price","tenant":"t","price":"calls","valid_from":"2026-08-15","plan":"m","product":"p","meter":"calls","model":"per_unit","currency":"EUR","billing":"in_arrears","unit_price":"0.5"}'
)
import_into "$round" 0 "usage of October" < <(usage c 10 2026-10-06T00:00:00Z)
close_of "$round" 2026-10
equal "the late event costs what its period was billed by, October what holds then" "$(lines "$round")" \
    "2026-09-30 usage 100 100.00
2026-10-31 late_usage 1 1.00
2026-10-31 usage 10 5.00"

# ------------------------------------------------------------------ the order of months

round=$STORY_DIR/order
begin "$round"
import_into "$round" 0 "usage of October" < <(usage a 100 2026-10-05T00:00:00Z)
close_of "$round" 2026-10
import_into "$round" 0 "a late event of October" < <(usage b 7 2026-10-06T00:00:00Z)
close_of "$round" 2026-09
equal "September, closed after October, bills nothing of October" "$(lines "$round")" "2026-10-31 usage 100 100.00"
close_of "$round" 2026-11
equal "November does" "$(lines "$round")" "2026-10-31 usage 100 100.00
2026-11-30 late_usage 7 7.00"

# A second price of the meter, from August on, that catches up on less than what is rated.
round=$STORY_DIR/second
begin "$round"
close_of "$round" 2026-10
import_into "$round" 0 "a second price of the meter" <<'END_OF_RECORDS'
{"record":"price","tenant":"t","price":"calls-2","valid_from":"2026-08-01","plan":"m","product":"p","meter":"calls","model":"per_unit","currency":"EUR","billing":"in_arrears","unit_price":"2"}
END_OF_RECORDS
close_of "$round" 2026-09
import_into "$round" 0 "an event of October" < <(usage a 5 2026-10-06T00:00:00Z)
close_of "$round" 2026-11
equal "it is late for the first price, and billed by both" "$(lines "$round")" "2026-10-31 usage 5 10.00
2026-11-30 late_usage 5 5.00"

# A month whose close was cut short is finished before the next one, which would date its documents.
round=$STORY_DIR/unfinished
begin "$round"
import_into "$round" 0 "usage of September" < <(usage a 9 2026-09-05T00:00:00Z)
mkdir -p "$round/data/documents"
: >"$round/data/documents/t"
run 73 "September cannot be printed" -- mill "$round" close --period 2026-09
run 75 "October does not begin before it" -- mill "$round" close --period 2026-10
stderr_has "it says what is unfinished" "close 2026-09 is unfinished: close 2026-10 would do what it has left"
stderr_has "and what to do" "\`billmill resume\` finishes it"
run 0 "a job that September is through with may" -- mill "$round" run corrections --period 2026-10
run 0 "a trial may look at it" -- mill "$round" plan close --period 2026-10
run 73 "who means it says so" -- mill "$round" close --period 2026-10 --unfinished
run 73 "what has begun goes on without that" -- mill "$round" close --period 2026-10
rm "$round/data/documents/t"
run 0 "both are finished" -- mill "$round" resume
close_of "$round" 2026-11

# ------------------------------------------------------------------ between the tax and the number

round=$STORY_DIR/taxed
begin "$round"
for job in period-advance rating tax; do
    run 0 "$job of September" -- mill "$round" run "$job" --period 2026-09
done
import_into "$round" 65 "who is taxed in Germany does not become French before his invoice is out" <<'END_OF_RECORDS'
{"record":"customer","tenant":"t","customer":"c-1","name":"Un SARL","address":{"country":"FR"}}
END_OF_RECORDS
stderr_has "it says what to do first" "billmill resume"
import_into "$round" 0 "another name he may have" <<'END_OF_RECORDS'
{"record":"customer","tenant":"t","customer":"c-1","name":"Un SARL","address":{"country":"DE"}}
END_OF_RECORDS
close_of "$round" 2026-09
import_into "$round" 0 "and then another country" <<<"$(sed 's/"DE"/"FR"/' "$round/records.jsonl")"

# ------------------------------------------------------------------ the fiscal year

round=$STORY_DIR/fiscal
begin "$round"
numbers() { mill "$round" dump | jq -r 'select(.record == "invoice") | .number' | sort | tr '\n' ' '; }
close_of "$round" 2026-09 2026-10
sed -i 's/^fiscal_year_start: 1/fiscal_year_start: 12/' "$round/config/billmill.yaml"
close_of "$round" 2026-11 2026-12
equal "a later first month: the numbers of the year go on" "$(numbers)" \
    "INV-2026-000001 INV-2026-000002 INV-2026-000003 INV-2026-000004 "

# ------------------------------------------------------------------ the terms of a plan

import_into "$round" 65 "other trial days would move the billing day of every subscription" <<'END_OF_RECORDS'
{"record":"plan","tenant":"t","plan":"m","name":"Monat","interval":"month","interval_count":1,"trial_days":14}
END_OF_RECORDS
stderr_has "and say what to do instead" "create a new plan instead"

# ------------------------------------------------------------------ the scale of a meter

import_into "$round" 0 "a meter without events may get a scale" <<'END_OF_RECORDS'
{"record":"meter","tenant":"t","meter":"calls","aggregation":"sum","scale":2}
END_OF_RECORDS
import_into "$round" 0 "usage of it" < <(usage a 1.004 2026-12-05T00:00:00Z)
import_into "$round" 65 "then no other one: late usage would round all of it again" <<'END_OF_RECORDS'
{"record":"meter","tenant":"t","meter":"calls","aggregation":"sum","scale":0}
END_OF_RECORDS
run 64 "dump writes no file that was not asked for by --out" -- mill "$round" dump backup.jsonl
stderr_has "and says so" "--out FILE"

# ------------------------------------------------------------------ what is owed to the customer

round=$STORY_DIR/negative
begin "$round"
numbers() { mill "$round" dump | jq -r 'select(.number != null and .record != "billing_period") | .number' | sort | tr '\n' ' '; }
import_into "$round" 0 "usage of September" < <(usage a 100 2026-09-15T00:00:00Z)
close_of "$round" 2026-09
import_into "$round" 0 "a correction that came late" < <(usage b -40 2026-09-20T00:00:00Z)
run 0 "is billed by a redo" -- mill "$round" redo close --period 2026-09 --reason correction
equal "as a credit note, in a series of its own" "$(numbers)" "CN-2026-000001 INV-2026-000001 "
equal "with positive amounts" "$(mill "$round" dump --record credit_note | jq -r '[.total, .tax, .amount_due, .status, .lines[0].quantity, .lines[0].amount] | join(" ")')" \
    "47.60 7.60 47.60 paid 40 40.00"
equal "that credits no invoice" "$(mill "$round" dump --record credit_note | jq -r .corrects)" null
equal "what it says is the customer's" "$(mill "$round" dump --record credit_grant | jq -r '[.customer, .kind, .source, .amount, .effective_at] | join(" ")')" \
    "c-1 refund CN-2026-000001 47.60 2026-09-30T22:00:00Z"
run 0 "it is explained" -- mill "$round" explain CN-2026-000001
stdout_has "by what was billed before" "billed before"
run 0 "status counts it by itself" -- mill "$round" status
stdout_has "and says what it is" "credit note"
import_into "$round" 0 "usage of October, and more of September" < <(usage c 10 2026-10-15T00:00:00Z; usage d 5 2026-09-21T00:00:00Z)
close_of "$round" 2026-10
equal "the next invoice draws it" "$(mill "$round" dump --record invoice | jq -r 'select(.cutoff == "2026-10-31") | [.total, .credit_applied, .amount_due, .status] | join(" ")')" "17.85 17.85 0.00 paid"
equal "the next month is billed beside it" "$(numbers)" "CN-2026-000001 INV-2026-000001 INV-2026-000002 "
equal "and late usage on top of what the credit note took back" "$(lines "$round")" "2026-09-30 usage 100 100.00
2026-10-31 late_usage:2 5 5.00
2026-10-31 usage 10 10.00"

for round in "$STORY_DIR"/*/config; do
    round=$(dirname "$round")
    mill "$round" dump >"$STORY_DIR/dump.jsonl"
    keep_dump "$(basename "$round")" "$STORY_DIR/dump.jsonl"
done
story_end
