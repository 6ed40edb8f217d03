/* Grants of units of a meter (DOMAIN 1, "credit_grant: amount or units"): they pay for what was
 * used of it.
 *
 * 1. Units reduce the amount due, not the total (DOMAIN 4): the line stays as it was rated, and the
 * units pay for their part of its quantity at the line's own value, which is what it asks for with
 * tax and less coupons: value · units / quantity, rounded once, half up; the units that pay for the
 * last of the quantity take the rest of the value. Tiers, free units and minimums are in that
 * value: a unit is worth what a unit of this line costs on the average.
 * 2. Lines in their order, each by the grants of its meter: highest priority first, then earliest
 * expiry, then oldest, as in credit.h, as far as they are there then.
 * 3. Before amounts of money, for units can pay for nothing else; and outside the limits of
 * projects and members (credit_limit.h), which are amounts.
 * 4. Never more than is due: of a line of 100.00 for 1000 units, 100 units pay 10.00 that are due,
 * and the others stay. Units are counted up then, so that they pay all of it.
 * 5. Units are counted in millionths; what a line has beyond that is counted up.
 * 6. What a credit note gives back of such a line is an amount. */
#ifndef BILLMILL_BILLING_CREDIT_UNITS_H
#define BILLMILL_BILLING_CREDIT_UNITS_H

#include "core/base/arena.h"
#include "core/money/money.h"
#include "core/money/ratio.h"

#define CREDIT_UNIT_MILLIONTHS 1000000
#define CREDIT_UNIT_DIGITS 6

/* "100" or "0.5" to millionths. ERROR_ITEM "bad_value": not above zero, too many digits, or more
 * than is counted. */
MUST_CHECK bool credit_units_parse(const char *text, int64_t *ret_millionths, struct error *err);
const char *credit_units_text(int64_t millionths, struct arena *arena); /* in the arena */

/* Grants come oldest first, as in credit.h. */
struct unit_grant {
    int64_t meter_id;
    int64_t left_millionths;
    int64_t priority, effective_at_us, expires_at_us; /* CREDIT_NEVER_EXPIRES */
};

struct unit_line {
    int64_t meter_id; /* 0: none */
    struct decimal quantity;
    struct money value; /* zero or less is not paid for, nor is a quantity of that */
};

struct unit_draw {
    size_t grant, line; /* indexes */
    int64_t millionths;
    struct money amount; /* may be zero, where so little is worth nothing */
};

struct unit_result {
    struct unit_draw *draws; /* by line, then in the order of drawing */
    size_t draw_count;
    struct money *paid; /* of each line */
    struct money applied;
};

/* In the arena. */
MUST_CHECK bool credit_units_draw(const struct unit_grant *grants, size_t grant_count,
                                  const struct unit_line *lines, size_t line_count,
                                  struct money amount_due, int64_t at_us, struct arena *arena,
                                  struct unit_result *ret_result, struct error *err);

#endif
