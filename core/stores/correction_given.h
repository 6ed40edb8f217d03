/* What lines of other documents gave back of an invoice (give_back.h). Private to correction_store.
 */
#ifndef BILLMILL_STORES_CORRECTION_GIVEN_H
#define BILLMILL_STORES_CORRECTION_GIVEN_H

#include "core/stores/correction_store.h"

/* Fills given_nets and given_taxes of both subjects of each, is_gone, waits_for and credits.
 * Their lines, taxes, periods and what is credited of them are there. */
MUST_CHECK bool correction_given_load(struct db *db, int64_t tenant_id, enum rounding rounding,
                                      struct corrected_invoice *const *items, size_t count,
                                      struct arena *arena, struct error *err);

#endif
