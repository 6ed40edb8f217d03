/* The terms of a stored subscription, as the rules of periods take them. */
#ifndef BILLMILL_JOBS_SUBSCRIPTION_TERMS_H
#define BILLMILL_JOBS_SUBSCRIPTION_TERMS_H

#include "core/billing/subscription_periods.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/period_store.h"

/* ERROR_ITEM "missing_plan", "bad_subscription". */
MUST_CHECK bool job_subscription_terms(const struct billing_catalog *catalog,
                                       const struct advance_subscription *subscription,
                                       struct subscription_terms *ret_terms, struct error *err);

/* Its own zone, else the customer's, else the tenant's. */
const char *job_subscription_zone(const struct billing_catalog *catalog,
                                  const struct advance_customer *customer,
                                  const struct advance_subscription *subscription);

#endif
