/* A document in the currency of the books, explained: which rates it was converted by, what its
 * payments gained or lost by theirs, and the same computed again. */
#ifndef BILLMILL_CLI_EXPLAIN_CONVERSION_H
#define BILLMILL_CLI_EXPLAIN_CONVERSION_H

#include <jansson.h>

#include "core/stores/billing_catalog.h"
#include "core/stores/conversion_store.h"
#include "core/stores/draft_store.h"
#include "core/stores/payment_conversion_store.h"

struct conversion_explanation {
    bool found;
    struct currency currency; /* of the document */
    struct invoice_conversion_add_row row;
    struct converted_payment *payments;
    size_t payment_count;
    struct money difference; /* of all payments: above zero a gain */
    const char *problems[4]; /* what is not as it must be */
    size_t problem_count;
};

/* Problems are no error. Texts are in the arena. */
MUST_CHECK bool conversion_explanation_load(struct db *db, const struct tenant_facts *tenant,
                                            const struct stored_invoice *stored,
                                            struct arena *arena,
                                            struct conversion_explanation *ret_explanation,
                                            struct error *err);

/* Nothing where the document was not converted; JSON null. */
void conversion_explanation_print(const struct conversion_explanation *explanation);
json_t *conversion_explanation_json(const struct conversion_explanation *explanation);

#endif
