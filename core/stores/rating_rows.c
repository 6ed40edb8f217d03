/* The tables: see rating_rows.h. */
#include "core/stores/rating_rows.h"

static const struct row_field draft_fields[] = {
    ROW_FIELD(struct draft_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct draft_row, draft_key, "draft_key"),
    ROW_FIELD(struct draft_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct draft_row, customer_id, "customer_id"),
    ROW_FIELD(struct draft_row, currency, "currency"),
    ROW_FIELD(struct draft_row, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct draft_row, corrects, "corrects"),
    ROW_FIELD(struct draft_row, status, "status"),
    ROW_FIELD(struct draft_row, taxed, "taxed"),
    ROW_FIELD(struct draft_row, subtotal_minor, "subtotal_minor"),
    ROW_FIELD(struct draft_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct draft_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct draft_row, total_minor, "total_minor"),
    ROW_FIELD(struct draft_row, credit_applied_minor, "credit_applied_minor"),
    ROW_FIELD(struct draft_row, amount_due_minor, "amount_due_minor"),
    ROW_FIELD(struct draft_row, tax_point_on, "tax_point_on"),
};

const struct bulk_table DRAFT_ADD = {
    .name = "draft_add",
    .kind = BULK_INSERT,
    .table = "invoice",
    .fields = draft_fields,
    .field_count = ARRAY_LEN(draft_fields),
    .key_count = 2,
    .row_size = sizeof(struct draft_row),
};

static const struct row_field line_fields[] = {
    ROW_FIELD(struct draft_line_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct draft_line_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct draft_line_row, line, "line"),
    ROW_FIELD(struct draft_line_row, kind, "kind"),
    ROW_FIELD(struct draft_line_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct draft_line_row, price_id, "price_id"),
    ROW_FIELD(struct draft_line_row, price_valid_from, "price_valid_from"),
    ROW_FIELD(struct draft_line_row, period_start_on, "period_start_on"),
    ROW_FIELD(struct draft_line_row, period_end_on, "period_end_on"),
    ROW_FIELD(struct draft_line_row, description, "description"),
    ROW_FIELD(struct draft_line_row, quantity, "quantity"),
    ROW_FIELD(struct draft_line_row, unit_amount, "unit_amount"),
    ROW_FIELD(struct draft_line_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct draft_line_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct draft_line_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct draft_line_row, tax_category, "tax_category"),
    ROW_FIELD(struct draft_line_row, event_count, "event_count"),
    ROW_FIELD(struct draft_line_row, phase_id, "phase_id"),
    ROW_FIELD(struct draft_line_row, rated_price_id, "rated_price_id"),
    ROW_FIELD(struct draft_line_row, rated_valid_from, "rated_valid_from"),
};

const struct bulk_table DRAFT_LINE_ADD = {
    .name = "draft_line_add",
    .kind = BULK_INSERT,
    .table = "invoice_line",
    .fields = line_fields,
    .field_count = ARRAY_LEN(line_fields),
    .key_count = 3,
    .row_size = sizeof(struct draft_line_row),
};

static const struct row_field drafted_fields[] = {
    ROW_FIELD(struct period_drafted_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct period_drafted_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct period_drafted_row, price_id, "price_id"),
    ROW_FIELD(struct period_drafted_row, start_on, "start_on"),
    ROW_FIELD(struct period_drafted_row, kind, "kind"),
    ROW_FIELD(struct period_drafted_row, invoice_id, "invoice_id"),
};

const struct bulk_table PERIOD_DRAFTED = {
    .name = "period_drafted",
    .kind = BULK_UPDATE,
    .table = "billing_period",
    .fields = drafted_fields,
    .field_count = ARRAY_LEN(drafted_fields),
    .key_count = 5,
    .row_size = sizeof(struct period_drafted_row),
    .guard = "invoice_id IS NULL",
};

static const struct row_field true_up_period_fields[] = {
    ROW_FIELD(struct true_up_period_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct true_up_period_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct true_up_period_row, price_id, "price_id"),
    ROW_FIELD(struct true_up_period_row, start_on, "start_on"),
    ROW_FIELD(struct true_up_period_row, kind, "kind"),
    ROW_FIELD(struct true_up_period_row, end_on, "end_on"),
    ROW_FIELD(struct true_up_period_row, start_at_us, "start_at_us"),
    ROW_FIELD(struct true_up_period_row, end_at_us, "end_at_us"),
    ROW_FIELD(struct true_up_period_row, full_start_on, "full_start_on"),
    ROW_FIELD(struct true_up_period_row, full_end_on, "full_end_on"),
    ROW_FIELD(struct true_up_period_row, due_on, "due_on"),
    ROW_FIELD(struct true_up_period_row, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct true_up_period_row, quantity, "quantity"),
    ROW_FIELD(struct true_up_period_row, payer_id, "payer_id"),
    ROW_FIELD(struct true_up_period_row, invoice_id, "invoice_id"),
};

const struct bulk_table TRUE_UP_PERIOD_ADD = {
    .name = "true_up_period_add",
    .kind = BULK_INSERT,
    .table = "billing_period",
    .fields = true_up_period_fields,
    .field_count = ARRAY_LEN(true_up_period_fields),
    .key_count = 5,
    .row_size = sizeof(struct true_up_period_row),
};

static const struct row_field rated_fields[] = {
    ROW_FIELD(struct usage_rated_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct usage_rated_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct usage_rated_row, meter_id, "meter_id"),
    ROW_FIELD(struct usage_rated_row, through_us, "through_us"),
};

/* It never goes back: a second price of the meter may catch up on months that are rated. */
const struct bulk_table USAGE_RATED = {
    .name = "usage_rated",
    .kind = BULK_UPSERT,
    .table = "usage_rated",
    .fields = rated_fields,
    .field_count = ARRAY_LEN(rated_fields),
    .key_count = 3,
    .row_size = sizeof(struct usage_rated_row),
    .guard = "excluded.through_us > usage_rated.through_us",
};

static const struct row_field billed_fields[] = {
    ROW_FIELD(struct usage_billed_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct usage_billed_row, day, "day"),
    ROW_FIELD(struct usage_billed_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct usage_billed_row, meter_id, "meter_id"),
    ROW_FIELD(struct usage_billed_row, at_us, "at_us"),
    ROW_FIELD(struct usage_billed_row, event_key, "event_key"),
    ROW_FIELD(struct usage_billed_row, late, "late"),
};

const struct bulk_table USAGE_BILLED = {
    .name = "usage_billed",
    .kind = BULK_UPDATE,
    .table = "usage_event",
    .fields = billed_fields,
    .field_count = ARRAY_LEN(billed_fields),
    .key_count = 6,
    .row_size = sizeof(struct usage_billed_row),
};
