/* Aggregating the usage events of one meter in one period (DOMAIN 3): a fold over events in any
 * order; the result does not depend on the order. Which events belong to the period, [start, end),
 * is the caller's query.
 *
 *     sum           of the values, exact
 *     count         of the events
 *     min, max      of the values
 *     last          value of the greatest (at, key)
 *     unique_count  of distinct texts of the meter's property; events without it do not count
 *     weighted_sum  each value for the part of the period that is left at its instant: the sum of
 *                   value · (end − at) / (end − start), exact
 *
 * A value of weighted_sum is a change that holds until the end of the period: 20 GB stored from the
 * middle of a month on are 10 GB-months, and what is given back is a negative value. That is what
 * the systems that have this aggregation bill (the documentation of Lago and of Flexprice,
 * "weighted sum"). A period starts at 0, for usage belongs to the period that contains its instant
 * (DOMAIN 3): what is still held then is reported again, as with Lago's metered, not recurring,
 * metrics. Of a part of a period (a stub, a cancellation) the weights are parts of the full one, by
 * days, so that its price per unit needs no proration.
 *
 * No events give 0, whatever the aggregation. */
#ifndef BILLMILL_BILLING_USAGE_H
#define BILLMILL_BILLING_USAGE_H

#include "core/base/arena.h"
#include "core/money/ratio.h"

/* Digits after the point of a weighted sum whose meter says nothing: it may have no end. */
#define USAGE_WEIGHTED_SCALE 6

/* Distinct texts that one period of one meter may have: about 60 MB of arena for keys of 40 bytes.
 */
#define USAGE_UNIQUE_MAX 500000

enum aggregation {
    AGGREGATION_SUM,
    AGGREGATION_COUNT,
    AGGREGATION_MAX,
    AGGREGATION_LAST,
    AGGREGATION_UNIQUE_COUNT,
    AGGREGATION_MIN,
    AGGREGATION_WEIGHTED_SUM
};
#define AGGREGATION_COUNT_OF (AGGREGATION_WEIGHTED_SUM + 1)

/* The words of import; ERROR_ITEM "bad_aggregation" lists them. */
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
    const char *property;     /* for unique_count; NULL: the event has none */
    const char *price_amount; /* for dynamic prices: a decimal; NULL: the event has none */
    const char *properties;   /* for filters of meters: canonical JSON; NULL: the event has none */
    const char *project, *member; /* whose it is (usage_share.h); NULL: nobody's */
};

struct usage_set; /* the distinct texts */

/* The period whose events are added: [start, end), and the part that it is of its full period. */
struct usage_span {
    int64_t start_at_us, end_at_us;
    struct ratio share; /* above 0; 1 is a whole period */
};

/* Private to usage.c; a struct so that the caller needs no allocation for it. */
struct usage_fold {
    enum aggregation aggregation;
    int64_t event_count;
    int128_t sums[DECIMAL_STORED_SCALE_MAX + 1]; /* one for each scale: adding is one addition */
    struct decimal greatest, least;
    struct usage_span span; /* of a weighted sum */
    struct decimal last;
    int64_t last_at_us;
    char *last_key;
    size_t last_key_size;
    struct usage_set *unique;
    struct arena *arena;
};

/* Does such a fold need key and property of its events? */
bool usage_fold_reads_texts(enum aggregation aggregation);

/* What a server can add up for such a fold (usage_fold_add_sum): the values of its events; each
 * times the microseconds from its instant to the end of the span; or nothing. */
enum usage_sums { USAGE_SUMS_PLAIN, USAGE_SUMS_WEIGHTED, USAGE_SUMS_NONE };
enum usage_sums usage_fold_sums(enum aggregation aggregation);

/* Only a weighted sum reads the span: it must not be empty, and its events lie within it. */
void usage_fold_start(struct usage_fold *fold, enum aggregation aggregation, struct usage_span span,
                      struct arena *arena);

/* ERROR_ITEM "bad_decimal" for a scale outside 0..18, "too_many_unique_values" beyond
 * USAGE_UNIQUE_MAX, "number_too_large". */
MUST_CHECK bool usage_fold_add(struct usage_fold *fold, const struct usage_value *event,
                               struct error *err);

/* What a server has added up of some events, all of one scale and at least one. */
struct usage_sum {
    int128_t sum;
    bool is_too_large; /* the sum needs more bits */
    int64_t greatest, least;
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
 * after the point, once, at the end; negative: as it comes (a weighted sum to
 * USAGE_WEIGHTED_SCALE). The fold may go on after it. */
MUST_CHECK bool usage_fold_finish(const struct usage_fold *fold, int32_t scale,
                                  struct usage_total *ret_total, struct error *err);

#endif
