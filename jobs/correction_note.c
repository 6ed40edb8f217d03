#include "jobs/correction_note.h"

#include "core/stores/payment_store.h"
#include "core/stores/period_store.h"
#include "jobs/environment.h"
#include "jobs/overpayment.h"
#include "jobs/refund_order.h"

bool correction_load_payments(const struct job_ctx *ctx, int64_t tenant_id,
                              const struct correction_request *requests, size_t count,
                              struct arena *arena, struct error *err)
{
    struct paid_invoice *paid = ARENA_NEW_ARRAY(arena, struct paid_invoice, count + 1);
    size_t paid_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct corrected_invoice *of = requests[i].of;
        if (of == NULL || of->paid != NULL || of->event_count == 0)
            continue;
        paid[paid_count] = (struct paid_invoice){
            .invoice_id = of->stored.invoice_id, .number = of->subject.number, .of = of};
        of->paid = &paid[paid_count++];
    }
    return paid_count == 0 ||
           (payment_store_load_payments(ctx->db, tenant_id, paid, paid_count, arena, err) &&
            refund_orders_of_invoices(ctx->db, tenant_id, paid, paid_count, arena, err));
}

bool correction_cutoff(const struct job_ctx *ctx, const struct correction_request *request,
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

/* Rule 3: takes off *due what is about to be given back, as far as that is not paid too much before
 * this note. */
static bool keep_back(const struct corrected_invoice *of, struct arena *arena, struct money *due,
                      struct error *err)
{
    struct overpayment paid;
    struct money spare, kept_back;
    int32_t order;
    if (of->paid == NULL)
        return true;
    if (!overpayment_of(of->paid, arena, &paid, err) ||
        !money_subtract(paid.too_much, paid.given, &spare, err))
        return false;
    if (money_sign(spare) < 0)
        spare = money_zero(spare.currency);
    if (!money_subtract(paid.under_way, spare, &kept_back, err))
        return false;
    if (money_sign(kept_back) <= 0)
        return true;
    if (!money_compare(kept_back, *due, &order, err))
        return false;
    return money_subtract(*due, order < 0 ? kept_back : *due, due, err);
}

/* How much of a note the invoice did not owe any more: it goes to the customer's balance as the
 * note is numbered. The rest lowers what is owed, or is about to be (rule 3), and is the credit
 * that the note says is applied. */
static bool owed_to_customer(const struct corrected_invoice *of, struct money lowered,
                             struct arena *arena, struct money *ret_due, struct error *err)
{
    struct settlement before, after;
    struct settlement_event *events =
        ARENA_NEW_ARRAY(arena, struct settlement_event, of->event_count + 1);
    *ret_due = money_zero(of->subject.currency);
    if (money_sign(lowered) <= 0)
        return true;
    for (size_t i = 0; i < of->event_count; i++)
        events[i] = of->events[i];
    events[of->event_count] = (struct settlement_event){
        .kind = SETTLEMENT_CREDIT_NOTE, .reference = "this note", .amount = lowered};
    return settlement_compute(of->claim, events, of->event_count, arena, &before, err) &&
           settlement_compute(of->claim, events, of->event_count + 1, arena, &after, err) &&
           money_subtract(after.overpaid, before.overpaid, ret_due, err) &&
           keep_back(of, arena, ret_due, err);
}

struct note_off ARRAY_OF(struct written_off_row);

/* What lines of the note are off invoices that were written off, as rows. That does not lower what
 * the invoice itself is owed; *ret_lowered is the rest. Requests that follow go on from there, so
 * what may fail of the item is done before. */
static bool find_off(const struct corrected_invoice *of, const struct credit_content *content,
                     struct arena *arena, struct note_off *rows, struct money *ret_lowered,
                     struct error *err)
{
    *ret_lowered = content->totals.total;
    for (size_t i = 0; of->off != NULL && i < content->line_count; i++) {
        const struct invoice_line_content *line = &content->lines[i];
        struct off_entries entries = {0};
        struct money value;
        if (!invoice_line_value(line, content->taxes, content->tax_count, &value, err) ||
            !written_off_store_note(of->off, of->stored.invoice_id, line->line, value, &entries,
                                    err))
            return false;
        for (size_t e = 0; e < entries.count; e++) {
            const struct off_entry *entry = &entries.items[e];
            ARRAY_ADD(arena, rows) =
                (struct written_off_row){.line = line->line,
                                         .of_invoice = of->off->invoices[entry->of].number,
                                         .off_minor = money_minor(entry->off)};
            if (!money_subtract(*ret_lowered, entry->off, ret_lowered, err))
                return false;
        }
    }
    return true;
}

static void append_off(const struct note_off *rows, int64_t tenant_id, int64_t invoice_id,
                       struct chunk *chunk)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct written_off_row *row = chunk_append(chunk, &WRITTEN_OFF_ADD);
        *row = rows->items[i];
        row->tenant_id = tenant_id;
        row->invoice_id = invoice_id;
    }
}

static bool append_note(const struct job_ctx *ctx, const struct correction_request *request,
                        const struct credit_content *content, struct chunk *chunk,
                        const char **ret_draft_key, struct money *ret_lowered,
                        struct money *ret_due, struct error *err)
{
    struct note_off off = {0};
    struct money due, applied;
    const struct job_tenant *tenant = chunk_state(chunk);
    const struct corrected_invoice *of = request->of;
    int64_t invoice_id = 0;
    struct date cutoff_on;
    if (!chunk_next_id(chunk, &invoice_id, err) ||
        !correction_cutoff(ctx, request, &cutoff_on, err) ||
        !invoice_credit_key(cutoff_on, of->stored.customer, of->subject.currency,
                            request->correction, chunk_arena(chunk), ret_draft_key, err) ||
        !chunk_add_total(chunk, content->totals.total, err) ||
        !find_off(of, content, chunk_scratch(chunk), &off, ret_lowered, err) ||
        !owed_to_customer(of, *ret_lowered, chunk_scratch(chunk), &due, err) ||
        !money_subtract(content->totals.total, due, &applied, err))
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
    append_off(&off, tenant->tenant_id, invoice_id, chunk);
    *ret_due = due;
    return true;
}

bool correction_settle(const struct corrected_invoice *of, struct arena *arena,
                       struct settlement *ret_settlement, struct error *err)
{
    return settlement_compute(of->claim, of->events, of->event_count, arena, ret_settlement, err);
}

void correction_append_status(struct corrected_invoice *of, int64_t tenant_id,
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

static void append_changed(struct corrected_invoice *of, int64_t tenant_id, struct chunk *chunk)
{
    if (of->is_changed)
        return;
    struct invoice_changed_row *row = chunk_append(chunk, &INVOICE_CHANGED);
    *row = (struct invoice_changed_row){.tenant_id = tenant_id,
                                        .invoice_id = of->stored.invoice_id,
                                        .expected = of->changes,
                                        .changes = of->changes + 1};
    of->is_changed = true;
}

void correction_append_done(const struct job_ctx *ctx, const struct correction_request *request,
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
    append_changed(request->of, tenant_id, chunk);
}

bool correction_settled_status(const struct corrected_invoice *of, struct arena *arena,
                               enum invoice_status *ret_status, struct error *err)
{
    struct settlement settlement;
    if (!correction_settle(of, arena, &settlement, err))
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
bool correction_lower_owed(struct corrected_invoice *of, enum settlement_kind kind,
                           const char *reference, struct money amount, int64_t tenant_id,
                           struct chunk *chunk, struct error *err)
{
    enum invoice_status status = of->status;
    if (money_sign(amount) <= 0)
        return true;
    of->events[of->event_count++] =
        (struct settlement_event){.kind = kind, .reference = reference, .amount = amount};
    if (!correction_settled_status(of, chunk_scratch(chunk), &status, err)) {
        of->event_count--;
        return false;
    }
    correction_append_status(of, tenant_id, status, chunk);
    of->status = status;
    return true;
}

bool correction_credit_invoice(const struct job_ctx *ctx, const struct correction_request *request,
                               struct correction_subject *subject,
                               const struct credit_request *part, struct chunk *chunk,
                               struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    struct corrected_invoice *of = request->of;
    struct credit_content content;
    struct money lowered, due;
    const char *draft_key = NULL;
    if (!correction_credit(subject, part, chunk_arena(chunk), &content, err) ||
        !append_note(ctx, request, &content, chunk, &draft_key, &lowered, &due, err) ||
        !correction_lower_owed(of, SETTLEMENT_CREDIT_NOTE, draft_key, lowered, tenant->tenant_id,
                               chunk, err) ||
        !correction_take(subject, &content, err))
        return false;
    of->note_count++;
    of->notes_due_minor += money_minor(due);
    of->notes_given_minor += money_minor(due);
    correction_append_done(ctx, request, tenant->tenant_id, draft_key, content.totals.total, chunk);
    return true;
}
