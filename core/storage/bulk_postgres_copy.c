/* New rows by COPY in PostgreSQL's binary format: about twice as fast as UNNEST, and the rows
 * stream through a small buffer. See bulk_postgres.h.
 *
 * 1. COPY knows no ON CONFLICT. Rows are new nearly always, so it is tried first, behind a
 *    savepoint; when the server refuses a row, all of the COPY is undone, and the caller writes the
 *    same rows by UNNEST, which says what was there already and which row is wrong.
 * 2. A table where that happens again and again is tried ever more rarely: after the second time in
 *    a row one write goes without COPY, then three, seven …, for what is there once (a party that
 *    every invoice names) will be there again. One time alone says nothing: of a file of events a
 *    few were in the file before it, and they stand together.
 * 3. Savepoint, COPY and release are one message, so that nothing is asked in vain; it works behind
 *    a pool, for it is one transaction's. */
#include <string.h>

#include "core/storage/bulk_postgres.h"

#define COPY_PIECE_SIZE (64u << 10)
#define COPY_TEXT_SIZE (BULK_TEXT_SIZE + 128)
#define REFUSALS_MAX 16 /* 32767 writes then go without it */

static const uint8_t copy_head[] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', 0xFF, '\r', '\n',
                                    0,   0,   0,   0,   0,   0,   0,    0,    0};

static void add_field(struct pg_db *db, const struct row_field *field, const void *row)
{
    char scratch[ROW_SCRATCH_SIZE];
    struct db_value value = row_value(field, row, scratch);
    bulk_add_value(db, &value);
}

static bool put_buffer(struct pg_db *db, const char *name, struct error *err)
{
    bool good = PQputCopyData(db->conn, (const char *)db->buffer.data, (int)db->buffer.size) == 1;
    db->buffer.size = 0;
    return good || pg_fail(db, name, NULL, err);
}

static bool put_rows(struct pg_db *db, const struct bulk_table *table, const void *rows,
                     size_t count, struct error *err)
{
    db->buffer.size = 0;
    memcpy(bulk_extend(db, sizeof copy_head), copy_head, sizeof copy_head);
    for (size_t i = 0; i < count; i++) {
        const void *row = bulk_row_at(table, rows, i);
        bulk_put_i16(bulk_extend(db, 2), (int64_t)table->field_count);
        for (size_t f = 0; f < table->field_count; f++)
            add_field(db, &table->fields[f], row);
        if (db->buffer.size >= COPY_PIECE_SIZE && !put_buffer(db, table->name, err))
            return false;
    }
    bulk_put_i16(bulk_extend(db, 2), -1);
    return put_buffer(db, table->name, err);
}

/* The results of COPY and of RELEASE, the first error of them. All are read, for only then is the
 * connection free again. */
static bool take_results(struct pg_db *db, const char *name, size_t count, struct error *err)
{
    bool good = true;
    int64_t copied = 0;
    for (PGresult *result; (result = PQgetResult(db->conn)) != NULL; PQclear(result)) {
        if (good && PQresultStatus(result) != PGRES_COMMAND_OK)
            good = pg_fail(db, name, result, err);
        else if (good && copied == 0)
            copied = pg_changed(result);
    }
    if (good && PQstatus(db->conn) != CONNECTION_OK)
        return pg_fail(db, name, NULL, err);
    if (good && copied != (int64_t)count)
        return error_run(err, EXIT_INTERNAL, "%s: COPY took %lld rows of %zu", name,
                         (long long)copied, count);
    return good;
}

static bool copy(struct pg_db *db, const struct bulk_table *table, const void *rows, size_t count,
                 struct error *err)
{
    char text[COPY_TEXT_SIZE];
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    bulk_copy_text(table, text, sizeof text);
    if (!pg_usable(db, table->name, err))
        return false;
    result = PQexec(db->conn, text);
    if (PQresultStatus(result) != PGRES_COPY_IN)
        return pg_fail(db, table->name, result, err);
    if (!put_rows(db, table, rows, count, err))
        return false;
    if (PQputCopyEnd(db->conn, NULL) != 1)
        return pg_fail(db, table->name, NULL, err);
    return take_results(db, table->name, count, err);
}

/* Invariant 2. */
static bool may_copy(struct pg_bulk *bulk, size_t count)
{
    bool is_new = bulk->table->kind == BULK_INSERT && !bulk->table->key_says_all;
    if (!is_new || count < COPY_ROWS_MIN)
        return false;
    return bulk->copy_pause == 0 || bulk->copy_pause-- == 0;
}

static void note_refused(struct pg_bulk *bulk)
{
    if (bulk->copy_refusals < REFUSALS_MAX)
        bulk->copy_refusals++;
    bulk->copy_pause = (1 << (bulk->copy_refusals - 1)) - 1;
}

bool bulk_copy(struct pg_db *db, struct pg_bulk *bulk, const void *rows, size_t count,
               bool *ret_copied, struct error *err)
{
    if (!may_copy(bulk, count))
        return true;
    if (copy(db, bulk->table, rows, count, err)) {
        bulk->copy_refusals -= bulk->copy_refusals > 0;
        *ret_copied = true;
        return true;
    }
    if (err->kind != ERROR_ITEM)
        return false;
    error_clear(err);
    db->failure[0] = '\0';
    note_refused(bulk);
    return pg_simple(db, bulk->table->name,
                     "ROLLBACK TO SAVEPOINT billmill_copy; RELEASE SAVEPOINT billmill_copy", NULL,
                     err);
}
