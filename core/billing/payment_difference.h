/* What a payment gateway says of a payment, and what is known of it here: where both differ
 * (DOMAIN 8; execution.md, effects: whatever is lost is asked for). */
#ifndef BILLMILL_BILLING_PAYMENT_DIFFERENCE_H
#define BILLMILL_BILLING_PAYMENT_DIFFERENCE_H

#include "core/money/money.h"

enum payment_difference {
    DIFFERENCE_UNDECIDED,      /* paid there; here it is sent, asked for, or held */
    DIFFERENCE_NOT_HERE,       /* paid there, and not given back as a whole */
    DIFFERENCE_NOT_THERE,      /* paid here, and the gateway has no such payment */
    DIFFERENCE_NOT_PAID_THERE, /* paid here; there it failed, or is not decided */
    DIFFERENCE_CURRENCY,
    DIFFERENCE_AMOUNT,
    DIFFERENCE_REFUNDED_THERE, /* more was given back there than here … */
    DIFFERENCE_REFUNDED_HERE,  /* … or less */
    DIFFERENCE_DISPUTED        /* the payer wants it back */
};
#define DIFFERENCES_MAX 3 /* of one payment */

struct payment_there {
    bool found;                    /* the gateway has it */
    bool paid;                     /* and has the money, or had it */
    bool disputed;                 /* and that is not decided */
    struct money amount, refunded; /* refunded: also what a lost dispute took */
};
struct payment_here {
    bool found;
    bool undecided; /* not found, and the charge that makes it is under way */
    struct money amount, refunded;
};

/* undecided, not_here, not_there, not_paid_there, currency, amount, refunded_there, refunded_here,
 * disputed */
const char *payment_difference_name(enum payment_difference difference);

/* In ret_differences at most DIFFERENCES_MAX; returns how many. What was never paid and is nowhere
 * recorded as paid differs in nothing. */
size_t payment_differ(const struct payment_there *there, const struct payment_here *here,
                      enum payment_difference *ret_differences);

#endif
