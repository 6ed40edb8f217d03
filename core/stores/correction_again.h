/* The split of a credit note computed again, by the request that it follows from: what
 * `corrections` took of each line and tax of what was left then (core/billing/correction.h).
 *
 * 1. What was left then is what earlier notes left: those carried out on an earlier day, or on the
 * same by an earlier request.
 * 2. What lines of other documents gave back of the invoice before or after the note is not told
 * apart. Where some did, the split must come from all of what they gave or from nothing of it;
 * where it does not, it is not known from what. */
#ifndef BILLMILL_STORES_CORRECTION_AGAIN_H
#define BILLMILL_STORES_CORRECTION_AGAIN_H

#include "core/stores/correction_store.h"

struct credit_again {
    const char *unknown; /* why it cannot be computed again; NULL: it was, and gave this */
    struct credit_content content;
    const struct money *left; /* of each line of the invoice, before the note */
    struct credit_request asked;
};

/* `origin` is that of the note. In the arena. A request that is refused now is an ERROR_ITEM. */
MUST_CHECK bool correction_again_load(struct db *db, int64_t tenant_id,
                                      const struct stored_invoice *note,
                                      const struct note_origin *origin, struct arena *arena,
                                      struct credit_again *ret_again, struct error *err);

/* Whether the note says what the content does. *ret_line is the first line that differs, 0 where
 * lines are missing or taxes differ. */
bool correction_again_matches(const struct credit_content *content,
                              const struct invoice_content *note, int64_t *ret_line);

#endif
