/* Records that people import, but usage: their references, and what may not change of them. */
#include <string.h>

#include "core/base/text.h"
#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"

#define NEW_ONE(kind) "history stands on it: create a new " kind " instead"

static const char *const tenant_fixed[] = {"currency", NULL};
static const struct put_rules tenant_rules = {
    .table = &tenant_rows,
    .id_offset = offsetof(struct tenant_row, tenant_id),
    .id_counter = "tenant",
    .fixed = tenant_fixed,
    .fixed_hint = NEW_ONE("tenant"),
};
static const struct put_rules product_rules = {
    .table = &product_rows,
    .id_offset = offsetof(struct product_row, product_id),
    .id_counter = "product",
};
static const struct put_rules meter_rules = {
    .table = &meter_rows,
    .id_offset = offsetof(struct meter_row, meter_id),
    .id_counter = "meter",
};
static const char *const used_meter_fixed[] = {"aggregation", "filters", "property", "scale", NULL};
static const struct put_rules used_meter_rules = {
    .table = &meter_rows,
    .id_offset = offsetof(struct meter_row, meter_id),
    .id_counter = "meter",
    .fixed = used_meter_fixed,
    .fixed_hint = "the meter has events: create a new meter instead",
};
static const char *const percentage_meter_fixed[] = {"aggregation", NULL};
static const struct put_rules percentage_meter_rules = {
    .table = &meter_rows,
    .id_offset = offsetof(struct meter_row, meter_id),
    .id_counter = "meter",
    .fixed = percentage_meter_fixed,
    .fixed_hint = "a percentage is charged of what it adds up: create a new meter instead",
};
static const char *const plan_fixed[] = {"interval", "interval_count", "trial_days", NULL};
static const struct put_rules plan_rules = {
    .table = &plan_rows,
    .id_offset = offsetof(struct plan_row, plan_id),
    .id_counter = "plan",
    .fixed = plan_fixed,
    .fixed_hint = NEW_ONE("plan"),
};
static const struct put_rules customer_rules = {
    .table = &customer_rows,
    .id_offset = offsetof(struct customer_row, customer_id),
    .id_counter = "customer",
};
/* Of a customer whose drafts are taxed already: what their tax was chosen by, and the language of
 * its notes. The document would show another country than the one whose tax it charges. */
static const char *const taxed_customer_fixed[] = {
    "country", "region", "tax_id", "tax_exempt", "tax_exempt_reason", "business", "locale", NULL};
static const struct put_rules taxed_customer_rules = {
    .table = &customer_rows,
    .id_offset = offsetof(struct customer_row, customer_id),
    .fixed = taxed_customer_fixed,
    .fixed_hint = "an invoice of the customer is taxed and waits for its number: finish that run "
                  "first (`billmill status`, `billmill resume`)",
};
static const char *const subscription_fixed[] = {"customer_id", "plan_id",    "start_on",
                                                 "align",       "anchor_day", NULL};
static const struct put_rules subscription_rules = {
    .table = &subscription_rows,
    .id_offset = offsetof(struct subscription_row, subscription_id),
    .id_counter = "subscription",
    .fixed = subscription_fixed,
    .fixed_hint = NEW_ONE("subscription"),
};
/* Of a subscription with changes: its record says what it began with. */
static const char *const changed_subscription_fixed[] = {
    "customer_id", "plan_id", "start_on", "align", "anchor_day", "quantity", NULL};
static const struct put_rules changed_subscription_rules = {
    .table = &subscription_rows,
    .id_offset = offsetof(struct subscription_row, subscription_id),
    .id_counter = "subscription",
    .fixed = changed_subscription_fixed,
    .fixed_hint = "the subscription has changes: import another subscription_change instead",
};
/* Of one that was charged since its trial ended: another end would neither give back nor charge. */
static const char *const charged_subscription_fixed[] = {
    "customer_id", "plan_id", "start_on", "align", "anchor_day", "trial_end_on", NULL};
static const struct put_rules charged_subscription_rules = {
    .table = &subscription_rows,
    .id_offset = offsetof(struct subscription_row, subscription_id),
    .id_counter = "subscription",
    .fixed = charged_subscription_fixed,
    .fixed_hint =
        "periods of the subscription are made since its trial ended: pause it from a day on, or "
        "credit an invoice by a correction",
};
static const struct put_rules tax_rate_rules = {
    .table = &tax_rate_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "a tax rate never changes: import it with a new valid_from",
};

/* Whether it has events is asked only where that matters. */
static bool put_meter(struct import_session *session, struct meter_row *row,
                      enum import_outcome *ret_outcome, struct error *err)
{
    struct meter_row existing;
    int64_t ignored;
    bool found, is_used = false, is_percentage = false;
    if (!put_find(session, &meter_rules, row, &existing, &found, err))
        return false;
    if (found && put_fixed_difference(&used_meter_rules, row, &existing) != NULL &&
        !db_query_i64(session->db, STMT_IMPORT_METER_IS_USED,
                      DB_ARGS(db_i64(row->tenant_id), db_i64(existing.meter_id)), &ignored,
                      &is_used, err))
        return false;
    if (found && !is_used && !text_equal(existing.record.aggregation, row->record.aggregation) &&
        !db_query_i64(session->db, STMT_IMPORT_METER_OF_PERCENTAGE,
                      DB_ARGS(db_i64(row->tenant_id), db_i64(existing.meter_id)), &ignored,
                      &is_percentage, err))
        return false;
    return put_row(session,
                   is_used         ? &used_meter_rules
                   : is_percentage ? &percentage_meter_rules
                                   : &meter_rules,
                   row, ret_outcome, err);
}

/* ------------------------------------------------------------------ customers */

static struct customer_row parent_key(const struct customer_row *row)
{
    struct customer_row key = {.tenant_id = row->tenant_id};
    key.record.customer = row->record.parent;
    return key;
}

/* One that was not there pays for nobody yet. */
static bool check_pays(struct import_session *session, const struct customer_row *row,
                       struct error *err)
{
    int64_t ignored;
    bool found;
    if (!import_batch_write(session, err) ||
        !db_query_i64(session->db, STMT_IMPORT_CUSTOMER_PAYS,
                      DB_ARGS(db_i64(row->tenant_id), db_i64(row->customer_id)), &ignored, &found,
                      err))
        return false;
    if (found)
        return error_item(err, "bad_value",
                          "field \"parent\": the customer is itself the parent of others");
    return true;
}

/* One level: who pays for others pays for itself. That the customer pays for nobody was seen when
 * it got this payer. `existing` is NULL for a new one. */
static bool resolve_payer(struct import_session *session, struct customer_row *row,
                          const struct customer_row *existing, struct error *err)
{
    bool found;
    struct customer_row key = parent_key(row), parent = key;
    const struct customer_record *record = &row->record;
    if (!put_find(session, &customer_rules, &key, &parent, &found, err))
        return false;
    if (!found)
        return put_refer(session, RECORD_CUSTOMER, row->tenant_id, record->tenant, record->parent,
                         &row->payer_id, err);
    row->payer_id = parent.customer_id;
    if (parent.payer_id != row->payer_id) {
        error_item(err, "bad_value", "field \"parent\": customer \"%s\" has a parent itself",
                   record->parent);
        return error_hint(err, "name the customer who pays in the end");
    }
    return existing == NULL || existing->payer_id == row->payer_id || check_pays(session, row, err);
}

static bool is_taxed_otherwise(const struct customer_record *is, const struct customer_record *was)
{
    return !text_equal(is->address.country, was->address.country) ||
           !text_equal(is->address.region, was->address.region) ||
           !text_equal(is->tax_id, was->tax_id) || is->tax_exempt != was->tax_exempt ||
           !text_equal(is->tax_exempt_reason, was->tax_exempt_reason) ||
           is->business != was->business || !text_equal(is->locale, was->locale);
}

/* Charges in another currency would begin again where the subscriptions began. */
static bool check_currency(struct import_session *session, const struct customer_row *row,
                           const struct customer_row *existing, struct error *err)
{
    int64_t ignored;
    bool is_charged = false;
    if (text_equal(row->record.currency, existing->record.currency))
        return true;
    if (!db_query_i64(session->db, STMT_IMPORT_CUSTOMER_CHARGED,
                      DB_ARGS(db_i64(existing->tenant_id), db_i64(existing->customer_id)), &ignored,
                      &is_charged, err))
        return false;
    if (!is_charged)
        return true;
    (void)error_item(err, "bad_value", "field \"currency\": the customer is charged already, %s%s",
                     existing->record.currency == NULL ? "without one" : "in ",
                     existing->record.currency == NULL ? "" : existing->record.currency);
    return error_hint(err, "who is to be charged in another currency is another customer");
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
    if (found && !check_currency(session, row, &existing, err))
        return false;
    row->payer_id = row->customer_id;
    if (row->record.parent != NULL && !resolve_payer(session, row, found ? &existing : NULL, err))
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

static bool has_some(struct import_session *session, enum statement_id statement,
                     const struct subscription_row *existing, bool *ret_has, struct error *err)
{
    int64_t ignored;
    return db_query_i64(session->db, statement,
                        DB_ARGS(db_i64(existing->tenant_id), db_i64(existing->subscription_id)),
                        &ignored, ret_has, err);
}

/* Only one whose quantity or trial is to become another one is asked about. */
static bool choose_subscription_rules(struct import_session *session,
                                      const struct subscription_row *row,
                                      const struct put_rules **ret_rules, struct error *err)
{
    struct subscription_row existing;
    bool found = false, is_changed = false, is_charged = false;
    if (!put_find(session, &subscription_rules, row, &existing, &found, err))
        return false;
    if (found && !text_equal(row->record.quantity, existing.record.quantity) &&
        !has_some(session, STMT_IMPORT_SUBSCRIPTION_CHANGED, &existing, &is_changed, err))
        return false;
    if (found && !text_equal(row->record.trial_end, existing.record.trial_end) &&
        !has_some(session, STMT_IMPORT_SUBSCRIPTION_CHARGED, &existing, &is_charged, err))
        return false;
    *ret_rules = is_charged   ? &charged_subscription_rules
                 : is_changed ? &changed_subscription_rules
                              : &subscription_rules;
    return true;
}

static bool put_subscription(struct import_session *session, struct subscription_row *row,
                             enum import_outcome *ret_outcome, struct error *err)
{
    const struct subscription_record *record = &row->record;
    const struct put_rules *rules = NULL;
    return put_refer(session, RECORD_CUSTOMER, row->tenant_id, record->tenant, record->customer,
                     &row->customer_id, err) &&
           put_refer(session, RECORD_PLAN, row->tenant_id, record->tenant, record->plan,
                     &row->plan_id, err) &&
           choose_subscription_rules(session, row, &rules, err) &&
           put_row(session, rules, row, ret_outcome, err);
}

/* ------------------------------------------------------------------ all of them */

/* Later records find it by its name without a question. */
static void learn(struct import_session *session, enum record_kind kind, int64_t tenant_id,
                  const char *name, int64_t id)
{
    import_lookup_add(session->lookup, kind, tenant_id, name, id);
}

static bool put_customer_record(struct import_session *session,
                                const struct customer_record *record, int64_t tenant_id,
                                enum import_outcome *ret_outcome, struct error *err)
{
    struct customer_row row = {.tenant_id = tenant_id, .record = *record};
    if (!put_customer(session, &row, ret_outcome, err))
        return false;
    learn(session, RECORD_CUSTOMER, tenant_id, record->customer, row.customer_id);
    return true;
}

static bool put_subscription_record(struct import_session *session,
                                    const struct subscription_record *record, int64_t tenant_id,
                                    enum import_outcome *ret_outcome, struct error *err)
{
    struct subscription_row row = {.tenant_id = tenant_id, .record = *record};
    if (!put_subscription(session, &row, ret_outcome, err))
        return false;
    learn(session, RECORD_SUBSCRIPTION, tenant_id, record->subscription, row.subscription_id);
    return true;
}

static bool put_kind(struct import_session *session, enum record_kind kind,
                     const union record *record, int64_t tenant_id,
                     enum import_outcome *ret_outcome, struct error *err)
{
    if (kind == RECORD_PRODUCT) {
        struct product_row row = {.tenant_id = tenant_id, .record = record->product};
        if (!put_row(session, &product_rules, &row, ret_outcome, err))
            return false;
        learn(session, kind, tenant_id, record->product.product, row.product_id);
        return true;
    }
    if (kind == RECORD_METER) {
        struct meter_row row = {.tenant_id = tenant_id, .record = record->meter};
        if (!put_meter(session, &row, ret_outcome, err))
            return false;
        learn(session, kind, tenant_id, record->meter.meter, row.meter_id);
        return true;
    }
    if (kind == RECORD_PLAN) {
        struct plan_row row = {.tenant_id = tenant_id, .record = record->plan};
        if (!put_row(session, &plan_rules, &row, ret_outcome, err))
            return false;
        learn(session, kind, tenant_id, record->plan.plan, row.plan_id);
        return true;
    }
    if (kind == RECORD_PRICE)
        return put_price(session, &record->price, tenant_id, ret_outcome, err);
    if (kind == RECORD_CUSTOMER)
        return put_customer_record(session, &record->customer, tenant_id, ret_outcome, err);
    if (kind == RECORD_CUSTOMER_PRICE)
        return put_customer_price(session, &record->customer_price, tenant_id, ret_outcome, err);
    if (kind == RECORD_PROJECT || kind == RECORD_MEMBER)
        return put_holder(session, kind, &record->holder, tenant_id, ret_outcome, err);
    if (kind == RECORD_PAYMENT_METHOD)
        return put_payment_method(session, &record->payment_method, tenant_id, ret_outcome, err);
    if (kind == RECORD_SUBSCRIPTION)
        return put_subscription_record(session, &record->subscription, tenant_id, ret_outcome, err);
    if (kind == RECORD_SUBSCRIPTION_CHANGE)
        return put_change(session, &record->subscription_change, tenant_id, ret_outcome, err);
    if (kind == RECORD_COUPON)
        return put_coupon(session, &record->coupon, tenant_id, ret_outcome, err);
    if (kind == RECORD_COUPON_REDEMPTION)
        return put_redemption(session, &record->coupon_redemption, tenant_id, ret_outcome, err);
    if (kind == RECORD_CREDIT_GRANT)
        return put_credit_grant(session, &record->credit_grant, tenant_id, ret_outcome, err);
    if (kind == RECORD_CONTRACT)
        return put_contract(session, &record->contract, tenant_id, ret_outcome, err);
    if (kind == RECORD_CONTRACT_PHASE)
        return put_contract_phase(session, &record->contract_phase, tenant_id, ret_outcome, err);
    if (kind == RECORD_EXCHANGE_RATE)
        return put_exchange_rate(session, &record->exchange_rate, ret_outcome, err);
    assert(kind == RECORD_TAX_RATE);
    struct tax_rate_row row = {.tenant_id = tenant_id, .record = record->tax_rate};
    return put_row(session, &tax_rate_rules, &row, ret_outcome, err);
}

static void expect_customer(struct import_session *session, const struct customer_record *record,
                            int64_t tenant_id)
{
    struct customer_row row = {.tenant_id = tenant_id, .record = *record};
    struct customer_row parent = parent_key(&row);
    put_expect(session, &customer_rules, &row);
    if (record->parent != NULL)
        put_expect(session, &customer_rules, &parent);
}

void expect_catalog(struct import_session *session, enum record_kind kind,
                    const union record *record, int64_t tenant_id)
{
    if (kind == RECORD_TENANT) {
        struct tenant_row row = {.record = record->tenant};
        put_expect(session, &tenant_rules, &row);
    } else if (kind == RECORD_PRODUCT) {
        struct product_row row = {.tenant_id = tenant_id, .record = record->product};
        put_expect(session, &product_rules, &row);
    } else if (kind == RECORD_METER) {
        struct meter_row row = {.tenant_id = tenant_id, .record = record->meter};
        put_expect(session, &meter_rules, &row);
    } else if (kind == RECORD_PLAN) {
        struct plan_row row = {.tenant_id = tenant_id, .record = record->plan};
        put_expect(session, &plan_rules, &row);
    } else if (kind == RECORD_PRICE) {
        expect_price(session, &record->price, tenant_id);
    } else if (kind == RECORD_CUSTOMER) {
        expect_customer(session, &record->customer, tenant_id);
    } else if (kind == RECORD_SUBSCRIPTION) {
        struct subscription_row row = {.tenant_id = tenant_id, .record = record->subscription};
        put_expect(session, &subscription_rules, &row);
    } else if (kind == RECORD_COUPON) {
        expect_coupon(session, &record->coupon, tenant_id);
    } else if (kind == RECORD_CONTRACT) {
        expect_contract(session, &record->contract, tenant_id);
    } else if (kind == RECORD_EXCHANGE_RATE) {
        expect_exchange_rate(session, &record->exchange_rate);
    } else {
        struct tax_rate_row row = {.tenant_id = tenant_id, .record = record->tax_rate};
        put_expect(session, &tax_rate_rules, &row);
    }
}

/* With the row that imports of its usage take hold of, and rating looks at, from the first one on.
 */
static bool put_tenant(struct import_session *session, const union record *record,
                       enum import_outcome *ret_outcome, struct error *err)
{
    struct tenant_row tenant = {.record = record->tenant};
    if (!put_row(session, &tenant_rules, &tenant, ret_outcome, err) ||
        (*ret_outcome == IMPORT_ADDED && !db_run(session->db, STMT_IMPORT_USAGE_TENANT_ADD,
                                                 DB_ARGS(db_i64(tenant.tenant_id)), NULL, err)))
        return false;
    learn(session, RECORD_TENANT, 0, record->tenant.tenant, tenant.tenant_id);
    return true;
}

bool put_catalog(struct import_session *session, enum record_kind kind, const union record *record,
                 enum import_outcome *ret_outcome, struct error *err)
{
    int64_t tenant_id = 0;
    if (kind == RECORD_TENANT)
        return put_tenant(session, record, ret_outcome, err);
    bool is_everyones =
        kind == RECORD_EXCHANGE_RATE ||
        (kind == RECORD_TAX_RATE && text_equal(record->tax_rate.tenant, RECORD_EVERY_TENANT));
    const char *tenant = record->product.tenant; /* every record begins with it */
    return (is_everyones || put_refer(session, RECORD_TENANT, 0, NULL, tenant, &tenant_id, err)) &&
           put_kind(session, kind, record, tenant_id, ret_outcome, err);
}
