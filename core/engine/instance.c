/* Instances and executions: see instance.h. Every change of state is one UPDATE in a transaction
 * with the row of the execution that made it. */
#include "core/engine/instance.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/engine/audit.h"
#include "core/engine/liveness.h"

#define INSTANCE_ARENA_CAP ((size_t)1 << 20)

const struct row_field instance_fields[INSTANCE_FIELD_COUNT] = {
    ROW_FIELD(struct instance, instance_id, "instance_id"),
    ROW_FIELD(struct instance, job, "job"),
    ROW_FIELD(struct instance, business_key, "business_key"),
    ROW_FIELD(struct instance, generation, "generation"),
    ROW_FIELD(struct instance, business_date, "business_date"),
    ROW_FIELD(struct instance, definition_digest, "definition_digest"),
    ROW_FIELD(struct instance, parent_instance_id, "parent_instance_id"),
    ROW_FIELD(struct instance, state, "state"),
    ROW_FIELD(struct instance, plan_passes, "plan_passes"),
    ROW_FIELD(struct instance, partition_count, "partition_count"),
    ROW_FIELD(struct instance, reason, "reason"),
    ROW_FIELD(struct instance, pass_from, "pass_from"),
};

bool instance_is_finished(const struct instance *instance)
{
    return text_starts_with(instance->state, "completed");
}

static bool parse_month(const char *text, struct date *ret_date, struct error *err)
{
    char first_text[DATE_TEXT_SIZE];
    struct date first;
    if (strlen(text) != 7)
        return false;
    (void)snprintf(first_text, sizeof first_text, "%s-01", text);
    if (!date_parse(first_text, &first, err))
        return false;
    struct civil_date civil = date_civil(first);
    return date_add_days(first, date_days_in_month(civil.year, civil.month) - 1, ret_date, err);
}

bool business_key_parse(enum job_key key, const char *text, struct date *ret_date,
                        struct error *err)
{
    switch (key) {
    case JOB_KEY_PERIOD:
        if (parse_month(text, ret_date, err))
            return true;
        (void)error_run(err, EXIT_USAGE, "'%s' is not a period", text);
        return error_hint(err, "write a month as YYYY-MM, for example --period 2026-10");
    case JOB_KEY_DATE:
    case JOB_KEY_NONE:
        if (date_parse(text, ret_date, err))
            return true;
        (void)error_run(err, EXIT_USAGE, "'%s' is not a date", text);
        return error_hint(err, "write a day as YYYY-MM-DD, for example --date 2026-10-31");
    }
    return error_run(err, EXIT_INTERNAL, "unknown kind of business key");
}

enum job_key business_key_kind(enum job_key key, const char *text)
{
    struct date ignored;
    struct error no_month = {0};
    bool is_day = key == JOB_KEY_PERIOD && !parse_month(text, &ignored, &no_month);
    return is_day ? JOB_KEY_DATE : key;
}

bool instance_find(struct db *db, const char *job, const char *business_key, struct arena *arena,
                   struct instance *ret_instance, bool *ret_found, struct error *err)
{
    return rows_load_one(db, STMT_INSTANCE_NEWEST, DB_ARGS(db_text(job), db_text(business_key)),
                         arena, instance_fields, ARRAY_LEN(instance_fields), ret_instance,
                         ret_found, err);
}

bool instance_load(struct db *db, int64_t instance_id, struct arena *arena,
                   struct instance *ret_instance, struct error *err)
{
    bool found = false;
    if (!rows_load_one(db, STMT_INSTANCE_BY_ID, DB_ARGS(db_i64(instance_id)), arena,
                       instance_fields, ARRAY_LEN(instance_fields), ret_instance, &found, err))
        return error_context(err, "loading job instance %" PRId64, instance_id);
    if (!found)
        return error_run(err, EXIT_USAGE, "there is no job instance %" PRId64, instance_id);
    return true;
}

bool instance_load_unfinished(struct db *db, struct arena *arena, struct instance **ret_instances,
                              size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_INSTANCES_UNFINISHED, DB_NO_ARGS, arena, instance_fields,
                       ARRAY_LEN(instance_fields), sizeof(struct instance), &rows, ret_count, err))
        return error_context(err, "looking for unfinished runs");
    *ret_instances = rows;
    return true;
}

void definition_digest(const struct run_definition *definition, char ret_hex[SHA256_HEX_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    sha256_of(definition->text, strlen(definition->text), digest);
    sha256_hex(digest, ret_hex);
}

static bool definition_add(const struct engine *engine, const struct run_definition *definition,
                           struct error *err)
{
    char digest[SHA256_HEX_SIZE];
    definition_digest(definition, digest);
    return db_run(engine->db, STMT_DEFINITION_ADD,
                  DB_ARGS(db_text(digest), db_text(definition->name), db_text(definition->text),
                          db_i64(clock_wall_us()), db_text(engine->actor)),
                  NULL, err);
}

static bool instance_insert(const struct engine *engine, const struct instance_request *request,
                            int64_t instance_id, struct error *err)
{
    char digest[SHA256_HEX_SIZE];
    int64_t added = 0;
    definition_digest(request->definition, digest);
    bool has_parent = request->parent_instance_id != DB_I64_NONE;
    if (!db_run(engine->db, STMT_INSTANCE_ADD,
                DB_ARGS(db_i64(instance_id), db_text(request->definition->name),
                        db_text(request->business_key), db_i64(request->generation),
                        db_text(date_text(request->business_date).text), db_text(digest),
                        has_parent ? db_i64(request->parent_instance_id) : db_null(),
                        db_text(request->reason), db_i64(clock_wall_us()), db_text(engine->actor)),
                &added, err))
        return false;
    if (added != 1)
        return error_retry(err, EXIT_TEMPORARY,
                           "somebody else has just added %s %s generation %" PRId64,
                           request->definition->name, request->business_key, request->generation);
    return true;
}

static bool supersede(const struct engine *engine, const struct instance_request *request,
                      struct error *err)
{
    int64_t changed = 0;
    if (request->supersedes_id == DB_I64_NONE)
        return true;
    if (!db_run(engine->db, STMT_INSTANCE_SUPERSEDE, DB_ARGS(db_i64(request->supersedes_id)),
                &changed, err))
        return false;
    if (changed != 1)
        return error_retry(err, EXIT_TEMPORARY, "%s %s has changed meanwhile",
                           request->definition->name, request->business_key);
    return db_run(engine->db, STMT_PARKED_SUPERSEDE, DB_ARGS(db_i64(request->supersedes_id)), NULL,
                  err);
}

bool instance_add(const struct engine *engine, const struct instance_request *request,
                  struct arena *arena, struct instance *ret_instance, struct error *err)
{
    int64_t instance_id = 0;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!tx_begin(&tx, engine->db, err) ||
        !db_reserve_ids(engine->db, "job_instance", 1, &instance_id, err) ||
        !definition_add(engine, request->definition, err) || !supersede(engine, request, err) ||
        !instance_insert(engine, request, instance_id, err))
        return false;
    if (request->reason != NULL &&
        !audit_add(engine, "redo",
                   arena_printf(arena, "%s %s", request->definition->name, request->business_key),
                   request->reason, err))
        return false;
    if (!tx_commit(&tx, err))
        return false;
    return instance_load(engine->db, instance_id, arena, ret_instance, err);
}

static bool execution_insert(const struct engine *engine, const struct execution *execution,
                             const struct execution_request *request, struct error *err)
{
    int64_t now_us = 0; /* of the database: what other hosts compare it with */
    return db_now_us(engine->db, &now_us, err) &&
           db_run(engine->db, STMT_EXECUTION_ADD,
                  DB_ARGS(db_i64(execution->execution_id), db_i64(execution->instance_id),
                          db_i64(execution->attempt), db_text(request->started_by),
                          db_text(engine->actor), db_text(request->reason), db_text(engine->host),
                          db_text(engine->boot_id), db_i64(engine->pid), db_text(engine->program),
                          db_i64(clock_wall_us()), db_i64(engine->pid_started), db_i64(now_us)),
                  NULL, err);
}

/* Who migrates waits for those who work, and who begins then for the migration (migrate.h): it is
 * seen here at the latest. */
static bool check_schema(const struct engine *engine, struct error *err)
{
    int64_t schema = 0;
    bool found = false;
    if (engine->schema == 0 || db_is_sole_writer(engine->db))
        return true;
    if (!db_query_i64(engine->db, STMT_MIGRATIONS_COUNT, DB_NO_ARGS, &schema, &found, err))
        return false;
    if (schema == engine->schema)
        return true;
    error_run(err, EXIT_CONFIG,
              "the database was migrated to %" PRId64 " just now, this billmill needs %" PRId64,
              schema, engine->schema);
    return error_hint(err, "install the billmill that migrated this database");
}

/* Executions that ended without a word. Whatever else runs beside the only writer is dead. */
static bool bury_dead(const struct engine *engine, int64_t instance_id, int32_t lease_s,
                      struct error *err)
{
    if (!db_is_sole_writer(engine->db))
        return liveness_bury(engine, instance_id, lease_s, err);
    return db_run(engine->db, STMT_EXECUTION_CRASHED,
                  DB_ARGS(db_i64(instance_id), db_i64(clock_wall_us())), NULL, err);
}

/* It could not become running: somebody finished it, or made a new generation of it. */
static bool is_over(const struct engine *engine, const struct instance *instance, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("an instance", INSTANCE_ARENA_CAP);
    struct instance now;
    if (!instance_load(engine->db, instance->instance_id, arena, &now, err))
        return false;
    return instance_is_finished(&now) ||
           error_run(err, EXIT_USAGE, "%s %s generation %" PRId64 " was superseded", instance->job,
                     instance->business_key, instance->generation);
}

bool execution_start(const struct engine *engine, const struct instance *instance,
                     const struct execution_request *request, struct execution *ret_execution,
                     bool *ret_started, struct error *err)
{
    struct db *db = engine->db;
    struct execution execution = {.instance_id = instance->instance_id};
    char digest[SHA256_HEX_SIZE];
    bool found = false;
    definition_digest(request->definition, digest);
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!tx_begin(&tx, db, err) ||
        !db_reserve_ids(db, "job_execution", 1, &execution.execution_id, err) ||
        !definition_add(engine, request->definition, err) ||
        !db_query_i64(
            db, STMT_INSTANCE_START,
            DB_ARGS(db_i64(instance->instance_id), db_text(digest), db_i64(request->reopen)),
            &execution.opening, ret_started, err))
        return false;
    if (!*ret_started)
        return is_over(engine, instance, err);
    int32_t lease_s = run_definition_lease_s(request->definition);
    if (!bury_dead(engine, instance->instance_id, lease_s, err) ||
        !liveness_job_is_free(engine, instance->job, instance->business_key, lease_s, err))
        return false;
    if (!db_query_i64(db, STMT_EXECUTION_ATTEMPTS, DB_ARGS(db_i64(instance->instance_id)),
                      &execution.attempt, &found, err))
        return false;
    execution.attempt++;
    if (!execution_insert(engine, &execution, request, err) || !check_schema(engine, err) ||
        !tx_commit(&tx, err))
        return error_context(err, "starting %s %s", instance->job, instance->business_key);
    *ret_execution = execution;
    return true;
}

static bool load_sums(struct db *db, const struct execution *execution,
                      struct execution_result *result, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row = false;
    if (!db_query(db, STMT_EXECUTION_SUMS,
                  DB_ARGS(db_i64(execution->instance_id), db_i64(execution->execution_id)), &rows,
                  err) ||
        !db_rows_next(rows, &has_row, err))
        return false;
    result->items_done = db_rows_i64(rows, 0);
    result->items_parked = db_rows_i64(rows, 1);
    result->rows_written = db_rows_i64(rows, 2);
    result->chunks = db_rows_i64(rows, 3);
    return true;
}

static const char *ended_state(const struct execution_result *result)
{
    if (result->exit_code == EXIT_INTERRUPTED || result->exit_code == EXIT_TERMINATED)
        return "stopped";
    if (result->exit_code == EXIT_DONE)
        return "completed";
    return result->exit_code == EXIT_PARKED ? "completed_with_parked" : "failed";
}

/* Inside the open transaction: both rows end with the same state. An execution that was declared
 * dead stays so. When the run is done nobody begins it again and finds who died in it. */
static bool write_end(const struct engine *engine, const struct execution *execution,
                      const struct error *failure, bool ends_pass, struct execution_result *result,
                      struct error *err)
{
    struct db *db = engine->db;
    bool found = false;
    if (!db_query_i64(db, STMT_PARKED_OPEN_COUNT, DB_ARGS(db_i64(execution->instance_id)),
                      &result->parked_open, &found, err))
        return false;
    result->held += execution->held;
    result->parked_open += result->held;
    result->exit_code = failure != NULL           ? failure->exit_code
                        : result->parked_open > 0 ? EXIT_PARKED
                                                  : EXIT_DONE;
    const char *state = ended_state(result);
    bool others_go_on = result->exit_code == EXIT_OWNED; /* the instance's end is theirs to write */
    return db_run(db, STMT_EXECUTION_END,
                  DB_ARGS(db_i64(execution->execution_id), db_text(state), db_i64(clock_wall_us()),
                          db_i64(result->exit_code),
                          db_text(failure == NULL ? NULL : failure->message),
                          db_i64(result->items_done), db_i64(result->items_parked),
                          db_i64(result->rows_written), db_i64(result->chunks)),
                  NULL, err) &&
           (others_go_on ||
            db_run(db, STMT_INSTANCE_END,
                   DB_ARGS(db_i64(execution->instance_id), db_text(state),
                           db_i64(failure == NULL && ends_pass), db_i64(execution->opening)),
                   NULL, err)) &&
           (failure != NULL || bury_dead(engine, execution->instance_id, LIVENESS_HERE_ONLY, err));
}

bool execution_end(const struct engine *engine, const struct execution *execution,
                   const struct error *failure, bool ends_pass, struct execution_result *ret_result,
                   struct error *err)
{
    struct execution_result result = {0};
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!tx_begin(&tx, engine->db, err) || !load_sums(engine->db, execution, &result, err) ||
        !write_end(engine, execution, failure, ends_pass, &result, err) || !tx_commit(&tx, err))
        return error_context(err, "recording the end of execution %" PRId64,
                             execution->execution_id);
    *ret_result = result;
    return true;
}

bool execution_end_pipeline(const struct engine *engine, const struct execution *execution,
                            const struct error *failure, struct execution_result *sums,
                            struct error *err)
{
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!tx_begin(&tx, engine->db, err) ||
        !write_end(engine, execution, failure, true, sums, err) || !tx_commit(&tx, err))
        return error_context(err, "recording the end of execution %" PRId64,
                             execution->execution_id);
    return true;
}
