/* Payments of invoices that are converted into the currency of their seller's books, and what was
 * given back of them: which are due, and what was made of them (exchange_difference.h). */
#ifndef BILLMILL_STORES_PAYMENT_CONVERSION_STORE_H
#define BILLMILL_STORES_PAYMENT_CONVERSION_STORE_H

#include "core/billing/exchange_difference.h"
#include "core/stores/conversion_store.h"

/* Of which something was paid or given back before that instant that is not converted: ranges of
 * invoice_id. In the arena. */
MUST_CHECK bool payment_conversion_store_load_ranges(struct db *db, int64_t before_us,
                                                     struct arena *arena,
                                                     struct work_ranges *ret_ranges,
                                                     struct error *err);

/* A payment, or what was given back of one. */
struct paid_event {
    const char *kind, *reference;
    int64_t at_us;
    int64_t amount_minor;   /* below zero: given back */
    int64_t entry;          /* 0: not converted */
    struct decimal settled; /* then, of the invoice */
};

struct paid_to_convert {
    int64_t invoice_id;
    const char *number, *kind, *status;
    int64_t customer_id;
    struct currency currency;
    int64_t total_minor, credit_applied_minor, amount_due_minor;
    int64_t books_minor;       /* the total, in the currency of the books */
    struct money payable;      /* exchange_difference.h */
    struct paid_event *events; /* all of them, in the order in which they came */
    size_t event_count;
};

/* Of a tenant, by invoice_id ($after, $hi], at most `limit`. In the arena. */
MUST_CHECK bool payment_conversion_store_load_due(struct db *db, int64_t tenant_id,
                                                  int64_t after_id, int64_t hi_id,
                                                  int64_t before_us, size_t limit,
                                                  struct arena *arena,
                                                  struct paid_to_convert **ret_due,
                                                  size_t *ret_count, struct error *err);

struct payment_conversion_add_row {
    int64_t tenant_id, invoice_id;
    int64_t entry; /* from 1 */
    const char *kind, *reference;
    struct currency currency; /* of the books */
    struct date for_on, published_on;
    const char *source, *base, *rule;
    struct decimal from_rate;
    int64_t from_version; /* 0: it is the base */
    struct decimal to_rate;
    int64_t to_version;
    struct decimal settled; /* in the currency of the invoice */
    int64_t worth_minor, relieved_minor, difference_minor;
};
extern const struct bulk_table PAYMENT_CONVERSION_ADD;

/* What was converted, in that order, each with what came or, below zero, went. In the arena. */
struct converted_payment {
    struct payment_conversion_add_row row;
    int64_t paid_minor;
};
MUST_CHECK bool payment_conversion_store_load(struct db *db, int64_t tenant_id, int64_t invoice_id,
                                              struct arena *arena,
                                              struct converted_payment **ret_payments,
                                              size_t *ret_count, struct error *err);

#endif
