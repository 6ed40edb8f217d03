/* The list of jobs, in the order in which a close runs them; usage-thresholds and
 * exchange-rate-sync are run between closes, and so are dispatch and payment-apply. */
#include "jobs/jobs.h"

const struct job *const all_jobs[] = {
    &job_corrections,
    &job_period_advance,
    &job_usage_thresholds,
    &job_rating,
    &job_tax,
    &job_credit_expire,
    &job_invoice_finalize,
    &job_invoice_render,
    &job_invoice_convert,
    &job_exchange_rate_sync,
    &job_dispatch,
    &job_payment_apply,
    &job_invoice_mail,
    &job_webhook_events,
};
const size_t all_job_count = ARRAY_LEN(all_jobs);
