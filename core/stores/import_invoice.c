/* Invoices, when a database moves: the document with its frozen parties, lines and taxes. */
#include "core/base/text.h"
#include "core/stores/import_put.h"

#define NEVER_CHANGES "what jobs have made never changes by an import: use an empty database"

/* Ids come from the counter that the engine gives to jobs: "entity". */
static const struct put_rules open_rules = {.table = &invoice_rows,
                                            .by_key = STMT_IMPORT_INVOICE_BY_KEY,
                                            .id_offset = offsetof(struct invoice_row, invoice_id),
                                            .id_counter = "entity",
                                            .fixed_hint = NEVER_CHANGES};
/* Without what finalizing gives: those columns stay null. */
static const struct put_rules draft_rules = {.table = &invoice_draft_rows,
                                             .by_key = STMT_IMPORT_INVOICE_BY_KEY,
                                             .id_offset = offsetof(struct invoice_row, invoice_id),
                                             .id_counter = "entity",
                                             .fixed_hint = NEVER_CHANGES};

static bool is_numbered(const struct invoice_record *record)
{
    return record->number != NULL;
}

static bool put_party(struct import_session *session, int64_t tenant_id,
                      const struct party_record *party, struct error *err)
{
    struct party_row row = {tenant_id, *party};
    return party->name == NULL || put_part(session, &party_rows, &row, err);
}

static bool put_lines(struct import_session *session, const struct invoice_row *invoice,
                      struct error *err)
{
    const struct invoice_record *record = &invoice->record;
    for (size_t i = 0; i < record->lines.count; i++) {
        struct invoice_line_row row = {.tenant_id = invoice->tenant_id,
                                       .invoice_id = invoice->invoice_id,
                                       .record = record->lines.items[i]};
        if (!import_lookup_id(session->lookup, RECORD_SUBSCRIPTION, row.tenant_id, record->tenant,
                              row.record.subscription, &row.subscription_id, err) ||
            !import_lookup_id(session->lookup, RECORD_PRICE, row.tenant_id, record->tenant,
                              row.record.price, &row.price_id, err) ||
            !put_part(session, &invoice_line_rows, &row, err))
            return false;
    }
    return true;
}

static bool put_taxes(struct import_session *session, const struct invoice_row *invoice,
                      struct error *err)
{
    for (size_t i = 0; i < invoice->record.taxes.count; i++) {
        struct invoice_tax_row row = {invoice->tenant_id, invoice->invoice_id,
                                      invoice->record.taxes.items[i]};
        if (!put_part(session, &invoice_tax_rows, &row, err))
            return false;
    }
    return true;
}

bool put_invoice(struct import_session *session, const struct invoice_record *record,
                 int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct invoice_row row = {.tenant_id = tenant_id, .record = *record};
    if (!import_lookup_id(session->lookup, RECORD_CUSTOMER, tenant_id, record->tenant,
                          record->customer, &row.customer_id, err) ||
        !put_party(session, tenant_id, &record->seller, err) ||
        !put_party(session, tenant_id, &record->buyer, err) ||
        !put_row(session, is_numbered(record) ? &open_rules : &draft_rules, &row, ret_outcome, err))
        return false;
    /* Parts are compared too where they are there already: BULK_INSERT refuses other content. */
    return put_lines(session, &row, err) && put_taxes(session, &row, err) &&
           (record->document.path == NULL || put_part(session, &invoice_document_rows, &row, err));
}
