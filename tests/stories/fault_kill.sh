# Killed at random instants of the demo close, and resumed: the same dump and the same documents, byte
# for byte, each time; every fourth round is killed once more during the resume. KILLS=200 for the long
# one; SEED picks other instants. Fewer on PostgreSQL, where each round is a database.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
! on_postgres || KILLS=$(((KILLS + 3) / 4))
story_begin
fault_begin config/demo 3

round=$STORY_DIR/round
at "$round"
RANDOM=$SEED
killed=0
killed_twice=0
begun=${EPOCHREALTIME/./}

# SIGKILL at a random instant of a run as long as the undisturbed one. It is waited for: while the
# kernel still buries it, its lock is there.
hurt() { # COMMAND…
    local instant_ms=$(((RANDOM * 32768 + RANDOM) % (SPAN_MS + 1))) pid
    "${MILL_AT[@]}" "$@" >"$round/hurt.txt" 2>&1 &
    pid=$!
    sleep "$(milliseconds $((instant_ms + 1)))"
    { kill -KILL $pid; wait $pid; } 2>/dev/null
}

# A round that ended before its signal shows how long a run takes now; it does not count.
for ((i = 1; killed < KILLS && i <= 3 * KILLS; i++)); do
    round_imported "$round"
    round_begun=${EPOCHREALTIME/./}
    hurt close --period $PERIOD
    code=$?
    if [ $code = 137 ]; then killed=$((killed + 1)); else SPAN_MS=$(((${EPOCHREALTIME/./} - round_begun) / 1000)); fi
    if [ $code = 137 ] && [ $((i % 4)) = 0 ]; then
        hurt resume
        [ $? = 137 ] && killed_twice=$((killed_twice + 1))
    fi
    finish "$round"
    code=$?
    # 0: it had just ended when the signal came.
    if [ $code != 3 ] && { [ $code != 0 ] || ! grep -q "already done" "$round/resume.txt"; }; then
        not_ok "round $i resumes" "exit $code
$(cat "$round/resume.txt" "$round/resume.err")"
        cp -R "$round" "$STORY_DIR/bad-$i"
    elif ! said=$(same_as_gold "$round" 2>&1); then
        not_ok "round $i is as if nothing had happened" "$said"
        cp -R "$round" "$STORY_DIR/bad-$i"
    fi
done
span_s=$(((${EPOCHREALTIME/./} - begun) / 1000000))
[ "$story_failed" != 0 ] || ok "killed at $killed instants ($killed_twice of them twice): the same dump and documents each time ($((i - 1)) rounds, $span_s s)"
equal "as many kills as asked for" "$killed" "$KILLS"

story_end
