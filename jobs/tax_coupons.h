/* What coupons take off a draft before its tax is computed (DOMAIN 4).
 *
 * 1. Redemptions apply in the order of their day, then by name; a customer's to the lines of his
 * subscriptions and to all of an invoice that he pays, a subscription's to its own lines.
 * 2. The date of an invoice is its cutoff. Nothing is asked of today.
 * 3. A draft takes its coupons after the payer's drafts before it (invoice_draft_order) have: what
 * those take is computed here again, so it does not matter whether they are taxed already, or by
 * whom. One that cannot be taxed, or that is parked or given up, takes nothing from those behind
 * it; when it is billed after all, it has what they left. What bills an invoice again takes what
 * that invoice took.
 * 4. A coupon that found nothing to take off an invoice was not applied to it.
 * 5. No coupon takes anything off a line that gives back (core/billing/give_back.h); its discount
 * is what of the lines that it gives back of was not paid: what coupons took of them, also on a
 * draft that is not taxed yet, and what credit notes gave back of them already.
 * 6. A coupon whose duration is limited is used up by what it took off in the end: not by an
 * invoice that is void or was billed again since, nor where all that it cut was credited, or was
 * reversed by drafts up to the one at hand, and nothing that replaces it has the coupon (rules 4
 * and 5 of coupon_keep.h). What was taxed already counts even where it comes after the draft, which
 * became known late; the rest of an amount is an account over all of them (coupon_rest). What this
 * pass computed of drafts before it counts as if it were stored.
 * 7. What credit notes gave back of a period, and a line that gives back therefore did not, is off
 * what is charged instead (core/billing/forgiven.h).
 * 8. A charge that replaces others has the coupons that these had, and no others, by whatever
 * draft it is billed (core/billing/coupon_keep.h). That counts as no invoice of the coupon. Where
 * the coupon was free since, and others took it, it is not given once more.
 * 9. All drafts of a payer, and of those who share redemptions with him (tax_sharing.h), are taxed
 * by one worker, from one view of the database. Whoever else
 * adds or takes back uses of the same redemption meanwhile (a customer has got another payer, a
 * draft is taken back) comes before or after that: COUPON_CHANGED. */
#ifndef BILLMILL_JOBS_TAX_COUPONS_H
#define BILLMILL_JOBS_TAX_COUPONS_H

#include "core/billing/coupon.h"
#include "core/billing/discount.h"
#include "core/stores/coupon_store.h"

/* What a coupon takes off one line, by its index; more than zero. */
struct draft_cut {
    size_t line;
    struct money off;
    bool is_kept; /* of what the line replaces: rule 8 */
};

struct draft_coupon {
    const struct coupon_redemption *redemption;
    struct money discount;
    struct money carried;
    const struct draft_cut *cuts;
    size_t cut_count;
};

struct draft_coupons {
    struct draft_coupon *items;
    size_t count;
    const struct coupon_draft *draft; /* NULL: it is not among the payer's */
    const struct money *unpaid;       /* of each line of the draft: rule 5, else zero */
    const struct money *forgiven;     /* of each line: rules 5 and 7; to be added to either */
};

/* A draft with its coupons, or why it cannot have them. */
struct applied_draft {
    int64_t invoice_id;
    const struct error *why; /* ERROR_ITEM; NULL: it has them */
    struct draft_coupons coupons;
};

/* All of the payer's drafts in one go, *ret_applied by invoice_id; in the arena. An error of one of
 * them is its own: it takes nothing from those behind it. Nor do those that are `left_out` (of each
 * draft; NULL: none), which are not billed now, and have no coupons. "not_taxed_yet": it gives back
 * of a draft of somebody else, of a later one, or of one of these, without taxes. */
MUST_CHECK bool tax_coupons_apply(const struct coupon_payer *payer, const bool *left_out,
                                  enum coupon_stacking stacking, enum rounding rounding,
                                  struct arena *arena, const struct applied_draft **ret_applied,
                                  struct error *err);

/* Of one of them; none when it is not among them. */
MUST_CHECK bool applied_draft_find(const struct applied_draft *applied, size_t count,
                                   int64_t invoice_id, struct draft_coupons *ret_coupons,
                                   struct error *err);

/* The discount of each line of the draft, with all that is off it: the line's own, coupons, what is
 * not given back. In the arena. */
MUST_CHECK bool draft_coupons_discounts(const struct draft_coupons *coupons, struct arena *arena,
                                        const struct money **ret_discounts, struct error *err);

/* Whether one redemption applies to one document, and by what. */
struct coupon_outcome {
    enum coupon_verdict verdict;
    struct coupon_use use;
};

/* Of the one draft of `payer`, as coupon_store_load_document gives both: what is decided of each of
 * the redemptions, by the same steps. In the arena. */
MUST_CHECK bool tax_coupons_judge(const struct coupon_payer *payer, enum coupon_stacking stacking,
                                  enum rounding rounding, struct arena *arena,
                                  const struct coupon_outcome **ret_outcomes, struct error *err);

#endif
