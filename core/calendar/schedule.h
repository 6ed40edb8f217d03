/* When a job is due: the part of systemd's calendar expressions (systemd.time(7)) that billing
 * wants, so that a schedule can be put into a timer unit as it is.
 *
 *     [weekdays] [date] [time] [zone]      hourly daily weekly monthly quarterly semiannually
 * yearly
 *
 *     weekdays   Mon   Mon..Fri   Sat,Sun
 *     date       *-*-01   *-01,07-01   *-*-1..7   2026-12-31   *-*~01 (the last day of a month)
 *     time       02:00   02:00:30   *:00/15
 *     zone       UTC   Europe/Berlin; without one, the zone of the machine
 *
 * A part that is left out: every weekday, every day, midnight. Values, no clock: whether a date
 * lies behind us is not known here, but what can never happen (*-02-30) is refused. */
#ifndef BILLMILL_CALENDAR_SCHEDULE_H
#define BILLMILL_CALENDAR_SCHEDULE_H

#include "core/base/error.h"

#define SCHEDULE_ZONE_SIZE 64
#define SCHEDULE_TEXT_SIZE 512 /* holds every canonical text */
#define SCHEDULE_YEAR_FIRST 1970
#define SCHEDULE_YEAR_LAST 2199

/* Sets as bits: bit 0 of `weekdays` is Monday; bit n of the others is the value n. */
struct schedule {
    uint8_t weekdays;
    bool day_from_end; /* `days` counts from the end of the month: 1 is its last day */
    bool any_year;     /* else `year` alone */
    int32_t year;
    uint32_t months, days, hours;
    uint64_t minutes;
    int32_t second;
    char zone[SCHEDULE_ZONE_SIZE]; /* "" when none is given */
};

/* ERROR_RUN (EXIT_CONFIG) with a hint for what is not in the grammar, out of range, or never
 * happens. Whether the zone exists is not checked here: that needs files. */
MUST_CHECK bool schedule_parse(const char *text, struct schedule *ret_schedule, struct error *err);

/* The canonical text: "Mon..Fri *-*-* 16:30:00 Europe/Berlin". Parsing it gives the same schedule;
 * systemd understands it. */
void schedule_print(const struct schedule *schedule, char target[SCHEDULE_TEXT_SIZE]);

#endif
