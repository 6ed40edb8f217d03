/* Documents and what is told of them: see webhook_store.h. */
#include "core/stores/webhook_store.h"

#include "core/base/text.h"

static const struct row_field work_fields[] = {
    ROW_FIELD(struct webhook_work, range.tenant_id, "tenant_id"),
    ROW_FIELD(struct webhook_work, tenant, "tenant"),
    ROW_FIELD(struct webhook_work, range.min_key, "min_key"),
    ROW_FIELD(struct webhook_work, range.max_key, "max_key"),
    ROW_FIELD(struct webhook_work, range.items, "items"),
};

bool webhook_store_load_work(struct db *db, const struct webhook_wanted *wanted,
                             struct arena *arena, struct webhook_work **ret_work, size_t *ret_count,
                             struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_WEBHOOK_RANGES,
                       DB_ARGS(db_text(wanted->kind), db_text(wanted->status),
                               db_text(date_text(wanted->since).text),
                               db_text(date_text(wanted->until).text), db_text(wanted->key_begins)),
                       arena, work_fields, ARRAY_LEN(work_fields), sizeof(struct webhook_work),
                       &items, ret_count, err))
        return error_context(err, "looking for documents to tell of");
    *ret_work = items;
    return true;
}

struct due_id {
    int64_t invoice_id;
};
static const struct row_field id_fields[] = {
    ROW_FIELD(struct due_id, invoice_id, "invoice_id"),
};

bool webhook_store_load_due(struct db *db, const struct webhook_wanted *wanted,
                            const struct webhook_range *range, struct arena *arena,
                            int64_t **ret_ids, size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(
            db, STMT_WEBHOOK_DUE,
            DB_ARGS(db_text(wanted->kind), db_text(wanted->status),
                    db_text(date_text(wanted->since).text), db_text(date_text(wanted->until).text),
                    db_text(wanted->key_begins), db_i64(range->tenant_id), db_i64(range->after_id),
                    db_i64(range->hi_id), db_i64((int64_t)range->limit)),
            arena, id_fields, ARRAY_LEN(id_fields), sizeof(struct due_id), &items, ret_count, err))
        return error_context(err, "loading documents to tell of");
    const struct due_id *rows = items;
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, *ret_count + 1);
    for (size_t i = 0; i < *ret_count; i++)
        ids[i] = rows[i].invoice_id;
    *ret_ids = ids;
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

static bool load_owed(struct db *db, struct webhook_document *documents, size_t count,
                      struct arena *arena, struct error *err)
{
    struct owed_invoice *owed = ARENA_NEW_ARRAY(arena, struct owed_invoice, count + 1);
    const char **numbers = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    size_t invoices = 0;
    for (size_t i = 0; i < count; i++)
        if (text_equal(documents[i].kind, "invoice")) {
            documents[i].owed = &owed[invoices];
            numbers[invoices++] = documents[i].number;
        }
    return invoices == 0 ||
           collect_store_load_owed(db, documents[0].tenant_id, numbers, invoices, arena, owed, err);
}

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
    return load_owed(db, documents, count, arena, err) ||
           error_context(err, "loading what documents to tell of owe");
}
