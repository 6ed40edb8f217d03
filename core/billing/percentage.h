/* What the events of a percentage price cost (DOMAIN 3, percentage; DOMAIN 11, "Percentage events
 * in the order given"): a fold over the amounts of single events, in the order of (at, key).
 *
 * 1. An event is free while both limits are open: fewer events than free_events came before it, and
 * those before did not use up free_amount. A limit that the price does not have is always open, but
 * a price without either has nothing free.
 * 2. The event that passes free_amount pays on the rest; it counts as one that pays.
 * 3. An event that pays costs rate_percent of its amount and fixed_fee_per_event; that sum is cut
 * to maximum_per_event, then filled up to minimum_per_event. A free event never pays the minimum.
 * 4. A negative amount (a refund) costs nothing and gives nothing back, as a negative quantity
 * prices as zero; it uses up nothing that is free.
 * 5. Nothing is rounded. A part of a period changes nothing here: it has fewer events. */
#ifndef BILLMILL_BILLING_PERCENTAGE_H
#define BILLMILL_BILLING_PERCENTAGE_H

#include "core/billing/price.h"

/* Private to percentage.c but for `total`; counts, so that an event costs an addition. */
struct percentage_fold {
    const struct price *price;
    struct decimal total;         /* of all amounts */
    struct decimal free_used;     /* amounts of free events */
    int64_t free_count;           /* free events */
    int64_t paying_count;         /* events that pay */
    struct decimal paying_amount; /* what they pay on */
    struct decimal at_rate_amount;
    int64_t at_rate_count, at_minimum_count, at_maximum_count;
};

/* `price` is of the model percentage and satisfies price_check_model; it is borrowed. */
void percentage_fold_start(struct percentage_fold *fold, const struct price *price);

/* ERROR_ITEM "number_too_large". */
MUST_CHECK bool percentage_fold_add(struct percentage_fold *fold, struct decimal amount,
                                    struct error *err);

struct percentage_charge {
    struct decimal amount; /* what is paid on: without what is free */
    struct decimal rate;   /* rate_percent / 100 */
    struct decimal fees;   /* fixed fees of the events that pay */
    struct ratio charge;   /* amount · rate + fees where no event is at a limit */
};

/* ERROR_ITEM "number_too_large". The fold may go on after it. */
MUST_CHECK bool percentage_fold_finish(const struct percentage_fold *fold,
                                       struct percentage_charge *ret_charge, struct error *err);

#endif
