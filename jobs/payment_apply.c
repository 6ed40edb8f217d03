/* payment-apply: what payments and refunds make of the invoices that they name: the status, and a
 * grant of what is too much. An item is an invoice of which something was paid, or given back,
 * since that was last applied.
 *
 * 1. What is too much is what is overpaid by all that is known of the invoice, less what its credit
 * notes left to the customer and what was granted before; of a void invoice all that was paid.
 * 2. It is a grant of kind refund of each payment that it comes from, the last one first; so a
 * payment is granted once, whoever applies it again.
 * 3. Where more was granted or credited than is too much any more, because money was given back
 * later, the customer has it twice: the invoice has its status all the same, and an item of its own
 * ("credit of NUMBER") is parked by each run until somebody waives it.
 * 4. While something of its payments is about to be given back (`billmill refund`) nothing of them
 * is granted: what that leaves, or all where it has failed, is one grant of a payment. When it is
 * over the invoice is seen to have changed; one that parts of such a payment pay is looked at by
 * each run, until payment-match has taken off its parts what was given back.
 * 5. A payment that came before its invoice waits until that is there: see tell_waiting. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/engine/parked.h"
#include "core/stores/payment_store.h"
#include "jobs/correction_note.h"
#include "jobs/environment.h"
#include "jobs/finalize_credits.h"
#include "jobs/jobs.h"
#include "jobs/overpayment.h"
#include "jobs/refund_order.h"

/* An invoice, or what of it was given twice. */
struct apply_item {
    const struct paid_invoice *invoice;
    struct money twice; /* rule 3; zero: nothing */
    bool is_credit;
};

/* The state of a chunk. */
struct applying {
    const struct tenant_facts *tenant;
    const struct zone *zone;
    struct parked_waived waived;
};

static bool tell_waiting(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct waiting_payment *oldest = NULL;
    size_t count = 0;
    if (!payment_store_load_waiting(ctx->db, 1, ctx->arena, &oldest, &count, err))
        return false;
    if (count > 0)
        job_plan_tell(plan, arena_printf(ctx->arena,
                                         "payments that name no invoice of their customer: %" PRId64
                                         ", the first one %s (%s): `billmill payments waiting`",
                                         oldest->payments, oldest->reference, oldest->invoice));
    return true;
}

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct work_ranges ranges = {0};
    if (!payment_store_load_work(ctx->db, ctx->arena, &ranges, err))
        return false;
    job_plan_add_ranges(plan, &ranges);
    return tell_waiting(ctx, plan, err);
}

/* What cannot be computed is parked with its invoice. */
static struct money given_twice(const struct paid_invoice *invoice, struct arena *arena)
{
    struct overpayment paid;
    struct money twice = money_zero(invoice->of->subject.currency);
    struct error ignored = {0};
    if (!overpayment_of(invoice, arena, &paid, &ignored) ||
        !money_subtract(paid.given, paid.too_much, &twice, &ignored) || money_sign(twice) < 0)
        return money_zero(invoice->of->subject.currency);
    return twice;
}

static void add_item(struct chunk *chunk, const char *name, struct money at_stake,
                     const struct apply_item *what)
{
    struct apply_item *data = ARENA_NEW(chunk_arena(chunk), struct apply_item);
    *data = *what;
    struct chunk_item *item =
        chunk_add_item(chunk, job_number_key(chunk, what->invoice->invoice_id), name, data);
    item->has_at_stake = true;
    item->at_stake = at_stake;
}

static void add_items(struct chunk *chunk, const struct paid_invoice *invoice)
{
    struct apply_item item = {.invoice = invoice,
                              .twice = given_twice(invoice, chunk_arena(chunk))};
    add_item(chunk, invoice->number, invoice->of->claim, &item);
    item.is_credit = true;
    if (money_sign(item.twice) > 0)
        add_item(chunk, arena_printf(chunk_arena(chunk), "credit of %s", invoice->number),
                 item.twice, &item);
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct arena *arena = chunk_arena(chunk);
    struct applying *applying = ARENA_NEW(arena, struct applying);
    struct job_span span;
    struct paid_invoice *invoices = NULL;
    size_t count = 0;
    if (!job_span_load(ctx, range, &span, err) ||
        !payment_store_load(ctx->db, range->tenant_id, span.after_id, span.hi_id, range->limit,
                            span.tenant->rounding, arena, &invoices, &count, err) ||
        !refund_orders_of_invoices(ctx->db, range->tenant_id, invoices, count, arena, err))
        return false;
    applying->tenant = span.tenant;
    applying->zone = span.zone;
    chunk_set_state(chunk, applying);
    if (count > 0 && !parked_load_waived(ctx->db, range->tenant_id, job_payment_apply.name, arena,
                                         &applying->waived, err))
        return false;
    chunk_set_waived(chunk, &applying->waived);
    for (size_t i = 0; i < count; i++)
        add_items(chunk, &invoices[i]);
    return true;
}

/* Rule 1. */
static bool lower_by_given(struct money given, struct money *too_much, struct error *err)
{
    if (!money_subtract(*too_much, given, too_much, err))
        return false;
    if (money_sign(*too_much) < 0)
        *too_much = money_zero(too_much->currency);
    return true;
}

/* Rule 3. */
static bool refuse_twice(const struct apply_item *item, struct error *err)
{
    const struct paid_invoice *invoice = item->invoice;
    (void)error_item(err, "given_twice",
                     "%s %s of %s are a credit of customer %s, and were given back besides",
                     money_text(item->twice).text, item->twice.currency.code, invoice->number,
                     invoice->of->stored.customer);
    return error_hint(err, "bill what was given back too much; the credit stays as it is");
}

static void grant(const struct job_ctx *ctx, const struct paid_invoice *invoice,
                  const struct invoice_payment *payment, struct money amount, struct chunk *chunk)
{
    const struct applying *applying = chunk_state(chunk);
    const struct refund refund = {.tenant_id = applying->tenant->tenant_id,
                                  .customer_id = invoice->of->stored.customer_id,
                                  .source = payment->source,
                                  .amount = amount,
                                  .effective_on = ctx->business_date};
    finalize_credits_grant(&refund, applying->zone, chunk);
}

/* Rule 4. */
static bool is_to_be_undone(const struct paid_invoice *invoice)
{
    for (size_t i = 0; i < invoice->payment_count; i++)
        if (invoice->payments[i].part_of != NULL && invoice->payments[i].under_way_minor > 0)
            return true;
    return false;
}

/* Rule 2. */
static bool grant_rest(const struct job_ctx *ctx, const struct paid_invoice *invoice,
                       struct money rest, struct chunk *chunk, struct error *err)
{
    for (size_t i = invoice->payment_count; i-- > 0 && money_sign(rest) > 0;) {
        const struct invoice_payment *payment = &invoice->payments[i];
        struct money part = money_of_minor(payment->kept_minor, rest.currency);
        int32_t order;
        if (payment->granted_minor != DB_I64_NONE || payment->kept_minor <= 0)
            continue;
        if (!money_compare(rest, part, &order, err))
            return false;
        part = order < 0 ? rest : part;
        if (!money_subtract(rest, part, &rest, err))
            return false;
        grant(ctx, invoice, payment, part, chunk);
    }
    if (money_sign(rest) <= 0)
        return true;
    (void)error_item(err, "not_of_a_payment",
                     "%s %s of %s are too much, and its payments are granted already",
                     money_text(rest).text, rest.currency.code, invoice->number);
    return error_hint(err,
                      "give it back (`billmill refund`), or as a credit_grant of customer %s; "
                      "then waive this",
                      invoice->of->stored.customer);
}

/* Rule 5. */
static void append_arrived(const struct paid_invoice *invoice, int64_t tenant_id,
                           struct chunk *chunk)
{
    for (size_t i = 0; i < invoice->payment_count; i++) {
        if (!invoice->payments[i].waits)
            continue;
        struct payment_arrived_row *row = chunk_append(chunk, &PAYMENT_ARRIVED);
        *row = (struct payment_arrived_row){.tenant_id = tenant_id,
                                            .reference = invoice->payments[i].reference};
    }
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct applying *applying = chunk_state(chunk);
    const struct apply_item *what = item->data;
    const struct paid_invoice *invoice = what->invoice;
    struct corrected_invoice *of = invoice->of;
    struct overpayment paid;
    enum invoice_status status = of->status;
    if (what->is_credit)
        return refuse_twice(what, err);
    if (!overpayment_of(invoice, chunk_scratch(chunk), &paid, err) ||
        !lower_by_given(paid.given, &paid.too_much, err) ||
        (of->status != INVOICE_VOID &&
         !correction_settled_status(of, chunk_scratch(chunk), &status, err)))
        return false;
    if (money_sign(paid.under_way) > 0)
        paid.too_much = money_zero(paid.too_much.currency); /* rule 4 */
    if (!chunk_add_total(chunk, paid.too_much, err) ||
        !grant_rest(ctx, invoice, paid.too_much, chunk, err))
        return false;
    correction_append_status(of, applying->tenant->tenant_id, status, chunk);
    append_arrived(invoice, applying->tenant->tenant_id, chunk);
    bool is_left = is_to_be_undone(invoice) || money_sign(what->twice) > 0;
    struct invoice_applied_row *row = chunk_append(chunk, &INVOICE_APPLIED);
    *row = (struct invoice_applied_row){.tenant_id = applying->tenant->tenant_id,
                                        .invoice_id = invoice->invoice_id,
                                        .expected = of->changes,
                                        .applied = of->changes - is_left};
    return true;
}

/* First what may have changed since. */
static const struct bulk_table *const tables[] = {
    &INVOICE_APPLIED, &INVOICE_STATUS, &PAYMENT_ARRIVED, &CREDIT_GRANT_ADD, &CREDIT_MOVEMENT_ADD};

const struct job job_payment_apply = {
    .name = "payment-apply",
    .summary = "give invoices the status that payments make, and customers what they paid too much",
    .key = JOB_KEY_DATE,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = job_tenant_release,
};
