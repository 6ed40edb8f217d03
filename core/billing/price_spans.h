/* On which days which version of a price holds, and the parts into which that cuts a period (DOMAIN
 * 1: a version holds from its valid_from on, up to its valid_to or the next version).
 *
 * 1. In arrears each day is charged by the version that holds on it; a day on which none holds is
 * not charged. In advance the version of the day on which a charge begins charges all of it: it is
 * what was agreed when it was paid for, whatever is known of later versions by then.
 * 2. What parts of one period bill by a total (tiers, free units, limits of a metered price) goes
 * on from one to the next, over days without a version too: counted_gaps.h. */
#ifndef BILLMILL_BILLING_PRICE_SPANS_H
#define BILLMILL_BILLING_PRICE_SPANS_H

#include <stddef.h>

#include "core/base/arena.h"
#include "core/calendar/period.h"

struct price_span {
    struct date from;  /* DATE_NONE: always */
    struct date until; /* DATE_NONE: no end */
    bool per_quantity; /* false: a flat fee, which no quantity changes */
};

struct price_spans {
    const struct price_span *items; /* by date; none lies in another */
    size_t count;
};

struct price_part {
    struct period period;
    size_t span; /* which of the spans holds */
};

/* The parts of the period in order, one a call: false after the last one. *part is {0} before the
 * first call, and is kept between them. */
bool price_spans_next(const struct price_spans *spans, struct period period,
                      struct price_part *part);

/* The same, cut at each of the days besides: where a phase of a contract begins or ends. In the
 * arena. */
struct price_spans price_spans_cut(const struct price_spans *spans, const struct date *days,
                                   size_t count, struct arena *arena);

/* Which of them holds on the day. */
bool price_spans_find(const struct price_spans *spans, struct date day, size_t *ret_span);

/* When the first version begins to hold, and the last one stops (DATE_NONE: never). Of no spans
 * DATE_NONE. */
struct date price_spans_from(const struct price_spans *spans);
struct date price_spans_until(const struct price_spans *spans);

/* Whether any of them is per_quantity. */
bool price_spans_per_quantity(const struct price_spans *spans);

#endif
