/* Usage events in batches: resolved as they come, then sorted and written together. Private to
 * core/stores/import_*.c.
 *
 * 1. A batch is written in the order of the unique index that is touched: first all keys, which
 * decides what is new, then the new events in theirs. So pages are visited in order, once a batch.
 * 2. A key that is there, in the database or earlier in the same batch, is a duplicate when its
 * content is equal, and an error by name when it is not.
 * 3. Memory is bounded by the batch: USAGE_BATCH_EVENTS, or what fills half of the arena. */
#ifndef BILLMILL_STORES_IMPORT_USAGE_H
#define BILLMILL_STORES_IMPORT_USAGE_H

#include "core/stores/import_put.h"

#define USAGE_BATCH_EVENTS 50000

struct usage_batch *usage_batch_create(void);
void usage_batch_destroy(struct usage_batch **batch); /* accepts NULL inside; fits CLEANUP */
size_t usage_batch_count(const struct usage_batch *batch);
void usage_batch_empty(struct usage_batch *batch);

/* Resolves one event and holds it; its texts must live until the batch is written. ERROR_ITEM: a
 * reference or a property is missing. */
MUST_CHECK bool usage_batch_add(struct import_session *session, const struct import_item *item,
                                struct error *err);
bool usage_batch_is_full(const struct usage_batch *batch);

/* Writes the batch and empties it. Conflicts are told by import_bad. */
MUST_CHECK bool usage_batch_write(struct import_session *session, struct error *err);

#endif
