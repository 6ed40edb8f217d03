/* The versions of a price by date: see price_spans.h. */
#include "core/billing/price_spans.h"

#include "core/base/array.h"

/* DATE_NONE is after every date here. */
static struct date first_end(struct date until, struct date end)
{
    return date_is_none(until) ? end : date_min(until, end);
}

bool price_spans_next(const struct price_spans *spans, struct period period,
                      struct price_part *part)
{
    bool is_first = date_compare(part->period.start, part->period.end) == 0;
    for (size_t i = is_first ? 0 : part->span + 1; i < spans->count; i++) {
        const struct price_span *span = &spans->items[i];
        struct period cut = {date_max(period.start, span->from), /* DATE_NONE is the earliest */
                             first_end(span->until, period.end)};
        if (date_compare(cut.start, cut.end) >= 0)
            continue;
        part->period = cut;
        part->span = i;
        return true;
    }
    return false;
}

static bool cuts(const struct price_span *span, struct date day)
{
    return date_compare(span->from, day) < 0 &&
           (date_is_none(span->until) || date_compare(day, span->until) < 0);
}

/* The first of the days that cuts the span; DATE_NONE: none does. */
static struct date first_cut(const struct price_span *span, const struct date *days, size_t count)
{
    struct date first = DATE_NONE;
    for (size_t i = 0; i < count; i++)
        if (cuts(span, days[i]))
            first = date_is_none(first) ? days[i] : date_min(first, days[i]);
    return first;
}

struct price_spans price_spans_cut(const struct price_spans *spans, const struct date *days,
                                   size_t count, struct arena *arena)
{
    struct spans ARRAY_OF(struct price_span) made = {0};
    for (size_t i = 0; i < spans->count; i++) {
        struct price_span rest = spans->items[i];
        for (struct date day = first_cut(&rest, days, count); !date_is_none(day);
             day = first_cut(&rest, days, count)) {
            ARRAY_ADD(arena, &made) = (struct price_span){rest.from, day, rest.per_quantity};
            rest.from = day;
        }
        ARRAY_ADD(arena, &made) = rest;
    }
    return (struct price_spans){made.items, made.count};
}

bool price_spans_find(const struct price_spans *spans, struct date day, size_t *ret_span)
{
    for (size_t i = 0; i < spans->count; i++) {
        const struct price_span *span = &spans->items[i];
        if (date_compare(span->from, day) <= 0 &&
            (date_is_none(span->until) || date_compare(day, span->until) < 0)) {
            *ret_span = i;
            return true;
        }
    }
    return false;
}

struct date price_spans_from(const struct price_spans *spans)
{
    return spans->count == 0 ? DATE_NONE : spans->items[0].from;
}

struct date price_spans_until(const struct price_spans *spans)
{
    return spans->count == 0 ? DATE_NONE : spans->items[spans->count - 1].until;
}

bool price_spans_per_quantity(const struct price_spans *spans)
{
    for (size_t i = 0; i < spans->count; i++)
        if (spans->items[i].per_quantity)
            return true;
    return false;
}
