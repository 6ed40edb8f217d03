#include "tests/core/engine/engine_support.h"

#include <stdio.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"

#define TABLES                                                                                     \
    "CREATE TABLE tally_item (tenant_id INTEGER, id INTEGER, name TEXT, amount INTEGER, mode "     \
    "TEXT,"                                                                                        \
    " PRIMARY KEY (tenant_id, id)) STRICT;"                                                        \
    "CREATE TABLE tally_row (tenant_id INTEGER, item INTEGER, part INTEGER, row_id INTEGER "       \
    "UNIQUE,"                                                                                      \
    " text TEXT NOT NULL, amount INTEGER CHECK (amount >= 0), PRIMARY KEY (tenant_id, item, "      \
    "part))"                                                                                       \
    " STRICT;"                                                                                     \
    "CREATE TABLE tally_copy (tenant_id INTEGER, item INTEGER, part INTEGER, row_id INTEGER,"      \
    " text TEXT NOT NULL, amount INTEGER, PRIMARY KEY (tenant_id, item, part)) STRICT;"            \
    "CREATE TABLE tally_count (tenant_id INTEGER PRIMARY KEY, counted INTEGER) STRICT;"            \
    "INSERT INTO tally_count VALUES (1, 0);"

#define MEGABYTE ((size_t)1 << 20)
#define CONFLICT_PART 7

struct tally_row {
    int64_t tenant_id, item, part, row_id;
    const char *text;
    int64_t amount;
};
static const struct row_field row_fields[] = {
    ROW_FIELD(struct tally_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct tally_row, item, "item"),
    ROW_FIELD(struct tally_row, part, "part"),
    ROW_FIELD(struct tally_row, row_id, "row_id"),
    ROW_FIELD(struct tally_row, text, "text"),
    ROW_FIELD(struct tally_row, amount, "amount"),
};
static const struct bulk_table TALLY_ROW_ADD = {
    .name = "tally_row_add",
    .kind = BULK_INSERT,
    .table = "tally_row",
    .fields = row_fields,
    .field_count = ARRAY_LEN(row_fields),
    .key_count = 3,
    .row_size = sizeof(struct tally_row),
};
static const struct bulk_table TALLY_COPY_ADD = {
    .name = "tally_copy_add",
    .kind = BULK_INSERT,
    .table = "tally_copy",
    .fields = row_fields,
    .field_count = ARRAY_LEN(row_fields),
    .key_count = 3,
    .row_size = sizeof(struct tally_row),
};

struct tally_count_row {
    int64_t tenant_id, counted, counted_then;
};
static const struct row_field count_fields[] = {
    ROW_FIELD(struct tally_count_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct tally_count_row, counted, "counted"),
    ROW_FIELD(struct tally_count_row, counted_then, "counted"),
};
static const struct bulk_table TALLY_COUNTED = {
    .name = "tally_counted",
    .kind = BULK_UPDATE,
    .table = "tally_count",
    .fields = count_fields,
    .field_count = ARRAY_LEN(count_fields),
    .key_count = 2,
    .row_size = sizeof(struct tally_count_row),
    .redo_when_missing = true,
};

/* ---------------------------------------------------------------- the jobs */

/* What a chunk has loaded. */
struct tally_state {
    int version;
    int64_t counted;
};

struct tally_item {
    int64_t tenant_id, id, amount;
    const char *name, *mode;
};

static struct tally_environment *environment_of(const struct job_ctx *ctx)
{
    return (struct tally_environment *)(uintptr_t)ctx->environment;
}

static sqlite3_stmt *prepare(struct db *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    ck_assert_msg(sqlite3_prepare_v2(sqlite_of(db)->handle, sql, -1, &stmt, NULL) == SQLITE_OK,
                  "%s: %s", sql, sqlite3_errmsg(sqlite_of(db)->handle));
    return stmt;
}

/* A read that fails because of an injected fault is an error of the run, as in a store. */
static bool step(struct db *db, sqlite3_stmt *stmt, bool *ret_row, struct error *err)
{
    int code = sqlite3_step(stmt);
    *ret_row = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE || sqlite_fail(sqlite_of(db), "tally", err);
}

static bool plan_of(const struct job_ctx *ctx, const char *sql, struct job_plan *plan,
                    struct error *err)
{
    sqlite3_stmt *stmt = prepare(ctx->db, sql);
    bool row = false;
    bool ok;
    while ((ok = step(ctx->db, stmt, &row, err)) && row)
        job_plan_add_numbers(plan, sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1),
                             sqlite3_column_int64(stmt, 2), sqlite3_column_int64(stmt, 3));
    (void)sqlite3_finalize(stmt);
    return ok;
}

static bool tally_plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    return plan_of(
        ctx,
        "SELECT tenant_id, min(id), max(id), count(*) FROM tally_item i WHERE NOT EXISTS"
        " (SELECT 1 FROM tally_row r WHERE r.tenant_id = i.tenant_id AND r.item = i.id AND"
        " r.part = 1) GROUP BY tenant_id ORDER BY tenant_id",
        plan, err);
}

static bool copy_plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    return plan_of(
        ctx,
        "SELECT tenant_id, min(item), max(item), count(*) FROM tally_row r WHERE part = 1 AND"
        " NOT EXISTS (SELECT 1 FROM tally_copy c WHERE c.tenant_id = r.tenant_id AND c.item ="
        " r.item) GROUP BY tenant_id ORDER BY tenant_id",
        plan, err);
}

static bool load_of(const struct job_ctx *ctx, const char *sql, const struct chunk_range *range,
                    struct chunk *chunk, struct error *err)
{
    struct arena *arena = chunk_arena(chunk);
    int64_t after = 0;
    int64_t hi = 0;
    size_t count = 0;
    bool row = false;
    bool ok;
    if (!chunk_key_number(range->after_key, &after, err) ||
        !chunk_key_number(range->hi_key, &hi, err))
        return false;
    sqlite3_stmt *stmt = prepare(ctx->db, sql);
    (void)sqlite3_bind_int64(stmt, 1, range->tenant_id);
    (void)sqlite3_bind_int64(stmt, 2, after);
    (void)sqlite3_bind_int64(stmt, 3, hi);
    (void)sqlite3_bind_int64(stmt, 4, (int64_t)range->limit);
    struct tally_environment *environment = environment_of(ctx);
    while ((ok = step(ctx->db, stmt, &row, err)) && row) {
        if (environment->cut_after > 0 && count == environment->cut_after) {
            chunk_cut(chunk);
            break;
        }
        struct tally_item *item = ARENA_NEW(arena, struct tally_item);
        item->tenant_id = range->tenant_id;
        item->id = sqlite3_column_int64(stmt, 0);
        item->name = arena_copy(arena, (const char *)sqlite3_column_text(stmt, 1));
        item->amount = sqlite3_column_int64(stmt, 2);
        item->mode = arena_copy(arena, (const char *)sqlite3_column_text(stmt, 3));
        struct chunk_item *added =
            chunk_add_item(chunk, arena_printf(arena, "%" PRId64, item->id), item->name, item);
        added->has_at_stake = true;
        added->at_stake = money_of_minor(item->amount, (struct currency){"EUR"});
        count++;
    }
    (void)sqlite3_finalize(stmt);
    if (count > environment->largest_chunk)
        environment->largest_chunk = count;
    return ok;
}

static bool tally_load(const struct job_ctx *ctx, const struct chunk_range *range,
                       struct chunk *chunk, struct error *err)
{
    struct tally_state *state = ARENA_NEW(chunk_arena(chunk), struct tally_state);
    sqlite3_stmt *stmt = prepare(ctx->db, "SELECT counted FROM tally_count");
    bool row = false;
    bool ok = step(ctx->db, stmt, &row, err);
    state->version = environment_of(ctx)->version;
    state->counted = ok && row ? sqlite3_column_int64(stmt, 0) : 0;
    (void)sqlite3_finalize(stmt);
    if (!ok)
        return false;
    environment_of(ctx)->loads++;
    chunk_set_state(chunk, state);
    return load_of(
        ctx,
        "SELECT id, name, amount, mode FROM tally_item i WHERE tenant_id = ?1 AND id > ?2"
        " AND id <= ?3 AND NOT EXISTS (SELECT 1 FROM tally_row r WHERE r.tenant_id ="
        " i.tenant_id AND r.item = i.id AND r.part = 1) ORDER BY id LIMIT ?4",
        range, chunk, err);
}

static bool copy_load(const struct job_ctx *ctx, const struct chunk_range *range,
                      struct chunk *chunk, struct error *err)
{
    return load_of(
        ctx,
        "SELECT item, text, amount, (SELECT mode FROM tally_item i WHERE i.tenant_id ="
        " r.tenant_id AND i.id = r.item) FROM tally_row r WHERE tenant_id = ?1 AND part = 1"
        " AND item > ?2 AND item <= ?3 AND NOT EXISTS (SELECT 1 FROM tally_copy c WHERE"
        " c.tenant_id = r.tenant_id AND c.item = r.item) ORDER BY item LIMIT ?4",
        range, chunk, err);
}

static bool append(const struct tally_item *item, const struct bulk_table *table, int64_t part,
                   int64_t amount, struct chunk *chunk, struct error *err)
{
    int64_t row_id = 0;
    if (!chunk_next_id(chunk, &row_id, err))
        return false;
    struct tally_row *row = chunk_append(chunk, table);
    *row = (struct tally_row){.tenant_id = item->tenant_id,
                              .item = item->id,
                              .part = part,
                              .row_id = row_id,
                              .text = item->name,
                              .amount = amount};
    return true;
}

/* What another worker's claim does, from beside. */
static void steal(const struct job_ctx *ctx)
{
    storage_sql(ctx->db, "UPDATE job_partition SET epoch = epoch + 1, owner = 'somebody else',"
                         " lease_until_us = 9000000000000000000 WHERE state = 'running'");
}

static bool tally_compute(const struct job_ctx *ctx, const struct chunk_item *chunk_item,
                          struct chunk *chunk, struct error *err)
{
    struct tally_environment *environment = environment_of(ctx);
    const struct tally_item *item = chunk_item->data;
    int64_t amount = text_equal(item->mode, "refused") ? -item->amount : item->amount;
    if (text_equal(item->mode, "broken"))
        return error_run(err, EXIT_IO, "the disk makes noises");
    if (text_equal(item->mode, "retry") && environment->retries-- > 0)
        return error_retry(err, EXIT_TEMPORARY, "somebody was quicker");
    if (text_equal(item->mode, "stop"))
        environment->signal = SIGTERM;
    if (text_equal(item->mode, "steal"))
        steal(ctx);
    if (text_equal(item->mode, "advance"))
        storage_sql(ctx->db,
                    "UPDATE job_partition SET chunk_no = chunk_no + 1 WHERE state = 'running'");
    if (text_equal(item->mode, "changed") && environment->changes-- > 0) {
        storage_sql(ctx->db, "UPDATE tally_item SET amount = amount + 1 WHERE mode = 'changed'");
        environment->version++;
    }
    if (text_equal(item->mode, "counts")) {
        const struct tally_state *state = chunk_state(chunk);
        struct tally_count_row *count = chunk_append(chunk, &TALLY_COUNTED);
        *count = (struct tally_count_row){item->tenant_id, state->counted, state->counted + 1};
    }
    if (text_equal(item->mode, "large"))
        (void)arena_alloc(chunk_arena(chunk), MEGABYTE);
    if (text_equal(item->mode, "slow"))
        engine_wait_ms(100);
    if (!append(item, &TALLY_ROW_ADD, 1, amount, chunk, err))
        return false;
    if (text_equal(item->mode, "conflict") &&
        !append(item, &TALLY_ROW_ADD, CONFLICT_PART, amount, chunk, err))
        return false;
    if (!chunk_add_total(chunk, money_of_minor(item->amount, (struct currency){"EUR"}), err))
        return false;
    if (!text_equal(item->mode, "fail"))
        return true;
    if (!append(item, &TALLY_ROW_ADD, 2, amount, chunk, err))
        return false;
    (void)error_item(err, "tally_fail", "%s is not to be counted", item->name);
    return error_hint(err, "change its mode");
}

static bool copy_compute(const struct job_ctx *ctx, const struct chunk_item *chunk_item,
                         struct chunk *chunk, struct error *err)
{
    const struct tally_item *item = chunk_item->data;
    (void)ctx;
    if (text_equal(item->mode, "uncopied"))
        return error_run(err, EXIT_CANTCREATE, "no paper");
    if (text_equal(item->mode, "copied later"))
        return error_item(err, "copied_later", "%s is copied later", item->name);
    return append(item, &TALLY_COPY_ADD, 1, item->amount, chunk, err);
}

static bool tally_publish(const struct job_ctx *ctx, struct chunk *chunk, struct error *err)
{
    (void)chunk;
    (void)err;
    environment_of(ctx)->publications++;
    return true;
}

static bool tally_confirm(const struct job_ctx *ctx, const struct chunk *chunk, struct error *err)
{
    const struct tally_state *state = chunk_state(chunk);
    struct tally_environment *environment = environment_of(ctx);
    if (environment->breaks_confirming)
        return error_run(err, EXIT_IO, "the scales are gone");
    return state->version == environment->version ||
           error_retry(err, EXIT_TEMPORARY, "amounts have changed");
}

static const struct bulk_table *const tally_tables[] = {&TALLY_ROW_ADD, &TALLY_COUNTED};
static const struct bulk_table *const copy_tables[] = {&TALLY_COPY_ADD};
const struct job tally_job = {
    .name = "tally",
    .key = JOB_KEY_PERIOD,
    .tables = tally_tables,
    .table_count = ARRAY_LEN(tally_tables),
    .plan = tally_plan,
    .load = tally_load,
    .compute = tally_compute,
    .publish = tally_publish,
    .confirm = tally_confirm,
};
const struct job copy_job = {
    .name = "copy",
    .key = JOB_KEY_PERIOD,
    .tables = copy_tables,
    .table_count = 1,
    .plan = copy_plan,
    .load = copy_load,
    .compute = copy_compute,
};

/* ---------------------------------------------------------------- the bench */

#define BENCH_ARENA_BYTES ((size_t)32 << 20)
#define CHUNK_ARENA_BYTES ((size_t)8 << 20)

static void make_engine(struct bench *bench)
{
    bench->environment = (struct tally_environment){.db = bench->db};
    bench->engine = (struct engine){
        .db = bench->db,
        .environment = &bench->environment,
        .actor = "a test",
        .program = "billmill test",
        .stop_signal = &bench->environment.signal,
        .memory_cap_bytes = CHUNK_ARENA_BYTES,
    };
    engine_identify(&bench->engine);
}

static void make_definitions(struct bench *bench)
{
    bench->tally = (struct run_definition){
        .name = "tally",
        .job = &tally_job,
        .key = JOB_KEY_PERIOD,
        .text = "tally, the first",
        .chunk_size = 3,
        .partitions = 1,
        .lease_s = 60,
        .max_parked = -1,
        .max_parked_percent = -1,
    };
    bench->copy = bench->tally;
    bench->copy.name = "copy";
    bench->copy.job = &copy_job;
    bench->copy.text = "copy, the first";
    bench->after[0] = &bench->tally;
    bench->copy.after = bench->after;
    bench->copy.after_count = 1;
    bench->steps[0] = &bench->tally;
    bench->steps[1] = &bench->copy;
    bench->pipeline = (struct run_definition){.name = "both",
                                              .steps = bench->steps,
                                              .step_count = 2,
                                              .key = JOB_KEY_PERIOD,
                                              .text = "both, the first"};
}

struct bench *bench_create(void)
{
    struct bench *bench = memory_alloc(sizeof *bench, "a bench");
    memset(bench, 0, sizeof *bench);
    bench->arena = arena_create("a bench", BENCH_ARENA_BYTES);
    static const char *directory; /* of this test */
    static int benches;
    directory = directory == NULL ? storage_directory() : directory;
    bench->path = storage_path(directory, arena_printf(bench->arena, "%d.db", ++benches));
    bench->db = storage_migrated(bench->path);
    storage_sql(bench->db, TABLES);
    make_engine(bench);
    make_definitions(bench);
    return bench;
}

void bench_destroy(struct bench *bench)
{
    db_close(&bench->db);
    arena_destroy(&bench->arena);
    free(bench);
}

void bench_reopen(struct bench *bench)
{
    db_close(&bench->db);
    bench->db = storage_open_ok(bench->path, DB_WRITE);
    make_engine(bench);
}

void bench_items(struct bench *bench, int count)
{
    storage_sql(bench->db,
                arena_printf(bench->arena,
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                             " WHERE i < %d) INSERT INTO tally_item SELECT 1, i, 'item ' || i,"
                             " i * 101, 'ok' FROM n",
                             count));
}

void bench_mode(struct bench *bench, int item, const char *mode)
{
    storage_sql(
        bench->db,
        arena_printf(bench->arena, "UPDATE tally_item SET mode = '%s' WHERE id = %d", mode, item));
}

static int launch_it(struct bench *bench, const struct launch_request *request)
{
    error_clear(&bench->err);
    error_clear(&bench->failure);
    bench->environment.signal = 0;
    memset(&bench->result, 0, sizeof bench->result);
    if (!launch(&bench->engine, request, bench->arena, &bench->result, &bench->failure,
                &bench->err)) {
        ck_assert_int_ne(bench->err.kind, ERROR_NONE);
        return (int)bench->err.exit_code;
    }
    return (int)bench->result.execution.exit_code;
}

int bench_launch(struct bench *bench, const struct run_definition *definition,
                 enum launch_action action)
{
    return launch_it(bench,
                     &(struct launch_request){.definition = definition,
                                              .business_key = "2026-10",
                                              .action = action,
                                              .started_by = "test",
                                              .reason = action == LAUNCH_REDO ? "why not" : NULL});
}

int bench_adopt(struct bench *bench, const struct run_definition *definition)
{
    return launch_it(bench, &(struct launch_request){.definition = definition,
                                                     .business_key = "2026-10",
                                                     .action = LAUNCH_RESUME,
                                                     .started_by = "test",
                                                     .reason = "the new one is better",
                                                     .adopt_definition = true});
}

int64_t bench_number(struct bench *bench, const char *sql)
{
    return storage_number(bench->db, sql);
}

const char *bench_text(struct bench *bench, const char *sql)
{
    const char *text = "";
    sqlite3_stmt *stmt = prepare(bench->db, sql);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        text = arena_printf(bench->arena, "%s%s", text, *text == '\0' ? "" : ";");
        for (int i = 0; i < sqlite3_column_count(stmt); i++)
            text = arena_printf(bench->arena, "%s%s%s", text, i == 0 ? "" : "|",
                                sqlite3_column_text(stmt, i) == NULL
                                    ? "-"
                                    : (const char *)sqlite3_column_text(stmt, i));
    }
    (void)sqlite3_finalize(stmt);
    return text;
}

const char *bench_dump(struct bench *bench)
{
    return arena_printf(
        bench->arena, "rows %s\ncopies %s\nparked %s\nsums %s\nstates %s",
        bench_text(bench,
                   "SELECT tenant_id, item, part, text, amount FROM tally_row ORDER BY 1, 2, 3"),
        bench_text(bench,
                   "SELECT tenant_id, item, part, text, amount FROM tally_copy ORDER BY 1, 2, 3"),
        bench_text(bench, "SELECT tenant_id, item, item_key, code, reason, amount_minor, state FROM"
                          " parked_item ORDER BY 1, 2"),
        bench_text(bench,
                   "SELECT i.job, sum(amount_count), sum(amount_minor) FROM job_chunk_total t"
                   " JOIN job_instance i USING (instance_id) GROUP BY i.job ORDER BY 1"),
        bench_text(bench,
                   "SELECT job, business_key, generation, state FROM job_instance ORDER BY 1, 3"));
}
