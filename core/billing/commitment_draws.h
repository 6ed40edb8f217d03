/* How all charges of a customer together draw his commitments: rule 4 of contract.h.
 *
 * 1. What was charged, credited and charged again of one price of one subscription by the terms of
 * one day is one charge: its sum.
 * 2. Charges draw in the order of those days, on one day by subscription and price: never in the
 * order in which they were billed. So what comes late draws as if it had come in time, and what is
 * missing in the end is the same whatever runs have billed it.
 * 3. A sum below zero gives back after all others have drawn, the last one first. */
#ifndef BILLMILL_BILLING_COMMITMENT_DRAWS_H
#define BILLMILL_BILLING_COMMITMENT_DRAWS_H

#include "core/base/arena.h"
#include "core/billing/contract.h"

/* What falls on an account, and how much is drawn of it then. */
struct commitment_part {
    struct money part, drawn;
};

struct commitment_charge {
    struct date on; /* the day by which it is priced */
    const char *subscription, *price;
    struct money net;                           /* before coupons */
    struct commitment_account *const *accounts; /* that cover it, the first to be drawn first */
    size_t account_count;
    struct commitment_part *parts; /* one for each account; set here */
    size_t place;                  /* set here */
};

/* Of accounts of which nothing is drawn yet. The charges are put into order; those of one sum stay
 * in theirs, and each has what the sum draws more by it. ERROR_ITEM "currency_mismatch". */
MUST_CHECK bool commitments_draw(struct commitment_charge **charges, size_t count,
                                 struct arena *scratch, struct error *err);

#endif
