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

/* Of a charge or credit within a period that was charged before, or in place of such a charge: the
 * terms of the charge in force before it, whatever became known of prices since; those of today
 * where that charge waits to be billed, or billed again, by these. rating_charged.c */
MUST_CHECK bool rating_load_charged_terms(const struct rating_load *load,
                                          struct rating_period *period, struct error *err);

/* A line that was billed, by which terms. */
struct billed_terms {
    struct date price_valid_from;
    int64_t phase_id, rated_price_id; /* DB_I64_NONE: none */
    struct date rated_valid_from;
};
void rating_take_terms(const struct rating_load *load, struct rating_period *period,
                       const struct billed_terms *terms);

/* What a reversal takes back. */
MUST_CHECK bool rating_load_taken_back(const struct rating_load *load, struct rating_period *period,
                                       struct error *err);

#endif
