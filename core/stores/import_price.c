/* Prices with their tiers, and what a price is for one customer alone. Versions never change; the
 * end of a customer's, where it has none, may be given later. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"

static const struct put_rules price_rules = {
    .table = &price_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "a price never changes: import it with a new valid_from",
};
static const struct put_rules customer_price_rules = {
    .table = &customer_price_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "what a price is for a customer never changes, but that an end is given to it: "
                  "import it with a new valid_from",
};

/* ------------------------------------------------------------------ versions and their tiers */

static bool versions_of(struct import_session *session, const struct price_row *row,
                        const struct price_row **ret_rows, size_t *ret_count, struct error *err)
{
    const void *rows;
    if (!import_shelf_find(session->shelf, &price_version_rows, row, &rows, ret_count, err))
        return false;
    *ret_rows = rows;
    return true;
}

static const struct price_row *first_version(const struct price_row *rows, size_t count)
{
    const struct price_row *first = rows;
    for (size_t i = 1; i < count; i++)
        first = strcmp(rows[i].record.valid_from, first->record.valid_from) < 0 ? &rows[i] : first;
    return first;
}

static bool is_tier(const struct price_tier_list *tiers, const struct tier_row *existing)
{
    if (existing->tier < 1 || existing->tier > (int64_t)tiers->count)
        return false;
    const struct price_tier_record *tier = &tiers->items[existing->tier - 1];
    return text_equal(tier->up_to, existing->record.up_to) &&
           text_equal(tier->unit_price, existing->record.unit_price) &&
           text_equal(tier->rate_percent, existing->record.rate_percent) &&
           text_equal(tier->flat_fee, existing->record.flat_fee);
}

static struct tier_row first_tier(const struct price_row *price)
{
    return (struct tier_row){.tenant_id = price->tenant_id,
                             .price_id = price->price_id,
                             .tier = 1,
                             .valid_from = price->record.valid_from};
}

static bool check_tiers(struct import_session *session, const struct put_rules *rules,
                        const struct price_row *row, struct error *err)
{
    const void *rows;
    size_t count;
    const struct price_tier_list *tiers = &row->figures.tiers;
    struct tier_row key = first_tier(row);
    if (!import_shelf_find(session->shelf, &tier_version_rows, &key, &rows, &count, err))
        return false;
    bool equal = count == tiers->count;
    for (size_t i = 0; equal && i < count; i++)
        equal = is_tier(tiers, (const struct tier_row *)rows + i);
    if (equal)
        return true;
    error_item(err, "conflict", "is there with other content: its tiers differ");
    return error_hint(err, "%s", rules->fixed_hint);
}

static bool expect_tiers_of(struct import_session *session, const struct put_rules *rules,
                            const struct price_row *row, struct error *err)
{
    struct price_row existing;
    bool found;
    if (!put_find(session, rules, row, &existing, &found, err))
        return false;
    struct tier_row key = first_tier(&existing);
    if (found)
        import_shelf_expect(session->shelf, &tier_version_rows, &key);
    return true;
}

static bool put_version(struct import_session *session, const struct put_rules *rules,
                        struct price_row *row, enum import_outcome *ret_outcome, struct error *err)
{
    const struct price_tier_list *tiers = &row->figures.tiers;
    if (!put_row(session, rules, row, ret_outcome, err))
        return false;
    if (*ret_outcome == IMPORT_UNCHANGED)
        return check_tiers(session, rules, row, err);
    import_shelf_add(session->shelf, &price_version_rows, row);
    for (size_t i = 0; i < tiers->count; i++) {
        struct tier_row tier = {row->tenant_id, row->price_id, (int64_t)i + 1,
                                row->record.valid_from, tiers->items[i]};
        put_part(session, &tier_rows, &tier);
        import_shelf_add(session->shelf, &tier_version_rows, &tier);
    }
    return true;
}

/* ------------------------------------------------------------------ prices of all customers */

static bool is_percentage(const struct price_record *record)
{
    bool is_committed = record->overage.model != NULL;
    return text_equal(is_committed ? record->overage.model : record->terms.model, "percentage");
}

/* A percentage is of amounts, event by event; only the sum of events is an amount too. */
static bool refuse_percentage(const char *meter, struct error *err)
{
    (void)error_item(err, "bad_value",
                     "field \"meter\": a percentage is of amounts that are added up, but the "
                     "aggregation of \"%s\" is not sum",
                     meter);
    return error_hint(err, "name a meter with \"aggregation\": \"sum\"");
}

static bool check_percentage(struct import_session *session, const struct price_row *row,
                             struct error *err)
{
    const struct price_record *record = &row->record;
    struct meter_row wanted = {.tenant_id = row->tenant_id};
    const void *meters;
    size_t count;
    if (record->meter == NULL || !is_percentage(record))
        return true;
    wanted.record.meter = record->meter;
    if (!import_shelf_find(session->shelf, &meter_rows, &wanted, &meters, &count, err))
        return false;
    if (count > 0 && text_equal(((const struct meter_row *)meters)->record.aggregation, "sum"))
        return true;
    return refuse_percentage(record->meter, err);
}

static bool resolve_price(struct import_session *session, struct price_row *row, struct error *err)
{
    const struct price_record *record = &row->record;
    row->meter_id = DB_I64_NONE;
    row->listed_price_id = DB_I64_NONE;
    return put_refer(session, RECORD_PLAN, row->tenant_id, record->tenant, record->plan,
                     &row->plan_id, err) &&
           put_refer(session, RECORD_PRODUCT, row->tenant_id, record->tenant, record->product,
                     &row->product_id, err) &&
           (record->meter == NULL ||
            put_refer(session, RECORD_METER, row->tenant_id, record->tenant, record->meter,
                      &row->meter_id, err)) &&
           check_percentage(session, row, err);
}

/* The versions of a price are one price: same plan, same meter, same currency, billed at
 * the same end. */
static bool take_price_id(struct import_session *session, struct price_row *row, struct error *err)
{
    const struct price_row *rows;
    size_t count;
    if (!versions_of(session, row, &rows, &count, err))
        return false;
    if (count == 0)
        return import_next_id(session, "price", &row->price_id, err);
    const struct price_row *first = first_version(rows, count);
    row->price_id = first->price_id;
    if (row->plan_id == first->plan_id && row->meter_id == first->meter_id &&
        text_equal(row->record.billing, first->record.billing) &&
        text_equal(row->record.currency, first->record.currency))
        return true;
    error_item(err, "conflict",
               "differs from its version of %s in plan, meter, currency or billing",
               first->record.valid_from);
    return error_hint(err, "versions of a price share them: create a new price instead");
}

void expect_price(struct import_session *session, const struct price_record *record,
                  int64_t tenant_id)
{
    struct price_row row = {.tenant_id = tenant_id, .record = *record};
    put_expect(session, &price_rules, &row);
    import_shelf_expect(session->shelf, &price_version_rows, &row);
}

bool put_price(struct import_session *session, const struct price_record *record, int64_t tenant_id,
               enum import_outcome *ret_outcome, struct error *err)
{
    struct price_row row = {.tenant_id = tenant_id, .record = *record};
    price_row_set_figures(&row);
    if (!resolve_price(session, &row, err) || !take_price_id(session, &row, err) ||
        !put_version(session, &price_rules, &row, ret_outcome, err))
        return false;
    import_lookup_add(session->lookup, RECORD_PRICE, tenant_id, record->price, row.price_id);
    return true;
}

/* ------------------------------------------------------------------ of one customer */

static bool customer_price_row(struct import_session *session, const struct price_record *record,
                               int64_t tenant_id, struct price_row *ret_row, struct error *err)
{
    *ret_row = (struct price_row){.tenant_id = tenant_id, .record = *record};
    return put_refer(session, RECORD_CUSTOMER, tenant_id, record->tenant, record->customer,
                     &ret_row->customer_id, err);
}

static struct price_row listed_key(const struct price_row *row)
{
    struct price_row key = {.tenant_id = row->tenant_id};
    key.record.price = row->record.price;
    return key;
}

/* Its key has the id of its customer in it. */
bool expect_customer_price(struct import_session *session, const struct price_record *record,
                           int64_t tenant_id, struct error *err)
{
    struct price_row row;
    if (!customer_price_row(session, record, tenant_id, &row, err))
        return false;
    struct price_row listed = listed_key(&row);
    put_expect(session, &customer_price_rules, &row);
    import_shelf_expect(session->shelf, &price_version_rows, &row);
    import_shelf_expect(session->shelf, &price_version_rows, &listed);
    return true;
}

bool expect_tiers(struct import_session *session, const struct price_record *record,
                  int64_t tenant_id, struct error *err)
{
    struct price_row row = {.tenant_id = tenant_id, .record = *record};
    if (record->customer == NULL)
        return expect_tiers_of(session, &price_rules, &row, err);
    if (!customer_price_row(session, record, tenant_id, &row, err))
        return err->kind == ERROR_ITEM; /* of one who is not there */
    return expect_tiers_of(session, &customer_price_rules, &row, err);
}

/* Of a quantity of the subscription every version charges for each unit of it, or none does: what a
 * period is charged for is known before it is known by which of them. */
static bool check_quantity(const struct price_row *row, const struct price_row *listed,
                           size_t count, struct error *err)
{
    bool is_flat = text_equal(row->record.terms.model, "flat");
    for (size_t i = 0; i < count && row->meter_id == DB_I64_NONE; i++)
        if (is_flat != text_equal(listed[i].record.terms.model, "flat")) {
            error_item(err, "bad_value",
                       "field \"model\": one of it and the price as it is listed from %s is a flat "
                       "fee, the other is not",
                       listed[i].record.valid_from);
            return error_hint(err, "%s",
                              is_flat ? "a fee that no quantity changes is the flat_fee of a tier"
                                      : "name a price that is charged by quantity");
        }
    return true;
}

static bool check_meter(struct import_session *session, const struct price_row *row,
                        struct error *err)
{
    int64_t ignored;
    bool adds_up = false;
    const struct price_record *record = &row->record;
    const char *model = record->overage.model != NULL ? record->overage.model : record->terms.model;
    if (row->meter_id == DB_I64_NONE) {
        if (!is_percentage(record) && !text_equal(model, "graduated_percentage") &&
            !text_equal(model, "dynamic"))
            return true;
        return error_item(err, "bad_value",
                          "field \"model\": it charges amounts of events, but price \"%s\" has no "
                          "meter",
                          record->price);
    }
    if (!is_percentage(record))
        return true;
    if (!db_query_i64(session->db, STMT_IMPORT_METER_ADDS_UP,
                      DB_ARGS(db_i64(row->tenant_id), db_i64(row->meter_id)), &ignored, &adds_up,
                      err))
        return false;
    return adds_up || refuse_percentage(record->price, err);
}

/* Product, meter and billing are those of the price as it is listed, in its currency. */
static bool resolve_listed(struct import_session *session, struct price_row *row, struct error *err)
{
    const struct price_row *rows;
    struct price_row key = listed_key(row);
    size_t count;
    const struct price_record *record = &row->record;
    if (!put_refer(session, RECORD_PRICE, row->tenant_id, record->tenant, record->price,
                   &row->listed_price_id, err) ||
        !versions_of(session, &key, &rows, &count, err))
        return false;
    assert(count > 0); /* it was referred to */
    const struct price_row *listed = first_version(rows, count);
    row->product_id = listed->product_id;
    row->meter_id = listed->meter_id;
    row->record.billing = listed->record.billing;
    if (!text_equal(record->currency, listed->record.currency))
        return error_item(err, "bad_value", "field \"currency\": price \"%s\" is in %s",
                          record->price, listed->record.currency);
    return check_quantity(row, rows, count, err) && check_meter(session, row, err);
}

static bool take_customer_price_id(struct import_session *session, struct price_row *row,
                                   struct error *err)
{
    const struct price_row *rows;
    size_t count;
    if (!versions_of(session, row, &rows, &count, err))
        return false;
    if (count == 0)
        return import_next_id(session, "price", &row->price_id, err);
    row->price_id = rows->price_id;
    return true;
}

/* All that may become of one that is there: it had no end, and gets one. */
static bool put_end(struct import_session *session, struct price_row *row,
                    const struct price_row *existing, enum import_outcome *ret_outcome,
                    struct error *err)
{
    struct price_row ended = *existing;
    if (existing->record.valid_to == NULL && row->record.valid_to != NULL)
        ended.record.valid_to = row->record.valid_to;
    const struct row_field *difference = put_difference(&customer_price_rows, row, &ended);
    if (difference != NULL)
        return put_conflict(&customer_price_rows, difference, row, existing,
                            customer_price_rules.fixed_hint, err);
    return check_tiers(session, &customer_price_rules, row, err) &&
           put_row(session, &customer_price_rules, row, ret_outcome, err);
}

bool put_customer_price(struct import_session *session, const struct price_record *record,
                        int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct price_row row, existing;
    bool found;
    if (!customer_price_row(session, record, tenant_id, &row, err) ||
        !resolve_listed(session, &row, err))
        return false;
    price_row_set_figures(&row);
    if (!take_customer_price_id(session, &row, err) ||
        !put_find(session, &customer_price_rules, &row, &existing, &found, err))
        return false;
    return found ? put_end(session, &row, &existing, ret_outcome, err)
                 : put_version(session, &customer_price_rules, &row, ret_outcome, err);
}

/* Lines of a document ask for the same few again and again. */
bool put_refer_customer_price(struct import_session *session, int64_t tenant_id,
                              int64_t subscription_id, const char *subscription, const char *price,
                              int64_t *ret_price_id, struct error *err)
{
    bool found;
    const char *name = arena_printf(session->scratch, "%" PRId64 " %s", subscription_id, price);
    if (import_lookup_known(session->lookup, RECORD_CUSTOMER_PRICE, tenant_id, name, ret_price_id))
        return true;
    if (!db_query_i64(session->db, STMT_IMPORT_CUSTOMER_PRICE_ID,
                      DB_ARGS(db_i64(tenant_id), db_i64(subscription_id), db_text(price)),
                      ret_price_id, &found, err))
        return false;
    if (!found)
        return error_item(err, "unknown_reference",
                          "the customer of subscription \"%s\" has no price \"%s\" of his own",
                          subscription, price);
    import_lookup_add(session->lookup, RECORD_CUSTOMER_PRICE, tenant_id, name, *ret_price_id);
    return true;
}
