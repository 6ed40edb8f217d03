/* What of a draft's lines that give back was not paid, and what is off charges because credit notes
 * gave it back: rules 5 and 7 of tax_coupons.h. */
#include <inttypes.h>
#include <stdlib.h>

#include "core/billing/coupon_keep.h"
#include "core/billing/give_back.h"
#include "jobs/tax_applying.h"

/* ---------------------------------------------------------------- what is given back */

/* What is not paid of a line of a draft without taxes: as it was computed here. */
static bool find_unpaid(const struct applying *applying, const struct stored_billed_line *stored,
                        struct billed_line *billed)
{
    for (size_t i = 0; i < applying->done.count; i++) {
        const struct done_draft *done = &applying->done.items[i];
        for (size_t l = 0;
             done->draft->invoice_id == stored->invoice_id && l < done->draft->line_count; l++)
            if (done->draft->lines[l].line == stored->line) {
                billed->unpaid = done->unpaid[l];
                billed->forgiven = done->forgiven[l];
                return true;
            }
    }
    return false;
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

static int compare_giving(const struct stored_billed_line *stored,
                          const struct coupon_draft_line *line)
{
    if (stored->giving_invoice_id != line->invoice_id)
        return stored->giving_invoice_id < line->invoice_id ? -1 : 1;
    return stored->giving_line < line->line ? -1 : stored->giving_line > line->line;
}

/* They are in the order of the lines that give back of them: there may be thousands of both. */
static size_t first_billed_of(const struct coupon_payer *payer,
                              const struct coupon_draft_line *line)
{
    size_t low = 0, high = payer->billed_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_giving(&payer->billed[middle], line) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct giving_line giving_of(const struct coupon_draft *draft, size_t line)
{
    const struct coupon_draft_line *own = &draft->lines[line];
    return (struct giving_line){own->kind, own->period_start_on, own->period_end_on,
                                money_of_minor(own->amount_minor, draft->currency)};
}

/* Rule 5. */
static bool not_given_of(const struct applying *applying, const struct coupon_draft *draft,
                         size_t line, struct not_given *ret_not_given, struct error *err)
{
    const struct coupon_draft_line *own = &draft->lines[line];
    const struct coupon_payer *payer = applying->payer;
    struct arena *arena = applying->arena;
    struct giving_line giving = giving_of(draft, line);
    size_t first = first_billed_of(payer, own);
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
        billed[count++] = stored_billed_line_of(&payer->billed[i], draft->currency);
    }
    if (!give_back_choose(&giving, billed, count, takes))
        return true;
    for (size_t i = 0; i < count; i++)
        if (takes[i] && !complete_billed(applying, stored[i], &billed[i], err))
            return false;
    return give_back_compute(&giving, billed, takes, count, applying->rounding, ret_not_given, err);
}

/* ---------------------------------------------------------------- what is forgiven */

static struct forgiven_line forgiven_line_of(const struct coupon_draft_line *line,
                                             struct money forgiven)
{
    return (struct forgiven_line){line->price_id, line->plan_id,
                                  line->charge_basis == CHARGE_BY_USAGE, forgiven};
}

/* Rule 7: of the line's day, from documents that are there and from drafts that are done. */
static bool off_charge(const struct applying *applying, const struct coupon_draft *draft,
                       size_t line, struct money net, struct money *ret_forgiven, struct error *err)
{
    const struct coupon_payer *payer = applying->payer;
    const struct coupon_draft_line *own = &draft->lines[line];
    size_t most = payer->forgiven_count + applying->forgiven.count;
    if (most == 0 || own->subscription_id == 0)
        return true;
    struct forgiven_line *lines = ARENA_NEW_ARRAY(applying->arena, struct forgiven_line, most);
    struct forgiven_line charge = forgiven_line_of(own, net);
    size_t count = 0;
    for (size_t i = 0; i < payer->forgiven_count; i++) {
        const struct stored_forgiven *stored = &payer->forgiven[i];
        if (stored->subscription_id == own->subscription_id &&
            date_compare(stored->period_start_on, own->period_start_on) == 0 &&
            currency_equal(stored->currency, draft->currency) &&
            stored_forgiven_precedes(stored, draft->invoice_id, draft->draft_key))
            lines[count++] = stored_forgiven_of(stored);
    }
    for (size_t i = 0; i < applying->forgiven.count; i++) {
        const struct done_forgiven *done = &applying->forgiven.items[i];
        if (done->subscription_id == own->subscription_id &&
            date_compare(done->start_on, own->period_start_on) == 0 &&
            currency_equal(done->currency, draft->currency))
            lines[count++] = done->line;
    }
    return forgiven_off_charge(&charge, net, lines, count, ret_forgiven, err);
}

static void add_forgiven(struct applying *applying, const struct coupon_draft *draft, size_t line,
                         struct money forgiven)
{
    if (money_sign(forgiven) != 0)
        ARRAY_ADD(applying->arena, &applying->forgiven) =
            (struct done_forgiven){.subscription_id = draft->lines[line].subscription_id,
                                   .start_on = draft->lines[line].period_start_on,
                                   .currency = draft->currency,
                                   .line = forgiven_line_of(&draft->lines[line], forgiven)};
}

/* The lines of a draft, in the order in which they follow from each other. */
struct line_order {
    struct giving_line giving;
    size_t line;
};

static int compare_lines(const void *a, const void *b)
{
    const struct line_order *left = a;
    const struct line_order *right = b;
    int order = give_back_order(&left->giving, &right->giving);
    if (order != 0)
        return order;
    return left->line < right->line ? -1 : left->line > right->line;
}

static const struct line_order *order_of(const struct applying *applying,
                                         const struct coupon_draft *draft)
{
    struct line_order *order =
        ARENA_NEW_ARRAY(applying->arena, struct line_order, draft->line_count + 1);
    for (size_t i = 0; i < draft->line_count; i++)
        order[i] = (struct line_order){giving_of(draft, i), i};
    if (draft->line_count > 1)
        qsort(order, draft->line_count, sizeof *order, compare_lines);
    return order;
}

/* Of each line: what of it is not given back, or what is off it besides coupons (in `unpaid`). */
static bool settle_line(struct applying *applying, const struct coupon_draft *draft, size_t line,
                        struct money *unpaid, struct money *forgiven, struct error *err)
{
    struct money net = applying_net(draft, line);
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
    add_forgiven(applying, draft, line, forgiven[line]);
    return true;
}

bool give_back_apply(struct applying *applying, struct error *err)
{
    const struct done_draft *done = applying_draft(applying);
    const struct coupon_draft *draft = done->draft;
    const struct line_order *order = order_of(applying, draft);
    for (size_t i = 0; i < draft->line_count; i++)
        if (!settle_line(applying, draft, order[i].line, done->unpaid, done->forgiven, err))
            return error_context(err, "line %" PRId64, draft->lines[order[i].line].line);
    return true;
}
