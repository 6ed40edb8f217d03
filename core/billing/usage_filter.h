/* Which events a meter counts (DOMAIN 1, meter: filters [{property, op, value}]): values in, an
 * answer out.
 *
 *     eq, ne        the property is the value, or not: the same text, or the same number (1.50 is
 *                   1.5)
 *     in, not_in    it is one of the values, or none of them
 *     gt, lt        it is a number above, or below, the value
 *     contains      the value is a part of its text, byte for byte
 *
 * All filters of a meter must hold; none hold for every event. An event without the property is not
 * equal to anything, so that ne and not_in hold for it, and nothing else does; neither gt nor lt
 * holds for a text that is no number. */
#ifndef BILLMILL_BILLING_USAGE_FILTER_H
#define BILLMILL_BILLING_USAGE_FILTER_H

#include "core/money/decimal.h"

#define USAGE_FILTERS_MAX 20
#define USAGE_FILTER_VALUES_MAX 1000

enum filter_op {
    FILTER_EQ,
    FILTER_NE,
    FILTER_IN,
    FILTER_NOT_IN,
    FILTER_GT,
    FILTER_LT,
    FILTER_CONTAINS
};
#define FILTER_OP_COUNT (FILTER_CONTAINS + 1)

struct usage_filter {
    const char *property;
    enum filter_op op;
    const char *const *values; /* in, not_in: any number; else exactly one */
    size_t value_count;
};

/* The words of import; ERROR_ITEM "bad_filter" lists them. */
MUST_CHECK bool filter_op_parse(const char *name, enum filter_op *ret_op, struct error *err);
const char *filter_op_name(enum filter_op op);

/* Whether it has a list of values. */
bool filter_op_takes_list(enum filter_op op);

/* It has a property and as many values as its op takes, at least one; that of gt and lt is a
 * decimal. ERROR_ITEM "bad_filter" names the op. */
MUST_CHECK bool usage_filter_check(const struct usage_filter *filter, struct error *err);

/* `text` is the property as a text (a number or boolean in its canonical form), NULL when the event
 * has none. The filter must satisfy usage_filter_check. */
bool usage_filter_holds(const struct usage_filter *filter, const char *text);

#endif
