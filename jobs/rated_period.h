/* What a due period comes to: the figures of its line. */
#ifndef BILLMILL_JOBS_RATED_PERIOD_H
#define BILLMILL_JOBS_RATED_PERIOD_H

#include "jobs/rating_charges.h"
#include "jobs/rating_drafts.h"
#include "jobs/rating_shares.h"

/* A period in figures. A credit is what the same charge would be, with the other sign: its quantity
 * is negative, and its discount is in its amount; so is that of late usage that lowers what was
 * used. What of it was never paid is taken off with the coupons (core/billing/give_back.h,
 * jobs/tax.c). */
struct rated_period {
    bool is_rated;
    struct decimal quantity;
    const char *unit_amount; /* NULL: no one price for the whole quantity */
    struct money amount;     /* before the cut of a maximum, which is its discount */
    struct money discount;
    struct usage_shares shares; /* whose its usage is */
};

/* A payer while his periods are rated. */
struct payer_rating {
    const struct rating_payer *payer;
    struct rated_period *all; /* as far as they are rated */
    struct rating_charges charges;
    struct open_drafts drafts;
};

/* A charge, or a credit, which is the same with the other sign. ERROR_ITEM where what was used
 * until a threshold was passed is not billed yet. */
MUST_CHECK bool rated_period_of_charge(const struct job_ctx *ctx, const struct payer_rating *rating,
                                       const struct rating_period *period, struct chunk *chunk,
                                       struct rated_period *ret_rated, struct error *err);

/* What takes back: exactly what was billed before coupons, by lines that are there and by those of
 * this chunk. ERROR_ITEM where there is none. */
MUST_CHECK bool rated_period_of_reversal(const struct payer_rating *rating,
                                         const struct rating_period *period, struct arena *arena,
                                         struct rated_period *ret_rated, struct error *err);

#endif
