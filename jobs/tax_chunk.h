/* A chunk of tax: drafts, the coupons of their payers, and what their lines give back of; and the
 * taxes of their lines. */
#ifndef BILLMILL_JOBS_TAX_CHUNK_H
#define BILLMILL_JOBS_TAX_CHUNK_H

#include "core/billing/tax.h"
#include "jobs/environment.h"
#include "jobs/tax_choice.h"
#include "jobs/tax_coupons.h"
#include "jobs/tax_sharing.h"

/* Where a draft is among those of the chunk, and among its items. */
struct draft_place {
    int64_t invoice_id;
    size_t draft;
    size_t item; /* SIZE_MAX: another chunk's, and it cannot be taxed */
};

struct taxing {
    const struct job_tenant *tenant;
    struct sharing_drafts drafts;
    struct draft_place *places;   /* of each of them, by invoice_id */
    struct coupon_payers coupons; /* of the chunk's drafts */
    size_t **changed; /* of each redemption of each of them: its COUPON_CHANGED; from 1 */
    const struct applied_draft *
        *applied;               /* of the drafts of each of them, once they are asked for */
    struct tax_origins origins; /* of their lines */
};

/* As job.h has it; `struct taxing` is the chunk's state. */
MUST_CHECK bool taxing_load(const struct job_ctx *ctx, const struct chunk_range *range,
                            struct chunk *chunk, struct error *err);

/* NULL: it is none of the chunk's. */
const struct draft_place *taxing_find(const struct taxing *taxing, int64_t invoice_id);

/* The taxes of each line of one of the drafts, without amounts. In the arena. */
MUST_CHECK bool taxing_choose(const struct job_ctx *ctx, const struct taxing *taxing,
                              const struct draft *draft, struct arena *arena,
                              struct tax_line **ret_lines, struct error *err);

/* Whether they can be chosen; the arena is for the way there. */
MUST_CHECK bool taxing_can(const struct job_ctx *ctx, const struct taxing *taxing,
                           const struct draft *draft, struct arena *arena, bool *ret_can,
                           struct error *err);

#endif
