/* Terms of subscriptions: see subscription_terms.h. */
#include "jobs/subscription_terms.h"

const char *job_subscription_zone(const struct billing_catalog *catalog,
                                  const struct advance_customer *customer,
                                  const struct advance_subscription *subscription)
{
    if (subscription->timezone != NULL)
        return subscription->timezone;
    return customer->timezone != NULL ? customer->timezone : catalog->tenant.timezone;
}

bool job_subscription_terms(const struct billing_catalog *catalog,
                            const struct advance_subscription *subscription,
                            struct subscription_terms *ret_terms, struct error *err)
{
    const struct catalog_plan *plan_of = catalog_plan_find(catalog, subscription->plan_id);
    if (plan_of == NULL)
        return error_item(err, "missing_plan", "its plan is not in the database");
    struct subscription_terms terms = {
        .start = subscription->start_on,
        .anchor_day =
            subscription->anchor_day == DB_I64_NONE ? 0 : (int32_t)subscription->anchor_day,
        .trial_end = subscription->trial_end_on,
        .trial_days = (int32_t)plan_of->trial_days,
        .cancel_at = subscription->cancel_at_on,
        .cancel_at_period_end = subscription->cancel_at_period_end,
        .interval = plan_of->interval,
        .interval_count = (int32_t)plan_of->interval_count,
    };
    if (!subscription_status_parse(subscription->status, &terms.status, err) ||
        !align_parse(subscription->align, &terms.align, err))
        return false;
    *ret_terms = terms;
    return true;
}
