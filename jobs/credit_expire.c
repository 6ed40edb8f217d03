/* credit-expire: grants pay back what was overdrawn, and what is left of those that are over ends.
 * An item is a customer with such grants, of amounts or of units.
 *
 * 1. A grant is over when a run's day ends, in the tenant's zone, after its last instant; so what
 * an invoice of that day may draw is never ended before it (credit.h).
 * 2. Each movement is of the day on which the grant began or ended, there, whenever this is run:
 * made up for or punctual, the rows are the same. What a grant pays back it pays before it ends.
 * 3. What is paid back is a draw of the grant for the invoice that was overdrawn, and an overdraft
 * below zero: the two together leave what was applied to that invoice as it is. */
#include "core/base/text.h"
#include "core/billing/credit.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/credit_store.h"
#include "core/stores/credit_unit_store.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"

#define DAYS_BEYOND_ANY_ZONE 2 /* midnight is nowhere later than that after a day in UTC begins */

static bool plan_tenant(const struct job_ctx *ctx, const struct credit_tenant *tenant,
                        struct job_plan *plan, struct error *err)
{
    const struct zone *zone = NULL;
    struct work_ranges ranges = {0};
    int64_t at_us = 0;
    if (!job_zone_load(ctx, tenant->timezone, &zone, err) ||
        !credit_instant(zone, ctx->business_date, &at_us, err) ||
        !credit_store_load_work(ctx->db, tenant->tenant_id, at_us, ctx->arena, &ranges, err))
        return false;
    job_plan_add_ranges(plan, &ranges);
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

/* ---------------------------------------------------------------- what a chunk is about */

struct expiry {
    const struct tenant_facts *tenant;
    const struct zone *zone;
    int64_t at_us; /* by when a grant is over, or has begun */
};

/* A customer: his part of the lists, which are all by customer_id. */
struct expiry_item {
    int64_t customer_id;
    const struct stored_grant *grants;
    size_t grant_count;
    const struct stored_debt *debts;
    size_t debt_count;
    int64_t owed_minor; /* in all */
    const struct stored_unit_grant *units;
    size_t unit_count;
};

struct expiry_lists {
    struct credit_customer *customers;
    struct stored_grant *grants;
    struct stored_debt *debts;
    struct stored_overdraft *overdrafts;
    struct stored_unit_grant *units;
    size_t customer_count, grant_count, debt_count, overdraft_count, unit_count;
};

static void add_items(struct chunk *chunk, const struct expiry_lists *lists)
{
    size_t grant = 0;
    size_t debt = 0;
    size_t owed = 0;
    size_t unit = 0;
    for (size_t i = 0; i < lists->customer_count; i++) {
        int64_t id = lists->customers[i].customer_id;
        struct expiry_item *item = ARENA_NEW(chunk_arena(chunk), struct expiry_item);
        item->customer_id = id;
        while (grant < lists->grant_count && lists->grants[grant].customer_id < id)
            grant++;
        item->grants = &lists->grants[grant];
        for (; grant < lists->grant_count && lists->grants[grant].customer_id == id; grant++)
            item->grant_count++;
        while (debt < lists->debt_count && lists->debts[debt].customer_id < id)
            debt++;
        item->debts = &lists->debts[debt];
        for (; debt < lists->debt_count && lists->debts[debt].customer_id == id; debt++)
            item->debt_count++;
        while (owed < lists->overdraft_count && lists->overdrafts[owed].customer_id < id)
            owed++;
        if (owed < lists->overdraft_count && lists->overdrafts[owed].customer_id == id)
            item->owed_minor = lists->overdrafts[owed].owed_minor;
        while (unit < lists->unit_count && lists->units[unit].customer_id < id)
            unit++;
        item->units = &lists->units[unit];
        for (; unit < lists->unit_count && lists->units[unit].customer_id == id; unit++)
            item->unit_count++;
        (void)chunk_add_item(
            chunk, job_number_key(chunk, id),
            arena_printf(chunk_arena(chunk), "customer %s", lists->customers[i].customer), item);
    }
}

static bool load_lists(const struct job_ctx *ctx, const struct credit_due *due, struct arena *arena,
                       struct expiry_lists *ret_lists, struct error *err)
{
    struct expiry_lists lists = {0};
    if (!credit_store_load_due(ctx->db, due, arena, &lists.customers, &lists.customer_count, err))
        return false;
    size_t count = lists.customer_count;
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = lists.customers[i].customer_id;
    if (!credit_store_load(ctx->db, due->tenant_id, ids, count, arena, &lists.grants,
                           &lists.grant_count, err) ||
        !credit_unit_store_load(ctx->db, due->tenant_id, ids, count, arena, &lists.units,
                                &lists.unit_count, err) ||
        (count > 0 &&
         !credit_store_load_debts(ctx->db, due->tenant_id, due->after_id, ids[count - 1], arena,
                                  &lists.debts, &lists.debt_count, err)) ||
        (lists.debt_count > 0 &&
         !credit_store_load_overdrafts(ctx->db, due->tenant_id, ids, count, arena,
                                       &lists.overdrafts, &lists.overdraft_count, err)))
        return false;
    *ret_lists = lists;
    return true;
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct job_span span;
    struct expiry *expiry = ARENA_NEW(chunk_arena(chunk), struct expiry);
    struct expiry_lists lists;
    if (!job_span_load(ctx, range, &span, err) ||
        !credit_instant(span.zone, ctx->business_date, &expiry->at_us, err))
        return false;
    const struct credit_due due = {.tenant_id = range->tenant_id,
                                   .after_id = span.after_id,
                                   .hi_id = span.hi_id,
                                   .at_us = expiry->at_us,
                                   .limit = range->limit};
    expiry->zone = span.zone;
    expiry->tenant = span.tenant;
    if (!load_lists(ctx, &due, chunk_arena(chunk), &lists, err))
        return false;
    chunk_set_state(chunk, expiry);
    add_items(chunk, &lists);
    return true;
}

/* ---------------------------------------------------------------- what follows */

static struct credit_movement_row *append_movement(const struct expiry *expiry,
                                                   const struct stored_grant *grant, int64_t at_us,
                                                   struct chunk *chunk)
{
    struct credit_movement_row *row = chunk_append(chunk, &CREDIT_MOVEMENT_ADD);
    *row = (struct credit_movement_row){.tenant_id = grant->tenant_id,
                                        .customer_id = grant->customer_id,
                                        .source = grant->source,
                                        .project = "",
                                        .member = "",
                                        .month = "",
                                        .currency = grant->currency,
                                        .made_on = zone_local_date(expiry->zone, at_us)};
    return row;
}

static bool load_debts(const struct expiry *expiry, const struct expiry_item *item,
                       struct arena *arena, struct credit_debt **ret_debts, struct error *err)
{
    struct credit_debt *debts = ARENA_NEW_ARRAY(arena, struct credit_debt, item->debt_count + 1);
    for (size_t i = 0; i < item->debt_count; i++) {
        debts[i].amount = money_of_minor(item->debts[i].owed_minor, expiry->tenant->currency);
        if (!credit_instant(expiry->zone, item->debts[i].made_on, &debts[i].since_us, err))
            return false;
    }
    *ret_debts = debts;
    return true;
}

static void append_repayment(const struct expiry *expiry, const struct expiry_item *item,
                             const struct credit_repayment *repayment, struct chunk *chunk)
{
    const struct stored_grant *grant = &item->grants[repayment->grant];
    int64_t invoice_id = item->debts[repayment->debt].invoice_id;
    struct credit_movement_row *draw = append_movement(expiry, grant, repayment->at_us, chunk);
    draw->kind = "draw";
    draw->invoice_id = invoice_id;
    draw->amount_minor = money_minor(repayment->amount);
    struct credit_movement_row *back = append_movement(expiry, grant, repayment->at_us, chunk);
    back->kind = "overdraft";
    back->invoice_id = invoice_id;
    back->amount_minor = -money_minor(repayment->amount);
}

/* used_minor: of each grant, with what it pays back. */
static bool repay(const struct expiry *expiry, const struct expiry_item *item, int64_t *used_minor,
                  struct chunk *chunk, struct error *err)
{
    struct arena *arena = chunk_scratch(chunk);
    struct credit_debt *debts = NULL;
    struct credit_repayment *repayments = NULL;
    struct credit_grant *grants = ARENA_NEW_ARRAY(arena, struct credit_grant, item->grant_count);
    size_t count = 0;
    for (size_t i = 0; i < item->grant_count; i++)
        grants[i] = credit_store_grant(&item->grants[i]);
    if (!load_debts(expiry, item, arena, &debts, err) ||
        !credit_repay(grants, item->grant_count, debts, item->debt_count, expiry->at_us, arena,
                      &repayments, &count, err))
        return false;
    struct overdraft_row row = {.tenant_id = expiry->tenant->tenant_id,
                                .customer_id = item->customer_id,
                                .expected_minor = item->owed_minor,
                                .owed_minor = item->owed_minor};
    for (size_t i = 0; i < count; i++) {
        append_repayment(expiry, item, &repayments[i], chunk);
        used_minor[repayments[i].grant] += money_minor(repayments[i].amount);
        row.owed_minor -= money_minor(repayments[i].amount);
    }
    if (count > 0)
        *(struct overdraft_row *)chunk_append(chunk, &OVERDRAFT_MOVE) = row;
    return true;
}

static bool expire(const struct expiry *expiry, const struct stored_grant *grant,
                   int64_t *used_minor, struct chunk *chunk, struct error *err)
{
    int64_t left_minor = grant->amount_minor - *used_minor;
    if (grant->expires_at_us == DB_I64_NONE || grant->expires_at_us > expiry->at_us ||
        left_minor == 0)
        return true;
    struct credit_movement_row *movement =
        append_movement(expiry, grant, grant->expires_at_us, chunk);
    movement->kind = "expire";
    movement->amount_minor = left_minor;
    *used_minor = grant->amount_minor;
    return chunk_add_total(chunk, money_of_minor(left_minor, grant->currency), err);
}

static void append_used(const struct stored_grant *grant, int64_t used_minor, struct chunk *chunk)
{
    if (used_minor == grant->used_minor)
        return;
    struct credit_used_row *row = chunk_append(chunk, &CREDIT_USE);
    *row = (struct credit_used_row){.tenant_id = grant->tenant_id,
                                    .customer_id = grant->customer_id,
                                    .source = grant->source,
                                    .expected_minor = grant->used_minor,
                                    .used_minor = used_minor};
}

/* What is left of units that are over. */
static void expire_units(const struct expiry *expiry, const struct stored_unit_grant *grant,
                         struct chunk *chunk)
{
    if (grant->expires_at_us == DB_I64_NONE || grant->expires_at_us > expiry->at_us ||
        grant->used_millionths == grant->unit_millionths)
        return;
    struct credit_unit_used_row *row = chunk_append(chunk, &CREDIT_UNIT_USE);
    *row = (struct credit_unit_used_row){.tenant_id = grant->tenant_id,
                                         .customer_id = grant->customer_id,
                                         .source = grant->source,
                                         .expected_millionths = grant->used_millionths,
                                         .used_millionths = grant->unit_millionths};
    struct credit_unit_movement_row *movement = chunk_append(chunk, &CREDIT_UNIT_MOVEMENT_ADD);
    *movement = (struct credit_unit_movement_row){
        .tenant_id = grant->tenant_id,
        .customer_id = grant->customer_id,
        .source = grant->source,
        .kind = "expire",
        .unit_millionths = grant->unit_millionths - grant->used_millionths,
        .made_on = zone_local_date(expiry->zone, grant->expires_at_us)};
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct expiry *expiry = chunk_state(chunk);
    const struct expiry_item *data = item->data;
    int64_t *used_minor = ARENA_NEW_ARRAY(chunk_scratch(chunk), int64_t, data->grant_count + 1);
    (void)ctx;
    for (size_t i = 0; i < data->grant_count; i++)
        used_minor[i] = data->grants[i].used_minor;
    if (data->debt_count > 0 && !repay(expiry, data, used_minor, chunk, err))
        return false;
    for (size_t i = 0; i < data->grant_count; i++) {
        if (!expire(expiry, &data->grants[i], &used_minor[i], chunk, err))
            return false;
        append_used(&data->grants[i], used_minor[i], chunk);
    }
    for (size_t i = 0; i < data->unit_count; i++)
        expire_units(expiry, &data->units[i], chunk);
    return true;
}

static const struct bulk_table *const tables[] = {&CREDIT_USE, &OVERDRAFT_MOVE,
                                                  &CREDIT_MOVEMENT_ADD, &CREDIT_UNIT_USE,
                                                  &CREDIT_UNIT_MOVEMENT_ADD};

const struct job job_credit_expire = {
    .name = "credit-expire",
    .summary = "pay back overdrafts, and end the credit grants that are over",
    .key = JOB_KEY_PERIOD,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = job_tenant_release,
};
