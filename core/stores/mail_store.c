/* Documents to be mailed: see mail_store.h. */
#include "core/stores/mail_store.h"

#include "core/base/text.h"

struct mail_work {
    struct work_range range;
    int64_t unaddressed;
};
static const struct row_field work_fields[] = {
    ROW_FIELD(struct mail_work, range.tenant_id, "tenant_id"),
    ROW_FIELD(struct mail_work, range.min_key, "min_key"),
    ROW_FIELD(struct mail_work, range.max_key, "max_key"),
    ROW_FIELD(struct mail_work, range.items, "items"),
    ROW_FIELD(struct mail_work, unaddressed, "unaddressed"),
};

bool mail_store_load_work(struct db *db, struct date since, struct date until, struct arena *arena,
                          struct work_ranges *ret_ranges, int64_t *ret_unaddressed,
                          struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_MAIL_RANGES,
                       DB_ARGS(db_text(date_text(since).text), db_text(date_text(until).text)),
                       arena, work_fields, ARRAY_LEN(work_fields), sizeof(struct mail_work), &items,
                       &count, err))
        return error_context(err, "looking for documents to mail");
    const struct mail_work *work = items;
    *ret_ranges = (struct work_ranges){ARENA_NEW_ARRAY(arena, struct work_range, count), 0};
    *ret_unaddressed = 0;
    for (size_t i = 0; i < count; i++) {
        *ret_unaddressed += work[i].unaddressed;
        if (work[i].range.items > 0)
            ret_ranges->items[ret_ranges->count++] = work[i].range;
    }
    return true;
}

static const struct row_field due_fields[] = {
    ROW_FIELD(struct mail_due, invoice_id, "invoice_id"),
    ROW_FIELD(struct mail_due, number, "number"),
    ROW_FIELD(struct mail_due, kind, "kind"),
    ROW_FIELD(struct mail_due, corrects, "corrects"),
    ROW_FIELD(struct mail_due, currency, "currency"),
    ROW_FIELD(struct mail_due, total_minor, "total_minor"),
    ROW_FIELD(struct mail_due, issued_on, "issued_on"),
    ROW_FIELD(struct mail_due, due_on, "due_on"),
    ROW_FIELD(struct mail_due, locale, "locale"),
    ROW_FIELD(struct mail_due, customer, "customer"),
    ROW_FIELD(struct mail_due, name, "name"),
    ROW_FIELD(struct mail_due, email, "email"),
    ROW_FIELD(struct mail_due, mailed, "mailed"),
};

static bool load_owed(struct db *db, int64_t tenant_id, struct mail_due *due, size_t count,
                      struct arena *arena, struct error *err)
{
    struct owed_invoice *owed = ARENA_NEW_ARRAY(arena, struct owed_invoice, count + 1);
    const char **numbers = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    size_t invoices = 0;
    for (size_t i = 0; i < count; i++)
        if (text_equal(due[i].kind, "invoice")) {
            due[i].owed = &owed[invoices];
            numbers[invoices++] = due[i].number;
        }
    return collect_store_load_owed(db, tenant_id, numbers, invoices, arena, owed, err);
}

bool mail_store_load_due(struct db *db, const struct mail_range *range, struct arena *arena,
                         struct mail_due **ret_due, size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_MAILS_DUE,
                       DB_ARGS(db_text(date_text(range->since).text),
                               db_text(date_text(range->until).text), db_i64(range->tenant_id),
                               db_i64(range->after_id), db_i64(range->hi_id),
                               db_i64((int64_t)range->limit)),
                       arena, due_fields, ARRAY_LEN(due_fields), sizeof(struct mail_due), &items,
                       ret_count, err))
        return error_context(err, "loading documents to mail");
    if (!load_owed(db, range->tenant_id, items, *ret_count, arena, err))
        return error_context(err, "loading what documents to mail owe");
    *ret_due = items;
    return true;
}

struct asked_document {
    int64_t tenant_id;
    const char *number;
    struct mail_document document;
};
static const struct row_field document_fields[] = {
    ROW_FIELD(struct asked_document, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_document, number, "number"),
    ROW_FIELD(struct asked_document, document.path, "path"),
    ROW_FIELD(struct asked_document, document.pdf_sha256, "pdf_sha256"),
    ROW_FIELD(struct asked_document, document.size_bytes, "size_bytes"),
};
static const struct bulk_table documents_to_mail = {.name = "documents_to_mail",
                                                    .kind = BULK_ASK,
                                                    .statement = STMT_MAIL_DOCUMENT,
                                                    .fields = document_fields,
                                                    .field_count = ARRAY_LEN(document_fields),
                                                    .key_count = 2,
                                                    .row_size = sizeof(struct asked_document)};

bool mail_store_load_documents(struct db *db, int64_t tenant_id, const char *const *numbers,
                               size_t count, struct arena *arena,
                               struct mail_document *ret_documents, struct error *err)
{
    struct asked_document *keys = ARENA_NEW_ARRAY(arena, struct asked_document, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct asked_document){.tenant_id = tenant_id, .number = numbers[i]};
        ret_documents[i] = (struct mail_document){0};
    }
    if (!bulk_find(db, &documents_to_mail, keys, count, arena, &found, err))
        return error_context(err, "loading the files of documents");
    const struct asked_document *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        ret_documents[found.places[i]] = rows[i].document;
    return true;
}
