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
                     "what it gives back is billed by draft %s, without taxes", stored->draft_key);
    return error_hint(err, "the run that taxes that draft comes first: `billmill parked` may say "
                           "what is missing");
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
static bool forgive_coupons(struct applying *applying, size_t line,
                            const struct stored_billed_line *const *stored,
                            const struct billed_line *billed, const bool *takes, size_t count,
                            struct not_given *not_given, struct error *err)
{
    struct money freed = money_zero(not_given->unpaid.currency);
    struct near_lines near = {0};
    if (applying->payer->before_count == 0 || money_sign(not_given->unpaid) == 0)
        return true;
    for (size_t i = 0; i < count; i++) {
        if (!takes[i] || money_sign(billed[i].noted) == 0)
            continue;
        if (near.count == 0)
            near = near_lines_find(applying, line);
        if (!add_freed(applying, &near, stored[i], &freed, err))
            return false;
    }
    return give_back_forgive_coupons(billed, takes, count, freed, applying->rounding, not_given,
                                     err);
}

/* Rule 5. */
static bool not_given_of(struct applying *applying, const struct coupon_draft *draft, size_t line,
                         struct not_given *ret_not_given, struct error *err)
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
    return give_back_compute(&giving, billed, takes, count, applying->rounding, ret_not_given,
                             err) &&
           forgive_coupons(applying, line, stored, billed, takes, count, ret_not_given, err);
}

/* ---------------------------------------------------------------- what is forgiven */

static struct forgiven_line forgiven_line_of(const struct coupon_draft_line *line,
                                             struct money forgiven)
{
    return (struct forgiven_line){line->price_id, line->plan_id,
                                  line->charge_basis == CHARGE_BY_USAGE, forgiven};
}

static int compare_days(int64_t left_id, struct date left_on, const struct coupon_draft_line *line)
{
    if (left_id != line->subscription_id)
        return left_id < line->subscription_id ? -1 : 1;
    return date_compare(left_on, line->period_start_on);
}

static int compare_stored(const void *item, const void *key)
{
    const struct stored_forgiven *stored = item;
    return compare_days(stored->subscription_id, stored->period_start_on, key);
}

static int compare_done(const void *item, const void *key)
{
    const struct line_place *place = item;
    return compare_days(place->subscription_id, place->start_on, key);
}

/* Of documents that are there. A payer may have thousands of them, and as many charges: of each day
 * they are looked up. */
static void add_stored(struct applying *applying, const struct coupon_draft *draft,
                       const struct coupon_draft_line *own)
{
    const struct coupon_payer *payer = applying->payer;
    for (size_t i = array_lower_bound(payer->forgiven, payer->forgiven_count,
                                      sizeof *payer->forgiven, own, compare_stored);
         i < payer->forgiven_count && compare_stored(&payer->forgiven[i], own) == 0; i++) {
        const struct stored_forgiven *stored = &payer->forgiven[i];
        if (currency_equal(stored->currency, draft->currency) &&
            stored_forgiven_precedes(stored, draft->invoice_id, draft->draft_key))
            ARRAY_ADD(applying->arena, &applying->of_day) = stored_forgiven_of(stored);
    }
}

/* Of a draft that is done, or of what of the one at hand is. */
static void add_done(struct applying *applying, const struct done_draft *done,
                     const struct coupon_draft_line *own)
{
    const struct coupon_draft *draft = done->draft;
    for (size_t i = array_lower_bound(done->by_day, draft->line_count, sizeof *done->by_day, own,
                                      compare_done);
         i < draft->line_count && compare_done(&done->by_day[i], own) == 0; i++) {
        size_t line = done->by_day[i].line;
        if (money_sign(done->forgiven[line]) != 0)
            ARRAY_ADD(applying->arena, &applying->of_day) =
                forgiven_line_of(&draft->lines[line], done->forgiven[line]);
    }
}

/* Rule 7: of the line's day, from documents that are there and from drafts that are done. */
static bool off_charge(struct applying *applying, const struct coupon_draft *draft, size_t line,
                       struct money net, struct money *ret_forgiven, struct error *err)
{
    const struct coupon_draft_line *own = &draft->lines[line];
    struct forgiven_line charge = forgiven_line_of(own, net);
    if (own->subscription_id == 0)
        return true;
    applying->of_day.count = 0;
    add_stored(applying, draft, own);
    for (size_t i = 0; applying->has_forgiven && i < applying->done.count; i++)
        if (currency_equal(applying->done.items[i].draft->currency, draft->currency))
            add_done(applying, &applying->done.items[i], own);
    return applying->of_day.count == 0 ||
           forgiven_off_charge(&charge, net, applying->of_day.items, applying->of_day.count,
                               ret_forgiven, err);
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

/* Of each line: what of it is not given back, or what is off it besides coupons (in `unpaid`). */
static bool settle_line(struct applying *applying, const struct coupon_draft *draft, size_t line,
                        struct money *unpaid, struct money *forgiven, struct error *err)
{
    struct money net = applying_draft(applying)->nets[line];
    if (applying_gives_back(draft, line)) {
        struct not_given not_given = {unpaid[line], forgiven[line]};
        if (!not_given_of(applying, draft, line, &not_given, err))
            return false;
        unpaid[line] = not_given.unpaid;
        forgiven[line] = not_given.forgiven;
    } else if (!money_subtract(net, unpaid[line], &net, err) ||
               !off_charge(applying, draft, line, net, &forgiven[line], err)) {
        return false;
    }
    applying->has_forgiven = applying->has_forgiven || money_sign(forgiven[line]) != 0;
    return true;
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
