/* What of a payment may still be given back. */
#ifndef BILLMILL_STORES_REFUND_STORE_H
#define BILLMILL_STORES_REFUND_STORE_H

#include "core/storage/rows.h"

struct refundable_payment {
    int64_t tenant_id;
    const char *tenant, *rounding, *reference, *customer, *gateway;
    const char *invoice; /* NULL: it names none */
    const char *part_of; /* NULL: it was received */
    struct currency currency;
    int64_t at_us;
    int64_t amount_minor, refunded_minor;
    int64_t granted_minor; /* what of it was too much, and is a credit of the customer */
};

/* tenant NULL: any. EXIT_USAGE when there is none, or more than one. In the arena. */
MUST_CHECK bool refund_store_find(struct db *db, const char *tenant, const char *reference,
                                  struct arena *arena, struct refundable_payment *ret_payment,
                                  struct error *err);

/* The same; *ret_here false: there is none, or more than one. */
MUST_CHECK bool refund_store_find_here(struct db *db, const char *tenant, const char *reference,
                                       struct arena *arena, struct refundable_payment *ret_payment,
                                       bool *ret_here, struct error *err);

/* What it pays of an invoice. */
struct refundable_part {
    const char *invoice;
    int64_t kept_minor; /* and not given back */
};
/* Of one that names no invoice its parts, in the order in which they were paid; of another one
 * itself. In the arena. */
MUST_CHECK bool refund_store_parts(struct db *db, const struct refundable_payment *payment,
                                   struct arena *arena, struct refundable_part **ret_parts,
                                   size_t *ret_count, struct error *err);

/* In the open transaction: nobody else asks for a refund of it meanwhile, and it has changed, with
 * its invoice and those that its parts pay, for whoever read them before. */
MUST_CHECK bool refund_store_lock(struct db *db, const struct refundable_payment *payment,
                                  struct error *err);

/* A refund by the gateway's reference; *ret_found false: it is not here. In the arena. */
struct known_refund {
    const char *payment;
    int64_t amount_minor;
};
MUST_CHECK bool refund_store_known(struct db *db, int64_t tenant_id, const char *reference,
                                   struct arena *arena, struct known_refund *ret_refund,
                                   bool *ret_found, struct error *err);

/* A refund that was asked for. */
struct asked_refund {
    const char *effect_key, *state;
    struct row_bytes request; /* jobs/charge_request.h reads it */
};

/* By its key; *ret_found false: nobody asked for it. In the arena. */
MUST_CHECK bool refund_store_asked(struct db *db, int64_t tenant_id, const char *effect_key,
                                   struct arena *arena, struct asked_refund *ret_refund,
                                   bool *ret_found, struct error *err);

/* Of each lane those that are not over, by their places. In the arena. */
struct refund_under_way {
    size_t place;
    struct asked_refund refund;
};
MUST_CHECK bool refund_store_under_way(struct db *db, int64_t tenant_id, const char *const *lanes,
                                       size_t count, struct arena *arena,
                                       struct refund_under_way **ret_refunds, size_t *ret_count,
                                       struct error *err);

#endif
