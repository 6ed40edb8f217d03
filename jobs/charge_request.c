/* Requests of charges and refunds as JSON: see charge_request.h. */
#include "jobs/charge_request.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/engine/effect.h"
#include "core/outside/json_read.h"
#include "core/setup/json_text.h"

/* ---------------------------------------------------------------- writing */

static void add_name(struct json_text *json, const char *name)
{
    if (json->length > 1)
        json_text_add_char(json, ',');
    json_text_add_string(json, name);
    json_text_add_char(json, ':');
}

static void add_text(struct json_text *json, const char *name, const char *value)
{
    if (value == NULL)
        return;
    add_name(json, name);
    json_text_add_string(json, value);
}

static void add_number(struct json_text *json, const char *name, int64_t value, struct arena *arena)
{
    const char *text = arena_printf(arena, "%" PRId64, value);
    add_name(json, name);
    json_text_add(json, text, strlen(text));
}

static const char *write_charge(const struct charge_request *request, struct arena *arena)
{
    CLEANUP(json_text_free) struct json_text json = {0};
    json_text_add_char(&json, '{');
    add_text(&json, "tenant", request->tenant);
    add_text(&json, "invoice", request->invoice);
    add_number(&json, "attempt", request->attempt, arena);
    add_text(&json, "customer", request->customer);
    add_text(&json, "email", request->email);
    add_text(&json, "payment_method", request->method.payment_method);
    add_text(&json, "gateway_customer", request->method.gateway_customer);
    add_text(&json, "gateway_token", request->method.gateway_token);
    add_text(&json, "expires", request->method.expires);
    add_number(&json, "amount_minor", money_minor(request->amount), arena);
    add_text(&json, "currency", request->amount.currency.code);
    json_text_add_char(&json, '}');
    return arena_copy_n(arena, json.text, json.length);
}

void charge_intend(struct chunk *chunk, int64_t tenant_id, const struct charge_request *request,
                   struct date intended_on)
{
    struct arena *arena = chunk_arena(chunk);
    const char *bytes = write_charge(request, arena);
    effect_intend(chunk, &(struct effect_intent){
                             .tenant_id = tenant_id,
                             .effect_key = arena_printf(arena, CHARGE_KIND ":%s:%" PRId64,
                                                        request->invoice, request->attempt),
                             .kind = CHARGE_KIND,
                             .provider = request->method.gateway,
                             .lane = arena_printf(arena, CHARGE_KIND ":%s", request->invoice),
                             .subject = request->invoice,
                             .intended_on = intended_on,
                             .request = bytes,
                             .request_size = strlen(bytes)});
}

static const char *write_refund(const struct refund_request *request, struct arena *arena)
{
    CLEANUP(json_text_free) struct json_text json = {0};
    json_text_add_char(&json, '{');
    add_text(&json, "tenant", request->tenant);
    add_text(&json, "payment", request->payment);
    add_number(&json, "refund", request->refund, arena);
    add_text(&json, "invoice", request->invoice);
    add_number(&json, "amount_minor", money_minor(request->amount), arena);
    add_text(&json, "currency", request->amount.currency.code);
    json_text_add_char(&json, '}');
    return arena_copy_n(arena, json.text, json.length);
}

const char *refund_lane(const char *payment, struct arena *arena)
{
    return effect_key_fit(arena_printf(arena, REFUND_KIND ":%s", payment), arena);
}

const char *refund_effect_key(const char *payment, int64_t number, struct arena *arena)
{
    return effect_key_fit(arena_printf(arena, REFUND_KIND ":%s:%" PRId64, payment, number), arena);
}

void refund_intend(struct chunk *chunk, int64_t tenant_id, const char *gateway,
                   const struct refund_request *request, struct date intended_on)
{
    struct arena *arena = chunk_arena(chunk);
    const char *bytes = write_refund(request, arena);
    effect_intend(chunk,
                  &(struct effect_intent){
                      .tenant_id = tenant_id,
                      .effect_key = refund_effect_key(request->payment, request->refund, arena),
                      .kind = REFUND_KIND,
                      .provider = gateway,
                      .lane = refund_lane(request->payment, arena),
                      .subject = request->invoice == NULL ? request->payment : request->invoice,
                      .intended_on = intended_on,
                      .request = bytes,
                      .request_size = strlen(bytes)});
}

/* ---------------------------------------------------------------- reading */

static bool refuse(const struct effect_out *effect, struct error *err)
{
    return error_item(err, "bad_request", "the request of %s is not one of a %s",
                      effect->effect_key, effect->kind);
}

static bool read_root(const struct effect_out *effect, struct arena *arena,
                      const struct json_value **ret_root, struct error *err)
{
    return json_read(effect->request, effect->request_size, arena, ret_root, err) ||
           refuse(effect, err);
}

static bool read_amount(const struct json_value *root, struct money *ret_amount, struct error *err)
{
    const char *code = json_text_at(root, "currency");
    struct currency currency;
    int64_t minor = 0;
    if (code == NULL || !json_integer_at(root, "amount_minor", &minor) || minor <= 0 ||
        !currency_parse(code, &currency, err))
        return false;
    *ret_amount = money_of_minor(minor, currency);
    return true;
}

bool charge_request_read(const struct effect_out *effect, struct arena *arena,
                         struct charge_request *ret_request, struct error *err)
{
    const struct json_value *root = NULL;
    struct charge_request request;
    if (!read_root(effect, arena, &root, err))
        return false;
    request = (struct charge_request){
        .tenant = json_text_at(root, "tenant"),
        .invoice = json_text_at(root, "invoice"),
        .customer = json_text_at(root, "customer"),
        .email = json_text_at(root, "email"),
        .method = {.payment_method = json_text_at(root, "payment_method"),
                   .gateway = effect->provider,
                   .gateway_customer = json_text_at(root, "gateway_customer"),
                   .gateway_token = json_text_at(root, "gateway_token"),
                   .expires = json_text_at(root, "expires")},
    };
    if (request.tenant == NULL || request.invoice == NULL || request.customer == NULL ||
        request.method.payment_method == NULL || request.method.gateway_token == NULL ||
        !json_integer_at(root, "attempt", &request.attempt) || request.attempt < 1 ||
        !read_amount(root, &request.amount, err))
        return refuse(effect, err);
    *ret_request = request;
    return true;
}

bool refund_request_read(const struct effect_out *effect, struct arena *arena,
                         struct refund_request *ret_request, struct error *err)
{
    const struct json_value *root = NULL;
    struct refund_request request = {0};
    if (!read_root(effect, arena, &root, err))
        return false;
    request.tenant = json_text_at(root, "tenant");
    request.payment = json_text_at(root, "payment");
    request.invoice = json_text_at(root, "invoice");
    if (request.tenant == NULL || request.payment == NULL ||
        !json_integer_at(root, "refund", &request.refund) || request.refund < 1 ||
        !read_amount(root, &request.amount, err))
        return refuse(effect, err);
    *ret_request = request;
    return true;
}

/* ---------------------------------------------------------------- keys */

/* "KIND:NAME:NUMBER" */
static bool split_key(const struct effect_out *effect, struct arena *arena, const char **ret_name,
                      int64_t *ret_number)
{
    const char *prefix = arena_printf(arena, "%s:", effect->kind);
    if (!text_starts_with(effect->effect_key, prefix))
        return false;
    const char *name = effect->effect_key + strlen(prefix);
    const char *colon = strrchr(name, ':');
    if (colon == NULL || colon == name || !text_parse_i64(colon + 1, ret_number) || *ret_number < 1)
        return false;
    *ret_name = arena_copy_n(arena, name, (size_t)(colon - name));
    return true;
}

void charge_request_of_key(const struct effect_out *effect, struct arena *arena,
                           struct charge_request *ret_request)
{
    struct charge_request request = {.method = {.gateway = effect->provider}};
    if (!split_key(effect, arena, &request.invoice, &request.attempt))
        request = (struct charge_request){0};
    *ret_request = request;
}

void refund_request_of_key(const struct effect_out *effect, struct arena *arena,
                           struct refund_request *ret_request)
{
    struct refund_request request = {0};
    if (!split_key(effect, arena, &request.payment, &request.refund))
        request = (struct refund_request){0};
    else if (!text_equal(effect->subject, request.payment))
        request.invoice = effect->subject;
    *ret_request = request;
}

static const char *escape_colons(const char *text, struct arena *arena)
{
    char *escaped = arena_alloc(arena, strlen(text) * 3 + 1), *target = escaped;
    for (; *text != '\0'; text++) {
        bool is_special = *text == ':' || *text == '%';
        for (const char *c = *text == ':' ? "%3A" : "%25"; is_special && *c != '\0'; c++)
            *target++ = *c;
        if (!is_special)
            *target++ = *text;
    }
    return escaped;
}

const char *charge_invoice_key(const struct charge_request *request, struct arena *arena)
{
    return arena_printf(arena, "%s:%s", escape_colons(request->tenant, arena), request->invoice);
}

const char *charge_key(const struct charge_request *request, struct arena *arena)
{
    return arena_printf(arena, "%s:%" PRId64, charge_invoice_key(request, arena), request->attempt);
}

const char *refund_key(const struct refund_request *request, struct arena *arena)
{
    return arena_printf(arena, "%s:%s:%" PRId64, escape_colons(request->tenant, arena),
                        request->payment, request->refund);
}
