/* What of an invoice's lines units pay for as it is finalized (core/billing/credit_units.h). A
 * chunk moves a grant over all its draws, by compare-and-set, as it moves one of money
 * (finalize_credits.h). */
#ifndef BILLMILL_JOBS_FINALIZE_UNITS_H
#define BILLMILL_JOBS_FINALIZE_UNITS_H

#include "core/engine/job.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/credit_unit_store.h"
#include "core/stores/draft_store.h"

struct unit_credits {
    const struct billing_catalog *catalog;
    struct stored_unit_grant *grants; /* by customer_id; used_millionths as the chunk moves it */
    size_t count;
    size_t *moves; /* of each grant: its row of the chunk, from 1; 0: it has none yet */
};

/* What is drawn for one invoice: grants are counted from the first one of the payer. */
struct invoice_units {
    size_t first_grant;
    struct unit_result result; /* paid NULL: nothing */
};

MUST_CHECK bool finalize_units_load(const struct job_ctx *ctx,
                                    const struct billing_catalog *catalog, const int64_t *payers,
                                    size_t count, struct arena *arena,
                                    struct unit_credits *ret_units, struct error *err);

/* In the scratch of the chunk. */
MUST_CHECK bool finalize_units_draw(const struct unit_credits *units, const struct draft *draft,
                                    struct money amount_due, int64_t at_us, struct chunk *chunk,
                                    struct invoice_units *ret_drawn, struct error *err);

/* Its rows, and the grants as they are then. Cannot fail. */
void finalize_units_append(struct unit_credits *units, const struct draft *draft,
                           struct date issued_on, const struct invoice_units *drawn,
                           struct chunk *chunk);

#endif
