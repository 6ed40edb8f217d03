#!/bin/bash
# How much of the possible rate dispatch reaches: 10,000 calls to a server on loopback that answers after
# 50 ms, 32 at a time. Two shares: of the rate that 50 ms allow, which what the server adds to them takes
# from, and of the calls under way at every instant, which is dispatch's own.
#
#     tests/bench/dispatch.sh                CALLS=10000 DELAY_MS=50 AT_ONCE=32
#
# On SQLite, or where BILLMILL_TEST_POSTGRES names a server (`eval "$(tests/support/postgres.sh start)"`) there.
cd "$(dirname "$0")/../.." || exit 1
STORIES_DIR=$PWD/build/bench
. tests/support/story.sh
. tests/support/calls.sh
. tests/fault/fault.sh
CALLS=${CALLS:-10000} DELAY_MS=${DELAY_MS:-50} AT_ONCE=${AT_ONCE:-32}
story_begin
calls_begin "$DELAY_MS"
round=$STORY_DIR/round
calls_round "$round" "calls: $AT_ONCE"
for ((i = 0; i < CALLS; i++)); do printf 'test-call b-%07d - /ok\n' $i; done | intend "$round" 2026-11-01
at "$round"
run 0 "everything is sent" -- "$BUILD/measure" "$round/took" "${MILL_AT[@]}" run dispatch --date 2026-11-01
agrees "bench" "$round"
read -r wall_us cpu_us peak_kib <"$round/took"
read -r busy_us span_us <<<"$(round_sql "$round" "SELECT SUM(ended_at_us - sent_at_us), MAX(ended_at_us) - MIN(sent_at_us) FROM effect_attempt" | tr '|' ' ')"
echo "# $STORY_ENGINE: $CALLS calls of $DELAY_MS ms, $AT_ONCE at once: $((wall_us / 1000)) ms, cpu $((cpu_us / 1000)) ms, peak $((peak_kib / 1024)) MiB"
echo "# share of the rate that $DELAY_MS ms allow: $((CALLS * DELAY_MS * 1000 / AT_ONCE * 1000 / wall_us)) permille"
echo "# share of $AT_ONCE calls under way: $((busy_us / AT_ONCE * 1000 / span_us)) permille"
between "at every instant nearly all that may be under way is, in permille" "$((busy_us / AT_ONCE * 1000 / span_us))" 950 1000
story_end
