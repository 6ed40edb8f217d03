/* webhook-events: what is known of documents (issued, paid, void, written off) is told to the
 * endpoints of the configuration, each event to each of them once: an intent of kind `webhook` for
 * each. An item is a document that the endpoints of these settings have not been told of since its
 * status was given. What charges and dunning know they intend themselves (webhook_intent.h).
 *
 * 1. That nothing more is to be told of a document is written with the last of its intents, and
 * only if its status is still that of which is told. Whoever gives it another one takes that back
 * in the same transaction (INVOICE_STATUS), and other settings do not count it: they look at all
 * documents once.
 * 2. Whether an event was told says its effect: looking at a document again tells nothing twice. */
#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/setup/json_text.h"
#include "core/stores/effect_keys.h"
#include "core/stores/webhook_store.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"
#include "jobs/webhook_intent.h"

/* What happens to documents. */
static const struct event_type {
    const char *type;
    const char *kind;   /* of the documents */
    const char *status; /* that it is about; NULL: any but void, of which that alone is told */
} event_types[] = {
    {"invoice.finalized",     "invoice",     NULL           },
    {"invoice.paid",          "invoice",     "paid"         },
    {"invoice.voided",        "invoice",     "void"         },
    {"invoice.uncollectible", "invoice",     "uncollectible"},
    {"credit_note.issued",    "credit_note", NULL           },
};

/* What an endpoint may have to be told. */
struct telling {
    const struct settings_endpoint *endpoint;
    struct webhook_event event;
    size_t place; /* of the document */
};
struct tellings ARRAY_OF(struct telling);

/* A document, and what is to be told of it. */
struct news {
    const struct webhook_document *document;
    struct tellings tellings;
};

static const struct settings *settings_of(const struct job_ctx *ctx)
{
    return job_environment(ctx)->settings;
}

/* ---------------------------------------------------------------- planning */

/* Whose events an endpoint wants. */
static bool tell_unknown(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    const struct setting_items *endpoints = &settings_of(ctx)->webhooks.endpoints;
    struct tenant_facts *tenants = NULL;
    size_t count = 0;
    if (!tenants_load(ctx->db, ctx->arena, &tenants, &count, err))
        return false;
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct settings_endpoint *endpoint =
            (const struct settings_endpoint *)endpoints->items + i;
        for (size_t k = 0; k < endpoint->tenants.count; k++)
            job_plan_tell_tenant(ctx, tenants, count, endpoint->tenants.items[k].text,
                                 arena_printf(ctx->arena, "endpoint %s", endpoint->name.text),
                                 plan);
    }
    return true;
}

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct work_ranges ranges = {0};
    if (settings_of(ctx)->webhooks.endpoints.count == 0)
        return true;
    if (!tell_unknown(ctx, plan, err) ||
        !webhook_store_load_work(ctx->db, webhook_settings_digest(settings_of(ctx)),
                                 ctx->business_date, ctx->arena, &ranges, err))
        return false;
    job_plan_add_ranges(plan, &ranges);
    return true;
}

/* ---------------------------------------------------------------- what is known */

static bool is_about(const struct event_type *type, const struct webhook_document *document)
{
    if (!text_equal(type->kind, document->kind))
        return false;
    return type->status == NULL ? !text_equal(document->status, "void")
                                : text_equal(type->status, document->status);
}

/* All that the endpoint wants to be told of it, in the order in which it happened. */
static void add_tellings(const struct job_ctx *ctx, const struct settings_endpoint *endpoint,
                         const char *tenant, const struct webhook_document *document, size_t place,
                         struct arena *arena, struct tellings *tellings)
{
    if (strcmp(date_text(document->issued_on).text, endpoint->since.text) < 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(event_types); i++) {
        const struct webhook_event event = {.tenant_id = document->tenant_id,
                                            .tenant = tenant,
                                            .type = event_types[i].type,
                                            .subject = document->number,
                                            .on = ctx->business_date};
        if (is_about(&event_types[i], document) && webhook_is_wanted(endpoint, &event))
            ARRAY_ADD(arena, tellings) = (struct telling){endpoint, event, place};
    }
}

/* Rule 2. */
static bool add_untold(const struct job_ctx *ctx, int64_t tenant_id,
                       const struct tellings *tellings, struct arena *arena, struct news *news,
                       struct error *err)
{
    const char **keys = ARENA_NEW_ARRAY(arena, const char *, tellings->count + 1);
    bool *told = ARENA_NEW_ARRAY(arena, bool, tellings->count + 1);
    if (tellings->count == 0)
        return true;
    for (size_t i = 0; i < tellings->count; i++)
        keys[i] = webhook_key(tellings->items[i].endpoint, &tellings->items[i].event, arena);
    if (!effect_keys_find(ctx->db, tenant_id, keys, tellings->count, arena, told, err))
        return false;
    for (size_t i = 0; i < tellings->count; i++)
        if (!told[i])
            ARRAY_ADD(arena, &news[tellings->items[i].place].tellings) = tellings->items[i];
    return true;
}

/* What is owed by now, of those of which something is to be told. */
static bool load_owed(const struct job_ctx *ctx, const struct news *news,
                      struct webhook_document *documents, size_t count, struct arena *arena,
                      struct error *err)
{
    struct webhook_document **of = ARENA_NEW_ARRAY(arena, struct webhook_document *, count + 1);
    size_t of_count = 0;
    for (size_t i = 0; i < count; i++)
        if (news[i].tellings.count > 0)
            of[of_count++] = &documents[i];
    return webhook_store_load_owed(ctx->db, of, of_count, arena, err);
}

static bool load_news(const struct job_ctx *ctx, const struct tenant_facts *tenant,
                      struct webhook_document *documents, size_t count, struct arena *arena,
                      struct news **ret_news, struct error *err)
{
    const struct setting_items *endpoints = &settings_of(ctx)->webhooks.endpoints;
    struct news *news = ARENA_NEW_ARRAY(arena, struct news, count + 1);
    struct tellings tellings = {0};
    for (size_t i = 0; i < count; i++) {
        news[i] = (struct news){.document = &documents[i]};
        for (size_t k = 0; k < endpoints->count; k++)
            add_tellings(ctx, &((const struct settings_endpoint *)endpoints->items)[k],
                         tenant->tenant, &documents[i], i, arena, &tellings);
    }
    *ret_news = news;
    return add_untold(ctx, tenant->tenant_id, &tellings, arena, news, err) &&
           load_owed(ctx, news, documents, count, arena, err);
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct arena *arena = chunk_arena(chunk);
    const struct job_tenant *tenant = NULL;
    struct webhook_range of = {.tenant_id = range->tenant_id,
                               .limit = range->limit,
                               .settings = webhook_settings_digest(settings_of(ctx)),
                               .until = ctx->business_date};
    struct webhook_document *documents = NULL;
    struct news *news = NULL;
    size_t count = 0;
    if (!job_tenant_of(ctx, range->tenant_id, CATALOG_WITHOUT_CONTRACTS, &tenant, err) ||
        !job_number_range(range, &of.after_id, &of.hi_id, err) ||
        !webhook_store_load_due(ctx->db, &of, arena, &documents, &count, err) ||
        !webhook_store_load(ctx->db, documents, count, arena, err) ||
        !load_news(ctx, &tenant->catalog->tenant, documents, count, arena, &news, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct chunk_item *item = chunk_add_item(
            chunk, job_number_key(chunk, documents[i].invoice_id), documents[i].number, &news[i]);
        item->has_at_stake = true;
        item->at_stake = money_of_minor(documents[i].total_minor, documents[i].currency);
    }
    return true;
}

/* ---------------------------------------------------------------- as it is told */

static void add_member(struct json_text *json, const char *name, const char *value)
{
    json_text_add_char(json, json->length == 0 ? '{' : ',');
    json_text_add_string(json, name);
    json_text_add_char(json, ':');
    json_text_add_string(json, value);
}

static void add_amount(struct json_text *json, const char *name, int64_t minor,
                       struct currency currency)
{
    add_member(json, name, money_text(money_of_minor(minor, currency)).text);
}

/* due: what is still owed. */
static const char *data_of(const struct webhook_document *document, struct money due,
                           struct arena *arena)
{
    CLEANUP(json_text_free) struct json_text json = {0};
    add_member(&json, "document", document->number);
    add_member(&json, "kind", document->kind);
    add_member(&json, "status", document->status);
    if (document->corrects != NULL)
        add_member(&json, "corrects", document->corrects);
    add_member(&json, "customer", document->customer);
    add_member(&json, "currency", document->currency.code);
    add_amount(&json, "subtotal", document->subtotal_minor, document->currency);
    add_amount(&json, "tax", document->tax_minor, document->currency);
    add_amount(&json, "total", document->total_minor, document->currency);
    add_member(&json, "amount_due", money_text(due).text);
    add_member(&json, "issued_on", date_text(document->issued_on).text);
    if (!date_is_none(document->due_on))
        add_member(&json, "due_on", date_text(document->due_on).text);
    json_text_add_char(&json, '}');
    return arena_copy_n(arena, json.text, json.length);
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct news *news = item->data;
    const struct webhook_document *document = news->document;
    for (size_t i = 0; i < news->tellings.count; i++) {
        struct webhook_event event = news->tellings.items[i].event;
        struct money due = money_of_minor(document->amount_due_minor, document->currency);
        if (document->owed != NULL &&
            !collect_owed(document->owed, chunk_scratch(chunk), &due, err))
            return false;
        event.data = data_of(document, due, chunk_arena(chunk));
        webhook_intend_at(chunk, news->tellings.items[i].endpoint, &event);
    }
    *(struct invoice_told_row *)chunk_append(chunk, &INVOICE_TOLD) =
        (struct invoice_told_row){.tenant_id = document->tenant_id,
                                  .invoice_id = document->invoice_id,
                                  .status = document->status,
                                  .told = webhook_settings_digest(settings_of(ctx))};
    return news->tellings.count == 0 || chunk_add_total(chunk, item->at_stake, err);
}

static const struct bulk_table *const tables[] = {&EFFECT_INTEND_SEND, &EFFECT_REQUEST_ADD,
                                                  &INVOICE_TOLD};

const struct job job_webhook_events = {
    .name = "webhook-events",
    .summary = "tell endpoints what happens to documents, of each once",
    .key = JOB_KEY_DATE,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = job_tenant_release,
};
