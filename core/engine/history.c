/* Reading what ran: see history.h. */
#include "core/engine/history.h"

#include <inttypes.h>

static const struct row_field execution_fields[] = {
    ROW_FIELD(struct execution_row, execution_id, "execution_id"),
    ROW_FIELD(struct execution_row, instance_id, "instance_id"),
    ROW_FIELD(struct execution_row, attempt, "attempt"),
    ROW_FIELD(struct execution_row, state, "state"),
    ROW_FIELD(struct execution_row, started_by, "started_by"),
    ROW_FIELD(struct execution_row, actor, "actor"),
    ROW_FIELD(struct execution_row, reason, "reason"),
    ROW_FIELD(struct execution_row, host, "host"),
    ROW_FIELD(struct execution_row, pid, "pid"),
    ROW_FIELD(struct execution_row, program, "program"),
    ROW_FIELD(struct execution_row, started_at_us, "started_at_us"),
    ROW_FIELD(struct execution_row, ended_at_us, "ended_at_us"),
    ROW_FIELD(struct execution_row, exit_code, "exit_code"),
    ROW_FIELD(struct execution_row, error_text, "error_text"),
    ROW_FIELD(struct execution_row, items_done, "items_done"),
    ROW_FIELD(struct execution_row, items_parked, "items_parked"),
    ROW_FIELD(struct execution_row, rows_written, "rows_written"),
    ROW_FIELD(struct execution_row, chunks, "chunks"),
    ROW_FIELD(struct execution_row, job, "job"),
    ROW_FIELD(struct execution_row, business_key, "business_key"),
    ROW_FIELD(struct execution_row, generation, "generation"),
    ROW_FIELD(struct execution_row, parent_instance_id, "parent_instance_id"),
    ROW_FIELD(struct execution_row, instance_state, "instance_state"),
};

static const struct row_field origin_fields[] = {
    ROW_FIELD(struct instance_origin, created_at_us, "created_at_us"),
    ROW_FIELD(struct instance_origin, created_by, "created_by"),
};

static const struct row_field partition_fields[] = {
    ROW_FIELD(struct partition_row, partition_no, "partition_no"),
    ROW_FIELD(struct partition_row, tenant, "tenant"),
    ROW_FIELD(struct partition_row, plan_pass, "plan_pass"),
    ROW_FIELD(struct partition_row, lo_key, "lo_key"),
    ROW_FIELD(struct partition_row, hi_key, "hi_key"),
    ROW_FIELD(struct partition_row, items_planned, "items_planned"),
    ROW_FIELD(struct partition_row, state, "state"),
    ROW_FIELD(struct partition_row, epoch, "epoch"),
    ROW_FIELD(struct partition_row, chunk_no, "chunk_no"),
    ROW_FIELD(struct partition_row, cursor_key, "cursor_key"),
    ROW_FIELD(struct partition_row, items_done, "items_done"),
    ROW_FIELD(struct partition_row, items_parked, "items_parked"),
    ROW_FIELD(struct partition_row, rows_written, "rows_written"),
};

static const struct row_field chunk_fields[] = {
    ROW_FIELD(struct chunk_row, partition_no, "partition_no"),
    ROW_FIELD(struct chunk_row, chunk_no, "chunk_no"),
    ROW_FIELD(struct chunk_row, epoch, "epoch"),
    ROW_FIELD(struct chunk_row, execution_id, "execution_id"),
    ROW_FIELD(struct chunk_row, first_key, "first_key"),
    ROW_FIELD(struct chunk_row, last_key, "last_key"),
    ROW_FIELD(struct chunk_row, items_done, "items_done"),
    ROW_FIELD(struct chunk_row, items_parked, "items_parked"),
    ROW_FIELD(struct chunk_row, rows_written, "rows_written"),
    ROW_FIELD(struct chunk_row, committed_at_us, "committed_at_us"),
    ROW_FIELD(struct chunk_row, digest, "digest"),
};

static const struct row_field total_fields[] = {
    ROW_FIELD(struct total_row, currency, "currency"),
    ROW_FIELD(struct total_row, amount_count, "amount_count"),
    ROW_FIELD(struct total_row, amount_minor, "amount_minor"),
};

static const struct row_field effect_fields[] = {
    ROW_FIELD(struct effect_count, kind, "kind"),
    ROW_FIELD(struct effect_count, state, "state"),
    ROW_FIELD(struct effect_count, count, "count"),
};

static const struct row_field ending_fields[] = {
    ROW_FIELD(struct effect_ending, kind, "kind"),
    ROW_FIELD(struct effect_ending, state, "state"),
    ROW_FIELD(struct effect_ending, outcome, "outcome"),
    ROW_FIELD(struct effect_ending, currency, "currency"),
    ROW_FIELD(struct effect_ending, count, "count"),
    ROW_FIELD(struct effect_ending, amount_minor, "amount_minor"),
};

bool history_load_executions(struct db *db, const struct execution_filter *filter,
                             struct arena *arena, struct execution_row **ret_rows,
                             size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_EXECUTION_LIST,
                       DB_ARGS(db_i64(filter->execution_id), db_i64(filter->instance_id),
                               db_text(filter->job), db_text(filter->business_key),
                               db_i64(filter->limit)),
                       arena, execution_fields, ARRAY_LEN(execution_fields),
                       sizeof(struct execution_row), &rows, ret_count, err))
        return error_context(err, "listing executions");
    *ret_rows = rows;
    return true;
}

bool history_load_last_executions(struct db *db, const char *business_key, struct arena *arena,
                                  struct execution_row **ret_rows, size_t *ret_count,
                                  struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_EXECUTION_LAST_OF_JOBS, DB_ARGS(db_text(business_key)), arena,
                       execution_fields, ARRAY_LEN(execution_fields), sizeof(struct execution_row),
                       &rows, ret_count, err))
        return error_context(err, "listing the last executions");
    *ret_rows = rows;
    return true;
}

bool history_find_latest(struct db *db, const char *job, struct arena *arena,
                         struct instance *ret_instance, bool *ret_found, struct error *err)
{
    return rows_load_one(db, STMT_INSTANCE_LATEST, DB_ARGS(db_text(job)), arena, instance_fields,
                         INSTANCE_FIELD_COUNT, ret_instance, ret_found, err);
}

bool history_load_steps(struct db *db, int64_t instance_id, struct arena *arena,
                        struct instance **ret_steps, size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_INSTANCE_CHILDREN, DB_ARGS(db_i64(instance_id)), arena,
                       instance_fields, INSTANCE_FIELD_COUNT, sizeof(struct instance), &rows,
                       ret_count, err))
        return error_context(err, "listing the steps of instance %" PRId64, instance_id);
    *ret_steps = rows;
    return true;
}

bool history_load_origin(struct db *db, int64_t instance_id, struct arena *arena,
                         struct instance_origin *ret_origin, struct error *err)
{
    bool found = false;
    if (!rows_load_one(db, STMT_INSTANCE_ORIGIN, DB_ARGS(db_i64(instance_id)), arena, origin_fields,
                       ARRAY_LEN(origin_fields), ret_origin, &found, err))
        return false;
    return found || error_run(err, EXIT_USAGE, "there is no job instance %" PRId64, instance_id);
}

bool history_load_partitions(struct db *db, int64_t instance_id, struct arena *arena,
                             struct partition_row **ret_rows, size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_PARTITION_LIST, DB_ARGS(db_i64(instance_id)), arena,
                       partition_fields, ARRAY_LEN(partition_fields), sizeof(struct partition_row),
                       &rows, ret_count, err))
        return error_context(err, "listing partitions");
    *ret_rows = rows;
    return true;
}

bool history_load_chunks(struct db *db, int64_t instance_id, int64_t execution_id,
                         struct arena *arena, struct chunk_row **ret_rows, size_t *ret_count,
                         struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_CHUNK_LIST, DB_ARGS(db_i64(instance_id), db_i64(execution_id)),
                       arena, chunk_fields, ARRAY_LEN(chunk_fields), sizeof(struct chunk_row),
                       &rows, ret_count, err))
        return error_context(err, "listing chunks");
    *ret_rows = rows;
    return true;
}

bool history_load_totals(struct db *db, int64_t instance_id, int64_t execution_id,
                         struct arena *arena, struct total_row **ret_rows, size_t *ret_count,
                         struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_CHUNK_TOTALS, DB_ARGS(db_i64(instance_id), db_i64(execution_id)),
                       arena, total_fields, ARRAY_LEN(total_fields), sizeof(struct total_row),
                       &rows, ret_count, err))
        return error_context(err, "adding up control totals");
    *ret_rows = rows;
    return true;
}

bool history_load_effects(struct db *db, struct arena *arena, struct effect_count **ret_rows,
                          size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_EFFECT_COUNTS, DB_NO_ARGS, arena, effect_fields,
                       ARRAY_LEN(effect_fields), sizeof(struct effect_count), &rows, ret_count,
                       err))
        return error_context(err, "counting effects");
    *ret_rows = rows;
    return true;
}

bool history_load_endings(struct db *db, int64_t instance_id, struct arena *arena,
                          struct effect_ending **ret_rows, size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_EFFECTS_OF_RUN, DB_ARGS(db_i64(instance_id)), arena, ending_fields,
                       ARRAY_LEN(ending_fields), sizeof(struct effect_ending), &rows, ret_count,
                       err))
        return error_context(err, "counting what a run sent");
    *ret_rows = rows;
    return true;
}
