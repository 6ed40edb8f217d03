/* Periods from an anchor. Rows whose name begins with BC or SC are cases of the conformance list.
 */
#include <string.h>

#include "core/calendar/period.h"
#include "tests/support/suite.h"

#define STARTS_MAX 7

static struct date date_of(const char *text)
{
    struct date date = {0};
    struct error err = {0};
    ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

/* The periods of a cycle from its start; their boundaries are written start first, then each end.
 */
static const struct cycle_case {
    const char *name, *anchor, *start;
    int32_t anchor_day;
    enum interval_unit unit;
    int32_t count;
    enum align align;
    const char *boundaries[STARTS_MAX];
} cycle_cases[] = {
    {"BC-192 anchor 31",
     "2023-01-31", "2023-01-31",
     0,  INTERVAL_MONTH,
     1,  ALIGN_ANNIVERSARY,
     {"2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30"}              },
    {"BC-194 anniversary 31 in a leap year",
     "2024-01-31", "2024-01-31",
     0,  INTERVAL_MONTH,
     1,  ALIGN_ANNIVERSARY,
     {"2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"}              },
    {"BC-205 start just before the anchor day",
     "2012-01-16", "2012-01-16",
     17, INTERVAL_MONTH,
     1,  ALIGN_ANNIVERSARY,
     {"2012-01-16", "2012-01-17", "2012-02-17"}                            },
    {"BC-206 anchor day 30 in February",
     "2012-02-16", "2012-02-16",
     30, INTERVAL_MONTH,
     1,  ALIGN_ANNIVERSARY,
     {"2012-02-16", "2012-02-29", "2012-03-30"}                            },
    {"BC-207 start behind the anchor day",
     "2012-01-31", "2012-01-31",
     30, INTERVAL_MONTH,
     1,  ALIGN_ANNIVERSARY,
     {"2012-01-31", "2012-02-29", "2012-03-30"}                            },
    {"BC-212 yearly",
     "2012-02-16", "2012-02-16",
     14, INTERVAL_YEAR,
     1,  ALIGN_ANNIVERSARY,
     {"2012-02-16", "2013-02-14", "2014-02-14"}                            },
    {"BC-213 start 30, anchor 31",
     "2012-04-30", "2012-04-30",
     31, INTERVAL_MONTH,
     1,  ALIGN_ANNIVERSARY,
     {"2012-04-30", "2012-05-31", "2012-06-30"}                            },
    {"BC-216 after a trial of 30 days",
     "2012-05-31", "2012-05-31",
     31, INTERVAL_MONTH,
     1,  ALIGN_ANNIVERSARY,
     {"2012-05-31", "2012-06-30", "2012-07-31", "2012-08-31"}              },
    {"BC-217 the trial ended on a 31st",
     "2017-03-31", "2017-03-31",
     0,  INTERVAL_MONTH,
     1,  ALIGN_ANNIVERSARY,
     {"2017-03-31", "2017-04-30", "2017-05-31"}                            },
    {"SC-125 29 February yearly",
     "2024-02-29", "2024-02-29",
     0,  INTERVAL_YEAR,
     1,  ALIGN_ANNIVERSARY,
     {"2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"}},
    {"SC-126 a month from the 3rd",
     "2025-03-03", "2025-03-03",
     0,  INTERVAL_MONTH,
     1,  ALIGN_ANNIVERSARY,
     {"2025-03-03", "2025-04-03", "2025-05-03"}                            },
    {"anchor 28 February stays on 28",
     "2023-02-28", "2023-02-28",
     0,  INTERVAL_YEAR,
     1,  ALIGN_ANNIVERSARY,
     {"2023-02-28", "2024-02-28", "2025-02-28"}                            },
    {"quarters from the 31st",
     "2025-11-30", "2025-11-30",
     31, INTERVAL_MONTH,
     3,  ALIGN_ANNIVERSARY,
     {"2025-11-30", "2026-02-28", "2026-05-31", "2026-08-31", "2026-11-30"}},
    {"a start before the anchor",
     "2024-03-15", "2024-01-10",
     0,  INTERVAL_MONTH,
     1,  ALIGN_ANNIVERSARY,
     {"2024-01-10", "2024-01-15", "2024-02-15", "2024-03-15"}              },
    {"a start long after the anchor",
     "2020-01-31", "2024-02-10",
     0,  INTERVAL_MONTH,
     1,  ALIGN_ANNIVERSARY,
     {"2024-02-10", "2024-02-29", "2024-03-31"}                            },
    {"two weeks",
     "2024-02-20", "2024-02-20",
     0,  INTERVAL_WEEK,
     2,  ALIGN_ANNIVERSARY,
     {"2024-02-20", "2024-03-05", "2024-03-19"}                            },
    {"ten days, before the anchor",
     "2024-01-05", "2023-12-20",
     0,  INTERVAL_DAY,
     10, ALIGN_ANNIVERSARY,
     {"2023-12-20", "2023-12-26", "2024-01-05", "2024-01-15"}              },
    {"calendar months",
     "2024-01-17", "2024-01-17",
     31, INTERVAL_MONTH,
     1,  ALIGN_CALENDAR,
     {"2024-01-17", "2024-02-01", "2024-03-01"}                            },
    {"calendar quarters",
     "2024-02-17", "2024-02-17",
     0,  INTERVAL_MONTH,
     3,  ALIGN_CALENDAR,
     {"2024-02-17", "2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01"}},
    {"the word for quarters, from the 31st",
     "2025-11-30", "2025-11-30",
     31, INTERVAL_QUARTER,
     1,  ALIGN_ANNIVERSARY,
     {"2025-11-30", "2026-02-28", "2026-05-31", "2026-08-31", "2026-11-30"}},
    {"the word for quarters, by the calendar",
     "2024-02-17", "2024-02-17",
     0,  INTERVAL_QUARTER,
     1,  ALIGN_CALENDAR,
     {"2024-02-17", "2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01"}},
    {"half years from a leap day",
     "2024-02-29", "2024-02-29",
     0,  INTERVAL_HALF_YEAR,
     1,  ALIGN_ANNIVERSARY,
     {"2024-02-29", "2024-08-29", "2025-02-28", "2025-08-29"}              },
    {"three half years, by the calendar",
     "2024-08-17", "2024-08-17",
     0,  INTERVAL_HALF_YEAR,
     3,  ALIGN_CALENDAR,
     {"2024-08-17", "2025-07-01", "2027-01-01"}                            },
    {"five months by the calendar count from January of the anchor's year",
     "2024-02-17", "2024-02-17",
     0,  INTERVAL_MONTH,
     5,  ALIGN_CALENDAR,
     {"2024-02-17", "2024-06-01", "2024-11-01", "2025-04-01"}              },
    {"calendar years",
     "2024-02-17", "2024-02-17",
     0,  INTERVAL_YEAR,
     1,  ALIGN_CALENDAR,
     {"2024-02-17", "2025-01-01", "2026-01-01"}                            },
    {"calendar weeks begin on Monday",
     "2026-10-28", "2026-10-28",
     0,  INTERVAL_WEEK,
     1,  ALIGN_CALENDAR,
     {"2026-10-28", "2026-11-02", "2026-11-09"}                            },
    {"a calendar start on the first has no stub",
     "2024-01-01", "2024-01-01",
     0,  INTERVAL_MONTH,
     1,  ALIGN_CALENDAR,
     {"2024-01-01", "2024-02-01", "2024-03-01"}                            },
};

static struct billing_cycle cycle_of(const struct cycle_case *c)
{
    struct billing_cycle cycle = {
        .anchor = date_of(c->anchor),
        .anchor_day = c->anchor_day,
        .unit = c->unit,
        .interval_count = c->count,
        .align = c->align,
        .start = date_of(c->start),
    };
    struct error err = {0};
    ck_assert_msg(billing_cycle_check(&cycle, &err), "%s: %s", c->name, err.message);
    return cycle;
}

START_TEST(follows_the_anchor)
{
    const struct cycle_case *c = &cycle_cases[_i];
    struct billing_cycle cycle = cycle_of(c);
    struct period_iterator it;
    struct period period;
    struct error err = {0};
    bool more = false;
    ck_assert(period_iterator_begin(&it, &cycle, cycle.start, date_of("9000-01-01"), &err));
    for (size_t i = 0; i + 1 < STARTS_MAX && c->boundaries[i + 1] != NULL; i++) {
        ck_assert_msg(period_iterator_next(&it, &period, &more, &err) && more, "%s: %s", c->name,
                      err.message);
        ck_assert_msg(period_equal(period, (struct period){date_of(c->boundaries[i]),
                                                           date_of(c->boundaries[i + 1])}),
                      "%s: period %zu is %s to %s", c->name, i, date_text(period.start).text,
                      date_text(period.end).text);
    }
}
END_TEST

/* The period that contains a date, and the full period of which it is a part. */
static const struct containing_case {
    const char *name, *anchor, *start;
    int32_t anchor_day;
    enum interval_unit unit;
    const char *date, *from, *to, *full_from;
} containing_cases[] = {
    {"BC-196 ends on the billing day",     "2021-03-31", "2021-03-31", 0,  INTERVAL_MONTH, "2021-04-29",
     "2021-03-31",                                                                                                     "2021-04-30", "2021-03-31"},
    {"BC-197 ends on 30 March",            "2019-04-30", "2019-04-30", 0,  INTERVAL_MONTH, "2020-03-29",
     "2020-02-29",                                                                                                     "2020-03-30", "2020-02-29"},
    {"BC-200 ends on 2 March",             "2021-02-02", "2021-02-02", 0,  INTERVAL_MONTH, "2022-03-01",
     "2022-02-02",                                                                                                     "2022-03-02", "2022-02-02"},
    {"BC-202 leap anniversary",            "2020-02-29", "2020-02-29", 0,  INTERVAL_YEAR,  "2025-02-27",
     "2024-02-29",                                                                                                     "2025-02-28", "2024-02-29"},
    {"BC-107 the stub is part of 31 days", "2011-02-01", "2011-02-01", 13, INTERVAL_MONTH,
     "2011-02-01",                                                                                       "2011-02-01", "2011-02-13", "2011-01-13"},
    {"BC-112 the stub is part of 28 days", "2011-02-24", "2011-02-24", 10, INTERVAL_MONTH,
     "2011-02-24",                                                                                       "2011-02-24", "2011-03-10", "2011-02-10"},
    {"SC-045 the month before February",   "2020-01-01", "2020-01-01", 0,  INTERVAL_MONTH,
     "2026-01-31",                                                                                       "2026-01-01", "2026-02-01", "2026-01-01"},
    {"SC-046 the month before January",    "2020-01-01", "2020-01-01", 0,  INTERVAL_MONTH, "2025-12-31",
     "2025-12-01",                                                                                                     "2026-01-01", "2025-12-01"},
};

START_TEST(finds_the_period)
{
    const struct containing_case *c = &containing_cases[_i];
    struct billing_cycle cycle = {date_of(c->anchor), c->anchor_day,    c->unit, 1,
                                  ALIGN_ANNIVERSARY,  date_of(c->start)};
    struct period period;
    struct period full;
    struct error err = {0};
    ck_assert(billing_cycle_period_at(&cycle, date_of(c->date), &period, &err));
    ck_assert_msg(period_equal(period, (struct period){date_of(c->from), date_of(c->to)}),
                  "%s: got %s to %s", c->name, date_text(period.start).text,
                  date_text(period.end).text);
    ck_assert(billing_cycle_full_period(&cycle, period.start, &full, &err));
    ck_assert_msg(period_equal(full, (struct period){date_of(c->full_from), date_of(c->to)}),
                  "%s: full %s to %s", c->name, date_text(full.start).text,
                  date_text(full.end).text);
}
END_TEST

/* Catch-up: one invoice for each cycle that is over. */
static const struct elapsed_case {
    const char *name, *start, *target;
    int32_t expected;
} elapsed_cases[] = {
    {"BC-235",               "2024-01-01", "2024-07-01", 6 },
    {"BC-236",               "2021-01-01", "2024-01-01", 36},
    {"BC-238",               "2024-01-31", "2024-02-29", 1 },
    {"a day before the end", "2024-01-31", "2024-02-28", 0 },
};

START_TEST(counts_elapsed_cycles)
{
    const struct elapsed_case *c = &elapsed_cases[_i];
    struct date start = date_of(c->start);
    struct billing_cycle cycle = {start, 0, INTERVAL_MONTH, 1, ALIGN_ANNIVERSARY, start};
    struct period_iterator it;
    struct period period;
    struct error err = {0};
    int32_t ended = 0;
    bool more = false;
    ck_assert(period_iterator_begin(&it, &cycle, start, date_of(c->target), &err));
    while (period_iterator_next(&it, &period, &more, &err) && more)
        ended += date_compare(period.end, date_of(c->target)) <= 0 ? 1 : 0;
    ck_assert_msg(ended == c->expected, "%s: got %d", c->name, ended);
}
END_TEST

/* One cycle over 1970 to 2100: periods neither overlap nor leave a gap, every end is the boundary
 * of its own number, and every date finds its own period. */
static void check_tiling(const struct billing_cycle *cycle)
{
    const struct date until = {47847}; /* 2101-01-01 */
    struct period_iterator it;
    struct period period;
    struct period found;
    struct date boundary;
    struct date expected_start = cycle->start;
    struct error err = {0};
    bool more = false;
    int64_t k = 0;
    ck_assert(billing_cycle_boundary(cycle, k, &boundary, &err));
    while (date_compare(boundary, cycle->start) > 0)
        if (!billing_cycle_boundary(cycle, --k, &boundary, &err))
            ck_abort_msg("%s", err.message);
    while (date_compare(boundary, cycle->start) <= 0)
        if (!billing_cycle_boundary(cycle, ++k, &boundary, &err))
            ck_abort_msg("%s", err.message);
    ck_assert(period_iterator_begin(&it, cycle, cycle->start, until, &err));
    while (period_iterator_next(&it, &period, &more, &err) && more) {
        if (date_compare(period.start, expected_start) != 0 || period_days(period) < 1)
            ck_abort_msg("anchor %s: %s does not follow %s", date_text(cycle->anchor).text,
                         date_text(period.start).text, date_text(expected_start).text);
        bool own = billing_cycle_boundary(cycle, k++, &boundary, &err) &&
                   date_compare(boundary, period.end) == 0;
        bool last_day =
            billing_cycle_period_at(cycle, (struct date){period.end.days - 1}, &found, &err) &&
            period_equal(found, period);
        if (!own || !last_day)
            ck_abort_msg("anchor %s: the period from %s is not that of its number or last day",
                         date_text(cycle->anchor).text, date_text(period.start).text);
        expected_start = period.end;
    }
    ck_assert_int_ge(expected_start.days, until.days);
}

static const int32_t tiling_counts[] = {1, 2, 3, 5, 6, 12, 24, INTERVAL_COUNT_MAX};

START_TEST(tiles)
{
    for (int32_t day = 1; day <= 31; day++) {
        for (int32_t unit = INTERVAL_WEEK; unit <= (int32_t)INTERVAL_YEAR; unit++) {
            struct billing_cycle cycle = {
                .anchor = {day - 1},
                .unit = (enum interval_unit)unit,
                .interval_count = tiling_counts[_i],
                .start = {day - 1},
            };
            check_tiling(&cycle);
            cycle.anchor_day = 32 - day;
            check_tiling(&cycle);
            cycle.align = ALIGN_CALENDAR;
            check_tiling(&cycle);
            cycle.anchor.days += 36 * 365; /* far behind the start */
            check_tiling(&cycle);
        }
    }
}
END_TEST

START_TEST(tiles_days)
{
    struct billing_cycle cycle = {.interval_count = tiling_counts[_i]};
    check_tiling(&cycle);
    cycle.anchor.days = 20000;
    check_tiling(&cycle);
}
END_TEST

START_TEST(begins_in_the_middle)
{
    struct date start = date_of("2024-01-31");
    struct billing_cycle cycle = {start, 0, INTERVAL_MONTH, 1, ALIGN_ANNIVERSARY, start};
    struct period_iterator it;
    struct error err = {0};
    ck_assert(period_iterator_begin(&it, &cycle, date_of("2023-01-01"), start, &err));
    ck_assert_str_eq(date_text(it.next_start).text, "2024-01-31");
    ck_assert(period_iterator_begin(&it, &cycle, date_of("2024-02-29"), start, &err));
    ck_assert_str_eq(date_text(it.next_start).text, "2024-02-29");
    ck_assert(period_iterator_begin(&it, &cycle, date_of("2024-03-01"), start, &err));
    ck_assert_str_eq(date_text(it.next_start).text, "2024-03-31");
}
END_TEST

START_TEST(refuses)
{
    struct date start = date_of("2024-01-31");
    struct billing_cycle cycle = {start, 0, INTERVAL_MONTH, 1, ALIGN_ANNIVERSARY, start};
    struct billing_cycle broken = cycle;
    struct period period = {{1}, {2}};
    struct error err = {0};
    ck_assert(!billing_cycle_period_at(&cycle, date_of("2024-01-30"), &period, &err));
    ck_assert_str_eq(err.code, "before_start");
    ck_assert(!billing_cycle_period_at(&cycle, date_of("9999-12-31"), &period, &err));
    ck_assert_str_eq(err.code, "date_out_of_range");
    ck_assert_int_eq(period.end.days, 2);
    ck_assert(!billing_cycle_boundary(&cycle, INT64_MAX, &start, &err));
    ck_assert(!billing_cycle_boundary(&cycle, INT64_MIN, &start, &err));
    broken.interval_count = 0;
    ck_assert(!billing_cycle_check(&broken, &err));
    broken.interval_count = INTERVAL_COUNT_MAX + 1;
    ck_assert(!billing_cycle_check(&broken, &err));
    broken.interval_count = 1;
    broken.anchor_day = 32;
    ck_assert(!billing_cycle_check(&broken, &err));
    ck_assert_str_eq(err.code, "bad_cycle");
}
END_TEST

START_TEST(intersects)
{
    struct period march = {date_of("2024-03-01"), date_of("2024-04-01")};
    struct period spring = {date_of("2024-03-20"), date_of("2024-06-20")};
    struct period april = {date_of("2024-04-01"), date_of("2024-05-01")};
    struct period common;
    ck_assert(period_intersect(march, spring, &common));
    ck_assert_str_eq(date_text(common.start).text, "2024-03-20");
    ck_assert_str_eq(date_text(common.end).text, "2024-04-01");
    ck_assert(!period_intersect(march, april, &common));
    ck_assert(period_contains(march, date_of("2024-03-01")));
    ck_assert(!period_contains(march, date_of("2024-04-01")));
}
END_TEST

START_TEST(names)
{
    static const char *const units[] = {"day", "week", "month", "quarter", "half_year", "year"};
    static const char *const aligns[] = {"anniversary", "calendar"};
    struct error err = {0};
    enum interval_unit unit = INTERVAL_YEAR;
    enum align align = ALIGN_CALENDAR;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        ck_assert(interval_unit_parse(units[i], &unit, &err));
        ck_assert_str_eq(interval_unit_name(unit), units[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(aligns); i++) {
        ck_assert(align_parse(aligns[i], &align, &err));
        ck_assert_str_eq(align_name(align), aligns[i]);
    }
    ck_assert(!interval_unit_parse("months", &unit, &err));
    ck_assert(!align_parse("", &align, &err));
}
END_TEST

TEST_SUITE(period)
{
    TEST_TABLE(follows_the_anchor, cycle_cases);
    TEST_TABLE(finds_the_period, containing_cases);
    TEST_TABLE(counts_elapsed_cycles, elapsed_cases);
    TEST_TABLE(tiles, tiling_counts);
    TEST_TABLE(tiles_days, tiling_counts);
    TEST_ONE(begins_in_the_middle);
    TEST_ONE(refuses);
    TEST_ONE(intersects);
    TEST_ONE(names);
}
