#include <stdio.h>
#include <string.h>

#include "tests/core/storage/storage_support.h"

static const char *new_path(void)
{
    return storage_path(storage_directory(), "billmill.db");
}

START_TEST(runs_and_queries)
{
    struct error err = {0};
    int64_t changed = -1;
    int64_t first = 0;
    bool found = false;
    struct db *db = storage_migrated(new_path());
    STORAGE_OK(db_run(db, STMT_ID_START, DB_ARGS(db_text("invoice")), &changed, &err));
    ck_assert_int_eq(changed, 1);
    STORAGE_OK(db_run(db, STMT_ID_START, DB_ARGS(db_text("invoice")), &changed, &err));
    ck_assert_int_eq(changed, 0);
    STORAGE_OK(db_query_i64(db, STMT_ID_RESERVE, DB_ARGS(db_text("invoice"), db_i64(5)), &first,
                            &found, &err));
    ck_assert(found);
    ck_assert_int_eq(first, 1);
    STORAGE_OK(db_query_i64(db, STMT_ID_RESERVE, DB_ARGS(db_text("nobody"), db_i64(5)), &first,
                            &found, &err));
    ck_assert(!found);
    ck_assert_int_eq(first, 1); /* written only when found */
    ck_assert_int_eq(storage_number(db, "SELECT next_id FROM id_counter"), 6);
    db_close(&db);
    ck_assert_ptr_null(db);
}
END_TEST

START_TEST(binds_by_name)
{
    struct error err = {0};
    struct sqlite_statement *statement = NULL;
    struct db_rows *rows = NULL;
    bool has_row = false;
    size_t size = 0;
    struct db *db = storage_migrated(new_path());
    STORAGE_OK(sqlite_statement_create(sqlite_of(db), "AD_HOC",
                                       "SELECT $2 AS b, $1 AS a, $2 || $2 AS bb, $3 AS c, $4 AS d",
                                       &statement, &err));
    STORAGE_OK(sqlite_statement_query(
        statement, DB_ARGS(db_i64(INT64_MIN), db_text("x"), db_null(), db_bytes("\0\1", 2)), &rows,
        &err));
    STORAGE_OK(db_rows_next(rows, &has_row, &err));
    ck_assert(has_row);
    ck_assert_str_eq(db_rows_text(rows, 0), "x");
    ck_assert_int_eq(db_rows_i64(rows, db_rows_column(rows, "a")), INT64_MIN);
    ck_assert_str_eq(db_rows_text(rows, db_rows_column(rows, "bb")), "xx");
    ck_assert(db_rows_is_null(rows, 3));
    ck_assert_ptr_null(db_rows_text(rows, 3));
    ck_assert_mem_eq(db_rows_bytes(rows, 4, &size), "\0\1", 2);
    ck_assert_uint_eq(size, 2);
    ck_assert_int_eq(db_rows_column(rows, "e"), -1);
    STORAGE_OK(db_rows_next(rows, &has_row, &err));
    ck_assert(!has_row);
    db_rows_close(&rows);
    ck_assert_ptr_null(rows);
    sqlite_statement_free(statement);
    db_close(&db);
}
END_TEST

/* The values of a query may be gone while its rows are read; two statements can be open at once. */
START_TEST(streams_nested_queries)
{
    struct error err = {0};
    struct sqlite_statement *outer = NULL;
    struct sqlite_statement *inner = NULL;
    struct db_rows *outer_rows = NULL;
    int64_t sum = 0;
    bool has_outer = false;
    bool has_inner = false;
    char prefix[] = "long enough to be on the heap, were it copied";
    struct db *db = storage_migrated(new_path());
    struct sqlite_db *sqlite = sqlite_of(db);
    STORAGE_OK(sqlite_statement_create(
        sqlite, "OUTER", "SELECT column1, $1 FROM (VALUES (1), (2), (3))", &outer, &err));
    STORAGE_OK(sqlite_statement_create(
        sqlite, "INNER", "SELECT $1 * column1 FROM (VALUES (10), (20))", &inner, &err));
    STORAGE_OK(sqlite_statement_query(outer, DB_ARGS(db_text(prefix)), &outer_rows, &err));
    memset(prefix, '#', sizeof prefix - 1);
    STORAGE_OK(db_rows_next(outer_rows, &has_outer, &err));
    while (has_outer) {
        struct db_rows *rows = NULL;
        int64_t factor = db_rows_i64(outer_rows, 0);
        ck_assert_str_eq(db_rows_text(outer_rows, 1),
                         "long enough to be on the heap, were it copied");
        STORAGE_OK(sqlite_statement_query(inner, DB_ARGS(db_i64(factor)), &rows, &err));
        STORAGE_OK(db_rows_next(rows, &has_inner, &err));
        while (has_inner) {
            sum += db_rows_i64(rows, 0);
            STORAGE_OK(db_rows_next(rows, &has_inner, &err));
        }
        db_rows_close(&rows);
        STORAGE_OK(db_rows_next(outer_rows, &has_outer, &err));
    }
    ck_assert_int_eq(sum, 180);
    db_rows_close(&outer_rows);
    sqlite_statement_free(outer);
    sqlite_statement_free(inner);
    db_close(&db);
}
END_TEST

static int64_t counters(struct db *db)
{
    return storage_number(db, "SELECT count(*) FROM id_counter");
}

START_TEST(rolls_back_unless_committed)
{
    struct error err = {0};
    const char *path = new_path();
    struct db *db = storage_migrated(path);
    {
        CLEANUP(tx_rollback_open) struct tx tx = {0};
        STORAGE_OK(tx_begin(&tx, db, &err));
        STORAGE_OK(db_run(db, STMT_ID_START, DB_ARGS(db_text("a")), NULL, &err));
        ck_assert_int_eq(counters(db), 1);
    }
    ck_assert_int_eq(counters(db), 0);
    {
        CLEANUP(tx_rollback_open) struct tx tx = {0};
        STORAGE_OK(tx_begin(&tx, db, &err));
        STORAGE_OK(db_run(db, STMT_ID_START, DB_ARGS(db_text("a")), NULL, &err));
        STORAGE_OK(tx_commit(&tx, &err));
    }
    ck_assert_int_eq(counters(db), 1);
    struct tx open = {0};
    STORAGE_OK(tx_begin(&open, db, &err));
    STORAGE_OK(db_run(db, STMT_ID_START, DB_ARGS(db_text("b")), NULL, &err));
    db_close(&db); /* with the transaction open */
    ck_assert_int_eq(storage_number_in(path, "SELECT count(*) FROM id_counter"), 1);
}
END_TEST

START_TEST(refuses_what_the_schema_refuses)
{
    struct error err = {0};
    int64_t first;
    bool found;
    struct db *db = storage_migrated(new_path());
    STORAGE_OK(db_run(db, STMT_ID_START, DB_ARGS(db_text("secret-name")), NULL, &err));
    struct tx tx = {0};
    STORAGE_OK(tx_begin(&tx, db, &err));
    ck_assert(!db_query_i64(db, STMT_ID_RESERVE, DB_ARGS(db_text("secret-name"), db_i64(-7)),
                            &first, &found, &err));
    ck_assert_int_eq(err.kind, ERROR_ITEM);
    ck_assert_str_eq(err.code, "database_refused");
    ck_assert_ptr_nonnull(strstr(err.message, "ID_RESERVE"));
    ck_assert_ptr_nonnull(strstr(err.message, "next_id > 0"));
    ck_assert_ptr_null(strstr(err.message, "secret-name"));
    STORAGE_OK(db_run(db, STMT_ID_START, DB_ARGS(db_text("next")), NULL, &err));
    STORAGE_OK(tx_commit(&tx, &err)); /* the transaction lives on */
    ck_assert_int_eq(counters(db), 2);
    db_close(&db);
}
END_TEST

START_TEST(reserves_ids_in_order)
{
    struct error err = {0};
    int64_t first = 0;
    struct tx tx = {0};
    struct db *db = storage_migrated(new_path());
    STORAGE_OK(db_reserve_ids(db, "invoice", 10, &first, &err));
    ck_assert_int_eq(first, 1);
    STORAGE_OK(db_reserve_ids(db, "invoice", 1, &first, &err));
    ck_assert_int_eq(first, 11);
    STORAGE_OK(db_reserve_ids(db, "customer", 3, &first, &err));
    ck_assert_int_eq(first, 1);
    STORAGE_OK(tx_begin(&tx, db, &err));
    STORAGE_OK(db_reserve_ids(db, "invoice", 4, &first, &err));
    ck_assert_int_eq(first, 12);
    tx_rollback_open(&tx);
    STORAGE_OK(db_reserve_ids(db, "invoice", 1, &first, &err));
    ck_assert_int_eq(first, 12);
    db_close(&db);
}
END_TEST

START_TEST(dry_run_leaves_no_trace)
{
    struct error err = {0};
    int64_t first = 0;
    const char *path = new_path();
    struct db *db = storage_migrated(path);
    STORAGE_OK(db_reserve_ids(db, "invoice", 1, &first, &err));
    STORAGE_OK(db_dry_run_start(db, &err));
    ck_assert(db_is_dry_run(db));
    STORAGE_OK(db_reserve_ids(db, "invoice", 5, &first, &err));
    ck_assert_int_eq(first, 2);
    {
        CLEANUP(tx_rollback_open) struct tx tx = {0};
        STORAGE_OK(tx_begin(&tx, db, &err));
        STORAGE_OK(db_run(db, STMT_ID_START, DB_ARGS(db_text("kept")), NULL, &err));
        STORAGE_OK(tx_commit(&tx, &err));
    }
    {
        CLEANUP(tx_rollback_open) struct tx tx = {0};
        STORAGE_OK(tx_begin(&tx, db, &err));
        STORAGE_OK(db_run(db, STMT_ID_START, DB_ARGS(db_text("undone")), NULL, &err));
    }
    ck_assert_int_eq(counters(db), 2); /* invoice and kept: what is committed is seen inside */
    ck_assert_int_eq(storage_number_in(path, "SELECT count(*) FROM id_counter"), 1);
    STORAGE_OK(db_checkpoint(db, &err));
    db_close(&db);
    ck_assert_int_eq(storage_number_in(path, "SELECT count(*) FROM id_counter"), 1);
    ck_assert_int_eq(storage_number_in(path, "SELECT next_id FROM id_counter"), 2);
}
END_TEST

/* After SQLite ended the transaction by itself nothing may be committed on its own. */
START_TEST(writes_nothing_after_a_lost_transaction)
{
    struct error err = {0};
    struct tx tx = {0};
    struct db *db = storage_migrated(new_path());
    STORAGE_OK(tx_begin(&tx, db, &err));
    storage_sql(db, "ROLLBACK");
    ck_assert(!db_run(db, STMT_ID_START, DB_ARGS(db_text("a")), NULL, &err));
    ck_assert_int_eq(err.kind, ERROR_RUN);
    ck_assert_int_eq(err.exit_code, EXIT_TEMPORARY);
    ck_assert(!tx_commit(&tx, &err));
    tx_rollback_open(&tx);
    ck_assert_int_eq(counters(db), 0);
    STORAGE_OK(db_dry_run_start(db, &err));
    storage_sql(db, "ROLLBACK");
    ck_assert(!tx_begin(&tx, db, &err));
    db_close(&db);
}
END_TEST

START_TEST(checkpoints_into_the_file)
{
    struct error err = {0};
    const char *path = new_path();
    struct db *db = storage_migrated(path);
    char log[4096];
    (void)snprintf(log, sizeof log, "%s-wal", path);
    STORAGE_OK(db_checkpoint(db, &err));
    FILE *file = fopen(log, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    ck_assert_int_eq(ftell(file), 0);
    ck_assert_int_eq(fclose(file), 0);
    db_close(&db);
}
END_TEST

static const struct setting_case {
    const char *pragma;
    int64_t writer, reader;
} setting_cases[] = {
    {"PRAGMA synchronous",        2,        2    },
    {"PRAGMA foreign_keys",       1,        1    },
    {"PRAGMA cache_size",         -8192,    -8192},
    {"PRAGMA temp_store",         2,        2    },
    {"PRAGMA wal_autocheckpoint", 4000,     0    },
    {"PRAGMA query_only",         0,        1    },
    {"PRAGMA journal_size_limit", 67108864, -1   },
};

START_TEST(sets_what_the_design_asks)
{
    const struct setting_case *c = &setting_cases[_i];
    const char *path = new_path();
    struct db *writer = storage_migrated(path);
    struct db *reader = storage_open_ok(path, DB_READ);
    ck_assert_msg(storage_number(writer, c->pragma) == c->writer, "%s: %" PRId64, c->pragma,
                  storage_number(writer, c->pragma));
    ck_assert_msg(storage_number(reader, c->pragma) == c->reader, "%s: %" PRId64, c->pragma,
                  storage_number(reader, c->pragma));
    db_close(&reader);
    db_close(&writer);
}
END_TEST

static const struct refusal_case {
    const char *name, *file, *content;
    enum db_mode mode;
    bool create;
    enum exit_code exit_code;
    const char *message;
} refusal_cases[] = {
    {"no file, reader",        "a.db",       NULL, DB_READ,  false, EXIT_UNAVAILABLE, "there is no database"},
    {"no file, writer",        "a.db",       NULL, DB_WRITE, false, EXIT_UNAVAILABLE, "there is no database"},
    {"no directory",           "no/no/a.db", NULL, DB_WRITE, true,  EXIT_CANTCREATE,  "cannot make"         },
    {"a directory",            "",           NULL, DB_READ,  false, EXIT_UNAVAILABLE, "not a regular file"  },
    {"not a database, reader", "text.db",
     "This is a letter and not a database, for all that can be seen of it. It goes on for "
     "a while, so that it is longer than the header of a file of SQLite would be, which is 100 "
     "bytes.",                                     DB_READ,  false, EXIT_UNAVAILABLE, "cannot be read"      },
    {"not a database, writer", "text.db",
     "This is a letter and not a database, for all that can be seen of it. It goes on for "
     "a while, so that it is longer than the header of a file of SQLite would be, which is 100 "
     "bytes.",                                     DB_WRITE, true,  EXIT_UNAVAILABLE, "cannot be read"      },
};

START_TEST(refuses_to_open)
{
    const struct refusal_case *c = &refusal_cases[_i];
    struct error err = {0};
    struct db *db = NULL;
    const char *path = storage_path(storage_directory(), c->file);
    if (c->content != NULL)
        storage_write_file(path, c->content);
    bool opened = db_open(
        &(struct db_options){.location = path, .mode = c->mode, .create = c->create}, &db, &err);
    ck_assert_msg(!opened, "%s", c->name);
    ck_assert_ptr_null(db);
    ck_assert_msg(err.exit_code == c->exit_code, "%s: exit %d, %s", c->name, (int)err.exit_code,
                  err.message);
    ck_assert_msg(strstr(err.message, c->message) != NULL, "%s: %s", c->name, err.message);
    ck_assert_msg(err.hint[0] != '\0', "%s: no hint", c->name);
}
END_TEST

/* Whatever is wrong with an address, its password is not told. */
static const struct location_case {
    const char *location;
    enum exit_code exit_code;
} location_cases[] = {
    {"postgresql://billmill:geheim@localhost:1/x",       EXIT_UNAVAILABLE},
    {"postgresql://billmill@localhost:1/x?user=a@b",     EXIT_UNAVAILABLE},
    {"postgresql://billmill:geheim%eim@localhost:1/x",   EXIT_CONFIG     },
    {"postgresql://billmill:ein@geheim@localhost:1/x",   EXIT_CONFIG     },
    {"postgresql://billmill:ein@geheim:x@localhost:1/x", EXIT_CONFIG     },
    {"postgresql://billmill:geheim/nis@localhost:1/x",   EXIT_CONFIG     },
    {"postgresql://billmill:ein@/geheim@localhost:1/x",  EXIT_CONFIG     },
    {"",                                                 EXIT_CONFIG     },
};

START_TEST(refuses_other_locations)
{
    const struct location_case *c = &location_cases[_i];
    struct error err = {0};
    struct db *db = NULL;
    ck_assert_msg(!storage_open(c->location, DB_READ, &db, &err), "%s", c->location);
    ck_assert_msg(err.exit_code == c->exit_code, "%s: exit %d, %s", c->location, (int)err.exit_code,
                  err.message);
    ck_assert_msg(strstr(err.message, "geheim") == NULL && strstr(err.hint, "geheim") == NULL,
                  "%s: %s", c->location, err.message);
}
END_TEST

/* A name that means something to SQLite or in a URI is still the name of a file. */
START_TEST(opens_odd_names)
{
    static const char *const names[] = {":memory:", "file:x?mode=memory", "100%#1.db", "a b.db"};
    const char *directory = storage_directory();
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *path = storage_path(directory, names[i]);
        char location[4200];
        (void)snprintf(location, sizeof location, "sqlite:%s", path);
        struct db *db = storage_migrated(location);
        db_close(&db);
        ck_assert_msg(storage_number_in(path, "SELECT count(*) FROM schema_migration") > 0, "%s",
                      names[i]);
    }
}
END_TEST

/* Another program's open transaction is waited for, then it is a matter of trying again. */
START_TEST(says_that_the_file_is_locked)
{
    struct error err = {0};
    struct tx tx = {0};
    const char *path = new_path();
    sqlite3 *other = NULL;
    struct db *db = storage_migrated(path);
    ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_busy_timeout(sqlite_of(db)->handle, 10);
    ck_assert(!tx_begin(&tx, db, &err));
    ck_assert_int_eq(err.kind, ERROR_RETRY);
    ck_assert_int_eq(err.exit_code, EXIT_TEMPORARY);
    ck_assert(!tx.open);
    ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
    STORAGE_OK(tx_begin(&tx, db, &err));
    STORAGE_OK(tx_commit(&tx, &err));
    db_close(&db);
}
END_TEST

/* The middle of the file overwritten, as by a bad disk. */
START_TEST(says_that_the_file_is_damaged)
{
    struct error err = {0};
    struct tx tx = {0};
    int64_t first;
    const char *path = new_path();
    char junk[4096];
    struct db *db = storage_migrated(path);
    int64_t pages = storage_number(db, "PRAGMA page_count");
    db_close(&db);
    FILE *file = fopen(path, "r+");
    ck_assert_ptr_nonnull(file);
    memset(junk, 0xA5, sizeof junk);
    for (int64_t page = 3; page < pages; page++) { /* the first pages hold the schema */
        ck_assert_int_eq(fseek(file, (long)(page * (int64_t)sizeof junk), SEEK_SET), 0);
        ck_assert_uint_eq(fwrite(junk, 1, sizeof junk, file), sizeof junk);
    }
    ck_assert_int_eq(fclose(file), 0);
    bool opened = storage_open(path, DB_WRITE, &db, &err);
    if (opened) {
        STORAGE_OK(tx_begin(&tx, db, &err));
        ck_assert(!db_reserve_ids(db, "invoice", 1, &first, &err));
        tx_rollback_open(&tx);
    }
    ck_assert_msg(err.exit_code == EXIT_UNAVAILABLE, "exit %d: %s", (int)err.exit_code,
                  err.message);
    ck_assert_int_eq(err.kind, ERROR_RUN);
    ck_assert_ptr_nonnull(strstr(err.hint, "backup"));
    db_close(&db);
}
END_TEST

TEST_SUITE(db)
{
    TEST_ONE(says_that_the_file_is_damaged);
    TEST_ONE(runs_and_queries);
    TEST_ONE(binds_by_name);
    TEST_ONE(streams_nested_queries);
    TEST_ONE(rolls_back_unless_committed);
    TEST_ONE(refuses_what_the_schema_refuses);
    TEST_ONE(reserves_ids_in_order);
    TEST_ONE(dry_run_leaves_no_trace);
    TEST_ONE(writes_nothing_after_a_lost_transaction);
    TEST_ONE(checkpoints_into_the_file);
    TEST_TABLE(sets_what_the_design_asks, setting_cases);
    TEST_TABLE(refuses_to_open, refusal_cases);
    TEST_TABLE(refuses_other_locations, location_cases);
    TEST_ONE(opens_odd_names);
    TEST_ONE(says_that_the_file_is_locked);
}
