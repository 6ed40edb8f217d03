/* Bulk writes on PostgreSQL, in three files: texts of the statements, rows as arrays, and writing
 * them. The invariants are in bulk_postgres.c. Private to this folder. */
#ifndef BILLMILL_STORAGE_BULK_POSTGRES_H
#define BILLMILL_STORAGE_BULK_POSTGRES_H

#include "core/storage/db_postgres.h"

#define BULK_TEXT_SIZE 8192
#define BULK_NAME_SIZE 80

struct pg_bulk {
    struct pg_bulk *next;
    const struct bulk_table *table;
    struct pg_statement write;
    struct pg_statement look; /* at what is stored; of an upsert, at its own rows */
    int64_t written;          /* rows, by this connection … */
    int64_t analyzed;         /* … and how many when its table was last counted */
    char names[2][BULK_NAME_SIZE];
    char texts[2][BULK_TEXT_SIZE];
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

/* One span for each row, but for chains: invariant 2. The caller owns them: free. */
struct span *bulk_make_spans(const struct bulk_table *table, const void *rows, size_t count,
                             size_t *ret_count);

/* The first `field_count` fields of the rows as one array each. Key fields are those of a span's
 * first row, the others those of its last. The arguments point into the buffer of the connection,
 * until the next call. */
void bulk_set_arrays(struct pg_db *db, const struct bulk_table *table, size_t field_count,
                     const void *rows, const struct span *spans, size_t count,
                     struct pg_args *args);

#endif
