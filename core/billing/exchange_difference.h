/* What an invoice in another currency than its seller's books gains or loses by the exchange rate
 * when it is paid (DOMAIN 10).
 *
 * 1. A payment settles of its invoice what that still asks for, in the order in which payments are
 * taken; what is too much settles nothing: it is a credit of the customer, and none of this. A
 * credit note that comes later takes nothing back of what is settled.
 * 2. What is given back settles less by as much as what is kept falls below what was settled: first
 * goes what was too much.
 * 3. A part is worth in the books what the rate of its own day makes of it, rounded once. It
 * relieves the books of what the invoice stands there for: total in the books · settled so far /
 * total, rounded, less the same before it; so that all parts together relieve them of the whole, to
 * the cent, and what is given back takes that back. The difference is what is between: a gain above
 * zero. */
#ifndef BILLMILL_BILLING_EXCHANGE_DIFFERENCE_H
#define BILLMILL_BILLING_EXCHANGE_DIFFERENCE_H

#include "core/money/money.h"

struct exchange_account {
    struct money total;   /* of the invoice, above zero */
    struct money books;   /* the same in the currency of the books */
    struct money payable; /* the total less what is not paid by money: zero or less: nothing */
    struct money kept;    /* paid and not given back; from here on in the currency of the total */
    struct money settled; /* zero or more */
};

struct exchange_part {
    struct money settled; /* in the currency of the invoice; below zero of what is given back */
    struct money worth, relieved, difference; /* in that of the books */
};

/* What a payment, or below zero what is given back, settles: rules 1 and 2. */
MUST_CHECK bool exchange_settles(const struct exchange_account *account, struct money amount,
                                 struct money *ret_settled, struct error *err);

/* Rule 3, of what settles that; 1 of the invoice's currency = rate of the books'. */
MUST_CHECK bool exchange_part_of(const struct exchange_account *account, struct money settled,
                                 struct ratio rate, enum rounding rounding,
                                 struct exchange_part *ret_part, struct error *err);

/* The account behind it. */
MUST_CHECK bool exchange_account_take(struct exchange_account *account, struct money amount,
                                      struct money settled, struct error *err);

#endif
