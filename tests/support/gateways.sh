# The payment providers of a story, and how its configuration is sent to them. Sourced after story.sh.
# shellcheck shell=bash

GATEWAY_LOG=$STORY_DIR/gateway.log # what was really done: see gateways/book.py
GATEWAY_SETTINGS=$STORY_DIR/gateway.json

gateway_start() { # [SETTINGS as JSON]: ends with the story; started again it goes on from its log
    local tries
    [ $# = 0 ] || echo "$1" >"$GATEWAY_SETTINGS"
    rm -f "$STORY_DIR/gateway.port"
    if [ -e "$GATEWAY_SETTINGS" ]; then
        python3 -B tests/support/gateway_server.py "$STORY_DIR/gateway.port" "$GATEWAY_LOG" "$GATEWAY_SETTINGS" &
    else
        python3 -B tests/support/gateway_server.py "$STORY_DIR/gateway.port" "$GATEWAY_LOG" &
    fi
    gateway_pid=$!
    trap 'gateway_stop; story_finish' EXIT
    for ((tries = 0; tries < 300; tries++)); do
        [ ! -e "$STORY_DIR/gateway.port" ] || break
        sleep 0.1
    done
    # shellcheck disable=SC2034 # for the story
    GATEWAY=http://127.0.0.1:$(cat "$STORY_DIR/gateway.port")
}

gateway_stop() { # [SIGNAL]
    kill "-${1:-TERM}" "$gateway_pid" 2>/dev/null
    wait "$gateway_pid" 2>/dev/null
}
