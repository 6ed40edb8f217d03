/* Aggregating the usage events of one meter in one period (DOMAIN 3): a fold over events in any
 * order; the result does not depend on the order. Which events belong to the period, [start, end),
 * is the caller's query.
 *
 *     sum           of the values, exact
 *     count         of the events
 *     max           of the values
 *     last          value of the greatest (at, key)
 *     unique_count  of distinct texts of the meter's property; events without it do not count
 *
 * No events give 0, whatever the aggregation. */
#ifndef BILLMILL_BILLING_USAGE_H
#define BILLMILL_BILLING_USAGE_H

#include "core/base/arena.h"
#include "core/money/decimal.h"

/* Distinct texts that one period of one meter may have: about 60 MB of arena for keys of 40 bytes.
 */
#define USAGE_UNIQUE_MAX 500000

enum aggregation {
    AGGREGATION_SUM,
    AGGREGATION_COUNT,
    AGGREGATION_MAX,
    AGGREGATION_LAST,
    AGGREGATION_UNIQUE_COUNT
};

/* The words of import; ERROR_ITEM "bad_aggregation" lists them, and says of those that DOMAIN has
 * besides that this version does not know them. */
MUST_CHECK bool aggregation_parse(const char *name, enum aggregation *ret_aggregation,
                                  struct error *err);
const char *aggregation_name(enum aggregation aggregation);

/* An event in its stored form: value = value_coefficient / 10^value_scale, 0..18 (decimal.h).
 * Texts are borrowed; of those that must outlive the call the fold keeps a copy in its arena. */
struct usage_value {
    int64_t value_coefficient;
    int32_t value_scale;
    int64_t at_us;
    const char *key;
    const char *property; /* for unique_count; NULL: the event has none */
};

struct usage_set; /* the distinct texts */

/* Private to usage.c; a struct so that the caller needs no allocation for it. */
struct usage_fold {
    enum aggregation aggregation;
    int64_t event_count;
    int128_t sums[DECIMAL_STORED_SCALE_MAX + 1]; /* one for each scale: adding is one addition */
    struct decimal greatest;
    struct decimal last;
    int64_t last_at_us;
    char *last_key;
    size_t last_key_size;
    struct usage_set *unique;
    struct arena *arena;
};

/* Does such a fold need key and property of its events? */
bool usage_fold_reads_texts(enum aggregation aggregation);

void usage_fold_start(struct usage_fold *fold, enum aggregation aggregation, struct arena *arena);

/* ERROR_ITEM "bad_decimal" for a scale outside 0..18, "too_many_unique_values" beyond
 * USAGE_UNIQUE_MAX. */
MUST_CHECK bool usage_fold_add(struct usage_fold *fold, const struct usage_value *event,
                               struct error *err);

/* What a server has added up of some events, all of one scale and at least one: for the
 * aggregations that need no texts. */
struct usage_sum {
    int128_t sum;
    int64_t greatest;
    int32_t scale;
    int64_t event_count;
};

/* As usage_fold_add with each of those events. */
MUST_CHECK bool usage_fold_add_sum(struct usage_fold *fold, const struct usage_sum *sum,
                                   struct error *err);

struct usage_total {
    struct decimal quantity;
    int64_t event_count; /* every event added, also those without the property */
};

/* `scale` is the meter's: the aggregate is rounded half up (away from zero) to so many digits
 * after the point, once, at the end; negative: as it comes. The fold may go on after it. */
MUST_CHECK bool usage_fold_finish(const struct usage_fold *fold, int32_t scale,
                                  struct usage_total *ret_total, struct error *err);

#endif
