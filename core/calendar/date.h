/* Dates: days of the proleptic Gregorian calendar, years 1 to 9999, without time or zone. A result
 * outside these years is ERROR_ITEM "date_out_of_range". */
#ifndef BILLMILL_CALENDAR_DATE_H
#define BILLMILL_CALENDAR_DATE_H

#include "core/base/error.h"

#define DATE_TEXT_SIZE 11
#define DATE_DAYS_MIN (-719162) /* 0001-01-01 */
#define DATE_DAYS_MAX 2932896   /* 9999-12-31 */

struct date {
    int32_t days; /* since 1970-01-01 */
};

/* "No date", where a record may lack one; earlier than every date, never passed to the functions
 * below. */
#define DATE_NONE ((struct date){INT32_MIN})

static inline bool date_is_none(struct date date)
{
    return date.days == INT32_MIN;
}

struct civil_date {
    int32_t year;  /* 1..9999 */
    int32_t month; /* 1..12 */
    int32_t day;   /* 1..31 */
};

struct date_text {
    char text[DATE_TEXT_SIZE];
};

enum weekday { MONDAY = 1, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY }; /* ISO 8601 */

/* Exactly "YYYY-MM-DD" of a day that exists. ERROR_ITEM "bad_date" says what is expected. */
MUST_CHECK bool date_parse(const char *text, struct date *ret_date, struct error *err);
struct date_text date_text(struct date date); /* use as date_text(date).text */

/* ERROR_ITEM "bad_date" for a day that does not exist. */
MUST_CHECK bool date_from_civil(int32_t year, int32_t month, int32_t day, struct date *ret_date,
                                struct error *err);
struct civil_date date_civil(struct date date);

bool date_is_leap_year(int32_t year);
int32_t date_days_in_month(int32_t year, int32_t month); /* month 1..12 */
enum weekday date_weekday(struct date date);

int32_t date_compare(struct date a, struct date b);          /* -1, 0 or 1 */
int32_t date_days_between(struct date from, struct date to); /* to - from */
struct date date_min(struct date a, struct date b);
struct date date_max(struct date a, struct date b);

MUST_CHECK bool date_add_days(struct date date, int64_t days, struct date *ret_date,
                              struct error *err);

/* The month of `date` plus `months`, on min(anchor_day, length of that month): 31 January and
 * anchor day 31 give 29 February, then 31 March (DOMAIN 2). anchor_day is 1..31. */
MUST_CHECK bool date_add_months(struct date date, int64_t months, int32_t anchor_day,
                                struct date *ret_date, struct error *err);

#endif
