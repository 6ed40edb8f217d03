/* What is the same on every engine: values, transactions and dry runs, reserved ids; the rest goes
 * to the driver. Assumes one thread per connection. */
#include "core/storage/db.h"

#include <string.h>

#include "core/base/text.h"
#include "core/storage/db_driver.h"

#define SQLITE_SCHEME "sqlite:"

bool db_is_postgres(const char *location)
{
    return text_starts_with(location, "postgres://") || text_starts_with(location, "postgresql://");
}

bool db_open(const struct db_options *options, struct db **ret_db, struct error *err)
{
    const char *location = options->location;
    if (text_is_empty(location)) {
        error_run(err, EXIT_CONFIG, "no database is named");
        return error_hint(err, "give a file with --database, BILLMILL_DATABASE or `database:` in "
                               "billmill.yaml");
    }
    if (db_is_postgres(location))
        return db_postgres_open(options, ret_db, err);
    if (text_starts_with(location, SQLITE_SCHEME))
        location += strlen(SQLITE_SCHEME);
    return db_sqlite_open(options, location, ret_db, err);
}

void db_close(struct db **db)
{
    if (*db == NULL)
        return;
    if ((*db)->tx_open || (*db)->dry_run)
        (void)(*db)->driver->command(*db, DB_COMMAND_ROLLBACK, &(struct error){0});
    (*db)->driver->close(*db);
    *db = NULL;
}

bool db_is_remote(const struct db *db)
{
    return db->driver->is_remote;
}

bool db_is_sole_writer(const struct db *db)
{
    return db->driver->is_sole_writer(db);
}

struct db_value db_null(void)
{
    return (struct db_value){.kind = DB_VALUE_NULL};
}

struct db_value db_i64(int64_t value)
{
    return (struct db_value){.kind = DB_VALUE_I64, .i64 = value};
}

struct db_value db_text(const char *text)
{
    if (text == NULL)
        return db_null();
    return (struct db_value){.kind = DB_VALUE_TEXT, .data = text, .size = strlen(text)};
}

struct db_value db_bytes(const void *bytes, size_t size)
{
    return (struct db_value){.kind = DB_VALUE_BYTES, .data = bytes, .size = size};
}

bool db_value_equal(const struct db_value *a, const struct db_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case DB_VALUE_NULL:
        return true;
    case DB_VALUE_I64:
        return a->i64 == b->i64;
    case DB_VALUE_TEXT:
    case DB_VALUE_BYTES:
        return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
    }
    return false;
}

bool db_run(struct db *db, enum statement_id statement, const struct db_value *args,
            size_t arg_count, int64_t *ret_changed, struct error *err)
{
    return db->driver->run(db, statement, args, arg_count, ret_changed, err);
}

bool db_query(struct db *db, enum statement_id statement, const struct db_value *args,
              size_t arg_count, struct db_rows **ret_rows, struct error *err)
{
    return db->driver->query(db, statement, args, arg_count, ret_rows, err);
}

bool db_query_large(struct db *db, enum statement_id statement, const struct db_value *args,
                    size_t arg_count, struct db_rows **ret_rows, struct error *err)
{
    assert(db->tx_open || db->snapshot_open || db->dry_run);
    return db->driver->query_large(db, statement, args, arg_count, ret_rows, err);
}

bool db_rows_next(struct db_rows *rows, bool *ret_has_row, struct error *err)
{
    return rows->db->driver->rows_next(rows, ret_has_row, err);
}

void db_rows_close(struct db_rows **rows)
{
    if (*rows == NULL)
        return;
    (*rows)->db->driver->rows_close(*rows);
    *rows = NULL;
}

int32_t db_rows_column(const struct db_rows *rows, const char *name)
{
    return rows->db->driver->rows_column(rows, name);
}

bool db_rows_is_null(const struct db_rows *rows, int32_t column)
{
    return rows->db->driver->rows_value(rows, column).kind == DB_VALUE_NULL;
}

int64_t db_rows_i64(const struct db_rows *rows, int32_t column)
{
    return rows->db->driver->rows_value(rows, column).i64; /* 0 of what is no number */
}

void db_rows_i64s(const struct db_rows *rows, int32_t count, int64_t *ret_values)
{
    rows->db->driver->rows_i64s(rows, count, ret_values);
}

const char *db_rows_text(const struct db_rows *rows, int32_t column)
{
    return rows->db->driver->rows_value(rows, column).data;
}

const void *db_rows_bytes(const struct db_rows *rows, int32_t column, size_t *ret_size)
{
    struct db_value value = rows->db->driver->rows_value(rows, column);
    if (ret_size != NULL)
        *ret_size = value.size;
    return value.data;
}

bool db_query_i64(struct db *db, enum statement_id statement, const struct db_value *args,
                  size_t arg_count, int64_t *ret_value, bool *ret_found, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row;
    if (!db_query(db, statement, args, arg_count, &rows, err) || !db_rows_next(rows, &has_row, err))
        return false;
    struct db_value value = has_row ? db->driver->rows_value(rows, 0) : db_null();
    bool found = value.kind != DB_VALUE_NULL;
    if (found && value.kind != DB_VALUE_I64)
        return error_run(err, EXIT_INTERNAL, "statement %s: its first column is not an integer",
                         statement_name(statement));
    /* To its end: an UPDATE … RETURNING outside a transaction commits there, and may fail. */
    if (has_row && !db_rows_next(rows, &has_row, err))
        return false;
    *ret_found = found;
    if (found)
        *ret_value = value.i64;
    return true;
}

bool tx_begin(struct tx *tx, struct db *db, struct error *err)
{
    assert(!tx->open);
    assert(!db->tx_open);
    assert(!db->snapshot_open);
    assert(db->mode == DB_WRITE);
    if (!db->driver->command(db, db->dry_run ? DB_COMMAND_SAVEPOINT : DB_COMMAND_BEGIN, err))
        return false;
    db->tx_open = true;
    *tx = (struct tx){.db = db, .open = true};
    return true;
}

bool tx_commit(struct tx *tx, struct error *err)
{
    struct db *db = tx->db;
    assert(tx->open);
    if (!db->driver->command(db, db->dry_run ? DB_COMMAND_RELEASE : DB_COMMAND_COMMIT, err))
        return false;
    db->tx_open = false;
    tx->open = false;
    return true;
}

void tx_rollback_open(struct tx *tx)
{
    struct error ignored = {0};
    if (!tx->open)
        return;
    struct db *db = tx->db;
    if (db->dry_run) {
        if (db->driver->command(db, DB_COMMAND_ROLLBACK_TO, &ignored))
            (void)db->driver->command(db, DB_COMMAND_RELEASE, &ignored);
    } else {
        (void)db->driver->command(db, DB_COMMAND_ROLLBACK, &ignored);
    }
    db->tx_open = false;
    tx->open = false;
}

/* In a dry run the outer transaction is the one view there is. */
bool snapshot_begin(struct snapshot *snapshot, struct db *db, struct error *err)
{
    assert(!db->tx_open);
    assert(!db->snapshot_open);
    if (!db->dry_run && !db->driver->command(db, DB_COMMAND_SNAPSHOT, err))
        return false;
    db->snapshot_open = true;
    *snapshot = (struct snapshot){.db = db, .open = true};
    return true;
}

void snapshot_end(struct snapshot *snapshot)
{
    struct error ignored = {0};
    if (!snapshot->open)
        return;
    if (!snapshot->db->dry_run)
        (void)snapshot->db->driver->command(snapshot->db, DB_COMMAND_ROLLBACK, &ignored);
    snapshot->db->snapshot_open = false;
    snapshot->open = false;
}

bool db_dry_run_start(struct db *db, struct error *err)
{
    assert(!db->tx_open);
    assert(!db->dry_run);
    if (!db->driver->command(db, DB_COMMAND_BEGIN, err))
        return false;
    db->dry_run = true;
    return true;
}

bool db_is_dry_run(const struct db *db)
{
    return db->dry_run;
}

bool db_checkpoint(struct db *db, struct error *err)
{
    assert(db->mode == DB_WRITE);
    assert(!db->tx_open);
    return db->dry_run || db->driver->checkpoint(db, err);
}

bool db_now_us(struct db *db, int64_t *ret_now_us, struct error *err)
{
    return db->driver->now_us(db, ret_now_us, err);
}

void db_expect_parts(struct db *db)
{
    db->parts = true;
}

void db_set_lease(struct db *db, int32_t lease_s)
{
    assert(lease_s > 0 && lease_s < INT32_MAX / 1000);
    db->lease_s = lease_s;
}

/* In the open transaction. A counter starts at 1 when it is first asked. */
static bool reserve(struct db *db, const char *name, int64_t count, int64_t *ret_first,
                    struct error *err)
{
    bool found = false;
    if (!db_query_i64(db, STMT_ID_RESERVE, DB_ARGS(db_text(name), db_i64(count)), ret_first, &found,
                      err))
        return false;
    if (found)
        return true;
    if (!db_run(db, STMT_ID_START, DB_ARGS(db_text(name)), NULL, err) ||
        !db_query_i64(db, STMT_ID_RESERVE, DB_ARGS(db_text(name), db_i64(count)), ret_first, &found,
                      err))
        return false;
    assert(found);
    return true;
}

bool db_reserve_ids(struct db *db, const char *name, int64_t count, int64_t *ret_first,
                    struct error *err)
{
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    int64_t first;
    assert(count > 0);
    if (db->tx_open)
        return reserve(db, name, count, ret_first, err);
    if (!tx_begin(&tx, db, err) || !reserve(db, name, count, &first, err) || !tx_commit(&tx, err))
        return false;
    *ret_first = first;
    return true;
}
