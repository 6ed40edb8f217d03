/* Documents and what is told of them: see webhook_store.h. */
#include "core/stores/webhook_store.h"

#include "core/base/text.h"

bool webhook_store_load_work(struct db *db, int64_t settings, struct date until,
                             struct arena *arena, struct work_ranges *ret_ranges, struct error *err)
{
    return work_ranges_load(db, STMT_WORK_TO_TELL,
                            DB_ARGS(db_i64(settings), db_text(date_text(until).text)), arena,
                            ret_ranges, err) ||
           error_context(err, "looking for documents to tell of");
}

struct others {
    bool others;
};
static const struct row_field others_fields[] = {
    ROW_FIELD(struct others, others, "others"),
};
static const struct row_field id_fields[] = {
    ROW_FIELD(struct webhook_document, invoice_id, "invoice_id"),
};

bool webhook_store_load_due(struct db *db, const struct webhook_range *range, struct arena *arena,
                            struct webhook_document **ret_documents, size_t *ret_count,
                            struct error *err)
{
    struct others told = {0};
    bool found = false;
    void *items = NULL;
    if (!rows_load_one(db, STMT_TELL_OTHERS,
                       DB_ARGS(db_i64(range->tenant_id), db_i64(range->settings)), arena,
                       others_fields, ARRAY_LEN(others_fields), &told, &found, err))
        return error_context(err, "looking for documents told by other settings");
    struct date_text until = date_text(range->until);
    const struct db_value arguments[] = {db_i64(range->tenant_id),      db_text(until.text),
                                         db_i64(range->after_id),       db_i64(range->hi_id),
                                         db_i64((int64_t)range->limit), db_i64(range->settings)};
    size_t argument_count = ARRAY_LEN(arguments) - (told.others ? 0 : 1);
    if (!rows_load_all(db, told.others ? STMT_DOCUMENTS_TO_TELL_ANEW : STMT_DOCUMENTS_TO_TELL,
                       arguments, argument_count, arena, id_fields, ARRAY_LEN(id_fields),
                       sizeof(struct webhook_document), &items, ret_count, err))
        return error_context(err, "loading documents to tell of");
    *ret_documents = items;
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_documents)[i].tenant_id = range->tenant_id;
    return true;
}

/* ---------------------------------------------------------------- documents */

static const struct row_field document_fields[] = {
    ROW_FIELD(struct webhook_document, tenant_id, "tenant_id"),
    ROW_FIELD(struct webhook_document, invoice_id, "invoice_id"),
    ROW_FIELD(struct webhook_document, number, "number"),
    ROW_FIELD(struct webhook_document, kind, "kind"),
    ROW_FIELD(struct webhook_document, corrects, "corrects"),
    ROW_FIELD(struct webhook_document, status, "status"),
    ROW_FIELD(struct webhook_document, customer, "customer"),
    ROW_FIELD(struct webhook_document, currency, "currency"),
    ROW_FIELD(struct webhook_document, subtotal_minor, "subtotal_minor"),
    ROW_FIELD(struct webhook_document, tax_minor, "tax_minor"),
    ROW_FIELD(struct webhook_document, total_minor, "total_minor"),
    ROW_FIELD(struct webhook_document, amount_due_minor, "amount_due_minor"),
    ROW_FIELD(struct webhook_document, issued_on, "issued_on"),
    ROW_FIELD(struct webhook_document, due_on, "due_on"),
};
static const struct bulk_table documents_to_tell = {.name = "documents_to_tell",
                                                    .kind = BULK_ASK,
                                                    .statement = STMT_WEBHOOK_DOCUMENT,
                                                    .fields = document_fields,
                                                    .field_count = ARRAY_LEN(document_fields),
                                                    .key_count = 2,
                                                    .row_size = sizeof(struct webhook_document)};

bool webhook_store_load(struct db *db, struct webhook_document *documents, size_t count,
                        struct arena *arena, struct error *err)
{
    struct bulk_found found;
    if (count == 0)
        return true;
    if (!bulk_find(db, &documents_to_tell, documents, count, arena, &found, err))
        return error_context(err, "loading documents to tell of");
    const struct webhook_document *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        documents[found.places[i]] = rows[i];
    return true;
}

bool webhook_store_load_owed(struct db *db, struct webhook_document *const *documents, size_t count,
                             struct arena *arena, struct error *err)
{
    struct owed_invoice *owed = ARENA_NEW_ARRAY(arena, struct owed_invoice, count + 1);
    const char **numbers = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    size_t invoices = 0;
    for (size_t i = 0; i < count; i++)
        if (text_equal(documents[i]->kind, "invoice")) {
            documents[i]->owed = &owed[invoices];
            numbers[invoices++] = documents[i]->number;
        }
    return invoices == 0 ||
           collect_store_load_owed(db, documents[0]->tenant_id, numbers, invoices, arena, owed,
                                   err) ||
           error_context(err, "loading what documents to tell of owe");
}

static const struct row_field told_fields[] = {
    ROW_FIELD(struct invoice_told_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_told_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_told_row, status, "status"),
    ROW_FIELD(struct invoice_told_row, told, "told"),
};
const struct bulk_table INVOICE_TOLD = {.name = "invoice_told",
                                        .kind = BULK_UPDATE,
                                        .table = "invoice",
                                        .fields = told_fields,
                                        .field_count = ARRAY_LEN(told_fields),
                                        .key_count = 3,
                                        .row_size = sizeof(struct invoice_told_row),
                                        .may_miss = true};
