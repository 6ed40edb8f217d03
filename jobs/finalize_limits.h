/* Limits as an invoice is finalized: a chunk moves a limit over all its draws, by compare-and-set,
 * as it moves a grant (finalize_credits.h). */
#ifndef BILLMILL_JOBS_FINALIZE_LIMITS_H
#define BILLMILL_JOBS_FINALIZE_LIMITS_H

#include "core/engine/job.h"
#include "core/stores/limit_parts.h"

MUST_CHECK bool finalize_limits_load(struct db *db, int64_t tenant_id, const struct draft *drafts,
                                     size_t count, struct arena *arena, struct limits *ret_limits,
                                     struct error *err);

/* Parts of the draft that count against limits, less what is paid of each line already (NULL:
 * nothing), in the scratch of the chunk. */
MUST_CHECK bool finalize_limits_find(struct limits *limits, const struct draft *draft,
                                     const struct money *paid, struct chunk *chunk,
                                     struct limited_parts *ret_parts, struct error *err);

/* What was drawn for a part: rows, and the limits as they are then. Cannot fail. */
void finalize_limits_append(struct limits *limits, const struct limited_part *part,
                            struct money applied, int64_t tenant_id, struct chunk *chunk);

#endif
