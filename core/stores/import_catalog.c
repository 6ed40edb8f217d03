/* Records that people import, but usage: their references, and what may not change of them. */
#include <string.h>

#include "core/base/text.h"
#include "core/stores/import_put.h"

#define NEW_ONE(kind) "history stands on it: create a new " kind " instead"

static const char *const tenant_fixed[] = {"currency", NULL};
static const struct put_rules tenant_rules = {
    .table = &tenant_rows,
    .by_key = STMT_IMPORT_TENANT_BY_KEY,
    .id_offset = offsetof(struct tenant_row, tenant_id),
    .id_counter = "tenant",
    .fixed = tenant_fixed,
    .fixed_hint = NEW_ONE("tenant"),
};
static const struct put_rules product_rules = {
    .table = &product_rows,
    .by_key = STMT_IMPORT_PRODUCT_BY_KEY,
    .id_offset = offsetof(struct product_row, product_id),
    .id_counter = "product",
};
static const struct put_rules meter_rules = {
    .table = &meter_rows,
    .by_key = STMT_IMPORT_METER_BY_KEY,
    .id_offset = offsetof(struct meter_row, meter_id),
    .id_counter = "meter",
};
static const char *const used_meter_fixed[] = {"aggregation", "property", "scale", NULL};
static const struct put_rules used_meter_rules = {
    .table = &meter_rows,
    .by_key = STMT_IMPORT_METER_BY_KEY,
    .id_offset = offsetof(struct meter_row, meter_id),
    .id_counter = "meter",
    .fixed = used_meter_fixed,
    .fixed_hint = "the meter has events: create a new meter instead",
};
static const char *const plan_fixed[] = {"interval", "interval_count", "trial_days", NULL};
static const struct put_rules plan_rules = {
    .table = &plan_rows,
    .by_key = STMT_IMPORT_PLAN_BY_KEY,
    .id_offset = offsetof(struct plan_row, plan_id),
    .id_counter = "plan",
    .fixed = plan_fixed,
    .fixed_hint = NEW_ONE("plan"),
};
static const struct put_rules price_rules = {
    .table = &price_rows,
    .by_key = STMT_IMPORT_PRICE_BY_KEY,
    .id_offset = SIZE_MAX,
    .fixed_hint = "a price never changes: import it with a new valid_from",
};
static const struct put_rules other_version_rules = {
    .table = &price_rows, /* by tenant and price alone: put_other_version */
    .by_key = STMT_IMPORT_PRICE_OTHER_VERSION,
    .id_offset = SIZE_MAX,
};
static const struct put_rules customer_rules = {
    .table = &customer_rows,
    .by_key = STMT_IMPORT_CUSTOMER_BY_KEY,
    .id_offset = offsetof(struct customer_row, customer_id),
    .id_counter = "customer",
};
/* Of a customer whose drafts are taxed already: what their tax was chosen by. The document would
 * show another country than the one whose tax it charges. */
static const char *const taxed_customer_fixed[] = {"country", "region", "tax_exempt", NULL};
static const struct put_rules taxed_customer_rules = {
    .table = &customer_rows,
    .by_key = STMT_IMPORT_CUSTOMER_BY_KEY,
    .id_offset = offsetof(struct customer_row, customer_id),
    .fixed = taxed_customer_fixed,
    .fixed_hint = "an invoice of the customer is taxed and waits for its number: finish that run "
                  "first (`billmill status`, `billmill resume`)",
};
static const char *const subscription_fixed[] = {"customer_id", "plan_id",    "start_on",
                                                 "align",       "anchor_day", NULL};
static const struct put_rules subscription_rules = {
    .table = &subscription_rows,
    .by_key = STMT_IMPORT_SUBSCRIPTION_BY_KEY,
    .id_offset = offsetof(struct subscription_row, subscription_id),
    .id_counter = "subscription",
    .fixed = subscription_fixed,
    .fixed_hint = NEW_ONE("subscription"),
};
static const struct put_rules tax_rate_rules = {
    .table = &tax_rate_rows,
    .by_key = STMT_IMPORT_TAX_RATE_BY_KEY,
    .id_offset = SIZE_MAX,
    .fixed_hint = "a tax rate never changes: import it with a new valid_from",
};

static bool refer(struct import_session *session, enum record_kind kind, int64_t tenant_id,
                  const char *tenant, const char *name, int64_t *ret_id, struct error *err)
{
    return import_lookup_id(session->lookup, kind, tenant_id, tenant, name, ret_id, err);
}

static bool put_meter(struct import_session *session, struct meter_row *row,
                      enum import_outcome *ret_outcome, struct error *err)
{
    struct meter_row existing;
    int64_t ignored;
    bool found, is_used = false;
    if (!put_find(session, &meter_rules, row, &existing, &found, err))
        return false;
    if (found && !db_query_i64(session->db, STMT_IMPORT_METER_IS_USED,
                               DB_ARGS(db_i64(row->tenant_id), db_i64(existing.meter_id)), &ignored,
                               &is_used, err))
        return false;
    return put_row(session, is_used ? &used_meter_rules : &meter_rules, row, ret_outcome, err);
}

/* ------------------------------------------------------------------ prices and their tiers */

static bool resolve_price(struct import_session *session, struct price_row *row, struct error *err)
{
    const struct price_record *record = &row->record;
    row->meter_id = DB_I64_NONE;
    return refer(session, RECORD_PLAN, row->tenant_id, record->tenant, record->plan, &row->plan_id,
                 err) &&
           refer(session, RECORD_PRODUCT, row->tenant_id, record->tenant, record->product,
                 &row->product_id, err) &&
           (record->meter == NULL || refer(session, RECORD_METER, row->tenant_id, record->tenant,
                                           record->meter, &row->meter_id, err));
}

/* The versions of a price are one price: same plan, same meter, billed at the same end. */
static bool take_price_id(struct import_session *session, struct price_row *row, struct error *err)
{
    struct price_row other = {0};
    bool found;
    if (!rows_load_one(session->db, other_version_rules.by_key,
                       DB_ARGS(db_i64(row->tenant_id), db_text(row->record.price)),
                       session->scratch, price_rows.fields, price_rows.field_count, &other, &found,
                       err))
        return false;
    if (!found)
        return import_next_id(session, "price", &row->price_id, err);
    row->price_id = other.price_id;
    if (row->plan_id == other.plan_id && row->meter_id == other.meter_id &&
        text_equal(row->record.billing, other.record.billing))
        return true;
    error_item(err, "conflict", "differs from its version of %s in plan, meter or billing",
               other.record.valid_from);
    return error_hint(err, "versions of a price share them: create a new price instead");
}

static bool check_tiers(struct import_session *session, const struct price_row *row,
                        struct error *err)
{
    void *items;
    size_t count;
    const struct price_tier_list *tiers = &row->record.tiers;
    if (!rows_load_all(
            session->db, STMT_IMPORT_TIERS,
            DB_ARGS(db_i64(row->tenant_id), db_i64(row->price_id), db_text(row->record.valid_from)),
            session->scratch, tier_rows.fields, tier_rows.field_count, sizeof(struct tier_row),
            &items, &count, err))
        return false;
    const struct tier_row *existing = items;
    bool equal = count == tiers->count;
    for (size_t i = 0; equal && i < count; i++)
        equal = text_equal(tiers->items[i].up_to, existing[i].record.up_to) &&
                text_equal(tiers->items[i].unit_price, existing[i].record.unit_price) &&
                text_equal(tiers->items[i].flat_fee, existing[i].record.flat_fee);
    if (equal)
        return true;
    error_item(err, "conflict", "is there with other content: its tiers differ");
    return error_hint(err, "%s", price_rules.fixed_hint);
}

static bool put_price(struct import_session *session, struct price_row *row,
                      enum import_outcome *ret_outcome, struct error *err)
{
    const struct price_tier_list *tiers = &row->record.tiers;
    if (!resolve_price(session, row, err) || !take_price_id(session, row, err) ||
        !put_row(session, &price_rules, row, ret_outcome, err))
        return false;
    if (*ret_outcome == IMPORT_UNCHANGED)
        return check_tiers(session, row, err);
    for (size_t i = 0; i < tiers->count; i++) {
        struct tier_row tier = {row->tenant_id, row->price_id, (int64_t)i + 1,
                                row->record.valid_from, tiers->items[i]};
        if (!put_part(session, &tier_rows, &tier, err))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ customers */

/* One level: who pays for others pays for itself. */
static bool resolve_payer(struct import_session *session, struct customer_row *row,
                          struct error *err)
{
    int64_t payers_payer, ignored;
    bool found;
    const struct customer_record *record = &row->record;
    if (!refer(session, RECORD_CUSTOMER, row->tenant_id, record->tenant, record->parent,
               &row->payer_id, err) ||
        !db_query_i64(session->db, STMT_IMPORT_CUSTOMER_PAYER,
                      DB_ARGS(db_i64(row->tenant_id), db_i64(row->payer_id)), &payers_payer, &found,
                      err))
        return false;
    if (payers_payer != row->payer_id) {
        error_item(err, "bad_value", "field \"parent\": customer \"%s\" has a parent itself",
                   record->parent);
        return error_hint(err, "name the customer who pays in the end");
    }
    if (!db_query_i64(session->db, STMT_IMPORT_CUSTOMER_PAYS,
                      DB_ARGS(db_i64(row->tenant_id), db_i64(row->customer_id)), &ignored, &found,
                      err))
        return false;
    if (found)
        return error_item(err, "bad_value",
                          "field \"parent\": the customer is itself the parent of others");
    return true;
}

static bool is_taxed_otherwise(const struct customer_record *is, const struct customer_record *was)
{
    return !text_equal(is->address.country, was->address.country) ||
           !text_equal(is->address.region, was->address.region) ||
           is->tax_exempt != was->tax_exempt;
}

static bool put_customer(struct import_session *session, struct customer_row *row,
                         enum import_outcome *ret_outcome, struct error *err)
{
    struct customer_row existing;
    bool found;
    if (!put_find(session, &customer_rules, row, &existing, &found, err))
        return false;
    if (found)
        row->customer_id = existing.customer_id;
    else if (!import_next_id(session, "customer", &row->customer_id, err))
        return false;
    row->payer_id = row->customer_id;
    if (row->record.parent != NULL && !resolve_payer(session, row, err))
        return false;
    int64_t ignored;
    bool is_taxed = false;
    if (found && is_taxed_otherwise(&row->record, &existing.record) &&
        !db_query_i64(session->db, STMT_IMPORT_CUSTOMER_TAXED,
                      DB_ARGS(db_i64(row->tenant_id), db_i64(row->customer_id)), &ignored,
                      &is_taxed, err))
        return false;
    struct put_rules rules = is_taxed ? taxed_customer_rules : customer_rules;
    rules.id_counter = NULL; /* it has its id: a payer of its own is found by it */
    return put_row(session, &rules, row, ret_outcome, err);
}

static bool put_subscription(struct import_session *session, struct subscription_row *row,
                             enum import_outcome *ret_outcome, struct error *err)
{
    const struct subscription_record *record = &row->record;
    return refer(session, RECORD_CUSTOMER, row->tenant_id, record->tenant, record->customer,
                 &row->customer_id, err) &&
           refer(session, RECORD_PLAN, row->tenant_id, record->tenant, record->plan, &row->plan_id,
                 err) &&
           put_row(session, &subscription_rules, row, ret_outcome, err);
}

/* ------------------------------------------------------------------ all of them */

static bool put_kind(struct import_session *session, enum record_kind kind,
                     const union record *record, int64_t tenant_id,
                     enum import_outcome *ret_outcome, struct error *err)
{
    if (kind == RECORD_PRODUCT) {
        struct product_row row = {.tenant_id = tenant_id, .record = record->product};
        return put_row(session, &product_rules, &row, ret_outcome, err);
    }
    if (kind == RECORD_METER) {
        struct meter_row row = {.tenant_id = tenant_id, .record = record->meter};
        return put_meter(session, &row, ret_outcome, err);
    }
    if (kind == RECORD_PLAN) {
        struct plan_row row = {.tenant_id = tenant_id, .record = record->plan};
        return put_row(session, &plan_rules, &row, ret_outcome, err);
    }
    if (kind == RECORD_PRICE) {
        struct price_row row = {.tenant_id = tenant_id, .record = record->price};
        return put_price(session, &row, ret_outcome, err);
    }
    if (kind == RECORD_CUSTOMER) {
        struct customer_row row = {.tenant_id = tenant_id, .record = record->customer};
        return put_customer(session, &row, ret_outcome, err);
    }
    if (kind == RECORD_SUBSCRIPTION) {
        struct subscription_row row = {.tenant_id = tenant_id, .record = record->subscription};
        return put_subscription(session, &row, ret_outcome, err);
    }
    assert(kind == RECORD_TAX_RATE);
    struct tax_rate_row row = {.tenant_id = tenant_id, .record = record->tax_rate};
    return put_row(session, &tax_rate_rules, &row, ret_outcome, err);
}

/* Every record begins with its tenant. */
static const char *tenant_of(const union record *record)
{
    return record->product.tenant;
}

/* With the row that imports of its usage take hold of, and rating looks at, from the first one on.
 */
static bool put_tenant(struct import_session *session, const union record *record,
                       enum import_outcome *ret_outcome, struct error *err)
{
    struct tenant_row tenant = {.record = record->tenant};
    return put_row(session, &tenant_rules, &tenant, ret_outcome, err) &&
           (*ret_outcome != IMPORT_ADDED || db_run(session->db, STMT_IMPORT_USAGE_TENANT_ADD,
                                                   DB_ARGS(db_i64(tenant.tenant_id)), NULL, err));
}

bool put_catalog(struct import_session *session, enum record_kind kind, const union record *record,
                 enum import_outcome *ret_outcome, struct error *err)
{
    int64_t tenant_id = 0;
    if (kind == RECORD_TENANT)
        return put_tenant(session, record, ret_outcome, err);
    bool is_everyones =
        kind == RECORD_TAX_RATE && text_equal(record->tax_rate.tenant, RECORD_EVERY_TENANT);
    if (!is_everyones &&
        !refer(session, RECORD_TENANT, 0, NULL, tenant_of(record), &tenant_id, err))
        return false;
    if (!put_kind(session, kind, record, tenant_id, ret_outcome, err))
        return false;
    bool is_term = kind != RECORD_PRODUCT && kind != RECORD_TAX_RATE && kind != RECORD_CUSTOMER;
    if (*ret_outcome == IMPORT_UPDATED || (is_term && *ret_outcome == IMPORT_ADDED))
        import_lookup_forget_terms(session->lookup);
    return true;
}
