/* Projects and members, what of their limits is used, what of the usage behind a line was whose;
 * and grants of units. */
#include "core/stores/record_rows.h"

#define TABLE(table_name, bulk, sql_table, field_list, keys, row)                                  \
    .name = (table_name), .kind = (bulk), .table = (sql_table), .fields = (field_list),            \
    .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)

static const struct row_field holder_fields[] = {
    ROW_FIELD(struct holder_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct holder_row, customer_id, "customer_id"),
    ROW_FIELD(struct holder_row, kind, "kind"),
    ROW_FIELD(struct holder_row, record.holder, "holder"),
    ROW_FIELD(struct holder_row, record.name, "name"),
    ROW_FIELD(struct holder_row, record.credit_limit, "credit_limit"),
    ROW_FIELD(struct holder_row, record.currency, "currency"),
};
const struct bulk_table holder_rows = {
    TABLE("record_holder", BULK_UPSERT, "credit_holder", holder_fields, 4, struct holder_row)};
static const struct row_field holder_name_fields[] = {
    ROW_FIELD(struct holder_row, record.customer, "customer"),
};
const struct row_names holder_names = {holder_name_fields, ARRAY_LEN(holder_name_fields)};

static const struct row_field limit_use_fields[] = {
    ROW_FIELD(struct credit_limit_use_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_limit_use_row, customer_id, "customer_id"),
    ROW_FIELD(struct credit_limit_use_row, kind, "kind"),
    ROW_FIELD(struct credit_limit_use_row, holder, "holder"),
    ROW_FIELD(struct credit_limit_use_row, record.month, "month"),
    ROW_FIELD(struct credit_limit_use_row, record.currency, "currency"),
    ROW_FIELD(struct credit_limit_use_row, record.limit_minor, "limit_minor"),
    ROW_FIELD(struct credit_limit_use_row, record.used_minor, "used_minor"),
};
const struct bulk_table credit_limit_use_rows = {TABLE("record_credit_limit_use", BULK_INSERT,
                                                       "credit_limit_use", limit_use_fields, 6,
                                                       struct credit_limit_use_row)};
static const struct row_field limit_use_name_fields[] = {
    ROW_FIELD(struct credit_limit_use_row, record.customer, "customer"),
};
const struct row_names credit_limit_use_names = {limit_use_name_fields,
                                                 ARRAY_LEN(limit_use_name_fields)};

static const struct row_field share_fields[] = {
    ROW_FIELD(struct usage_share_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct usage_share_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct usage_share_row, record.line, "line"),
    ROW_FIELD(struct usage_share_row, record.project, "project"),
    ROW_FIELD(struct usage_share_row, record.member, "member"),
    ROW_FIELD(struct usage_share_row, record.quantity, "quantity"),
};
const struct bulk_table usage_share_rows = {TABLE("record_usage_share", BULK_INSERT, "usage_share",
                                                  share_fields, 5, struct usage_share_row)};
static const struct row_field share_name_fields[] = {
    ROW_FIELD(struct usage_share_row, record.draft_key, "draft_key"),
};
const struct row_names usage_share_names = {share_name_fields, ARRAY_LEN(share_name_fields)};

static const struct row_field conversion_fields[] = {
    ROW_FIELD(struct invoice_conversion_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_conversion_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_conversion_row, record.currency, "currency"),
    ROW_FIELD(struct invoice_conversion_row, record.date, "for_on"),
    ROW_FIELD(struct invoice_conversion_row, record.publication_date, "published_on"),
    ROW_FIELD(struct invoice_conversion_row, record.source, "source"),
    ROW_FIELD(struct invoice_conversion_row, record.base, "base"),
    ROW_FIELD(struct invoice_conversion_row, record.rule, "rule"),
    ROW_FIELD(struct invoice_conversion_row, record.from_rate, "from_rate"),
    ROW_FIELD(struct invoice_conversion_row, record.from_version, "from_version"),
    ROW_FIELD(struct invoice_conversion_row, record.to_rate, "to_rate"),
    ROW_FIELD(struct invoice_conversion_row, record.to_version, "to_version"),
    ROW_FIELD(struct invoice_conversion_row, record.net_minor, "net_minor"),
    ROW_FIELD(struct invoice_conversion_row, record.tax_minor, "tax_minor"),
    ROW_FIELD(struct invoice_conversion_row, record.total_minor, "total_minor"),
};
const struct bulk_table invoice_conversion_rows = {TABLE("record_invoice_conversion", BULK_INSERT,
                                                         "invoice_conversion", conversion_fields, 3,
                                                         struct invoice_conversion_row)};
static const struct row_field conversion_name_fields[] = {
    ROW_FIELD(struct invoice_conversion_row, record.draft_key, "draft_key"),
};
const struct row_names invoice_conversion_names = {conversion_name_fields,
                                                   ARRAY_LEN(conversion_name_fields)};

static const struct row_field payment_conversion_fields[] = {
    ROW_FIELD(struct payment_conversion_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct payment_conversion_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct payment_conversion_row, record.entry, "entry"),
    ROW_FIELD(struct payment_conversion_row, record.kind, "kind"),
    ROW_FIELD(struct payment_conversion_row, record.reference, "reference"),
    ROW_FIELD(struct payment_conversion_row, record.currency, "currency"),
    ROW_FIELD(struct payment_conversion_row, record.date, "for_on"),
    ROW_FIELD(struct payment_conversion_row, record.publication_date, "published_on"),
    ROW_FIELD(struct payment_conversion_row, record.source, "source"),
    ROW_FIELD(struct payment_conversion_row, record.base, "base"),
    ROW_FIELD(struct payment_conversion_row, record.rule, "rule"),
    ROW_FIELD(struct payment_conversion_row, record.from_rate, "from_rate"),
    ROW_FIELD(struct payment_conversion_row, record.from_version, "from_version"),
    ROW_FIELD(struct payment_conversion_row, record.to_rate, "to_rate"),
    ROW_FIELD(struct payment_conversion_row, record.to_version, "to_version"),
    ROW_FIELD(struct payment_conversion_row, record.settled, "settled"),
    ROW_FIELD(struct payment_conversion_row, record.worth_minor, "worth_minor"),
    ROW_FIELD(struct payment_conversion_row, record.relieved_minor, "relieved_minor"),
    ROW_FIELD(struct payment_conversion_row, record.difference_minor, "difference_minor"),
};
const struct bulk_table payment_conversion_rows = {
    TABLE("record_payment_conversion", BULK_INSERT, "payment_conversion", payment_conversion_fields,
          3, struct payment_conversion_row)};
static const struct row_field payment_conversion_name_fields[] = {
    ROW_FIELD(struct payment_conversion_row, record.draft_key, "draft_key"),
};
const struct row_names payment_conversion_names = {payment_conversion_name_fields,
                                                   ARRAY_LEN(payment_conversion_name_fields)};

static const struct row_field unit_grant_fields[] = {
    ROW_FIELD(struct credit_unit_grant_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_unit_grant_row, customer_id, "customer_id"),
    ROW_FIELD(struct credit_unit_grant_row, record.source, "source"),
    ROW_FIELD(struct credit_unit_grant_row, record.kind, "kind"),
    ROW_FIELD(struct credit_unit_grant_row, meter_id, "meter_id"),
    ROW_FIELD(struct credit_unit_grant_row, unit_millionths, "unit_millionths"),
    ROW_FIELD(struct credit_unit_grant_row, record.priority, "priority"),
    ROW_FIELD(struct credit_unit_grant_row, record.effective_at_us, "effective_at_us"),
    ROW_FIELD(struct credit_unit_grant_row, record.expires_at_us, "expires_at_us"),
};
const struct bulk_table credit_unit_grant_rows = {TABLE("record_credit_unit_grant", BULK_INSERT,
                                                        "credit_unit_grant", unit_grant_fields, 3,
                                                        struct credit_unit_grant_row)};
static const struct row_field unit_grant_name_fields[] = {
    ROW_FIELD(struct credit_unit_grant_row, record.customer, "customer"),
    ROW_FIELD(struct credit_unit_grant_row, record.meter, "meter"),
};
const struct row_names credit_unit_grant_names = {unit_grant_name_fields,
                                                  ARRAY_LEN(unit_grant_name_fields)};

static const struct row_field unit_transaction_fields[] = {
    ROW_FIELD(struct credit_unit_transaction_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_unit_transaction_row, customer_id, "customer_id"),
    ROW_FIELD(struct credit_unit_transaction_row, record.source, "source"),
    ROW_FIELD(struct credit_unit_transaction_row, record.kind, "kind"),
    ROW_FIELD(struct credit_unit_transaction_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct credit_unit_transaction_row, line, "line"),
    ROW_FIELD(struct credit_unit_transaction_row, unit_millionths, "unit_millionths"),
    ROW_FIELD(struct credit_unit_transaction_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct credit_unit_transaction_row, record.on, "made_on"),
};
const struct bulk_table credit_unit_transaction_rows = {
    TABLE("record_credit_unit_transaction", BULK_INSERT, "credit_unit_transaction",
          unit_transaction_fields, 6, struct credit_unit_transaction_row)};
/* The one of the grant itself, whose day may have become another one: record_rows_made.c. */
const struct bulk_table credit_unit_granted_rows = {
    TABLE("record_credit_unit_granted", BULK_UPSERT, "credit_unit_transaction",
          unit_transaction_fields, 6, struct credit_unit_transaction_row)};
static const struct row_field unit_transaction_name_fields[] = {
    ROW_FIELD(struct credit_unit_transaction_row, record.customer, "customer"),
    ROW_FIELD(struct credit_unit_transaction_row, record.draft_key, "draft_key"),
    ROW_FIELD(struct credit_unit_transaction_row, record.currency, "currency"),
};
const struct row_names credit_unit_transaction_names = {unit_transaction_name_fields,
                                                        ARRAY_LEN(unit_transaction_name_fields)};
