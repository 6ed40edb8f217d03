/* Dates and instants. Rows whose name begins with BC or SC are cases of the conformance list. */
#include <string.h>

#include "core/calendar/instant.h"
#include "tests/support/suite.h"

static struct date date_of(const char *text)
{
    struct date date = {0};
    struct error err = {0};
    ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static const struct parse_case {
    const char *text;
    bool ok;
    int32_t days;
    enum weekday weekday;
} parse_cases[] = {
    {"1970-01-01",           true,  0,             THURSDAY },
    {"1969-12-31",           true,  -1,            WEDNESDAY},
    {"2000-02-29",           true,  11016,         TUESDAY  },
    {"2024-02-29",           true,  19782,         THURSDAY },
    {"2026-10-31",           true,  20757,         SATURDAY },
    {"2100-03-01",           true,  47541,         MONDAY   },
    {"0001-01-01",           true,  DATE_DAYS_MIN, MONDAY   },
    {"9999-12-31",           true,  DATE_DAYS_MAX, FRIDAY   },
    {"2023-02-29",           false, 0,             0        },
    {"2100-02-29",           false, 0,             0        },
    {"2026-04-31",           false, 0,             0        },
    {"2026-00-10",           false, 0,             0        },
    {"2026-13-10",           false, 0,             0        },
    {"2026-01-00",           false, 0,             0        },
    {"0000-01-01",           false, 0,             0        },
    {"2026-1-01",            false, 0,             0        },
    {"2026/01/01",           false, 0,             0        },
    {"20260101",             false, 0,             0        },
    {"2026-01-01 ",          false, 0,             0        },
    {"2026-01-01T00:00:00Z", false, 0,             0        },
    {"-026-01-01",           false, 0,             0        },
    {"",                     false, 0,             0        },
};

START_TEST(parses_dates)
{
    const struct parse_case *c = &parse_cases[_i];
    struct date date = {12345};
    struct error err = {0};
    bool ok = date_parse(c->text, &date, &err);
    ck_assert_msg(ok == c->ok, "'%s': %s", c->text, err.message);
    if (!ok) {
        ck_assert_int_eq(date.days, 12345);
        ck_assert_str_eq(err.code, "bad_date");
        return;
    }
    ck_assert_msg(date.days == c->days, "'%s': got %d", c->text, date.days);
    ck_assert_msg(date_weekday(date) == c->weekday, "'%s': weekday %d", c->text,
                  (int)date_weekday(date));
    ck_assert_str_eq(date_text(date).text, c->text);
}
END_TEST

/* Counts days one by one beside the arithmetic, over the whole calendar. */
START_TEST(walks_the_calendar)
{
    struct civil_date expected = {1, 1, 1};
    for (int32_t days = DATE_DAYS_MIN; days <= DATE_DAYS_MAX; days++) {
        struct civil_date got = date_civil((struct date){days});
        if (got.year != expected.year || got.month != expected.month || got.day != expected.day)
            ck_abort_msg("day %d is %d-%d-%d", days, got.year, got.month, got.day);
        bool leap =
            expected.year % 4 == 0 && (expected.year % 100 != 0 || expected.year % 400 == 0);
        bool thirty = expected.month == 4 || expected.month == 6 || expected.month == 9 ||
                      expected.month == 11;
        int32_t length = expected.month == 2 ? (leap ? 29 : 28) : thirty ? 30 : 31;
        if (expected.day++ == length) {
            expected.day = 1;
            if (expected.month++ == 12) {
                expected.month = 1;
                expected.year++;
            }
        }
    }
    ck_assert_int_eq(expected.year, 10000);
}
END_TEST

static const struct month_case {
    const char *name, *from;
    int64_t months;
    int32_t anchor_day;
    const char *to; /* NULL: out of range */
} month_cases[] = {
    {"BC-226",            "2024-12-31", 2,              31, "2025-02-28"},
    {"BC-227",            "2024-02-29", 1,              29, "2024-03-29"},
    {"BC-228",            "2024-01-31", 2,              31, "2024-03-31"},
    {"BC-230",            "2023-02-28", 12,             28, "2024-02-28"},
    {"BC-232",            "2024-02-29", 36,             29, "2027-02-28"},
    {"back over a year",  "2024-01-31", -2,             31, "2023-11-30"},
    {"to the last month", "0001-01-31", 9998 * 12 + 11, 31, "9999-12-31"},
    {"beyond the last",   "9999-12-01", 1,              1,  NULL        },
    {"before the first",  "0001-01-01", -1,             1,  NULL        },
    {"far beyond",        "2000-01-01", INT64_MAX,      1,  NULL        },
};

START_TEST(adds_months)
{
    const struct month_case *c = &month_cases[_i];
    struct date to = {0};
    struct error err = {0};
    bool ok = date_add_months(date_of(c->from), c->months, c->anchor_day, &to, &err);
    ck_assert_msg(ok == (c->to != NULL), "%s: %s", c->name, err.message);
    if (ok)
        ck_assert_msg(strcmp(date_text(to).text, c->to) == 0, "%s: got %s", c->name,
                      date_text(to).text);
    else
        ck_assert_str_eq(err.code, "date_out_of_range");
}
END_TEST

START_TEST(adds_days)
{
    struct date to = {0};
    struct error err = {0};
    ck_assert(date_add_days(date_of("2024-02-28"), 2, &to, &err));
    ck_assert_str_eq(date_text(to).text, "2024-03-01");
    ck_assert(!date_add_days(date_of("9999-12-31"), 1, &to, &err));
    ck_assert(!date_add_days(date_of("0001-01-01"), -1, &to, &err));
    ck_assert(!date_add_days(date_of("2000-01-01"), INT64_MAX, &to, &err));
    ck_assert(!date_add_days(date_of("2000-01-01"), INT64_MIN, &to, &err));
    ck_assert_str_eq(date_text(to).text, "2024-03-01");
}
END_TEST

static const struct instant_case {
    const char *text;
    int64_t at_us;
    const char *printed; /* NULL: refused */
} instant_cases[] = {
    {"1970-01-01T00:00:00Z",         0,                  "1970-01-01T00:00:00Z"       },
    {"2012-07-16T21:17:03Z",         1342473423000000,   "2012-07-16T21:17:03Z"       },
    {"2026-03-29T03:30:00+02:00",    1774747800000000,   "2026-03-29T01:30:00Z"       },
    {"2026-03-28T19:30:00.5-06:00",  1774747800500000,   "2026-03-29T01:30:00.5Z"     },
    {"1969-12-31T23:59:59.999999Z",  -1,                 "1969-12-31T23:59:59.999999Z"},
    {"2026-01-01t00:00:00.000100z",  1767225600000100,   "2026-01-01T00:00:00.0001Z"  },
    {"2026-01-01T00:00:00-00:00",    1767225600000000,   "2026-01-01T00:00:00Z"       },
    {"0001-01-01T00:00:00Z",         -62135596800000000, "0001-01-01T00:00:00Z"       },
    {"9999-12-31T23:59:59.999999Z",  253402300799999999, "9999-12-31T23:59:59.999999Z"},
    {"9999-12-31T23:59:59-00:01",    0,                  NULL                         },
    {"0001-01-01T00:00:00+00:01",    0,                  NULL                         },
    {"2016-12-31T23:59:60Z",         0,                  NULL                         },
    {"2026-01-01T24:00:00Z",         0,                  NULL                         },
    {"2026-01-01T00:60:00Z",         0,                  NULL                         },
    {"2026-01-01T00:00:61Z",         0,                  NULL                         },
    {"2026-02-30T00:00:00Z",         0,                  NULL                         },
    {"2026-01-01T00:00:00",          0,                  NULL                         },
    {"2026-01-01 00:00:00Z",         0,                  NULL                         },
    {"2026-01-01T00:00Z",            0,                  NULL                         },
    {"2026-01-01T00:00:00.Z",        0,                  NULL                         },
    {"2026-01-01T00:00:00.1234567Z", 0,                  NULL                         },
    {"2026-01-01T00:00:00+24:00",    0,                  NULL                         },
    {"2026-01-01T00:00:00+02",       0,                  NULL                         },
    {"2026-01-01T00:00:00+0200",     0,                  NULL                         },
    {"2026-01-01T00:00:00Z ",        0,                  NULL                         },
    {"2026-01-01T",                  0,                  NULL                         },
    {"2026-01-01",                   0,                  NULL                         },
    {"",                             0,                  NULL                         },
};

START_TEST(parses_instants)
{
    const struct instant_case *c = &instant_cases[_i];
    struct error err = {0};
    int64_t at_us = 77;
    bool ok = instant_parse(c->text, &at_us, &err);
    ck_assert_msg(ok == (c->printed != NULL), "'%s': %s", c->text, err.message);
    ck_assert_msg(at_us == (ok ? c->at_us : 77), "'%s': got %" PRId64, c->text, at_us);
    if (ok)
        ck_assert_str_eq(instant_text(at_us).text, c->printed);
}
END_TEST

START_TEST(names_the_leap_second)
{
    struct error err = {0};
    int64_t at_us = 0;
    ck_assert(!instant_parse("2016-12-31T23:59:60Z", &at_us, &err));
    ck_assert_msg(strstr(err.message, "leap second") != NULL, "%s", err.message);
}
END_TEST

TEST_SUITE(date)
{
    TEST_TABLE(parses_dates, parse_cases);
    TEST_ONE(walks_the_calendar);
    TEST_TABLE(adds_months, month_cases);
    TEST_ONE(adds_days);
    TEST_TABLE(parses_instants, instant_cases);
    TEST_ONE(names_the_leap_second);
}
