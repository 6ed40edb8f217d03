# Two hosts, as network namespaces, share the month on the server of a third. One is cut off in the middle
# of a chunk: the other one ends the month after the lease; what comes back writes nothing. Three ways: cut
# off inside a transaction, whose locks only the server can free; between two; and for good, which ends in
# bounded time. ROUNDS (1) of each. Needs root and namespaces.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/fault/postgres.sh
CHUNK_SIZE=5
LEASE_S=2
ROUNDS=${ROUNDS:-1}
VIA=wire
NAME=billmill-$$
NET=10.213
story_begin

if [ "$(id -u)" != 0 ] || ! ip netns add "$NAME-s" 2>/dev/null; then
    ok "skipped: no leave to make network namespaces"
    story_end
fi
host_pid=
tidy_up() {
    [ -z "$host_pid" ] || kill -KILL "$host_pid" 2>/dev/null
    server stop
    for name in s a b; do ip netns del "$NAME-$name" 2>/dev/null; done
    story_finish
}
trap tidy_up EXIT

# The server's own namespace has a wire to each host: NET.1.0/24 to a, NET.2.0/24 to b.
number=0
for host in a b; do
    number=$((number + 1))
    ip netns add "$NAME-$host"
    ip -n "$NAME-s" link add "wire-$host" type veth peer name wire netns "$NAME-$host"
    ip -n "$NAME-s" address add "$NET.$number.1/24" dev "wire-$host"
    ip -n "$NAME-$host" address add "$NET.$number.2/24" dev wire
    ip -n "$NAME-s" link set "wire-$host" up
    ip -n "$NAME-$host" link set wire up
done
server() {
    ip netns exec "$NAME-s" "$STORY_ROOT/tests/support/postgres.sh" "$@"
}
fault_begin_postgres config/demo 3
trap tidy_up EXIT # fault_begin_postgres has set its own
query postgres "ALTER SYSTEM SET listen_addresses = '$NET.1.1,$NET.2.1'"
echo "host all all $NET.0.0/16 trust" >>"$(cat "$POSTGRES_DIR/data")/pg_hba.conf"
check "the server listens to both hosts" -- server restart

# ------------------------------------------------------------------ a host

round=$STORY_DIR/round
wire() { echo "$1"; } # each host has an address of its own for it
on_host() { # HOST NUMBER COMMAND…: a billmill that believes to be another computer
    local host=$1 address
    address="postgresql://billmill@$NET.$2.1/$(database_of "$round")?connect_timeout=2&tcp_user_timeout=3000&keepalives_idle=1&keepalives_interval=1&keepalives_count=3"
    shift 2
    # shellcheck disable=SC2016 # the inner sh expands them
    exec ip netns exec "$NAME-$host" unshare --uts sh -c 'hostname "$0" && exec "$@"' "host-$host" \
        "$MILL" --config "$round/config/billmill.yaml" --database "$address" "$@"
}

# Freezes host a where it is in a chunk: HOW open, its transaction holds rows; else, it has a partition
# and no transaction.
freeze_in_chunk() { # HOW PID
    local try state
    for ((try = 0; try < 300; try++)); do
        kill -STOP "$2" 2>/dev/null || return 1
        sleep 0.02 # what it has sent is done by now
        state=$(query "round_$round_number" "SELECT CASE WHEN NOT EXISTS (SELECT FROM job_partition WHERE state = 'running' AND owner LIKE 'host-a/%') THEN ''
            WHEN backend_xid IS NOT NULL THEN 'open' WHEN state = 'idle' THEN 'between' END
            FROM pg_stat_activity WHERE client_addr = '$NET.1.2' AND datname = current_database()")
        [ "$state" != "$1" ] || return 0
        kill -CONT "$2"
        sleep "0.0$((RANDOM % 4 + 1))"
    done
    return 1
}

cut() { ip -n "$NAME-s" link set wire-a down; }
join() { ip -n "$NAME-s" link set wire-a up; }
cut_at_host() { ip -n "$NAME-a" link set wire down; }
join_at_host() { ip -n "$NAME-a" link set wire up; }

TURNED_AWAY="belongs to another worker by now; nothing was written|was taken over by another worker; what was open was not written"
cuts=0
fenced=0
given_up=0
round_with() { # HOW
    local code begun said how=$1 state=$1
    [ "$how" != gone ] || state=open
    round_imported "$round"
    (on_host a 1 close --period $PERIOD) >"$round/a.out" 2>"$round/a.err" &
    host_pid=$!
    if ! freeze_in_chunk "$state" "$host_pid"; then
        not_ok "$how: host a could be caught in a chunk" "$(cat "$round/a.err")"
        return
    fi
    # Not the two hours of the kernel: in the middle of a message nothing else would free its locks.
    # (Right after an answer its timer is that of the answer, until the host's kernel has acknowledged it.)
    check "$how: the server probes the host" -- timeout 5 sh -c "until ip netns exec '$NAME-s' ss -tnoH dst $NET.1.2 | grep -E 'keepalive,(0[0-9]{2}ms|[0-9]{1,3}ms|[0-9.]{1,5}sec)'; do sleep 0.1; done"
    if [ "$how" = gone ]; then cut_at_host; else cut; fi
    cuts=$((cuts + 1))
    kill -CONT "$host_pid"
    begun=${EPOCHREALTIME/./}
    (on_host b 2 resume) >"$round/b.out" 2>"$round/b.err"
    code=$?
    [ $code = 3 ] || not_ok "$how: host b ends the month" "exit $code
$(cat "$round/b.err")"
    between "$how: after the lease (ms)" $(((${EPOCHREALTIME/./} - begun) / 1000)) 500 40000
    query "round_$round_number" "SELECT count(*), max(committed_at_us) FROM job_chunk" >"$round/chunks"
    if [ "$how" != gone ]; then join; fi
    begun=${EPOCHREALTIME/./}
    wait "$host_pid"
    code=$?
    host_pid=
    between "$how: host a ends in bounded time (ms)" $(((${EPOCHREALTIME/./} - begun) / 1000)) 0 60000
    if [ "$how" = gone ]; then
        join_at_host
        equal "$how: as temporary" "$code" 75
        check "$how: it says what to do" -- grep -qE 'billmill resume|check that the server' "$round/a.err"
    elif [ "$code" = 75 ]; then # b took longer than a's patience
        given_up=$((given_up + 1))
        check "$how: it gave up, and says what to do" -- grep -q 'billmill resume' "$round/a.err"
    else
        equal "$how: it finds the month done" "$code" 3
        check "$how: it was turned away" -- grep -qE "$TURNED_AWAY" "$round/a.err"
        fenced=$((fenced + $(grep -cE "$TURNED_AWAY" "$round/a.err")))
    fi
    equal "$how: and has written nothing" "$(query "round_$round_number" "SELECT count(*), max(committed_at_us) FROM job_chunk")" "$(cat "$round/chunks")"
    straight "round_$round_number" >"$round/database"
    mill "$round" close --period $PERIOD --quiet >"$round/again.txt" 2>&1
    if said=$(same_as_gold "$round" 2>&1); then ok "$how: all is the same"; else not_ok "$how: all is the same" "$said
$(cat "$round"/*.err)"; fi
}

for ((i = 1; i <= ROUNDS; i++)); do
    for how in open between gone; do round_with $how; done
done
equal "every cut was made" "$cuts" $((3 * ROUNDS))
between "the fence, or the loss of the partition, was seen" "$((fenced + given_up))" $((2 * ROUNDS)) $((20 * ROUNDS))

story_end
