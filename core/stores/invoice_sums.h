/* Documents counted and added up, for people: per tenant, currency, kind and status. */
#ifndef BILLMILL_STORES_INVOICE_SUMS_H
#define BILLMILL_STORES_INVOICE_SUMS_H

#include "core/money/money.h"
#include "core/storage/rows.h"

struct invoice_sum {
    const char *tenant;
    struct currency currency;
    const char *kind;   /* invoice, credit_note: what is credited is positive there */
    const char *status; /* draft, open, paid, skipped … */
    int64_t invoices;
    int64_t documents;            /* how many of them have one */
    struct money net, tax, total; /* net + tax = total, also where prices include the tax */
};

/* Of everything (both dates DATE_NONE), or of one month by its first and last day: what was issued
 * in it, what ended without a number in it, and the drafts that wait at its end. In the arena. */
MUST_CHECK bool invoice_sums_load(struct db *db, struct date first, struct date last,
                                  struct arena *arena, struct invoice_sum **ret_sums,
                                  size_t *ret_count, struct error *err);

#endif
