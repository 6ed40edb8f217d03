# The server restarted at once, as after a crash, at a random instant of the month: it ends right by
# itself, or after one resume. One worker, four, and one through PgBouncer in turn. ROUNDS (3), SEED.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/fault/postgres.sh
CHUNK_SIZE=10
ROUNDS=${ROUNDS:-3}
story_begin
fault_begin_postgres config/demo 3
round=$STORY_DIR/round
RANDOM=$SEED
restarts=0
missed=0
by_itself=0
resumed=0

# Restarts the server while the month is closed; its exit code.
close_restarted() { # WORKERS
    local pid
    "$MILL" --config "$round/config/billmill.yaml" --database "$(database_of "$round")" close --period $PERIOD --workers "$1" \
        >"$round/hurt.txt" 2>"$round/hurt.err" &
    pid=$!
    sleep "$(milliseconds $((20 + RANDOM % SPAN_MS)))"
    if kill -0 $pid 2>/dev/null; then restarts=$((restarts + 1)); else missed=$((missed + 1)); fi
    server restart
    wait $pid
}

for ((i = 1; restarts < ROUNDS && i <= 3 * ROUNDS; i++)); do
    workers=(1 4 1)
    vias=(straight straight pool)
    # shellcheck disable=SC2034 # postgres.sh reads it
    VIA=${vias[(i - 1) % 3]}
    round_imported "$round"
    close_restarted "${workers[(i - 1) % 3]}"
    code=$?
    case $code in
    3) by_itself=$((by_itself + 1)) ;;
    69 | 75)
        resumed=$((resumed + 1))
        grep -qE 'billmill resume|check that the server' "$round/hurt.err" || not_ok "round $i says what to do" "$(cat "$round/hurt.err")"
        finish "$round"
        [ $? = 3 ] || not_ok "round $i: one resume ends it" "$(cat "$round/hurt.err" "$round/resume.txt" "$round/resume.err")"
        ;;
    *) not_ok "round $i ends as documented" "exit $code
$(cat "$round/hurt.err")" ;;
    esac
    mill "$round" close --period $PERIOD --quiet >"$round/again.txt" 2>&1 || not_ok "round $i: done is done" "$(cat "$round/again.txt")"
    if ! said=$(same_as_gold "$round" 2>&1); then
        not_ok "round $i is as if nothing had happened" "$said
$(cat "$round"/*.err)"
        cp -R "$round" "$STORY_DIR/bad-$i"
    fi
done
[ "$story_failed" != 0 ] || ok "the server restarted in $restarts runs ($missed were over before): $by_itself ended by themselves, $resumed by one resume, all the same"
equal "as many restarts as asked for" "$restarts" "$ROUNDS"

story_end
