/* Loading and moving limits: see credit_limit_store.h. */
#include "core/stores/credit_limit_store.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"

#define TABLE(table_name, bulk, sql_table, field_list, keys, row)                                  \
    .name = (table_name), .kind = (bulk), .table = (sql_table), .fields = (field_list),            \
    .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)

static const struct row_field holder_fields[] = {
    ROW_FIELD(struct stored_holder, tenant_id, "tenant_id"),
    ROW_FIELD(struct stored_holder, customer_id, "customer_id"),
    ROW_FIELD(struct stored_holder, kind, "kind"),
    ROW_FIELD(struct stored_holder, holder, "holder"),
    ROW_FIELD(struct stored_holder, credit_limit, "credit_limit"),
    ROW_FIELD(struct stored_holder, currency, "currency"),
};
static const struct bulk_table limited_holders = {
    TABLE("limited_holders", BULK_INSERT, "credit_holder", holder_fields, 4, struct stored_holder)};

static const struct row_field use_fields[] = {
    ROW_FIELD(struct stored_limit_use, tenant_id, "tenant_id"),
    ROW_FIELD(struct stored_limit_use, customer_id, "customer_id"),
    ROW_FIELD(struct stored_limit_use, kind, "kind"),
    ROW_FIELD(struct stored_limit_use, holder, "holder"),
    ROW_FIELD(struct stored_limit_use, month, "month"),
    ROW_FIELD(struct stored_limit_use, currency, "currency"),
    ROW_FIELD(struct stored_limit_use, limit_minor, "limit_minor"),
    ROW_FIELD(struct stored_limit_use, used_minor, "used_minor"),
};
static const struct bulk_table limit_uses = {
    TABLE("limit_uses", BULK_INSERT, "credit_limit_use", use_fields, 6, struct stored_limit_use)};

static const struct row_field owner_fields[] = {
    ROW_FIELD(struct subscription_owner, tenant_id, "tenant_id"),
    ROW_FIELD(struct subscription_owner, subscription_id, "subscription_id"),
    ROW_FIELD(struct subscription_owner, customer_id, "customer_id"),
};
static const struct bulk_table owners = {TABLE("owners_of_subscriptions", BULK_INSERT,
                                               "subscription", owner_fields, 2,
                                               struct subscription_owner)};

static const struct row_field move_fields[] = {
    ROW_FIELD(struct credit_limit_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_limit_row, customer_id, "customer_id"),
    ROW_FIELD(struct credit_limit_row, kind, "kind"),
    ROW_FIELD(struct credit_limit_row, holder, "holder"),
    ROW_FIELD(struct credit_limit_row, month, "month"),
    ROW_FIELD(struct credit_limit_row, currency, "currency"),
    ROW_FIELD(struct credit_limit_row, expected_minor, "used_minor"),
    ROW_FIELD(struct credit_limit_row, limit_minor, "limit_minor"),
    ROW_FIELD(struct credit_limit_row, used_minor, "used_minor"),
};
const struct bulk_table CREDIT_LIMIT_MOVE = {TABLE("credit_limit_move", BULK_UPDATE,
                                                   "credit_limit_use", move_fields, 7,
                                                   struct credit_limit_row),
                                             .redo_when_missing = true};

static const struct row_field start_fields[] = {
    ROW_FIELD(struct credit_limit_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_limit_row, customer_id, "customer_id"),
    ROW_FIELD(struct credit_limit_row, kind, "kind"),
    ROW_FIELD(struct credit_limit_row, holder, "holder"),
    ROW_FIELD(struct credit_limit_row, month, "month"),
    ROW_FIELD(struct credit_limit_row, currency, "currency"),
    ROW_FIELD(struct credit_limit_row, limit_minor, "limit_minor"),
    ROW_FIELD(struct credit_limit_row, used_minor, "used_minor"),
};
static const char *const start_ignored[] = {"limit_minor", "used_minor", NULL};
const struct bulk_table CREDIT_LIMIT_START = {TABLE("credit_limit_start", BULK_INSERT,
                                                    "credit_limit_use", start_fields, 6,
                                                    struct credit_limit_row),
                                              .ignore_on_compare = start_ignored};

static int compare_i64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_ids(const void *a, const void *b)
{
    return compare_i64(*(const int64_t *)a, *(const int64_t *)b);
}

int credit_holder_compare(const void *a, const void *b)
{
    const struct stored_holder *left = a, *right = b;
    int order = compare_i64(left->customer_id, right->customer_id);
    if (order == 0)
        order = strcmp(left->kind, right->kind);
    return order != 0 ? order : strcmp(left->holder, right->holder);
}

int credit_use_compare(const void *a, const void *b)
{
    const struct stored_limit_use *left = a, *right = b;
    int order = compare_i64(left->customer_id, right->customer_id);
    if (order == 0)
        order = strcmp(left->kind, right->kind);
    if (order == 0)
        order = strcmp(left->holder, right->holder);
    if (order == 0)
        order = strcmp(left->month, right->month);
    return order != 0 ? order : strcmp(left->currency.code, right->currency.code);
}

/* Each once, in order. */
static int64_t *sort_ids(const int64_t *ids, size_t count, struct arena *arena, size_t *ret_count)
{
    int64_t *sorted = ARENA_NEW_ARRAY(arena, int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        sorted[i] = ids[i];
    *ret_count = array_sort_once(sorted, count, sizeof *sorted, compare_ids);
    return sorted;
}

/* Those without a limit are as good as not there. */
static size_t keep_limited(struct stored_holder *holders, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!text_equal(holders[i].credit_limit, CREDIT_LIMIT_NONE))
            holders[kept++] = holders[i];
    return kept;
}

bool credit_limit_store_load_holders(struct db *db, struct stored_holder *keys, size_t count,
                                     struct arena *arena, struct stored_holder **ret_holders,
                                     size_t *ret_count, struct error *err)
{
    struct bulk_found found = {0};
    size_t kept = array_sort_once(keys, count, sizeof *keys, credit_holder_compare);
    if (kept > 0 && !bulk_find(db, &limited_holders, keys, kept, arena, &found, err))
        return error_context(err, "loading limits");
    *ret_holders = found.rows; /* in the order of the keys */
    *ret_count = keep_limited(found.rows, found.count);
    return true;
}

bool credit_limit_store_load_uses(struct db *db, struct stored_limit_use *keys, size_t count,
                                  struct arena *arena, struct stored_limit_use **ret_uses,
                                  size_t *ret_count, struct error *err)
{
    struct bulk_found found = {0};
    size_t kept = array_sort_once(keys, count, sizeof *keys, credit_use_compare);
    if (kept > 0 && !bulk_find(db, &limit_uses, keys, kept, arena, &found, err))
        return error_context(err, "loading what is used of limits");
    *ret_uses = found.rows; /* in the order of the keys */
    *ret_count = found.count;
    return true;
}

bool credit_limit_store_load_owners(struct db *db, int64_t tenant_id,
                                    const int64_t *subscription_ids, size_t count,
                                    struct arena *arena, struct subscription_owner **ret_owners,
                                    size_t *ret_count, struct error *err)
{
    struct bulk_found found = {0};
    size_t key_count = 0;
    const int64_t *ids = sort_ids(subscription_ids, count, arena, &key_count);
    struct subscription_owner *keys =
        ARENA_NEW_ARRAY(arena, struct subscription_owner, key_count + 1);
    for (size_t i = 0; i < key_count; i++)
        keys[i] = (struct subscription_owner){.tenant_id = tenant_id, .subscription_id = ids[i]};
    if (key_count > 0 && !bulk_find(db, &owners, keys, key_count, arena, &found, err))
        return error_context(err, "loading whose subscriptions they are");
    *ret_owners = found.rows; /* in the order of the keys */
    *ret_count = found.count;
    return true;
}
