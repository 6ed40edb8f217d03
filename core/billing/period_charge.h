/* From a due period to what rating is asked: the quantity, the part of the period, what was billed
 * of it before. One function for the run that bills and for whoever explains or verifies it later
 * (DOMAIN 3). */
#ifndef BILLMILL_BILLING_PERIOD_CHARGE_H
#define BILLMILL_BILLING_PERIOD_CHARGE_H

#include "core/billing/counted_gaps.h"
#include "core/billing/period_part.h"
#include "core/billing/rating.h"
#include "core/billing/usage.h"

struct period_charge {
    const struct price *price;
    struct period period;
    struct period full;      /* the whole period that contains it: the same unless it is a stub */
    const char *proration;   /* as its row says: period_part.h; NULL: by days */
    struct decimal quantity; /* the whole of it: usage so far, or the subscription's quantity */
    const struct percentage_fold *events; /* of a percentage price: those of the whole and of what
                                             was before, else NULL */
    struct period before;                 /* parts that count too (rating.h, rule 5); empty: none */
    struct counted_gaps gaps;             /* … but for these */
    int64_t before_us;                    /* the time that they took */
    struct decimal before_quantity;
    const struct percentage_fold *before_events;
    bool billed_before; /* late usage: f(total so far) − already billed */
    struct decimal billed_quantity;
    struct money billed_amount;
    bool flat_fee_at_zero;           /* of the configuration: the price may say otherwise */
    struct money billed_discount;    /* that the lines of `billed_amount` show, without coupons */
    struct decimal discount_percent; /* of a contract; 0: none */
    enum rounding rounding;
};

/* How much a price without a meter charges for: a flat fee is one thing, whatever the quantity. */
struct decimal period_charge_quantity(const struct price *price, struct decimal subscribed);

/* The part used of the full period, not reduced: 10/31 days. ERROR_ITEM "bad_proration". */
MUST_CHECK bool period_charge_part(const struct period_charge *charge, struct period_part *ret_part,
                                   struct error *err);

/* From where its total counts (counted_gaps.h); DATE_NONE: from its own start. */
struct period period_charge_before(struct date counts_from, struct date start);

/* The same of what is before it, with the same denominator; 0 where there is none. */
MUST_CHECK bool period_charge_before_part(const struct period_charge *charge,
                                          struct period_part *ret_part, struct error *err);

/* The span of its usage (usage.h): the instants of its dates, and its share of the full period, by
 * days; without the gaps that end within it, as counted_gaps_skip leaves them out. ERROR_ITEM
 * "bad_proration". */
struct counted_days {
    struct period days;
    int64_t start_at_us, end_at_us;
    struct counted_gaps gaps;
};
MUST_CHECK bool period_usage_span(const struct counted_days *counted, struct period full,
                                  struct usage_span *ret_span, struct error *err);

MUST_CHECK bool period_charge_request(const struct period_charge *charge,
                                      struct rating_request *ret_request, struct error *err);

/* What a line shows: an amount and what is cut off it. Of late usage the cut is what the cut of the
 * whole is more than lines before it show; where it is less, that is in the amount. */
MUST_CHECK bool period_charge_line(const struct period_charge *charge, const struct rating *rated,
                                   struct money *ret_amount, struct money *ret_discount,
                                   struct error *err);

/* The price of one unit, where one holds for the whole quantity; not given otherwise. */
struct price_figure period_charge_unit_amount(const struct period_charge *charge,
                                              const struct rating_request *request);

#endif
