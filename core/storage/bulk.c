/* Bulk writes, what is the same on every engine: see bulk.h. */
#include "core/storage/bulk.h"

#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/storage/db_driver.h"

bool bulk_write(struct db *db, const struct bulk_table *table, const void *rows, size_t count,
                int64_t *ret_written, size_t *ret_bad_row, struct error *err)
{
    assert(db->tx_open);
    assert(table->key_count > 0);
    assert(table->key_count <= table->field_count);
    assert(table->field_count <= ROW_FIELDS_MAX);
    assert(table->guard == NULL || table->kind != BULK_INSERT);
    return db->driver->bulk_write(db, table, rows, count, ret_written, ret_bad_row, err);
}

/* Collects small pieces, for a call of the digest costs more than copying them. */
#define DIGEST_BUFFER_SIZE 4096
struct digest_buffer {
    struct sha256 *digest;
    size_t used;
    uint8_t bytes[DIGEST_BUFFER_SIZE];
};

static void flush(struct digest_buffer *buffer)
{
    sha256_add(buffer->digest, buffer->bytes, buffer->used);
    buffer->used = 0;
}

static void add(struct digest_buffer *buffer, const void *bytes, size_t size)
{
    if (size > DIGEST_BUFFER_SIZE - buffer->used)
        flush(buffer);
    if (size > DIGEST_BUFFER_SIZE) {
        sha256_add(buffer->digest, bytes, size);
        return;
    }
    if (size > 0)
        memcpy(buffer->bytes + buffer->used, bytes, size);
    buffer->used += size;
}

/* The kind, then 8 bytes, low byte first: an integer itself, or the length of what follows. */
static void add_value(struct digest_buffer *buffer, const struct db_value *value)
{
    uint8_t head[9] = {(uint8_t)value->kind};
    uint64_t number = value->kind == DB_VALUE_I64 ? (uint64_t)value->i64 : value->size;
    for (int i = 0; i < 8; i++)
        head[1 + i] = (uint8_t)(number >> (8 * i));
    add(buffer, head, sizeof head);
    if (value->kind == DB_VALUE_TEXT || value->kind == DB_VALUE_BYTES)
        add(buffer, value->data, value->size);
}

void bulk_digest(const struct bulk_table *table, const void *rows, size_t count,
                 struct sha256 *digest)
{
    struct digest_buffer buffer = {.digest = digest};
    char scratch[ROW_SCRATCH_SIZE];
    const char *row = rows;
    for (size_t i = 0; i < count; i++, row += table->row_size)
        for (size_t f = 0; f < table->field_count; f++) {
            struct db_value value = row_value(&table->fields[f], row, scratch);
            add_value(&buffer, &value);
        }
    flush(&buffer);
}

/* "tenant_id 1, draft_key 2026-10-31": the natural key is no secret, and the operator needs it. */
static void add_key(struct strbuf *buf, const struct bulk_table *table, const void *row)
{
    char scratch[ROW_SCRATCH_SIZE];
    for (size_t i = 0; i < table->key_count; i++) {
        struct db_value value = row_value(&table->fields[i], row, scratch);
        strbuf_addf(buf, "%s%s ", i == 0 ? "" : ", ", table->fields[i].column);
        if (value.kind == DB_VALUE_I64)
            strbuf_addf(buf, "%lld", (long long)value.i64);
        else if (value.kind == DB_VALUE_TEXT)
            strbuf_add_n(buf, value.data, value.size);
        else if (value.kind == DB_VALUE_BYTES)
            for (size_t b = 0; b < value.size; b++)
                strbuf_addf(buf, "%02x", ((const uint8_t *)value.data)[b]);
        else
            strbuf_add(buf, "null");
    }
}

bool bulk_conflict(const struct bulk_table *table, const void *row, const char *column,
                   struct error *err)
{
    char key[ERROR_MESSAGE_SIZE];
    struct strbuf buf;
    strbuf_init(&buf, key, sizeof key);
    add_key(&buf, table, row);
    error_item(err, "conflict", "table %s, %s: there already, with another %s", table->table, key,
               column);
    return error_hint(err, "an earlier run or an import wrote other content under this key; "
                           "compare the two before anything is billed again");
}

bool bulk_no_such_row(const struct bulk_table *table, const void *row, struct error *err)
{
    char key[ERROR_MESSAGE_SIZE];
    struct strbuf buf;
    const char *guard = table->guard == NULL ? "" : table->guard;
    const char *holds = table->guard == NULL ? "" : " for which holds: ";
    strbuf_init(&buf, key, sizeof key);
    add_key(&buf, table, row);
    if (table->redo_when_missing)
        error_retry(err, EXIT_TEMPORARY, "%s: table %s has no row %s%s%s", table->name,
                    table->table, key, holds, guard);
    else
        error_run(err, EXIT_DATA, "%s: table %s has no row %s%s%s", table->name, table->table, key,
                  holds, guard);
    return error_hint(err, "somebody else changed it meanwhile; look at it before running again");
}

static bool is_ignored(const struct bulk_table *table, const char *column)
{
    for (const char *const *name = table->ignore_on_compare; name != NULL && *name != NULL; name++)
        if (text_equal(*name, column))
            return true;
    return false;
}

static bool equals_column(const struct db_rows *rows, int32_t column, const struct db_value *value)
{
    const void *bytes;
    size_t size = 0;
    if (!rows->db->driver->rows_is(rows, column, value->kind))
        return false;
    switch (value->kind) {
    case DB_VALUE_NULL:
        return true;
    case DB_VALUE_I64:
        return db_rows_i64(rows, column) == value->i64;
    case DB_VALUE_TEXT:
    case DB_VALUE_BYTES:
        bytes = db_rows_bytes(rows, column, &size);
        return size == value->size && (size == 0 || memcmp(bytes, value->data, size) == 0);
    }
    return false;
}

const char *bulk_first_difference(const struct bulk_table *table, const struct db_rows *rows,
                                  const void *row)
{
    char scratch[ROW_SCRATCH_SIZE];
    for (size_t i = 0; i < table->field_count; i++) {
        struct db_value value = row_value(&table->fields[i], row, scratch);
        if (!is_ignored(table, table->fields[i].column) && !equals_column(rows, (int32_t)i, &value))
            return table->fields[i].column;
    }
    return NULL;
}
