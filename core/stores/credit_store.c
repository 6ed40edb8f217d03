/* Loading and moving credit grants: see credit_store.h. */
#include "core/stores/credit_store.h"

#include <stdlib.h>
#include <string.h>

static const struct row_field grant_fields[] = {
    ROW_FIELD(struct stored_grant, tenant_id, "tenant_id"),
    ROW_FIELD(struct stored_grant, customer_id, "customer_id"),
    ROW_FIELD(struct stored_grant, source, "source"),
    ROW_FIELD(struct stored_grant, currency, "currency"),
    ROW_FIELD(struct stored_grant, amount_minor, "amount_minor"),
    ROW_FIELD(struct stored_grant, used_minor, "used_minor"),
    ROW_FIELD(struct stored_grant, priority, "priority"),
    ROW_FIELD(struct stored_grant, effective_at_us, "effective_at_us"),
    ROW_FIELD(struct stored_grant, expires_at_us, "expires_at_us"),
};

#define TABLE(table_name, bulk, sql_table, field_list, keys, row)                                  \
    .name = (table_name), .kind = (bulk), .table = (sql_table), .fields = (field_list),            \
    .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)

static const struct bulk_table grants_of_customer = {
    TABLE("grants_of_customer", BULK_INSERT, "credit_grant", grant_fields, 2, struct stored_grant)};

static int compare_grants(const void *a, const void *b)
{
    const struct stored_grant *left = a;
    const struct stored_grant *right = b;
    if (left->customer_id != right->customer_id)
        return left->customer_id < right->customer_id ? -1 : 1;
    if (left->effective_at_us != right->effective_at_us)
        return left->effective_at_us < right->effective_at_us ? -1 : 1;
    return strcmp(left->source, right->source);
}

static int compare_customers(const void *a, const void *b)
{
    const struct stored_grant *left = a;
    const struct stored_grant *right = b;
    return left->customer_id < right->customer_id ? -1 : left->customer_id > right->customer_id;
}

/* Each customer once. */
static struct stored_grant *make_keys(int64_t tenant_id, const int64_t *customer_ids, size_t count,
                                      struct arena *arena, size_t *ret_count)
{
    struct stored_grant *keys = ARENA_NEW_ARRAY(arena, struct stored_grant, count + 1);
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct stored_grant){.tenant_id = tenant_id, .customer_id = customer_ids[i]};
    if (count > 1)
        qsort(keys, count, sizeof *keys, compare_customers);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || keys[i].customer_id != keys[*ret_count - 1].customer_id)
            keys[(*ret_count)++] = keys[i];
    return keys;
}

bool credit_store_load(struct db *db, int64_t tenant_id, const int64_t *customer_ids,
                       size_t customer_count, struct arena *arena, struct stored_grant **ret_grants,
                       size_t *ret_count, struct error *err)
{
    int64_t ignored;
    bool any = false;
    struct bulk_found found = {0};
    if (!db_query_i64(db, STMT_CREDIT_ANY, DB_ARGS(db_i64(tenant_id)), &ignored, &any, err))
        return error_context(err, "looking for credits");
    if (any && customer_count > 0) {
        size_t key_count = 0;
        struct stored_grant *keys =
            make_keys(tenant_id, customer_ids, customer_count, arena, &key_count);
        if (!bulk_find(db, &grants_of_customer, keys, key_count, arena, &found, err))
            return error_context(err, "loading credits");
        if (found.count > 1)
            qsort(found.rows, found.count, sizeof(struct stored_grant), compare_grants);
    }
    *ret_grants = found.rows;
    *ret_count = found.count;
    return true;
}

static const struct row_field tenant_fields[] = {
    ROW_FIELD(struct credit_tenant, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_tenant, timezone, "timezone"),
};

bool credit_store_load_tenants(struct db *db, int64_t before_us, struct arena *arena,
                               struct credit_tenant **ret_tenants, size_t *ret_count,
                               struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_WORK_CREDIT_TENANTS, DB_ARGS(db_i64(before_us)), arena,
                       tenant_fields, ARRAY_LEN(tenant_fields), sizeof(struct credit_tenant),
                       &items, ret_count, err))
        return error_context(err, "looking for credits that are over");
    *ret_tenants = items;
    return true;
}

static const struct row_field work_fields[] = {
    ROW_FIELD(struct work_range, tenant_id, "tenant_id"),
    ROW_FIELD(struct work_range, min_key, "min_key"),
    ROW_FIELD(struct work_range, max_key, "max_key"),
    ROW_FIELD(struct work_range, items, "items"),
};

bool credit_store_load_work(struct db *db, int64_t tenant_id, int64_t at_us,
                            struct work_range *ret_range, struct error *err)
{
    bool found = false;
    struct work_range range = {.tenant_id = tenant_id};
    if (!rows_load_one(db, STMT_WORK_CREDITS, DB_ARGS(db_i64(tenant_id), db_i64(at_us)), NULL,
                       work_fields, ARRAY_LEN(work_fields), &range, &found, err))
        return error_context(err, "looking for credits that are over");
    *ret_range = range;
    return true;
}

static const struct row_field customer_fields[] = {
    ROW_FIELD(struct credit_customer, customer_id, "customer_id"),
    ROW_FIELD(struct credit_customer, customer, "customer"),
};

bool credit_store_load_expired(struct db *db, const struct credit_expired *expired,
                               struct arena *arena, struct credit_customer **ret_customers,
                               size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_CREDIT_CUSTOMERS_EXPIRED,
                       DB_ARGS(db_i64(expired->tenant_id), db_i64(expired->at_us),
                               db_i64(expired->after_id), db_i64(expired->hi_id),
                               db_i64((int64_t)expired->limit)),
                       arena, customer_fields, ARRAY_LEN(customer_fields),
                       sizeof(struct credit_customer), &items, ret_count, err))
        return error_context(err, "loading customers with credits that are over");
    *ret_customers = items;
    return true;
}

static const struct row_field used_fields[] = {
    ROW_FIELD(struct credit_used_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_used_row, customer_id, "customer_id"),
    ROW_FIELD(struct credit_used_row, source, "source"),
    ROW_FIELD(struct credit_used_row, expected_minor, "used_minor"),
    ROW_FIELD(struct credit_used_row, used_minor, "used_minor"),
};
const struct bulk_table CREDIT_USE = {
    TABLE("credit_use", BULK_UPDATE, "credit_grant", used_fields, 4, struct credit_used_row),
    .redo_when_missing = true};

static const struct row_field granted_fields[] = {
    ROW_FIELD(struct credit_granted_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_granted_row, customer_id, "customer_id"),
    ROW_FIELD(struct credit_granted_row, source, "source"),
    ROW_FIELD(struct credit_granted_row, kind, "kind"),
    ROW_FIELD(struct credit_granted_row, currency, "currency"),
    ROW_FIELD(struct credit_granted_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct credit_granted_row, priority, "priority"),
    ROW_FIELD(struct credit_granted_row, effective_at_us, "effective_at_us"),
};
const struct bulk_table CREDIT_GRANT_ADD = {TABLE("credit_grant_add", BULK_INSERT, "credit_grant",
                                                  granted_fields, 3, struct credit_granted_row)};

static const struct row_field movement_fields[] = {
    ROW_FIELD(struct credit_movement_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_movement_row, customer_id, "customer_id"),
    ROW_FIELD(struct credit_movement_row, source, "source"),
    ROW_FIELD(struct credit_movement_row, kind, "kind"),
    ROW_FIELD(struct credit_movement_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct credit_movement_row, currency, "currency"),
    ROW_FIELD(struct credit_movement_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct credit_movement_row, made_on, "made_on"),
};
const struct bulk_table CREDIT_MOVEMENT_ADD = {TABLE("credit_movement_add", BULK_INSERT,
                                                     "credit_transaction", movement_fields, 5,
                                                     struct credit_movement_row)};

static const struct row_field credited_fields[] = {
    ROW_FIELD(struct invoice_credited_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_credited_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_credited_row, credit_applied_minor, "credit_applied_minor"),
    ROW_FIELD(struct invoice_credited_row, amount_due_minor, "amount_due_minor"),
};
const struct bulk_table INVOICE_CREDITED = {TABLE("invoice_credited", BULK_UPDATE, "invoice",
                                                  credited_fields, 2, struct invoice_credited_row),
                                            .guard = "status = 'draft' AND taxed = 1"};
