#include "core/stores/import_rated.h"

#define ROWS_FIRST 4 /* of the first reading; each further one reads twice as many */

void usage_rated_forget(struct usage_rated *rated)
{
    *rated = (struct usage_rated){0};
}

static int compare(int64_t subscription_a, int64_t meter_a, int64_t subscription_b, int64_t meter_b)
{
    if (subscription_a != subscription_b)
        return subscription_a < subscription_b ? -1 : 1;
    return meter_a < meter_b ? -1 : meter_a > meter_b;
}

static bool covers(const struct usage_rated *rated, const struct usage_row *row)
{
    if (rated->tenant_id != row->tenant_id ||
        compare(row->subscription_id, row->meter_id, rated->from_subscription, rated->from_meter) <
            0)
        return false;
    if (rated->to_end)
        return true;
    const struct usage_rated_row_read *last = &rated->rows[rated->count - 1];
    return compare(row->subscription_id, row->meter_id, last->subscription_id, last->meter_id) <= 0;
}

/* From the row's own place on, so that whatever is read covers it. */
static bool load(struct usage_rated *rated, struct db *db, const struct usage_row *row,
                 struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row = true;
    size_t wanted = rated->wanted == 0 ? ROWS_FIRST : 2 * rated->wanted;
    if (wanted > USAGE_RATED_ROWS)
        wanted = USAGE_RATED_ROWS;
    *rated = (struct usage_rated){
        .from_subscription = row->subscription_id, .from_meter = row->meter_id, .wanted = wanted};
    if (!db_query(db, STMT_IMPORT_USAGE_RATED_FROM,
                  DB_ARGS(db_i64(row->tenant_id), db_i64(row->subscription_id),
                          db_i64(row->meter_id), db_i64((int64_t)wanted)),
                  &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        if (!has_row) {
            rated->tenant_id = row->tenant_id;
            rated->to_end = rated->count < wanted;
            assert(covers(rated, row));
            return true;
        }
        assert(rated->count < wanted);
        rated->rows[rated->count++] = (struct usage_rated_row_read){
            db_rows_i64(rows, 0), db_rows_i64(rows, 1), db_rows_i64(rows, 2)};
    }
    return false;
}

bool usage_rated_find(struct usage_rated *rated, struct db *db, const struct usage_row *row,
                      int64_t *ret_through_us, struct error *err)
{
    if (!covers(rated, row) && !load(rated, db, row, err))
        return false;
    size_t from = 0, to = rated->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare(rated->rows[middle].subscription_id, rated->rows[middle].meter_id,
                    row->subscription_id, row->meter_id) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    if (from < rated->count && rated->rows[from].subscription_id == row->subscription_id &&
        rated->rows[from].meter_id == row->meter_id)
        *ret_through_us = rated->rows[from].through_us;
    return true;
}
