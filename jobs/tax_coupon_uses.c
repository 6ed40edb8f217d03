/* How often a coupon was used before a draft: rule 6 of tax_coupons.h. What was stored and what
 * this pass computed of drafts before it count alike, so that it does not matter who taxed these.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/correction.h"
#include "core/billing/invoice.h"
#include "jobs/tax_applying.h"

/* ---------------------------------------------------------------- what drafts reverse */

static const char reversal[] = "reversal:";

static int compare_reversals(const void *a, const void *b)
{
    const struct draft_reversal *left = a, *right = b;
    if (left->subscription_id != right->subscription_id)
        return left->subscription_id < right->subscription_id ? -1 : 1;
    if (left->price_id != right->price_id)
        return left->price_id < right->price_id ? -1 : 1;
    int order = date_compare(left->start_on, right->start_on);
    return order != 0 ? order : strcmp(left->kind, right->kind);
}

void coupon_uses_begin(struct applying *applying)
{
    const struct coupon_payer *payer = applying->payer;
    struct draft_reversals *found = &applying->reversals;
    for (size_t d = 0; payer->redemption_count > 0 && d < payer->draft_count; d++)
        for (size_t i = 0; i < payer->drafts[d].line_count; i++) {
            const struct coupon_draft_line *line = &payer->drafts[d].lines[i];
            if (strncmp(line->kind, reversal, sizeof reversal - 1) == 0)
                ARRAY_ADD(applying->arena, found) = (struct draft_reversal){
                    line->subscription_id, line->price_id, line->period_start_on,
                    line->kind + sizeof reversal - 1, payer->drafts[d].cutoff_on};
        }
    if (found->count > 1)
        qsort(found->items, found->count, sizeof *found->items, compare_reversals);
}

/* By one of the payer's drafts up to the cutoff of the one at hand. */
static bool is_reversed(const struct applying *applying, const struct coupon_draft_line *line,
                        struct date cutoff_on)
{
    const struct draft_reversals *all = &applying->reversals;
    struct draft_reversal key = {line->subscription_id, line->price_id, line->period_start_on,
                                 correction_base_kind(line->kind), cutoff_on};
    for (size_t i =
             array_lower_bound(all->items, all->count, sizeof *all->items, &key, compare_reversals);
         i < all->count && compare_reversals(&all->items[i], &key) == 0; i++)
        if (date_compare(all->items[i].cutoff_on, cutoff_on) <= 0)
            return true;
    return false;
}

/* ---------------------------------------------------------------- what is a use no more */

static const struct coupon_draft *at_hand(const struct applying *applying)
{
    return applying->done.items[applying->done.count - 1].draft;
}

static bool does_keep(const struct applying *applying, const struct revived_use *revived)
{
    const struct done_draft *done = &applying->done.items[revived->done];
    const struct line_cuts *cuts = &done->cuts[revived->line];
    if (revived->done + 1 == applying->done.count)
        return true; /* it is about to */
    for (size_t c = 0; c < cuts->count; c++)
        if (cuts->items[c].is_kept && cuts->items[c].redemption == revived->redemption)
            return !is_reversed(applying, &done->draft->lines[revived->line],
                                at_hand(applying)->cutoff_on);
    return false;
}

static bool is_revived(const struct applying *applying, size_t redemption, const char *draft_key)
{
    for (size_t i = 0; i < applying->revived.count; i++) {
        const struct revived_use *revived = &applying->revived.items[i];
        if (revived->redemption == redemption && text_equal(revived->draft_key, draft_key) &&
            does_keep(applying, revived))
            return true;
    }
    return false;
}

static bool is_undone(const struct applying *applying, const struct coupon_past_use *use)
{
    return !date_is_none(use->undone_on) &&
           date_compare(use->undone_on, at_hand(applying)->cutoff_on) <= 0;
}

/* The same of a draft that is done: all that it cut is reversed. */
static bool is_done_undone(const struct applying *applying, const struct done_draft *done,
                           size_t redemption)
{
    const struct draft_coupon *coupon = &done->coupons[redemption];
    for (size_t c = 0; c < coupon->cut_count; c++)
        if (!coupon->cuts[c].is_kept &&
            !is_reversed(applying, &done->draft->lines[coupon->cuts[c].line],
                         at_hand(applying)->cutoff_on))
            return false;
    return true;
}

/* By what is stored, or computed here; whoever keeps it since. */
static bool is_taken_back(const struct applying *applying, size_t redemption, const char *draft_key)
{
    const struct coupon_redemption *redeemed = &applying->payer->redemptions[redemption];
    for (size_t i = 0; i < redeemed->use_count; i++)
        if (text_equal(redeemed->uses[i].draft_key, draft_key))
            return is_undone(applying, &redeemed->uses[i]);
    if (applying->reversals.count == 0)
        return false; /* nor is what is done: a payer may have thousands of drafts */
    for (size_t i = 0; i + 1 < applying->done.count; i++)
        if (text_equal(applying->done.items[i].draft->draft_key, draft_key))
            return is_done_undone(applying, &applying->done.items[i], redemption);
    return false;
}

bool coupon_uses_is_undone(const struct applying *applying, size_t redemption,
                           const char *draft_key)
{
    return is_taken_back(applying, redemption, draft_key) &&
           !is_revived(applying, redemption, draft_key);
}

/* ---------------------------------------------------------------- counting */

/* What is billed again counts by what bills it again, from the cutoff of that on. */
static bool does_count(const struct applying *applying, size_t redemption,
                       const struct coupon_past_use *use)
{
    const struct coupon_draft *draft = at_hand(applying);
    bool is_replaced =
        !date_is_none(use->again_on) && date_compare(use->again_on, draft->cutoff_on) <= 0;
    bool is_billed_again = draft->corrects != NULL && text_equal(use->number, draft->corrects);
    return !is_replaced && !is_billed_again &&
           (!is_undone(applying, use) || is_revived(applying, redemption, use->draft_key));
}

/* What bills an invoice again, after the draft, is no use beside that of the invoice. */
static bool is_counted_before(const struct applying *applying, size_t redemption,
                              const struct coupon_past_use *use)
{
    const struct coupon_redemption *redeemed = &applying->payer->redemptions[redemption];
    for (size_t i = 0; use->corrects != NULL && i < redeemed->use_count; i++) {
        const struct coupon_past_use *before = &redeemed->uses[i];
        if (text_equal(before->number, use->corrects))
            return does_count(applying, redemption, before) ||
                   is_counted_before(applying, redemption, before);
    }
    return false;
}

/* What a draft that is done took by itself: an amount is of one currency, an invoice of any. */
static bool add_done(const struct done_draft *done, size_t redemption,
                     struct coupon_account *account, struct error *err)
{
    const struct draft_coupon *coupon = &done->coupons[redemption];
    if (coupon->redemption->amount != NULL &&
        !currency_equal(done->draft->currency, account->taken.currency))
        return true;
    account->invoices++;
    for (size_t i = 0; coupon->redemption->amount != NULL && i < coupon->cut_count; i++)
        if (!coupon->cuts[i].is_kept &&
            !money_add(account->taken, coupon->cuts[i].off, &account->taken, err))
            return false;
    return true;
}

/* What was stored, whether it comes before or behind, and what was computed of drafts before it. */
bool coupon_uses_account(const struct applying *applying, size_t redemption,
                         struct coupon_account *ret_account, struct error *err)
{
    const struct coupon_draft *draft = at_hand(applying);
    const struct coupon_redemption *redeemed = &applying->payer->redemptions[redemption];
    struct coupon_account account = {.taken = money_zero(draft->currency)};
    for (size_t i = 0; i < redeemed->use_count; i++) {
        const struct coupon_past_use *stored = &redeemed->uses[i];
        struct money taken = money_of_minor(stored->taken_minor, draft->currency);
        int order = invoice_draft_order(stored->draft_key, draft->draft_key);
        if (order == 0 || !does_count(applying, redemption, stored) ||
            (order > 0 && is_counted_before(applying, redemption, stored)))
            continue;
        account.invoices++;
        if (redeemed->amount != NULL && !money_add(account.taken, taken, &account.taken, err))
            return false;
    }
    for (size_t i = 0; i + 1 < applying->done.count; i++) {
        const struct done_draft *done = &applying->done.items[i];
        if (done->applies[redemption] &&
            !coupon_uses_is_undone(applying, redemption, done->draft->draft_key) &&
            !add_done(done, redemption, &account, err))
            return false;
    }
    *ret_account = account;
    return true;
}

bool coupon_uses_revive(struct applying *applying, size_t redemption, const char *draft_key,
                        size_t line, struct error *err)
{
    const struct coupon_redemption *redeemed = &applying->payer->redemptions[redemption];
    struct coupon_account account;
    struct coupon_terms terms;
    if (!applying_read_terms(redeemed, at_hand(applying)->currency, &terms, err))
        return false;
    if (!is_taken_back(applying, redemption, draft_key))
        return true;
    if (!coupon_uses_account(applying, redemption, &account, err))
        return false;
    if (is_revived(applying, redemption, draft_key) ||
        coupon_has_invoices_left(&terms, account.invoices))
        ARRAY_ADD(applying->arena, &applying->revived) =
            (struct revived_use){redemption, draft_key, applying->done.count - 1, line};
    return true;
}
