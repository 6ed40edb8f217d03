# Parked items put right and tried again, killed at system calls on the way: `resume`, and asking again
# where the kill came before anything was begun, give what an undisturbed retry gives. A sample of POINTS
# (60; a fifth on PostgreSQL, where they are those of the network) points, every one with FULL=1; needs
# strace. Then the same for a redo.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
CHUNK_SIZE=2
story_begin
fault_begin tests/fixtures/fault 3
round=$STORY_DIR/round
calls=pwrite64,fdatasync,fsync,rename,ftruncate,unlink,mkdir
points=${POINTS:-40}
if on_postgres; then
    calls=sendto,recvfrom,fsync,rename,mkdir
    points=$(((points + 4) / 5))
fi

# ------------------------------------------------------------------ undisturbed

cat >"$STORY_DIR/tax_rates.jsonl" <<'END_OF_RECORDS'
{"record":"tax_rate","tenant":"*","country":"CH","category":"standard","valid_from":"2024-01-01","rate_percent":"8.1","name":"MWST"}
END_OF_RECORDS
closed=$STORY_DIR/closed
round_copy "$STORY_DIR/gold" "$closed"
run 3 "nothing to try again changes nothing" -- mill "$closed" parked retry --all
run 0 "the rate that was missing" -- mill "$closed" import "$STORY_DIR/tax_rates.jsonl"
round_copy "$closed" "$STORY_DIR/retried"
run 0 "tried again" -- mill "$STORY_DIR/retried" parked retry --all --reason "the rate of CH is there"
GOLD=$STORY_DIR/retried.jsonl
mill "$STORY_DIR/retried" dump >"$GOLD"
keep_dump retried "$GOLD"
documents_of "$STORY_DIR/retried" >"$GOLD.documents"
equal "nothing is parked any more" "$(jq -r 'select(.record == "parked_item") | .state' "$GOLD" | sort -u)" fixed
equal "every draft has a number" "$(jq -r 'select(.record == "invoice" and .status == "draft")' "$GOLD")" ""
equal "and each a document" "$(wc -l <"$GOLD.documents")" "$(jq -r 'select(.record == "invoice") | .number' "$GOLD" | wc -l)"

# ------------------------------------------------------------------ killed

sample() { awk -v want="$1" '{ line[NR] = $0 } END { step = want >= NR ? 1 : NR / want
    for (i = 1; int(i) <= NR; i += step) print line[int(i)] }'; }

# killed_at NAME COMMAND…: at a sample of the system calls of COMMAND, on a copy of $closed.
killed_at() {
    local name=$1 call n code said all killed=0
    shift
    round_copy "$closed" "$round"
    at "$round"
    strace -f -o "$STORY_DIR/trace" -e trace=$calls "${MILL_AT[@]}" "$@" >/dev/null 2>&1
    awk '$2 ~ /^[a-z0-9]+\(/ { sub(/\(.*/, "", $2); print $2, ++n[$2] }' "$STORY_DIR/trace" >"$STORY_DIR/points"
    all=$(wc -l <"$STORY_DIR/points")
    [ -z "${FULL:-}" ] || points=$all
    while read -r call n; do
        round_copy "$closed" "$round"
        { strace -f -o /dev/null -e trace=$calls -e inject="$call:signal=SIGKILL:when=$n" "${MILL_AT[@]}" "$@" >/dev/null 2>&1; } 2>/dev/null
        [ $? = 137 ] && killed=$((killed + 1))
        mill "$round" resume >"$round/resume.txt" 2>&1
        code=$?
        again "$@" >>"$round/resume.txt" 2>&1
        if ! said=$(same_as_gold "$round" 2>&1); then
            not_ok "$name killed at $call $n gives the same" "resume exited $code: $(cat "$round/resume.txt")
$said"
            cp -R "$round" "$STORY_DIR/bad-$story_failed"
        fi
    done < <(sample "$points" <"$STORY_DIR/points")
    [ "$story_failed" != 0 ] || ok "$name killed at $killed of $all system calls gives the same"
    between "$name was killed each time" "$killed" $((points * 8 / 10)) "$all"
}

if ! strace -o /dev/null -e trace=$calls true 2>/dev/null; then
    ok "skipped: strace is missing or may not trace here"
    story_end
fi

# Whether it had begun or not: what is still parked is tried again.
again() { [ "$(round_sql "$round" "SELECT count(*) FROM parked_item WHERE state IN ('parked', 'retry')")" = 0 ] ||
    mill "$round" "$@"; }
killed_at "a retry" parked retry --all --reason "the rate of CH is there"

# ------------------------------------------------------------------ a redo

# With usage that came late and a new customer; the rate is there too, so that the redo bills all.
jq -c '.key = "late-" + .key | .value = "5"' tests/fixtures/fault/usage.jsonl >"$STORY_DIR/usage.jsonl"
sed 's/"c-1"/"c-9"/g; s/"s-1"/"s-9"/g' tests/fixtures/fault/customers.jsonl | grep c-9 >"$STORY_DIR/customers.jsonl"
sed 's/"c-1"/"c-9"/g; s/"s-1"/"s-9"/g' tests/fixtures/fault/subscriptions.jsonl | grep c-9 >"$STORY_DIR/subscriptions.jsonl"
run 0 "late usage and a new customer" -- mill "$closed" import "$STORY_DIR/customers.jsonl" "$STORY_DIR/subscriptions.jsonl" "$STORY_DIR/usage.jsonl"
round_copy "$closed" "$STORY_DIR/redone"
run 0 "a redo" -- mill "$STORY_DIR/redone" redo close --period $PERIOD --reason "late usage"
GOLD=$STORY_DIR/redone.jsonl
mill "$STORY_DIR/redone" dump >"$GOLD"
keep_dump redone "$GOLD"
documents_of "$STORY_DIR/redone" >"$GOLD.documents"
between "it bills more" "$(wc -l <"$GOLD.documents")" $(($(wc -l <"$STORY_DIR/retried.jsonl.documents") + 3)) 30

# A redo that had not begun is asked for again; one that had begun is finished by resume.
again() { [ "$(round_sql "$round" "SELECT max(generation) FROM job_instance WHERE job = 'close'")" = 2 ] ||
    mill "$round" "$@"; }
killed_at "a redo" redo close --period $PERIOD --reason "late usage"

story_end
