/* Records of any kind but usage, a batch at a time: what they need is read together and what they
 * write is written together; each is judged by itself, as if those before it in the file had been
 * put before. Private to core/stores/import_*.c. */
#ifndef BILLMILL_STORES_IMPORT_BATCH_H
#define BILLMILL_STORES_IMPORT_BATCH_H

#include "core/stores/import_session.h"

/* How many of these items, which the file has one behind the other, are one batch; 0: the first of
 * them is usage, or wrong. */
size_t import_batch_length(const struct import_ahead_item *items, size_t count);

/* Puts them, counts them, and tells what is wrong in the order of the file. */
MUST_CHECK bool import_batch_put(struct import_session *session,
                                 const struct import_ahead_item *items, size_t count,
                                 struct error *err);

#endif
