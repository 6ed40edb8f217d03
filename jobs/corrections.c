/* corrections: carry out what people have decided of finalized invoices: credit a part or the rest,
 * void, write off, bill again. An item is a request, in the order of their days; each is done once.
 *
 * A credit note is a draft that is taxed already, by the rates of its invoice: invoice-finalize
 * gives it the number. The invoice itself never changes but for its status. A request that cannot
 * be carried out (more than is left, nothing left, void after a credit) is parked with its reason,
 * and stays due. */
#include <string.h>

#include "core/base/text.h"
#include "core/engine/parked.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/period_store.h"
#include "jobs/correction_note.h"
#include "jobs/correction_rebill.h"
#include "jobs/environment.h"
#include "jobs/finalize_credits.h"
#include "jobs/jobs.h"

/* The state of a chunk. */
struct correcting {
    struct job_tenant tenant; /* first: others read it as such */
    const struct zone *zone;  /* the tenant's */
    struct parked_waived waived;
};

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct correction_range *ranges = NULL;
    size_t count = 0;
    if (!correction_store_load_work(ctx->db, &job_environment(ctx)->only, ctx->business_date,
                                    ctx->arena, &ranges, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        job_plan_add(plan, ranges[i].tenant_id, "", ranges[i].max_key, ranges[i].items);
    return true;
}

/* The part that a credit asks for, as the lines say their amounts. Of all that is left the whole:
 * what other requests of the chunk leave is not known before they are carried out. */
static bool sum_asked(const struct correction_request *request, struct money whole,
                      struct arena *arena, struct money *ret_net, struct error *err)
{
    struct credit_request part;
    struct money net = money_zero(whole.currency);
    if (!correction_request_part(request, whole.currency, arena, &part, err))
        return false;
    switch (part.part) {
    case CREDIT_NET:
        net = part.net;
        break;
    case CREDIT_LINES:
        for (size_t i = 0; i < part.line_count; i++)
            if (!money_add(net, part.lines[i].net, &net, err))
                return false;
        break;
    case CREDIT_ALL:
        net = whole;
        break;
    case CREDIT_UNUSED:
        if (!money_prorate(whole, part.numerator, part.denominator, request->of->subject.rounding,
                           &net, err))
            return false;
        break;
    }
    *ret_net = net;
    return true;
}

/* With its share of the tax: of a credit what is asked for, else the invoice. What cannot be said
 * of a request that is wrong is the invoice too. */
static struct money at_stake_of(const struct correction_request *request, struct arena *arena)
{
    const struct stored_invoice *invoice = &request->of->stored;
    struct money total = money_of_minor(invoice->total_minor, invoice->currency);
    int64_t lines_minor = invoice->subtotal_minor - invoice->discount_minor;
    struct money whole = money_of_minor(lines_minor, invoice->currency);
    struct money asked;
    struct ratio share;
    struct error ignored = {0};
    return text_equal(request->action, "credit") && lines_minor > 0 &&
                   sum_asked(request, whole, arena, &asked, &ignored) &&
                   ratio_make(invoice->total_minor, lines_minor, &share, &ignored) &&
                   money_multiply_ratio(asked, share, request->of->subject.rounding, &asked,
                                        &ignored)
               ? asked
               : total;
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct correction_request *requests = NULL;
    size_t count = 0;
    bool is_cut = false;
    const struct job_tenant *tenant = NULL;
    if (!job_tenant_of(ctx, range->tenant_id, CATALOG_WITHOUT_CONTRACTS, &tenant, err) ||
        !correction_store_load(ctx->db, range->tenant_id, &job_environment(ctx)->only,
                               range->after_key, range->hi_key, range->limit, ctx->business_date,
                               tenant->catalog->tenant.rounding, chunk_arena(chunk), &requests,
                               &count, &is_cut, err) ||
        !correction_load_payments(ctx, range->tenant_id, requests, count, chunk_arena(chunk), err))
        return false;
    if (is_cut)
        chunk_cut(chunk);
    struct correcting *correcting = ARENA_NEW(chunk_arena(chunk), struct correcting);
    correcting->tenant = *tenant;
    if (!job_zone_load(ctx, tenant->catalog->tenant.timezone, &correcting->zone, err))
        return false;
    chunk_set_state(chunk, correcting);
    if (count > 0 && !parked_load_waived(ctx->db, range->tenant_id, job_corrections.name,
                                         chunk_arena(chunk), &correcting->waived, err))
        return false;
    chunk_set_waived(chunk, &correcting->waived);
    for (size_t i = 0; i < count; i++) {
        struct chunk_item *item = chunk_add_item(
            chunk, requests[i].key,
            arena_printf(chunk_arena(chunk), "correction %s", requests[i].correction),
            &requests[i]);
        item->has_at_stake = requests[i].of != NULL;
        if (requests[i].of != NULL)
            item->at_stake = at_stake_of(&requests[i], chunk_arena(chunk));
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

/* ---------------------------------------------------------------- actions */

static bool credit_part(const struct job_ctx *ctx, const struct correction_request *request,
                        struct chunk *chunk, struct error *err)
{
    struct credit_request part;
    if (request->of->status == INVOICE_VOID)
        return refuse_status(request, "credited", err);
    return correction_request_part(request, request->of->subject.currency, chunk_scratch(chunk),
                                   &part, err) &&
           correction_credit_invoice(ctx, request, &request->of->subject, &part, chunk, err);
}

static bool is_given_back(const struct corrected_invoice *of)
{
    for (size_t i = 0; i < of->subject.line_count; i++)
        if (of->is_gone[i] || money_sign(of->subject.given_nets[i]) != 0)
            return true;
    return false;
}

/* What it does not owe any more. Of what was overdrawn for it that is owed all the same: the grant
 * pays it back (credit-expire). */
static void give_back(const struct job_ctx *ctx, const struct corrected_invoice *of,
                      struct money amount, struct chunk *chunk)
{
    const struct correcting *correcting = chunk_state(chunk);
    const struct refund refund = {.tenant_id = correcting->tenant.tenant_id,
                                  .customer_id = of->stored.customer_id,
                                  .source = of->subject.number,
                                  .amount = amount,
                                  .effective_on = ctx->business_date};
    finalize_credits_grant(&refund, correcting->zone, chunk);
}

/* The document stays as it is, and keeps its number; its money is out of the books. An overdraft is
 * no payment, whatever status it gave the invoice; nor was anything paid of one over nothing. */
static bool void_invoice(const struct job_ctx *ctx, const struct correction_request *request,
                         struct chunk *chunk, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    struct corrected_invoice *of = request->of;
    bool is_lent =
        of->overdrawn_minor > 0 && of->overdrawn_minor == of->drawn_minor && of->event_count == 1;
    bool is_left = false;
    bool is_unpaid = of->status == INVOICE_OPEN ||
                     (of->status == INVOICE_PAID && (is_lent || of->event_count == 0));
    if (!is_unpaid)
        return refuse_status(request, "voided", err);
    if (!correction_can_void(&of->subject, chunk_scratch(chunk), &is_left, err))
        return false;
    if ((of->event_count > 0 && !is_lent) || is_given_back(of) || !is_left) {
        (void)error_item(err, "not_untouched",
                         "%s cannot be voided: something of it, or of what its periods come to, is "
                         "credited, paid, or given back by another document",
                         request->invoice);
        return error_hint(err, "credit the rest instead (action credit, without an amount)");
    }
    if (is_lent)
        give_back(ctx, of, money_of_minor(of->drawn_minor, of->subject.currency), chunk);
    if (!correction_take_void(&of->subject, err))
        return false;
    correction_append_status(of, tenant->tenant_id, INVOICE_VOID, chunk);
    of->status = INVOICE_VOID;
    correction_append_done(ctx, request, tenant->tenant_id, NULL,
                           money_of_minor(of->stored.total_minor, of->subject.currency), chunk);
    return true;
}

/* Nothing is left to pay of the invoice itself: the customer owes what was lent. */
static bool refuse_lent(const struct correction_request *request, struct error *err)
{
    const struct corrected_invoice *of = request->of;
    struct money lent = money_of_minor(of->overdrawn_minor, of->subject.currency);
    (void)error_item(err, "bad_status",
                     "%s is %s, %s %s of it by an overdraft, which customer %s owes: it cannot be "
                     "written off",
                     request->invoice, invoice_status_name(of->status), money_text(lent).text,
                     lent.currency.code, of->stored.customer);
    return error_hint(err, "a credit_grant of that amount gives it up, for it pays the overdraft "
                           "back; or credit the invoice, or bill it again; withdraw this request "
                           "by importing it with \"withdrawn\": true");
}

static bool write_off(const struct job_ctx *ctx, const struct correction_request *request,
                      struct chunk *chunk, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    struct corrected_invoice *of = request->of;
    struct settlement settlement;
    bool is_owed = of->status == INVOICE_OPEN || of->status == INVOICE_PARTIALLY_PAID;
    if (!is_owed && of->overdrawn_minor > 0)
        return refuse_lent(request, err);
    if (!is_owed)
        return refuse_status(request, "written off", err);
    if (!correction_settle(of, chunk_scratch(chunk), &settlement, err))
        return false;
    if (!correction_lower_owed(of, SETTLEMENT_WRITE_OFF, request->correction, settlement.balance,
                               tenant->tenant_id, chunk, err))
        return false;
    correction_append_done(ctx, request, tenant->tenant_id, NULL, settlement.balance, chunk);
    return true;
}

/* What is left is credited (nothing of a void one), then everything is billed again. What had paid
 * it is there again, for the first that draws (finalize_credits.h, rule 3); so is what notes leave
 * that were decided before, and have no number yet. */
static bool rebill(const struct job_ctx *ctx, const struct correction_request *request,
                   struct chunk *chunk, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    struct corrected_invoice *of = request->of;
    const struct credit_request whole = {.part = CREDIT_ALL};
    bool credits = of->status != INVOICE_VOID && correction_has_rest(&of->valid);
    if (!correction_check_rebill(request, chunk, err) ||
        !correction_append_periods(ctx, request, tenant->tenant_id, chunk, err) ||
        (credits && !correction_credit_invoice(ctx, request, &of->valid, &whole, chunk, err)))
        return false;
    if (of->notes_due_minor > 0)
        give_back(ctx, of, money_of_minor(of->notes_due_minor, of->subject.currency), chunk);
    if (!credits)
        correction_append_done(ctx, request, tenant->tenant_id, NULL,
                               money_zero(of->subject.currency), chunk);
    of->rebilled_by = request->correction;
    return true;
}

/* One of its own may leave something to pay, for what it charges beside what it gives back. */
static bool refuse_note(const struct correction_request *request, struct error *err)
{
    const struct stored_invoice *note = &request->of->stored;
    struct money owed = money_of_minor(note->amount_due_minor, note->currency);
    if (money_sign(owed) >= 0 || !money_negate(owed, &owed, err)) {
        (void)error_item(err, "bad_document", "%s is a credit note: it is not corrected again",
                         request->invoice);
        return error_hint(err, "what was credited too much is billed by an invoice");
    }
    (void)error_item(err, "bad_document",
                     "%s is a credit note that leaves %s %s to pay: it is not corrected again",
                     request->invoice, money_text(owed).text, owed.currency.code);
    return error_hint(err, "a credit_grant of that amount gives it back with the next invoice");
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
    return refuse_note(request, err);
}

static bool carry_out(const struct job_ctx *ctx, const struct correction_request *request,
                      struct chunk *chunk, struct error *err)
{
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

/* There is always this way out; and most requests that fail will never do otherwise. */
static bool hint_at_withdrawing(struct error *err)
{
    struct error as_it_is = *err;
    if (strstr(err->hint, "withdraw") != NULL)
        return false;
    return error_hint(err, "%s%sthis request ends by importing it with \"withdrawn\": true",
                      as_it_is.hint, *as_it_is.hint == '\0' ? "" : "; or ");
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    if (carry_out(ctx, item->data, chunk, err))
        return true;
    return err->kind == ERROR_ITEM ? hint_at_withdrawing(err) : false;
}

/* First what somebody else may have withdrawn. */
static const struct bulk_table *const tables[] = {
    &CORRECTION_TAKEN,    &INVOICE_CHANGED, &NOTE_ADD,           &NOTE_LINE_ADD,
    &INVOICE_TAX_ADD,     &INVOICE_STATUS,  &BILLING_PERIOD_ADD, &CREDIT_GRANT_ADD,
    &CREDIT_MOVEMENT_ADD, &WRITTEN_OFF_ADD, &CORRECTION_DONE};

const struct job job_corrections = {
    .name = "corrections",
    .summary = "credit, void, write off and bill again what was decided",
    .begins = true,
    .key = JOB_KEY_PERIOD,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = job_tenant_release,
};
