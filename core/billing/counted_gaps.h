/* What a part of a billing period leaves out of the total from which it counts on (DOMAIN 3: a
 * total that is billed in several lines is billed as f(total so far) − what was before).
 *
 * 1. The parts of one full period of one metered price go on with one total: tiers, free units and
 * limits belong to the period, and nobody has them twice by pausing, by leaving a plan and coming
 * back, or where no version of the price holds for some days. A part bills T(before + its own) −
 * T(before) by its own version (rating.h, rule 5).
 * 2. The days between two parts are in no part: what was used in them counts for none, and limits
 * are prorated by the days of the parts. Time goes on where it stopped, as if they had not been.
 * 3. Which days a part leaves out belongs to what it is: where another pause becomes known the part
 * is taken back and made again, so that the sum never depends on what was known when. */
#ifndef BILLMILL_BILLING_COUNTED_GAPS_H
#define BILLMILL_BILLING_COUNTED_GAPS_H

#include "core/base/arena.h"
#include "core/calendar/period.h"

struct counted_gap {
    struct period days;
    int64_t start_at_us, end_at_us; /* what they mean; 0 where only the days are asked for */
};

struct counted_gaps {
    const struct counted_gap *items; /* by day; none touches another */
    size_t count;
};

/* The gaps of the part that starts on `start`, after the part before it, whose gaps are given,
 * ended on `before_end`: those, and the days in between where there are any. In the arena. */
struct counted_gaps counted_gaps_then(struct counted_gaps before, struct date before_end,
                                      struct date start, struct arena *arena);

/* Of the same days. */
bool counted_gaps_equal(struct counted_gaps a, struct counted_gaps b);

/* As a row keeps them: "2026-10-05/2026-10-10 2026-10-04T22:00:00Z/2026-10-09T22:00:00Z", several
 * joined by ", "; NULL where there are none. In the arena. */
const char *counted_gaps_text(struct counted_gaps gaps, struct arena *arena);

/* The reverse; NULL is none. ERROR_ITEM "bad_gaps". In the arena. */
MUST_CHECK bool counted_gaps_parse(const char *text, struct arena *arena,
                                   struct counted_gaps *ret_gaps, struct error *err);

/* How long they are, all of them, or those that end by then. */
int64_t counted_gaps_us(struct counted_gaps gaps, int64_t until_us);

/* false: the instant is in a gap. Else where it is when the gaps are left out: an instant is moved
 * back by those before it, so that order and distances within parts are kept. */
bool counted_gaps_skip(struct counted_gaps gaps, int64_t at_us, int64_t *ret_at_us);

#endif
