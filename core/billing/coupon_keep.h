/* Which coupons a charge has that replaces another one (DOMAIN 3 and 4): a change of quantity or
 * plan, a cancellation, a pause or the end of one.
 *
 * 1. A charge replaces charges of the same subscription that were made before it, in the same way
 * (in advance, in arrears, by usage), for the day on which it begins: what a change within a period
 * charges, all that the period was charged before; any other one, what was taken back (reversal),
 * if it is of a later generation or is made with that reversal. What was charged nothing is not
 * replaced; what was billed again is replaced by what bills it again.
 * 2. It has the coupons that these had, and no others: the time of a period keeps its coupons, by
 * whatever documents it is billed in the end. So it does not matter whether a change was known
 * before the period was billed, and nobody gains or loses a coupon by having more or fewer of
 * something. No use of a coupon is counted for it, and no minimum is asked. A coupon that was
 * redeemed meanwhile begins with what is charged for the first time: if it counts its invoices the
 * next period has it, whole, whenever the change becomes known. A percentage for ever (without a
 * minimum, and where coupons add up) has nothing to count: what replaces has it too if it begins
 * when that was redeemed, as an upgrade in the middle of a period does.
 * 3. A percentage is taken of what replaces, rounded once for the charges of a document that begin
 * on one day. An amount gives at most what was freed of it: its share in what was given back of the
 * period's charges of that way (give_back.h, rule 3), less what others kept of that.
 * 4. A coupon that counts its invoices (all but those for ever) was given back with a document when
 * that is void, or when of all that the coupon cut there, and of what keeps that since, every line
 * was credited whole or reversed. From then on it is no more of that time: the next charge that
 * replaces nothing has it, in the order of drafts, and the days for which it was given back have it
 * no more, nor what they are charged instead. For them the customer owes nothing up to what they
 * were charged before the coupon, as if a note had given its part back as well (give_back.h, rule
 * 4). So the next period has it whether a change of the one before becomes known before or after
 * that is billed. One that takes off whatever it covers for ever is kept.
 * 5. A use of which all was reversed is its replacement's; without one it is free for drafts from
 * the cutoff of the reversal on, until something replaces it. */
#ifndef BILLMILL_BILLING_COUPON_KEEP_H
#define BILLMILL_BILLING_COUPON_KEEP_H

#include "core/base/arena.h"
#include "core/calendar/date.h"
#include "core/money/money.h"

enum charge_basis { CHARGE_IN_ADVANCE, CHARGE_IN_ARREARS, CHARGE_BY_USAGE };

/* A line of one subscription and one whole period, with the sign of a draft. */
struct period_line {
    size_t document; /* its place in the order of documents */
    const char *kind;
    int64_t price_id;
    enum charge_basis basis;
    struct date start_on, end_on;
    struct money charged; /* before coupons, less what a maximum cut */
    bool is_void;
};

/* Whether a line of the kind may replace others: `with_reversal` says that its document takes
 * something of its subscription back. */
bool coupon_keep_may(const char *kind, bool with_reversal);

/* In the order in which what one takes or gives back follows from the other. */
int coupon_keep_order(const struct period_line *a, const struct period_line *b);

/* Leaves out what was billed again, keeps the order. Returns how many are left. */
size_t coupon_keep_standing(struct period_line *lines, size_t count, size_t *ret_places);

/* Rule 1: which of `lines`, in their order, the one at `index` replaces. false: none. */
bool coupon_keep_replaced(const struct period_line *lines, size_t count, size_t index,
                          struct arena *arena, bool *ret_replaced);

/* Rule 3, of one coupon of an amount for the line at `index`: `cuts` is what it took of each charge
 * so far, `keeps` which charges have it as one that was kept. `lines` are in their order. Zero
 * where more was kept than freed. */
MUST_CHECK bool coupon_keep_freed(const struct period_line *lines, size_t count, size_t index,
                                  const struct money *cuts, const bool *keeps,
                                  enum rounding rounding, struct arena *arena,
                                  struct money *ret_freed, struct error *err);

#endif
