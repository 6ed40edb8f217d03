/* What people decided of a payer's invoices and no run has carried out yet: which decisions a
 * preview carries out first, as the close does, and what each of them comes to. */
#ifndef BILLMILL_CLI_PREVIEW_DECISIONS_H
#define BILLMILL_CLI_PREVIEW_DECISIONS_H

#include <jansson.h>

#include "core/engine/parked.h"
#include "core/stores/correction_store.h"

struct previewed_decision {
    struct payer_correction is;      /* done_on is DATE_NONE: it cannot be carried out */
    const struct parked_row *parked; /* why; NULL: it was waived */
};

struct preview_decisions {
    struct previewed_decision *items;
    size_t count;
};

/* Before the run: those that wait, up to that day. In the arena. */
MUST_CHECK bool preview_decisions_find(struct db *db, const struct work_payer *payer,
                                       struct date until, struct arena *arena,
                                       struct preview_decisions *ret_decisions, struct error *err);

/* After it: what became of each. `parked` are the items of the preview, and outlive it. */
MUST_CHECK bool preview_decisions_load(struct db *db, const struct work_payer *payer,
                                       struct date until, const struct parked_row *parked,
                                       size_t parked_count, struct arena *arena,
                                       struct preview_decisions *decisions, struct error *err);

json_t *preview_decisions_json(const struct preview_decisions *decisions);
void preview_decisions_print(const struct preview_decisions *decisions, struct arena *arena);

#endif
