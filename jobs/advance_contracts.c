/* Commitments of contracts: see advance_contracts.h. */
#include "jobs/advance_contracts.h"

#include <inttypes.h>

#include "jobs/subscription_terms.h"

bool advance_contracts_load(const struct job_ctx *ctx, const struct advance_memory *memory,
                            struct advance_item *items, size_t count, struct arena *arena,
                            struct error *err)
{
    const struct billing_catalog *catalog = memory->tenant.catalog;
    struct contract_mades *made = ARENA_NEW(arena, struct contract_mades);
    size_t phases = 0;
    for (size_t i = 0; i < count; i++) {
        const struct advance_customer *customer = items[i].customer;
        const char *zone =
            customer->timezone != NULL ? customer->timezone : catalog->tenant.timezone;
        items[i].contracts = contract_phases_of(&catalog->contracts, customer->customer_id);
        items[i].true_ups_made = made;
        phases += items[i].contracts.count;
        if (items[i].contracts.count > 0 &&
            !advance_load_zone(memory, zone, &items[i].contract_zone, err))
            return false;
    }
    return phases == 0 || contract_true_ups_made(
                              ctx->db, memory->tenant.tenant_id, items[0].customer->customer_id - 1,
                              items[count - 1].customer->customer_id, arena, made, err);
}

/* Whether charges of the price come when their period is over, and draw the phase. */
static bool is_drawn_in_arrears(const struct contract_phase *phase,
                                const struct catalog_price *price)
{
    if (price == NULL ||
        (price->meter_id == DB_I64_NONE && price->price.billing != BILLING_IN_ARREARS))
        return false;
    struct contract_charge charge = {.plan_id = price->plan_id,
                                     .product_id = price->product_id,
                                     .currency = price->price.currency,
                                     .on = phase->held.start};
    return contract_phase_covers(phase, &charge);
}

/* Of what is charged in arrears, the end of the last period that begins within the phase, and whose
 * it is. */
static bool last_period_end(const struct billing_catalog *catalog,
                            const struct advance_customer *customer,
                            const struct contract_phase *phase, struct date *ret_last,
                            const char **ret_subscription, struct error *err)
{
    struct date day, last = DATE_NONE;
    *ret_subscription = NULL;
    if (!date_add_days(phase->held.end, -1, &day, err))
        return false;
    for (size_t i = 0; i < customer->subscription_count; i++) {
        const struct advance_subscription *subscription = &customer->subscriptions[i];
        struct subscription_terms terms;
        struct date own = DATE_NONE;
        bool in_arrears = false;
        for (size_t k = 0; k < subscription->price_count && !in_arrears; k++)
            in_arrears = is_drawn_in_arrears(
                phase, catalog_price_newest(catalog, subscription->prices[k].price_id));
        if (!in_arrears)
            continue;
        if (!job_subscription_terms(catalog, subscription, &terms, err) ||
            !subscription_period_end(&terms, day, &own, err))
            return error_context(err, "subscription %s", subscription->subscription);
        if (date_is_none(own) || (!date_is_none(last) && date_compare(own, last) <= 0))
            continue;
        last = own;
        *ret_subscription = subscription->subscription;
    }
    *ret_last = last;
    return true;
}

static void append_true_up(const struct advance_item *item, const struct contract_phase *phase,
                           const char *kind, struct date due_on, struct date cutoff_on,
                           struct chunk *chunk)
{
    const struct advance_memory *memory = chunk_state(chunk);
    struct billing_period_row *row = chunk_append(chunk, &BILLING_PERIOD_ADD);
    *row = (struct billing_period_row){
        .tenant_id = memory->tenant.tenant_id,
        .subscription_id = 0,
        .price_id = phase->phase_id,
        .start_on = phase->held.start,
        .kind = kind,
        .end_on = phase->held.end,
        .start_at_us = zone_midnight(item->contract_zone, phase->held.start),
        .end_at_us = zone_midnight(item->contract_zone, phase->held.end),
        .full_start_on = phase->held.start,
        .full_end_on = phase->held.end,
        .due_on = due_on,
        .cutoff_on = cutoff_on,
        .quantity = "1",
        .priced_on = DATE_NONE,
        .counts_from_on = DATE_NONE,
        .counts_from_us = DB_I64_NONE,
        .payer_id = item->customer->payer_id,
    };
}

static bool has_zone(const struct advance_item *item, struct error *err)
{
    return item->contract_zone != NULL ||
           error_item(err, "bad_timezone", "its customer's time zone is not one of this system");
}

/* Of one that is settled and that an amendment cuts shorter, as it became known since, what is
 * missing for the days that it held: now. */
static bool settle_again(const struct job_ctx *ctx, const struct advance_item *item,
                         const struct contract_phase *phase, const struct contract_made *made,
                         struct chunk *chunk, struct error *err)
{
    const char *kind = arena_printf(chunk_arena(chunk), "true_up:%" PRId64, made->made + 1);
    struct date due_on, cutoff_on;
    if (date_compare(made->end_on, phase->held.end) <= 0)
        return true;
    if (!has_zone(item, err) || !date_add_days(ctx->business_date, 1, &due_on, err) ||
        !run_grid_cutoff(advance_run_of(ctx).grid, due_on, &cutoff_on, err))
        return false;
    append_true_up(item, phase, kind, due_on, cutoff_on, chunk);
    return true;
}

/* A phase that is over, and of which everything is due that will be: what is missing to its
 * commitment is due, once. */
static bool advance_contract(const struct job_ctx *ctx, const struct advance_item *item,
                             const struct contract_phase *phase, struct chunk *chunk,
                             struct error *err)
{
    const struct advance_memory *memory = chunk_state(chunk);
    const struct contract_made *made = contract_made_find(item->true_ups_made, phase->phase_id);
    struct period_run run = advance_run_of(ctx);
    struct date last, due_on, cutoff_on;
    const char *subscription = NULL;
    if (!phase->has_commitment || date_is_none(phase->held.end))
        return true;
    if (made != NULL)
        return settle_again(ctx, item, phase, made, chunk, err);
    if (date_compare(phase->held.start, phase->held.end) == 0)
        return true;
    if (!last_period_end(memory->tenant.catalog, item->customer, phase, &last, &subscription, err))
        return false;
    due_on = contract_phase_due(phase->held, last);
    if (date_days_between(ctx->business_date, due_on) > 1)
        return true;
    if (!has_zone(item, err) || !run_grid_cutoff(run.grid, due_on, &cutoff_on, err))
        return false;
    append_true_up(item, phase, "true_up", due_on, cutoff_on, chunk);
    return true;
}

/* Over, and not settled. */
static bool is_open(const struct contract_phase *phase, const struct contract_mades *made,
                    struct date business_date)
{
    return phase->has_commitment && !date_is_none(phase->held.end) &&
           date_compare(phase->held.start, phase->held.end) < 0 &&
           date_days_between(business_date, phase->held.end) <= 1 &&
           contract_made_find(made, phase->phase_id) == NULL;
}

bool advance_contracts_waiting(struct db *db, int64_t tenant_id,
                               const struct billing_catalog *catalog, int64_t customer_id,
                               struct date business_date, struct arena *arena,
                               struct contract_waits *waits, struct error *err)
{
    struct contract_phases phases = contract_phases_of(&catalog->contracts, customer_id);
    struct contract_mades made = {0};
    struct advance_customer *customers = NULL;
    size_t count = 0;
    if (phases.count == 0)
        return true;
    if (!contract_true_ups_made(db, tenant_id, customer_id - 1, customer_id, arena, &made, err) ||
        !period_store_load(db, tenant_id, customer_id - 1, customer_id, 1, business_date, arena,
                           &customers, &count, err))
        return false;
    for (size_t i = 0; count > 0 && i < phases.count; i++) {
        struct contract_wait wait = {.phase = &phases.items[i]};
        struct date last;
        if (!is_open(wait.phase, &made, business_date))
            continue;
        if (!last_period_end(catalog, customers, wait.phase, &last, &wait.subscription, err) ||
            !date_add_days(contract_phase_due(wait.phase->held, last), -1, &wait.due_on, err))
            return false;
        if (date_compare(wait.due_on, business_date) > 0)
            ARRAY_ADD(arena, waits) = wait;
    }
    return true;
}

bool advance_contracts(const struct job_ctx *ctx, const struct advance_item *item,
                       struct chunk *chunk, struct error *err)
{
    for (size_t i = 0; i < item->contracts.count; i++)
        if (!advance_contract(ctx, item, &item->contracts.items[i], chunk, err))
            return error_context(err, "contract %s, phase %s", item->contracts.items[i].contract,
                                 item->contracts.items[i].phase);
    return true;
}
