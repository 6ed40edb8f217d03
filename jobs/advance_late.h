/* Usage that came after its period was rated: it gets a late period of its own, due now; or the
 * draft that bills the period is taken back, to be made again with it; or it waits for a person, as
 * an item of its own beside its customer, until that is tried again or waived. */
#ifndef BILLMILL_JOBS_ADVANCE_LATE_H
#define BILLMILL_JOBS_ADVANCE_LATE_H

#include "core/engine/parked.h"
#include "jobs/advance_item.h"

/* Of an item just added to the chunk; its waiting periods are added behind it. `waived`: of the
 * chunk, read where it is asked for. */
MUST_CHECK bool advance_late_load(const struct job_ctx *ctx, const struct advance_memory *memory,
                                  struct advance_item *item, struct parked_waived *waived,
                                  struct chunk *chunk, struct error *err);

/* Of a customer's item. */
MUST_CHECK bool advance_late(const struct job_ctx *ctx, const struct advance_item *item,
                             const struct reversals *reversals, struct chunk *chunk,
                             struct error *err);

/* Of a late period that waits: a person decides, to try it again bills it now. ERROR_ITEM
 * "late_usage" until then. */
MUST_CHECK bool advance_late_waiting(const struct job_ctx *ctx, const struct chunk_item *item,
                                     struct chunk *chunk, struct error *err);

#endif
