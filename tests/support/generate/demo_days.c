/* Days of the calendar for generated data: years 1970 to 2100, independent of core/calendar. */
#include "tests/support/generate/demo.h"

static bool is_leap(int32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int32_t demo_days_in_month(int32_t year, int32_t month)
{
    static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

int32_t demo_day(int32_t year, int32_t month, int32_t day)
{
    int32_t days = day - 1;
    for (int32_t y = 1970; y < year; y++)
        days += is_leap(y) ? 366 : 365;
    for (int32_t m = 1; m < month; m++)
        days += demo_days_in_month(year, m);
    return days;
}

struct demo_date_text demo_date_text(int32_t day)
{
    struct demo_date_text text = {""};
    if (day == DEMO_DAY_NONE)
        return text;
    int32_t year = 1970;
    int32_t month = 1;
    for (; day >= (is_leap(year) ? 366 : 365); year++)
        day -= is_leap(year) ? 366 : 365;
    for (; day >= demo_days_in_month(year, month); month++)
        day -= demo_days_in_month(year, month);
    char wide[40];
    snprintf(wide, sizeof wide, "%04" PRId32 "-%02" PRId32 "-%02" PRId32, year, month, day + 1);
    for (size_t i = 0; i + 1 < sizeof text.text; i++)
        text.text[i] = wide[i];
    return text;
}
