/* Rows <-> structs: see rows.h. Which column a field comes from is looked up once per query. */
#include "core/storage/rows.h"

#include <string.h>

#include "core/base/array.h"
#include "core/storage/db_driver.h"

/* Why a value cannot be read, for the one message below. */
static bool refuse(const struct db_rows *rows, const struct row_field *field, const char *why,
                   struct error *err)
{
    return error_run(err, EXIT_DATA, "statement %s, column %s: %s", rows->statement, field->column,
                     why);
}

static const struct row_map *find_map(const struct db_rows *rows, const struct row_field *fields,
                                      size_t field_count)
{
    for (size_t i = 0; i < rows->map_count; i++)
        if (rows->maps[i].fields == fields && rows->maps[i].field_count == field_count)
            return &rows->maps[i];
    return NULL;
}

static bool make_map(struct db_rows *rows, const struct row_field *fields, size_t field_count,
                     const struct row_map **ret_map, struct error *err)
{
    assert(field_count <= ROW_FIELDS_MAX);
    assert(rows->map_count < ROW_MAPS_MAX);
    struct row_map *map = &rows->maps[rows->map_count];
    for (size_t i = 0; i < field_count; i++) {
        int32_t column = db_rows_column(rows, fields[i].column);
        if (column < 0)
            return error_run(err, EXIT_INTERNAL, "statement %s has no column %s", rows->statement,
                             fields[i].column);
        map->columns[i] = (int16_t)column;
    }
    map->fields = fields;
    map->field_count = field_count;
    rows->map_count++;
    *ret_map = map;
    return true;
}

static bool read_integer(const struct db_rows *rows, const struct row_field *field,
                         const struct db_value *value, int64_t min, int64_t max, int64_t *ret_value,
                         struct error *err)
{
    if (value->kind != DB_VALUE_I64)
        return refuse(rows, field, "not an integer", err);
    if (value->i64 < min || value->i64 > max)
        return refuse(rows, field, "out of range", err);
    *ret_value = value->i64;
    return true;
}

static bool check_text(const struct db_rows *rows, const struct row_field *field,
                       const struct db_value *value, struct error *err)
{
    if (value->kind != DB_VALUE_TEXT)
        return refuse(rows, field, "not a text", err);
    if (memchr(value->data, '\0', value->size) != NULL)
        return refuse(rows, field, "a text with a NUL inside", err);
    return true;
}

static bool read_digest(const struct db_rows *rows, const struct row_field *field,
                        const struct db_value *value, uint8_t *member, struct error *err)
{
    if (value->kind != DB_VALUE_BYTES || value->size != SHA256_SIZE)
        return refuse(rows, field, "not a digest of 32 bytes", err);
    memcpy(member, value->data, SHA256_SIZE);
    return true;
}

static bool read_bytes(const struct db_rows *rows, const struct row_field *field,
                       const struct db_value *value, struct arena *arena, struct row_bytes *member,
                       struct error *err)
{
    if (value->kind != DB_VALUE_BYTES)
        return refuse(rows, field, "not bytes", err);
    *member = (struct row_bytes){arena_copy_n(arena, value->data, value->size), value->size};
    return true;
}

/* What a null means to the kinds that have a value for it. */
static bool read_null(const struct db_rows *rows, const struct row_field *field, void *member,
                      struct error *err)
{
    switch (field->kind) {
    case ROW_I64:
        *(int64_t *)member = DB_I64_NONE;
        return true;
    case ROW_TEXT:
        *(const char **)member = NULL;
        return true;
    case ROW_DATE:
        *(struct date *)member = DATE_NONE;
        return true;
    case ROW_CURRENCY:
        *(struct currency *)member = (struct currency){0};
        return true;
    case ROW_DIGEST:
        memset(member, 0, SHA256_SIZE);
        return true;
    case ROW_I32:
    case ROW_BOOL:
    case ROW_DECIMAL:
    case ROW_BYTES:
        return refuse(rows, field, "null, where a value must be", err);
    }
    return false;
}

/* Kinds that are stored as text. */
static bool read_texts(const struct db_rows *rows, const struct row_field *field,
                       const struct db_value *value, struct arena *arena, void *member,
                       struct error *err)
{
    bool parsed = true;
    if (!check_text(rows, field, value, err))
        return false;
    if (field->kind == ROW_TEXT)
        *(const char **)member = arena_copy_n(arena, value->data, value->size);
    else if (field->kind == ROW_DATE)
        parsed = date_parse(value->data, member, err);
    else if (field->kind == ROW_DECIMAL)
        parsed = decimal_parse(value->data, member, err);
    else
        parsed = currency_parse(value->data, member, err);
    return parsed || refuse(rows, field, arena_copy(arena, err->message), err);
}

static bool read_member(const struct db_rows *rows, const struct row_field *field,
                        const struct db_value *value, struct arena *arena, void *member,
                        struct error *err)
{
    int64_t number = 0;
    if (value->kind == DB_VALUE_NULL)
        return read_null(rows, field, member, err);
    switch (field->kind) {
    case ROW_I64:
        return read_integer(rows, field, value, INT64_MIN, INT64_MAX, member, err);
    case ROW_I32:
        if (!read_integer(rows, field, value, INT32_MIN, INT32_MAX, &number, err))
            return false;
        *(int32_t *)member = (int32_t)number;
        return true;
    case ROW_BOOL:
        if (!read_integer(rows, field, value, 0, 1, &number, err))
            return false;
        *(bool *)member = number == 1;
        return true;
    case ROW_TEXT:
    case ROW_DATE:
    case ROW_DECIMAL:
    case ROW_CURRENCY:
        return read_texts(rows, field, value, arena, member, err);
    case ROW_DIGEST:
        return read_digest(rows, field, value, member, err);
    case ROW_BYTES:
        return read_bytes(rows, field, value, arena, member, err);
    }
    return false;
}

bool rows_read(struct db_rows *rows, struct arena *arena, const struct row_field *fields,
               size_t field_count, void *ret_struct, struct error *err)
{
    const struct row_map *map = find_map(rows, fields, field_count);
    if (map == NULL && !make_map(rows, fields, field_count, &map, err))
        return false;
    for (size_t i = 0; i < field_count; i++) {
        struct db_value value = rows->db->driver->rows_value(rows, map->columns[i]);
        if (!read_member(rows, &fields[i], &value, arena, (char *)ret_struct + fields[i].offset,
                         err))
            return false;
    }
    return true;
}

bool rows_load_one(struct db *db, enum statement_id statement, const struct db_value *args,
                   size_t arg_count, struct arena *arena, const struct row_field *fields,
                   size_t field_count, void *ret_struct, bool *ret_found, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool found;
    bool another = false;
    if (!db_query(db, statement, args, arg_count, &rows, err) || !db_rows_next(rows, &found, err))
        return false;
    if (found && (!rows_read(rows, arena, fields, field_count, ret_struct, err) ||
                  !db_rows_next(rows, &another, err)))
        return false;
    if (another)
        return error_run(err, EXIT_INTERNAL, "statement %s gave more than one row",
                         statement_name(statement));
    *ret_found = found;
    return true;
}

bool rows_load_all(struct db *db, enum statement_id statement, const struct db_value *args,
                   size_t arg_count, struct arena *arena, const struct row_field *fields,
                   size_t field_count, size_t size, void **ret_items, size_t *ret_count,
                   struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    char *items = NULL;
    size_t count = 0;
    size_t capacity = 0;
    bool has_row;
    if (!db_query(db, statement, args, arg_count, &rows, err) || !db_rows_next(rows, &has_row, err))
        return false;
    while (has_row) {
        if (count == capacity)
            items = array_grow(arena, items, count, &capacity, size);
        if (!rows_read(rows, arena, fields, field_count, items + count * size, err) ||
            !db_rows_next(rows, &has_row, err))
            return false;
        count++;
    }
    *ret_items = items;
    *ret_count = count;
    return true;
}

/* A date or a decimal printed into the caller's scratch. */
static struct db_value printed(const char *text, char scratch[ROW_SCRATCH_SIZE])
{
    size_t length = strlen(text);
    assert(length < ROW_SCRATCH_SIZE);
    memcpy(scratch, text, length + 1);
    return (struct db_value){.kind = DB_VALUE_TEXT, .data = scratch, .size = length};
}

struct db_value row_value(const struct row_field *field, const void *item,
                          char scratch[ROW_SCRATCH_SIZE])
{
    const void *member = (const char *)item + field->offset;
    switch (field->kind) {
    case ROW_I64: {
        int64_t value = *(const int64_t *)member;
        return value == DB_I64_NONE ? db_null() : db_i64(value);
    }
    case ROW_I32:
        return db_i64(*(const int32_t *)member);
    case ROW_BOOL:
        return db_i64(*(const bool *)member ? 1 : 0);
    case ROW_TEXT:
        return db_text(*(const char *const *)member);
    case ROW_DATE: {
        struct date date = *(const struct date *)member;
        return date_is_none(date) ? db_null() : printed(date_text(date).text, scratch);
    }
    case ROW_DECIMAL:
        return printed(decimal_text(*(const struct decimal *)member).text, scratch);
    case ROW_CURRENCY: {
        const struct currency *currency = member;
        return currency->code[0] == '\0' ? db_null() : db_text(currency->code);
    }
    case ROW_DIGEST:
        return db_bytes(member, SHA256_SIZE);
    case ROW_BYTES: {
        const struct row_bytes *bytes = member;
        return db_bytes(bytes->data, bytes->size);
    }
    }
    return db_null();
}
