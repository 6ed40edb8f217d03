/* Bulk writes, what is the same on every engine: see bulk.h. */
#include "core/storage/bulk.h"

#include <string.h>

#include "core/base/array.h"
#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/storage/db_driver.h"

bool bulk_write(struct db *db, const struct bulk_table *table, const void *rows, size_t count,
                int64_t *ret_written, size_t *ret_bad_row, struct error *err)
{
    assert(db->tx_open);
    assert(table->kind != BULK_ASK);
    assert(table->key_count > 0);
    assert(table->key_count <= table->field_count);
    assert(table->field_count <= ROW_FIELDS_MAX);
    assert(table->guard == NULL || table->kind != BULK_INSERT);
    assert(table->own_id == NULL || (table->kind == BULK_UPSERT && table->guard == NULL));
    assert(!table->key_says_all || table->kind == BULK_INSERT);
    assert(table->kind != BULK_DELETE || table->key_count == table->field_count);
    return db->driver->bulk_write(db, table, rows, count, ret_written, ret_bad_row, err);
}

struct finding {
    const struct bulk_table *table;
    const char *keys;
    struct arena *arena;
    struct bulk_found found;
    size_t row_capacity, place_capacity;
};

static bool take_found(void *context, struct db_rows *rows, size_t place, struct error *err)
{
    struct finding *finding = context;
    struct bulk_found *found = &finding->found;
    const struct bulk_table *table = finding->table;
    if (found->count == finding->row_capacity)
        found->rows = array_grow(finding->arena, found->rows, found->count, &finding->row_capacity,
                                 table->row_size);
    if (found->count == finding->place_capacity)
        found->places = array_grow(finding->arena, found->places, found->count,
                                   &finding->place_capacity, sizeof *found->places);
    char *row = (char *)found->rows + found->count * table->row_size;
    size_t first = table->kind == BULK_ASK ? table->key_count : 0;
    if (table->kind == BULK_ASK)
        memcpy(row, finding->keys + place * table->row_size, table->row_size);
    if (!rows_read(rows, finding->arena, table->fields + first, table->field_count - first, row,
                   err))
        return false;
    found->places[found->count++] = place;
    return true;
}

bool bulk_find(struct db *db, const struct bulk_table *table, const void *keys, size_t count,
               struct arena *arena, struct bulk_found *ret_found, struct error *err)
{
    struct finding finding = {.table = table, .keys = keys, .arena = arena};
    assert(table->key_count > 0);
    assert(table->key_count <= table->field_count);
    if (count > 0 && !db->driver->bulk_find(db, table, keys, count, take_found, &finding, err))
        return false;
    *ret_found = finding.found;
    return true;
}

const void *bulk_cursor_next(struct bulk_cursor *cursor, size_t place, size_t row_size)
{
    const struct bulk_found *found = cursor->found;
    if (cursor->next == found->count || found->places[cursor->next] != place)
        return NULL;
    return (const char *)found->rows + row_size * cursor->next++;
}

/* The kind, then 8 bytes, low byte first: an integer itself, or the length of what follows. */
static void add_value(struct sha256 *digest, const struct db_value *value)
{
    uint8_t head[9] = {(uint8_t)value->kind};
    uint64_t number = value->kind == DB_VALUE_I64 ? (uint64_t)value->i64 : value->size;
    for (int i = 0; i < 8; i++)
        head[1 + i] = (uint8_t)(number >> (8 * i));
    sha256_add(digest, head, sizeof head);
    if (value->kind == DB_VALUE_TEXT || value->kind == DB_VALUE_BYTES)
        sha256_add(digest, value->data, value->size);
}

/* Dates and decimals as they are, one form for each value: printing them takes longer than all the
 * rest. */
static void add_field(struct sha256 *digest, const struct row_field *field, const void *row)
{
    char scratch[ROW_SCRATCH_SIZE];
    struct db_value value;
    const void *member = (const char *)row + field->offset;
    if (field->kind == ROW_DATE) {
        struct date date = *(const struct date *)member;
        value = date_is_none(date) ? db_null() : db_i64(date.days);
    } else if (field->kind == ROW_DECIMAL) {
        struct decimal decimal = decimal_normalize(*(const struct decimal *)member);
        uint8_t bytes[sizeof decimal.coefficient];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)((uint128_t)decimal.coefficient >> (8 * i));
        sha256_add(digest, bytes, sizeof bytes);
        value = db_i64(decimal.scale);
    } else
        value = row_value(field, row, scratch);
    add_value(digest, &value);
}

void bulk_digest(const struct bulk_table *table, const void *rows, size_t count,
                 struct sha256 *digest)
{
    const char *row = rows;
    for (size_t i = 0; i < count; i++, row += table->row_size)
        for (size_t f = 0; f < table->field_count; f++)
            add_field(digest, &table->fields[f], row);
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
    return error_hint(err, table->redo_when_missing
                               ? "somebody else changed it meanwhile: let the other workers and "
                                 "imports end, then `billmill resume` reads it again and goes on"
                               : "somebody else changed it meanwhile; look at it before running "
                                 "again");
}

bool bulk_made_by_others(const struct bulk_table *table, struct error *err)
{
    error_retry(err, EXIT_TEMPORARY, "%s: a row of table %s was made by somebody else meanwhile",
                table->name, table->table);
    return error_hint(err, "do the same again: it is found then");
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
    struct db_value stored = rows->db->driver->rows_value(rows, column);
    if (stored.kind != value->kind)
        return false;
    switch (value->kind) {
    case DB_VALUE_NULL:
        return true;
    case DB_VALUE_I64:
        return stored.i64 == value->i64;
    case DB_VALUE_TEXT:
    case DB_VALUE_BYTES:
        return stored.size == value->size &&
               (stored.size == 0 || memcmp(stored.data, value->data, stored.size) == 0);
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

/* ------------------------------------------------------------------ SQL that engines share */

void bulk_add_columns(struct strbuf *buf, const struct bulk_table *table, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        strbuf_addf(buf, "%s%s", i == from ? "" : ", ", table->fields[i].column);
}

void bulk_add_conflict(struct strbuf *buf, const struct bulk_table *table)
{
    strbuf_add(buf, " ON CONFLICT (");
    bulk_add_columns(buf, table, 0, table->key_count);
    if (table->kind == BULK_INSERT || table->key_count == table->field_count) {
        strbuf_add(buf, ") DO NOTHING");
        return;
    }
    strbuf_add(buf, ") DO UPDATE SET ");
    const char *separator = "";
    for (size_t i = table->key_count; i < table->field_count; i++) {
        const char *column = table->fields[i].column;
        if (text_equal(column, table->own_id))
            continue;
        strbuf_addf(buf, "%s%s = excluded.%s", separator, column, column);
        separator = ", ";
    }
    if (table->guard != NULL)
        strbuf_addf(buf, " WHERE %s", table->guard);
    if (table->own_id != NULL)
        strbuf_addf(buf, " WHERE %s.%s = excluded.%s", table->table, table->own_id, table->own_id);
}
