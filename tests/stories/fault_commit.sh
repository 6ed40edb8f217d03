# The connection cut around each COMMIT of a month: before it is sent, in the middle of it, in flight, when
# it was answered but the answer is lost, and inside the answer; every SQLSTATE that is worth another try,
# at any request; some of it before PgBouncer too. A proxy of the wire protocol does it. Whatever happened, nothing counts twice or not at
# all: the dump and the documents are those of an undisturbed run. POINTS (10) of all points; FULL=1: all.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/fault/postgres.sh
CHUNK_SIZE=2
PARTITIONS=2
VIA=proxy
story_begin
fault_begin_postgres tests/fixtures/fault 3
round=$STORY_DIR/round
plan=$STORY_DIR/plan
log=$STORY_DIR/proxy.log

# Before the server, and before a pool that stands before it.
proxies=()
start_proxy() { # NAME SERVER_SOCKET
    mkdir "$SOCKETS/$1"
    python3 tests/support/wire_proxy.py "$SOCKETS/$1/.s.PGSQL.5432" "$2" "$plan" "$log" >"$STORY_DIR/$1.ready" 2>>"$STORY_DIR/proxy.err" &
    proxies+=($!)
    until [ -s "$STORY_DIR/$1.ready" ] || ! kill -0 $! 2>/dev/null; do sleep 0.05; done
}
trap 'kill "${proxies[@]}" 2>/dev/null; server stop; story_finish' EXIT
start_proxy proxy "$SOCKETS/.s.PGSQL.5432"
server pool any >/dev/null
start_proxy proxy-pool "$SOCKETS/pool/.s.PGSQL.6432"
proxy() { echo "postgresql://billmill@/$1?host=$SOCKETS/proxy"; }
pooled() { echo "postgresql://billmill@/$1?host=$SOCKETS/proxy-pool"; }

number=0
round_plan() { # PLAN…
    number=$((number + 1))
    echo "$number $*" >"$plan"
}
round_begins() { # PLAN…
    round_imported "$round"
    round_plan "$@"
}
# Of what has run under this plan: COMMITs and requests.
count_commits() {
    until grep -qs "^$number counts" "$log" || ! kill -0 "${proxies[0]}"; do sleep 0.05; done
    read -r commits requests < <(awk -v n=$number '$1 == n && $2 == "counts" { c = $3; r = $4 } END { print c, r }' "$log")
}
fired() { grep -c "^$number [^c]" "$log"; }

# ------------------------------------------------------------------ how much there is to hurt

round_begins commit 0 none
run 3 "through the proxy the month is closed" -- mill "$round" close --period $PERIOD
count_commits
if said=$(same_as_gold "$round" 2>&1); then ok "it is the same"; else not_ok "it is the same" "$said"; fi
between "it has COMMITs" "$commits" 20 2000
between "and more requests" "$requests" "$commits" 20000

# ------------------------------------------------------------------ one point each

rounds=0
cuts=0
resumed=0
hurt() { # PLAN…
    local code said begun
    round_begins "$@"
    begun=${EPOCHREALTIME/./}
    mill "$round" close --period $PERIOD >"$round/hurt.txt" 2>"$round/hurt.err"
    code=$?
    echo "$(((${EPOCHREALTIME/./} - begun) / 1000)) $*" >>"$STORY_DIR/times"
    rounds=$((rounds + 1))
    cuts=$((cuts + $(fired)))
    echo "$number commit 0 none" >"$plan"
    case $code in
    3) ;;
    69 | 75)
        resumed=$((resumed + 1))
        grep -qE 'billmill resume|check that the server' "$round/hurt.err" || not_ok "$*: it says what to do" "$(cat "$round/hurt.err")"
        finish "$round"
        [ $? = 3 ] || not_ok "$*: then it is finished" "$(cat "$round/resume.txt" "$round/resume.err")"
        ;;
    *) not_ok "$*: it ends as documented" "exit $code: $(cat "$round/hurt.err")" ;;
    esac
    if ! said=$(same_as_gold "$round" 2>&1); then
        not_ok "$*: the same" "$said
$(cat "$round/hurt.err")"
    fi
}

# The next point of all, evenly spread; every one with FULL.
spread() { # COUNT OF_ALL
    [ -z "${FULL:-}" ] || set -- "$2" "$2"
    awk -v want="$1" -v all="$2" 'BEGIN { if (want > all) want = all; for (i = 0; i < want; i++) print 1 + int(i * all / want) }'
}
points=${POINTS:-10}
share=$((points / 8 > 0 ? points / 8 : 1))

for how in before half flight after; do
    for k in $(spread "$share" "$commits"); do hurt commit "$k" $how; done
done
n=0
for k in $(spread "$share" "$commits"); do
    n=$((n % 17 + 1)) # the answer has 18 bytes
    hurt commit "$k" mid $n
done
[ "$story_failed" != 0 ] || ok "cut around $cuts COMMITs of $commits in $rounds runs ($resumed of them resumed): the same each time"
equal "each run was cut" "$cuts" "$rounds"

before=$rounds
cuts=0
states=(40001 40P01 40003 55P03 57P01 57P02 57P03 08000 08003 08006 08007 25P03 53300)
n=0
for k in $(spread "$((share * 2))" "$requests"); do
    hurt request "$k" error "${states[n++ % ${#states[@]}]}"
done
for k in $(spread "$share" "$commits"); do
    hurt commit "$k" error "${states[n++ % ${#states[@]}]}"
    hurt commit "$k" lie "$([ $((n % 2)) = 0 ] && echo 40003 || echo 08007)"
done
[ "$story_failed" != 0 ] || ok "refused $cuts requests with a SQLSTATE that is worth another try, in $((rounds - before)) runs: the same each time"

# ------------------------------------------------------------------ behind a pool

before=$rounds
cuts=0
VIA=pooled
for k in $(FULL='' spread "$share" "$commits"); do
    for how in before flight after "mid 9" "error 40001" "lie 08007"; do
        # shellcheck disable=SC2086
        hurt commit "$k" $how
    done
done
[ "$story_failed" != 0 ] || ok "through PgBouncer $cuts COMMITs were cut or refused: the same each time"
equal "in each run one" "$cuts" $((rounds - before))
VIA=proxy

# ------------------------------------------------------------------ a redo, and a retry

# again_hurt GOLD HOW K COMMAND…: the month is closed, then COMMAND is hurt. What had not begun is asked
# for again; what had begun is resumed.
again_hurt() {
    local code said gold=$1 how=$2 k=$3
    shift 3
    round_begins commit 0 none
    mill "$round" close --period $PERIOD --quiet >"$round/close.txt" 2>&1
    round_plan commit "$k" "$how"
    mill "$round" "$@" >"$round/hurt.txt" 2>"$round/hurt.err"
    code=$?
    rounds=$((rounds + 1))
    cuts=$((cuts + $(fired)))
    round_plan commit 0 none
    [ $code = 3 ] || not_ok "$1 $how $k: it ends by itself" "exit $code: $(cat "$round/hurt.err")"
    GOLD=$gold
    if ! said=$(same_as_gold "$round" 2>&1); then
        not_ok "$1 $how $k: the same" "$said
$(cat "$round/hurt.err")"
    fi
}
before=$rounds
cuts=0
reason="late usage"
for command in "redo close --period $PERIOD" "parked retry --all"; do
    gold=$STORY_DIR/gold-${command%% *}.jsonl
    round_begins commit 0 none
    mill "$round" close --period $PERIOD --quiet >"$round/close.txt" 2>&1
    round_plan commit 0 none
    # shellcheck disable=SC2086
    run 3 "undisturbed: $command" -- mill "$round" $command --reason "$reason"
    count_commits
    mill "$round" dump >"$gold"
    documents_of "$round" >"$gold.documents"
    for k in 1 2 3 $(spread "$share" "$commits"); do
        # shellcheck disable=SC2086
        again_hurt "$gold" after "$k" $command --reason "$reason"
    done
done
GOLD=$STORY_DIR/gold.jsonl
[ "$story_failed" != 0 ] || ok "a redo and a retry, cut at $cuts COMMITs: the same each time"
equal "one in each" "$cuts" $((rounds - before))

# ------------------------------------------------------------------ again and again

# What does not end is given up: in bounded time, with what to do.
round_begins commit $((commits / 2)) error 40001 100000
run 75 "a refusal that does not end is given up" -- mill "$round" close --period $PERIOD
stderr_has "it says what to do" "billmill resume"
between "after as many tries as there are (times two steps that end a run)" "$(fired)" 9 30
echo "$number commit 0 none" >"$plan"
run 3 "then resume ends it" -- mill "$round" resume
if said=$(same_as_gold "$round" 2>&1); then ok "and all is the same"; else not_ok "and all is the same" "$said"; fi
[ ! -s "$STORY_DIR/proxy.err" ] || not_ok "the proxy ran without trouble" "$(tail -n 5 "$STORY_DIR/proxy.err")"

story_end
