/* Dates: see date.h. */
#include "core/calendar/date.h"

#include <string.h>

#include "core/base/text.h"
#include "core/calendar/civil.h"

#define YEAR_MIN 1
#define YEAR_MAX 9999
#define MONTHS_MAX ((YEAR_MAX + INT64_C(1)) * 12)

static bool bad_date(const char *text, struct error *err)
{
    return error_item(err, "bad_date", "'%.40s' is not a date: expected YYYY-MM-DD, as 2026-10-31",
                      text);
}

static bool out_of_range(struct error *err)
{
    return error_item(err, "date_out_of_range", "a date is outside the years 1 to 9999");
}

/* `count` digits, nothing else. */
static bool read_digits(const char *text, size_t count, int32_t *ret_value)
{
    int32_t value = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *ret_value = value;
    return true;
}

bool date_parse(const char *text, struct date *ret_date, struct error *err)
{
    int32_t year = 0;
    int32_t month = 0;
    int32_t day = 0;
    if (strlen(text) != DATE_TEXT_SIZE - 1 || !read_digits(text, 4, &year) || text[4] != '-' ||
        !read_digits(text + 5, 2, &month) || text[7] != '-' || !read_digits(text + 8, 2, &day))
        return bad_date(text, err);
    return date_from_civil(year, month, day, ret_date, err);
}

struct date_text date_text(struct date date)
{
    struct date_text out = {"YYYY-MM-DD"};
    struct civil_date civil = date_civil(date);
    (void)text_digits_before(out.text + 4, (uint64_t)civil.year, 4);
    (void)text_digits_before(out.text + 7, (uint64_t)civil.month, 2);
    (void)text_digits_before(out.text + 10, (uint64_t)civil.day, 2);
    return out;
}

bool date_is_leap_year(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int32_t date_days_in_month(int32_t year, int32_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    assert(month >= 1);
    assert(month <= 12);
    return month == 2 && date_is_leap_year(year) ? 29 : days[month - 1];
}

bool date_from_civil(int32_t year, int32_t month, int32_t day, struct date *ret_date,
                     struct error *err)
{
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
        day > date_days_in_month(year, month))
        return error_item(err, "bad_date", "there is no day %04d-%02d-%02d", year, month, day);
    ret_date->days = (int32_t)civil_days(year, month, day);
    return true;
}

struct civil_date date_civil(struct date date)
{
    assert(date.days >= DATE_DAYS_MIN);
    assert(date.days <= DATE_DAYS_MAX);
    return civil_of_days(date.days);
}

enum weekday date_weekday(struct date date)
{
    return (enum weekday)(floor_rest((int64_t)date.days + THURSDAY - MONDAY, 7) + MONDAY);
}

int32_t date_compare(struct date a, struct date b)
{
    return a.days < b.days ? -1 : a.days > b.days ? 1 : 0;
}

int32_t date_days_between(struct date from, struct date to)
{
    return to.days - from.days;
}

struct date date_min(struct date a, struct date b)
{
    return a.days < b.days ? a : b;
}

struct date date_max(struct date a, struct date b)
{
    return a.days > b.days ? a : b;
}

bool date_add_days(struct date date, int64_t days, struct date *ret_date, struct error *err)
{
    const int64_t span = (int64_t)DATE_DAYS_MAX - DATE_DAYS_MIN;
    if (days > span || days < -span || date.days + days < DATE_DAYS_MIN ||
        date.days + days > DATE_DAYS_MAX)
        return out_of_range(err);
    ret_date->days = (int32_t)(date.days + days);
    return true;
}

bool date_add_months(struct date date, int64_t months, int32_t anchor_day, struct date *ret_date,
                     struct error *err)
{
    struct civil_date civil = date_civil(date);
    assert(anchor_day >= 1);
    assert(anchor_day <= 31);
    if (months > MONTHS_MAX || months < -MONTHS_MAX)
        return out_of_range(err);
    int64_t month_index = (int64_t)civil.year * 12 + civil.month - 1 + months;
    int64_t year = floor_divide(month_index, 12);
    if (year < YEAR_MIN || year > YEAR_MAX)
        return out_of_range(err);
    int32_t month = (int32_t)floor_rest(month_index, 12) + 1;
    int32_t length = date_days_in_month((int32_t)year, month);
    ret_date->days = (int32_t)civil_days(year, month, anchor_day < length ? anchor_day : length);
    return true;
}
