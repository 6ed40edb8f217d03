/* The lines of a subscription's period in the draft's currency, those of documents that are there
 * and those of the drafts that are done in this pass, in their order and with what coupons took of
 * each: what a line of the draft at hand may replace, or give back of (rules 5, 7 and 8 of
 * tax_coupons.h). */
#include <stdlib.h>

#include "core/base/text.h"
#include "core/billing/give_back.h"
#include "core/billing/invoice.h"
#include "jobs/tax_applying.h"

struct near_list ARRAY_OF(struct near_line);

/* ---------------------------------------------------------------- of documents that are there */

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

static void add_cut(const struct applying *applying, const struct coupon_line_before *before,
                    struct near_line *near)
{
    size_t redemption = redemption_of(applying, before);
    if (redemption != SIZE_MAX)
        ARRAY_ADD(applying->arena, near->cuts) =
            (struct line_cut){.redemption = redemption,
                              .off = money_of_minor(before->cut_minor, near->line.charged.currency),
                              .is_kept = before->is_kept,
                              .draft_key = before->draft_key};
}

/* A line that gives back says as its discount what was not paid of its amount. */
static void take_whole_amount(const struct coupon_line_before *before, struct near_line *near)
{
    int64_t amount_minor = before->is_turned ? -before->amount_minor : before->amount_minor;
    if (give_back_does(before->kind, amount_minor < 0))
        near->line.charged = money_of_minor(amount_minor, near->line.charged.currency);
}

static void add_stored(const struct applying *applying, const struct coupon_draft *draft,
                       size_t line, struct near_list *near)
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
                                        .number = one->line,
                                        .line = line_before(one, draft->currency),
                                        .cuts = ARENA_NEW(applying->arena, struct line_cuts),
                                        .is_given_back = one->is_given_back};
            take_whole_amount(one, added);
        }
        last = one;
        if (one->coupon_id != DB_I64_NONE)
            add_cut(applying, one, &near->items[near->count - 1]);
    }
}

/* ---------------------------------------------------------------- of drafts that are done */

static size_t first_of(const struct done_draft *done, int64_t subscription_id)
{
    return array_first_of(done->by_subscription, done->draft->line_count,
                          sizeof *done->by_subscription,
                          offsetof(struct line_place, subscription_id), subscription_id);
}

static void add_done(const struct applying *applying, const struct done_draft *done,
                     const struct coupon_draft_line *line, struct near_list *near)
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
            .number = one->line,
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
static struct near_lines put_into_order(const struct applying *applying, struct near_list *near)
{
    struct near_lines lines = {
        .items = near->items,
        .lines = ARENA_NEW_ARRAY(applying->arena, struct period_line, near->count)};
    size_t *places = ARENA_NEW_ARRAY(applying->arena, size_t, near->count);
    if (near->count > 1)
        qsort(near->items, near->count, sizeof *near->items, compare_near);
    for (size_t i = 0; i < near->count; i++) {
        size_t before = i == 0 ? 0 : near->items[i - 1].line.document;
        bool is_next = i > 0 && invoice_draft_order(near->items[i - 1].draft_key,
                                                    near->items[i].draft_key) != 0;
        near->items[i].line.document = before + (is_next ? 1 : 0);
        lines.lines[i] = near->items[i].line;
    }
    assert(near->items != NULL); /* it is one of them itself */
    lines.count = coupon_keep_standing(lines.lines, near->count, places);
    for (size_t i = 0; i < lines.count; i++) {
        near->items[i] = near->items[places[i]];
        if (near->items[i].is_own)
            lines.index = i;
    }
    return lines;
}

struct near_lines near_lines_find(struct applying *applying, size_t line)
{
    const struct done_draft *own = applying_draft(applying);
    struct near_list near = {0};
    add_stored(applying, own->draft, line, &near);
    for (size_t i = 0; i < applying->done.count; i++)
        if (currency_equal(applying->done.items[i].draft->currency, own->draft->currency))
            add_done(applying, &applying->done.items[i], &own->draft->lines[line], &near);
    return put_into_order(applying, &near);
}

bool near_lines_takes_back(const struct done_draft *done, int64_t subscription_id)
{
    const struct coupon_draft *draft = done->draft;
    for (size_t i = first_of(done, subscription_id);
         i < draft->line_count && done->by_subscription[i].subscription_id == subscription_id; i++)
        if (give_back_reverses(draft->lines[done->by_subscription[i].line].kind))
            return true;
    return false;
}

/* ---------------------------------------------------------------- whose use it is */

const char *near_lines_use_of(const struct near_lines *near, size_t index,
                              const struct line_cut *cut)
{
    if (!cut->is_kept)
        return cut->draft_key;
    for (size_t i = 0; i < near->count; i++)
        for (size_t c = 0;
             near->lines[i].basis == near->lines[index].basis && c < near->items[i].cuts->count;
             c++) {
            const struct line_cut *one = &near->items[i].cuts->items[c];
            if (one->redemption == cut->redemption && !one->is_kept)
                return one->draft_key;
        }
    return NULL;
}

bool near_lines_is_freed(const struct applying *applying, const struct near_lines *near,
                         size_t index, const struct line_cut *cut)
{
    const char *draft_key = near_lines_use_of(near, index, cut);
    return near->items[index].is_given_back && draft_key != NULL &&
           !text_equal(applying->payer->redemptions[cut->redemption].duration,
                       coupon_duration_name(COUPON_FOREVER)) &&
           coupon_uses_is_undone(applying, cut->redemption, draft_key);
}
