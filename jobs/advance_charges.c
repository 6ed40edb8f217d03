/* The periods of a subscription without changes: see advance_charges.h. */
#include "jobs/advance_charges.h"

#include "core/stores/catalog_terms.h"

/* Up to where the periods of a price are made: the local date and the instant that it meant. */
struct made_until {
    struct date date;
    int64_t at_us;
    int64_t counts_from_us; /* where the first of adjoining parts began */
};

static const char *gaps_text(const struct due_period *due, const struct zone *zone,
                             struct arena *arena)
{
    struct counted_gap *gaps = ARENA_NEW_ARRAY(arena, struct counted_gap, due->gaps.count + 1);
    for (size_t i = 0; i < due->gaps.count; i++)
        gaps[i] = (struct counted_gap){due->gaps.items[i].days,
                                       zone_midnight(zone, due->gaps.items[i].days.start),
                                       zone_midnight(zone, due->gaps.items[i].days.end)};
    return counted_gaps_text((struct counted_gaps){gaps, due->gaps.count}, arena);
}

/* Instants tile as dates do, whatever became of the zone since: a period begins at the instant at
 * which the one before it ended, so that no usage is lost or billed twice between two zones. */
static void append_period(struct chunk *chunk, const struct advance_customer *customer,
                          const struct advance_price *price, const struct zone *zone,
                          const struct due_period *due, int64_t tenant_id, const char *quantity,
                          const char *proration, struct made_until *made)
{
    struct billing_period_row *row = chunk_append(chunk, &BILLING_PERIOD_ADD);
    bool follows = !date_is_none(made->date) && date_compare(made->date, due->period.start) == 0;
    int64_t start_at_us = follows ? made->at_us : zone_midnight(zone, due->period.start);
    int64_t end_at_us = zone_midnight(zone, due->period.end);
    bool counts_before = date_compare(due->counts_from, due->period.start) < 0;
    *made = (struct made_until){due->period.end, end_at_us > start_at_us ? end_at_us : start_at_us,
                                counts_before ? made->counts_from_us : start_at_us};
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
        .quantity = quantity,
        .priced_on = DATE_NONE,
        .proration = proration,
        .counts_from_on = counts_before ? due->counts_from : DATE_NONE,
        .counts_from_us = counts_before ? made->counts_from_us : DB_I64_NONE,
        .counts_gaps = gaps_text(due, zone, chunk_arena(chunk)),
        .payer_id = customer->payer_id,
    };
}

/* What a period is charged for: NULL for usage, which is counted when it is rated. */
static const char *quantity_of(const struct price_schedule *schedule, const struct due_period *due,
                               const struct advance_subscription *subscription)
{
    if (schedule->metered)
        return NULL;
    return schedule->spans.items[due->span].per_quantity ? subscription->quantity : "1";
}

static bool advance_price(const struct job_ctx *ctx, const struct advance_customer *customer,
                          const struct advance_subscription *subscription,
                          const struct advance_price *price, const struct subscription_terms *terms,
                          const struct zone *zone, struct chunk *chunk, struct error *err)
{
    const struct advance_memory *memory = chunk_state(chunk);
    const struct catalog_price *newest =
        catalog_price_newest(memory->tenant.catalog, price->price_id);
    struct period_run run = advance_run_of(ctx);
    struct due_periods due = {0};
    struct made_until made = {price->made_until, price->made_until_us, DB_I64_NONE};
    int64_t skipped = 0;
    if (newest == NULL)
        return error_item(err, "missing_price", "a price of its plan is not in the database");
    struct price_schedule schedule = {
        .billing = newest->price.billing,
        .metered = newest->meter_id != DB_I64_NONE,
        .undivided = job_environment(ctx)->settings->rules.proration == PRORATE_NONE,
        .made_until = price->made_until,
        .spans =
            catalog_price_spans_of(memory->tenant.catalog, price->price_id, customer->customer_id,
                                   customer->currency, chunk_arena(chunk)),
    };
    if (!subscription_periods_due(terms, &schedule, &run, chunk_scratch(chunk), &due, &skipped,
                                  err))
        return error_context(err, "price %s", newest->price.price);
    for (size_t i = 0; i < due.count; i++) {
        const struct due_period *period = &due.items[i];
        const char *proration = NULL;
        if (!advance_proration_text(job_environment(ctx)->settings->rules.proration, zone,
                                    period->full, period->period, chunk, &proration, err))
            return error_context(err, "price %s", newest->price.price);
        append_period(chunk, customer, price, zone, period, memory->tenant.tenant_id,
                      quantity_of(&schedule, period, subscription), proration, &made);
    }
    return true;
}

bool advance_charges(const struct job_ctx *ctx, const struct advance_customer *customer,
                     const struct advance_subscription *subscription,
                     const struct subscription_terms *terms, const struct zone *zone,
                     struct chunk *chunk, struct error *err)
{
    for (size_t i = 0; i < subscription->price_count; i++)
        if (!advance_price(ctx, customer, subscription, &subscription->prices[i], terms, zone,
                           chunk, err))
            return false;
    return true;
}
