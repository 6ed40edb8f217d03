/* Coupons that charges of a draft keep of what they replace: rule 8 of tax_coupons.h. Which these
 * are, and how much, core/billing/coupon_keep.h says; here the lines are brought together, those of
 * documents that are there and those of the drafts that are done in this pass. */
#include <stdlib.h>

#include "core/base/text.h"
#include "core/billing/coupon_keep.h"
#include "core/billing/give_back.h"
#include "core/billing/invoice.h"
#include "jobs/tax_applying.h"

/* Of the same subscription and period as a line. */
struct near_line {
    const char *draft_key;
    struct period_line line;
    struct line_cuts *cuts;
    bool is_own; /* the line itself */
};
struct near_lines ARRAY_OF(struct near_line);

struct keeping_line {
    size_t line;
    int64_t subscription_id;
    struct near_line *near;
    struct period_line *lines; /* the same, as the rule reads them */
    size_t count;
    size_t index;
    const bool *replaced;
};

/* ---------------------------------------------------------------- the lines near it */

/* They are in the order of the lines that keep of them. */
static int compare_before(const void *item, const void *key)
{
    const struct coupon_line_before *before = item;
    const struct coupon_draft_line *keeping = key;
    if (before->keeping_invoice_id != keeping->invoice_id)
        return before->keeping_invoice_id < keeping->invoice_id ? -1 : 1;
    return before->keeping_line < keeping->line ? -1 : before->keeping_line > keeping->line;
}

static struct period_line line_before(const struct coupon_line_before *before,
                                      struct currency currency)
{
    int64_t net_minor = before->amount_minor - before->discount_minor;
    net_minor = before->is_turned ? -net_minor : net_minor;
    return (struct period_line){.kind = before->kind,
                                .price_id = before->price_id,
                                .basis = (enum charge_basis)before->charge_basis,
                                .start_on = before->period_start_on,
                                .end_on = before->period_end_on,
                                .charged =
                                    money_of_minor(net_minor + before->coupon_minor, currency),
                                .is_void = before->is_void};
}

/* SIZE_MAX: of somebody who is not this payer's any more. */
static size_t redemption_of(const struct applying *applying, const struct coupon_line_before *cut)
{
    const struct coupon_payer *payer = applying->payer;
    for (size_t i = 0; i < payer->redemption_count; i++)
        if (payer->redemptions[i].coupon_id == cut->coupon_id &&
            payer->redemptions[i].customer_id == cut->customer_id &&
            payer->redemptions[i].subscription_id == cut->subscription_id)
            return i;
    return SIZE_MAX;
}

static const struct coupon_past_use *use_of(const struct coupon_redemption *redemption,
                                            const char *draft_key)
{
    for (size_t i = 0; i < redemption->use_count; i++)
        if (text_equal(redemption->uses[i].draft_key, draft_key))
            return &redemption->uses[i];
    return NULL;
}

static void add_cut(const struct applying *applying, const struct coupon_line_before *before,
                    struct near_line *near)
{
    size_t redemption = redemption_of(applying, before);
    if (redemption == SIZE_MAX || before->is_void)
        return;
    ARRAY_ADD(applying->arena, near->cuts) = (struct line_cut){
        .redemption = redemption,
        .off = money_of_minor(before->cut_minor, near->line.charged.currency),
        .is_kept = before->is_kept,
        .use = use_of(&applying->payer->redemptions[redemption], before->draft_key)};
}

/* A line that gives back says as its discount what was not paid of its amount. */
static void take_whole_amount(const struct coupon_line_before *before, struct near_line *near)
{
    int64_t amount_minor = before->is_turned ? -before->amount_minor : before->amount_minor;
    if (give_back_does(before->kind, amount_minor < 0))
        near->line.charged = money_of_minor(amount_minor, near->line.charged.currency);
}

static void add_stored(const struct applying *applying, const struct coupon_draft *draft,
                       size_t line, struct near_lines *near)
{
    const struct coupon_payer *payer = applying->payer;
    const struct coupon_line_before *last = NULL;
    const struct coupon_draft_line *own = &draft->lines[line];
    for (size_t i = array_lower_bound(payer->before, payer->before_count, sizeof *payer->before,
                                      own, compare_before);
         i < payer->before_count && compare_before(&payer->before[i], own) == 0; i++) {
        const struct coupon_line_before *one = &payer->before[i];
        if (invoice_draft_order(one->draft_key, draft->draft_key) > 0)
            continue;
        bool is_same =
            last != NULL && last->line == one->line && text_equal(last->draft_key, one->draft_key);
        if (!is_same) {
            struct near_line *added = &ARRAY_ADD(applying->arena, near);
            *added = (struct near_line){.draft_key = one->draft_key,
                                        .line = line_before(one, draft->currency),
                                        .cuts = ARENA_NEW(applying->arena, struct line_cuts)};
            take_whole_amount(one, added);
        }
        last = one;
        if (one->coupon_id != DB_I64_NONE)
            add_cut(applying, one, &near->items[near->count - 1]);
    }
}

static size_t first_of(const struct done_draft *done, int64_t subscription_id)
{
    return array_first_of(done->by_subscription, done->draft->line_count,
                          sizeof *done->by_subscription,
                          offsetof(struct line_place, subscription_id), subscription_id);
}

static void add_done(const struct applying *applying, const struct done_draft *done,
                     const struct coupon_draft_line *line, struct near_lines *near)
{
    const struct coupon_draft *draft = done->draft;
    for (size_t i = first_of(done, line->subscription_id);
         i < draft->line_count && done->by_subscription[i].subscription_id == line->subscription_id;
         i++) {
        size_t place = done->by_subscription[i].line;
        const struct coupon_draft_line *one = &draft->lines[place];
        if (one != line && (date_compare(one->period_start_on, line->full_end_on) >= 0 ||
                            date_compare(one->period_end_on, line->full_start_on) <= 0))
            continue;
        ARRAY_ADD(applying->arena, near) = (struct near_line){
            .draft_key = draft->draft_key,
            .line = {.kind = one->kind,
                     .price_id = one->price_id,
                     .basis = (enum charge_basis)one->charge_basis,
                     .start_on = one->period_start_on,
                     .end_on = one->period_end_on,
                     .charged = done->nets[place]},
            .cuts = &done->cuts[place],
            .is_own = one == line
        };
    }
}

static int compare_near(const void *a, const void *b)
{
    const struct near_line *left = a, *right = b;
    int order = invoice_draft_order(left->draft_key, right->draft_key);
    return order != 0 ? order : coupon_keep_order(&left->line, &right->line);
}

/* In their order, without what was billed again. */
static void put_into_order(const struct applying *applying, struct near_lines *near,
                           struct keeping_line *keeping)
{
    size_t *places = ARENA_NEW_ARRAY(applying->arena, size_t, near->count);
    if (near->count > 1)
        qsort(near->items, near->count, sizeof *near->items, compare_near);
    keeping->lines = ARENA_NEW_ARRAY(applying->arena, struct period_line, near->count);
    for (size_t i = 0; i < near->count; i++) {
        size_t before = i == 0 ? 0 : near->items[i - 1].line.document;
        bool is_next = i > 0 && invoice_draft_order(near->items[i - 1].draft_key,
                                                    near->items[i].draft_key) != 0;
        near->items[i].line.document = before + (is_next ? 1 : 0);
        keeping->lines[i] = near->items[i].line;
    }
    assert(near->items != NULL); /* it is one of them itself */
    keeping->count = coupon_keep_standing(keeping->lines, near->count, places);
    for (size_t i = 0; i < keeping->count; i++) {
        near->items[i] = near->items[places[i]];
        if (near->items[i].is_own)
            keeping->index = i;
    }
    keeping->near = near->items;
}

/* ---------------------------------------------------------------- which replace others */

static bool takes_back(const struct done_draft *done, int64_t subscription_id)
{
    const struct coupon_draft *draft = done->draft;
    for (size_t i = first_of(done, subscription_id);
         i < draft->line_count && done->by_subscription[i].subscription_id == subscription_id; i++)
        if (give_back_reverses(draft->lines[done->by_subscription[i].line].kind))
            return true;
    return false;
}

/* false: it replaces none. */
static bool find_replaced(struct applying *applying, size_t line, struct keeping_line *keeping)
{
    const struct done_draft *own = applying_draft(applying);
    struct near_lines near = {0};
    *keeping = (struct keeping_line){.line = line,
                                     .subscription_id = own->draft->lines[line].subscription_id};
    add_stored(applying, own->draft, line, &near);
    for (size_t i = 0; i < applying->done.count; i++)
        add_done(applying, &applying->done.items[i], &own->draft->lines[line], &near);
    put_into_order(applying, &near, keeping);
    bool *replaced = ARENA_NEW_ARRAY(applying->arena, bool, keeping->count);
    keeping->replaced = replaced;
    return coupon_keep_replaced(keeping->lines, keeping->count, keeping->index, applying->arena,
                                replaced);
}

/* A use of which all was taken back was free for others: it is this charge's again unless these
 * took it. */
static bool revive(struct applying *applying, const struct line_cut *cut, struct error *err)
{
    const struct coupon_draft *draft = applying_draft(applying)->draft;
    const struct coupon_redemption *redemption = &applying->payer->redemptions[cut->redemption];
    struct coupon_account account;
    struct coupon_terms terms;
    if (cut->is_kept || cut->use == NULL || !cut->use->is_undone)
        return true;
    for (size_t i = 0; i < applying->revived.count; i++)
        if (applying->revived.items[i].use == cut->use)
            return true;
    if (!applying_account(applying, draft, cut->redemption, &account, err) ||
        !applying_read_terms(redemption, draft->currency, &terms, err))
        return false;
    if (coupon_has_invoices_left(&terms, account.invoices))
        ARRAY_ADD(applying->arena, &applying->revived) =
            (struct revived_use){cut->redemption, cut->use};
    return true;
}

static bool revive_all(struct applying *applying, const struct keeping_line *keeping,
                       struct error *err)
{
    for (size_t i = 0; i < keeping->count; i++)
        for (size_t c = 0; keeping->replaced[i] && c < keeping->near[i].cuts->count; c++)
            if (!revive(applying, &keeping->near[i].cuts->items[c], err))
                return false;
    return true;
}

/* By their days and kinds: their documents are one. */
static int compare_steps(const struct keeping_line *a, const struct keeping_line *b)
{
    struct period_line left = a->lines[a->index];
    struct period_line right = b->lines[b->index];
    left.document = right.document = 0;
    return coupon_keep_order(&left, &right);
}

static enum charge_basis basis_of(const struct keeping_line *keeping)
{
    return keeping->lines[keeping->index].basis;
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
    applying->revived.count = 0;
    for (size_t i = 0; applying->payer->redemption_count > 0 && i < own->draft->line_count; i++) {
        const struct coupon_draft_line *line = &own->draft->lines[i];
        struct keeping_line keeping;
        if (line->subscription_id == 0 || applying_gives_back(own->draft, i) ||
            !coupon_keep_may(line->kind, takes_back(own, line->subscription_id)))
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
};
struct kept_list ARRAY_OF(struct kept_coupon);

static bool is_lost(const struct applying *applying, const struct line_cut *cut)
{
    if (cut->is_kept || cut->use == NULL || !cut->use->is_undone)
        return false;
    for (size_t i = 0; i < applying->revived.count; i++)
        if (applying->revived.items[i].use == cut->use)
            return false;
    return true;
}

static bool has_coupon(const struct kept_list *list, size_t from, size_t redemption)
{
    for (size_t i = from; i < list->count; i++)
        if (list->items[i].redemption == redemption)
            return true;
    return false;
}

static void list_coupons(struct applying *applying, const struct keeping_line *keeping,
                         struct kept_list *list)
{
    const struct coupon_draft *draft = applying_draft(applying)->draft;
    size_t from = list->count;
    for (size_t i = 0; i < keeping->count; i++)
        for (size_t c = 0; keeping->replaced[i] && c < keeping->near[i].cuts->count; c++) {
            const struct line_cut *cut = &keeping->near[i].cuts->items[c];
            const struct coupon_redemption *redemption =
                &applying->payer->redemptions[cut->redemption];
            if (money_sign(cut->off) > 0 && !is_lost(applying, cut) &&
                !has_coupon(list, from, cut->redemption) &&
                applying_has_currency(redemption, draft) &&
                applying_covers(redemption, draft, &draft->lines[keeping->line]))
                ARRAY_ADD(applying->arena, list) = (struct kept_coupon){cut->redemption, keeping};
        }
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
    const struct keeping_line *keeping = kept->line;
    struct money *cuts = ARENA_NEW_ARRAY(applying->arena, struct money, keeping->count);
    bool *keeps = ARENA_NEW_ARRAY(applying->arena, bool, keeping->count);
    for (size_t i = 0; i < keeping->count; i++) {
        const struct line_cuts *of_line = keeping->near[i].cuts;
        cuts[i] = money_zero(keeping->lines[i].charged.currency);
        for (size_t c = 0; c < of_line->count; c++)
            if (of_line->items[c].redemption == kept->redemption) {
                cuts[i] = of_line->items[c].off;
                keeps[i] = of_line->items[c].is_kept;
            }
    }
    return coupon_keep_freed(keeping->lines, keeping->count, keeping->index, cuts, keeps,
                             applying->rounding, applying->arena, ret_freed, err);
}

static bool begin_coupon(const struct applying *applying, const struct kept_coupon *kept,
                         struct coupon *coupon, struct error *err)
{
    const struct coupon_redemption *redemption = &applying->payer->redemptions[kept->redemption];
    *coupon = (struct coupon){.is_percent = redemption->percent != NULL,
                              .amount = money_zero(kept->line->lines[0].charged.currency)};
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
    struct coupon *coupons;
    size_t *redemptions;
    size_t count;
};

static bool make_coupons(const struct applying *applying, const struct kept_list *list,
                         struct kept_step *step, struct error *err)
{
    size_t *lines = ARENA_NEW_ARRAY(applying->arena, size_t, list->count);
    *step =
        (struct kept_step){.coupons = ARENA_NEW_ARRAY(applying->arena, struct coupon, list->count),
                           .redemptions = ARENA_NEW_ARRAY(applying->arena, size_t, list->count)};
    for (size_t i = 0; i < list->count; i++) {
        const struct kept_coupon *kept = &list->items[i];
        lines[i] = kept->line->line;
        if (i == 0 || !is_one_coupon(applying, kept - 1, kept)) {
            struct coupon *coupon = &step->coupons[step->count];
            step->redemptions[step->count++] = kept->redemption;
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
    for (size_t i = 0; i < step.count; i++)
        for (size_t l = 0; result.parts[i] != NULL && l < step.coupons[i].line_count; l++)
            if (money_sign(result.parts[i][l]) > 0)
                ARRAY_ADD(applying->arena,
                          &own->cuts[step.coupons[i].lines[l]]) = (struct line_cut){
                    .redemption = step.redemptions[i], .off = result.parts[i][l], .is_kept = true};
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
