/* Late usage: see advance_late.h. */
#include "jobs/advance_late.h"

#include <inttypes.h>

#include "core/base/text.h"
#include "jobs/jobs.h"

static const char *subscription_name(const struct advance_customer *customer,
                                     int64_t subscription_id)
{
    for (size_t i = 0; i < customer->subscription_count; i++)
        if (customer->subscriptions[i].subscription_id == subscription_id)
            return customer->subscriptions[i].subscription;
    return "?";
}

/* What was waived is not asked again, unless more has come since: the reason says how much. */
static void add_late_item(struct chunk *chunk, const struct billing_catalog *catalog,
                          const struct advance_customer *customer, const struct advance_late *late,
                          const struct parked_waived *waived)
{
    struct arena *arena = chunk_arena(chunk);
    const struct catalog_price *price = catalog_price_newest(catalog, late->price_id);
    struct date_text start = date_text(late->start_on);
    const char *subscription = subscription_name(customer, late->subscription_id);
    const char *name =
        job_charge_item("late usage", subscription, price == NULL ? "?" : price->price.price,
                        late->start_on, arena);
    const char *why = arena_printf(
        arena, "%" PRId64 " usage events came after the period from %s to %s had been billed",
        late->events, start.text, date_text(late->end_on).text);
    if (parked_is_waived(waived, name, why))
        return;
    struct advance_item *item = ARENA_NEW(arena, struct advance_item);
    *item =
        (struct advance_item){.customer = customer, .late = late, .late_count = 1, .waiting = why};
    (void)chunk_add_item(chunk, job_number_key(chunk, customer->customer_id), name, item);
}

/* late_usage: park. */
static bool load_waiting(const struct job_ctx *ctx, const struct advance_memory *memory,
                         struct advance_item *item, struct parked_waived *waived,
                         struct chunk *chunk, struct error *err)
{
    if (item->late_count == 0)
        return true;
    if (!parked_load_waived(ctx->db, memory->tenant.tenant_id, job_period_advance.name,
                            chunk_arena(chunk), waived, err))
        return false;
    for (size_t i = 0; i < item->late_count; i++)
        add_late_item(chunk, memory->tenant.catalog, item->customer, &item->late[i], waived);
    item->late_count = 0;
    return true;
}

/* late_usage: reopen_draft. */
static bool load_drafts(const struct job_ctx *ctx, const struct advance_memory *memory,
                        struct advance_item *item, struct arena *arena, struct error *err)
{
    item->drafts = (const struct reopen_draft **)arena_alloc_array(
        arena, item->late_count + 1, sizeof(const struct reopen_draft *));
    for (size_t i = 0; i < item->late_count; i++) {
        const struct advance_late *late = &item->late[i];
        struct reopen_period period = {.subscription_id = late->subscription_id,
                                       .price_id = late->price_id,
                                       .start_on = late->start_on};
        struct reopen_draft *draft = NULL;
        if (!reopen_store_find(ctx->db, memory->tenant.tenant_id, &period, ctx->business_date,
                               arena, &draft, err))
            return false;
        item->drafts[i] = draft;
    }
    return true;
}

bool advance_late_load(const struct job_ctx *ctx, const struct advance_memory *memory,
                       struct advance_item *item, struct parked_waived *waived, struct chunk *chunk,
                       struct error *err)
{
    item->late = item->customer->late;
    item->late_count = item->customer->late_count;
    switch (job_environment(ctx)->settings->rules.late_usage) {
    case LATE_USAGE_NEXT_PERIOD:
        return true;
    case LATE_USAGE_PARK:
        return load_waiting(ctx, memory, item, waived, chunk, err);
    case LATE_USAGE_REOPEN_DRAFT:
        return item->late_count == 0 || load_drafts(ctx, memory, item, chunk_arena(chunk), err);
    }
    return false;
}

static bool is_taken_back(const struct reversals *reversals, const struct advance_late *late)
{
    for (size_t i = 0; i < reversals->count; i++) {
        const struct reversal *reversal = &reversals->items[i];
        if (reversal->subscription_id == late->subscription_id &&
            reversal->price_id == late->price_id &&
            date_compare(reversal->start_on, late->start_on) == 0)
            return true;
    }
    return false;
}

/* A line of its own, now: of who was billed the period. */
static bool append_late(const struct job_ctx *ctx, const struct advance_late *late,
                        struct chunk *chunk, struct error *err)
{
    const struct advance_memory *memory = chunk_state(chunk);
    struct period_run run = advance_run_of(ctx);
    struct date due_on;
    struct date cutoff_on;
    if (!date_add_days(ctx->business_date, 1, &due_on, err) ||
        !run_grid_cutoff(run.grid, due_on, &cutoff_on, err))
        return false;
    struct billing_period_row *row = chunk_append(chunk, &BILLING_PERIOD_ADD);
    *row = (struct billing_period_row){
        .tenant_id = memory->tenant.tenant_id,
        .subscription_id = late->subscription_id,
        .price_id = late->price_id,
        .start_on = late->start_on,
        .kind = late->late_periods == 0 ? "late_usage"
                                        : arena_printf(chunk_arena(chunk), "late_usage:%" PRId64,
                                                       late->late_periods + 1),
        .end_on = late->end_on,
        .start_at_us = late->start_at_us,
        .end_at_us = late->end_at_us,
        .full_start_on = late->full_start_on,
        .full_end_on = late->full_end_on,
        .due_on = due_on,
        .cutoff_on = cutoff_on,
        .priced_on = DATE_NONE,
        .proration = late->proration,
        .counts_from_on = late->counts_from_on,
        .counts_from_us = late->counts_from_us,
        .counts_gaps = late->counts_gaps,
        .payer_id = late->payer_id,
    };
    return true;
}

/* Several periods, of several customers, may be on one draft. */
static bool is_gone(const struct reopen_draft *draft, struct chunk *chunk)
{
    for (size_t i = 0; i < chunk_row_count(chunk, &DRAFT_GONE); i++) {
        const struct draft_gone_row *row = chunk_row(chunk, &DRAFT_GONE, i);
        if (row->invoice_id == draft->invoice_id)
            return true;
    }
    return false;
}

/* Once in a chunk, however many of its drafts had it. */
static void append_change(const struct coupon_changed_row *change, struct chunk *chunk)
{
    for (size_t i = 0; i < chunk_row_count(chunk, &COUPON_CHANGED); i++) {
        const struct coupon_changed_row *row = chunk_row(chunk, &COUPON_CHANGED, i);
        if (row->tenant_id == change->tenant_id && row->coupon_id == change->coupon_id &&
            row->customer_id == change->customer_id &&
            row->subscription_id == change->subscription_id)
            return;
    }
    struct coupon_changed_row *row = chunk_append(chunk, &COUPON_CHANGED);
    *row = *change;
}

/* As if it had never been rated: its periods are due, and the late events count with the others. */
static void take_draft_back(const struct reopen_draft *draft, struct chunk *chunk)
{
    static const struct bulk_table *const of_draft[] = {&DRAFT_GONE,
                                                        &DRAFT_LINES_GONE,
                                                        &DRAFT_TAXES_GONE,
                                                        &DRAFT_COUPON_USES_GONE,
                                                        &DRAFT_COUPON_LINES_GONE,
                                                        &DRAFT_SHARES_GONE};
    const struct advance_memory *memory = chunk_state(chunk);
    if (is_gone(draft, chunk))
        return;
    for (size_t i = 0; i < ARRAY_LEN(of_draft); i++) {
        struct draft_gone_row *gone = chunk_append(chunk, of_draft[i]);
        *gone = (struct draft_gone_row){memory->tenant.tenant_id, draft->invoice_id};
    }
    for (size_t i = 0; i < draft->coupon_count; i++)
        append_change(&draft->coupons[i], chunk);
    for (size_t i = 0; i < draft->period_count; i++) {
        const struct reopen_period *period = &draft->periods[i];
        struct period_due_again_row *row = chunk_append(chunk, &PERIOD_DUE_AGAIN);
        *row = (struct period_due_again_row){.tenant_id = memory->tenant.tenant_id,
                                             .subscription_id = period->subscription_id,
                                             .price_id = period->price_id,
                                             .start_on = period->start_on,
                                             .kind = period->kind,
                                             .invoice_id = DB_I64_NONE};
    }
}

bool advance_late(const struct job_ctx *ctx, const struct advance_item *item,
                  const struct reversals *reversals, struct chunk *chunk, struct error *err)
{
    for (size_t i = 0; i < item->late_count; i++) {
        if (item->late[i].billed_again > 0 || is_taken_back(reversals, &item->late[i]))
            continue; /* with all that is known by then */
        if (item->drafts != NULL && item->drafts[i] != NULL)
            take_draft_back(item->drafts[i], chunk);
        else if (!append_late(ctx, &item->late[i], chunk, err))
            return false;
    }
    return true;
}

/* What the customer's item, which was before this one, takes back of the period. */
static bool is_taken_back_before(const struct advance_late *late, struct chunk *chunk)
{
    struct slot_entry entry;
    for (size_t i = 0; i < chunk_row_count(chunk, &BILLING_PERIOD_ADD); i++) {
        const struct billing_period_row *row = chunk_row(chunk, &BILLING_PERIOD_ADD, i);
        if (row->subscription_id == late->subscription_id && row->price_id == late->price_id &&
            date_compare(row->start_on, late->start_on) == 0 &&
            slot_entry_parse_kind(row->kind, &entry) && entry.reversal)
            return true;
    }
    return false;
}

/* A person decides: to try it again bills it now, unless the period is just billed again, which
 * leaves what waits as it is: the line of its own counts from what that bills. */
bool advance_late_waiting(const struct job_ctx *ctx, const struct chunk_item *item,
                          struct chunk *chunk, struct error *err)
{
    const struct advance_item *data = item->data;
    if (is_taken_back_before(data->late, chunk))
        return true;
    if (item->tried_again && data->late->billed_again == 0)
        return append_late(ctx, data->late, chunk, err);
    (void)error_item(err, "late_usage", "%s", data->waiting);
    if (item->tried_again)
        return error_hint(err, "the period is just billed again: `billmill parked retry` once more "
                               "bills them beside it");
    return error_hint(err, "`billmill parked retry` bills them now, as a line of its own; "
                           "`billmill parked waive` gives them up");
}
