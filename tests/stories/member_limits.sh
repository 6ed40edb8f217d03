# Projects and members of a customer: whose usage a line is of, and how much credits may pay for it in a month. Every figure
# is worked by hand below. It is the same killed and resumed, by several workers, made up for, and in a database that moved.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
story_begin

used() { # SUBSCRIPTION KEY DAY VALUE FIELDS…
    record usage "\"subscription\":\"s-$1\"" "\"key\":\"$1-$2\"" '"meter":"calls"' "\"at\":\"$3T12:00:00Z\"" "\"value\":\"$4\"" "${@:5}"
}
member() { # CUSTOMER NAME FIELDS…
    record member "\"customer\":\"c-$1\"" "\"member\":\"$2\"" "${@:3}"
}
grant() { # CUSTOMER SOURCE AMOUNT FIELDS…
    record credit_grant "\"customer\":\"c-$1\"" "\"source\":\"$2\"" "\"amount\":\"$3\"" '"effective_at":"2026-10-01T00:00:00Z"' '"currency":"EUR"' "${@:4}"
}
limit() { # AMOUNT
    echo "\"credit_limit\":\"$1\",\"currency\":\"EUR\""
}

# 0.10 a call and 10.00 a month, in arrears; with their tax 0.119 and 11.90.
catalog() {
    local who
    berlin
    record product '"product":"p"' '"name":"Produkt"'
    record meter '"meter":"calls"' '"aggregation":"sum"' '"unit":"Calls"'
    record plan '"plan":"p"' '"name":"P"' '"interval":"month"'
    record price '"price":"calls"' '"plan":"p"' '"product":"p"' '"meter":"calls"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_arrears"' '"model":"per_unit"' '"unit_price":"0.10"'
    record price '"price":"fee"' '"plan":"p"' '"product":"p"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_arrears"' '"model":"flat"' '"flat_fee":"10"'
    for who in team pays dollar; do
        record customer "\"customer\":\"c-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
    done
    record customer '"customer":"c-child"' '"name":"child GmbH"' '"address":{"country":"DE"}' '"parent":"c-pays"'
    for who in team pays dollar child; do
        record subscription "\"subscription\":\"s-$who\"" "\"customer\":\"c-$who\"" '"plan":"p"' '"start":"2026-10-01"'
    done
    record subscription '"subscription":"s-again"' '"customer":"c-team"' '"plan":"p"' '"start":"2026-10-01"'
    record project '"customer":"c-team"' '"project":"web"' '"name":"Web"' "$(limit 20)"
    member team alice "$(limit 50)"
    member team bob
    member pays alice
    member child alice "$(limit 30.50)"
    member dollar alice '"credit_limit":"50","currency":"USD"'
    grant team big 500.00
    grant pays shared 500.00
    grant dollar euros 500.00
    used team 1 2026-10-03 600 '"member":"alice"'
    used team 2 2026-10-04 200 '"member":"bob"'
    used team 3 2026-10-05 100 '"member":"alice","project":"web"'
    used team 4 2026-10-06 100
    used team 5 2026-10-07 300 '"project":"web"'
    used again 1 2026-10-08 10 '"project":"web"'
    used child 1 2026-10-03 1000 '"member":"alice"'
    used pays 1 2026-10-03 1000 '"member":"alice"'
    used dollar 1 2026-10-03 100 '"member":"alice"'
    used team 6 2026-11-03 100 '"member":"alice"'
}
late() { # of October, known in November
    used team 7 2026-10-20 100 '"member":"bob"'
    used team 8 2026-10-21 50 '"member":"alice"'
}
invoices() { # ROUND CUSTOMER
    mill "$1" dump --record invoice | jq -r --arg c "c-$2" 'select(.customer == $c) | [.cutoff, .total, .credit_applied, .amount_due] | join(" ")'
}
draws() { # ROUND CUSTOMER
    mill "$1" dump --record credit_transaction | jq -r --arg c "c-$2" 'select(.customer == $c and .kind == "draw") | [.on, .source, .amount, .project // "-", .member // "-", .month // "-"] | join(" ")' | sort
}
limits() { # ROUND
    mill "$1" dump --record credit_limit_use | jq -r '[.customer, .project // .member, .month, .limit, .used] | join(" ")'
}

round=$STORY_DIR/steps
begin "$round"
run 0 "the same records once more" -- mill "$round" import "$round/records.jsonl"
stdout_has "change nothing" "project"
run 0 "October is closed" -- mill "$round" close --period 2026-10
run 0 "usage of October comes late" -- mill "$round" import <(late)
run 0 "November is closed" -- mill "$round" close --period 2026-11

# c-team, October: 1300 calls are 154.70, 10 calls of the other subscription 1.19, the fees 23.80: 179.69 with tax. Of that
# 71.40 are alice's, 11.90 hers in web, 35.70 + 1.19 are web's; the others' 59.50 have no limit and are paid first. Of alice's
# 71.40 credits pay 50.00, which is all that she has; of hers in web nothing then. Of web's 36.89 they pay 20.00.
# November: 100 calls of alice are 11.90 of a new month; the late ones of October are 11.90 of bob, paid, and 5.95 of hers,
# which is not; the fees are paid.
equal "credits pay within the limits, and the rest is due" "$(invoices "$round" team)" \
    "2026-10-31 179.69 129.50 50.19
2026-11-30 53.55 47.60 5.95"
equal "each draw says against whose limit it counts" "$(draws "$round" team)" \
    "2026-10-31 big 20.00 web - 2026-10
2026-10-31 big 50.00 - alice 2026-10
2026-10-31 big 59.50 - - -
2026-11-30 big 11.90 - alice 2026-11
2026-11-30 big 35.70 - - -"
# c-pays pays for c-child: its own alice has no limit, the child's has 30.50 of her 119.00.
equal "a member is a customer's: the payer's of the same name has no limit" "$(invoices "$round" pays | head -n 1)" "2026-10-31 261.80 173.30 88.50"
equal "the draw names whose member it is" "$(mill "$round" dump --record credit_transaction | jq -r 'select(.holder_customer) | [.holder_customer, .member, .amount] | join(" ")')" "c-child alice 30.50"
equal "a limit in dollars allows nothing in euros" "$(invoices "$round" dollar | head -n 1)" "2026-10-31 23.80 11.90 11.90"
equal "what is used of each limit" "$(limits "$round")" \
    "c-child alice 2026-10 30.50 30.50
c-team alice 2026-10 50.00 50.00
c-team alice 2026-11 50.00 11.90
c-team web 2026-10 20.00 20.00"
number=$(mill "$round" dump --record invoice | jq -r 'select(.customer == "c-team" and .cutoff == "2026-10-31") | .number')
run 0 "an invoice says whose usage it is" -- mill "$round" explain "$number"
stdout_has "of the line" "member alice: 600, 71.40"
stdout_has "and in a project" "project web, member alice: 100, 11.90"
stdout_has "what of it counts" "member alice of 2026-10: 71.40 of this document, of which credits paid 50.00"
stdout_has "against which limit" "the limit of member alice is 50 EUR a month; of 2026-10 are used 50.00"
stdout_has "and which draw it was" "for usage of project web of 2026-10"
stdout_has "every figure agrees" "checked: every figure, computed again, is what is stored"
run 0 "as JSON" -- mill "$round" explain "$number" --json
equal "the parts of the line sum to it" "$(jq -r '[.lines[] | select(.shares and .subscription == "s-team") | .shares[].amount | tonumber * 100 | round] | add' "$STORY_OUT")" 15470
run 0 "credits are shown" -- mill "$round" show credits c-team
stdout_has "with the limits" "limit of"
equal "and what is used of them" "$(awk '$1 == "member" && $2 == "alice"' "$STORY_OUT" | tr -s ' ')" "member alice 50 EUR 2026-10 50.00 EUR 50.00 EUR
member alice 50 EUR 2026-11 50.00 EUR 11.90 EUR"
run 0 "as JSON" -- mill "$round" show credits c-team --json
equal "a member without a limit" "$(jq -r '.limits[] | select(.member == "bob") | .credit_limit' "$STORY_OUT")" null
run 0 "all of it is proved" -- mill "$round" verify credits
mill "$round" dump >"$STORY_DIR/steps.jsonl"
keep_dump steps "$STORY_DIR/steps.jsonl"
computed "another program draws the same" "$STORY_DIR/steps.jsonl" "$round/data/documents"
closed_again "$round" 2026-11 "$STORY_DIR/steps.jsonl"

damaged() { # NAME TEXT SQL: what somebody else changed is found
    round_copy "$round" "$STORY_DIR/damaged"
    round_sql "$STORY_DIR/damaged" "$3"
    run 65 "$1" -- mill "$STORY_DIR/damaged" verify credits
    stdout_has "and named" "$2"
}
damaged "a limit of which somebody lowered what is used" "member alice, 2026-10: what is used of the limit is not what was drawn for it" "UPDATE credit_limit_use SET used_minor = used_minor - 1 WHERE holder = 'alice' AND month = '2026-10'"
damaged "draws beyond the limit" "project web, 2026-10: what is used of the limit" "UPDATE credit_transaction SET amount_minor = amount_minor + 1 WHERE project = 'web'"
damaged "a limit that is gone" "what was drawn counts against a limit that is not there" "DELETE FROM credit_limit_use WHERE holder = 'web'"

bad "$round" "usage of an unknown member" "member \"zoe\" of the customer does not exist" < <(used team 9 2026-12-01 1 '"member":"zoe"')
bad "$round" "and project" "project \"zoo\" of the customer does not exist" < <(used team 9 2026-12-01 1 '"project":"zoo"')
bad "$round" "a member of another customer" "member \"bob\" of the customer does not exist" < <(used pays 9 2026-12-01 1 '"member":"bob"')
bad "$round" "by the customer's name too" "member \"bob\" of the customer does not exist" < <(used pays 9 2026-12-01 1 '"member":"bob","customer":"c-pays"')
bad "$round" "a limit without a currency" "currency" < <(member team carl '"credit_limit":"5"')
bad "$round" "a limit below zero" "-1 is none" < <(member team carl "$(limit -2)")
bad "$round" "a limit of half a cent" "credit_limit" < <(member team carl "$(limit 0.005)")
bad "$round" "a member of nobody" "c-nobody" < <(member nobody carl)

# ------------------------------------------------------------------ limits change, and overdrafts

# Alice's limit is raised before December; a lowered one takes nothing back.
{
    member team alice "$(limit 70)"
    member child alice "$(limit 0)"
    used team 10 2026-12-03 1000 '"member":"alice"'
    used child 10 2026-12-03 10 '"member":"alice"'
} >"$round/raised.jsonl"
run 0 "limits become others" -- mill "$round" import "$round/raised.jsonl"
run 0 "December is closed" -- mill "$round" close --period 2026-12
equal "they hold for what is drawn from then on" "$(limits "$round" | grep -e 2026-12 -e 30.50)" \
    "c-child alice 2026-10 30.50 30.50
c-team alice 2026-12 70.00 70.00"
run 0 "and all is proved" -- mill "$round" verify credits

over=$STORY_DIR/over
round_new "$over"
mill "$over" init >/dev/null 2>&1
catalog | sed -e 's/"tenant":"t","legal_name"/"overdraft_limit":"100.00",&/' -e 's/"source":"big","amount":"500.00"/"source":"big","amount":"70.00"/' >"$over/records.jsonl"
run 0 "a tenant who lets customers overdraw" -- mill "$over" import "$over/records.jsonl"
for month in 2026-10 2026-11; do run 0 "over: $month is closed" -- mill "$over" close --period "$month"; done
# 59.50 are drawn, and 10.50 of web's 20.00, which comes first with the line of s-again; the rest of it and alice's 50.00 are
# overdrawn: what is over a limit is not.
equal "an overdraft is a credit, within the limits" "$(invoices "$over" team | head -n 1)" "2026-10-31 179.69 129.50 50.19"
equal "with its names" "$(mill "$over" dump --record credit_transaction | jq -r 'select(.customer == "c-team" and .kind == "overdraft" and .on == "2026-10-31") | [.amount, .project // "-", .member // "-"] | join(" ")' | sort)" \
    "50.00 - alice
9.50 web -"
run 0 "a grant pays it back" -- mill "$over" import <(grant team more 200.00 | sed 's/2026-10-01T/2026-12-01T/')
run 0 "over: December is closed" -- mill "$over" close --period 2026-12
run 0 "over: proved" -- mill "$over" verify credits
mill "$over" dump >"$STORY_DIR/over.jsonl"
keep_dump over "$STORY_DIR/over.jsonl"
computed "over: another program draws the same" "$STORY_DIR/over.jsonl"

# ------------------------------------------------------------------ taken back, and billed again

shares() { # ROUND CUTOFF: whose usage the lines of a month's documents are
    mill "$1" dump | jq -rs --arg c "$2" '
        (map(select(.record | IN("invoice", "credit_note")) | select(.cutoff == $c) | .draft_key as $d | .lines[] | {key: "\($d) \(.line)", value: .kind}) | from_entries) as $kind |
        .[] | select(.record == "usage_share") | $kind["\(.draft_key) \(.line)"] as $k | select($k) | [$k, .member, .quantity] | join(" ")' | sort
}
calls_of_two() { # ROUND: alice and bob use a hundred calls each in October
    mill "$1" init >/dev/null 2>&1
    {
        catalog | grep -v '"record":"usage"'
        used team 1 2026-10-03 100 '"member":"alice"'
        used team 2 2026-10-04 100 '"member":"bob"'
    } >"$1/records.jsonl"
    run 0 "$(basename "$1"): its data are imported" -- mill "$1" import "$1/records.jsonl"
    run 0 "$(basename "$1"): October is closed" -- mill "$1" close --period 2026-10
}
ends() { # DAY
    record subscription '"subscription":"s-team"' '"customer":"c-team"' '"plan":"p"' '"start":"2026-10-01"' "\"cancel_at\":\"$1\""
}
back=$STORY_DIR/back
round_new "$back"
calls_of_two "$back"
run 0 "back: October ends earlier, as one hears later" -- mill "$back" import <(ends 2026-10-20)
run 0 "back: November is closed" -- mill "$back" close --period 2026-11
equal "what is taken back is so of those who used it" "$(shares "$back" 2026-11-30)" \
    "reversal:usage alice -100
reversal:usage bob -100
usage:2 alice 100
usage:2 bob 100"
run 0 "back: late usage of bob" -- mill "$back" import <(used team 3 2026-10-10 50 '"member":"bob"')
run 0 "back: December is closed" -- mill "$back" close --period 2026-12
equal "which is his alone" "$(shares "$back" 2026-12-31)" "late_usage bob 50"
# With the fee of the other subscription.
equal "and counts against nobody else's limit" "$(draws "$back" team | grep 2026-12)" "2026-12-31 big 17.85 - - -"
run 0 "back: October ends earlier still" -- mill "$back" import <(ends 2026-10-15)
run 0 "back: January is closed" -- mill "$back" close --period 2027-01
equal "what is taken back once more is what was left" "$(shares "$back" 2027-01-31)" \
    "reversal:usage:2 alice -100
reversal:usage:2 bob -150
usage:3 alice 100
usage:3 bob 150"
mill "$back" dump >"$STORY_DIR/back.jsonl"
keep_dump back "$STORY_DIR/back.jsonl"
computed "back: another program finds the same shares" "$STORY_DIR/back.jsonl"
run 0 "back: proved" -- mill "$back" verify credits

again=$STORY_DIR/again
round_new "$again"
sed -i 's/^  late_usage: .*/  late_usage: park/' "$again/config/billmill.yaml"
calls_of_two "$again"
number=$(mill "$again" dump --record invoice | jq -r 'select(.customer == "c-team") | .number')
{
    used team 3 2026-10-10 300 '"member":"bob"'
    record correction '"correction":"again"' "\"invoice\":\"$number\"" '"action":"rebill"' '"on":"2026-11-05"' '"reason":"wrong"'
} >"$again/again.jsonl"
run 0 "again: October is to be billed again, and late usage waits" -- mill "$again" import "$again/again.jsonl"
run 3 "again: November is closed, late usage waits beside it" -- mill "$again" close --period 2026-11
equal "what is billed again is not of what waits" "$(shares "$again" 2026-11-30 | grep rebill)" \
    "rebill:usage alice 100
rebill:usage bob 100"
run 3 "again: December is closed, and it waits" -- mill "$again" close --period 2026-12
run 0 "again: what waits is to be billed" -- mill "$again" parked retry --all
run 0 "again: January is closed" -- mill "$again" close --period 2027-01
equal "it is bob's" "$(mill "$again" dump --record usage_share | jq -r '[.member, .quantity] | join(" ")' | grep 300)" "bob 300"
mill "$again" dump >"$STORY_DIR/again.jsonl"
keep_dump again "$STORY_DIR/again.jsonl"
computed "again: another program finds the same shares" "$STORY_DIR/again.jsonl"
run 0 "again: proved" -- mill "$again" verify credits

# ------------------------------------------------------------------ whatever limits there are

# Thirty customers with up to four members and two projects, half of them with limits, any grants, usage that comes in time or
# late, and of some what passes a threshold is billed before its month ends.
any=$STORY_DIR/any
RANDOM=271828
any_usage() { # ROUND DAYS…: of October, by anybody
    local who n of count
    for who in $(seq 30); do
        count=$((RANDOM % 9))
        for ((n = 0; n < count; n++)); do
            of=()
            [ $((RANDOM % 4)) = 0 ] || of+=("\"member\":\"m-$((RANDOM % 4))\"")
            [ $((RANDOM % 3)) != 0 ] || of+=("\"project\":\"p-$((RANDOM % 2))\"")
            used "any-$who" "$1-$n" "2026-10-$(($2 + RANDOM % 9))" "$((RANDOM % 400)).$((RANDOM % 90 + 10))" "${of[@]}"
        done
    done
}
any_limit() { # sets LIMIT
    LIMIT=()
    [ $((RANDOM % 2)) = 0 ] || printf -v 'LIMIT[0]' '"credit_limit":"%d.%d","currency":"EUR"' $((RANDOM % 60)) $((RANDOM % 90 + 10))
}
any_records() {
    local who n
    catalog | sed 's/"tenant":"t","legal_name"/"overdraft_limit":"25.00",&/' | grep -v '"record":"usage"'
    record plan '"plan":"soon"' '"name":"Soon"' '"interval":"month"' '"usage_thresholds":[{"amount":"40.00","recurring":true}]'
    record price '"price":"soon"' '"plan":"soon"' '"product":"p"' '"meter":"calls"' '"currency":"EUR"' '"valid_from":"2020-01-01"' '"billing":"in_arrears"' '"model":"graduated"' '"tiers":[{"up_to":"200","unit_price":"0.11","flat_fee":"1.50"},{"up_to":null,"unit_price":"0.07"}]'
    for who in $(seq 30); do
        record customer "\"customer\":\"c-any-$who\"" "\"name\":\"$who GmbH\"" '"address":{"country":"DE"}'
        [ $((RANDOM % 2)) = 0 ] && n=p || n=soon
        record subscription "\"subscription\":\"s-any-$who\"" "\"customer\":\"c-any-$who\"" "\"plan\":\"$n\"" '"start":"2026-10-01"'
        for n in 0 1 2 3; do any_limit; member "any-$who" "m-$n" "${LIMIT[@]}"; done
        for n in 0 1; do any_limit; record project "\"customer\":\"c-any-$who\"" "\"project\":\"p-$n\"" "${LIMIT[@]}"; done
        for ((n = RANDOM % 4; n > 0; n--)); do grant "any-$who" "g-$n" "$((RANDOM % 160 + 1)).00" "\"priority\":$((50 + RANDOM % 3))"; done
    done
}
round_new "$any"
mill "$any" init >/dev/null 2>&1
any_records >"$any/records.jsonl"
any_usage early 10 >"$any/early.jsonl"
any_usage middle 20 >"$any/middle.jsonl"
any_usage late 12 >"$any/late.jsonl"
run 0 "any limits" -- mill "$any" import "$any/records.jsonl" "$any/early.jsonl"
run 0 "any: what passed a threshold is billed" -- mill "$any" run progressive --date 2026-10-20
run 0 "any: more is used" -- mill "$any" import "$any/middle.jsonl"
run 0 "any: October is closed" -- mill "$any" close --period 2026-10
run 0 "any: some comes late" -- mill "$any" import "$any/late.jsonl"
for month in 2026-11 2026-12; do run 0 "any: $month is closed" -- mill "$any" close --period "$month"; done
mill "$any" dump >"$STORY_DIR/any.jsonl"
keep_dump any "$STORY_DIR/any.jsonl"
computed "another program finds the same shares and draws" "$STORY_DIR/any.jsonl"
run 0 "all of it adds up" -- mill "$any" verify credits
between "many limits are used" "$(jq -r 'select(.record == "credit_limit_use") | .used' "$STORY_DIR/any.jsonl" | wc -l)" 30 1000
between "some wholly" "$(jq -r 'select(.record == "credit_limit_use" and .used == .limit) | .used' "$STORY_DIR/any.jsonl" | wc -l)" 10 1000
between "some of what was billed early" "$(jq -r 'select(.record == "invoice") | .lines[].kind' "$STORY_DIR/any.jsonl" | grep -c progressive)" 3 1000
between "some late" "$(jq -r 'select(.record == "invoice") | .lines[].kind' "$STORY_DIR/any.jsonl" | grep -c late_usage)" 5 1000

# ------------------------------------------------------------------ killed, made up for, moved

hurt=$STORY_DIR/hurt
begin "$hurt"
chunks_of "$hurt" 1
at "$hurt"
for month in 2026-10 2026-11; do
    [ "$month" != 2026-11 ] || run 0 "hurt: late usage" -- mill "$hurt" import <(late)
    for job in rating invoice-finalize; do
        [ "$job" != rating ] || mill "$hurt" run period-advance --period "$month" >/dev/null 2>&1
        [ "$job" = rating ] || for before in tax credit-expire; do mill "$hurt" run "$before" --period "$month" >/dev/null 2>&1; done
        for instant in 1 2 3 4; do kill_after "0.0$instant" run "$job" --period "$month"; done
        "${MILL_AT[@]}" resume >/dev/null 2>&1
    done
    run 0 "hurt: $month is closed by three workers" -- mill "$hurt" close --period "$month" --workers 3
done
of_limits() { jq -c 'select(.record == "credit_transaction" or .record == "credit_limit_use" or .record == "usage_share")'; }
equal "killed and resumed: the same draws" "$(mill "$hurt" dump | of_limits)" "$(of_limits <"$STORY_DIR/steps.jsonl")"
equal "and the same invoices, to their hashes" "$(mill "$hurt" dump --record invoice | jq -r .hash)" "$(jq -r 'select(.record == "invoice") | .hash' "$STORY_DIR/steps.jsonl")"

moved=$STORY_DIR/moved
first=$STORY_DIR/first
begin "$first"
run 0 "first: October is closed" -- mill "$first" close --period 2026-10
mill "$first" dump --out "$STORY_DIR/moving.jsonl" 2>/dev/null
take_dump "a new database takes the dump" "$moved" "$STORY_DIR/moving.jsonl"
run 0 "moved: late usage" -- mill "$moved" import <(late)
run 0 "moved: November is closed" -- mill "$moved" close --period 2026-11
equal "and goes on within the same limits" "$(mill "$moved" dump | of_limits)" "$(of_limits <"$STORY_DIR/steps.jsonl")"

story_end
