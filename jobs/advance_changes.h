/* Subscriptions with changes, or that end before what was made of them: what the life says beside
 * what is there, the difference is appended (core/billing/charge_slots.h). */
#ifndef BILLMILL_JOBS_ADVANCE_CHANGES_H
#define BILLMILL_JOBS_ADVANCE_CHANGES_H

#include "jobs/advance_item.h"

/* The lives of the chunk's subscriptions, of which most have none: items[i].lives. */
MUST_CHECK bool advance_changes_load(const struct job_ctx *ctx, const struct advance_memory *memory,
                                     struct advance_item *items, size_t count, struct arena *arena,
                                     struct error *err);

/* Leaves the end of the life in `terms`, and adds to `reversals` what is taken back. */
MUST_CHECK bool advance_changes(const struct job_ctx *ctx, const struct advance_customer *customer,
                                const struct advance_subscription *subscription,
                                const struct stored_life *life, struct subscription_terms *terms,
                                const struct zone *zone, struct reversals *reversals,
                                struct chunk *chunk, struct error *err);

#endif
