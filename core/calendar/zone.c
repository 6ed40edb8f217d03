/* Zones: see zone.h. The only input is a zone file below the cache's directory. */
#include "core/calendar/zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/calendar/civil.h"
#include "core/calendar/tzif.h"

#define FILE_SIZE_MAX ((size_t)256 * 1024)
#define PATH_SIZE 4096
#define OFFSET_LIMIT_S (26 * INT64_C(3600)) /* no zone is further from UTC, RFC 9636 */

struct zone {
    char name[ZONE_NAME_SIZE];
    struct tzif tzif;
    struct zone *next;
};

struct zone_cache {
    char *directory;
    struct zone *zones;
};

struct zone_cache *zone_cache_create(const char *directory)
{
    const char *used = directory == NULL ? ZONE_DIRECTORY : directory;
    struct zone_cache *cache = memory_alloc(sizeof(*cache), "zone cache");
    size_t size = strlen(used) + 1;
    cache->directory = memory_alloc(size, "zone cache");
    memcpy(cache->directory, used, size);
    cache->zones = NULL;
    return cache;
}

void zone_cache_destroy(struct zone_cache **cache)
{
    if (*cache == NULL)
        return;
    for (struct zone *zone = (*cache)->zones; zone != NULL;) {
        struct zone *next = zone->next;
        tzif_release(&zone->tzif);
        free(zone);
        zone = next;
    }
    free((*cache)->directory);
    free(*cache);
    *cache = NULL;
}

static bool is_name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-';
}

/* Letters, digits, _ + - in parts between single slashes: no dot, so no way up. "localtime" is what
 * this machine happens to use and "posixrules" a default: neither names a zone. */
static bool is_zone_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length >= ZONE_NAME_SIZE || text_equal(name, "localtime") ||
        text_equal(name, "posixrules"))
        return false;
    for (size_t i = 0; i < length; i++) {
        bool inner_slash = name[i] == '/' && i > 0 && i + 1 < length && name[i - 1] != '/';
        if (!is_name_char(name[i]) && !inner_slash)
            return false;
    }
    return true;
}

static bool bad_timezone(const char *name, const char *why, struct error *err)
{
    (void)error_item(err, "bad_timezone", "'%.64s' %s", name, why);
    return error_hint(err, "use a name of the IANA time zone database, as Europe/Berlin");
}

/* Without any zone files every zone would look unknown, and every account be parked for it. */
static bool not_found(const struct zone_cache *cache, const char *name, struct error *err)
{
    struct stat info;
    if (stat(cache->directory, &info) == 0)
        return bad_timezone(name, "is not a known time zone", err);
    (void)error_run(err, EXIT_UNAVAILABLE, "no time zone files in %s: %s", cache->directory,
                    strerror(errno));
    return error_hint(err, "install the package tzdata");
}

static void close_file(FILE **file)
{
    if (*file != NULL)
        (void)fclose(*file);
}

static bool read_file(const struct zone_cache *cache, const char *name, uint8_t *bytes,
                      size_t *ret_size, struct error *err)
{
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof(path), "%s/%s", cache->directory, name);
    if (length < 0 || (size_t)length >= sizeof(path))
        return error_run(err, EXIT_IO, "the path of the time zone '%.64s' is too long", name);
    CLEANUP(close_file) FILE *file = fopen(path, "rb");
    if (file == NULL && (errno == ENOENT || errno == ENOTDIR))
        return not_found(cache, name, err);
    if (file == NULL)
        return error_run(err, EXIT_IO, "cannot open %s: %s", path, strerror(errno));
    size_t size = fread(bytes, 1, FILE_SIZE_MAX, file);
    if (ferror(file) != 0 && errno == EISDIR)
        return bad_timezone(name, "is a group of time zones, not one of them", err);
    if (ferror(file) != 0)
        return error_run(err, EXIT_IO, "cannot read %s: %s", path, strerror(errno));
    *ret_size = size;
    return true;
}

static bool interpret(const uint8_t *bytes, size_t size, const char *name, struct tzif *ret_tzif,
                      struct error *err)
{
    switch (tzif_read(bytes, size, ret_tzif)) {
    case TZIF_OK:
        return true;
    case TZIF_NOT_TZIF:
        return bad_timezone(name, "is not a time zone file", err);
    case TZIF_LEAP_SECONDS:
        return bad_timezone(name, "counts leap seconds, which UTC days do not have", err);
    case TZIF_DAMAGED:
        break;
    }
    (void)error_run(err, EXIT_DATA, "the time zone file of %s is damaged or too old", name);
    return error_hint(err, "reinstall the package tzdata");
}

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

bool zone_load(struct zone_cache *cache, const char *name, const struct zone **ret_zone,
               struct error *err)
{
    for (struct zone *known = cache->zones; known != NULL; known = known->next) {
        if (text_equal(known->name, name)) {
            *ret_zone = known;
            return true;
        }
    }
    struct tzif tzif = {0};
    size_t size = 0;
    if (!is_zone_name(name))
        return bad_timezone(name, "is not the name of a time zone", err);
    CLEANUP(free_bytes) uint8_t *bytes = memory_alloc(FILE_SIZE_MAX, "zone file");
    if (!read_file(cache, name, bytes, &size, err) || !interpret(bytes, size, name, &tzif, err))
        return false;
    struct zone *zone = memory_alloc(sizeof(*zone), "zone");
    *zone = (struct zone){.tzif = tzif, .next = cache->zones};
    memcpy(zone->name, name, strlen(name) + 1);
    cache->zones = zone;
    *ret_zone = zone;
    return true;
}

const struct zone *zone_utc(void)
{
    static const struct zone utc = {.name = "UTC"};
    return &utc;
}

const char *zone_name(const struct zone *zone)
{
    return zone->name;
}

int32_t zone_offset_s(const struct zone *zone, int64_t at_us)
{
    return tzif_segment(&zone->tzif, floor_divide(at_us, INSTANT_US_PER_S)).offset_s;
}

struct local_time zone_local_time(const struct zone *zone, int64_t at_us)
{
    int64_t local_us = at_us + zone_offset_s(zone, at_us) * INSTANT_US_PER_S;
    int64_t local_s = floor_divide(local_us, INSTANT_US_PER_S);
    return (struct local_time){
        .date = {(int32_t)floor_divide(local_s, INSTANT_S_PER_DAY)},
        .second_of_day = (int32_t)floor_rest(local_s, INSTANT_S_PER_DAY),
        .microsecond = (int32_t)floor_rest(local_us, INSTANT_US_PER_S),
    };
}

struct date zone_local_date(const struct zone *zone, int64_t at_us)
{
    struct date local = zone_local_time(zone, at_us).date;
    return date_min(date_max(local, (struct date){DATE_DAYS_MIN}), (struct date){DATE_DAYS_MAX});
}

/* Walks from well before the wanted local time to the first stretch that reaches it: there it is
 * either met, or the stretch begins behind it (a gap) and its begin is the next valid time. */
int64_t zone_instant(const struct zone *zone, struct date date, int32_t second_of_day)
{
    int64_t wanted_s = date.days * INSTANT_S_PER_DAY + second_of_day;
    struct zone_segment segment = tzif_segment(&zone->tzif, wanted_s - OFFSET_LIMIT_S);
    while (segment.end_s != INT64_MAX && segment.end_s + segment.offset_s <= wanted_s)
        segment = tzif_segment(&zone->tzif, segment.end_s);
    int64_t met_s = wanted_s - segment.offset_s;
    return (met_s > segment.start_s ? met_s : segment.start_s) * INSTANT_US_PER_S;
}

int64_t zone_midnight(const struct zone *zone, struct date date)
{
    return zone_instant(zone, date, 0);
}
