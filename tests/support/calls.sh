# The provider of stories of dispatch (call_server.py), and billmill with kinds of effects that talk to it
# (programs/billmill_effects.c). Sourced before tests/fault/fault.sh.
# shellcheck shell=bash

export BILLMILL=${BILLMILL:-$STORY_ROOT/$BUILD/billmill_effects}
export BILLMILL_TEST_INTENTS=$STORY_DIR/intents
CALL_LOG=$STORY_DIR/calls.log
call_pids=()

calls_begin() { # [DELAY_MS]: ends with the story
    trap 'kill "${call_pids[@]}"; story_finish' EXIT
    calls_server calls "${1:-0}"
    export BILLMILL_TEST_CALLS=$CALLS_URL
}

calls_server() { # NAME DELAY_MS: sets CALLS_URL
    local tries
    rm -f "$STORY_DIR/$1.port"
    : >"$STORY_DIR/$1.log"
    python3 tests/support/call_server.py "$STORY_DIR/$1.port" "$STORY_DIR/$1.log" "$2" &
    call_pids+=($!)
    for ((tries = 0; tries < 100; tries++)); do
        [ ! -e "$STORY_DIR/$1.port" ] || break
        sleep 0.1
    done
    CALLS_URL=http://127.0.0.1:$(cat "$STORY_DIR/$1.port")
}

# An empty round that may intend and send; with settings of config/jobs/dispatch.yaml, "NAME: VALUE".
calls_round() { # ROUND SETTING…
    local round=$1 setting
    shift
    round_new "$round"
    printf '%s\n' "name: test-intend" "job: test-intend" "key: date" >"$round/config/jobs/test-intend.yaml"
    for setting in "$@"; do sed -i "s|^${setting%%:*}:.*|$setting|" "$round/config/jobs/dispatch.yaml"; done
    mill "$round" init >/dev/null 2>&1
}

intend() { # ROUND DATE, lines "KIND KEY LANE REQUEST" on stdin
    sort -k 2,2 >"$BILLMILL_TEST_INTENTS"
    mill "$1" run test-intend --date "$2" >"$STORY_DIR/intend.txt" 2>&1 || not_ok "the effects of $2 are intended" "$(cat "$STORY_DIR/intend.txt")"
}

dispatch() { # ROUND DATE
    mill "$1" run dispatch --date "$2"
}

effects_are() { # NAME ROUND, "KEY STATE OUTCOME REF CODE ATTEMPTS" on stdin
    round_sql "$2" "SELECT effect_key, state, COALESCE(outcome, '-'), COALESCE(provider_ref, '-'), COALESCE(code, '-'), attempts FROM effect ORDER BY effect_key" |
        tr '|' ' ' >"$STORY_DIR/effects.txt"
    sed 's/  */ /g' >"$STORY_DIR/expected.txt"
    same_file "$1" "$STORY_DIR/effects.txt" "$STORY_DIR/expected.txt"
}

# What the provider carried out agrees with what is recorded: each key once, and done where it says so.
agrees() { # NAME ROUND
    local twice
    twice=$(grep '^did ' "$CALL_LOG" | sort | uniq -d)
    equal "$1: nothing was carried out twice" "$twice" ""
    round_sql "$2" "SELECT effect_key FROM effect WHERE state = 'done'" | sort >"$STORY_DIR/done.txt"
    grep '^did ' "$CALL_LOG" | cut -d ' ' -f 2 | sort >"$STORY_DIR/did.txt"
    same_file "$1: what is recorded as done was done, and nothing else" "$STORY_DIR/done.txt" "$STORY_DIR/did.txt"
}
