/* Partitions: see partition.h. A claim is one conditional UPDATE; its row count decides, never what
 * was read before. */
#include "core/engine/partition.h"

#include <inttypes.h>

#include "core/base/array.h"
#include "core/base/log.h"
#include "core/base/text.h"

#define US_PER_S 1000000
#define PARTS_MAX 64 /* by size: a claim is a transaction of its own */

void job_plan_add(struct job_plan *plan, int64_t tenant_id, const char *lo_key, const char *hi_key,
                  int64_t items)
{
    ARRAY_ADD(plan->arena, &plan->ranges) =
        (struct planned_range){.tenant_id = tenant_id,
                               .lo_key = arena_copy(plan->arena, lo_key),
                               .hi_key = arena_copy(plan->arena, hi_key),
                               .items = items};
}

void job_plan_tell(struct job_plan *plan, const char *text)
{
    ARRAY_ADD(plan->arena, &plan->told) = arena_copy(plan->arena, text);
}

/* As many as there are chunks, so that no worker waits long for another's last one; one where
 * nobody shares them. It must not follow from the number of workers: the plan is frozen, and others
 * may come. */
static int64_t parts_by_size(const struct job_plan *plan, int64_t items)
{
    int64_t chunks = plan->chunk_size > 0 ? items / plan->chunk_size : 0;
    if (!plan->shared || chunks < 1)
        return 1;
    return chunks < PARTS_MAX ? chunks : PARTS_MAX;
}

void job_plan_add_numbers(struct job_plan *plan, int64_t tenant_id, int64_t min_key,
                          int64_t max_key, int64_t items)
{
    int64_t width = max_key - min_key + 1;
    int64_t wanted = plan->partitions > 0 ? plan->partitions : parts_by_size(plan, items);
    int64_t parts = width < wanted ? width : wanted;
    for (int64_t i = 0; i < parts; i++) {
        int64_t lo = min_key - 1 + width * i / parts;
        int64_t hi = min_key - 1 + width * (i + 1) / parts;
        int64_t share = items * (i + 1) / parts - items * i / parts;
        job_plan_add(plan, tenant_id, arena_printf(plan->arena, "%" PRId64, lo),
                     arena_printf(plan->arena, "%" PRId64, hi), share);
    }
}

/* The instance first: of two workers that plan at once the second waits there, and then finds that
 * it is planned. */
static bool write_plan(const struct job_ctx *ctx, const struct job_plan *plan,
                       const struct instance *instance, struct error *err)
{
    int64_t changed = 0;
    int64_t no = instance->partition_count;
    int64_t last_no = no + (int64_t)plan->ranges.count;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!tx_begin(&tx, ctx->db, err) ||
        !db_run(
            ctx->db, STMT_INSTANCE_PLANNED,
            DB_ARGS(db_i64(instance->instance_id), db_i64(instance->plan_passes), db_i64(last_no)),
            &changed, err))
        return false;
    if (changed != 1)
        return error_retry(err, EXIT_TEMPORARY, "another worker has planned this run already");
    for (size_t i = 0; i < plan->ranges.count; i++) {
        const struct planned_range *range = &plan->ranges.items[i];
        no++;
        if (!db_run(ctx->db, STMT_PARTITION_ADD,
                    DB_ARGS(db_i64(instance->instance_id), db_i64(no), db_i64(range->tenant_id),
                            db_i64(instance->plan_passes + 1), db_text(range->lo_key),
                            db_text(range->hi_key), db_i64(range->items)),
                    NULL, err))
            return false;
    }
    return tx_commit(&tx, err);
}

bool partition_plan(const struct job_ctx *ctx, const struct run_definition *definition,
                    const struct instance *instance, struct error *err)
{
    struct job_plan plan = {.arena = ctx->arena,
                            .partitions = definition->partitions,
                            .chunk_size = definition->chunk_size,
                            .shared = !db_is_sole_writer(ctx->db)};
    if (!definition->job->plan(ctx, &plan, err) || !write_plan(ctx, &plan, instance, err))
        return error_context(err, "planning %s %s", instance->job, instance->business_key);
    for (size_t i = 0; i < plan.told.count; i++)
        log_line(LOG_INFO, "%s: %s", instance->job, plan.told.items[i]);
    return true;
}

/* Fields that PARTITION_NEXT reads. */
static const struct row_field partition_fields[] = {
    ROW_FIELD(struct partition, partition_no, "partition_no"),
    ROW_FIELD(struct partition, tenant_id, "tenant_id"),
    ROW_FIELD(struct partition, plan_pass, "plan_pass"),
    ROW_FIELD(struct partition, hi_key, "hi_key"),
    ROW_FIELD(struct partition, cursor_key, "cursor_key"),
    ROW_FIELD(struct partition, epoch, "epoch"),
    ROW_FIELD(struct partition, chunk_no, "chunk_no"),
};

static bool try_claim(const struct engine *engine, struct partition *partition, int64_t now_us,
                      int32_t lease_s, bool *ret_claimed, struct error *err)
{
    int64_t changed = 0;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!tx_begin(&tx, engine->db, err) ||
        !db_run(engine->db, STMT_PARTITION_CLAIM,
                DB_ARGS(db_i64(partition->instance_id), db_i64(partition->partition_no),
                        db_text(engine->owner), db_i64(partition->epoch),
                        db_i64(now_us + (int64_t)lease_s * US_PER_S), db_i64(now_us),
                        db_i64(db_is_sole_writer(engine->db))),
                &changed, err) ||
        !tx_commit(&tx, err))
        return false;
    *ret_claimed = changed == 1;
    partition->epoch++;
    return true;
}

bool partition_claim(const struct engine *engine, int64_t instance_id, int64_t from_no,
                     int32_t lease_s, struct arena *arena, struct partition *ret_partition,
                     bool *ret_found, struct error *err)
{
    for (;;) {
        struct partition next = {.instance_id = instance_id};
        int64_t now_us = 0;
        bool claimed = false;
        if (!db_now_us(engine->db, &now_us, err) ||
            !rows_load_one(engine->db, STMT_PARTITION_NEXT,
                           DB_ARGS(db_i64(instance_id), db_i64(from_no), db_i64(now_us),
                                   db_i64(db_is_sole_writer(engine->db)), db_text(engine->owner)),
                           arena, partition_fields, ARRAY_LEN(partition_fields), &next, ret_found,
                           err))
            return error_context(err, "looking for a partition");
        if (!*ret_found)
            return true;
        if (!try_claim(engine, &next, now_us, lease_s, &claimed, err))
            return error_context(err, "claiming partition %" PRId64, next.partition_no);
        if (claimed) {
            *ret_partition = next;
            return true;
        }
        from_no = next.partition_no + 1; /* somebody else was quicker */
    }
}

static bool change_own(const struct engine *engine, const struct partition *partition,
                       enum statement_id statement, const struct db_value *args, size_t arg_count,
                       int64_t *ret_changed, struct error *err)
{
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!tx_begin(&tx, engine->db, err) ||
        !db_run(engine->db, statement, args, arg_count, ret_changed, err) || !tx_commit(&tx, err))
        return error_context(err, "giving up partition %" PRId64, partition->partition_no);
    return true;
}

bool partition_done(const struct engine *engine, const struct partition *partition, bool *ret_ours,
                    struct error *err)
{
    int64_t changed = 0;
    if (!change_own(engine, partition, STMT_PARTITION_DONE,
                    DB_ARGS(db_i64(partition->instance_id), db_i64(partition->partition_no),
                            db_text(engine->owner), db_i64(partition->epoch),
                            db_i64(partition->chunk_no)),
                    &changed, err))
        return false;
    *ret_ours = changed == 1;
    return true;
}

bool partition_release(const struct engine *engine, const struct partition *partition,
                       struct error *err)
{
    int64_t changed = 0;
    return change_own(engine, partition, STMT_PARTITION_RELEASE,
                      DB_ARGS(db_i64(partition->instance_id), db_i64(partition->partition_no),
                              db_text(engine->owner), db_i64(partition->epoch)),
                      &changed, err);
}

/* Fields that PARTITION_OWN reads. */
struct own {
    const char *state;
    const char *cursor_key;
    int64_t chunk_no;
};
static const struct row_field own_fields[] = {
    ROW_FIELD(struct own, state, "state"),
    ROW_FIELD(struct own, cursor_key, "cursor_key"),
    ROW_FIELD(struct own, chunk_no, "chunk_no"),
};

bool partition_reload(const struct engine *engine, struct partition *partition, struct arena *arena,
                      enum partition_standing *ret_standing, struct error *err)
{
    struct own own = {0};
    bool ours = false;
    if (!rows_load_one(engine->db, STMT_PARTITION_OWN,
                       DB_ARGS(db_i64(partition->instance_id), db_i64(partition->partition_no),
                               db_text(engine->owner), db_i64(partition->epoch)),
                       arena, own_fields, ARRAY_LEN(own_fields), &own, &ours, err))
        return error_context(err, "looking at partition %" PRId64, partition->partition_no);
    *ret_standing = !ours                           ? PARTITION_LOST
                    : text_equal(own.state, "done") ? PARTITION_FINISHED
                                                    : PARTITION_OURS;
    if (ours) {
        partition->chunk_no = own.chunk_no;
        partition->cursor_key = own.cursor_key;
    }
    return true;
}

bool partition_sums(struct db *db, int64_t instance_id, struct partition_sums *ret_sums,
                    struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row = false;
    if (!db_query(db, STMT_PARTITION_SUMS, DB_ARGS(db_i64(instance_id)), &rows, err) ||
        !db_rows_next(rows, &has_row, err))
        return false;
    *ret_sums = (struct partition_sums){
        .partitions = db_rows_i64(rows, 0),
        .partitions_done = db_rows_i64(rows, 1),
        .items_planned = db_rows_i64(rows, 2),
        .items_done = db_rows_i64(rows, 3),
        .items_parked = db_rows_i64(rows, 4),
        .rows_written = db_rows_i64(rows, 5),
    };
    return true;
}
