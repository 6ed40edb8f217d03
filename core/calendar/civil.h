/* Day numbers of the proleptic Gregorian calendar without limits on the year, for core/calendar
 * only: dates check their range, zone rules may look a year beyond it. */
#ifndef BILLMILL_CALENDAR_CIVIL_H
#define BILLMILL_CALENDAR_CIVIL_H

#include "core/calendar/date.h"

int64_t civil_days(int64_t year, int32_t month, int32_t day); /* days since 1970-01-01 */
struct civil_date civil_of_days(int64_t days);

/* Division toward minus infinity; divisor above 0. */
int64_t floor_divide(int64_t value, int64_t divisor);
int64_t floor_rest(int64_t value, int64_t divisor); /* 0..divisor - 1 */

#endif
