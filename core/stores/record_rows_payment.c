/* How customers pay, what they paid, and what was given back of it. */
#include "core/stores/record_rows.h"

#define TABLE(table_name, bulk, sql_table, field_list, keys, row)                                  \
    .name = (table_name), .kind = (bulk), .table = (sql_table), .fields = (field_list),            \
    .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)

static const struct row_field method_fields[] = {
    ROW_FIELD(struct payment_method_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct payment_method_row, customer_id, "customer_id"),
    ROW_FIELD(struct payment_method_row, record.payment_method, "payment_method"),
    ROW_FIELD(struct payment_method_row, record.gateway, "gateway"),
    ROW_FIELD(struct payment_method_row, record.gateway_customer, "gateway_customer"),
    ROW_FIELD(struct payment_method_row, record.gateway_token, "gateway_token"),
    ROW_FIELD(struct payment_method_row, record.is_default, "is_default"),
    ROW_FIELD(struct payment_method_row, record.expires, "expires"),
};
const struct bulk_table payment_method_rows = {TABLE("record_payment_method", BULK_UPSERT,
                                                     "payment_method", method_fields, 3,
                                                     struct payment_method_row)};
const struct bulk_table payment_methods_rows = {TABLE("record_payment_methods", BULK_INSERT,
                                                      "payment_method", method_fields, 2,
                                                      struct payment_method_row)};
static const struct row_field method_name_fields[] = {
    ROW_FIELD(struct payment_method_row, record.customer, "customer"),
};
const struct row_names payment_method_names = {method_name_fields, ARRAY_LEN(method_name_fields)};

static const struct row_field payment_fields[] = {
    ROW_FIELD(struct payment_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct payment_row, record.gateway_reference, "gateway_reference"),
    ROW_FIELD(struct payment_row, customer_id, "customer_id"),
    ROW_FIELD(struct payment_row, record.invoice, "invoice"),
    ROW_FIELD(struct payment_row, record.gateway, "gateway"),
    ROW_FIELD(struct payment_row, record.currency, "currency"),
    ROW_FIELD(struct payment_row, record.amount_minor, "amount_minor"),
    ROW_FIELD(struct payment_row, record.at_us, "at_us"),
    ROW_FIELD(struct payment_row, record.note, "note"),
    ROW_FIELD(struct payment_row, record.part_of, "part_of"),
    ROW_FIELD(struct payment_row, waits, "waits"),
};
static const char *const payment_ignored[] = {"waits", NULL};
const struct bulk_table payment_rows = {
    TABLE("record_payment", BULK_INSERT, "payment", payment_fields, 2, struct payment_row),
    .ignore_on_compare = payment_ignored};
static const struct row_field payment_name_fields[] = {
    ROW_FIELD(struct payment_row, record.customer, "customer"),
};
const struct row_names payment_names = {payment_name_fields, ARRAY_LEN(payment_name_fields)};

static const struct row_field refund_fields[] = {
    ROW_FIELD(struct refund_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct refund_row, record.gateway_reference, "gateway_reference"),
    ROW_FIELD(struct refund_row, record.payment, "payment"),
    ROW_FIELD(struct refund_row, record.currency, "currency"),
    ROW_FIELD(struct refund_row, record.amount_minor, "amount_minor"),
    ROW_FIELD(struct refund_row, record.at_us, "at_us"),
};
const struct bulk_table refund_rows = {
    TABLE("record_refund", BULK_INSERT, "refund", refund_fields, 2, struct refund_row)};

static const struct row_field attempt_fields[] = {
    ROW_FIELD(struct payment_attempt_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct payment_attempt_row, record.invoice, "invoice"),
    ROW_FIELD(struct payment_attempt_row, record.attempt, "attempt"),
    ROW_FIELD(struct payment_attempt_row, record.customer, "customer"),
    ROW_FIELD(struct payment_attempt_row, record.payment_method, "payment_method"),
    ROW_FIELD(struct payment_attempt_row, record.gateway, "gateway"),
    ROW_FIELD(struct payment_attempt_row, record.gateway_token, "gateway_token"),
    ROW_FIELD(struct payment_attempt_row, record.expires, "expires"),
    ROW_FIELD(struct payment_attempt_row, record.currency, "currency"),
    ROW_FIELD(struct payment_attempt_row, record.amount_minor, "amount_minor"),
    ROW_FIELD(struct payment_attempt_row, record.outcome, "outcome"),
    ROW_FIELD(struct payment_attempt_row, record.decline, "decline"),
    ROW_FIELD(struct payment_attempt_row, record.code, "code"),
    ROW_FIELD(struct payment_attempt_row, record.message, "message"),
    ROW_FIELD(struct payment_attempt_row, record.provider_ref, "provider_ref"),
    ROW_FIELD(struct payment_attempt_row, record.on, "ended_on"),
};
const struct bulk_table payment_attempt_rows = {TABLE("record_payment_attempt", BULK_INSERT,
                                                      "payment_attempt", attempt_fields, 3,
                                                      struct payment_attempt_row)};

static const struct row_field campaign_fields[] = {
    ROW_FIELD(struct campaign_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct campaign_row, record.invoice, "invoice"),
    ROW_FIELD(struct campaign_row, record.customer, "customer"),
    ROW_FIELD(struct campaign_row, record.policy, "policy"),
    ROW_FIELD(struct campaign_row, record.terms, "terms"),
    ROW_FIELD(struct campaign_row, record.started_on, "started_on"),
    ROW_FIELD(struct campaign_row, record.state, "state"),
    ROW_FIELD(struct campaign_row, record.paused_on, "paused_on"),
    ROW_FIELD(struct campaign_row, record.ended_on, "ended_on"),
};
const struct bulk_table campaign_rows = {TABLE("record_dunning_campaign", BULK_INSERT,
                                               "dunning_campaign", campaign_fields, 2,
                                               struct campaign_row)};

static const struct row_field campaign_step_fields[] = {
    ROW_FIELD(struct campaign_step_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct campaign_step_row, record.invoice, "invoice"),
    ROW_FIELD(struct campaign_step_row, record.step, "step"),
    ROW_FIELD(struct campaign_step_row, record.due_on, "due_on"),
    ROW_FIELD(struct campaign_step_row, record.done_on, "done_on"),
    ROW_FIELD(struct campaign_step_row, record.state, "state"),
    ROW_FIELD(struct campaign_step_row, record.actions, "actions"),
    ROW_FIELD(struct campaign_step_row, record.note, "note"),
    ROW_FIELD(struct campaign_step_row, record.attempt, "attempt"),
    ROW_FIELD(struct campaign_step_row, record.told_on, "told_on"),
};
const struct bulk_table campaign_step_rows = {TABLE("record_dunning_step", BULK_INSERT,
                                                    "dunning_step", campaign_step_fields, 3,
                                                    struct campaign_step_row)};

static const struct row_field difference_fields[] = {
    ROW_FIELD(struct payment_difference_row, record.gateway, "gateway"),
    ROW_FIELD(struct payment_difference_row, record.reference, "reference"),
    ROW_FIELD(struct payment_difference_row, record.difference, "what"),
    ROW_FIELD(struct payment_difference_row, tenant, "tenant"),
    ROW_FIELD(struct payment_difference_row, record.customer, "customer"),
    ROW_FIELD(struct payment_difference_row, record.invoice, "invoice"),
    ROW_FIELD(struct payment_difference_row, record.effect, "effect_key"),
    ROW_FIELD(struct payment_difference_row, record.key, "payment_key"),
    ROW_FIELD(struct payment_difference_row, record.status, "status"),
    ROW_FIELD(struct payment_difference_row, record.there_currency, "there_currency"),
    ROW_FIELD(struct payment_difference_row, there_minor, "there_minor"),
    ROW_FIELD(struct payment_difference_row, there_refunded_minor, "there_refunded_minor"),
    ROW_FIELD(struct payment_difference_row, record.here_currency, "here_currency"),
    ROW_FIELD(struct payment_difference_row, here_minor, "here_minor"),
    ROW_FIELD(struct payment_difference_row, here_refunded_minor, "here_refunded_minor"),
    ROW_FIELD(struct payment_difference_row, record.found_on, "found_on"),
    ROW_FIELD(struct payment_difference_row, record.accepted, "accepted"),
};
const struct bulk_table payment_difference_rows = {TABLE("record_payment_difference", BULK_INSERT,
                                                         "payment_difference", difference_fields, 3,
                                                         struct payment_difference_row)};

static const struct row_field statement_fields[] = {
    ROW_FIELD(struct gateway_statement_row, record.gateway, "gateway"),
    ROW_FIELD(struct gateway_statement_row, record.from_on, "from_on"),
    ROW_FIELD(struct gateway_statement_row, record.until_on, "until_on"),
    ROW_FIELD(struct gateway_statement_row, record.payments, "payments"),
    ROW_FIELD(struct gateway_statement_row, record.paid, "paid"),
    ROW_FIELD(struct gateway_statement_row, record.sha256, "digest"),
};
const struct bulk_table gateway_statement_rows = {TABLE("record_gateway_statement", BULK_INSERT,
                                                        "gateway_statement", statement_fields, 3,
                                                        struct gateway_statement_row)};

static const struct row_field refund_of_payment_fields[] = {
    ROW_FIELD(struct refund_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct refund_row, record.payment, "payment"),
    ROW_FIELD(struct refund_row, record.gateway_reference, "gateway_reference"),
    ROW_FIELD(struct refund_row, record.amount_minor, "amount_minor"),
};
const struct bulk_table refunds_of_payment_rows = {TABLE("record_refunds_of_payment", BULK_INSERT,
                                                         "refund", refund_of_payment_fields, 2,
                                                         struct refund_row)};
