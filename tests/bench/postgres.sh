# The plain script's month on PostgreSQL: what a user would write for psql; and the private server
# that both sides use, with settings that suit such work. Sourced by run.sh.
# shellcheck shell=bash disable=SC2154 # set by run.sh

export POSTGRES_DIR=$OUT/server

# fsync, full_page_writes and synchronous_commit stay on.
server_start() {
    local setting
    eval "$(tests/support/postgres.sh start)"
    for setting in "shared_buffers = '1GB'" "max_wal_size = '8GB'" "checkpoint_timeout = '15min'" "work_mem = '64MB'"; do
        server_sql postgres "ALTER SYSTEM SET $setting"
    done
    tests/support/postgres.sh restart
}

server_stop() {
    tests/support/postgres.sh stop
}

psql_address() { # DATABASE
    echo "${BILLMILL_TEST_POSTGRES/\/postgres?/\/$1?}"
}

server_sql() { # DATABASE SQL
    psql --quiet --no-psqlrc --tuples-only --no-align --set ON_ERROR_STOP=1 --dbname "$(psql_address "$1")" --command "$2"
}

postgres_database() { # NAME: the place of an empty database for billmill
    tests/support/postgres.sh database "$1"
}

postgres_copy() { # FROM TO: prints the place of the copy
    server_sql postgres "DROP DATABASE IF EXISTS \"$2\" WITH (FORCE)" 2>/dev/null
    server_sql postgres "CREATE DATABASE \"$2\" TEMPLATE \"$1\""
    psql_address "$2"
}

postgres_begin() {
    baseline_address=$(tests/support/postgres.sh database baseline)
    (cd "$files" && psql --quiet --no-psqlrc --dbname "$baseline_address" --file "$HERE/postgres/tables.sql")
}

postgres_script() { # NAME: a file of tests/bench/postgres, started where the files of the workload are
    BENCH_MARKS=$work/marks timed "baseline_$1" sh -c "cd '$files' &&
        psql --quiet --no-psqlrc --dbname '$baseline_address' --file '$HERE/postgres/$1.sql'"
}

postgres_sums() { # as sqlite_sums
    case $1 in
    events) server_sql baseline "SELECT count(*) || ' ' || sum(value_1000) FROM event" ;;
    invoices) server_sql baseline "SELECT count(*) || ' ' || sum(total_minor) FROM invoice" ;;
    esac
}

# The planner's statistics, as autovacuum would have made them a minute later. billmill gets none.
postgres_ready() {
    server_sql baseline "ANALYZE"
}
