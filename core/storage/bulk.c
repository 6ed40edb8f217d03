/* Bulk writes, what is the same on every engine: see bulk.h. */
#include "core/storage/bulk.h"

#include <string.h>

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
