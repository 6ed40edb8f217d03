/* Documents to be mailed: see mail_store.h. */
#include "core/stores/mail_store.h"

#include "core/base/text.h"

static const struct row_field range_fields[] = {
    ROW_FIELD(struct work_range, tenant_id, "tenant_id"),
    ROW_FIELD(struct work_range, min_key, "min_key"),
    ROW_FIELD(struct work_range, max_key, "max_key"),
    ROW_FIELD(struct work_range, items, "items"),
};

bool mail_store_load_work(struct db *db, struct date since, struct date until, struct arena *arena,
                          struct work_ranges *ret_ranges, int64_t *ret_unaddressed,
                          struct error *err)
{
    const struct date_text from = date_text(since);
    const struct date_text to = date_text(until);
    const struct db_value days[] = {db_text(from.text), db_text(to.text)};
    void *items = NULL;
    size_t count = 0;
    bool found = false;
    if (!rows_load_all(db, STMT_MAIL_RANGES, days, ARRAY_LEN(days), arena, range_fields,
                       ARRAY_LEN(range_fields), sizeof(struct work_range), &items, &count, err) ||
        !db_query_i64(db, STMT_MAILS_UNADDRESSED, days, ARRAY_LEN(days), ret_unaddressed, &found,
                      err))
        return error_context(err, "looking for documents to mail");
    *ret_ranges = (struct work_ranges){items, count};
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

struct asked_losses {
    int64_t tenant_id;
    const char *effect_key;
    int64_t losses;
};
static const struct row_field losses_fields[] = {
    ROW_FIELD(struct asked_losses, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_losses, effect_key, "effect_key"),
    ROW_FIELD(struct asked_losses, losses, "losses"),
};
static const struct bulk_table losses_of_mails = {.name = "losses_of_mails",
                                                  .kind = BULK_ASK,
                                                  .statement = STMT_MAIL_LOSSES,
                                                  .fields = losses_fields,
                                                  .field_count = ARRAY_LEN(losses_fields),
                                                  .key_count = 2,
                                                  .row_size = sizeof(struct asked_losses)};

bool mail_store_load_losses(struct db *db, int64_t tenant_id, const char *const *keys, size_t count,
                            struct arena *arena, int64_t *ret_losses, struct error *err)
{
    struct asked_losses *asked = ARENA_NEW_ARRAY(arena, struct asked_losses, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        asked[i] = (struct asked_losses){.tenant_id = tenant_id, .effect_key = keys[i]};
        ret_losses[i] = 0;
    }
    if (!bulk_find(db, &losses_of_mails, asked, count, arena, &found, err))
        return error_context(err, "counting what was lost of mails");
    const struct asked_losses *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        ret_losses[found.places[i]] = rows[i].losses;
    return true;
}
