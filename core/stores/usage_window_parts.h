/* What the ways of reading usage share: see usage_window.h. */
#ifndef BILLMILL_STORES_USAGE_WINDOW_PARTS_H
#define BILLMILL_STORES_USAGE_WINDOW_PARTS_H

#include "core/stores/usage_window.h"

#define USAGE_GAP_MAX 16 /* subscriptions between two that are read with them */

/* By subscription, meter, start. */
int usage_windows_compare(const void *a, const void *b);

/* Before, at or after the place of the window's events. */
int usage_window_compare_place(const struct usage_window *window, int64_t subscription_id,
                               int64_t meter_id);

/* How many of the sorted windows, from the first on, lie so close to each other that they are read
 * by one query. */
size_t usage_windows_count_close(const struct usage_window *windows, size_t count);

/* Names the late events of the windows that need no texts; they are sorted as by
 * usage_windows_compare. */
MUST_CHECK bool usage_windows_name_late(struct db *db, int64_t tenant_id,
                                        const struct usage_window *windows, size_t count,
                                        const struct usage_window_taker *taker, struct error *err);

#endif
