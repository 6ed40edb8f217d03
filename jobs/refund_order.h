/* A person has money of a payment given back: an intent, which `dispatch` sends (refund_effect.c).
 *
 * 1. Never more than was paid and is neither given back, nor about to be, nor a credit of the
 * customer already. Where a credit came of an invoice that it pays, whichever payment or credit
 * note that is of, only what is paid too much of that invoice besides: no more is given back than
 * leaves the invoice paid without what the customer has as his credit.
 * Nothing of its money becomes a credit until it is over (correction_note.c, payment_apply.c); as
 * it is sent there has to be room for it still.
 * 2. It is the NUMBER-th refund of its payment: asked for again, it is the same one.
 * 3. What was paid by hand no gateway can give back: that is imported when the bank has done it. */
#ifndef BILLMILL_JOBS_REFUND_ORDER_H
#define BILLMILL_JOBS_REFUND_ORDER_H

#include "core/engine/engine.h"
#include "core/stores/payment_store.h"
#include "core/stores/refund_store.h"
#include "jobs/charge_request.h"

struct refund_order {
    const char *tenant; /* NULL: whoever has that payment */
    const char *payment;
    const char *amount; /* NULL: all that is left of it */
    int64_t number;     /* from 1 */
    const char *reason; /* stays in the audit log */
    struct date on;
};

struct refund_ordered {
    struct refundable_payment payment;
    const char *effect_key, *state;
    struct money amount;
    struct money left; /* that may still be given back, behind it */
    bool is_new;
};

/* EXIT_USAGE for a payment that there is not, or an order that cannot be carried out. In the arena.
 */
MUST_CHECK bool refund_order(const struct engine *engine, const struct refund_order *order,
                             struct arena *arena, struct refund_ordered *ret_ordered,
                             struct error *err);

/* What may be given back of a payment by a refund that is under way itself, over `own`: by rule 1,
 * as it is now. ERROR_ITEM where an account, or another refund of it, cannot be read. */
MUST_CHECK bool refund_order_left(struct db *db, const struct refundable_payment *payment,
                                  struct money own, struct arena *arena, struct money *ret_left,
                                  struct error *err);

/* What is about to be given back of each of these payments: that was asked for and is not over.
 * Where the request of one cannot be read, ret_unreadable[i] is set, which may be NULL: an error.
 */
MUST_CHECK bool refund_orders_under_way(struct db *db, int64_t tenant_id,
                                        const char *const *payments, size_t count,
                                        struct arena *arena, int64_t *ret_minor,
                                        bool *ret_unreadable, struct error *err);

/* Fills under_way_minor of each payment of these invoices. Of a part it is at most what it has
 * left, of what is about to be given back of its payment, or was and is not taken off its parts
 * yet. Where the request of a refund cannot be read, it is all that is left. */
MUST_CHECK bool refund_orders_of_invoices(struct db *db, int64_t tenant_id,
                                          struct paid_invoice *invoices, size_t count,
                                          struct arena *arena, struct error *err);

#endif
