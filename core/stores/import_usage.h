/* Usage events: resolved as they come, sorted, and written together. Private to
 * core/stores/import_*.c.
 *
 * 1. Pages of an index are visited in its order: first all keys of the file are added in theirs,
 * which decides what is new, then the new events in theirs. What does not fit into a batch is
 * sorted through a temporary file (import_runs.h), so the cost of an event does not grow with the
 * size of the file and memory is that of one batch.
 * 2. A key that is there, in the database or earlier in the file, is a duplicate when its content
 * is equal, and an error by name when it is not.
 * 3. A batch is USAGE_BATCH_EVENTS events, or USAGE_BATCH_BYTES of texts. */
#ifndef BILLMILL_STORES_IMPORT_USAGE_H
#define BILLMILL_STORES_IMPORT_USAGE_H

#include "core/stores/import_put.h"

#define USAGE_BATCH_EVENTS 50000
#define USAGE_BATCH_BYTES (12u << 20)

struct usage_batch *usage_batch_create(void);
void usage_batch_destroy(struct usage_batch **batch); /* accepts NULL inside; fits CLEANUP */
bool usage_batch_is_empty(const struct usage_batch *batch);
void usage_batch_forget(struct usage_batch *batch); /* the file was rolled back */

/* Resolves one event and holds it, with copies of its texts. ERROR_ITEM: a reference
 * or a property is missing. The caller makes room before the next record is read. */
MUST_CHECK bool usage_batch_add(struct import_session *session, const struct import_item *item,
                                struct error *err);

/* Empties a full batch, and the session's arena, into a run. */
MUST_CHECK bool usage_batch_make_room(struct import_session *session, struct error *err);

/* Writes all that came since the last time. Conflicts are told by import_bad. */
MUST_CHECK bool usage_batch_write(struct import_session *session, struct error *err);

#endif
