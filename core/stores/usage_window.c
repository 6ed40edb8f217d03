/* Reading event by event: see usage_window.h. */
#include <stdlib.h>

#include "core/base/text.h"
#include "core/calendar/instant.h"
#include "core/setup/record_field.h"
#include "core/stores/usage_window_parts.h"

#define PAGE_ROWS 16384 /* read by one query, where its rows are all kept */
#define DAY_NONE INT64_MAX
#define US_PER_DAY INT64_C(86400000000)
#define OWNERS_AHEAD 4

/* The columns of a result: numbers, and what only some windows need. */
enum column {
    SUBSCRIPTION,
    METER,
    COEFFICIENT,
    SCALE,
    AT_US,
    NUMBERS,
    LATE = NUMBERS,
    KEY,
    PROPERTY,
    PRICE_AMOUNT,
    PROPERTIES,
    PROJECT,
    MEMBER
};

/* The days in which a window lies; first > last: in none. */
struct days {
    int32_t first, last;
};

struct reading {
    struct db *db;
    int64_t tenant_id;
    struct usage_window *windows; /* by subscription, meter, start */
    struct days *days;            /* of each window */
    size_t count;
    size_t at; /* the first window of the subscription and meter of the last event */
    bool needs_texts, needs_all, one_by_one; /* any window */
    const struct usage_window_taker *taker;
};

/* A page begins behind this event; its key is "" where all of its instant are still to come. */
struct page {
    int64_t subscription_id, meter_id, at_us, last_subscription;
    const char *key;
    int64_t passed; /* events of the instant, behind the key, that were taken since */
    bool is_full;
};

static struct days days_of(const struct usage_window *window)
{
    if (window->end_at_us <= window->start_at_us)
        return (struct days){1, 0};
    return (struct days){instant_utc_date(window->start_at_us).days,
                         instant_utc_date(window->end_at_us - 1).days};
}

static bool is_of_day(const struct reading *reading, size_t window, int64_t day)
{
    return reading->days[window].first <= day && day <= reading->days[window].last;
}

static int compare_i64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

int usage_window_compare_place(const struct usage_window *window, int64_t subscription_id,
                               int64_t meter_id)
{
    int order = compare_i64(window->subscription_id, subscription_id);
    return order != 0 ? order : compare_i64(window->meter_id, meter_id);
}

int usage_windows_compare(const void *a, const void *b)
{
    const struct usage_window *left = a, *right = b;
    int order = usage_window_compare_place(left, right->subscription_id, right->meter_id);
    return order != 0 ? order : compare_i64(left->start_at_us, right->start_at_us);
}

size_t usage_windows_count_close(const struct usage_window *windows, size_t count)
{
    size_t close = 1;
    while (close < count &&
           windows[close].subscription_id - windows[close - 1].subscription_id <= USAGE_GAP_MAX)
        close++;
    return close;
}

/* ------------------------------------------------------------------ events */

/* Events come by subscription and meter: the windows of one are mostly those of the last one, or
 * the next. Their owners are fetched before they are needed. */
static void find_windows(struct reading *reading, int64_t subscription_id, int64_t meter_id)
{
    while (reading->at < reading->count &&
           usage_window_compare_place(&reading->windows[reading->at], subscription_id, meter_id) <
               0) {
        reading->at++;
        if (reading->at + OWNERS_AHEAD < reading->count) {
            const char *owner = reading->windows[reading->at + OWNERS_AHEAD].owner;
            __builtin_prefetch(owner, 1);
            __builtin_prefetch(owner + 64, 1);
        }
    }
}

static bool take_event(struct reading *reading, const struct db_rows *rows,
                       const int64_t numbers[NUMBERS], struct error *err)
{
    struct usage_value event = {.at_us = numbers[AT_US],
                                .value_coefficient = numbers[COEFFICIENT],
                                .value_scale = (int32_t)numbers[SCALE]};
    find_windows(reading, numbers[SUBSCRIPTION], numbers[METER]);
    for (size_t i = reading->at; i < reading->count; i++) {
        const struct usage_window *window = &reading->windows[i];
        bool late = false;
        if (window->subscription_id != numbers[SUBSCRIPTION] || window->meter_id != numbers[METER])
            break;
        if (event.at_us < window->start_at_us || event.at_us >= window->end_at_us)
            continue;
        if (window->needs_texts) {
            late = db_rows_i64(rows, LATE) != 0;
            event.key = db_rows_text(rows, KEY);
            event.property = db_rows_text(rows, PROPERTY);
            event.price_amount = db_rows_text(rows, PRICE_AMOUNT);
            event.properties = window->needs_all ? db_rows_text(rows, PROPERTIES) : NULL;
            event.project = window->needs_all ? db_rows_text(rows, PROJECT) : NULL;
            event.member = window->needs_all ? db_rows_text(rows, MEMBER) : NULL;
        }
        if (!reading->taker->event(window->owner, &event, late, err))
            return false;
    }
    return true;
}

/* Moves on to the event. */
static void move_page(struct page *page, const int64_t numbers[NUMBERS])
{
    bool is_same = numbers[SUBSCRIPTION] == page->subscription_id &&
                   numbers[METER] == page->meter_id && numbers[AT_US] == page->at_us;
    page->passed = is_same ? page->passed + 1 : 1;
    page->key = is_same ? page->key : "";
    page->subscription_id = numbers[SUBSCRIPTION];
    page->meter_id = numbers[METER];
    page->at_us = numbers[AT_US];
}

static bool read_page(struct reading *reading, int64_t day, struct page *page, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    int64_t numbers[NUMBERS], count = 0;
    bool has_row = true;
    enum statement_id statement = reading->needs_all     ? STMT_USAGE_OF_DAY_WHOLE
                                  : reading->needs_texts ? STMT_USAGE_OF_DAY_TEXTS
                                                         : STMT_USAGE_OF_DAY;
    if (!db_query(reading->db, statement,
                  DB_ARGS(db_i64(reading->tenant_id), db_i64(day), db_i64(page->subscription_id),
                          db_i64(page->meter_id), db_i64(page->at_us), db_text(page->key),
                          db_i64(PAGE_ROWS), db_i64(page->last_subscription)),
                  &rows, err))
        return false;
    for (; db_rows_next(rows, &has_row, err); count++) {
        if (!has_row) {
            page->is_full = count == PAGE_ROWS && db_is_remote(reading->db);
            return true;
        }
        db_rows_i64s(rows, NUMBERS, numbers);
        if (!take_event(reading, rows, numbers, err))
            return false;
        move_page(page, numbers);
    }
    return false;
}

/* Most pages carry no keys: the last one's is asked for. It is in `key` then. */
static bool find_last_key(struct reading *reading, int64_t day, struct page *page,
                          char key[RECORD_KEY_MAX + 1], struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row = true;
    if (!db_query(reading->db, STMT_USAGE_OF_DAY_KEY,
                  DB_ARGS(db_i64(reading->tenant_id), db_i64(day), db_i64(page->subscription_id),
                          db_i64(page->meter_id), db_i64(page->at_us), db_text(page->key),
                          db_i64(page->passed - 1)),
                  &rows, err) ||
        !db_rows_next(rows, &has_row, err))
        return false;
    if (!has_row)
        return error_retry(err, EXIT_TEMPORARY, "usage events went away while they were read");
    if (!text_copy(key, RECORD_KEY_MAX + 1, db_rows_text(rows, 0)))
        return error_run(err, EXIT_UNAVAILABLE, "a usage event has a key that is too long");
    page->key = key;
    page->passed = 0;
    return true;
}

/* The events of subscriptions first … last, of a day that lies in their windows as a whole: as if
 * all were of its noon. Row after row, so not where results are kept. */
static bool read_whole_day(struct reading *reading, int64_t day, int64_t first, int64_t last,
                           struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    int64_t numbers[NUMBERS] = {[AT_US] = day * US_PER_DAY + US_PER_DAY / 2};
    bool has_row = true;
    if (!db_query(reading->db, STMT_USAGE_OF_WHOLE_DAY,
                  DB_ARGS(db_i64(reading->tenant_id), db_i64(day), db_i64(first), db_i64(last)),
                  &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        if (!has_row)
            return true;
        db_rows_i64s(rows, AT_US, numbers);
        if (!take_event(reading, rows, numbers, err))
            return false;
    }
    return false;
}

/* The events of a day of subscriptions first … last. */
static bool read_range(struct reading *reading, int64_t day, int64_t first, int64_t last,
                       struct error *err)
{
    char key[RECORD_KEY_MAX + 1];
    struct page page = {first, INT64_MIN, INT64_MIN, last, "", 0, true};
    for (;;) {
        if (!read_page(reading, day, &page, err))
            return false;
        if (!page.is_full)
            return true;
        if (!find_last_key(reading, day, &page, key, err))
            return false;
    }
}

/* ------------------------------------------------------------------ days */

static bool read_day(struct reading *reading, int64_t day, struct error *err)
{
    const struct usage_window *windows = reading->windows;
    reading->at = 0;
    for (size_t from = 0, to; from < reading->count; from = to) {
        for (to = from; to < reading->count && !is_of_day(reading, to, day);)
            to++;
        if (to == reading->count)
            return true;
        int64_t first = windows[to].subscription_id, last = first;
        bool whole = !reading->needs_texts && !reading->one_by_one && !db_is_remote(reading->db);
        for (; to < reading->count && windows[to].subscription_id - last <= USAGE_GAP_MAX; to++)
            if (is_of_day(reading, to, day)) {
                last = windows[to].subscription_id;
                whole = whole && reading->days[to].first < day && day < reading->days[to].last;
            }
        if (whole ? !read_whole_day(reading, day, first, last, err)
                  : !read_range(reading, day, first, last, err))
            return false;
    }
    return true;
}

/* The first day from `day` on that any window has. */
static int64_t next_day(const struct reading *reading, int64_t day)
{
    int64_t next = DAY_NONE;
    for (size_t i = 0; i < reading->count; i++) {
        int64_t first = reading->days[i].first < day ? day : reading->days[i].first;
        if (first <= reading->days[i].last && first < next)
            next = first;
    }
    return next;
}

bool usage_windows_read(struct db *db, int64_t tenant_id, struct usage_window *windows,
                        size_t count, struct arena *arena, const struct usage_window_taker *taker,
                        struct error *err)
{
    struct reading reading = {
        .db = db, .tenant_id = tenant_id, .windows = windows, .count = count, .taker = taker};
    reading.days = ARENA_NEW_ARRAY(arena, struct days, count + 1);
    if (count > 1)
        qsort(windows, count, sizeof(*windows), usage_windows_compare);
    for (size_t i = 0; i < count; i++) {
        reading.days[i] = days_of(&windows[i]);
        reading.needs_texts = reading.needs_texts || windows[i].needs_texts;
        reading.needs_all = reading.needs_all || windows[i].needs_all;
        reading.one_by_one = reading.one_by_one || windows[i].sums != USAGE_SUMS_PLAIN;
    }
    for (int64_t day = next_day(&reading, INT64_MIN); day != DAY_NONE;
         day = next_day(&reading, day + 1))
        if (!read_day(&reading, day, err))
            return false;
    return usage_windows_name_late(db, tenant_id, windows, count, taker, err);
}
