/* Which parts of documents count against the limits of projects and members
 * (core/billing/credit_limit.h), in the order of the lines, then of project and member. */
#ifndef BILLMILL_STORES_LIMIT_PARTS_H
#define BILLMILL_STORES_LIMIT_PARTS_H

#include "core/stores/credit_limit_store.h"
#include "core/stores/draft_store.h"
#include "core/stores/usage_share_store.h"

/* A limit in a month; invoice-finalize moves it. */
struct month_limit {
    const struct stored_holder *holder;
    const char *month;
    struct credit_limit limit; /* what is used with it */
    bool is_stored;
    size_t move; /* its row of the chunk, from 1; 0: it has none yet */
    size_t next; /* of the same holder, from 1; 0: none */
};

struct limits {
    struct usage_share_row *shares;
    size_t share_count;
    struct subscription_owner *owners;
    size_t owner_count;
    struct stored_holder *holders; /* with a limit */
    size_t *newest;                /* of each: its month_limit, from 1; 0: none yet */
    size_t holder_count;
    struct stored_limit_use *uses;
    size_t use_count;
    struct month_limits ARRAY_OF(struct month_limit) months;
};

/* What of a document its parts follow from. */
struct limit_document {
    int64_t invoice_id;
    struct currency currency;
    const struct stored_line *lines;
    size_t line_count;
    const struct stored_tax *taxes;
    size_t tax_count;
    const struct money *paid; /* of each line, by units: no part of what counts; NULL: nothing */
};

/* Of documents of one tenant. Where nobody has a share of any it costs one question. */
MUST_CHECK bool limits_load(struct db *db, int64_t tenant_id,
                            const struct limit_document *documents, size_t count,
                            struct arena *arena, struct limits *ret_limits, struct error *err);

/* Whose a part is; indexes are of `months`. */
struct limited_part {
    struct credit_limit_part part;
    int64_t customer_id;
    const char *project, *member, *month; /* "": none with a limit */
};
struct limited_parts ARRAY_OF(struct limited_part);

/* The list in the scratch; its texts, and what is opened of limits, in the arena. */
MUST_CHECK bool limits_find_parts(struct limits *limits, const struct limit_document *document,
                                  struct arena *arena, struct arena *scratch,
                                  struct limited_parts *ret_parts, struct error *err);

#endif
