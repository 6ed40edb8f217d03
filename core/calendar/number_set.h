/* Sets of numbers from 0 to 63 as they are written in schedules: 1,5..8,10/5, * for all. Bit n
 * stands for n. */
#ifndef BILLMILL_CALENDAR_NUMBER_SET_H
#define BILLMILL_CALENDAR_NUMBER_SET_H

#include "core/base/strbuf.h"

struct number_range {
    int32_t first, last;
};

/* One to four digits at *cursor, which moves behind them. */
MUST_CHECK bool number_take(const char **cursor, int32_t *ret_number);

/* first, first..last, either with /step behind it, or *; with commas between them; all within the
 * range. *cursor moves behind the set. With `from_end` the numbers count down (days before the end
 * of a month), and there is no *. False when there is no such set; *cursor is then anywhere. */
MUST_CHECK bool number_set_take(const char **cursor, struct number_range range, bool from_end,
                                uint64_t *ret_bits);

/* Two digits each, runs of three and more as first..last, the whole range as *. */
void number_set_print(struct strbuf *buf, uint64_t bits, struct number_range range);

#endif
