/* Which events came late, by the index that has those alone: see usage_window_parts.h. */
#include "core/stores/usage_window_parts.h"

enum column { SUBSCRIPTION, METER, AT_US, NUMBERS, KEY = NUMBERS };

struct naming {
    struct db *db;
    int64_t tenant_id;
    const struct usage_window *windows; /* of one query */
    size_t count;
    const struct usage_window_taker *taker;
};

static bool query(const struct naming *naming, struct db_rows **ret_rows, struct error *err)
{
    const struct usage_window *windows = naming->windows;
    int64_t start_at_us = windows[0].start_at_us, end_at_us = windows[0].end_at_us;
    for (size_t i = 1; i < naming->count; i++) {
        if (windows[i].start_at_us < start_at_us)
            start_at_us = windows[i].start_at_us;
        if (windows[i].end_at_us > end_at_us)
            end_at_us = windows[i].end_at_us;
    }
    return db_query(naming->db, STMT_USAGE_LATE_OF,
                    DB_ARGS(db_i64(naming->tenant_id), db_i64(windows[0].subscription_id),
                            db_i64(windows[naming->count - 1].subscription_id), db_i64(start_at_us),
                            db_i64(end_at_us)),
                    ret_rows, err);
}

static void name_event(const struct naming *naming, size_t *at, const int64_t numbers[NUMBERS],
                       const char *key)
{
    while (*at < naming->count &&
           usage_window_compare_place(&naming->windows[*at], numbers[SUBSCRIPTION],
                                      numbers[METER]) < 0)
        (*at)++;
    for (size_t i = *at; i < naming->count; i++) {
        const struct usage_window *window = &naming->windows[i];
        if (usage_window_compare_place(window, numbers[SUBSCRIPTION], numbers[METER]) != 0)
            return;
        if (!window->needs_texts && window->start_at_us <= numbers[AT_US] &&
            numbers[AT_US] < window->end_at_us)
            naming->taker->late(window->owner, numbers[AT_US], key);
    }
}

static bool name_all(const struct naming *naming, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    int64_t numbers[NUMBERS];
    size_t at = 0;
    bool has_row = false;
    if (!query(naming, &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        if (!has_row)
            return true;
        db_rows_i64s(rows, NUMBERS, numbers);
        name_event(naming, &at, numbers, db_rows_text(rows, KEY));
    }
    return false;
}

bool usage_windows_name_late(struct db *db, int64_t tenant_id, const struct usage_window *windows,
                             size_t count, const struct usage_window_taker *taker,
                             struct error *err)
{
    struct naming naming = {.db = db, .tenant_id = tenant_id, .taker = taker};
    for (size_t i = 0; i < count; i += naming.count) {
        bool asks = false;
        naming.windows = &windows[i];
        naming.count = usage_windows_count_close(&windows[i], count - i);
        for (size_t k = 0; k < naming.count; k++)
            asks = asks || !naming.windows[k].needs_texts;
        if (asks && !name_all(&naming, err))
            return false;
    }
    return true;
}
