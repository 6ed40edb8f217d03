/* What a total costs by the model of its price (DOMAIN 3): exact, with a line for each tier; before
 * discount, limits and what was billed (rating.h).
 *
 * 1. Tier bounds are (lo, hi], decimals allowed; a tier's flat fee is charged when the tier is
 * reached; at a total of zero the first tier's only if `flat_fee_at_zero`.
 * 2. graduated_percentage is graduated over an amount of money, with rate_percent / 100 as the
 * price of a unit of money; dynamic charges the sum of the events' own price_amount, times
 * multiplier.
 * 3. percentage charges the events in `events` (percentage.h); without them the quantity is the
 * amount of one event, and a quantity of 0 is no event.
 * 4. committed charges what its overage does; the commitment is a floor of rating.h, rule 2.
 * 5. A part of a period prorates what is charged for time (rating.h, rule 3). */
#ifndef BILLMILL_BILLING_CHARGE_H
#define BILLMILL_BILLING_CHARGE_H

#include "core/base/arena.h"
#include "core/billing/percentage.h"

struct charge_request {
    struct decimal quantity;              /* the total, at least 0 */
    const struct percentage_fold *events; /* or NULL; read for percentage prices only */
    struct ratio period_share;            /* 0 to 1; 1 is a whole period */
    bool flat_fee_at_zero;
};

/* A tier that has a part in the total, in the order of tiers; models without tiers have one line,
 * tier 1. amount = (quantity · unit_price + flat_fee), prorated, not rounded; of a percentage price
 * only where no event is at a limit. */
struct charge_line {
    int32_t tier;              /* from 1 */
    struct decimal quantity;   /* units, packages, or an amount of money that is charged */
    struct decimal unit_price; /* of a package: package_price; of money: the rate, not in percent */
    struct decimal flat_fee;   /* of a percentage price: the fixed fees of all events */
    struct ratio amount;
};

struct charge {
    struct ratio exact;
    struct charge_line *lines; /* in the arena */
    size_t line_count;
};

/* The price must satisfy price_check_model. ERROR_ITEM "number_too_large". */
MUST_CHECK bool charge_total(const struct price *price, struct charge_request request,
                             struct arena *arena, struct charge *ret_charge, struct error *err);

#endif
