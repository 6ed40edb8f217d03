/* What was billed of periods before their end: see rating_store.h. */
#include <stdlib.h>

#include "core/stores/rating_store.h"

static const struct row_field progressive_fields[] = {
    ROW_FIELD(struct rating_progressive, subscription_id, "subscription_id"),
    ROW_FIELD(struct rating_progressive, price_id, "price_id"),
    ROW_FIELD(struct rating_progressive, start_on, "start_on"),
    ROW_FIELD(struct rating_progressive, made, "made"),
    ROW_FIELD(struct rating_progressive, waiting, "waiting"),
    ROW_FIELD(struct rating_progressive, first_payer_id, "first_payer_id"),
    ROW_FIELD(struct rating_progressive, last_payer_id, "last_payer_id"),
};

bool rating_store_load_progressive(struct db *db, int64_t tenant_id, struct date from,
                                   int64_t first_subscription_id, int64_t last_subscription_id,
                                   struct arena *arena,
                                   struct rating_progressives *ret_progressives, struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_RATING_PROGRESSIVE,
                       DB_ARGS(db_i64(tenant_id), db_text(date_text(from).text),
                               db_i64(first_subscription_id), db_i64(last_subscription_id)),
                       arena, progressive_fields, ARRAY_LEN(progressive_fields),
                       sizeof(struct rating_progressive), &items, &count, err))
        return error_context(err, "loading what was billed before its period ended");
    *ret_progressives = (struct rating_progressives){items, count};
    return true;
}

static int compare_progressive(const void *a, const void *b)
{
    const struct rating_progressive *left = a;
    const struct rating_progressive *right = b;
    if (left->subscription_id != right->subscription_id)
        return left->subscription_id < right->subscription_id ? -1 : 1;
    if (left->price_id != right->price_id)
        return left->price_id < right->price_id ? -1 : 1;
    return date_compare(left->start_on, right->start_on);
}

const struct rating_progressive *
rating_progressive_find(const struct rating_progressives *progressives, int64_t subscription_id,
                        int64_t price_id, struct date start_on)
{
    struct rating_progressive wanted = {
        .subscription_id = subscription_id, .price_id = price_id, .start_on = start_on};
    return progressives->count == 0 ? NULL
                                    : bsearch(&wanted, progressives->items, progressives->count,
                                              sizeof wanted, compare_progressive);
}
