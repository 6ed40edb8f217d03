# Exchange rates from a feed to the database: the files that the European Central Bank has published, asked again, killed
# and resumed, corrected, of a second source; and what is refused: hostile documents, and servers that do not do what they
# should. Figures are those of the files.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/feeds.sh
story_begin
feeds_begin

rates() { # ROUND [JQ FILTER]: DAY SOURCE QUOTE RATE VERSION
    mill "$1" dump --record exchange_rate | jq -r "select(${2:-true}) | [.date, .source, .quote, .rate, .version] | join(\" \")"
}
new() { # ROUND SOURCE…
    round_new "$1"
    asks "$@"
    mill "$1" init >/dev/null 2>&1
}
asked() { # how often since the last time, and the last answer
    wc -l <"$FEED_LOG" | tr -d ' '
    tail -n 1 "$FEED_LOG" | cut -d' ' -f1
    : >"$FEED_LOG"
}

# ------------------------------------------------------------------ real files

day=$STORY_DIR/day
new "$day" "ecb ecb_xml /good/eurofxref-daily-2025-05-09.xml"
run 0 "the rates of a day are fetched" -- sync "$day" 2025-05-09
mill "$day" dump --record exchange_rate >"$STORY_DIR/day.jsonl"
golden "they are those of the file" "$STORY_DIR/day.jsonl" stories/exchange_rates/day.jsonl
keep_dump day "$STORY_DIR/day.jsonl"
equal "one request" "$(asked)" "1
200"
digest=$(sha256sum <tests/fixtures/rates/eurofxref-daily-2025-05-09.xml | cut -d' ' -f1)
equal "each names the bytes that said so" "$(jq -r .sha256 "$STORY_DIR/day.jsonl" | sort -u)" "$digest"
if on_postgres; then hex="encode(digest, 'hex')" size="length(body)"; else hex="lower(hex(digest))" size="length(body)"; fi
round_sql_is "which are kept, all of them" "$day" "SELECT $hex, $size FROM fetched_body" "$digest|1586"
run 0 "the same day again" -- sync "$day" 2025-05-09
stdout_has "is done already" "already"
equal "nobody is asked" "$(asked | head -n 1)" 0
run 0 "the next day" -- sync "$day" 2025-05-10
equal "is asked for what has changed: nothing" "$(asked)" "1
304"
round_sql_is "the bytes are there once" "$day" "SELECT count(*) FROM fetched_body" 1
run 0 "a redo" -- mill "$day" redo exchange-rate-sync --date 2025-05-10 --reason "to see"
equal "asks again" "$(asked)" "1
304"
mill "$day" dump --record exchange_rate >"$STORY_DIR/again.jsonl"
same_file "all this changes nothing" "$STORY_DIR/again.jsonl" "$STORY_DIR/day.jsonl"
run 0 "a trial run" -- mill "$day" plan exchange-rate-sync --date 2025-05-12
mill "$day" dump --record exchange_rate >"$STORY_DIR/again.jsonl"
same_file "changes nothing either" "$STORY_DIR/again.jsonl" "$STORY_DIR/day.jsonl"

history=$STORY_DIR/history
new "$history" "ecb ecb_zip /dated/eurofxref-hist-cut.zip"
run 0 "the history in a zip" -- sync "$history" 2026-04-13
rates "$history" >"$STORY_DIR/history.txt"
awk -F, 'NR == 1 { for (i = 2; i < NF; i++) code[i] = $i; next } { for (i = 2; i < NF; i++) if ($i != "N/A") print $1, "ecb", code[i], $i, 1 }' \
    tests/fixtures/rates/eurofxref-hist-cut.csv | sort >"$STORY_DIR/expected.txt"
same_file "is that of the file, to the last digit" <(sort "$STORY_DIR/history.txt") "$STORY_DIR/expected.txt"
for file in "xml eurofxref-daily-2018-09-12.xml" "xml eurofxref-daily-2025-05-09.xml" "xml eurofxref-hist-90d-2020-12-10.xml" \
    "csv eurofxref-2026-04-13.csv" "csv eurofxref-hist-cut.csv"; do
    asks "$history" "ecb ecb_${file% *} /good/${file#* }"
    run 0 "${file#* } agrees with it" -- mill "$history" redo exchange-rate-sync --date 2026-04-13 --reason again
    same_file "nothing is new, nothing another" <(rates "$history") "$STORY_DIR/history.txt"
done
mill "$history" dump --record exchange_rate >"$STORY_DIR/history.jsonl"
keep_dump history "$STORY_DIR/history.jsonl"
moved=$STORY_DIR/moved
round_new "$moved"
mill "$moved" init >/dev/null 2>&1
run 0 "rates move" -- mill "$moved" import "$STORY_DIR/history.jsonl"
mill "$moved" dump --record exchange_rate >"$STORY_DIR/moved.jsonl"
same_file "and are the same there" "$STORY_DIR/moved.jsonl" "$STORY_DIR/history.jsonl"

# ------------------------------------------------------------------ conversions

converted() { # ARGUMENTS…
    run 0 "$*" -- mill "$history" rates convert --json "$@"
    jq -r '[.amount, .currency, .source, .publication_date, .rate, .rule] | join(" ")' "$STORY_OUT"
}
# 1234567.89 * 186.75 / 1.1684 = 197325875.947…: both rates of one publication, rounded once.
equal "from one currency to another, to the yen" "$(converted 1234567.89 USD JPY --date 2026-04-13 | tail -n 1)" \
    "197325876 JPY ecb 2026-04-13 466875/2921 previous"
# Good Friday: the day before. 10 * 1.1525.
equal "a day without publication" "$(converted 10 EUR USD --date 2026-04-03 | tail -n 1)" "11.53 USD ecb 2026-04-02 1.1525 previous"
run 65 "nothing is converted by an old rate" -- mill "$history" rates convert 10 EUR USD --date 2026-04-28
stderr_has "and that is said" "no rates of EUR and USD from 2026-04-14 to 2026-04-28"
run 64 "a conversion is of a day" -- mill "$history" rates convert 10 EUR USD
run 0 "the rates of the last day" -- mill "$history" rates list
equal "all of them" "$(grep -c '^2026-04-13  ecb' "$STORY_OUT")" 29
run 0 "what was fetched" -- mill "$history" rates fetched --json
equal "is told" "$(jq -r '.fetched | map(.outcome) | unique | join(" ")' "$STORY_OUT")" "stored"
mill "$day" rates file "$digest" >"$STORY_DIR/file.xml"
check "a file is there byte for byte" -- cmp "$STORY_DIR/file.xml" tests/fixtures/rates/eurofxref-daily-2025-05-09.xml
sed -i 's/  sources:/  missing_day: next\n  sources:/' "$history/config/billmill.yaml"
equal "the day behind it, where that is the rule" "$(converted 10 EUR USD --date 2026-04-03 | tail -n 1)" "11.56 USD ecb 2026-04-07 1.1557 next"

# ------------------------------------------------------------------ killed

hurt=$STORY_DIR/hurt
for instant in 02 04 06 08 10 13 16 20 25; do
    new "$hurt" "ecb ecb_zip /good/eurofxref-hist-cut.zip"
    chunks_of "$hurt" 60
    at "$hurt"
    kill_after "0.$instant" run exchange-rate-sync --date 2026-04-13
    kill_after "0.$instant" resume
    sync "$hurt" 2026-04-13 >"$hurt/out.txt" 2>&1 || mill "$hurt" resume >"$hurt/out.txt" 2>&1
    mill "$hurt" dump --record exchange_rate >"$STORY_DIR/hurt.jsonl"
    same_file "killed after 0.$instant s and resumed: the same rates" "$STORY_DIR/hurt.jsonl" "$STORY_DIR/history.jsonl"
done
if on_postgres; then
    new "$hurt" "ecb ecb_zip /good/eurofxref-hist-cut.zip"
    chunks_of "$hurt" 60
    sync "$hurt" 2026-04-13 >"$hurt/one.txt" 2>&1 &
    one=$!
    sync "$hurt" 2026-04-13 >"$hurt/two.txt" 2>&1
    wait $one
    mill "$hurt" dump --record exchange_rate >"$STORY_DIR/hurt.jsonl"
    same_file "two hosts at once: stored once" "$STORY_DIR/hurt.jsonl" "$STORY_DIR/history.jsonl"
fi

# ------------------------------------------------------------------ what is refused

cd "$FEEDS" || exit 1
cp eurofxref-daily-2025-05-09.xml good.xml
sed '2i <!DOCTYPE e [<!ENTITY a "1.1">]>' good.xml >dtd.xml
{
    echo '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    for i in 1 2 3 4 5 6 7 8 9; do echo "<!ENTITY lol$i \"&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;\">"; done
    echo ']><gesmes:Envelope>&lol9;</gesmes:Envelope>'
} >laughs.xml
head -c 9000 eurofxref-hist-cut.zip >cut.zip
head -c 800 good.xml >cut.xml
sed "s/2025-05-09/2025-05-14/" good.xml >tomorrow.xml
sed "s/rate='1.1252'/rate='0'/" good.xml >zero.xml
sed "s/rate='1.1252'/rate='-1.1252'/" good.xml >below.xml
sed "s/rate='1.1252'/rate='NaN'/" good.xml >nan.xml
sed "s/currency='JPY'/currency='USD'/" good.xml >twice.xml
echo '{"amount":1.0,"base":"USD","date":"2025-05-09","rates":{"EUR":0.8887}}' >rebased.json
echo '<html><body>We are working on it.</body></html>' >page.html
printf 'Date,USD,ZAR,\n2025-05-09,1.1252,20.5' >cut.csv
python3 - <<'END'
import zipfile
text = "Date" + "".join(f",{a}{b}Q" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJKLMNOPQRST") + "".join("\n2025-05-09" + ",1" * 200 for _ in range(80000))
with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
    bomb.writestr("eurofxref-hist.csv", text)
with zipfile.ZipFile("two.zip", "w") as two:
    two.write("eurofxref-hist-cut.csv")
    two.write("good.xml")
END
cd "$STORY_ROOT" || exit 1

bad=$STORY_DIR/refused
new "$bad" "ecb ecb_xml /good/good.xml"
date=13
while IFS='|' read -r format file where what; do
    asks "$bad" "ecb $format /plain/$file"
    run 3 "$file is refused" -- sync "$bad" 2026-03-$((date++))
    run 0 "and parked" -- mill "$bad" parked
    stdout_has "where it breaks" "ecb: $file$where"
    stdout_has "and why" "$what"
done <<'END'
ecb_xml|eurofxref-daily-2026-03-13-comma-decimals.xml|:9:32|'1,1476' has a decimal comma
ecb_xml|dtd.xml|:2:1|a DTD is refused
ecb_xml|laughs.xml|:1:22|a DTD is refused
ecb_xml|cut.xml|:|the document ends in the middle
ecb_xml|zero.xml|:9:31|a rate is above 0, not 0
ecb_xml|below.xml|:9:31|a rate is above 0, not -1.1252
ecb_xml|nan.xml|:9:31|'NaN' is not a rate
ecb_xml|twice.xml|:10:4|the rate of USD of 2025-05-09 is there twice
ecb_xml|page.html|:1:1|<html> has no place in rates of the ECB
ecb_zip|cut.zip|: byte 9000|the zip has no directory: it is cut off
ecb_zip|good.xml|: byte 0|not a zip
ecb_zip|bomb.zip|(eurofxref-hist.csv):5002:12|more than 1000000 rates
ecb_zip|two.zip|: byte|expected a zip with exactly one file
ecb_csv|cut.csv|:2:23|the line is cut off
frankfurter|rebased.json|:1:23|the base is 'USD', expected EUR
END
asks "$bad" "ecb ecb_xml /plain/tomorrow.xml"
run 3 "a day that has not come" -- sync "$bad" 2025-05-13
run 0 "is parked" -- mill "$bad" parked
stdout_has "with the reason" "the rates of 2025-05-14 are of a day after 2025-05-13"
equal "nothing of all that is stored" "$(rates "$bad")" ""
run 0 "what was fetched" -- mill "$bad" rates fetched
stderr_has "is nothing, though they were asked" "no source has answered well yet: \`billmill parked\` says why"
asks "$bad" "ecb ecb_xml /plain/good.xml"
run 0 "the next run has a good file" -- sync "$bad" 2026-03-29
run 0 "and what was parked" -- mill "$bad" parked
equal "is done" "$(grep -c publication "$STORY_OUT")" 0
equal "with its rates" "$(rates "$bad" '.quote == "USD"')" "2025-05-09 ecb USD 1.1252 1"

# The rates of a list and those of a line each are the same; what has too many digits to be compared waits, and stops nothing.
cat >"$FEEDS/v2.json" <<'END'
[{"date":"2025-05-09","base":"EUR","quote":"USD","rate":1.1252},
 {"date":"2025-05-09","base":"EUR","quote":"JPY","rate":163.36}]
END
tr -d '[]\n' <"$FEEDS/v2.json" | sed 's/}, */}\n/g' >"$FEEDS/v2.ndjson"
lists=$STORY_DIR/lists
new "$lists" "list frankfurter /plain/v2.json"
run 0 "a list of rates" -- sync "$lists" 2025-05-09
asks "$lists" "lines frankfurter /plain/v2.ndjson"
run 0 "a rate on each line" -- sync "$lists" 2025-05-10
equal "are the same" "$(rates "$lists" '.source == "lines"' | cut -d' ' -f3-)" "$(rates "$lists" '.source == "list"' | cut -d' ' -f3-)"
asks "$lists" "digits frankfurter /plain/v2.json"
echo '[{"date":"2025-05-12","base":"EUR","quote":"CHF","rate":0.0000000000000000001}]' >"$FEEDS/v2.json"
run 0 "a rate of many digits" -- sync "$lists" 2025-05-12
echo '[{"date":"2025-05-13","base":"EUR","quote":"CHF","rate":99999999999999999999}]' >"$FEEDS/v2.json"
run 3 "and one that cannot be compared with it" -- sync "$lists" 2025-05-13
run 0 "which is parked" -- mill "$lists" parked
stdout_has "as a jump" "1 EUR = 99999999999999999999 CHF on 2025-05-13, and 0.0000000000000000001 on 2025-05-12"

# ------------------------------------------------------------------ servers

server=$STORY_DIR/server
new "$server" "ecb ecb_xml /flaky/1/good.xml"
asked >/dev/null
run 0 "a server that stumbles is asked again" -- sync "$server" 2025-05-09
equal "twice" "$(asked)" "2
200"
asks "$server" "ecb ecb_xml /later/1/good.xml"
begun=$SECONDS
run 0 "one that wants to be asked later" -- sync "$server" 2025-05-10
between "is waited for" $((SECONDS - begun)) 1 5
asked >/dev/null
date=12
while IFS='|' read -r path what; do
    asks "$server" "ecb ecb_xml $path"
    run 3 "$path: is no answer" -- sync "$server" 2025-05-$((date++))
    run 0 "and parked" -- mill "$server" parked
    stdout_has "with the reason" "$what"
done <<'END'
/later/3600/good.xml|asks to come again in 3600 s
/broken/good.xml|answered 500, several times
/gone/good.xml|answered 404
/moved/good.xml|answered 301: it has moved, and redirects are not followed
/cut/good.xml|/cut/good.xml: 
/endless/good.xml|the answer has more than 16777216 bytes
/silent/good.xml|timed out
END
asks "$server" "ecb ecb_xml http://rates.example/good.xml"
run 78 "without encryption only this machine is asked" -- sync "$server" 2025-05-30
stderr_has "and says so" "only https, or http to this machine"
asks "$server" "ecb ecb_xml http://127.0.0.1@rates.example/good.xml"
run 78 "whatever the address looks like" -- mill "$server" resume
asks "$server" "ecb ecb_xml /good/good.xml"
run 0 "with another address resume finishes the run" -- mill "$server" resume

second=$STORY_DIR/second
new "$second" "ecb ecb_xml /broken/good.xml" "other ecb_xml /plain/eurofxref-daily-2026-03-13-comma-decimals.xml" \
    "frankfurter frankfurter /good/frankfurter-2025-04-11.json?date={date}&key={key}"
asked >/dev/null
with_key() { FEED_KEY=s3cret "$@"; }
run 0 "a second source is asked, and a third" -- with_key sync "$second" 2025-04-12
equal "its rates are its own" "$(rates "$second")" "2025-04-11 frankfurter USD 1.1346 1"
equal "it was asked for the day, with the key" "$(tail -n 1 "$FEED_LOG" | cut -d' ' -f2)" "/good/frankfurter-2025-04-11.json?date=2025-04-12&key=s3cret"
round_sql_is "what each answered is kept, without the key" "$second" "SELECT place, source, outcome, substr(url, length(url) - 4) FROM fetched ORDER BY place" \
    "1|ecb|failed|d.xml
2|other|failed|s.xml
3|frankfurter|stored|{key}"
asks "$second" "named frankfurter https://{key}.invalid/x.json"
run 78 "a key in the name of a host" -- with_key sync "$second" 2025-04-13
stderr_has "is refused, for whoever cannot find it says its name" "https://{key}.invalid/x.json: a secret may stand behind the host only"
check "and the key is not said" -- bash -c "! grep -q s3cret '$STORY_OUT' '$STORY_ERR'"
asks "$second" "frankfurter frankfurter /good/frankfurter-2025-04-11.json?date={date}&key={key}"
run 78 "a key that is not there" -- mill "$second" resume
stderr_has "is named, not shown" "environment variable FEED_KEY is not set"

# ------------------------------------------------------------------ corrected, and jumping

told=$STORY_DIR/told
cp "$FEEDS/good.xml" "$FEEDS/told.xml"
new "$told" "ecb ecb_xml /good/told.xml"
run 0 "rates" -- sync "$told" 2025-05-09
sed -i "s/rate='1.1252'/rate='1.1253'/" "$FEEDS/told.xml"
run 0 "that are corrected" -- sync "$told" 2025-05-10
equal "are versions beside the first" "$(rates "$told" '.quote == "USD"')" "2025-05-09 ecb USD 1.1252 1
2025-05-09 ecb USD 1.1253 2"
# The yen jumps by 100, the pound by exactly 20 %: 0.84770 * 1.2 = 1.01724.
sed -i "s/2025-05-09/2025-05-12/; s/rate='163.36'/rate='16336'/; s/rate='0.84770'/rate='1.01724'/" "$FEEDS/told.xml"
run 3 "a rate that jumps is parked" -- sync "$told" 2025-05-12
equal "the others are stored" "$(rates "$told" '.date == "2025-05-12"' | wc -l | tr -d ' ')" 29
run 0 "it is listed" -- mill "$told" parked
stdout_has "by what it is" "rate ecb 2025-05-12 EUR/JPY"
stdout_has "and why" "1 EUR = 16336 JPY on 2025-05-12, and 163.36 on 2025-05-09: more than 20 % apart"
sed -i "s/2025-05-12/2025-05-13/; s/rate='16336'/rate='16400'/" "$FEEDS/told.xml"
run 3 "so is the next one, beside what was believed" -- sync "$told" 2025-05-13
# Who tries again what else was parked has not looked at these.
run 3 "they are not tried again with everything else" -- mill "$told" parked retry --all
stderr_has "and that is said" "2 left: whether a rate that jumps is right is said by \`billmill rates accept\`"
run 64 "nor by name" -- mill "$told" parked retry "rate ecb 2025-05-12 EUR/JPY"
stderr_has "but" "if it is right: \`billmill rates accept\`"
equal "so they still wait" "$(rates "$told" '.quote == "JPY"')" "2025-05-09 ecb JPY 163.36 1"
run 64 "to accept them takes a reason" -- mill "$told" rates accept --all
run 64 "and a rate that waits" -- mill "$told" rates accept CHF --reason "looked up"
run 0 "who has looked takes one" -- mill "$told" rates accept "rate ecb 2025-05-12 EUR/JPY" --reason "looked up"
equal "which is stored" "$(rates "$told" '.quote == "JPY"')" "2025-05-09 ecb JPY 163.36 1
2025-05-12 ecb JPY 16336 1"
run 0 "or all" -- mill "$told" rates accept --all --reason "looked up"
round_sql_is "with who said so" "$told" "SELECT action, object, reason FROM audit_log WHERE action LIKE 'rates %' ORDER BY sequence" \
    "rates accept|- exchange-rate-sync 2025-05-12: rate ecb 2025-05-12 EUR/JPY|looked up
rates accept|- exchange-rate-sync 2025-05-13: rate ecb 2025-05-13 EUR/JPY|looked up"
equal "and they are stored" "$(rates "$told" '.quote == "JPY"')" "2025-05-09 ecb JPY 163.36 1
2025-05-12 ecb JPY 16336 1
2025-05-13 ecb JPY 16400 1"
sed -i "s/2025-05-13/2025-05-14/; s/rate='16400'/rate='164'/" "$FEEDS/told.xml"
run 3 "another one jumps" -- sync "$told" 2025-05-14
run 0 "and is given up, once" -- mill "$told" parked waive "rate ecb 2025-05-14 EUR/JPY" --reason "wrong"
run 0 "and it is not asked again" -- sync "$told" 2025-05-15
left=$STORY_DIR/left
cp "$FEEDS/good.xml" "$FEEDS/left.xml"
new "$left" "ecb ecb_xml /plain/left.xml"
run 0 "rates are believed" -- sync "$left" 2025-05-09
sed -i "s/2025-05-09/2025-05-12/; s/rate='163.36'/rate='16336'/" "$FEEDS/left.xml"
run 3 "one jumps" -- sync "$left" 2025-05-12
sed -i "s/2025-05-12/2025-06-30/" "$FEEDS/left.xml"
run 3 "and is not right because nobody has decided for weeks" -- sync "$left" 2025-06-30
asks "$left" "second ecb_xml /plain/left.xml"
run 3 "nor because another source says so for the first time" -- sync "$left" 2025-07-01
equal "so it is not stored" "$(rates "$left" '.quote == "JPY"')" "2025-05-09 ecb JPY 163.36 1"
equal "nor stored" "$(rates "$told" '.quote == "JPY"' | tail -n 1)" "2025-05-13 ecb JPY 16400 1"
mill "$told" dump --record exchange_rate >"$STORY_DIR/told.jsonl"
keep_dump told "$STORY_DIR/told.jsonl"
mill "$told" dump >"$STORY_DIR/whole.jsonl"
equal "what is given up is dumped" "$(jq -r 'select(.record == "parked_item" and .state == "waived") | [.tenant, .item] | join(" ")' "$STORY_DIR/whole.jsonl")" \
    "* rate ecb 2025-05-14 EUR/JPY"
take_dump "and moves" "$STORY_DIR/elsewhere" "$STORY_DIR/whole.jsonl"

# ------------------------------------------------------------------ by hand

# On 10 May 2025 nothing has run: the day is that of the clock, and in the first zone on earth (UTC+14) it is the 11th at 10:00.
hand=$STORY_DIR/hand
round_new "$hand"
mill "$hand" init >/dev/null 2>&1
clock_at "2025-05-10T10:00:00Z"
by_hand() { # FIELDS LINE…: the file
    printf '%s\n' "$@" >"$STORY_DIR/hand.csv"
}
by_hand source,date,base,quote,rate bank,2025-05-09,EUR,USD,1.1252 bank,2025-05-10,EUR,USD,11.252
run 65 "a slip of ten in a file" -- mill "$hand" import --record exchange_rate "$STORY_DIR/hand.csv"
stderr_has "is seen" "1 EUR = 11.252 USD on 2025-05-10, and 1.1252 on 2025-05-09: more than 20 % apart"
stderr_has "and how to say that it is right" 'if it is right, import it with its version, "version":1'
equal "nothing of it is stored" "$(rates "$hand")" ""
# As files of the ECB have them: the newest first.
by_hand source,date,base,quote,rate bank,2025-05-10,EUR,USD,11.252 bank,2025-05-09,EUR,USD,1.1252
run 65 "one that comes before is compared with what comes behind" -- mill "$hand" import --record exchange_rate "$STORY_DIR/hand.csv"
stderr_has "of which one is wrong" "1 EUR = 1.1252 USD on 2025-05-09, and 11.252 on 2025-05-10: more than 20 % apart"
# 1.1252 * 1.2 = 1.35024: not more than 20 %.
by_hand source,date,base,quote,rate bank,2025-05-09,EUR,USD,1.1252 bank,2025-05-10,EUR,USD,1.35024 bank,2025-05-10,EUR,JPY,163.36
run 0 "20 % are none" -- mill "$hand" import --record exchange_rate "$STORY_DIR/hand.csv"
run 0 "and what is there" -- mill "$hand" import --record exchange_rate "$STORY_DIR/hand.csv"
by_hand source,date,base,quote,rate other,2025-05-11,EUR,JPY,1633.6
run 65 "another source is compared with it too" -- mill "$hand" import --record exchange_rate "$STORY_DIR/hand.csv"
stderr_has "whoever said that" "1 EUR = 1633.6 JPY on 2025-05-11, and 163.36 on 2025-05-10: more than 20 % apart"
by_hand source,date,base,quote,rate other,2025-05-11,EUR,JPY,163.5 other,2025-05-12,EUR,JPY,163.6
run 3 "a day that has not come" -- mill "$hand" import --record exchange_rate "$STORY_DIR/hand.csv" --skip-bad "$STORY_DIR/hand.bad"
stderr_has "neither" "2025-05-12 has not come: today is 2025-05-11"
by_hand source,date,base,quote,rate,version other,2025-05-12,EUR,JPY,1636,1 bank,2025-05-10,EUR,USD,1.1253,2
run 0 "who has looked writes the version" -- mill "$hand" import --record exchange_rate "$STORY_DIR/hand.csv"
equal "and it is stored" "$(rates "$hand")" "2025-05-09 bank USD 1.1252 1
2025-05-10 bank JPY 163.36 1
2025-05-10 bank USD 1.35024 1
2025-05-10 bank USD 1.1253 2
2025-05-11 other JPY 163.5 1
2025-05-12 other JPY 1636 1"
mill "$hand" dump >"$STORY_DIR/hand.jsonl"
clock_at ""
take_dump "it moves as it is" "$STORY_DIR/hand_moved" "$STORY_DIR/hand.jsonl"
story_end
