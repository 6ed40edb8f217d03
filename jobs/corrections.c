/* corrections: carry out what people have decided of finalized invoices: credit a part or the rest,
 * void, write off, bill again. An item is a request, in the order of their days; each is done once.
 *
 * A credit note is a draft that is taxed already, by the rates of its invoice: invoice-finalize
 * gives it the number. The invoice itself never changes but for its status. A request that cannot
 * be carried out (more than is left, nothing left, void after a credit) is parked with its reason,
 * and stays due. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/billing/progressive.h"
#include "core/billing/subscription_periods.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/correction_store.h"
#include "core/stores/period_store.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct correction_range *ranges = NULL;
    size_t count = 0;
    if (!correction_store_load_work(ctx->db, ctx->business_date, ctx->arena, &ranges, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        job_plan_add(plan, ranges[i].tenant_id, "", ranges[i].max_key, ranges[i].items);
    return true;
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct correction_request *requests = NULL;
    size_t count = 0;
    const struct job_tenant *tenant = NULL;
    if (!job_tenant_of(ctx, range->tenant_id, &tenant, err) ||
        !correction_store_load(ctx->db, range->tenant_id, range->after_key, range->hi_key,
                               range->limit, ctx->business_date, tenant->catalog->tenant.rounding,
                               chunk_arena(chunk), &requests, &count, err))
        return false;
    chunk_set_state(chunk, *ctx->memory);
    for (size_t i = 0; i < count; i++) {
        struct chunk_item *item = chunk_add_item(
            chunk, requests[i].key,
            arena_printf(chunk_arena(chunk), "correction %s", requests[i].correction),
            &requests[i]);
        item->has_at_stake = requests[i].of != NULL;
        if (requests[i].of != NULL)
            item->at_stake = money_of_minor(requests[i].of->stored.total_minor,
                                            requests[i].of->subject.currency);
    }
    return true;
}

/* ---------------------------------------------------------------- what is refused */

static bool refuse_status(const struct correction_request *request, const char *what,
                          struct error *err)
{
    (void)error_item(err, "bad_status", "%s is %s: it cannot be %s", request->invoice,
                     invoice_status_name(request->of->status), what);
    return error_hint(err, "withdraw this request by importing it with \"withdrawn\": true");
}

/* ---------------------------------------------------------------- what follows */

static bool settle(const struct corrected_invoice *of, struct arena *arena,
                   struct settlement *ret_settlement, struct error *err)
{
    return settlement_compute(money_of_minor(of->stored.total_minor, of->subject.currency),
                              of->events, of->event_count, arena, ret_settlement, err);
}

static void append_status(struct corrected_invoice *of, int64_t tenant_id,
                          enum invoice_status status, struct chunk *chunk)
{
    if (status == of->status)
        return;
    struct status_row *row = chunk_append(chunk, &INVOICE_STATUS);
    *row = (struct status_row){.tenant_id = tenant_id,
                               .invoice_id = of->stored.invoice_id,
                               .expected = invoice_status_name(of->status),
                               .status = invoice_status_name(status)};
}

static void append_done(const struct job_ctx *ctx, const struct correction_request *request,
                        int64_t tenant_id, const char *draft_key, struct money amount,
                        struct chunk *chunk)
{
    struct correction_taken_row *taken = chunk_append(chunk, &CORRECTION_TAKEN);
    *taken =
        (struct correction_taken_row){.tenant_id = tenant_id, .correction = request->correction};
    struct correction_done_row *row = chunk_append(chunk, &CORRECTION_DONE);
    *row = (struct correction_done_row){.tenant_id = tenant_id,
                                        .correction = request->correction,
                                        .done_on = ctx->business_date,
                                        .draft_key = draft_key,
                                        .amount_minor = money_minor(amount)};
}

static bool cutoff_of(const struct job_ctx *ctx, const struct correction_request *request,
                      struct date *ret_cutoff, struct error *err)
{
    struct date boundary;
    enum run_grid grid = ctx->key == JOB_KEY_PERIOD ? RUN_GRID_MONTH : RUN_GRID_DAY;
    return date_add_days(request->requested_on, 1, &boundary, err) &&
           run_grid_cutoff(grid, boundary, ret_cutoff, err);
}

static const char *unit_amount_text(struct price_figure figure, struct arena *arena)
{
    return figure.given ? arena_copy(arena, decimal_text(figure.value).text) : NULL;
}

static void append_note_lines(const struct corrected_invoice *of,
                              const struct credit_content *content, int64_t tenant_id,
                              int64_t invoice_id, struct chunk *chunk)
{
    for (size_t i = 0; i < content->line_count; i++) {
        const struct invoice_line_content *line = &content->lines[i];
        const struct stored_line *stored = of->stored.lines;
        while (stored->line != line->line)
            stored++;
        struct note_line_row *row = chunk_append(chunk, &NOTE_LINE_ADD);
        *row = (struct note_line_row){
            .tenant_id = tenant_id,
            .invoice_id = invoice_id,
            .line = line->line,
            .kind = line->kind,
            .subscription_id = stored->subscription_id,
            .price_id = stored->price_id,
            .price_valid_from = line->price_valid_from,
            .period_start_on = line->period_start,
            .period_end_on = line->period_end,
            .description = line->description,
            .quantity = line->quantity,
            .unit_amount = unit_amount_text(line->unit_amount, chunk_arena(chunk)),
            .amount_minor = money_minor(line->amount),
            .discount_minor = money_minor(line->discount),
            .tax_minor = money_minor(line->tax),
            .tax_category = line->tax_category,
            .tax = line->tax_number == 0 ? DB_I64_NONE : line->tax_number,
            .event_count = line->event_count,
        };
    }
}

static void append_note_taxes(const struct credit_content *content, int64_t tenant_id,
                              int64_t invoice_id, struct chunk *chunk)
{
    for (size_t i = 0; i < content->tax_count; i++) {
        const struct invoice_tax_content *tax = &content->taxes[i];
        struct invoice_tax_row *row = chunk_append(chunk, &INVOICE_TAX_ADD);
        *row = (struct invoice_tax_row){.tenant_id = tenant_id,
                                        .invoice_id = invoice_id,
                                        .tax = tax->tax,
                                        .name = tax->name,
                                        .category = tax->category,
                                        .rate_percent = tax->rate_percent,
                                        .inclusive = tax->inclusive,
                                        .base_minor = money_minor(tax->base),
                                        .tax_minor = money_minor(tax->tax_amount),
                                        .note = tax->note,
                                        .beside_tax = tax->beside == 0 ? DB_I64_NONE : tax->beside};
    }
}

/* How much of a note the invoice did not owe any more: it goes to the customer's balance as the
 * note is numbered. The rest lowers what is owed, and is the credit that the note says is applied.
 */
static bool owed_to_customer(const struct corrected_invoice *of, struct money total,
                             struct arena *arena, struct money *ret_due, struct error *err)
{
    struct settlement before, after;
    struct settlement_event *events =
        ARENA_NEW_ARRAY(arena, struct settlement_event, of->event_count + 1);
    struct money owed = money_of_minor(of->stored.total_minor, of->subject.currency);
    *ret_due = money_zero(of->subject.currency);
    if (money_sign(total) == 0)
        return true;
    for (size_t i = 0; i < of->event_count; i++)
        events[i] = of->events[i];
    events[of->event_count] = (struct settlement_event){
        .kind = SETTLEMENT_CREDIT_NOTE, .reference = "this note", .amount = total};
    return settlement_compute(owed, events, of->event_count, arena, &before, err) &&
           settlement_compute(owed, events, of->event_count + 1, arena, &after, err) &&
           money_subtract(after.overpaid, before.overpaid, ret_due, err);
}

static bool append_note(const struct job_ctx *ctx, const struct correction_request *request,
                        const struct credit_content *content, struct chunk *chunk,
                        const char **ret_draft_key, struct error *err)
{
    struct money due, applied;
    const struct job_tenant *tenant = chunk_state(chunk);
    const struct corrected_invoice *of = request->of;
    int64_t invoice_id = 0;
    struct date cutoff_on;
    if (!owed_to_customer(of, content->totals.total, chunk_scratch(chunk), &due, err) ||
        !money_subtract(content->totals.total, due, &applied, err) ||
        !cutoff_of(ctx, request, &cutoff_on, err) ||
        !invoice_credit_key(cutoff_on, of->stored.customer, of->subject.currency,
                            request->correction, chunk_arena(chunk), ret_draft_key, err) ||
        !chunk_next_id(chunk, &invoice_id, err) ||
        !chunk_add_total(chunk, content->totals.total, err))
        return false;
    struct note_row *row = chunk_append(chunk, &NOTE_ADD);
    *row = (struct note_row){
        .tenant_id = tenant->tenant_id,
        .draft_key = *ret_draft_key,
        .invoice_id = invoice_id,
        .customer_id = of->stored.customer_id,
        .currency = of->subject.currency,
        .cutoff_on = cutoff_on,
        .kind = document_kind_name(DOCUMENT_CREDIT_NOTE),
        .corrects = of->subject.number,
        .status = invoice_status_name(INVOICE_DRAFT),
        .taxed = true,
        .subtotal_minor = money_minor(content->totals.subtotal),
        .discount_minor = money_minor(content->totals.discount),
        .tax_minor = money_minor(content->totals.tax),
        .total_minor = money_minor(content->totals.total),
        .credit_applied_minor = money_minor(applied),
        .amount_due_minor = money_minor(due),
        .tax_point_on = of->stored.tax_point_on,
    };
    append_note_lines(of, content, tenant->tenant_id, invoice_id, chunk);
    append_note_taxes(content, tenant->tenant_id, invoice_id, chunk);
    return true;
}

/* The status that follows from everything that is known of the invoice. */
static bool settled_status(const struct corrected_invoice *of, struct arena *arena,
                           enum invoice_status *ret_status, struct error *err)
{
    struct settlement settlement;
    if (!settle(of, arena, &settlement, err))
        return false;
    switch (settlement.status) {
    case SETTLEMENT_OPEN:
        *ret_status = INVOICE_OPEN;
        return true;
    case SETTLEMENT_PARTIALLY_PAID:
        *ret_status = INVOICE_PARTIALLY_PAID;
        return true;
    case SETTLEMENT_PAID:
        *ret_status = INVOICE_PAID;
        return true;
    case SETTLEMENT_UNCOLLECTIBLE:
        *ret_status = INVOICE_UNCOLLECTIBLE;
        return true;
    }
    return false;
}

/* Requests that follow see what this one did. Last: one that failed has left everything as it was.
 */
static bool lower_owed(struct corrected_invoice *of, enum settlement_kind kind,
                       const char *reference, struct money amount, int64_t tenant_id,
                       struct chunk *chunk, struct error *err)
{
    enum invoice_status status = of->status;
    if (money_sign(amount) == 0)
        return true;
    of->events[of->event_count++] =
        (struct settlement_event){.kind = kind, .reference = reference, .amount = amount};
    if (!settled_status(of, chunk_scratch(chunk), &status, err)) {
        of->event_count--;
        return false;
    }
    append_status(of, tenant_id, status, chunk);
    of->status = status;
    return true;
}

/* ---------------------------------------------------------------- actions */

static bool credit_invoice(const struct job_ctx *ctx, const struct correction_request *request,
                           struct correction_subject *subject, const struct credit_request *part,
                           struct chunk *chunk, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    struct corrected_invoice *of = request->of;
    struct credit_content content;
    const char *draft_key = NULL;
    if (!correction_credit(subject, part, chunk_arena(chunk), &content, err) ||
        !append_note(ctx, request, &content, chunk, &draft_key, err) ||
        !lower_owed(of, SETTLEMENT_CREDIT_NOTE, draft_key, content.totals.total, tenant->tenant_id,
                    chunk, err) ||
        !correction_take(subject, &content, err))
        return false;
    of->note_count++;
    append_done(ctx, request, tenant->tenant_id, draft_key, content.totals.total, chunk);
    return true;
}

static bool credit_part(const struct job_ctx *ctx, const struct correction_request *request,
                        struct chunk *chunk, struct error *err)
{
    struct credit_request part;
    if (request->of->status == INVOICE_VOID)
        return refuse_status(request, "credited", err);
    return correction_request_part(request, request->of->subject.currency, chunk_scratch(chunk),
                                   &part, err) &&
           credit_invoice(ctx, request, &request->of->subject, &part, chunk, err);
}

static bool is_given_back(const struct corrected_invoice *of)
{
    for (size_t i = 0; i < of->subject.line_count; i++)
        if (of->is_reversed[i] || money_sign(of->subject.given_nets[i]) != 0)
            return true;
    return false;
}

/* The document stays as it is, and keeps its number; its money is out of the books. */
static bool void_invoice(const struct job_ctx *ctx, const struct correction_request *request,
                         struct chunk *chunk, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    struct corrected_invoice *of = request->of;
    if (of->status != INVOICE_OPEN)
        return refuse_status(request, "voided", err);
    if (of->event_count > 0 || is_given_back(of)) {
        (void)error_item(err, "not_untouched",
                         "%s cannot be voided: something of it is credited, paid, or given back by "
                         "another document",
                         request->invoice);
        return error_hint(err, "credit the rest instead (action credit, without an amount)");
    }
    append_status(of, tenant->tenant_id, INVOICE_VOID, chunk);
    of->status = INVOICE_VOID;
    append_done(ctx, request, tenant->tenant_id, NULL,
                money_of_minor(of->stored.total_minor, of->subject.currency), chunk);
    return true;
}

static bool write_off(const struct job_ctx *ctx, const struct correction_request *request,
                      struct chunk *chunk, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    struct corrected_invoice *of = request->of;
    struct settlement settlement;
    if (of->status != INVOICE_OPEN && of->status != INVOICE_PARTIALLY_PAID)
        return refuse_status(request, "written off", err);
    if (!settle(of, chunk_scratch(chunk), &settlement, err))
        return false;
    if (!lower_owed(of, SETTLEMENT_WRITE_OFF, request->correction, settlement.balance,
                    tenant->tenant_id, chunk, err))
        return false;
    append_done(ctx, request, tenant->tenant_id, NULL, settlement.balance, chunk);
    return true;
}

/* Also by another request of this chunk: a usage period and what came late of it, on two invoices.
 */
static bool is_waiting(const struct corrected_period *period, struct chunk *chunk)
{
    for (size_t i = 0; i < chunk_row_count(chunk, &BILLING_PERIOD_ADD); i++) {
        const struct billing_period_row *row = chunk_row(chunk, &BILLING_PERIOD_ADD, i);
        if (row->subscription_id == period->subscription_id && row->price_id == period->price_id &&
            date_compare(row->start_on, period->start_on) == 0)
            return true;
    }
    return period->waiting > 0;
}

/* What a reversal on another document took back is billed by what that document bills instead. */
static bool is_still_valid(const struct corrected_invoice *of,
                           const struct corrected_period *period)
{
    for (size_t i = 0; i < of->subject.line_count; i++)
        if (of->subject.lines[i].line == period->line)
            return !of->is_reversed[i];
    return true;
}

static bool check_rebill(const struct correction_request *request, struct chunk *chunk,
                         struct error *err)
{
    const struct corrected_invoice *of = request->of;
    size_t valid = 0;
    for (size_t i = 0; i < of->period_count; i++)
        valid += is_still_valid(of, &of->periods[i]) ? 1 : 0;
    if (of->rebilled_by != NULL) {
        (void)error_item(err, "already_rebilled", "%s is billed again already, by correction %s",
                         request->invoice, of->rebilled_by);
        return error_hint(err, "correct the invoice that replaced it");
    }
    if (valid == 0) {
        (void)error_item(err, "nothing_left", "all that %s billed was taken back since",
                         request->invoice);
        return error_hint(err, "what was billed instead can be billed again: `billmill explain %s`",
                          request->invoice);
    }
    if (of->gave_less != NULL) {
        (void)error_item(err, "gave_back_less",
                         "document %s gave back less of %s, for credit notes, or that it is void, "
                         "had given it back already; billed again it would be owed in full",
                         of->gave_less, request->invoice);
        return error_hint(err, "credit what is left instead, or withdraw this request by importing "
                               "it with \"withdrawn\": true");
    }
    for (size_t i = 0; i < of->period_count; i++) {
        const struct corrected_period *period = &of->periods[i];
        if (is_still_valid(of, period) && period->ended > 0 &&
            progressive_number(correction_base_kind(period->kind)) > 0) {
            (void)error_item(err, "period_has_ended",
                             "the usage from %s that %s billed before its period ended is billed "
                             "up to the end by now",
                             date_text(period->start_on).text, request->invoice);
            return error_hint(err,
                              "bill the invoice of the period's end again: it bills all that "
                              "is known now, less this one; withdraw this request by importing "
                              "it with \"withdrawn\": true");
        }
        if (is_still_valid(of, period) && is_waiting(period, chunk)) {
            (void)error_item(err, "usage_is_waiting",
                             "usage of the period from %s waits to be billed beside %s",
                             date_text(period->start_on).text, request->invoice);
            return error_hint(err, "the run that bills it comes first: this request stays due");
        }
    }
    return true;
}

/* Its periods are due again, for an invoice of their own: rating bills them by what is known now.
 */
static bool append_periods(const struct job_ctx *ctx, const struct correction_request *request,
                           int64_t tenant_id, struct chunk *chunk, struct error *err)
{
    const struct corrected_invoice *of = request->of;
    struct date cutoff_on;
    if (!cutoff_of(ctx, request, &cutoff_on, err))
        return false;
    for (size_t i = 0; i < of->period_count; i++) {
        const struct corrected_period *period = &of->periods[i];
        if (!is_still_valid(of, period))
            continue;
        struct billing_period_row *row = chunk_append(chunk, &BILLING_PERIOD_ADD);
        *row = (struct billing_period_row){
            .tenant_id = tenant_id,
            .subscription_id = period->subscription_id,
            .price_id = period->price_id,
            .start_on = period->start_on,
            .kind = correction_rebill_kind(period->kind, chunk_arena(chunk)),
            .end_on = period->end_on,
            .start_at_us = period->start_at_us,
            .end_at_us = period->end_at_us,
            .full_start_on = period->full_start_on,
            .full_end_on = period->full_end_on,
            .due_on = request->requested_on,
            .cutoff_on = cutoff_on,
            .quantity = period->quantity,
            .priced_on = period->priced_on,
            .proration = period->proration,
            .counts_from_on = period->counts_from_on,
            .counts_from_us = period->counts_from_us,
            .corrects = of->subject.number,
            .payer_id = of->stored.customer_id,
        };
    }
    return true;
}

/* What is left is credited (nothing of a void one), then everything is billed again. */
static bool rebill(const struct job_ctx *ctx, const struct correction_request *request,
                   struct chunk *chunk, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    struct corrected_invoice *of = request->of;
    const struct credit_request whole = {.part = CREDIT_ALL};
    bool credits = of->status != INVOICE_VOID && correction_has_rest(&of->valid);
    if (!check_rebill(request, chunk, err) ||
        !append_periods(ctx, request, tenant->tenant_id, chunk, err) ||
        (credits && !credit_invoice(ctx, request, &of->valid, &whole, chunk, err)))
        return false;
    if (!credits)
        append_done(ctx, request, tenant->tenant_id, NULL, money_zero(of->subject.currency), chunk);
    of->rebilled_by = request->correction;
    return true;
}

static bool check_invoice(const struct correction_request *request, struct error *err)
{
    if (request->of == NULL) {
        (void)error_item(err, "missing_invoice", "there is no invoice %s", request->invoice);
        return error_hint(err, "a correction names the number of a finalized invoice");
    }
    if (request->of->waits_for != NULL && !text_equal(request->action, "write_off")) {
        (void)error_item(err, "usage_is_waiting", "draft %s, which gives back of %s, has no taxes",
                         request->of->waits_for, request->invoice);
        return error_hint(err, "the run that taxes it comes first: this request stays due");
    }
    if (document_kind_of(request->of->stored.kind) == DOCUMENT_INVOICE)
        return true;
    (void)error_item(err, "bad_document", "%s is a credit note: it is not corrected again",
                     request->invoice);
    return error_hint(err, "what was credited too much is billed by an invoice");
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct correction_request *request = item->data;
    if (!check_invoice(request, err))
        return false;
    if (text_equal(request->action, "credit"))
        return credit_part(ctx, request, chunk, err);
    if (text_equal(request->action, "void"))
        return void_invoice(ctx, request, chunk, err);
    if (text_equal(request->action, "rebill"))
        return rebill(ctx, request, chunk, err);
    assert(text_equal(request->action, "write_off"));
    return write_off(ctx, request, chunk, err);
}

/* First what somebody else may have withdrawn. */
static const struct bulk_table *const tables[] = {
    &CORRECTION_TAKEN, &NOTE_ADD,           &NOTE_LINE_ADD,  &INVOICE_TAX_ADD,
    &INVOICE_STATUS,   &BILLING_PERIOD_ADD, &CORRECTION_DONE};

const struct job job_corrections = {
    .name = "corrections",
    .summary = "credit, void, write off and bill again what was decided",
    .key = JOB_KEY_PERIOD,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
};
