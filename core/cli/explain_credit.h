/* A credit note over an invoice, explained: its lines follow from a decision, which is split over
 * those of the invoice again. */
#ifndef BILLMILL_CLI_EXPLAIN_CREDIT_H
#define BILLMILL_CLI_EXPLAIN_CREDIT_H

#include <jansson.h>

#include "core/stores/billing_catalog.h"
#include "core/stores/correction_again.h"

struct credit_explanation {
    const char *tenant;
    const struct stored_invoice *note;
    struct note_origin origin;
    struct credit_again again; /* what the request splits into, computed again */
    const char **problems;     /* what is not as it must be */
    size_t problem_count;
};

/* `note` outlives the explanation; the rest is in the arena. Problems are no error. */
MUST_CHECK bool credit_explanation_load(struct db *db, const struct tenant_facts *tenant,
                                        const struct stored_invoice *note, struct arena *arena,
                                        struct credit_explanation *ret_explanation,
                                        struct error *err);

/* Of one line, or of all (0). The caller owns the reference. */
void credit_explanation_print(const struct credit_explanation *explanation, int64_t only_line,
                              struct arena *arena);
json_t *credit_explanation_json(const struct credit_explanation *explanation, int64_t only_line,
                                struct arena *arena);

#endif
