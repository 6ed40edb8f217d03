/* Documents and what is told of them: see webhook_store.h. */
#include "core/stores/webhook_store.h"

#include "core/base/text.h"

static const struct row_field range_fields[] = {
    ROW_FIELD(struct work_range, tenant_id, "tenant_id"),
    ROW_FIELD(struct work_range, min_key, "min_key"),
    ROW_FIELD(struct work_range, max_key, "max_key"),
    ROW_FIELD(struct work_range, items, "items"),
};

bool webhook_store_load_work(struct db *db, struct date since, struct date until,
                             struct arena *arena, struct work_ranges *ret_ranges, struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_WEBHOOK_RANGES,
                       DB_ARGS(db_text(date_text(since).text), db_text(date_text(until).text)),
                       arena, range_fields, ARRAY_LEN(range_fields), sizeof(struct work_range),
                       &items, &count, err))
        return error_context(err, "looking for documents to tell of");
    *ret_ranges = (struct work_ranges){items, count};
    return true;
}

static const struct row_field document_fields[] = {
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

bool webhook_store_load(struct db *db, const struct webhook_range *range, struct arena *arena,
                        struct webhook_document **ret_documents, size_t *ret_count,
                        struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_WEBHOOK_DOCUMENTS,
                       DB_ARGS(db_text(date_text(range->since).text),
                               db_text(date_text(range->until).text), db_i64(range->tenant_id),
                               db_i64(range->after_id), db_i64(range->hi_id),
                               db_i64((int64_t)range->limit)),
                       arena, document_fields, ARRAY_LEN(document_fields),
                       sizeof(struct webhook_document), &items, ret_count, err))
        return error_context(err, "loading documents to tell of");
    *ret_documents = items;
    return true;
}

bool webhook_store_load_owed(struct db *db, int64_t tenant_id,
                             struct webhook_document *const *documents, size_t count,
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
    if (!collect_store_load_owed(db, tenant_id, numbers, invoices, arena, owed, err))
        return error_context(err, "loading what documents to tell of owe");
    return true;
}

struct effect_key {
    int64_t tenant_id;
    const char *effect_key, *state;
};
static const struct row_field key_fields[] = {
    ROW_FIELD(struct effect_key, tenant_id, "tenant_id"),
    ROW_FIELD(struct effect_key, effect_key, "effect_key"),
    ROW_FIELD(struct effect_key, state, "state"),
};
static const struct bulk_table effect_keys = {.name = "effect_keys",
                                              .kind = BULK_INSERT,
                                              .table = "effect",
                                              .fields = key_fields,
                                              .field_count = ARRAY_LEN(key_fields),
                                              .key_count = 2,
                                              .row_size = sizeof(struct effect_key)};

bool webhook_store_find(struct db *db, int64_t tenant_id, const char *const *keys, size_t count,
                        struct arena *arena, bool *ret_found, struct error *err)
{
    struct effect_key *asked = ARENA_NEW_ARRAY(arena, struct effect_key, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        asked[i] = (struct effect_key){.tenant_id = tenant_id, .effect_key = keys[i]};
        ret_found[i] = false;
    }
    if (!bulk_find(db, &effect_keys, asked, count, arena, &found, err))
        return error_context(err, "looking for what was told");
    for (size_t i = 0; i < found.count; i++)
        ret_found[found.places[i]] = true;
    return true;
}
