/* Days that a total leaves out: the clock stands still in them. */
#include <string.h>

#include "core/base/text.h"
#include "core/billing/counted_gaps.h"
#include "core/calendar/instant.h"
#include "tests/support/suite.h"

static struct date day_of(const char *text)
{
    struct error err = {0};
    struct date day;
    ck_assert_msg(date_parse(text, &day, &err), "%s", err.message);
    return day;
}

static int64_t at(const char *text)
{
    struct error err = {0};
    int64_t at_us;
    ck_assert_msg(instant_parse(text, &at_us, &err), "%s", err.message);
    return at_us;
}

#define ONE "2026-10-05/2026-10-10 2026-10-04T22:00:00Z/2026-10-09T22:00:00Z"
#define OTHER "2026-10-12/2026-10-13 2026-10-11T22:00:00Z/2026-10-12T22:00:00Z"

static const struct text_case {
    const char *name, *text;
    size_t count;
    const char *why; /* NULL: it is read, and written as it was */
} text_cases[] = {
    {"none",                              NULL,                                                              0, NULL              },
    {"one",                               ONE,                                                               1, NULL              },
    {"two",                               ONE ", " OTHER,                                                    2, NULL              },
    {"in another order",                  OTHER ", " ONE,                                                    0, "not in order"    },
    {"one that touches the other",
     ONE ", 2026-10-10/2026-10-13 2026-10-09T22:00:00Z/2026-10-12T22:00:00Z",                                0, "not in order"    },
    {"days alone",                        "2026-10-05/2026-10-10",                                           0, "are no days that"},
    {"no day",                            "2026-10-05/2026-10-05 2026-10-04T22:00:00Z/2026-10-04T22:00:00Z", 0,
     "are no days that"                                                                                                           },
    {"backwards",                         "2026-10-05/2026-10-10 2026-10-09T22:00:00Z/2026-10-04T22:00:00Z", 0,
     "are no days that"                                                                                                           },
    {"a day that a zone left out",
     "2011-12-30/2011-12-31 2011-12-30T10:00:00Z/2011-12-30T10:00:00Z",                                      1, NULL              },
    {"nothing between days and instants", "2026-10-05/2026-10-10/2026-10-04T22:00:00Z",                      0,
     "are no days that"                                                                                                           },
    {"empty",                             "",                                                                0, "are no days that"},
    {"something else",                    "2026-10-05/x y/z",                                                0, "are no days that"},
};

START_TEST(reads_and_writes)
{
    const struct text_case *c = &text_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct counted_gaps gaps = {0};
    struct error err = {0};
    bool ok = counted_gaps_parse(c->text, arena, &gaps, &err);
    ck_assert_msg(ok == (c->why == NULL), "%s: %s", c->name, err.message);
    if (!ok) {
        ck_assert_msg(strstr(err.message, c->why) != NULL, "%s: %s", c->name, err.message);
        return;
    }
    ck_assert_msg(gaps.count == c->count, "%s", c->name);
    ck_assert_msg(text_equal(counted_gaps_text(gaps, arena), c->text), "%s", c->name);
}
END_TEST

START_TEST(go_from_part_to_part)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct counted_gaps none = {0};
    struct counted_gaps same =
        counted_gaps_then(none, day_of("2026-10-05"), day_of("2026-10-05"), arena);
    struct counted_gaps one =
        counted_gaps_then(same, day_of("2026-10-05"), day_of("2026-10-10"), arena);
    struct counted_gaps two =
        counted_gaps_then(one, day_of("2026-10-12"), day_of("2026-10-13"), arena);
    ck_assert_uint_eq(same.count, 0);
    ck_assert_uint_eq(one.count, 1);
    ck_assert_uint_eq(two.count, 2);
    ck_assert(period_equal(two.items[0].days, one.items[0].days));
    ck_assert_int_eq(two.items[1].days.start.days, day_of("2026-10-12").days);
    ck_assert(counted_gaps_equal(none, same) && !counted_gaps_equal(one, two) &&
              !counted_gaps_equal(none, one));
    ck_assert(counted_gaps_equal(
        one, counted_gaps_then(none, day_of("2026-10-05"), day_of("2026-10-10"), arena)));
    ck_assert(!counted_gaps_equal(
        one, counted_gaps_then(none, day_of("2026-10-05"), day_of("2026-10-11"), arena)));
}
END_TEST

static const struct skip_case {
    const char *name, *at, *expect; /* NULL: in a gap */
} skip_cases[] = {
    {"before all",          "2026-10-04T21:59:59.999999Z", "2026-10-04T21:59:59.999999Z"},
    {"where one begins",    "2026-10-04T22:00:00Z",        NULL                         },
    {"its last instant",    "2026-10-09T21:59:59.999999Z", NULL                         },
    {"where it ends",       "2026-10-09T22:00:00Z",        "2026-10-04T22:00:00Z"       },
    {"between two",         "2026-10-11T21:00:00Z",        "2026-10-06T21:00:00Z"       },
    {"in the second",       "2026-10-12T00:00:00Z",        NULL                         },
    {"six days, after all", "2026-10-31T23:00:00Z",        "2026-10-25T23:00:00Z"       },
};

START_TEST(stops_the_clock)
{
    const struct skip_case *c = &skip_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct counted_gaps gaps = {0};
    struct error err = {0};
    int64_t at_us = 0;
    ck_assert(counted_gaps_parse(ONE ", " OTHER, arena, &gaps, &err));
    bool counts = counted_gaps_skip(gaps, at(c->at), &at_us);
    ck_assert_msg(counts == (c->expect != NULL), "%s", c->name);
    ck_assert_msg(!counts || at_us == at(c->expect), "%s: %s", c->name, instant_text(at_us).text);
}
END_TEST

TEST_SUITE(counted_gaps)
{
    TEST_TABLE(reads_and_writes, text_cases);
    tcase_add_test(tcase, go_from_part_to_part);
    TEST_TABLE(stops_the_clock, skip_cases);
}
