# Stopping: SIGTERM, SIGINT, two of them, `billmill stop`, each at several instants of the demo close; a
# second billmill beside a running one; readers beside it. What was stopped and resumed is as if nothing
# had happened. STOPS (5) instants, fewer on PostgreSQL: parts of the processor time of a close, which nothing else that
# the machine does can change. That a second billmill is refused is SQLite's.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
fault_begin config/demo 3
round=$STORY_DIR/round
at "$round"
STOPS=${STOPS:-5}
! on_postgres || STOPS=$(((STOPS + 3) / 4))
longest_ms=0

ticks_of() { # PID FIRST: sets stat and ticks, the processor time in /proc, itself (13) or of whom it waited for (15)
    read -r -a stat 2>/dev/null <"/proc/$1/stat" && ticks=$((stat[$2] + stat[$2 + 1]))
}

wait_ticks() { # COUNT: until the close has taken them, or ended
    local stat
    while ticks_of "$pid" 13 && [ "$ticks" -lt "$1" ] && [ "${stat[2]}" != Z ]; do
        sleep 0.002
    done
}

begin_close() { # in the background; its pid in $pid
    "${MILL_AT[@]}" close --period $PERIOD >"$round/hurt.txt" 2>"$round/hurt.err" &
    pid=$!
}

end_close() { # NAME EXPECTED_CODE: waits, and notes how long that took
    local sent=${EPOCHREALTIME/./} took
    wait "$pid" 2>/dev/null
    code=$?
    took=$(((${EPOCHREALTIME/./} - sent) / 1000))
    [ "$took" -le $longest_ms ] || longest_ms=$took
    [ "$code" = "$2" ] || { [ "$code" = 3 ] && ! said_stopped; } || not_ok "$1 exits $2" "exit $code: $(cat "$round/hurt.err")"
}

said_stopped() { grep -q "^close $PERIOD: stopped" "$round/hurt.txt"; }

resumes() { # NAME
    local said
    finish "$round"
    case $?-$code in
    3-* | 0-3) ;;
    *) not_ok "$1 resumes" "$(cat "$round/resume.err")" ;;
    esac
    said=$(same_as_gold "$round" 2>&1) || not_ok "$1 and resumed is as if nothing had happened" "$said"
}

# ------------------------------------------------------------------ signals

round_imported "$round"
ticks_of $$ 15
before=$ticks
begin_close
wait "$pid"
ticks_of $$ 15
all_ticks=$((ticks - before))

stopped=0
for ((i = 1; i <= STOPS; i++)); do
    for signal in TERM INT "TERM TERM"; do
        round_imported "$round"
        begin_close
        wait_ticks $((all_ticks * i / (STOPS + 1)))
        for name in $signal; do
            kill -"$name" $pid 2>/dev/null
        done
        expected=143
        # A background process of a script ignores SIGINT until billmill installs its handler.
        [ "$signal" != INT ] || expected=130
        end_close "$signal at $i" $expected
        if said_stopped; then
            stopped=$((stopped + 1))
            [ "$signal" = "TERM TERM" ] || equal "$signal at $i is recorded" "$(sql "$DB" "SELECT state, exit_code
                FROM job_execution WHERE instance_id = (SELECT instance_id FROM job_instance WHERE job = 'close') ORDER BY attempt DESC LIMIT 1")" "stopped|$expected"
        fi
        resumes "$signal at $i"
    done
done
[ "$story_failed" != 0 ] || ok "stopped at $STOPS instants by SIGTERM, SIGINT and twice SIGTERM: resumed to the same ($stopped recorded as stopped)"
between "most of them were stopped in the middle" "$stopped" $((STOPS * 3 / 2)) $((STOPS * 3))
echo "# the slowest ended $longest_ms ms after the signal"

# ------------------------------------------------------------------ a second billmill, and readers

# SIGSTOP keeps the first one where it is.
round_imported "$round"
begin_close
until sql "$DB" "SELECT 'printing' FROM job_instance WHERE job = 'invoice-render' AND plan_passes > 0" 2>/dev/null |
    grep -q printing; do kill -0 $pid 2>/dev/null || break; done
kill -STOP $pid
if ! on_postgres; then
    run 4 "a second close is refused" -- mill "$round" close --period $PERIOD
    stderr_has "it names the owner" "$pid"
    stderr_has "and what it does" ": close $PERIOD, since"
    run 4 "so is a resume" -- mill "$round" resume
    run 4 "and an import" -- mill "$round" import tests/fixtures/fault/tenants.jsonl
fi
run 0 "a dump works beside it" -- mill "$round" dump
check "and shows whole transactions: every invoice that is open has lines, and a sum" -- sh -c "jq -c 'select(.record == \"invoice\")' '$STORY_OUT' |
    jq -se 'length > 600 and all((.lines | length) > 0)'"
if on_postgres; then kill -TERM $pid; else
    run 0 "stop asks it" -- mill "$round" stop
    stdout_has "by its pid" "asked process $pid"
fi
kill -CONT $pid
end_close "a run that was asked to stop" 143
check "it says what to do" -- grep -q "billmill resume" "$round/hurt.err"
run 0 "then nothing runs" -- mill "$round" stop
stdout_has "and stop says so" "nothing is running"
resumes "a run stopped by the command"
[ "$story_failed" != 0 ] || ok "it is as if nothing had happened"

story_end
