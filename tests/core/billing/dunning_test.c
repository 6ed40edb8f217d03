/* Attempts after a failure. Rows whose name begins with BC or SC are cases of the conformance list.
 */
#include <string.h>

#include "core/billing/dunning.h"
#include "core/calendar/instant.h"
#include "tests/support/suite.h"

#define STEPS_MAX 8

static struct date date_of(const char *text)
{
    struct date date = {0};
    struct error err = {0};
    ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static size_t steps_of(const int32_t *steps)
{
    size_t count = 0;
    while (count < STEPS_MAX && steps[count] != 0)
        count++;
    return count;
}

static const struct schedule_case {
    const char *name;
    enum dunning_spacing spacing;
    int32_t steps[STEPS_MAX];
    const char *failed_at, *zone;
    const char *attempts[STEPS_MAX];
} schedule_cases[] = {
    {"SC-060 the default, from the failure",
     DUNNING_DAYS,         {3, 7, 14, 21},
     "2026-01-01T12:00:00Z", "UTC",
     {"2026-01-04", "2026-01-08", "2026-01-15", "2026-01-22"}},
    {"over the end of February",
     DUNNING_DAYS,         {3, 7, 14, 30},
     "2024-02-27T12:00:00Z", "UTC",
     {"2024-03-01", "2024-03-05", "2024-03-12", "2024-03-28"}},
    {"chained",
     DUNNING_DAYS_CHAINED, {1, 8, 4, 7},
     "2026-01-31T12:00:00Z", "UTC",
     {"2026-02-01", "2026-02-09", "2026-02-13", "2026-02-20"}},
    {"hours are real ones: 24 of them over the night that has 23",
     DUNNING_HOURS,        {24, 48, 96},
     "2026-03-28T22:30:00Z", "Europe/Berlin",
     {"2026-03-30", "2026-03-31", "2026-04-02"}              },
    {"the date of hours is the zone's",
     DUNNING_HOURS,        {1},
     "2026-01-01T02:30:00Z", "America/New_York",
     {"2025-12-31"}                                          },
};

START_TEST(schedules)
{
    const struct schedule_case *c = &schedule_cases[_i];
    CLEANUP(zone_cache_destroy) struct zone_cache *zones = zone_cache_create(NULL);
    struct dunning_policy policy = {c->spacing, c->steps, steps_of(c->steps), DUNNING_PAUSE};
    struct dunning_failure failure = {0};
    struct dunning_attempt attempts[STEPS_MAX];
    struct error err = {0};
    size_t at_fault;
    ck_assert_msg(zone_load(zones, c->zone, &failure.zone, &err), "%s", err.message);
    ck_assert_msg(instant_parse(c->failed_at, &failure.at_us, &err), "%s", err.message);
    failure.on = zone_local_date(failure.zone, failure.at_us);
    ck_assert_msg(dunning_policy_check(&policy, &at_fault, &err), "%s: %s", c->name, err.message);
    ck_assert_msg(dunning_schedule(&policy, failure, attempts, &err), "%s: %s", c->name,
                  err.message);
    for (size_t i = 0; i < policy.step_count; i++)
        ck_assert_msg(strcmp(date_text(attempts[i].on).text, c->attempts[i]) == 0,
                      "%s: attempt %zu is on %s", c->name, i + 1, date_text(attempts[i].on).text);
}
END_TEST

static const struct refused_case {
    const char *name;
    enum dunning_spacing spacing;
    int32_t steps[STEPS_MAX];
    size_t count, at_fault;
} refused_cases[] = {
    {"no step",                    DUNNING_DAYS,         {0},                     0, 0},
    {"the day of the failure",     DUNNING_DAYS,         {0, 3},                  2, 0},
    {"a day before it",            DUNNING_DAYS_CHAINED, {3, -1},                 2, 1},
    {"twice the same day",         DUNNING_DAYS,         {3, 3},                  2, 1},
    {"back in time",               DUNNING_HOURS,        {24, 48, 36},            3, 2},
    {"more than ten years",        DUNNING_DAYS_CHAINED, {DUNNING_DAYS_MAX + 1},  1, 0},
    {"more than ten years, hours", DUNNING_HOURS,        {DUNNING_HOURS_MAX + 1}, 1, 0},
};

START_TEST(refuses)
{
    const struct refused_case *c = &refused_cases[_i];
    struct dunning_policy policy = {c->spacing, c->steps, c->count, DUNNING_CANCEL};
    struct error err = {0};
    size_t at_fault = 99;
    ck_assert_msg(!dunning_policy_check(&policy, &at_fault, &err), "%s", c->name);
    ck_assert_str_eq(err.code, "bad_dunning_policy");
    ck_assert_msg(at_fault == c->at_fault, "%s: step %zu", c->name, at_fault);
}
END_TEST

START_TEST(ends_with_the_calendar)
{
    const struct zone *utc = zone_utc();
    const int32_t steps[] = {24};
    struct dunning_failure failure = {date_of("9999-12-31"), 0, utc};
    struct dunning_attempt attempt = {{7}, 7};
    struct error err = {0};
    for (int32_t spacing = DUNNING_DAYS; spacing <= (int32_t)DUNNING_HOURS; spacing++) {
        struct dunning_policy policy = {(enum dunning_spacing)spacing, steps, 1, DUNNING_PAUSE};
        ck_assert(!dunning_schedule(&policy, failure, &attempt, &err));
        ck_assert_str_eq(err.code, "date_out_of_range");
    }
}
END_TEST

/* pains.md, "Dunning gap": a daily job and a step of two days; comparing instants with > made it
 * three (BC-242). And SC-031: of several steps that are due, the last one counts. */
START_TEST(compares_dates)
{
    static const struct {
        const char *today;
        size_t due;
    } rows[] = {
        {"2025-01-07", 0},
        {"2025-01-08", 0},
        {"2025-01-09", 1},
        {"2025-01-10", 1},
        {"2025-01-11", 2},
        {"2025-02-01", 3},
        {"9999-12-31", 3},
        {"0001-01-01", 0},
    };
    const int32_t steps[] = {2, 4, 25};
    struct dunning_policy policy = {DUNNING_DAYS, steps, ARRAY_LEN(steps), DUNNING_PAUSE};
    struct dunning_failure failure = {date_of("2025-01-07"), 0, NULL};
    struct dunning_attempt attempts[ARRAY_LEN(steps)];
    struct error err = {0};
    ck_assert(dunning_schedule(&policy, failure, attempts, &err));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t due = dunning_attempts_due(attempts, ARRAY_LEN(steps), date_of(rows[i].today));
        ck_assert_msg(due == rows[i].due, "%s: %zu are due", rows[i].today, due);
    }
}
END_TEST

START_TEST(names)
{
    static const char *const ends[] = {"pause", "cancel", "uncollectible"};
    struct dunning_policy policy = {0};
    struct error err = {0};
    enum dunning_end end;
    size_t at_fault;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        ck_assert(dunning_end_parse(ends[i], &end, &err));
        ck_assert_str_eq(dunning_end_name(end), ends[i]);
    }
    ck_assert(!dunning_end_parse("stop", &end, &err));
    ck_assert(dunning_policy_find("default", &policy, &err));
    ck_assert(dunning_policy_check(&policy, &at_fault, &err));
    ck_assert_int_eq(policy.end, DUNNING_PAUSE);
    ck_assert(!dunning_policy_find("aggressive", &policy, &err));
    ck_assert_str_eq(err.code, "bad_dunning_policy");
}
END_TEST

TEST_SUITE(dunning)
{
    TEST_TABLE(schedules, schedule_cases);
    TEST_TABLE(refuses, refused_cases);
    TEST_ONE(ends_with_the_calendar);
    TEST_ONE(compares_dates);
    TEST_ONE(names);
}
