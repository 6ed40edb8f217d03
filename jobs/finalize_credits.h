/* What an invoice draws of its payer's credits as it is finalized (DOMAIN 7).
 *
 * 1. An invoice draws as of the last instant of the day it is issued, in the tenant's zone, after
 * those numbered before it; so the order of numbering decides, whoever finalizes.
 * 2. One row of a chunk moves a grant over all its draws, by compare-and-set: what somebody else
 * draws meanwhile makes the chunk be done again.
 * 3. A draft with a negative total, which is a credit note, becomes a grant of kind refund. It is
 * there from the tenant's next day on, so that it does not matter whether the invoices of the same
 * run are numbered before it. What a void invoice or one that is billed again has drawn comes back
 * with the decision (job corrections), before any invoice of the run is numbered, and is there at
 * once, by rule 1: what bills it again draws anew, after what the customer owes of that day and of
 * no billing group, whose number is before. What a document gives back of an invoice that stays
 * written off is no such grant: it is taken off that (core/billing/written_off.h). So much more is
 * due: of a note it is the credit that the note says is applied, of an invoice a credit that is
 * taken away.
 * 4. Units of a meter pay first, for their part of its lines (finalize_units.h).
 * 5. Usage of projects and members with limits is paid within these (finalize_limits.h), and each
 * such draw is a transaction of its own that names them.
 * 6. What the grants leave due is overdrawn as far as the tenant lets a customer be, in the
 * tenant's currency: a transaction and a row of its own, paid back by the grants that come
 * (credit-expire). */
#ifndef BILLMILL_JOBS_FINALIZE_CREDITS_H
#define BILLMILL_JOBS_FINALIZE_CREDITS_H

#include "core/billing/credit.h"
#include "core/billing/invoice.h"
#include "core/engine/job.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/credit_store.h"
#include "core/stores/draft_store.h"
#include "jobs/finalize_limits.h"
#include "jobs/finalize_units.h"

/* What a payer is overdrawn by, as the chunk moves it. */
struct payer_overdraft {
    int64_t customer_id;
    int64_t owed_minor;
    bool is_stored;
    size_t move; /* its row of the chunk, from 1; 0: it has none yet */
};

struct credits {
    const struct tenant_facts *tenant;
    const struct zone *zone;     /* the tenant's */
    struct stored_grant *grants; /* by customer_id; used_minor as the chunk moves it */
    size_t count;
    size_t *moves; /* of each grant: its row of the chunk, from 1; 0: it has none yet */
    struct payer_overdraft *overdrafts; /* where the tenant allows any, one for each payer, by id */
    size_t overdraft_count;
    struct limits limits;
    struct unit_credits units;
};

/* What is drawn for one invoice. */
struct invoice_credits {
    struct invoice_units units; /* these first */
    size_t first_grant;         /* of the payer's */
    struct limited_parts parts;
    struct credit_limit_result result; /* grants are counted from that one, parts are those */
};

/* Of the drafts' payers. The job releases its memory by job_tenant_release. */
MUST_CHECK bool finalize_credits_load(const struct job_ctx *ctx,
                                      const struct billing_catalog *catalog,
                                      const struct draft *drafts, size_t count, struct arena *arena,
                                      struct credits *ret_credits, struct error *err);

/* What the payer's grants give. Adds to credit_applied and sets amount_due of the totals. In the
 * scratch of the chunk. */
MUST_CHECK bool finalize_credits_draw(struct credits *credits, const struct draft *draft,
                                      struct date issued_on, struct chunk *chunk,
                                      struct invoice_totals *totals,
                                      struct invoice_credits *ret_drawn, struct error *err);

/* Its rows, and the grants as they are then: last, for nothing may fail after it. */
void finalize_credits_append(struct credits *credits, const struct draft *draft,
                             struct date issued_on, const struct invoice_totals *totals,
                             const struct invoice_credits *drawn, struct chunk *chunk);

/* What a customer gets back, as a grant of kind refund. */
struct refund {
    int64_t tenant_id, customer_id;
    const char *source; /* the number of the document that it is for */
    struct money amount;
    struct date effective_on; /* rule 3 */
};

/* Rows of CREDIT_GRANT_ADD and CREDIT_MOVEMENT_ADD. */
void finalize_credits_grant(const struct refund *refund, const struct zone *zone,
                            struct chunk *chunk);

/* What a document leaves owed to the customer is a grant of his, if it is anything and was not
 * granted with the decision: the amount due of a credit note, and of an invoice that which is due
 * below zero. */
MUST_CHECK bool finalize_credits_refund(const struct credits *credits, const struct draft *draft,
                                        const struct invoice_content *content, int64_t tenant_id,
                                        struct chunk *chunk, struct error *err);

#endif
