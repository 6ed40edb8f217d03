/* Which taxes a line of a draft has: by its buyer and the rates that hold on its tax point
 * (core/billing/tax.h), but of a line that gives back, and of one that is charged in place of what
 * was taken back, and of usage that came late, those with which that was billed (rule 5 of
 * core/billing/give_back.h). What that is may be on a draft without taxes: it has them by these
 * rules too. */
#ifndef BILLMILL_JOBS_TAX_CHOICE_H
#define BILLMILL_JOBS_TAX_CHOICE_H

#include "core/billing/tax.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/draft_store.h"
#include "core/stores/give_back_store.h"

/* A draft without taxes, and what was chosen for lines of it that take the taxes of others. */
struct tax_origin_draft {
    const struct draft *draft;
    struct tax_choices **chosen; /* of each line, NULL: not yet; NULL: of none */
};

/* What lines of the drafts of a chunk are of, with the taxes of that. */
struct tax_origins {
    struct tax_origin_draft *drafts; /* by invoice_id; those of the chunk, and what these are of */
    size_t draft_count;
    const struct stored_billed_line *lines; /* by the line that gives back, then as billed */
    size_t line_count;
    const struct stored_tax *taxes; /* by invoice */
    size_t tax_count;
    struct arena *arena; /* of what was chosen */
};

/* One or two statements where any line is of another one; a few more where such a one is on an
 * untaxed draft of another payer: who pays for a subscription changes, and a draft may wait for its
 * taxes. In the arena, which is that of what will be chosen too; it refers to `drafts`. */
MUST_CHECK bool tax_origins_load(struct db *db, int64_t tenant_id, const struct draft *drafts,
                                 size_t count, struct arena *arena, struct tax_origins *ret_origins,
                                 struct error *err);

struct tax_chooser {
    const struct billing_catalog *catalog;
    enum missing_tax_rate missing;
    const struct tax_origins *origins;
    struct arena *arena;
};

/* Of a line of one of the origins' drafts; what it takes of others is found once. A line of a draft
 * without taxes has those that it will have, by the buyer of that draft. ERROR_ITEM as tax_choose;
 * ERROR_RUN where what is stored of the other line's taxes is wrong. */
MUST_CHECK bool tax_choice_make(const struct tax_chooser *chooser, const struct draft *draft,
                                const struct stored_line *line, struct tax_choices *ret_choices,
                                struct error *err);

/* Whether both lines of the draft are known to have the same taxes without choosing them. */
bool tax_choice_is_same(const struct tax_chooser *chooser, const struct draft *draft,
                        const struct stored_line *line, const struct stored_line *other);

#endif
