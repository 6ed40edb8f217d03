/* The parts of which coupon_store.h makes payers, of all of a range or of one document: each a list
 * by a statement of its own, payer by payer. */
#ifndef BILLMILL_STORES_COUPON_PARTS_H
#define BILLMILL_STORES_COUPON_PARTS_H

#include "core/stores/coupon_store.h"

/* Rows of all payers, payer by payer, and how many of them are given out. */
struct coupon_list {
    void *items;
    size_t count;
    size_t next;
};

enum { COUPON_RANGE_ARGS = 4, COUPON_DRAFT_ARGS, COUPON_DOCUMENT_ARGS = 2 };

/* By which the parts are asked for. */
struct coupon_statements {
    enum statement_id redemptions, scopes, uses, drafts, lines, before;
    size_t range_args, draft_args;
};
struct coupon_parts {
    struct db *db;
    const struct coupon_statements *statements;
    struct db_value
        args[COUPON_DRAFT_ARGS + 1]; /* tenant, after, last, day; whether drafts of all are wanted;
                                 or tenant, document; then whether anything was ever corrected */
    struct arena *arena;
    struct giving_payers giving;
    size_t next_giving;
    struct coupon_list redemptions;
    struct coupon_list scopes; /* by coupon_id */
    struct coupon_list uses;   /* in the order of their redemptions */
    struct coupon_list drafts;
    struct coupon_list lines; /* in the order of their drafts */
    struct coupon_list billed;
    struct coupon_list forgiven;
    struct coupon_list before;
};
extern const struct coupon_statements COUPON_PARTS_OF_RANGE, COUPON_PARTS_OF_DOCUMENT;

/* With their scopes and uses. */
MUST_CHECK bool coupon_parts_redemptions(struct coupon_parts *parts, struct error *err);

/* With their lines. */
MUST_CHECK bool coupon_parts_drafts(struct coupon_parts *parts, struct error *err);

/* What the drafts give back of, where they do. */
MUST_CHECK bool coupon_parts_billed(struct coupon_parts *parts, struct error *err);

/* What is forgiven of their days, with its payers, who may give nothing back now. */
MUST_CHECK bool coupon_parts_forgiven(struct coupon_parts *parts, struct error *err);

/* What their lines may replace, where they may. */
MUST_CHECK bool coupon_parts_before(struct coupon_parts *parts, struct error *err);

#endif
