/* Parts of periods as rows keep them: made, written, read; what is refused. */
#include <string.h>

#include "core/base/text.h"
#include "core/billing/period_part.h"
#include "tests/support/suite.h"

#define ZONES "/usr/share/zoneinfo"

static struct date day(const char *text)
{
    struct date date;
    struct error err = {0};
    ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

/* clang-format off */
static const struct part_case {
    const char *name;
    const char *basis, *zone, *full_start, *full_end, *start, *end;
    const char *text; /* NULL: by days */
    int64_t numerator, denominator;
} part_cases[] = {
    {"by days",                      "day",     "Europe/Berlin",    "2026-10-01", "2026-11-01", "2026-10-16", "2026-11-01", NULL, 16, 31},
    {"a whole one by days",          "day",     "Europe/Berlin",    "2026-10-01", "2026-11-01", "2026-10-01", "2026-11-01", NULL, 31, 31},
    {"BC-249: 745 hours",            "second",  "Europe/Berlin",    "2025-10-01", "2025-11-01", "2025-10-16", "2025-11-01", "second 1386000/2682000", 1386000, 2682000},
    {"BC-248: 743 hours",            "second",  "America/New_York", "2025-03-01", "2025-04-01", "2025-03-16", "2025-04-01", "second 1382400/2674800", 1382400, 2674800},
    {"a day of 23 hours",            "second",  "Europe/Berlin",    "2026-03-01", "2026-04-01", "2026-03-29", "2026-03-30", "second 82800/2674800", 82800, 2674800},
    {"a whole one by seconds",       "second",  "Europe/Berlin",    "2026-10-01", "2026-11-01", "2026-10-01", "2026-11-01", "second 1/1", 1, 1},
    {"a day that Samoa skipped",     "second",  "Pacific/Apia",     "2011-12-30", "2011-12-31", "2011-12-30", "2011-12-31", "second 1/1", 1, 1},
    {"months of 30 days",            "fixed30", "UTC",              "2026-02-01", "2026-03-01", "2026-02-16", "2026-03-01", "fixed30 15/30", 15, 30},
    {"the 31st is no day of its own", "fixed30", "UTC",             "2026-10-01", "2026-11-01", "2026-10-30", "2026-10-31", "fixed30 0/30", 0, 30},
    {"not divided",                  "none",    "UTC",              "2026-10-01", "2026-11-01", "2026-10-16", "2026-11-01", "none 1/1", 1, 1},
};
/* clang-format on */

START_TEST(makes_writes_and_reads)
{
    const struct part_case *c = &part_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("part test", 1 << 16);
    CLEANUP(zone_cache_destroy) struct zone_cache *zones = zone_cache_create(ZONES);
    struct period full = {day(c->full_start), day(c->full_end)};
    struct period period = {day(c->start), day(c->end)};
    struct period_part part, again;
    enum proration_basis basis;
    const struct zone *zone = NULL;
    struct error err = {0};
    ck_assert(zone_load(zones, c->zone, &zone, &err));
    ck_assert(proration_basis_parse(c->basis, &basis, &err));
    ck_assert_msg(period_part_make(basis, zone, full, period, &part, &err), "%s: %s", c->name,
                  err.message);
    const char *text = period_part_text(&part, arena);
    ck_assert_msg(text_equal(text, c->text), "%s: %s", c->name, text == NULL ? "null" : text);
    ck_assert_msg(period_part_read(text, full, period, &again, &err), "%s: %s", c->name,
                  err.message);
    ck_assert_int_eq(again.basis, basis);
    ck_assert_int_eq(period_part_basis(text), basis);
    ck_assert_msg(again.part.numerator == c->numerator && again.part.denominator == c->denominator,
                  "%s: %jd/%jd", c->name, (intmax_t)again.part.numerator,
                  (intmax_t)again.part.denominator);
}
END_TEST

static const char *const refused_texts[] = {
    "",           "second",      "second 1",        "hour 1/2",
    "second 1/0", "second -1/2", "second 3/2",      "second 1/2/3",
    "1/2 second", "second1/2",   "second  1/2",     "second 1/99999999999999999999",
    "/ ",         " 1/2",        "seconds and 1/2",
};

START_TEST(refuses)
{
    const char *text = refused_texts[_i];
    struct period full = {day("2026-10-01"), day("2026-11-01")};
    struct period_part part;
    struct error err = {0};
    ck_assert_msg(!period_part_read(text, full, full, &part, &err), "'%s'", text);
    ck_assert_str_eq(err.code, "bad_proration");
    ck_assert_int_eq(period_part_basis(text), PRORATE_DAY);
}
END_TEST

TEST_SUITE(period_part)
{
    TEST_TABLE(makes_writes_and_reads, part_cases);
    TEST_TABLE(refuses, refused_texts);
}
