/* period-advance: make the billing periods that have become due, and say what subscriptions have
 * become. An item is a customer with all of his subscriptions.
 *
 * A period whose price has no version on its first day is not made: the price did not hold yet, or
 * no longer. Usage that came after its period was rated gets a late period of its own, due now. */
#include <inttypes.h>

#include "core/billing/subscription_periods.h"
#include "core/calendar/zone.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/period_store.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"

struct advance_memory {
    struct job_tenant tenant;
    struct zone_cache *zones;
};

/* A customer with the zone of each subscription: NULL where its name is no zone. */
struct advance_item {
    const struct advance_customer *customer;
    const struct zone **zones;
};

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    return job_plan_due_work(ctx, WORK_ALL_CUSTOMERS, plan, err);
}

static struct advance_memory *memory_of(const struct job_ctx *ctx)
{
    if (*ctx->memory == NULL) {
        struct advance_memory *memory = ARENA_NEW(ctx->arena, struct advance_memory);
        const char *directory = job_environment(ctx)->settings->directories.zoneinfo.text;
        memory->zones = zone_cache_create(directory);
        *ctx->memory = memory;
    }
    return *ctx->memory;
}

static void release(void *memory)
{
    zone_cache_destroy(&((struct advance_memory *)memory)->zones);
}

static const char *zone_name_of(const struct billing_catalog *catalog,
                                const struct advance_customer *customer,
                                const struct advance_subscription *subscription)
{
    if (subscription->timezone != NULL)
        return subscription->timezone;
    return customer->timezone != NULL ? customer->timezone : catalog->tenant.timezone;
}

static bool load_zones(const struct advance_memory *memory, struct advance_item *item,
                       struct arena *arena, struct error *err)
{
    const struct advance_customer *customer = item->customer;
    item->zones = ARENA_NEW_ARRAY(arena, const struct zone *, customer->subscription_count + 1);
    for (size_t i = 0; i < customer->subscription_count; i++) {
        const char *name =
            zone_name_of(memory->tenant.catalog, customer, &customer->subscriptions[i]);
        if (zone_load(memory->zones, name, &item->zones[i], err))
            continue;
        if (err->kind != ERROR_ITEM)
            return false;
        item->zones[i] = NULL;
        error_clear(err);
    }
    return true;
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct advance_memory *memory = memory_of(ctx);
    struct advance_customer *customers = NULL;
    size_t count = 0;
    int64_t after_id = 0;
    int64_t hi_id = 0;
    chunk_set_state(chunk, memory);
    if (!job_tenant_load(ctx, range->tenant_id, &memory->tenant, err) ||
        !job_number_range(range, &after_id, &hi_id, err) ||
        !period_store_load(ctx->db, range->tenant_id, after_id, hi_id, range->limit,
                           ctx->business_date, chunk_arena(chunk), &customers, &count, err))
        return false;
    struct advance_item *items =
        ARENA_NEW_ARRAY(chunk_arena(chunk), struct advance_item, count + 1);
    for (size_t i = 0; i < count; i++) {
        items[i].customer = &customers[i];
        if (!load_zones(memory, &items[i], chunk_arena(chunk), err))
            return false;
        (void)chunk_add_item(chunk, job_number_key(chunk, customers[i].customer_id),
                             customers[i].customer, &items[i]);
    }
    return true;
}

static struct period_run run_of(const struct job_ctx *ctx)
{
    const struct settings_rules *rules = &job_environment(ctx)->settings->rules;
    return (struct period_run){
        .business_date = ctx->business_date,
        .grid = ctx->key == JOB_KEY_PERIOD ? RUN_GRID_MONTH : RUN_GRID_DAY,
        .catch_up = rules->catch_up,
        .max_catch_up = rules->max_catch_up,
    };
}

static bool terms_of(const struct billing_catalog *catalog,
                     const struct advance_subscription *subscription,
                     struct subscription_terms *ret_terms, struct error *err)
{
    const struct catalog_plan *plan_of = catalog_plan_find(catalog, subscription->plan_id);
    if (plan_of == NULL)
        return error_item(err, "missing_plan", "its plan is not in the database");
    struct subscription_terms terms = {
        .start = subscription->start_on,
        .anchor_day =
            subscription->anchor_day == DB_I64_NONE ? 0 : (int32_t)subscription->anchor_day,
        .trial_end = subscription->trial_end_on,
        .trial_days = (int32_t)plan_of->trial_days,
        .cancel_at = subscription->cancel_at_on,
        .cancel_at_period_end = subscription->cancel_at_period_end,
        .interval = plan_of->interval,
        .interval_count = (int32_t)plan_of->interval_count,
    };
    if (!subscription_status_parse(subscription->status, &terms.status, err) ||
        !align_parse(subscription->align, &terms.align, err))
        return false;
    *ret_terms = terms;
    return true;
}

/* Up to where the periods of a price are made: the local date and the instant that it meant. */
struct made_until {
    struct date date;
    int64_t at_us;
};

/* Instants tile as dates do, whatever became of the zone since: a period begins at the instant at
 * which the one before it ended, so that no usage is lost or billed twice between two zones. */
static void append_period(struct chunk *chunk, const struct advance_customer *customer,
                          const struct advance_price *price, const struct zone *zone,
                          const struct due_period *due, int64_t tenant_id, struct made_until *made)
{
    struct billing_period_row *row = chunk_append(chunk, &BILLING_PERIOD_ADD);
    bool follows = !date_is_none(made->date) && date_compare(made->date, due->period.start) == 0;
    int64_t start_at_us = follows ? made->at_us : zone_midnight(zone, due->period.start);
    int64_t end_at_us = zone_midnight(zone, due->period.end);
    *made = (struct made_until){due->period.end, end_at_us > start_at_us ? end_at_us : start_at_us};
    *row = (struct billing_period_row){
        .tenant_id = tenant_id,
        .subscription_id = price->subscription_id,
        .price_id = price->price_id,
        .start_on = due->period.start,
        .kind = period_kind_name(due->kind),
        .end_on = due->period.end,
        .start_at_us = start_at_us,
        .end_at_us = made->at_us,
        .full_start_on = due->full.start,
        .full_end_on = due->full.end,
        .due_on = due->due_on,
        .cutoff_on = due->cutoff_on,
        .payer_id = customer->payer_id,
    };
}

static bool advance_price(const struct job_ctx *ctx, const struct advance_customer *customer,
                          const struct advance_price *price, const struct subscription_terms *terms,
                          const struct zone *zone, struct chunk *chunk, struct error *err)
{
    const struct advance_memory *memory = chunk_state(chunk);
    const struct catalog_price *newest =
        catalog_price_newest(memory->tenant.catalog, price->price_id);
    const struct catalog_price *oldest =
        catalog_price_oldest(memory->tenant.catalog, price->price_id);
    struct period_run run = run_of(ctx);
    struct due_periods due = {0};
    struct made_until made = {price->made_until, price->made_until_us};
    int64_t skipped = 0;
    if (newest == NULL || oldest == NULL)
        return error_item(err, "missing_price", "a price of its plan is not in the database");
    struct price_schedule schedule = {
        .billing = newest->price.billing,
        .metered = newest->meter_id != DB_I64_NONE,
        .made_until = price->made_until,
        .priced_from = oldest->price.valid_from,
        .priced_until = newest->price.valid_to,
    };
    if (!subscription_periods_due(terms, &schedule, &run, chunk_scratch(chunk), &due, &skipped,
                                  err))
        return error_context(err, "price %s", newest->price.price);
    for (size_t i = 0; i < due.count; i++)
        if (catalog_price_on(memory->tenant.catalog, price->price_id, due.items[i].period.start) !=
            NULL)
            append_period(chunk, customer, price, zone, &due.items[i], memory->tenant.tenant_id,
                          &made);
    return true;
}

static bool append_states(const struct job_ctx *ctx, int64_t tenant_id,
                          const struct advance_subscription *subscription,
                          const struct subscription_terms *terms, struct chunk *chunk,
                          struct error *err)
{
    struct subscription_state states[SUBSCRIPTION_STATES_MAX];
    size_t count = 0;
    if (!subscription_states_due(terms, ctx->business_date, states, &count, err))
        return false;
    for (size_t i = (size_t)subscription->states; i < count; i++) {
        struct subscription_state_row *row = chunk_append(chunk, &SUBSCRIPTION_STATE_ADD);
        *row = (struct subscription_state_row){.tenant_id = tenant_id,
                                               .subscription_id = subscription->subscription_id,
                                               .since_on = states[i].since,
                                               .state = subscription_status_name(states[i].status)};
    }
    return true;
}

static bool advance_subscription(const struct job_ctx *ctx, const struct advance_customer *customer,
                                 const struct advance_subscription *subscription,
                                 const struct zone *zone, struct chunk *chunk, struct error *err)
{
    const struct advance_memory *memory = chunk_state(chunk);
    struct subscription_terms terms;
    if (zone == NULL)
        return error_item(err, "bad_timezone", "'%s' is not a time zone of this system",
                          zone_name_of(memory->tenant.catalog, customer, subscription));
    if (!terms_of(memory->tenant.catalog, subscription, &terms, err) ||
        !append_states(ctx, memory->tenant.tenant_id, subscription, &terms, chunk, err))
        return false;
    for (size_t i = 0; i < subscription->price_count; i++)
        if (!advance_price(ctx, customer, &subscription->prices[i], &terms, zone, chunk, err))
            return false;
    return true;
}

/* late_usage: next_period bills it now, as a line of its own; park leaves it to a person. */
static bool append_late(const struct job_ctx *ctx, const struct advance_customer *customer,
                        struct chunk *chunk, struct error *err)
{
    const struct advance_memory *memory = chunk_state(chunk);
    struct period_run run = run_of(ctx);
    struct date due_on;
    struct date cutoff_on;
    if (customer->late_count > 0 &&
        job_environment(ctx)->settings->rules.late_usage == LATE_USAGE_PARK)
        return error_item(err, "late_usage", "usage came for %zu periods that are billed already",
                          customer->late_count);
    if (!date_add_days(ctx->business_date, 1, &due_on, err) ||
        !run_grid_cutoff(run.grid, due_on, &cutoff_on, err))
        return false;
    for (size_t i = 0; i < customer->late_count; i++) {
        const struct advance_late *late = &customer->late[i];
        struct billing_period_row *row = chunk_append(chunk, &BILLING_PERIOD_ADD);
        *row = (struct billing_period_row){
            .tenant_id = memory->tenant.tenant_id,
            .subscription_id = late->subscription_id,
            .price_id = late->price_id,
            .start_on = late->start_on,
            .kind = late->late_periods == 0
                        ? "late_usage"
                        : arena_printf(chunk_arena(chunk), "late_usage:%" PRId64,
                                       late->late_periods + 1),
            .end_on = late->end_on,
            .start_at_us = late->start_at_us,
            .end_at_us = late->end_at_us,
            .full_start_on = late->full_start_on,
            .full_end_on = late->full_end_on,
            .due_on = due_on,
            .cutoff_on = cutoff_on,
            .payer_id = customer->payer_id,
        };
    }
    return true;
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct advance_item *data = item->data;
    const struct advance_customer *customer = data->customer;
    for (size_t i = 0; i < customer->subscription_count; i++) {
        const struct advance_subscription *subscription = &customer->subscriptions[i];
        if (!advance_subscription(ctx, customer, subscription, data->zones[i], chunk, err))
            return error_context(err, "subscription %s", subscription->subscription);
    }
    return append_late(ctx, customer, chunk, err);
}

static const struct bulk_table *const tables[] = {&BILLING_PERIOD_ADD, &SUBSCRIPTION_STATE_ADD};

const struct job job_period_advance = {
    .name = "period-advance",
    .summary = "make the billing periods that have become due",
    .key = JOB_KEY_PERIOD,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = release,
};
