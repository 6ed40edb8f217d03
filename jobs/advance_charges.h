/* The periods of a subscription that is no more than its record: those of each of its prices that
 * have become due since the last that was made. */
#ifndef BILLMILL_JOBS_ADVANCE_CHARGES_H
#define BILLMILL_JOBS_ADVANCE_CHARGES_H

#include "jobs/advance_item.h"

MUST_CHECK bool advance_charges(const struct job_ctx *ctx, const struct advance_customer *customer,
                                const struct advance_subscription *subscription,
                                const struct subscription_terms *terms, const struct zone *zone,
                                struct chunk *chunk, struct error *err);

#endif
