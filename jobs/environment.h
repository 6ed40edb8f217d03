/* What the command line gives to jobs besides the engine's job_ctx: configuration and places. */
#ifndef BILLMILL_JOBS_ENVIRONMENT_H
#define BILLMILL_JOBS_ENVIRONMENT_H

#include "core/billing/decline.h"
#include "core/engine/job.h"
#include "core/setup/settings.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/due_work.h"

struct job_environment {
    const struct settings *settings;
    const struct decline_table *declines;
    const char *layout_path; /* of invoice documents */
    struct work_payer only;  /* a preview: plans take this payer's work alone */
};

static inline const struct job_environment *job_environment(const struct job_ctx *ctx)
{
    return ctx->environment;
}

/* The tenant that a chunk is about, with his catalogue: loaded when the tenant changes. First
 * member of what a job keeps in ctx->memory, or all of it. */
struct zone_cache;
struct zone;
struct job_tenant {
    int64_t tenant_id;
    const struct billing_catalog *catalog;
    struct zone_cache *zones; /* NULL until job_zone_load */
};
MUST_CHECK bool job_tenant_load(const struct job_ctx *ctx, int64_t tenant_id,
                                enum catalog_parts parts, struct job_tenant *tenant,
                                struct error *err);

/* The same for a job that keeps nothing else: in ctx->memory. */
MUST_CHECK bool job_tenant_of(const struct job_ctx *ctx, int64_t tenant_id,
                              enum catalog_parts parts, const struct job_tenant **ret_tenant,
                              struct error *err);

/* A zone that a tenant names, for a job whose memory is a job_tenant: its `release` is
 * job_tenant_release. ERROR_RUN where this system does not have it. */
MUST_CHECK bool job_zone_load(const struct job_ctx *ctx, const char *timezone,
                              const struct zone **ret_zone, struct error *err);
void job_tenant_release(void *memory);

/* A range of keys that are whole numbers. */
MUST_CHECK bool job_number_range(const struct chunk_range *range, int64_t *ret_after_id,
                                 int64_t *ret_hi_id, struct error *err);

/* What a chunk of such keys begins with: its tenant (of whom no contracts are loaded), his zone,
 * the keys. For a job whose memory is a job_tenant. */
struct job_span {
    const struct tenant_facts *tenant;
    const struct zone *zone;
    int64_t after_id, hi_id;
};
MUST_CHECK bool job_span_load(const struct job_ctx *ctx, const struct chunk_range *range,
                              struct job_span *ret_span, struct error *err);

/* A whole number as the key of an item, in the chunk's arena. */
const char *job_number_key(struct chunk *chunk, int64_t number);

/* The name of an item that is one charge, "usage of sub-1 calls from 2026-10-01"; a name that has a
 * space or a quotation mark stands between such marks, those within it twice, so that two charges
 * never have the same (CONTRACT_WAITING spells it so too). In the arena. */
const char *job_charge_item(const char *what, const char *subscription, const char *price,
                            struct date start_on, struct arena *arena);

/* Tells of a tenant whom the configuration names and nobody knows; `setting` is where. */
void job_plan_tell_tenant(const struct job_ctx *ctx, const struct tenant_facts *tenants,
                          size_t count, const char *name, const char *setting,
                          struct job_plan *plan);

/* Ranges of whole numbers, split into the definition's partitions. */
void job_plan_add_ranges(struct job_plan *plan, const struct work_ranges *ranges);

/* What is due, as ranges split into the definition's partitions; in a preview one payer's. */
MUST_CHECK bool job_plan_due_work(const struct job_ctx *ctx, enum due_work work,
                                  struct job_plan *plan, struct error *err);

#endif
