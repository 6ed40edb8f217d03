# The plain script's month on SQLite: what a user would write for sqlite3. Sourced by run.sh.
# shellcheck shell=bash disable=SC2154 # set by run.sh

sqlite_begin() {
    rm -f "$work"/baseline.db*
    (cd "$files" && sqlite3 -batch "$work/baseline.db" <"$HERE/sqlite/tables.sql" >/dev/null)
}

sqlite_script() { # NAME: a file of tests/bench/sqlite, started where the files of the workload are
    BENCH_MARKS=$work/marks timed "baseline_$1" \
        sh -c "cd '$files' && sqlite3 -batch '$work/baseline.db' <'$HERE/sqlite/$1.sql'"
}

sqlite_sums() { # "EVENTS VALUE_THOUSANDTHS" or "INVOICES TOTAL_MINOR"
    case $1 in
    events) sqlite3 "$work/baseline.db" "SELECT count(*) || ' ' || sum(value_1000) FROM event" ;;
    invoices) sqlite3 "$work/baseline.db" "SELECT count(*) || ' ' || sum(total_minor) FROM invoice" ;;
    esac
}

sqlite_database() { # NAME: the place of an empty database for billmill
    rm -f "$work/$1.db"*
    echo "$work/$1.db"
}

sqlite_copy() { # FROM TO: prints the place of the copy
    rm -f "$work/$2.db"*
    sqlite3 "$work/$1.db" "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
    cp "$work/$1.db" "$work/$2.db"
    echo "$work/$2.db"
}

sqlite_ready() { :; } # nothing to do before the script is billed
