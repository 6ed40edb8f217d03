/* webhook-events: what is known of documents (issued, paid, void, written off) is told to the
 * endpoints of the configuration, each event to each of them once: an intent of kind `webhook` for
 * each. An item is a document of which an endpoint is still to be told something. What charges and
 * dunning know they intend themselves (webhook_intent.h). */
#include <stdlib.h>
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
    const char *type, *kind, *status; /* as webhook_wanted has them */
} event_types[] = {
    {"invoice.finalized",     "invoice",     NULL           },
    {"invoice.paid",          "invoice",     "paid"         },
    {"invoice.voided",        "invoice",     "void"         },
    {"invoice.uncollectible", "invoice",     "uncollectible"},
    {"credit_note.issued",    "credit_note", NULL           },
};

/* What an endpoint is to be told. */
struct telling {
    const struct settings_endpoint *endpoint;
    struct webhook_event event;
    size_t key_begins; /* the bytes of its key before the number */
    int64_t invoice_id;
    size_t rank; /* of an invoice the first one is told first */
    const struct webhook_document *document;
};
struct tellings ARRAY_OF(struct telling);

static const struct setting_items *endpoints_of(const struct job_ctx *ctx)
{
    return &job_environment(ctx)->settings->webhooks.endpoints;
}

static size_t wanted_count(const struct job_ctx *ctx)
{
    return endpoints_of(ctx)->count * ARRAY_LEN(event_types);
}

/* One after the other all events that there are of all endpoints. */
static bool wanted_at(const struct job_ctx *ctx, size_t place, struct arena *arena,
                      struct webhook_wanted *ret_wanted, struct telling *ret_telling,
                      struct error *err)
{
    const struct settings_endpoint *endpoints = endpoints_of(ctx)->items;
    const struct settings_endpoint *endpoint = &endpoints[place / ARRAY_LEN(event_types)];
    const struct event_type *type = &event_types[place % ARRAY_LEN(event_types)];
    struct date since;
    if (!date_parse(endpoint->since.text, &since, err))
        return false;
    *ret_telling = (struct telling){
        .endpoint = endpoint,
        .event = {.type = type->type, .subject = "", .on = ctx->business_date},
        .rank = place
    };
    *ret_wanted =
        (struct webhook_wanted){.kind = type->kind,
                                .status = type->status,
                                .key_begins = webhook_key(endpoint, &ret_telling->event, arena),
                                .since = since,
                                .until = ctx->business_date};
    ret_telling->key_begins = strlen(ret_wanted->key_begins);
    return true;
}

/* ---------------------------------------------------------------- planning */

struct ranges ARRAY_OF(struct work_range);

static int compare_ranges(const void *a, const void *b)
{
    int64_t left = ((const struct work_range *)a)->tenant_id;
    int64_t right = ((const struct work_range *)b)->tenant_id;
    return left < right ? -1 : left > right;
}

/* Of the tenants that the endpoint wants to hear of. */
static bool add_ranges(const struct job_ctx *ctx, size_t place, struct ranges *ranges,
                       struct error *err)
{
    struct webhook_wanted wanted;
    struct telling telling;
    struct webhook_work *work = NULL;
    size_t count = 0;
    if (!wanted_at(ctx, place, ctx->arena, &wanted, &telling, err))
        return false;
    if (!webhook_store_load_work(ctx->db, &wanted, ctx->arena, &work, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        telling.event.tenant = work[i].tenant;
        if (webhook_is_wanted(telling.endpoint, &telling.event))
            ARRAY_ADD(ctx->arena, ranges) = work[i].range;
    }
    return true;
}

/* A document is counted once: there are as many as those of which one thing is to be told, at
 * least. */
static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct ranges ranges = {0};
    for (size_t place = 0; place < wanted_count(ctx); place++)
        if (!add_ranges(ctx, place, &ranges, err))
            return false;
    if (ranges.count > 1)
        qsort(ranges.items, ranges.count, sizeof *ranges.items, compare_ranges);
    for (size_t i = 0; i < ranges.count;) {
        struct work_range all = ranges.items[i];
        for (; i < ranges.count && ranges.items[i].tenant_id == all.tenant_id; i++) {
            const struct work_range *one = &ranges.items[i];
            all.min_key = one->min_key < all.min_key ? one->min_key : all.min_key;
            all.max_key = one->max_key > all.max_key ? one->max_key : all.max_key;
            all.items = one->items > all.items ? one->items : all.items;
        }
        job_plan_add_numbers(plan, all.tenant_id, all.min_key, all.max_key, all.items);
    }
    return true;
}

/* ---------------------------------------------------------------- what is known */

static int compare_tellings(const void *a, const void *b)
{
    const struct telling *left = a;
    const struct telling *right = b;
    if (left->invoice_id != right->invoice_id)
        return left->invoice_id < right->invoice_id ? -1 : 1;
    return left->rank < right->rank ? -1 : left->rank > right->rank;
}

static bool add_tellings(const struct job_ctx *ctx, const struct tenant_facts *tenant, size_t place,
                         const struct webhook_range *range, struct arena *arena,
                         struct tellings *tellings, struct error *err)
{
    struct webhook_wanted wanted;
    struct telling telling;
    int64_t *ids = NULL;
    size_t count = 0;
    if (!wanted_at(ctx, place, arena, &wanted, &telling, err))
        return false;
    telling.event.tenant_id = tenant->tenant_id;
    telling.event.tenant = tenant->tenant;
    if (!webhook_is_wanted(telling.endpoint, &telling.event))
        return true;
    if (!webhook_store_load_due(ctx->db, &wanted, range, arena, &ids, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        telling.invoice_id = ids[i];
        ARRAY_ADD(arena, tellings) = telling;
    }
    return true;
}

/* The first documents, `limit` at most, with all that is to be told of them: of each event there
 * are as many as that. *ret_count: how many. */
static bool load_documents(const struct job_ctx *ctx, size_t limit, struct tellings *tellings,
                           struct arena *arena, size_t *ret_count, struct error *err)
{
    struct webhook_document *documents = ARENA_NEW_ARRAY(arena, struct webhook_document, limit);
    size_t count = 0, kept = 0;
    if (tellings->count > 1)
        qsort(tellings->items, tellings->count, sizeof *tellings->items, compare_tellings);
    for (; kept < tellings->count; kept++) {
        struct telling *telling = &tellings->items[kept];
        if (count == 0 || documents[count - 1].invoice_id != telling->invoice_id) {
            if (count == limit)
                break;
            documents[count++] = (struct webhook_document){.tenant_id = telling->event.tenant_id,
                                                           .invoice_id = telling->invoice_id};
        }
        telling->document = &documents[count - 1];
    }
    tellings->count = kept;
    *ret_count = count;
    if (!webhook_store_load(ctx->db, documents, count, arena, err))
        return false;
    for (size_t i = 0; i < kept; i++)
        tellings->items[i].event.subject = tellings->items[i].document->number;
    return true;
}

/* Without those that were told already: a key that was cut is not found by its beginning. */
static bool drop_told(const struct job_ctx *ctx, struct tellings *tellings, int64_t tenant_id,
                      struct arena *arena, struct error *err)
{
    const char **keys = ARENA_NEW_ARRAY(arena, const char *, tellings->count + 1);
    size_t *places = ARENA_NEW_ARRAY(arena, size_t, tellings->count + 1);
    bool *found = ARENA_NEW_ARRAY(arena, bool, tellings->count + 1);
    bool *told = ARENA_NEW_ARRAY(arena, bool, tellings->count + 1);
    size_t cut = 0, left = 0;
    for (size_t i = 0; i < tellings->count; i++) {
        const struct telling *telling = &tellings->items[i];
        if (telling->key_begins + strlen(telling->event.subject) <= EFFECT_KEY_MAX)
            continue;
        places[cut] = i;
        keys[cut++] = webhook_key(telling->endpoint, &telling->event, arena);
    }
    if (cut == 0)
        return true;
    if (!effect_keys_find(ctx->db, tenant_id, keys, cut, arena, found, err))
        return false;
    for (size_t i = 0; i < cut; i++)
        told[places[i]] = found[i];
    for (size_t i = 0; i < tellings->count; i++)
        if (!told[i])
            tellings->items[left++] = tellings->items[i];
    tellings->count = left;
    return true;
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

/* Only where all was told under keys that were cut another page is read. */
static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct arena *arena = chunk_arena(chunk);
    const struct job_tenant *tenant = NULL;
    struct webhook_range wanted = {.tenant_id = range->tenant_id, .limit = range->limit};
    if (!job_tenant_of(ctx, range->tenant_id, CATALOG_WITHOUT_CONTRACTS, &tenant, err) ||
        !job_number_range(range, &wanted.after_id, &wanted.hi_id, err))
        return false;
    for (size_t items = 0, count = range->limit; items == 0 && count == range->limit;) {
        struct tellings tellings = {0};
        for (size_t place = 0; place < wanted_count(ctx); place++)
            if (!add_tellings(ctx, &tenant->catalog->tenant, place, &wanted, arena, &tellings, err))
                return false;
        if (!load_documents(ctx, range->limit, &tellings, arena, &count, err))
            return false;
        if (count > 0)
            wanted.after_id = tellings.items[tellings.count - 1].invoice_id;
        if (!drop_told(ctx, &tellings, range->tenant_id, arena, err))
            return false;
        items = add_items(chunk, &tellings);
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
    .summary = "tell endpoints what happens to documents, of each once",
    .key = JOB_KEY_DATE,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = job_tenant_release,
};
