/* Writing many rows of one table: behind this SQLite runs prepared row statements and PostgreSQL
 * COPY or UNNEST. A bulk_table says it once, as data; the driver makes the text.
 *
 * BULK_INSERT: INSERT … ON CONFLICT (natural key) DO NOTHING. A row that is there already is
 * compared with what was to be written (all fields except ignore_on_compare): equal content is
 * success and not counted in *ret_written; other content is ERROR_ITEM "conflict" that names table,
 * key and the first differing column.
 * BULK_UPDATE: sets the fields behind the first key_count by the key; a row that is not there is
 * ERROR_RUN, or with `may_miss` nothing; one that comes twice has the same content. With `adds`
 * they grow by the values instead. With `guard` only a row for which that SQL condition holds may
 * be updated, else ERROR_RUN: a compare-and-set. BULK_UPSERT: INSERT … ON CONFLICT (natural key) DO
 * UPDATE of the other fields. With `guard` only where that condition holds (excluded.column is the
 * new value), else the row stays as it is. With `own_id` that column is given to a new row only:
 * one that is there keeps its own, and is updated only if it is the same, else ERROR_RETRY:
 * somebody else made it meanwhile. BULK_DELETE: removes every row whose columns are those of the
 * key, which is all that its fields are; of a key with fewer columns than the table's these may be
 * many, or none. With `guard` only where it holds. BULK_ASK writes nothing: bulk_find answers a
 * statement for each key. */
#ifndef BILLMILL_STORAGE_BULK_H
#define BILLMILL_STORAGE_BULK_H

#include "core/base/sha256.h"
#include "core/storage/rows.h"

enum bulk_kind { BULK_INSERT, BULK_UPDATE, BULK_UPSERT, BULK_DELETE, BULK_ASK };

struct bulk_table {
    const char *name; /* unique among all bulk tables: also the cache key of its statement */
    enum bulk_kind kind;
    const char *table;
    enum statement_id statement;    /* of BULK_ASK, instead of the table */
    const struct row_field *fields; /* the natural key first */
    size_t field_count;
    size_t key_count; /* how many of the fields are the natural key */
    size_t row_size;
    const char *const *ignore_on_compare; /* columns, ended by NULL; NULL for none */
    const char *guard;                    /* not of BULK_INSERT; NULL for none */
    const char *own_id;                   /* BULK_UPSERT without guard; NULL for none */
    bool key_says_all; /* BULK_INSERT: the key is a digest of the other fields, so that a row which
                          is there is equal: it is not read */
    bool adds;         /* BULK_UPDATE of whole numbers */
    bool may_miss;     /* BULK_UPDATE: rows that are not there are left out */
    bool redo_when_missing; /* BULK_UPDATE: a row that is not there is ERROR_RETRY: another worker
                               was quicker, and the chunk is computed again from what it wrote; so
                               of BULK_DELETE, where otherwise nothing need be there */
};

/* Writes rows[0…count), in order, inside the open transaction. ret_written may be NULL. On
 * ERROR_ITEM *ret_bad_row (may be NULL) is the index of the offending row. */
MUST_CHECK bool bulk_write(struct db *db, const struct bulk_table *table, const void *rows,
                           size_t count, int64_t *ret_written, size_t *ret_bad_row,
                           struct error *err);

/* What is stored under keys, by one statement where a server is asked: rows of `table` whose first
 * key_count columns are those of keys[0…count), which are structs of row_size of which only these
 * fields are looked at. In the order of the keys; a row for each that has any (a view of a table
 * with fewer key columns may have several, in any order). Of BULK_ASK the rows of its statement, of
 * which $1…$key_count are the fields of the key, in its order; the key of each is that which was
 * asked for. Rows and their texts are in the arena. */
struct bulk_found {
    void *rows;
    size_t *places; /* of each row: of which key it is */
    size_t count;
};
MUST_CHECK bool bulk_find(struct db *db, const struct bulk_table *table, const void *keys,
                          size_t count, struct arena *arena, struct bulk_found *ret_found,
                          struct error *err);

/* Walks through what was found, key by key in their order: the next row of the key `place`; NULL
 * behind its last one. `next` starts at 0. */
struct bulk_cursor {
    const struct bulk_found *found;
    size_t next;
};
const void *bulk_cursor_next(struct bulk_cursor *cursor, size_t place, size_t row_size);

/* Adds every field of the rows to a digest, in order, each with kind and length: the same rows, the
 * same digest. */
void bulk_digest(const struct bulk_table *table, const void *rows, size_t count,
                 struct sha256 *digest);

#endif
