/* The list of parked items as people point at it: one of them by a word, and the money at stake. */
#ifndef BILLMILL_ENGINE_PARKED_REPORT_H
#define BILLMILL_ENGINE_PARKED_REPORT_H

#include "core/engine/parked.h"

/* The row that `text` means: its number in the list (from 1), its whole item name, or a word of it
 * ("cus-0042" of "2026-10-31 cus-0042 EUR  000000"). EXIT_USAGE when there is none, or several:
 * the message then names the numbers. */
MUST_CHECK bool parked_find(const struct parked_row *rows, size_t count, const char *text,
                            size_t *ret_index, struct error *err);

struct parked_sum {
    struct currency currency;
    struct money at_stake;
    int64_t items;
};

/* Of the rows that are open, per currency, sorted by code; *ret_unknown counts those whose amount
 * is not known. In the arena. EXIT_DATA where a sum does not fit or a currency is none. */
MUST_CHECK bool parked_sum_up(const struct parked_row *rows, size_t count, struct arena *arena,
                              struct parked_sum **ret_sums, size_t *ret_sum_count,
                              int64_t *ret_unknown, struct error *err);

#endif
