/* Usage of a line's days as it is now, counted as it was billed: see explanation.h. */
#include "core/stores/explanation_parts.h"
#include "core/stores/usage_window.h"

struct folding {
    const struct meter_filters *filters;
    struct counted_gaps gaps;
    struct usage_fold billed, now;
    struct event_amounts *amounts, *amounts_now; /* of a price that charges these, else NULL */
    int64_t late_events;
};

static bool take_amount(struct folding *folding, const struct usage_value *event, bool late,
                        struct error *err)
{
    return event_amounts_add(folding->amounts_now, event, err) &&
           (late || event_amounts_add(folding->amounts, event, err));
}

static bool take_event(void *owner, const struct usage_value *event, bool late, struct error *err)
{
    struct folding *folding = owner;
    struct usage_value counted = *event;
    bool counts;
    if (!meter_filters_hold(folding->filters, event->properties, &counts, err))
        return false;
    if (!counts || !counted_gaps_skip(folding->gaps, event->at_us, &counted.at_us))
        return true;
    folding->late_events += late ? 1 : 0;
    return usage_fold_add(&folding->now, &counted, err) &&
           (late || usage_fold_add(&folding->billed, &counted, err)) &&
           (folding->amounts == NULL || take_amount(folding, &counted, late, err));
}

static void start_amounts(const struct explanation_loading *loading, const struct price *price,
                          struct folding *folding)
{
    if (!price_reads_amounts(price))
        return;
    folding->amounts = ARENA_NEW(loading->arena, struct event_amounts);
    folding->amounts_now = ARENA_NEW(loading->arena, struct event_amounts);
    event_amounts_start(folding->amounts, price);
    event_amounts_start(folding->amounts_now, price);
}

/* The quantity of such a price is its amounts, whatever the meter makes of the events. */
static bool finish_folding(const struct folding *folding, struct explained_usage *usage,
                           struct error *err)
{
    int32_t scale = usage->meter->scale == DB_I64_NONE ? -1 : (int32_t)usage->meter->scale;
    if (!usage_fold_finish(&folding->billed, scale, &usage->billed, err) ||
        !usage_fold_finish(&folding->now, scale, &usage->now, err))
        return false;
    usage->late_events = folding->late_events;
    if (folding->amounts != NULL) {
        usage->amounts = event_amounts_fold(folding->amounts);
        usage->billed.quantity = folding->amounts->total;
        usage->now.quantity = folding->amounts_now->total;
    }
    return true;
}

/* The events of some days, with texts, so that each says whether it came late. */
static bool fold_events(const struct explanation_loading *loading,
                        const struct explained_line *line, struct period days, int64_t start_at_us,
                        int64_t end_at_us, struct explained_usage *usage, struct error *err)
{
    struct folding folding = {.filters = &usage->meter->filters, .gaps = line->period.gaps};
    struct period full = {line->period.full_start_on, line->period.full_end_on};
    struct usage_span span;
    if (line->progressive > 0) /* used up to that day */
        days.end = date_min(line->period.due_on, days.end);
    struct counted_days counted = {days, start_at_us, end_at_us, folding.gaps};
    if (!period_usage_span(&counted, full, &span, err))
        return false;
    usage_fold_start(&folding.billed, usage->meter->aggregation, span, loading->arena);
    usage_fold_start(&folding.now, usage->meter->aggregation, span, loading->arena);
    start_amounts(loading, &line->price->price, &folding);
    struct usage_window window = {.subscription_id = line->stored->subscription_id,
                                  .meter_id = usage->meter->meter_id,
                                  .start_at_us = start_at_us,
                                  .end_at_us = end_at_us,
                                  .owner = &folding,
                                  .needs_texts = true,
                                  .needs_all = usage->meter->filters.count > 0};
    const struct usage_window_taker taker = {.event = take_event};
    return usage_windows_read(loading->db, loading->catalog->tenant.tenant_id, &window, 1,
                              loading->arena, &taker, err) &&
           finish_folding(&folding, usage, err);
}

static bool take_off(struct usage_total *total, const struct usage_total *before, struct error *err)
{
    total->event_count -= before->event_count;
    return decimal_subtract(total->quantity, before->quantity, &total->quantity, err);
}

/* Of a part: all from where it counts, less what was before. */
bool explanation_load_usage(const struct explanation_loading *loading, struct explained_line *line,
                            struct error *err)
{
    const struct explained_period *period = &line->period;
    struct explained_usage *usage = &line->usage;
    struct period before =
        period_charge_before(period->counts_from_on, line->stored->period_start_on);
    bool is_part = !date_is_none(period->counts_from_on);
    int64_t from_us = is_part ? period->counts_from_us : period->start_at_us;
    usage->meter = catalog_meter_find(loading->catalog, line->price->meter_id);
    if (usage->meter == NULL)
        return error_run(err, EXIT_DATA, "the meter of price %s is not there", line->stored->price);
    line->has_usage = true;
    struct explained_usage earlier = {.meter = usage->meter};
    if (!fold_events(loading, line, (struct period){before.start, line->stored->period_end_on},
                     from_us, period->end_at_us, usage, err))
        return false;
    if (!is_part)
        return true;
    if (!fold_events(loading, line, before, from_us, period->start_at_us, &earlier, err) ||
        !take_off(&usage->billed, &earlier.billed, err) ||
        !take_off(&usage->now, &earlier.now, err))
        return false;
    usage->late_events -= earlier.late_events;
    usage->before_amounts = earlier.amounts;
    return true;
}
