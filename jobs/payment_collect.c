/* payment-collect: each invoice that is due is charged through the default method of its customer,
 * once. An item is an invoice that was not tried yet, or whose attempts were all canceled, and of
 * which nothing is under way; what becomes of one that failed is dunning's.
 *
 * 1. The amount is what the invoice owes now, by everything that happened to it; whoever changes it
 * meanwhile is seen, and the chunk computed again.
 * 2. Nothing is collected again of which something was given back, and nothing while a correction
 * of it is due and not carried out.
 * 3. A method that was declined for good, until the customer acts, or too often within the days of
 * the networks' cap, for whichever invoice of the customer, is not charged. What the run itself
 * learns of it is looked at when the charge is sent (charge_limits.h).
 * 4. Nothing is sent here: the intent commits with the chunk, and `dispatch` sends it. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/engine/effect.h"
#include "jobs/charge_request.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"

static const char *const gateway_names[COLLECT_GATEWAYS] = {"stripe", "razorpay", "mercadopago"};

/* Why invoices that are due are not charged, in words. */
static const struct standing {
    const char *standing, *words;
} standings[] = {
    {"decided",     "with a correction that is not carried out yet"                         },
    {"refunded",    "of which something was given back"                                     },
    {"no_method",   "of customers without a default payment method"                         },
    {"manual",      "to be paid by hand"                                                    },
    {"no_token",    "of customers whose payment method has no gateway_token"                },
    {"expired",     "of customers whose payment method has expired"                         },
    {"no_account",  "of customers at a gateway that the configuration has no account of"    },
    {"declined",    "of customers whose payment method was declined for good"               },
    {"customer",    "of customers whose payment method was declined until they act"         },
    {"network_cap", "of customers whose payment method was declined too often in a few days"},
};

static bool terms_of(const struct job_ctx *ctx, struct collect_terms *ret_terms, struct error *err)
{
    const struct settings *settings = job_environment(ctx)->settings;
    struct collect_terms terms = {.on = ctx->business_date,
                                  .tries_max = settings->dunning.tries_max};
    if (!date_add_days(ctx->business_date, -settings->dunning.tries_days, &terms.tries_after, err))
        return false;
    for (size_t i = 0; i < COLLECT_GATEWAYS; i++)
        terms.gateways[i] =
            settings_gateway_find(settings, gateway_names[i]) != NULL ? gateway_names[i] : "";
    *ret_terms = terms;
    return true;
}

static void tell_others(const struct job_ctx *ctx, const struct collect_range *ranges, size_t count,
                        struct job_plan *plan)
{
    for (size_t i = 0; i < ARRAY_LEN(standings); i++) {
        int64_t items = 0;
        for (size_t k = 0; k < count; k++)
            items += text_equal(ranges[k].standing, standings[i].standing) ? ranges[k].items : 0;
        if (items > 0)
            job_plan_tell(plan, arena_printf(ctx->arena, "due and not charged: %" PRId64 " %s",
                                             items, standings[i].words));
    }
}

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct collect_terms terms;
    struct collect_range *ranges = NULL;
    size_t count = 0;
    if (!terms_of(ctx, &terms, err) ||
        !collect_store_load_work(ctx->db, &terms, ctx->arena, &ranges, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (text_equal(ranges[i].standing, "due"))
            job_plan_add_numbers(plan, ranges[i].tenant_id, ranges[i].min_key, ranges[i].max_key,
                                 ranges[i].items);
    tell_others(ctx, ranges, count, plan);
    return true;
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct collect_terms terms;
    const struct job_tenant *tenant = NULL;
    struct due_invoice *invoices = NULL;
    size_t count = 0;
    int64_t after_id = 0;
    int64_t hi_id = 0;
    if (!terms_of(ctx, &terms, err) ||
        !job_tenant_of(ctx, range->tenant_id, CATALOG_WITHOUT_CONTRACTS, &tenant, err) ||
        !job_number_range(range, &after_id, &hi_id, err) ||
        !collect_store_load(ctx->db, &terms, range->tenant_id, after_id, hi_id, range->limit,
                            chunk_arena(chunk), &invoices, &count, err))
        return false;
    struct tenant_facts *facts = ARENA_NEW(chunk_arena(chunk), struct tenant_facts);
    *facts = tenant->catalog->tenant;
    chunk_set_state(chunk, facts);
    for (size_t i = 0; i < count; i++)
        (void)chunk_add_item(chunk, job_number_key(chunk, invoices[i].invoice_id),
                             invoices[i].number, &invoices[i]);
    return true;
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct tenant_facts *tenant = chunk_state(chunk);
    const struct due_invoice *invoice = item->data;
    struct money owed;
    if (!collect_owed(&invoice->owed, chunk_scratch(chunk), &owed, err))
        return false;
    if (money_sign(owed) <= 0 || collect_is_refunded(&invoice->owed))
        return true;
    if (!chunk_add_total(chunk, owed, err))
        return false;
    const struct charge_request request = {.tenant = tenant->tenant,
                                           .invoice = invoice->number,
                                           .attempt = invoice->last_attempt + 1,
                                           .customer = invoice->customer,
                                           .email = invoice->email,
                                           .method = invoice->method,
                                           .amount = owed};
    charge_intend(chunk, tenant->tenant_id, &request, ctx->business_date);
    *(struct invoice_changed_row *)chunk_append(chunk, &INVOICE_CHANGED) =
        (struct invoice_changed_row){.tenant_id = tenant->tenant_id,
                                     .invoice_id = invoice->invoice_id,
                                     .expected = invoice->owed.changes,
                                     .changes = invoice->owed.changes};
    return true;
}

/* First what may have changed since. */
static const struct bulk_table *const tables[] = {&INVOICE_CHANGED, &EFFECT_INTEND_SEND,
                                                  &EFFECT_REQUEST_ADD};

const struct job job_payment_collect = {
    .name = "payment-collect",
    .summary = "charge invoices that are due through the default method of their customers",
    .key = JOB_KEY_DATE,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = job_tenant_release,
};
