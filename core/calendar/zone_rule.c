/* POSIX TZ strings: see zone_rule.h. An offset in the string counts west of UTC; here it is turned
 * once, in parsing. */
#include "core/calendar/zone_rule.h"

#include "core/calendar/civil.h"

#define SECONDS_PER_HOUR 3600
#define SECONDS_PER_DAY 86400
#define OFFSET_HOURS_MAX 24
#define TIME_HOURS_MAX 167
#define DEFAULT_TIME_S (2 * SECONDS_PER_HOUR)
#define NAME_MIN 3

struct cursor {
    const char *at;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool take(struct cursor *in, char c)
{
    if (*in->at != c)
        return false;
    in->at++;
    return true;
}

/* At most three digits, min..max. */
static bool take_number(struct cursor *in, int32_t min, int32_t max, int32_t *ret_value)
{
    int32_t value = 0;
    int32_t digits = 0;
    for (; is_digit(*in->at) && digits < 3; in->at++, digits++)
        value = value * 10 + (*in->at - '0');
    *ret_value = value;
    return digits > 0 && value >= min && value <= max;
}

/* "CET", or anything printable in angle brackets, as "<+0330>". */
static bool take_name(struct cursor *in)
{
    const char *start = in->at;
    if (take(in, '<')) {
        while (is_letter(*in->at) || is_digit(*in->at) || *in->at == '+' || *in->at == '-')
            in->at++;
        return in->at - start > NAME_MIN && take(in, '>');
    }
    while (is_letter(*in->at))
        in->at++;
    return in->at - start >= NAME_MIN;
}

/* [+-]hh[:mm[:ss]] */
static bool take_clock(struct cursor *in, int32_t hours_max, int32_t *ret_seconds)
{
    int32_t hours = 0;
    int32_t minutes = 0;
    int32_t seconds = 0;
    int32_t sign = take(in, '-') ? -1 : 1;
    if (sign > 0)
        (void)take(in, '+');
    if (!take_number(in, 0, hours_max, &hours))
        return false;
    if (take(in, ':') && !take_number(in, 0, 59, &minutes))
        return false;
    if (take(in, ':') && !take_number(in, 0, 59, &seconds))
        return false;
    *ret_seconds = sign * (hours * SECONDS_PER_HOUR + minutes * 60 + seconds);
    return true;
}

/* ",M3.5.0/2": the day of a change and its time. */
static bool take_day(struct cursor *in, struct rule_day *ret_day)
{
    struct rule_day day = {.kind = RULE_DAY_OF_YEAR, .time_s = DEFAULT_TIME_S};
    if (!take(in, ','))
        return false;
    if (take(in, 'M')) {
        day.kind = RULE_MONTH_WEEK_DAY;
        if (!take_number(in, 1, 12, &day.month) || !take(in, '.') ||
            !take_number(in, 1, 5, &day.week) || !take(in, '.') ||
            !take_number(in, 0, 6, &day.weekday))
            return false;
    } else if (take(in, 'J')) {
        day.kind = RULE_JULIAN;
        if (!take_number(in, 1, 365, &day.day))
            return false;
    } else if (!take_number(in, 0, 365, &day.day)) {
        return false;
    }
    if (take(in, '/') && !take_clock(in, TIME_HOURS_MAX, &day.time_s))
        return false;
    *ret_day = day;
    return true;
}

bool zone_rule_parse(const char *text, struct zone_rule *ret_rule)
{
    struct cursor in = {text};
    struct zone_rule rule = {0};
    int32_t west_s = 0;
    if (!take_name(&in) || !take_clock(&in, OFFSET_HOURS_MAX, &west_s))
        return false;
    rule.standard_s = -west_s;
    if (*in.at != '\0') {
        rule.has_summer = true;
        if (!take_name(&in))
            return false;
        west_s -= SECONDS_PER_HOUR; /* an hour ahead of standard time unless it says otherwise */
        if (*in.at != ',' && !take_clock(&in, OFFSET_HOURS_MAX, &west_s))
            return false;
        rule.summer_s = -west_s;
        if (!take_day(&in, &rule.to_summer) || !take_day(&in, &rule.to_standard))
            return false;
    }
    if (*in.at != '\0')
        return false;
    *ret_rule = rule;
    return true;
}

/* The day number of a change in a year. */
static int64_t day_in_year(const struct rule_day *day, int64_t year)
{
    int64_t first = civil_days(year, 1, 1);
    int64_t days_in_year = civil_days(year + 1, 1, 1) - first;
    switch (day->kind) {
    case RULE_JULIAN:
        return first + day->day - 1 + (days_in_year == 366 && day->day >= 60 ? 1 : 0);
    case RULE_DAY_OF_YEAR:
        return first + day->day;
    case RULE_MONTH_WEEK_DAY:
        break;
    }
    int64_t month_start = civil_days(year, day->month, 1);
    int64_t month_end =
        day->month == 12 ? first + days_in_year : civil_days(year, day->month + 1, 1);
    int64_t first_weekday = floor_rest(month_start + 4, 7); /* 1970-01-01 was a Thursday, 4 */
    int64_t found =
        month_start + floor_rest(day->weekday - first_weekday, 7) + INT64_C(7) * (day->week - 1);
    return found < month_end ? found : found - 7;
}

/* Each change of a year is given in the local time that it ends. */
static struct zone_segment change(const struct rule_day *day, int64_t year, int32_t before_s,
                                  int32_t after_s)
{
    int64_t at_s = day_in_year(day, year) * SECONDS_PER_DAY + day->time_s - before_s;
    return (struct zone_segment){.start_s = at_s, .offset_s = after_s};
}

/* Keeps equal instants in the order in which they were added: all-year summer time is written as a
 * change back and a change forth at once. */
static void insert(struct zone_segment *sorted, size_t count, struct zone_segment added)
{
    size_t at = count;
    for (; at > 0 && sorted[at - 1].start_s > added.start_s; at--)
        sorted[at] = sorted[at - 1];
    sorted[at] = added;
}

struct zone_segment zone_rule_segment(const struct zone_rule *rule, int64_t at_s)
{
    struct zone_segment found = {INT64_MIN, INT64_MAX, rule->standard_s};
    struct zone_segment changes[6];
    size_t count = 0;
    if (!rule->has_summer)
        return found;
    int64_t year = civil_of_days(floor_divide(at_s, SECONDS_PER_DAY)).year;
    for (int64_t y = year - 1; y <= year + 1; y++) {
        insert(changes, count++, change(&rule->to_summer, y, rule->standard_s, rule->summer_s));
        insert(changes, count++, change(&rule->to_standard, y, rule->summer_s, rule->standard_s));
    }
    for (size_t i = 0; i < count && changes[i].start_s <= at_s; i++) {
        found = changes[i];
        found.end_s = i + 1 < count ? changes[i + 1].start_s : INT64_MAX;
    }
    return found;
}
