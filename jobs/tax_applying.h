/* What the parts of tax_coupons.h share: which coupons a draft takes (tax_coupons.c), which its
 * charges keep of what they replace (tax_kept_coupons.c), what it does not give back
 * (tax_give_back.c). Everything is in the arena of `applying`. */
#ifndef BILLMILL_JOBS_TAX_APPLYING_H
#define BILLMILL_JOBS_TAX_APPLYING_H

#include "core/base/array.h"
#include "core/billing/coupon.h"
#include "jobs/tax_coupons.h"

/* What coupons took of a line; redemptions are places in those of the payer. */
struct line_cut {
    size_t redemption;
    struct money off;
    bool is_kept;
    const struct coupon_past_use *use; /* as which it is stored; NULL: it was computed here */
};
struct line_cuts ARRAY_OF(struct line_cut);

struct line_place {
    int64_t subscription_id;
    struct date start_on;
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
    struct line_place *by_day;       /* of each subscription */
    struct coupon_outcome *outcomes; /* of each redemption */
};

/* A use that was taken back, but counts: the draft at hand has charges that keep it. */
struct revived_use {
    size_t redemption;
    const struct coupon_past_use *use;
};

struct applying {
    const struct coupon_payer *payer;
    enum coupon_stacking stacking;
    enum rounding rounding;
    struct arena *arena;
    struct coupon_account *computed; /* of each redemption, by the drafts that are done */
    struct done_drafts ARRAY_OF(struct done_draft) done;
    bool has_forgiven; /* of a line of one of them something is */
    struct lines_of_day ARRAY_OF(struct forgiven_line) of_day; /* of the charge at hand */
    struct revived_uses ARRAY_OF(struct revived_use) revived;
    size_t covered_count; /* lines that coupons cover, each as often as it is covered */
};

struct done_draft *applying_draft(struct applying *applying);

bool applying_gives_back(const struct coupon_draft *draft, size_t line);
bool applying_covers(const struct coupon_redemption *redemption, const struct coupon_draft *draft,
                     const struct coupon_draft_line *line);
bool applying_has_currency(const struct coupon_redemption *redemption,
                           const struct coupon_draft *draft);
MUST_CHECK bool applying_read_terms(const struct coupon_redemption *redemption,
                                    struct currency currency, struct coupon_terms *ret_terms,
                                    struct error *err);
/* Of all that count but the draft itself. */
MUST_CHECK bool applying_account(const struct applying *applying, const struct coupon_draft *draft,
                                 size_t redemption, struct coupon_account *ret_account,
                                 struct error *err);

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

#endif
