/* What a batch of records needs of the database, read by one statement for each table, and what it
 * writes, written by one for each table: on a server a question costs more than its answer.
 *
 * 1. What is put is found from then on, as if it were written.
 * 2. Texts of rows are borrowed until the shelf is cleared; what is found is there as long, but for
 * its array, which is there until more is put or added.
 * 3. Of a row that is put again (an upsert) only the last content is written.
 * 4. A statement that asks a table for itself does not see what waits: import_shelf_waits.
 *
 * Private to core/stores/import_*.c. */
#ifndef BILLMILL_STORES_IMPORT_SHELF_H
#define BILLMILL_STORES_IMPORT_SHELF_H

#include "core/storage/bulk.h"

struct import_shelf;

struct import_shelf *import_shelf_create(struct db *db);
void import_shelf_destroy(struct import_shelf **shelf); /* accepts NULL inside; fits CLEANUP */
void import_shelf_clear(struct import_shelf *shelf);    /* forgets all; before the next batch */
struct arena *import_shelf_arena(struct import_shelf *shelf); /* lives as long as what is found */

/* The rows of `table` with the key of `row` will be asked for; read, then, reads all of them. What
 * is found without is asked for by itself. */
void import_shelf_expect(struct import_shelf *shelf, const struct bulk_table *table,
                         const void *row);
MUST_CHECK bool import_shelf_read(struct import_shelf *shelf, struct error *err);

/* The rows with the key of `row`, as an array. */
MUST_CHECK bool import_shelf_find(struct import_shelf *shelf, const struct bulk_table *table,
                                  const void *row, const void **ret_rows, size_t *ret_count,
                                  struct error *err);

/* What is put from now on belongs to this record, by its place in the batch. */
void import_shelf_begin(struct import_shelf *shelf, size_t record);

/* Waits to be written by `table`, and is found by the key of `found_by` (NULL: not at all) instead
 * of what was there. */
void import_shelf_put(struct import_shelf *shelf, const struct bulk_table *table, const void *row,
                      const struct bulk_table *found_by);

/* Is found by this key too, behind the others that have it. */
void import_shelf_add(struct import_shelf *shelf, const struct bulk_table *table, const void *row);

/* Does anything wait for a table of that name? */
bool import_shelf_waits(const struct import_shelf *shelf, const char *table);

/* Writes what waits. A row that the database refuses is given to `refused`, with its record; what
 * else belongs to that record, and is not written yet, is not written either. */
typedef void import_shelf_refused(void *context, size_t record, const struct error *problem);
MUST_CHECK bool import_shelf_write(struct import_shelf *shelf, import_shelf_refused *refused,
                                   void *context, struct error *err);

#endif
