/* Periods that cannot be rated: one of an event without the amount that its price charges, one
 * whose price has no version on its day, one of which another payer was still to be billed what was
 * used until a threshold was passed when the run began, and what is only billed with such a one.
 * Each is an item of its own behind its payer's, and waits for a person; the payer is billed for
 * the others. What was waived is not asked for again while the reason is the same. Once the cause
 * is gone they are rated with what else is due of the payer. */
#ifndef BILLMILL_JOBS_RATING_WAITING_H
#define BILLMILL_JOBS_RATING_WAITING_H

#include "core/engine/parked.h"
#include "core/stores/rating_store.h"
#include "jobs/environment.h"

struct rating_item {
    const struct rating_payer *payer;
    const struct error *waiting; /* of a period: why it cannot be rated; NULL: the payer's item */
};

/* Whether both are of the same price, from the same day on. */
bool rating_is_same_charge(const struct rating_period *a, const struct rating_period *b);

/* Whether the reversal takes back what the period bills. */
bool rating_is_taken_back(const struct rating_period *period, const struct rating_period *reversal);

/* Adds the payer, whose periods are those that can be rated from then on, and the others. `waived`:
 * of the chunk, read where the first of its payers has a period that waits. */
MUST_CHECK bool rating_add_items(const struct job_ctx *ctx, const struct job_tenant *tenant,
                                 struct parked_waived *waived, struct rating_payer *payer,
                                 struct chunk *chunk, struct error *err);

#endif
