/* Periods by their charge: see rating_charges.h. */
#include "jobs/rating_charges.h"

#include <stdlib.h>

static int compare_charges(const struct rating_charge_place *a, const struct rating_charge_place *b)
{
    if (a->subscription_id != b->subscription_id)
        return a->subscription_id < b->subscription_id ? -1 : 1;
    if (a->price_id != b->price_id)
        return a->price_id < b->price_id ? -1 : 1;
    return date_compare(a->start_on, b->start_on);
}

static int compare_places(const void *a, const void *b)
{
    const struct rating_charge_place *left = a;
    const struct rating_charge_place *right = b;
    int order = compare_charges(left, right);
    return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

static struct rating_charge_place charge_of(const struct rating_period *period, size_t place)
{
    return (struct rating_charge_place){period->subscription_id, period->price_id, period->start_on,
                                        place};
}

struct rating_charges rating_charges_of(const struct rating_payer *payer, struct arena *arena)
{
    size_t count = payer->period_count;
    struct rating_charge_place *items =
        ARENA_NEW_ARRAY(arena, struct rating_charge_place, count + 1);
    for (size_t i = 0; i < count; i++)
        items[i] = charge_of(&payer->periods[i], i);
    if (count > 1)
        qsort(items, count, sizeof *items, compare_places);
    return (struct rating_charges){items, count};
}

struct rating_charges rating_charges_like(const struct rating_charges *charges,
                                          const struct rating_period *period)
{
    struct rating_charge_place wanted = charge_of(period, 0);
    size_t low = 0, end;
    for (size_t high = charges->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (compare_places(&charges->items[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < charges->count;) {
        if (compare_charges(&charges->items[end], &wanted) != 0)
            break;
        end++;
    }
    return (struct rating_charges){&charges->items[low], end - low};
}
