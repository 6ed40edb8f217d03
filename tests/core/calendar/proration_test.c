/* Proration. Rows whose name begins with BC or SC are cases of the conformance list. */
#include <string.h>

#include "core/calendar/proration.h"
#include "core/money/ratio.h"
#include "tests/support/suite.h"

static struct date date_of(const char *text)
{
    struct date date = {0};
    struct error err = {0};
    ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static int64_t instant_of(const char *text)
{
    struct error err = {0};
    int64_t at_us = 0;
    ck_assert_msg(instant_parse(text, &at_us, &err), "%s", err.message);
    return at_us;
}

static const struct zone *zone_of(struct zone_cache *cache, const char *name)
{
    const struct zone *zone = NULL;
    struct error err = {0};
    ck_assert_msg(zone_load(cache, name, &zone, &err), "%s", err.message);
    return zone;
}

static const struct dates_case {
    const char *name;
    enum proration_basis basis;
    const char *zone, *from, *to, *service_from, *service_to;
    int64_t numerator, denominator; /* 0: refused */
} dates_cases[] = {
    {"BC-099 trailing part",                PRORATE_DAY,     "UTC",              "2023-02-23", "2023-03-23", "2023-02-23",
     "2023-03-15",                                                                                                                       20,      28     },
    {"BC-103 months of 30 days",            PRORATE_FIXED30, "UTC",              "2024-02-23", "2024-03-23", "2024-02-23",
     "2024-03-15",                                                                                                                       22,      30     },
    {"BC-113 half of February",             PRORATE_DAY,     "UTC",              "2011-02-01", "2011-03-01", "2011-02-01",
     "2011-02-14",                                                                                                                       13,      28     },
    {"BC-115 leap February",                PRORATE_DAY,     "UTC",              "2012-02-01", "2012-03-01", "2012-02-01",
     "2012-02-15",                                                                                                                       14,      29     },
    {"BC-118 outlasts its period",          PRORATE_DAY,     "UTC",              "2010-12-15", "2011-01-15", "2010-12-15",
     "2011-03-17",                                                                                                                       95,      31     },
    {"BC-119 from the 2nd",                 PRORATE_DAY,     "UTC",              "2012-05-01", "2012-06-01", "2012-05-02",
     "2012-06-01",                                                                                                                       30,      31     },
    {"BC-120 the pause",                    PRORATE_DAY,     "UTC",              "2012-06-30", "2012-07-31", "2012-07-10", "2012-07-20",
     10,                                                                                                                                          31     },
    {"BC-122 from the 10th",                PRORATE_DAY,     "UTC",              "2026-08-01", "2026-09-01", "2026-08-10",
     "2026-09-01",                                                                                                                       22,      31     },
    {"BC-123 from the 11th",                PRORATE_DAY,     "UTC",              "2026-05-01", "2026-06-01", "2026-05-11",
     "2026-06-01",                                                                                                                       21,      31     },
    {"BC-128 leap February from the 4th",   PRORATE_DAY,     "UTC",              "2024-02-01", "2024-03-01",
     "2024-02-04",                                                                                                         "2024-03-01", 26,      29     },
    {"BC-134 second half",                  PRORATE_DAY,     "UTC",              "2025-01-01", "2025-01-31", "2025-01-16",
     "2025-01-31",                                                                                                                       15,      30     },
    {"BC-248 by second, spring",            PRORATE_SECOND,  "America/New_York", "2025-03-01", "2025-04-01",
     "2025-03-16",                                                                                                         "2025-04-01", 1382400, 2674800},
    {"BC-248 by day, spring",               PRORATE_DAY,     "America/New_York", "2025-03-01", "2025-04-01",
     "2025-03-16",                                                                                                         "2025-04-01", 16,      31     },
    {"BC-249 by second, autumn",            PRORATE_SECOND,  "Europe/Berlin",    "2025-10-01", "2025-11-01",
     "2025-10-16",                                                                                                         "2025-11-01", 1386000, 2682000},
    {"BC-249 by day, autumn",               PRORATE_DAY,     "Europe/Berlin",    "2025-10-01", "2025-11-01",
     "2025-10-16",                                                                                                         "2025-11-01", 16,      31     },
    {"SC-019 second half",                  PRORATE_DAY,     "UTC",              "2026-03-01", "2026-03-31", "2026-03-16",
     "2026-03-31",                                                                                                                       15,      30     },
    {"SC-083 nothing left",                 PRORATE_DAY,     "UTC",              "2026-04-01", "2026-05-01", "2026-05-01",
     "2026-05-01",                                                                                                                       0,       30     },
    {"SC-085 all of it",                    PRORATE_DAY,     "UTC",              "2026-04-01", "2026-05-01", "2026-04-01", "2026-05-01",
     30,                                                                                                                                          30     },
    {"exactly three months",                PRORATE_DAY,     "UTC",              "2026-01-31", "2026-02-28", "2026-01-31",
     "2026-04-30",                                                                                                                       84,      28     },
    {"months of an anchor day 31",          PRORATE_DAY,     "UTC",              "2024-01-31", "2024-02-29", "2024-01-31",
     "2024-04-15",                                                                                                                       75,      30     },
    {"two years and a day",                 PRORATE_DAY,     "UTC",              "2024-02-29", "2025-02-28", "2024-02-29",
     "2026-03-01",                                                                                                                       731,     365    },
    {"weeks stay weeks",                    PRORATE_DAY,     "UTC",              "2026-02-24", "2026-03-03", "2026-02-24", "2026-03-20",
     24,                                                                                                                                          7      },
    {"outlasts by second over summer time", PRORATE_SECOND,  "Europe/Berlin",    "2026-02-01",
     "2026-03-01",                                                                                           "2026-02-01", "2026-03-30", 5176800, 2674800},
    {"outlasts in months of 30 days",       PRORATE_FIXED30, "UTC",              "2026-01-15", "2026-02-15",
     "2026-01-15",                                                                                                         "2026-03-31", 75,      30     },
    {"the 31st counts as the 30th",         PRORATE_FIXED30, "UTC",              "2026-01-01", "2026-02-01",
     "2026-01-01",                                                                                                         "2026-01-31", 29,      30     },
    {"none is all",                         PRORATE_NONE,    "UTC",              "2026-01-01", "2026-02-01", "2026-01-20", "2026-02-01", 1,
     1                                                                                                                                                   },
    {"none begins another period",          PRORATE_NONE,    "UTC",              "2026-01-01", "2026-02-01", "2026-01-01",
     "2026-02-02",                                                                                                                       2,       1      },
    {"before its period",                   PRORATE_DAY,     "UTC",              "2026-01-01", "2026-02-01", "2025-12-31",
     "2026-01-05",                                                                                                                       0,       0      },
    {"outlasts without starting with it",   PRORATE_DAY,     "UTC",              "2026-01-01", "2026-02-01",
     "2026-01-02",                                                                                                         "2026-02-02", 0,       0      },
    {"behind its period",                   PRORATE_NONE,    "UTC",              "2026-01-01", "2026-02-01", "2026-02-01",
     "2026-02-02",                                                                                                                       0,       0      },
    {"turned service",                      PRORATE_DAY,     "UTC",              "2026-01-01", "2026-02-01", "2026-01-20", "2026-01-10",
     0,                                                                                                                                           0      },
    {"SC-085 an empty period",              PRORATE_DAY,     "UTC",              "2026-01-01", "2026-01-01", "2026-01-01",
     "2026-01-01",                                                                                                                       0,       0      },
    {"an empty period of nothing",          PRORATE_NONE,    "UTC",              "2026-01-01", "2026-01-01", "2026-01-01",
     "2026-01-01",                                                                                                                       0,       0      },
    {"a turned period",                     PRORATE_DAY,     "UTC",              "2026-02-01", "2026-01-01", "2026-01-10", "2026-01-20",
     0,                                                                                                                                           0      },
    {"no day in 30E/360",                   PRORATE_FIXED30, "UTC",              "2026-01-30", "2026-01-31", "2026-01-30",
     "2026-01-31",                                                                                                                       0,       0      },
    {"a day that the zone skipped",         PRORATE_SECOND,  "Pacific/Apia",     "2011-12-30", "2011-12-31",
     "2011-12-30",                                                                                                         "2011-12-31", 0,       0      },
    {"beyond the calendar",                 PRORATE_DAY,     "UTC",              "9999-11-15", "9999-12-15", "9999-11-15",
     "9999-12-20",                                                                                                                       0,       0      },
};

START_TEST(prorates_dates)
{
    const struct dates_case *c = &dates_cases[_i];
    CLEANUP(zone_cache_destroy) struct zone_cache *cache = zone_cache_create(NULL);
    struct proration part = {-1, -1};
    struct error err = {0};
    bool ok = proration_of_dates(
        c->basis, zone_of(cache, c->zone), (struct period){date_of(c->from), date_of(c->to)},
        (struct period){date_of(c->service_from), date_of(c->service_to)}, &part, &err);
    ck_assert_msg(ok == (c->denominator != 0), "%s: %s", c->name, err.message);
    if (ok)
        ck_assert_msg(part.numerator == c->numerator && part.denominator == c->denominator,
                      "%s: got %" PRId64 "/%" PRId64, c->name, part.numerator, part.denominator);
    else
        ck_assert_msg(err.kind == ERROR_ITEM && part.denominator == -1, "%s", c->name);
}
END_TEST

static const struct instants_case {
    const char *name;
    enum proration_basis basis;
    const char *zone, *from, *to, *service_from, *service_to;
    int64_t numerator, denominator; /* 0: refused */
} instants_cases[] = {
    {"BC-133 by second",              PRORATE_SECOND, "UTC",               "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z",
     "2024-01-21T21:55:18Z",                                                                                                                       "2024-02-01T00:00:00Z",    871482,  2678400 },
    {"BC-133 by day of the zone",     PRORATE_DAY,    "UTC",               "2024-01-01T00:00:00Z",
     "2024-02-01T00:00:00Z",                                                                                               "2024-01-21T21:55:18Z", "2024-02-01T00:00:00Z",    11,      31      },
    {"a fraction of a second",        PRORATE_SECOND, "UTC",               "2024-01-01T00:00:00Z",
     "2024-01-01T00:00:10Z",                                                                                               "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.25Z", 250000,  10000000},
    {"the local day decides",         PRORATE_DAY,    "Asia/Tokyo",        "2024-01-31T15:00:00Z",
     "2024-02-29T15:00:00Z",                                                                                               "2024-02-09T16:00:00Z", "2024-02-29T15:00:00Z",    20,      29      },
    {"months of local midnights",     PRORATE_SECOND, "Europe/Berlin",     "2026-01-31T23:00:00Z",
     "2026-02-28T23:00:00Z",                                                                                               "2026-01-31T23:00:00Z", "2026-03-31T22:00:00Z",    4838400, 2419200 },
    {"months of another time of day", PRORATE_SECOND, "UTC",               "2026-01-31T10:00:00Z",
     "2026-02-28T10:00:00Z",                                                                                               "2026-01-31T10:00:00Z", "2026-03-31T10:00:01Z",    5184001, 2592000 },
    {"no months: equal lengths",      PRORATE_SECOND, "UTC",               "2026-01-01T00:00:00Z",
     "2026-01-01T12:30:00Z",                                                                                               "2026-01-01T00:00:00Z", "2026-01-02T01:00:01Z",    90001,   45000   },
    {"from a skipped midnight",       PRORATE_SECOND, "America/Sao_Paulo", "2018-11-04T03:00:00Z",
     "2018-12-04T02:00:00Z",                                                                                               "2018-11-04T03:00:00Z", "2019-01-04T02:00:00Z",    5176800, 2588400 },
    {"outside",                       PRORATE_SECOND, "UTC",               "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z",
     "2025-12-31T23:59:59Z",                                                                                                                       "2026-01-05T00:00:00Z",    0,       0       },
    {"half a day is no day",          PRORATE_DAY,    "UTC",               "2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z",
     "2026-01-01T00:00:00Z",                                                                                                                       "2026-01-01T06:00:00Z",    0,       0       },
};

START_TEST(prorates_instants)
{
    const struct instants_case *c = &instants_cases[_i];
    CLEANUP(zone_cache_destroy) struct zone_cache *cache = zone_cache_create(NULL);
    struct proration part = {-1, -1};
    struct error err = {0};
    bool ok = proration_of_instants(
        c->basis, zone_of(cache, c->zone),
        (struct instant_span){instant_of(c->from), instant_of(c->to)},
        (struct instant_span){instant_of(c->service_from), instant_of(c->service_to)}, &part, &err);
    ck_assert_msg(ok == (c->denominator != 0), "%s: %s", c->name, err.message);
    if (ok)
        ck_assert_msg(part.numerator == c->numerator && part.denominator == c->denominator,
                      "%s: got %" PRId64 "/%" PRId64, c->name, part.numerator, part.denominator);
}
END_TEST

/* Periods due in advance on a date, stubs as parts of their full period; the sum has nine digits.
 */
static const struct due_case {
    const char *name, *start, *end; /* NULL: still running */
    int32_t anchor_day;
    const char *target, *periods;
} due_cases[] = {
    {"BC-107", "2011-02-01", NULL,         13, "2011-02-01", "0.387096774"},
    {"BC-109", "2011-02-01", NULL,         13, "2011-02-13", "1.387096774"},
    {"BC-110", "2011-02-01", NULL,         13, "2011-04-13", "3.387096774"},
    {"BC-112", "2011-02-24", NULL,         10, "2011-03-06", "0.5"        },
    {"BC-113", "2011-02-01", "2011-02-14", 1,  "2011-03-01", "0.464285714"},
    {"BC-115", "2012-02-01", "2012-02-15", 1,  "2012-02-19", "0.482758621"},
    {"BC-118", "2010-12-15", "2011-03-17", 15, "2011-03-15", "3.064516129"},
};

/* The part of one period that is served, added to the sum. */
static void add_part(const struct billing_cycle *cycle, struct period period, struct period served,
                     struct ratio *sum)
{
    struct period service;
    struct period full;
    struct proration part;
    struct ratio ratio;
    struct error err = {0};
    if (!period_intersect(period, served, &service))
        return;
    ck_assert(billing_cycle_full_period(cycle, period.start, &full, &err));
    ck_assert(proration_of_dates(PRORATE_DAY, NULL, full, service, &part, &err));
    ck_assert(ratio_make(part.numerator, part.denominator, &ratio, &err));
    ck_assert(ratio_add(*sum, ratio, sum, &err));
}

START_TEST(sums_what_is_due)
{
    const struct due_case *c = &due_cases[_i];
    struct date start = date_of(c->start);
    struct date behind_target = {date_of(c->target).days + 1};
    struct billing_cycle cycle = {start, c->anchor_day,     INTERVAL_MONTH,
                                  1,     ALIGN_ANNIVERSARY, start};
    struct period served = {start, c->end == NULL ? (struct date){DATE_DAYS_MAX} : date_of(c->end)};
    struct period_iterator it;
    struct period period;
    struct ratio sum = {0};
    struct decimal rounded = {0};
    struct error err = {0};
    bool more = false;
    ck_assert(period_iterator_begin(&it, &cycle, start, behind_target, &err));
    while (period_iterator_next(&it, &period, &more, &err) && more)
        add_part(&cycle, period, served, &sum);
    ck_assert(ratio_round(sum, 9, ROUND_HALF_UP, &rounded, &err));
    ck_assert_msg(strcmp(decimal_text(rounded).text, c->periods) == 0, "%s: got %s", c->name,
                  decimal_text(rounded).text);
}
END_TEST

/* The parts of a period, cut anywhere, sum to it in every basis that measures. */
START_TEST(parts_sum_to_the_period)
{
    static const enum proration_basis bases[] = {PRORATE_DAY, PRORATE_SECOND, PRORATE_FIXED30};
    CLEANUP(zone_cache_destroy) struct zone_cache *cache = zone_cache_create(NULL);
    const struct zone *zone = zone_of(cache, "America/Sao_Paulo");
    struct period whole = {date_of("2017-10-03"), date_of("2018-12-31")};
    for (size_t b = 0; b < ARRAY_LEN(bases); b++) {
        for (int32_t day = whole.start.days; day <= whole.end.days; day++) {
            struct proration first;
            struct proration second;
            struct error err = {0};
            struct date cut = {day};
            if (!proration_of_dates(bases[b], zone, whole, (struct period){whole.start, cut},
                                    &first, &err) ||
                !proration_of_dates(bases[b], zone, whole, (struct period){cut, whole.end}, &second,
                                    &err) ||
                first.denominator != second.denominator ||
                first.numerator + second.numerator != first.denominator)
                ck_abort_msg("%s, cut on %s", proration_basis_name(bases[b]), date_text(cut).text);
        }
    }
}
END_TEST

START_TEST(names)
{
    static const char *const expected[] = {"day", "second", "fixed30", "none"};
    struct error err = {0};
    enum proration_basis basis = PRORATE_NONE;
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        ck_assert(proration_basis_parse(expected[i], &basis, &err));
        ck_assert_int_eq((int32_t)basis, (int32_t)i);
        ck_assert_str_eq(proration_basis_name(basis), expected[i]);
    }
    ck_assert(!proration_basis_parse("days", &basis, &err));
    ck_assert_str_eq(err.code, "bad_basis");
}
END_TEST

TEST_SUITE(proration)
{
    TEST_TABLE(prorates_dates, dates_cases);
    TEST_TABLE(prorates_instants, instants_cases);
    TEST_TABLE(sums_what_is_due, due_cases);
    TEST_ONE(parts_sum_to_the_period);
    TEST_ONE(names);
}
