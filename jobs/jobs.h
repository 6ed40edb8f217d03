/* The jobs of billmill. A new job is one file, one line here and one in jobs.c. */
#ifndef BILLMILL_JOBS_JOBS_H
#define BILLMILL_JOBS_JOBS_H

#include "core/engine/job.h"

extern const struct job job_period_advance;
extern const struct job job_corrections;
extern const struct job job_usage_thresholds;
extern const struct job job_rating;
extern const struct job job_tax;
extern const struct job job_credit_expire;
extern const struct job job_invoice_finalize;
extern const struct job job_invoice_render;
extern const struct job job_exchange_rate_sync;
extern const struct job job_invoice_convert;
extern const struct job job_dispatch;
extern const struct job job_payment_apply;
extern const struct job job_invoice_mail;
extern const struct job job_webhook_events;

extern const struct job *const all_jobs[];
extern const size_t all_job_count;

#endif
