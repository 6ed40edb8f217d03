/* Loading and moving grants of units: see credit_unit_store.h. */
#include "core/stores/credit_unit_store.h"

#include <stdlib.h>
#include <string.h>

#include "core/billing/credit.h"

#define TABLE(table_name, bulk, sql_table, field_list, keys, row)                                  \
    .name = (table_name), .kind = (bulk), .table = (sql_table), .fields = (field_list),            \
    .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)

static const struct row_field grant_fields[] = {
    ROW_FIELD(struct stored_unit_grant, tenant_id, "tenant_id"),
    ROW_FIELD(struct stored_unit_grant, customer_id, "customer_id"),
    ROW_FIELD(struct stored_unit_grant, source, "source"),
    ROW_FIELD(struct stored_unit_grant, meter_id, "meter_id"),
    ROW_FIELD(struct stored_unit_grant, unit_millionths, "unit_millionths"),
    ROW_FIELD(struct stored_unit_grant, used_millionths, "used_millionths"),
    ROW_FIELD(struct stored_unit_grant, priority, "priority"),
    ROW_FIELD(struct stored_unit_grant, effective_at_us, "effective_at_us"),
    ROW_FIELD(struct stored_unit_grant, expires_at_us, "expires_at_us"),
};
static const struct bulk_table unit_grants_of_customer = {
    TABLE("unit_grants_of_customer", BULK_INSERT, "credit_unit_grant", grant_fields, 2,
          struct stored_unit_grant)};

static const struct row_field used_fields[] = {
    ROW_FIELD(struct credit_unit_used_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_unit_used_row, customer_id, "customer_id"),
    ROW_FIELD(struct credit_unit_used_row, source, "source"),
    ROW_FIELD(struct credit_unit_used_row, expected_millionths, "used_millionths"),
    ROW_FIELD(struct credit_unit_used_row, used_millionths, "used_millionths"),
};
const struct bulk_table CREDIT_UNIT_USE = {TABLE("credit_unit_use", BULK_UPDATE,
                                                 "credit_unit_grant", used_fields, 4,
                                                 struct credit_unit_used_row),
                                           .redo_when_missing = true};

static const struct row_field movement_fields[] = {
    ROW_FIELD(struct credit_unit_movement_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_unit_movement_row, customer_id, "customer_id"),
    ROW_FIELD(struct credit_unit_movement_row, source, "source"),
    ROW_FIELD(struct credit_unit_movement_row, kind, "kind"),
    ROW_FIELD(struct credit_unit_movement_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct credit_unit_movement_row, line, "line"),
    ROW_FIELD(struct credit_unit_movement_row, unit_millionths, "unit_millionths"),
    ROW_FIELD(struct credit_unit_movement_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct credit_unit_movement_row, made_on, "made_on"),
};
const struct bulk_table CREDIT_UNIT_MOVEMENT_ADD = {
    TABLE("credit_unit_movement_add", BULK_INSERT, "credit_unit_transaction", movement_fields, 6,
          struct credit_unit_movement_row)};

static int compare_grants(const void *a, const void *b)
{
    const struct stored_unit_grant *left = a, *right = b;
    if (left->customer_id != right->customer_id)
        return left->customer_id < right->customer_id ? -1 : 1;
    if (left->effective_at_us != right->effective_at_us)
        return left->effective_at_us < right->effective_at_us ? -1 : 1;
    return strcmp(left->source, right->source);
}

bool credit_unit_store_load(struct db *db, int64_t tenant_id, const int64_t *customer_ids,
                            size_t customer_count, struct arena *arena,
                            struct stored_unit_grant **ret_grants, size_t *ret_count,
                            struct error *err)
{
    int64_t ignored;
    bool any = false;
    struct bulk_found found = {0};
    size_t count = 0;
    if (!db_query_i64(db, STMT_CREDIT_UNITS_ANY, DB_ARGS(db_i64(tenant_id)), &ignored, &any, err))
        return error_context(err, "looking for credits in units");
    if (any && customer_count > 0) {
        struct stored_unit_grant *keys =
            ARENA_NEW_ARRAY(arena, struct stored_unit_grant, customer_count);
        for (size_t i = 0; i < customer_count; i++)
            keys[i] = (struct stored_unit_grant){
                .tenant_id = tenant_id, .customer_id = customer_ids[i], .source = ""};
        if (customer_count > 1)
            qsort(keys, customer_count, sizeof *keys, compare_grants);
        for (size_t i = 0; i < customer_count; i++)
            if (count == 0 || keys[i].customer_id != keys[count - 1].customer_id)
                keys[count++] = keys[i];
        if (!bulk_find(db, &unit_grants_of_customer, keys, count, arena, &found, err))
            return error_context(err, "loading credits in units");
        if (found.count > 1)
            qsort(found.rows, found.count, sizeof(struct stored_unit_grant), compare_grants);
    }
    *ret_grants = found.rows;
    *ret_count = found.count;
    return true;
}

struct unit_grant credit_unit_store_grant(const struct stored_unit_grant *stored)
{
    return (struct unit_grant){.meter_id = stored->meter_id,
                               .left_millionths = stored->unit_millionths - stored->used_millionths,
                               .priority = stored->priority,
                               .effective_at_us = stored->effective_at_us,
                               .expires_at_us = stored->expires_at_us == DB_I64_NONE
                                                    ? CREDIT_NEVER_EXPIRES
                                                    : stored->expires_at_us};
}
