/* Billing periods: half-open [start, end) in local dates, and the boundaries that a subscription's
 * anchor gives (DOMAIN 2).
 *
 * 1. The k-th boundary is computed from the anchor, never from the boundary before it: the month of
 * the anchor plus k·interval, on min(anchor_day, length of that month); days and weeks are
 * anchor + k·interval.
 * 2. k may be negative: boundaries exist before the anchor too. The first period runs from `start`
 * to the first boundary strictly after it; when start is no boundary it is a stub, a part of the
 * full period that contains it.
 * 3. Consecutive periods of a cycle tile: the end of one is the start of the next.
 * 4. align calendar replaces the anchor: months and more count from 1 January of the anchor's year
 * (quarters, and every 3 months: January, April …), weeks from the Monday of the anchor's week;
 * days stay as they are. */
#ifndef BILLMILL_CALENDAR_PERIOD_H
#define BILLMILL_CALENDAR_PERIOD_H

#include "core/calendar/date.h"

#define INTERVAL_COUNT_MAX 1000

enum interval_unit {
    INTERVAL_DAY,
    INTERVAL_WEEK,
    INTERVAL_MONTH,
    INTERVAL_QUARTER,   /* 3 months */
    INTERVAL_HALF_YEAR, /* 6 months */
    INTERVAL_YEAR
};
enum align { ALIGN_ANNIVERSARY, ALIGN_CALENDAR };

struct period {
    struct date start;
    struct date end; /* the first day after it */
};

struct billing_cycle {
    struct date anchor;
    int32_t anchor_day; /* 1..31, or 0 for the anchor's own day; days and weeks ignore it */
    enum interval_unit unit;
    int32_t interval_count; /* 1..INTERVAL_COUNT_MAX */
    enum align align;
    struct date start; /* the first day that is billed */
};

/* Words of plans: day, week, month, quarter, half_year, year; anniversary, calendar. ERROR_ITEM
 * "bad_interval", "bad_align". */
MUST_CHECK bool interval_unit_parse(const char *name, enum interval_unit *ret_unit,
                                    struct error *err);
const char *interval_unit_name(enum interval_unit unit);

/* A quarter is three months, a year four quarters; a month is no number of days. */
bool interval_equal(enum interval_unit a, int32_t a_count, enum interval_unit b, int32_t b_count);
MUST_CHECK bool align_parse(const char *name, enum align *ret_align, struct error *err);
const char *align_name(enum align align);

int32_t period_days(struct period period);
bool period_contains(struct period period, struct date date);
bool period_equal(struct period a, struct period b);

/* The days that both have; false when there are none. */
bool period_intersect(struct period a, struct period b, struct period *ret_common);

/* ERROR_ITEM "bad_cycle" for an interval count or anchor day outside its range. The functions below
 * assume a valid cycle; they fail only where a boundary leaves the years 1 to 9999. */
MUST_CHECK bool billing_cycle_check(const struct billing_cycle *cycle, struct error *err);

/* Boundary k of invariant 1; boundary 0 is in the month of the anchor. */
MUST_CHECK bool billing_cycle_boundary(const struct billing_cycle *cycle, int64_t k,
                                       struct date *ret_boundary, struct error *err);

/* The period between two boundaries that contains the date, whatever the cycle's start: the
 * denominator of a stub. */
MUST_CHECK bool billing_cycle_full_period(const struct billing_cycle *cycle, struct date date,
                                          struct period *ret_full, struct error *err);

/* The period that contains the date, the first one cut to the cycle's start. ERROR_ITEM
 * "before_start" for a date before the start. */
MUST_CHECK bool billing_cycle_period_at(const struct billing_cycle *cycle, struct date date,
                                        struct period *ret_period, struct error *err);

/* Periods in order, from the first that starts on or after `from`, while they start before
 * `until`:
 *
 *     struct period_iterator it;
 *     struct period period;
 *     bool more;
 *     if (!period_iterator_begin(&it, &cycle, from, until, err)) …
 *     while (period_iterator_next(&it, &period, &more, err) && more) …
 *
 * next returns false only on an error. The cycle must outlive the iterator. */
struct period_iterator {
    const struct billing_cycle *cycle;
    struct date next_start;
    struct date until;
};
MUST_CHECK bool period_iterator_begin(struct period_iterator *it, const struct billing_cycle *cycle,
                                      struct date from, struct date until, struct error *err);
MUST_CHECK bool period_iterator_next(struct period_iterator *it, struct period *ret_period,
                                     bool *ret_more, struct error *err);

#endif
