/* Small help that every job needs: see environment.h. */
#include "jobs/environment.h"

#include <inttypes.h>

#include "core/stores/billing_catalog.h"
#include "core/stores/due_work.h"

bool job_tenant_load(const struct job_ctx *ctx, int64_t tenant_id, struct job_tenant *tenant,
                     struct error *err)
{
    if (tenant->tenant_id == tenant_id)
        return true;
    if (!billing_catalog_load(ctx->db, tenant_id, ctx->arena, &tenant->catalog, err))
        return false;
    tenant->tenant_id = tenant_id;
    return true;
}

bool job_tenant_of(const struct job_ctx *ctx, int64_t tenant_id,
                   const struct job_tenant **ret_tenant, struct error *err)
{
    if (*ctx->memory == NULL)
        *ctx->memory = ARENA_NEW(ctx->arena, struct job_tenant);
    *ret_tenant = *ctx->memory;
    return job_tenant_load(ctx, tenant_id, *ctx->memory, err);
}

bool job_number_range(const struct chunk_range *range, int64_t *ret_after_id, int64_t *ret_hi_id,
                      struct error *err)
{
    return chunk_key_number(range->after_key, ret_after_id, err) &&
           chunk_key_number(range->hi_key, ret_hi_id, err);
}

const char *job_number_key(struct chunk *chunk, int64_t number)
{
    return arena_printf(chunk_arena(chunk), "%" PRId64, number);
}

void job_plan_add_ranges(struct job_plan *plan, const struct work_ranges *ranges)
{
    for (size_t i = 0; i < ranges->count; i++)
        job_plan_add_numbers(plan, ranges->items[i].tenant_id, ranges->items[i].min_key,
                             ranges->items[i].max_key, ranges->items[i].items);
}
