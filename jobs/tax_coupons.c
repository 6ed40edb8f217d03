/* Coupons of a draft: see tax_coupons.h. */
#include <inttypes.h>
#include <stdlib.h>

#include "jobs/tax_applying.h"

/* Coupons that apply to a draft, beside each other. */
struct candidates {
    struct coupon *coupons;
    struct coupon_terms *terms;
    size_t *redemptions; /* their places in those of the payer */
    size_t count;
};

/* ---------------------------------------------------------------- whether it applies */

bool applying_read_terms(const struct coupon_redemption *redemption, struct currency currency,
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

/* A coupon of amounts is for drafts of its currency. */
bool applying_has_currency(const struct coupon_redemption *redemption,
                           const struct coupon_draft *draft)
{
    bool has_amounts = redemption->amount != NULL || redemption->minimum_amount != NULL;
    return !has_amounts || currency_equal(redemption->currency, draft->currency);
}

/* What other invoices had of it. */
static bool take_account(const struct applying *applying, const struct coupon_draft *draft,
                         size_t place, const struct coupon_terms *terms, struct coupon_use *use,
                         struct error *err)
{
    const struct coupon_redemption *redemption = &applying->payer->redemptions[place];
    struct coupon_account account;
    struct money amount;
    if (!coupon_uses_account(applying, place, &account, err))
        return false;
    use->invoices_before = account.invoices;
    use->carried = money_zero(draft->currency);
    return redemption->amount == NULL ||
           (money_parse(redemption->amount, draft->currency, &amount, err) &&
            coupon_rest(terms, &account, amount, &use->invoices_before, &use->carried, err));
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
static bool consider(struct applying *applying, const struct coupon_draft *draft, size_t place,
                     struct candidates *candidates, struct error *err)
{
    const struct coupon_redemption *redemption = &applying->payer->redemptions[place];
    struct coupon *coupon = &candidates->coupons[candidates->count];
    struct coupon_terms *terms = &candidates->terms[candidates->count];
    struct coupon_outcome *outcome = &applying_draft(applying)->outcomes[place];
    outcome->verdict = COUPON_OTHER_CURRENCY;
    if (!applying_has_currency(redemption, draft))
        return true;
    *coupon = (struct coupon){0};
    outcome->use = (struct coupon_use){
        .on = draft->cutoff_on,
        .redeemed_on = redemption->at_on,
        .purchases_before = coupon_redemption_purchases(redemption, draft->payer_id)};
    if (!applying_find_lines(applying, draft, redemption, coupon, &outcome->use, err) ||
        !applying_read_terms(redemption, draft->currency, terms, err) ||
        !take_account(applying, draft, place, terms, &outcome->use, err) ||
        !coupon_judge(terms, &outcome->use, &outcome->verdict, err))
        return false;
    if (outcome->verdict != COUPON_APPLIES)
        return true;
    if (!read_value(redemption, terms, &outcome->use, coupon, err))
        return false;
    candidates->redemptions[candidates->count++] = place;
    return true;
}

/* ---------------------------------------------------------------- one draft after the other */

struct done_draft *applying_draft(struct applying *applying)
{
    return &applying->done.items[applying->done.count - 1];
}

static int compare_done(const void *a, const void *b)
{
    const struct done_place *left = a, *right = b;
    return left->invoice_id < right->invoice_id ? -1 : left->invoice_id > right->invoice_id;
}

static struct done_place *place_of(const struct applying *applying, int64_t invoice_id)
{
    size_t place =
        array_first_of(applying->places, applying->payer->draft_count, sizeof *applying->places,
                       offsetof(struct done_place, invoice_id), invoice_id);
    bool is_there =
        place < applying->payer->draft_count && applying->places[place].invoice_id == invoice_id;
    return is_there ? &applying->places[place] : NULL;
}

const struct done_draft *applying_find(const struct applying *applying, int64_t invoice_id)
{
    const struct done_place *place = place_of(applying, invoice_id);
    if (place == NULL || place->done >= applying->done.count)
        return NULL;
    const struct done_draft *done = &applying->done.items[place->done];
    return done->draft->invoice_id == invoice_id ? done
                                                 : NULL; /* else it failed: another's place */
}

static int compare_places(const void *a, const void *b)
{
    const struct line_place *left = a, *right = b;
    if (left->subscription_id != right->subscription_id)
        return left->subscription_id < right->subscription_id ? -1 : 1;
    return left->line < right->line ? -1 : left->line > right->line;
}

static bool begin_draft(struct applying *applying, const struct coupon_draft *draft,
                        struct error *err)
{
    struct arena *arena = applying->arena;
    size_t redemption_count = applying->payer->redemption_count;
    struct done_draft done = {
        .draft = draft,
        .cuts = ARENA_NEW_ARRAY(arena, struct line_cuts, draft->line_count + 1),
        .nets = ARENA_NEW_ARRAY(arena, struct money, draft->line_count + 1),
        .unpaid = ARENA_NEW_ARRAY(arena, struct money, draft->line_count + 1),
        .forgiven = ARENA_NEW_ARRAY(arena, struct money, draft->line_count + 1),
        .keeps = ARENA_NEW_ARRAY(arena, bool, draft->line_count + 1),
        .by_subscription = ARENA_NEW_ARRAY(arena, struct line_place, draft->line_count + 1),
        .outcomes = ARENA_NEW_ARRAY(arena, struct coupon_outcome, redemption_count + 1),
        .applies = ARENA_NEW_ARRAY(arena, bool, redemption_count + 1),
        .carried = ARENA_NEW_ARRAY(arena, struct money, redemption_count + 1),
    };
    for (size_t i = 0; i < draft->line_count; i++) {
        const struct coupon_draft_line *line = &draft->lines[i];
        if (!money_subtract(money_of_minor(line->amount_minor, draft->currency),
                            money_of_minor(line->discount_minor, draft->currency), &done.nets[i],
                            err))
            return error_context(err, "line %" PRId64, line->line);
        done.unpaid[i] = done.forgiven[i] = money_zero(draft->currency);
        done.by_subscription[i] = (struct line_place){line->subscription_id, i};
    }
    if (draft->line_count > 1)
        qsort(done.by_subscription, draft->line_count, sizeof *done.by_subscription,
              compare_places);
    place_of(applying, draft->invoice_id)->done = applying->done.count;
    ARRAY_ADD(arena, &applying->done) = done;
    return true;
}

static bool take_all(struct applying *applying, struct candidates *candidates, struct error *err)
{
    const struct coupon_draft *draft = applying_draft(applying)->draft;
    size_t most = applying->payer->redemption_count;
    struct arena *arena = applying->arena;
    *candidates = (struct candidates){.coupons = ARENA_NEW_ARRAY(arena, struct coupon, most),
                                      .terms = ARENA_NEW_ARRAY(arena, struct coupon_terms, most),
                                      .redemptions = ARENA_NEW_ARRAY(arena, size_t, most)};
    for (size_t i = 0; i < most; i++)
        if (!consider(applying, draft, i, candidates, err))
            return error_context(err, "coupon %s", applying->payer->redemptions[i].coupon);
    return true;
}

static bool apply_own(struct applying *applying, struct error *err)
{
    const struct done_draft *done = applying_draft(applying);
    const struct coupon_draft *draft = done->draft;
    struct candidates candidates;
    struct discount_result result;
    if (!take_all(applying, &candidates, err) ||
        !discount_apply(done->nets, draft->line_count, candidates.coupons, candidates.count,
                        applying->stacking, draft->currency, applying->rounding, applying->arena,
                        &result, err))
        return false;
    for (size_t i = 0; i < candidates.count; i++) {
        const struct coupon *coupon = &candidates.coupons[i];
        size_t redemption = candidates.redemptions[i];
        if (money_sign(result.coupon_discounts[i]) <= 0) {
            done->outcomes[redemption].verdict =
                result.left_out[i] ? COUPON_ANOTHER_APPLIES : COUPON_NOTHING_LEFT;
            continue;
        }
        done->applies[redemption] = true;
        done->carried[redemption] = coupon_carried(&candidates.terms[i], result.unused[i]);
        for (size_t l = 0; l < coupon->line_count; l++)
            if (money_sign(result.parts[i][l]) > 0)
                ARRAY_ADD(applying->arena, &done->cuts[coupon->lines[l]]) =
                    (struct line_cut){.redemption = redemption,
                                      .off = result.parts[i][l],
                                      .draft_key = draft->draft_key};
    }
    return true;
}

/* Coupon by coupon what was taken line by line; what of each line is not paid is their sum. */
static bool gather_coupons(const struct applying *applying, struct done_draft *done,
                           struct draft_coupons *coupons, struct error *err)
{
    const struct coupon_draft *draft = done->draft;
    size_t redemption_count = applying->payer->redemption_count;
    struct draft_coupon *all =
        ARENA_NEW_ARRAY(applying->arena, struct draft_coupon, redemption_count + 1);
    struct draft_coupon *taken =
        ARENA_NEW_ARRAY(applying->arena, struct draft_coupon, redemption_count + 1);
    struct drafts_cuts ARRAY_OF(struct draft_cut) *cuts =
        arena_alloc_array(applying->arena, redemption_count + 1, sizeof(struct drafts_cuts));
    for (size_t r = 0; r < redemption_count; r++)
        all[r] = (struct draft_coupon){.redemption = &applying->payer->redemptions[r],
                                       .discount = money_zero(draft->currency)};
    for (size_t l = 0; l < draft->line_count; l++)
        for (size_t c = 0; c < done->cuts[l].count; c++) {
            const struct line_cut *cut = &done->cuts[l].items[c];
            ARRAY_ADD(applying->arena, &cuts[cut->redemption]) =
                (struct draft_cut){l, cut->off, cut->is_kept};
            if (!money_add(all[cut->redemption].discount, cut->off, &all[cut->redemption].discount,
                           err) ||
                !money_add(done->unpaid[l], cut->off, &done->unpaid[l], err))
                return false;
        }
    for (size_t r = 0; r < redemption_count; r++) {
        all[r].cuts = cuts[r].items;
        all[r].cut_count = cuts[r].count;
        if (cuts[r].count > 0)
            taken[coupons->count++] = all[r];
    }
    done->coupons = all;
    coupons->items = taken;
    return true;
}

/* An invoice on which nothing but kept ones were taken is none of the coupon's, and leaves what
 * was there. */
static void count_applied(struct applying *applying, struct draft_coupons *coupons)
{
    const struct done_draft *done = applying_draft(applying);
    for (size_t i = 0; i < coupons->count; i++) {
        struct draft_coupon *coupon = &coupons->items[i];
        size_t redemption = (size_t)(coupon->redemption - applying->payer->redemptions);
        const struct coupon_outcome *outcome = &done->outcomes[redemption];
        bool is_overdrawn = money_sign(outcome->use.carried) < 0;
        coupon->carried = done->applies[redemption] ? done->carried[redemption]
                          : is_overdrawn            ? money_zero(coupon->discount.currency)
                                                    : outcome->use.carried;
    }
}

static bool apply_to(struct applying *applying, const struct coupon_draft *draft,
                     struct draft_coupons *coupons, struct error *err)
{
    struct arena *arena = applying->arena;
    struct money *given = ARENA_NEW_ARRAY(arena, struct money, draft->line_count + 1);
    struct keeping keeping;
    *coupons = (struct draft_coupons){.draft = draft, .unpaid = given};
    if (!begin_draft(applying, draft, err) || !kept_coupons_find(applying, &keeping, err) ||
        !apply_own(applying, err) || !kept_coupons_apply(applying, &keeping, err) ||
        !gather_coupons(applying, applying_draft(applying), coupons, err) ||
        !give_back_apply(applying, err))
        return false;
    coupons->forgiven = applying_draft(applying)->forgiven;
    count_applied(applying, coupons);
    for (size_t i = 0; i < draft->line_count; i++)
        given[i] = applying_gives_back(draft, i) ? applying_draft(applying)->unpaid[i]
                                                 : money_zero(draft->currency);
    return true;
}

static struct applying begin_payer(const struct coupon_payer *payer, enum coupon_stacking stacking,
                                   enum rounding rounding, struct arena *arena)
{
    struct applying applying = {
        .payer = payer, .stacking = stacking, .rounding = rounding, .arena = arena};
    applying.places = ARENA_NEW_ARRAY(arena, struct done_place, payer->draft_count + 1);
    for (size_t i = 0; i < payer->draft_count; i++)
        applying.places[i] = (struct done_place){payer->drafts[i].invoice_id, SIZE_MAX};
    if (payer->draft_count > 1)
        qsort(applying.places, payer->draft_count, sizeof *applying.places, compare_done);
    coupon_uses_begin(&applying);
    return applying;
}

bool tax_coupons_judge(const struct coupon_payer *payer, enum coupon_stacking stacking,
                       enum rounding rounding, struct arena *arena,
                       const struct coupon_outcome **ret_outcomes, struct error *err)
{
    struct applying applying = begin_payer(payer, stacking, rounding, arena);
    struct keeping keeping;
    assert(payer->draft_count == 1);
    if (!begin_draft(&applying, &payer->drafts[0], err) ||
        !kept_coupons_find(&applying, &keeping, err) || !apply_own(&applying, err))
        return false;
    *ret_outcomes = applying_draft(&applying)->outcomes;
    return true;
}

static int compare_applied(const void *a, const void *b)
{
    const struct applied_draft *left = a, *right = b;
    return left->invoice_id < right->invoice_id ? -1 : left->invoice_id > right->invoice_id;
}

bool tax_coupons_apply(const struct coupon_payer *payer, const bool *left_out,
                       enum coupon_stacking stacking, enum rounding rounding, struct arena *arena,
                       const struct applied_draft **ret_applied, struct error *err)
{
    struct applying applying = begin_payer(payer, stacking, rounding, arena);
    struct applied_draft *applied =
        ARENA_NEW_ARRAY(arena, struct applied_draft, payer->draft_count + 1);
    if (!forgiven_store_open(payer->forgiven, payer->forgiven_count, arena, &applying.book, err))
        return error_context(err, "what was credited of customer %" PRId64, payer->payer_id);
    for (size_t i = 0; i < payer->draft_count; i++) {
        size_t done_count = applying.done.count;
        size_t revived_count = applying.revived.count;
        size_t change_count = applying.changes.count;
        applied[i].invoice_id = payer->drafts[i].invoice_id;
        if (left_out != NULL && left_out[i])
            continue;
        if (apply_to(&applying, &payer->drafts[i], &applied[i].coupons, err))
            continue;
        if (err->kind != ERROR_ITEM)
            return false;
        struct error *why = ARENA_NEW(arena, struct error);
        *why = *err;
        applied[i].why = why;
        applying.done.count = done_count;
        applying.revived.count = revived_count;
        give_back_take_back(&applying, change_count);
        error_clear(err);
    }
    if (payer->draft_count > 1)
        qsort(applied, payer->draft_count, sizeof *applied, compare_applied);
    *ret_applied = applied;
    return true;
}

bool applied_draft_find(const struct applied_draft *applied, size_t count, int64_t invoice_id,
                        struct draft_coupons *ret_coupons, struct error *err)
{
    size_t low = array_first_of(applied, count, sizeof *applied,
                                offsetof(struct applied_draft, invoice_id), invoice_id);
    *ret_coupons = (struct draft_coupons){0};
    if (low == count || applied[low].invoice_id != invoice_id)
        return true;
    if (applied[low].why != NULL) {
        *err = *applied[low].why;
        return false;
    }
    *ret_coupons = applied[low].coupons;
    return true;
}

bool draft_coupons_discounts(const struct draft_coupons *coupons, struct arena *arena,
                             const struct money **ret_discounts, struct error *err)
{
    const struct coupon_draft *draft = coupons->draft;
    struct money *discounts = ARENA_NEW_ARRAY(arena, struct money, draft->line_count + 1);
    for (size_t i = 0; i < draft->line_count; i++) {
        discounts[i] = money_of_minor(draft->lines[i].discount_minor, draft->currency);
        if (!money_add(discounts[i], coupons->unpaid[i], &discounts[i], err) ||
            !money_add(discounts[i], coupons->forgiven[i], &discounts[i], err))
            return error_context(err, "line %" PRId64, draft->lines[i].line);
    }
    for (size_t i = 0; i < coupons->count; i++)
        for (size_t c = 0; c < coupons->items[i].cut_count; c++) {
            const struct draft_cut *cut = &coupons->items[i].cuts[c];
            if (!money_add(discounts[cut->line], cut->off, &discounts[cut->line], err))
                return error_context(err, "line %" PRId64, draft->lines[cut->line].line);
        }
    *ret_discounts = discounts;
    return true;
}
