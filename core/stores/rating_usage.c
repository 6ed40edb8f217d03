/* What was used of periods: folded while it is read, or added up by the server (usage_window.h). */
#include "core/base/array.h"
#include "core/billing/period_charge.h"
#include "core/stores/rating_parts.h"
#include "core/stores/usage_window.h"

/* One period's usage on its way: its total, or what was before it. */
struct folding {
    struct usage_fold fold; /* first, and near it what every event asks for */
    bool has_failed;
    bool is_before;                /* else with what is before, where it counts from there */
    struct event_amounts *amounts; /* of a price that charges these, else NULL */
    struct rating_load *load;
    struct rating_period *period;
    struct {
        struct rating_late_event *items;
        size_t count, capacity;
    } late;
};

bool rating_leaves_late(const struct rating_period *period, bool late_waits)
{
    return late_waits && period->corrects != NULL;
}

static bool leaves_late(const struct rating_load *load, const struct rating_period *period)
{
    return load->range != NULL && rating_leaves_late(period, load->range->late_waits);
}

static void take_late(void *owner, int64_t at_us, const char *key)
{
    struct folding *folding = owner;
    struct arena *arena = folding->load->arena;
    if (!folding->has_failed && !folding->is_before && at_us >= folding->period->start_at_us &&
        !leaves_late(folding->load, folding->period))
        ARRAY_ADD(arena, &folding->late) =
            (struct rating_late_event){.at_us = at_us, .event_key = arena_copy(arena, key)};
}

/* An event that the meter's filters leave out is as if it were not there. */
static bool fold_event(struct folding *folding, const struct usage_value *event, struct error *err)
{
    const struct meter_filters *filters = &folding->period->meter->filters;
    bool counts = true;
    if (filters->count > 0 && !meter_filters_hold(filters, event->properties, &counts, err))
        return false;
    if (!counts)
        return true;
    return usage_fold_add(&folding->fold, event, err) &&
           (folding->amounts == NULL || event_amounts_add(folding->amounts, event, err));
}

static bool take_event(void *owner, const struct usage_value *event, bool late, struct error *err)
{
    struct folding *folding = owner;
    if (late && leaves_late(folding->load, folding->period))
        return true;
    struct usage_value counted = *event;
    if (!counted_gaps_skip(folding->period->gaps, event->at_us, &counted.at_us))
        return true;
    if (late)
        take_late(owner, event->at_us, event->key);
    if (folding->has_failed || fold_event(folding, &counted, err))
        return true;
    folding->has_failed = true;
    return rating_fail_period(folding->load, folding->period, err);
}

static bool take_sum(void *owner, const struct usage_sum *sum, struct error *err)
{
    struct folding *folding = owner;
    if (folding->has_failed || usage_fold_add_sum(&folding->fold, sum, err))
        return true;
    folding->has_failed = true;
    return rating_fail_period(folding->load, folding->period, err);
}

static const struct usage_window_taker taker = {take_event, take_sum, take_late};

static bool finish_folding(struct folding *folding, struct error *err)
{
    struct rating_period *period = folding->period;
    int32_t scale = period->meter->scale == DB_I64_NONE ? -1 : (int32_t)period->meter->scale;
    struct usage_total *total = folding->is_before ? &period->before : &period->usage;
    if (!folding->is_before) {
        period->late = folding->late.items;
        period->late_count = folding->late.count;
    }
    if (!folding->has_failed && !usage_fold_finish(&folding->fold, scale, total, err))
        return rating_fail_period(folding->load, period, err);
    if (folding->amounts == NULL)
        return true;
    *(folding->is_before ? &period->before_amounts : &period->amounts) =
        event_amounts_fold(folding->amounts);
    total->quantity = decimal_normalize(folding->amounts->total);
    return true;
}

static bool counts_before(const struct rating_period *period)
{
    return !date_is_none(period->counts_from_on);
}

/* Of what the fold takes in. */
static struct counted_days counted_by(const struct rating_period *period, bool is_before)
{
    struct period before = period_charge_before(period->counts_from_on, period->start_on);
    int64_t from_us = counts_before(period) ? period->counts_from_us : period->start_at_us;
    if (is_before)
        return (struct counted_days){before, from_us, period->start_at_us, period->gaps};
    struct date end_on = /* before its end a period is used up to its day */
        period->progressive > 0 ? date_min(period->due_on, period->end_on) : period->end_on;
    return (struct counted_days){
        {before.start, end_on},
        from_us, period->end_at_us, period->gaps
    };
}

/* Where the span is wrong there is nothing to fold. */
static bool start_folding(struct rating_load *load, struct rating_period *period, bool is_before,
                          struct folding *folding, struct error *err)
{
    struct counted_days counted = counted_by(period, is_before);
    struct usage_span span;
    *folding = (struct folding){.load = load, .period = period, .is_before = is_before};
    if (!period_usage_span(&counted, (struct period){period->full_start_on, period->full_end_on},
                           &span, err))
        return rating_fail_period(load, period, err);
    usage_fold_start(&folding->fold, period->meter->aggregation, span, load->arena);
    if (price_reads_amounts(&period->price->price)) {
        folding->amounts = ARENA_NEW(load->arena, struct event_amounts);
        event_amounts_start(folding->amounts, &period->price->price);
    }
    return true;
}

static struct usage_window window_of(const struct rating_period *period, struct folding *folding)
{
    enum aggregation aggregation = period->meter->aggregation;
    struct counted_days counted = counted_by(period, folding->is_before);
    return (struct usage_window){
        .subscription_id = period->subscription_id,
        .meter_id = period->meter->meter_id,
        .start_at_us = counted.start_at_us,
        .end_at_us = counted.end_at_us,
        .owner = folding,
        .needs_texts = folding->amounts != NULL || usage_fold_reads_texts(aggregation) ||
                       period->meter->filters.count > 0 || leaves_late(folding->load, period) ||
                       period->gaps.count > 0,
        .needs_all = period->meter->filters.count > 0,
        .sums = usage_fold_sums(aggregation),
    };
}

/* What the period itself used: its total less what was before it, which is in both. */
static bool take_off_before(struct rating_load *load, struct rating_period *period,
                            struct error *err)
{
    period->usage.event_count -= period->before.event_count;
    return decimal_subtract(period->usage.quantity, period->before.quantity,
                            &period->usage.quantity, err) ||
           rating_fail_period(load, period, err);
}

struct usage_readings {
    struct usage_window *windows;
    struct folding *foldings;
    size_t count;
};

static bool add_reading(struct rating_load *load, struct rating_period *period, bool is_before,
                        struct usage_readings *readings, struct error *err)
{
    struct folding *folding = &readings->foldings[readings->count];
    if (!start_folding(load, period, is_before, folding, err))
        return false;
    if (period->failure == NULL)
        readings->windows[readings->count++] = window_of(period, folding);
    return true;
}

bool rating_load_usage(struct rating_load *load, struct rating_period *periods, size_t count,
                       struct error *err)
{
    size_t most = count + 1;
    for (size_t i = 0; i < count; i++)
        most += counts_before(&periods[i]) ? 1 : 0;
    struct usage_readings readings = {
        .windows = ARENA_NEW_ARRAY(load->arena, struct usage_window, most),
        .foldings = ARENA_NEW_ARRAY(load->arena, struct folding, most),
    };
    for (size_t i = 0; i < count; i++) {
        struct rating_period *period = &periods[i];
        if (period->meter == NULL || period->failure != NULL)
            continue;
        if (!add_reading(load, period, false, &readings, err) ||
            (counts_before(period) && period->failure == NULL &&
             !add_reading(load, period, true, &readings, err)))
            return false;
    }
    if (!usage_windows_add_up(load->db, load->tenant_id, readings.windows, readings.count,
                              load->arena, &taker, err))
        return false;
    for (size_t i = 0; i < readings.count; i++)
        if (!finish_folding(&readings.foldings[i], err))
            return false;
    for (size_t i = 0; i < count; i++)
        if (periods[i].meter != NULL && counts_before(&periods[i]) && periods[i].failure == NULL &&
            !take_off_before(load, &periods[i], err))
            return false;
    return true;
}
