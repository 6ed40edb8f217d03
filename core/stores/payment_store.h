/* Invoices of which something was paid, or given back, since that was last applied. */
#ifndef BILLMILL_STORES_PAYMENT_STORE_H
#define BILLMILL_STORES_PAYMENT_STORE_H

#include "core/stores/correction_store.h"
#include "core/stores/due_work.h"

/* Ranges of invoice_id. In the arena. */
MUST_CHECK bool payment_store_load_work(struct db *db, struct arena *arena,
                                        struct work_ranges *ret_ranges, struct error *err);

/* A payment of an invoice. */
struct invoice_payment {
    const char *source;    /* of the grant of what is too much of it */
    int64_t kept_minor;    /* and not given back */
    int64_t granted_minor; /* DB_I64_NONE: no grant */
    const char *reference;
    const char *part_of;     /* NULL: it was received */
    bool waits;              /* it came before its invoice, and was not applied since */
    int64_t under_way_minor; /* that is about to be given back; not loaded here */
};

struct paid_invoice {
    int64_t invoice_id;
    const char *number;
    struct corrected_invoice *of;
    struct invoice_payment *payments; /* in the order in which they came */
    size_t payment_count;
};

/* Of a tenant, by invoice_id ($after, $hi], at most `limit`. In the arena. */
MUST_CHECK bool payment_store_load(struct db *db, int64_t tenant_id, int64_t after_id,
                                   int64_t hi_id, size_t limit, enum rounding rounding,
                                   struct arena *arena, struct paid_invoice **ret_invoices,
                                   size_t *ret_count, struct error *err);

/* Each of these numbers, which differ, where there is one; `of` is NULL where there is none. */
MUST_CHECK bool payment_store_find(struct db *db, int64_t tenant_id, const char *const *numbers,
                                   size_t count, enum rounding rounding, struct arena *arena,
                                   struct paid_invoice **ret_invoices, struct error *err);

/* Of each of these numbers, which differ, the payments. */
MUST_CHECK bool payment_store_load_payments(struct db *db, int64_t tenant_id,
                                            struct paid_invoice *invoices, size_t count,
                                            struct arena *arena, struct error *err);

/* All that changed of the invoice until it was read is applied; what came since is seen, and the
 * chunk computed again. */
struct invoice_applied_row {
    int64_t tenant_id, invoice_id;
    int64_t expected, applied;
};
extern const struct bulk_table INVOICE_APPLIED;

/* It waits no more. */
struct payment_arrived_row {
    int64_t tenant_id;
    const char *reference;
    bool waits;
};
extern const struct bulk_table PAYMENT_ARRIVED;

/* Payments that name an invoice which their customer does not have in that currency. */
struct waiting_payment {
    int64_t payments; /* how many there are */
    const char *tenant, *customer, *reference, *invoice, *gateway;
    struct currency currency;
    int64_t amount_minor, at_us;
};
/* At most `limit` of them, the oldest first. In the arena. */
MUST_CHECK bool payment_store_load_waiting(struct db *db, int64_t limit, struct arena *arena,
                                           struct waiting_payment **ret_payments, size_t *ret_count,
                                           struct error *err);

#endif
