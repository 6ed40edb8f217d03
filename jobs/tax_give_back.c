/* What of a draft's lines that give back was not paid, and what is off charges because credit notes
 * gave it back: rules 5 and 7 of tax_coupons.h. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/billing/give_back.h"
#include "jobs/tax_applying.h"

/* ---------------------------------------------------------------- what is given back */

/* What is not paid of a line of a draft without taxes: as it was computed here. */
static bool find_unpaid(const struct applying *applying, const struct stored_billed_line *stored,
                        struct billed_line *billed)
{
    const struct done_draft *done = applying_find(applying, stored->invoice_id);
    if (done == NULL)
        return false;
    const struct coupon_draft *draft = done->draft;
    size_t l = array_first_of(draft->lines, draft->line_count, sizeof *draft->lines,
                              offsetof(struct coupon_draft_line, line), stored->line);
    if (l == draft->line_count || draft->lines[l].line != stored->line)
        return false;
    billed->unpaid = done->unpaid[l];
    billed->forgiven = done->forgiven[l];
    return true;
}

/* Its unpaid part is in the amount until it is taxed. */
static bool complete_billed(const struct applying *applying,
                            const struct stored_billed_line *stored, struct billed_line *billed,
                            struct error *err)
{
    if (stored->is_taxed || find_unpaid(applying, stored, billed))
        return true;
    (void)error_item(err, "not_taxed_yet",
                     "what it gives back is billed by draft %s, which has no taxes yet",
                     stored->draft_key);
    return error_hint(err, "that draft comes first (`billmill parked list --all` says what it "
                           "lacks): the next run, or `billmill parked retry`, then bills both");
}

/* They are in the order of the lines that give back of them: there may be thousands of both. */
static int compare_giving(const void *billed, const void *giving)
{
    const struct stored_billed_line *stored = billed;
    const struct coupon_draft_line *line = giving;
    if (stored->giving_invoice_id != line->invoice_id)
        return stored->giving_invoice_id < line->invoice_id ? -1 : 1;
    return stored->giving_line < line->line ? -1 : stored->giving_line > line->line;
}

static struct giving_line giving_of(const struct coupon_draft *draft, size_t line)
{
    const struct coupon_draft_line *own = &draft->lines[line];
    return (struct giving_line){own->kind, own->period_start_on, own->period_end_on,
                                money_of_minor(own->amount_minor, draft->currency)};
}

/* What coupons that were given back took of the stored line. */
static bool add_freed(const struct applying *applying, const struct near_lines *near,
                      const struct stored_billed_line *stored, struct money *freed,
                      struct error *err)
{
    for (size_t i = 0; i < near->count; i++) {
        const struct near_line *one = &near->items[i];
        for (size_t c = 0; c < one->cuts->count; c++)
            if (one->number == stored->line && text_equal(one->draft_key, stored->draft_key) &&
                near_lines_is_freed(applying, near, i, &one->cuts->items[c]) &&
                !money_add(*freed, one->cuts->items[c].off, freed, err))
                return false;
    }
    return true;
}

/* Rule 4 of coupon_keep.h. It is asked of what notes gave something back of. */
static bool free_coupons(struct applying *applying, size_t line,
                         const struct stored_billed_line *const *stored,
                         const struct billed_line *billed, const bool *takes, size_t count,
                         struct money *unpaid, struct error *err)
{
    struct money freed = money_zero(unpaid->currency);
    struct near_lines near = {0};
    if (applying->payer->before_count == 0 || money_sign(*unpaid) == 0)
        return true;
    for (size_t i = 0; i < count; i++) {
        if (!takes[i] || money_sign(billed[i].noted) == 0)
            continue;
        if (near.count == 0)
            near = near_lines_find(applying, line);
        if (!add_freed(applying, &near, stored[i], &freed, err))
            return false;
    }
    return give_back_free_coupons(billed, takes, count, freed, applying->rounding, unpaid, err);
}

/* Rule 5. */
static bool unpaid_of(struct applying *applying, const struct coupon_draft *draft, size_t line,
                      struct money *ret_unpaid, struct error *err)
{
    const struct coupon_draft_line *own = &draft->lines[line];
    const struct coupon_payer *payer = applying->payer;
    struct arena *arena = applying->arena;
    struct giving_line giving = giving_of(draft, line);
    size_t first = array_lower_bound(payer->billed, payer->billed_count, sizeof *payer->billed, own,
                                     compare_giving);
    size_t most = 0;
    while (first + most < payer->billed_count &&
           compare_giving(&payer->billed[first + most], own) == 0)
        most++;
    const struct stored_billed_line **stored =
        (const struct stored_billed_line **)arena_alloc_array(
            arena, most + 1, sizeof(const struct stored_billed_line *));
    struct billed_line *billed = ARENA_NEW_ARRAY(arena, struct billed_line, most + 1);
    bool *takes = ARENA_NEW_ARRAY(arena, bool, most + 1);
    size_t count = 0;
    for (size_t i = first; i < first + most; i++) {
        if (!stored_billed_line_precedes(&payer->billed[i], draft->draft_key))
            continue;
        stored[count] = &payer->billed[i];
        if (!stored_billed_line_of(&payer->billed[i], draft->currency, &billed[count++], err))
            return false;
    }
    if (!give_back_choose(&giving, billed, count, takes))
        return true;
    for (size_t i = 0; i < count; i++)
        if (takes[i] && !complete_billed(applying, stored[i], &billed[i], err))
            return false;
    return give_back_compute(&giving, billed, takes, count, applying->rounding, ret_unpaid, err) &&
           free_coupons(applying, line, stored, billed, takes, count, ret_unpaid, err);
}

/* ---------------------------------------------------------------- what is forgiven */

/* As it is before the next change of the account, which is remembered: a draft that fails leaves
 * nothing behind. */
static struct forgiven_account *change(struct applying *applying, struct forgiven_period *period,
                                       size_t account)
{
    ARRAY_ADD(applying->arena, &applying->changes) =
        (struct account_change){period, account, period->accounts.items[account]};
    return &period->accounts.items[account];
}

void give_back_take_back(struct applying *applying, size_t change_count)
{
    while (applying->changes.count > change_count) {
        const struct account_change *last = &applying->changes.items[--applying->changes.count];
        last->period->accounts.items[last->account] = last->before;
    }
}

/* Rule 7: from the accounts of its period, which it changes. */
static bool forgive(struct applying *applying, const struct coupon_draft *draft, size_t line,
                    struct money net, struct money *ret_forgiven, struct error *err)
{
    const struct coupon_draft_line *own = &draft->lines[line];
    const struct forgiven_key key = {draft->payer_id, own->subscription_id, own->full_start_on,
                                     own->subscription_id == 0 ? DATE_NONE : own->full_end_on,
                                     draft->currency};
    struct forgiven_period *period = forgiven_book_period(&applying->book, &key);
    if (period == NULL)
        return true;
    bool is_by_itself = own->subscription_id == 0 || own->charge_basis == CHARGE_BY_USAGE;
    size_t account =
        forgiven_period_account(period, own->price_id, own->plan_id, is_by_itself, applying->arena);
    return forgiven_of_line(&period->accounts, account, net, ret_forgiven, err) &&
           forgiven_add_line(change(applying, period, account), net, *ret_forgiven, err);
}

/* The lines of a draft, in the order in which they follow from each other. */
static const struct giving_place *order_of(const struct applying *applying,
                                           const struct coupon_draft *draft)
{
    struct giving_place *order =
        ARENA_NEW_ARRAY(applying->arena, struct giving_place, draft->line_count + 1);
    for (size_t i = 0; i < draft->line_count; i++)
        order[i] = (struct giving_place){giving_of(draft, i), i};
    give_back_sort(order, draft->line_count);
    return order;
}

/* What of the line is not given back (in `unpaid`), and what is off it besides coupons. */
static bool settle_line(struct applying *applying, const struct coupon_draft *draft, size_t line,
                        struct money *unpaid, struct money *forgiven, struct error *err)
{
    struct money net = applying_draft(applying)->nets[line];
    if (applying_gives_back(draft, line) && !unpaid_of(applying, draft, line, &unpaid[line], err))
        return false;
    return money_subtract(net, unpaid[line], &net, err) &&
           forgive(applying, draft, line, net, &forgiven[line], err);
}

bool give_back_apply(struct applying *applying, struct error *err)
{
    const struct done_draft *done = applying_draft(applying);
    const struct coupon_draft *draft = done->draft;
    const struct giving_place *order = order_of(applying, draft);
    for (size_t i = 0; i < draft->line_count; i++)
        if (!settle_line(applying, draft, order[i].line, done->unpaid, done->forgiven, err))
            return error_context(err, "line %" PRId64, draft->lines[order[i].line].line);
    return true;
}
