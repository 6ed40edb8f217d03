/* What payment gateways have and what is here: what was asked, and where both differ. Of whole
 * accounts, which several tenants may share: these rows are of no tenant. */
#ifndef BILLMILL_STORES_RECONCILE_STORE_H
#define BILLMILL_STORES_RECONCILE_STORE_H

#include "core/storage/bulk.h"

/* A payment that is recorded here. */
struct recorded_payment {
    const char *tenant, *customer;
    const char *invoice; /* NULL: it names none */
    const char *reference;
    struct currency currency;
    int64_t amount_minor, refunded_minor;
};

/* Those of a gateway that came in a span of time, by reference. In the arena. */
MUST_CHECK bool reconcile_store_load_span(struct db *db, const char *gateway, int64_t from_us,
                                          int64_t until_us, struct arena *arena,
                                          struct recorded_payment **ret_payments, size_t *ret_count,
                                          struct error *err);

/* Of each reference; reference NULL: there is none. In the arena. */
MUST_CHECK bool reconcile_store_find(struct db *db, const char *gateway,
                                     const char *const *references, size_t count,
                                     struct arena *arena, struct recorded_payment *ret_payments,
                                     struct error *err);

/* The charge that makes a payment. */
struct recorded_charge {
    const char *tenant, *effect_key; /* asked for; NULL: not */
    const char *state;               /* NULL: there is none */
    const char *invoice;
    int64_t tenant_id, lease_until_us;
};
MUST_CHECK bool reconcile_store_load_charges(struct db *db, struct recorded_charge *charges,
                                             size_t count, struct arena *arena, struct error *err);

/* One of which nobody knows what became of it, and that nobody is asking for: it is asked for now,
 * by its reference. Who has begun to meanwhile is seen, and the chunk computed again. */
struct charge_due_row {
    int64_t tenant_id;
    const char *effect_key, *state; /* "unknown" */
    int64_t lease_until_us;         /* 0 */
    int64_t not_before_us;          /* 0 */
    const char *provider_ref;
};
extern const struct bulk_table CHARGE_DUE;

struct difference_row {
    const char *gateway, *reference, *what;
    const char *tenant, *customer, *invoice, *effect_key, *payment_key, *status; /* NULL: none */
    struct currency there_currency;                                              /* "": none */
    int64_t there_minor, there_refunded_minor; /* DB_I64_NONE: none */
    struct currency here_currency;
    int64_t here_minor, here_refunded_minor;
    struct date found_on;
    const char *accepted; /* why a person has; NULL: nobody has */
};
/* With `accepted` NULL. One that was accepted, and is not another one by now, stays as it is. */
extern const struct bulk_table DIFFERENCE_PUT;
extern const struct bulk_table DIFFERENCE_END; /* by the first three */

/* In the open transaction: all of a payment are, from now on. */
MUST_CHECK bool reconcile_store_accept(struct db *db, const char *gateway, const char *reference,
                                       const char *reason, struct error *err);

/* By gateway ("" all), reference and what. In the arena. */
MUST_CHECK bool reconcile_store_load_differences(struct db *db, const char *gateway,
                                                 struct arena *arena,
                                                 struct difference_row **ret_rows,
                                                 size_t *ret_count, struct error *err);

struct statement_row {
    const char *gateway;
    struct date from_on, until_on;
    int64_t payments, paid;
    uint8_t digest[SHA256_SIZE];
};
extern const struct bulk_table GATEWAY_STATEMENT_PUT;

/* Likewise. */
MUST_CHECK bool reconcile_store_load_statements(struct db *db, const char *gateway,
                                                struct arena *arena,
                                                struct statement_row **ret_rows, size_t *ret_count,
                                                struct error *err);

#endif
