#include "core/stores/import_lookup.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/subscription_periods.h"
#include "core/calendar/instant.h"
#include "core/storage/rows.h"
#include "core/stores/import_names.h"

#define PAGE_FIRST 4 /* names read with one that was asked for; twice as many each time … */
#define PAGE_MAX 1024
#define METER_SLOTS 64
#define CUSTOMER_SLOTS 4096
#define SPANS_ARENA_CAP (8u << 20)
#define FILTERS_KEPT (1u << 20) /* bytes of meters' filters, before all of them are read again */
#define SPANS_ARENA_FULL (2u << 20)

struct meter_slot {
    int64_t tenant_id;
    char meter[RECORD_KEY_MAX + 1]; /* "": free */
    struct meter_facts facts;
};

/* When a subscription is active. */
struct active_span {
    int64_t subscription_id, from_us, until_us;
};

struct active_spans ARRAY_OF(struct active_span);

struct customer_slot {
    int64_t tenant_id, customer_id, meter_id; /* customer_id 0: free */
    struct active_spans spans;
};

struct import_lookup {
    struct db *db;
    struct zone_cache *zones;
    struct arena *spans_arena;
    struct arena *filters_arena; /* of the meters in their slots */
    struct arena *scratch;
    bool has_customers;     /* any slot is filled */
    int64_t zone_tenant_id; /* whose zone it is; 0: nobody's yet */
    const struct zone *zone;
    struct import_names *names;
    int64_t page; /* how many names to read at once */
    struct meter_slot meters[METER_SLOTS];
    struct customer_slot customers[CUSTOMER_SLOTS];
};

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_number(uint64_t hash, int64_t number)
{
    hash = (hash ^ (uint64_t)number) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 29);
}

struct import_lookup *import_lookup_create(struct db *db, struct zone_cache *zones)
{
    struct import_lookup *lookup = memory_alloc(sizeof(*lookup), "import lookups");
    memset(lookup, 0, sizeof(*lookup));
    lookup->db = db;
    lookup->zones = zones;
    lookup->names = import_names_create();
    lookup->page = PAGE_FIRST;
    lookup->spans_arena = arena_create("import subscriptions", SPANS_ARENA_CAP);
    lookup->filters_arena = arena_create("import filters", SPANS_ARENA_CAP);
    lookup->scratch = arena_create("import lookups", SPANS_ARENA_CAP);
    return lookup;
}

void import_lookup_destroy(struct import_lookup **lookup)
{
    if (*lookup == NULL)
        return;
    import_names_destroy(&(*lookup)->names);
    arena_destroy(&(*lookup)->spans_arena);
    arena_destroy(&(*lookup)->filters_arena);
    arena_destroy(&(*lookup)->scratch);
    free(*lookup);
    *lookup = NULL;
}

static void forget_customers(struct import_lookup *lookup)
{
    if (lookup->has_customers)
        memset(lookup->customers, 0, sizeof(lookup->customers));
    lookup->has_customers = false;
    arena_reset(lookup->spans_arena);
}

static void forget_meters(struct import_lookup *lookup)
{
    memset(lookup->meters, 0, sizeof(lookup->meters));
    arena_reset(lookup->filters_arena);
}

void import_lookup_forget_terms(struct import_lookup *lookup)
{
    forget_meters(lookup);
    forget_customers(lookup);
    lookup->zone_tenant_id = 0;
}

void import_lookup_forget(struct import_lookup *lookup)
{
    import_names_forget(lookup->names);
    lookup->page = PAGE_FIRST;
    import_lookup_forget_terms(lookup);
}

/* ------------------------------------------------------------------ ids */

static bool not_found(enum record_kind kind, const char *tenant, const char *name,
                      struct error *err)
{
    if (kind == RECORD_TENANT)
        error_item(err, "unknown_reference", "tenant \"%s\" does not exist", name);
    else
        error_item(err, "unknown_reference", "%s \"%s\" of tenant \"%s\" does not exist",
                   record_kind_name(kind), name, tenant);
    return error_hint(err, "import it first: a record comes after what it refers to");
}

static enum statement_id statement_of(enum record_kind kind)
{
    switch (kind) {
    case RECORD_TENANT:
        return STMT_IMPORT_TENANT_ID;
    case RECORD_PRODUCT:
        return STMT_IMPORT_PRODUCT_ID;
    case RECORD_METER:
        return STMT_IMPORT_METER_ID;
    case RECORD_PLAN:
        return STMT_IMPORT_PLAN_ID;
    case RECORD_PRICE:
        return STMT_IMPORT_PRICE_ID;
    case RECORD_CUSTOMER:
        return STMT_IMPORT_CUSTOMER_ID;
    case RECORD_SUBSCRIPTION:
        return STMT_IMPORT_SUBSCRIPTION_ID;
    case RECORD_COUPON:
        return STMT_IMPORT_COUPON_ID;
    case RECORD_CONTRACT:
        return STMT_IMPORT_CONTRACT_ID;
    case RECORD_INVOICE:
        return STMT_IMPORT_INVOICE_ID;
    case RECORD_PROJECT:
    case RECORD_MEMBER:
    case RECORD_PAYMENT_METHOD:
    case RECORD_CREDIT_LIMIT_USE:
    case RECORD_CREDIT_UNIT_TRANSACTION:
    case RECORD_USAGE_SHARE:
    case RECORD_INVOICE_CONVERSION:
    case RECORD_PAYMENT_CONVERSION:
    case RECORD_CREDIT_NOTE:
    case RECORD_CUSTOMER_PRICE:
    case RECORD_SUBSCRIPTION_CHANGE:
    case RECORD_CORRECTION:
    case RECORD_PAYMENT:
    case RECORD_REFUND:
    case RECORD_PAYMENT_ATTEMPT:
    case RECORD_DUNNING_CAMPAIGN:
    case RECORD_DUNNING_STEP:
    case RECORD_PAYMENT_DIFFERENCE:
    case RECORD_GATEWAY_STATEMENT:
    case RECORD_COUPON_REDEMPTION:
    case RECORD_COUPON_USE:
    case RECORD_CREDIT_GRANT:
    case RECORD_CREDIT_TRANSACTION:
    case RECORD_CONTRACT_PHASE:
    case RECORD_TAX_RATE:
    case RECORD_EXCHANGE_RATE:
    case RECORD_USAGE:
    case RECORD_SUBSCRIPTION_STATE:
    case RECORD_USAGE_RATED:
    case RECORD_BILLING_PERIOD:
    case RECORD_NUMBER_SERIES:
    case RECORD_RUN:
    case RECORD_PARKED_ITEM:
    case RECORD_EFFECT:
    case RECORD_KIND_COUNT:
        break;
    }
    assert(false && "a kind that nothing refers to");
    return STMT_IMPORT_TENANT_ID;
}

static bool is_paged(enum record_kind kind)
{
    return kind == RECORD_CUSTOMER || kind == RECORD_SUBSCRIPTION || kind == RECORD_PLAN ||
           kind == RECORD_PRODUCT || kind == RECORD_CONTRACT || kind == NAME_OWNER;
}

static enum statement_id page_statement_of(enum record_kind kind)
{
    if (kind == RECORD_CUSTOMER)
        return STMT_IMPORT_CUSTOMERS_FROM;
    if (kind == RECORD_PLAN)
        return STMT_IMPORT_PLANS_FROM;
    if (kind == RECORD_PRODUCT)
        return STMT_IMPORT_PRODUCTS_FROM;
    if (kind == RECORD_CONTRACT)
        return STMT_IMPORT_CONTRACTS_FROM;
    return kind == NAME_OWNER ? STMT_IMPORT_OWNERS_FROM : STMT_IMPORT_SUBSCRIPTIONS_FROM;
}

/* Of what there are many, neighbours are read too: after some pages most are known, which saves
 * asking a server for each. */
static bool load_page(struct import_lookup *lookup, enum record_kind kind, int64_t tenant_id,
                      const char *name, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row = true;
    enum statement_id statement = page_statement_of(kind);
    if (!db_query(lookup->db, statement,
                  DB_ARGS(db_i64(tenant_id), db_text(name), db_i64(lookup->page)), &rows, err))
        return false;
    lookup->page = 2 * lookup->page > PAGE_MAX ? PAGE_MAX : 2 * lookup->page;
    while (db_rows_next(rows, &has_row, err)) {
        if (!has_row)
            return true;
        import_names_add(lookup->names, kind, tenant_id, db_rows_text(rows, 0),
                         db_rows_i64(rows, 1));
    }
    return false;
}

bool import_lookup_known(const struct import_lookup *lookup, enum record_kind kind,
                         int64_t tenant_id, const char *name, int64_t *ret_id)
{
    return import_names_find(lookup->names, kind, tenant_id, name, ret_id);
}

void import_lookup_add(struct import_lookup *lookup, enum record_kind kind, int64_t tenant_id,
                       const char *name, int64_t id)
{
    import_names_add(lookup->names, kind, tenant_id, name, id);
}

bool import_lookup_id(struct import_lookup *lookup, enum record_kind kind, int64_t tenant_id,
                      const char *tenant, const char *name, int64_t *ret_id, struct error *err)
{
    bool found;
    if (import_lookup_known(lookup, kind, tenant_id, name, ret_id))
        return true;
    if (is_paged(kind) && !import_names_is_full(lookup->names)) {
        if (!load_page(lookup, kind, tenant_id, name, err))
            return false;
        if (import_names_find(lookup->names, kind, tenant_id, name, ret_id))
            return true;
    }
    if (!db_query_i64(lookup->db, statement_of(kind), DB_ARGS(db_i64(tenant_id), db_text(name)),
                      ret_id, &found, err))
        return false;
    if (!found)
        return not_found(kind, tenant, name, err);
    import_names_add(lookup->names, kind, tenant_id, name, *ret_id);
    return true;
}

/* Names are remembered by their customer, whose id no other record has. */
bool import_lookup_holder(struct import_lookup *lookup, enum record_kind kind, int64_t tenant_id,
                          int64_t customer_id, const char *name, struct error *err)
{
    int64_t ignored;
    bool found;
    if (import_names_find(lookup->names, kind, customer_id, name, &ignored))
        return true;
    if (!db_query_i64(lookup->db, STMT_IMPORT_HOLDER,
                      DB_ARGS(db_i64(tenant_id), db_i64(customer_id),
                              db_text(record_kind_name(kind)), db_text(name)),
                      &ignored, &found, err))
        return false;
    if (!found) {
        error_item(err, "unknown_reference", "%s \"%s\" of the customer does not exist",
                   record_kind_name(kind), name);
        return error_hint(err, "import it first: a record comes after what it refers to");
    }
    import_names_add(lookup->names, kind, customer_id, name, 1);
    return true;
}

bool import_lookup_owner(struct import_lookup *lookup, int64_t tenant_id, const char *subscription,
                         int64_t subscription_id, int64_t *ret_customer_id, struct error *err)
{
    bool found;
    if (import_names_find(lookup->names, NAME_OWNER, tenant_id, subscription, ret_customer_id))
        return true;
    if (!import_names_is_full(lookup->names)) {
        if (!load_page(lookup, NAME_OWNER, tenant_id, subscription, err))
            return false;
        if (import_names_find(lookup->names, NAME_OWNER, tenant_id, subscription, ret_customer_id))
            return true;
    }
    *ret_customer_id = DB_I64_NONE;
    return db_query_i64(lookup->db, STMT_IMPORT_SUBSCRIPTION_CUSTOMER,
                        DB_ARGS(db_i64(tenant_id), db_i64(subscription_id)), ret_customer_id,
                        &found, err);
}

/* ------------------------------------------------------------------ meters */

struct meter_row {
    int64_t meter_id;
    const char *aggregation, *property, *filters;
};

static const struct row_field meter_row_fields[] = {
    ROW_FIELD(struct meter_row, meter_id, "meter_id"),
    ROW_FIELD(struct meter_row, aggregation, "aggregation"),
    ROW_FIELD(struct meter_row, property, "property"),
    ROW_FIELD(struct meter_row, filters, "filters"),
};

bool import_lookup_meter(struct import_lookup *lookup, int64_t tenant_id, const char *tenant,
                         const char *meter, const struct meter_facts **ret_meter, struct error *err)
{
    struct meter_row row = {0};
    int64_t ignored;
    bool found;
    uint64_t hash = hash_text(hash_number(1, tenant_id), meter);
    struct meter_slot *slot = &lookup->meters[(hash ^ (hash >> 32)) % METER_SLOTS];
    *ret_meter = &slot->facts;
    if (slot->tenant_id == tenant_id && strcmp(slot->meter, meter) == 0)
        return true;
    arena_reset(lookup->scratch);
    if (!rows_load_one(lookup->db, STMT_IMPORT_METER_BY_KEY,
                       DB_ARGS(db_i64(tenant_id), db_text(meter)), lookup->scratch,
                       meter_row_fields, ARRAY_LEN(meter_row_fields), &row, &found, err))
        return false;
    if (!found)
        return not_found(RECORD_METER, tenant, meter, err);
    if (row.filters != NULL && arena_used(lookup->filters_arena) > FILTERS_KEPT)
        forget_meters(lookup);
    *slot = (struct meter_slot){.tenant_id = tenant_id};
    if (!meter_filters_parse(row.filters, lookup->filters_arena, &slot->facts.filters, err))
        return error_context(err, "meter \"%s\"", meter);
    slot->facts.meter_id = row.meter_id;
    if (!db_query_i64(lookup->db, STMT_IMPORT_METER_ASKS_AMOUNTS_ANY,
                      DB_ARGS(db_i64(tenant_id), db_i64(row.meter_id)), &ignored,
                      &slot->facts.asks_amounts, err))
        return false;
    slot->facts.counts_property = text_equal(row.aggregation, "unique_count");
    if (!text_copy(slot->meter, sizeof(slot->meter), meter) ||
        (row.property != NULL &&
         !text_copy(slot->facts.property, sizeof(slot->facts.property), row.property)))
        return error_run(err, EXIT_UNAVAILABLE, "meter \"%s\" has a name that is too long", meter);
    return true;
}

/* ------------------------------------------------------------------ a customer's subscriptions */

struct terms_row {
    int64_t subscription_id, anchor_day, interval_count, trial_days;
    struct date start, trial_end, cancel_at;
    const char *status, *align, *interval, *timezone;
    bool cancel_at_period_end;
};

static const struct row_field terms_row_fields[] = {
    ROW_FIELD(struct terms_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct terms_row, anchor_day, "anchor_day"),
    ROW_FIELD(struct terms_row, interval_count, "interval_count"),
    ROW_FIELD(struct terms_row, trial_days, "trial_days"),
    ROW_FIELD(struct terms_row, start, "start_on"),
    ROW_FIELD(struct terms_row, trial_end, "trial_end_on"),
    ROW_FIELD(struct terms_row, cancel_at, "cancel_at_on"),
    ROW_FIELD(struct terms_row, status, "status"),
    ROW_FIELD(struct terms_row, align, "align"),
    ROW_FIELD(struct terms_row, interval, "interval"),
    ROW_FIELD(struct terms_row, timezone, "timezone"),
    ROW_FIELD(struct terms_row, cancel_at_period_end, "cancel_at_period_end"),
};

static bool terms_of(const struct terms_row *row, struct subscription_terms *terms,
                     struct error *err)
{
    *terms = (struct subscription_terms){
        .start = row->start,
        .anchor_day = row->anchor_day == DB_I64_NONE ? 0 : (int32_t)row->anchor_day,
        .trial_end = row->trial_end,
        .trial_days = (int32_t)row->trial_days,
        .cancel_at = row->cancel_at,
        .cancel_at_period_end = row->cancel_at_period_end,
        .interval_count = (int32_t)row->interval_count,
    };
    return subscription_status_parse(row->status, &terms->status, err) &&
           align_parse(row->align, &terms->align, err) &&
           interval_unit_parse(row->interval, &terms->interval, err);
}

/* From the local midnight of its start to the one that ends it. The trial counts: usage may come
 * then, and is free. */
static bool span_of(struct import_lookup *lookup, const struct terms_row *row,
                    struct active_span *span, struct error *err)
{
    struct subscription_terms terms;
    struct subscription_state states[SUBSCRIPTION_STATES_MAX];
    const struct zone *zone;
    struct date for_ever = {DATE_DAYS_MAX - 1};
    size_t count = 0;
    if (!terms_of(row, &terms, err) || !zone_load(lookup->zones, row->timezone, &zone, err) ||
        !subscription_states_due(&terms, for_ever, states, &count, err))
        return false;
    *span = (struct active_span){row->subscription_id, zone_midnight(zone, row->start), INT64_MAX};
    if (count > 0 && states[count - 1].status == SUBSCRIPTION_CANCELED)
        span->until_us = zone_midnight(zone, states[count - 1].since);
    return true;
}

static bool load_spans(struct import_lookup *lookup, struct customer_slot *slot, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row;
    if (!db_query(
            lookup->db, STMT_IMPORT_CUSTOMER_SUBSCRIPTIONS,
            DB_ARGS(db_i64(slot->tenant_id), db_i64(slot->customer_id), db_i64(slot->meter_id)),
            &rows, err))
        return false;
    arena_reset(lookup->scratch);
    while (db_rows_next(rows, &has_row, err)) {
        struct terms_row row = {0};
        struct active_span span;
        if (!has_row)
            return true;
        if (!rows_read(rows, lookup->scratch, terms_row_fields, ARRAY_LEN(terms_row_fields), &row,
                       err) ||
            !span_of(lookup, &row, &span, err))
            return false;
        ARRAY_ADD(lookup->spans_arena, &slot->spans) = span;
    }
    return false;
}

static bool spans_of(struct import_lookup *lookup, int64_t tenant_id, int64_t customer_id,
                     int64_t meter_id, const struct active_spans **ret_spans, struct error *err)
{
    uint64_t hash = hash_number(hash_number(hash_number(7, tenant_id), customer_id), meter_id);
    struct customer_slot *slot = &lookup->customers[(hash ^ (hash >> 32)) % CUSTOMER_SLOTS];
    *ret_spans = &slot->spans;
    if (slot->tenant_id == tenant_id && slot->customer_id == customer_id &&
        slot->meter_id == meter_id)
        return true;
    if (arena_used(lookup->spans_arena) > SPANS_ARENA_FULL)
        forget_customers(lookup);
    *slot = (struct customer_slot){tenant_id, customer_id, meter_id, {0}};
    lookup->has_customers = true;
    if (load_spans(lookup, slot, err))
        return true;
    *slot = (struct customer_slot){0};
    return false;
}

bool import_lookup_active(struct import_lookup *lookup, int64_t tenant_id, const char *customer,
                          int64_t customer_id, const char *meter, int64_t meter_id, int64_t at_us,
                          int64_t *ret_subscription_id, struct error *err)
{
    const struct active_spans *spans;
    if (!spans_of(lookup, tenant_id, customer_id, meter_id, &spans, err))
        return false;
    for (size_t i = 0; i < spans->count; i++) {
        if (at_us >= spans->items[i].from_us && at_us < spans->items[i].until_us) {
            *ret_subscription_id = spans->items[i].subscription_id;
            return true;
        }
    }
    error_item(err, "unknown_reference",
               "customer \"%s\" has no subscription with a price on meter \"%s\" at %s", customer,
               meter, instant_text(at_us).text);
    return error_hint(err, "name the subscription, or import it first");
}

/* ------------------------------------------------------------------ a tenant's zone */

struct zone_row {
    const char *timezone;
};

static const struct row_field zone_row_fields[] = {
    ROW_FIELD(struct zone_row, timezone, "timezone"),
};

bool import_lookup_zone(struct import_lookup *lookup, int64_t tenant_id,
                        const struct zone **ret_zone, struct error *err)
{
    struct zone_row row = {0};
    bool found = false;
    if (lookup->zone_tenant_id != tenant_id) {
        arena_reset(lookup->scratch);
        if (!rows_load_one(lookup->db, STMT_IMPORT_TENANT_ZONE, DB_ARGS(db_i64(tenant_id)),
                           lookup->scratch, zone_row_fields, ARRAY_LEN(zone_row_fields), &row,
                           &found, err))
            return false;
        if (!found)
            return error_run(err, EXIT_INTERNAL, "a tenant is gone while it is imported");
        if (!zone_load(lookup->zones, row.timezone, &lookup->zone, err))
            return false;
        lookup->zone_tenant_id = tenant_id;
    }
    *ret_zone = lookup->zone;
    return true;
}
