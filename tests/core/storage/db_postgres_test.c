/* What is PostgreSQL's alone; the tests of both engines are in bulk_test.c. Nothing here runs
 * without BILLMILL_TEST_POSTGRES. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/storage/bulk_postgres.h"
#include "tests/core/storage/storage_support.h"

#define PLAN_SIZE 4096

static struct db *new_database(void)
{
    return storage_with_samples(NULL);
}

static struct sample sample(int64_t id)
{
    return (struct sample){.id = id, .whole = id, .day = DATE_NONE};
}

/* Catches every mistake in a .def file, and every parameter whose type only a value would tell: a
 * null is sent without one. */
START_TEST(prepares_every_statement)
{
    struct db *db = new_database();
    for (int id = 0; id < STATEMENT_COUNT; id++) {
        enum statement_id statement = (enum statement_id)id;
        PGresult *result =
            PQprepare(pg_of(db)->conn, "", statement_text_postgres(statement), 0, NULL);
        ck_assert_msg(PQresultStatus(result) == PGRES_COMMAND_OK, "%s: %s",
                      statement_name(statement), PQresultErrorMessage(result));
        PQclear(result);
    }
    db_close(&db);
}
END_TEST

static const struct number_case {
    const char *sql;
    bool is_whole;
    int64_t expected;
} number_cases[] = {
    {"SELECT 0::numeric",                                  true,  0        },
    {"SELECT 10000::numeric",                              true,  10000    },
    {"SELECT 120000000.00::numeric",                       true,  120000000},
    {"SELECT -1::numeric",                                 true,  -1       },
    {"SELECT 9223372036854775807::numeric",                true,  INT64_MAX},
    {"SELECT -9223372036854775808::numeric",               true,  INT64_MIN},
    {"SELECT 9223372036854775808::numeric",                false, 0        },
    {"SELECT -9223372036854775809::numeric",               false, 0        },
    {"SELECT 1e30::numeric",                               false, 0        },
    {"SELECT 0.5::numeric",                                false, 0        },
    {"SELECT 1.00005::numeric",                            false, 0        },
    {"SELECT 'NaN'::numeric",                              false, 0        },
    {"SELECT sum(x) FROM (VALUES (3::bigint), (4)) v (x)", true,  7        },
    {"SELECT (-2)::smallint",                              true,  -2       },
    {"SELECT (-70000)::int",                               true,  -70000   },
    {"SELECT true",                                        true,  1        },
    {"SELECT 'x'",                                         false, 0        },
};

START_TEST(reads_numbers)
{
    const struct number_case *c = &number_cases[_i];
    struct error err = {0};
    PGresult *result = NULL;
    struct pg_rows rows;
    bool has_row = false;
    struct db *db = new_database();
    STORAGE_OK(pg_ask(pg_of(db), "number", c->sql, &result, &err));
    pg_rows_init(&rows, pg_of(db), "number", result);
    STORAGE_OK(pg_rows_next(&rows.rows, &has_row, &err));
    ck_assert_msg((pg_rows_value(&rows.rows, 0).kind == DB_VALUE_I64) == c->is_whole, "%s", c->sql);
    if (c->is_whole)
        ck_assert_msg(pg_rows_value(&rows.rows, 0).i64 == c->expected, "%s", c->sql);
    pg_result_clear(&result);
    db_close(&db);
}
END_TEST

static const struct state_case {
    const char *state;
    enum error_kind kind;
    enum exit_code exit_code;
} state_cases[] = {
    {"40001", ERROR_RETRY, EXIT_TEMPORARY  },
    {"40P01", ERROR_RETRY, EXIT_TEMPORARY  },
    {"40003", ERROR_RETRY, EXIT_TEMPORARY  },
    {"55P03", ERROR_RETRY, EXIT_TEMPORARY  },
    {"57P01", ERROR_RETRY, EXIT_TEMPORARY  },
    {"57P02", ERROR_RETRY, EXIT_TEMPORARY  },
    {"57P03", ERROR_RETRY, EXIT_TEMPORARY  },
    {"08006", ERROR_RETRY, EXIT_TEMPORARY  },
    {"53300", ERROR_RETRY, EXIT_TEMPORARY  },
    {"23505", ERROR_ITEM,  EXIT_DATA       },
    {"23514", ERROR_ITEM,  EXIT_DATA       },
    {"22003", ERROR_ITEM,  EXIT_DATA       },
    {"53100", ERROR_RUN,   EXIT_CANTCREATE },
    {"25006", ERROR_RUN,   EXIT_CANTCREATE },
    {"42501", ERROR_RUN,   EXIT_CONFIG     },
    {"58030", ERROR_RUN,   EXIT_IO         },
    {"XX001", ERROR_RUN,   EXIT_UNAVAILABLE},
    {"42P01", ERROR_RUN,   EXIT_INTERNAL   },
};

START_TEST(says_what_a_state_means)
{
    const struct state_case *c = &state_cases[_i];
    struct error err = {0};
    char sql[160];
    struct db *db = new_database();
    (void)snprintf(sql, sizeof sql,
                   "DO $$ BEGIN RAISE 'told' USING ERRCODE = '%s', DETAIL = 'secret'; END $$",
                   c->state);
    ck_assert(!pg_simple(pg_of(db), "a statement", sql, NULL, &err));
    ck_assert_msg(err.kind == c->kind && (c->kind == ERROR_ITEM || err.exit_code == c->exit_code),
                  "%s: kind %d, exit %d", c->state, (int)err.kind, (int)err.exit_code);
    ck_assert_ptr_nonnull(strstr(err.message, "a statement: "));
    ck_assert_ptr_nonnull(strstr(err.message, "told"));
    ck_assert_ptr_null(strstr(err.message, "secret"));
    db_close(&db);
}
END_TEST

/* The server says that a row is bad, not which: it is found, and nothing of the transaction counts.
 */
static const size_t bad_rows[] = {0, 1, 4, 6, 7};
START_TEST(finds_the_refused_row)
{
    struct error err = {0};
    struct sample rows[8];
    size_t bad_row = 99;
    struct tx tx = {0};
    struct db *db = new_database();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i] = sample((int64_t)i + 1);
    struct sample first = sample(100);
    first.whole = rows[bad_rows[_i]].whole; /* another unique column than the key */
    STORAGE_OK(storage_bulk(db, &sample_insert, &first, 1, NULL, NULL, &err));
    STORAGE_OK(tx_begin(&tx, db, &err));
    ck_assert(!bulk_write(db, &sample_insert, rows, ARRAY_LEN(rows), NULL, &bad_row, &err));
    ck_assert_int_eq(err.kind, ERROR_ITEM);
    ck_assert_str_eq(err.code, "database_refused");
    ck_assert_uint_eq(bad_row, bad_rows[_i]);
    ck_assert(!tx_commit(&tx, &err));
    ck_assert_int_eq(err.exit_code, EXIT_TEMPORARY);
    tx_rollback_open(&tx);
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample"), 1);
    db_close(&db);
}
END_TEST

/* New rows go by COPY; the second time by UNNEST, which finds what is stored to be equal. */
START_TEST(copies_through_a_pool)
{
    struct error err = {0};
    struct sample rows[100];
    int64_t written = -1;
    struct db *db = new_database();
    pg_of(db)->pooled = true;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i] = sample((int64_t)i);
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, ARRAY_LEN(rows) - 1, &written, NULL, &err));
    ck_assert_int_eq(written, ARRAY_LEN(rows) - 1);
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, ARRAY_LEN(rows), &written, NULL, &err));
    ck_assert_int_eq(written, 1);
    db_close(&db);
}
END_TEST

/* Writes of rows that are new (n) or stored already (o), and for how many more COPY is left out. */
static const struct copy_case {
    const char *writes;
    int32_t refusals, pause;
} copy_cases[] = {
    {"nn",        0, 0},
    {"no",        1, 0},
    {"non",       0, 0},
    {"noo",       2, 1},
    {"noon",      2, 0},
    {"noonn",     1, 0},
    {"noonnn",    0, 0},
    {"noooo",     3, 3},
    {"nooooooo",  3, 0},
    {"noooooooo", 4, 7},
};

START_TEST(copies_again_after_a_refusal)
{
    const struct copy_case *c = &copy_cases[_i];
    struct error err = {0};
    struct sample rows[COPY_ROWS_MIN];
    struct db *db = new_database();
    int64_t next = 0;
    for (const char *write = c->writes; *write != '\0'; write++) {
        int64_t written = -1;
        if (*write == 'n')
            for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                rows[i] = sample(next++);
        STORAGE_OK(storage_bulk(db, &sample_insert, rows, ARRAY_LEN(rows), &written, NULL, &err));
        ck_assert_msg(written == (*write == 'n' ? COPY_ROWS_MIN : 0), "%s: %lld rows", c->writes,
                      (long long)written);
    }
    const struct pg_bulk *bulk = pg_of(db)->bulks;
    ck_assert_msg(bulk->copy_refusals == c->refusals && bulk->copy_pause == c->pause,
                  "%s: %d refusals, pause %d", c->writes, bulk->copy_refusals, bulk->copy_pause);
    db_close(&db);
}
END_TEST

/* A null first, then a value, then a null: the statement is prepared for each. */
START_TEST(types_by_value)
{
    struct error err = {0};
    bool found = false;
    int64_t count = 0;
    struct db *db = new_database();
    const struct db_value texts[] = {db_null(), db_text("x"), db_null(), db_text("y")};
    for (int pooled = 0; pooled < 2; pooled++) {
        pg_of(db)->pooled = pooled == 1;
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
            struct db_rows *rows = NULL;
            STORAGE_OK(db_query(db, STMT_EXECUTION_LIST,
                                DB_ARGS(db_i64(0), db_i64(0), texts[i], texts[i], db_i64(5)), &rows,
                                &err));
            db_rows_close(&rows);
        }
        STORAGE_OK(
            db_query_i64(db, STMT_PARKED_OPEN_COUNT, DB_ARGS(db_i64(1)), &count, &found, &err));
        ck_assert(found);
        ck_assert_int_eq(count, 0);
    }
    db_close(&db);
}
END_TEST

static void end_connection(struct db *db)
{
    char sql[80];
    (void)snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d)",
                   PQbackendPID(pg_of(db)->conn));
    storage_postgres_execute(sql);
}

START_TEST(connects_again_between_transactions)
{
    struct error err = {0};
    struct db *db = new_database();
    struct sample one = sample(1);
    STORAGE_OK(storage_bulk(db, &sample_insert, &one, 1, NULL, NULL, &err));
    end_connection(db);
    one = sample(2);
    STORAGE_OK(storage_bulk(db, &sample_insert, &one, 1, NULL, NULL, &err));
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample"), 2);
    db_close(&db);
}
END_TEST

/* A ROLLBACK that did not get through leaves the server in a transaction that nobody knows of. */
START_TEST(leaves_a_stray_transaction_behind)
{
    struct error err = {0};
    struct db *db = new_database();
    struct sample one = sample(1);
    STORAGE_OK(pg_simple(pg_of(db), "stray", "BEGIN", NULL, &err));
    ck_assert(!pg_simple(pg_of(db), "stray", "SELECT 1/0", NULL, &err));
    error_clear(&err);
    STORAGE_OK(storage_bulk(db, &sample_insert, &one, 1, NULL, NULL, &err));
    STORAGE_OK(pg_simple(pg_of(db), "stray", "BEGIN", NULL, &err));
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample"), 1);
    db_close(&db);
}
END_TEST

START_TEST(retries_what_a_lost_connection_interrupts)
{
    struct error err = {0};
    struct sample one = sample(1);
    struct db *db = new_database();
    {
        CLEANUP(tx_rollback_open) struct tx tx = {0};
        STORAGE_OK(tx_begin(&tx, db, &err));
        STORAGE_OK(bulk_write(db, &sample_insert, &one, 1, NULL, NULL, &err));
        end_connection(db);
        ck_assert(!tx_commit(&tx, &err));
        ck_assert_int_eq(err.kind, ERROR_RETRY);
        ck_assert_int_eq(err.exit_code, EXIT_TEMPORARY);
        ck_assert(!bulk_write(db, &sample_insert, &one, 1, NULL, NULL, &err)); /* not alone */
        ck_assert_int_eq(err.kind, ERROR_RETRY);
    }
    error_clear(&err);
    STORAGE_OK(storage_bulk(db, &sample_insert, &one, 1, NULL, NULL, &err));
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample"), 1);
    db_close(&db);
}
END_TEST

/* A worker that stands still inside a transaction loses it, and its locks, before its lease is
 * over: others neither wait for longer nor for ever, behind a pool too. */
static const bool pools[] = {false, true};
START_TEST(frees_what_a_frozen_worker_holds)
{
    struct error err = {0};
    struct sample one = sample(1);
    int64_t first = 0;
    struct db *db = new_database();
    struct db *other = storage_open_ok(pg_of(db)->location, DB_WRITE);
    STORAGE_OK(db_reserve_ids(db, "invoice", 1, &first, &err));
    pg_of(db)->pooled = pools[_i];
    pg_of(other)->pooled = pools[_i];
    db_set_lease(db, 1);
    db_set_lease(other, 1);
    {
        CLEANUP(tx_rollback_open) struct tx tx = {0};
        STORAGE_OK(tx_begin(&tx, db, &err));
        STORAGE_OK(db_reserve_ids(db, "invoice", 1, &first, &err));
        ck_assert(!db_reserve_ids(other, "invoice", 1, &first, &err)); /* waits, but not for long */
        ck_assert_int_eq(err.kind, ERROR_RETRY);
        error_clear(&err);
        (void)nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
        STORAGE_OK(db_reserve_ids(other, "invoice", 1, &first, &err));
        ck_assert_int_eq(first, 2);
        ck_assert(!bulk_write(db, &sample_insert, &one, 1, NULL, NULL, &err));
        ck_assert_int_eq(err.kind, ERROR_RETRY);
    }
    error_clear(&err);
    STORAGE_OK(storage_bulk(db, &sample_insert, &one, 1, NULL, NULL, &err));
    db_close(&other);
    db_close(&db);
}
END_TEST

START_TEST(rolls_a_dry_run_back)
{
    struct error err = {0};
    struct sample rows[] = {sample(1), sample(2), sample(2)};
    size_t bad_row = 99;
    struct db *db = new_database();
    rows[2].id = 3; /* the same `whole` */
    STORAGE_OK(db_dry_run_start(db, &err));
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, 1, NULL, NULL, &err));
    ck_assert(!storage_bulk(db, &sample_insert, rows, 3, NULL, &bad_row, &err));
    ck_assert_uint_eq(bad_row, 2);
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, 2, NULL, NULL, &err));
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample"), 2);
    STORAGE_OK(pg_command(db, DB_COMMAND_ROLLBACK, &err));
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample"), 0);
    db_close(&db);
}
END_TEST

START_TEST(keeps_one_view)
{
    struct error err = {0};
    struct sample one = sample(1);
    struct db *db = new_database();
    CLEANUP(snapshot_end) struct snapshot snapshot = {0};
    STORAGE_OK(snapshot_begin(&snapshot, db, &err));
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample"), 0);
    ck_assert(!pg_simple(pg_of(db), "write", "DELETE FROM sample", NULL, &err));
    ck_assert_int_eq(err.exit_code, EXIT_CANTCREATE);
    snapshot_end(&snapshot);
    error_clear(&err);
    STORAGE_OK(storage_bulk(db, &sample_insert, &one, 1, NULL, NULL, &err));
    db_close(&db);
}
END_TEST

/* More rows than a part has, another large query and a small one in between, and one that is not
 * read to its end. Another connection's rows stay unseen. */
static const int64_t large_counts[] = {0, 1, 499, 500, 501, 1000, 1201};
START_TEST(reads_in_parts)
{
    struct error err = {0};
    int64_t seen = 0;
    bool has_row = true;
    char sql[160];
    struct db *db = new_database();
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO product SELECT 1, n, lpad(n::text, 5, '0'), 'x', 'saas', 'x'"
                   " FROM generate_series(1, %d) n",
                   (int)large_counts[_i]);
    storage_sql(db, sql);
    CLEANUP(snapshot_end) struct snapshot snapshot = {0};
    STORAGE_OK(snapshot_begin(&snapshot, db, &err));
    CLEANUP(db_rows_close) struct db_rows *other = NULL;
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    STORAGE_OK(db_query_large(db, STMT_MIGRATIONS_APPLIED, DB_NO_ARGS, &other, &err));
    STORAGE_OK(db_query_large(db, STMT_DUMP_PRODUCTS, DB_ARGS(db_i64(1)), &rows, &err));
    for (;;) {
        STORAGE_OK(db_rows_next(rows, &has_row, &err));
        if (!has_row)
            break;
        ck_assert_int_eq(db_rows_i64(rows, db_rows_column(rows, "product_id")), ++seen);
        if (seen == 2)
            ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM product"), large_counts[_i]);
    }
    ck_assert_int_eq(seen, large_counts[_i]);
    db_rows_close(&rows);
    STORAGE_OK(db_rows_next(other, &has_row, &err));
    ck_assert(has_row);
    db_rows_close(&other);
    snapshot_end(&snapshot);
    db_close(&db);
}
END_TEST

/* The plan of updating `count` samples of which the server believes too little, as one text. */
static void explain_update(struct db *db, const struct sample *rows, size_t count,
                           char target[PLAN_SIZE])
{
    static const struct row_field fields[] = {
        ROW_FIELD(struct sample, id, "id"),
        ROW_FIELD(struct sample, small, "small"),
    };
    static const struct bulk_table update = {.name = "sample_open",
                                             .kind = BULK_UPDATE,
                                             .table = "sample",
                                             .fields = fields,
                                             .field_count = 2,
                                             .key_count = 1,
                                             .row_size = sizeof(struct sample),
                                             .guard = "flag = 0"};
    struct error err = {0};
    struct pg_args args;
    struct strbuf text;
    char explain[BULK_TEXT_SIZE + 16];
    PGresult *result = NULL;
    size_t spans = 0;
    struct pg_bulk *bulk = bulk_make(&update);
    struct span *span = bulk_make_spans(&update, rows, count, &spans);
    (void)snprintf(explain, sizeof explain, "EXPLAIN %s", bulk->texts[0]);
    bulk->write[0].text = explain;
    bulk_set_arrays(pg_of(db), &update, 2, rows, span, spans, false, &args);
    STORAGE_OK(pg_execute(pg_of(db), &bulk->write[0], &args, &result, &err));
    strbuf_init(&text, target, PLAN_SIZE);
    for (int i = 0; i < PQntuples(result); i++)
        strbuf_addf(&text, "%s\n", PQgetvalue(result, i, 0));
    PQclear(result);
    free(span);
    free(bulk);
}

/* A chunk's rows are looked up by their keys: no hash of the whole table, and not by walking the
 * index of open rows, which was empty when the server counted last. */
START_TEST(looks_rows_up_by_their_keys)
{
    static struct sample rows[1000];
    char plan[PLAN_SIZE];
    struct error err = {0};
    struct tx tx = {0};
    struct db *db = new_database();
    storage_sql(db, "CREATE INDEX sample_open ON sample (small) WHERE flag = 0");
    storage_sql(db, "INSERT INTO sample (id, small, flag, amount)"
                    " SELECT i, 0, 1, '0' FROM generate_series(1, 3000) AS i");
    storage_sql(db, "ANALYZE sample");
    storage_sql(db, "UPDATE sample SET flag = 0");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i] = sample((int64_t)i + 1);
    db_expect_parts(db);
    STORAGE_OK(tx_begin(&tx, db, &err));
    explain_update(db, rows, ARRAY_LEN(rows), plan);
    STORAGE_OK(tx_commit(&tx, &err));
    ck_assert_msg(strstr(plan, "Nested Loop") != NULL, "%s", plan);
    ck_assert_msg(strstr(plan, "sample_pkey") != NULL, "%s", plan);
    ck_assert_msg(strstr(plan, "sample_open") == NULL, "%s", plan);
    db_close(&db);
}
END_TEST

/* Who reads next has no transaction of this connection before it: plans need the count at once. */
START_TEST(counts_what_was_written_when_it_closes)
{
    static struct sample rows[1000];
    struct error err = {0};
    struct db *db = new_database();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i] = sample((int64_t)i + 1);
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, ARRAY_LEN(rows), NULL, NULL, &err));
    ck_assert(pg_of(db)->analyze_due);
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 16);
    const char *location = arena_copy(arena, pg_of(db)->location);
    db_close(&db);
    db = storage_open_ok(location, DB_WRITE);
    ck_assert_int_eq(storage_number(db, "SELECT CAST(reltuples AS BIGINT) FROM pg_class"
                                        " WHERE oid = CAST('sample' AS regclass)"),
                     1000);
    db_close(&db);
}
END_TEST

/* Writes rows first to last by a connection of its own, and says how many the server knows of. */
static int64_t known_after(const char *location, int64_t first, int64_t last)
{
    static struct sample rows[200];
    struct error err = {0};
    struct db *db = storage_open_ok(location, DB_WRITE);
    for (int64_t id = first; id <= last; id++)
        rows[id - first] = sample(id);
    STORAGE_OK(
        storage_bulk(db, &sample_insert, rows, (size_t)(last - first + 1), NULL, NULL, &err));
    db_close(&db);
    db = storage_open_ok(location, DB_WRITE);
    int64_t known = storage_number(db, "SELECT CAST(reltuples AS BIGINT) FROM pg_class"
                                       " WHERE oid = CAST('sample' AS regclass)");
    db_close(&db);
    return known;
}

/* The first few, and what doubles them; the little that comes every day is not counted. */
START_TEST(counts_what_is_small_too)
{
    struct db *db = new_database();
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 16);
    const char *location = arena_copy(arena, pg_of(db)->location);
    db_close(&db);
    ck_assert_int_eq(known_after(location, 1, 20), 20);
    ck_assert_int_eq(known_after(location, 21, 30), 20);
    ck_assert_int_eq(known_after(location, 31, 60), 60);
}
END_TEST

/* A reader asks the same of thousands of documents; of a writer the tables grow meanwhile. */
START_TEST(keeps_plans_of_a_reader)
{
    char mode[2][32];
    struct error err = {0};
    struct db *db = new_database();
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 16);
    const char *location = arena_copy(arena, pg_of(db)->location);
    for (int reads = 0; reads < 2; reads++) {
        CLEANUP(pg_result_clear) PGresult *result = NULL;
        db_close(&db);
        db = storage_open_ok(location, reads == 1 ? DB_READ : DB_WRITE);
        STORAGE_OK(pg_simple(pg_of(db), "mode", "SHOW plan_cache_mode", &result, &err));
        (void)snprintf(mode[reads], sizeof mode[reads], "%s", PQgetvalue(result, 0, 0));
    }
    db_close(&db);
    ck_assert_str_eq(mode[0], "force_custom_plan");
    ck_assert_str_eq(mode[1], "auto");
}
END_TEST

START_TEST(reserves_ids)
{
    struct error err = {0};
    int64_t first = 0;
    struct db *db = new_database();
    STORAGE_OK(db_reserve_ids(db, "invoice", 5, &first, &err));
    ck_assert_int_eq(first, 1);
    STORAGE_OK(db_reserve_ids(db, "invoice", 1, &first, &err));
    ck_assert_int_eq(first, 6);
    ck_assert(!db_is_sole_writer(db));
    db_close(&db);
}
END_TEST

TEST_SUITE(db_postgres)
{
    if (!storage_postgres_tests(tcase))
        return;
    TEST_ONE(prepares_every_statement);
    TEST_TABLE(reads_numbers, number_cases);
    TEST_TABLE(says_what_a_state_means, state_cases);
    TEST_TABLE(finds_the_refused_row, bad_rows);
    TEST_ONE(copies_through_a_pool);
    TEST_TABLE(copies_again_after_a_refusal, copy_cases);
    TEST_ONE(types_by_value);
    TEST_ONE(connects_again_between_transactions);
    TEST_ONE(leaves_a_stray_transaction_behind);
    TEST_ONE(retries_what_a_lost_connection_interrupts);
    TEST_TABLE(frees_what_a_frozen_worker_holds, pools);
    TEST_ONE(rolls_a_dry_run_back);
    TEST_ONE(keeps_one_view);
    TEST_TABLE(reads_in_parts, large_counts);
    TEST_ONE(looks_rows_up_by_their_keys);
    TEST_ONE(counts_what_was_written_when_it_closes);
    TEST_ONE(counts_what_is_small_too);
    TEST_ONE(keeps_plans_of_a_reader);
    TEST_ONE(reserves_ids);
}
