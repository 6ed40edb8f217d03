/* What the parts of tax_coupons.h share: which coupons a draft takes (tax_coupons.c), of which of
 * its lines (tax_covered.c), how often they were used before it (tax_coupon_uses.c), which its
 * charges keep of what they replace (tax_kept_coupons.c, by the lines that tax_near_lines.c brings
 * together), what it does not give back (tax_give_back.c). Everything is in the arena of
 * `applying`. */
#ifndef BILLMILL_JOBS_TAX_APPLYING_H
#define BILLMILL_JOBS_TAX_APPLYING_H

#include "core/base/array.h"
#include "core/billing/coupon.h"
#include "core/billing/coupon_keep.h"
#include "jobs/tax_coupons.h"

/* What coupons took of a line; redemptions are places in those of the payer. */
struct line_cut {
    size_t redemption;
    struct money off;
    bool is_kept;
    const char *draft_key; /* of the document of the line: it is a use of that, unless it is kept */
};
struct line_cuts ARRAY_OF(struct line_cut);

struct line_place {
    int64_t subscription_id;
    size_t line;
};

/* A draft that is done, or is being done. */
struct done_draft {
    const struct coupon_draft *draft;
    struct line_cuts *cuts; /* of each line */
    struct money *nets;     /* of each line: before coupons */
    struct money *unpaid;   /* of each line */
    struct money *forgiven; /* of each line */
    bool *keeps;            /* of each line: it replaces another one (coupon_keep.h) */
    struct line_place *by_subscription;
    struct coupon_outcome *outcomes; /* of each redemption; of those that apply … */
    bool *applies;
    struct money *carried;              /* … what they leave */
    const struct draft_coupon *coupons; /* of each redemption: its cuts */
};

/* A use of which all was reversed, but counts: a charge of a draft that is done, or at hand, keeps
 * it. */
struct revived_use {
    size_t redemption;
    const char *draft_key; /* of the use */
    size_t done, line;     /* the draft and the line that keeps it */
};

/* A line of one of the payer's drafts that reverses others. */
struct draft_reversal {
    int64_t subscription_id, price_id;
    struct date start_on;
    const char *kind; /* of what it reverses */
    struct date cutoff_on;
};

/* Where the payer's draft is among those that are done. */
struct done_place {
    int64_t invoice_id;
    size_t done; /* SIZE_MAX: it is not */
};

/* An account as it was. */
struct account_change {
    struct forgiven_period *period;
    size_t account;
    struct forgiven_account before;
};

struct applying {
    const struct coupon_payer *payer;
    enum coupon_stacking stacking;
    enum rounding rounding;
    struct arena *arena;
    struct done_drafts ARRAY_OF(struct done_draft) done;
    struct done_place *places; /* of all drafts of the payer, by invoice_id */
    struct forgiven_book book; /* of what is there, and of the drafts that are done */
    struct account_changes ARRAY_OF(struct account_change) changes; /* by these */
    struct revived_uses ARRAY_OF(struct revived_use) revived;
    struct draft_reversals ARRAY_OF(struct draft_reversal) reversals; /* by what they reverse */
    size_t covered_count; /* lines that coupons cover, each as often as it is covered */
};

struct done_draft *applying_draft(struct applying *applying);

/* NULL: it is not done. */
const struct done_draft *applying_find(const struct applying *applying, int64_t invoice_id);

bool applying_gives_back(const struct coupon_draft *draft, size_t line);
bool applying_covers(const struct coupon_redemption *redemption, const struct coupon_draft *draft,
                     const struct coupon_draft_line *line);

/* The lines of the draft at hand that the coupon covers, for `coupon`, and their sum without
 * negative ones, for `use`; if there are none, why. ERROR_ITEM "too_many_coupons". */
MUST_CHECK bool applying_find_lines(struct applying *applying, const struct coupon_draft *draft,
                                    const struct coupon_redemption *redemption,
                                    struct coupon *coupon, struct coupon_use *use,
                                    struct error *err);

bool applying_has_currency(const struct coupon_redemption *redemption,
                           const struct coupon_draft *draft);
MUST_CHECK bool applying_read_terms(const struct coupon_redemption *redemption,
                                    struct currency currency, struct coupon_terms *ret_terms,
                                    struct error *err);

/* ---- how often a coupon was used before the draft at hand (rule 6) */

/* Once, before the first draft. */
void coupon_uses_begin(struct applying *applying);
MUST_CHECK bool coupon_uses_account(const struct applying *applying, size_t redemption,
                                    struct coupon_account *ret_account, struct error *err);

/* Whether what the use of that document took off was taken back, and no charge has it since. */
bool coupon_uses_is_undone(const struct applying *applying, size_t redemption,
                           const char *draft_key);

/* The line of the draft at hand keeps the use: it counts, unless others took it meanwhile. */
MUST_CHECK bool coupon_uses_revive(struct applying *applying, size_t redemption,
                                   const char *draft_key, size_t line, struct error *err);

/* ---- what was charged in the period of a line */

/* Of the same subscription and period as a line of the draft at hand. */
struct near_line {
    const char *draft_key;
    int64_t number; /* of the line, in its document */
    struct period_line line;
    struct line_cuts *cuts;
    bool is_own;        /* the line itself */
    bool is_given_back; /* its document is void, or all of it was credited */
};

/* In their order (coupon_keep_order), without what was billed again. */
struct near_lines {
    struct near_line *items;
    struct period_line *lines; /* the same, as the rule reads them */
    size_t count;
    size_t index; /* of the line itself */
};
struct near_lines near_lines_find(struct applying *applying, size_t line);

/* Whether the draft takes something of the subscription back. */
bool near_lines_takes_back(const struct done_draft *done, int64_t subscription_id);

/* Whether a coupon's use was given back with the line that it cut: rule 4 of coupon_keep.h. */
bool near_lines_is_freed(const struct applying *applying, const struct near_lines *near,
                         size_t index, const struct line_cut *cut);

/* The document of which the cut is a use; of one that is kept, that of what it was kept of. NULL:
 * it is not known. */
const char *near_lines_use_of(const struct near_lines *near, size_t index,
                              const struct line_cut *cut);

/* Charges of the draft at hand that replace others: found before its other lines take their
 * coupons, cut after that. */
struct keeping_line;
struct keeping {
    struct keeping_line *lines; /* in the order in which they are cut */
    size_t count;
};
MUST_CHECK bool kept_coupons_find(struct applying *applying, struct keeping *ret_keeping,
                                  struct error *err);
MUST_CHECK bool kept_coupons_apply(struct applying *applying, const struct keeping *keeping,
                                   struct error *err);

/* Rules 5 and 7: what is not paid, and forgiven, of the lines of the draft at hand. */
MUST_CHECK bool give_back_apply(struct applying *applying, struct error *err);

/* As if the drafts were not done by which it was changed, but for so many changes. */
void give_back_take_back(struct applying *applying, size_t change_count);

#endif
