/* The list of jobs, made of all.def. */
#include "jobs/jobs.h"

#define JOB(job) &(job),
const struct job *const all_jobs[] = {
#include "jobs/all.def"
};
#undef JOB
const size_t all_job_count = ARRAY_LEN(all_jobs);
