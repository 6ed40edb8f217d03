# Eight workers share the month on PostgreSQL; each of them is killed, or frozen for three leases, at a
# random instant; one more comes last and finishes what they left. Own processes in one round, children of
# one --workers 8 in the next, through PgBouncer in the third. The dump and the documents are those of the
# undisturbed month; a frozen worker that wakes is turned away by the fence. ROUNDS (3), SEED.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/fault/postgres.sh
CHUNK_SIZE=10
WORKERS=8
ROUNDS=${ROUNDS:-3}
story_begin
fault_begin_postgres config/demo 3
round=$STORY_DIR/round
RANDOM=$SEED
FENCED="belongs to another worker by now; nothing was written"
TAKEN="was taken over by another worker; what was open was not written"
killed=0
frozen=0
taken=0
fenced=0

start_workers() { # HOW: fills pids (of those that are hurt) and waits_for (of all)
    local i
    pids=()
    waits_for=()
    if [ "$1" = children ]; then
        "$MILL" --config "$round/config/billmill.yaml" --database "$(database_of "$round")" close --period $PERIOD --workers $WORKERS \
            >"$round/worker1.out" 2>"$round/worker1.err" &
        waits_for=($!)
        for ((i = 0; i < 100 && ${#pids[@]} < WORKERS; i++)); do
            sleep 0.01
            mapfile -t pids < <(pgrep -P "${waits_for[0]}")
        done
        return
    fi
    for ((i = 1; i <= WORKERS; i++)); do
        "$MILL" --config "$round/config/billmill.yaml" --database "$(database_of "$round")" close --period $PERIOD \
            >"$round/worker$i.out" 2>"$round/worker$i.err" &
        pids+=($!)
    done
    waits_for=("${pids[@]}")
}

# Each once, in the order of random instants; of those that run at the time. Thaws in the background.
hurt_all() {
    local now_ms=0 instant_ms pid kind
    while read -r instant_ms pid kind; do
        sleep "$(milliseconds $((instant_ms - now_ms)))"
        now_ms=$instant_ms
        kill -"$kind" "$pid" 2>/dev/null || continue
        [ "$kind" = KILL ] && killed=$((killed + 1)) && continue
        frozen=$((frozen + 1))
        (sleep $((3 * LEASE_S)) && kill -CONT "$pid") 2>/dev/null &
        waits_for+=($!)
    done < <(for pid in "${pids[@]}"; do
        echo "$((RANDOM % SPAN_MS)) $pid $([ $((RANDOM % 2)) = 0 ] && echo KILL || echo STOP)"
    done | sort -n)
}

exec 3>&2 2>/dev/null # bash would name each that was killed
for ((i = 1; i <= ROUNDS; i++)); do
    how=(processes children processes)
    vias=(straight straight pool)
    # shellcheck disable=SC2034 # postgres.sh reads it
    VIA=${vias[(i - 1) % 3]}
    round_imported "$round"
    start_workers "${how[(i - 1) % 3]}"
    hurt_all
    finish "$round"
    code=$?
    for pid in "${waits_for[@]}"; do
        wait "$pid"
        ended=$?
        case $ended in
        0 | 3 | 137) ;;
        75) # the parent of children that were all killed
            grep -q "$WORKERS of $WORKERS workers ended without a word" "$round/worker1.err" || not_ok "round $i: a worker ends as it should" "$(cat "$round"/worker*.err)"
            ;;
        *) not_ok "round $i: a worker ends as it should" "exit $ended
$(cat "$round"/worker*.err)" ;;
        esac
    done
    fenced=$((fenced + $(cat "$round"/*.err | grep -c "$FENCED")))
    taken=$((taken + $(cat "$round"/*.err | grep -c "$TAKEN")))
    mill "$round" close --period $PERIOD --quiet >"$round/again.txt" 2>&1 || not_ok "round $i: done is done" "$(cat "$round/again.txt")"
    if [ $code != 3 ] && { [ $code != 0 ] || ! grep -q "already done" "$round/resume.txt"; }; then
        not_ok "round $i is finished by one more" "exit $code
$(cat "$round/resume.txt" "$round/resume.err")"
    elif ! said=$(same_as_gold "$round" 2>&1); then
        not_ok "round $i is as if nothing had happened" "$said"
        cp -R "$round" "$STORY_DIR/bad-$i"
    fi
done
exec 2>&3 3>&-

# Decisions made at the same moment are one chain in the audit log; who comes late finds nothing to decide.
pids=()
decided=0
for ((i = 1; i <= WORKERS; i++)); do
    mill "$round" parked waive $((i % 2 + 1)) --reason "at once, $i" >"$round/waive$i.txt" 2>&1 &
    pids+=($!)
done
for pid in "${pids[@]}"; do
    wait "$pid"
    case $? in
    0) decided=$((decided + 1)) ;;
    64) ;;
    *) not_ok "a decision beside others" "$(cat "$round"/waive*.txt)" ;;
    esac
done
between "people decide at once" "$decided" 2 "$WORKERS"
equal "each is in the audit log" "$(query "round_$round_number" "SELECT count(*), max(sequence) FROM audit_log")" "$decided|$decided"

[ "$story_failed" != 0 ] || ok "$WORKERS workers in $ROUNDS rounds, $killed killed and $frozen frozen: the same dump and documents each time"
between "$killed were killed" "$killed" "$ROUNDS" $((ROUNDS * WORKERS))
between "and $frozen frozen" "$frozen" "$ROUNDS" $((ROUNDS * WORKERS))
between "and turned away when they woke ($fenced by the fence, $taken who had lost their connection before)" $((fenced + taken)) 1 $((frozen * 4))

story_end
