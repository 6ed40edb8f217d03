/* Dead workers: see liveness.h. A process id says something only about the host, and the boot of
 * that host, on which it was given. */
#include "core/engine/liveness.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/engine/process.h"
#include "core/storage/rows.h"

#define US_PER_S 1000000
#define LEASE_MAX_S 3600 /* of any job file */
#define ROWS_ARENA_CAP ((size_t)1 << 20)

/* An execution that says of itself that it runs. */
struct runner {
    int64_t execution_id;
    const char *host;
    const char *boot_id;
    int64_t pid;
    int64_t pid_started;
    int64_t seen_at_us;
};
static const struct row_field runner_fields[] = {
    ROW_FIELD(struct runner, execution_id, "execution_id"),
    ROW_FIELD(struct runner, host, "host"),
    ROW_FIELD(struct runner, boot_id, "boot_id"),
    ROW_FIELD(struct runner, pid, "pid"),
    ROW_FIELD(struct runner, pid_started, "pid_started"),
    ROW_FIELD(struct runner, seen_at_us, "seen_at_us"),
};

static bool holds_lease(const struct engine *engine, const char *owner_prefix, int64_t now_us,
                        bool *ret_holds, struct error *err)
{
    int64_t until_us = 0;
    bool found = false;
    if (!db_query_i64(engine->db, STMT_OWNER_LEASE, DB_ARGS(db_text(owner_prefix)), &until_us,
                      &found, err))
        return false;
    *ret_holds = found && until_us >= now_us;
    return true;
}

static bool find_dead(const struct engine *engine, const struct runner *runner, int64_t now_us,
                      int32_t lease_s, struct arena *arena, bool *ret_dead, struct error *err)
{
    const char *prefix = arena_printf(arena, "%s/%s/%" PRId64 "/%" PRId64 "/", runner->host,
                                      runner->boot_id, runner->pid, runner->pid_started);
    bool here =
        text_equal(runner->host, engine->host) && text_equal(runner->boot_id, engine->boot_id);
    /* This process runs an instance once at a time: what it left "running" is over. */
    bool dead =
        here && (runner->pid == engine->pid || process_is_gone(runner->pid, runner->pid_started));
    bool holds = true;
    if (!here && runner->seen_at_us < now_us - (int64_t)lease_s * US_PER_S) {
        if (!holds_lease(engine, prefix, now_us, &holds, err))
            return false;
        dead = !holds;
    }
    *ret_dead = dead;
    return true;
}

static bool look_at(const struct engine *engine, const struct runner *runner, int64_t now_us,
                    int32_t lease_s, struct arena *arena, struct error *err)
{
    bool dead = false;
    if (!find_dead(engine, runner, now_us, lease_s, arena, &dead, err))
        return false;
    return !dead || db_run(engine->db, STMT_EXECUTION_DEAD,
                           DB_ARGS(db_i64(runner->execution_id), db_i64(now_us)), NULL, err);
}

bool liveness_bury(const struct engine *engine, int64_t instance_id, int32_t lease_s,
                   struct error *err)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("running executions", ROWS_ARENA_CAP);
    void *rows = NULL;
    size_t count = 0;
    int64_t now_us = 0;
    if (!db_now_us(engine->db, &now_us, err) ||
        !rows_load_all(engine->db, STMT_EXECUTIONS_RUNNING, DB_ARGS(db_i64(instance_id)), arena,
                       runner_fields, ARRAY_LEN(runner_fields), sizeof(struct runner), &rows,
                       &count, err))
        return false;
    const struct runner *runners = rows;
    for (size_t i = 0; i < count; i++)
        if (!look_at(engine, &runners[i], now_us, lease_s, arena, err))
            return false;
    return true;
}

/* Of any instance, for a message. */
struct worker {
    struct runner runner;
    const char *job;
    const char *business_key;
    const char *state; /* of the instance */
};
static const struct row_field worker_fields[] = {
    ROW_FIELD(struct worker, runner.execution_id, "execution_id"),
    ROW_FIELD(struct worker, runner.host, "host"),
    ROW_FIELD(struct worker, runner.boot_id, "boot_id"),
    ROW_FIELD(struct worker, runner.pid, "pid"),
    ROW_FIELD(struct worker, runner.pid_started, "pid_started"),
    ROW_FIELD(struct worker, runner.seen_at_us, "seen_at_us"),
    ROW_FIELD(struct worker, job, "job"),
    ROW_FIELD(struct worker, business_key, "business_key"),
    ROW_FIELD(struct worker, state, "state"),
};

/* Is it of no concern to who wants to begin this job for this business key? What is finished has
 * nothing left to take. */
static bool is_other(const struct worker *worker, const char *job, const char *business_key)
{
    return !text_equal(worker->job, job) || text_equal(worker->business_key, business_key) ||
           text_starts_with(worker->state, "completed");
}

/* The first who works on `job` (NULL: on any) for another business key than this; NULL: nobody. */
static bool find_worker(const struct engine *engine, const char *job, const char *business_key,
                        int32_t lease_s, struct arena *arena, const struct worker **ret_worker,
                        struct error *err)
{
    void *rows = NULL;
    size_t count = 0;
    int64_t now_us = 0;
    *ret_worker = NULL;
    if (!db_now_us(engine->db, &now_us, err) ||
        !rows_load_all(engine->db, STMT_EXECUTIONS_AT_WORK, DB_NO_ARGS, arena, worker_fields,
                       ARRAY_LEN(worker_fields), sizeof(struct worker), &rows, &count, err))
        return false;
    const struct worker *workers = rows;
    for (size_t i = 0; i < count && *ret_worker == NULL; i++) {
        bool dead = false;
        if (job != NULL && is_other(&workers[i], job, business_key))
            continue;
        if (!find_dead(engine, &workers[i].runner, now_us, lease_s, arena, &dead, err))
            return false;
        if (!dead)
            *ret_worker = &workers[i];
    }
    return true;
}

static bool is_at_work(const struct worker *worker, struct error *err)
{
    return error_run(err, EXIT_OWNED,
                     "%s %s is at work on host %s, pid %" PRId64 " (execution %" PRId64 ")",
                     worker->job, worker->business_key, worker->runner.host, worker->runner.pid,
                     worker->runner.execution_id);
}

bool liveness_nobody_works(const struct engine *engine, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("running executions", ROWS_ARENA_CAP);
    const struct worker *worker = NULL;
    if (db_is_sole_writer(engine->db))
        return true;
    if (!find_worker(engine, NULL, NULL, LEASE_MAX_S, arena, &worker, err))
        return false;
    if (worker == NULL)
        return true;
    (void)is_at_work(worker, err);
    return error_hint(err,
                      "let it end, or end it by `kill -TERM %" PRId64 "` there and resume "
                      "it afterwards; then run the command again",
                      worker->runner.pid);
}

bool liveness_job_is_free(const struct engine *engine, const char *job, const char *business_key,
                          int32_t lease_s, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("running executions", ROWS_ARENA_CAP);
    const struct worker *worker = NULL;
    if (db_is_sole_writer(engine->db) || db_is_dry_run(engine->db))
        return true;
    if (!find_worker(engine, job, business_key, lease_s, arena, &worker, err))
        return false;
    if (worker == NULL)
        return true;
    (void)is_at_work(worker, err);
    return error_hint(err, "two runs of one job would take the same items: give the command again "
                           "when that one has ended");
}

/* The number at *at, up to the next '/', behind which *at is then. */
static bool take_number(const char **at, struct arena *arena, int64_t *ret_number)
{
    size_t length = strcspn(*at, "/");
    bool is_number = text_parse_i64(arena_copy_n(arena, *at, length), ret_number);
    *at += length + ((*at)[length] == '/');
    return is_number;
}

/* "host/boot/pid/start/random" */
static bool is_dead_here(const struct engine *engine, const char *owner, struct arena *arena)
{
    const char *prefix = arena_printf(arena, "%s/%s/", engine->host, engine->boot_id);
    int64_t pid = 0, started = 0;
    if (!text_starts_with(owner, prefix))
        return false;
    const char *at = owner + strlen(prefix);
    return take_number(&at, arena, &pid) && pid > 0 && take_number(&at, arena, &started) &&
           (pid != engine->pid || started != engine->pid_started) && process_is_gone(pid, started);
}

static bool free_partitions(const struct engine *engine, int64_t instance_id, const char *owner,
                            struct error *err)
{
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    return tx_begin(&tx, engine->db, err) &&
           db_run(engine->db, STMT_PARTITION_FREE, DB_ARGS(db_i64(instance_id), db_text(owner)),
                  NULL, err) &&
           tx_commit(&tx, err);
}

struct holder {
    const char *owner;
};
static const struct row_field holder_fields[] = {ROW_FIELD(struct holder, owner, "owner")};

bool liveness_free_partitions(const struct engine *engine, int64_t instance_id, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("owners", ROWS_ARENA_CAP);
    void *rows = NULL;
    size_t count = 0;
    if (!rows_load_all(engine->db, STMT_PARTITION_OWNERS, DB_ARGS(db_i64(instance_id)), arena,
                       holder_fields, ARRAY_LEN(holder_fields), sizeof(struct holder), &rows,
                       &count, err))
        return false;
    const struct holder *holders = rows;
    for (size_t i = 0; i < count; i++)
        if (is_dead_here(engine, holders[i].owner, arena) &&
            !free_partitions(engine, instance_id, holders[i].owner, err))
            return false;
    return true;
}

bool liveness_dead_senders(const struct engine *engine, struct arena *arena,
                           const char *const **ret_owners, size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    size_t count = 0;
    size_t dead = 0;
    if (!rows_load_all(engine->db, STMT_EFFECT_OWNERS, DB_NO_ARGS, arena, holder_fields,
                       ARRAY_LEN(holder_fields), sizeof(struct holder), &rows, &count, err))
        return false;
    const struct holder *holders = rows;
    const char **owners = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        if (is_dead_here(engine, holders[i].owner, arena))
            owners[dead++] = holders[i].owner;
    *ret_owners = owners;
    *ret_count = dead;
    return true;
}

static bool say_alive(const struct engine *engine, int64_t execution_id,
                      int64_t pipeline_execution_id, struct error *err)
{
    int64_t now_us = 0;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    return tx_begin(&tx, engine->db, err) && db_now_us(engine->db, &now_us, err) &&
           db_run(engine->db, STMT_EXECUTION_SEEN,
                  DB_ARGS(db_i64(execution_id), db_i64(pipeline_execution_id), db_i64(now_us)),
                  NULL, err) &&
           tx_commit(&tx, err);
}

void liveness_say(const struct engine *engine, int64_t execution_id, int64_t pipeline_execution_id)
{
    struct error unsaid = {0};
    if (!say_alive(engine, execution_id, pipeline_execution_id, &unsaid))
        log_line(LOG_DEBUG, "%s", unsaid.message);
}
