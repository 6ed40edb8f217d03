/* Events as intents: see webhook_intent.h. */
#include "jobs/webhook_intent.h"

#include <string.h>

#include "core/base/text.h"
#include "core/setup/json_text.h"

#define ID_BYTES 16
#define EVENTS_VERSION "1" /* another one when documents have more events than they had */

static bool lists(const struct setting_texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->count; i++)
        if (text_equal(texts->items[i].text, text))
            return true;
    return texts->count == 0;
}

bool webhook_is_wanted(const struct settings_endpoint *endpoint, const struct webhook_event *event)
{
    return lists(&endpoint->events, event->type) && lists(&endpoint->tenants, event->tenant);
}

const char *webhook_key(const struct settings_endpoint *endpoint, const struct webhook_event *event,
                        struct arena *arena)
{
    return effect_key_fit(arena_printf(arena, WEBHOOK_KIND ":%s:%s:%s", endpoint->name.text,
                                       event->type, event->subject),
                          arena);
}

static void add_texts(struct sha256 *digest, const struct setting_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        sha256_add_text(digest, texts->items[i].text);
    sha256_add_text(digest, "");
}

int64_t webhook_settings_digest(const struct settings *settings)
{
    const struct settings_endpoint *endpoints = settings->webhooks.endpoints.items;
    struct sha256 *digest = sha256_start();
    uint8_t bytes[SHA256_SIZE];
    int64_t number = 0;
    sha256_add_text(digest, EVENTS_VERSION);
    for (size_t i = 0; i < settings->webhooks.endpoints.count; i++) {
        sha256_add_text(digest, endpoints[i].name.text);
        sha256_add_text(digest, endpoints[i].since.text);
        add_texts(digest, &endpoints[i].events);
        add_texts(digest, &endpoints[i].tenants);
    }
    sha256_finish(&digest, bytes);
    for (size_t i = 0; i < sizeof number - 1; i++)
        number = number * 256 + bytes[i];
    return number + 1;
}

static const char *id_of(const struct webhook_event *event, struct arena *arena)
{
    uint8_t digest[SHA256_SIZE];
    char text[2 * ID_BYTES + 1];
    const char *what =
        arena_printf(arena, "%s\n%s\n%s", event->tenant, event->type, event->subject);
    sha256_of(what, strlen(what), digest);
    text_hex(text, digest, ID_BYTES);
    return arena_printf(arena, "evt_%s", text);
}

static void add(struct json_text *json, const char *text)
{
    json_text_add(json, text, strlen(text));
}

static void add_member(struct json_text *json, const char *before, const char *value)
{
    add(json, before);
    json_text_add_string(json, value);
}

void webhook_intend_at(struct chunk *chunk, const struct settings_endpoint *endpoint,
                       const struct webhook_event *event)
{
    struct arena *arena = chunk_arena(chunk);
    CLEANUP(json_text_free) struct json_text json = {0};
    add_member(&json, "{\"id\":", id_of(event, arena));
    add_member(&json, ",\"type\":", event->type);
    add_member(&json, ",\"tenant\":", event->tenant);
    add_member(&json, ",\"on\":", date_text(event->on).text);
    add(&json, ",\"data\":");
    add(&json, event->data);
    add(&json, "}");
    effect_intend(chunk,
                  &(struct effect_intent){
                      .tenant_id = event->tenant_id,
                      .effect_key = webhook_key(endpoint, event, arena),
                      .kind = WEBHOOK_KIND,
                      .provider = arena_printf(arena, WEBHOOK_PROVIDER "%s", endpoint->name.text),
                      .subject = event->subject,
                      .intended_on = event->on,
                      .request = arena_copy_n(arena, json.text, json.length),
                      .request_size = json.length});
}

void webhook_intend(struct chunk *chunk, const struct settings *settings,
                    const struct webhook_event *event)
{
    const struct settings_endpoint *endpoints = settings->webhooks.endpoints.items;
    for (size_t i = 0; i < settings->webhooks.endpoints.count; i++)
        if (webhook_is_wanted(&endpoints[i], event) &&
            strcmp(endpoints[i].since.text, date_text(event->on).text) <= 0)
            webhook_intend_at(chunk, &endpoints[i], event);
}
