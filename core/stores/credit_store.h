/* Credit grants as invoices draw them and as they end. */
#ifndef BILLMILL_STORES_CREDIT_STORE_H
#define BILLMILL_STORES_CREDIT_STORE_H

#include "core/billing/credit.h"
#include "core/storage/bulk.h"
#include "core/stores/due_work.h"

struct stored_grant {
    int64_t tenant_id, customer_id;
    const char *source;
    struct currency currency;
    int64_t amount_minor, priority, effective_at_us;
    int64_t used_minor;    /* drawn or expired: the rest is the balance */
    int64_t expires_at_us; /* DB_I64_NONE: never */
};

/* The grants of customers, who may be named several times, by customer_id, oldest first; one
 * question where the tenant has nothing left of any. In the arena. */
MUST_CHECK bool credit_store_load(struct db *db, int64_t tenant_id, const int64_t *customer_ids,
                                  size_t customer_count, struct arena *arena,
                                  struct stored_grant **ret_grants, size_t *ret_count,
                                  struct error *err);

/* The grant as credit.h has it, its balance with it. */
struct credit_grant credit_store_grant(const struct stored_grant *stored);

/* What customers are overdrawn by, in the tenant's currency: of those who ever were, by
 * customer_id. */
struct stored_overdraft {
    int64_t tenant_id, customer_id;
    int64_t owed_minor;
};
MUST_CHECK bool credit_store_load_overdrafts(struct db *db, int64_t tenant_id,
                                             const int64_t *customer_ids, size_t customer_count,
                                             struct arena *arena,
                                             struct stored_overdraft **ret_overdrafts,
                                             size_t *ret_count, struct error *err);

/* ---- grants that are over and have something left, or can pay back what was overdrawn */

/* Tenants with such a grant before the instant. In the arena. */
struct credit_tenant {
    int64_t tenant_id;
    const char *timezone;
};
MUST_CHECK bool credit_store_load_tenants(struct db *db, int64_t before_us, struct arena *arena,
                                          struct credit_tenant **ret_tenants, size_t *ret_count,
                                          struct error *err);

/* His customers with such a grant at the instant: one range, or none. In the arena. */
MUST_CHECK bool credit_store_load_work(struct db *db, int64_t tenant_id, int64_t at_us,
                                       struct arena *arena, struct work_ranges *ret_ranges,
                                       struct error *err);

struct credit_customer {
    int64_t customer_id;
    const char *customer;
};
/* Those of a range of ids, (after, hi], by id, at most `limit`. In the arena. */
struct credit_due {
    int64_t tenant_id, at_us, after_id, hi_id;
    size_t limit;
};
MUST_CHECK bool credit_store_load_due(struct db *db, const struct credit_due *due,
                                      struct arena *arena, struct credit_customer **ret_customers,
                                      size_t *ret_count, struct error *err);

/* What is left of overdrafts of customers of a range of ids, (after, hi], by id, oldest first. In
 * the arena. */
struct stored_debt {
    int64_t customer_id, invoice_id;
    struct date made_on;
    int64_t owed_minor;
};
MUST_CHECK bool credit_store_load_debts(struct db *db, int64_t tenant_id, int64_t after_id,
                                        int64_t hi_id, struct arena *arena,
                                        struct stored_debt **ret_debts, size_t *ret_count,
                                        struct error *err);

/* ---- what jobs write */

/* Moves a grant by compare-and-set: where somebody else has moved it meanwhile the chunk is done
 * again. */
struct credit_used_row {
    int64_t tenant_id, customer_id;
    const char *source;
    int64_t expected_minor; /* what must be used before */
    int64_t used_minor;
};
extern const struct bulk_table CREDIT_USE;

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
    /* where it counts against limits: whose project and member, and of which month the usage is */
    int64_t holder_customer_id;           /* 0: nobody's */
    const char *project, *member, *month; /* "": none */
};
extern const struct bulk_table CREDIT_MOVEMENT_ADD;

/* Moves what is overdrawn as CREDIT_USE moves a grant; OVERDRAFT_START before the first time. */
struct overdraft_row {
    int64_t tenant_id, customer_id;
    int64_t expected_minor;
    int64_t owed_minor;
};
extern const struct bulk_table OVERDRAFT_START;
extern const struct bulk_table OVERDRAFT_MOVE;

/* Before INVOICE_FINAL. */
struct invoice_credited_row {
    int64_t tenant_id, invoice_id;
    int64_t credit_applied_minor, amount_due_minor;
};
extern const struct bulk_table INVOICE_CREDITED;

#endif
