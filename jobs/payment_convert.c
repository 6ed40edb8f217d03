/* payment-convert: what payments of invoices in another currency than their seller's books are
 * worth there by the rates of their days, and what was gained or lost by that since the invoice. An
 * item is an invoice that is converted, of which something was paid or given back that is not.
 *
 * 1. Payments and refunds are taken in the order in which they came; one that is imported later
 * than a younger one was converted comes behind it: what is converted stays.
 * 2. What is of a day behind that of the run waits for a later run.
 * 3. One of a day without a rate parks its invoice: what it settles, and those behind it, depends
 * on it. */
#include "core/calendar/instant.h"
#include "core/calendar/zone.h"
#include "core/stores/payment_conversion_store.h"
#include "jobs/day_rates.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"

#define ANYWHERE_DAYS 2 /* when a day is over in every zone */

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct work_ranges ranges = {0};
    struct date day;
    if (!date_add_days(ctx->business_date, ANYWHERE_DAYS, &day, err) ||
        !payment_conversion_store_load_ranges(ctx->db, instant_of_utc_date(day), ctx->arena,
                                              &ranges, err))
        return false;
    job_plan_add_ranges(plan, &ranges);
    return true;
}

/* The state of a chunk. */
struct converting {
    const struct tenant_facts *tenant;
    const struct zone *zone;
    int64_t before_us; /* rule 2 */
    struct day_rates rates;
};

struct convert_item {
    const struct paid_to_convert *due;
    size_t *rates; /* of each event that is to be converted, of converting->rates */
};

static bool is_to_convert(const struct converting *converting, const struct paid_event *event)
{
    return event->entry == 0 && event->at_us < converting->before_us;
}

static bool find_rates(const struct job_ctx *ctx, struct converting *converting,
                       struct convert_item *item, struct arena *arena, struct error *err)
{
    const struct paid_to_convert *due = item->due;
    item->rates = ARENA_NEW_ARRAY(arena, size_t, due->event_count + 1);
    for (size_t i = 0; i < due->event_count; i++)
        if (is_to_convert(converting, &due->events[i]) &&
            !day_rates_find(ctx, &converting->rates, due->currency,
                            zone_local_date(converting->zone, due->events[i].at_us), arena,
                            &item->rates[i], err))
            return false;
    return true;
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct arena *arena = chunk_arena(chunk);
    struct converting *converting = ARENA_NEW(arena, struct converting);
    struct job_span span;
    struct paid_to_convert *due = NULL;
    struct date next_on;
    size_t count = 0;
    if (!job_span_load(ctx, range, &span, err) ||
        !date_add_days(ctx->business_date, 1, &next_on, err))
        return false;
    converting->tenant = span.tenant;
    converting->zone = span.zone;
    converting->before_us = zone_midnight(span.zone, next_on);
    if (!payment_conversion_store_load_due(ctx->db, range->tenant_id, span.after_id, span.hi_id,
                                           converting->before_us, range->limit, arena, &due, &count,
                                           err))
        return false;
    day_rates_begin(ctx, converting->tenant->currency, arena, &converting->rates);
    chunk_set_state(chunk, converting);
    for (size_t i = 0; i < count; i++) {
        struct convert_item *item = ARENA_NEW(arena, struct convert_item);
        item->due = &due[i];
        if (!find_rates(ctx, converting, item, arena, err))
            return false;
        struct chunk_item *added =
            chunk_add_item(chunk, job_number_key(chunk, due[i].invoice_id), due[i].number, item);
        added->has_at_stake = true;
        added->at_stake = money_of_minor(due[i].total_minor, due[i].currency);
    }
    return true;
}

/* The account as far as it is converted, and the entry behind that. */
static bool open_account(const struct converting *converting, const struct paid_to_convert *due,
                         struct exchange_account *ret_account, int64_t *ret_entry,
                         struct error *err)
{
    struct money none = money_zero(due->currency);
    *ret_entry = 1;
    *ret_account = (struct exchange_account){
        .total = money_of_minor(due->total_minor, due->currency),
        .books = money_of_minor(due->books_minor, converting->tenant->currency),
        .payable = due->payable,
        .kept = none,
        .settled = none,
    };
    for (size_t i = 0; i < due->event_count; i++) {
        const struct paid_event *event = &due->events[i];
        struct money settled;
        if (event->entry == 0)
            continue;
        *ret_entry = event->entry < *ret_entry ? *ret_entry : event->entry + 1;
        if (!money_from_decimal(event->settled, due->currency, ROUND_HALF_UP, &settled, err) ||
            !exchange_account_take(ret_account, money_of_minor(event->amount_minor, due->currency),
                                   settled, err))
            return false;
    }
    return true;
}

static void append(const struct converting *converting, const struct paid_to_convert *due,
                   const struct paid_event *event, int64_t entry,
                   const struct exchange_rate_choice *choice, const struct exchange_part *part,
                   struct chunk *chunk)
{
    struct payment_conversion_add_row *row = chunk_append(chunk, &PAYMENT_CONVERSION_ADD);
    *row = (struct payment_conversion_add_row){
        .tenant_id = converting->tenant->tenant_id,
        .invoice_id = due->invoice_id,
        .entry = entry,
        .kind = event->kind,
        .reference = event->reference,
        .currency = converting->tenant->currency,
        .for_on = zone_local_date(converting->zone, event->at_us),
        .published_on = choice->legs.published_on,
        .source = choice->source,
        .base = choice->base,
        .rule = missing_day_name(converting->rates.rule.missing_day),
        .from_rate = choice->legs.from_rate,
        .from_version = choice->from_version,
        .to_rate = choice->legs.to_rate,
        .to_version = choice->to_version,
        .settled = money_to_decimal(part->settled),
        .worth_minor = money_minor(part->worth),
        .relieved_minor = money_minor(part->relieved),
        .difference_minor = money_minor(part->difference),
    };
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct converting *converting = chunk_state(chunk);
    const struct convert_item *data = item->data;
    const struct paid_to_convert *due = data->due;
    struct exchange_account account;
    int64_t entry = 0;
    (void)ctx;
    if (!open_account(converting, due, &account, &entry, err))
        return false;
    for (size_t i = 0; i < due->event_count; i++) {
        const struct paid_event *event = &due->events[i];
        const struct money amount = money_of_minor(event->amount_minor, due->currency);
        const struct exchange_rate_choice *choice = NULL;
        struct exchange_part part;
        struct money settled;
        if (!is_to_convert(converting, event))
            continue;
        if (!day_rates_get(&converting->rates, data->rates[i], &choice, err) ||
            !exchange_settles(&account, amount, &settled, err) ||
            !exchange_part_of(&account, settled, choice->rate, converting->tenant->rounding, &part,
                              err) ||
            !exchange_account_take(&account, amount, settled, err) ||
            !chunk_add_total(chunk, part.difference, err))
            return false;
        append(converting, due, event, entry++, choice, &part, chunk);
    }
    return true;
}

static const struct bulk_table *const tables[] = {&PAYMENT_CONVERSION_ADD};

const struct job job_payment_convert = {
    .name = "payment-convert",
    .summary = "put payments in other currencies into that of the books, and say what the rates "
               "gained or lost",
    .key = JOB_KEY_DATE,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = job_tenant_release,
};
