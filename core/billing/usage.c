/* Folding usage events: see usage.h. Sums are kept for each scale apart, so that an event costs
 * one addition; 2^63 events of 2^63 each still fit in 128 bits. */
#include "core/billing/usage.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"

#define SET_SIZE_FIRST 64u /* a power of two, as all sizes of the set */

struct usage_set {
    struct {
        uint64_t hash;
        const char *text; /* NULL: free */
    } * slots;
    size_t size;
    size_t count;
};

static const char *const aggregation_names[] = {
    [AGGREGATION_SUM] = "sum",
    [AGGREGATION_COUNT] = "count",
    [AGGREGATION_MAX] = "max",
    [AGGREGATION_LAST] = "last",
    [AGGREGATION_UNIQUE_COUNT] = "unique_count",
    [AGGREGATION_MIN] = "min",
    [AGGREGATION_WEIGHTED_SUM] = "weighted_sum",
};

bool aggregation_parse(const char *name, enum aggregation *ret_aggregation, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(aggregation_names); i++)
        if (text_equal(aggregation_names[i], name)) {
            *ret_aggregation = (enum aggregation)i;
            return true;
        }
    return error_item(err, "bad_aggregation",
                      "'%.40s' is not an aggregation: sum, count, max, last, unique_count, min or "
                      "weighted_sum",
                      name == NULL ? "" : name);
}

const char *aggregation_name(enum aggregation aggregation)
{
    return aggregation_names[aggregation];
}

/* FNV-1a: texts of a meter's property are short. A crafted set of collisions only costs time. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *c = text; *c != '\0'; c++)
        hash = (hash ^ (uint8_t)*c) * UINT64_C(1099511628211);
    return hash;
}

/* The slot that holds the text, or the free one where it belongs. */
static size_t find_slot(const struct usage_set *set, uint64_t hash, const char *text)
{
    size_t i = (size_t)hash & (set->size - 1);
    while (set->slots[i].text != NULL &&
           (set->slots[i].hash != hash || strcmp(set->slots[i].text, text) != 0))
        i = (i + 1) & (set->size - 1);
    return i;
}

/* To `size` slots; the old ones stay in the arena until its reset. */
static void resize_set(struct arena *arena, struct usage_set *set, size_t size)
{
    struct usage_set grown = {.size = size, .count = set->count};
    grown.slots = arena_alloc_array(arena, size, sizeof *grown.slots);
    for (size_t i = 0; i < set->size; i++)
        if (set->slots[i].text != NULL)
            grown.slots[find_slot(&grown, set->slots[i].hash, set->slots[i].text)] = set->slots[i];
    *set = grown;
}

static bool add_unique(struct usage_fold *fold, const char *text, struct error *err)
{
    struct usage_set *set = fold->unique;
    uint64_t hash = hash_of(text);
    if (set->count * 2 >= set->size)
        resize_set(fold->arena, set, set->size == 0 ? SET_SIZE_FIRST : set->size * 2);
    size_t slot = find_slot(set, hash, text);
    if (set->slots[slot].text != NULL)
        return true;
    if (set->count == USAGE_UNIQUE_MAX)
        return error_item(err, "too_many_unique_values",
                          "a period has more than %d distinct values of a meter's property",
                          USAGE_UNIQUE_MAX);
    set->slots[slot].text = arena_copy(fold->arena, text);
    set->slots[slot].hash = hash;
    set->count++;
    return true;
}

bool usage_fold_reads_texts(enum aggregation aggregation)
{
    switch (aggregation) {
    case AGGREGATION_SUM:
    case AGGREGATION_COUNT:
    case AGGREGATION_MAX:
    case AGGREGATION_MIN:
    case AGGREGATION_WEIGHTED_SUM:
        return false;
    case AGGREGATION_LAST:
    case AGGREGATION_UNIQUE_COUNT:
        return true;
    }
    return true;
}

enum usage_sums usage_fold_sums(enum aggregation aggregation)
{
    switch (aggregation) {
    case AGGREGATION_SUM:
    case AGGREGATION_COUNT:
    case AGGREGATION_MAX:
    case AGGREGATION_MIN:
        return USAGE_SUMS_PLAIN;
    case AGGREGATION_WEIGHTED_SUM:
        return USAGE_SUMS_WEIGHTED;
    case AGGREGATION_LAST:
    case AGGREGATION_UNIQUE_COUNT:
        return USAGE_SUMS_NONE;
    }
    return USAGE_SUMS_NONE;
}

void usage_fold_start(struct usage_fold *fold, enum aggregation aggregation, struct usage_span span,
                      struct arena *arena)
{
    *fold = (struct usage_fold){.aggregation = aggregation, .span = span, .arena = arena};
    if (aggregation == AGGREGATION_UNIQUE_COUNT)
        fold->unique = ARENA_NEW(arena, struct usage_set);
}

/* The key is copied into storage that is used again while it is large enough. */
static void keep_last(struct usage_fold *fold, const struct usage_value *event,
                      struct decimal value)
{
    const char *key = event->key == NULL ? "" : event->key;
    if (fold->event_count > 0 && event->at_us < fold->last_at_us)
        return;
    if (fold->event_count > 0 && event->at_us == fold->last_at_us &&
        strcmp(key, fold->last_key) < 0)
        return;
    size_t size = strlen(key) + 1;
    if (size > fold->last_key_size) {
        fold->last_key_size = size * 2;
        fold->last_key = arena_alloc(fold->arena, fold->last_key_size);
    }
    memcpy(fold->last_key, key, size);
    fold->last = value;
    fold->last_at_us = event->at_us;
}

static bool check_scale(int32_t scale, struct error *err)
{
    return (scale >= 0 && scale <= DECIMAL_STORED_SCALE_MAX) ||
           error_item(err, "bad_decimal", "a usage value has %" PRId32 " digits after the point",
                      scale);
}

static void keep_greatest(struct usage_fold *fold, struct decimal value)
{
    if (fold->event_count == 0 || decimal_compare(value, fold->greatest) > 0)
        fold->greatest = value;
}

static void keep_least(struct usage_fold *fold, struct decimal value)
{
    if (fold->event_count == 0 || decimal_compare(value, fold->least) < 0)
        fold->least = value;
}

/* value · microseconds left, to the sum of its scale. */
static bool add_weighted(struct usage_fold *fold, int32_t scale, int128_t weighted,
                         struct error *err)
{
    int128_t *sum = &fold->sums[scale];
    return !__builtin_add_overflow(*sum, weighted, sum) ||
           error_item(err, "number_too_large", "a weighted sum needs more than 128 bits");
}

bool usage_fold_add(struct usage_fold *fold, const struct usage_value *event, struct error *err)
{
    struct decimal value = {.coefficient = event->value_coefficient, .scale = event->value_scale};
    if (!check_scale(event->value_scale, err))
        return false;
    switch (fold->aggregation) {
    case AGGREGATION_COUNT:
        break;
    case AGGREGATION_SUM:
        fold->sums[event->value_scale] += event->value_coefficient;
        break;
    case AGGREGATION_MAX:
        keep_greatest(fold, value);
        break;
    case AGGREGATION_MIN:
        keep_least(fold, value);
        break;
    case AGGREGATION_WEIGHTED_SUM:
        if (!add_weighted(
                fold, event->value_scale,
                (int128_t)event->value_coefficient * (fold->span.end_at_us - event->at_us), err))
            return false;
        break;
    case AGGREGATION_LAST:
        keep_last(fold, event, value);
        break;
    case AGGREGATION_UNIQUE_COUNT:
        if (event->property != NULL && !add_unique(fold, event->property, err))
            return false;
        break;
    }
    fold->event_count++;
    return true;
}

bool usage_fold_add_sum(struct usage_fold *fold, const struct usage_sum *sum, struct error *err)
{
    if (!check_scale(sum->scale, err))
        return false;
    if (sum->is_too_large)
        return error_item(err, "number_too_large", "a sum needs more than 128 bits");
    switch (fold->aggregation) {
    case AGGREGATION_COUNT:
        break;
    case AGGREGATION_SUM:
        fold->sums[sum->scale] += sum->sum;
        break;
    case AGGREGATION_MAX:
        keep_greatest(fold, (struct decimal){.coefficient = sum->greatest, .scale = sum->scale});
        break;
    case AGGREGATION_MIN:
        keep_least(fold, (struct decimal){.coefficient = sum->least, .scale = sum->scale});
        break;
    case AGGREGATION_WEIGHTED_SUM:
        if (!add_weighted(fold, sum->scale, sum->sum, err))
            return false;
        break;
    case AGGREGATION_LAST:
    case AGGREGATION_UNIQUE_COUNT:
        return error_run(err, EXIT_INTERNAL, "aggregation %s needs its events one by one",
                         aggregation_name(fold->aggregation));
    }
    fold->event_count += sum->event_count;
    return true;
}

static bool sum_of(const struct usage_fold *fold, struct decimal *ret_sum, struct error *err)
{
    struct decimal sum = {0};
    for (int32_t scale = 0; scale <= DECIMAL_STORED_SCALE_MAX; scale++) {
        struct decimal part = {.coefficient = fold->sums[scale], .scale = scale};
        if (part.coefficient != 0 && !decimal_add(sum, part, &sum, err))
            return false;
    }
    *ret_sum = sum;
    return true;
}

/* The sums by microseconds, over those of the period and for its share of the full one. */
static bool weighted_of(const struct usage_fold *fold, int32_t scale, struct decimal *ret_quantity,
                        struct error *err)
{
    struct decimal sum;
    struct ratio quantity;
    int64_t span_us = fold->span.end_at_us - fold->span.start_at_us;
    return sum_of(fold, &sum, err) &&
           ratio_divide(ratio_from_decimal(sum), ratio_from_i64(span_us), &quantity, err) &&
           ratio_multiply(quantity, fold->span.share, &quantity, err) &&
           ratio_round(quantity, scale < 0 ? USAGE_WEIGHTED_SCALE : scale, ROUND_HALF_UP,
                       ret_quantity, err);
}

static bool quantity_of(const struct usage_fold *fold, int32_t scale, struct decimal *ret_quantity,
                        struct error *err)
{
    switch (fold->aggregation) {
    case AGGREGATION_SUM:
        return sum_of(fold, ret_quantity, err);
    case AGGREGATION_COUNT:
        *ret_quantity = decimal_from_i64(fold->event_count);
        return true;
    case AGGREGATION_MAX:
        *ret_quantity = fold->greatest;
        return true;
    case AGGREGATION_LAST:
        *ret_quantity = fold->last;
        return true;
    case AGGREGATION_MIN:
        *ret_quantity = fold->least;
        return true;
    case AGGREGATION_WEIGHTED_SUM:
        return weighted_of(fold, scale, ret_quantity, err);
    case AGGREGATION_UNIQUE_COUNT:
        *ret_quantity = decimal_from_i64((int64_t)fold->unique->count);
        return true;
    }
    return error_run(err, EXIT_INTERNAL, "a meter has an unknown aggregation");
}

bool usage_fold_finish(const struct usage_fold *fold, int32_t scale, struct usage_total *ret_total,
                       struct error *err)
{
    struct decimal quantity;
    if (!quantity_of(fold, scale, &quantity, err))
        return false;
    if (scale >= 0 && !decimal_round(quantity, scale, ROUND_HALF_UP, &quantity, err))
        return false;
    *ret_total = (struct usage_total){
        .quantity = decimal_normalize(quantity),
        .event_count = fold->event_count,
    };
    return true;
}
