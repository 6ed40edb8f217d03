/* Which open invoices a payment pays that names none (DOMAIN 7 and 8): the oldest first, by due
 * date, then issue date, then number, each as far as it goes. What is left is the customer's. What
 * was given back later of such a payment is taken from the invoice that was paid last.
 *
 * What was given back of an invoice, as goodwill or because the bank took it back, is owed again
 * and asked for by nobody: neither collected nor dunned. So a payment pays it by naming the invoice
 * alone. */
#ifndef BILLMILL_BILLING_PAYMENT_MATCH_H
#define BILLMILL_BILLING_PAYMENT_MATCH_H

#include "core/calendar/date.h"
#include "core/money/money.h"

struct match_invoice {
    const char *number;
    struct date due_on, issued_on;
    struct money owed;    /* that may be paid: zero or more; lowered by what is matched */
    struct money matched; /* by the last call of payment_match */
};

/* What a payment that names no invoice may pay of one, which owes `owed` and of which `given_back`,
 * zero or more, was given back: zero or more. ERROR_ITEM of money arithmetic. */
MUST_CHECK bool payment_match_room(struct money owed, struct money given_back,
                                   struct money *ret_room, struct error *err);

/* Below zero: a is older. */
int32_t match_invoice_compare(const struct match_invoice *a, const struct match_invoice *b);

/* `invoices` from the oldest on. Those in another currency than `amount` are left alone. *ret_rest
 * is what no invoice took. ERROR_ITEM of money arithmetic. */
MUST_CHECK bool payment_match(struct money amount, struct match_invoice *invoices, size_t count,
                              struct money *ret_rest, struct error *err);

/* What of `given_back` each of `parts` gives, from the last one on; parts[i] is what was paid of it
 * and not given back, lowered here. *ret_taken has a place for each, *ret_rest is what no part has.
 */
MUST_CHECK bool payment_match_undo(struct money given_back, struct money *parts, size_t count,
                                   struct money *ret_taken, struct money *ret_rest,
                                   struct error *err);

#endif
