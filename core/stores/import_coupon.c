/* Coupons, their redemptions, and how they were applied. A redemption that is new claims the
 * coupon's limits as it is imported, in the import's transaction: counted in memory from what is
 * stored, and written with its batch on condition that the coupon's count is still that one. Of two
 * imports at once the second waits for the first, finds another count, and reads its file again; so
 * they cannot both take the last one, nor redeem the same twice. */
#include <string.h>

#include "core/base/text.h"
#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"

static const struct put_rules coupon_rules = {
    .table = &coupon_rows,
    .id_offset = offsetof(struct coupon_row, coupon_id),
    .id_counter = "coupon",
    .fixed_hint = "a coupon never changes: create a new coupon instead",
};
static const struct put_rules redemption_rules = {
    .table = &coupon_redemption_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "a redemption never changes",
};
static const struct put_rules use_rules = {
    .table = &coupon_use_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "what jobs have made never changes by an import: use an empty database",
};

/* ------------------------------------------------------------------ coupons and their scope */

void expect_coupon(struct import_session *session, const struct coupon_record *record,
                   int64_t tenant_id)
{
    struct coupon_row row = {.tenant_id = tenant_id, .record = *record};
    put_expect(session, &coupon_rules, &row);
}

bool expect_coupon_scope(struct import_session *session, const struct coupon_record *record,
                         int64_t tenant_id, struct error *err)
{
    struct coupon_row row = {.tenant_id = tenant_id, .record = *record}, existing;
    bool found;
    if (!put_find(session, &coupon_rules, &row, &existing, &found, err))
        return false;
    struct coupon_scope_row key = {.tenant_id = tenant_id, .coupon_id = existing.coupon_id};
    if (found)
        import_shelf_expect(session->shelf, &coupon_scope_all_rows, &key);
    return true;
}

/* In the session's scratch, but for the coupon. */
static bool make_scope(struct import_session *session, const struct coupon_row *coupon,
                       struct coupon_scope_row **ret_rows, struct error *err)
{
    const struct coupon_record *record = &coupon->record;
    struct coupon_scope_row *rows =
        ARENA_NEW_ARRAY(session->scratch, struct coupon_scope_row, record->scope.count + 1);
    for (size_t i = 0; i < record->scope.count; i++) {
        const struct coupon_scope_record *scope = &record->scope.items[i];
        rows[i] = (struct coupon_scope_row){.tenant_id = coupon->tenant_id,
                                            .element_no = (int64_t)i + 1,
                                            .plan_id = DB_I64_NONE,
                                            .product_id = DB_I64_NONE};
        if ((scope->plan != NULL &&
             !put_refer(session, RECORD_PLAN, coupon->tenant_id, record->tenant, scope->plan,
                        &rows[i].plan_id, err)) ||
            (scope->product != NULL &&
             !put_refer(session, RECORD_PRODUCT, coupon->tenant_id, record->tenant, scope->product,
                        &rows[i].product_id, err)))
            return false;
    }
    *ret_rows = rows;
    return true;
}

static bool check_scope(struct import_session *session, const struct coupon_row *coupon,
                        const struct coupon_scope_row *scope, struct error *err)
{
    const void *rows;
    size_t count;
    struct coupon_scope_row key = {.tenant_id = coupon->tenant_id, .coupon_id = coupon->coupon_id};
    if (!import_shelf_find(session->shelf, &coupon_scope_all_rows, &key, &rows, &count, err))
        return false;
    const struct coupon_scope_row *stored = rows;
    bool equal = count == coupon->record.scope.count;
    for (size_t i = 0; equal && i < count; i++) {
        size_t at = (size_t)stored[i].element_no - 1;
        equal = at < count && stored[i].plan_id == scope[at].plan_id &&
                stored[i].product_id == scope[at].product_id;
    }
    if (equal)
        return true;
    error_item(err, "conflict", "is there with other content: its scope differs");
    return error_hint(err, "%s", coupon_rules.fixed_hint);
}

bool put_coupon(struct import_session *session, const struct coupon_record *record,
                int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct coupon_row row = {.tenant_id = tenant_id, .record = *record};
    struct coupon_scope_row *scope;
    if (!make_scope(session, &row, &scope, err) ||
        !put_row(session, &coupon_rules, &row, ret_outcome, err))
        return false;
    import_lookup_add(session->lookup, RECORD_COUPON, tenant_id, record->coupon, row.coupon_id);
    if (*ret_outcome == IMPORT_UNCHANGED)
        return check_scope(session, &row, scope, err);
    for (size_t i = 0; i < record->scope.count; i++) {
        scope[i].coupon_id = row.coupon_id;
        put_part(session, &coupon_scope_rows, &scope[i]);
        import_shelf_add(session->shelf, &coupon_scope_all_rows, &scope[i]);
    }
    return true;
}

/* ------------------------------------------------------------------ redemptions */

/* Whose it is, by its customer or its subscription. */
static bool find_owner(struct import_session *session, int64_t tenant_id, const char *tenant,
                       const char *customer, const char *subscription, int64_t *ret_customer_id,
                       int64_t *ret_subscription_id, struct error *err)
{
    *ret_subscription_id = 0;
    if (customer != NULL)
        return put_refer(session, RECORD_CUSTOMER, tenant_id, tenant, customer, ret_customer_id,
                         err);
    return put_refer(session, RECORD_SUBSCRIPTION, tenant_id, tenant, subscription,
                     ret_subscription_id, err) &&
           import_lookup_owner(session->lookup, tenant_id, subscription, *ret_subscription_id,
                               ret_customer_id, err);
}

static bool redemption_row(struct import_session *session,
                           const struct coupon_redemption_record *record, int64_t tenant_id,
                           struct coupon_redemption_row *ret_row, struct error *err)
{
    *ret_row = (struct coupon_redemption_row){.tenant_id = tenant_id, .record = *record};
    return put_refer(session, RECORD_COUPON, tenant_id, record->tenant, record->coupon,
                     &ret_row->coupon_id, err) &&
           find_owner(session, tenant_id, record->tenant, record->customer, record->subscription,
                      &ret_row->customer_id, &ret_row->subscription_id, err);
}

/* How often a coupon was redeemed, and how often it may be. */
struct claim_row {
    int64_t tenant_id, coupon_id;
    int64_t stored_count, redeemed_count;
    int64_t limit_total, limit_per_customer; /* DB_I64_NONE: none */
    const char *valid_from, *valid_to;       /* NULL: none */
};

static const struct row_field claim_fields[] = {
    ROW_FIELD(struct claim_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct claim_row, coupon_id, "coupon_id"),
    ROW_FIELD(struct claim_row, stored_count, "redeemed_count"),
    ROW_FIELD(struct claim_row, redeemed_count, "redeemed_count"),
    ROW_FIELD(struct claim_row, limit_total, "limit_total"),
    ROW_FIELD(struct claim_row, limit_per_customer, "limit_per_customer"),
    ROW_FIELD(struct claim_row, valid_from, "valid_from"),
    ROW_FIELD(struct claim_row, valid_to, "valid_to"),
};
static const struct bulk_table claims_stored = {.name = "coupon_claims_stored",
                                                .kind = BULK_INSERT,
                                                .table = "coupon",
                                                .fields = claim_fields,
                                                .field_count = ARRAY_LEN(claim_fields),
                                                .key_count = 2,
                                                .row_size = sizeof(struct claim_row)};
static const struct bulk_table claims = {.name = "coupon_claims",
                                         .kind = BULK_UPDATE,
                                         .table = "coupon",
                                         .fields = claim_fields,
                                         .field_count = 4,
                                         .key_count = 3,
                                         .row_size = sizeof(struct claim_row),
                                         .redo_when_missing = true};

/* The same of one customer. Nobody changes it without the coupon's count. */
struct customer_claim_row {
    int64_t tenant_id, coupon_id, customer_id;
    int64_t redeemed_count;
};

static const struct row_field customer_claim_fields[] = {
    ROW_FIELD(struct customer_claim_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct customer_claim_row, coupon_id, "coupon_id"),
    ROW_FIELD(struct customer_claim_row, customer_id, "customer_id"),
    ROW_FIELD(struct customer_claim_row, redeemed_count, "redeemed_count"),
};
static const struct bulk_table customer_claims = {.name = "coupon_claims_of_customer",
                                                  .kind = BULK_UPSERT,
                                                  .table = "coupon_customer",
                                                  .fields = customer_claim_fields,
                                                  .field_count = ARRAY_LEN(customer_claim_fields),
                                                  .key_count = 3,
                                                  .row_size = sizeof(struct customer_claim_row)};

/* Its key has ids in it, which are known once the coupons before it are put. */
bool expect_redemption(struct import_session *session,
                       const struct coupon_redemption_record *record, int64_t tenant_id,
                       struct error *err)
{
    struct coupon_redemption_row row;
    if (!redemption_row(session, record, tenant_id, &row, err))
        return false;
    struct claim_row coupon = {.tenant_id = tenant_id, .coupon_id = row.coupon_id};
    struct customer_claim_row customer = {
        .tenant_id = tenant_id, .coupon_id = row.coupon_id, .customer_id = row.customer_id};
    put_expect(session, &redemption_rules, &row);
    import_shelf_expect(session->shelf, &claims_stored, &coupon);
    import_shelf_expect(session->shelf, &customer_claims, &customer);
    return true;
}

static bool used_up(const char *what, struct error *err)
{
    error_item(err, "coupon_used_up", "%s", what);
    return error_hint(err, "`billmill dump --record coupon` shows its limits and its window");
}

static bool is_below(int64_t count, int64_t limit)
{
    return limit == DB_I64_NONE || count < limit;
}

static bool is_valid_on(const struct claim_row *coupon, const char *day)
{
    return (coupon->valid_from == NULL || strcmp(coupon->valid_from, day) <= 0) &&
           (coupon->valid_to == NULL || strcmp(coupon->valid_to, day) > 0);
}

/* One of all, and one of the customer's. */
static bool claim(struct import_session *session, const struct coupon_redemption_row *row,
                  struct error *err)
{
    struct import_shelf *shelf = session->shelf;
    struct claim_row coupon = {.tenant_id = row->tenant_id, .coupon_id = row->coupon_id};
    struct customer_claim_row customer = {
        .tenant_id = row->tenant_id, .coupon_id = row->coupon_id, .customer_id = row->customer_id};
    const void *rows;
    size_t count;
    if (!import_shelf_find(shelf, &claims_stored, &coupon, &rows, &count, err))
        return false;
    assert(count == 1); /* its name was found */
    coupon = *(const struct claim_row *)rows;
    if (!import_shelf_find(shelf, &customer_claims, &customer, &rows, &count, err))
        return false;
    if (count > 0)
        customer = *(const struct customer_claim_row *)rows;
    if (!is_below(coupon.redeemed_count, coupon.limit_total) ||
        !is_valid_on(&coupon, row->record.at))
        return used_up("the coupon was redeemed as often as it may be, or is not valid that day",
                       err);
    if (!is_below(customer.redeemed_count, coupon.limit_per_customer))
        return used_up("the customer redeemed the coupon as often as one customer may", err);
    coupon.redeemed_count++;
    customer.redeemed_count++;
    import_shelf_put(shelf, &claims, &coupon, &claims_stored);
    import_shelf_put(shelf, &customer_claims, &customer, &customer_claims);
    return true;
}

bool put_redemption(struct import_session *session, const struct coupon_redemption_record *record,
                    int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct coupon_redemption_row row, existing;
    bool found;
    return redemption_row(session, record, tenant_id, &row, err) &&
           put_find(session, &redemption_rules, &row, &existing, &found, err) &&
           (found || claim(session, &row, err)) &&
           put_row(session, &redemption_rules, &row, ret_outcome, err);
}

/* ------------------------------------------------------------------ how they were applied */

bool put_coupon_use(struct import_session *session, const struct coupon_use_record *record,
                    int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct coupon_use_row row = {.tenant_id = tenant_id, .record = *record};
    if (!put_refer(session, RECORD_COUPON, tenant_id, record->tenant, record->coupon,
                   &row.coupon_id, err) ||
        !put_refer(session, RECORD_INVOICE, tenant_id, record->tenant, record->draft_key,
                   &row.invoice_id, err) ||
        !find_owner(session, tenant_id, record->tenant, record->customer, record->subscription,
                    &row.customer_id, &row.subscription_id, err) ||
        !put_row(session, &use_rules, &row, ret_outcome, err))
        return false;
    for (size_t i = 0; i < record->lines.count; i++) {
        struct coupon_line_row line = {tenant_id,           row.invoice_id,
                                       row.coupon_id,       row.customer_id,
                                       row.subscription_id, record->lines.items[i]};
        put_part(session, &coupon_line_rows, &line);
    }
    return true;
}
