/* A subscription with two plans and the three sorts of prices, for the suites of timeline and
 * slots. */
#ifndef BILLMILL_TESTS_TIMELINE_H
#define BILLMILL_TESTS_TIMELINE_H

#include "core/billing/subscription_timeline.h"

#define TIMELINE_CHANGES_MAX 12
#define TIMELINE_SPANS_MAX 8

struct timeline_sample {
    struct subscription_terms terms;
    struct timeline_plan plans[2];
    struct timeline_price prices[8];
    struct subscription_change changes[TIMELINE_CHANGES_MAX];
    struct timeline_basis bases[2];
    struct price_span spans[TIMELINE_SPANS_MAX];
    struct subscription_timeline timeline;
};

/* A version that holds always: of a price per unit, or a flat fee. */
extern const struct price_spans PRICED_PER_UNIT, PRICED_FLAT;

struct date timeline_day(const char *text); /* NULL: DATE_NONE */

/* "2026-01-01 2026-09-01..2026-10-05": versions per unit, each up to the next one; NULL: one that
 * holds always. */
struct price_spans timeline_read_spans(const char *text,
                                       struct price_span room[TIMELINE_SPANS_MAX]);

/* "2026-10-16 plan 1 quantity 5; 2026-10-20 pause; 2026-10-25 resume" into the sample's changes. */
void timeline_read_changes(struct timeline_sample *sample, const char *text);

#endif
