/* Time zones from the system's TZif files (RFC 9636: the 64-bit block and the footer rule), read by
 * us because glibc has no zone objects. No wall clock, no TZ variable.
 *
 * 1. One function turns a local date and time into an instant, everywhere: a local time that does
 * not exist becomes the next valid one, an ambiguous one the first (DOMAIN 2). Both are one rule:
 * the earliest instant whose local time is not before the wanted one.
 * 2. A date that a zone skipped (Pacific/Apia 2011-12-30) begins and ends at the same instant: a
 * period over it is empty, periods around it still tile.
 * 3. Zones live as long as the cache that loaded them; the cache is not shared between threads. */
#ifndef BILLMILL_CALENDAR_ZONE_H
#define BILLMILL_CALENDAR_ZONE_H

#include "core/calendar/instant.h"

#define ZONE_DIRECTORY "/usr/share/zoneinfo"
#define ZONE_NAME_SIZE 64

struct zone;
struct zone_cache;

struct local_time {
    struct date date;
    int32_t second_of_day; /* 0..86399 */
    int32_t microsecond;   /* 0..999999 */
};

/* `directory` NULL is ZONE_DIRECTORY. The caller owns the result: zone_cache_destroy. */
struct zone_cache *zone_cache_create(const char *directory);
void zone_cache_destroy(struct zone_cache **cache); /* accepts NULL inside; fits CLEANUP */

/* Loads a zone once. The name is made of letters, digits, `_`, `+`, `-` and single slashes, so it
 * cannot leave the directory. ERROR_ITEM "bad_timezone" for a name that is not a zone (or counts
 * leap seconds), ERROR_RUN for a file that cannot be read (EXIT_IO), is damaged (EXIT_DATA) or when
 * there is no directory at all (EXIT_UNAVAILABLE). */
MUST_CHECK bool zone_load(struct zone_cache *cache, const char *name, const struct zone **ret_zone,
                          struct error *err);

/* UTC, always there, needs no file. */
const struct zone *zone_utc(void);
const char *zone_name(const struct zone *zone);

int32_t zone_offset_s(const struct zone *zone, int64_t at_us); /* seconds east of UTC */
struct local_time zone_local_time(const struct zone *zone, int64_t at_us);
struct date zone_local_date(const struct zone *zone, int64_t at_us);

/* Invariant 1. second_of_day 0..86399. */
int64_t zone_instant(const struct zone *zone, struct date date, int32_t second_of_day);
int64_t zone_midnight(const struct zone *zone, struct date date);

#endif
