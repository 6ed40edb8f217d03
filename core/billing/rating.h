/* What a quantity costs (DOMAIN 3 and 11, `calc price`): values in, values out, exact until one
 * rounding at the end.
 *
 * With T = f(already billed quantity + quantity), the charge of the whole total by the model:
 *
 * 1. A negative total prices as zero. Tier bounds are (lo, hi], decimals allowed; a tier's flat fee
 * is charged when the tier is reached; at a total of zero the first tier's only if
 * `flat_fee_at_zero`.
 * 2. Percent discount first, then the maximum cuts, then the larger of minimum and commitment fills
 * up: net. The true-up starts at the rounded charge ("used is rounded first", DOMAIN 3, committed).
 * The bill is net − already billed, rounded once; it may be negative. What jobs bill late
 * (`rounds_whole`) is the rounded net − already billed, so that all bills of a period sum to the
 * bill of the whole; it differs in ties only, below zero or of half_even.
 * 3. A part of a period (`period_share` below 1) prorates what is charged for time: flat fees,
 * minimum, maximum, commitment, and everything of a price without a meter. What is charged for
 * consumption (units and packages of a metered price) is not prorated: there is less of it in a
 * shorter period. Tier bounds and free units are never prorated.
 * 4. gross − discount + true_up = amount, in whole minor units.
 * 5. A part of a total: what was before it in the same period (`before`), by another version of the
 * price, counts for tiers, free units and limits, and is billed by lines of its own. The total is
 * priced as if all of it were by this version, in the shares of the period up to here, and what was
 * before in its share comes off: T(before + quantity) − T(before), each with its limits. So parts
 * of one version sum to the bill of the whole, whatever it was cut by, and what is charged for time
 * is charged for the days of each version. */
#ifndef BILLMILL_BILLING_RATING_H
#define BILLMILL_BILLING_RATING_H

#include "core/billing/charge.h"

/* Rule 5. */
struct rating_before {
    struct decimal quantity;
    struct ratio period_share;            /* 0 where nothing was before */
    const struct percentage_fold *events; /* by this price: charge.h, rule 3 */
};

struct rating_request {
    struct rating_before before;
    struct decimal quantity; /* not yet billed; of models that charge amounts: money */
    struct decimal already_billed_quantity; /* 0: nothing was billed before */
    bool has_already_billed_amount; /* else it is the amount of that quantity by the same rules */
    struct money already_billed_amount;
    bool rounds_whole;                    /* rule 2: the net is rounded, not the difference */
    struct ratio period_share;            /* 0 to 1; 1 is a whole period; without that before */
    struct decimal discount_percent;      /* 0 to 100 */
    struct price_figure commitment;       /* the least that is billed, besides the price's own */
    const struct percentage_fold *events; /* the whole total's, with those before */
    bool flat_fee_at_zero;
    enum rounding rounding;
};

struct rating {
    struct money amount;       /* what is billed now */
    struct ratio unrounded;    /* the same before its rounding */
    struct money before;       /* rule 5: what comes off for what was before */
    struct money gross;        /* T − already billed − before */
    struct money discount;     /* percent and the maximum's cut */
    struct money true_up;      /* what minimum or commitment added */
    struct ratio charge;       /* T, not rounded */
    struct charge_line *lines; /* of the whole total, in the arena */
    size_t line_count;
};

/* `quantity` for a whole period: half_up, flat fee at zero, nothing billed before, no discount. */
struct rating_request rating_request_whole(struct decimal quantity);

/* The price must satisfy price_check_model. ERROR_ITEM "number_too_large" or "amount_too_large"
 * where figures do not fit, "bad_discount" for a percent outside 0..100. */
MUST_CHECK bool rating_price(const struct price *price, const struct rating_request *request,
                             struct arena *arena, struct rating *ret_rating, struct error *err);

#endif
