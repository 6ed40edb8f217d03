# The crash stories on PostgreSQL: sourced after fault.sh, whose functions then work on a private server.
#
# 1. The oracle is the same month on SQLite, undisturbed: fault_begin_postgres DIRECTORY EXIT_CODE.
# 2. A round's database is a copy of one with the import in it. Its address is in ROUND/database;
#    through FUNCTION (pool, proxy) where VIA says so.
# 3. The server writes without waiting for the disk: what is killed here are processes.
# shellcheck shell=bash

export POSTGRES_DIR=$STORY_DIR/postgres
LEASE_S=${LEASE_S:-1}
PARTITIONS=${PARTITIONS:-8}
round_number=0

server() {
    "$STORY_ROOT/tests/support/postgres.sh" "$@"
}

# After story_begin. Ends the server with the story, whatever happens.
fault_begin_postgres() { # DIRECTORY EXIT_CODE_OF_THE_CLOSE
    fault_begin "$@"
    check "a private server starts" -- server start
    trap 'server stop; story_finish' EXIT
    SOCKETS=$(cat "$POSTGRES_DIR/sockets")
    query postgres "ALTER SYSTEM SET fsync = off" "ALTER SYSTEM SET autovacuum = off" "SELECT pg_reload_conf()" >/dev/null
    database_of() { cat "$1/database"; }
    round_imported() { round_on_postgres "$@"; }
    trouble_of() { trouble_on_postgres "$@"; }
    server database imported >"$STORY_DIR/gold/database"
    run 0 "its database is made" -- mill "$STORY_DIR/gold" init
    # shellcheck disable=SC2046
    run 0 "the data are imported there too" -- mill "$STORY_DIR/gold" import --quiet $(demo_files "$1")
}

query() { # DATABASE SQL…: straight at the server
    local database=$1 arguments=() text
    shift
    for text in "$@"; do arguments+=(--command "$text"); done
    psql --quiet --no-psqlrc --no-align --tuples-only --dbname "postgresql://billmill@/$database?host=$SOCKETS" "${arguments[@]}"
}

# Every round has a database of its own name: a pool may still know the one before.
round_on_postgres() { # ROUND
    round_new "$1"
    [ "$round_number" = 0 ] || query postgres "DROP DATABASE round_$round_number WITH (FORCE)"
    round_number=$((round_number + 1))
    query postgres "CREATE DATABASE round_$round_number TEMPLATE imported"
    "${VIA:-straight}" "round_$round_number" >"$1/database"
    sed -i '/^lease_s:/d; /^partitions:/d' "$1"/config/jobs/*.yaml
    sed -i "/^chunk_size:/a lease_s: $LEASE_S\npartitions: $PARTITIONS" "$1"/config/jobs/*.yaml
}

straight() { # DATABASE
    echo "postgresql://billmill@/$1?host=$SOCKETS"
}

pool() { # DATABASE
    server pool "$1"
}

# What must hold in the tables of the engine after every run, however it was hurt: nothing is open or
# left running; of each partition every chunk is there once, under epochs that only rise, each epoch of
# one execution, in the order of time; what the partitions count is what the chunks did.
trouble_on_postgres() { # ROUND
    query "round_$round_number" "SELECT 'unfinished', job, state FROM job_instance WHERE state NOT IN ('completed', 'completed_with_parked', 'superseded')
    UNION ALL SELECT 'running', execution_id::text, pid::text FROM job_execution WHERE state = 'running'
    UNION ALL SELECT 'open', instance_id::text, partition_no::text FROM job_partition WHERE state <> 'done'
    UNION ALL SELECT 'chunks missing', p.instance_id::text, p.partition_no::text FROM job_partition p LEFT JOIN job_chunk c USING (instance_id, partition_no)
        GROUP BY p.instance_id, p.partition_no HAVING count(c.chunk_no) <> max(p.chunk_no) OR COALESCE(max(c.chunk_no), 0) <> max(p.chunk_no)
        OR COALESCE(sum(c.items_done), 0) <> max(p.items_done) OR COALESCE(sum(c.items_parked), 0) <> max(p.items_parked)
        OR COALESCE(sum(c.rows_written), 0) <> max(p.rows_written) OR COALESCE(max(c.epoch), 0) > max(p.epoch)
    UNION ALL SELECT 'out of order', instance_id::text, partition_no::text FROM (SELECT *, lag(epoch) OVER w AS epoch_before,
        lag(committed_at_us) OVER w AS before_us FROM job_chunk WINDOW w AS (PARTITION BY instance_id, partition_no ORDER BY chunk_no)) c
        WHERE epoch < epoch_before OR committed_at_us < before_us
    UNION ALL SELECT 'two executions', instance_id::text, partition_no::text FROM job_chunk
        GROUP BY instance_id, partition_no, epoch HAVING count(DISTINCT execution_id) > 1"
}
