/* The tables that `corrections` writes: see correction_store.h. */
#include "core/stores/correction_store.h"

#define TABLE(table_name, bulk, sql_table, field_list, keys, row)                                  \
    .name = (table_name), .kind = (bulk), .table = (sql_table), .fields = (field_list),            \
    .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)

static const struct row_field note_fields[] = {
    ROW_FIELD(struct note_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct note_row, draft_key, "draft_key"),
    ROW_FIELD(struct note_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct note_row, customer_id, "customer_id"),
    ROW_FIELD(struct note_row, currency, "currency"),
    ROW_FIELD(struct note_row, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct note_row, kind, "kind"),
    ROW_FIELD(struct note_row, corrects, "corrects"),
    ROW_FIELD(struct note_row, status, "status"),
    ROW_FIELD(struct note_row, taxed, "taxed"),
    ROW_FIELD(struct note_row, subtotal_minor, "subtotal_minor"),
    ROW_FIELD(struct note_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct note_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct note_row, total_minor, "total_minor"),
    ROW_FIELD(struct note_row, credit_applied_minor, "credit_applied_minor"),
    ROW_FIELD(struct note_row, amount_due_minor, "amount_due_minor"),
    ROW_FIELD(struct note_row, tax_point_on, "tax_point_on"),
};
const struct bulk_table NOTE_ADD = {
    TABLE("note_add", BULK_INSERT, "invoice", note_fields, 2, struct note_row)};

static const struct row_field note_line_fields[] = {
    ROW_FIELD(struct note_line_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct note_line_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct note_line_row, line, "line"),
    ROW_FIELD(struct note_line_row, kind, "kind"),
    ROW_FIELD(struct note_line_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct note_line_row, price_id, "price_id"),
    ROW_FIELD(struct note_line_row, price_valid_from, "price_valid_from"),
    ROW_FIELD(struct note_line_row, period_start_on, "period_start_on"),
    ROW_FIELD(struct note_line_row, period_end_on, "period_end_on"),
    ROW_FIELD(struct note_line_row, description, "description"),
    ROW_FIELD(struct note_line_row, quantity, "quantity"),
    ROW_FIELD(struct note_line_row, unit_amount, "unit_amount"),
    ROW_FIELD(struct note_line_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct note_line_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct note_line_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct note_line_row, tax_category, "tax_category"),
    ROW_FIELD(struct note_line_row, tax, "tax"),
    ROW_FIELD(struct note_line_row, event_count, "event_count"),
};
const struct bulk_table NOTE_LINE_ADD = {
    TABLE("note_line_add", BULK_INSERT, "invoice_line", note_line_fields, 3, struct note_line_row)};

static const struct row_field status_fields[] = {
    ROW_FIELD(struct status_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct status_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct status_row, expected, "status"),
    ROW_FIELD(struct status_row, status, "status"),
    ROW_FIELD(struct status_row, told, "told"),
};
const struct bulk_table INVOICE_STATUS = {
    TABLE("invoice_status", BULK_UPDATE, "invoice", status_fields, 3, struct status_row),
    .redo_when_missing = true};

static const struct row_field changed_fields[] = {
    ROW_FIELD(struct invoice_changed_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_changed_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_changed_row, expected, "changes"),
    ROW_FIELD(struct invoice_changed_row, changes, "changes"),
};
const struct bulk_table INVOICE_CHANGED = {
    TABLE("invoice_changed", BULK_UPDATE, "invoice", changed_fields, 3, struct invoice_changed_row),
    .redo_when_missing = true};

static const struct row_field taken_fields[] = {
    ROW_FIELD(struct correction_taken_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct correction_taken_row, correction, "correction"),
    ROW_FIELD(struct correction_taken_row, expected, "withdrawn"),
    ROW_FIELD(struct correction_taken_row, withdrawn, "withdrawn"),
};
const struct bulk_table CORRECTION_TAKEN = {TABLE("correction_taken", BULK_UPDATE, "correction",
                                                  taken_fields, 3, struct correction_taken_row),
                                            .redo_when_missing = true};

static const struct row_field done_fields[] = {
    ROW_FIELD(struct correction_done_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct correction_done_row, correction, "correction"),
    ROW_FIELD(struct correction_done_row, done_on, "done_on"),
    ROW_FIELD(struct correction_done_row, draft_key, "draft_key"),
    ROW_FIELD(struct correction_done_row, amount_minor, "amount_minor"),
};
const struct bulk_table CORRECTION_DONE = {TABLE("correction_done", BULK_INSERT, "correction_done",
                                                 done_fields, 2, struct correction_done_row)};
