/* Due periods of a subscription: see subscription_periods.h, whose numbers are referred to here. */
#include "core/billing/subscription_periods.h"

#include <inttypes.h>

#include "core/base/text.h"
#include "core/calendar/proration.h"

static const char *const status_names[] = {
    [SUBSCRIPTION_TRIALING] = "trialing",
    [SUBSCRIPTION_ACTIVE] = "active",
    [SUBSCRIPTION_CANCELED] = "canceled",
};

bool subscription_status_parse(const char *name, enum subscription_status *ret_status,
                               struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(status_names); i++)
        if (text_equal(status_names[i], name)) {
            *ret_status = (enum subscription_status)i;
            return true;
        }
    return error_item(err, "bad_subscription",
                      "'%.40s' is not a status: trialing, active or canceled",
                      name == NULL ? "" : name);
}

const char *subscription_status_name(enum subscription_status status)
{
    return status_names[status];
}

const char *period_kind_name(enum period_kind kind)
{
    return kind == PERIOD_RECURRING ? "recurring" : "usage";
}

bool subscription_paid_start(const struct subscription_terms *terms, struct date *ret_start,
                             struct error *err)
{
    if (!date_is_none(terms->trial_end)) {
        *ret_start = date_max(terms->trial_end, terms->start);
        return true;
    }
    return date_add_days(terms->start, terms->trial_days, ret_start, err);
}

static bool cycle_of(const struct subscription_terms *terms, struct billing_cycle *ret_cycle,
                     struct error *err)
{
    struct date start;
    if (!subscription_paid_start(terms, &start, err))
        return false;
    *ret_cycle = (struct billing_cycle){
        .anchor = start,
        .anchor_day = terms->anchor_day,
        .unit = terms->interval,
        .interval_count = terms->interval_count,
        .align = terms->align,
        .start = start,
    };
    return billing_cycle_check(ret_cycle, err);
}

bool subscription_terms_check(const struct subscription_terms *terms, struct error *err)
{
    struct billing_cycle cycle;
    if (terms->cancel_at_period_end && date_is_none(terms->cancel_at))
        return error_item(err, "bad_subscription",
                          "cancel_at_period_end needs cancel_at: the period that contains the day "
                          "before it is the last");
    if (!date_is_none(terms->cancel_at) && date_compare(terms->cancel_at, terms->start) < 0)
        return error_item(err, "bad_subscription", "cancel_at is before start");
    if (!date_is_none(terms->trial_end) && date_compare(terms->trial_end, terms->start) < 0)
        return error_item(err, "bad_subscription", "trial_end is before start");
    return cycle_of(terms, &cycle, err);
}

/* Rule 3. DATE_NONE: it has no end. Never before paid time starts when the cancellation waits for
 * a period's end: the trial is such a period. */
static bool end_of(const struct subscription_terms *terms, const struct billing_cycle *cycle,
                   struct date *ret_end, struct error *err)
{
    struct period last;
    struct date last_day;
    *ret_end = terms->cancel_at;
    if (date_is_none(terms->cancel_at)) {
        if (terms->status == SUBSCRIPTION_CANCELED)
            *ret_end = terms->start;
        return true;
    }
    *ret_end = date_max(terms->cancel_at, terms->start);
    if (!terms->cancel_at_period_end)
        return true;
    if (date_compare(terms->cancel_at, cycle->start) <= 0) {
        *ret_end = cycle->start;
        return true;
    }
    if (!date_add_days(terms->cancel_at, -1, &last_day, err) ||
        !billing_cycle_period_at(cycle, last_day, &last, err))
        return false;
    *ret_end = last.end;
    return true;
}

bool subscription_end(const struct subscription_terms *terms, struct date *ret_end,
                      struct error *err)
{
    struct billing_cycle cycle;
    return cycle_of(terms, &cycle, err) && end_of(terms, &cycle, ret_end, err);
}

bool subscription_period_end(const struct subscription_terms *terms, struct date day,
                             struct date *ret_end, struct error *err)
{
    struct billing_cycle cycle;
    struct period full;
    struct date end;
    if (!cycle_of(terms, &cycle, err) || !end_of(terms, &cycle, &end, err))
        return false;
    if (date_compare(day, cycle.start) < 0 || (!date_is_none(end) && date_compare(day, end) >= 0)) {
        *ret_end = DATE_NONE;
        return true;
    }
    if (!billing_cycle_full_period(&cycle, day, &full, err))
        return false;
    *ret_end = date_is_none(end) ? full.end : date_min(full.end, end);
    return true;
}

bool run_grid_cutoff(enum run_grid grid, struct date boundary, struct date *ret_cutoff,
                     struct error *err)
{
    struct date day_before;
    if (!date_add_days(boundary, -1, &day_before, err))
        return false;
    if (grid == RUN_GRID_DAY) {
        *ret_cutoff = day_before;
        return true;
    }
    struct civil_date civil = date_civil(day_before);
    return date_from_civil(civil.year, civil.month, date_days_in_month(civil.year, civil.month),
                           ret_cutoff, err);
}

/* The period that starts at `from`, cut to the subscription's end (rules 3 and 6). `from` is within
 * paid time and before the end. */
static bool period_from(const struct billing_cycle *cycle, struct date from, struct date end,
                        struct period *ret_period, struct period *ret_full, struct error *err)
{
    if (!billing_cycle_full_period(cycle, from, ret_full, err))
        return false;
    ret_period->start = from;
    ret_period->end = date_is_none(end) ? ret_full->end : date_min(ret_full->end, end);
    return true;
}

struct price_walk {
    const struct billing_cycle *cycle;
    const struct price_schedule *price;
    struct date end; /* of the subscription, or DATE_NONE */
    const struct period_run *run;
    struct run_span span;
};

bool run_span_missed(const struct run_span *span, struct date period_start, struct date cutoff)
{
    return date_compare(cutoff, span->cutoff) < 0 && date_compare(period_start, span->first) < 0;
}

static bool is_missed(const struct price_walk *walk, const struct due_period *due)
{
    return run_span_missed(&walk->span, due->period.start, due->cutoff_on);
}

static bool is_in_advance(const struct price_schedule *price)
{
    return price->billing == BILLING_IN_ADVANCE && !price->metered;
}

/* Rule 7. */
static bool is_cut(const struct price_schedule *price)
{
    return !is_in_advance(price) && !price->undivided;
}

static bool describe_period(const struct price_walk *walk, struct date from,
                            struct due_period *ret_due, struct error *err)
{
    bool metered = walk->price->metered;
    ret_due->kind = metered ? PERIOD_USAGE : PERIOD_RECURRING;
    if (!period_from(walk->cycle, from, walk->end, &ret_due->period, &ret_due->full, err))
        return false;
    ret_due->due_on = is_in_advance(walk->price) ? ret_due->period.start : ret_due->period.end;
    return run_grid_cutoff(walk->run->grid, ret_due->due_on, &ret_due->cutoff_on, err);
}

/* Takes a period that is due into the list as catch_up says. */
static bool take_period(const struct price_walk *walk, const struct due_period *due,
                        struct arena *arena, struct due_periods *list, int64_t *skipped,
                        struct error *err)
{
    bool missed = is_missed(walk, due);
    if (missed && walk->run->catch_up == CATCH_UP_NONE) {
        ++*skipped;
        return true;
    }
    if (missed && walk->run->catch_up == CATCH_UP_ALL &&
        list->count >= (size_t)walk->run->max_catch_up)
        return error_item(
            err, "too_many_due_periods", "more than %" PRId32 " periods were missed, from %s on",
            walk->run->max_catch_up,
            date_text(list->count > 0 ? list->items[0].period.start : due->period.start).text);
    if (walk->run->catch_up == CATCH_UP_LATEST && list->count > 0 &&
        is_missed(walk, &list->items[0]) &&
        date_compare(list->items[0].cutoff_on, due->cutoff_on) < 0) {
        *skipped += (int64_t)list->count;
        list->count = 0;
    }
    ARRAY_ADD(arena, list) = *due;
    return true;
}

/* No end is after every date. */
static bool is_before(struct date date, struct date end)
{
    return date_is_none(end) || date_compare(date, end) < 0;
}

/* Rules 1, 6 and 7: where the first period that is not made yet starts. */
static bool first_start(const struct billing_cycle *cycle, const struct price_schedule *price,
                        struct date *ret_start, struct error *err)
{
    struct period full;
    struct date start = date_max(price->made_until, cycle->start); /* DATE_NONE is the earliest */
    struct date priced_from = price_spans_from(&price->spans);
    if (date_compare(start, priced_from) < 0) {
        if (!billing_cycle_full_period(cycle, priced_from, &full, err))
            return false;
        bool is_later = date_compare(full.start, priced_from) < 0 && !is_cut(price);
        start = date_max(start, is_later ? full.end : full.start);
    }
    *ret_start = start;
    return true;
}

bool period_run_span(const struct period_run *run, struct run_span *ret_span, struct error *err)
{
    struct civil_date civil = date_civil(run->business_date);
    struct run_span span = {.first = run->business_date};
    if (!date_add_days(run->business_date, 1, &span.due_until, err) ||
        !run_grid_cutoff(run->grid, span.due_until, &span.cutoff, err) ||
        (run->grid == RUN_GRID_MONTH &&
         !date_from_civil(civil.year, civil.month, 1, &span.first, err)))
        return false;
    *ret_span = span;
    return true;
}

/* Rule 7. */
static bool take_parts(const struct price_walk *walk, const struct due_period *whole,
                       struct arena *arena, struct due_periods *list, int64_t *skipped,
                       struct error *err)
{
    const struct price_schedule *price = walk->price;
    struct due_period due = *whole;
    struct price_part part = {0};
    due.counts_from = due.period.start;
    due.gaps = (struct counted_gaps){0};
    if (!is_cut(price))
        return !price_spans_find(&price->spans, due.period.start, &due.span) ||
               take_period(walk, &due, arena, list, skipped, err);
    for (bool is_first = true; price_spans_next(&price->spans, whole->period, &part);
         is_first = false) {
        if (is_first || !price->metered)
            due.counts_from = part.period.start;
        else
            due.gaps = counted_gaps_then(due.gaps, due.period.end, part.period.start, arena);
        due.period = part.period;
        due.span = part.span;
        if (!take_period(walk, &due, arena, list, skipped, err))
            return false;
    }
    return true;
}

static bool walk_periods(const struct price_walk *walk, struct date from, struct arena *arena,
                         struct due_periods *list, int64_t *skipped, struct error *err)
{
    struct date priced_until = price_spans_until(&walk->price->spans);
    while (is_before(from, walk->end) && is_before(from, priced_until)) {
        struct due_period due;
        if (!describe_period(walk, from, &due, err))
            return false;
        if (date_compare(due.due_on, walk->span.due_until) > 0)
            break;
        if (!take_parts(walk, &due, arena, list, skipped, err))
            return false;
        from = due.period.end;
    }
    return true;
}

bool subscription_periods_due(const struct subscription_terms *terms,
                              const struct price_schedule *price, const struct period_run *run,
                              struct arena *arena, struct due_periods *ret_due,
                              int64_t *ret_skipped, struct error *err)
{
    struct billing_cycle cycle;
    struct price_walk walk = {.cycle = &cycle, .price = price, .run = run};
    struct due_periods list = {0};
    struct date from;
    int64_t skipped = 0;
    if (price->spans.count == 0) {
        *ret_due = list;
        *ret_skipped = 0;
        return true;
    }
    if (!cycle_of(terms, &cycle, err) || !end_of(terms, &cycle, &walk.end, err) ||
        !period_run_span(run, &walk.span, err) || !first_start(&cycle, price, &from, err) ||
        !walk_periods(&walk, from, arena, &list, &skipped, err))
        return false;
    *ret_due = list;
    *ret_skipped = skipped;
    return true;
}

bool due_period_share(const struct due_period *due, struct ratio *ret_share, struct error *err)
{
    struct proration part;
    return proration_of_dates(PRORATE_DAY, NULL, due->full, due->period, &part, err) &&
           ratio_make(part.numerator, part.denominator, ret_share, err);
}

bool subscription_states_due(const struct subscription_terms *terms, struct date business_date,
                             struct subscription_state ret_states[SUBSCRIPTION_STATES_MAX],
                             size_t *ret_count, struct error *err)
{
    struct billing_cycle cycle;
    struct date end, due_until;
    size_t count = 0;
    if (!cycle_of(terms, &cycle, err) || !end_of(terms, &cycle, &end, err) ||
        !date_add_days(business_date, 1, &due_until, err))
        return false;
    struct date start = terms->start;
    bool ends_in_trial = !date_is_none(end) && date_compare(end, cycle.start) <= 0;
    if (date_compare(start, cycle.start) < 0 && date_compare(start, due_until) <= 0)
        ret_states[count++] = (struct subscription_state){start, SUBSCRIPTION_TRIALING};
    if (!ends_in_trial && date_compare(cycle.start, due_until) <= 0)
        ret_states[count++] = (struct subscription_state){cycle.start, SUBSCRIPTION_ACTIVE};
    if (!date_is_none(end) && date_compare(end, due_until) <= 0)
        ret_states[count++] = (struct subscription_state){end, SUBSCRIPTION_CANCELED};
    *ret_count = count;
    return true;
}
