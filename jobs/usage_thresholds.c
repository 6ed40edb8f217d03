/* usage-thresholds: see what each subscription has used so far of the period that it is in, and
 * where that passes a threshold of its plan, make a period that ends now, for an invoice before the
 * end (core/billing/progressive.h). An item is a subscription.
 *
 * The day that the run is for counts whole. What the period costs in the end does not change: the
 * invoice at its end bills the rest. While such an invoice is on its way no other is made. */
#include "core/billing/period_part.h"
#include "core/billing/progressive.h"
#include "core/calendar/zone.h"
#include "core/stores/life_store.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"
#include "jobs/period_rating.h"
#include "jobs/subscription_terms.h"

struct thresholds_memory {
    struct job_tenant tenant; /* first: chunk_state is read as such */
    struct zone_cache *zones;
};

/* A subscription with the usage periods that it is in, of each price one; of a day's subscriptions
 * that have no thresholds the customer alone, without. */
struct thresholds_item {
    const struct advance_customer *customer;
    const struct advance_subscription *subscription;
    const struct stored_life *life;
    struct rating_period *periods; /* in the chunk's list */
    size_t period_count;
    size_t first; /* of them, until the list is whole */
    const struct error *failure;
};

struct items ARRAY_OF(struct thresholds_item *);
struct open_periods ARRAY_OF(struct rating_period);

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    return job_plan_due_work(ctx, WORK_THRESHOLDS, plan, err);
}

static struct thresholds_memory *memory_of(const struct job_ctx *ctx)
{
    if (*ctx->memory == NULL) {
        struct thresholds_memory *memory = ARENA_NEW(ctx->arena, struct thresholds_memory);
        const char *directory = job_environment(ctx)->settings->directories.zoneinfo.text;
        memory->zones = zone_cache_create(directory);
        *ctx->memory = memory;
    }
    return *ctx->memory;
}

static void release(void *memory)
{
    zone_cache_destroy(&((struct thresholds_memory *)memory)->zones);
}

/* ---------------------------------------------------------------- who may pass one */

/* One with changes may have come to another plan. */
static bool may_pass(const struct billing_catalog *catalog,
                     const struct advance_subscription *subscription)
{
    const struct catalog_plan *own = catalog_plan_find(catalog, subscription->plan_id);
    return !date_is_none(subscription->life_since) || (own != NULL && own->thresholds.count > 0);
}

static void add_items(const struct job_ctx *ctx, const struct advance_customer *customer,
                      struct chunk *chunk, struct items *items)
{
    const struct thresholds_memory *memory = memory_of(ctx);
    struct arena *arena = chunk_arena(chunk);
    const char *key = job_number_key(chunk, customer->customer_id);
    size_t before = items->count;
    for (size_t i = 0; i < customer->subscription_count; i++) {
        if (!may_pass(memory->tenant.catalog, &customer->subscriptions[i]))
            continue;
        struct thresholds_item *item = ARENA_NEW(arena, struct thresholds_item);
        *item = (struct thresholds_item){.customer = customer,
                                         .subscription = &customer->subscriptions[i]};
        ARRAY_ADD(arena, items) = item;
        (void)chunk_add_item(
            chunk, key, arena_printf(arena, "subscription %s", item->subscription->subscription),
            item);
    }
    if (items->count == before)
        (void)chunk_add_item(chunk, key, customer->customer, NULL);
}

static bool load_lives(const struct job_ctx *ctx, const struct items *items, struct arena *arena,
                       struct error *err)
{
    const struct thresholds_memory *memory = memory_of(ctx);
    struct stored_life *lives = NULL;
    const struct advance_subscription **subscriptions =
        (const struct advance_subscription **)arena_alloc_array(
            arena, items->count + 1, sizeof(const struct advance_subscription *));
    for (size_t i = 0; i < items->count; i++)
        subscriptions[i] = items->items[i]->subscription;
    if (items->count == 0)
        return true;
    if (!life_store_load(ctx->db, memory->tenant.tenant_id, subscriptions, items->count,
                         memory->tenant.catalog, arena, &lives, err))
        return false;
    for (size_t i = 0; i < items->count; i++)
        items->items[i]->life = &lives[i];
    return true;
}

/* ---------------------------------------------------------------- the periods they are in */

/* A day by which every period is due that a subscription is in now. */
static bool far_day(const struct stored_life *life, struct date day, struct date *ret_far,
                    struct error *err)
{
    int64_t longest = 1;
    for (size_t i = 0; i < life->timeline.price_count; i++) {
        const struct timeline_plan *plan_of = &life->timeline.plans[life->timeline.prices[i].plan];
        int64_t days = 366;
        switch (plan_of->interval) {
        case INTERVAL_DAY:
            days = 1;
            break;
        case INTERVAL_WEEK:
            days = 7;
            break;
        case INTERVAL_MONTH:
            days = 31;
            break;
        case INTERVAL_QUARTER:
            days = 92;
            break;
        case INTERVAL_HALF_YEAR:
            days = 184;
            break;
        case INTERVAL_YEAR:
            break;
        }
        if (days * plan_of->interval_count > longest)
            longest = days * plan_of->interval_count;
    }
    return date_add_days(day, (int32_t)longest + 1, ret_far, err);
}

static bool add_period(const struct job_ctx *ctx, const struct thresholds_item *item,
                       const struct charge_slot *slot, const struct zone *zone, struct date cut_on,
                       const struct rating_progressives *progressives, struct arena *arena,
                       struct open_periods *periods, struct error *err)
{
    struct period_part part;
    int64_t price_id = item->life->price_ids[slot->price];
    int64_t subscription_id = item->subscription->subscription_id;
    const struct rating_progressive *begun =
        rating_progressive_find(progressives, subscription_id, price_id, slot->period.start);
    enum run_grid grid = ctx->key == JOB_KEY_PERIOD ? RUN_GRID_MONTH : RUN_GRID_DAY;
    struct date cutoff_on;
    if (catalog_price_on(memory_of(ctx)->tenant.catalog, price_id, slot->priced_on) == NULL)
        return true; /* period-advance makes none of it */
    if (!period_part_make(slot->basis, zone, slot->full, slot->period, &part, err) ||
        !run_grid_cutoff(grid, cut_on, &cutoff_on, err))
        return false;
    bool by_its_start = date_compare(slot->priced_on, slot->period.start) == 0;
    bool counts_before = date_compare(slot->counts_from, slot->period.start) < 0;
    ARRAY_ADD(arena, periods) = (struct rating_period){
        .payer_id = item->customer->payer_id,
        .customer_id = item->customer->customer_id,
        .subscription_id = subscription_id,
        .subscription = item->subscription->subscription,
        .priced_on = by_its_start ? DATE_NONE : slot->priced_on,
        .price_id = price_id,
        .start_on = slot->period.start,
        .kind = progressive_kind(begun == NULL ? 1 : begun->made + 1, arena),
        .end_on = slot->period.end,
        .start_at_us = stored_life_instant(item->life, slot->price, zone, slot->period.start),
        .end_at_us = zone_midnight(zone, date_min(cut_on, slot->period.end)),
        .full_start_on = slot->full.start,
        .full_end_on = slot->full.end,
        .due_on = cut_on,
        .cutoff_on = cutoff_on,
        .proration = period_part_text(&part, arena),
        .counts_from_on = counts_before ? slot->counts_from : DATE_NONE,
        .counts_from_us =
            counts_before ? stored_life_instant(item->life, slot->price, zone, slot->counts_from)
                          : DB_I64_NONE,
        .counts_gaps = stored_life_gaps_text(item->life, slot, zone, arena),
        .begun_waiting = begun == NULL ? 0 : begun->waiting,
    };
    return true;
}

/* Begun, and not due by itself. */
static bool is_open(const struct charge_slot *slot, struct date cut_on)
{
    return slot->kind == SLOT_USAGE && date_compare(slot->period.start, cut_on) < 0 &&
           date_compare(slot->due_on, cut_on) > 0;
}

static bool find_periods(const struct job_ctx *ctx, struct thresholds_item *item,
                         const struct rating_progressives *progressives, struct arena *arena,
                         struct open_periods *periods, struct error *err)
{
    const struct thresholds_memory *memory = memory_of(ctx);
    const struct zone *zone = NULL;
    struct subscription_timeline timeline = item->life->timeline;
    struct subscription_terms terms;
    struct charge_slots slots = {0};
    struct date cut_on, far;
    timeline.terms = &terms;
    timeline.basis = job_environment(ctx)->settings->rules.proration;
    item->first = periods->count;
    if (!zone_load(
            memory->zones,
            job_subscription_zone(memory->tenant.catalog, item->customer, item->subscription),
            &zone, err) ||
        !job_subscription_terms(memory->tenant.catalog, item->subscription, &terms, err) ||
        !date_add_days(ctx->business_date, 1, &cut_on, err) ||
        !far_day(item->life, cut_on, &far, err) ||
        !subscription_timeline_slots(&timeline, far, arena, &slots, err))
        return false;
    for (size_t i = 0; i < slots.count; i++)
        if (is_open(&slots.items[i], cut_on) &&
            !add_period(ctx, item, &slots.items[i], zone, cut_on, progressives, arena, periods,
                        err))
            return false;
    item->period_count = periods->count - item->first;
    return true;
}

/* One that cannot be computed does not stop the others. */
static bool fail_item(struct thresholds_item *item, struct open_periods *periods,
                      struct arena *arena, struct error *err)
{
    if (err->kind != ERROR_ITEM)
        return false;
    struct error *kept = ARENA_NEW(arena, struct error);
    *kept = *err;
    item->failure = kept;
    periods->count = item->first;
    error_clear(err);
    return true;
}

/* No period that anybody is in began before the longest interval ago: all there ever were is a
 * list that grows, so only of these. */
static struct date earliest(const struct job_ctx *ctx, const struct items *items)
{
    struct date from = ctx->business_date, far;
    struct error ignored = {0};
    for (size_t i = 0; i < items->count; i++)
        if (far_day(items->items[i]->life, ctx->business_date, &far, &ignored)) {
            struct date back = {ctx->business_date.days - (far.days - ctx->business_date.days)};
            from = date_min(from, back);
        }
    return from;
}

static bool load_periods(const struct job_ctx *ctx, const struct items *items, struct arena *arena,
                         struct error *err)
{
    const struct thresholds_memory *memory = memory_of(ctx);
    struct rating_progressives progressives = {0};
    struct open_periods periods = {0};
    int64_t first_id = INT64_MAX, last_id = 0;
    for (size_t i = 0; i < items->count; i++) {
        int64_t id = items->items[i]->subscription->subscription_id;
        first_id = id < first_id ? id : first_id;
        last_id = id > last_id ? id : last_id;
    }
    if (!rating_store_load_progressive(ctx->db, memory->tenant.tenant_id, earliest(ctx, items),
                                       first_id, last_id, arena, &progressives, err))
        return false;
    for (size_t i = 0; i < items->count; i++)
        if (!find_periods(ctx, items->items[i], &progressives, arena, &periods, err) &&
            !fail_item(items->items[i], &periods, arena, err))
            return false;
    for (size_t i = 0; i < items->count; i++)
        items->items[i]->periods = periods.items + items->items[i]->first;
    return rating_store_complete(ctx->db, memory->tenant.catalog, periods.items, periods.count,
                                 arena, err);
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct thresholds_memory *memory = memory_of(ctx);
    struct advance_customer *customers = NULL;
    struct items items = {0};
    size_t count = 0;
    int64_t after_id = 0;
    int64_t hi_id = 0;
    chunk_set_state(chunk, memory);
    if (!job_tenant_load(ctx, range->tenant_id, CATALOG_WHOLE, &memory->tenant, err) ||
        !job_number_range(range, &after_id, &hi_id, err) ||
        !period_store_load(ctx->db, range->tenant_id, after_id, hi_id, range->limit,
                           ctx->business_date, chunk_arena(chunk), &customers, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        add_items(ctx, &customers[i], chunk, &items);
    return load_lives(ctx, &items, chunk_arena(chunk), err) &&
           (items.count == 0 || load_periods(ctx, &items, chunk_arena(chunk), err));
}

/* ---------------------------------------------------------------- one subscription */

static bool same_sum(const struct rating_period *a, const struct rating_period *b)
{
    return a->listed->plan_id == b->listed->plan_id &&
           date_compare(a->full_start_on, b->full_start_on) == 0 &&
           currency_equal(a->price->price.currency, b->price->price.currency);
}

/* What the period costs so far, less what was billed of it. */
static bool rate(const struct job_ctx *ctx, const struct rating_period *period, struct chunk *chunk,
                 struct money *ret_amount, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    struct period_charge charge = job_period_charge(ctx, tenant->catalog, period);
    struct rating_request request;
    struct rating rated;
    if (!period_charge_request(&charge, &request, err) ||
        !rating_price(charge.price, &request, chunk_scratch(chunk), &rated, err))
        return false;
    *ret_amount = rated.amount;
    return true;
}

static void append_period(const struct rating_period *period, struct chunk *chunk)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    struct billing_period_row *row = chunk_append(chunk, &BILLING_PERIOD_ADD);
    *row = (struct billing_period_row){
        .tenant_id = tenant->tenant_id,
        .subscription_id = period->subscription_id,
        .price_id = period->price_id,
        .start_on = period->start_on,
        .kind = period->kind,
        .end_on = period->end_on,
        .start_at_us = period->start_at_us,
        .end_at_us = period->end_at_us,
        .full_start_on = period->full_start_on,
        .full_end_on = period->full_end_on,
        .due_on = period->due_on,
        .cutoff_on = period->cutoff_on,
        .priced_on = period->priced_on,
        .proration = period->proration,
        .counts_from_on = period->counts_from_on,
        .counts_from_us = period->counts_from_us,
        .counts_gaps = period->counts_gaps,
        .payer_id = period->payer_id,
    };
}

/* What a later part of its price counts from is billed with it, be it nothing: how much was used
 * before that part is what the lines before it say. */
static bool is_billed(const struct thresholds_item *item, size_t index, const struct money *amounts)
{
    const struct rating_period *period = &item->periods[index];
    bool billed = money_sign(amounts[index]) > 0;
    for (size_t i = 0; i < item->period_count && !billed; i++) {
        const struct rating_period *later = &item->periods[i];
        billed = later->price_id == period->price_id && money_sign(amounts[i]) > 0 &&
                 date_compare(later->start_on, period->start_on) > 0 &&
                 !date_is_none(later->counts_from_on) &&
                 date_compare(later->counts_from_on, period->start_on) <= 0;
    }
    return billed;
}

/* The sum that begins with this period. */
static bool bill_sum(const struct thresholds_item *item, size_t first, const struct money *amounts,
                     struct chunk *chunk, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    const struct rating_period *period = &item->periods[first];
    const struct catalog_plan *plan_of =
        catalog_plan_find(tenant->catalog, period->listed->plan_id);
    struct money billed = money_zero(period->price->price.currency);
    struct money running = billed;
    struct decimal reached;
    bool is_waiting = false;
    bool due = false;
    for (size_t i = first; i < item->period_count; i++) {
        const struct rating_period *other = &item->periods[i];
        if (!same_sum(period, other))
            continue;
        is_waiting = is_waiting || other->begun_waiting > 0;
        if (!money_add(running, amounts[i], &running, err) ||
            !money_add(billed, other->billed_amount, &billed, err))
            return false;
    }
    if (plan_of == NULL || is_waiting || !money_add(running, billed, &running, err))
        return plan_of == NULL || is_waiting;
    if (!progressive_is_due(&plan_of->thresholds, billed, running, &reached, &due, err))
        return false;
    for (size_t i = first; due && i < item->period_count; i++)
        if (same_sum(period, &item->periods[i]) && is_billed(item, i, amounts))
            append_period(&item->periods[i], chunk);
    return true;
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct thresholds_item *data = item->data;
    if (data == NULL)
        return true;
    if (data->failure != NULL) {
        *err = *data->failure;
        return false;
    }
    struct money *amounts =
        ARENA_NEW_ARRAY(chunk_scratch(chunk), struct money, data->period_count + 1);
    for (size_t i = 0; i < data->period_count; i++) {
        const struct rating_period *period = &data->periods[i];
        if (period->failure != NULL) {
            *err = *period->failure;
            return false;
        }
        if (period->price == NULL)
            return error_item(err, "missing_price", "a price has no version on %s",
                              date_text(period->start_on).text);
        if (!rate(ctx, period, chunk, &amounts[i], err))
            return false;
    }
    for (size_t i = 0; i < data->period_count; i++) {
        bool is_first = true;
        for (size_t k = 0; k < i; k++)
            is_first = is_first && !same_sum(&data->periods[k], &data->periods[i]);
        if (is_first && !bill_sum(data, i, amounts, chunk, err))
            return false;
    }
    return true;
}

static const struct bulk_table *const tables[] = {&BILLING_PERIOD_ADD};

const struct job job_usage_thresholds = {
    .name = "usage-thresholds",
    .summary = "make invoices due before the period's end where usage passes a threshold",
    .begins = true,
    .key = JOB_KEY_DATE,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = release,
};
