/* credit-expire: end the credit grants that are over. An item is a customer with such grants.
 *
 * A grant is over when a run's day ends, in the tenant's zone, after its last instant; so what an
 * invoice of that day may draw is never ended before it (credit.h). What was left is one
 * transaction of the day on which the grant ended, there, whenever this is run: made up for or
 * punctual, the rows are the same. */
#include "core/base/text.h"
#include "core/billing/credit.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/credit_store.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"

#define DAYS_BEYOND_ANY_ZONE 2 /* midnight is nowhere later than that after a day in UTC begins */

static bool plan_tenant(const struct job_ctx *ctx, const struct credit_tenant *tenant,
                        struct job_plan *plan, struct error *err)
{
    const struct zone *zone = NULL;
    struct work_range range;
    int64_t at_us = 0;
    if (!job_zone_load(ctx, tenant->timezone, &zone, err) ||
        !credit_instant(zone, ctx->business_date, &at_us, err) ||
        !credit_store_load_work(ctx->db, tenant->tenant_id, at_us, &range, err))
        return false;
    if (range.items > 0)
        job_plan_add_numbers(plan, range.tenant_id, range.min_key, range.max_key, range.items);
    return true;
}

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct credit_tenant *tenants = NULL;
    size_t count = 0;
    struct date beyond;
    if (!date_add_days(ctx->business_date, DAYS_BEYOND_ANY_ZONE, &beyond, err) ||
        !credit_store_load_tenants(ctx->db, instant_of_utc_date(beyond), ctx->arena, &tenants,
                                   &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!plan_tenant(ctx, &tenants[i], plan, err))
            return false;
    return true;
}

/* The grants of a chunk, and when they must be over. */
struct expiry {
    const struct zone *zone;
    int64_t at_us;
};

struct expiry_item {
    const struct stored_grant *grants;
    size_t count;
};

/* Both lists are by customer_id. */
static void add_items(struct chunk *chunk, const struct credit_customer *customers,
                      size_t customer_count, const struct stored_grant *grants, size_t grant_count)
{
    size_t at = 0;
    for (size_t i = 0; i < customer_count; i++) {
        struct expiry_item *data = ARENA_NEW(chunk_arena(chunk), struct expiry_item);
        while (at < grant_count && grants[at].customer_id < customers[i].customer_id)
            at++;
        data->grants = &grants[at];
        while (at < grant_count && grants[at].customer_id == customers[i].customer_id) {
            at++;
            data->count++;
        }
        (void)chunk_add_item(chunk, job_number_key(chunk, customers[i].customer_id),
                             arena_printf(chunk_arena(chunk), "customer %s", customers[i].customer),
                             data);
    }
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    const struct job_tenant *tenant = NULL;
    struct arena *arena = chunk_arena(chunk);
    struct expiry *expiry = ARENA_NEW(arena, struct expiry);
    struct credit_expired expired = {.tenant_id = range->tenant_id, .limit = range->limit};
    struct credit_customer *customers = NULL;
    struct stored_grant *grants = NULL;
    size_t customer_count = 0;
    size_t grant_count = 0;
    if (!job_tenant_of(ctx, range->tenant_id, &tenant, err) ||
        !job_zone_load(ctx, tenant->catalog->tenant.timezone, &expiry->zone, err) ||
        !credit_instant(expiry->zone, ctx->business_date, &expiry->at_us, err) ||
        !job_number_range(range, &expired.after_id, &expired.hi_id, err))
        return false;
    expired.at_us = expiry->at_us;
    if (!credit_store_load_expired(ctx->db, &expired, arena, &customers, &customer_count, err))
        return false;
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, customer_count + 1);
    for (size_t i = 0; i < customer_count; i++)
        ids[i] = customers[i].customer_id;
    if (!credit_store_load(ctx->db, range->tenant_id, ids, customer_count, arena, &grants,
                           &grant_count, err))
        return false;
    chunk_set_state(chunk, expiry);
    add_items(chunk, customers, customer_count, grants, grant_count);
    return true;
}

static bool is_over(const struct stored_grant *grant, int64_t at_us)
{
    return grant->expires_at_us != DB_I64_NONE && grant->expires_at_us <= at_us &&
           grant->used_minor < grant->amount_minor;
}

static bool expire(const struct stored_grant *grant, const struct zone *zone, struct chunk *chunk,
                   struct error *err)
{
    int64_t left_minor = grant->amount_minor - grant->used_minor;
    struct credit_used_row *used = chunk_append(chunk, &CREDIT_USE);
    struct credit_movement_row *movement = chunk_append(chunk, &CREDIT_MOVEMENT_ADD);
    *used = (struct credit_used_row){.tenant_id = grant->tenant_id,
                                     .customer_id = grant->customer_id,
                                     .source = grant->source,
                                     .expected_minor = grant->used_minor,
                                     .used_minor = grant->amount_minor};
    *movement =
        (struct credit_movement_row){.tenant_id = grant->tenant_id,
                                     .customer_id = grant->customer_id,
                                     .source = grant->source,
                                     .kind = "expire",
                                     .currency = grant->currency,
                                     .amount_minor = left_minor,
                                     .made_on = zone_local_date(zone, grant->expires_at_us)};
    return chunk_add_total(chunk, money_of_minor(left_minor, grant->currency), err);
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct expiry *expiry = chunk_state(chunk);
    const struct expiry_item *data = item->data;
    (void)ctx;
    for (size_t i = 0; i < data->count; i++)
        if (is_over(&data->grants[i], expiry->at_us) &&
            !expire(&data->grants[i], expiry->zone, chunk, err))
            return false;
    return true;
}

static const struct bulk_table *const tables[] = {&CREDIT_USE, &CREDIT_MOVEMENT_ADD};

const struct job job_credit_expire = {
    .name = "credit-expire",
    .summary = "end the credit grants that are over",
    .key = JOB_KEY_PERIOD,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = job_tenant_release,
};
