/* What follows from a correction of an invoice: a credit note, a lower balance and the status that
 * it makes, and that the request is carried out. Part of the job corrections.
 *
 * 1. A credit note is a draft that is taxed already, by the rates of its invoice.
 * 2. Requests that follow in the same chunk see what this one did; one that fails has left
 * everything as it was.
 * 3. What is about to be given back of what paid the invoice (`billmill refund`), and is not paid
 * too much already, a note does not leave to the customer besides. Where that fails it is granted
 * as what is paid too much (payment-apply). */
#ifndef BILLMILL_JOBS_CORRECTION_NOTE_H
#define BILLMILL_JOBS_CORRECTION_NOTE_H

#include "core/billing/subscription_periods.h"
#include "core/engine/job.h"
#include "core/stores/correction_store.h"

/* What paid the invoices of these requests, where something did, with what is about to be given
 * back of it: rule 3. */
MUST_CHECK bool correction_load_payments(const struct job_ctx *ctx, int64_t tenant_id,
                                         const struct correction_request *requests, size_t count,
                                         struct arena *arena, struct error *err);

/* The cutoff of the run's grid that the request's day falls to. */
MUST_CHECK bool correction_cutoff(const struct job_ctx *ctx,
                                  const struct correction_request *request, struct date *ret_cutoff,
                                  struct error *err);

/* What is paid, owed and overpaid of the invoice by all that is known of it. */
MUST_CHECK bool correction_settle(const struct corrected_invoice *of, struct arena *arena,
                                  struct settlement *ret_settlement, struct error *err);

/* The status that follows from that. */
MUST_CHECK bool correction_settled_status(const struct corrected_invoice *of, struct arena *arena,
                                          enum invoice_status *ret_status, struct error *err);

/* Nothing when the invoice has that status. */
void correction_append_status(struct corrected_invoice *of, int64_t tenant_id,
                              enum invoice_status status, struct chunk *chunk);

/* The request is carried out; draft_key is its credit note's, NULL without one. */
void correction_append_done(const struct job_ctx *ctx, const struct correction_request *request,
                            int64_t tenant_id, const char *draft_key, struct money amount,
                            struct chunk *chunk);

/* The invoice owes `amount` less, and has the status that follows. To be done last (rule 2). */
MUST_CHECK bool correction_lower_owed(struct corrected_invoice *of, enum settlement_kind kind,
                                      const char *reference, struct money amount, int64_t tenant_id,
                                      struct chunk *chunk, struct error *err);

/* A credit note over `part` of what `subject` has left, and the request is carried out. What of it
 * the invoice did not owe any more is in of->notes_due_minor, with that of notes before it. */
MUST_CHECK bool correction_credit_invoice(const struct job_ctx *ctx,
                                          const struct correction_request *request,
                                          struct correction_subject *subject,
                                          const struct credit_request *part, struct chunk *chunk,
                                          struct error *err);

#endif
