/* What a loaded period is charged by: the same for the job that bills it and for the one that looks
 * whether it is time to. */
#ifndef BILLMILL_JOBS_PERIOD_RATING_H
#define BILLMILL_JOBS_PERIOD_RATING_H

#include "core/billing/period_charge.h"
#include "core/stores/rating_store.h"
#include "jobs/environment.h"

/* The period has a price and no failure. */
struct period_charge job_period_charge(const struct job_ctx *ctx,
                                       const struct billing_catalog *catalog,
                                       const struct rating_period *period);

#endif
