/* What credit notes gave back of a period stays given back when the period is charged anew (DOMAIN
 * 3 and 6): for all that was used of it the customer pays what that costs, less what was credited,
 * but never less than nothing; whichever became known first.
 *
 * 1. A line that gives back gives what notes have left, the shortfall being what it would have
 * given but for them, or but for its invoice being void (give_back.h, rule 4). That is off the
 * charges that are made instead, after their coupons: at most what they come to.
 * 2. Those are, on the same draft or a later one, the payer's charges of the same subscription,
 * price and currency that begin on the same day; for a charge that is replaced, or usage that is
 * billed anew, begins on its day, and what follows a change on the day of that. After a change of
 * plan they are those of the new plan's prices, but no usage, as far as the old plan's own charges
 * of that day have left of it.
 * 3. What is charged beyond the shortfall is new, and owed. What is left of it waits, for a later
 * charge of that day.
 * 4. What is billed again is counted by what bills it again. */
#ifndef BILLMILL_BILLING_FORGIVEN_H
#define BILLMILL_BILLING_FORGIVEN_H

#include <stddef.h>

#include "core/money/money.h"

/* Of one subscription, first day, payer and currency. `forgiven` is the part of the line's
 * discount: below zero of what gave less, above of what was charged less, with the signs of drafts.
 */
struct forgiven_line {
    int64_t price_id, plan_id;
    bool is_metered;
    struct money forgiven;
};

/* What is off the charge, of which `net` is left after coupons. The lines, in any order, are those
 * before it: rule 2. Zero or more. The charge's own `forgiven` is not read. */
MUST_CHECK bool forgiven_off_charge(const struct forgiven_line *charge, struct money net,
                                    const struct forgiven_line *lines, size_t count,
                                    struct money *ret_forgiven, struct error *err);

#endif
