/* Who is charged in several currencies: see mixed_currencies.h. */
#include "core/stores/mixed_currencies.h"

static const struct row_field mixed_fields[] = {
    ROW_FIELD(struct mixed_customer, tenant_id, "tenant_id"),
    ROW_FIELD(struct mixed_customer, plan_id, "plan_id"),
    ROW_FIELD(struct mixed_customer, customer, "customer"),
    ROW_FIELD(struct mixed_customer, plan, "plan"),
};

static bool name_currencies(struct db *db, struct arena *arena, struct mixed_customer *mixed,
                            struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    const char *names = "";
    bool more = true;
    if (!db_query(db, STMT_MIXED_CURRENCIES_OF_PLAN,
                  DB_ARGS(db_i64(mixed->tenant_id), db_i64(mixed->plan_id)), &rows, err))
        return false;
    while (db_rows_next(rows, &more, err) && more)
        names =
            arena_printf(arena, "%s%s%s", names, *names == '\0' ? "" : ", ", db_rows_text(rows, 0));
    mixed->currencies = names;
    return !more;
}

bool mixed_currencies_count(struct db *db, struct arena *arena, int64_t *ret_count,
                            struct mixed_customer *ret_first, struct error *err)
{
    struct mixed_customer first = {0};
    int64_t count = 0, ignored = 0;
    bool is_there = false;
    if (!db_query_i64(db, STMT_CATALOG_MIXED_ANY, DB_NO_ARGS, &ignored, &is_there, err) ||
        (is_there &&
         (!db_query_i64(db, STMT_CATALOG_MIXED_COUNT, DB_NO_ARGS, &count, &is_there, err) ||
          !rows_load_one(db, STMT_CATALOG_MIXED_FIRST, DB_NO_ARGS, arena, mixed_fields,
                         ARRAY_LEN(mixed_fields), &first, &is_there, err) ||
          (is_there && !name_currencies(db, arena, &first, err)))))
        return error_context(err, "looking for customers without a currency");
    *ret_count = count;
    *ret_first = first;
    return true;
}

bool mixed_currencies_load(struct db *db, const struct work_payer *payer, struct arena *arena,
                           struct mixed_customer **ret_customers, size_t *ret_count,
                           struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_MIXED_OF_PAYER,
                       DB_ARGS(db_i64(payer->tenant_id), db_i64(payer->payer_id)), arena,
                       mixed_fields, ARRAY_LEN(mixed_fields), sizeof(struct mixed_customer), &items,
                       &count, err))
        return error_context(err, "looking for customers without a currency");
    struct mixed_customer *customers = items;
    for (size_t i = 0; i < count; i++)
        if (!name_currencies(db, arena, &customers[i], err))
            return false;
    *ret_customers = customers;
    *ret_count = count;
    return true;
}
