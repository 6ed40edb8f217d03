# What a person types amiss is refused before anything is billed, and the message says what to type instead.
. "$(dirname "$0")/../support/story.sh"
story_begin
story_config
db=$BILLMILL_DATABASE

cat >"$STORY_DIR/records.jsonl" <<'END_OF_RECORDS'
{"record":"tenant","tenant":"t","legal_name":"T GmbH","address":{"city":"Berlin"},"country":"DE","currency":"EUR","timezone":"Europe/Berlin","locale":"de-DE","payment_terms_days":14}
{"record":"tax_rate","tenant":"*","country":"DE","category":"standard","valid_from":"2007-01-01","rate_percent":"19","name":"USt."}
{"record":"product","tenant":"t","product":"p","name":"Produkt"}
{"record":"plan","tenant":"t","plan":"m","name":"Monat","interval":"month"}
{"record":"price","tenant":"t","price":"fee","valid_from":"2020-01-01","plan":"m","product":"p","model":"flat","currency":"EUR","billing":"in_arrears","flat_fee":"10"}
{"record":"customer","tenant":"t","customer":"c-1","name":"Eins GmbH","address":{"country":"DE"}}
{"record":"customer","tenant":"t","customer":"c-2","name":"Zwei GmbH","address":{"country":"DE"},"parent":"c-1"}
{"record":"customer","tenant":"t","customer":"c-3","name":"Drei GmbH","address":{"country":"DE"}}
{"record":"subscription","tenant":"t","subscription":"s-1","customer":"c-1","plan":"m","start":"2026-09-01"}
{"record":"subscription","tenant":"t","subscription":"s-2","customer":"c-2","plan":"m","start":"2026-09-01"}
{"record":"subscription","tenant":"t","subscription":"s-3","customer":"c-1","plan":"m","start":"2026-09-01"}
END_OF_RECORDS
run 0 "init" -- billmill init
run 0 "import" -- billmill import "$STORY_DIR/records.jsonl"

run 64 "more documents than one call takes" -- billmill explain $(seq 257)
stderr_has "are refused" "more than 256 arguments"
stderr_has "and it says how they are given" "give the others to another call"

# ------------------------------------------------------------------ a month that is mistyped

run 64 "a month far ahead" -- billmill close --period 2926-10
stderr_has "is refused" "2926-10 is far in the future: today is "
stderr_has "unless it is meant" "if 2926-10 is really meant, add --future"
run 64 "so is a job by itself" -- billmill run corrections --period 2926-10
run 64 "and a day" -- billmill run progressive --date 2926-10-05
sql_is "nothing of it is kept" "$db" "SELECT (SELECT count(*) FROM job_instance), (SELECT count(*) FROM invoice)" "0|0"
run 0 "a trial keeps nothing, whatever its month" -- billmill plan corrections --period 2926-10
run 0 "who means it" -- billmill run corrections --period 2926-10 --future
run 0 "is not asked again" -- billmill run corrections --period 2926-10
run 0 "nor in a business whose months are in the future" -- billmill run corrections --period 2926-12

# ------------------------------------------------------------------ words in a wrong place

run 64 "a month without its option" -- billmill close 2026-10
stderr_has "is offered with it" "the month to close is --period 2026-10"
run 64 "anything else" -- billmill close october
stderr_has "is told the form" "the month to close is --period YYYY-MM"
run 64 "a month that was never closed" -- billmill redo close --period 2026-09 --reason "to be sure"
stderr_has "is to be run" "\`billmill run close --period 2026-09\` does that"
run 64 "nor resumed" -- billmill resume close --period 2026-09
stderr_has "but run" "\`billmill run close --period 2026-09\` does that"
run 64 "credits of nobody" -- billmill show credits
stderr_has "need a customer" "show credits needs a customer"
echo '{"record":"gadget_of_another_kind","tenant":"t"}' >"$STORY_DIR/kind.jsonl"
run 65 "a kind that there is not" -- billmill import "$STORY_DIR/kind.jsonl"
stderr_has "is told all kinds" "customer, customer_price, project, member, payment_method, subscription, subscription_change, coupon, coupon_redemption, credit_grant, contract, contract_phase, tax_rate, exchange_rate, usage, correction, payment and refund can be imported"
run 64 "the preview of a customer" -- billmill preview c-1 --period 2026-10
stderr_has "names his subscriptions" "c-1 is a customer, preview takes a subscription of his: s-1, s-3"
run 64 "of one who has none" -- billmill preview c-3 --period 2026-10
stderr_has "as of nobody" "its key is the one that was imported"

# ------------------------------------------------------------------ a filter that is mistyped is not "there are none"

run 64 "a kind of effect that there is not" -- billmill effects list --kind male
stderr_has "is told all kinds" "kinds are mail, webhook, charge, refund"
run 64 "a tenant that there is not" -- billmill effects list --tenant nosuch
stderr_has "is none" "there is no tenant 'nosuch'"
run 0 "one that there is" -- billmill effects list --tenant t --kind mail
run 64 "a gateway that there is not" -- billmill payments --gateway strip
stderr_has "is told all of them" "gateways are stripe, razorpay and mercadopago"
run 64 "a currency in small letters" -- billmill rates show usd
stderr_has "is none" "'usd' is not a currency"
run 64 "nor is it in a list" -- billmill rates list --currency Eur
stderr_has "and the form is said" "expected three capital letters, as USD"
run 64 "a kind of record for a dump" -- billmill dump --record paymnt
stderr_has "is offered" 'did you mean "payment"?'
run 0 "rates for which nobody was asked" -- billmill rates fetched
stderr_has "are none" "nobody was asked yet"

# ------------------------------------------------------------------ options that belong together

run 64 "an option whose value was forgotten" -- billmill effects resolve charge:x:1 --done --reason "seen there"
stderr_has "does not take the next one for it" "--done needs a value"
run 64 "what was carried out" -- billmill effects resolve charge:x:1 --done pi_1 --failed --reason "seen there"
stderr_has "has not failed" "it was carried out (--done REF) or not (--failed): not both"
run 64 "a day in another form" -- billmill refund pi_1 --date 16.12.2026 --reason "asked for"
stderr_has "is told the form" "--date: '16.12.2026' is not a date: expected YYYY-MM-DD"
printf 'customer;name\nc-9;Neun GmbH\n' >"$STORY_DIR/customer.csv"
run 65 "columns that are not separated by commas" -- billmill import "$STORY_DIR/customer.csv"
stderr_has "are told how they are" "the columns of CSV are separated by commas"
run 0 "the month in which a card expires" -- billmill import --fields payment_method
stdout_has "is shown as one" "month: YYYY-MM"

# ------------------------------------------------------------------ what is done ahead

run 0 "a day that is not over, of what bills no usage" -- billmill run payment-apply --date 2026-12-31
equal "is nobody's mistake" "$(grep -c 'is not over' "$STORY_ERR")" 0
run 0 "once more" -- billmill run payment-apply --date 2026-12-31
stderr_has "it is done, and how it is done again" "to do it again with what has come since: billmill redo payment-apply --date 2026-12-31"

# ------------------------------------------------------------------ a first database

mkdir -p "$STORY_DIR/first"
run 0 "a database whose directory is not there" -- billmill init --database "$STORY_DIR/first/data/billmill.db"
check "has one" -- test -f "$STORY_DIR/first/data/billmill.db"

sql_is "nothing was billed" "$db" "SELECT count(*) FROM invoice" "0"
story_end
