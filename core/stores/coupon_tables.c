/* The tables that tax writes of coupons: see coupon_store.h. */
#include "core/stores/coupon_store.h"

#define TABLE(table_name, bulk, sql_table, field_list, keys, row)                                  \
    {                                                                                              \
        .name = (table_name), .kind = (bulk), .table = (sql_table), .fields = (field_list),        \
        .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)         \
    }

static const struct row_field applied_fields[] = {
    ROW_FIELD(struct coupon_applied_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct coupon_applied_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct coupon_applied_row, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_applied_row, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_applied_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_applied_row, currency, "currency"),
    ROW_FIELD(struct coupon_applied_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct coupon_applied_row, carried_minor, "carried_minor"),
};
const struct bulk_table COUPON_USE_ADD = TABLE("coupon_use_add", BULK_INSERT, "coupon_use",
                                               applied_fields, 5, struct coupon_applied_row);

static const struct row_field changed_fields[] = {
    ROW_FIELD(struct coupon_changed_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct coupon_changed_row, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_changed_row, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_changed_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_changed_row, changes, "changes"),
    ROW_FIELD(struct coupon_changed_row, changes_then, "changes"),
};
const struct bulk_table COUPON_CHANGED = {
    .name = "coupon_changed",
    .kind = BULK_UPDATE,
    .table = "coupon_redemption",
    .fields = changed_fields,
    .field_count = ARRAY_LEN(changed_fields),
    .key_count = 5,
    .row_size = sizeof(struct coupon_changed_row),
    .redo_when_missing = true,
};

static const struct row_field cut_fields[] = {
    ROW_FIELD(struct coupon_cut_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct coupon_cut_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct coupon_cut_row, line, "line"),
    ROW_FIELD(struct coupon_cut_row, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_cut_row, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_cut_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_cut_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct coupon_cut_row, kept, "kept"),
};
const struct bulk_table COUPON_LINE_ADD =
    TABLE("coupon_line_add", BULK_INSERT, "coupon_line", cut_fields, 6, struct coupon_cut_row);

static const struct row_field discounted_fields[] = {
    ROW_FIELD(struct line_discounted_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct line_discounted_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct line_discounted_row, line, "line"),
    ROW_FIELD(struct line_discounted_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct line_discounted_row, forgiven_minor, "forgiven_minor"),
    ROW_FIELD(struct line_discounted_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct line_discounted_row, tax, "tax"),
};
const struct bulk_table LINE_DISCOUNTED = {
    .name = "line_discounted",
    .kind = BULK_UPDATE,
    .table = "invoice_line",
    .fields = discounted_fields,
    .field_count = ARRAY_LEN(discounted_fields),
    .key_count = 3,
    .row_size = sizeof(struct line_discounted_row),
    .redo_when_missing = true, /* its draft was taken back with late usage */
};
