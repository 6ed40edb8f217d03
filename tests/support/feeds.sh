# The feed server of a story, and configurations that ask it. Sourced after tests/fault/fault.sh.
# shellcheck shell=bash

FEEDS=$STORY_DIR/feeds         # what it serves
FEED_LOG=$STORY_DIR/feed.log

feeds_begin() { # ends with the story
    local tries
    mkdir -p "$FEEDS"
    cp -p tests/fixtures/rates/* "$FEEDS/"
    touch -d 2026-04-13T16:00:00Z "$FEEDS"/*
    : >"$FEED_LOG"
    python3 tests/support/feed_server.py "$FEEDS" "$STORY_DIR/feed.port" "$FEED_LOG" &
    feed_pid=$!
    trap 'kill $feed_pid; story_finish' EXIT
    for ((tries = 0; tries < 100; tries++)); do
        [ ! -e "$STORY_DIR/feed.port" ] || break
        sleep 0.1
    done
    FEED=http://127.0.0.1:$(cat "$STORY_DIR/feed.port")
}

asks() { # ROUND SOURCE…: "NAME FORMAT PATH" of the server; the last settings are attempts 2, timeout_s 2
    local round=$1 source
    shift
    {
        echo "exchange_rates:"
        echo "  attempts: 2"
        echo "  timeout_s: 2"
        echo "  key: {env: FEED_KEY}"
        echo "  sources:"
        for source in "$@"; do echo "    - ${source/ \// $FEED/}"; done
    } >"$STORY_DIR/rates.yaml"
    # The shipped file with these sources instead of its own.
    awk -v with="$STORY_DIR/rates.yaml" '/^exchange_rates:/ { while ((getline line < with) > 0) print line; out = 1; next }
        out && /^[a-z#]/ { out = 0 } !out' config/billmill.yaml >"$round/config/billmill.yaml.new"
    mv "$round/config/billmill.yaml.new" "$round/config/billmill.yaml"
}

sync() { # ROUND DATE
    mill "$1" run exchange-rate-sync --date "$2"
}
