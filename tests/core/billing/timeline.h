/* A subscription with two plans and the three sorts of prices, for the suites of timeline and
 * slots. */
#ifndef BILLMILL_TESTS_TIMELINE_H
#define BILLMILL_TESTS_TIMELINE_H

#include "core/billing/subscription_timeline.h"

#define TIMELINE_CHANGES_MAX 12

struct timeline_sample {
    struct subscription_terms terms;
    struct timeline_plan plans[2];
    struct timeline_price prices[8];
    struct subscription_change changes[TIMELINE_CHANGES_MAX];
    struct timeline_basis bases[2];
    struct subscription_timeline timeline;
};

struct date timeline_day(const char *text); /* NULL: DATE_NONE */

/* "2026-10-16 plan 1 quantity 5; 2026-10-20 pause; 2026-10-25 resume" into the sample's changes. */
void timeline_read_changes(struct timeline_sample *sample, const char *text);

#endif
