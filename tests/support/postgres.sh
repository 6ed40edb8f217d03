#!/bin/bash
# A private PostgreSQL for tests: in build/postgres, reached over a socket there, no port, no password,
# gone when it is stopped. The server refuses to run as root, so it runs as `postgres` or `nobody` then.
#
#     eval "$(tests/support/postgres.sh start)"   BILLMILL_TEST_POSTGRES=postgresql:///postgres?host=…
#     tests/support/postgres.sh database NAME     an empty database of that name; prints its address
#     tests/support/postgres.sh restart           at once, as after a crash (immediate)
#     tests/support/postgres.sh stop
#
# A socket's path may have 107 bytes: where build/ lies deeper, the socket is in a new directory below
# TMPDIR. POSTGRES_DIR is another place for all of it.
set -eu
cd "$(dirname "$0")/../.."
DIR=${POSTGRES_DIR:-$PWD/build/postgres}
VERSION_MIN=13

fail() {
    echo "postgres.sh: $*" >&2
    exit 1
}

# The newest server that is installed, as Debian lays it out, or the one in PATH.
find_programs() {
    local newest
    newest=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
    [ -n "$newest" ] || newest=$(command -v initdb) || fail "there is no PostgreSQL server; make deps installs it"
    PROGRAMS=$(dirname "$newest")
    local version
    version=$("$PROGRAMS/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    [ "$version" -ge "$VERSION_MIN" ] || fail "PostgreSQL $version is too old; billmill needs $VERSION_MIN"
}

# COMMAND…, as the user of the server.
as_server() {
    if [ "$(id -u)" != 0 ]; then
        "$@"
        return
    fi
    local user=postgres
    id -u "$user" >/dev/null 2>&1 || user=nobody
    # Standing in a directory that it may not read would stop initdb.
    (cd / && setpriv --reuid "$(id -u "$user")" --regid "$(id -g "$user")" --clear-groups env HOME=/ "$@")
}

# The user of the server must be able to walk to the data: where it cannot, they are below TMPDIR.
place() {
    SOCKETS=$(cat "$DIR/sockets" 2>/dev/null || true)
    DATA=$(cat "$DIR/data" 2>/dev/null || true)
    ADDRESS="postgresql://billmill@/postgres?host=$SOCKETS"
}

address_of() { # NAME
    echo "postgresql://billmill@/$1?host=$SOCKETS"
}

choose_place() {
    local home=$DIR/server
    mkdir -p "$home"
    if [ "$(id -u)" = 0 ]; then
        local user=postgres
        id -u "$user" >/dev/null 2>&1 || user=nobody
        chown "$user" "$home"
    fi
    chmod 700 "$home"
    if [ ${#home} -gt 80 ] || ! as_server test -w "$home"; then
        rmdir "$home"
        home=$(mktemp -d "${TMPDIR:-/tmp}/billmill-postgres.XXXXXX")
        [ "$(id -u)" != 0 ] || chown "$user" "$home"
    fi
    chmod 711 "$home" # the tests reach the socket as whoever they are
    echo "$home" >"$DIR/sockets"
    echo "$home/data" >"$DIR/data"
}

is_running() {
    [ -n "$DATA" ] && as_server "$PROGRAMS/pg_ctl" --pgdata "$DATA" status >/dev/null 2>&1
}

launch() {
    as_server "$PROGRAMS/pg_ctl" --pgdata "$DATA" --log "$DATA/server.log" --timeout 60 --wait start >/dev/null ||
        fail "the server does not start: $(as_server tail -n 3 "$DATA/server.log")"
}

start() {
    find_programs
    place
    if ! is_running; then
        stop
        mkdir -p "$DIR"
        choose_place
        place
        as_server "$PROGRAMS/initdb" --pgdata "$DATA" --username billmill --auth trust --encoding UTF8 \
            --locale C.UTF-8 --no-sync >/dev/null || fail "initdb failed"
        as_server tee -a "$DATA/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$SOCKETS'
unix_socket_permissions = 0777
max_connections = 100
shared_buffers = 128MB
CONF
        launch
    fi
    echo "export BILLMILL_TEST_POSTGRES='$ADDRESS'"
}

stop() {
    find_programs
    place
    if is_running; then
        as_server "$PROGRAMS/pg_ctl" --pgdata "$DATA" --mode immediate --wait stop >/dev/null
    fi
    [ -z "$SOCKETS" ] || rm -rf "$SOCKETS"
    rm -rf "$DIR"
}

restart() {
    find_programs
    place
    as_server "$PROGRAMS/pg_ctl" --pgdata "$DATA" --mode immediate --wait stop >/dev/null
    launch
}

database() { # NAME
    place
    psql --quiet --no-psqlrc --dbname "$ADDRESS" --command "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)" \
        --command "CREATE DATABASE \"$1\"" 2>/dev/null || fail "cannot make the database $1"
    address_of "$1"
}

case ${1:-} in
start | stop | restart) "$1" ;;
database) database "$2" ;;
*) fail "start, stop, restart or database NAME" ;;
esac
