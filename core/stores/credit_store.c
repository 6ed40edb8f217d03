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
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

/* Each customer once, in order. */
static int64_t *sort_customers(const int64_t *customer_ids, size_t count, struct arena *arena,
                               size_t *ret_count)
{
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = customer_ids[i];
    if (count > 1)
        qsort(ids, count, sizeof *ids, compare_customers);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || ids[i] != ids[*ret_count - 1])
            ids[(*ret_count)++] = ids[i];
    return ids;
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
        int64_t *ids = sort_customers(customer_ids, customer_count, arena, &key_count);
        struct stored_grant *keys = ARENA_NEW_ARRAY(arena, struct stored_grant, key_count);
        for (size_t i = 0; i < key_count; i++)
            keys[i] = (struct stored_grant){.tenant_id = tenant_id, .customer_id = ids[i]};
        if (!bulk_find(db, &grants_of_customer, keys, key_count, arena, &found, err))
            return error_context(err, "loading credits");
        if (found.count > 1)
            qsort(found.rows, found.count, sizeof(struct stored_grant), compare_grants);
    }
    *ret_grants = found.rows;
    *ret_count = found.count;
    return true;
}

struct credit_grant credit_store_grant(const struct stored_grant *stored)
{
    return (struct credit_grant){
        .balance = money_of_minor(stored->amount_minor - stored->used_minor, stored->currency),
        .priority = stored->priority,
        .effective_at_us = stored->effective_at_us,
        .expires_at_us =
            stored->expires_at_us == DB_I64_NONE ? CREDIT_NEVER_EXPIRES : stored->expires_at_us};
}

static const struct row_field owed_fields[] = {
    ROW_FIELD(struct stored_overdraft, tenant_id, "tenant_id"),
    ROW_FIELD(struct stored_overdraft, customer_id, "customer_id"),
    ROW_FIELD(struct stored_overdraft, owed_minor, "owed_minor"),
};
static const struct bulk_table overdrafts_of_customer = {
    TABLE("overdrafts_of_customer", BULK_INSERT, "credit_overdraft", owed_fields, 2,
          struct stored_overdraft)};

bool credit_store_load_overdrafts(struct db *db, int64_t tenant_id, const int64_t *customer_ids,
                                  size_t customer_count, struct arena *arena,
                                  struct stored_overdraft **ret_overdrafts, size_t *ret_count,
                                  struct error *err)
{
    struct bulk_found found = {0};
    size_t key_count = 0;
    int64_t *ids = sort_customers(customer_ids, customer_count, arena, &key_count);
    struct stored_overdraft *keys = ARENA_NEW_ARRAY(arena, struct stored_overdraft, key_count + 1);
    for (size_t i = 0; i < key_count; i++)
        keys[i] = (struct stored_overdraft){.tenant_id = tenant_id, .customer_id = ids[i]};
    if (key_count > 0 &&
        !bulk_find(db, &overdrafts_of_customer, keys, key_count, arena, &found, err))
        return error_context(err, "loading overdrafts");
    *ret_overdrafts = found.rows;
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
        return error_context(err, "looking for credits to settle");
    *ret_tenants = items;
    return true;
}

bool credit_store_load_work(struct db *db, int64_t tenant_id, int64_t at_us, struct arena *arena,
                            struct work_ranges *ret_ranges, struct error *err)
{
    return work_ranges_load(db, STMT_WORK_CREDITS, DB_ARGS(db_i64(tenant_id), db_i64(at_us)), arena,
                            ret_ranges, err) ||
           error_context(err, "looking for credits to settle");
}

static const struct row_field customer_fields[] = {
    ROW_FIELD(struct credit_customer, customer_id, "customer_id"),
    ROW_FIELD(struct credit_customer, customer, "customer"),
};

bool credit_store_load_due(struct db *db, const struct credit_due *due, struct arena *arena,
                           struct credit_customer **ret_customers, size_t *ret_count,
                           struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_CREDIT_CUSTOMERS_DUE,
                       DB_ARGS(db_i64(due->tenant_id), db_i64(due->at_us), db_i64(due->after_id),
                               db_i64(due->hi_id), db_i64((int64_t)due->limit)),
                       arena, customer_fields, ARRAY_LEN(customer_fields),
                       sizeof(struct credit_customer), &items, ret_count, err))
        return error_context(err, "loading customers with credits to settle");
    *ret_customers = items;
    return true;
}

static const struct row_field debt_fields[] = {
    ROW_FIELD(struct stored_debt, customer_id, "customer_id"),
    ROW_FIELD(struct stored_debt, invoice_id, "invoice_id"),
    ROW_FIELD(struct stored_debt, made_on, "made_on"),
    ROW_FIELD(struct stored_debt, owed_minor, "owed_minor"),
};

bool credit_store_load_debts(struct db *db, int64_t tenant_id, int64_t after_id, int64_t hi_id,
                             struct arena *arena, struct stored_debt **ret_debts, size_t *ret_count,
                             struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_CREDIT_DEBTS,
                       DB_ARGS(db_i64(tenant_id), db_i64(after_id), db_i64(hi_id)), arena,
                       debt_fields, ARRAY_LEN(debt_fields), sizeof(struct stored_debt), &items,
                       ret_count, err))
        return error_context(err, "loading overdrafts");
    *ret_debts = items;
    return true;
}

static const struct row_field overdraft_fields[] = {
    ROW_FIELD(struct overdraft_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct overdraft_row, customer_id, "customer_id"),
    ROW_FIELD(struct overdraft_row, expected_minor, "owed_minor"),
    ROW_FIELD(struct overdraft_row, owed_minor, "owed_minor"),
};
const struct bulk_table OVERDRAFT_MOVE = {TABLE("overdraft_move", BULK_UPDATE, "credit_overdraft",
                                                overdraft_fields, 3, struct overdraft_row),
                                          .redo_when_missing = true};

static const struct row_field overdraft_start_fields[] = {
    ROW_FIELD(struct overdraft_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct overdraft_row, customer_id, "customer_id"),
    ROW_FIELD(struct overdraft_row, owed_minor, "owed_minor"),
};
static const char *const overdraft_start_ignored[] = {"owed_minor", NULL};
const struct bulk_table OVERDRAFT_START = {TABLE("overdraft_start", BULK_INSERT, "credit_overdraft",
                                                 overdraft_start_fields, 2, struct overdraft_row),
                                           .ignore_on_compare = overdraft_start_ignored};

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
    ROW_FIELD(struct credit_movement_row, holder_customer_id, "holder_customer_id"),
    ROW_FIELD(struct credit_movement_row, project, "project"),
    ROW_FIELD(struct credit_movement_row, member, "member"),
    ROW_FIELD(struct credit_movement_row, month, "month"),
    ROW_FIELD(struct credit_movement_row, currency, "currency"),
    ROW_FIELD(struct credit_movement_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct credit_movement_row, made_on, "made_on"),
};
const struct bulk_table CREDIT_MOVEMENT_ADD = {TABLE("credit_movement_add", BULK_INSERT,
                                                     "credit_transaction", movement_fields, 9,
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
