#include "jobs/correction_rebill.h"

#include "core/billing/charge_slots.h"
#include "core/billing/progressive.h"
#include "core/stores/period_store.h"
#include "jobs/correction_note.h"

/* Counted when it is rated, from what its periods bill together. */
static bool is_usage(const struct corrected_period *period)
{
    struct slot_entry entry;
    return !slot_entry_parse_kind(correction_base_kind(period->kind), &entry) ||
           entry.slot.kind == SLOT_USAGE;
}

/* Also by another request of this chunk: a usage period and what came late of it, on two invoices.
 * Other charges that are billed again are no matter of each other. */
static bool is_waiting(const struct corrected_period *period, struct chunk *chunk)
{
    if (!is_usage(period))
        return period->waiting > period->waiting_again;
    for (size_t i = 0; i < chunk_row_count(chunk, &BILLING_PERIOD_ADD); i++) {
        const struct billing_period_row *row = chunk_row(chunk, &BILLING_PERIOD_ADD, i);
        if (row->subscription_id == period->subscription_id && row->price_id == period->price_id &&
            date_compare(row->start_on, period->start_on) == 0)
            return true;
    }
    return period->waiting > 0;
}

/* What a reversal on another document took back is billed by what that document bills instead; what
 * gave back of an invoice that was billed again, with that. */
static bool is_still_valid(const struct corrected_invoice *of,
                           const struct corrected_period *period)
{
    for (size_t i = 0; i < of->subject.line_count; i++)
        if (of->subject.lines[i].line == period->line)
            return !of->is_gone[i];
    return true;
}

bool correction_check_rebill(const struct correction_request *request, struct chunk *chunk,
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
        (void)error_item(err, "nothing_left",
                         "all that %s billed was taken back, or billed again, since",
                         request->invoice);
        return error_hint(
            err,
            "an invoice that bills it instead can be billed again, see `billmill explain %s`; "
            "what a credit note charges instead is lowered by a credit_grant, which "
            "the next invoice draws",
            request->invoice);
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

static void append_period(const struct correction_request *request,
                          const struct corrected_period *period, int64_t tenant_id,
                          struct date cutoff_on, struct chunk *chunk)
{
    const struct corrected_invoice *of = request->of;
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
        .counts_gaps = period->counts_gaps,
        .corrects = of->subject.number,
        .payer_id = of->stored.customer_id,
    };
}

/* Its periods are due again, for an invoice of their own: rating bills them by what is known now.
 * So is what other documents credited for the rest of them (correction.h, rule 4).
 */
bool correction_append_periods(const struct job_ctx *ctx, const struct correction_request *request,
                               int64_t tenant_id, struct chunk *chunk, struct error *err)
{
    const struct corrected_invoice *of = request->of;
    struct date cutoff_on;
    if (!correction_cutoff(ctx, request, &cutoff_on, err))
        return false;
    for (size_t i = 0; i < of->period_count; i++)
        if (is_still_valid(of, &of->periods[i]))
            append_period(request, &of->periods[i], tenant_id, cutoff_on, chunk);
    for (size_t i = 0; i < of->credited_count; i++)
        append_period(request, &of->credited[i], tenant_id, cutoff_on, chunk);
    return true;
}
