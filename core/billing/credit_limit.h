/* Credits drawn within the limits of projects and members (DOMAIN 7, "members have their own
 * limits"; ReadyStart keeps such a limit for each member, -1 for none, beside what he has used).
 *
 * 1. Of the credits that a payer has, at most the limit may pay for the usage of a project or
 * member in a month: the month in which the billing period of that usage has its last day, which is
 * the one that `close` names. So it is the same limit for all subscriptions, for late usage and for
 * what is billed before a period ends, and the same whenever an invoice is made.
 * 2. What counts is the part of the lines' value (with tax, less coupons) that is his
 * (usage_share.h), net of what other lines of the invoice give back of it. Fees, and usage that
 * names nobody with a limit, count for nobody.
 * 3. First the credits pay for what has no limit, so that limits are used up last; then for each
 * part that has one, in the order given: at most what is left of its project's and of its member's
 * limit, and of the amount due.
 * 4. What is over a limit is not paid by credits, nor overdrawn (an overdraft is a credit too): it
 * stays due. A limit is of one currency, and in another there is none of it.
 * 5. A credit note gives back an amount, which may become a grant, but not a limit.
 *
 * Each draw is by the rules of credit.h. */
#ifndef BILLMILL_BILLING_CREDIT_LIMIT_H
#define BILLMILL_BILLING_CREDIT_LIMIT_H

#include "core/billing/credit.h"

#define CREDIT_MONTH_SIZE 8 /* "2026-10" */
#define CREDIT_NO_LIMIT SIZE_MAX
#define CREDIT_LIMIT_NONE "-1" /* as credit_limit of a project or member */

/* The month of a period that ends (exclusively) that day. */
void credit_limit_month(struct date end_on, char ret_month[CREDIT_MONTH_SIZE]);

struct credit_limit {
    struct money limit, used; /* of one currency, not below zero */
};

/* Of the amount due; parts of one project and member come together. */
struct credit_limit_part {
    struct money value;     /* zero or less: nothing is drawn for it */
    size_t project, member; /* indexes of limits, or CREDIT_NO_LIMIT */
};

/* Of `part`, or (index = part_count) of the rest: its draws and its overdraft. */
struct credit_part_result {
    size_t part;
    struct credit_draw *draws;
    size_t draw_count;
    struct money overdraft, applied;
};

struct credit_limit_result {
    struct credit_part_result *parts; /* in the order of drawing; none of zero */
    size_t part_count;
    struct money credit_applied, amount_due;
};

/* `request` without a limit of its own; `limits` move. In the arena. Errors as credit_draw. */
MUST_CHECK bool credit_limit_draw(const struct credit_grant *grants, size_t grant_count,
                                  const struct credit_draw_request *request,
                                  struct credit_limit *limits,
                                  const struct credit_limit_part *parts, size_t part_count,
                                  struct arena *arena, struct credit_limit_result *ret_result,
                                  struct error *err);

#endif
