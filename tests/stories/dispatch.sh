# Effects are sent: every way in which a call can end, lost answers that are asked for, lanes, what follows
# from an effect, what is held, a provider that is down, what becomes due later, and being stopped.
. "$(dirname "$0")/../support/story.sh"
. tests/support/calls.sh
. tests/fault/fault.sh
story_begin
calls_begin

database_of() { # ROUND: of those whose name says so a file
    case $1 in
    *-file) echo "$1/billmill.db" ;;
    *) if on_postgres; then database_at "$(basename "$1")"; else echo "$1/billmill.db"; fi ;;
    esac
}

# ------------------------------------------------------------------ every end

round=$STORY_DIR/ends
calls_round "$round"
intend "$round" 2026-11-01 <<EOT
test-call ok - /ok
test-call declined - /declined
test-call conflict - /conflict/1
test-call busy - /busy/1
test-call broken - /broken/1
test-call did500 - /did500
test-call lost - /lost
test-call cut - /cut
test-call garbage - /garbage
test-call silent - /silent
test-call odd - /odd
test-call gone - /gone
test-call never - /never
test-call then - /ok+/ok
test-call refused - /ok+/refused
test-call waits - /processing/9
test-call lane-1 L /slow/100
test-call lane-2 L /slow/100
test-call lane-3 L /ok
test-call taken-1 M /never
test-call taken-2 M /ok
test-mail mail - /ok
test-mail mail-lost - /lost
test-news news-gone - /gone
EOT
run 3 "what is due is sent; four wait for a person" -- dispatch "$round" 2026-11-01
stderr_has "and it says so" "4 effects are held for a person"
# lost, cut, garbage, silent, odd and did500 were carried out once: asked, and not said again. What the
# provider had not done is said again with the same key. A lane that is held is not gone on with.
effects_are "every end is recorded" "$round" <<EOT
broken done paid ref-broken - 2
busy done paid ref-busy - 2
conflict done paid ref-conflict - 2
cut done paid ref-cut - 1
declined failed declined - card_declined 1
did500 done paid ref-did500 - 1
garbage done paid ref-garbage - 1
gone done paid ref-gone - 2
lane-1 done paid ref-lane-1 - 1
lane-2 done paid ref-lane-2 - 1
lane-3 done paid ref-lane-3 - 1
lost done paid ref-lost - 1
mail done paid ref-mail - 1
mail-lost held - - undecidable 1
never held - - never 1
news-gone done paid ref-news-gone - 2
odd done paid ref-odd - 1
ok done paid ref-ok - 1
refused held - ref-refused refused 1
silent done paid ref-silent - 1
taken-1 held - - never 1
taken-2 intent - - - 0
then done paid ref-then - 1
then+ done paid ref-then+ - 1
waits unknown processing - - 1
EOT
equal "nothing was carried out twice" "$(grep '^did ' "$CALL_LOG" | sort | uniq -d)" ""
equal "one after the other in a lane" "$(grep -o 'did lane-.' "$CALL_LOG" | tr -d '\n')" "did lane-1did lane-2did lane-3"
round_sql_is "each call is kept" "$round" "SELECT epoch, step, purpose, ending, status, code FROM effect_attempt WHERE effect_key = 'did500' ORDER BY epoch" \
    "1|0|send|answered|500|unexpected
2|0|ask|answered|200|"
round_sql_is "the execution says how much" "$round" "SELECT state, items_done, items_parked, rows_written FROM job_execution ORDER BY execution_id DESC LIMIT 1" "completed_with_parked|19|4|2"

: >"$CALL_LOG"
intend "$round" 2026-11-02 <<EOT
test-call later - /ok
EOT
run 3 "the same day again: what has become due since is sent" -- dispatch "$round" 2026-11-01
equal "and nothing else, but what waits is asked" "$(grep -v '^asked waits 202$' "$CALL_LOG")" "did later"
: >"$CALL_LOG"
round_sql "$round" "UPDATE effect SET not_before_us = 9000000000000000 WHERE state = 'unknown'"
run 3 "nothing is due another day, but what is held" -- dispatch "$round" 2026-11-02
run 0 "the same day again: it is done" -- dispatch "$round" 2026-11-02
stdout_has "and says so" "already done"
equal "nobody is asked" "$(cat "$CALL_LOG")" ""

# ------------------------------------------------------------------ what cannot be recorded

# Each by itself is held, with what was wrong; what has ended at the same time is recorded, and the run goes on.
round=$STORY_DIR/unrecorded
calls_round "$round"
: >"$CALL_LOG"
{
    for ((i = 10; i < 30; i++)); do echo "test-call ok-$i - /ok"; done
    printf 'test-call %s\n' "a-row - /ok+/no-row" "broken L /ok+/broken" "row - /ok+/no-row" "zz-behind L /ok"
} | intend "$round" 2026-11-01
run 3 "rows that cannot be written hold their effect" -- dispatch "$round" 2026-11-01
stderr_has "which is said" "effect row is held, for what became of it cannot be recorded"
stderr_has "with what was wrong" "table effect has no row tenant_id 1, effect_key nowhere"
stderr_has "and how many" "3 effects are held for a person"
round_sql_is "all others are recorded" "$round" "SELECT state, code, COUNT(*) FROM effect GROUP BY state, code ORDER BY state" \
    "done||20
held|not_recorded|3
intent||1"
run 0 "a person says what is to become of one" -- mill "$round" effects resolve broken --failed --reason "a mistake"
run 3 "and its lane is free" -- dispatch "$round" 2026-11-01
round_sql_is "so that all but these have ended" "$round" "SELECT effect_key, state, provider_ref FROM effect WHERE effect_key NOT LIKE 'ok-%' ORDER BY effect_key" \
    "a-row|held|ref-a-row
broken|failed|ref-broken
row|held|ref-row
zz-behind|done|ref-zz-behind"

# Nor is anything said of what is damaged, or of which nobody can tell what to say.
round=$STORY_DIR/unsaid
calls_round "$round"
: >"$CALL_LOG"
printf 'test-call %s\n' "changed - /ok" "gone - /ok" "mistaken - /mistaken" "ok - /ok" | intend "$round" 2026-11-01
round_sql "$round" "UPDATE effect_request SET digest = (SELECT o.digest FROM effect_request o WHERE o.effect_key = 'mistaken') WHERE effect_key = 'changed'"
round_sql "$round" "DELETE FROM effect_request WHERE effect_key = 'gone'"
run 3 "what cannot be said is held" -- dispatch "$round" 2026-11-01
effects_are "each with what is wrong" "$round" <<EOT
changed held - - bad_request 1
gone held - - bad_request 1
mistaken held - - not_said 1
ok done paid ref-ok - 1
EOT
equal "and nothing of it is said" "$(cat "$CALL_LOG")" "did ok"
run 0 "which is shown" -- mill "$round" effects list --state held
stdout_has "with the reason" "its request is not what was intended"

# ------------------------------------------------------------------ what a person decides

round=$STORY_DIR/held
calls_round "$round"
: >"$CALL_LOG"
intend "$round" 2026-11-01 <<EOT
test-mail taken - /lost
test-mail again - /lost
test-call given-up L /never
test-call behind M /ok
test-call then-held - /never+/ok
test-call done - /ok
EOT
run 3 "four are held" -- dispatch "$round" 2026-11-01
run 0 "they are listed" -- mill "$round" effects list --state held
stdout_has "with the reason" "it may have been carried out, and nobody can be asked"
equal "and for programs" "$(mill "$round" effects --json | jq -c '[.effects[] | [.effect, .state, .code]]')" \
    '[["again","held","undecidable"],["given-up","held","never"],["taken","held","undecidable"],["then-held","held","never"]]'
run 0 "one is shown" -- mill "$round" effects show taken
stdout_has "with its call" "Empty reply from server"
stderr_has "and what can be done" "effects resolve taken --done REF"
run 64 "a decision has a reason" -- mill "$round" effects retry again
run 64 "and says what became of it" -- mill "$round" effects resolve taken --reason "seen"
run 64 "what is over stays so" -- mill "$round" effects retry "done" --reason "once more"
stderr_has "and the message says that" "effect done is done"
run 64 "one that is not there" -- mill "$round" effects show nobody
run 64 "a state that is none" -- mill "$round" effects list --state open
run 0 "it was carried out" -- mill "$round" effects resolve taken --done mail-7 --reason "seen in the mailbox"
stdout_has "and is done" "taken: resolved, now done"
run 0 "it was not, and shall not" -- mill "$round" effects resolve given-up --failed --reason "too late"
run 0 "it was, and what follows from it is intended" -- mill "$round" effects resolve then-held --done ref-9 --reason "seen there"
run 0 "it is sent again" -- mill "$round" effects retry again --reason "the customer did not get it"
run 3 "what was decided is sent; again its answer is lost" -- dispatch "$round" 2026-11-01
effects_are "all is as decided" "$round" <<EOT
again held - - undecidable 2
behind done paid ref-behind - 1
done done paid ref-done - 1
given-up failed resolved - resolved 1
taken done resolved mail-7 resolved 1
then-held done resolved ref-9 resolved 1
then-held+ done paid ref-then-held+ - 1
EOT
round_sql_is "the decisions are in the audit log" "$round" "SELECT action, object, reason FROM audit_log ORDER BY sequence" \
    "resolve effect| taken (held): done mail-7|seen in the mailbox
resolve effect| given-up (held): failed|too late
resolve effect| then-held (held): done ref-9|seen there
retry effect| again (held)|the customer did not get it"

# ------------------------------------------------------------------ a provider that is down

round=$STORY_DIR/down
calls_round "$round" "wait_s: 5" "calls: 4"
touch "$STORY_DIR/out-of-order"
: >"$CALL_LOG"
for ((i = 10; i < 40; i++)); do
    echo "test-call d-$i - /down$STORY_DIR/out-of-order"
    echo "test-call o-$i - other:/ok"
done | intend "$round" 2026-11-01
calls_server other 0
export BILLMILL_TEST_OTHER_CALLS=$CALLS_URL
run 75 "a provider is down: to be resumed" -- dispatch "$round" 2026-11-01
stderr_has "and it says how much is left" "30 effects are not sent yet"
between "it was left alone after some failures" "$(grep -c ' 503$' "$CALL_LOG")" 8 20
equal "the other one was not" "$(grep -c '^did o-' "$STORY_DIR/other.log")" 30
rm "$STORY_DIR/out-of-order"
run 0 "it is back, and the run is resumed" -- mill "$round" resume
equal "each was carried out once" "$(grep '^did ' "$CALL_LOG" | sort -u | wc -l) $(grep -c '^did ' "$CALL_LOG")" "30 30"
round_sql_is "all are done" "$round" "SELECT state, COUNT(*) FROM effect GROUP BY state" "done|60"

round=$STORY_DIR/refused
calls_round "$round" "wait_s: 1"
echo "test-call nobody - other:/ok" | intend "$round" 2026-11-01
run 75 "nobody listens" -- env BILLMILL_TEST_OTHER_CALLS=http://127.0.0.1:9 "$BILLMILL" --config "$round/config/billmill.yaml" --database "$(database_of "$round")" run dispatch --date 2026-11-01
round_sql_is "it is known not to be sent" "$round" "SELECT state, code, CASE WHEN attempts > 0 THEN 'tried' END FROM effect" "intent|not_sent|tried"

# ------------------------------------------------------------------ what cannot be loaded

round=$STORY_DIR/unloadable
calls_round "$round"
: >"$CALL_LOG"
printf 'test-call a - /ok\ntest-mail b - /ok\n' | intend "$round" 2026-11-01
run 78 "a kind that lacks what it needs" -- env BILLMILL_TEST_UNLOADABLE=1 "$BILLMILL" --config "$round/config/billmill.yaml" --database "$(database_of "$round")" run dispatch --date 2026-11-01
round_sql_is "leaves what it claimed as it was" "$round" "SELECT state, attempts FROM effect WHERE kind = 'test-call'" "intent|0"
run 0 "resumed, it is sent" -- mill "$round" resume
agrees "loaded" "$round"

# ------------------------------------------------------------------ a provider that is slow

# Of four calls at once two are his: the quick one's are all sent while his first ones last, and not behind them.
round=$STORY_DIR/slow
calls_round "$round" "calls: 4"
: >"$CALL_LOG"
for ((i = 10; i < 40; i++)); do
    [ $i -gt 17 ] || echo "test-call s-$i - other:/slow/1000"
    echo "test-call t-$i - /ok"
done | intend "$round" 2026-11-01
run 0 "a slow provider and a quick one" -- env BILLMILL_TEST_OTHER_CALLS="$BILLMILL_TEST_CALLS" "$BILLMILL" --config "$round/config/billmill.yaml" --database "$(database_of "$round")" run dispatch --date 2026-11-01
agrees "slow" "$round"
between "the quick one does not wait for the slow one" "$(awk '/^did s-/ { slow++ } /^did t-/ { before = slow } END { print before + 0 }' "$CALL_LOG")" 0 4

# ------------------------------------------------------------------ stopped

round=$STORY_DIR/stopped
calls_round "$round" "calls: 4"
: >"$CALL_LOG"
for ((i = 100; i < 160; i++)); do echo "test-call s-$i - /slow/300"; done | intend "$round" 2026-11-01
at "$round"
"${MILL_AT[@]}" run dispatch --date 2026-11-01 >"$round/out.txt" 2>"$round/err.txt" &
pid=$!
sleep 1
kill -TERM $pid
wait $pid
equal "a signal stops it" "$?" 143
round_sql_is "what was under way may end; nothing is left open" "$round" "SELECT COUNT(*) FROM effect WHERE state NOT IN ('intent', 'done')" 0
agrees "stopped" "$round"
between "before all was sent" "$(grep -c '^did ' "$CALL_LOG")" 4 56
run 0 "and resumed" -- mill "$round" resume
agrees "resumed" "$round"
round_sql_is "all are done, at the first attempt" "$round" "SELECT state, attempts, COUNT(*) FROM effect GROUP BY state, attempts" "done|1|60"

# ------------------------------------------------------------------ a database moves

# Every state moves: what was being sent as the dump was made is asked where it went, nothing is said twice,
# and a lane that is held stays so.
round=$STORY_DIR/moving
calls_round "$round" "lease_s: 60"
: >"$CALL_LOG"
run 0 "there are tenants" -- mill "$round" import --quiet tests/fixtures/fault/tenants.jsonl
intend "$round" 2026-11-01 <<EOT
test-call done - /ok
test-call declined - /declined
test-call never L /never
test-call pending L /ok
test-call bytes - /ok#$(printf 'a\377\001')
test-call text - /ok#"quoted\\"
test-mail mail-lost - /lost
EOT
run 3 "some are sent" -- dispatch "$round" 2026-11-01
echo "test-call waits - other:/processing/0" | intend "$round" 2026-11-02
export BILLMILL_TEST_OTHER_CALLS=$BILLMILL_TEST_CALLS
run 3 "one waits for the provider" -- dispatch "$round" 2026-11-02
round_sql "$round" "UPDATE effect SET not_before_us = 9000000000000000 WHERE state = 'unknown'"
echo "test-call cut-off - /slow/3000" | intend "$round" 2026-11-03
at "$round"
"${MILL_AT[@]}" run dispatch --date 2026-11-03 >/dev/null 2>&1 &
pid=$!
for ((tries = 0; tries < 100; tries++)); do
    ! grep -q 'did cut-off' "$CALL_LOG" || break
    sleep 0.1
done
kill -KILL $pid
wait $pid 2>/dev/null
echo "test-call later - /ok" | intend "$round" 2026-11-04
round_sql_is "one was being sent" "$round" "SELECT effect_key, state, attempts FROM effect WHERE state IN ('sending', 'intent') ORDER BY effect_key" "cut-off|sending|1
later|intent|0
pending|intent|0"
mill "$round" dump >"$STORY_DIR/moving.jsonl"
keep_dump moving "$STORY_DIR/moving.jsonl"
equal "all are in the dump" "$(jq -r 'select(.record == "effect") | [.effect, .kind, .provider, .subject, .state, .outcome, .provider_ref, .code, .attempts, .epoch, .lane, .intended_on] | map(. // "-") | join(" ")' "$STORY_DIR/moving.jsonl")" \
    "bytes test-call test bytes done paid ref-bytes - 1 1 - 2026-11-01
cut-off test-call test cut-off unknown - - interrupted 1 2 - 2026-11-03
declined test-call test declined failed declined - card_declined 1 1 - 2026-11-01
done test-call test done done paid ref-done - 1 1 - 2026-11-01
later test-call test later intent - - - 0 0 - 2026-11-04
mail-lost test-mail test mail-lost held - - undecidable 1 2 - 2026-11-01
never test-call test never held - - never 1 1 L 2026-11-01
pending test-call test pending intent - - - 0 0 L 2026-11-01
text test-call test text done paid ref-text - 1 1 - 2026-11-01
waits test-call other waits unknown processing - - 1 1 - 2026-11-02"
equal "with what was frozen, as text or as base64" "$(jq -r 'select(.effect == "bytes" or .effect == "text") | .request | del(.sha256) | tojson' "$STORY_DIR/moving.jsonl")" \
    '{"base64":"L29rI2H/AQ=="}
{"text":"/ok#\"quoted\\\""}'
equal "and nothing of clocks, hosts and leases" "$(jq -c 'select(.record == "effect") | keys[]' "$STORY_DIR/moving.jsonl" | grep -c -E 'owner|lease|not_before|_at')" 0

round=$STORY_DIR/moved-file
calls_round "$round"
run 0 "another database takes it" -- mill "$round" import --quiet "$STORY_DIR/moving.jsonl"
run 0 "and once more, which changes nothing" -- mill "$round" import --quiet "$STORY_DIR/moving.jsonl"
mill "$round" dump >"$STORY_DIR/moved.jsonl"
check "its dump is the same" -- cmp "$STORY_DIR/moved.jsonl" "$STORY_DIR/moving.jsonl"
: >"$CALL_LOG"
run 3 "it goes on; two wait for a person" -- dispatch "$round" 2026-11-03
equal "what was under way is asked, what was not sent is" "$(sort "$CALL_LOG")" "asked cut-off 200
asked waits 200
did later"
run 0 "a person decides there" -- mill "$round" effects resolve never --failed --reason "too late"
run 3 "and the lane is free" -- dispatch "$round" 2026-11-04
effects_are "all has ended there" "$round" <<EOT
bytes done paid ref-bytes - 1
cut-off done paid ref-cut-off - 1
declined failed declined - card_declined 1
done done paid ref-done - 1
later done paid ref-later - 1
mail-lost held - - undecidable 1
never failed resolved - resolved 1
pending done paid ref-pending - 1
text done paid ref-text - 1
waits done paid ref-waits - 1
EOT
run 65 "the first dump is of the past there" -- mill "$round" import --quiet "$STORY_DIR/moving.jsonl"
stderr_has "and says where" "moving.jsonl:"
sed 's/"state":"held"/"state":"sending"/' "$STORY_DIR/moving.jsonl" >"$STORY_DIR/bad.jsonl"
run 65 "a state that nobody dumps" -- mill "$round" import --quiet "$STORY_DIR/bad.jsonl"
stderr_has "is said" "is not one of intent, done, failed, unknown, held"

story_end
