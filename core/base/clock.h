/* The only place that asks the time. Rules never do: they get dates as arguments. The wall clock
 * serves log stamps, leases and the started/ended columns of executions. */
#ifndef BILLMILL_BASE_CLOCK_H
#define BILLMILL_BASE_CLOCK_H

#include "core/base/compiler.h"

int64_t clock_wall_us(void); /* microseconds since 1970-01-01T00:00:00Z */
int64_t
clock_boot_ms(void); /* milliseconds since boot, suspend included: for leases and progress */
#define CLOCK_STAMP_SIZE 32
void clock_stamp(int64_t wall_us, char target[CLOCK_STAMP_SIZE]); /* 2026-11-01T02:03:04Z */

#endif
