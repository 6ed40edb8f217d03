/* What the command line gives to jobs besides the engine's job_ctx: configuration and places. */
#ifndef BILLMILL_JOBS_ENVIRONMENT_H
#define BILLMILL_JOBS_ENVIRONMENT_H

#include "core/engine/job.h"
#include "core/setup/settings.h"

struct job_environment {
    const struct settings *settings;
    const char *layout_path; /* of invoice documents */
};

static inline const struct job_environment *job_environment(const struct job_ctx *ctx)
{
    return ctx->environment;
}

/* A whole number as the key of an item, in the chunk's arena. */
const char *job_number_key(struct chunk *chunk, int64_t number);

/* One range of due work per tenant, split into the definition's partitions. */
struct work_ranges;
void job_plan_add_ranges(struct job_plan *plan, const struct work_ranges *ranges);

#endif
