/* Monthly recurring revenue (DOMAIN 10 and 11, `calc mrr`): active recurring prices brought to a
 * month, and what changed between two days.
 *
 * 1. A year is 12 months, a day 12/365 of one and a week 7 days, as exact ratios: a price of a year
 * is divided by 12, of a day multiplied by 365/12, of a week by 365/84.
 * 2. Each price is rounded once; totals are sums of rounded figures.
 * 3. new + expansion + reactivation - contraction - churn is the change, always. */
#ifndef BILLMILL_BILLING_MRR_H
#define BILLMILL_BILLING_MRR_H

#include "core/calendar/period.h"
#include "core/money/money.h"

/* A recurring price of an active subscription. */
struct mrr_price {
    struct decimal amount; /* for one unit and one interval */
    struct decimal quantity;
    enum interval_unit interval;
    int32_t interval_count; /* 1..INTERVAL_COUNT_MAX */
};

/* Invariants 1 and 2; half up, as lines are by default. */
MUST_CHECK bool mrr_normalize(const struct mrr_price *price, struct currency currency,
                              struct money *ret_mrr, struct error *err);

/* Between two days, of one currency; none is negative. */
struct mrr_movements {
    struct money new_business; /* from nothing, the first time */
    struct money expansion;
    struct money reactivation; /* from nothing, after a churn */
    struct money contraction;
    struct money churn; /* to nothing */
};

struct mrr_movements mrr_movements_none(struct currency currency);

/* Adds the change of one subscription; a status that is still billed (past due) is no change.
 * `had_revenue`: it had some before, so that coming back is a reactivation. ERROR_ITEM "bad_mrr"
 * for a negative amount: such a subscription has no movement that could be named. */
MUST_CHECK bool mrr_movements_add(struct mrr_movements *movements, struct money before,
                                  struct money after, bool had_revenue, struct error *err);

/* The left side of invariant 3. */
MUST_CHECK bool mrr_movements_change(const struct mrr_movements *movements,
                                     struct money *ret_change, struct error *err);

#endif
