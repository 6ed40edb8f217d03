/* What a subscription is charged for over its life when its plan, its quantity or whether it is
 * paused change within periods (DOMAIN 2 and 3): a pure function of the facts, whenever they became
 * known. Rules 1 to 7 of subscription_periods.h hold; these are added:
 *
 * 8. A change holds from the midnight that begins its day; one before paid time starts is what the
 * subscription starts with. Pausing what is paused, or resuming what is not, changes nothing.
 * 9. A plan with the same interval (a quarter is three months) keeps the anchor. With another
 * interval the period at hand ends with the day before the change, and the change is the new anchor
 * (anchor_day is that of the first one only).
 * 10. In advance a change is two-sided: what was charged from X to the period's end is credited
 * from the change to the period's end, the new is charged from the change to the period's end. Each
 * is a slot of its own, each is rounded once. A cancellation cuts the last charge instead (rule 3).
 * 11. In arrears nothing was charged that could be credited: each stretch of one plan and quantity
 * is one slot, all of them due with the period's end.
 * 12. Usage is split where the plan changes and where a pause begins or ends, not where the
 * quantity does. Paused days are in no slot: their usage is not charged. What is used after them,
 * or after coming back to a plan, goes on with the tiers, free units and limits of what was used
 * before in the same full period (counted_gaps.h).
 * 13. In advance all slots of a price within a period are charged by the version that holds on the
 * period's first day, or on the day on which its plan began within the period: what is credited for
 * a day is what was charged for it. In arrears, and of usage, a slot is cut where a version begins
 * or stops to hold (price_spans.h).
 * 14. A full period is prorated by one basis: that by which something was made of it already, of
 * the price itself before others, else that of the setting. So a credit is measured as its charge
 * was, whatever the setting is now.
 * 15. By the basis `none` periods are not divided: what holds on a period's first day is charged
 * for all of it, whole, and its usage too; a change holds from the next period on. Whether a period
 * is divided is one thing for all prices. */
#ifndef BILLMILL_BILLING_SUBSCRIPTION_TIMELINE_H
#define BILLMILL_BILLING_SUBSCRIPTION_TIMELINE_H

#include "core/billing/subscription_periods.h"
#include "core/calendar/proration.h"

#define TIMELINE_PLAN_KEPT SIZE_MAX

enum pause_change { PAUSE_KEPT, PAUSE_BEGINS, PAUSE_ENDS };

/* What holds from the day on. */
struct subscription_change {
    struct date at;
    size_t plan; /* an index, or TIMELINE_PLAN_KEPT */
    struct price_figure quantity;
    enum pause_change pause;
};

struct timeline_plan {
    enum interval_unit interval;
    int32_t interval_count;
};

struct timeline_price {
    size_t plan;
    enum price_billing billing;
    bool metered;
    struct price_spans spans;
};

/* By what a full period was prorated when something was made of it. */
struct timeline_basis {
    size_t price;
    struct period full;
    enum proration_basis basis;
};

struct subscription_timeline {
    const struct subscription_terms *terms; /* plan 0: its interval is that of the first plan */
    struct decimal quantity;                /* at the start */
    const struct timeline_plan *plans;
    const struct timeline_price *prices;
    size_t price_count;
    const struct subscription_change *changes; /* by day, one a day */
    size_t change_count;
    const struct timeline_basis *bases; /* in the order in which they were made */
    size_t basis_count;
    enum proration_basis basis; /* of periods of which nothing is made */
};

/* In the order of their names, which is that of their keys. */
enum slot_kind {
    SLOT_PRORATION_CHARGE, /* from a change within the period to the period's end */
    SLOT_PRORATION_CREDIT, /* the same with the opposite sign */
    SLOT_RECURRING,        /* from the first day of the period */
    SLOT_USAGE
};

/* One price charged (or credited) for one stretch of days with one quantity, rounded once. */
struct charge_slot {
    size_t price;
    enum slot_kind kind;
    struct period period;
    struct period full;         /* the whole period around it: the denominator */
    enum proration_basis basis; /* rule 14 */
    struct date priced_on;      /* rule 13 */
    struct date counts_from;    /* of usage: rule 1 of counted_gaps.h; else the slot's first day */
    struct counted_gaps gaps;   /* rule 2 there */
    struct date due_on;         /* the boundary of rule 4; a credit's is its change */
    struct decimal quantity;    /* 1 of a flat fee, 0 of usage */
};

struct charge_slots ARRAY_OF(struct charge_slot);

/* Every slot that is due by the end of the business date, those that were billed long ago too; by
 * period, price and day. In the arena. */
MUST_CHECK bool subscription_timeline_slots(const struct subscription_timeline *timeline,
                                            struct date business_date, struct arena *arena,
                                            struct charge_slots *ret_slots, struct error *err);

/* Where the subscription ends: rule 3, the last period being that of the plan which holds then;
 * DATE_NONE: no end. */
MUST_CHECK bool subscription_timeline_end(const struct subscription_timeline *timeline,
                                          struct arena *arena, struct date *ret_end,
                                          struct error *err);

#endif
