/* Payments that name no invoice, the invoices that they may pay, and what is made of them. A
 * payment is matched once, and wholly: what no invoice takes is a grant of its own ("payment
 * REFERENCE"). */
#ifndef BILLMILL_STORES_PAYMENT_MATCH_STORE_H
#define BILLMILL_STORES_PAYMENT_MATCH_STORE_H

#include "core/billing/payment_match.h"
#include "core/stores/collect_store.h"
#include "core/stores/due_work.h"

/* Ranges of customer_id. In the arena. */
MUST_CHECK bool payment_match_load_work(struct db *db, struct arena *arena,
                                        struct work_ranges *ret_ranges, struct error *err);

struct unnamed_payment {
    const char *reference, *gateway;
    struct currency currency;
    int64_t amount_minor, at_us;
    int64_t refunded_minor;                    /* of the whole of it … */
    int64_t parts_minor, parts_refunded_minor; /* … and of its parts */
    int64_t granted_minor;
    int64_t last_refund_us;  /* DB_I64_NONE: none */
    int64_t changes;         /* when it was read: PAYMENT_MATCHED */
    int64_t under_way_minor; /* that is about to be given back; not loaded here */
};

/* A part of an earlier payment. */
struct paid_part {
    const char *part_of, *reference, *invoice;
    int64_t invoice_id, changes;
    int64_t kept_minor; /* and not given back */
    int64_t refunds;    /* how often something of it was given back */
};

struct open_invoice {
    int64_t invoice_id;
    struct match_invoice match; /* `owed` is not loaded */
    struct owed_invoice owed;
};

struct matched_customer {
    int64_t customer_id;
    struct unnamed_payment *payments; /* those that have changed since they were matched */
    size_t payment_count;
    struct open_invoice *invoices; /* the oldest first */
    size_t invoice_count;
    struct paid_part *parts; /* by payment, in the order in which they were paid */
    size_t part_count;
};

/* Of a tenant, by customer_id ($after, $hi], at most `limit`; with the invoices that are open and
 * that nothing which is decided by the day takes back as a whole. In the arena. */
MUST_CHECK bool payment_match_load(struct db *db, int64_t tenant_id, int64_t after_id,
                                   int64_t hi_id, size_t limit, struct date day,
                                   struct arena *arena, struct matched_customer **ret_customers,
                                   size_t *ret_count, struct error *err);

/* What more was given back of each of these payments, which name no invoice, than its parts and its
 * credit show yet: zero or more; zero of others. In the arena. */
MUST_CHECK bool payment_match_load_to_undo(struct db *db, int64_t tenant_id,
                                           const char *const *references, size_t count,
                                           struct arena *arena, int64_t *ret_minor,
                                           struct error *err);

struct part_row {
    int64_t tenant_id;
    const char *reference;
    int64_t customer_id;
    const char *invoice, *gateway;
    struct currency currency;
    int64_t amount_minor, at_us;
    const char *part_of;
};
extern const struct bulk_table PAYMENT_PART_ADD;

/* Who asks for a refund of it meanwhile, or imports one, is seen, and the chunk computed again. It
 * is not looked at again until it has changed, where `matched` is `changes`. */
struct payment_matched_row {
    int64_t tenant_id;
    const char *reference;
    int64_t expected, changes, matched;
};
extern const struct bulk_table PAYMENT_MATCHED;

#endif
