/* Rows as arrays in PostgreSQL's binary format, a column each: see bulk_postgres.h. */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/storage/bulk_postgres.h"

#define ARRAY_HEAD_SIZE 20
#define BUFFER_SIZE_MIN 65536

uint8_t *bulk_extend(struct pg_db *db, size_t more)
{
    size_t needed = db->buffer.size + more;
    if (needed > db->buffer.capacity) {
        size_t capacity =
            db->buffer.capacity < BUFFER_SIZE_MIN ? BUFFER_SIZE_MIN : db->buffer.capacity * 2;
        if (capacity < needed)
            capacity = needed;
        uint8_t *data = memory_alloc(capacity, "the arrays of a bulk write");
        if (db->buffer.size > 0)
            memcpy(data, db->buffer.data, db->buffer.size);
        free(db->buffer.data);
        db->buffer.data = data;
        db->buffer.capacity = capacity;
    }
    uint8_t *at = db->buffer.data + db->buffer.size;
    db->buffer.size = needed;
    return at;
}

static void put_i32(uint8_t target[4], int64_t value)
{
    for (int i = 0; i < 4; i++)
        target[i] = (uint8_t)((uint64_t)value >> (24 - 8 * i));
}

void bulk_put_i16(uint8_t target[2], int64_t value)
{
    target[0] = (uint8_t)((uint64_t)value >> 8);
    target[1] = (uint8_t)value;
}

/* One dimension, perhaps with nulls, from 1 on. */
static void add_array_head(struct pg_db *db, enum row_kind kind, size_t count)
{
    enum pg_type array = bulk_array_type(kind);
    uint8_t *head = bulk_extend(db, ARRAY_HEAD_SIZE);
    put_i32(head, 1);
    put_i32(head + 4, 1);
    put_i32(head + 8, array == PG_INT8_ARRAY   ? PG_INT8
                      : array == PG_TEXT_ARRAY ? PG_TEXT
                                               : PG_BYTEA);
    put_i32(head + 12, (int64_t)count);
    put_i32(head + 16, 1);
}

void bulk_add_value(struct pg_db *db, const struct db_value *value)
{
    switch (value->kind) {
    case DB_VALUE_NULL:
        put_i32(bulk_extend(db, 4), -1);
        return;
    case DB_VALUE_I64: {
        uint8_t *at = bulk_extend(db, 12);
        put_i32(at, 8);
        pg_put_i64(at + 4, value->i64);
        return;
    }
    case DB_VALUE_TEXT:
    case DB_VALUE_BYTES: {
        uint8_t *at = bulk_extend(db, 4 + value->size);
        put_i32(at, (int64_t)value->size);
        if (value->size > 0)
            memcpy(at + 4, value->data, value->size);
        return;
    }
    }
}

static void add_element(struct pg_db *db, const struct row_field *field, const void *row)
{
    char scratch[ROW_SCRATCH_SIZE];
    struct db_value value = row_value(field, row, scratch);
    bulk_add_value(db, &value);
}

bool bulk_is_shared(const struct bulk_table *table, const void *rows, const struct span *spans,
                    size_t count)
{
    char scratch[2][ROW_SCRATCH_SIZE];
    if (table->key_count < 2 || count == 0)
        return false;
    const struct row_field *field = &table->fields[0];
    struct db_value value = row_value(field, bulk_row_at(table, rows, spans[0].first), scratch[0]);
    if (value.kind == DB_VALUE_NULL)
        return false;
    for (size_t i = 1; i < count; i++) {
        struct db_value other =
            row_value(field, bulk_row_at(table, rows, spans[i].first), scratch[1]);
        if (!db_value_equal(&value, &other))
            return false;
    }
    return true;
}

/* A value without the length before it. */
static void add_shared(struct pg_db *db, const struct row_field *field, const void *row,
                       struct pg_args *args)
{
    enum pg_type array = bulk_array_type(field->kind);
    add_element(db, field, row);
    args->types[0] = array == PG_INT8_ARRAY ? PG_INT8 : array == PG_TEXT_ARRAY ? PG_TEXT : PG_BYTEA;
}

void bulk_set_arrays(struct pg_db *db, const struct bulk_table *table, size_t field_count,
                     const void *rows, const struct span *spans, size_t count, bool shared,
                     struct pg_args *args)
{
    size_t starts[PG_ARGS_MAX + 1];
    db->buffer.size = 0;
    for (size_t f = 0; f < field_count; f++) {
        starts[f] = db->buffer.size;
        args->types[f] = bulk_array_type(table->fields[f].kind);
        if (f == 0 && shared) {
            add_shared(db, &table->fields[f], bulk_row_at(table, rows, spans[0].first), args);
            starts[f] += 4; /* behind the length */
            continue;
        }
        add_array_head(db, table->fields[f].kind, count);
        for (size_t i = 0; i < count; i++)
            add_element(
                db, &table->fields[f],
                bulk_row_at(table, rows, f < table->key_count ? spans[i].first : spans[i].last));
    }
    starts[field_count] = db->buffer.size;
    args->count = (int)field_count;
    for (size_t f = 0; f < field_count; f++) {
        args->values[f] = (const char *)db->buffer.data + starts[f];
        args->lengths[f] = (int)(starts[f + 1] - starts[f]);
        args->formats[f] = 1;
    }
}

/* The field that sets the column of this key field; field_count when there is none. */
static size_t setter_of(const struct bulk_table *table, size_t key_field)
{
    size_t f = table->key_count;
    while (f < table->field_count &&
           !text_equal(table->fields[f].column, table->fields[key_field].column))
        f++;
    return f;
}

static bool is_chain(const struct bulk_table *table)
{
    for (size_t k = 0; k < table->key_count; k++)
        if (setter_of(table, k) < table->field_count)
            return table->kind == BULK_UPDATE;
    return false;
}

/* Does `row` ask for what `before` leaves? */
static bool goes_on(const struct bulk_table *table, const void *before, const void *row)
{
    char scratch[2][ROW_SCRATCH_SIZE];
    for (size_t k = 0; k < table->key_count; k++) {
        size_t setter = setter_of(table, k);
        struct db_value left =
            row_value(&table->fields[setter < table->field_count ? setter : k], before, scratch[0]);
        struct db_value asked = row_value(&table->fields[k], row, scratch[1]);
        if (asked.kind == DB_VALUE_NULL || !db_value_equal(&left, &asked)) /* null finds no row */
            return false;
    }
    return true;
}

struct span *bulk_make_spans(const struct bulk_table *table, const void *rows, size_t count,
                             size_t *ret_count)
{
    struct span *spans = memory_alloc(count * sizeof *spans, "the rows of a bulk write");
    bool chain = is_chain(table);
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (chain && i > 0 &&
            goes_on(table, bulk_row_at(table, rows, i - 1), bulk_row_at(table, rows, i)))
            spans[used - 1].last = i;
        else
            spans[used++] = (struct span){i, i};
    *ret_count = used;
    return spans;
}

/* ---------------------------------------------------------------- order */

/* What qsort is given: an order by the key of rows that it does not know. */
struct keyed {
    const struct bulk_table *table;
    const void *rows;
    struct span span;
};

/* Nulls first; texts by their bytes. */
static int compare_values(const struct db_value *left, const struct db_value *right)
{
    if (left->kind != right->kind)
        return left->kind == DB_VALUE_NULL ? -1 : 1;
    if (left->kind == DB_VALUE_NULL)
        return 0;
    if (left->kind == DB_VALUE_I64)
        return left->i64 < right->i64 ? -1 : left->i64 > right->i64;
    size_t size = left->size < right->size ? left->size : right->size;
    int order = size == 0 ? 0 : memcmp(left->data, right->data, size);
    return order != 0 ? order : left->size < right->size ? -1 : left->size > right->size;
}

static int compare_keys(const struct bulk_table *table, const void *rows, const struct span *left,
                        const struct span *right)
{
    char scratch[2][ROW_SCRATCH_SIZE];
    int order = 0;
    for (size_t k = 0; k < table->key_count && order == 0; k++) {
        struct db_value a =
            row_value(&table->fields[k], bulk_row_at(table, rows, left->first), scratch[0]);
        struct db_value b =
            row_value(&table->fields[k], bulk_row_at(table, rows, right->first), scratch[1]);
        order = compare_values(&a, &b);
    }
    return order;
}

static int compare_keyed(const void *a, const void *b)
{
    const struct keyed *left = a;
    const struct keyed *right = b;
    int order = compare_keys(left->table, left->rows, &left->span, &right->span);
    return order != 0                             ? order
           : left->span.first < right->span.first ? -1
                                                  : left->span.first > right->span.first;
}

void bulk_sort_spans(const struct bulk_table *table, const void *rows, struct span *spans,
                     size_t count)
{
    size_t sorted = 1;
    while (sorted < count && compare_keys(table, rows, &spans[sorted - 1], &spans[sorted]) <= 0)
        sorted++;
    if (sorted >= count)
        return;
    struct keyed *keyed = memory_alloc(count * sizeof *keyed, "the order of a bulk write");
    for (size_t i = 0; i < count; i++)
        keyed[i] = (struct keyed){table, rows, spans[i]};
    qsort(keyed, count, sizeof *keyed, compare_keyed);
    for (size_t i = 0; i < count; i++)
        spans[i] = keyed[i].span;
    free(keyed);
}

size_t bulk_part_spans(const struct bulk_table *table, const void *rows, struct span *spans,
                       size_t count)
{
    size_t firsts = count > 0 ? 1 : 0;
    while (firsts < count && compare_keys(table, rows, &spans[firsts - 1], &spans[firsts]) != 0)
        firsts++;
    if (firsts == count)
        return count;
    struct span *others = memory_alloc(count * sizeof *others, "rows of the same key");
    size_t other_count = 0;
    for (size_t i = firsts; i < count; i++)
        if (compare_keys(table, rows, &spans[firsts - 1], &spans[i]) != 0)
            spans[firsts++] = spans[i];
        else
            others[other_count++] = spans[i];
    memcpy(&spans[firsts], others, other_count * sizeof *others);
    free(others);
    return firsts;
}
