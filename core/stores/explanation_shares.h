/* explain: whose the usage of each line is, and what of an invoice counts against which limits. */
#ifndef BILLMILL_STORES_EXPLANATION_SHARES_H
#define BILLMILL_STORES_EXPLANATION_SHARES_H

#include "core/stores/credit_account.h"
#include "core/stores/limit_parts.h"

/* Of a line: what of its value (with tax, less coupons) is whose. */
struct explained_shares {
    int64_t line;
    struct money value;
    struct usage_shares shares; /* as stored */
    struct money *parts;        /* of each */
};

/* A part that has limits: the project's, the member's or both. */
struct explained_limit {
    struct money value; /* of this invoice */
    struct money paid;  /* of it by credits, overdrafts among them */
    const char *project, *member, *month;
    const struct month_limit *project_limit, *member_limit; /* as they are now; NULL: none */
};

struct explained_credit_parts {
    struct account_unit_movement *units; /* what units paid, by line */
    size_t unit_count;
    struct explained_shares *lines; /* those that have any, in order */
    size_t line_count;
    struct explained_limit *limits; /* in the order in which credits pay */
    size_t limit_count;
};

/* `movements` are the draws and overdrafts of the document. In the arena. */
MUST_CHECK bool explained_credit_parts_load(struct db *db, int64_t tenant_id, int64_t customer_id,
                                            const struct limit_document *document,
                                            const struct account_movement *movements,
                                            size_t movement_count, struct arena *arena,
                                            struct explained_credit_parts *ret_parts,
                                            struct error *err);

#endif
