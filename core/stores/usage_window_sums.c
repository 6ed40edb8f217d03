/* Adding up on the server: see usage_window.h. Windows of the same instants whose subscriptions lie
 * close to each other are one query; of what it finds for others in between nothing is taken. */
#include <stdlib.h>

#include "core/base/array.h"
#include "core/calendar/instant.h"
#include "core/stores/usage_window_parts.h"

#define WINDOWS_OF_A_QUERY 16 /* on the average: fewer are read faster one by one */

enum sum_column { SUBSCRIPTION, METER, SCALE, GREATEST, LEAST, COUNT, NUMBERS, SUM = NUMBERS };

struct adding {
    struct db *db;
    int64_t tenant_id;
    struct usage_window *windows; /* of one query, by subscription and meter */
    size_t count;
    const struct usage_window_taker *taker;
};

static int compare_i64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* Windows of the same kind and instants come together. */
static int compare_windows(const void *a, const void *b)
{
    const struct usage_window *left = a, *right = b;
    int order = compare_i64((int64_t)left->sums, (int64_t)right->sums);
    if (order == 0)
        order = compare_i64(left->start_at_us, right->start_at_us);
    if (order == 0)
        order = compare_i64(left->end_at_us, right->end_at_us);
    return order != 0 ? order : usage_windows_compare(a, b);
}

/* Of a window, and of the numbers that a row begins with. */
static int compare_place(const void *window, const void *row)
{
    const int64_t *numbers = row;
    return usage_window_compare_place(window, numbers[SUBSCRIPTION], numbers[METER]);
}

static bool query(const struct adding *adding, struct db_rows **ret_rows, struct error *err)
{
    const struct usage_window *first = &adding->windows[0];
    const struct usage_window *last = &adding->windows[adding->count - 1];
    enum statement_id statement =
        first->sums == USAGE_SUMS_WEIGHTED ? STMT_USAGE_WEIGHTED_SUMS : STMT_USAGE_SUMS;
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
    if (!query(adding, &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        if (!has_row)
            return true;
        struct decimal whole = {0};
        struct error too_large = {0};
        db_rows_i64s(rows, NUMBERS, numbers);
        bool fits = decimal_parse(db_rows_text(rows, SUM), &whole, &too_large);
        struct usage_sum sum = {.sum = whole.coefficient,
                                .is_too_large = !fits,
                                .greatest = numbers[GREATEST],
                                .least = numbers[LEAST],
                                .scale = (int32_t)numbers[SCALE],
                                .event_count = numbers[COUNT]};
        for (size_t i = array_lower_bound(adding->windows, adding->count, sizeof *adding->windows,
                                          numbers, compare_place);
             i < adding->count && compare_place(&adding->windows[i], numbers) == 0; i++)
            if (!adding->taker->sum(adding->windows[i].owner, &sum, err))
                return false;
    }
    return false;
}

/* How many of the sorted windows from the first on make one query. */
static size_t count_alike(const struct usage_window *windows, size_t count)
{
    size_t alike = 1;
    while (alike < count && windows[alike].sums == windows[0].sums &&
           windows[alike].start_at_us == windows[0].start_at_us &&
           windows[alike].end_at_us == windows[0].end_at_us &&
           windows[alike].subscription_id - windows[alike - 1].subscription_id <= USAGE_GAP_MAX)
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
        if (windows[i].start_at_us < windows[i].end_at_us && !take_sums(adding, err))
            return false;
    }
    return true;
}

/* Those that the server can add up come first; returns how many. */
static size_t put_first(struct usage_window *windows, size_t count)
{
    size_t first = 0;
    for (size_t i = 0; i < count; i++)
        if (!windows[i].needs_texts && windows[i].sums != USAGE_SUMS_NONE) {
            struct usage_window window = windows[i];
            windows[i] = windows[first];
            windows[first++] = window;
        }
    return first;
}

/* And names what of it came late: a sum does not say so. */
static bool add_up_and_name(struct adding *adding, struct usage_window *windows, size_t count,
                            struct error *err)
{
    if (!add_up(adding, windows, count, err))
        return false;
    if (count > 1)
        qsort(windows, count, sizeof(*windows), usage_windows_compare);
    return usage_windows_name_late(adding->db, adding->tenant_id, windows, count, adding->taker,
                                   err);
}

bool usage_windows_add_up(struct db *db, int64_t tenant_id, struct usage_window *windows,
                          size_t count, struct arena *arena, const struct usage_window_taker *taker,
                          struct error *err)
{
    struct adding adding = {.db = db, .tenant_id = tenant_id, .taker = taker};
    size_t added = db_is_remote(db) ? put_first(windows, count) : 0;
    if (added > 1)
        qsort(windows, added, sizeof(*windows), compare_windows);
    if (count_queries(windows, added) * WINDOWS_OF_A_QUERY > added)
        added = 0;
    return add_up_and_name(&adding, windows, added, err) &&
           usage_windows_read(db, tenant_id, &windows[added], count - added, arena, taker, err);
}
