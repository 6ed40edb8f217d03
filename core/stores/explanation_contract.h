/* How a commitment was drawn when what was missing to it was billed: for explanations
 * (explanation.h). */
#ifndef BILLMILL_STORES_EXPLANATION_CONTRACT_H
#define BILLMILL_STORES_EXPLANATION_CONTRACT_H

#include "core/base/array.h"
#include "core/stores/contract_ledger.h"
#include "core/stores/draft_store.h"

/* What a line drew of the commitment, or gave back to it. */
struct explained_draw {
    const char *document;
    int64_t line;
    struct money part;
};

/* The other way round: what one line drew of a commitment, and how much was drawn then. */
struct explained_drawn {
    int64_t line; /* of the invoice */
    const struct contract_phase *phase;
    struct commitment_account account;
    struct money part;
};

struct explained_drawns ARRAY_OF(struct explained_drawn);

struct explained_commitment {
    struct commitment_account account; /* the commitment for the days that it held */
    struct money billed;               /* by true-ups before this one */
    const struct explained_draw *draws;
    size_t draw_count;
};

/* As it was when `line` of `invoice` was made: by the lines of its cutoff and before, that were
 * there then. In the arena. */
MUST_CHECK bool explained_commitment_load(struct db *db, const struct billing_catalog *catalog,
                                          const struct stored_invoice *invoice,
                                          const struct stored_line *line,
                                          const struct contract_phase *phase, struct arena *arena,
                                          struct explained_commitment *ret_commitment,
                                          struct error *err);

/* What the lines of the invoice drew of the commitments of the customer, in their order. In the
 * arena. */
MUST_CHECK bool explained_drawn_load(struct db *db, const struct billing_catalog *catalog,
                                     const struct stored_invoice *invoice, int64_t customer_id,
                                     struct arena *arena, struct explained_drawns *ret_drawns,
                                     struct error *err);

#endif
