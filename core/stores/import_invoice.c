/* Invoices and credit notes, when a database moves: the document with its frozen parties, lines and
 * taxes. */
#include "core/base/text.h"
#include "core/stores/import_put.h"

#define NEVER_CHANGES "what jobs have made never changes by an import: use an empty database"

/* Ids come from the counter that the engine gives to jobs: "entity". */
static const struct put_rules open_rules = {.table = &invoice_rows,
                                            .id_offset = offsetof(struct invoice_row, invoice_id),
                                            .id_counter = "entity",
                                            .fixed_hint = NEVER_CHANGES};
/* Without what finalizing gives: those columns stay null. */
static const struct put_rules draft_rules = {.table = &invoice_draft_rows,
                                             .stored = &invoice_rows,
                                             .id_offset = offsetof(struct invoice_row, invoice_id),
                                             .id_counter = "entity",
                                             .fixed_hint = NEVER_CHANGES};

/* Its key is a digest of the others. */
static const struct put_rules party_rules = {
    .table = &party_rows, .id_offset = SIZE_MAX, .fixed_hint = NEVER_CHANGES};

static bool is_numbered(const struct invoice_record *record)
{
    return record->number != NULL;
}

static bool put_party(struct import_session *session, int64_t tenant_id,
                      const struct party_record *party, struct error *err)
{
    enum import_outcome ignored;
    struct party_row row = {tenant_id, *party};
    return party->name == NULL || put_row(session, &party_rules, &row, &ignored, err);
}

/* By whose terms it was charged, where they were not those of its price. */
static bool refer_terms(struct import_session *session, const char *tenant,
                        struct invoice_line_row *line, struct error *err)
{
    struct invoice_line_record *record = &line->record;
    line->rated_price_id = DB_I64_NONE;
    if (record->rated_price != NULL)
        return put_refer(session, RECORD_PRICE, line->tenant_id, tenant, record->rated_price,
                         &line->rated_price_id, err);
    if (record->customer_price_valid_from == NULL)
        return true;
    record->rated_price_valid_from = record->customer_price_valid_from;
    return put_refer_customer_price(session, line->tenant_id, line->subscription_id,
                                    record->subscription, record->price, &line->rated_price_id,
                                    err);
}

/* The lines, in the session's scratch, but for their invoice. */
static bool make_lines(struct import_session *session, const struct invoice_row *invoice,
                       struct invoice_line_row **ret_lines, struct error *err)
{
    const struct invoice_record *record = &invoice->record;
    struct invoice_line_row *lines =
        ARENA_NEW_ARRAY(session->scratch, struct invoice_line_row, record->lines.count);
    for (size_t i = 0; i < record->lines.count; i++) {
        struct invoice_line_row *line = &lines[i];
        line->tenant_id = invoice->tenant_id;
        line->record = record->lines.items[i];
        const struct put_subject subject = {line->record.subscription, line->record.price,
                                            line->record.contract, line->record.phase};
        if (!put_refer_subject(session, line->tenant_id, record->tenant, &subject,
                               &line->subscription_id, &line->price_id, &line->phase_id, err) ||
            !refer_terms(session, record->tenant, line, err))
            return false;
    }
    *ret_lines = lines;
    return true;
}

/* Parts are compared too where they are there already: BULK_INSERT refuses other content. */
static void put_parts(struct import_session *session, const struct invoice_row *invoice,
                      struct invoice_line_row *lines)
{
    const struct invoice_record *record = &invoice->record;
    for (size_t i = 0; i < record->lines.count; i++) {
        lines[i].invoice_id = invoice->invoice_id;
        put_part(session, &invoice_line_rows, &lines[i]);
    }
    for (size_t i = 0; i < record->taxes.count; i++) {
        struct invoice_tax_row row = {invoice->tenant_id, invoice->invoice_id,
                                      record->taxes.items[i]};
        put_part(session, &invoice_tax_rows, &row);
    }
    for (size_t i = 0; i < record->written_off.count; i++) {
        struct document_off_row row = {invoice->tenant_id, invoice->invoice_id,
                                       record->written_off.items[i]};
        put_part(session, &document_off_rows, &row);
    }
    if (record->document.path != NULL)
        put_part(session, &invoice_document_rows, invoice);
}

bool expect_invoice(struct import_session *session, enum record_kind kind,
                    const struct invoice_record *record, int64_t tenant_id, struct error *err)
{
    struct invoice_row row = {.tenant_id = tenant_id, .record = *record};
    row.record.kind = record_kind_name(kind);
    struct party_row seller = {tenant_id, record->seller}, buyer = {tenant_id, record->buyer};
    put_expect(session, &open_rules, &row);
    if (record->seller.name != NULL)
        put_expect(session, &party_rules, &seller);
    if (record->buyer.name != NULL)
        put_expect(session, &party_rules, &buyer);
    for (size_t i = 0; i < record->lines.count; i++) {
        const struct invoice_line_record *line = &record->lines.items[i];
        if (line->contract != NULL && line->phase != NULL &&
            !put_expect_phase(session, tenant_id, record->tenant, line->contract, line->phase, err))
            return false;
    }
    return true;
}

bool put_invoice(struct import_session *session, enum record_kind kind,
                 const struct invoice_record *record, int64_t tenant_id,
                 enum import_outcome *ret_outcome, struct error *err)
{
    struct invoice_row row = {.tenant_id = tenant_id, .record = *record};
    struct invoice_line_row *lines;
    row.record.kind = record_kind_name(kind);
    if (!put_refer(session, RECORD_CUSTOMER, tenant_id, record->tenant, record->customer,
                   &row.customer_id, err) ||
        !make_lines(session, &row, &lines, err) ||
        !put_party(session, tenant_id, &record->seller, err) ||
        !put_party(session, tenant_id, &record->buyer, err) ||
        !put_row(session, is_numbered(record) ? &open_rules : &draft_rules, &row, ret_outcome, err))
        return false;
    import_lookup_add(session->lookup, RECORD_INVOICE, tenant_id, record->draft_key,
                      row.invoice_id);
    put_parts(session, &row, lines);
    return true;
}
