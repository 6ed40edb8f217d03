/* Usage events: resolved as they come, sorted, and written together. Private to
 * core/stores/import_*.c.
 *
 * 1. Events are written batch after batch, each in the order of their primary key, which begins
 * with the day: mostly where the table grows, so the cost of an event does not grow with the table.
 * 2. An event that is there with equal content is a duplicate, with other content an error by name.
 * A key that is there at another place is found when the whole file has been read: import_keys.h.
 * 3. A batch is USAGE_BATCH_EVENTS events, or USAGE_BATCH_BYTES of texts. */
#ifndef BILLMILL_STORES_IMPORT_USAGE_H
#define BILLMILL_STORES_IMPORT_USAGE_H

#include "core/stores/import_put.h"

#define USAGE_BATCH_EVENTS 65536
#define USAGE_BATCH_BYTES (12u << 20)

struct usage_batch *usage_batch_create(void);
void usage_batch_destroy(struct usage_batch **batch); /* accepts NULL inside; fits CLEANUP */
void usage_batch_forget(struct usage_batch *batch);   /* the file was rolled back */

/* Resolves one event and holds it, with copies of its texts. ERROR_ITEM: a reference or a property
 * is missing. The caller makes room before the next record is read. */
MUST_CHECK bool usage_batch_add(struct import_session *session,
                                const struct import_ahead_item *item, struct error *err);

/* Writes a full batch. */
MUST_CHECK bool usage_batch_make_room(struct import_session *session, struct error *err);

/* Writes all that came since the last time. Conflicts are told by import_bad. */
MUST_CHECK bool usage_batch_write(struct import_session *session, struct error *err);

#endif
