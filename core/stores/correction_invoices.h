/* Invoices with what was decided of them, for those who correct or explain them; all of a chunk by
 * a dozen statements. Private to correction_store. */
#ifndef BILLMILL_STORES_CORRECTION_INVOICES_H
#define BILLMILL_STORES_CORRECTION_INVOICES_H

#include "core/stores/correction_store.h"

struct wanted_invoice {
    const char *number;
    size_t request_count;         /* for each there will be room for an event */
    bool is_billed_again;         /* one of them asks for that */
    struct corrected_invoice *of; /* what is found; NULL: there is none of that number */
};

/* Fills `of` of each; the numbers differ. In the arena, without the parties that they froze. */
MUST_CHECK bool correction_invoices_load(struct db *db, int64_t tenant_id, enum rounding rounding,
                                         struct wanted_invoice *wanted, size_t count,
                                         struct arena *arena, struct error *err);

#endif
