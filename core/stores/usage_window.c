#include "core/stores/usage_window.h"

#include <stdlib.h>

#include "core/calendar/instant.h"

#define GAP_MAX 16      /* subscriptions between two that are read with them */
#define PAGE_ROWS 16384 /* read by one query */
#define DAY_NONE INT64_MAX

struct reading {
    struct db *db;
    int64_t tenant_id;
    struct usage_window *windows; /* by subscription, meter, start */
    size_t count;
    size_t at; /* the first window of the subscription and meter of the last event */
    usage_window_take *take;
};

/* Where the next page begins: behind this event. */
struct page {
    int64_t subscription_id, meter_id, at_us, last_subscription;
    const char *key;
    int64_t rows;
};

static int64_t first_day(const struct usage_window *window)
{
    return instant_utc_date(window->start_at_us).days;
}

static int64_t last_day(const struct usage_window *window)
{
    return instant_utc_date(window->end_at_us - 1).days;
}

static bool is_of_day(const struct usage_window *window, int64_t day)
{
    return window->end_at_us > window->start_at_us && first_day(window) <= day &&
           day <= last_day(window);
}

static int compare_i64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_windows(const void *a, const void *b)
{
    const struct usage_window *left = a, *right = b;
    int order = compare_i64(left->subscription_id, right->subscription_id);
    if (order == 0)
        order = compare_i64(left->meter_id, right->meter_id);
    return order != 0 ? order : compare_i64(left->start_at_us, right->start_at_us);
}

static bool is_before(const struct usage_window *window, int64_t subscription_id, int64_t meter_id)
{
    return window->subscription_id < subscription_id ||
           (window->subscription_id == subscription_id && window->meter_id < meter_id);
}

/* ------------------------------------------------------------------ events */

/* Events come by subscription and meter: the windows of one are mostly those of the last one, or
 * the next. */
static void find_windows(struct reading *reading, int64_t subscription_id, int64_t meter_id)
{
    while (reading->at < reading->count &&
           is_before(&reading->windows[reading->at], subscription_id, meter_id))
        reading->at++;
}

static bool take_event(struct reading *reading, const struct db_rows *rows, struct error *err)
{
    int64_t subscription_id = db_rows_i64(rows, 0), meter_id = db_rows_i64(rows, 1);
    struct usage_value event = {.at_us = db_rows_i64(rows, 2)};
    bool is_read = false;
    find_windows(reading, subscription_id, meter_id);
    for (size_t i = reading->at; i < reading->count; i++) {
        const struct usage_window *window = &reading->windows[i];
        if (window->subscription_id != subscription_id || window->meter_id != meter_id)
            break;
        if (event.at_us < window->start_at_us || event.at_us >= window->end_at_us)
            continue;
        if (!is_read) {
            event.key = db_rows_text(rows, 3);
            event.value_coefficient = db_rows_i64(rows, 4);
            event.value_scale = (int32_t)db_rows_i64(rows, 5);
            event.property = db_rows_text(rows, 6);
            is_read = true;
        }
        if (!reading->take(window->owner, &event, db_rows_i64(rows, 7) != 0, err))
            return false;
    }
    return true;
}

static bool read_page(struct reading *reading, int64_t day, struct page *page, struct arena *arena,
                      struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row = true;
    page->rows = 0;
    if (!db_query(reading->db, STMT_USAGE_OF_DAY,
                  DB_ARGS(db_i64(reading->tenant_id), db_i64(day), db_i64(page->subscription_id),
                          db_i64(page->meter_id), db_i64(page->at_us), db_text(page->key),
                          db_i64(page->last_subscription), db_i64(PAGE_ROWS)),
                  &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        if (!has_row)
            return true;
        if (!take_event(reading, rows, err))
            return false;
        if (++page->rows < PAGE_ROWS)
            continue;
        page->subscription_id = db_rows_i64(rows, 0);
        page->meter_id = db_rows_i64(rows, 1);
        page->at_us = db_rows_i64(rows, 2);
        page->key = arena_copy(arena, db_rows_text(rows, 3));
    }
    return false;
}

/* The events of a day of subscriptions first … last. */
static bool read_range(struct reading *reading, int64_t day, int64_t first, int64_t last,
                       struct arena *arena, struct error *err)
{
    struct page page = {first, INT64_MIN, INT64_MIN, last, "", PAGE_ROWS};
    while (page.rows == PAGE_ROWS)
        if (!read_page(reading, day, &page, arena, err))
            return false;
    return true;
}

/* ------------------------------------------------------------------ days */

static bool read_day(struct reading *reading, int64_t day, struct arena *arena, struct error *err)
{
    const struct usage_window *windows = reading->windows;
    reading->at = 0;
    for (size_t from = 0, to; from < reading->count; from = to) {
        for (to = from; to < reading->count && !is_of_day(&windows[to], day);)
            to++;
        if (to == reading->count)
            return true;
        int64_t first = windows[to].subscription_id, last = first;
        for (; to < reading->count && windows[to].subscription_id - last <= GAP_MAX; to++)
            if (is_of_day(&windows[to], day))
                last = windows[to].subscription_id;
        if (!read_range(reading, day, first, last, arena, err))
            return false;
    }
    return true;
}

/* The first day from `day` on that any window has. */
static int64_t next_day(const struct reading *reading, int64_t day)
{
    int64_t next = DAY_NONE;
    for (size_t i = 0; i < reading->count; i++) {
        const struct usage_window *window = &reading->windows[i];
        if (window->end_at_us <= window->start_at_us || last_day(window) < day)
            continue;
        int64_t first = first_day(window) < day ? day : first_day(window);
        next = first < next ? first : next;
    }
    return next;
}

bool usage_windows_read(struct db *db, int64_t tenant_id, struct usage_window *windows,
                        size_t count, struct arena *arena, usage_window_take *take,
                        struct error *err)
{
    struct reading reading = {db, tenant_id, windows, count, 0, take};
    if (count > 1)
        qsort(windows, count, sizeof(*windows), compare_windows);
    for (int64_t day = next_day(&reading, INT64_MIN); day != DAY_NONE;
         day = next_day(&reading, day + 1))
        if (!read_day(&reading, day, arena, err))
            return false;
    return true;
}
