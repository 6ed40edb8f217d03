/* The names of what lines are about, and how it is charged: each subscription and each price is
 * looked up once for all lines of a chunk. */
#ifndef BILLMILL_STORES_LINE_NAMES_H
#define BILLMILL_STORES_LINE_NAMES_H

#include "core/stores/draft_store.h"

/* Sets `subscription`, `price` and what line_supplies_load does of all lines. One that is not there
 * is ERROR_RUN. In the arena. */
MUST_CHECK bool line_names_load(struct db *db, struct stored_line *lines, size_t count,
                                struct arena *arena, struct error *err);

/* Sets `is_ahead` and `charged_from_on` alone: what tax points depend on. */
MUST_CHECK bool line_supplies_load(struct db *db, struct stored_line *lines, size_t count,
                                   struct arena *arena, struct error *err);

#endif
