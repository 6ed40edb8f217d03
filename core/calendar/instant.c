/* Instants: see instant.h. */
#include "core/calendar/instant.h"

#include <stdio.h>
#include <string.h>

#include "core/calendar/civil.h"

#define FRACTION_DIGITS 6
#define US_PER_DAY (INSTANT_S_PER_DAY * INSTANT_US_PER_S)
#define INSTANT_EXPECTED "RFC 3339, as 2026-10-31T23:59:59Z"

static bool bad_instant(const char *text, const char *expected, struct error *err)
{
    return error_item(err, "bad_instant", "'%.60s' is not an instant: expected %s", text, expected);
}

/* Two digits up to `max` behind the character `before` (0 for none); moves the cursor. */
static bool take_pair(const char **cursor, char before, int32_t max, int32_t *ret_value)
{
    const char *at = *cursor;
    if (before != '\0' && *at++ != before)
        return false;
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return false;
    *ret_value = (at[0] - '0') * 10 + (at[1] - '0');
    *cursor = at + 2;
    return *ret_value <= max;
}

/* ".25" in microseconds; nothing is 0. */
static bool take_fraction(const char **cursor, int64_t *ret_us)
{
    const char *at = *cursor;
    int64_t value = 0;
    int32_t digits = 0;
    if (*at == '.') {
        for (at++; *at >= '0' && *at <= '9' && digits <= FRACTION_DIGITS; at++, digits++)
            value = value * 10 + (*at - '0');
        if (digits == 0 || digits > FRACTION_DIGITS)
            return false;
    }
    for (; digits < FRACTION_DIGITS; digits++)
        value *= 10;
    *cursor = at;
    *ret_us = value;
    return true;
}

/* Z or ±hh:mm, up to the end of the text, in seconds east of UTC. */
static bool take_offset(const char *at, int64_t *ret_offset_s)
{
    int32_t hours = 0;
    int32_t minutes = 0;
    char sign = *at;
    *ret_offset_s = 0;
    if (sign == 'Z' || sign == 'z')
        return at[1] == '\0';
    if (sign != '+' && sign != '-')
        return false;
    at++;
    if (!take_pair(&at, '\0', 23, &hours) || !take_pair(&at, ':', 59, &minutes) || *at != '\0')
        return false;
    *ret_offset_s = (sign == '-' ? -1 : 1) * (hours * INT64_C(3600) + minutes * INT64_C(60));
    return true;
}

/* "hh:mm:ss" in seconds; *ret_leap tells a second 60 apart from other mistakes. */
static bool take_time(const char **cursor, int64_t *ret_seconds, bool *ret_leap)
{
    int32_t hour = 0;
    int32_t minute = 0;
    int32_t second = 0;
    if (!take_pair(cursor, '\0', 23, &hour) || !take_pair(cursor, ':', 59, &minute))
        return false;
    if (!take_pair(cursor, ':', 60, &second))
        return false;
    *ret_leap = second == 60;
    *ret_seconds = hour * INT64_C(3600) + minute * INT64_C(60) + second;
    return true;
}

bool instant_parse(const char *text, int64_t *ret_at_us, struct error *err)
{
    char day[DATE_TEXT_SIZE] = "";
    struct date date;
    int64_t seconds = 0;
    int64_t fraction_us = 0;
    int64_t offset_s = 0;
    bool leap = false;
    if (strlen(text) < DATE_TEXT_SIZE || (text[10] != 'T' && text[10] != 't'))
        return bad_instant(text, INSTANT_EXPECTED, err);
    memcpy(day, text, DATE_TEXT_SIZE - 1);
    if (!date_parse(day, &date, err))
        return error_context(err, "instant '%.60s'", text);
    const char *at = text + DATE_TEXT_SIZE;
    if (!take_time(&at, &seconds, &leap))
        return bad_instant(text, INSTANT_EXPECTED, err);
    if (leap)
        return bad_instant(text, "a second below 60, leap seconds have no place in UTC days", err);
    if (!take_fraction(&at, &fraction_us))
        return bad_instant(text, "1 to 6 digits of a fraction of the second", err);
    if (!take_offset(at, &offset_s))
        return bad_instant(text, "Z or an offset like +02:00 at the end", err);
    int64_t at_us =
        instant_of_utc_date(date) + (seconds - offset_s) * INSTANT_US_PER_S + fraction_us;
    int64_t utc_days = floor_divide(at_us, US_PER_DAY);
    if (utc_days < DATE_DAYS_MIN || utc_days > DATE_DAYS_MAX)
        return bad_instant(text, "a year from 1 to 9999 in UTC", err);
    *ret_at_us = at_us;
    return true;
}

struct instant_text instant_text(int64_t at_us)
{
    struct instant_text out;
    struct date_text day = date_text(instant_utc_date(at_us));
    int64_t us = floor_rest(at_us, US_PER_DAY);
    int32_t second = (int32_t)(us / INSTANT_US_PER_S);
    int32_t fraction = (int32_t)(us % INSTANT_US_PER_S);
    int32_t digits = fraction == 0 ? 0 : FRACTION_DIGITS;
    for (; fraction != 0 && fraction % 10 == 0; digits--)
        fraction /= 10;
    int length = snprintf(out.text, sizeof(out.text), "%sT%02d:%02d:%02d", day.text, second / 3600,
                          second / 60 % 60, second % 60);
    char *at = out.text + length;
    size_t room = sizeof(out.text) - (size_t)length;
    if (digits == 0)
        (void)snprintf(at, room, "Z");
    else
        (void)snprintf(at, room, ".%0*dZ", digits, fraction);
    return out;
}

int64_t instant_of_utc_date(struct date date)
{
    return date.days * US_PER_DAY;
}

struct date instant_utc_date(int64_t at_us)
{
    return (struct date){(int32_t)floor_divide(at_us, US_PER_DAY)};
}
