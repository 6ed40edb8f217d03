/* Periods tile: for every zone of the system, anchors on the days 1 to 31, every interval and both
 * alignments, from 1970 to 2100, the end of one period is the start of the next, as a date and as
 * an instant, and every boundary is a local midnight. period_test.c has the same in dates alone for
 * more counts.
 *
 * The local midnight of a date is its first instant: 00:00, or later where the clock skipped it
 * (Sao Paulo), or the first instant of the next date where the whole date was skipped (Apia). */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/calendar/instant.h"
#include "core/calendar/period.h"
#include "core/calendar/zone.h"
#include "tests/support/suite.h"

#define DAYS_TO_2101 47847
#define DAYS_MAX (DAYS_TO_2101 + 10 * 366) /* the last period ends behind 2100 */
#define LINE_BYTES_MAX 256
#define FILE_BYTES_MAX 8192
#define US_PER_DAY (INSTANT_S_PER_DAY * INSTANT_US_PER_S)

/* Periods of cycles, one after the other; where a start is not the end before it a cycle begins. */
struct periods {
    struct period *items;
    size_t count, room;
};

static void add_cycle(struct periods *periods, const struct billing_cycle *cycle)
{
    struct period_iterator it;
    struct error err = {0};
    bool more = true;
    struct date expected = cycle->start;
    ck_assert(period_iterator_begin(&it, cycle, cycle->start, (struct date){DAYS_TO_2101}, &err));
    while (period_iterator_next(&it, &periods->items[periods->count], &more, &err) && more) {
        struct period period = periods->items[periods->count++];
        if (date_compare(period.start, expected) != 0 || period_days(period) < 1)
            ck_abort_msg("anchor %s, day %d: %s to %s does not follow %s",
                         date_text(cycle->anchor).text, cycle->anchor_day,
                         date_text(period.start).text, date_text(period.end).text,
                         date_text(expected).text);
        expected = period.end;
        ck_assert_uint_lt(periods->count, periods->room);
    }
    ck_assert_int_ge(expected.days, DAYS_TO_2101);
    ck_assert_int_lt(expected.days, DAYS_MAX);
}

/* All cycles from January 1970. Those of single days are every pair of neighbours: one is enough.
 */
static void add_cycles(struct periods *periods)
{
    for (int32_t unit = INTERVAL_DAY; unit <= (int32_t)INTERVAL_YEAR; unit++) {
        for (int32_t day = 1; day <= (unit == (int32_t)INTERVAL_DAY ? 1 : 31); day++) {
            struct billing_cycle cycle = {
                .unit = (enum interval_unit)unit,
                .anchor = {day - 1},
                .anchor_day = day,
                .interval_count = 1,
                .start = {day - 1},
            };
            add_cycle(periods, &cycle);
            cycle.align = ALIGN_CALENDAR;
            add_cycle(periods, &cycle);
        }
    }
}

/* The midnight of every day; each is the first instant of its date, and they ascend except where a
 * date was skipped. */
static void find_midnights(const struct zone *zone, int64_t *midnights)
{
    for (int32_t day = 0; day < DAYS_MAX; day++) {
        int64_t at_us = zone_midnight(zone, (struct date){day});
        struct local_time local = zone_local_time(zone, at_us);
        bool follows = day > 0 && at_us == midnights[day - 1] + US_PER_DAY;
        midnights[day] = at_us;
        if (day > 0 && at_us <= midnights[day - 1] &&
            (at_us < midnights[day - 1] || local.date.days != day))
            ck_abort_msg("%s: the midnight of day %d does not follow", zone_name(zone), day);
        if (local.date.days == day && local.second_of_day == 0 && local.microsecond == 0 && follows)
            continue;
        struct local_time before = zone_local_time(zone, at_us - 1);
        bool skipped = local.date.days == day + 1 && before.date.days < day;
        if ((local.date.days != day && !skipped) || before.date.days >= day)
            ck_abort_msg("%s: day %d does not begin at its midnight", zone_name(zone), day);
    }
}

static void check_zone(const struct zone *zone, const struct periods *periods, int64_t *midnights)
{
    find_midnights(zone, midnights);
    for (size_t i = 0; i < periods->count; i++) {
        struct period period = periods->items[i];
        bool is_empty = midnights[period.start.days] == midnights[period.end.days];
        if (midnights[period.start.days] > midnights[period.end.days] ||
            (is_empty && period_days(period) > 1))
            ck_abort_msg("%s: the period from %s ends at its start", zone_name(zone),
                         date_text(period.start).text);
    }
}

static size_t read_zone_file(const char *name, char *bytes)
{
    char path[LINE_BYTES_MAX * 2];
    (void)snprintf(path, sizeof path, "%s/%s", ZONE_DIRECTORY, name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    size_t size = fread(bytes, 1, FILE_BYTES_MAX, file);
    (void)fclose(file);
    return size;
}

/* Another name of the same rules. */
static void check_link(struct zone_cache *cache, const char *target, const char *name)
{
    char target_bytes[FILE_BYTES_MAX], bytes[FILE_BYTES_MAX];
    const struct zone *zone = NULL;
    struct error err = {0};
    ck_assert_msg(zone_load(cache, name, &zone, &err), "%s", err.message);
    size_t size = read_zone_file(name, bytes);
    ck_assert_msg(read_zone_file(target, target_bytes) == size && size > 0 &&
                      memcmp(bytes, target_bytes, size) == 0,
                  "%s is not %s", name, target);
}

/* The names in the database's own list: "Z <name> …" and "L <target> <name>". */
START_TEST(tiles_in_every_zone)
{
    CLEANUP(zone_cache_destroy) struct zone_cache *cache = zone_cache_create(NULL);
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tiling", (size_t)64 << 20);
    struct periods periods = {.room = 1 << 20};
    int64_t *midnights = ARENA_NEW_ARRAY(arena, int64_t, DAYS_MAX);
    char line[LINE_BYTES_MAX], name[LINE_BYTES_MAX], target[LINE_BYTES_MAX];
    int32_t zones = 0, links = 0;
    periods.items = ARENA_NEW_ARRAY(arena, struct period, periods.room);
    add_cycles(&periods);
    FILE *list = fopen(ZONE_DIRECTORY "/tzdata.zi", "r");
    ck_assert_ptr_nonnull(list);
    while (fgets(line, sizeof line, list) != NULL) {
        if (sscanf(line, "Z %255s", name) == 1) {
            const struct zone *zone = NULL;
            struct error err = {0};
            ck_assert_msg(zone_load(cache, name, &zone, &err), "%s", err.message);
            check_zone(zone, &periods, midnights);
            zones++;
        } else if (sscanf(line, "L %255s %255s", target, name) == 2) {
            check_link(cache, target, name);
            links++;
        }
    }
    (void)fclose(list);
    ck_assert_int_gt(zones, 300);
    ck_assert_int_gt(links, 100);
    printf("tiling: %zu periods in each of %d zones\n", periods.count, zones);
}
END_TEST

TEST_SUITE(tiling)
{
    TEST_ONE(tiles_in_every_zone);
}
