/* Coupons of a draft: see tax_coupons.h. */
#include "jobs/tax_coupons.h"

#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/billing/coupon.h"
#include "core/billing/invoice.h"

/* What was computed here for an earlier draft. */
struct earlier_use {
    const struct coupon_redemption *redemption;
    struct money carried;
};

struct coupon_use_state {
    int64_t invoices;
    struct money carried;
};

struct applying {
    const struct coupon_payer *payer;
    enum coupon_stacking stacking;
    enum rounding rounding;
    struct arena *arena;
    struct earlier_uses ARRAY_OF(struct earlier_use) earlier;
};

/* Coupons that apply to a draft, beside each other. */
struct candidates {
    struct coupon *coupons;
    struct coupon_terms *terms;
    const struct coupon_redemption **redemptions;
    size_t count;
};

/* ---------------------------------------------------------------- which lines */

static bool has_scope(const struct coupon_redemption *redemption,
                      const struct coupon_draft_line *line)
{
    for (size_t i = 0; i < redemption->scope_count; i++) {
        const struct coupon_scope *scope = &redemption->scopes[i];
        if ((scope->plan_id == DB_I64_NONE || scope->plan_id == line->plan_id) &&
            (scope->product_id == DB_I64_NONE || scope->product_id == line->product_id))
            return true;
    }
    return redemption->scope_count == 0;
}

static bool covers(const struct coupon_redemption *redemption, const struct coupon_draft *draft,
                   const struct coupon_draft_line *line)
{
    struct date day = invoice_line_day(draft->cutoff_on, line->period_start_on);
    bool is_whose = redemption->subscription_id != 0
                        ? redemption->subscription_id == line->subscription_id
                        : redemption->customer_id == redemption->payer_id ||
                              redemption->customer_id == line->customer_id;
    return is_whose && date_compare(redemption->at_on, day) <= 0 && has_scope(redemption, line);
}

static struct money net_of(const struct coupon_draft *draft, size_t line)
{
    return money_of_minor(draft->lines[line].amount_minor - draft->lines[line].discount_minor,
                          draft->currency);
}

/* The lines that it covers, and their sum without negative ones. */
static bool find_lines(const struct applying *applying, const struct coupon_draft *draft,
                       const struct coupon_redemption *redemption, struct coupon *coupon,
                       struct money *ret_covered, struct error *err)
{
    size_t *lines = ARENA_NEW_ARRAY(applying->arena, size_t, draft->line_count + 1);
    *ret_covered = money_zero(draft->currency);
    for (size_t i = 0; i < draft->line_count; i++) {
        struct money net = net_of(draft, i);
        if (!covers(redemption, draft, &draft->lines[i]))
            continue;
        lines[coupon->line_count++] = i;
        if (money_sign(net) > 0 && !money_add(*ret_covered, net, ret_covered, err))
            return false;
    }
    coupon->lines = lines;
    return true;
}

/* ---------------------------------------------------------------- whether it applies */

static bool read_terms(const struct coupon_redemption *redemption, struct currency currency,
                       struct coupon_terms *terms, struct error *err)
{
    *terms = (struct coupon_terms){.repeat_count = redemption->repeat_count,
                                   .valid_from = redemption->valid_from,
                                   .valid_to = redemption->valid_to,
                                   .first_purchase_only = redemption->first_purchase,
                                   .has_minimum = redemption->minimum_amount != NULL};
    return coupon_duration_parse(redemption->duration, &terms->duration, err) &&
           (!terms->has_minimum ||
            money_parse(redemption->minimum_amount, currency, &terms->minimum_amount, err));
}

/* What was stored of drafts with a lower key, then what was computed of them. */
static void count_uses(const struct applying *applying, const struct coupon_draft *draft,
                       const struct coupon_redemption *redemption, struct coupon_use_state *use)
{
    for (size_t i = 0; i < redemption->use_count; i++) {
        const struct coupon_past_use *stored = &redemption->uses[i];
        bool is_billed_again =
            draft->corrects != NULL && text_equal(stored->number, draft->corrects);
        if (strcmp(stored->draft_key, draft->draft_key) >= 0 || is_billed_again)
            continue;
        use->invoices++;
        use->carried = money_of_minor(stored->carried_minor, draft->currency);
    }
    for (size_t i = 0; i < applying->earlier.count; i++) {
        if (applying->earlier.items[i].redemption != redemption)
            continue;
        use->invoices++;
        use->carried = applying->earlier.items[i].carried;
    }
}

/* A coupon of amounts is for drafts of its currency. */
static bool has_currency(const struct coupon_redemption *redemption,
                         const struct coupon_draft *draft)
{
    bool has_amounts = redemption->amount != NULL || redemption->minimum_amount != NULL;
    return !has_amounts || currency_equal(redemption->currency, draft->currency);
}

static bool read_value(const struct coupon_redemption *redemption, const struct coupon_terms *terms,
                       const struct coupon_use *facts, struct coupon *coupon, struct error *err)
{
    struct currency currency = facts->covered_total.currency;
    struct money amount;
    coupon->is_percent = redemption->percent != NULL;
    if (coupon->is_percent) {
        coupon->amount = money_zero(currency);
        return decimal_parse(redemption->percent, &coupon->percent, err);
    }
    return money_parse(redemption->amount, currency, &amount, err) &&
           coupon_available(terms, facts, amount, &coupon->amount, err);
}

/* Adds it where it applies. */
static bool consider(const struct applying *applying, const struct coupon_draft *draft,
                     const struct coupon_redemption *redemption, struct candidates *candidates,
                     struct error *err)
{
    struct coupon *coupon = &candidates->coupons[candidates->count];
    struct coupon_terms *terms = &candidates->terms[candidates->count];
    struct coupon_use_state state = {.carried = money_zero(draft->currency)};
    enum coupon_verdict verdict;
    if (!has_currency(redemption, draft))
        return true;
    *coupon = (struct coupon){0};
    count_uses(applying, draft, redemption, &state);
    struct coupon_use facts = {.on = draft->cutoff_on,
                               .redeemed_on = redemption->at_on,
                               .invoices_before = state.invoices,
                               .purchases_before = redemption->purchases,
                               .carried = state.carried};
    if (!find_lines(applying, draft, redemption, coupon, &facts.covered_total, err) ||
        !read_terms(redemption, draft->currency, terms, err) ||
        !coupon_judge(terms, &facts, &verdict, err))
        return false;
    if (verdict != COUPON_APPLIES || coupon->line_count == 0)
        return true;
    if (!read_value(redemption, terms, &facts, coupon, err))
        return false;
    candidates->redemptions[candidates->count++] = redemption;
    return true;
}

/* ---------------------------------------------------------------- one draft after the other */

static struct candidates start_candidates(const struct applying *applying)
{
    size_t most = applying->payer->redemption_count;
    struct arena *arena = applying->arena;
    return (struct candidates){.coupons = ARENA_NEW_ARRAY(arena, struct coupon, most),
                               .terms = ARENA_NEW_ARRAY(arena, struct coupon_terms, most),
                               .redemptions = (const struct coupon_redemption **)arena_alloc_array(
                                   arena, most, sizeof(const struct coupon_redemption *))};
}

static void keep_applied(const struct applying *applying, const struct candidates *candidates,
                         const struct discount_result *result, const struct coupon_draft *draft,
                         struct draft_coupons *coupons)
{
    *coupons = (struct draft_coupons){
        .items = ARENA_NEW_ARRAY(applying->arena, struct draft_coupon, candidates->count + 1),
        .draft = draft};
    for (size_t i = 0; i < candidates->count; i++)
        if (money_sign(result->coupon_discounts[i]) > 0)
            coupons->items[coupons->count++] = (struct draft_coupon){
                .redemption = candidates->redemptions[i],
                .discount = result->coupon_discounts[i],
                .carried = coupon_carried(&candidates->terms[i], result->unused[i]),
                .off_lines = &result->parts[i * draft->line_count]};
}

static bool apply_to(const struct applying *applying, const struct coupon_draft *draft,
                     struct draft_coupons *coupons, struct error *err)
{
    struct candidates candidates = start_candidates(applying);
    struct money *amounts = ARENA_NEW_ARRAY(applying->arena, struct money, draft->line_count + 1);
    struct discount_result result;
    for (size_t i = 0; i < draft->line_count; i++)
        amounts[i] = net_of(draft, i);
    for (size_t i = 0; i < applying->payer->redemption_count; i++)
        if (!consider(applying, draft, &applying->payer->redemptions[i], &candidates, err))
            return error_context(err, "coupon %s", applying->payer->redemptions[i].coupon);
    if (!discount_apply(amounts, draft->line_count, candidates.coupons, candidates.count,
                        applying->stacking, draft->currency, applying->rounding, applying->arena,
                        &result, err))
        return false;
    keep_applied(applying, &candidates, &result, draft, coupons);
    return true;
}

bool tax_coupons_apply(const struct coupon_payer *payer, int64_t invoice_id,
                       enum coupon_stacking stacking, enum rounding rounding, struct arena *arena,
                       struct draft_coupons *ret_coupons, struct error *err)
{
    struct applying applying = {
        .payer = payer, .stacking = stacking, .rounding = rounding, .arena = arena};
    *ret_coupons = (struct draft_coupons){0};
    for (size_t i = 0; i < payer->draft_count; i++) {
        struct draft_coupons coupons;
        if (!apply_to(&applying, &payer->drafts[i], &coupons, err))
            return false;
        if (payer->drafts[i].invoice_id == invoice_id) {
            *ret_coupons = coupons;
            return true;
        }
        for (size_t c = 0; c < coupons.count; c++)
            ARRAY_ADD(arena, &applying.earlier) =
                (struct earlier_use){coupons.items[c].redemption, coupons.items[c].carried};
    }
    return true;
}
