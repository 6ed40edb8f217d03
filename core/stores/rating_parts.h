/* How periods are completed, a file for each of what they are completed by. Private to
 * core/stores/rating_*.c. */
#ifndef BILLMILL_STORES_RATING_PARTS_H
#define BILLMILL_STORES_RATING_PARTS_H

#include "core/stores/rating_store.h"

struct rating_load {
    struct db *db;
    const struct billing_catalog *catalog;
    int64_t tenant_id;
    const struct rating_range *range; /* NULL: of periods that are given */
    struct arena *arena;
    struct rating_progressives progressives;
    const struct rating_period *periods; /* all that are loaded */
    size_t period_count;
};

/* A period that cannot be rated does not stop the others: an ERROR_ITEM becomes its failure. */
MUST_CHECK bool rating_fail_period(const struct rating_load *load, struct rating_period *period,
                                   struct error *err);

/* Usage, and what was used before, of periods that have a meter and no failure. rating_usage.c */
MUST_CHECK bool rating_load_usage(struct rating_load *load, struct rating_period *periods,
                                  size_t count, struct error *err);

/* What a late period is billed on top of, by the terms of the last line of it. rating_billed.c */
MUST_CHECK bool rating_load_billed(const struct rating_load *load, struct rating_period *period,
                                   struct error *err);

/* The terms by which the period was charged first, on the day by which it is priced, where that is
 * billed: what is charged or credited of it since is so by them, whatever became known of prices.
 */
MUST_CHECK bool rating_load_first_terms(const struct rating_load *load,
                                        struct rating_period *period, struct error *err);

/* What a reversal takes back. */
MUST_CHECK bool rating_load_taken_back(const struct rating_load *load, struct rating_period *period,
                                       struct error *err);

#endif
