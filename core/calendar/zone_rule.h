/* The rule for the years after a zone file's last transition: a POSIX TZ string with the extensions
 * of RFC 9636 (hours -167..167). For core/calendar only. */
#ifndef BILLMILL_CALENDAR_ZONE_RULE_H
#define BILLMILL_CALENDAR_ZONE_RULE_H

#include "core/base/compiler.h"

/* A stretch of time with one offset: [start_s, end_s), seconds since the epoch. */
struct zone_segment {
    int64_t start_s;
    int64_t end_s;
    int32_t offset_s; /* seconds east of UTC */
};

enum rule_day_kind {
    RULE_MONTH_WEEK_DAY, /* Mm.w.d */
    RULE_JULIAN,         /* Jn: 1..365, 29 February is never counted */
    RULE_DAY_OF_YEAR     /* n: 0..365 */
};

struct rule_day {
    enum rule_day_kind kind;
    int32_t month, week, weekday; /* 1..12; 1..5, 5 is the last; 0 is Sunday */
    int32_t day;
    int32_t time_s; /* local time of the change */
};

struct zone_rule {
    int32_t standard_s, summer_s; /* seconds east of UTC */
    bool has_summer;
    struct rule_day to_summer, to_standard;
};

/* "CET-1CEST,M3.5.0,M10.5.0/3"; false when the text is anything else. */
MUST_CHECK bool zone_rule_parse(const char *text, struct zone_rule *ret_rule);

/* The stretch of the rule that contains the instant. */
struct zone_segment zone_rule_segment(const struct zone_rule *rule, int64_t at_s);

#endif
