/* Coupons as tax applies them: the redemptions of the payers of a chunk's drafts, with what they
 * were applied to before, and all untaxed drafts of these payers. What is taken off a draft follows
 * from those before it, in invoice_draft_order; so it is the same whichever worker taxes which
 * payer, and however often (jobs/tax_coupons.h). With the lines that give back
 * come those that were billed of the same price. */
#ifndef BILLMILL_STORES_COUPON_STORE_H
#define BILLMILL_STORES_COUPON_STORE_H

#include "core/storage/bulk.h"
#include "core/stores/forgiven_store.h"
#include "core/stores/give_back_store.h"

/* A line is covered that has all that it says. */
struct coupon_scope {
    int64_t coupon_id;
    int64_t plan_id, product_id; /* DB_I64_NONE: any */
};

struct coupon_past_use {
    int64_t payer_id, coupon_id, customer_id, subscription_id;
    int64_t taken_minor; /* without what was kept of what its invoice replaces */
    const char *draft_key;
    const char *number;    /* NULL: not finalized */
    const char *corrects;  /* of what its invoice bills again, or NULL */
    struct date undone_on; /* from the cutoff on nothing of it is left: what it took off was taken
                              back, or given back with its document; DATE_NONE: something is */
    struct date again_on;  /* the cutoff of what bills its invoice again; DATE_NONE: nothing does */
};

struct coupon_redemption {
    int64_t payer_id, coupon_id, customer_id;
    int64_t subscription_id;                      /* 0: of all that the customer has */
    const char *coupon, *customer, *subscription; /* "": of no subscription */
    struct date at_on;
    const char *percent, *amount, *minimum_amount; /* NULL: not given */
    struct currency currency;                      /* of the amounts */
    const char *duration;
    int64_t repeat_count; /* DB_I64_NONE: not of a repeating one */
    bool first_purchase;
    struct date valid_from, valid_to;
    int64_t pays_id;   /* who pays for its customer today */
    int64_t purchases; /* of the payer before it was redeemed; of a first purchase only */
    int64_t changes;   /* of its uses, so far */
    const struct coupon_redemption *sharing; /* the same as each has it who shares it */
    size_t sharing_count;                    /* 0: nobody does */
    const struct coupon_scope *scopes;
    size_t scope_count;                 /* 0: all lines */
    const struct coupon_past_use *uses; /* by draft_key; of percentages for ever none */
    size_t use_count;
};

struct coupon_draft_line {
    int64_t payer_id, invoice_id, line;
    const char *kind;
    struct date period_start_on, period_end_on;
    struct date full_start_on, full_end_on; /* of the period that contains it */
    int64_t amount_minor, discount_minor;
    int64_t subscription_id, customer_id, plan_id, product_id, price_id;
    int64_t charge_basis; /* enum charge_basis */
};

/* Of a line of a draft that may replace others (core/billing/coupon_keep.h), where something was
 * ever corrected also of one that gives back: a line that was taxed before, of the same
 * subscription and period; once for each coupon that cut it. */
struct coupon_line_before {
    int64_t payer_id, keeping_invoice_id, keeping_line;
    const char *draft_key;
    int64_t line;
    const char *kind;
    struct date period_start_on, period_end_on;
    int64_t price_id, charge_basis;
    int64_t amount_minor, discount_minor;
    int64_t coupon_minor; /* of the discount, with what was forgiven */
    bool is_turned, is_void;
    bool is_given_back;                              /* void, or credited whole */
    int64_t coupon_id, customer_id, subscription_id; /* DB_I64_NONE: no coupon cut it */
    int64_t cut_minor;
    bool is_kept;
};

struct coupon_draft {
    int64_t payer_id, invoice_id;
    const char *draft_key;
    const char *corrects; /* the number of the invoice that it bills again, or NULL */
    struct currency currency;
    struct date cutoff_on;
    const struct coupon_draft_line *lines;
    size_t line_count;
};

/* Who shares redemptions with others (coupon_families.h) has all but payer_id with them. */
struct coupon_payer {
    int64_t payer_id;
    size_t family; /* the place of the one whom all share it with; his own */
    const struct coupon_redemption *redemptions; /* in the order in which they apply */
    size_t redemption_count;
    const struct coupon_draft *drafts; /* by invoice_draft_order */
    size_t draft_count;
    const struct stored_billed_line *billed; /* of these drafts' lines that give back, by them */
    size_t billed_count;
    const struct stored_forgiven *forgiven; /* of the accounts of their lines; in any order */
    size_t forgiven_count;
    const struct coupon_line_before *before; /* by invoice and line that may replace them */
    size_t before_count;
};

struct coupon_payers {
    struct coupon_payer *items; /* by payer_id */
    size_t count;
};

/* Payers whose drafts have lines that give back, or to whom something was credited:
 * ascending, each once. */
struct giving_payers {
    const int64_t *ids;
    size_t count;
};

/* Of the payers ($after, $last] of untaxed drafts that have redemptions, and of `giving`: a few
 * statements for all of them, one where the tenant has neither redemptions nor corrections. With
 * those who share redemptions with them, wherever they are: a few for each who paid before somebody
 * else does. In the arena. Several statements: in one view of the database. */
MUST_CHECK bool coupon_store_load(struct db *db, int64_t tenant_id, int64_t after_id,
                                  int64_t last_id, struct date business_date,
                                  struct giving_payers giving, struct arena *arena,
                                  struct coupon_payers *ret_payers, struct error *err);

/* The payer of one document with this as his only draft, as it was before its coupons: for its
 * explanation. What it gives back of is not loaded. */
MUST_CHECK bool coupon_store_load_document(struct db *db, int64_t tenant_id, int64_t invoice_id,
                                           struct arena *arena, struct coupon_payer *ret_payer,
                                           struct error *err);

/* How often the payer had bought before it was redeemed. */
int64_t coupon_redemption_purchases(const struct coupon_redemption *redemption, int64_t payer_id);

const struct coupon_payer *coupon_payer_find(const struct coupon_payers *payers, int64_t payer_id);

/* ---- what tax writes of them */

struct coupon_applied_row {
    int64_t tenant_id, invoice_id, coupon_id, customer_id, subscription_id;
    struct currency currency;
    int64_t discount_minor, carried_minor;
};
extern const struct bulk_table COUPON_USE_ADD;

/* Whoever adds or removes uses of a redemption has counted them: nobody else has done so since, or
 * it is ERROR_RETRY and they are counted again. One row for each redemption, with others of a
 * chunk. */
struct coupon_changed_row {
    int64_t tenant_id, coupon_id, customer_id, subscription_id;
    int64_t changes; /* that were counted */
    int64_t changes_then;
};
extern const struct bulk_table COUPON_CHANGED;

struct coupon_cut_row {
    int64_t tenant_id, invoice_id, line, coupon_id, customer_id, subscription_id;
    int64_t discount_minor;
    bool kept;
};
extern const struct bulk_table COUPON_LINE_ADD;

/* The whole discount of a line, and what of it is forgiven; with its tax, as LINE_TAXED has it. */
struct line_discounted_row {
    int64_t tenant_id, invoice_id, line;
    int64_t discount_minor, forgiven_minor; /* DB_I64_NONE: nothing is */
    int64_t tax_minor;
    int64_t tax; /* DB_I64_NONE: none */
};
extern const struct bulk_table LINE_DISCOUNTED;

#endif
