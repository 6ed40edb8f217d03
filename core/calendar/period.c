/* Periods from an anchor: see period.h. `effective` puts the two alignments on one footing; after
 * it there are only steps of days and steps of months. */
#include "core/calendar/period.h"

#include "core/base/text.h"
#include "core/calendar/civil.h"

static const char *const unit_names[] = {
    [INTERVAL_DAY] = "day",         [INTERVAL_WEEK] = "week",           [INTERVAL_MONTH] = "month",
    [INTERVAL_QUARTER] = "quarter", [INTERVAL_HALF_YEAR] = "half_year", [INTERVAL_YEAR] = "year",
};

static const char *const align_names[] = {
    [ALIGN_ANNIVERSARY] = "anniversary",
    [ALIGN_CALENDAR] = "calendar",
};

bool interval_unit_parse(const char *name, enum interval_unit *ret_unit, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(unit_names); i++) {
        if (text_equal(name, unit_names[i])) {
            *ret_unit = (enum interval_unit)i;
            return true;
        }
    }
    return error_item(err, "bad_interval",
                      "'%.40s' is not an interval: expected day, week, month, quarter, half_year "
                      "or year",
                      name);
}

const char *interval_unit_name(enum interval_unit unit)
{
    return unit_names[unit];
}

/* One interval: in months, or in days. */
struct step {
    int32_t months, days;
};

static struct step step_of(enum interval_unit unit)
{
    switch (unit) {
    case INTERVAL_DAY:
        return (struct step){.days = 1};
    case INTERVAL_WEEK:
        return (struct step){.days = 7};
    case INTERVAL_MONTH:
        return (struct step){.months = 1};
    case INTERVAL_QUARTER:
        return (struct step){.months = 3};
    case INTERVAL_HALF_YEAR:
        return (struct step){.months = 6};
    case INTERVAL_YEAR:
        return (struct step){.months = 12};
    }
    return (struct step){0};
}

bool interval_equal(enum interval_unit a, int32_t a_count, enum interval_unit b, int32_t b_count)
{
    struct step left = step_of(a);
    struct step right = step_of(b);
    return left.months * a_count == right.months * b_count &&
           left.days * a_count == right.days * b_count;
}

bool align_parse(const char *name, enum align *ret_align, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(align_names); i++) {
        if (text_equal(name, align_names[i])) {
            *ret_align = (enum align)i;
            return true;
        }
    }
    return error_item(err, "bad_align",
                      "'%.40s' is not an alignment: expected anniversary or calendar", name);
}

const char *align_name(enum align align)
{
    return align_names[align];
}

int32_t period_days(struct period period)
{
    return date_days_between(period.start, period.end);
}

bool period_contains(struct period period, struct date date)
{
    return date_compare(period.start, date) <= 0 && date_compare(date, period.end) < 0;
}

bool period_equal(struct period a, struct period b)
{
    return date_compare(a.start, b.start) == 0 && date_compare(a.end, b.end) == 0;
}

bool period_intersect(struct period a, struct period b, struct period *ret_common)
{
    struct period common = {date_max(a.start, b.start), date_min(a.end, b.end)};
    if (date_compare(common.start, common.end) >= 0)
        return false;
    *ret_common = common;
    return true;
}

bool billing_cycle_check(const struct billing_cycle *cycle, struct error *err)
{
    if (cycle->interval_count < 1 || cycle->interval_count > INTERVAL_COUNT_MAX)
        return error_item(err, "bad_cycle", "the interval count %d is not within 1 to %d",
                          cycle->interval_count, INTERVAL_COUNT_MAX);
    if (cycle->anchor_day < 0 || cycle->anchor_day > 31)
        return error_item(err, "bad_cycle", "the anchor day %d is not within 1 to 31",
                          cycle->anchor_day);
    return true;
}

/* Where boundary 0 is, and one step: in months, or (months 0) in days. */
struct steps {
    struct date origin;
    int32_t anchor_day;
    int32_t months;
    int32_t days;
};

/* Invariant 4: 1 January of the anchor's year, or the Monday of its week. 0001-01-01 is a Monday,
 * so no date has its Monday before the calendar. */
static struct date calendar_origin(struct date anchor, enum interval_unit unit)
{
    switch (unit) {
    case INTERVAL_DAY:
        return anchor;
    case INTERVAL_WEEK:
        return (struct date){anchor.days - (int32_t)(date_weekday(anchor) - MONDAY)};
    case INTERVAL_MONTH:
    case INTERVAL_QUARTER:
    case INTERVAL_HALF_YEAR:
    case INTERVAL_YEAR:
        return (struct date){(int32_t)civil_days(date_civil(anchor).year, 1, 1)};
    }
    return anchor;
}

static struct steps steps_of(const struct billing_cycle *cycle)
{
    bool calendar = cycle->align == ALIGN_CALENDAR;
    struct steps steps = {.origin = cycle->anchor, .anchor_day = cycle->anchor_day};
    if (calendar)
        steps.origin = calendar_origin(cycle->anchor, cycle->unit);
    if (calendar || steps.anchor_day == 0)
        steps.anchor_day = date_civil(steps.origin).day;
    steps.months = cycle->interval_count * step_of(cycle->unit).months;
    steps.days = cycle->interval_count * step_of(cycle->unit).days;
    return steps;
}

static bool boundary(struct steps steps, int64_t k, struct date *ret_boundary, struct error *err)
{
    const int64_t k_max = DATE_DAYS_MAX - DATE_DAYS_MIN + 1; /* more leaves the calendar anyway */
    int64_t bounded = k > k_max ? k_max : k < -k_max ? -k_max : k;
    if (steps.months > 0)
        return date_add_months(steps.origin, bounded * steps.months, steps.anchor_day, ret_boundary,
                               err);
    return date_add_days(steps.origin, bounded * steps.days, ret_boundary, err);
}

bool billing_cycle_boundary(const struct billing_cycle *cycle, int64_t k, struct date *ret_boundary,
                            struct error *err)
{
    return boundary(steps_of(cycle), k, ret_boundary, err);
}

/* The k whose boundary is the last one on or before the date, or one more: a month's boundary may
 * still lie behind the date in its own month. */
static int64_t guess_k(struct steps steps, struct date date)
{
    struct civil_date from = date_civil(steps.origin);
    struct civil_date to = date_civil(date);
    if (steps.months == 0)
        return floor_divide(date_days_between(steps.origin, date), steps.days);
    return floor_divide((to.year - from.year) * 12 + to.month - from.month, steps.months);
}

bool billing_cycle_full_period(const struct billing_cycle *cycle, struct date date,
                               struct period *ret_full, struct error *err)
{
    struct steps steps = steps_of(cycle);
    struct period full = {0};
    int64_t k = guess_k(steps, date);
    if (!boundary(steps, k, &full.start, err))
        return false;
    if (date_compare(full.start, date) > 0 && !boundary(steps, --k, &full.start, err))
        return false;
    if (!boundary(steps, k + 1, &full.end, err))
        return false;
    *ret_full = full;
    return true;
}

bool billing_cycle_period_at(const struct billing_cycle *cycle, struct date date,
                             struct period *ret_period, struct error *err)
{
    struct period full = {0};
    if (date_compare(date, cycle->start) < 0)
        return error_item(err, "before_start", "%s is before the first day, %s",
                          date_text(date).text, date_text(cycle->start).text);
    if (!billing_cycle_full_period(cycle, date, &full, err))
        return false;
    *ret_period = (struct period){date_max(full.start, cycle->start), full.end};
    return true;
}

bool period_iterator_begin(struct period_iterator *it, const struct billing_cycle *cycle,
                           struct date from, struct date until, struct error *err)
{
    struct period_iterator begun = {cycle, cycle->start, until};
    if (date_compare(from, cycle->start) > 0) {
        struct period period = {0};
        if (!billing_cycle_period_at(cycle, from, &period, err))
            return false;
        begun.next_start = date_compare(period.start, from) == 0 ? from : period.end;
    }
    *it = begun;
    return true;
}

bool period_iterator_next(struct period_iterator *it, struct period *ret_period, bool *ret_more,
                          struct error *err)
{
    if (date_compare(it->next_start, it->until) >= 0) {
        *ret_more = false;
        return true;
    }
    if (!billing_cycle_period_at(it->cycle, it->next_start, ret_period, err))
        return false;
    it->next_start = ret_period->end;
    *ret_more = true;
    return true;
}
