/* Which billing periods of a subscription are due, and what the subscription has become (DOMAIN 2):
 * the rule of period-advance, in dates only.
 *
 * 1. Paid time starts at the end of the trial, else at the start. It is the anchor; anchor_day
 * overrules its day. Nothing is charged for the time before it, usage neither.
 * 2. The trial ends at trial_end, else `trial_days` of the plan after the start (0: no trial).
 * 3. With cancel_at alone the subscription ends on that day: the last period is cut there. With
 * cancel_at_period_end it ends with the period that contains the day before cancel_at, which is
 * required then (a record of what was wanted, not of when somebody noticed, so every run finds the
 * same end). A cancellation before paid time starts leaves no period. A status of canceled without
 * cancel_at means that nothing is due any more.
 * 4. A business date D closes at the local midnight that ends D: a boundary b is due when
 * b <= D + 1 day. In advance the boundary is the period's start, in arrears and for usage its end.
 * 5. A period belongs to the run in which it was due, whenever it is made: cutoff_on is the last
 * day of the month (grid month) that contains b − 1 day, or b − 1 day itself (grid day). So a run
 * that catches up makes the same drafts as punctual ones.
 * 6. Periods tile: each starts where the last one made ended.
 * 7. Usage, and what is charged in arrears, is cut where a version of the price begins or stops to
 * hold (price_spans.h): each part is charged by its own version, and is due with the whole. What is
 * not cut, in advance or because periods are not prorated, is charged by the version that holds on
 * its first day. Days without a version are neither charged nor missed: a price that a plan gets
 * later does not catch up years of its subscriptions. */
#ifndef BILLMILL_BILLING_SUBSCRIPTION_PERIODS_H
#define BILLMILL_BILLING_SUBSCRIPTION_PERIODS_H

#include "core/base/arena.h"
#include "core/base/array.h"
#include "core/billing/counted_gaps.h"
#include "core/billing/price.h"
#include "core/billing/price_spans.h"
#include "core/billing/rules.h"
#include "core/calendar/period.h"
#include "core/money/ratio.h"

enum subscription_status { SUBSCRIPTION_TRIALING, SUBSCRIPTION_ACTIVE, SUBSCRIPTION_CANCELED };

MUST_CHECK bool subscription_status_parse(const char *name, enum subscription_status *ret_status,
                                          struct error *err);
const char *subscription_status_name(enum subscription_status status);

/* A subscription with what its plan says. */
struct subscription_terms {
    struct date start;
    int32_t anchor_day;    /* 1..31, or 0 for the day on which paid time starts */
    struct date trial_end; /* or DATE_NONE */
    int32_t trial_days;    /* of the plan */
    struct date cancel_at; /* or DATE_NONE */
    bool cancel_at_period_end;
    enum subscription_status status; /* as imported */
    enum align align;
    enum interval_unit interval;
    int32_t interval_count;
};

/* What import refuses: ERROR_ITEM "bad_subscription" for cancel_at_period_end without cancel_at,
 * dates before the start, an anchor day or interval count outside its range. */
MUST_CHECK bool subscription_terms_check(const struct subscription_terms *terms, struct error *err);

/* Rules 1 and 2. */
MUST_CHECK bool subscription_paid_start(const struct subscription_terms *terms,
                                        struct date *ret_start, struct error *err);

/* Rule 3: where a subscription without changes ends; DATE_NONE: no end. */
MUST_CHECK bool subscription_end(const struct subscription_terms *terms, struct date *ret_end,
                                 struct error *err);

/* The end of the period that contains the day, cut where the subscription ends. DATE_NONE: the day
 * is in none, for paid time has not started or is over. */
MUST_CHECK bool subscription_period_end(const struct subscription_terms *terms, struct date day,
                                        struct date *ret_end, struct error *err);

enum run_grid { RUN_GRID_MONTH, RUN_GRID_DAY };

/* Rule 5 for one boundary. */
MUST_CHECK bool run_grid_cutoff(enum run_grid grid, struct date boundary, struct date *ret_cutoff,
                                struct error *err);

struct period_run {
    struct date business_date;
    enum run_grid grid;
    enum catch_up catch_up;
    int32_t max_catch_up;
};

/* What a run covers itself: the month of its date, or the one day. */
struct run_span {
    struct date first;
    struct date cutoff;
    struct date due_until; /* the last boundary that is due */
};
MUST_CHECK bool period_run_span(const struct period_run *run, struct run_span *ret_span,
                                struct error *err);

/* The run of its cutoff is past, and so is the day on which it began. A period that begins with the
 * run's own month was due when the last one closed, perhaps before there was such a subscription:
 * nothing was missed. */
bool run_span_missed(const struct run_span *span, struct date period_start, struct date cutoff);

enum period_kind { PERIOD_RECURRING, PERIOD_USAGE };
const char *period_kind_name(enum period_kind kind); /* recurring, usage */

struct due_period {
    struct period period;
    struct period full; /* the whole period that contains it: the same unless it is a stub */
    struct date due_on; /* the boundary of rule 4 */
    struct date cutoff_on;
    struct date counts_from;  /* of usage: rule 1 of counted_gaps.h; else its first day */
    struct counted_gaps gaps; /* rule 2 there */
    size_t span;              /* of the schedule's */
    enum period_kind kind;
};

struct due_periods ARRAY_OF(struct due_period);

/* One price of a subscription, as far as periods are concerned. */
struct price_schedule {
    enum price_billing billing;
    bool metered;
    struct date made_until; /* the end of the last period already made, or DATE_NONE */
    struct price_spans spans;
    bool undivided; /* by the basis `none` */
};

/* The due periods of one price, oldest first, in the arena. Some may have been missed: their cutoff
 * lies before the one of this run, and their first day before its month (or day). catch_up `all`
 * makes them too, at most max_catch_up of them, else ERROR_ITEM "too_many_due_periods"; of them,
 * `latest` keeps only those of the last cutoff, and them only if nothing was due later; `none`
 * keeps none of them. *ret_skipped counts what was left out. */
MUST_CHECK bool subscription_periods_due(const struct subscription_terms *terms,
                                         const struct price_schedule *price,
                                         const struct period_run *run, struct arena *arena,
                                         struct due_periods *ret_due, int64_t *ret_skipped,
                                         struct error *err);

/* The part of the full period, by days: what rating prorates by. 1 for a whole one. */
MUST_CHECK bool due_period_share(const struct due_period *due, struct ratio *ret_share,
                                 struct error *err);

struct subscription_state {
    struct date since;
    enum subscription_status status;
};

#define SUBSCRIPTION_STATES_MAX 3

/* What the subscription has become by the end of the business date, in order: trialing since the
 * start, active since paid time starts, canceled since its end. The same list, longer, on a later
 * date. */
MUST_CHECK bool
subscription_states_due(const struct subscription_terms *terms, struct date business_date,
                        struct subscription_state ret_states[SUBSCRIPTION_STATES_MAX],
                        size_t *ret_count, struct error *err);

#endif
