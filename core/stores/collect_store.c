/* What is to be collected: see collect_store.h. */
#include "core/stores/collect_store.h"

#include "core/base/text.h"
#include "core/calendar/zone.h"

#define TABLE(table_name, bulk, sql_table, field_list, keys, row)                                  \
    .name = (table_name), .kind = (bulk), .table = (sql_table), .fields = (field_list),            \
    .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)
#define MONTH_LENGTH 7 /* "2026-10" */

/* ---------------------------------------------------------------- what is due */

static const char *month_of(struct date day, struct arena *arena)
{
    return arena_copy_n(arena, date_text(day).text, MONTH_LENGTH);
}

static const struct row_field range_fields[] = {
    ROW_FIELD(struct collect_range, tenant_id, "tenant_id"),
    ROW_FIELD(struct collect_range, standing, "standing"),
    ROW_FIELD(struct collect_range, min_key, "min_key"),
    ROW_FIELD(struct collect_range, max_key, "max_key"),
    ROW_FIELD(struct collect_range, items, "items"),
};

bool collect_store_load_work(struct db *db, const struct collect_terms *terms, struct arena *arena,
                             struct collect_range **ret_ranges, size_t *ret_count,
                             struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_WORK_COLLECT,
                       DB_ARGS(db_text(date_text(terms->on).text),
                               db_text(month_of(terms->on, arena)), db_text(terms->gateways[0]),
                               db_text(terms->gateways[1]), db_text(terms->gateways[2]),
                               db_text(date_text(terms->tries_after).text),
                               db_i64(terms->tries_max)),
                       arena, range_fields, ARRAY_LEN(range_fields), sizeof(struct collect_range),
                       &items, &count, err))
        return error_context(err, "looking for invoices to collect");
    *ret_ranges = items;
    *ret_count = count;
    return true;
}

/* ---------------------------------------------------------------- what they owe */

static const struct row_field owed_fields[] = {
    ROW_FIELD(struct owed_invoice, tenant_id, "tenant_id"),
    ROW_FIELD(struct owed_invoice, number, "number"),
    ROW_FIELD(struct owed_invoice, invoice_id, "invoice_id"),
    ROW_FIELD(struct owed_invoice, customer_id, "customer_id"),
    ROW_FIELD(struct owed_invoice, currency, "currency"),
    ROW_FIELD(struct owed_invoice, kind, "kind"),
    ROW_FIELD(struct owed_invoice, status, "status"),
    ROW_FIELD(struct owed_invoice, total_minor, "total_minor"),
    ROW_FIELD(struct owed_invoice, credit_applied_minor, "credit_applied_minor"),
    ROW_FIELD(struct owed_invoice, amount_due_minor, "amount_due_minor"),
    ROW_FIELD(struct owed_invoice, changes, "changes"),
};
static const struct bulk_table owed_invoices = {
    TABLE("owed_invoices", BULK_INSERT, "invoice", owed_fields, 2, struct owed_invoice)};

static bool load_claims(struct db *db, int64_t tenant_id, struct owed_invoice *invoices,
                        const size_t *places, size_t count, struct arena *arena, struct error *err)
{
    struct stored_invoice *stored = ARENA_NEW_ARRAY(arena, struct stored_invoice, count + 1);
    struct document_claim *claims = ARENA_NEW_ARRAY(arena, struct document_claim, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct owed_invoice *invoice = &invoices[places[i]];
        stored[i] = (struct stored_invoice){.invoice_id = invoice->invoice_id,
                                            .kind = invoice->kind,
                                            .customer_id = invoice->customer_id,
                                            .currency = invoice->currency,
                                            .status = invoice->status,
                                            .total_minor = invoice->total_minor,
                                            .credit_applied_minor = invoice->credit_applied_minor,
                                            .amount_due_minor = invoice->amount_due_minor,
                                            .number = invoice->number};
    }
    if (!correction_store_load_claims(db, tenant_id, stored, count, arena, claims, err))
        return false;
    for (size_t i = 0; i < count; i++)
        invoices[places[i]].claim = claims[i];
    return true;
}

bool collect_store_load_owed(struct db *db, int64_t tenant_id, const char *const *numbers,
                             size_t count, struct arena *arena, struct owed_invoice *ret_invoices,
                             struct error *err)
{
    struct owed_invoice *keys = ARENA_NEW_ARRAY(arena, struct owed_invoice, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct owed_invoice){.tenant_id = tenant_id, .number = numbers[i]};
        ret_invoices[i] = (struct owed_invoice){.tenant_id = tenant_id};
    }
    if (!bulk_find(db, &owed_invoices, keys, count, arena, &found, err))
        return error_context(err, "loading what invoices owe");
    const struct owed_invoice *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        ret_invoices[found.places[i]] = rows[i];
    return load_claims(db, tenant_id, ret_invoices, found.places, found.count, arena, err);
}

struct asked_payer {
    int64_t tenant_id, customer_id;
    struct collect_payer payer;
};

static const struct row_field payer_fields[] = {
    ROW_FIELD(struct asked_payer, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_payer, customer_id, "customer_id"),
    ROW_FIELD(struct asked_payer, payer.customer, "customer"),
    ROW_FIELD(struct asked_payer, payer.name, "name"),
    ROW_FIELD(struct asked_payer, payer.email, "email"),
    ROW_FIELD(struct asked_payer, payer.locale, "locale"),
    ROW_FIELD(struct asked_payer, payer.method.payment_method, "payment_method"),
    ROW_FIELD(struct asked_payer, payer.method.gateway, "gateway"),
    ROW_FIELD(struct asked_payer, payer.method.gateway_customer, "gateway_customer"),
    ROW_FIELD(struct asked_payer, payer.method.gateway_token, "gateway_token"),
    ROW_FIELD(struct asked_payer, payer.method.expires, "expires"),
};
static const struct bulk_table payer_of = {.name = "collect_payer",
                                           .kind = BULK_ASK,
                                           .statement = STMT_COLLECT_PAYER,
                                           .fields = payer_fields,
                                           .field_count = ARRAY_LEN(payer_fields),
                                           .key_count = 2,
                                           .row_size = sizeof(struct asked_payer)};

bool collect_store_load_payers(struct db *db, const struct owed_invoice *invoices, size_t count,
                               struct arena *arena, struct collect_payer *ret_payers,
                               struct error *err)
{
    struct asked_payer *keys = ARENA_NEW_ARRAY(arena, struct asked_payer, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct asked_payer){.tenant_id = invoices[i].tenant_id,
                                       .customer_id = invoices[i].customer_id};
        ret_payers[i] = (struct collect_payer){0};
    }
    if (!bulk_find(db, &payer_of, keys, count, arena, &found, err))
        return error_context(err, "loading how customers pay");
    const struct asked_payer *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        ret_payers[found.places[i]] = rows[i].payer;
    return true;
}

struct decided {
    struct date day;
    int64_t tenant_id;
    const char *invoice, *correction;
};

static const struct row_field decided_fields[] = {
    ROW_FIELD(struct decided, day, "day"),
    ROW_FIELD(struct decided, tenant_id, "tenant_id"),
    ROW_FIELD(struct decided, invoice, "invoice"),
    ROW_FIELD(struct decided, correction, "correction"),
};
static const struct bulk_table decided_of = {.name = "collect_decided",
                                             .kind = BULK_ASK,
                                             .statement = STMT_COLLECT_DECISIONS,
                                             .fields = decided_fields,
                                             .field_count = ARRAY_LEN(decided_fields),
                                             .key_count = 3,
                                             .row_size = sizeof(struct decided)};

bool collect_store_load_decided(struct db *db, int64_t tenant_id, struct date day,
                                const char *const *numbers, size_t count, struct arena *arena,
                                bool *ret_decided, struct error *err)
{
    struct decided *keys = ARENA_NEW_ARRAY(arena, struct decided, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct decided){.day = day, .tenant_id = tenant_id, .invoice = numbers[i]};
        ret_decided[i] = false;
    }
    if (!bulk_find(db, &decided_of, keys, count, arena, &found, err))
        return error_context(err, "loading what is decided of invoices");
    for (size_t i = 0; i < found.count; i++)
        ret_decided[found.places[i]] = true;
    return true;
}

static const struct row_field said_fields[] = {
    ROW_FIELD(struct collect_said, tenant_id, "tenant_id"),
    ROW_FIELD(struct collect_said, effect_key, "effect_key"),
    ROW_FIELD(struct collect_said, paid_otherwise, "paid_otherwise"),
    ROW_FIELD(struct collect_said, is_here, "is_here"),
};
static const struct bulk_table said_of = {.name = "collect_said",
                                          .kind = BULK_ASK,
                                          .statement = STMT_COLLECT_SAID,
                                          .fields = said_fields,
                                          .field_count = ARRAY_LEN(said_fields),
                                          .key_count = 2,
                                          .row_size = sizeof(struct collect_said)};

bool collect_store_load_said(struct db *db, int64_t tenant_id, const char *const *keys,
                             size_t count, struct arena *arena, struct collect_said *ret_said,
                             struct error *err)
{
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        ret_said[i] = (struct collect_said){.tenant_id = tenant_id, .effect_key = keys[i]};
    if (!bulk_find(db, &said_of, ret_said, count, arena, &found, err))
        return error_context(err, "loading what was said of charges");
    const struct collect_said *rows = found.rows;
    for (size_t i = 0; i < found.count; i++) {
        ret_said[found.places[i]].paid_otherwise = rows[i].paid_otherwise;
        ret_said[found.places[i]].is_here = rows[i].is_here;
    }
    return true;
}

static const struct row_field limit_fields[] = {
    ROW_FIELD(struct collect_limit, tenant_id, "tenant_id"),
    ROW_FIELD(struct collect_limit, customer, "customer"),
    ROW_FIELD(struct collect_limit, gateway, "gateway"),
    ROW_FIELD(struct collect_limit, gateway_token, "gateway_token"),
    ROW_FIELD(struct collect_limit, expires, "expires"),
    ROW_FIELD(struct collect_limit, tries_after, "tries_after"),
    ROW_FIELD(struct collect_limit, tries_max, "tries_max"),
    ROW_FIELD(struct collect_limit, effect_key, "effect_key"),
    ROW_FIELD(struct collect_limit, standing, "standing"),
};
static const struct bulk_table limit_of = {.name = "collect_limit",
                                           .kind = BULK_ASK,
                                           .statement = STMT_COLLECT_LIMITS,
                                           .fields = limit_fields,
                                           .field_count = ARRAY_LEN(limit_fields),
                                           .key_count = 8,
                                           .row_size = sizeof(struct collect_limit)};

bool collect_store_load_limits(struct db *db, struct collect_limit *limits, size_t count,
                               struct arena *arena, struct error *err)
{
    struct bulk_found found;
    if (!bulk_find(db, &limit_of, limits, count, arena, &found, err))
        return error_context(err, "looking at what was declined");
    const struct collect_limit *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        limits[found.places[i]].standing = rows[i].standing;
    return true;
}

bool collect_owed(const struct owed_invoice *invoice, struct arena *scratch, struct money *ret_owed,
                  struct error *err)
{
    struct settlement settlement;
    *ret_owed = money_zero(invoice->currency);
    if (invoice->number == NULL || text_equal(invoice->status, "void"))
        return true;
    if (!settlement_compute(invoice->claim.claim, invoice->claim.events, invoice->claim.event_count,
                            scratch, &settlement, err))
        return error_context(err, "%s", invoice->number);
    *ret_owed = settlement.balance;
    return true;
}

bool collect_given_back(const struct owed_invoice *invoice, struct money *ret_given_back,
                        struct error *err)
{
    struct money sum = money_zero(invoice->currency);
    for (size_t i = 0; i < invoice->claim.event_count; i++)
        if (invoice->claim.events[i].kind == SETTLEMENT_REFUND &&
            !money_add(sum, invoice->claim.events[i].amount, &sum, err))
            return error_context(err, "%s", invoice->number);
    *ret_given_back = sum;
    return true;
}

bool collect_is_refunded(const struct owed_invoice *invoice)
{
    for (size_t i = 0; i < invoice->claim.event_count; i++)
        if (invoice->claim.events[i].kind == SETTLEMENT_REFUND)
            return true;
    return false;
}

/* ---------------------------------------------------------------- a chunk of them */

static const struct row_field due_fields[] = {
    ROW_FIELD(struct due_invoice, invoice_id, "invoice_id"),
    ROW_FIELD(struct due_invoice, number, "number"),
    ROW_FIELD(struct due_invoice, customer, "customer"),
    ROW_FIELD(struct due_invoice, email, "email"),
    ROW_FIELD(struct due_invoice, method.payment_method, "payment_method"),
    ROW_FIELD(struct due_invoice, method.gateway, "gateway"),
    ROW_FIELD(struct due_invoice, method.gateway_customer, "gateway_customer"),
    ROW_FIELD(struct due_invoice, method.gateway_token, "gateway_token"),
    ROW_FIELD(struct due_invoice, method.expires, "expires"),
    ROW_FIELD(struct due_invoice, last_attempt, "last_attempt"),
};

bool collect_store_load(struct db *db, const struct collect_terms *terms, int64_t tenant_id,
                        int64_t after_id, int64_t hi_id, size_t limit, struct arena *arena,
                        struct due_invoice **ret_invoices, size_t *ret_count, struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_INVOICES_TO_COLLECT,
                       DB_ARGS(db_text(date_text(terms->on).text),
                               db_text(month_of(terms->on, arena)), db_text(terms->gateways[0]),
                               db_text(terms->gateways[1]), db_text(terms->gateways[2]),
                               db_text(date_text(terms->tries_after).text),
                               db_i64(terms->tries_max), db_i64(tenant_id), db_i64(after_id),
                               db_i64(hi_id), db_i64((int64_t)limit)),
                       arena, due_fields, ARRAY_LEN(due_fields), sizeof(struct due_invoice), &items,
                       &count, err))
        return error_context(err, "loading invoices to collect");
    struct due_invoice *invoices = items;
    struct owed_invoice *owed = ARENA_NEW_ARRAY(arena, struct owed_invoice, count + 1);
    const char **numbers = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        numbers[i] = invoices[i].number;
    if (!collect_store_load_owed(db, tenant_id, numbers, count, arena, owed, err))
        return false;
    for (size_t i = 0; i < count; i++)
        invoices[i].owed = owed[i];
    *ret_invoices = invoices;
    *ret_count = count;
    return true;
}

bool collect_store_day(struct db *db, int64_t tenant_id, const char *zoneinfo, struct date run_on,
                       int64_t ends_us, struct arena *arena, struct collect_day *ret_day,
                       struct error *err)
{
    struct tenant_row {
        const char *timezone, *locale;
    } row = {0};
    const struct row_field fields[] = {ROW_FIELD(struct tenant_row, timezone, "timezone"),
                                       ROW_FIELD(struct tenant_row, locale, "locale")};
    const struct zone *zone = NULL;
    bool found = false;
    CLEANUP(zone_cache_destroy) struct zone_cache *zones = zone_cache_create(zoneinfo);
    if (!rows_load_one(db, STMT_COLLECT_TENANT, DB_ARGS(db_i64(tenant_id)), arena, fields,
                       ARRAY_LEN(fields), &row, &found, err))
        return false;
    if (!zone_load(zones, found ? row.timezone : "UTC", &zone, err)) {
        err->kind = ERROR_RUN; /* no item is at fault */
        return error_hint(err, "install the package tzdata of the system that imported it");
    }
    ret_day->on = date_max(run_on, zone_local_date(zone, ends_us));
    ret_day->begins_us = zone_midnight(zone, ret_day->on);
    ret_day->locale = row.locale;
    return true;
}

/* ---------------------------------------------------------------- what charges leave behind */

static const struct row_field attempt_fields[] = {
    ROW_FIELD(struct attempt_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct attempt_row, invoice, "invoice"),
    ROW_FIELD(struct attempt_row, attempt, "attempt"),
    ROW_FIELD(struct attempt_row, customer, "customer"),
    ROW_FIELD(struct attempt_row, payment_method, "payment_method"),
    ROW_FIELD(struct attempt_row, gateway, "gateway"),
    ROW_FIELD(struct attempt_row, gateway_token, "gateway_token"),
    ROW_FIELD(struct attempt_row, expires, "expires"),
    ROW_FIELD(struct attempt_row, currency, "currency"),
    ROW_FIELD(struct attempt_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct attempt_row, outcome, "outcome"),
    ROW_FIELD(struct attempt_row, decline, "decline"),
    ROW_FIELD(struct attempt_row, code, "code"),
    ROW_FIELD(struct attempt_row, message, "message"),
    ROW_FIELD(struct attempt_row, provider_ref, "provider_ref"),
    ROW_FIELD(struct attempt_row, ended_on, "ended_on"),
};
const struct bulk_table PAYMENT_ATTEMPT_ADD = {TABLE(
    "payment_attempt_add", BULK_INSERT, "payment_attempt", attempt_fields, 3, struct attempt_row)};

bool collect_store_load_attempts(struct db *db, int64_t tenant_id, const char *invoice,
                                 struct arena *arena, struct attempt_row **ret_attempts,
                                 size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_PAYMENT_ATTEMPTS_OF_INVOICE,
                       DB_ARGS(db_i64(tenant_id), db_text(invoice)), arena, attempt_fields,
                       ARRAY_LEN(attempt_fields), sizeof(struct attempt_row), &items, ret_count,
                       err))
        return error_context(err, "loading attempts to charge %s", invoice);
    *ret_attempts = items;
    return true;
}

static const char *const said_otherwise[] = {"at_us", NULL};

static const struct row_field received_fields[] = {
    ROW_FIELD(struct received_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct received_row, gateway_reference, "gateway_reference"),
    ROW_FIELD(struct received_row, customer_id, "customer_id"),
    ROW_FIELD(struct received_row, invoice, "invoice"),
    ROW_FIELD(struct received_row, gateway, "gateway"),
    ROW_FIELD(struct received_row, currency, "currency"),
    ROW_FIELD(struct received_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct received_row, at_us, "at_us"),
};
const struct bulk_table PAYMENT_RECEIVED = {
    TABLE("payment_received", BULK_INSERT, "payment", received_fields, 2, struct received_row),
    .ignore_on_compare = said_otherwise};

static const struct row_field refunded_fields[] = {
    ROW_FIELD(struct refunded_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct refunded_row, gateway_reference, "gateway_reference"),
    ROW_FIELD(struct refunded_row, payment, "payment"),
    ROW_FIELD(struct refunded_row, currency, "currency"),
    ROW_FIELD(struct refunded_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct refunded_row, at_us, "at_us"),
};
const struct bulk_table PAYMENT_REFUNDED = {
    TABLE("payment_refunded", BULK_INSERT, "refund", refunded_fields, 2, struct refunded_row),
    .ignore_on_compare = said_otherwise};

static const struct row_field touched_fields[] = {
    ROW_FIELD(struct invoice_touched_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_touched_row, number, "number"),
    ROW_FIELD(struct invoice_touched_row, changes, "changes"),
};
const struct bulk_table INVOICE_TOUCHED = {
    TABLE("invoice_touched", BULK_UPDATE, "invoice", touched_fields, 2, struct invoice_touched_row),
    .adds = true, .may_miss = true};

static const struct row_field payment_touched_fields[] = {
    ROW_FIELD(struct payment_touched_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct payment_touched_row, reference, "gateway_reference"),
    ROW_FIELD(struct payment_touched_row, changes, "changes"),
};
const struct bulk_table PAYMENT_TOUCHED = {TABLE("payment_touched", BULK_UPDATE, "payment",
                                                 payment_touched_fields, 2,
                                                 struct payment_touched_row),
                                           .adds = true, .may_miss = true};

static const struct row_field under_way_fields[] = {
    ROW_FIELD(struct attempt_under_way, effect_key, "effect_key"),
    ROW_FIELD(struct attempt_under_way, provider, "provider"),
    ROW_FIELD(struct attempt_under_way, state, "state"),
    ROW_FIELD(struct attempt_under_way, outcome, "outcome"),
    ROW_FIELD(struct attempt_under_way, provider_ref, "provider_ref"),
    ROW_FIELD(struct attempt_under_way, code, "code"),
    ROW_FIELD(struct attempt_under_way, reason, "reason"),
    ROW_FIELD(struct attempt_under_way, intended_on, "intended_on"),
};

bool collect_store_find_under_way(struct db *db, int64_t tenant_id, const char *lane,
                                  struct arena *arena, struct attempt_under_way *ret_attempt,
                                  bool *ret_found, struct error *err)
{
    return rows_load_one(db, STMT_COLLECT_UNDER_WAY, DB_ARGS(db_i64(tenant_id), db_text(lane)),
                         arena, under_way_fields, ARRAY_LEN(under_way_fields), ret_attempt,
                         ret_found, err) ||
           error_context(err, "loading what is under way of %s", lane);
}
