/* The workload of the benchmark: rules in tests/bench/README.md. Bytes are a pure function of the
 * size and the seed; nothing is kept in memory but a bit per subscription and metric. */
#ifndef BILLMILL_TESTS_GENERATE_WORKLOAD_H
#define BILLMILL_TESTS_GENERATE_WORKLOAD_H

#include "tests/support/generate/output.h"

#define WORKLOAD_PLANS 20
#define WORKLOAD_METRICS 3
#define WORKLOAD_TENANT "workload"
#define WORKLOAD_SUBSCRIPTIONS_MAX INT64_C(9000000) /* their names have seven digits */

struct workload {
    int64_t subscriptions;
    int64_t events; /* lines, with the repeated ones */
    uint64_t seed;
    int64_t repeated_ppm;  /* lines of a million that repeat an earlier one exactly */
    int64_t shuffle_hours; /* lines are out of the order of time by less than this; 0: in order */
};

enum workload_stream { /* part of the bytes: never reuse a number */
                       WORKLOAD_PLAN = 1,
                       WORKLOAD_COUNTRY,
                       WORKLOAD_EXEMPT,
                       WORKLOAD_OWNER,
                       WORKLOAD_METRIC,
                       WORKLOAD_VALUE,
                       WORKLOAD_KEY_HIGH,
                       WORKLOAD_KEY_LOW,
                       WORKLOAD_REPEATED,
                       WORKLOAD_SOURCE,
                       WORKLOAD_SHUFFLE
};

/* What the numbers of a workload must add up to, counted while it is written. */
struct workload_sums {
    int64_t unique;
    int64_t groups; /* subscription and metric that have an event */
    int64_t value_thousandths;
};

const char *workload_metric_name(int32_t metric);

struct workload_plan {
    int32_t plan;         /* 1 to 20 */
    const char *currency; /* of EUR USD GBP JPY */
    int32_t digits;
};
struct workload_plan workload_plan_at(int32_t plan);
int32_t workload_plan_of(const struct workload *workload, int64_t subscription);

/* tenants.jsonl, catalog.jsonl, tax_rates.jsonl, customers.jsonl, subscriptions.jsonl for billmill;
 * plans.csv, rates.csv and subscriptions.csv (without headers) for the script. */
void workload_write_catalog(const char *directory);
void workload_write_subscriptions(const struct workload *workload, const char *directory);

/* A price of the plan, open behind its `meter` (NULL: it has none). */
void workload_begin_price(struct output *output, struct workload_plan plan, const char *suffix,
                          const char *meter);

/* terms.jsonl for billmill: contracts, coupons, credits, changes, further prices. */
void workload_write_terms(const struct workload *workload, const char *directory);

/* usage.csv for billmill, and the same lines as events.csv for the script. */
struct workload_sums workload_write_events(const struct workload *workload, const char *directory);

#endif
