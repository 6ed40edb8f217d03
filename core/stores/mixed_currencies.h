/* Customers who are charged in several currencies at once, for they have none of those that the
 * prices of their plan go on in (catalog_terms.h): allowed, and mostly a mistake. What ends by
 * itself is left out: a plan may go over to another currency. */
#ifndef BILLMILL_STORES_MIXED_CURRENCIES_H
#define BILLMILL_STORES_MIXED_CURRENCIES_H

#include "core/storage/rows.h"
#include "core/stores/due_work.h"

struct mixed_customer {
    int64_t tenant_id, plan_id;
    const char *customer, *plan;
    const char *currencies; /* "EUR, USD" */
};

/* How many pairs of customer and plan there are, and the first one, by name. In the arena. */
MUST_CHECK bool mixed_currencies_count(struct db *db, struct arena *arena, int64_t *ret_count,
                                       struct mixed_customer *ret_first, struct error *err);

/* Of whom one payer pays for, by name. In the arena. */
MUST_CHECK bool mixed_currencies_load(struct db *db, const struct work_payer *payer,
                                      struct arena *arena, struct mixed_customer **ret_customers,
                                      size_t *ret_count, struct error *err);

#endif
