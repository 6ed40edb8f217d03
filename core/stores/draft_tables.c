/* The tables that tax, finalizing and printing write: see draft_store.h. Finalizing may only touch
 * a draft (guard), so nothing finalized is ever written again. A draft that is not there any more
 * was taken back with late usage (reopen_store.h): the chunk is computed again. */
#include "core/stores/draft_store.h"

#define TABLE(table_name, bulk, sql_table, field_list, keys, row)                                  \
    .name = (table_name), .kind = (bulk), .table = (sql_table), .fields = (field_list),            \
    .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)

static const struct row_field draft_taxed_fields[] = {
    ROW_FIELD(struct draft_taxed_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct draft_taxed_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct draft_taxed_row, kind, "kind"),
    ROW_FIELD(struct draft_taxed_row, taxed, "taxed"),
    ROW_FIELD(struct draft_taxed_row, subtotal_minor, "subtotal_minor"),
    ROW_FIELD(struct draft_taxed_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct draft_taxed_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct draft_taxed_row, total_minor, "total_minor"),
    ROW_FIELD(struct draft_taxed_row, amount_due_minor, "amount_due_minor"),
};
const struct bulk_table DRAFT_TAXED = {
    TABLE("draft_taxed", BULK_UPDATE, "invoice", draft_taxed_fields, 2, struct draft_taxed_row),
    .guard = "status = 'draft' AND taxed = 0", .redo_when_missing = true};

static const struct row_field draft_apart_fields[] = {
    ROW_FIELD(struct draft_apart_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct draft_apart_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct draft_apart_row, corrects, "corrects"),
};
const struct bulk_table DRAFT_APART = {
    TABLE("draft_apart", BULK_UPDATE, "invoice", draft_apart_fields, 2, struct draft_apart_row),
    .guard = "status = 'draft'", .redo_when_missing = true};

static const struct row_field line_taxed_fields[] = {
    ROW_FIELD(struct line_taxed_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct line_taxed_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct line_taxed_row, line, "line"),
    ROW_FIELD(struct line_taxed_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct line_taxed_row, tax, "tax"),
};
const struct bulk_table LINE_TAXED = {
    TABLE("line_taxed", BULK_UPDATE, "invoice_line", line_taxed_fields, 3, struct line_taxed_row),
    .redo_when_missing = true};

static const struct row_field invoice_tax_fields[] = {
    ROW_FIELD(struct invoice_tax_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_tax_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_tax_row, tax, "tax"),
    ROW_FIELD(struct invoice_tax_row, name, "name"),
    ROW_FIELD(struct invoice_tax_row, category, "category"),
    ROW_FIELD(struct invoice_tax_row, rate_percent, "rate_percent"),
    ROW_FIELD(struct invoice_tax_row, inclusive, "inclusive"),
    ROW_FIELD(struct invoice_tax_row, base_minor, "base_minor"),
    ROW_FIELD(struct invoice_tax_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct invoice_tax_row, note, "note"),
    ROW_FIELD(struct invoice_tax_row, beside_tax, "beside_tax"),
};
const struct bulk_table INVOICE_TAX_ADD = {TABLE("invoice_tax_add", BULK_INSERT, "invoice_tax",
                                                 invoice_tax_fields, 3, struct invoice_tax_row)};

static const struct row_field invoice_final_fields[] = {
    ROW_FIELD(struct invoice_final_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_final_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_final_row, status, "status"),
    ROW_FIELD(struct invoice_final_row, series, "series"),
    ROW_FIELD(struct invoice_final_row, fiscal_year, "fiscal_year"),
    ROW_FIELD(struct invoice_final_row, number_in_series, "number_in_series"),
    ROW_FIELD(struct invoice_final_row, number, "number"),
    ROW_FIELD(struct invoice_final_row, issued_on, "issued_on"),
    ROW_FIELD(struct invoice_final_row, due_on, "due_on"),
    ROW_FIELD(struct invoice_final_row, payment_terms_days, "payment_terms_days"),
    ROW_FIELD(struct invoice_final_row, locale, "locale"),
    ROW_FIELD(struct invoice_final_row, seller_digest, "seller_digest"),
    ROW_FIELD(struct invoice_final_row, buyer_digest, "buyer_digest"),
    ROW_FIELD(struct invoice_final_row, hash, "hash"),
    ROW_FIELD(struct invoice_final_row, previous_hash, "previous_hash"),
};
const struct bulk_table INVOICE_FINAL = {TABLE("invoice_final", BULK_UPDATE, "invoice",
                                               invoice_final_fields, 2, struct invoice_final_row),
                                         .guard = "status = 'draft' AND taxed = 1",
                                         .redo_when_missing = true};

static const struct row_field invoice_turned_fields[] = {
    ROW_FIELD(struct invoice_turned_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_turned_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_turned_row, subtotal_minor, "subtotal_minor"),
    ROW_FIELD(struct invoice_turned_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct invoice_turned_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct invoice_turned_row, total_minor, "total_minor"),
    ROW_FIELD(struct invoice_turned_row, credit_applied_minor, "credit_applied_minor"),
    ROW_FIELD(struct invoice_turned_row, amount_due_minor, "amount_due_minor"),
};
const struct bulk_table INVOICE_TURNED = {
    TABLE("invoice_turned", BULK_UPDATE, "invoice", invoice_turned_fields, 2,
          struct invoice_turned_row),
    .guard = "status = 'draft' AND taxed = 1", .redo_when_missing = true};

static const struct row_field line_turned_fields[] = {
    ROW_FIELD(struct line_turned_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct line_turned_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct line_turned_row, line, "line"),
    ROW_FIELD(struct line_turned_row, quantity, "quantity"),
    ROW_FIELD(struct line_turned_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct line_turned_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct line_turned_row, tax_minor, "tax_minor"),
};
const struct bulk_table LINE_TURNED = {TABLE("line_turned", BULK_UPDATE, "invoice_line",
                                             line_turned_fields, 3, struct line_turned_row),
                                       .redo_when_missing = true};

static const struct row_field tax_turned_fields[] = {
    ROW_FIELD(struct tax_turned_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct tax_turned_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct tax_turned_row, tax, "tax"),
    ROW_FIELD(struct tax_turned_row, base_minor, "base_minor"),
    ROW_FIELD(struct tax_turned_row, tax_minor, "tax_minor"),
};
const struct bulk_table TAX_TURNED = {
    TABLE("tax_turned", BULK_UPDATE, "invoice_tax", tax_turned_fields, 3, struct tax_turned_row),
    .redo_when_missing = true};

static const struct row_field invoice_closed_fields[] = {
    ROW_FIELD(struct invoice_closed_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_closed_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_closed_row, status, "status"),
};
const struct bulk_table INVOICE_CLOSED = {
    TABLE("invoice_closed", BULK_UPDATE, "invoice", invoice_closed_fields, 2,
          struct invoice_closed_row),
    .guard = "status = 'draft' AND taxed = 1", .redo_when_missing = true};

static const struct row_field party_fields[] = {
    ROW_FIELD(struct party_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct party_row, digest, "digest"),
    ROW_FIELD(struct party_row, party.name, "name"),
    ROW_FIELD(struct party_row, party.email, "email"),
    ROW_FIELD(struct party_row, party.line1, "line1"),
    ROW_FIELD(struct party_row, party.line2, "line2"),
    ROW_FIELD(struct party_row, party.city, "city"),
    ROW_FIELD(struct party_row, party.postal_code, "postal_code"),
    ROW_FIELD(struct party_row, party.region, "region"),
    ROW_FIELD(struct party_row, party.country, "country"),
    ROW_FIELD(struct party_row, party.tax_id, "tax_id"),
};
const struct bulk_table PARTY_ADD = {
    TABLE("party_add", BULK_INSERT, "party", party_fields, 2, struct party_row),
    .key_says_all = true};

static const struct row_field series_start_fields[] = {
    ROW_FIELD(struct series_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct series_row, series, "series"),
    ROW_FIELD(struct series_row, fiscal_year, "fiscal_year"),
    ROW_FIELD(struct series_row, last_number, "last_number"),
    ROW_FIELD(struct series_row, last_issued_on, "last_issued_on"),
    ROW_FIELD(struct series_row, last_hash, "last_hash"),
};
static const char *const series_moves_on[] = {"last_number", "last_issued_on", "last_hash", NULL};
const struct bulk_table SERIES_START = {
    TABLE("series_start", BULK_INSERT, "number_series", series_start_fields, 3, struct series_row),
    .ignore_on_compare = series_moves_on};

static const struct row_field series_advance_fields[] = {
    ROW_FIELD(struct series_advance_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct series_advance_row, series, "series"),
    ROW_FIELD(struct series_advance_row, fiscal_year, "fiscal_year"),
    ROW_FIELD(struct series_advance_row, expected_number, "last_number"),
    ROW_FIELD(struct series_advance_row, last_number, "last_number"),
    ROW_FIELD(struct series_advance_row, last_issued_on, "last_issued_on"),
    ROW_FIELD(struct series_advance_row, last_hash, "last_hash"),
};
const struct bulk_table SERIES_ADVANCE = {TABLE("series_advance", BULK_UPDATE, "number_series",
                                                series_advance_fields, 4,
                                                struct series_advance_row),
                                          .redo_when_missing = true};

static const struct row_field document_fields[] = {
    ROW_FIELD(struct document_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct document_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct document_row, layout_digest, "layout_digest"),
    ROW_FIELD(struct document_row, path, "path"),
    ROW_FIELD(struct document_row, pdf_sha256, "pdf_sha256"),
    ROW_FIELD(struct document_row, size_bytes, "size_bytes"),
};
const struct bulk_table DOCUMENT_ADD = {TABLE("document_add", BULK_INSERT, "invoice_document",
                                              document_fields, 2, struct document_row)};
