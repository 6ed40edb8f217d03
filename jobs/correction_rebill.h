/* Billing an invoice again: whether that can be done, and its periods, due once more for an invoice
 * of their own, which rating bills by what is known now. Part of the job corrections. */
#ifndef BILLMILL_JOBS_CORRECTION_REBILL_H
#define BILLMILL_JOBS_CORRECTION_REBILL_H

#include "core/engine/job.h"
#include "core/stores/correction_store.h"

/* ERROR_ITEM "already_rebilled", "nothing_left", "period_has_ended",
 * "usage_is_waiting". */
MUST_CHECK bool correction_check_rebill(const struct correction_request *request,
                                        struct chunk *chunk, struct error *err);

/* What a reversal on another document took back is left out: what that document bills instead has
 * it. What other documents credited for the rest of its periods is billed again with them. */
MUST_CHECK bool correction_append_periods(const struct job_ctx *ctx,
                                          const struct correction_request *request,
                                          int64_t tenant_id, struct chunk *chunk,
                                          struct error *err);

#endif
