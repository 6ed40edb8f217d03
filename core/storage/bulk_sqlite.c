/* Bulk writes on SQLite: prepared statements per bulk_table, nothing allocated per row. Field i is
 * parameter i + 1, bound by index.
 *
 * Rows that are inserted go by sixteen at a time, which saves a third of what a row costs. Whether
 * all of them were new is known from the number of changes; when some were not, or SQLite refused
 * one, which is found row by row: a statement that fails has done nothing. */
#include <stdlib.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/storage/db_sqlite.h"

#define BULK_TEXT_SIZE 16384
#define ROWS_AT_ONCE 16

struct sqlite_bulk {
    struct sqlite_bulk *next;
    const struct bulk_table *table;
    struct sqlite_statement *write;   /* each is prepared when it is needed; NULL until then */
    sqlite3_stmt *write_many;         /* ROWS_AT_ONCE of them; only of what is inserted */
    struct sqlite_statement *compare; /* what is stored, or is asked */
    size_t map_count;                 /* of its rows: the same ones are read from each key */
};

void sqlite_bulk_free_all(struct sqlite_bulk **bulks)
{
    for (struct sqlite_bulk *bulk = *bulks, *next; bulk != NULL; bulk = next) {
        next = bulk->next;
        sqlite_statement_free(bulk->write);
        (void)sqlite3_finalize(bulk->write_many); /* accepts NULL */
        sqlite_statement_free(bulk->compare);
        free(bulk);
    }
    *bulks = NULL;
}

/* "tenant_id = ?1 AND invoice_id = ?2" */
static void add_key_condition(struct strbuf *buf, const struct bulk_table *table)
{
    for (size_t i = 0; i < table->key_count; i++)
        strbuf_addf(buf, "%s%s = ?%zu", i == 0 ? "" : " AND ", table->fields[i].column, i + 1);
}

static void add_update(struct strbuf *buf, const struct bulk_table *table)
{
    assert(table->key_count < table->field_count);
    strbuf_addf(buf, "UPDATE %s SET ", table->table);
    for (size_t i = table->key_count; i < table->field_count; i++)
        strbuf_addf(buf, "%s%s = %s%s?%zu", i == table->key_count ? "" : ", ",
                    table->fields[i].column, table->adds ? table->fields[i].column : "",
                    table->adds ? " + " : "", i + 1);
    strbuf_add(buf, " WHERE ");
    add_key_condition(buf, table);
    if (table->guard != NULL)
        strbuf_addf(buf, " AND (%s)", table->guard);
}

static void add_delete(struct strbuf *buf, const struct bulk_table *table)
{
    strbuf_addf(buf, "DELETE FROM %s WHERE ", table->table);
    add_key_condition(buf, table);
    if (table->guard != NULL)
        strbuf_addf(buf, " AND (%s)", table->guard);
}

/* "(?1, ?2), (?3, ?4)" */
static void add_rows(struct strbuf *buf, const struct bulk_table *table, size_t count)
{
    for (size_t i = 0; i < count * table->field_count; i++) {
        bool first = i % table->field_count == 0;
        bool last = (i + 1) % table->field_count == 0;
        strbuf_addf(buf, "%s%s?%zu%s", i == 0 ? "" : ", ", first ? "(" : "", i + 1,
                    last ? ")" : "");
    }
}

static void add_insert(struct strbuf *buf, const struct bulk_table *table, size_t row_count)
{
    strbuf_addf(buf, "INSERT INTO %s (", table->table);
    bulk_add_columns(buf, table, 0, table->field_count);
    strbuf_add(buf, ") VALUES ");
    add_rows(buf, table, row_count);
    bulk_add_conflict(buf, table);
}

/* Ordered by what follows the key: without it SQLite takes the primary key for a few columns of
 * another one, be it by the tenant alone. */
static void add_compare(struct strbuf *buf, const struct bulk_table *table)
{
    strbuf_add(buf, "SELECT ");
    bulk_add_columns(buf, table, 0, table->field_count);
    strbuf_addf(buf, " FROM %s WHERE ", table->table);
    add_key_condition(buf, table);
    if (table->key_count < table->field_count)
        strbuf_addf(buf, " ORDER BY %s", table->fields[table->key_count].column);
}

static bool prepare(struct sqlite_db *db, const struct bulk_table *table, bool compare,
                    struct sqlite_statement **ret_statement, struct error *err)
{
    char text[BULK_TEXT_SIZE];
    struct strbuf buf;
    if (table->kind == BULK_ASK)
        return sqlite_statement_create(db, table->name, statement_text(table->statement),
                                       ret_statement, err);
    strbuf_init(&buf, text, sizeof text);
    if (compare)
        add_compare(&buf, table);
    else if (table->kind == BULK_UPDATE)
        add_update(&buf, table);
    else if (table->kind == BULK_DELETE)
        add_delete(&buf, table);
    else
        add_insert(&buf, table, 1);
    assert(!buf.overflowed);
    return sqlite_statement_create(db, table->name, text, ret_statement, err);
}

static struct sqlite_bulk *bulk_of(struct sqlite_db *db, const struct bulk_table *table)
{
    for (struct sqlite_bulk *bulk = db->bulks; bulk != NULL; bulk = bulk->next)
        if (text_equal(bulk->table->name, table->name)) {
            assert(bulk->table == table); /* names are unique */
            return bulk;
        }
    struct sqlite_bulk *bulk = memory_alloc(sizeof *bulk, "a bulk statement");
    *bulk = (struct sqlite_bulk){.next = db->bulks, .table = table};
    db->bulks = bulk;
    return bulk;
}

/* What is stored under the key of `row`. */
static bool query_stored(struct sqlite_db *db, struct sqlite_bulk *bulk, const void *row,
                         struct db_rows **ret_rows, struct error *err)
{
    const struct bulk_table *table = bulk->table;
    struct db_value key[ROW_FIELDS_MAX];
    char scratch[ROW_FIELDS_MAX][ROW_SCRATCH_SIZE];
    if (bulk->compare == NULL && !prepare(db, table, true, &bulk->compare, err))
        return false;
    for (size_t i = 0; i < table->key_count; i++)
        key[i] = row_value(&table->fields[i], row, scratch[i]);
    return sqlite_statement_query(bulk->compare, key, table->key_count, ret_rows, err);
}

/* After DO NOTHING did nothing. */
static bool compare_stored(struct sqlite_db *db, struct sqlite_bulk *bulk, const void *row,
                           struct error *err)
{
    const struct bulk_table *table = bulk->table;
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row;
    if (!query_stored(db, bulk, row, &rows, err) || !db_rows_next(rows, &has_row, err))
        return false;
    const char *column =
        has_row ? bulk_first_difference(table, rows, row) : table->fields[0].column;
    return column == NULL || bulk_conflict(table, row, column, err);
}

static bool find_stored(struct sqlite_db *db, struct sqlite_bulk *bulk, const void *key,
                        size_t place, bulk_take *take, void *context, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row;
    if (!query_stored(db, bulk, key, &rows, err))
        return false;
    rows->map_count = bulk->map_count;
    while (db_rows_next(rows, &has_row, err)) {
        if (!has_row)
            return true;
        if (!take(context, rows, place, err))
            return false;
        bulk->map_count = rows->map_count;
    }
    return false;
}

bool sqlite_bulk_find(struct db *base, const struct bulk_table *table, const void *keys,
                      size_t count, bulk_take *take, void *context, struct error *err)
{
    struct sqlite_db *db = sqlite_of(base);
    struct sqlite_bulk *bulk = bulk_of(db, table);
    for (size_t i = 0; i < count; i++)
        if (!find_stored(db, bulk, (const char *)keys + i * table->row_size, i, take, context, err))
            return false;
    return true;
}

static bool prepare_many(struct sqlite_db *db, struct sqlite_bulk *bulk, struct error *err)
{
    char text[BULK_TEXT_SIZE];
    struct strbuf buf;
    if (bulk->write_many != NULL)
        return true;
    strbuf_init(&buf, text, sizeof text);
    add_insert(&buf, bulk->table, ROWS_AT_ONCE);
    assert(!buf.overflowed);
    return sqlite3_prepare_v3(db->handle, text, -1, SQLITE_PREPARE_PERSISTENT, &bulk->write_many,
                              NULL) == SQLITE_OK ||
           sqlite_fail(db, bulk->table->name, err);
}

static bool bind_many(struct sqlite_db *db, struct sqlite_bulk *bulk, const char *rows,
                      char scratch[ROWS_AT_ONCE][ROW_FIELDS_MAX][ROW_SCRATCH_SIZE],
                      struct error *err)
{
    const struct bulk_table *table = bulk->table;
    int parameter = 1;
    for (size_t i = 0; i < ROWS_AT_ONCE; i++)
        for (size_t f = 0; f < table->field_count; f++) {
            struct db_value value =
                row_value(&table->fields[f], rows + i * table->row_size, scratch[i][f]);
            if (sqlite_bind(bulk->write_many, parameter++, &value, SQLITE_STATIC) != SQLITE_OK)
                return sqlite_fail(db, table->name, err);
        }
    return true;
}

/* ROWS_AT_ONCE of them. *ret_refused: SQLite did not want one; nothing is written then. */
static bool write_many(struct sqlite_db *db, struct sqlite_bulk *bulk, const char *rows,
                       int64_t *ret_changed, bool *ret_refused, struct error *err)
{
    char scratch[ROWS_AT_ONCE][ROW_FIELDS_MAX][ROW_SCRATCH_SIZE]; /* must live until the step */
    if (!prepare_many(db, bulk, err) || !bind_many(db, bulk, rows, scratch, err))
        return false;
    bool done = sqlite3_step(bulk->write_many) == SQLITE_DONE;
    if (!done)
        (void)sqlite_fail(db, bulk->table->name, err);
    (void)sqlite3_reset(bulk->write_many);
    *ret_changed = done ? sqlite3_changes64(db->handle) : 0;
    *ret_refused = !done && err->kind == ERROR_ITEM;
    if (*ret_refused)
        error_clear(err);
    return done || *ret_refused;
}

/* One row. *ret_changed is 1 when it was written, 0 when an equal one was there; of a deletion how
 * many are gone. */
static bool write_row(struct sqlite_db *db, struct sqlite_bulk *bulk, const void *row,
                      int64_t *ret_changed, struct error *err)
{
    const struct bulk_table *table = bulk->table;
    sqlite3_stmt *stmt = bulk->write->stmt;
    char scratch[ROW_FIELDS_MAX][ROW_SCRATCH_SIZE]; /* must live until the step */
    for (size_t i = 0; i < table->field_count; i++) {
        struct db_value value = row_value(&table->fields[i], row, scratch[i]);
        if (sqlite_bind(stmt, (int)i + 1, &value, SQLITE_STATIC) != SQLITE_OK)
            return sqlite_fail(db, table->name, err);
    }
    if (sqlite3_step(stmt) != SQLITE_DONE) {
        (void)sqlite_fail(db, table->name, err);
        (void)sqlite3_reset(stmt);
        return false;
    }
    (void)sqlite3_reset(stmt);
    *ret_changed = sqlite3_changes64(db->handle);
    if (*ret_changed == 1)
        return true;
    switch (table->kind) {
    case BULK_INSERT:
        return table->key_says_all || compare_stored(db, bulk, row, err);
    case BULK_UPDATE:
        return table->may_miss || bulk_no_such_row(table, row, err);
    case BULK_UPSERT: /* there already: all key, or the guard says so */
        return table->own_id == NULL || bulk_made_by_others(table, err);
    case BULK_ASK: /* bulk_write refuses it */
    case BULK_DELETE:
        return *ret_changed > 0 || !table->redo_when_missing || bulk_no_such_row(table, row, err);
    }
    return true;
}

/* ROWS_AT_ONCE of them; *done counts those before the one that fails. */
static bool write_group(struct sqlite_db *db, struct sqlite_bulk *bulk, const char *rows,
                        size_t *done, int64_t *written, struct error *err)
{
    bool refused = false;
    int64_t changed = 0;
    if (!write_many(db, bulk, rows, &changed, &refused, err))
        return false;
    *written += changed;
    if (!refused && bulk->table->own_id != NULL && changed < ROWS_AT_ONCE)
        return bulk_made_by_others(bulk->table, err);
    bool all_good = !refused && (bulk->table->kind == BULK_UPSERT || changed == ROWS_AT_ONCE ||
                                 bulk->table->key_says_all);
    for (size_t i = 0; i < ROWS_AT_ONCE; i++, (*done)++) {
        const char *row = rows + i * bulk->table->row_size;
        if (refused && !write_row(db, bulk, row, &changed, err))
            return false;
        if (!refused && !all_good && !compare_stored(db, bulk, row, err))
            return false;
        *written += refused ? changed : 0;
    }
    return true;
}

bool sqlite_bulk_write(struct db *base, const struct bulk_table *table, const void *rows,
                       size_t count, int64_t *ret_written, size_t *ret_bad_row, struct error *err)
{
    struct sqlite_db *db = sqlite_of(base);
    struct sqlite_bulk *bulk = bulk_of(db, table);
    int64_t written = 0;
    size_t done = 0;
    if (!sqlite_in_transaction(db, err) ||
        (bulk->write == NULL && !prepare(db, table, false, &bulk->write, err)))
        return false;
    while (done < count) {
        const char *row = (const char *)rows + done * table->row_size;
        bool inserts = table->kind == BULK_INSERT || table->kind == BULK_UPSERT;
        bool by_group = inserts && count - done >= ROWS_AT_ONCE;
        int64_t changed = 0;
        bool good = by_group ? write_group(db, bulk, row, &done, &written, err)
                             : write_row(db, bulk, row, &changed, err);
        if (!good) {
            if (err->kind == ERROR_ITEM && ret_bad_row != NULL)
                *ret_bad_row = done;
            return false;
        }
        done += by_group ? 0 : 1;
        written += changed;
    }
    if (ret_written != NULL)
        *ret_written = written;
    return true;
}
