/* What of an invoice is paid too much, and what of its money its customer has as credits. */
#ifndef BILLMILL_JOBS_OVERPAYMENT_H
#define BILLMILL_JOBS_OVERPAYMENT_H

#include "core/stores/payment_store.h"

/* By all that is known of the invoice; of a void one all that was paid. */
struct overpayment {
    struct money too_much;  /* zero or more */
    struct money given;     /* what its credit notes left to the customer, and what was granted */
    struct money under_way; /* what is about to be given back of its payments */
};

/* ERROR_ITEM of settlement_compute. */
MUST_CHECK bool overpayment_of(const struct paid_invoice *invoice, struct arena *scratch,
                               struct overpayment *ret_overpayment, struct error *err);

#endif
