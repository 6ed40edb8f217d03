/* Choosing a publication: see exchange_rate.h. */
#include "core/billing/exchange_rate.h"

#include <string.h>

#include "core/base/text.h"

#define PERCENT_WHOLE 100

const char *missing_day_name(enum missing_day rule)
{
    switch (rule) {
    case MISSING_DAY_PREVIOUS:
        return "previous";
    case MISSING_DAY_NEXT:
        return "next";
    case MISSING_DAY_DAY_BEFORE:
        return "day_before";
    }
    return "";
}

bool exchange_rate_days(const struct rate_rule *rule, struct date on, struct date *ret_first,
                        struct date *ret_last, struct error *err)
{
    struct date first = on, last = on;
    bool good = true;
    switch (rule->missing_day) {
    case MISSING_DAY_PREVIOUS:
        good = date_add_days(on, -rule->max_age_days, &first, err);
        break;
    case MISSING_DAY_NEXT:
        good = date_add_days(on, rule->max_age_days, &last, err);
        break;
    case MISSING_DAY_DAY_BEFORE:
        good = date_add_days(on, -1, &last, err) &&
               date_add_days(on, -rule->max_age_days, &first, err);
        break;
    }
    if (!good)
        return false;
    *ret_first = first;
    *ret_last = last;
    return true;
}

/* What is wanted of one publication. */
struct wanted {
    const struct published_rate *rates;
    size_t count;
    const char *from, *to;
};

/* The last version of a leg; false where the publication does not have it. */
static bool find_leg(const struct wanted *wanted, const struct published_rate *of, const char *code,
                     struct decimal *ret_rate, int64_t *ret_version)
{
    int64_t version = 0;
    if (text_equal(of->base, code)) {
        *ret_rate = decimal_from_i64(1);
        *ret_version = 0;
        return true;
    }
    for (size_t i = 0; i < wanted->count; i++) {
        const struct published_rate *rate = &wanted->rates[i];
        if (date_compare(rate->on, of->on) != 0 || !text_equal(rate->source, of->source) ||
            !text_equal(rate->base, of->base) || !text_equal(rate->quote, code) ||
            rate->version <= version)
            continue;
        version = rate->version;
        *ret_rate = rate->rate;
    }
    *ret_version = version;
    return version > 0;
}

static bool find_legs(const struct wanted *wanted, const struct published_rate *of,
                      struct exchange_rate_choice *ret_choice)
{
    ret_choice->legs.published_on = of->on;
    ret_choice->source = of->source;
    ret_choice->base = of->base;
    return find_leg(wanted, of, wanted->from, &ret_choice->legs.from_rate,
                    &ret_choice->from_version) &&
           find_leg(wanted, of, wanted->to, &ret_choice->legs.to_rate, &ret_choice->to_version);
}

/* A publication that has both has a rate of one of them, which stands for all of it. */
static bool is_leg(const struct wanted *wanted, const struct published_rate *rate)
{
    return text_equal(rate->quote, wanted->from) || text_equal(rate->quote, wanted->to);
}

static size_t place_of(const struct rate_rule *rule, const char *source)
{
    size_t place = 0;
    while (place < rule->source_count && !text_equal(rule->sources[place], source))
        place++;
    return place;
}

/* Is `a` to be used rather than `b`? */
static bool is_better(const struct rate_rule *rule, struct date on,
                      const struct exchange_rate_choice *a, const struct exchange_rate_choice *b)
{
    int32_t away_a = date_days_between(a->legs.published_on, on);
    int32_t away_b = date_days_between(b->legs.published_on, on);
    size_t place_a = place_of(rule, a->source);
    size_t place_b = place_of(rule, b->source);
    if (away_a != away_b)
        return (away_a < 0 ? -away_a : away_a) < (away_b < 0 ? -away_b : away_b);
    if (place_a != place_b)
        return place_a < place_b;
    int order = strcmp(a->source, b->source);
    return order != 0 ? order < 0 : strcmp(a->base, b->base) < 0;
}

bool exchange_rate_choose(const struct published_rate *rates, size_t count, const char *from,
                          const char *to, struct date on, const struct rate_rule *rule,
                          struct exchange_rate_choice *ret_choice, struct error *err)
{
    const struct wanted wanted = {rates, count, from, to};
    struct exchange_rate_choice best = {0};
    struct date first, last;
    bool found = false;
    if (!exchange_rate_days(rule, on, &first, &last, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct exchange_rate_choice choice = {0};
        if (!is_leg(&wanted, &rates[i]) || date_compare(rates[i].on, first) < 0 ||
            date_compare(rates[i].on, last) > 0 || !find_legs(&wanted, &rates[i], &choice) ||
            (found && !is_better(rule, on, &choice, &best)))
            continue;
        best = choice;
        found = true;
    }
    if (!found) {
        (void)error_item(err, "no_exchange_rate", "no rates of %s and %s from %s to %s", from, to,
                         date_text(first).text, date_text(last).text);
        return error_hint(err, "`billmill run exchange-rate-sync --date YYYY-MM-DD` fetches them, "
                               "`billmill import --record exchange_rate FILE` takes them by hand");
    }
    if (!conversion_rate(&best.legs, &best.rate, err))
        return false;
    *ret_choice = best;
    return true;
}

bool exchange_rate_jumps(struct decimal earlier, struct decimal rate, int32_t jump_percent)
{
    struct decimal difference, hundredfold, allowed;
    struct error ignored = {0};
    if (!decimal_subtract(rate, earlier, &difference, &ignored) ||
        !decimal_multiply(difference, decimal_from_i64(PERCENT_WHOLE), &hundredfold, &ignored) ||
        !decimal_multiply(earlier, decimal_from_i64(jump_percent), &allowed, &ignored) ||
        (decimal_sign(hundredfold) < 0 && !decimal_negate(hundredfold, &hundredfold, &ignored)))
        return true;
    return decimal_compare(hundredfold, allowed) > 0;
}
