/* What others of a customer say of his method: see charge_limits.h. */
#include "jobs/charge_limits.h"

#include "core/base/text.h"
#include "jobs/environment.h"

#define TURN_PAUSE_S 1 /* until it is looked at again whether the other one has ended */

static const struct refusal {
    const char *limit, *words;
} refusals[] = {
    {"never",       "the method was declined for good"               },
    {"customer",    "the method was declined until its customer acts"},
    {"network_cap", "the method was declined too often in a few days"},
};

bool charge_limits_load(const struct job_ctx *ctx, const struct effect_out *effects,
                        const struct charge_request *const *requests, size_t count,
                        struct arena *arena, const char **ret_limits, struct error *err)
{
    const struct settings *settings = job_environment(ctx)->settings;
    struct collect_limit *asked = ARENA_NEW_ARRAY(arena, struct collect_limit, count + 1);
    size_t *places = ARENA_NEW_ARRAY(arena, size_t, count + 1);
    size_t asked_count = 0;
    struct date tries_after;
    if (!date_add_days(ctx->business_date, -settings->dunning.tries_days, &tries_after, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        ret_limits[i] = NULL;
        if (effects[i].asking || requests[i]->customer == NULL)
            continue;
        places[asked_count] = i;
        asked[asked_count++] =
            (struct collect_limit){.tenant_id = effects[i].tenant_id,
                                   .customer = requests[i]->customer,
                                   .gateway = effects[i].provider,
                                   .gateway_token = requests[i]->method.gateway_token,
                                   .expires = text_or_empty(requests[i]->method.expires),
                                   .tries_after = tries_after,
                                   .tries_max = settings->dunning.tries_max,
                                   .effect_key = effects[i].effect_key};
    }
    if (!collect_store_load_limits(ctx->db, asked, asked_count, arena, err))
        return false;
    for (size_t i = 0; i < asked_count; i++)
        ret_limits[places[i]] = asked[i].standing;
    return true;
}

bool charge_limits_refuse(const char *limit, struct effect_move *ret_move)
{
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
        if (text_equal(limit, refusals[i].limit)) {
            *ret_move = (struct effect_move){.kind = MOVE_FAILED,
                                             .outcome = "canceled",
                                             .code = refusals[i].limit,
                                             .message = refusals[i].words};
            return true;
        }
    if (limit == NULL)
        return false;
    *ret_move =
        (struct effect_move){.kind = MOVE_AGAIN,
                             .pause_s = TURN_PAUSE_S,
                             .code = limit,
                             .message = "another charge of its customer is under way there"};
    return true;
}
