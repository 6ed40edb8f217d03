/* What became of a payment: which invoices it pays, what of it is a credit, what was given back. */
#ifndef BILLMILL_STORES_PAYMENT_ACCOUNT_H
#define BILLMILL_STORES_PAYMENT_ACCOUNT_H

#include "core/stores/refund_store.h"

/* What of it went to an invoice: the payment itself, where it names one, else a part of it. */
struct applied_payment {
    const char *reference, *invoice;
    const char *status; /* of the invoice; NULL: the customer has none of that number and currency,
                           and nothing of it is paid */
    int64_t amount_minor, refunded_minor;
    int64_t granted_minor; /* what of it was too much, and is a credit */
};

struct payment_given_back {
    const char *reference;
    int64_t amount_minor, at_us;
};

struct payment_account {
    struct refundable_payment payment;
    const char *note;                /* NULL: none */
    struct applied_payment *applied; /* in the order in which they were due */
    size_t applied_count;
    struct payment_given_back *refunds; /* as they came */
    size_t refund_count;
};

/* refund_store_find tells which payment, and what is wrong. In the arena. */
MUST_CHECK bool payment_account_load(struct db *db, const char *tenant, const char *reference,
                                     struct arena *arena, struct payment_account *ret_account,
                                     struct error *err);

#endif
