/* What the lines of a document refer to: of the documents that billed it, what is given back
 * (Directive 2006/112, article 219: a document that changes an invoice names it). */
#ifndef BILLMILL_STORES_LINE_REFERENCE_H
#define BILLMILL_STORES_LINE_REFERENCE_H

#include "core/stores/draft_store.h"

struct line_reference {
    const char *number;
    struct date issued_on;
};

/* Of one line; most have none. */
struct line_references {
    struct line_reference *items;
    size_t count;
};

/* Of each line of a numbered document, in their order: the other documents that the line gives back
 * of, each once, in the order of their drafts. Only of what was issued by its own day, and in its
 * own series before it, so that it is the same whatever was issued since. None of a credit note
 * over one invoice, which is named by `corrects`. In the arena. */
MUST_CHECK bool line_references_load(struct db *db, int64_t tenant_id,
                                     const struct stored_invoice *invoice, enum rounding rounding,
                                     struct arena *arena, struct line_references **ret_references,
                                     struct error *err);

#endif
