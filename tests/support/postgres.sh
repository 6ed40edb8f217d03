#!/bin/bash
# A private PostgreSQL for tests: in build/postgres, reached over a socket there, no port, no password,
# gone when it is stopped. The server refuses to run as root, so it runs as `postgres` or `nobody` then.
#
#     eval "$(tests/support/postgres.sh start)"   BILLMILL_TEST_POSTGRES=postgresql:///postgres?host=…
#     tests/support/postgres.sh database NAME     an empty database of that name; prints its address
#     tests/support/postgres.sh copy NAME COPY    COPY becomes the same database as NAME; prints its address
#     tests/support/postgres.sh pool NAME         the address of it through PgBouncer in transaction mode
#     tests/support/postgres.sh restart           at once, as after a crash (immediate)
#     tests/support/postgres.sh stop
#     tests/support/postgres.sh programs          where the programs of PostgreSQL are
#
# A socket's path may have 107 bytes, and the user of the server must be able to reach it: where
# build/ lies too deep, all is in a new directory below TMPDIR. POSTGRES_DIR is another place for it;
# POSTGRES_QUICK=1 is for tables of a few rows: it spares the disk, which costs nothing as long as the
# machine itself stays up, and joins in the order in which statements are written, since looking for a
# better one takes most of the time of most statements then.
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

# What `start` has chosen.
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
        [ -z "${POSTGRES_QUICK:-}" ] || as_server tee -a "$DATA/postgresql.conf" >/dev/null <<'CONF'
fsync = off
from_collapse_limit = 1
join_collapse_limit = 1
CONF
        launch
    fi
    echo "export BILLMILL_TEST_POSTGRES='$ADDRESS'"
}

stop() {
    find_programs
    place
    stop_pool
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

database() { # NAME [TEMPLATE]
    place
    psql --quiet --no-psqlrc --dbname "$ADDRESS" --command "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)" \
        --command "CREATE DATABASE \"$1\"${2:+ TEMPLATE \"$2\"}" 2>/dev/null || fail "cannot make the database $1"
    address_of "$1"
}

copy() { # NAME COPY
    database "$2" "$1"
}

# Fewer connections than a few workers have, so that they really are lent from transaction to
# transaction. 1.18, which Debian 12 has, knows no prepared statements.
pool() { # NAME
    place
    local home=$SOCKETS/pool
    if ! as_server test -d "$home"; then
        command -v pgbouncer >/dev/null || fail "there is no pgbouncer; make deps installs it"
        as_server mkdir "$home"
        as_server tee "$home/pgbouncer.ini" >/dev/null <<CONF
[databases]
* = host=$SOCKETS user=billmill
[pgbouncer]
listen_addr =
unix_socket_dir = $home
unix_socket_mode = 0777
auth_type = any
pool_mode = transaction
default_pool_size = 2
server_login_retry = 1
logfile = $home/pgbouncer.log
pidfile = $home/pgbouncer.pid
CONF
        as_server pgbouncer -d -q "$home/pgbouncer.ini"
    fi
    echo "postgresql://billmill@/$1?host=$home&port=6432"
}

stop_pool() {
    local pid
    pid=$(cat "$SOCKETS/pool/pgbouncer.pid" 2>/dev/null) || return 0
    kill "$pid" 2>/dev/null || true
}

case ${1:-} in
start | stop | restart) "$1" ;;
database | pool) "$1" "$2" ;;
copy) copy "$2" "$3" ;;
programs) find_programs && echo "$PROGRAMS" ;;
*) fail "start, stop, restart, programs, database NAME, copy NAME COPY or pool NAME" ;;
esac
