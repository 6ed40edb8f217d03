/* The jobs of billmill. A new job is one file and one line in all.def. */
#ifndef BILLMILL_JOBS_JOBS_H
#define BILLMILL_JOBS_JOBS_H

#include "core/engine/job.h"

#define JOB(name) extern const struct job name;
#include "jobs/all.def"
#undef JOB

extern const struct job *const all_jobs[];
extern const size_t all_job_count;

#endif
