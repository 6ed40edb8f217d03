/* What a line gives back of lines that were billed before it, and what of these the customer never
 * paid (DOMAIN 3 "never lost", 4 and 6). Such a line says what it takes back at the full price, as
 * it was rated, and takes off it, as its discount, what was not paid of that: so of a price's
 * period the amounts sum to the price of what was used, and amounts less discounts to what was
 * charged.
 *
 * 1. Lines that give back: credits for the rest of a period (proration_credit), reversals, and what
 * else is below zero, as usage that came late and lowers what was used. A reversal of a credit
 * takes it back, so its amount is above zero. No coupon is taken off any of them.
 * 2. They give back of: a reversal, the lines of the entry that it reverses (charge_slots.h; of
 * usage all that was billed up to its generation); a credit, the charge in force when it begins,
 * that is the last one that began before it, ends with it and was not taken back before; the end of
 * a period whose usage costs less than was billed of it before it ended (progressive.h), these
 * lines; a part of a period whose usage is less than nothing, the parts before it, whose tiers it
 * goes on from; another line below zero, all lines of its price and first day; where these, or
 * those billed before the end, charged less than that, the parts before it too. A line that was
 * billed again stands for the one that it replaces.
 * 3. What coupons took of those lines is not given back: of a reversal all of it; else the share of
 * what is given back in what was charged, rounded once.
 * 4. What credit notes gave back already is not given once more, nor what is void: what such a line
 * comes to by these rules is as if there were no notes, and what of it is forgiven follows from all
 * lines of its period (forgiven.h). It may be more than the charge that is there: what became known
 * at once is on several drafts, and the credit of a later charge may be on an earlier one. Of lines
 * of which notes and what is forgiven leave nothing, what coupons took that were given back with
 * them (coupon_keep.h, rule 4) counts as given back by this line.
 * 5. Who gives back gives back the tax that was charged (Directive 2006/112/EC, article 90): such a
 * line has the taxes of the line that it gives back of, as they were billed, whatever the buyer and
 * the rates are meanwhile; so has what is charged in place of what is taken back (recurring:2, of
 * the same price and first day). Of several lines with different taxes it has those of the lowest
 * rate, of these those of the newest line; of lines of which nothing is left only where there are
 * no others. So never more tax is given back than was charged. What bills an invoice again is taxed
 * anew: the buyer may be why. Usage that came late of what was billed was supplied with it, and is
 * taxed as that was. */
#ifndef BILLMILL_BILLING_GIVE_BACK_H
#define BILLMILL_BILLING_GIVE_BACK_H

#include "core/base/arena.h"
#include "core/calendar/date.h"
#include "core/money/money.h"

struct giving_line {
    const char *kind;
    struct date start_on, end_on;
    struct money amount;
};

/* Another line of the same price and subscription. */
struct billed_line {
    const char *kind;
    struct date start_on, end_on;
    bool is_part_before;   /* usage of the same period, before a version of its price began */
    struct money charged;  /* its amount, less what a maximum cut of it */
    struct money unpaid;   /* what coupons took of that; of a line that gives back its discount */
    struct money noted;    /* what credit notes gave back of the rest */
    struct money forgiven; /* what it was charged less; of a line that gives back, gave less */
};

/* Rule 1. `kind` with or without "rebill:". */
bool give_back_does(const char *kind, bool is_negative);
bool give_back_reverses(const char *kind);
bool give_back_of_rest(const char *kind); /* a credit for the rest of a period, not its reversal */

/* Whether a line of kind `reversal` takes back one of the other kind, a charge or a credit, of the
 * same subscription, price and first day. */
bool give_back_takes_back(const char *reversal, const char *kind);

/* Which of `billed`, all of them there when the line is made, the line gives back of (rule 2).
 * ret_takes has room for `count`. false: of none. */
bool give_back_choose(const struct giving_line *line, const struct billed_line *billed,
                      size_t count, bool *ret_takes);

/* What is not given back of the line, before anything of it is forgiven: rule 3. Of the sign of its
 * amount, or zero. `billed` and `takes` as above. */
MUST_CHECK bool give_back_compute(const struct giving_line *line, const struct billed_line *billed,
                                  const bool *takes, size_t count, enum rounding rounding,
                                  struct money *ret_unpaid, struct error *err);

/* Rule 4: takes off it what is of coupons that were given back, `freed` of what they took of the
 * lines taken. */
MUST_CHECK bool give_back_free_coupons(const struct billed_line *billed, const bool *takes,
                                       size_t count, struct money freed, enum rounding rounding,
                                       struct money *unpaid, struct error *err);

/* What is left of a line to be given back. */
MUST_CHECK bool give_back_left(const struct billed_line *billed, struct money *ret_left,
                               struct error *err);

/* Rule 5: the kind by which give_back_choose finds the lines whose taxes the line has: its own, or
 * the reversal of what it is charged in place of. In the arena; NULL: it has those of its day. */
const char *give_back_taxed_by(const char *kind, bool is_negative, struct arena *arena);

/* Rule 5: which of the lines taken, in the order in which they were billed, it has the taxes of;
 * SIZE_MAX: there are none. `rates_percent`: the sum of the taxes of each. */
size_t give_back_taxed_like(const struct billed_line *billed, const bool *takes,
                            const struct decimal *rates_percent, size_t count);

/* The order in which the lines of one draft follow from each other, whether they give back or not:
 * by day; of a day by generation, and then first what gives back, then what is charged, then what
 * reverses either. Below zero: `a` comes first. */
int give_back_order(const struct giving_line *a, const struct giving_line *b);

/* A line of a draft, and its place there: `giving.kind` is borrowed. */
struct giving_place {
    struct giving_line giving;
    size_t line;
};

/* Sorts by give_back_order; of lines alike the one that stands first comes first. */
void give_back_sort(struct giving_place *places, size_t count);

#endif
