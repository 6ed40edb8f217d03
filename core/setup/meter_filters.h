/* The filters of a meter as they are stored (canonical JSON, a list of {property, op, value}), and
 * the properties of an event against them; the rule itself is core/billing/usage_filter.h.
 *
 * `value` is a text, a number, true or false; of in and not_in a list of these. A number that has
 * more than its digits to say (an exponent) is refused: write it as a string. */
#ifndef BILLMILL_SETUP_METER_FILTERS_H
#define BILLMILL_SETUP_METER_FILTERS_H

#include "core/base/arena.h"
#include "core/billing/usage_filter.h"

struct meter_filters {
    const struct usage_filter *items;
    size_t count; /* 0: every event counts */
};

/* NULL is no filters. In the arena. ERROR_ITEM "bad_value" says which entry is wrong, and how. */
MUST_CHECK bool meter_filters_parse(const char *text, struct arena *arena,
                                    struct meter_filters *ret_filters, struct error *err);

/* Whether an event with these canonical properties (NULL: none) counts. Uses no memory that lasts.
 * ERROR_ITEM "bad_value" for properties that are no JSON object. */
MUST_CHECK bool meter_filters_hold(const struct meter_filters *filters, const char *properties,
                                   bool *ret_hold, struct error *err);

#endif
