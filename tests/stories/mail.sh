# Documents are mailed: each once, in the customer's language, with the PDF that was printed, through a server that
# takes, refuses, puts off and hangs up; killed around the final dot; what is no longer so is not mailed; and nothing of
# the password is seen anywhere.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
. tests/support/smtp.sh
story_begin
export SMTP_AUTH=1 # the server wants the password

# Each of them owes 119.00 for October. The name before the @ is what the server does with his mails.
catalog() {
    berlin
    monthly_fee
    customer ann "Ann GmbH" ann@example.test de-DE
    customer bob 'Bob & \"Söhne\" <Łódź>' bob@example.test en-GB
    customer cut Cut cut-then-250@example.test fr-FR
    customer gone Gone 550-then-250@example.test es-ES
    customer later Later 451-then-250@example.test sv-SE
    customer letters Letters müller@example.test de-DE
    customer mute Mute "" de-DE
}
customer() { # NAME LEGAL_NAME EMAIL LOCALE
    local email=()
    [ -z "$3" ] || email=("\"email\":\"$3\"")
    record customer "\"customer\":\"c-$1\"" "\"name\":\"$2\"" '"address":{"country":"DE"}' "\"locale\":\"$4\"" "${email[@]}"
    record subscription "\"subscription\":\"$1\"" "\"customer\":\"c-$1\"" '"plan":"m"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
}
mails() { # ROUND LINE…: of the section mail of its configuration
    local round=$1 lines
    shift
    lines=$(printf '  %s\\n' "$@")
    sed -i "s|^mail:$|mail:\\n$lines|" "$round/config/billmill.yaml"
}
mail_effects() { # KEY STATE OUTCOME CODE ATTEMPTS, without the archive's copies
    round_sql "$round" "SELECT effect_key, state, COALESCE(outcome, '-'), COALESCE(code, '-'), attempts FROM effect WHERE kind = 'mail'
        AND effect_key NOT LIKE '%#copy' ORDER BY effect_key" | tr '|' ' '
}
copies() { # STATE OUTCOME, how many
    round_sql "$round" "SELECT state, COALESCE(outcome, '-'), COUNT(*) FROM effect WHERE effect_key LIKE '%#copy' GROUP BY state, outcome ORDER BY state" | tr '|' ' '
}
stands() { # CUSTOMER: his mail's state, outcome and code
    mail_effects | grep "^$(mailed "$1") " | cut -d ' ' -f 2-4
}
grow_file() { # CUSTOMER BYTES: what is known of the size of his document
    round_sql "$round" "UPDATE invoice_document SET size_bytes = size_bytes + ($2) WHERE invoice_id = (SELECT invoice_id FROM invoice WHERE number = '$(number_of "$1")')"
}
declare -A NUMBER
number_invoices() { # of each customer, the only one
    local customer number
    while read -r customer number; do NUMBER[${customer#c-}]=$number; done < <(mill "$round" dump --record invoice | jq -r '[.customer, .number] | join(" ")')
}
number_of() { # CUSTOMER
    echo "${NUMBER[$1]}"
}
mailed() { # CUSTOMER: his effect
    local number
    number=$(number_of "$1")
    echo "mail:invoice:${number//#/##}"
}
came() { # ADDRESS: the files of what came there
    jq -r --arg to "$1" --arg mails "$MAILS" 'select(.stored and .to == [$to]) | $mails + "/" + ("000000\(.number)" | .[-6:]) + ".eml"' "$MAILS/log"
}
arrived() { # how many, without the archive's copies, and how many Message-IDs they have
    jq -r 'select(.stored and (.to[0] | startswith("archive@") | not)) | .message_id' "$MAILS/log" >"$STORY_DIR/arrived.txt"
    echo "$(wc -l <"$STORY_DIR/arrived.txt") $(sort -u "$STORY_DIR/arrived.txt" | wc -l)"
}
same() { # of the files that stdin names: how many different ones
    xargs sha256sum | cut -d ' ' -f 1 | sort -u | wc -l
}
pdf_of() { # CUSTOMER: its SHA-256
    sha256sum "$round/data/documents/t/2026/000/$(number_of "$1").pdf" | cut -d ' ' -f 1
}

round=$STORY_DIR/mails
begin "$round"
run 0 "October is closed" -- mill "$round" close --period 2026-10
number_invoices

# ------------------------------------------------------------------ what is set up wrong

run 78 "from which day on has to be said" -- mill "$round" run invoice-mail --date 2026-11-01
stderr_has "and the message says how" "mail.since is missing"
mails "$round" "server: smtps://mail.example.com" "since: 2026-02-30" "password: secret-in-the-file"
printf '[subject]\nx\n[text]\nDear {{costumer}}\n' >"$round/templates/mail/own.en.mail"
run 78 "check finds what is wrong" -- mill "$round" check
stdout_has "a server without a sender" "mail.server without mail.from"
stdout_has "a day that is none" "'mail.since' cannot be '2026-02-30'"
stdout_has "a password in the file" "mail.password: a secret may not stand there"
stdout_has "a fact that is none, with its place" "templates/mail/own.en.mail:4:6: 'costumer' is no fact of a mail"
rm "$round/templates/mail/own.en.mail"
cp config/billmill.yaml "$round/config/"

# ------------------------------------------------------------------ intended

mails "$round" "since: 2026-11-01"
run 0 "what was issued before that day is not mailed" -- mill "$round" run invoice-mail --date 2026-10-31
round_sql_is "nothing is" "$round" "SELECT COUNT(*) FROM effect WHERE kind = 'mail'" 0
cp config/billmill.yaml "$round/config/"
smtp_start
echo mail-secret-1 >"$STORY_DIR/password"
chmod 600 "$STORY_DIR/password"
mails "$round" "since: 2026-10-01" "server: smtp://$SMTP" "user: mailer" "password: {file: $STORY_DIR/password}" "from: billing@acme.test" \
    "reply_to: help@acme.test" "bcc: archive@acme.test"
sed -i 's/^wait_s:.*/wait_s: 3/' "$round/config/jobs/dispatch.yaml"
run 0 "the configuration is right" -- mill "$round" check
run 3 "mails are intended; one address cannot be sent to" -- mill "$round" run invoice-mail --date 2026-11-01
stderr_has "who has none is counted" "1 documents are of customers without an address"
run 0 "which is parked" -- mill "$round" parked --json
equal "with its reason" "$(jq -r '.items | map(.code) | join(" ")' "$STORY_OUT")" bad_address
round_sql_is "five of seven: one has no address" "$round" "SELECT COUNT(*), MIN(state), MAX(provider) FROM effect WHERE kind = 'mail'" "5|intent|smtp"
run 3 "the next day there is nothing more" -- mill "$round" run invoice-mail --date 2026-11-02
round_sql_is "so it is" "$round" "SELECT COUNT(*) FROM effect WHERE kind = 'mail'" 5

# ------------------------------------------------------------------ sent

run 3 "mails are sent; one waits for a person" -- mill "$round" run dispatch --date 2026-11-01
equal "every end is recorded" "$(mail_effects | sed 's/ [0-9]*$//' | sort)" "$(sort <<EOT
$(mailed ann) done sent -
$(mailed bob) done sent -
$(mailed cut) held - undecidable
$(mailed gone) failed refused refused
$(mailed later) done sent -
EOT
)"
equal "four arrived, each once" "$(arrived)" "4 4"
python3 -B tests/support/mail_check.py "$MAILS"/*.eml | sort -u >"$STORY_DIR/mails.txt"
sort >"$STORY_DIR/expected.txt" <<EOT
Ann GmbH <ann@example.test> | T GmbH <billing@acme.test> | Rechnung $(number_of ann) von T GmbH | Sun, 01 Nov 2026 00:00:00 +0000 | de | text/plain,text/html,application/pdf | $(number_of ann).pdf $(pdf_of ann)
"Bob & \\"Söhne\\" <Łódź>" <bob@example.test> | T GmbH <billing@acme.test> | Invoice $(number_of bob) from T GmbH | Sun, 01 Nov 2026 00:00:00 +0000 | en | text/plain,text/html,application/pdf | $(number_of bob).pdf $(pdf_of bob)
Cut <cut-then-250@example.test> | T GmbH <billing@acme.test> | Facture $(number_of cut) de T GmbH | Sun, 01 Nov 2026 00:00:00 +0000 | fr | text/plain,text/html,application/pdf | $(number_of cut).pdf $(pdf_of cut)
Later <451-then-250@example.test> | T GmbH <billing@acme.test> | Invoice $(number_of later) from T GmbH | Sun, 01 Nov 2026 00:00:00 +0000 | en | text/plain,text/html,application/pdf | $(number_of later).pdf $(pdf_of later)
EOT
same_file "in his language, with what was printed" "$STORY_DIR/mails.txt" "$STORY_DIR/expected.txt"
equal "the archive gets a copy of each that was taken, unseen" "$(copies), $(came archive@acme.test | wc -l), $(grep -c archive "$MAILS"/*.eml | grep -cv ':0$')" "done sent 3, 3, 0"
equal "which is the same, byte for byte" "$(sha256sum "$MAILS"/*.eml | cut -d ' ' -f 1 | sort | uniq -c | tr -s ' ' | cut -d ' ' -f 2 | sort | tr '\n' ' ')" "1 2 2 2 "
bob=$(came bob@example.test)
equal "the text" "$(python3 -B tests/support/mail_check.py --text "$bob" | tr -d '\r')" 'Dear Bob & "Söhne" <Łódź>,

Please find attached invoice '"$(number_of bob)"' of 31 October 2026 over €119.00.
€119.00 is due on 14 November 2026.

Kind regards
T GmbH'
later=$(came 451-then-250@example.test)
equal "where the words are not his language, days and amounts are in that of the words" "$(python3 -B tests/support/mail_check.py --text "$later" | tr -d '\r')" 'Dear Later,

Please find attached invoice '"$(number_of later)"' of 31 October 2026 over €119.00.
€119.00 is due on 14 November 2026.

Kind regards
T GmbH'
equal "in HTML it is escaped" "$(tr -d '\r' <"$bob" | sed -n '/text\/html/,$p' | grep -c 'Bob &amp; &quot;S=C3=B6hne&quot; &lt;=C5=81=C3=B3d=C5=BA&gt;')" 1
equal "no robot answers it" "$(python3 -B tests/support/mail_check.py --header Auto-Submitted "$MAILS"/*.eml | sort -u)" auto-generated

run 0 "the same day again" -- mill "$round" run dispatch --date 2026-11-01
equal "sends nothing" "$(arrived)" "4 4"
mill "$round" dump >"$STORY_DIR/mails.jsonl"
keep_dump mails "$STORY_DIR/mails.jsonl"

run 0 "show counts them by kind" -- mill "$round" show dispatch --json
equal "as they stand" "$(jq -c '.effects[] | [.kind, .provider, .done, .failed, .held, .intent]' "$STORY_OUT")" '["mail","smtp",6,1,1,0]'

# Another database takes what was mailed: nothing is mailed from there again.
moved=$STORY_DIR/moved
round_new "$moved"
cp "$round/config/billmill.yaml" "$moved/config/"
run 0 "the database moves" -- mill "$moved" init
run 0 "with what was mailed" -- mill "$moved" import --quiet "$STORY_DIR/mails.jsonl"
run 3 "there only the address that cannot be sent to is left" -- mill "$moved" run invoice-mail --date 2026-11-03
mill "$moved" dump >"$STORY_DIR/moved.jsonl"
equal "and no more is intended" "$(grep -c '"kind":"mail"' "$STORY_DIR/moved.jsonl")" 8

# ------------------------------------------------------------------ what a person decides

run 64 "what was sent cannot be replayed" -- mill "$round" effects replay "$(mailed ann)" --reason "again"
run 64 "nor without a reason" -- mill "$round" effects replay "$(mailed gone)"
run 0 "what was refused can" -- mill "$round" effects replay "$(mailed gone)" --reason "the mailbox is back"
stdout_has "and it is said to whom that goes" "to be sent once more to 550-then-250@example.test"
run 0 "one that may have arrived did not" -- mill "$round" effects retry "$(mailed cut)" --reason "he did not get it"
run 0 "both are sent" -- mill "$round" run dispatch --date 2026-11-01
equal "the one twice, with one Message-ID and the same bytes" "$(arrived) $(came cut-then-250@example.test | same)" "6 5 1"

# ------------------------------------------------------------------ killed around the final dot

# The server has it, and keeps silent: who is killed then does not know that it arrived.
cat >"$round/more.jsonl" <<EOT
$(customer slow Slow slow_4@example.test en-US | sed 's/2026-10-01/2026-11-01/; s/"cancel_at":"2026-11-01"/"cancel_at":"2026-12-01"/')
$(customer twice Twice cut_unstored-then-250@example.test en-US | sed 's/2026-10-01/2026-11-01/; s/"cancel_at":"2026-11-01"/"cancel_at":"2026-12-01"/')
EOT
run 0 "more customers come" -- mill "$round" import "$round/more.jsonl"
run 0 "November is closed" -- mill "$round" close --period 2026-11
number_invoices
sed -i 's/^  lost: hold/  lost: resend/' "$round/config/billmill.yaml"
run 3 "mails are intended" -- mill "$round" run invoice-mail --date 2026-12-01
sed -i 's/^  lost: resend/  lost: hold/' "$round/config/billmill.yaml"
at "$round"
"${MILL_AT[@]}" run dispatch --date 2026-12-01 >"$round/out.txt" 2>"$round/err.txt" &
pid=$!
for ((tries = 0; tries < 100; tries++)); do
    ! grep -q 'slow_4' "$MAILS/log" || break
    sleep 0.1
done
kill -KILL $pid
wait $pid 2>/dev/null
run 3 "killed and resumed: it waits for a person" -- mill "$round" resume
equal "what may have arrived is held" "$(mail_effects | grep "^$(mailed slow) " | cut -d ' ' -f 2,4)" "held undecidable"
equal "and did, once" "$(came slow_4@example.test | wc -l)" 1
run 0 "a person has seen it" -- mill "$round" effects resolve "$(mailed slow)" --done seen --reason "it is in his mailbox"
sed -i 's/^  lost: hold/  lost: resend/' "$round/config/billmill.yaml"
[ "$(mail_effects | grep "^$(mailed twice) " | cut -d ' ' -f 2)" != held ] || run 0 "another is sent again" -- mill "$round" effects retry "$(mailed twice)" --reason "he has it not"
run 0 "where that is wanted, what may have arrived is sent again" -- mill "$round" run dispatch --date 2026-12-02
equal "and arrives once" "$(came cut_unstored-then-250@example.test | wc -l) $(mail_effects | grep "^$(mailed twice) " | cut -d ' ' -f 2,3)" "1 done sent"

# ------------------------------------------------------------------ what was printed is what is sent

customer letters Letters mueller@example.test de-DE >"$round/letters.jsonl"
run 0 "a customer has another address" -- mill "$round" import "$round/letters.jsonl"
run 0 "what was parked is tried again" -- mill "$round" parked retry --all
echo x >>"$round/data/documents/t/2026/000/$(number_of letters).pdf"
run 3 "a file that has changed is not sent" -- mill "$round" run dispatch --date 2026-12-03
equal "but held" "$(mail_effects | grep "^$(mailed letters) " | cut -d ' ' -f 2,4)" "held changed_document"
grow_file letters 33554432
run 0 "it is to be sent after all" -- mill "$round" effects retry "$(mailed letters)" --reason "look again"
run 3 "nor is one that is too large" -- mill "$round" run dispatch --date 2026-12-03
equal "which is held too" "$(mail_effects | grep "^$(mailed letters) " | cut -d ' ' -f 2,4)" "held too_large"
grow_file letters -33554432
mv "$round/data/documents/t/2026/000/$(number_of letters).pdf" "$STORY_DIR/letters.pdf"
run 0 "it is to be sent after all" -- mill "$round" effects retry "$(mailed letters)" --reason "look again"
run 3 "nor is one that alone is not there" -- mill "$round" run dispatch --date 2026-12-03
equal "but held" "$(stands letters)" "held - no_document"
mv "$STORY_DIR/letters.pdf" "$round/data/documents/t/2026/000/$(number_of letters).pdf"

# ------------------------------------------------------------------ paid in part meanwhile; and lost again and again

# Of 119.00 he has paid 50.00 before he has an address: 69.00 are due. What his mailbox's server does leaves nobody
# knowing, each time; that his file has 17 MiB (which it has not) is no reason not to send it.
{
    record payment '"gateway_reference":"p-mute"' '"customer":"c-mute"' "\"invoice\":\"$(number_of mute)\"" '"amount":"50.00"' '"currency":"EUR"' \
        '"gateway":"manual"' '"at":"2026-12-01T12:00:00Z"'
    customer mute Mute cut@example.test de-DE
} >"$round/mute.jsonl"
run 0 "a customer pays a part, and has an address now" -- mill "$round" import "$round/mute.jsonl"
run 0 "which is applied" -- mill "$round" run payment-apply --date 2026-12-02
run 0 "his invoice is mailed at last" -- mill "$round" run invoice-mail --date 2026-12-03
grow_file mute 17825792
sed -i 's/^wait_s:.*/wait_s: 30/' "$round/config/jobs/dispatch.yaml"
run 3 "it is sent, and may have arrived, again and again" -- mill "$round" run dispatch --date 2026-12-03
sed -i 's/^wait_s:.*/wait_s: 3/' "$round/config/jobs/dispatch.yaml"
mapfile -t mutes < <(came cut@example.test)
equal "three times, then a person is asked" "$(mail_effects | grep "^$(mailed mute) " | cut -d ' ' -f 2,4,5) ${#mutes[@]} $(came cut@example.test | same)" "held undecidable 3 3 1"
python3 -B tests/support/mail_check.py --text "${mutes[0]:-/dev/null}" >"$STORY_DIR/mute.txt"
equal "of 119.00 he owes 69.00" "$(grep -c 'über 119,00' "$STORY_DIR/mute.txt") $(grep -c '^69,00' "$STORY_DIR/mute.txt")" "1 1"

# ------------------------------------------------------------------ what is no longer so; large files; an archive that is full

# Of December: one becomes void, one is paid and one paid in part before they are sent; one has a mailbox that there is
# not; six get files of 5 MB each, through four connections at most.
december() { # NAME EMAIL
    customer "$1" "$1" "$2" en-US | sed 's/2026-10-01/2026-12-01/; s/"cancel_at":"2026-11-01"/"cancel_at":"2027-01-01"/'
}
{
    december void void@example.test
    december full full@example.test
    december part part@example.test
    december moved 550@example.test
    december off off@example.test
    for large in 1 2 3 4 5 6; do december "large$large" "slow_1@large$large.test"; done
} >"$round/december.jsonl"
run 0 "more customers come" -- mill "$round" import "$round/december.jsonl"
run 0 "December is closed" -- mill "$round" close --period 2026-12
number_invoices
run 0 "mails are intended" -- mill "$round" run invoice-mail --date 2027-01-01
# A reminder of what is paid now; what failed, or is to be confirmed, until days that have come or have not.
mail_of() { # CUSTOMER TEMPLATE FACTS: a mail as others intend it, imported
    local request number
    number=$(number_of "$1")
    request=$(jq -cn --arg number "$number" --arg who "$1" --arg template "$2" --argjson facts "$3" '{attach: false, facts: ({customer: "c-\($who)",
        customer_name: $who, document: $number, amount: "119.00 EUR", amount_due: "119.00 EUR"} + $facts), language: "en-US", template: $template,
        to: "\($who)-notice@example.test", to_name: $who}')
    jq -cn --arg request "$request" --arg number "$number" --arg template "$2" --arg sha "$(printf '%s' "$request" | sha256sum | cut -c1-64)" \
        '{record: "effect", tenant: "t", effect: "mail:\($template):\($number):4", kind: "mail", state: "intent", provider: "smtp", subject: $number,
          intended_on: "2027-01-02", attempts: 0, epoch: 0, request: {text: $request, sha256: $sha}}'
}
{
    mail_of full payment_reminder '{"due_on": "2027-01-14"}'
    mail_of part payment_failed '{"on": "2026-12-31", "next_on": "2027-01-03"}'
    mail_of part payment_action_required '{"next_on": "2027-01-02"}'
    mail_of large2 payment_failed '{"on": "2026-12-31", "next_on": "2027-01-04"}'
    mail_of large1 payment_action_required '{"next_on": "2027-01-03"}'
    for paid in full:119.00 part:50.00; do
        record payment "\"gateway_reference\":\"p-${paid%:*}\"" "\"customer\":\"c-${paid%:*}\"" "\"invoice\":\"$(number_of "${paid%:*}")\"" \
            "\"amount\":\"${paid#*:}\"" '"currency":"EUR"' '"gateway":"manual"' '"at":"2027-01-02T12:00:00Z"'
    done
    decide wrong "$(number_of void)" void 2027-01-02
    decide off "$(number_of off)" write_off 2027-01-02
} >"$round/meanwhile.jsonl"
run 0 "before they are sent much happens" -- mill "$round" import "$round/meanwhile.jsonl"
run 0 "what is paid is applied" -- mill "$round" run payment-apply --date 2027-01-03
run 0 "what is wrong is void" -- mill "$round" run corrections --period 2027-01
bytes() { # SHA-256: as the engine writes it
    if on_postgres; then echo "'\\x$1'"; else echo "X'$1'"; fi
}
for large in 1 2 3 4 5 6; do
    file=$round/data/documents/t/2026/000/$(number_of "large$large").pdf
    head -c 5000000 /dev/urandom >"$file"
    round_sql "$round" "UPDATE invoice_document SET size_bytes = 5000000, pdf_sha256 = $(bytes "$(sha256sum "$file" | cut -d ' ' -f 1)")
        WHERE invoice_id = (SELECT invoice_id FROM invoice WHERE number = '$(number_of "large$large")')"
done
sed -i 's/^  bcc: .*/  bcc: 550@archive.test/' "$round/config/billmill.yaml"
run 3 "they are sent" -- mill "$round" run dispatch --date 2027-01-03
equal "what is void is not mailed" "$(stands void) $(came void@example.test | wc -l)" "failed canceled void 0"
equal "nor, as if there were nothing to pay, what is given up" "$(stands off) $(came off@example.test | wc -l)" "failed canceled written_off 0"
equal "nobody is reminded of what is paid" "$(mail_effects | grep "^mail:payment_reminder:$(number_of full):4 " | cut -d ' ' -f 2-4)" "failed canceled not_owed"
late() { # CUSTOMER TEMPLATE: what became of that mail
    mail_effects | grep "^mail:$2:$(number_of "$1"):4 " | cut -d ' ' -f 2-4
}
said() { # ADDRESS: what came there, about payments
    local mail
    for mail in $(came "$1"); do
        python3 -B tests/support/mail_check.py --text "$mail" | tr -d '\r' | grep -E 'could not collect|try again|update your|confirm|do so by'
    done
}
equal "a day that has come is promised to nobody" "$(late part payment_failed) $(said part-notice@example.test)" "done sent - \
We could not collect €119.00 for invoice $(number_of part) on December 31, 2026.
Please update your payment method."
equal "one that is to come is" "$(late large2 payment_failed) $(said large2-notice@example.test | sed -n 2p)" \
    "done sent - We will try again on January 4, 2027. Please make sure that your payment method is valid by then."
equal "nor is anybody asked to confirm what is over" "$(late part payment_action_required)" "failed canceled late"
equal "on the last day he is" "$(late large1 payment_action_required) $(said large1-notice@example.test | grep -c 'by January 3, 2027')" "done sent - 1"
equal "of what is paid nothing is due" "$(stands full) $(python3 -B tests/support/mail_check.py --text "$(came full@example.test)" | tr -d '\r' | sed -n '3,4p')" "done sent - \
Please find attached invoice $(number_of full) of December 31, 2026 over €119.00.
There is nothing left to pay."
equal "of what is paid in part the rest" "$(stands part) $(python3 -B tests/support/mail_check.py --text "$(came part@example.test)" | grep -c '^€69.00 is due on January 14, 2027')" "done sent - 1"
equal "files of 5 MB are sent, each once" "$(for large in 1 2 3 4 5 6; do echo "$(stands "large$large") $(came "slow_1@large$large.test" | wc -l)"; done | sort | uniq -c | tr -s ' ')" " 6 done sent - 1"
equal "as they were printed" "$(for large in 1 2 3 4 5 6; do
    python3 -B tests/support/mail_check.py "$(came "slow_1@large$large.test")" | grep -c "$(pdf_of "large$large")"
done | sort | uniq -c | tr -s ' ')" " 6 1"
equal "through no more connections than four" "$(jq -s 'map(select(.script | startswith("slow_1@")) | .at_once) | max | . > 1 and . <= 4' "$MAILS/log")" true
equal "an archive that is full keeps nobody waiting" "$(copies | grep failed)" "failed refused 11"
sed -i 's/^  bcc: .*/  bcc: archive@acme.test/' "$round/config/billmill.yaml"

# ------------------------------------------------------------------ another address

equal "a mailbox that there is not refuses" "$(stands moved)" "failed refused refused"
run 0 "the next day" -- mill "$round" run invoice-mail --date 2027-01-04
equal "nothing is mailed there again" "$(mail_effects | grep -c "^$(mailed moved)")" 1
december moved moved@example.test | grep '"record":"customer"' >"$round/moved.jsonl"
run 0 "he has another one" -- mill "$round" import "$round/moved.jsonl"
run 0 "to which his invoice is mailed" -- mill "$round" run invoice-mail --date 2027-01-05
run 3 "and sent" -- mill "$round" run dispatch --date 2027-01-05
equal "as a mail of its own" "$(mail_effects | grep "^$(mailed moved)#" | cut -d ' ' -f 1-3) $(came moved@example.test | wc -l)" "$(mailed moved)#2 done sent 1"
run 0 "and that is all" -- mill "$round" run invoice-mail --date 2027-01-06
equal "of it" "$(mail_effects | grep -c "^$(mailed moved)")" 2

# ------------------------------------------------------------------ by policy; looked at for long; put off for days; killed often

# Of January: two that the server takes from nobody, four times, at RCPT TO and behind the dot; one that it looks at for
# longer than a quarter of the lease; one that it puts off; one that it stores, and says nothing.
january() { # NAME EMAIL
    customer "$1" "$1" "$2" en-US | sed 's/2026-10-01/2027-01-01/; s/"cancel_at":"2026-11-01"/"cancel_at":"2027-02-01"/'
}
later() { # CUSTOMER: not before somebody says so
    round_sql "$round" "UPDATE effect SET not_before_us = 9000000000000000 WHERE effect_key = '$(mailed "$1")'"
}
due() { # CUSTOMER…: now
    local customer
    for customer; do mill "$round" effects retry "$(mailed "$customer")" --reason "now" >/dev/null 2>&1; done
}
{
    january policy policy550-then-policy550-then-policy550-then-policy550-then-250@example.test
    january spam data554-then-data554-then-data554-then-data554-then-250@example.test
    january scan slow_3@example.test
    january busy 450@example.test
    january killed silent@example.test
} >"$round/january.jsonl"
run 0 "more customers come" -- mill "$round" import "$round/january.jsonl"
run 0 "January is closed" -- mill "$round" close --period 2027-01
number_invoices
# A number that looks like the second mail of another document, which there is.
NUMBER[scan]="$(number_of moved)#2"
round_sql "$round" "UPDATE invoice SET number = '$(number_of scan)' WHERE customer_id = (SELECT customer_id FROM customer WHERE customer = 'c-scan')"
run 0 "mails are intended" -- mill "$round" run invoice-mail --date 2027-02-01
for customer in scan busy killed; do later $customer; done
run 75 "what speaks of the sender" -- mill "$round" run dispatch --date 2027-02-01
equal "refuses no mail yet" "$(stands policy), $(stands spam)" "intent - later, intent - later"
run 0 "it is shown" -- mill "$round" effects show "$(mailed policy)"
stdout_has "in the words of the server" "later: the mail server said 550 5.7.1 Sender address rejected: not owned by user mailer"
run 0 "so is what it said behind the dot" -- mill "$round" effects show "$(mailed spam)"
stdout_has "which are kept too" "the mail server said 554 5.7.1 Message rejected by policy"
for ((tries = 0; tries < 4; tries++)); do
    due policy spam
    mill "$round" resume >"$round/out.txt" 2>&1 # where that run is not over
    mill "$round" run dispatch --date 2027-02-01 >"$round/out.txt" 2>&1
    [ "$(stands policy), $(stands spam)" != "done sent -, done sent -" ] || break
done
equal "and are sent when it takes them" "$(stands policy), $(stands spam)" "done sent -, done sent -"

due scan
sed -i 's/^lease_s:.*/lease_s: 4/' "$round/config/jobs/dispatch.yaml"
run 3 "a server that looks at it for long" -- mill "$round" run dispatch --date 2027-02-02
equal "takes it, once" "$(stands scan) $(came slow_3@example.test | wc -l)" "done sent - 1"
sed -i 's/^lease_s:.*/lease_s: 120/' "$round/config/jobs/dispatch.yaml"

due busy
run 75 "what is put off" -- mill "$round" run dispatch --date 2027-02-03
equal "waits" "$(stands busy)" "intent - later"
round_sql "$round" "UPDATE effect_attempt SET sent_at_us = sent_at_us - 432000000000 WHERE effect_key = '$(mailed busy)'"
for ((tries = 0; tries < 6; tries++)); do
    due busy
    mill "$round" resume >"$round/out.txt" 2>&1 # where that run is not over
    mill "$round" run dispatch --date 2027-02-03 >"$round/out.txt" 2>&1
    [ "$(stands busy)" = "intent - later" ] || break
done
equal "for five days, and until the fifth time" "$(stands busy) $(mail_effects | grep "^$(mailed busy) " | cut -d ' ' -f 5)" "failed gave_up gave_up 5"

due killed
at "$round"
for ((kills = 0; kills < 5; kills++)); do
    before=$(came silent@example.test | wc -l)
    "${MILL_AT[@]}" run dispatch --date 2027-02-10 >"$round/out.txt" 2>"$round/err.txt" &
    pid=$!
    for ((tries = 0; tries < 100; tries++)); do
        [ "$(came silent@example.test | wc -l)" = "$before" ] || break
        kill -0 $pid 2>/dev/null || break
        sleep 0.1
    done
    { kill -KILL $pid; wait $pid; } 2>/dev/null
done
equal "killed five times where it is sent again: three of them, then a person is asked" "$(stands killed) $(came silent@example.test | wc -l)" "held - undecidable 3"
run 0 "each of them is shown" -- mill "$round" effects show "$(mailed killed)"
stdout_has "as lost" "the process that sent it ended before it could record the answer"
run 0 "he has none of them" -- mill "$round" effects resolve "$(mailed killed)" --failed --reason "not in his mailbox"

run 0 "nothing is mailed there again" -- mill "$round" run invoice-mail --date 2027-02-11
equal "by itself" "$(mail_effects | grep -cE "^($(mailed killed)|$(mailed busy))#")" 0
for name in busy killed; do january $name $name@example.test | grep '"record":"customer"'; done >"$round/moved.jsonl"
run 0 "both have another address" -- mill "$round" import "$round/moved.jsonl"
run 0 "what was given up, and what a person gave up, is mailed there" -- mill "$round" run invoice-mail --date 2027-02-12
run 3 "and sent" -- mill "$round" run dispatch --date 2027-02-12
equal "once each" "$(for name in busy killed; do echo "$(mail_effects | grep "^$(mailed $name)#" | cut -d ' ' -f 2,3) $(came $name@example.test | wc -l)"; done | sort | uniq -c | tr -s ' ')" " 2 done sent 1"

smtp_stop

# ------------------------------------------------------------------ to whom it speaks

truncate -s -2 "$round/data/documents/t/2026/000/$(number_of letters).pdf"
rm "$STORY_DIR/password"
sed -i "s|^  server: .*|  server: smtp://$SMTP|" "$round/config/billmill.yaml"
run 0 "the file is what it was" -- mill "$round" effects retry "$(mailed letters)" --reason "it was restored"
attempts=$(mail_effects | grep "^$(mailed letters) " | cut -d ' ' -f 5)
run 3 "a password that is not there is a matter of mails, which no run waits for" -- mill "$round" run dispatch --date 2026-12-04
stderr_has "and is said once" "mails are not sent: mail.password: secret file"
equal "which say so; it was no attempt" "$(mail_effects | grep "^$(mailed letters) " | cut -d ' ' -f 2,4,5)" "intent not_configured $attempts"
echo wrong >"$STORY_DIR/password"
chmod 600 "$STORY_DIR/password"
smtp_start
sed -i "s|^  server: .*|  server: smtp://$SMTP|" "$round/config/billmill.yaml"
run 0 "it is due" -- mill "$round" effects retry "$(mailed letters)" --reason "there is a password"
run 75 "a password that is wrong refuses no mail" -- mill "$round" run dispatch --date 2026-12-04
equal "but the login" "$(mail_effects | grep "^$(mailed letters) " | cut -d ' ' -f 2,4)" "intent login_refused"
echo mail-secret-1 >"$STORY_DIR/password"
mkdir "$STORY_DIR/words"
mv "$round"/templates/mail/invoice.*.mail "$STORY_DIR/words/"
run 0 "it is due" -- mill "$round" effects retry "$(mailed letters)" --reason "the password is there"
run 78 "check misses the words that jobs name" -- mill "$round" check
stdout_has "and says which" "templates/mail/invoice.en.mail"
run 3 "words that are not there are a matter of configuration" -- mill "$round" run dispatch --date 2026-12-04
stderr_has "which is said" "mails are not sent: there is no mail template 'invoice'"
equal "and refuse no mail" "$(stands letters)" "intent - not_configured"
mv "$STORY_DIR"/words/*.mail "$round/templates/mail/"
letters=$round/data/documents/t/2026/000/$(number_of letters).pdf
mv "$letters" "$STORY_DIR/letters.pdf"
mkdir "$letters"
run 0 "it is due" -- mill "$round" effects retry "$(mailed letters)" --reason "the words are there"
run 3 "so is a file that cannot be read now" -- mill "$round" run dispatch --date 2026-12-04
stderr_has "of which nothing but that is said" "mails are not sent: documents cannot be read"
equal "which refuses no mail" "$(stands letters)" "intent - not_configured"
rmdir "$letters"
mv "$round/data/documents" "$STORY_DIR/documents"
mkdir "$round/data/documents"
run 0 "it is due" -- mill "$round" effects retry "$(mailed letters)" --reason "the file is there"
run 3 "so are documents that are not there at all" -- mill "$round" run dispatch --date 2026-12-04
equal "which hold no mail" "$(stands letters)" "intent - not_configured"
rmdir "$round/data/documents"
mv "$STORY_DIR/documents" "$round/data/documents"
mv "$STORY_DIR/letters.pdf" "$letters"
sed -i 's/^  from: .*/  from: mail550@acme.test/' "$round/config/billmill.yaml"
run 0 "it is due" -- mill "$round" effects retry "$(mailed letters)" --reason "the password is there"
run 75 "a sender that may not send refuses no mail" -- mill "$round" run dispatch --date 2026-12-04
equal "but the server" "$(mail_effects | grep "^$(mailed letters) " | cut -d ' ' -f 2,4)" "intent server_refused"
sed -i 's/^  from: .*/  from: billing@acme.test/' "$round/config/billmill.yaml"
smtp_stop
smtp_certificate
smtp_start "$SMTP_CERTIFICATE" "$SMTP_KEY"
sed -i "s|^  server: .*|  server: smtp://$SMTP|" "$round/config/billmill.yaml"
run 0 "it is due" -- mill "$round" effects retry "$(mailed letters)" --reason "he may send"
run 75 "who offers TLS by a certificate that nobody knows" -- mill "$round" resume
equal "gets nothing" "$(mail_effects | grep "^$(mailed letters) " | cut -d ' ' -f 2,4) $(grep -c mueller "$MAILS/log")" "intent not_sent 0"
smtp_stop
smtp_authority
smtp_start "$SMTP_CERTIFICATE" "$SMTP_KEY"
sed -i "s|^  server: .*|  server: smtp://$SMTP|" "$round/config/billmill.yaml"
run 0 "it is due" -- mill "$round" effects retry "$(mailed letters)" --reason "there is another certificate"
SSL_CERT_FILE=$SMTP_AUTHORITY run 3 "who offers TLS by one of an authority that is believed" -- mill "$round" resume
equal "gets it, encrypted" "$(stands letters) $(jq -c 'select(.stored and .to == ["mueller@example.test"]) | [.tls, .user]' "$MAILS/log")" 'done sent - [true,"mailer"]'
smtp_stop
equal "the password is in no log, no output and no database" "$(grep -rlF mail-secret-1 "$STORY_DIR" | sed "s|$STORY_DIR/||" | sort | tr '\n' ' ')" "password "
story_end
