/* Workers: see worker_list.h. The statement gives a row for each execution and partition that is
 * held; a process has several, of a pipeline and of its steps, and the last of them says most. */
#include "core/engine/worker_list.h"

#include <inttypes.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/engine/audit.h"
#include "core/engine/process.h"
#include "core/storage/rows.h"

#define US_PER_S 1000000
#define US_PER_MS 1000
#define SEEN_S 60 /* a worker of another host that waits says more often that it is there */

/* Fields that WORKERS reads. */
static const struct row_field worker_fields[] = {
    ROW_FIELD(struct worker_row, execution_id, "execution_id"),
    ROW_FIELD(struct worker_row, host, "host"),
    ROW_FIELD(struct worker_row, boot_id, "boot_id"),
    ROW_FIELD(struct worker_row, pid, "pid"),
    ROW_FIELD(struct worker_row, pid_started, "pid_started"),
    ROW_FIELD(struct worker_row, started_at_us, "started_at_us"),
    ROW_FIELD(struct worker_row, seen_at_us, "seen_at_us"),
    ROW_FIELD(struct worker_row, stop_asked_at_us, "stop_asked_at_us"),
    ROW_FIELD(struct worker_row, job, "job"),
    ROW_FIELD(struct worker_row, business_key, "business_key"),
    ROW_FIELD(struct worker_row, partition_no, "partition_no"),
    ROW_FIELD(struct worker_row, lease_until_us, "lease_until_us"),
};

const char *worker_state_name(enum worker_state state)
{
    switch (state) {
    case WORKER_WORKING:
        return "working";
    case WORKER_WAITING:
        return "waiting";
    case WORKER_STOPPING:
        return "stopping";
    case WORKER_SILENT:
        return "silent";
    case WORKER_GONE:
        return "gone";
    }
    return "";
}

bool worker_is_alive(const struct worker_row *worker)
{
    return worker->state != WORKER_SILENT && worker->state != WORKER_GONE;
}

static enum worker_state state_of(const struct engine *engine, const struct worker_row *worker,
                                  int64_t now_us)
{
    bool here =
        text_equal(worker->host, engine->host) && text_equal(worker->boot_id, engine->boot_id);
    bool holds = worker->partition_no != DB_I64_NONE;
    bool leased = holds && worker->lease_until_us >= now_us;
    bool seen = !holds && worker->seen_at_us >= now_us - (int64_t)SEEN_S * US_PER_S;
    if (here && process_is_gone(worker->pid, worker->pid_started))
        return WORKER_GONE;
    if (!here && !leased && !seen)
        return WORKER_SILENT;
    if (worker->stop_asked_at_us != DB_I64_NONE)
        return WORKER_STOPPING;
    return holds ? WORKER_WORKING : WORKER_WAITING;
}

static bool is_same_process(const struct worker_row *a, const struct worker_row *b)
{
    return a->pid == b->pid && text_equal(a->host, b->host) && text_equal(a->boot_id, b->boot_id);
}

static bool load_rows(const struct engine *engine, struct arena *arena,
                      struct worker_row **ret_rows, size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(engine->db, STMT_WORKERS, DB_NO_ARGS, arena, worker_fields,
                       ARRAY_LEN(worker_fields), sizeof(struct worker_row), &rows, ret_count, err))
        return error_context(err, "looking for workers");
    *ret_rows = rows;
    return true;
}

static void judge(const struct engine *engine, struct worker_row *worker, int64_t now_us)
{
    worker->state = state_of(engine, worker, now_us);
    worker->lease_left_ms = worker->partition_no == DB_I64_NONE
                                ? DB_I64_NONE
                                : (worker->lease_until_us - now_us) / US_PER_MS;
}

bool worker_list_load(const struct engine *engine, struct arena *arena,
                      struct worker_row **ret_rows, size_t *ret_count, struct error *err)
{
    struct worker_row *rows = NULL;
    size_t count = 0;
    size_t kept = 0;
    int64_t now_us = 0;
    if (!load_rows(engine, arena, &rows, &count, err) || !db_now_us(engine->db, &now_us, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool same = kept > 0 && is_same_process(&rows[kept - 1], &rows[i]);
        if (!same)
            kept++;
        rows[kept - 1] = rows[i];
        judge(engine, &rows[kept - 1], now_us);
    }
    *ret_rows = rows;
    *ret_count = kept;
    return true;
}

/* Each execution of a process: the pipeline begins no further step either. */
static bool ask_all(const struct engine *engine, const char *reason, struct arena *arena,
                    struct error *err)
{
    struct worker_row *rows = NULL;
    size_t count = 0;
    int64_t now_us = 0;
    if (!db_now_us(engine->db, &now_us, err) || !load_rows(engine, arena, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!db_run(engine->db, STMT_EXECUTION_ASK_STOP,
                    DB_ARGS(db_i64(rows[i].execution_id), db_i64(now_us), db_text(engine->actor),
                            db_text(reason)),
                    NULL, err))
            return false;
    return true;
}

static const char *name_all(const struct worker_row *rows, size_t count, struct arena *arena)
{
    const char *names = "";
    for (size_t i = 0; i < count; i++)
        names = arena_printf(arena, "%s%s%s %s by %s/%" PRId64, names, i == 0 ? "" : ", ",
                             rows[i].job, rows[i].business_key, rows[i].host, rows[i].pid);
    return names;
}

bool worker_list_stop(const struct engine *engine, const char *reason, struct arena *arena,
                      struct worker_row **ret_asked, size_t *ret_count, struct error *err)
{
    struct worker_row *rows = NULL;
    size_t count = 0;
    size_t kept = 0;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!tx_begin(&tx, engine->db, err) || !worker_list_load(engine, arena, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (rows[i].state != WORKER_GONE)
            rows[kept++] = rows[i];
    if (kept > 0 && (!ask_all(engine, reason, arena, err) ||
                     !audit_add(engine, "stop", name_all(rows, kept, arena), reason, err)))
        return false;
    if (!tx_commit(&tx, err))
        return false;
    *ret_asked = rows;
    *ret_count = kept;
    return true;
}
