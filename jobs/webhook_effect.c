/* The kind of effect `webhook`: the frozen body of an event, POSTed to an endpoint of the
 * configuration and signed (webhook_signature.h) at the time of sending with all of its secrets.
 *
 * 1. Taken is what is answered with 2xx. Everything else is tried again, for about three days, and
 * then failed, as 410 is at once: `effects replay` sends it once more.
 * 2. A lost answer is one more attempt: an event may come twice, its id says that it is the same.
 * 3. What is not right in the configuration is looked at again later, and keeps no run open. Of an
 * endpoint without an entry an event fails (gone) more than GONE_DAYS after it was intended or told
 * last; one of a day that is long past has waited once before. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/calendar/zone.h"
#include "core/outside/json_read.h"
#include "core/outside/webhook_signature.h"
#include "core/stores/effect_history.h"
#include "jobs/effect_kinds.h"
#include "jobs/environment.h"
#include "jobs/webhook_answer.h"
#include "jobs/webhook_intent.h"

#define NOT_CONFIGURED "not_configured"
#define NOT_CONFIGURED_S 3600
#define GONE_DAYS 3
#define US_PER_S 1000000
#define HEADER_COUNT 3

struct webhook_data {
    const struct settings_endpoint *endpoint; /* NULL: it is not configured any more */
    const char *unusable;                     /* why; NULL: it can be told */
    bool is_gone;                             /* for so long that it is given up */
    struct webhook_secrets secrets;
    const char *id;  /* of the event */
    int64_t tried_s; /* since the first time */
};

static const struct settings_endpoint *find_endpoint(const struct job_ctx *ctx,
                                                     const char *provider)
{
    const struct setting_items *list = &job_environment(ctx)->settings->webhooks.endpoints;
    const struct settings_endpoint *endpoints = list->items;
    const char *name =
        text_starts_with(provider, WEBHOOK_PROVIDER) ? provider + strlen(WEBHOOK_PROVIDER) : "";
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(endpoints[i].name.text, name))
            return &endpoints[i];
    return NULL;
}

static bool read_secrets(const struct settings_endpoint *endpoint, struct arena *arena,
                         struct webhook_secrets *ret_secrets, struct error *err)
{
    const char **items = ARENA_NEW_ARRAY(arena, const char *, 2);
    if (!settings_secret(&endpoint->secret, "webhooks.endpoints.secret", getenv, arena, &items[0],
                         err) ||
        !settings_secret(&endpoint->old_secret, "webhooks.endpoints.old_secret", getenv, arena,
                         &items[1], err))
        return error_context(err, "endpoint %s", endpoint->name.text);
    *ret_secrets = (struct webhook_secrets){items, items[1] == NULL ? 1 : 2};
    return true;
}

/* Invariant 3. */
static bool is_gone(const struct job_ctx *ctx, const struct effect_out *effect)
{
    if (effect->sent_by_us == 0)
        return text_equal(effect->code, NOT_CONFIGURED) &&
               date_days_between(effect->intended_on, ctx->business_date) > GONE_DAYS;
    return date_days_between(zone_local_date(zone_utc(), effect->sent_by_us),
                             zone_local_date(zone_utc(), clock_day_us())) > GONE_DAYS;
}

/* All of one provider, so of one endpoint. */
static bool load(const struct job_ctx *ctx, struct effect_out *effects, size_t count,
                 struct arena *arena, struct error *err)
{
    const struct settings_endpoint *endpoint = find_endpoint(ctx, effects[0].provider);
    struct webhook_secrets secrets = {0};
    struct error why = {0};
    const char *unusable = endpoint == NULL ? "no such endpoint is configured" : NULL;
    struct effect_history *histories = ARENA_NEW_ARRAY(arena, struct effect_history, count);
    const char **keys = ARENA_NEW_ARRAY(arena, const char *, count);
    for (size_t i = 0; i < count; i++)
        keys[i] = effects[i].effect_key;
    if (!effect_history_load(ctx->db, effects[0].tenant_id, keys, count, arena, histories, err))
        return false;
    if (endpoint != NULL && !read_secrets(endpoint, arena, &secrets, &why))
        unusable = arena_copy(arena, why.message); /* of this endpoint alone */
    for (size_t i = 0; i < count; i++) {
        struct webhook_data *data = ARENA_NEW(arena, struct webhook_data);
        const struct json_value *body = NULL;
        struct error ignored = {0};
        *data = (struct webhook_data){.endpoint = endpoint,
                                      .unusable = unusable,
                                      .is_gone = endpoint == NULL && is_gone(ctx, &effects[i]),
                                      .secrets = secrets};
        if (json_read(effects[i].request, effects[i].request_size, arena, &body, &ignored))
            data->id = json_text_at(body, "id");
        if (histories[i].first_us != 0)
            data->tried_s = (clock_wall_us() - histories[i].first_us) / US_PER_S;
        effects[i].data = data;
    }
    return true;
}

/* ---------------------------------------------------------------- what is said */

static void say(const struct effect_out *effect, struct arena *arena, struct effect_move *move)
{
    const struct webhook_data *data = effect->data;
    const struct webhook_body body = {effect->request, effect->request_size};
    struct wire_header *headers = ARENA_NEW_ARRAY(arena, struct wire_header, HEADER_COUNT);
    headers[0] = (struct wire_header){"Content-Type", "application/json"};
    headers[1] = (struct wire_header){"Billmill-Event-Id", text_or_empty(data->id)};
    headers[2] = (struct wire_header){
        "Billmill-Signature", webhook_sign(data->secrets, clock_wall_us() / US_PER_S, body, arena)};
    *move = (struct effect_move){
        .kind = MOVE_CALL,
        .call = {.protocol = WIRE_HTTP,
                 .method = "POST",
                 .url = data->endpoint->url.text,
                 .shown = arena_printf(arena, "endpoint %s", data->endpoint->name.text),
                 .headers = headers,
                 .header_count = HEADER_COUNT,
                 .body = effect->request,
                 .body_size = effect->request_size}
    };
}

static void wait_for_configuration(const struct effect_out *effect, struct arena *arena,
                                   struct effect_move *move)
{
    const struct webhook_data *data = effect->data;
    *move = (struct effect_move){
        .kind = data->is_gone ? MOVE_FAILED : MOVE_AGAIN,
        .outcome = data->is_gone ? "gone" : NULL,
        .pause_s = NOT_CONFIGURED_S,
        .code = data->is_gone ? "gone" : NOT_CONFIGURED,
        .message = data->unusable,
        .remark = arena_printf(arena, "%s is not told: %s", effect->provider, data->unusable)};
}

static bool send(const struct job_ctx *ctx, const struct effect_out *effect,
                 const struct wire_answer *last, int32_t step, struct arena *arena,
                 struct effect_move *ret_move, struct error *err)
{
    const struct webhook_data *data = effect->data;
    (void)ctx;
    (void)step;
    (void)err;
    if (last != NULL)
        webhook_take_answer(last, effect->attempts, data->tried_s, arena, ret_move);
    else if (data->unusable != NULL)
        wait_for_configuration(effect, arena, ret_move);
    else
        say(effect, arena, ret_move);
    return true;
}

static bool resends(const struct job_ctx *ctx, const struct effect_out *effect)
{
    (void)ctx;
    (void)effect;
    return true;
}

const struct effect_kind effect_kind_webhook = {
    .name = WEBHOOK_KIND,
    .load = load,
    .send = send,
    .resends = resends,
    .patient = true,
    .replays = true,
    .ahead = EFFECT_AHEAD_MAX,
};
