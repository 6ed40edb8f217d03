/* Coupons that charges of a draft keep of what they replace: rule 8 of tax_coupons.h. Which these
 * are, and how much, core/billing/coupon_keep.h says. */
#include <stdlib.h>

#include "core/base/text.h"
#include "core/billing/give_back.h"
#include "jobs/tax_applying.h"

struct keeping_line {
    size_t line;
    int64_t subscription_id;
    struct near_lines near;
    const bool *replaced;
};

/* ---------------------------------------------------------------- which replace others */

/* false: it replaces none. */
static bool find_replaced(struct applying *applying, size_t line, struct keeping_line *keeping)
{
    *keeping = (struct keeping_line){
        .line = line,
        .subscription_id = applying_draft(applying)->draft->lines[line].subscription_id,
        .near = near_lines_find(applying, line)};
    const struct near_lines *near = &keeping->near;
    bool *replaced = ARENA_NEW_ARRAY(applying->arena, bool, near->count);
    keeping->replaced = replaced;
    return coupon_keep_replaced(near->lines, near->count, near->index, applying->arena, replaced);
}

/* What it replaces was reversed: a use of which all was, was free for others since. */
static bool revive_all(struct applying *applying, const struct keeping_line *keeping,
                       struct error *err)
{
    const struct near_lines *near = &keeping->near;
    for (size_t i = 0; i < near->count; i++)
        for (size_t c = 0; keeping->replaced[i] && c < near->items[i].cuts->count; c++) {
            const struct line_cut *cut = &near->items[i].cuts->items[c];
            const char *draft_key = near_lines_use_of(near, i, cut);
            if (draft_key != NULL && !near_lines_is_freed(applying, near, i, cut) &&
                !coupon_uses_revive(applying, cut->redemption, draft_key, keeping->line, err))
                return false;
        }
    return true;
}

/* By their days and kinds: their documents are one. */
static int compare_steps(const struct keeping_line *a, const struct keeping_line *b)
{
    struct period_line left = a->near.lines[a->near.index];
    struct period_line right = b->near.lines[b->near.index];
    left.document = right.document = 0;
    return coupon_keep_order(&left, &right);
}

static enum charge_basis basis_of(const struct keeping_line *keeping)
{
    return keeping->near.lines[keeping->near.index].basis;
}

static int compare_keeping(const void *a, const void *b)
{
    const struct keeping_line *left = a, *right = b;
    int order = compare_steps(left, right);
    if (order != 0)
        return order;
    if (left->subscription_id != right->subscription_id)
        return left->subscription_id < right->subscription_id ? -1 : 1;
    if (basis_of(left) != basis_of(right))
        return basis_of(left) < basis_of(right) ? -1 : 1;
    return left->line < right->line ? -1 : left->line > right->line;
}

bool kept_coupons_find(struct applying *applying, struct keeping *ret_keeping, struct error *err)
{
    const struct done_draft *own = applying_draft(applying);
    struct keeping_lines ARRAY_OF(struct keeping_line) found = {0};
    for (size_t i = 0; applying->payer->redemption_count > 0 && i < own->draft->line_count; i++) {
        const struct coupon_draft_line *line = &own->draft->lines[i];
        struct keeping_line keeping;
        if (line->subscription_id == 0 || applying_gives_back(own->draft, i) ||
            !coupon_keep_may(line->kind, near_lines_takes_back(own, line->subscription_id)))
            continue;
        if (!find_replaced(applying, i, &keeping))
            continue;
        own->keeps[i] = true;
        ARRAY_ADD(applying->arena, &found) = keeping;
        if (!revive_all(applying, &keeping, err))
            return false;
    }
    if (found.count > 1)
        qsort(found.items, found.count, sizeof *found.items, compare_keeping);
    *ret_keeping = (struct keeping){found.items, found.count};
    return true;
}

/* ---------------------------------------------------------------- what they keep */

/* One coupon on the charges that begin on one day; of an amount, those of one subscription that are
 * charged in one way. */
struct kept_coupon {
    size_t redemption;
    const struct keeping_line *line;
    bool is_new; /* what the line replaces had it not */
};
struct kept_list ARRAY_OF(struct kept_coupon);

/* Others took it meanwhile, or may. */
static bool is_lost(const struct applying *applying, const struct near_lines *near, size_t index,
                    const struct line_cut *cut)
{
    const char *draft_key = near_lines_use_of(near, index, cut);
    return near_lines_is_freed(applying, near, index, cut) ||
           (draft_key != NULL && coupon_uses_is_undone(applying, cut->redemption, draft_key));
}

static bool has_coupon(const struct kept_list *list, size_t from, size_t redemption)
{
    for (size_t i = from; i < list->count; i++)
        if (list->items[i].redemption == redemption)
            return true;
    return false;
}

/* Rule 2 of coupon_keep.h: a percentage that holds for ever and has nothing to count. */
static bool is_for_ever(const struct applying *applying, const struct coupon_redemption *redemption)
{
    return (applying->stacking == COUPONS_MULTIPLICATIVE ||
            applying->stacking == COUPONS_ADDITIVE) &&
           redemption->percent != NULL && redemption->minimum_amount == NULL &&
           !redemption->first_purchase &&
           text_equal(redemption->duration, coupon_duration_name(COUPON_FOREVER));
}

static void list_for_ever(struct applying *applying, const struct keeping_line *keeping,
                          size_t from, struct kept_list *list)
{
    const struct coupon_draft *draft = applying_draft(applying)->draft;
    for (size_t i = 0; i < applying->payer->redemption_count; i++) {
        const struct coupon_redemption *redemption = &applying->payer->redemptions[i];
        if (is_for_ever(applying, redemption) && !has_coupon(list, from, i) &&
            applying_covers(redemption, draft, &draft->lines[keeping->line]))
            ARRAY_ADD(applying->arena, list) =
                (struct kept_coupon){.redemption = i, .line = keeping, .is_new = true};
    }
}

static void list_coupons(struct applying *applying, const struct keeping_line *keeping,
                         struct kept_list *list)
{
    const struct coupon_draft *draft = applying_draft(applying)->draft;
    const struct near_lines *near = &keeping->near;
    size_t from = list->count;
    for (size_t i = 0; i < near->count; i++)
        for (size_t c = 0; keeping->replaced[i] && c < near->items[i].cuts->count; c++) {
            const struct line_cut *cut = &near->items[i].cuts->items[c];
            const struct coupon_redemption *redemption =
                &applying->payer->redemptions[cut->redemption];
            if (money_sign(cut->off) > 0 && !is_lost(applying, near, i, cut) &&
                !has_coupon(list, from, cut->redemption) &&
                applying_has_currency(redemption, draft) &&
                applying_covers(redemption, draft, &draft->lines[keeping->line]))
                ARRAY_ADD(applying->arena, list) =
                    (struct kept_coupon){.redemption = cut->redemption, .line = keeping};
        }
    list_for_ever(applying, keeping, from, list);
}

static int compare_kept(const void *a, const void *b)
{
    const struct kept_coupon *left = a, *right = b;
    if (left->redemption != right->redemption)
        return left->redemption < right->redemption ? -1 : 1;
    return left->line < right->line ? -1 : left->line > right->line;
}

/* What of the coupon's amount is free for the charge. */
static bool freed_for(const struct applying *applying, const struct kept_coupon *kept,
                      struct money *ret_freed, struct error *err)
{
    const struct near_lines *near = &kept->line->near;
    struct money *cuts = ARENA_NEW_ARRAY(applying->arena, struct money, near->count);
    bool *keeps = ARENA_NEW_ARRAY(applying->arena, bool, near->count);
    for (size_t i = 0; i < near->count; i++) {
        const struct line_cuts *of_line = near->items[i].cuts;
        cuts[i] = money_zero(near->lines[i].charged.currency);
        for (size_t c = 0; c < of_line->count; c++)
            if (of_line->items[c].redemption == kept->redemption) {
                cuts[i] = of_line->items[c].off;
                keeps[i] = of_line->items[c].is_kept;
            }
    }
    return coupon_keep_freed(near->lines, near->count, near->index, cuts, keeps, applying->rounding,
                             applying->arena, ret_freed, err);
}

static bool begin_coupon(const struct applying *applying, const struct kept_coupon *kept,
                         struct coupon *coupon, struct error *err)
{
    const struct coupon_redemption *redemption = &applying->payer->redemptions[kept->redemption];
    *coupon = (struct coupon){.is_percent = redemption->percent != NULL,
                              .amount = money_zero(kept->line->near.lines[0].charged.currency)};
    return coupon->is_percent ? decimal_parse(redemption->percent, &coupon->percent, err)
                              : freed_for(applying, kept, &coupon->amount, err);
}

static bool is_one_coupon(const struct applying *applying, const struct kept_coupon *a,
                          const struct kept_coupon *b)
{
    bool is_percent = applying->payer->redemptions[a->redemption].percent != NULL;
    return a->redemption == b->redemption &&
           (is_percent || (a->line->subscription_id == b->line->subscription_id &&
                           basis_of(a->line) == basis_of(b->line)));
}

struct kept_step {
    struct coupon *coupons; /* each with its lines in the order of the list */
    size_t count;
};

static bool make_coupons(const struct applying *applying, const struct kept_list *list,
                         struct kept_step *step, struct error *err)
{
    size_t *lines = ARENA_NEW_ARRAY(applying->arena, size_t, list->count);
    *step =
        (struct kept_step){.coupons = ARENA_NEW_ARRAY(applying->arena, struct coupon, list->count)};
    for (size_t i = 0; i < list->count; i++) {
        const struct kept_coupon *kept = &list->items[i];
        lines[i] = kept->line->line;
        if (i == 0 || !is_one_coupon(applying, kept - 1, kept)) {
            struct coupon *coupon = &step->coupons[step->count++];
            if (!begin_coupon(applying, kept, coupon, err))
                return false;
            coupon->lines = &lines[i];
        }
        step->coupons[step->count - 1].line_count++;
    }
    return true;
}

/* The charges that begin on one day. */
static bool apply_step(struct applying *applying, const struct keeping_line *lines, size_t count,
                       struct error *err)
{
    const struct done_draft *own = applying_draft(applying);
    const struct coupon_draft *draft = own->draft;
    struct kept_list list = {0};
    struct kept_step step;
    struct discount_result result;
    for (size_t i = 0; i < count; i++)
        list_coupons(applying, &lines[i], &list);
    if (list.count == 0)
        return true;
    qsort(list.items, list.count, sizeof *list.items, compare_kept);
    if (!make_coupons(applying, &list, &step, err) ||
        !discount_apply(own->nets, draft->line_count, step.coupons, step.count,
                        applying->stacking == COUPONS_ADDITIVE ? COUPONS_ADDITIVE
                                                               : COUPONS_MULTIPLICATIVE,
                        draft->currency, applying->rounding, applying->arena, &result, err))
        return false;
    const struct kept_coupon *kept = list.items;
    for (size_t i = 0; i < step.count; i++)
        for (size_t l = 0; l < step.coupons[i].line_count; l++, kept++)
            if (result.parts[i] != NULL && money_sign(result.parts[i][l]) > 0)
                ARRAY_ADD(applying->arena, &own->cuts[kept->line->line]) =
                    (struct line_cut){.redemption = kept->redemption,
                                      .off = result.parts[i][l],
                                      .is_kept = !kept->is_new,
                                      .draft_key = draft->draft_key};
    return true;
}

bool kept_coupons_apply(struct applying *applying, const struct keeping *keeping, struct error *err)
{
    size_t from = 0;
    for (size_t i = 1; i <= keeping->count; i++) {
        if (i < keeping->count && compare_steps(&keeping->lines[from], &keeping->lines[i]) == 0)
            continue;
        if (!apply_step(applying, &keeping->lines[from], i - from, err))
            return false;
        from = i;
    }
    return true;
}
