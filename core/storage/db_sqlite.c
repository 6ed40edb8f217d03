/* SQLite: prepared statements, their values and rows, transactions. See db_sqlite.h. */
#include "core/storage/db_sqlite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/storage/db_lock.h"

#define CHECKPOINT_WAIT_MS 1000

static const struct {
    const char *name;
    const char *text;
} commands[DB_COMMAND_COUNT] = {
    [DB_COMMAND_BEGIN] = {"BEGIN",       "BEGIN IMMEDIATE"                       },
    [DB_COMMAND_COMMIT] = {"COMMIT",      "COMMIT"                                },
    [DB_COMMAND_ROLLBACK] = {"ROLLBACK",    "ROLLBACK"                              },
    [DB_COMMAND_SAVEPOINT] = {"SAVEPOINT",   "SAVEPOINT billmill_transaction"        },
    [DB_COMMAND_RELEASE] = {"RELEASE",     "RELEASE SAVEPOINT billmill_transaction"},
    [DB_COMMAND_ROLLBACK_TO] = {"ROLLBACK TO", "ROLLBACK TO billmill_transaction"      },
    [DB_COMMAND_SNAPSHOT] = {"SNAPSHOT",    "BEGIN"                                 },
};

bool sqlite_in_transaction(const struct sqlite_db *db, struct error *err)
{
    if ((!db->base.tx_open && !db->base.dry_run) || sqlite3_get_autocommit(db->handle) == 0)
        return true;
    return error_run(err, EXIT_TEMPORARY,
                     "the transaction is over: an earlier error rolled it back");
}

/* Finds the argument of every parameter: $3 is args[2], however often and wherever it stands. */
static void map_parameters(struct sqlite_statement *statement)
{
    int count = sqlite3_bind_parameter_count(statement->stmt);
    assert(count <= STATEMENT_ARGS_MAX);
    statement->parameter_count = count;
    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(statement->stmt, i);
        int64_t number = 0;
        bool is_numbered = name != NULL && (name[0] == '$' || name[0] == '?') &&
                           text_parse_i64(name + 1, &number) && number >= 1 &&
                           number <= STATEMENT_ARGS_MAX;
        assert(is_numbered);
        statement->arg_of_parameter[i - 1] = (uint8_t)(number - 1);
        if ((size_t)number > statement->arg_count)
            statement->arg_count = (size_t)number;
    }
}

bool sqlite_statement_create(struct sqlite_db *db, const char *name, const char *text,
                             struct sqlite_statement **ret_statement, struct error *err)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v3(db->handle, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
        SQLITE_OK)
        return sqlite_fail(db, name, err);
    assert(stmt != NULL);
    struct sqlite_statement *statement = memory_alloc(sizeof *statement, "a prepared statement");
    *statement = (struct sqlite_statement){
        .rows = {.db = &db->base, .statement = name},
          .stmt = stmt, .name = name
    };
    map_parameters(statement);
    *ret_statement = statement;
    return true;
}

void sqlite_statement_free(struct sqlite_statement *statement)
{
    if (statement == NULL)
        return;
    (void)sqlite3_finalize(statement->stmt);
    free(statement);
}

int sqlite_bind(sqlite3_stmt *stmt, int index, const struct db_value *value,
                sqlite3_destructor_type lifetime)
{
    switch (value->kind) {
    case DB_VALUE_NULL:
        return sqlite3_bind_null(stmt, index);
    case DB_VALUE_I64:
        return sqlite3_bind_int64(stmt, index, value->i64);
    case DB_VALUE_TEXT:
        return sqlite3_bind_text64(stmt, index, value->data, value->size, lifetime, SQLITE_UTF8);
    case DB_VALUE_BYTES: /* a NULL pointer would bind null */
        return sqlite3_bind_blob64(stmt, index, value->size == 0 ? "" : value->data, value->size,
                                   lifetime);
    }
    return SQLITE_MISUSE;
}

static bool bind_all(struct sqlite_statement *statement, const struct db_value *args,
                     size_t arg_count, sqlite3_destructor_type lifetime, struct error *err)
{
    struct sqlite_db *db = sqlite_of(statement->rows.db);
    assert(!statement->open);
    assert(arg_count == statement->arg_count);
    assert(arg_count == 0 || args != NULL);
    if (!sqlite_in_transaction(db, err))
        return false;
    for (int i = 0; i < statement->parameter_count; i++) {
        size_t arg = statement->arg_of_parameter[i];
        assert(arg < arg_count);
        if (sqlite_bind(statement->stmt, i + 1, &args[arg], lifetime) != SQLITE_OK)
            return sqlite_fail(db, statement->name, err);
    }
    return true;
}

bool sqlite_statement_run(struct sqlite_statement *statement, const struct db_value *args,
                          size_t arg_count, int64_t *ret_changed, struct error *err)
{
    struct sqlite_db *db = sqlite_of(statement->rows.db);
    assert(sqlite3_column_count(statement->stmt) == 0);
    if (!bind_all(statement, args, arg_count, SQLITE_STATIC, err))
        return false;
    bool done = sqlite3_step(statement->stmt) == SQLITE_DONE;
    if (!done)
        (void)sqlite_fail(db, statement->name, err);
    (void)sqlite3_reset(statement->stmt);
    if (done && ret_changed != NULL)
        *ret_changed = sqlite3_changes64(db->handle);
    return done;
}

/* The values are copied: the caller's may be gone while the rows are still read. */
bool sqlite_statement_query(struct sqlite_statement *statement, const struct db_value *args,
                            size_t arg_count, struct db_rows **ret_rows, struct error *err)
{
    assert(sqlite3_column_count(statement->stmt) > 0);
    if (!bind_all(statement, args, arg_count, SQLITE_TRANSIENT, err))
        return false;
    statement->open = true;
    statement->has_row = false;
    statement->rows.map_count = 0;
    *ret_rows = &statement->rows;
    return true;
}

/* The cached statement, prepared when it is first used. */
static bool statement_of(struct db *base, enum statement_id id,
                         struct sqlite_statement **ret_statement, struct error *err)
{
    struct sqlite_db *db = sqlite_of(base);
    assert(id < STATEMENT_COUNT);
    if (db->statements[id] == NULL &&
        !sqlite_statement_create(db, statement_name(id), statement_text(id), &db->statements[id],
                                 err))
        return false;
    *ret_statement = db->statements[id];
    return true;
}

static bool sqlite_run(struct db *db, enum statement_id id, const struct db_value *args,
                       size_t arg_count, int64_t *ret_changed, struct error *err)
{
    struct sqlite_statement *statement;
    return statement_of(db, id, &statement, err) &&
           sqlite_statement_run(statement, args, arg_count, ret_changed, err);
}

static bool sqlite_query(struct db *db, enum statement_id id, const struct db_value *args,
                         size_t arg_count, struct db_rows **ret_rows, struct error *err)
{
    struct sqlite_statement *statement;
    return statement_of(db, id, &statement, err) &&
           sqlite_statement_query(statement, args, arg_count, ret_rows, err);
}

static struct sqlite_statement *statement_of_rows(struct db_rows *rows)
{
    return (struct sqlite_statement *)rows; /* rows is its first member */
}

/* For reading a value: SQLite converts in place, so its functions take no const. */
static sqlite3_stmt *row_of(const struct db_rows *rows, int32_t column)
{
    const struct sqlite_statement *statement = (const struct sqlite_statement *)rows;
    assert(statement->has_row);
    assert(column >= 0);
    assert(column < sqlite3_column_count(statement->stmt));
    return statement->stmt;
}

static bool sqlite_rows_next(struct db_rows *rows, bool *ret_has_row, struct error *err)
{
    struct sqlite_statement *statement = statement_of_rows(rows);
    assert(statement->open);
    int code = sqlite3_step(statement->stmt);
    statement->has_row = code == SQLITE_ROW;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return sqlite_fail(sqlite_of(rows->db), statement->name, err);
    *ret_has_row = statement->has_row;
    return true;
}

static void sqlite_rows_close(struct db_rows *rows)
{
    struct sqlite_statement *statement = statement_of_rows(rows);
    (void)sqlite3_reset(statement->stmt);
    statement->open = false;
    statement->has_row = false;
}

static int32_t sqlite_rows_column(const struct db_rows *rows, const char *name)
{
    sqlite3_stmt *stmt = ((const struct sqlite_statement *)rows)->stmt;
    int count = sqlite3_column_count(stmt);
    for (int i = 0; i < count; i++)
        if (text_equal(sqlite3_column_name(stmt, i), name))
            return i;
    return -1;
}

/* One connection is used by one thread: its values need no protection. */
static struct db_value sqlite_rows_value(const struct db_rows *rows, int32_t column)
{
    sqlite3_value *value = sqlite3_column_value(row_of(rows, column), column);
    struct db_value read = {.kind = DB_VALUE_BYTES};
    switch (sqlite3_value_type(value)) {
    case SQLITE_NULL:
        read.kind = DB_VALUE_NULL;
        break;
    case SQLITE_INTEGER:
        read.kind = DB_VALUE_I64;
        read.i64 = sqlite3_value_int64(value);
        break;
    case SQLITE_TEXT:
        read.kind = DB_VALUE_TEXT;
        read.data = sqlite3_value_text(value);
        read.size = (size_t)sqlite3_value_bytes(value);
        break;
    default: /* the library's numbers, not an enum: a blob, or a floating point number */
        read.data = sqlite3_value_blob(value);
        read.size = (size_t)sqlite3_value_bytes(value);
        break;
    }
    return read;
}

/* SQLite's own reading of a text as a number is no concern: such columns are STRICT integers. */
static void sqlite_rows_i64s(const struct db_rows *rows, int32_t count, int64_t *ret_values)
{
    sqlite3_stmt *stmt = row_of(rows, count - 1);
    for (int32_t column = 0; column < count; column++)
        ret_values[column] = sqlite3_column_int64(stmt, column);
}

static bool sqlite_command(struct db *base, enum db_command command, struct error *err)
{
    struct sqlite_db *db = sqlite_of(base);
    struct sqlite_statement **cached = &db->commands[command];
    bool ends = command == DB_COMMAND_ROLLBACK || command == DB_COMMAND_ROLLBACK_TO;
    if (ends && sqlite3_get_autocommit(db->handle) != 0)
        return true; /* invariant 3: it is rolled back already */
    if (*cached == NULL &&
        !sqlite_statement_create(db, commands[command].name, commands[command].text, cached, err))
        return false;
    return sqlite_statement_run(*cached, DB_NO_ARGS, NULL, err);
}

/* TRUNCATE needs that nobody reads. A reader that stays only leaves the file as it is: what is
 * committed is safe in the log, so that is no error. */
static bool sqlite_checkpoint(struct db *base, struct error *err)
{
    struct sqlite_db *db = sqlite_of(base);
    (void)sqlite3_busy_timeout(db->handle, CHECKPOINT_WAIT_MS);
    int code =
        sqlite3_wal_checkpoint_v2(db->handle, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    bool failed = code != SQLITE_OK && code != SQLITE_BUSY;
    if (failed)
        (void)sqlite_fail(db, "checkpoint", err);
    (void)sqlite3_busy_timeout(db->handle, SQLITE_BUSY_WAIT_MS);
    return !failed;
}

static bool sqlite_now_us(struct db *db, int64_t *ret_now_us, struct error *err)
{
    (void)db;
    (void)err;
    *ret_now_us = clock_wall_us();
    return true;
}

static bool sqlite_is_sole_writer(const struct db *db)
{
    return db->mode == DB_WRITE;
}

/* Also of a half-opened connection. The lock goes last: nobody else may write before SQLite is
 * done. */
static void sqlite_close(struct db *base)
{
    struct sqlite_db *db = sqlite_of(base);
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite_statement_free(db->statements[i]);
    for (size_t i = 0; i < DB_COMMAND_COUNT; i++)
        sqlite_statement_free(db->commands[i]);
    sqlite_bulk_free_all(&db->bulks);
    int code = sqlite3_close(db->handle);
    assert(code == SQLITE_OK);
    db_lock_release(&db->lock);
    free(db->path);
    free(db);
}

const struct db_driver sqlite_driver = {
    .close = sqlite_close,
    .is_sole_writer = sqlite_is_sole_writer,
    .command = sqlite_command,
    .run = sqlite_run,
    .query = sqlite_query,
    .query_large = sqlite_query,
    .rows_next = sqlite_rows_next,
    .rows_close = sqlite_rows_close,
    .rows_column = sqlite_rows_column,
    .rows_value = sqlite_rows_value,
    .rows_i64s = sqlite_rows_i64s,
    .bulk_write = sqlite_bulk_write,
    .bulk_find = sqlite_bulk_find,
    .checkpoint = sqlite_checkpoint,
    .now_us = sqlite_now_us,
    .script = sqlite_script,
    .lock_work = sqlite_lock_work,
    .schema_state = sqlite_schema_state,
    .schema_check = sqlite_schema_check,
};
