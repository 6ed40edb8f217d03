/* Bulk writes on PostgreSQL, in four files: texts of the statements, rows as arrays, rows by COPY,
 * and writing them. The invariants are in bulk_postgres.c. Private to this folder. */
#ifndef BILLMILL_STORAGE_BULK_POSTGRES_H
#define BILLMILL_STORAGE_BULK_POSTGRES_H

#include "core/storage/db_postgres.h"

#define BULK_TEXT_SIZE 8192
#define BULK_NAME_SIZE 80
#define COPY_ROWS_MIN 32 /* of fewer the savepoint is the larger part */

struct pg_bulk {
    struct pg_bulk *next;
    const struct bulk_table *table;
    struct pg_statement write[2]; /* [1]: of rows that share the first field of the key; of what
                                 is inserted */
    struct pg_statement look[2];  /* at what is stored */
    int64_t written;              /* rows, by this connection, how many of them … */
    int64_t looked;        /* … when it last asked what the server knows of the table, … */
    int64_t analyzed;      /* … and when the table was last counted */
    int32_t copy_refusals; /* bulk_postgres_copy.c, invariant 2: in a row, but for a few … */
    int32_t copy_pause;    /* … and how many writes go without COPY for that */
    char names[4][BULK_NAME_SIZE];
    char texts[4][BULK_TEXT_SIZE];
};

/* Rows [first, last] that go as one: invariant 2. Mostly both are the same. */
struct span {
    size_t first, last;
};

/* The type of the array in which a column of such fields travels. */
enum pg_type bulk_array_type(enum row_kind kind);

/* The caller owns it: free. */
struct pg_bulk *bulk_make(const struct bulk_table *table);

static inline const char *bulk_row_at(const struct bulk_table *table, const void *rows,
                                      size_t index)
{
    return (const char *)rows + index * table->row_size;
}

static inline bool bulk_inserts(const struct bulk_table *table)
{
    return table->kind == BULK_INSERT || table->kind == BULK_UPSERT;
}

/* One span for each row, but for chains: invariant 2. The caller owns them: free. */
struct span *bulk_make_spans(const struct bulk_table *table, const void *rows, size_t count,
                             size_t *ret_count);

/* By key, rows of the same key as they were. */
void bulk_sort_spans(const struct bulk_table *table, const void *rows, struct span *spans,
                     size_t count);

/* Of sorted spans: those that are the first of their key come first. How many they are. */
size_t bulk_part_spans(const struct bulk_table *table, const void *rows, struct span *spans,
                       size_t count);

/* Does the first field of the key, one of several, have the same value in all rows? */
bool bulk_is_shared(const struct bulk_table *table, const void *rows, const struct span *spans,
                    size_t count);

/* The first `field_count` fields of the rows as one array each; where it is `shared`, the first
 * field as one value. Key fields are those of a span's first row, the others those of its last. The
 * arguments point into the buffer of the connection, until the next call. */
void bulk_set_arrays(struct pg_db *db, const struct bulk_table *table, size_t field_count,
                     const void *rows, const struct span *spans, size_t count, bool shared,
                     struct pg_args *args);

/* The buffer of the connection: room at its end, and a value there with its length before it. */
uint8_t *bulk_extend(struct pg_db *db, size_t more);
void bulk_put_i16(uint8_t target[2], int64_t value);
void bulk_add_value(struct pg_db *db, const struct db_value *value);

void bulk_copy_text(const struct bulk_table *table, char *target, size_t size);

/* Writes new rows of a BULK_INSERT by COPY. *ret_copied is left as it is when that is not worth it
 * or one of the rows was refused: nothing of them is written then. */
MUST_CHECK bool bulk_copy(struct pg_db *db, struct pg_bulk *bulk, const void *rows, size_t count,
                          bool *ret_copied, struct error *err);

#endif
