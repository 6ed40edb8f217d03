/* Values to PostgreSQL and rows from it, in its binary format: whole numbers with the high byte
 * first, texts and bytes as they are. See db_postgres.h. */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/storage/db_postgres.h"

#define NUMERIC_BASE 10000
#define NUMERIC_NEGATIVE 0x4000u
#define NUMERIC_POSITIVE 0u
#define NUMERIC_HEAD_SIZE 8

void pg_put_i64(uint8_t target[8], int64_t value)
{
    for (int i = 0; i < 8; i++)
        target[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
}

static uint64_t get_unsigned(const uint8_t *source, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | source[i];
    return value;
}

int64_t pg_get_i64(const uint8_t source[8])
{
    return (int64_t)get_unsigned(source, 8);
}

static void set_arg(struct pg_args *args, int index, const struct db_value *value)
{
    args->formats[index] = 1;
    args->values[index] = NULL;
    args->lengths[index] = 0;
    args->types[index] = PG_UNKNOWN;
    switch (value->kind) {
    case DB_VALUE_NULL:
        return;
    case DB_VALUE_I64:
        pg_put_i64(args->numbers[index], value->i64);
        args->values[index] = (const char *)args->numbers[index];
        args->lengths[index] = 8;
        args->types[index] = PG_INT8;
        return;
    case DB_VALUE_TEXT:
    case DB_VALUE_BYTES: /* a NULL pointer would be null */
        args->values[index] = value->size == 0 ? "" : value->data;
        args->lengths[index] = (int)value->size;
        args->types[index] = value->kind == DB_VALUE_TEXT ? PG_TEXT : PG_BYTEA;
        return;
    }
}

void pg_args_set(struct pg_args *args, const struct db_value *values, size_t count)
{
    assert(count <= PG_ARGS_MAX);
    assert(count == 0 || values != NULL);
    args->count = (int)count;
    for (int i = 0; i < args->count; i++)
        set_arg(args, i, &values[i]);
}

int64_t pg_changed(PGresult *result)
{
    int64_t changed = 0;
    return text_parse_i64(PQcmdTuples(result), &changed) ? changed : 0;
}

void pg_rows_init(struct pg_rows *rows, struct pg_db *db, const char *statement, PGresult *result)
{
    *rows = (struct pg_rows){
        .rows = {.db = &db->base, .statement = statement},
          .result = result, .row = -1
    };
}

bool pg_rows_next(struct db_rows *base, bool *ret_has_row, struct error *err)
{
    struct pg_rows *rows = (struct pg_rows *)base; /* rows is its first member */
    if (rows->row < PQntuples(rows->result))
        rows->row++;
    if (rows->cursor_no != 0 && rows->row > 0 && rows->row == PQntuples(rows->result)) {
        if (!pg_cursor_fetch(rows, err))
            return false;
        rows->row = 0;
    }
    *ret_has_row = rows->row < PQntuples(rows->result);
    return true;
}

void pg_rows_close(struct db_rows *base)
{
    struct pg_rows *rows = (struct pg_rows *)base;
    if (rows->cursor_no != 0)
        pg_cursor_close(rows);
    pg_result_clear(&rows->result);
    free(rows);
}

int32_t pg_rows_column(const struct db_rows *base, const char *name)
{
    const PGresult *result = ((const struct pg_rows *)base)->result;
    int count = PQnfields(result);
    for (int i = 0; i < count; i++)
        if (text_equal(PQfname(result, i), name))
            return i;
    return -1;
}

static bool is_null(const struct pg_rows *rows, int32_t column)
{
    assert(rows->row >= 0);
    assert(rows->row < PQntuples(rows->result));
    assert(column >= 0);
    assert(column < PQnfields(rows->result));
    return PQgetisnull(rows->result, rows->row, column) == 1;
}

static const uint8_t *bytes_of(const struct pg_rows *rows, int32_t column)
{
    return (const uint8_t *)PQgetvalue(rows->result, rows->row, column);
}

/* A sum of whole numbers is a numeric: digits to the base 10000, the first of them times
 * 10000^weight. False when it has a fraction or does not fit. */
static bool whole_numeric(const uint8_t *bytes, int64_t *ret_value)
{
    int64_t count = (int64_t)get_unsigned(bytes, 2);
    int64_t weight = (int16_t)get_unsigned(bytes + 2, 2);
    uint64_t sign = get_unsigned(bytes + 4, 2);
    int64_t value = 0; /* below zero all the time, where there is room for one more */
    if (sign != NUMERIC_POSITIVE && sign != NUMERIC_NEGATIVE)
        return false; /* not a number, or infinite */
    for (int64_t i = 0; i < count || i <= weight; i++) {
        const uint8_t *at = bytes + NUMERIC_HEAD_SIZE + 2 * i;
        int64_t digit = i < count ? (int64_t)get_unsigned(at, 2) : 0;
        if (i > weight && digit != 0)
            return false;
        if (i <= weight && (__builtin_mul_overflow(value, NUMERIC_BASE, &value) ||
                            __builtin_sub_overflow(value, digit, &value)))
            return false;
    }
    if (sign == NUMERIC_POSITIVE && __builtin_sub_overflow(0, value, &value))
        return false;
    *ret_value = value;
    return true;
}

static bool number_of(const struct pg_rows *rows, int32_t column, int64_t *ret_value)
{
    const uint8_t *bytes = bytes_of(rows, column);
    switch (PQftype(rows->result, column)) {
    case PG_INT8:
        *ret_value = pg_get_i64(bytes);
        return true;
    case PG_INT4:
        *ret_value = (int32_t)get_unsigned(bytes, 4);
        return true;
    case PG_INT2:
        *ret_value = (int16_t)get_unsigned(bytes, 2);
        return true;
    case PG_BOOL:
        *ret_value = bytes[0];
        return true;
    case PG_NUMERIC:
        return whole_numeric(bytes, ret_value);
    default: /* the server's numbers, not an enum */
        return false;
    }
}

struct db_value pg_rows_value(const struct db_rows *base, int32_t column)
{
    const struct pg_rows *rows = (const struct pg_rows *)base;
    struct db_value value = {.kind = DB_VALUE_NULL};
    if (is_null(rows, column))
        return value;
    if (number_of(rows, column, &value.i64)) {
        value.kind = DB_VALUE_I64;
        return value;
    }
    value.kind = PQftype(rows->result, column) == PG_TEXT ? DB_VALUE_TEXT : DB_VALUE_BYTES;
    value.data = bytes_of(rows, column);
    value.size = (size_t)PQgetlength(rows->result, rows->row, column);
    return value;
}

void pg_rows_i64s(const struct db_rows *base, int32_t count, int64_t *ret_values)
{
    const struct pg_rows *rows = (const struct pg_rows *)base;
    for (int32_t column = 0; column < count; column++) {
        ret_values[column] = 0;
        if (!is_null(rows, column))
            (void)number_of(rows, column, &ret_values[column]);
    }
}
