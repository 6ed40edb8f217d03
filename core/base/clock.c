/* The clocks of the system: see clock.h. */
#define _GNU_SOURCE /* CLOCK_BOOTTIME */
#include "core/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/text.h"

int64_t clock_wall_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_day_us(void)
{
    const char *fixed = getenv("BILLMILL_CLOCK_S");
    int64_t seconds = 0;
    return fixed != NULL && text_parse_i64(fixed, &seconds) ? seconds * 1000000 : clock_wall_us();
}

int64_t clock_boot_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_stamp(int64_t wall_us, char target[CLOCK_STAMP_SIZE])
{
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm utc;
    if (gmtime_r(&seconds, &utc) == NULL ||
        strftime(target, CLOCK_STAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        (void)snprintf(target, CLOCK_STAMP_SIZE, "-");
}
