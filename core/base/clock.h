/* The only place that asks the time. Rules never do: they get dates as arguments. The wall clock
 * serves log stamps, leases, the started/ended columns of executions, and the day of what happens
 * outside. */
#ifndef BILLMILL_BASE_CLOCK_H
#define BILLMILL_BASE_CLOCK_H

#include "core/base/compiler.h"

int64_t clock_wall_us(void); /* microseconds since 1970-01-01T00:00:00Z */
/* The same, for the day by which something is dated that is recorded now. Tests let it stand still:
 * BILLMILL_CLOCK_S, seconds since then. */
int64_t clock_day_us(void);
int64_t
clock_boot_ms(void); /* milliseconds since boot, suspend included: for leases and progress */
#define CLOCK_STAMP_SIZE 32
void clock_stamp(int64_t wall_us, char target[CLOCK_STAMP_SIZE]); /* 2026-11-01T02:03:04Z */

#endif
