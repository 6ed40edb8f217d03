/* From the outcomes of gateways to moves of effects: see gateway_moves.h. */
#include "jobs/gateway_moves.h"

#include <inttypes.h>
#include <stdlib.h>

#include "jobs/environment.h"

/* Until it is asked again what has become of it, where the gateway does not say. */
#define PROCESSING_PAUSE_S 900
#define ACTION_PAUSE_S 3600
#define NOT_CONFIGURED_S 300 /* until it is looked at again */

void gateway_access_of(const struct job_ctx *ctx, const char *gateway, struct arena *arena,
                       struct gateway_access *ret_access)
{
    const struct job_environment *environment = job_environment(ctx);
    const struct gateway *known = gateway_find(gateway);
    const struct settings_gateway *settings = settings_gateway_find(environment->settings, gateway);
    const char *secret = NULL;
    struct error err = {0};
    *ret_access = (struct gateway_access){0};
    if (known == NULL || settings == NULL) {
        ret_access->unusable = "the configuration has no account there (gateways)";
        return;
    }
    if (!settings_secret(&settings->secret, arena_printf(arena, "gateways.%s.secret", gateway),
                         getenv, arena, &secret, &err)) {
        ret_access->unusable = arena_copy(arena, err.message);
        return;
    }
    ret_access->absent_after_s = settings->absent_after_s;
    ret_access->account = (struct gateway_account){
        .url = settings->url.text == NULL ? known->url : settings->url.text,
        .key = settings->key.text,
        .secret = secret,
        .version = settings->version.text,
        .declines = environment->declines,
    };
}

void gateway_effect_wait(const char *gateway, const char *unusable, bool asking,
                         struct arena *arena, struct effect_move *ret_move)
{
    *ret_move = (struct effect_move){
        .kind = asking ? MOVE_LOST : MOVE_AGAIN,
        .pause_s = NOT_CONFIGURED_S,
        .code = "not_configured",
        .message = unusable,
        .remark = arena_printf(arena, "%s is asked nothing: %s", gateway, unusable)};
}

static int64_t pause_of(const struct gateway_result *result, int64_t otherwise_s)
{
    return result->retry_after_s >= 0 ? result->retry_after_s : otherwise_s;
}

static void take_outcome(const char *gateway, const struct gateway_result *result,
                         struct arena *arena, struct effect_move *move)
{
    switch (result->outcome) {
    case GATEWAY_PAID:
        move->kind = MOVE_DONE;
        return;
    case GATEWAY_DECLINED:
        move->kind = MOVE_FAILED;
        if (result->decline_unknown)
            move->remark = arena_printf(
                arena, "%s declines with code \"%s\", which the file of declines does not know",
                gateway, result->code);
        return;
    case GATEWAY_PROCESSING:
        move->kind = MOVE_WAIT;
        move->pause_s = pause_of(result, PROCESSING_PAUSE_S);
        return;
    case GATEWAY_ACTION:
        move->kind = MOVE_WAIT;
        move->pause_s = pause_of(result, ACTION_PAUSE_S);
        return;
    case GATEWAY_AGAIN:
    case GATEWAY_ABSENT:
        move->kind = MOVE_AGAIN;
        move->pause_s = pause_of(result, MOVE_PAUSE_OWN);
        return;
    case GATEWAY_LOST:
        move->kind = MOVE_LOST;
        move->pause_s = pause_of(result, MOVE_PAUSE_OWN);
        return;
    case GATEWAY_REFUSED:
        move->kind = MOVE_HELD;
        return;
    }
}

/* As without an account: it is put right there or in the configuration. */
static void take_refused_key(const char *gateway, const struct gateway_result *result,
                             struct arena *arena, struct effect_move *move)
{
    if (!result->key_refused)
        return;
    move->pause_s = NOT_CONFIGURED_S;
    move->provider_shut = true;
    move->message = arena_printf(arena, "the key was refused (HTTP status 401%s%s)",
                                 result->message[0] == '\0' ? "" : ": ", result->message);
    move->remark =
        arena_printf(arena, "%s is asked nothing more in this run: %s", gateway, move->message);
}

void gateway_effect_move(const char *gateway, const struct gateway_move *move, struct arena *arena,
                         struct effect_move *ret_move)
{
    if (move->is_call) {
        *ret_move = (struct effect_move){.kind = MOVE_CALL, .call = move->call};
        return;
    }
    struct gateway_result *result = ARENA_NEW(arena, struct gateway_result);
    *result = move->result;
    *ret_move = (struct effect_move){.pause_s = MOVE_PAUSE_OWN,
                                     .outcome = gateway_outcome_name(result->outcome),
                                     .provider_ref = result->reference,
                                     .code = result->code[0] == '\0' ? NULL : result->code,
                                     .message = result->message[0] == '\0' ? NULL : result->message,
                                     .detail = result};
    take_outcome(gateway, result, arena, ret_move);
    take_refused_key(gateway, result, arena, ret_move);
}

void gateway_effect_doubt(const struct gateway_access *access, const struct effect_out *effect,
                          struct effect_move *move)
{
    const struct gateway_result *result = move->detail;
    if (move->kind != MOVE_AGAIN || result == NULL || result->outcome != GATEWAY_ABSENT ||
        effect->quiet_s >= access->absent_after_s)
        return;
    *move = (struct effect_move){
        .kind = MOVE_LOST,
        .pause_s = MOVE_PAUSE_OWN,
        .code = "absent_yet",
        .message = "it is not there, and may still come: nothing is sent again so soon"};
}
