/* What all ways to make a period need: see advance_item.h. */
#include "jobs/advance_item.h"

#include "core/base/text.h"
#include "core/billing/period_part.h"

struct advance_memory *advance_memory_of(const struct job_ctx *ctx)
{
    if (*ctx->memory == NULL) {
        struct advance_memory *memory = ARENA_NEW(ctx->arena, struct advance_memory);
        const char *directory = job_environment(ctx)->settings->directories.zoneinfo.text;
        memory->zones = zone_cache_create(directory);
        *ctx->memory = memory;
    }
    return *ctx->memory;
}

bool advance_load_zone(const struct advance_memory *memory, const char *name,
                       const struct zone **ret_zone, struct error *err)
{
    *ret_zone = NULL;
    if (zone_load(memory->zones, name, ret_zone, err))
        return true;
    if (err->kind != ERROR_ITEM)
        return false;
    *ret_zone = NULL;
    error_clear(err);
    return true;
}

struct period_run advance_run_of(const struct job_ctx *ctx)
{
    const struct settings_rules *rules = &job_environment(ctx)->settings->rules;
    return (struct period_run){
        .business_date = ctx->business_date,
        .grid = ctx->key == JOB_KEY_PERIOD ? RUN_GRID_MONTH : RUN_GRID_DAY,
        .catch_up = rules->catch_up,
        .max_catch_up = rules->max_catch_up,
    };
}

bool advance_proration_text(enum proration_basis basis, const struct zone *zone, struct period full,
                            struct period period, struct chunk *chunk, const char **ret_text,
                            struct error *err)
{
    struct period_part part;
    if (!period_part_make(basis, zone, full, period, &part, err))
        return false;
    *ret_text = period_part_text(&part, chunk_arena(chunk));
    return true;
}

static bool is_due(const struct subscription_state_row *row,
                   const struct subscription_state *states, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (date_compare(states[i].since, row->since_on) == 0 &&
            text_equal(subscription_status_name(states[i].status), row->state))
            return true;
    return false;
}

static bool is_recorded(const struct subscription_state *state,
                        const struct advance_subscription *subscription)
{
    for (size_t i = 0; i < subscription->state_count; i++)
        if (is_due(&subscription->states[i], state, 1))
            return true;
    return false;
}

/* What a subscription became follows from what is known of it now, in whichever order that became
 * known; what was recorded by a run for a later day is left alone. */
bool advance_append_states(const struct job_ctx *ctx, int64_t tenant_id,
                           const struct advance_subscription *subscription,
                           const struct subscription_terms *terms, struct chunk *chunk,
                           struct error *err)
{
    struct subscription_state states[SUBSCRIPTION_STATES_MAX];
    size_t count = 0;
    if (!subscription_states_due(terms, ctx->business_date, states, &count, err))
        return false;
    for (size_t i = 0; i < subscription->state_count; i++) {
        const struct subscription_state_row *known = &subscription->states[i];
        if (is_due(known, states, count) || date_compare(known->since_on, ctx->business_date) > 0)
            continue;
        struct subscription_state_row *row = chunk_append(chunk, &SUBSCRIPTION_STATE_GONE);
        *row = *known;
    }
    for (size_t i = 0; i < count; i++) {
        if (is_recorded(&states[i], subscription))
            continue;
        struct subscription_state_row *row = chunk_append(chunk, &SUBSCRIPTION_STATE_ADD);
        *row = (struct subscription_state_row){.tenant_id = tenant_id,
                                               .subscription_id = subscription->subscription_id,
                                               .since_on = states[i].since,
                                               .state = subscription_status_name(states[i].status)};
    }
    return true;
}
