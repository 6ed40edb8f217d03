/* The drafts into which rating gathers the lines of a payer: see rating.c. */
#ifndef BILLMILL_JOBS_RATING_DRAFTS_H
#define BILLMILL_JOBS_RATING_DRAFTS_H

#include "core/base/array.h"
#include "core/engine/job.h"
#include "core/stores/rating_store.h"

/* A draft being gathered: where its row is, so that the totals can be added to. */
struct open_draft {
    int64_t invoice_id;
    struct currency currency;
    struct date cutoff_on;
    const char *billing_group;
    const char *beside;       /* the group of drafts that bill nothing again, of the same lines */
    const char *corrects;     /* the invoice that it bills again, or NULL */
    struct date tax_point_on; /* that of the invoice that it bills again, else the cutoff */
    struct money subtotal;    /* before the lines' discounts */
    struct money discount;
    int64_t lines;
};

struct open_drafts ARRAY_OF(struct open_draft);

/* What a line needs of its draft. */
struct draft_terms {
    struct currency currency;
    struct date cutoff_on;
    const char *group;                    /* the subscription, or the contract of a true-up */
    const struct rating_period *corrects; /* a period of what is billed again, or NULL */
};

/* The one that is open for lines of these terms, or a new one; valid until the next is added. */
MUST_CHECK bool rating_draft_for(const struct job_ctx *ctx, const struct draft_terms *terms,
                                 struct open_drafts *drafts, struct chunk *chunk,
                                 struct open_draft **ret_draft, struct error *err);

/* Its row, with the totals of its lines. */
MUST_CHECK bool rating_draft_append(const struct rating_payer *payer,
                                    const struct open_draft *draft, struct chunk *chunk,
                                    struct error *err);

#endif
