/* The names of what lines are about: each subscription and each price is looked up once for all
 * lines of a chunk. */
#ifndef BILLMILL_STORES_LINE_NAMES_H
#define BILLMILL_STORES_LINE_NAMES_H

#include "core/stores/draft_store.h"

/* Sets `subscription` and `price` of all lines. One that is not there is ERROR_RUN. In the arena.
 */
MUST_CHECK bool line_names_load(struct db *db, struct stored_line *lines, size_t count,
                                struct arena *arena, struct error *err);

#endif
