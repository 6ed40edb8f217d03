/* Grants of units as invoices draw them and as they end. */
#ifndef BILLMILL_STORES_CREDIT_UNIT_STORE_H
#define BILLMILL_STORES_CREDIT_UNIT_STORE_H

#include "core/billing/credit_units.h"
#include "core/storage/bulk.h"

struct stored_unit_grant {
    int64_t tenant_id, customer_id;
    const char *source;
    int64_t meter_id, unit_millionths, priority, effective_at_us;
    int64_t used_millionths; /* drawn or expired: the rest is left */
    int64_t expires_at_us;   /* DB_I64_NONE: never */
};

/* Of customers, who may be named several times, by customer_id, oldest first; one question where
 * the tenant has none left. In the arena. */
MUST_CHECK bool credit_unit_store_load(struct db *db, int64_t tenant_id,
                                       const int64_t *customer_ids, size_t customer_count,
                                       struct arena *arena, struct stored_unit_grant **ret_grants,
                                       size_t *ret_count, struct error *err);

struct unit_grant credit_unit_store_grant(const struct stored_unit_grant *stored);

/* Moves a grant by compare-and-set: where somebody else has moved it meanwhile the chunk is done
 * again. */
struct credit_unit_used_row {
    int64_t tenant_id, customer_id;
    const char *source;
    int64_t expected_millionths; /* what must be used before */
    int64_t used_millionths;
};
extern const struct bulk_table CREDIT_UNIT_USE;

struct credit_unit_movement_row {
    int64_t tenant_id, customer_id;
    const char *source, *kind;
    int64_t invoice_id, line; /* 0: of the grant itself */
    int64_t unit_millionths, amount_minor;
    struct date made_on;
};
extern const struct bulk_table CREDIT_UNIT_MOVEMENT_ADD;

#endif
