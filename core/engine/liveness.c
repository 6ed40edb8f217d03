/* Dead workers: see liveness.h. A process id says something only about the host, and the boot of
 * that host, on which it was given. */
#include "core/engine/liveness.h"

#include <errno.h>
#include <inttypes.h>

#include "core/base/text.h"
#include "core/storage/rows.h"

#define US_PER_S 1000000
#define ROWS_ARENA_CAP ((size_t)1 << 20)

/* An execution that says of itself that it runs. */
struct runner {
    int64_t execution_id;
    const char *host;
    const char *boot_id;
    int64_t pid;
    int64_t started_at_us;
};
static const struct row_field runner_fields[] = {
    ROW_FIELD(struct runner, execution_id, "execution_id"),
    ROW_FIELD(struct runner, host, "host"),
    ROW_FIELD(struct runner, boot_id, "boot_id"),
    ROW_FIELD(struct runner, pid, "pid"),
    ROW_FIELD(struct runner, started_at_us, "started_at_us"),
};

/* The process itself runs an instance once at a time: what it left "running" is over. */
static bool is_gone_here(const struct engine *engine, const struct runner *runner)
{
    return runner->pid == engine->pid || (kill((pid_t)runner->pid, 0) != 0 && errno == ESRCH);
}

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

static bool bury(const struct engine *engine, int64_t instance_id, const struct runner *runner,
                 const char *owner_prefix, int64_t now_us, struct error *err)
{
    return db_run(engine->db, STMT_EXECUTION_DEAD,
                  DB_ARGS(db_i64(runner->execution_id), db_i64(now_us)), NULL, err) &&
           db_run(engine->db, STMT_PARTITION_FREE,
                  DB_ARGS(db_i64(instance_id), db_text(owner_prefix)), NULL, err);
}

static bool look_at(const struct engine *engine, int64_t instance_id, const struct runner *runner,
                    int64_t now_us, int32_t lease_s, struct arena *arena, struct error *err)
{
    const char *prefix =
        arena_printf(arena, "%s/%s/%" PRId64 "/", runner->host, runner->boot_id, runner->pid);
    bool here =
        text_equal(runner->host, engine->host) && text_equal(runner->boot_id, engine->boot_id);
    bool dead = here && is_gone_here(engine, runner);
    bool holds = true;
    if (!here && runner->started_at_us < now_us - (int64_t)lease_s * US_PER_S) {
        if (!holds_lease(engine, prefix, now_us, &holds, err))
            return false;
        dead = !holds;
    }
    return !dead || bury(engine, instance_id, runner, prefix, now_us, err);
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
        if (!look_at(engine, instance_id, &runners[i], now_us, lease_s, arena, err))
            return false;
    return true;
}
