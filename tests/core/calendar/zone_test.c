/* Zones. The facts were recorded from the date command (GNU coreutils, tzdata 2025b): TZ=<zone>
 * date -d
 * @<instant>. Rows whose name begins with BC or SC are cases of the conformance list. Every zone is
 * swept in tiling_test.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/calendar/tzif.h"
#include "core/calendar/zone.h"
#include "tests/support/suite.h"

#define DAYS_TO_2101 47847
#define FILE_BYTES_MAX 8192
#define LINE_BYTES_MAX 256

static struct date date_of(const char *text)
{
    struct date date = {0};
    struct error err = {0};
    ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static const struct zone *zone_of(struct zone_cache *cache, const char *name)
{
    const struct zone *zone = NULL;
    struct error err = {0};
    ck_assert_msg(zone_load(cache, name, &zone, &err), "%s", err.message);
    return zone;
}

static const struct fact_case {
    const char *zone;
    int64_t at_s;
    int32_t offset_s;
    const char *date, *time;
} fact_cases[] = {
    {"Europe/Berlin",       1774745999, 3600,   "2026-03-29", "01:59:59"},
    {"Europe/Berlin",       1774746000, 7200,   "2026-03-29", "03:00:00"},
    {"Europe/Berlin",       1792889999, 7200,   "2026-10-25", "02:59:59"},
    {"Europe/Berlin",       1792890000, 3600,   "2026-10-25", "02:00:00"},
    {"Europe/Berlin",       1792893600, 3600,   "2026-10-25", "03:00:00"},
    {"Europe/Berlin",       0,          3600,   "1970-01-01", "01:00:00"},
    {"Europe/Berlin",       4102441200, 3600,   "2100-01-01", "00:00:00"},
    {"America/New_York",    1772953199, -18000, "2026-03-08", "01:59:59"},
    {"America/New_York",    1772953200, -14400, "2026-03-08", "03:00:00"},
    {"America/New_York",    1793512799, -14400, "2026-11-01", "01:59:59"},
    {"America/New_York",    1793512800, -18000, "2026-11-01", "01:00:00"},
    {"America/New_York",    4070908800, -18000, "2098-12-31", "19:00:00"},
    {"Australia/Lord_Howe", 1775314799, 39600,  "2026-04-05", "01:59:59"},
    {"Australia/Lord_Howe", 1775314800, 37800,  "2026-04-05", "01:30:00"},
    {"Australia/Lord_Howe", 1791041399, 37800,  "2026-10-04", "01:59:59"},
    {"Australia/Lord_Howe", 1791041400, 39600,  "2026-10-04", "02:30:00"},
    {"Australia/Lord_Howe", 4000000000, 37800,  "2096-10-02", "17:36:40"},
    {"Africa/Casablanca",   1771120799, 3600,   "2026-02-15", "02:59:59"},
    {"Africa/Casablanca",   1771120800, 0,      "2026-02-15", "02:00:00"},
    {"Africa/Casablanca",   1774144799, 0,      "2026-03-22", "01:59:59"},
    {"Africa/Casablanca",   1774144800, 3600,   "2026-03-22", "03:00:00"},
    {"Africa/Casablanca",   3000000000, 3600,   "2065-01-24", "06:20:00"},
    {"Africa/Casablanca",   4000000000, 3600,   "2096-10-02", "08:06:40"},
    {"America/Sao_Paulo",   1518922799, -10800, "2018-02-17", "23:59:59"},
    {"America/Sao_Paulo",   1518922800, -10800, "2018-02-18", "00:00:00"},
    {"America/Sao_Paulo",   1541300399, -10800, "2018-11-03", "23:59:59"},
    {"America/Sao_Paulo",   1541300400, -7200,  "2018-11-04", "01:00:00"},
    {"America/Sao_Paulo",   1771120800, -10800, "2026-02-14", "23:00:00"},
    {"Pacific/Apia",        1325239199, -36000, "2011-12-29", "23:59:59"},
    {"Pacific/Apia",        1325239200, 50400,  "2011-12-31", "00:00:00"},
    {"Pacific/Apia",        1600000000, 46800,  "2020-09-14", "01:26:40"},
    {"Europe/Dublin",       1774745999, 0,      "2026-03-29", "00:59:59"},
    {"Europe/Dublin",       1774746000, 3600,   "2026-03-29", "02:00:00"},
    {"Europe/Dublin",       3000000000, 0,      "2065-01-24", "05:20:00"},
    {"Asia/Kathmandu",      504901799,  19800,  "1985-12-31", "23:59:59"},
    {"Asia/Kathmandu",      504901800,  20700,  "1986-01-01", "00:15:00"},
    {"Asia/Gaza",           3500000000, 7200,   "2080-11-28", "08:13:20"},
    {"Asia/Gaza",           3510000000, 7200,   "2081-03-24", "02:00:00"},
    {"America/Nuuk",        1774745999, -7200,  "2026-03-28", "22:59:59"},
    {"America/Nuuk",        1774746000, -3600,  "2026-03-29", "00:00:00"},
    {"America/Nuuk",        3500000000, -7200,  "2080-11-28", "04:13:20"},
    {"Antarctica/Troll",    1774745999, 0,      "2026-03-29", "00:59:59"},
    {"Antarctica/Troll",    1774746000, 7200,   "2026-03-29", "03:00:00"},
    {"Asia/Tehran",         1647894599, 12600,  "2022-03-21", "23:59:59"},
    {"Asia/Tehran",         1647894600, 16200,  "2022-03-22", "01:00:00"},
    {"Asia/Tehran",         1663788600, 12600,  "2022-09-21", "23:00:00"},
    {"Africa/Monrovia",     63593069,   -2670,  "1972-01-06", "23:59:59"},
    {"Africa/Monrovia",     63593070,   0,      "1972-01-07", "00:44:30"},
    {"America/St_Johns",    1300000000, -9000,  "2011-03-13", "04:36:40"},
    {"Asia/Pyongyang",      1525445999, 30600,  "2018-05-04", "23:29:59"},
    {"Asia/Pyongyang",      1525446000, 32400,  "2018-05-05", "00:00:00"},
    {"Africa/Cairo",        1776981599, 7200,   "2026-04-23", "23:59:59"},
    {"Africa/Cairo",        1776981600, 10800,  "2026-04-24", "01:00:00"},
    {"Africa/Cairo",        3555000000, 10800,  "2082-08-26", "23:00:00"},
    {"America/Caracas",     1462085999, -16200, "2016-05-01", "02:29:59"},
    {"America/Caracas",     1462086000, -14400, "2016-05-01", "03:00:00"},
    {"Pacific/Chatham",     1775311199, 49500,  "2026-04-05", "03:44:59"},
    {"Pacific/Chatham",     1775311200, 45900,  "2026-04-05", "02:45:00"},
    {"America/Asuncion",    1728784800, -10800, "2024-10-12", "23:00:00"},
    {"America/Asuncion",    2000000000, -10800, "2033-05-18", "00:33:20"},
    {"Asia/Kolkata",        1000000000, 19800,  "2001-09-09", "07:16:40"},
    {"Etc/GMT+12",          1000000000, -43200, "2001-09-08", "13:46:40"},
    {"UTC",                 1000000000, 0,      "2001-09-09", "01:46:40"},
};

START_TEST(agrees_with_date)
{
    const struct fact_case *c = &fact_cases[_i];
    CLEANUP(zone_cache_destroy) struct zone_cache *cache = zone_cache_create(NULL);
    const struct zone *zone = zone_of(cache, c->zone);
    struct local_time local = zone_local_time(zone, c->at_s * INSTANT_US_PER_S + 7);
    int32_t hour = 0;
    int32_t minute = 0;
    int32_t second = 0;
    ck_assert_int_eq(sscanf(c->time, "%d:%d:%d", &hour, &minute, &second), 3);
    ck_assert_msg(zone_offset_s(zone, c->at_s * INSTANT_US_PER_S) == c->offset_s,
                  "%s %" PRId64 ": offset %d", c->zone, c->at_s,
                  zone_offset_s(zone, c->at_s * INSTANT_US_PER_S));
    ck_assert_str_eq(date_text(local.date).text, c->date);
    ck_assert_int_eq(local.second_of_day, hour * 3600 + minute * 60 + second);
    ck_assert_int_eq(local.microsecond, 7);
}
END_TEST

static const struct local_case {
    const char *name, *zone, *date;
    int32_t second_of_day;
    const char *instant;
} local_cases[] = {
    {"a gap: the next valid time",           "Europe/Berlin",       "2026-03-29", 9000,  "2026-03-29T01:00:00Z"},
    {"the last second before it",            "Europe/Berlin",       "2026-03-29", 7199,  "2026-03-29T00:59:59Z"},
    {"the first second behind it",           "Europe/Berlin",       "2026-03-29", 10800, "2026-03-29T01:00:00Z"},
    {"an overlap: the first",                "Europe/Berlin",       "2026-10-25", 9000,  "2026-10-25T00:30:00Z"},
    {"the last second of an overlap",        "Europe/Berlin",       "2026-10-25", 10799, "2026-10-25T00:59:59Z"},
    {"behind an overlap",                    "Europe/Berlin",       "2026-10-25", 10800, "2026-10-25T02:00:00Z"},
    {"by the rule, in summer",               "Europe/Berlin",       "2099-07-01", 0,     "2099-06-30T22:00:00Z"},
    {"by the rule, in a gap",                "Europe/Berlin",       "2099-03-29", 9000,  "2099-03-29T01:00:00Z"},
    {"half an hour of gap",                  "Australia/Lord_Howe", "2026-10-04", 8100,  "2026-10-03T15:30:00Z"},
    {"half an hour of overlap",              "Australia/Lord_Howe", "2026-04-05", 6300,  "2026-04-04T14:45:00Z"},
    {"negative summer time, overlap",        "Africa/Casablanca",   "2026-02-15", 9000,
     "2026-02-15T01:30:00Z"                                                                                    },
    {"negative summer time, gap",            "Africa/Casablanca",   "2026-03-22", 9000,  "2026-03-22T02:00:00Z"},
    {"midnight skipped",                     "America/Sao_Paulo",   "2018-11-04", 0,     "2018-11-04T03:00:00Z"},
    {"an overlap up to midnight",            "America/Sao_Paulo",   "2018-02-18", 0,     "2018-02-18T03:00:00Z"},
    {"midnight twice",                       "America/Havana",      "2026-11-01", 0,     "2026-11-01T04:00:00Z"},
    {"midnight skipped by the rule",         "America/Havana",      "2090-03-12", 0,     "2090-03-12T05:00:00Z"},
    {"24:00 in a rule",                      "Africa/Cairo",        "2026-10-30", 0,     "2026-10-29T22:00:00Z"},
    {"a skipped day",                        "Pacific/Apia",        "2011-12-30", 0,     "2011-12-30T10:00:00Z"},
    {"its noon too",                         "Pacific/Apia",        "2011-12-30", 43200, "2011-12-30T10:00:00Z"},
    {"the day behind it",                    "Pacific/Apia",        "2011-12-31", 0,     "2011-12-30T10:00:00Z"},
    {"the day before it",                    "Pacific/Apia",        "2011-12-29", 0,     "2011-12-29T10:00:00Z"},
    {"BC-217 two hours short of the anchor", "America/Los_Angeles", "2017-03-31", 84600,
     "2017-04-01T06:30:00Z"                                                                                    },
};

START_TEST(turns_local_times)
{
    const struct local_case *c = &local_cases[_i];
    CLEANUP(zone_cache_destroy) struct zone_cache *cache = zone_cache_create(NULL);
    int64_t at_us = zone_instant(zone_of(cache, c->zone), date_of(c->date), c->second_of_day);
    ck_assert_msg(strcmp(instant_text(at_us).text, c->instant) == 0, "%s: got %s", c->name,
                  instant_text(at_us).text);
}
END_TEST

static const struct day_case {
    const char *name, *instant, *zone, *date;
} day_cases[] = {
    {"BC-219",                 "2012-07-16T21:17:03Z",        "Europe/Paris",  "2012-07-16"},
    {"BC-221",                 "2012-07-16T21:17:03Z",        "Asia/Tokyo",    "2012-07-17"},
    {"SC-039 first, UTC",      "2026-03-19T23:30:00Z",        "UTC",           "2026-03-19"},
    {"SC-039 second, UTC",     "2026-03-20T00:30:00Z",        "UTC",           "2026-03-20"},
    {"SC-039 first, Jakarta",  "2026-03-19T23:30:00Z",        "Asia/Jakarta",  "2026-03-20"},
    {"SC-039 second, Jakarta", "2026-03-20T00:30:00Z",        "Asia/Jakarta",  "2026-03-20"},
    {"the last microsecond",   "2026-03-19T22:59:59.999999Z", "Europe/Berlin", "2026-03-19"},
    {"the first one",          "2026-03-19T23:00:00Z",        "Europe/Berlin", "2026-03-20"},
};

START_TEST(finds_the_local_day)
{
    const struct day_case *c = &day_cases[_i];
    CLEANUP(zone_cache_destroy) struct zone_cache *cache = zone_cache_create(NULL);
    struct error err = {0};
    int64_t at_us = 0;
    ck_assert(instant_parse(c->instant, &at_us, &err));
    struct date got = zone_local_date(zone_of(cache, c->zone), at_us);
    ck_assert_msg(strcmp(date_text(got).text, c->date) == 0, "%s: got %s", c->name,
                  date_text(got).text);
}
END_TEST

/* Midnight of a date maps back to it, unless the zone skipped the whole date; and it is behind the
 * midnight before it. */
static void check_days(const struct zone *zone, int32_t from, int32_t to)
{
    int64_t previous = zone_midnight(zone, (struct date){from - 1});
    for (int32_t day = from; day < to; day++) {
        int64_t midnight = zone_midnight(zone, (struct date){day});
        bool skipped = midnight == zone_midnight(zone, (struct date){day + 1});
        if (zone_local_date(zone, midnight).days != day && !skipped)
            ck_abort_msg("%s: the midnight of day %d is on another", zone_name(zone), day);
        if (zone_local_date(zone, midnight - 1).days >= day)
            ck_abort_msg("%s: day %d begins before its midnight", zone_name(zone), day);
        if (midnight <= previous && previous != zone_midnight(zone, (struct date){day}))
            ck_abort_msg("%s: midnight of day %d is not behind the one before", zone_name(zone),
                         day);
        previous = midnight;
    }
}

static const char *const sample_zones[] = {
    "Europe/Berlin",     "America/New_York",  "Australia/Lord_Howe", "Pacific/Apia",
    "Africa/Casablanca", "America/Sao_Paulo", "Asia/Gaza",           "America/Havana",
    "Africa/Cairo",      "Asia/Kolkata",      "Antarctica/Troll",    "Pacific/Kwajalein",
};

START_TEST(every_day_has_its_midnight)
{
    CLEANUP(zone_cache_destroy) struct zone_cache *cache = zone_cache_create(NULL);
    check_days(zone_of(cache, sample_zones[_i]), 0, DAYS_TO_2101);
}
END_TEST

/* The skipped days of the sample, so that the tolerance above cannot hide a mistake. */
START_TEST(skips_only_what_was_skipped)
{
    static const struct {
        const char *zone, *skipped;
    } rows[] = {
        {"Pacific/Apia",       "2011-12-30"},
        {"Pacific/Kwajalein",  "1993-08-21"},
        {"Pacific/Kiritimati", "1994-12-31"},
        {"Europe/Berlin",      ""          },
        {"America/Sao_Paulo",  ""          },
    };
    CLEANUP(zone_cache_destroy) struct zone_cache *cache = zone_cache_create(NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct zone *zone = zone_of(cache, rows[i].zone);
        int64_t midnight = zone_midnight(zone, (struct date){0});
        for (int32_t day = 0; day < DAYS_TO_2101; day++) {
            int64_t next = zone_midnight(zone, (struct date){day + 1});
            bool expected = strcmp(date_text((struct date){day}).text, rows[i].skipped) == 0;
            if ((midnight == next) != expected || midnight > next)
                ck_abort_msg("%s: %s", rows[i].zone, date_text((struct date){day}).text);
            midnight = next;
        }
    }
}
END_TEST

static const struct refused_case {
    const char *name, *reason;
} refused_cases[] = {
    {"",                                                                 "not the name"         },
    {"/etc/passwd",                                                      "not the name"         },
    {"../../../etc/passwd",                                              "not the name"         },
    {"Europe/../Europe/Berlin",                                          "not the name"         },
    {"Europe//Berlin",                                                   "not the name"         },
    {"Europe/",                                                          "not the name"         },
    {"Europe/Berlin ",                                                   "not the name"         },
    {"Europe/Berl\xC3\xADn",                                             "not the name"         },
    {"tzdata.zi",                                                        "not the name"         },
    {"localtime",                                                        "not the name"         },
    {"A23456789012345678901234567890123456789012345678901234567890123A", "not the name"         },
    {"Europe",                                                           "a group of time zones"},
    {"Europe/Berlin/Mitte",                                              "not a known time zone"},
    {"Mars/Olympus",                                                     "not a known time zone"},
    {"europe/berlin",                                                    "not a known time zone"},
    {"leapseconds",                                                      "not a time zone file" },
    {"right/Europe/Berlin",                                              "leap seconds"         },
};

START_TEST(refuses_names)
{
    const struct refused_case *c = &refused_cases[_i];
    CLEANUP(zone_cache_destroy) struct zone_cache *cache = zone_cache_create(NULL);
    const struct zone *zone = NULL;
    struct error err = {0};
    ck_assert_msg(!zone_load(cache, c->name, &zone, &err), "'%s'", c->name);
    ck_assert_msg(err.kind == ERROR_ITEM && strstr(err.message, c->reason) != NULL, "'%s': %s",
                  c->name, err.message);
    ck_assert_ptr_null(zone);
}
END_TEST

START_TEST(keeps_zones)
{
    CLEANUP(zone_cache_destroy) struct zone_cache *cache = zone_cache_create(ZONE_DIRECTORY);
    const struct zone *first = zone_of(cache, "Europe/Berlin");
    ck_assert_ptr_ne(zone_of(cache, "Europe/Paris"), first);
    ck_assert_ptr_eq(zone_of(cache, "Europe/Berlin"), first);
    ck_assert_str_eq(zone_name(first), "Europe/Berlin");
    ck_assert_int_eq(zone_offset_s(zone_utc(), 0), 0);
    ck_assert_str_eq(instant_text(zone_midnight(zone_utc(), date_of("2026-10-31"))).text,
                     "2026-10-31T00:00:00Z");
}
END_TEST

static size_t read_zone_file(uint8_t *bytes)
{
    FILE *file = fopen(ZONE_DIRECTORY "/Europe/Berlin", "rb");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(bytes, 1, FILE_BYTES_MAX, file);
    (void)fclose(file);
    ck_assert_uint_gt(size, 500);
    return size;
}

/* Cut anywhere a file is refused; with any byte changed it is read or refused, never believed
 * blindly (the sanitizer build watches). */
START_TEST(trusts_no_byte)
{
    uint8_t bytes[FILE_BYTES_MAX];
    struct tzif tzif = {0};
    size_t size = read_zone_file(bytes);
    for (size_t cut = 0; cut < size; cut++)
        if (tzif_read(bytes, cut, &tzif) == TZIF_OK)
            ck_abort_msg("cut at %zu it was read", cut);
    for (size_t i = 0; i < size; i++) {
        for (int32_t bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1u << bit);
            if (tzif_read(bytes, size, &tzif) == TZIF_OK) {
                (void)tzif_segment(&tzif, 0);
                (void)tzif_segment(&tzif, 4000000000);
                tzif_release(&tzif);
            }
            bytes[i] ^= (uint8_t)(1u << bit);
        }
    }
    ck_assert_int_eq((int32_t)tzif_read(bytes, size, &tzif), TZIF_OK);
    tzif_release(&tzif);
}
END_TEST

START_TEST(names_what_is_wrong_with_files)
{
    char directory[] = "/tmp/billmill-zones-XXXXXX";
    char path[sizeof(directory) + 8];
    uint8_t bytes[FILE_BYTES_MAX];
    const struct zone *zone = NULL;
    struct error err = {0};
    size_t size = read_zone_file(bytes);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    (void)snprintf(path, sizeof(path), "%s/Cut", directory);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size - 10, file), size - 10);
    (void)fclose(file);
    CLEANUP(zone_cache_destroy) struct zone_cache *cache = zone_cache_create(directory);
    bool loaded = zone_load(cache, "Cut", &zone, &err);
    enum exit_code damaged = err.exit_code;
    (void)unlink(path);
    (void)rmdir(directory);
    ck_assert(!loaded);
    ck_assert_int_eq((int32_t)damaged, EXIT_DATA);
    ck_assert(!zone_load(cache, "Cut", &zone, &err));
    ck_assert_int_eq((int32_t)err.kind, ERROR_RUN);
    ck_assert_int_eq((int32_t)err.exit_code, EXIT_UNAVAILABLE);
    ck_assert_msg(strstr(err.hint, "tzdata") != NULL, "%s", err.hint);
}
END_TEST

/* A rule, an instant, the offset there and the end of that stretch. */
static const struct rule_case {
    const char *name, *rule, *at;
    int32_t offset_s;
    const char *until;
} rule_cases[] = {
    {"the last Sunday",              "CET-1CEST,M3.5.0,M10.5.0/3",      "2050-01-15T00:00:00Z", 3600,
     "2050-03-27T01:00:00Z"                                                                                                   },
    {"the southern half",            "NZST-12NZDT,M9.5.0,M4.1.0/3",     "2050-01-15T00:00:00Z", 46800,
     "2050-04-02T14:00:00Z"                                                                                                   },
    {"negative summer time",         "IST-1GMT0,M10.5.0,M3.5.0/1",      "2050-01-15T00:00:00Z", 0,
     "2050-03-27T01:00:00Z"                                                                                                   },
    {"a time before the day",        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-01-15T00:00:00Z", -7200,
     "2050-03-27T01:00:00Z"                                                                                                   },
    {"a time days behind",           "EET-2EEST,M3.4.4/50,M10.4.4/50",  "2050-01-15T00:00:00Z", 7200,
     "2050-03-26T00:00:00Z"                                                                                                   },
    {"Julian days",                  "AAA3BBB,J60/0,J300/0",            "2048-01-15T00:00:00Z", -10800, "2048-03-01T03:00:00Z"},
    {"days of the year",             "AAA3BBB,59/0,300/0",              "2048-01-15T00:00:00Z", -10800,
     "2048-02-29T03:00:00Z"                                                                                                   },
    {"summer all year",              "XXX3EDT4,0/0,J365/23",            "2048-07-15T00:00:00Z", -14400, NULL                  },
    {"summer all year, at its seam", "XXX3EDT4,0/0,J365/23",            "2049-01-01T03:00:00Z", -14400, NULL                  },
    {"seconds in an offset",         "LMT0:44:30",                      "2048-01-01T00:00:00Z", -2670,  NULL                  },
};

START_TEST(follows_rules)
{
    const struct rule_case *c = &rule_cases[_i];
    struct zone_rule rule;
    struct error err = {0};
    int64_t at_us = 0;
    ck_assert(instant_parse(c->at, &at_us, &err));
    ck_assert_msg(zone_rule_parse(c->rule, &rule), "%s", c->name);
    struct zone_segment found = zone_rule_segment(&rule, at_us / INSTANT_US_PER_S);
    ck_assert_msg(found.offset_s == c->offset_s, "%s: offset %d", c->name, found.offset_s);
    if (c->until != NULL)
        ck_assert_msg(strcmp(instant_text(found.end_s * INSTANT_US_PER_S).text, c->until) == 0,
                      "%s: until %s", c->name, instant_text(found.end_s * INSTANT_US_PER_S).text);
}
END_TEST

static const char *const refused_rules[] = {
    "",
    "C-1",
    "CET",
    "CET-1CEST",
    "CET-1CEST,M3.5.0",
    "CET-1CEST,M13.5.0,M10.5.0",
    "CET-1CEST,M3.6.0,M10.5.0",
    "CET-1CEST,M3.5.7,M10.5.0",
    "CET-1CEST,J0,J365",
    "CET-1CEST,366,1",
    "CET-1CEST,M3.5.0,M10.5.0/168",
    "CET-1CEST,M3.5.0,M10.5.0/3x",
    "<+01-1",
    "CET-25",
    "CET-1:60",
};

START_TEST(refuses_rules)
{
    struct zone_rule rule;
    ck_assert_msg(!zone_rule_parse(refused_rules[_i], &rule), "'%s'", refused_rules[_i]);
}
END_TEST

TEST_SUITE(zone)
{
    TEST_TABLE(agrees_with_date, fact_cases);
    TEST_TABLE(turns_local_times, local_cases);
    TEST_TABLE(finds_the_local_day, day_cases);
    TEST_TABLE(every_day_has_its_midnight, sample_zones);
    TEST_ONE(skips_only_what_was_skipped);
    TEST_TABLE(refuses_names, refused_cases);
    TEST_ONE(keeps_zones);
    TEST_ONE(trusts_no_byte);
    TEST_ONE(names_what_is_wrong_with_files);
    TEST_TABLE(follows_rules, rule_cases);
    TEST_TABLE(refuses_rules, refused_rules);
}
