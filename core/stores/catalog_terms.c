#include "core/stores/catalog_terms.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"

/* Any version of what the price is for the customer alone; NULL: nothing else than it is listed. */
static const struct catalog_price *find_own(const struct billing_catalog *catalog,
                                            int64_t customer_id, int64_t price_id)
{
    for (size_t lo = 0, hi = catalog->owner_count; lo < hi;) {
        size_t middle = lo + (hi - lo) / 2;
        const struct catalog_price *own = catalog->owners[middle];
        if (own->customer_id == customer_id && own->listed_price_id == price_id)
            return own;
        if (own->customer_id < customer_id ||
            (own->customer_id == customer_id && own->listed_price_id < price_id))
            lo = middle + 1;
        else
            hi = middle;
    }
    return NULL;
}

static struct contract_charge charge_of(const struct catalog_price *listed, struct date day)
{
    return (struct contract_charge){.plan_id = listed->plan_id,
                                    .product_id = listed->product_id,
                                    .currency = listed->price.currency,
                                    .on = day};
}

const struct catalog_price *catalog_terms_on(const struct billing_catalog *catalog,
                                             const struct catalog_price *listed,
                                             int64_t customer_id, struct date day,
                                             const struct contract_phase **ret_phase)
{
    struct contract_phases phases = contract_phases_of(&catalog->contracts, customer_id);
    assert(catalog->parts == CATALOG_WHOLE);
    struct contract_charge charge = charge_of(listed, day);
    *ret_phase = contract_phase_covering(&phases, &charge);
    int64_t rated_price_id = contract_phase_rates(*ret_phase, listed->price_id);
    if (rated_price_id != listed->price_id)
        return catalog_price_on(catalog, rated_price_id, day);
    const struct catalog_price *own = find_own(catalog, customer_id, listed->price_id);
    if (own != NULL)
        own = catalog_price_on(catalog, own->price_id, day);
    return own != NULL ? own : listed;
}

/* ---------------------------------------------------------------- where they change */

struct days ARRAY_OF(struct date);

static void add_phase_days(const struct billing_catalog *catalog,
                           const struct contract_phase *phase, int64_t price_id,
                           struct arena *arena, struct days *days)
{
    int64_t rated_price_id = contract_phase_rates(phase, price_id);
    ARRAY_ADD(arena, days) = phase->held.start;
    if (!date_is_none(phase->held.end))
        ARRAY_ADD(arena, days) = phase->held.end;
    if (rated_price_id == price_id)
        return;
    struct price_spans terms = catalog_price_spans(catalog, rated_price_id);
    for (size_t i = 0; i < terms.count; i++)
        if (contract_phase_holds(phase->held, terms.items[i].from))
            ARRAY_ADD(arena, days) = terms.items[i].from;
}

static bool is_rated_by_phase(const struct contract_phases *phases,
                              const struct catalog_price *listed, struct date day)
{
    struct contract_charge charge = charge_of(listed, day);
    const struct contract_phase *phase = contract_phase_covering(phases, &charge);
    return contract_phase_rates(phase, listed->price_id) != listed->price_id;
}

/* While a phase names other terms, his own change nothing. */
static void add_own_days(const struct billing_catalog *catalog, const struct catalog_price *listed,
                         int64_t customer_id, const struct contract_phases *phases,
                         struct arena *arena, struct days *days)
{
    const struct catalog_price *own = find_own(catalog, customer_id, listed->price_id);
    if (own == NULL)
        return;
    struct price_spans spans = catalog_price_spans(catalog, own->price_id);
    for (size_t i = 0; i < spans.count; i++) {
        const struct price_span *span = &spans.items[i];
        if (!is_rated_by_phase(phases, listed, span->from))
            ARRAY_ADD(arena, days) = span->from;
        if (!date_is_none(span->until) && !is_rated_by_phase(phases, listed, span->until))
            ARRAY_ADD(arena, days) = span->until;
    }
}

/* As they are by the terms of each: what a quantity changes may be another there. */
static struct price_spans cut(const struct billing_catalog *catalog, int64_t price_id,
                              int64_t customer_id, const struct price_spans *spans,
                              const struct days *days, struct arena *arena)
{
    struct price_spans parts = price_spans_cut(spans, days->items, days->count, arena);
    struct price_span *items = ARENA_NEW_ARRAY(arena, struct price_span, parts.count + 1);
    for (size_t i = 0; i < parts.count; i++) {
        const struct contract_phase *phase = NULL;
        const struct catalog_price *listed =
            catalog_price_on(catalog, price_id, parts.items[i].from);
        const struct catalog_price *terms =
            catalog_terms_on(catalog, listed, customer_id, parts.items[i].from, &phase);
        items[i] = parts.items[i];
        if (terms != NULL)
            items[i].per_quantity = price_rated_by(&terms->price)->model != PRICE_FLAT;
    }
    return (struct price_spans){items, parts.count};
}

/* By the day too, so that the first of a plan and currency is their first. */
static int compare_plan_currencies(const void *a, const void *b)
{
    const struct plan_currency *left = a;
    const struct plan_currency *right = b;
    if (left->plan_id != right->plan_id)
        return left->plan_id < right->plan_id ? -1 : 1;
    int order = strcmp(left->currency.code, right->currency.code);
    return order != 0 ? order : date_compare(left->first_on, right->first_on);
}

void catalog_terms_index(struct billing_catalog *catalog, struct arena *arena)
{
    struct plan_currency *all =
        ARENA_NEW_ARRAY(arena, struct plan_currency, catalog->price_count + 1);
    size_t kept = 0;
    for (size_t i = 0; i < catalog->price_count; i++) {
        const struct catalog_price *price = &catalog->prices[i];
        all[i] =
            (struct plan_currency){price->plan_id, price->price.currency, price->price.valid_from};
    }
    if (catalog->price_count > 1)
        qsort(all, catalog->price_count, sizeof *all, compare_plan_currencies);
    for (size_t i = 0; i < catalog->price_count; i++)
        if (kept == 0 || all[kept - 1].plan_id != all[i].plan_id ||
            !currency_equal(all[kept - 1].currency, all[i].currency))
            all[kept++] = all[i];
    catalog->plan_currencies = all;
    catalog->plan_currency_count = kept;
}

/* The first day of a price of the plan in the currency; DATE_NONE: it has none. */
static struct date first_day_in(const struct billing_catalog *catalog, int64_t plan_id,
                                const char *currency)
{
    size_t at = array_first_of(catalog->plan_currencies, catalog->plan_currency_count,
                               sizeof *catalog->plan_currencies,
                               offsetof(struct plan_currency, plan_id), plan_id);
    for (; at < catalog->plan_currency_count; at++) {
        const struct plan_currency *found = &catalog->plan_currencies[at];
        if (found->plan_id != plan_id)
            break;
        if (text_equal(found->currency.code, currency))
            return found->first_on;
    }
    return DATE_NONE;
}

static struct price_spans before(const struct price_spans *spans, struct date day,
                                 struct arena *arena)
{
    struct price_span *items = ARENA_NEW_ARRAY(arena, struct price_span, spans->count + 1);
    size_t count = 0;
    for (; count < spans->count && date_compare(spans->items[count].from, day) < 0; count++) {
        items[count] = spans->items[count];
        if (date_is_none(items[count].until) || date_compare(items[count].until, day) > 0)
            items[count].until = day;
    }
    return (struct price_spans){items, count};
}

/* What of the spans is charged to who has a currency. */
static struct price_spans in_currency(const struct billing_catalog *catalog,
                                      const struct catalog_price *price,
                                      const struct price_spans *spans, const char *currency,
                                      struct arena *arena)
{
    if (currency == NULL || text_equal(price->price.currency.code, currency))
        return *spans;
    struct date day = first_day_in(catalog, price->plan_id, currency);
    return date_is_none(day) ? *spans : before(spans, day, arena);
}

struct price_spans catalog_price_spans_of(const struct billing_catalog *catalog, int64_t price_id,
                                          int64_t customer_id, const char *currency,
                                          struct arena *arena)
{
    struct price_spans spans = catalog_price_spans(catalog, price_id);
    struct contract_phases phases = contract_phases_of(&catalog->contracts, customer_id);
    assert(catalog->parts == CATALOG_WHOLE);
    const struct catalog_price *price = catalog_price_newest(catalog, price_id);
    struct days days = {0};
    if (price == NULL)
        return spans;
    spans = in_currency(catalog, price, &spans, currency, arena);
    for (size_t i = 0; i < phases.count; i++) {
        const struct contract_phase *phase = &phases.items[i];
        struct contract_charge charge = charge_of(price, phase->held.start);
        if (contract_phase_covers(phase, &charge))
            add_phase_days(catalog, phase, price_id, arena, &days);
    }
    add_own_days(catalog, price, customer_id, &phases, arena, &days);
    return days.count == 0 ? spans : cut(catalog, price_id, customer_id, &spans, &days, arena);
}
