/* The workload's events: evenly over the 30 days of September 2026, half of them on a tenth of the
 * subscriptions, some sent again. A line is a pure function of its number. */
#include <stdlib.h>

#include "tests/support/generate/random.h"
#include "tests/support/generate/workload.h"

#define PERIOD_S (INT64_C(30) * 86400)
#define HEAVY_EVERY 10 /* each such subscription has half of the events with the others like it */
#define MILLION 1000000

struct event {
    int64_t subscription; /* from 1 */
    int32_t metric;
    int64_t value_thousandths;
    int64_t second; /* of the period */
    uint64_t key_high, key_low;
};

static bool is_repeated(const struct workload *workload, int64_t index)
{
    return index > 0 && random_below(workload->seed, WORKLOAD_REPEATED, (uint64_t)index, MILLION) <
                            workload->repeated_ppm;
}

/* The event that a line sends: an earlier one, found by going back until one is not repeated. */
static int64_t source_of(const struct workload *workload, int64_t index)
{
    while (is_repeated(workload, index))
        index = random_below(workload->seed, WORKLOAD_SOURCE, (uint64_t)index, index);
    return index;
}

static int64_t owner_of(const struct workload *workload, uint64_t index)
{
    uint64_t random = random_u64(workload->seed, WORKLOAD_OWNER, index);
    int64_t heavy = workload->subscriptions / HEAVY_EVERY;
    if (random % 2 == 0 || heavy == 0)
        return 1 + (int64_t)(random / 2 % (uint64_t)workload->subscriptions);
    return HEAVY_EVERY * (1 + (int64_t)(random / 2 % (uint64_t)heavy));
}

static struct event event_at(const struct workload *workload, int64_t index)
{
    uint64_t i = (uint64_t)index;
    int64_t metric = random_below(workload->seed, WORKLOAD_METRIC, i, 10);
    uint64_t value = random_u64(workload->seed, WORKLOAD_VALUE, i);
    struct event event = {
        .subscription = owner_of(workload, i),
        .metric = metric < 6   ? 0
                  : metric < 9 ? 1
                               : 2,
        .second = index * PERIOD_S / workload->events,
        .key_high = random_u64(workload->seed, WORKLOAD_KEY_HIGH, i),
        .key_low = random_u64(workload->seed, WORKLOAD_KEY_LOW, i),
    };
    event.value_thousandths =
        event.metric == 0 ? (1 + (int64_t)(value % 20)) * 1000 : 1 + (int64_t)(value % 50000);
    return event;
}

/* ------------------------------------------------------------------ order of the lines */

/* A permutation of 0..count-1: rounds of an unbalanced Feistel network over the next power of two,
 * walked until the number is within the count. */
static int64_t permute(uint64_t seed, uint64_t block, int64_t number, int64_t count)
{
    uint32_t bits = 2;
    while ((INT64_C(1) << bits) < count)
        bits += 2;
    uint32_t half = bits / 2;
    uint64_t mask = (UINT64_C(1) << half) - 1;
    uint64_t value = (uint64_t)number;
    do {
        for (uint64_t round = 0; round < 4; round++) {
            uint64_t left = value >> half;
            uint64_t right = value & mask;
            left ^= random_u64(seed, WORKLOAD_SHUFFLE, (block * 4 + round) << 32 ^ right) & mask;
            value = right << half | left;
        }
    } while (value >= (uint64_t)count);
    return (int64_t)value;
}

/* Which event stands on a line: blocks of `shuffle_hours` are shuffled within themselves. */
static int64_t event_of_line(const struct workload *workload, int64_t line)
{
    int64_t block_lines = workload->events * workload->shuffle_hours / (PERIOD_S / 3600);
    if (block_lines < 2)
        return line;
    int64_t block = line / block_lines;
    int64_t first = block * block_lines;
    int64_t count =
        first + block_lines <= workload->events ? block_lines : workload->events - first;
    return first + permute(workload->seed, (uint64_t)block, line - first, count);
}

/* ------------------------------------------------------------------ the lines */

static void write_event(const struct event *event, struct output *usage, struct output *table)
{
    uint64_t high = (event->key_high & ~UINT64_C(0xf000)) | UINT64_C(0x4000); /* version 4 */
    uint64_t low = (event->key_low >> 2) | UINT64_C(0x8000000000000000);      /* variant 1 */
    int64_t day = 1 + event->second / 86400;
    int64_t second = event->second % 86400;
    char value[32];
    char text[160];
    if (event->value_thousandths % 1000 == 0)
        snprintf(value, sizeof value, "%" PRId64, event->value_thousandths / 1000);
    else
        snprintf(value, sizeof value, "%" PRId64 ".%03" PRId64, event->value_thousandths / 1000,
                 event->value_thousandths % 1000);
    snprintf(text, sizeof text,
             "%08" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%012" PRIx64 ",s%07" PRId64
             ",%s,2026-09-%02" PRId64 "T%02" PRId64 ":%02" PRId64 ":%02" PRId64 "Z",
             high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48,
             low & UINT64_C(0xffffffffffff), event->subscription, value, day, second / 3600,
             second / 60 % 60, second % 60);
    const char *metric = workload_metric_name(event->metric);
    output_addf(usage, WORKLOAD_TENANT ",%s,%s\n", metric, text);
    output_addf(table, "%s,%s\n", metric, text);
}

struct workload_sums workload_write_events(const struct workload *workload, const char *directory)
{
    struct output usage = {0};
    struct output table = {0};
    struct workload_sums sums = {0};
    size_t group_count = ((size_t)workload->subscriptions + 1) * WORKLOAD_METRICS;
    uint8_t *seen = calloc(group_count / 8 + 1, 1); /* a bit per group */
    if (seen == NULL)
        fatal("no memory for %zu groups", group_count);
    output_open(&usage, directory, "usage.csv");
    output_open(&table, directory, "events.csv");
    output_addf(&usage, "tenant,meter,key,subscription,value,at\n");
    for (int64_t line = 0; line < workload->events; line++) {
        int64_t index = event_of_line(workload, line);
        struct event event = event_at(workload, source_of(workload, index));
        write_event(&event, &usage, &table);
        if (is_repeated(workload, index))
            continue;
        size_t group = (size_t)event.subscription * WORKLOAD_METRICS + (size_t)event.metric;
        sums.unique++;
        sums.value_thousandths += event.value_thousandths;
        uint8_t bit = (uint8_t)(1u << group % 8);
        sums.groups += (seen[group / 8] & bit) == 0 ? 1 : 0;
        seen[group / 8] |= bit;
    }
    output_close(&usage);
    output_close(&table);
    free(seen);
    return sums;
}
