/* Reading for `preview`: see preview_store.h. */
#include "core/stores/preview_store.h"

struct key_row {
    const char *draft_key;
};

static const struct row_field payer_fields[] = {
    ROW_FIELD(struct preview_payer, tenant_id, "tenant_id"),
    ROW_FIELD(struct preview_payer, payer_id, "payer_id"),
    ROW_FIELD(struct preview_payer, payer, "payer"),
    ROW_FIELD(struct preview_payer, name, "name"),
};

static const struct row_field key_fields[] = {
    ROW_FIELD(struct key_row, draft_key, "draft_key"),
};

bool preview_store_find_payer(struct db *db, int64_t tenant_id, const char *subscription,
                              struct arena *arena, struct preview_payer *ret_payer, bool *ret_found,
                              struct error *err)
{
    return rows_load_one(db, STMT_PREVIEW_PAYER, DB_ARGS(db_i64(tenant_id), db_text(subscription)),
                         arena, payer_fields, ARRAY_LEN(payer_fields), ret_payer, ret_found, err);
}

bool preview_store_name_subscriptions(struct db *db, int64_t tenant_id, const char *customer,
                                      struct arena *arena, const char **ret_names,
                                      struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    const char *names = "";
    bool more = true;
    if (!db_query(db, STMT_PREVIEW_OF_CUSTOMER, DB_ARGS(db_i64(tenant_id), db_text(customer)),
                  &rows, err))
        return false;
    while (db_rows_next(rows, &more, err) && more)
        names =
            arena_printf(arena, "%s%s%s", names, *names == '\0' ? "" : ", ", db_rows_text(rows, 0));
    *ret_names = names;
    return !more;
}

bool preview_store_load_drafts(struct db *db, const struct preview_payer *payer, struct date until,
                               struct arena *arena, struct stored_invoice **ret_drafts,
                               size_t *ret_count, struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_DRAFTS_OF_PAYER,
                       DB_ARGS(db_i64(payer->tenant_id), db_i64(payer->payer_id),
                               db_text(date_text(until).text)),
                       arena, key_fields, ARRAY_LEN(key_fields), sizeof(struct key_row), &items,
                       &count, err))
        return error_context(err, "looking for drafts of %s", payer->payer);
    const struct key_row *keys = items;
    struct stored_invoice *drafts = ARENA_NEW_ARRAY(arena, struct stored_invoice, count + 1);
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        if (!draft_store_find(db, payer->tenant_id, keys[i].draft_key, arena, &drafts[i], &found,
                              err))
            return false;
        if (!found)
            return error_run(err, EXIT_INTERNAL, "draft %s is gone", keys[i].draft_key);
    }
    *ret_drafts = drafts;
    *ret_count = count;
    return true;
}
