/* Day numbers: see civil.h. Years are counted from 1 March, so that the leap day is the last day of
 * a year and the months before it have a fixed pattern of 153 days in five; a cycle of 400 years
 * has 146097 days. */
#include "core/calendar/civil.h"

#define DAYS_PER_CYCLE 146097
#define YEARS_PER_CYCLE 400
#define DAYS_TO_EPOCH 719468 /* from 0000-03-01 to 1970-01-01 */

int64_t floor_divide(int64_t value, int64_t divisor)
{
    return value / divisor - (value % divisor < 0 ? 1 : 0);
}

int64_t floor_rest(int64_t value, int64_t divisor)
{
    return value - floor_divide(value, divisor) * divisor;
}

int64_t civil_days(int64_t year, int32_t month, int32_t day)
{
    int64_t from_march = (month + 9) % 12;
    int64_t march_year = month <= 2 ? year - 1 : year;
    int64_t cycle = floor_divide(march_year, YEARS_PER_CYCLE);
    int64_t in_cycle = floor_rest(march_year, YEARS_PER_CYCLE);
    int64_t day_of_year = (153 * from_march + 2) / 5 + day - 1;
    return cycle * DAYS_PER_CYCLE + in_cycle * 365 + in_cycle / 4 - in_cycle / 100 + day_of_year -
           DAYS_TO_EPOCH;
}

struct civil_date civil_of_days(int64_t days)
{
    int64_t shifted = days + DAYS_TO_EPOCH;
    int64_t cycle = floor_divide(shifted, DAYS_PER_CYCLE);
    int64_t rest = floor_rest(shifted, DAYS_PER_CYCLE);
    int64_t year = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
    int64_t day_of_year = rest - (365 * year + year / 4 - year / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    return (struct civil_date){
        .year = (int32_t)(cycle * YEARS_PER_CYCLE + year + (month <= 2 ? 1 : 0)),
        .month = (int32_t)month,
        .day = (int32_t)(day_of_year - (153 * from_march + 2) / 5 + 1),
    };
}
