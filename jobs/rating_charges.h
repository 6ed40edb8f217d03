/* The periods of a payer by what they charge, which is a price from a day on: what is taken back,
 * billed in part before or billed again is of the same charge. */
#ifndef BILLMILL_JOBS_RATING_CHARGES_H
#define BILLMILL_JOBS_RATING_CHARGES_H

#include "core/stores/rating_store.h"

struct rating_charge_place {
    int64_t subscription_id, price_id;
    struct date start_on;
    size_t place; /* among the payer's periods */
};

struct rating_charges {
    const struct rating_charge_place *items; /* by charge, place */
    size_t count;
};

/* In the arena. */
struct rating_charges rating_charges_of(const struct rating_payer *payer, struct arena *arena);

/* Those of the same charge as the period, in the order of the payer's; the period may be one. */
struct rating_charges rating_charges_like(const struct rating_charges *charges,
                                          const struct rating_period *period);

#endif
