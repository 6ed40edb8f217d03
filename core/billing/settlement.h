/* What an invoice still owes, from everything that happened to it (DOMAIN 6, 7 and 10).
 *
 * 1. Still owed: total − credited by notes − given back − written off − (paid − refunded). Credits
 * that were drawn are payments too. The total is what the invoice asks for: it is more than what it
 * says where that gives back of an invoice that was written off (written_off.h).
 * 2. What is paid or credited after something was written off is taken off that first: only what is
 * paid and credited beyond the total is overpaid, and the customer's. A write-off gives nobody
 * money. So it is with what another document gives back of the invoice: as far as that stays
 * written off it is owed to nobody.
 * 3. An event counts once, by its kind and reference: a replay is no second payment. The same
 * reference with another amount is an error.
 * 4. What was written off, of which nothing was paid and something is not credited, is
 * uncollectible, also while other documents give all of it back: what they charge again stays
 * written off. */
#ifndef BILLMILL_BILLING_SETTLEMENT_H
#define BILLMILL_BILLING_SETTLEMENT_H

#include "core/base/arena.h"
#include "core/money/money.h"

enum settlement_kind {
    SETTLEMENT_PAYMENT,
    SETTLEMENT_REFUND,
    SETTLEMENT_CREDIT_NOTE,
    SETTLEMENT_GIVEN_BACK, /* by another document, and not to the customer */
    SETTLEMENT_WRITE_OFF
};

struct settlement_event {
    enum settlement_kind kind;
    const char *reference;
    struct money amount; /* above zero, whatever the kind */
};

enum settlement_status {
    SETTLEMENT_OPEN,
    SETTLEMENT_PARTIALLY_PAID,
    SETTLEMENT_PAID,         /* nothing is owed */
    SETTLEMENT_UNCOLLECTIBLE /* nothing is owed, and it was not paid: rule 4 */
};

enum refund_status { REFUND_NONE, REFUND_PARTIAL, REFUND_FULL };

struct settlement {
    struct money sums[SETTLEMENT_WRITE_OFF + 1]; /* by kind */
    struct money written_off;                    /* of it what was not paid or credited later */
    struct money balance;                        /* still owed, zero or more */
    struct money overpaid;                       /* zero or more */
    enum settlement_status status;
    enum refund_status refund_status; /* of everything that was paid */
};

/* open, partially_paid, paid, uncollectible; none, partially_refunded, refunded */
const char *settlement_status_name(enum settlement_status status);
const char *refund_status_name(enum refund_status status);

/* `total` is zero or more. `scratch` is for working memory. ERROR_ITEM "bad_settlement" for an
 * amount that is not above zero, a reference with two amounts, or more refunded than paid. */
MUST_CHECK bool settlement_compute(struct money total, const struct settlement_event *events,
                                   size_t count, struct arena *scratch,
                                   struct settlement *ret_settlement, struct error *err);

/* What of `given`, which other documents give back of the invoice, is taken off what stays written
 * off: zero or more, with its tax. `events` are without it. */
MUST_CHECK bool settlement_off_written(struct money total, const struct settlement_event *events,
                                       size_t count, struct money given, struct arena *scratch,
                                       struct money *ret_off, struct error *err);

#endif
