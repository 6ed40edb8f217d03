/* Credit grants as finalizing draws them. */
#ifndef BILLMILL_STORES_CREDIT_STORE_H
#define BILLMILL_STORES_CREDIT_STORE_H

#include "core/storage/bulk.h"
#include "core/stores/draft_store.h"

struct stored_grant {
    int64_t tenant_id, customer_id;
    const char *source;
    struct currency currency;
    int64_t amount_minor, drawn_minor, priority, effective_at_us;
    int64_t expires_at_us; /* DB_I64_NONE: never */
};

/* The grants of the drafts' payers, by customer_id, oldest first; one question where the tenant has
 * nothing left to draw. In the arena. */
MUST_CHECK bool credit_store_load(struct db *db, int64_t tenant_id, const struct draft *drafts,
                                  size_t draft_count, struct arena *arena,
                                  struct stored_grant **ret_grants, size_t *ret_count,
                                  struct error *err);

/* Moves a grant by compare-and-set: where somebody else has drawn meanwhile the chunk is done
 * again. */
struct credit_drawn_row {
    int64_t tenant_id, customer_id;
    const char *source;
    int64_t expected_minor; /* what must be drawn before */
    int64_t drawn_minor;
};
extern const struct bulk_table CREDIT_DRAW;

/* A grant that a credit note makes. */
struct credit_granted_row {
    int64_t tenant_id, customer_id;
    const char *source, *kind;
    struct currency currency;
    int64_t amount_minor, priority, effective_at_us;
};
extern const struct bulk_table CREDIT_GRANT_ADD;

struct credit_movement_row {
    int64_t tenant_id, customer_id;
    const char *source, *kind;
    int64_t invoice_id;
    struct currency currency;
    int64_t amount_minor;
    struct date made_on;
};
extern const struct bulk_table CREDIT_MOVEMENT_ADD;

/* Before INVOICE_FINAL. */
struct invoice_credited_row {
    int64_t tenant_id, invoice_id;
    int64_t credit_applied_minor, amount_due_minor;
};
extern const struct bulk_table INVOICE_CREDITED;

#endif
