/* Rows <-> structs by tables of fields: the column's name, the member's place and kind. A double
 * will not compile.
 *
 *     static const struct row_field invoice_fields[] = {
 *         ROW_FIELD(struct invoice_row, invoice_id, "invoice_id"),
 *         ROW_FIELD(struct invoice_row, total_minor, "total_minor"), …
 *
 * Kinds: int64_t, int32_t, bool (INTEGER), const char * (TEXT; null is NULL), struct date (TEXT
 * YYYY-MM-DD; null is DATE_NONE), struct decimal (TEXT in canonical form; never null), struct
 * currency (TEXT; null is ""), uint8_t[32] (BLOB; null reads as zeros and is never written), struct
 * row_bytes (BLOB of any size; never null). A null int64_t is DB_I64_NONE; a null int32_t or bool
 * is refused. */
#ifndef BILLMILL_STORAGE_ROWS_H
#define BILLMILL_STORAGE_ROWS_H

#include "core/calendar/date.h"
#include "core/money/currency.h"
#include "core/money/decimal.h"
#include "core/storage/db.h"

#define DB_I64_NONE INT64_MIN

enum row_kind {
    ROW_I64,
    ROW_I32,
    ROW_BOOL,
    ROW_TEXT,
    ROW_DATE,
    ROW_DECIMAL,
    ROW_CURRENCY,
    ROW_DIGEST,
    ROW_BYTES
};

struct row_bytes {
    const void *data;
    size_t size;
};

struct row_field {
    const char *column;
    size_t offset;
    enum row_kind kind;
};

#define ROW_KIND_OF(member)                                                                        \
    _Generic(&(member),                                                                            \
             int64_t *: ROW_I64,                                                                   \
             int32_t *: ROW_I32,                                                                   \
             bool *: ROW_BOOL,                                                                     \
             const char **: ROW_TEXT,                                                              \
             struct date *: ROW_DATE,                                                              \
             struct decimal *: ROW_DECIMAL,                                                        \
             struct currency *: ROW_CURRENCY,                                                      \
             uint8_t(*)[32]: ROW_DIGEST,                                                           \
             struct row_bytes *: ROW_BYTES)

#define ROW_FIELD(type, member, column_name)                                                       \
    {                                                                                              \
        .column = (column_name), .offset = offsetof(type, member),                                 \
        .kind = ROW_KIND_OF(((type *)0)->member)                                                   \
    }

/* A result may be read into several structs: by at most 4 tables of at most 64 fields. */

/* Reads the current row into *ret_struct (all fields; other members are left alone). Texts go to
 * the arena. A column that the row does not have, or a value of another kind, is ERROR_RUN and
 * names column and statement. */
MUST_CHECK bool rows_read(struct db_rows *rows, struct arena *arena, const struct row_field *fields,
                          size_t field_count, void *ret_struct, struct error *err);

/* Query and read in one. One row or none (*ret_found); a second row is an error. */
MUST_CHECK bool rows_load_one(struct db *db, enum statement_id statement,
                              const struct db_value *args, size_t arg_count, struct arena *arena,
                              const struct row_field *fields, size_t field_count, void *ret_struct,
                              bool *ret_found, struct error *err);

/* All rows, in order, as one array in the arena of `size` bytes an element. */
MUST_CHECK bool rows_load_all(struct db *db, enum statement_id statement,
                              const struct db_value *args, size_t arg_count, struct arena *arena,
                              const struct row_field *fields, size_t field_count, size_t size,
                              void **ret_items, size_t *ret_count, struct error *err);

/* The member as a value to bind; texts are borrowed; dates and decimals are printed into scratch.
 */
#define ROW_SCRATCH_SIZE 64
struct db_value row_value(const struct row_field *field, const void *item,
                          char scratch[ROW_SCRATCH_SIZE]);

#endif
