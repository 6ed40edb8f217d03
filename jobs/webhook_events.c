/* webhook-events: what is known of documents (issued, paid) is told to the endpoints of the
 * configuration, each event to each of them once: an intent of kind `webhook` for each. An item is
 * a document of which an endpoint is still to be told something. What charges and dunning know they
 * intend themselves (webhook_intent.h). */
#include <string.h>

#include "core/base/text.h"
#include "core/setup/json_text.h"
#include "core/stores/webhook_store.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"
#include "jobs/webhook_intent.h"

#define EVENTS_MAX 2 /* of a document */

/* What an endpoint is to be told. */
struct telling {
    const struct settings_endpoint *endpoint;
    struct webhook_event event;
    struct webhook_document *document;
};
struct tellings ARRAY_OF(struct telling);

static const struct setting_items *endpoints_of(const struct job_ctx *ctx)
{
    return &job_environment(ctx)->settings->webhooks.endpoints;
}

/* The first day of which anybody wants to hear; false: nobody does. */
static bool find_since(const struct job_ctx *ctx, struct date *ret_since, struct error *err)
{
    const struct settings_endpoint *endpoints = endpoints_of(ctx)->items;
    *ret_since = ctx->business_date;
    for (size_t i = 0; i < endpoints_of(ctx)->count; i++) {
        struct date since;
        if (!date_parse(endpoints[i].since.text, &since, err))
            return false;
        *ret_since = date_min(*ret_since, since);
    }
    return true;
}

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct work_ranges ranges = {0};
    struct date since;
    if (endpoints_of(ctx)->count == 0)
        return true;
    if (!find_since(ctx, &since, err) ||
        !webhook_store_load_work(ctx->db, since, ctx->business_date, ctx->arena, &ranges, err))
        return false;
    for (size_t i = 0; i < ranges.count; i++)
        job_plan_add_numbers(plan, ranges.items[i].tenant_id, ranges.items[i].min_key,
                             ranges.items[i].max_key, ranges.items[i].items);
    return true;
}

/* ---------------------------------------------------------------- what is known */

static size_t types_of(const struct webhook_document *document, const char *types[EVENTS_MAX])
{
    size_t count = 0;
    if (text_equal(document->kind, "credit_note")) {
        types[count++] = "credit_note.issued";
        return count;
    }
    types[count++] = "invoice.finalized";
    if (text_equal(document->status, "paid"))
        types[count++] = "invoice.paid";
    return count;
}

static void add_tellings(const struct job_ctx *ctx, const struct tenant_facts *tenant,
                         struct webhook_document *document, struct arena *arena,
                         struct tellings *tellings)
{
    const struct settings_endpoint *endpoints = endpoints_of(ctx)->items;
    const char *types[EVENTS_MAX];
    size_t count = types_of(document, types);
    struct date_text issued_on = date_text(document->issued_on);
    for (size_t i = 0; i < endpoints_of(ctx)->count; i++)
        for (size_t t = 0; t < count; t++) {
            struct telling telling = {
                .endpoint = &endpoints[i],
                .event = {.tenant_id = tenant->tenant_id,
                          .tenant = tenant->tenant,
                          .type = types[t],
                          .subject = document->number,
                          .on = ctx->business_date},
                .document = document
            };
            if (webhook_is_wanted(telling.endpoint, &telling.event) &&
                strcmp(endpoints[i].since.text, issued_on.text) <= 0)
                ARRAY_ADD(arena, tellings) = telling;
        }
}

/* Without those that were told already. */
static bool drop_told(const struct job_ctx *ctx, struct tellings *tellings, int64_t tenant_id,
                      struct arena *arena, struct error *err)
{
    const char **keys = ARENA_NEW_ARRAY(arena, const char *, tellings->count + 1);
    bool *found = ARENA_NEW_ARRAY(arena, bool, tellings->count + 1);
    size_t left = 0;
    for (size_t i = 0; i < tellings->count; i++)
        keys[i] = webhook_key(tellings->items[i].endpoint, &tellings->items[i].event, arena);
    if (!webhook_store_find(ctx->db, tenant_id, keys, tellings->count, arena, found, err))
        return false;
    for (size_t i = 0; i < tellings->count; i++)
        if (!found[i])
            tellings->items[left++] = tellings->items[i];
    tellings->count = left;
    return true;
}

/* What the documents owe by now: those that there is something to be told of. */
static bool load_owed(const struct job_ctx *ctx, const struct tellings *tellings, int64_t tenant_id,
                      struct arena *arena, struct error *err)
{
    struct webhook_document **documents =
        ARENA_NEW_ARRAY(arena, struct webhook_document *, tellings->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < tellings->count; i++)
        if (i == 0 || tellings->items[i].document != tellings->items[i - 1].document)
            documents[count++] = tellings->items[i].document;
    return count == 0 || webhook_store_load_owed(ctx->db, tenant_id, documents, count, arena, err);
}

/* An item for each document, with all that is to be told of it. */
static size_t add_items(struct chunk *chunk, const struct tellings *tellings)
{
    size_t items = 0;
    for (size_t i = 0; i < tellings->count; items++) {
        struct arena *arena = chunk_arena(chunk);
        const struct webhook_document *document = tellings->items[i].document;
        struct tellings *own = ARENA_NEW(arena, struct tellings);
        for (; i < tellings->count && tellings->items[i].document == document; i++)
            ARRAY_ADD(arena, own) = tellings->items[i];
        struct chunk_item *item = chunk_add_item(chunk, job_number_key(chunk, document->invoice_id),
                                                 document->number, own);
        item->has_at_stake = true;
        item->at_stake = money_of_minor(document->total_minor, document->currency);
    }
    return items;
}

/* Documents of which all is told are passed over; so a page is read after the other until there are
 * items, or no more documents. */
static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct arena *arena = chunk_arena(chunk);
    const struct job_tenant *tenant = NULL;
    struct webhook_range wanted = {
        .until = ctx->business_date, .tenant_id = range->tenant_id, .limit = range->limit};
    if (!find_since(ctx, &wanted.since, err) ||
        !job_tenant_of(ctx, range->tenant_id, CATALOG_WITHOUT_CONTRACTS, &tenant, err) ||
        !job_number_range(range, &wanted.after_id, &wanted.hi_id, err))
        return false;
    for (size_t items = 0, count = range->limit; items == 0 && count == range->limit;) {
        struct webhook_document *documents = NULL;
        struct tellings tellings = {0};
        if (!webhook_store_load(ctx->db, &wanted, arena, &documents, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            add_tellings(ctx, &tenant->catalog->tenant, &documents[i], arena, &tellings);
        if (!drop_told(ctx, &tellings, range->tenant_id, arena, err) ||
            !load_owed(ctx, &tellings, range->tenant_id, arena, err))
            return false;
        items = add_items(chunk, &tellings);
        if (count > 0)
            wanted.after_id = documents[count - 1].invoice_id;
        if (items > 0 && items < range->limit && count == range->limit)
            chunk_cut(chunk);
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
    const struct tellings *tellings = item->data;
    (void)ctx;
    for (size_t i = 0; i < tellings->count; i++) {
        const struct webhook_document *document = tellings->items[i].document;
        struct webhook_event event = tellings->items[i].event;
        struct money due = money_of_minor(document->amount_due_minor, document->currency);
        if (document->owed != NULL &&
            !collect_owed(document->owed, chunk_scratch(chunk), &due, err))
            return false;
        event.data = data_of(document, due, chunk_arena(chunk));
        webhook_intend_at(chunk, tellings->items[i].endpoint, &event);
    }
    return tellings->count == 0 || chunk_add_total(chunk, item->at_stake, err);
}

static const struct bulk_table *const tables[] = {&EFFECT_INTEND_SEND, &EFFECT_REQUEST_ADD};

const struct job job_webhook_events = {
    .name = "webhook-events",
    .summary = "tell endpoints of documents that were issued and paid, of each once",
    .key = JOB_KEY_DATE,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = job_tenant_release,
};
