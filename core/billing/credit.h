/* Drawing credits over an amount due (DOMAIN 7 and 11 "invoice").
 *
 * 1. Only grants that are effective and not expired at the instant of the draw give anything.
 * 2. Highest priority first, then earliest expiry (those without come last), then oldest.
 * 3. Never more than a grant's balance, than the amount due, or than the limit of who draws. What
 * is due after that may be overdrawn where the tenant allows it, as an amount of its own.
 *
 * These are values: that two draws at once cannot take the same balance is up to the conditional
 * update that stores them. */
#ifndef BILLMILL_BILLING_CREDIT_H
#define BILLMILL_BILLING_CREDIT_H

#include "core/base/arena.h"
#include "core/calendar/zone.h"
#include "core/money/money.h"

#define CREDIT_PRIORITY_DEFAULT 50
#define CREDIT_NEVER_EXPIRES INT64_MAX
#define CREDIT_ALWAYS_EFFECTIVE INT64_MIN

/* Grants come oldest first: their order decides where rule 2 says "oldest". */
struct credit_grant {
    struct money balance; /* what is left of it, not below zero */
    int64_t priority;
    int64_t effective_at_us; /* instants in microseconds, as core/calendar/instant.h */
    int64_t expires_at_us;   /* the first instant at which it is no longer there */
};

struct credit_draw_request {
    struct money amount_due; /* below zero nothing is drawn */
    int64_t at_us;
    bool has_limit;
    struct money limit; /* of the member or project, what is left of it; overdrafts count too */
    bool may_overdraw;
    struct money overdraft_limit; /* what may still be overdrawn */
};

struct credit_draw {
    size_t grant; /* index */
    struct money amount;
};

struct credit_result {
    struct credit_draw *draws; /* in the order of drawing, none of zero */
    size_t draw_count;
    struct money *applied; /* for each grant, in the order given */
    struct money overdraft;
    struct money credit_applied; /* all draws and the overdraft */
    struct money amount_due;     /* what is left to pay */
};

/* The last instant of a day in the tenant's zone: what is finalized that day is drawn for then, and
 * a run for it ends what is over by then. ERROR_ITEM for a day that is the last of the calendar. */
MUST_CHECK bool credit_instant(const struct zone *zone, struct date day, int64_t *ret_at_us,
                               struct error *err);

/* What was overdrawn, and the instant as of which it was; oldest first. */
struct credit_debt {
    struct money amount; /* what is left of it, not below zero */
    int64_t since_us;
};

struct credit_repayment {
    size_t debt, grant; /* indexes */
    struct money amount;
    int64_t at_us; /* when the grant and the debt were both there */
};

/* Grants pay debts back as soon as both are there, the oldest debt first, by the grant that was
 * there first, then by rule 2; what begins after `until_us` not yet. So it is the same whenever,
 * and however often, this is done. In the arena. */
MUST_CHECK bool credit_repay(const struct credit_grant *grants, size_t grant_count,
                             const struct credit_debt *debts, size_t debt_count, int64_t until_us,
                             struct arena *arena, struct credit_repayment **ret_repayments,
                             size_t *ret_count, struct error *err);

/* The result is in the arena. ERROR_ITEM "bad_credit" for a balance or limit below zero,
 * "currency_mismatch" where a grant has another currency than the amount due: the caller picks. */
MUST_CHECK bool credit_draw(const struct credit_grant *grants, size_t grant_count,
                            const struct credit_draw_request *request, struct arena *arena,
                            struct credit_result *ret_result, struct error *err);

#endif
