# Processes that meet on PostgreSQL in an instant that the story chooses. Sourced after tests/fault/fault.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # for the story

# Somebody holds what SQL takes until it is released; processes beside that wait for him in the instant that is meant.
hold() { # ROUND SQL
    local DB MILL_AT
    at "$1"
    rm -f "$STORY_DIR/hold"
    mkfifo "$STORY_DIR/hold"
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --dbname "$DB" <"$STORY_DIR/hold" >"$STORY_DIR/held.txt" 2>&1 &
    holder=$!
    exec 7>"$STORY_DIR/hold"
    echo "BEGIN; $2;" >&7
    await "$1" "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction' AND query NOT LIKE 'BEGIN%'"
}
release() {
    printf 'ROLLBACK;\n\\q\n' >&7
    exec 7>&-
    wait "$holder"
}
await() { # ROUND SQL: until it counts something
    local i
    for ((i = 0; i < 200; i++)); do
        [ "$(round_sql "$1" "$2")" = 0 ] || return 0
        sleep 0.05
    done
    not_ok "$(basename "$1"): what is waited for comes" "$2"
}
beside() { # ROUND COMMAND…: its process is then in $begun
    local DB MILL_AT
    at "$1"
    "${MILL_AT[@]}" "${@:2}" >"$STORY_DIR/beside.$BASHPID" 2>&1 </dev/null 7>&- &
    begun=$!
}
ends() { # NAME PROCESS [CODE]
    local code=0
    wait "$2" || code=$?
    equal "$1" "$code" "${3:-0}"
}
WAITS="SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
# The first chunk of the next instance: all is computed of it, and nothing written.
FIRST_CHUNK="INSERT INTO job_chunk SELECT next_id, 1, 1, 0, 0, '', '', 0, 0, 0, '', 0 FROM id_counter WHERE name = 'job_instance'"
