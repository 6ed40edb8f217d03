/* Small help that every job needs: see environment.h. */
#include "jobs/environment.h"

#include <string.h>

#include "core/base/text.h"
#include "core/calendar/zone.h"
#include "core/stores/billing_catalog.h"

#define NUMBER_SIZE 24

bool job_tenant_load(const struct job_ctx *ctx, int64_t tenant_id, enum catalog_parts parts,
                     struct job_tenant *tenant, struct error *err)
{
    if (tenant->tenant_id == tenant_id)
        return true;
    if (!billing_catalog_load(ctx->db, tenant_id, parts, ctx->arena, &tenant->catalog, err))
        return false;
    tenant->tenant_id = tenant_id;
    return true;
}

static struct job_tenant *memory_of(const struct job_ctx *ctx)
{
    if (*ctx->memory == NULL)
        *ctx->memory = ARENA_NEW(ctx->arena, struct job_tenant);
    return *ctx->memory;
}

bool job_tenant_of(const struct job_ctx *ctx, int64_t tenant_id, enum catalog_parts parts,
                   const struct job_tenant **ret_tenant, struct error *err)
{
    *ret_tenant = memory_of(ctx);
    return job_tenant_load(ctx, tenant_id, parts, *ctx->memory, err);
}

bool job_zone_load(const struct job_ctx *ctx, const char *timezone, const struct zone **ret_zone,
                   struct error *err)
{
    struct job_tenant *memory = memory_of(ctx);
    if (memory->zones == NULL)
        memory->zones =
            zone_cache_create(job_environment(ctx)->settings->directories.zoneinfo.text);
    if (zone_load(memory->zones, timezone, ret_zone, err))
        return true;
    err->kind = ERROR_RUN; /* no item is at fault */
    return error_hint(err, "install the package tzdata of the system that imported it");
}

void job_tenant_release(void *memory)
{
    zone_cache_destroy(&((struct job_tenant *)memory)->zones);
}

bool job_number_range(const struct chunk_range *range, int64_t *ret_after_id, int64_t *ret_hi_id,
                      struct error *err)
{
    return chunk_key_number(range->after_key, ret_after_id, err) &&
           chunk_key_number(range->hi_key, ret_hi_id, err);
}

bool job_span_load(const struct job_ctx *ctx, const struct chunk_range *range,
                   struct job_span *ret_span, struct error *err)
{
    const struct job_tenant *tenant = NULL;
    struct job_span span = {0};
    if (!job_tenant_of(ctx, range->tenant_id, CATALOG_WITHOUT_CONTRACTS, &tenant, err) ||
        !job_number_range(range, &span.after_id, &span.hi_id, err) ||
        !job_zone_load(ctx, tenant->catalog->tenant.timezone, &span.zone, err))
        return false;
    span.tenant = &tenant->catalog->tenant;
    *ret_span = span;
    return true;
}

const char *job_number_key(struct chunk *chunk, int64_t number)
{
    char text[NUMBER_SIZE] = {0};
    return arena_copy(chunk_arena(chunk), text_number_before(&text[NUMBER_SIZE - 1], number));
}

static const char *quote_name(const char *name, struct arena *arena)
{
    if (strpbrk(name, " \"") == NULL)
        return name;
    char *quoted = arena_alloc(arena, 2 * strlen(name) + sizeof "\"\"");
    size_t length = 0;
    quoted[length++] = '"';
    for (const char *from = name; *from != '\0'; from++) {
        if (*from == '"')
            quoted[length++] = '"';
        quoted[length++] = *from;
    }
    quoted[length++] = '"';
    quoted[length] = '\0';
    return quoted;
}

const char *job_charge_item(const char *what, const char *subscription, const char *price,
                            struct date start_on, struct arena *arena)
{
    return arena_printf(arena, "%s of %s %s from %s", what, quote_name(subscription, arena),
                        quote_name(price, arena), date_text(start_on).text);
}

void job_plan_tell_tenant(const struct job_ctx *ctx, const struct tenant_facts *tenants,
                          size_t count, const char *name, const char *setting,
                          struct job_plan *plan)
{
    const char **names = ARENA_NEW_ARRAY(ctx->arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (text_equal(tenants[i].tenant, name))
            return;
        names[i] = tenants[i].tenant;
    }
    const char *meant = text_nearest(name, names, count);
    job_plan_tell(plan, arena_printf(ctx->arena, "%s: there is no tenant '%s'%s%s%s", setting, name,
                                     meant == NULL ? "" : " (did you mean '", text_or_empty(meant),
                                     meant == NULL ? "" : "'?)"));
}

void job_plan_add_ranges(struct job_plan *plan, const struct work_ranges *ranges)
{
    for (size_t i = 0; i < ranges->count; i++)
        job_plan_add_numbers(plan, ranges->items[i].tenant_id, ranges->items[i].min_key,
                             ranges->items[i].max_key, ranges->items[i].items);
}

bool job_plan_due_work(const struct job_ctx *ctx, enum due_work work, struct job_plan *plan,
                       struct error *err)
{
    const struct work_payer *only = &job_environment(ctx)->only;
    struct work_ranges ranges = {0};
    bool loaded = only->payer_id == 0
                      ? due_work_load(ctx->db, work, ctx->business_date, ctx->arena, &ranges, err)
                      : due_work_load_of_payer(ctx->db, work, only, ctx->business_date, ctx->arena,
                                               &ranges, err);
    if (loaded)
        job_plan_add_ranges(plan, &ranges);
    return loaded;
}
