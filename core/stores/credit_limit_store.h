/* Limits of projects and members, and what of them is used. */
#ifndef BILLMILL_STORES_CREDIT_LIMIT_STORE_H
#define BILLMILL_STORES_CREDIT_LIMIT_STORE_H

#include "core/billing/credit_limit.h"
#include "core/storage/bulk.h"

/* A project or member with a limit. */
struct stored_holder {
    int64_t tenant_id, customer_id;
    const char *kind, *holder;
    const char *credit_limit; /* as imported, in `currency` */
    struct currency currency;
};

/* What was used of a limit in a month. */
struct stored_limit_use {
    int64_t tenant_id, customer_id;
    const char *kind, *holder, *month;
    struct currency currency;
    int64_t limit_minor, used_minor;
};

/* Those of the keys (tenant, customer, kind, name; in any order, some twice, which is undone here)
 * that have a limit, by customer_id, kind and name. In the arena. */
MUST_CHECK bool credit_limit_store_load_holders(struct db *db, struct stored_holder *keys,
                                                size_t count, struct arena *arena,
                                                struct stored_holder **ret_holders,
                                                size_t *ret_count, struct error *err);

/* What is used, by keys as above with month and currency; by customer_id, kind, name, month and
 * currency. */
MUST_CHECK bool credit_limit_store_load_uses(struct db *db, struct stored_limit_use *keys,
                                             size_t count, struct arena *arena,
                                             struct stored_limit_use **ret_uses, size_t *ret_count,
                                             struct error *err);

int credit_holder_compare(const void *a, const void *b); /* struct stored_holder … */
int credit_use_compare(const void *a, const void *b); /* struct stored_limit_use: by their keys */

/* Whose subscriptions they are: by subscription_id, each once. In the arena. */
struct subscription_owner {
    int64_t tenant_id, subscription_id, customer_id;
};
MUST_CHECK bool credit_limit_store_load_owners(struct db *db, int64_t tenant_id,
                                               const int64_t *subscription_ids, size_t count,
                                               struct arena *arena,
                                               struct subscription_owner **ret_owners,
                                               size_t *ret_count, struct error *err);

/* Moves what is used by compare-and-set, with the limit as it is now: where somebody else has moved
 * it meanwhile the chunk is done again. LIMIT_START before the first time. */
struct credit_limit_row {
    int64_t tenant_id, customer_id;
    const char *kind, *holder, *month;
    struct currency currency;
    int64_t expected_minor; /* what must be used before */
    int64_t limit_minor, used_minor;
};
extern const struct bulk_table CREDIT_LIMIT_START;
extern const struct bulk_table CREDIT_LIMIT_MOVE;

#endif
