/* payment-match: payments that name no invoice pay the oldest open invoices of their customer
 * (core/billing/payment_match.h). Items are such payments, a customer's together: new ones, and
 * those that have changed since they were matched.
 *
 * 1. What pays an invoice is a part of the payment: a payment row of its own, "REFERENCE:INVOICE"
 * (as sha256_fit has it), which counts as any other that names the invoice. What no invoice takes
 * is a grant of kind refund
 * ("payment REFERENCE"). Part and grant together are what was received and not given back.
 * 2. What is given back later is taken off the parts, from the invoice that was paid last, as a
 * refund of that part ("REFERENCE:1:INVOICE", the first of it). Where more is given back than the
 * parts have left, the customer has it twice, as his credit: that is parked, by the run after the
 * one that takes off the parts, until somebody waives it.
 * 3. A payment of which something is about to be given back (`billmill refund`) waits until that is
 * over.
 * 4. Whoever changes an invoice meanwhile, or asks for a refund, is seen, and the chunk computed
 * again. What follows for their status is payment-apply's. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/engine/parked.h"
#include "core/setup/record.h"
#include "core/stores/payment_match_store.h"
#include "jobs/environment.h"
#include "jobs/finalize_credits.h"
#include "jobs/jobs.h"
#include "jobs/refund_order.h"

/* A customer of the chunk, as its items leave him. */
struct matching {
    const struct matched_customer *customer;
    struct match_invoice *invoices; /* in their order */
    int64_t *changed;               /* invoice_id of those that have a row which says so */
    size_t changed_count;
};
struct match_item {
    struct matching *matching;
    const struct unnamed_payment *payment;
};
struct match_state {
    int64_t tenant_id;
    const struct zone *zone;
    struct parked_waived waived;
};

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct work_ranges ranges = {0};
    if (!payment_match_load_work(ctx->db, ctx->arena, &ranges, err))
        return false;
    job_plan_add_ranges(plan, &ranges);
    return true;
}

static bool room_of(const struct owed_invoice *invoice, struct arena *arena, struct money *ret_room,
                    struct error *err)
{
    struct money owed, given_back;
    return collect_owed(invoice, arena, &owed, err) &&
           collect_given_back(invoice, &given_back, err) &&
           payment_match_room(owed, given_back, ret_room, err);
}

/* An invoice whose account cannot be read takes nothing: payment-apply says why. */
static struct matching *matching_of(const struct matched_customer *customer, struct arena *arena)
{
    struct matching *matching = ARENA_NEW(arena, struct matching);
    *matching = (struct matching){
        .customer = customer,
        .invoices = ARENA_NEW_ARRAY(arena, struct match_invoice, customer->invoice_count + 1),
        .changed =
            ARENA_NEW_ARRAY(arena, int64_t, customer->invoice_count + customer->part_count + 1)};
    for (size_t i = 0; i < customer->invoice_count; i++) {
        const struct open_invoice *open = &customer->invoices[i];
        struct error unreadable = {0};
        matching->invoices[i] = open->match;
        if (!room_of(&open->owed, arena, &matching->invoices[i].owed, &unreadable))
            matching->invoices[i].owed = money_zero(open->owed.currency);
    }
    return matching;
}

static void add_items(struct chunk *chunk, const struct matched_customer *customer)
{
    struct arena *arena = chunk_arena(chunk);
    struct matching *matching = matching_of(customer, arena);
    const char *key = job_number_key(chunk, customer->customer_id);
    for (size_t i = 0; i < customer->payment_count; i++) {
        const struct unnamed_payment *payment = &customer->payments[i];
        struct match_item *data = ARENA_NEW(arena, struct match_item);
        *data = (struct match_item){matching, payment};
        struct chunk_item *item =
            chunk_add_item(chunk, key, arena_printf(arena, "payment %s", payment->reference), data);
        item->has_at_stake = true;
        item->at_stake = money_of_minor(payment->amount_minor, payment->currency);
    }
}

/* Rule 3. */
static bool load_under_way(const struct job_ctx *ctx, int64_t tenant_id,
                           struct matched_customer *customers, size_t count, struct arena *arena,
                           struct error *err)
{
    size_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += customers[i].payment_count;
    const char **references = ARENA_NEW_ARRAY(arena, const char *, all + 1);
    int64_t *under_way = ARENA_NEW_ARRAY(arena, int64_t, all + 1);
    bool *unreadable = ARENA_NEW_ARRAY(arena, bool, all + 1);
    size_t place = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < customers[i].payment_count; k++)
            references[place++] = customers[i].payments[k].reference;
    if (!refund_orders_under_way(ctx->db, tenant_id, references, all, arena, under_way, unreadable,
                                 err))
        return false;
    place = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < customers[i].payment_count; k++, place++) {
            struct unnamed_payment *payment = &customers[i].payments[k];
            payment->under_way_minor = unreadable[place] ? payment->amount_minor : under_way[place];
        }
    return true;
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct arena *arena = chunk_arena(chunk);
    struct match_state *state = ARENA_NEW(arena, struct match_state);
    struct job_span span;
    struct matched_customer *customers = NULL;
    size_t count = 0;
    if (!job_span_load(ctx, range, &span, err) ||
        !payment_match_load(ctx->db, range->tenant_id, span.after_id, span.hi_id, range->limit,
                            ctx->business_date, arena, &customers, &count, err) ||
        !load_under_way(ctx, range->tenant_id, customers, count, arena, err))
        return false;
    state->tenant_id = range->tenant_id;
    state->zone = span.zone;
    chunk_set_state(chunk, state);
    if (count > 0 && !parked_load_waived(ctx->db, range->tenant_id, job_payment_match.name, arena,
                                         &state->waived, err))
        return false;
    chunk_set_waived(chunk, &state->waived);
    for (size_t i = 0; i < count; i++)
        add_items(chunk, &customers[i]);
    return true;
}

/* ---------------------------------------------------------------- matching */

/* Once for an invoice; whatever was appended of it before stays, for nothing fails behind it. */
static void append_changed(struct matching *matching, int64_t invoice_id, int64_t changes,
                           struct chunk *chunk)
{
    const struct match_state *state = chunk_state(chunk);
    for (size_t i = 0; i < matching->changed_count; i++)
        if (matching->changed[i] == invoice_id)
            return;
    matching->changed[matching->changed_count++] = invoice_id;
    *(struct invoice_changed_row *)chunk_append(chunk, &INVOICE_CHANGED) =
        (struct invoice_changed_row){.tenant_id = state->tenant_id,
                                     .invoice_id = invoice_id,
                                     .expected = changes,
                                     .changes = changes + 1};
}

static void append_part(const struct match_item *item, size_t place, struct chunk *chunk)
{
    const struct match_state *state = chunk_state(chunk);
    const struct open_invoice *open = &item->matching->customer->invoices[place];
    const struct match_invoice *invoice = &item->matching->invoices[place];
    const struct unnamed_payment *payment = item->payment;
    append_changed(item->matching, open->invoice_id, open->owed.changes, chunk);
    *(struct part_row *)chunk_append(chunk, &PAYMENT_PART_ADD) =
        (struct part_row){.tenant_id = state->tenant_id,
                          .reference = sha256_fit(arena_printf(chunk_arena(chunk), "%s:%s",
                                                               payment->reference, invoice->number),
                                                  RECORD_PAYMENT_REFERENCE_MAX, chunk_arena(chunk)),
                          .customer_id = item->matching->customer->customer_id,
                          .invoice = invoice->number,
                          .gateway = payment->gateway,
                          .currency = payment->currency,
                          .amount_minor = money_minor(invoice->matched),
                          .at_us = payment->at_us,
                          .part_of = payment->reference};
}

static void append_rest(const struct job_ctx *ctx, const struct match_item *item, struct money rest,
                        struct chunk *chunk)
{
    const struct match_state *state = chunk_state(chunk);
    const struct refund refund = {
        .tenant_id = state->tenant_id,
        .customer_id = item->matching->customer->customer_id,
        .source = arena_printf(chunk_arena(chunk), "payment %s", item->payment->reference),
        .amount = rest,
        .effective_on = ctx->business_date};
    finalize_credits_grant(&refund, state->zone, chunk);
}

/* is_all: nothing is left to be done of it until it changes. */
static void append_matched(const struct match_item *item, bool is_all, struct chunk *chunk)
{
    const struct match_state *state = chunk_state(chunk);
    const struct unnamed_payment *payment = item->payment;
    *(struct payment_matched_row *)chunk_append(chunk, &PAYMENT_MATCHED) =
        (struct payment_matched_row){.tenant_id = state->tenant_id,
                                     .reference = payment->reference,
                                     .expected = payment->changes,
                                     .changes = payment->changes + 1,
                                     .matched = payment->changes + is_all};
}

static bool match(const struct job_ctx *ctx, const struct match_item *item, struct chunk *chunk,
                  struct error *err)
{
    const struct unnamed_payment *payment = item->payment;
    struct money kept =
        money_of_minor(payment->amount_minor - payment->refunded_minor, payment->currency);
    struct money rest;
    if (!chunk_add_total(chunk, kept, err) ||
        !payment_match(kept, item->matching->invoices, item->matching->customer->invoice_count,
                       &rest, err))
        return false;
    append_matched(item, true, chunk);
    for (size_t i = 0; i < item->matching->customer->invoice_count; i++)
        if (money_sign(item->matching->invoices[i].matched) > 0)
            append_part(item, i, chunk);
    if (money_sign(rest) > 0)
        append_rest(ctx, item, rest, chunk);
    return true;
}

/* ---------------------------------------------------------------- given back later */

static void append_given_back(const struct match_item *item, const struct paid_part *part,
                              struct money taken, struct chunk *chunk)
{
    const struct match_state *state = chunk_state(chunk);
    const char *reference =
        arena_printf(chunk_arena(chunk), "%s:%" PRId64 ":%s", item->payment->reference,
                     part->refunds + 1, part->invoice);
    append_changed(item->matching, part->invoice_id, part->changes, chunk);
    *(struct refunded_row *)chunk_append(chunk, &PAYMENT_REFUNDED) = (struct refunded_row){
        .tenant_id = state->tenant_id,
        .gateway_reference = sha256_fit(reference, RECORD_KEY_MAX, chunk_arena(chunk)),
        .payment = part->reference,
        .currency = item->payment->currency,
        .amount_minor = money_minor(taken),
        .at_us = item->payment->last_refund_us};
}

static int64_t to_undo_minor(const struct unnamed_payment *payment)
{
    return payment->parts_minor - payment->parts_refunded_minor + payment->granted_minor -
           payment->amount_minor + payment->refunded_minor;
}

/* Rule 2. */
static bool undo(const struct match_item *item, struct chunk *chunk, struct error *err)
{
    const struct unnamed_payment *payment = item->payment;
    const struct matched_customer *customer = item->matching->customer;
    struct arena *scratch = chunk_scratch(chunk);
    struct money *kept = ARENA_NEW_ARRAY(scratch, struct money, customer->part_count + 1);
    struct money *taken = ARENA_NEW_ARRAY(scratch, struct money, customer->part_count + 1);
    struct money rest;
    size_t first = 0, count = 0;
    while (first < customer->part_count &&
           !text_equal(customer->parts[first].part_of, payment->reference))
        first++;
    while (first + count < customer->part_count &&
           text_equal(customer->parts[first + count].part_of, payment->reference)) {
        kept[count] = money_of_minor(customer->parts[first + count].kept_minor, payment->currency);
        count++;
    }
    struct money given_back = money_of_minor(to_undo_minor(payment), payment->currency);
    if (!payment_match_undo(given_back, kept, count, taken, &rest, err))
        return false;
    if (money_equal(rest, given_back)) {
        (void)error_item(err, "given_twice",
                         "%s %s of payment %s are a credit, and were given back besides",
                         money_text(rest).text, payment->currency.code, payment->reference);
        return error_hint(err, "bill what was given back too much; the credit stays as it is");
    }
    append_matched(item, money_sign(rest) <= 0, chunk);
    for (size_t i = 0; i < count; i++)
        if (money_sign(taken[i]) > 0)
            append_given_back(item, &customer->parts[first + i], taken[i], chunk);
    return true;
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct match_item *data = item->data;
    const struct unnamed_payment *payment = data->payment;
    bool is_matched = payment->parts_minor > 0 || payment->granted_minor > 0;
    if (is_matched && to_undo_minor(payment) > 0)
        return undo(data, chunk, err);
    if (!is_matched && payment->under_way_minor > 0)
        return true; /* rule 3 */
    if (!is_matched && payment->refunded_minor < payment->amount_minor)
        return match(ctx, data, chunk, err);
    append_matched(data, true, chunk);
    return true;
}

/* First what may have changed since. */
static const struct bulk_table *const tables[] = {&PAYMENT_MATCHED,  &INVOICE_CHANGED,
                                                  &PAYMENT_PART_ADD, &PAYMENT_REFUNDED,
                                                  &CREDIT_GRANT_ADD, &CREDIT_MOVEMENT_ADD};

const struct job job_payment_match = {
    .name = "payment-match",
    .summary = "pay the oldest open invoices from payments that name none; the rest is a credit",
    .key = JOB_KEY_DATE,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = job_tenant_release,
};
