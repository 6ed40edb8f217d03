/* Adding up on the server: see usage_window.h. Windows of the same instants whose subscriptions lie
 * close to each other are one query; of what it finds for others in between nothing is taken. */
#include <stdlib.h>

#include "core/calendar/instant.h"
#include "core/stores/usage_window.h"

#define GAP_MAX 16            /* subscriptions between two that are added up with them */
#define WINDOWS_OF_A_QUERY 16 /* on the average: fewer are read faster one by one */

enum sum_column { SUBSCRIPTION, METER, SCALE, GREATEST, COUNT, NUMBERS, SUM = NUMBERS };
enum late_column {
    LATE_SUBSCRIPTION,
    LATE_METER,
    LATE_AT_US,
    LATE_COEFFICIENT,
    LATE_SCALE,
    LATE,
    LATE_NUMBERS,
    LATE_KEY = LATE_NUMBERS
};

struct adding {
    struct db *db;
    int64_t tenant_id;
    struct usage_window *windows; /* of one query, by subscription and meter */
    size_t count;
    usage_window_take *take;
    usage_window_take_sum *take_sum;
};

static int compare_i64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_places(const struct usage_window *window, int64_t subscription_id,
                          int64_t meter_id)
{
    int order = compare_i64(window->subscription_id, subscription_id);
    return order != 0 ? order : compare_i64(window->meter_id, meter_id);
}

static int compare_windows(const void *a, const void *b)
{
    const struct usage_window *left = a, *right = b;
    int order = compare_i64(left->start_at_us, right->start_at_us);
    if (order == 0)
        order = compare_i64(left->end_at_us, right->end_at_us);
    return order != 0 ? order : compare_places(left, right->subscription_id, right->meter_id);
}

/* The first window that is not before this place. */
static size_t find_window(const struct adding *adding, int64_t subscription_id, int64_t meter_id)
{
    size_t from = 0, to = adding->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare_places(&adding->windows[middle], subscription_id, meter_id) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool is_of(const struct adding *adding, size_t window, const int64_t numbers[])
{
    return window < adding->count &&
           compare_places(&adding->windows[window], numbers[SUBSCRIPTION], numbers[METER]) == 0;
}

static bool query(const struct adding *adding, enum statement_id statement,
                  struct db_rows **ret_rows, struct error *err)
{
    const struct usage_window *first = &adding->windows[0];
    const struct usage_window *last = &adding->windows[adding->count - 1];
    return db_query(adding->db, statement,
                    DB_ARGS(db_i64(adding->tenant_id),
                            db_i64(instant_utc_date(first->start_at_us).days),
                            db_i64(instant_utc_date(first->end_at_us - 1).days),
                            db_i64(first->subscription_id), db_i64(last->subscription_id),
                            db_i64(first->start_at_us), db_i64(first->end_at_us)),
                    ret_rows, err);
}

static bool take_sums(const struct adding *adding, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    int64_t numbers[NUMBERS];
    bool has_row = false;
    if (!query(adding, STMT_USAGE_SUMS, &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        if (!has_row)
            return true;
        struct decimal whole;
        db_rows_i64s(rows, NUMBERS, numbers);
        if (!decimal_parse(db_rows_text(rows, SUM), &whole, err))
            return false;
        struct usage_sum sum = {.sum = whole.coefficient,
                                .greatest = numbers[GREATEST],
                                .scale = (int32_t)numbers[SCALE],
                                .event_count = numbers[COUNT]};
        for (size_t i = find_window(adding, numbers[SUBSCRIPTION], numbers[METER]);
             is_of(adding, i, numbers); i++)
            if (!adding->take_sum(adding->windows[i].owner, &sum, err))
                return false;
    }
    return false;
}

static bool take_late(const struct adding *adding, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    int64_t numbers[LATE_NUMBERS];
    bool has_row = false;
    if (!query(adding, STMT_USAGE_LATE_OF, &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        if (!has_row)
            return true;
        db_rows_i64s(rows, LATE_NUMBERS, numbers);
        struct usage_value event = {.at_us = numbers[LATE_AT_US],
                                    .value_coefficient = numbers[LATE_COEFFICIENT],
                                    .value_scale = (int32_t)numbers[LATE_SCALE],
                                    .key = db_rows_text(rows, LATE_KEY)};
        for (size_t i = find_window(adding, numbers[LATE_SUBSCRIPTION], numbers[LATE_METER]);
             is_of(adding, i, numbers); i++)
            if (!adding->take(adding->windows[i].owner, &event, true, err))
                return false;
    }
    return false;
}

/* How many of the sorted windows from the first on make one query. */
static size_t count_alike(const struct usage_window *windows, size_t count)
{
    size_t alike = 1;
    while (alike < count && windows[alike].start_at_us == windows[0].start_at_us &&
           windows[alike].end_at_us == windows[0].end_at_us &&
           windows[alike].subscription_id - windows[alike - 1].subscription_id <= GAP_MAX)
        alike++;
    return alike;
}

static size_t count_queries(const struct usage_window *windows, size_t count)
{
    size_t queries = 0;
    for (size_t i = 0; i < count; i += count_alike(&windows[i], count - i))
        queries++;
    return queries;
}

static bool add_up(struct adding *adding, struct usage_window *windows, size_t count,
                   struct error *err)
{
    for (size_t i = 0; i < count; i += adding->count) {
        adding->windows = &windows[i];
        adding->count = count_alike(&windows[i], count - i);
        if (windows[i].start_at_us < windows[i].end_at_us &&
            (!take_sums(adding, err) || !take_late(adding, err)))
            return false;
    }
    return true;
}

/* Those that the server can add up come first; returns how many. */
static size_t put_first(struct usage_window *windows, size_t count)
{
    size_t first = 0;
    for (size_t i = 0; i < count; i++)
        if (!windows[i].needs_texts) {
            struct usage_window window = windows[i];
            windows[i] = windows[first];
            windows[first++] = window;
        }
    return first;
}

bool usage_windows_add_up(struct db *db, int64_t tenant_id, struct usage_window *windows,
                          size_t count, struct arena *arena, usage_window_take *take,
                          usage_window_take_sum *take_sum, struct error *err)
{
    struct adding adding = {.db = db, .tenant_id = tenant_id, .take = take, .take_sum = take_sum};
    size_t added = db_is_remote(db) ? put_first(windows, count) : 0;
    if (added > 1)
        qsort(windows, added, sizeof(*windows), compare_windows);
    if (count_queries(windows, added) * WINDOWS_OF_A_QUERY > added)
        added = 0;
    return add_up(&adding, windows, added, err) &&
           usage_windows_read(db, tenant_id, &windows[added], count - added, arena, take, err);
}
