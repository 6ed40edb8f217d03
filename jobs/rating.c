/* rating: price every due period and gather the lines into drafts. An item is a payer with all due
 * periods of the customers he pays for, but for those that cannot be rated (rating_waiting.h).
 *
 * A draft is (payer, currency, billing group, cutoff): the billing group is the subscription where
 * `consolidate` is off, else there is one. The cutoff of a period is the run in which it was due,
 * so that a run that catches up makes the drafts that punctual runs would have made. A further
 * draft of the same key (late usage after the invoice) takes the next sequence. The tax point of a
 * draft is its cutoff. What is billed again has a draft of its own, with the tax point of the
 * invoice that it replaces. */
#include "core/base/text.h"
#include "core/calendar/instant.h"
#include "core/stores/rating_rows.h"
#include "core/stores/rating_store.h"
#include "core/stores/usage_version.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"
#include "jobs/rated_period.h"
#include "jobs/rating_contracts.h"
#include "jobs/rating_waiting.h"

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
    struct parked_waived waived = {0};
    size_t count = 0;
    const struct job_tenant *tenant = NULL;
    struct rating_chunk *state = ARENA_NEW(chunk_arena(chunk), struct rating_chunk);
    if (!job_tenant_of(ctx, range->tenant_id, CATALOG_WHOLE, &tenant, err) ||
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

static bool rate_period(const struct job_ctx *ctx, struct payer_rating *rating, size_t index,
                        struct chunk *chunk, struct error *err)
{
    const struct rating_period *period = &rating->payer->periods[index];
    struct rated_period *rated = &rating->all[index];
    struct open_draft *draft = NULL;
    if (is_reversal(period)
            ? !rated_period_of_reversal(rating, period, chunk_arena(chunk), rated, err)
            : !rated_period_of_charge(ctx, rating, period, chunk, rated, err))
        return false;
    struct draft_terms terms = {.currency = period->price->price.currency,
                                .cutoff_on = period->cutoff_on,
                                .group = period->subscription,
                                .corrects = period->corrects == NULL ? NULL : period};
    if (!rating_draft_for(ctx, &terms, &rating->drafts, chunk, &draft, err) ||
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
        .description = phase->product_name,
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
    if (!rating_draft_for(ctx, &terms, drafts, chunk, &draft, err) ||
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
        if (!rating_draft_append(payer, &rating.drafts.items[i], chunk, err))
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
