# dispatch killed at random instants, and resumed: the provider's log shows each effect carried out once,
# and what is recorded agrees with it. KILLS and SEED as in fault.sh.
. "$(dirname "$0")/../support/story.sh"
. tests/support/calls.sh
. tests/fault/fault.sh
KILLS=$(((KILLS + 1) / 2))
story_begin
calls_begin 5

EFFECTS=300
round=$STORY_DIR/round
calls_round "$round" "calls: 16" "lease_s: 30"
{
    for ((i = 1000; i < 1000 + EFFECTS; i++)); do
        case $((i % 10)) in
        0) echo "test-call k-$i - /lost" ;;
        1) echo "test-call k-$i lane-$((i % 7)) /ok" ;;
        2) echo "test-call k-$i - /ok+/ok" ;;
        3) echo "test-call k-$i - /did500" ;;
        4) echo "test-call k-$i - /gone" ;;
        5) echo "test-call k-$i - /slow/30" ;;
        *) echo "test-call k-$i - /ok" ;;
        esac
    done
} | intend "$round" 2026-11-01
at "$round"
RANDOM=$SEED
killed=0
unknown=0
for ((i = 1; i <= KILLS; i++)); do
    said=$(wc -c <"$CALL_LOG")
    "${MILL_AT[@]}" run dispatch --date 2026-11-01 >"$round/out.txt" 2>"$round/err.txt" &
    pid=$!
    for ((waited = 0; waited < 200; waited++)); do # until it has begun to talk
        [ "$(wc -c <"$CALL_LOG")" = "$said" ] || break
        sleep 0.01
    done
    sleep "$(milliseconds $((RANDOM % 60 + 1)))"
    { kill -KILL $pid; wait $pid; } 2>/dev/null
    [ $? = 137 ] && killed=$((killed + 1))
    unknown=$((unknown + $(round_sql "$round" "SELECT COUNT(*) FROM effect WHERE state = 'sending'")))
done
between "killed at $killed instants, $unknown effects under way" "$unknown" 1 100000
code=0
for ((i = 1; i <= 3; i++)); do
    mill "$round" run dispatch --date 2026-11-01 >"$round/out.txt" 2>"$round/err.txt"
    code=$?
    [ $code != 0 ] || break
done
equal "then it comes to its end" "$code" 0
agrees "killed" "$round"
round_sql_is "everything is done" "$round" "SELECT state, COUNT(*) FROM effect GROUP BY state" "done|330"
round_sql_is "and nothing says that it still runs" "$round" "SELECT COUNT(*) FROM job_execution WHERE state = 'running'" 0

# ------------------------------------------------------------------ several workers, one of them killed

if on_postgres; then
    round=$STORY_DIR/workers
    calls_round "$round" "calls: 8" "lease_s: 5"
    : >"$CALL_LOG"
    for ((i = 1000; i < 1300; i++)); do
        lane=-
        [ $((i % 3)) != 0 ] || lane=lane-$((i % 5))
        echo "test-call w-$i $lane /slow/20"
    done | intend "$round" 2026-11-01
    run 0 "three workers send" -- mill "$round" run dispatch --date 2026-11-01 --workers 3
    agrees "three workers" "$round"
    round_sql_is "all is done at the first attempt" "$round" "SELECT state, attempts, COUNT(*) FROM effect GROUP BY state, attempts" "done|1|300"
    between "by more than one" "$(round_sql "$round" "SELECT COUNT(DISTINCT execution_id) FROM effect_attempt")" 2 3
    for ((i = 0; i < 5; i++)); do
        grep -o "^did w-.*" "$CALL_LOG" | cut -c 7- | awk -v lane=$i '$1 % 3 == 0 && $1 % 5 == lane' >"$STORY_DIR/lane.txt"
        same_file "lane $i in its order" "$STORY_DIR/lane.txt" <(sort "$STORY_DIR/lane.txt")
    done

    round=$STORY_DIR/one_killed
    calls_round "$round" "calls: 8" "lease_s: 5"
    : >"$CALL_LOG"
    for ((i = 1000; i < 1300; i++)); do echo "test-call x-$i - /slow/50"; done | intend "$round" 2026-11-01
    at "$round"
    "${MILL_AT[@]}" run dispatch --date 2026-11-01 >"$round/first.txt" 2>&1 &
    first=$!
    sleep 0.7
    "${MILL_AT[@]}" run dispatch --date 2026-11-01 >"$round/second.txt" 2>&1 &
    second=$!
    sleep 0.4
    kill -KILL $first
    wait $second
    equal "the other one takes over and ends it" "$?" 0
    agrees "one of two was killed" "$round"
    round_sql_is "everything is done" "$round" "SELECT state, COUNT(*) FROM effect GROUP BY state" "done|300"
fi

story_end
