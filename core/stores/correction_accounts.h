/* What is left of the billing periods of invoices (core/billing/forgiven.h, rule 7). Private to
 * correction_store. */
#ifndef BILLMILL_STORES_CORRECTION_ACCOUNTS_H
#define BILLMILL_STORES_CORRECTION_ACCOUNTS_H

#include "core/stores/correction_store.h"

/* Gives the subject of each its accounts, which they share: one statement. `valid` has none: what
 * bills an invoice again makes up for what its periods have less. Adds to the credits of each those
 * of its periods that gave less than they come to: they may have to give more when it is billed
 * again. */
MUST_CHECK bool correction_accounts_load(struct db *db, int64_t tenant_id,
                                         struct corrected_invoice *const *items, size_t count,
                                         struct arena *arena, struct error *err);

/* The same of the invoice that a note credits, as it was before that note, made on that day: what
 * was issued before the day, and notes that were there before it. */
MUST_CHECK bool correction_accounts_load_before(struct db *db, int64_t tenant_id,
                                                const struct stored_invoice *note,
                                                struct date done_on, struct corrected_invoice *of,
                                                struct arena *arena, struct error *err);

#endif
