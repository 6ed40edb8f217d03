/* The list of jobs, in the order in which a close runs them; usage-thresholds is run between
 * closes. */
#include "jobs/jobs.h"

const struct job *const all_jobs[] = {
    &job_corrections, &job_period_advance, &job_usage_thresholds, &job_rating,
    &job_tax,         &job_credit_expire,  &job_invoice_finalize, &job_invoice_render,
};
const size_t all_job_count = ARRAY_LEN(all_jobs);
