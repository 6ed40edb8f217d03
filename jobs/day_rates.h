/* Rates between currencies and that of a seller's books on the days that the items of a chunk need:
 * each is chosen once; what cannot be chosen is a matter of the items that need it. */
#ifndef BILLMILL_JOBS_DAY_RATES_H
#define BILLMILL_JOBS_DAY_RATES_H

#include "core/base/array.h"
#include "core/engine/job.h"
#include "core/stores/rate_store.h"

struct day_rate {
    struct currency from;
    struct date on;
    struct exchange_rate_choice choice;
    struct error failure; /* ERROR_NONE: there is one */
};

struct day_rates {
    struct currency to;
    struct rate_rule rule;
    struct ARRAY_OF(struct day_rate) rates;
};

/* As the configuration says. */
void day_rates_begin(const struct job_ctx *ctx, struct currency to, struct arena *arena,
                     struct day_rates *ret_rates);

/* For load; *ret_place is in rates->rates. Fails as the database does. */
MUST_CHECK bool day_rates_find(const struct job_ctx *ctx, struct day_rates *rates,
                               struct currency from, struct date on, struct arena *arena,
                               size_t *ret_place, struct error *err);

/* For compute: why there is none is ERROR_ITEM. */
MUST_CHECK bool day_rates_get(const struct day_rates *rates, size_t place,
                              const struct exchange_rate_choice **ret_choice, struct error *err);

#endif
