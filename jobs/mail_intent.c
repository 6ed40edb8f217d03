/* Requests of mails as JSON: see mail_intent.h. Members are in the order of their names. */
#include "jobs/mail_intent.h"

#include <string.h>

#include "core/base/text.h"
#include "core/outside/json_read.h"
#include "core/setup/json_text.h"

#define FACTS_MAX 40

static void add(struct json_text *json, const char *text)
{
    json_text_add(json, text, strlen(text));
}

static void add_member(struct json_text *json, const char *name, const char *value, bool first)
{
    if (!first)
        json_text_add_char(json, ',');
    json_text_add_string(json, name);
    json_text_add_char(json, ':');
    json_text_add_string(json, value);
}

static void write_request(const struct mail_intent *intent, struct json_text *json)
{
    bool first = true;
    add(json, intent->attach ? "{\"attach\":true" : "{\"attach\":false");
    if (intent->copy_to != NULL) {
        add_member(json, "copy_of", intent->copy_of, false);
        add_member(json, "copy_to", intent->copy_to, false);
    }
    add(json, ",\"facts\":{");
    for (size_t i = 0; i < intent->fact_count; i++) {
        const struct mail_fact *fact = &intent->facts[i];
        if (fact->value == NULL)
            continue;
        add_member(json, fact->name, fact->value, first);
        first = false;
    }
    add(json, "}");
    add_member(json, "language", text_or_empty(intent->language), false);
    add_member(json, "template", intent->template, false);
    add_member(json, "to", intent->to, false);
    if (intent->to_name != NULL)
        add_member(json, "to_name", intent->to_name, false);
    add(json, "}");
}

void mail_intend(struct chunk *chunk, const struct mail_intent *intent)
{
    CLEANUP(json_text_free) struct json_text json = {0};
    write_request(intent, &json);
    const char *request = arena_copy_n(chunk_arena(chunk), json.text, json.length);
    effect_intend(chunk, &(struct effect_intent){.tenant_id = intent->tenant_id,
                                                 .effect_key = intent->effect_key,
                                                 .kind = MAIL_KIND,
                                                 .provider = MAIL_PROVIDER,
                                                 .subject = intent->subject,
                                                 .intended_on = intent->intended_on,
                                                 .request = request,
                                                 .request_size = json.length});
}

const char *mail_amount(struct money amount, struct arena *arena)
{
    return arena_printf(arena, "%s %s", money_text(amount).text, amount.currency.code);
}

bool mail_request_read(const char *bytes, size_t size, struct arena *arena,
                       struct mail_request *ret_request, struct error *err)
{
    const struct json_value *root = NULL;
    if (!json_read(bytes, size, arena, &root, err))
        return error_item(err, "bad_request", "the request of the mail is no JSON");
    const struct json_value *facts = json_member(root, "facts");
    struct mail_request request = {.template = json_text_at(root, "template"),
                                   .language = json_text_at(root, "language"),
                                   .to = json_text_at(root, "to"),
                                   .to_name = json_text_at(root, "to_name"),
                                   .copy_of = json_text_at(root, "copy_of"),
                                   .copy_to = json_text_at(root, "copy_to"),
                                   .attach = json_says_true(json_member(root, "attach"))};
    if (request.template == NULL || request.to == NULL ||
        (request.copy_of == NULL) != (request.copy_to == NULL) ||
        (facts != NULL && (facts->kind != JSON_KIND_OBJECT || facts->count > FACTS_MAX)))
        return error_item(err, "bad_request",
                          "the request of the mail lacks template or recipient");
    struct mail_fact *list = ARENA_NEW_ARRAY(arena, struct mail_fact, FACTS_MAX);
    for (const struct json_value *fact = facts == NULL ? NULL : facts->first; fact != NULL;
         fact = fact->next) {
        if (json_text_of(fact) == NULL)
            return error_item(err, "bad_request", "the fact '%s' of the mail is no text",
                              fact->name);
        list[request.fact_count++] = (struct mail_fact){fact->name, json_text_of(fact)};
    }
    request.facts = list;
    *ret_request = request;
    return true;
}
