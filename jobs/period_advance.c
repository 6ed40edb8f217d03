/* period-advance: make the billing periods that have become due, and say what subscriptions have
 * become. An item is a customer with all of his subscriptions.
 *
 * A period is cut where its price changes (price_spans.h); days on which none of its versions holds
 * are not charged (advance_charges.h). Subscriptions with changes, late usage and commitments have
 * files of their own (advance_changes.h, advance_late.h, advance_contracts.h). */
#include "jobs/advance_changes.h"
#include "jobs/advance_charges.h"
#include "jobs/advance_contracts.h"
#include "jobs/advance_late.h"
#include "jobs/jobs.h"
#include "jobs/subscription_terms.h"

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    return job_plan_due_work(ctx, WORK_ALL_CUSTOMERS, plan, err);
}

static void release(void *memory)
{
    zone_cache_destroy(&((struct advance_memory *)memory)->zones);
}

static bool load_zones(const struct advance_memory *memory, struct advance_item *item,
                       struct arena *arena, struct error *err)
{
    const struct advance_customer *customer = item->customer;
    item->zones = ARENA_NEW_ARRAY(arena, const struct zone *, customer->subscription_count + 1);
    for (size_t i = 0; i < customer->subscription_count; i++) {
        const char *name =
            job_subscription_zone(memory->tenant.catalog, customer, &customer->subscriptions[i]);
        if (!advance_load_zone(memory, name, &item->zones[i], err))
            return false;
    }
    return true;
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct advance_memory *memory = advance_memory_of(ctx);
    struct advance_customer *customers = NULL;
    struct parked_waived waived = {0};
    size_t count = 0;
    int64_t after_id = 0;
    int64_t hi_id = 0;
    chunk_set_state(chunk, memory);
    if (!job_tenant_load(ctx, range->tenant_id, CATALOG_WHOLE, &memory->tenant, err) ||
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
        if (!advance_late_load(ctx, memory, &items[i], &waived, chunk, err))
            return false;
    }
    return advance_changes_load(ctx, memory, items, count, chunk_arena(chunk), err) &&
           advance_contracts_load(ctx, memory, items, count, chunk_arena(chunk), err);
}

static bool advance_subscription(const struct job_ctx *ctx, const struct advance_customer *customer,
                                 const struct advance_subscription *subscription,
                                 const struct stored_life *life, const struct zone *zone,
                                 struct reversals *reversals, struct chunk *chunk,
                                 struct error *err)
{
    const struct advance_memory *memory = chunk_state(chunk);
    struct subscription_terms terms;
    if (zone == NULL)
        return error_item(err, "bad_timezone", "'%s' is not a time zone of this system",
                          job_subscription_zone(memory->tenant.catalog, customer, subscription));
    if (!job_subscription_terms(memory->tenant.catalog, subscription, &terms, err))
        return false;
    bool is_over = terms.status == SUBSCRIPTION_CANCELED && date_is_none(terms.cancel_at);
    if (life != NULL && !is_over) /* rule 3: nothing is due any more, and nothing is taken back */
        return advance_changes(ctx, customer, subscription, life, &terms, zone, reversals, chunk,
                               err);
    return advance_append_states(ctx, memory->tenant.tenant_id, subscription, &terms, chunk, err) &&
           advance_charges(ctx, customer, subscription, &terms, zone, chunk, err);
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct advance_item *data = item->data;
    const struct advance_customer *customer = data->customer;
    struct reversals reversals = {0};
    if (data->waiting != NULL)
        return advance_late_waiting(ctx, item, chunk, err);
    for (size_t i = 0; i < customer->subscription_count; i++) {
        const struct advance_subscription *subscription = &customer->subscriptions[i];
        if (!advance_subscription(ctx, customer, subscription, data->lives[i], data->zones[i],
                                  &reversals, chunk, err))
            return error_context(err, "subscription %s", subscription->subscription);
    }
    return advance_late(ctx, data, &reversals, chunk, err) &&
           advance_contracts(ctx, data, chunk, err);
}

/* What is taken back first: it is ours only as long as it is a draft. */
static const struct bulk_table *const tables[] = {
    &DRAFT_GONE,
    &COUPON_CHANGED,
    &DRAFT_LINES_GONE,
    &DRAFT_TAXES_GONE,
    &DRAFT_COUPON_USES_GONE,
    &DRAFT_COUPON_LINES_GONE,
    &DRAFT_SHARES_GONE,
    &PERIOD_DUE_AGAIN,
    &BILLING_PERIOD_ADD,
    &SUBSCRIPTION_STATE_GONE,
    &SUBSCRIPTION_STATE_ADD,
};

const struct job job_period_advance = {
    .name = "period-advance",
    .summary = "make the billing periods that have become due",
    .begins = true,
    .key = JOB_KEY_PERIOD,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = release,
};
