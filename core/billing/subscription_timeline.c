/* The slots of a subscription: see subscription_timeline.h, whose rules are referred to by number.
 *
 * A stretch is a part of the subscription's life in which nothing changes; stretches tile it. An
 * era is a run of stretches with one billing cycle; eras tile it too. */
#include "core/billing/subscription_timeline.h"

struct stretch {
    struct date from;
    struct date until; /* DATE_NONE: no end */
    size_t plan;
    struct decimal quantity;
    bool paused;
    struct date plan_since; /* where its plan began */
};

struct era {
    struct billing_cycle cycle;
    struct date until; /* DATE_NONE: no end */
};

struct life {
    const struct subscription_timeline *timeline;
    struct arena *arena;
    struct stretches ARRAY_OF(struct stretch) stretches;
    struct eras ARRAY_OF(struct era) eras;
    struct date end; /* of the subscription, or DATE_NONE */
    struct date due_until;
    struct charge_slots slots;
};

/* DATE_NONE is after every date here. */
static bool ends_after(struct date end, struct date date)
{
    return date_is_none(end) || date_compare(end, date) > 0;
}

static struct date first_end(struct date a, struct date b)
{
    if (date_is_none(a))
        return b;
    return date_is_none(b) ? a : date_min(a, b);
}

/* ---------------------------------------------------------------- stretches and eras */

static void apply_change(const struct subscription_change *change, struct stretch *stretch)
{
    if (change->plan != TIMELINE_PLAN_KEPT && change->plan != stretch->plan) {
        stretch->plan = change->plan;
        stretch->plan_since = change->at;
    }
    if (change->quantity.given)
        stretch->quantity = change->quantity.value;
    if (change->pause != PAUSE_KEPT)
        stretch->paused = change->pause == PAUSE_BEGINS;
}

/* Rule 8. */
static void find_stretches(struct life *life, struct date start)
{
    const struct subscription_timeline *timeline = life->timeline;
    struct stretch now = {
        .from = start, .until = DATE_NONE, .plan_since = start, .quantity = timeline->quantity};
    for (size_t i = 0; i < timeline->change_count; i++) {
        const struct subscription_change *change = &timeline->changes[i];
        if (date_compare(change->at, now.from) > 0) {
            now.until = change->at;
            ARRAY_ADD(life->arena, &life->stretches) = now;
            now.from = change->at;
            now.until = DATE_NONE;
        }
        apply_change(change, &now);
        now.plan_since = date_max(now.plan_since, start);
    }
    ARRAY_ADD(life->arena, &life->stretches) = now;
}

static bool same_interval(const struct timeline_plan *a, const struct timeline_plan *b)
{
    return interval_equal(a->interval, a->interval_count, b->interval, b->interval_count);
}

/* Rule 9. */
static bool find_eras(struct life *life, struct error *err)
{
    const struct subscription_timeline *timeline = life->timeline;
    const struct timeline_plan *current = NULL;
    for (size_t i = 0; i < life->stretches.count; i++) {
        const struct stretch *stretch = &life->stretches.items[i];
        const struct timeline_plan *plan = &timeline->plans[stretch->plan];
        if (current != NULL && same_interval(plan, current))
            continue;
        if (current != NULL)
            life->eras.items[life->eras.count - 1].until = stretch->from;
        struct era *era = &ARRAY_ADD(life->arena, &life->eras);
        *era = (struct era){
            .cycle = {.anchor = stretch->from,
                      .anchor_day = current == NULL ? timeline->terms->anchor_day : 0,
                      .unit = plan->interval,
                      .interval_count = plan->interval_count,
                      .align = timeline->terms->align,
                      .start = stretch->from},
            .until = DATE_NONE,
        };
        if (!billing_cycle_check(&era->cycle, err))
            return false;
        current = plan;
    }
    return true;
}

/* Rule 3. */
static bool find_end(struct life *life, struct date start, struct error *err)
{
    const struct subscription_terms *terms = life->timeline->terms;
    struct period last;
    struct date last_day;
    life->end = terms->cancel_at;
    if (date_is_none(terms->cancel_at)) {
        if (terms->status == SUBSCRIPTION_CANCELED)
            life->end = terms->start;
        return true;
    }
    life->end = date_max(terms->cancel_at, terms->start);
    if (!terms->cancel_at_period_end)
        return true;
    if (date_compare(terms->cancel_at, start) <= 0) {
        life->end = start;
        return true;
    }
    if (!date_add_days(terms->cancel_at, -1, &last_day, err))
        return false;
    size_t era = 0;
    while (!ends_after(life->eras.items[era].until, last_day))
        era++;
    if (!billing_cycle_period_at(&life->eras.items[era].cycle, last_day, &last, err))
        return false;
    life->end = first_end(last.end, life->eras.items[era].until);
    return true;
}

static bool find_life(const struct subscription_timeline *timeline, struct arena *arena,
                      struct life *ret_life, struct error *err)
{
    struct date start;
    *ret_life = (struct life){.timeline = timeline, .arena = arena};
    if (!subscription_paid_start(timeline->terms, &start, err))
        return false;
    find_stretches(ret_life, start);
    return find_eras(ret_life, err) && find_end(ret_life, start, err);
}

bool subscription_timeline_end(const struct subscription_timeline *timeline, struct arena *arena,
                               struct date *ret_end, struct error *err)
{
    struct life life;
    if (!find_life(timeline, arena, &life, err))
        return false;
    *ret_end = life.end;
    return true;
}

/* ---------------------------------------------------------------- the slots of one period */

struct window {
    struct period period; /* cut to era and subscription */
    struct period full;
    enum proration_basis basis; /* of the first that was made of it */
};

/* Rule 14. */
static enum proration_basis basis_of_window(const struct subscription_timeline *timeline,
                                            struct period full)
{
    for (size_t i = 0; i < timeline->basis_count; i++)
        if (period_equal(timeline->bases[i].full, full))
            return timeline->bases[i].basis;
    return timeline->basis;
}

static enum proration_basis basis_of_price(const struct subscription_timeline *timeline,
                                           const struct window *window, size_t price)
{
    for (size_t i = 0; i < timeline->basis_count && window->basis != PRORATE_NONE; i++) {
        const struct timeline_basis *made = &timeline->bases[i];
        if (made->price == price && made->basis != PRORATE_NONE &&
            period_equal(made->full, window->full))
            return made->basis;
    }
    return window->basis;
}

/* Adjoining stretches of a window in which a price is charged for one quantity. */
struct run {
    struct date from, until;
    struct decimal quantity;
    struct date priced_on;
};

static struct decimal quantity_of(const struct timeline_price *price, struct decimal subscribed)
{
    if (price->metered)
        return decimal_from_i64(0);
    return price_spans_per_quantity(&price->spans) ? subscribed : decimal_from_i64(1);
}

/* From *next on; false when there are no more. */
static bool next_run(const struct life *life, const struct timeline_price *price,
                     const struct window *window, size_t *next, struct run *ret_run)
{
    bool found = false;
    for (; *next < life->stretches.count; ++*next) {
        const struct stretch *stretch = &life->stretches.items[*next];
        struct date from = date_max(stretch->from, window->period.start);
        struct date until = first_end(stretch->until, window->period.end);
        struct decimal quantity = quantity_of(price, stretch->quantity);
        if (date_compare(from, until) >= 0)
            continue;
        bool charged = stretch->plan == price->plan && !stretch->paused;
        if (window->basis == PRORATE_NONE) {
            *next = life->stretches.count; /* rule 15: the first one says it for all of it */
            *ret_run = (struct run){from, window->period.end, quantity, from};
            return charged;
        }
        if (found && charged && decimal_compare(quantity, ret_run->quantity) == 0) {
            ret_run->until = until;
            continue;
        }
        if (found)
            return true;
        if (charged)
            *ret_run = (struct run){from, until, quantity,
                                    date_max(stretch->plan_since, window->period.start)};
        found = charged;
    }
    return found;
}

/* By the version of one of its days; of a flat fee there is one. */
static void add_slot(struct life *life, const struct charge_slot *slot, size_t span)
{
    const struct timeline_price *price = &life->timeline->prices[slot->price];
    if (date_compare(slot->due_on, life->due_until) > 0)
        return;
    struct charge_slot *added = &ARRAY_ADD(life->arena, &life->slots);
    *added = *slot;
    if (!price->metered && !price->spans.items[span].per_quantity)
        added->quantity = decimal_from_i64(1);
}

/* Rule 13, in arrears. */
static void add_parts(struct life *life, const struct charge_slot *slot)
{
    const struct timeline_price *price = &life->timeline->prices[slot->price];
    struct price_part part = {0};
    while (price_spans_next(&price->spans, slot->period, &part)) {
        struct charge_slot cut = *slot;
        cut.period = part.period;
        cut.priced_on = cut.counts_from = part.period.start;
        add_slot(life, &cut, part.span);
    }
}

/* Rule 10. */
static void add_in_advance(struct life *life, struct charge_slot *slot, size_t span,
                           const struct run *run, const struct window *window)
{
    bool is_cut = !date_is_none(life->end) && date_compare(run->until, life->end) == 0;
    slot->period.end = is_cut ? run->until : window->full.end;
    slot->due_on = run->from;
    add_slot(life, slot, span);
    if (is_cut || date_compare(run->until, window->full.end) == 0 || slot->basis == PRORATE_NONE)
        return;
    slot->kind = SLOT_PRORATION_CREDIT;
    slot->period.start = slot->due_on = slot->counts_from = run->until;
    add_slot(life, slot, span);
}

static void add_run(struct life *life, size_t price_index, const struct run *run,
                    const struct window *window)
{
    const struct timeline_price *price = &life->timeline->prices[price_index];
    struct charge_slot slot = {
        .price = price_index,
        .kind = SLOT_PRORATION_CHARGE,
        .period = {run->from, run->until},
        .full = window->full,
        .basis = basis_of_price(life->timeline, window, price_index),
        .priced_on = run->priced_on,
        .counts_from = run->from,
        .due_on = window->period.end,
        .quantity = run->quantity,
    };
    if (price->metered)
        slot.kind = SLOT_USAGE;
    else if (date_compare(run->from, window->period.start) == 0)
        slot.kind = SLOT_RECURRING;
    bool in_advance = price->billing == BILLING_IN_ADVANCE && !price->metered;
    size_t span = 0;
    if (!in_advance && window->basis != PRORATE_NONE) {
        add_parts(life, &slot);
        return;
    }
    if (!price_spans_find(&price->spans, run->priced_on, &span))
        return;
    if (in_advance)
        add_in_advance(life, &slot, span, run, window);
    else
        add_slot(life, &slot, span);
}

static void add_window(struct life *life, const struct window *window)
{
    for (size_t i = 0; i < life->timeline->price_count; i++) {
        const struct timeline_price *price = &life->timeline->prices[i];
        size_t next = 0;
        struct run run;
        while (next_run(life, price, window, &next, &run))
            add_run(life, i, &run, window);
    }
}

static bool add_era(struct life *life, const struct era *era, struct error *err)
{
    struct date until = first_end(era->until, life->end);
    struct date from = era->cycle.start;
    while (ends_after(until, from) && date_compare(from, life->due_until) <= 0) {
        struct window window;
        if (!billing_cycle_full_period(&era->cycle, from, &window.full, err))
            return false;
        window.period = (struct period){from, first_end(window.full.end, until)};
        window.basis = basis_of_window(life->timeline, window.full);
        add_window(life, &window);
        from = window.period.end;
    }
    return true;
}

/* The last slot before it, of its price and full period; NULL: it is the first. Slots are by
 * period: what ended before this full period is before everything of it. */
static const struct charge_slot *slot_before(const struct charge_slots *slots, size_t index)
{
    const struct charge_slot *slot = &slots->items[index];
    for (size_t i = index; i-- > 0;) {
        const struct charge_slot *other = &slots->items[i];
        if (date_compare(other->full.end, slot->full.start) <= 0)
            return NULL;
        if (other->price == slot->price && other->kind == SLOT_USAGE &&
            period_equal(other->full, slot->full))
            return other;
    }
    return NULL;
}

/* Rule 12; periods that are not divided have no parts. */
static void count_on(struct life *life)
{
    for (size_t i = 0; i < life->slots.count; i++) {
        struct charge_slot *slot = &life->slots.items[i];
        const struct charge_slot *before = NULL;
        if (slot->kind == SLOT_USAGE && slot->basis != PRORATE_NONE)
            before = slot_before(&life->slots, i);
        if (before == NULL)
            continue;
        slot->counts_from = before->counts_from;
        slot->gaps =
            counted_gaps_then(before->gaps, before->period.end, slot->period.start, life->arena);
    }
}

bool subscription_timeline_slots(const struct subscription_timeline *timeline,
                                 struct date business_date, struct arena *arena,
                                 struct charge_slots *ret_slots, struct error *err)
{
    struct life life;
    if (!find_life(timeline, arena, &life, err) ||
        !date_add_days(business_date, 1, &life.due_until, err))
        return false;
    for (size_t i = 0; i < life.eras.count; i++)
        if (!add_era(&life, &life.eras.items[i], err))
            return false;
    count_on(&life);
    *ret_slots = life.slots;
    return true;
}
