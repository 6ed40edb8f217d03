/* invoice-convert: finalized documents that are not in the currency of their seller's books, in
 * that. What was converted stays as it is, whatever rates are corrected later. */
#include "core/base/text.h"
#include "core/stores/conversion_store.h"
#include "jobs/day_rates.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct work_ranges ranges = {0};
    if (!conversion_store_load_ranges(ctx->db, ctx->business_date, ctx->arena, &ranges, err))
        return false;
    job_plan_add_ranges(plan, &ranges);
    return true;
}

struct converting {
    const struct tenant_facts *tenant;
    struct day_rates rates;
};

struct convert_item {
    const struct conversion_due *due;
    const struct exchange_rate_choice *as_invoice; /* of a credit note; NULL: as its day says */
    size_t rate;                                   /* then of converting->rates */
};

/* What the invoice of a credit note was converted by, whatever was published since. */
static bool choose_as_invoice(const struct conversion_due *due, struct arena *arena,
                              const struct exchange_rate_choice **ret_choice, struct error *err)
{
    struct exchange_rate_choice *choice = ARENA_NEW(arena, struct exchange_rate_choice);
    *choice = (struct exchange_rate_choice){
        .legs = {due->published_on, due->from_rate, due->to_rate},
        .source = due->source,
        .base = due->base,
        .from_version = due->from_version,
        .to_version = due->to_version,
    };
    *ret_choice = choice;
    return conversion_rate(&choice->legs, &choice->rate, err);
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct arena *arena = chunk_arena(chunk);
    const struct job_tenant *tenant = NULL;
    struct converting *converting = ARENA_NEW(arena, struct converting);
    struct conversion_due *due = NULL;
    size_t count = 0;
    int64_t after_id = 0;
    int64_t hi_id = 0;
    if (!job_tenant_of(ctx, range->tenant_id, CATALOG_WITHOUT_CONTRACTS, &tenant, err) ||
        !job_number_range(range, &after_id, &hi_id, err) ||
        !conversion_store_load_due(ctx->db, range->tenant_id, after_id, hi_id, ctx->business_date,
                                   range->limit, arena, &due, &count, err))
        return false;
    converting->tenant = &tenant->catalog->tenant;
    day_rates_begin(ctx, converting->tenant->currency, arena, &converting->rates);
    chunk_set_state(chunk, converting);
    for (size_t i = 0; i < count; i++) {
        struct convert_item *item = ARENA_NEW(arena, struct convert_item);
        item->due = &due[i];
        if (due[i].source != NULL ? !choose_as_invoice(&due[i], arena, &item->as_invoice, err)
                                  : !day_rates_find(ctx, &converting->rates, due[i].currency,
                                                    due[i].for_on, arena, &item->rate, err))
            return false;
        struct chunk_item *added =
            chunk_add_item(chunk, job_number_key(chunk, due[i].invoice_id), due[i].number, item);
        added->has_at_stake = true;
        added->at_stake = money_of_minor(due[i].total_minor, due[i].currency);
    }
    return true;
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct converting *converting = chunk_state(chunk);
    const struct convert_item *data = item->data;
    const struct conversion_due *due = data->due;
    const struct exchange_rate_choice *choice = data->as_invoice;
    const char *rule = due->rule;
    const struct document_amounts document = {.tax = money_of_minor(due->tax_minor, due->currency),
                                              .total =
                                                  money_of_minor(due->total_minor, due->currency)};
    struct document_amounts books;
    (void)ctx;
    if (choice == NULL) {
        rule = missing_day_name(converting->rates.rule.missing_day);
        if (!day_rates_get(&converting->rates, data->rate, &choice, err))
            return false;
    }
    if (!document_convert(&document, choice->rate, converting->tenant->currency,
                          converting->tenant->rounding, &books, err) ||
        !chunk_add_total(chunk, books.total, err))
        return false;
    struct invoice_conversion_add_row *row = chunk_append(chunk, &INVOICE_CONVERSION_ADD);
    *row = (struct invoice_conversion_add_row){
        .tenant_id = converting->tenant->tenant_id,
        .invoice_id = due->invoice_id,
        .currency = converting->tenant->currency,
        .for_on = due->for_on,
        .published_on = choice->legs.published_on,
        .source = choice->source,
        .base = choice->base,
        .rule = rule,
        .from_rate = choice->legs.from_rate,
        .from_version = choice->from_version,
        .to_rate = choice->legs.to_rate,
        .to_version = choice->to_version,
        .net_minor = money_minor(books.net),
        .tax_minor = money_minor(books.tax),
        .total_minor = money_minor(books.total),
    };
    return true;
}

static const struct bulk_table *const tables[] = {&INVOICE_CONVERSION_ADD};

const struct job job_invoice_convert = {
    .name = "invoice-convert",
    .summary = "put documents in other currencies into that of the books, by published rates",
    .key = JOB_KEY_PERIOD,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = job_tenant_release,
};
