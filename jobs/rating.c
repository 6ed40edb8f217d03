/* rating: price every due period and gather the lines into drafts. An item is a payer with all due
 * periods of the customers he pays for, but for those that cannot be rated (rating_waiting.h).
 *
 * A draft is (payer, currency, billing group, cutoff): the billing group is the subscription where
 * `consolidate` is off, else there is one. The cutoff of a period is the run in which it was due,
 * so that a run that catches up makes the drafts that punctual runs would have made. A further
 * draft of the same key (late usage after the invoice) takes the next sequence. The tax point of a
 * draft is its cutoff. What is billed again has a draft of its own, with the tax point of the
 * invoice that it replaces. */
#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/billing/correction.h"
#include "core/billing/invoice.h"
#include "core/billing/progressive.h"
#include "core/calendar/instant.h"
#include "core/stores/rating_rows.h"
#include "core/stores/rating_store.h"
#include "core/stores/usage_version.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"
#include "jobs/period_rating.h"
#include "jobs/rating_charges.h"
#include "jobs/rating_contracts.h"
#include "jobs/rating_shares.h"
#include "jobs/rating_waiting.h"

/* A draft being gathered: where its row is, so that the totals can be added to. */
struct open_draft {
    int64_t invoice_id;
    struct currency currency;
    struct date cutoff_on;
    const char *billing_group;
    const char *beside;       /* the group of drafts that bill nothing again, of the same lines */
    const char *corrects;     /* the invoice that it bills again, or NULL */
    struct date tax_point_on; /* that of the invoice that it bills again, else the cutoff */
    struct money subtotal;    /* before the lines' discounts */
    struct money discount;
    int64_t lines;
};

struct open_drafts ARRAY_OF(struct open_draft);

/* The state of a chunk. */
struct rating_chunk {
    struct job_tenant tenant; /* first: compute reads it as such */
    int64_t usage_version;    /* that was loaded */
    bool is_metered;          /* any period: only then does usage matter */
};

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    return job_plan_due_work(ctx, WORK_TO_RATE, plan, err);
}

static bool is_metered(const struct rating_payer *payer)
{
    for (size_t i = 0; i < payer->period_count; i++)
        if (payer->periods[i].meter != NULL)
            return true;
    return false;
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct rating_range wanted = {.tenant_id = range->tenant_id,
                                  .limit = range->limit,
                                  .business_date = ctx->business_date,
                                  .late_waits = job_environment(ctx)->settings->rules.late_usage ==
                                                LATE_USAGE_PARK};
    struct rating_payer *payers = NULL;
    struct rating_waived waived = {0};
    size_t count = 0;
    const struct job_tenant *tenant = NULL;
    struct rating_chunk *state = ARENA_NEW(chunk_arena(chunk), struct rating_chunk);
    if (!job_tenant_of(ctx, range->tenant_id, &tenant, err) ||
        !job_number_range(range, &wanted.after_id, &wanted.hi_id, err) ||
        !usage_version_load(ctx->db, range->tenant_id, &state->usage_version, err) ||
        !rating_store_load(ctx->db, tenant->catalog, &wanted, chunk_arena(chunk), &payers, &count,
                           err) ||
        !usage_share_store_count(ctx->db, range->tenant_id, payers, count, wanted.late_waits,
                                 chunk_arena(chunk), err))
        return false;
    state->tenant = *tenant;
    chunk_set_state(chunk, state);
    for (size_t i = 0; i < count; i++) {
        state->is_metered = state->is_metered || is_metered(&payers[i]);
        if (!rating_add_items(ctx, tenant, &waived, &payers[i], chunk, err))
            return false;
    }
    return true;
}

/* An event that is imported behind our back would be billed neither here nor, since its period was
 * not rated yet when the import looked, as late. */
static bool confirm(const struct job_ctx *ctx, const struct chunk *chunk, struct error *err)
{
    const struct rating_chunk *state = chunk_state(chunk);
    return !state->is_metered ||
           usage_version_confirm(ctx->db, state->tenant.tenant_id, state->usage_version, err);
}

/* ---------------------------------------------------------------- one period */

/* As a row has it: NULL where no one price holds. */
static const char *figure_text(struct price_figure figure, struct arena *arena)
{
    return figure.given ? arena_copy(arena, decimal_text(figure.value).text) : NULL;
}

static bool is_late(const struct rating_period *period)
{
    return !period->is_slot && period->progressive == 0;
}

static bool is_reversal(const struct rating_period *period)
{
    return period->is_slot && period->slot.reversal;
}

/* What is measured, and in what: a product may have several meters. */
static const char *measured_of(const struct catalog_meter *meter, struct arena *arena)
{
    const char *name = text_is_empty(meter->name) ? meter->meter : meter->name;
    bool has_unit = !text_is_empty(meter->unit) && !text_equal(meter->unit, name);
    return has_unit ? arena_printf(arena, "%s (%s)", name, meter->unit) : name;
}

/* What is charged for: whose it is where another one pays, the product, and what is measured of it.
 * How the line came about is its kind; what of it the document as a whole tells apart, line_text.h.
 */
static const char *description_of(const struct billing_catalog *catalog,
                                  const struct rating_period *period, struct arena *arena)
{
    const char *text = period->listed->product_name;
    const struct catalog_meter *meter = catalog_meter_find(catalog, period->listed->meter_id);
    if (meter != NULL) /* of what is taken back too, whose usage is not counted */
        text = arena_printf(arena, "%s, %s", text, measured_of(meter, arena));
    return text_is_empty(period->used_by) ? text
                                          : arena_printf(arena, "%s: %s", period->used_by, text);
}

/* A period in figures. A credit is what the same charge would be, with the other sign: its quantity
 * is negative, and its discount is in its amount; so is that of late usage that lowers what was
 * used. What of it was never paid is taken off with the coupons (core/billing/give_back.h,
 * jobs/tax.c). */
struct rated_period {
    bool is_rated;
    struct decimal quantity;
    const char *unit_amount; /* NULL: no one price for the whole quantity */
    struct money amount;     /* before the cut of a maximum, which is its discount */
    struct money discount;
    struct usage_shares shares; /* whose its usage is */
};

/* A payer while his periods are rated. */
struct payer_rating {
    const struct rating_payer *payer;
    struct rated_period *all; /* as far as they are rated */
    struct rating_charges charges;
    struct open_drafts drafts;
};

/* No line below zero has a discount of its own. */
static bool take_discount_in(struct rated_period *rated, struct error *err)
{
    struct money net;
    if (!money_subtract(rated->amount, rated->discount, &net, err))
        return false;
    if (money_sign(net) < 0) {
        rated->amount = net;
        rated->discount = money_zero(net.currency);
    }
    return true;
}

static bool negate(struct rated_period *rated, struct error *err)
{
    struct money net;
    if (!money_subtract(rated->amount, rated->discount, &net, err) ||
        !money_negate(net, &rated->amount, err) ||
        !decimal_negate(rated->quantity, &rated->quantity, err) ||
        !usage_shares_negate(&rated->shares, err))
        return false;
    rated->discount = money_zero(net.currency);
    return true;
}

/* What this chunk bills of the period before its end, by lines that are not there yet. */
static bool add_begun(const struct payer_rating *rating, const struct rating_period *period,
                      struct period_charge *charge, struct usage_shares *shares,
                      struct arena *arena, struct error *err)
{
    struct rating_charges like = rating_charges_like(&rating->charges, period);
    int64_t begun = 0;
    for (size_t i = 0; i < like.count; i++) {
        const struct rated_period *rated = &rating->all[like.items[i].place];
        if (rating->payer->periods[like.items[i].place].progressive == 0 || !rated->is_rated)
            continue;
        begun++;
        charge->billed_before = true;
        if (!decimal_add(charge->billed_quantity, rated->quantity, &charge->billed_quantity, err) ||
            !money_add(charge->billed_amount, rated->amount, &charge->billed_amount, err) ||
            !money_subtract(charge->billed_amount, rated->discount, &charge->billed_amount, err) ||
            !money_add(charge->billed_discount, rated->discount, &charge->billed_discount, err) ||
            !rating_shares_less(shares, &rated->shares, rated->quantity, arena, err))
            return false;
    }
    return begun == period->begun_waiting ||
           error_item(err, "not_billed_yet",
                      "what was used until a threshold was passed is not billed yet");
}

static bool rate_charge(const struct job_ctx *ctx, const struct payer_rating *rating,
                        const struct rating_period *period, struct chunk *chunk,
                        struct rated_period *ret_rated, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    struct rating_request request;
    struct rating rated;
    struct period_charge charge = job_period_charge(ctx, tenant->catalog, period);
    struct arena *arena = chunk_arena(chunk);
    if (!rating_shares_begin(period, arena, &ret_rated->shares, err) ||
        (period->begun_waiting > 0 &&
         !add_begun(rating, period, &charge, &ret_rated->shares, arena, err)) ||
        !period_charge_request(&charge, &request, err) ||
        !rating_price(charge.price, &request, chunk_scratch(chunk), &rated, err) ||
        !period_charge_line(&charge, &rated, &ret_rated->amount, &ret_rated->discount, err))
        return false;
    ret_rated->is_rated = true;
    ret_rated->quantity = request.quantity;
    ret_rated->unit_amount =
        figure_text(period_charge_unit_amount(&charge, &request), chunk_arena(chunk));
    return slot_entry_is_negative(&period->slot) ? negate(ret_rated, err)
                                                 : take_discount_in(ret_rated, err);
}

static bool add_rated(struct rated_period *sum, struct decimal quantity, struct money amount,
                      struct money discount, struct error *err)
{
    sum->is_rated = true;
    return decimal_add(sum->quantity, quantity, &sum->quantity, err) &&
           money_add(sum->amount, amount, &sum->amount, err) &&
           money_add(sum->discount, discount, &sum->discount, err);
}

/* By what this chunk bills again: that is taken back instead. */
static bool is_replaced(const struct payer_rating *rating, const struct rating_charges *like,
                        const struct rating_billed *line)
{
    for (size_t i = 0; i < like->count; i++) {
        size_t place = like->items[i].place;
        if (rating->all[place].is_rated &&
            correction_is_rebill_of(rating->payer->periods[place].kind, line->billed))
            return true;
    }
    return false;
}

/* Exactly what was billed before coupons, by lines that are there and by those of this chunk. */
static bool rate_reversal(const struct payer_rating *rating, const struct rating_period *period,
                          struct arena *arena, struct rated_period *ret_rated, struct error *err)
{
    struct rating_charges like = rating_charges_like(&rating->charges, period);
    struct currency currency = period->price->price.currency;
    struct rated_period sum = {.quantity = decimal_from_i64(0),
                               .amount = money_zero(currency),
                               .discount = money_zero(currency)};
    for (size_t i = 0; i < period->taken_back_count; i++) {
        const struct rating_billed *line = &period->taken_back[i];
        if (is_replaced(rating, &like, line))
            continue;
        sum.unit_amount = period->taken_back_count == 1 ? line->unit_amount : NULL;
        if (!add_rated(&sum, line->quantity, money_of_minor(line->amount_minor, currency),
                       money_of_minor(line->discount_minor - line->coupon_minor, currency), err) ||
            !rating_shares_with(&sum.shares, &line->shares, line->quantity, arena, err))
            return false;
    }
    for (size_t i = 0; i < like.count; i++) {
        const struct rated_period *rated = &rating->all[like.items[i].place];
        if (rated->is_rated &&
            rating_is_taken_back(&rating->payer->periods[like.items[i].place], period) &&
            (!add_rated(&sum, rated->quantity, rated->amount, rated->discount, err) ||
             !rating_shares_with(&sum.shares, &rated->shares, rated->quantity, arena, err)))
            return false;
    }
    if (!sum.is_rated)
        return error_item(err, "not_billed_yet",
                          "what is to be taken back from %s on is not billed yet",
                          date_text(period->start_on).text);
    *ret_rated = sum;
    return negate(ret_rated, err);
}

static bool append_line(const struct rating_period *period, const struct rated_period *rated,
                        struct open_draft *draft, struct chunk *chunk, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    bool is_own = period->price->price_id == period->price_id;
    if (!money_add(draft->subtotal, rated->amount, &draft->subtotal, err) ||
        !money_add(draft->discount, rated->discount, &draft->discount, err))
        return false;
    struct draft_line_row *row = chunk_append(chunk, &DRAFT_LINE_ADD);
    *row = (struct draft_line_row){
        .tenant_id = tenant->tenant_id,
        .invoice_id = draft->invoice_id,
        .line = ++draft->lines,
        .kind = period->kind,
        .subscription_id = period->subscription_id,
        .price_id = period->price_id,
        .price_valid_from = period->listed->price.valid_from,
        .period_start_on = period->start_on,
        .period_end_on = period->end_on,
        .description = description_of(tenant->catalog, period, chunk_arena(chunk)),
        .quantity = rated->quantity,
        .unit_amount = rated->unit_amount,
        .amount_minor = money_minor(rated->amount),
        .discount_minor = money_minor(rated->discount),
        .tax_category = period->listed->tax_category,
        .event_count = period->usage.event_count,
        .phase_id = period->phase == NULL ? DB_I64_NONE : period->phase->phase_id,
        .rated_price_id = is_own ? DB_I64_NONE : period->price->price_id,
        .rated_valid_from = is_own ? DATE_NONE : period->price->price.valid_from,
    };
    rating_shares_append(&rated->shares, row->tenant_id, row->invoice_id, row->line, chunk);
    return true;
}

/* What follows from a rated period besides its line. */
static void append_done(const struct rating_period *period, const struct open_draft *draft,
                        struct chunk *chunk)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    struct period_drafted_row *drafted = chunk_append(chunk, &PERIOD_DRAFTED);
    *drafted = (struct period_drafted_row){.tenant_id = tenant->tenant_id,
                                           .subscription_id = period->subscription_id,
                                           .price_id = period->price_id,
                                           .start_on = period->start_on,
                                           .kind = period->kind,
                                           .invoice_id = draft->invoice_id};
    if (period->meter == NULL)
        return;
    if (period->progressive > 0) /* what comes for it still counts at its end */
        return;
    if (!is_late(period)) {
        struct usage_rated_row *rated = chunk_append(chunk, &USAGE_RATED);
        *rated = (struct usage_rated_row){.tenant_id = tenant->tenant_id,
                                          .subscription_id = period->subscription_id,
                                          .meter_id = period->meter->meter_id,
                                          .through_us = period->end_at_us};
    }
    for (size_t i = 0; i < period->late_count; i++) {
        struct usage_billed_row *billed = chunk_append(chunk, &USAGE_BILLED);
        *billed = (struct usage_billed_row){.tenant_id = tenant->tenant_id,
                                            .day = instant_utc_date(period->late[i].at_us).days,
                                            .subscription_id = period->subscription_id,
                                            .meter_id = period->meter->meter_id,
                                            .at_us = period->late[i].at_us,
                                            .event_key = period->late[i].event_key,
                                            .late = false};
    }
}

/* ---------------------------------------------------------------- drafts */

/* How many drafts of this cutoff, currency and group exist already: the sequence of the next. */
static bool next_draft_key(const struct rating_payer *payer, const struct open_draft *draft,
                           struct arena *arena, int64_t *ret_sequence, const char **ret_key,
                           struct error *err)
{
    for (int64_t sequence = 0;; sequence++) {
        bool taken = false;
        if (!invoice_draft_key(draft->cutoff_on, payer->customer, draft->currency, draft->beside,
                               sequence, arena, ret_key, err))
            return false;
        for (size_t i = 0; i < payer->draft_count && !taken; i++)
            taken = text_equal(payer->drafts[i].draft_key, *ret_key);
        *ret_sequence = sequence;
        if (!taken)
            return true;
    }
}

/* What a line needs of its draft. */
struct draft_terms {
    struct currency currency;
    struct date cutoff_on;
    const char *group;                    /* the subscription, or the contract of a true-up */
    const struct rating_period *corrects; /* a period of what is billed again, or NULL */
};

static bool draft_for(const struct job_ctx *ctx, const struct draft_terms *terms,
                      struct open_drafts *drafts, struct chunk *chunk,
                      struct open_draft **ret_draft, struct error *err)
{
    bool consolidate = job_environment(ctx)->settings->rules.consolidate;
    const char *corrects = terms->corrects == NULL ? NULL : terms->corrects->corrects;
    const char *beside = consolidate ? "" : terms->group;
    const char *group = corrects != NULL ? "" : beside;
    for (size_t i = drafts->count; i-- > 0;) {
        struct open_draft *draft = &drafts->items[i];
        if (date_compare(draft->cutoff_on, terms->cutoff_on) == 0 &&
            currency_equal(draft->currency, terms->currency) &&
            text_equal(draft->billing_group, group) && text_equal(draft->corrects, corrects)) {
            *ret_draft = draft;
            return true;
        }
    }
    struct open_draft draft = {
        .currency = terms->currency,
        .cutoff_on = terms->cutoff_on,
        .billing_group = group,
        .beside = beside,
        .corrects = corrects,
        .tax_point_on = corrects == NULL ? terms->cutoff_on : terms->corrects->corrected_tax_point,
        .subtotal = money_zero(terms->currency),
        .discount = money_zero(terms->currency)};
    if (!chunk_next_id(chunk, &draft.invoice_id, err))
        return false;
    *ret_draft = &ARRAY_ADD(chunk_scratch(chunk), drafts);
    **ret_draft = draft;
    return true;
}

static bool draft_key_of(const struct rating_payer *payer, const struct open_draft *draft,
                         struct arena *arena, const char **ret_key, struct error *err)
{
    int64_t sequence = 0;
    return next_draft_key(payer, draft, arena, &sequence, ret_key, err) &&
           (draft->corrects == NULL ||
            invoice_rebill_key(draft->cutoff_on, payer->customer, draft->currency,
                               draft->tax_point_on, draft->corrects, sequence, arena, ret_key,
                               err));
}

static bool append_draft(const struct rating_payer *payer, const struct open_draft *draft,
                         struct chunk *chunk, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    const char *draft_key = NULL;
    struct money net;
    if (!draft_key_of(payer, draft, chunk_arena(chunk), &draft_key, err) ||
        !money_subtract(draft->subtotal, draft->discount, &net, err) ||
        !chunk_add_total(chunk, net, err))
        return false;
    struct draft_row *row = chunk_append(chunk, &DRAFT_ADD);
    *row = (struct draft_row){
        .tenant_id = tenant->tenant_id,
        .invoice_id = draft->invoice_id,
        .draft_key = draft_key,
        .customer_id = payer->customer_id,
        .currency = draft->currency,
        .cutoff_on = draft->cutoff_on,
        .corrects = draft->corrects,
        .status = "draft",
        .taxed = false,
        .subtotal_minor = money_minor(draft->subtotal),
        .discount_minor = money_minor(draft->discount),
        .total_minor = money_minor(net),
        .amount_due_minor = money_minor(net),
        .tax_point_on = draft->tax_point_on,
    };
    return true;
}

static bool rate_period(const struct job_ctx *ctx, struct payer_rating *rating, size_t index,
                        struct chunk *chunk, struct error *err)
{
    const struct rating_period *period = &rating->payer->periods[index];
    struct rated_period *rated = &rating->all[index];
    struct open_draft *draft = NULL;
    if (is_reversal(period) ? !rate_reversal(rating, period, chunk_arena(chunk), rated, err)
                            : !rate_charge(ctx, rating, period, chunk, rated, err))
        return false;
    struct draft_terms terms = {.currency = period->price->price.currency,
                                .cutoff_on = period->cutoff_on,
                                .group = period->subscription,
                                .corrects = period->corrects == NULL ? NULL : period};
    if (!draft_for(ctx, &terms, &rating->drafts, chunk, &draft, err) ||
        !append_line(period, rated, draft, chunk, err))
        return false;
    append_done(period, draft, chunk);
    return true;
}

/* ---------------------------------------------------------------- commitments of contracts */

static bool append_true_up(const struct contract_bill *bill, struct open_draft *draft,
                           struct chunk *chunk, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    const struct contract_phase *phase = bill->phase;
    if (!money_add(draft->subtotal, bill->amount, &draft->subtotal, err))
        return false;
    struct draft_line_row *row = chunk_append(chunk, &DRAFT_LINE_ADD);
    *row = (struct draft_line_row){
        .tenant_id = tenant->tenant_id,
        .invoice_id = draft->invoice_id,
        .line = ++draft->lines,
        .kind = arena_copy(chunk_arena(chunk), bill->kind),
        .price_id = phase->phase_id,
        .price_valid_from = phase->held.start,
        .period_start_on = phase->held.start,
        .period_end_on = bill->period == NULL ? phase->held.end : bill->period->end_on,
        .description = arena_printf(chunk_arena(chunk), "%s (commitment of contract %s, %s)",
                                    phase->product_name, phase->contract, phase->phase),
        .quantity = decimal_from_i64(1),
        .amount_minor = money_minor(bill->amount),
        .tax_category = phase->tax_category,
        .phase_id = phase->phase_id,
        .rated_price_id = DB_I64_NONE,
        .rated_valid_from = DATE_NONE,
    };
    return true;
}

/* Charges that came after the true-up have no period that waits for them: theirs is made with the
 * line, or (invoice_id none) for a later run. */
static bool append_later_period(const struct contract_bill *bill, int64_t payer_id,
                                int64_t invoice_id, struct chunk *chunk, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    const struct contract_phase *phase = bill->phase;
    struct date due_on;
    if (!date_add_days(bill->cutoff_on, 1, &due_on, err))
        return false;
    struct true_up_period_row *row = chunk_append(chunk, &TRUE_UP_PERIOD_ADD);
    *row = (struct true_up_period_row){.tenant_id = tenant->tenant_id,
                                       .price_id = phase->phase_id,
                                       .start_on = phase->held.start,
                                       .kind = arena_copy(chunk_arena(chunk), bill->kind),
                                       .end_on = phase->held.end,
                                       .start_at_us = bill->start_at_us,
                                       .end_at_us = bill->end_at_us,
                                       .full_start_on = phase->held.start,
                                       .full_end_on = phase->held.end,
                                       .due_on = due_on,
                                       .cutoff_on = bill->cutoff_on,
                                       .quantity = "1",
                                       .payer_id = payer_id,
                                       .invoice_id = invoice_id};
    return true;
}

static bool append_bill(const struct job_ctx *ctx, const struct rating_payer *payer,
                        const struct contract_bill *bill, struct open_drafts *drafts,
                        struct chunk *chunk, struct error *err)
{
    const struct rating_period *period = bill->period;
    struct open_draft *draft = NULL;
    struct draft_terms terms = {.currency = bill->phase->currency,
                                .cutoff_on = bill->cutoff_on,
                                .group = bill->phase->contract,
                                .corrects =
                                    period == NULL || period->corrects == NULL ? NULL : period};
    if (bill->waits_for != 0)
        return append_later_period(bill, bill->waits_for, DB_I64_NONE, chunk, err);
    if (!draft_for(ctx, &terms, drafts, chunk, &draft, err) ||
        !append_true_up(bill, draft, chunk, err))
        return false;
    if (period == NULL)
        return append_later_period(bill, payer->customer_id, draft->invoice_id, chunk, err);
    append_done(period, draft, chunk);
    return true;
}

/* After all charges, for these draw the commitments. */
static bool settle_contracts(const struct job_ctx *ctx, struct payer_rating *rating,
                             struct chunk *chunk, struct error *err)
{
    const struct rating_payer *payer = rating->payer;
    const struct rated_period *all = rating->all;
    const struct job_tenant *tenant = chunk_state(chunk);
    struct arena *arena = chunk_scratch(chunk);
    struct contract_rated *rated =
        ARENA_NEW_ARRAY(arena, struct contract_rated, payer->period_count + 1);
    struct contract_bills bills = {0};
    if (payer->contract_count == 0)
        return true;
    for (size_t i = 0; i < payer->period_count; i++) {
        rated[i] = (struct contract_rated){.is_rated = all[i].is_rated};
        if (all[i].is_rated && !money_subtract(all[i].amount, all[i].discount, &rated[i].net, err))
            return false;
    }
    if (!rating_contracts_bill(payer, rated, tenant->catalog, ctx->business_date, arena, &bills,
                               err))
        return false;
    for (size_t i = 0; i < bills.count; i++)
        if (!append_bill(ctx, payer, &bills.items[i], &rating->drafts, chunk, err))
            return error_context(err, "contract %s", bills.items[i].phase->contract);
    return true;
}

/* What was billed before the end of its period, and is billed again, comes first: the end bills the
 * rest. What is taken back comes last: it may be what this chunk bills. */
static int pass_of(const struct rating_period *period)
{
    if (period->progressive > 0 && period->corrects != NULL)
        return 0;
    return is_reversal(period) ? 2 : 1;
}

/* Whether any period is rated by what others of its charge are rated to. */
static bool looks_at_others(const struct rating_payer *payer)
{
    for (size_t i = 0; i < payer->period_count; i++)
        if (is_reversal(&payer->periods[i]) || payer->periods[i].begun_waiting > 0)
            return true;
    return false;
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct rating_item *data = item->data;
    const struct rating_payer *payer = data->payer;
    struct arena *scratch = chunk_scratch(chunk);
    struct payer_rating rating = {.payer = payer};
    if (data->waiting != NULL) {
        *err = *data->waiting;
        return false;
    }
    rating.all = ARENA_NEW_ARRAY(scratch, struct rated_period, payer->period_count + 1);
    if (looks_at_others(payer))
        rating.charges = rating_charges_of(payer, scratch);
    for (int pass = 0; pass < 3; pass++)
        for (size_t i = 0; i < payer->period_count; i++) {
            const struct rating_period *period = &payer->periods[i];
            if (!period->is_true_up && pass_of(period) == pass &&
                !rate_period(ctx, &rating, i, chunk, err))
                return error_context(err, "subscription %s, price %s", period->subscription,
                                     period->price == NULL ? "?" : period->price->price.price);
        }
    if (!settle_contracts(ctx, &rating, chunk, err))
        return false;
    for (size_t i = 0; i < rating.drafts.count; i++)
        if (!append_draft(payer, &rating.drafts.items[i], chunk, err))
            return false;
    return true;
}

static const struct bulk_table *const tables[] = {
    &DRAFT_ADD,          &DRAFT_LINE_ADD, &USAGE_SHARE_ADD, &PERIOD_DRAFTED,
    &TRUE_UP_PERIOD_ADD, &USAGE_RATED,    &USAGE_BILLED};

const struct job job_rating = {
    .name = "rating",
    .summary = "price due periods and gather them into drafts",
    .key = JOB_KEY_PERIOD,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .confirm = confirm,
};
