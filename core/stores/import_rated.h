/* Up to where the usage of a subscription's meter has been rated, for events that come in the order
 * of subscription: many neighbours are read at once. Private to core/stores/import_*.c.
 */
#ifndef BILLMILL_STORES_IMPORT_RATED_H
#define BILLMILL_STORES_IMPORT_RATED_H

#include "core/stores/record_rows.h"

#define USAGE_RATED_ROWS 512

struct usage_rated_row_read {
    int64_t subscription_id, meter_id, through_us;
};

/* The rows from a subscription's meter on, without a gap, up to the last one read. */
struct usage_rated {
    int64_t tenant_id; /* 0: nothing is read */
    int64_t from_subscription, from_meter;
    struct usage_rated_row_read rows[USAGE_RATED_ROWS];
    size_t count, wanted;
    bool to_end; /* there are none behind */
};

void usage_rated_forget(struct usage_rated *rated);

/* *ret_through_us is left as it is where nothing has been rated. */
MUST_CHECK bool usage_rated_find(struct usage_rated *rated, struct db *db,
                                 const struct usage_row *row, int64_t *ret_through_us,
                                 struct error *err);

#endif
