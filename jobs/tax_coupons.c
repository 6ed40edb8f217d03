/* Coupons of a draft: see tax_coupons.h. */
#include "jobs/tax_coupons.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/billing/coupon.h"
#include "core/billing/give_back.h"
#include "core/billing/invoice.h"

/* A draft that is done: what of each line is not paid, and what is forgiven. */
struct done_draft {
    const struct coupon_draft *draft;
    const struct money *unpaid;
    const struct money *forgiven;
};

/* What is forgiven of a line of such a draft. */
struct done_forgiven {
    int64_t subscription_id;
    struct date start_on;
    struct currency currency;
    struct forgiven_line line;
};

/* How often a redemption was applied, and what the last time left. */
struct coupon_use_state {
    int64_t invoices;
    struct money carried;
};

/* More than any business has: each is a row, and memory, so a mistake is parked with its name. */
enum { COVERED_MAX = 1000000 };

struct applying {
    const struct coupon_payer *payer;
    enum coupon_stacking stacking;
    enum rounding rounding;
    struct arena *arena;
    struct coupon_use_state *computed; /* of each redemption, by the drafts that are done */
    struct done_drafts ARRAY_OF(struct done_draft) done;
    size_t covered_count; /* lines that coupons cover, each as often as it is covered */
    struct all_forgiven ARRAY_OF(struct done_forgiven) forgiven;
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

static bool gives_back(const struct coupon_draft *draft, size_t line)
{
    return give_back_does(draft->lines[line].kind, draft->lines[line].amount_minor < 0);
}

static bool count_covered(struct applying *applying, size_t more, struct error *err)
{
    applying->covered_count += more;
    if (applying->covered_count <= COVERED_MAX)
        return true;
    (void)error_item(err, "too_many_coupons", "coupons cover its lines more than %d times",
                     COVERED_MAX);
    return error_hint(err, "redeem them for the subscriptions that they are meant for, or have "
                           "fewer of them for a customer");
}

/* The lines that it covers, and their sum without negative ones. */
static bool find_lines(struct applying *applying, const struct coupon_draft *draft,
                       const struct coupon_redemption *redemption, struct coupon *coupon,
                       struct money *ret_covered, struct error *err)
{
    struct covered_lines ARRAY_OF(size_t) lines = {0};
    *ret_covered = money_zero(draft->currency);
    for (size_t i = 0; i < draft->line_count; i++) {
        struct money net = net_of(draft, i);
        if (!covers(redemption, draft, &draft->lines[i]) || gives_back(draft, i))
            continue;
        ARRAY_ADD(applying->arena, &lines) = i;
        if (money_sign(net) > 0 && !money_add(*ret_covered, net, ret_covered, err))
            return false;
    }
    coupon->lines = lines.items;
    coupon->line_count = lines.count;
    return count_covered(applying, lines.count, err);
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

/* Rule 6. What is billed again counts by what bills it again, from the cutoff of that on. */
static bool does_count(const struct coupon_past_use *use, const struct coupon_draft *draft)
{
    bool is_replaced =
        !date_is_none(use->again_on) && date_compare(use->again_on, draft->cutoff_on) <= 0;
    bool is_billed_again = draft->corrects != NULL && text_equal(use->number, draft->corrects);
    return invoice_draft_order(use->draft_key, draft->draft_key) < 0 && !use->is_undone &&
           !is_replaced && !is_billed_again;
}

/* What was stored of earlier drafts, then what was computed of them. */
static void count_uses(const struct applying *applying, const struct coupon_draft *draft,
                       const struct coupon_redemption *redemption, struct coupon_use_state *use)
{
    for (size_t i = 0; i < redemption->use_count; i++) {
        const struct coupon_past_use *stored = &redemption->uses[i];
        if (!does_count(stored, draft))
            continue;
        use->invoices++;
        use->carried = money_of_minor(stored->carried_minor, draft->currency);
    }
    const struct coupon_use_state *computed =
        &applying->computed[redemption - applying->payer->redemptions];
    use->invoices += computed->invoices;
    if (computed->invoices > 0)
        use->carried = computed->carried;
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
static bool consider(struct applying *applying, const struct coupon_draft *draft,
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
    return (struct forgiven_line){line->price_id, line->plan_id, line->is_metered, forgiven};
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
    struct money net = net_of(draft, line);
    if (gives_back(draft, line)) {
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

static void keep_cuts(const struct applying *applying, const struct coupon *applied,
                      const struct money *parts, struct draft_coupon *coupon)
{
    struct draft_cut *cuts =
        ARENA_NEW_ARRAY(applying->arena, struct draft_cut, applied->line_count + 1);
    for (size_t i = 0; i < applied->line_count; i++)
        if (money_sign(parts[i]) > 0)
            cuts[coupon->cut_count++] = (struct draft_cut){applied->lines[i], parts[i]};
    coupon->cuts = cuts;
}

static void keep_applied(const struct applying *applying, const struct candidates *candidates,
                         const struct discount_result *result, const struct coupon_draft *draft,
                         struct draft_coupons *coupons)
{
    *coupons = (struct draft_coupons){
        .items = ARENA_NEW_ARRAY(applying->arena, struct draft_coupon, candidates->count + 1),
        .draft = draft};
    for (size_t i = 0; i < candidates->count; i++) {
        struct draft_coupon *coupon = &coupons->items[coupons->count];
        if (money_sign(result->coupon_discounts[i]) <= 0)
            continue;
        *coupon = (struct draft_coupon){
            .redemption = candidates->redemptions[i],
            .discount = result->coupon_discounts[i],
            .carried = coupon_carried(&candidates->terms[i], result->unused[i])};
        keep_cuts(applying, &candidates->coupons[i], result->parts[i], coupon);
        coupons->count++;
    }
}

/* What coupons took of each line, then what is not given back: the draft is done with it. */
static bool finish_draft(struct applying *applying, const struct coupon_draft *draft,
                         const struct discount_result *result, struct draft_coupons *coupons,
                         struct error *err)
{
    struct money *unpaid = ARENA_NEW_ARRAY(applying->arena, struct money, draft->line_count + 1);
    struct money *given = ARENA_NEW_ARRAY(applying->arena, struct money, draft->line_count + 1);
    struct money *forgiven = ARENA_NEW_ARRAY(applying->arena, struct money, draft->line_count + 1);
    const struct line_order *order = order_of(applying, draft);
    for (size_t i = 0; i < draft->line_count; i++) {
        unpaid[i] = result->line_discounts[i];
        forgiven[i] = money_zero(draft->currency);
    }
    ARRAY_ADD(applying->arena, &applying->done) = (struct done_draft){draft, unpaid, forgiven};
    for (size_t i = 0; i < draft->line_count; i++)
        if (!settle_line(applying, draft, order[i].line, unpaid, forgiven, err))
            return error_context(err, "line %" PRId64, draft->lines[order[i].line].line);
    for (size_t i = 0; i < draft->line_count; i++)
        given[i] = gives_back(draft, i) ? unpaid[i] : money_zero(draft->currency);
    coupons->unpaid = given;
    coupons->forgiven = forgiven;
    return true;
}

static bool apply_to(struct applying *applying, const struct coupon_draft *draft,
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
    return finish_draft(applying, draft, &result, coupons, err);
}

bool tax_coupons_apply(const struct coupon_payer *payer, int64_t invoice_id,
                       enum coupon_stacking stacking, enum rounding rounding, struct arena *arena,
                       struct draft_coupons *ret_coupons, struct error *err)
{
    struct applying applying = {
        .payer = payer,
        .stacking = stacking,
        .rounding = rounding,
        .arena = arena,
        .computed = ARENA_NEW_ARRAY(arena, struct coupon_use_state, payer->redemption_count + 1)};
    *ret_coupons = (struct draft_coupons){0};
    for (size_t i = 0; i < payer->draft_count; i++) {
        struct draft_coupons coupons;
        if (!apply_to(&applying, &payer->drafts[i], &coupons, err))
            return false;
        if (payer->drafts[i].invoice_id == invoice_id) {
            *ret_coupons = coupons;
            return true;
        }
        for (size_t c = 0; c < coupons.count; c++) {
            struct coupon_use_state *computed =
                &applying.computed[coupons.items[c].redemption - payer->redemptions];
            computed->invoices++;
            computed->carried = coupons.items[c].carried;
        }
    }
    return true;
}
