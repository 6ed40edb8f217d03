/* Filters of meters: see usage_filter.h. */
#include "core/billing/usage_filter.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"

static const char *const op_names[FILTER_OP_COUNT] = {
    [FILTER_EQ] = "eq",
    [FILTER_NE] = "ne",
    [FILTER_IN] = "in",
    [FILTER_NOT_IN] = "not_in",
    [FILTER_GT] = "gt",
    [FILTER_LT] = "lt",
    [FILTER_CONTAINS] = "contains",
};

bool filter_op_parse(const char *name, enum filter_op *ret_op, struct error *err)
{
    for (size_t i = 0; i < FILTER_OP_COUNT; i++)
        if (text_equal(op_names[i], name)) {
            *ret_op = (enum filter_op)i;
            return true;
        }
    return error_item(err, "bad_filter",
                      "'%.40s' is not an op: eq, ne, in, not_in, gt, lt or contains",
                      name == NULL ? "" : name);
}

const char *filter_op_name(enum filter_op op)
{
    return op_names[op];
}

bool filter_op_takes_list(enum filter_op op)
{
    return op == FILTER_IN || op == FILTER_NOT_IN;
}

static bool number_of(const char *text, struct decimal *ret_number)
{
    struct error no_number = {0};
    return decimal_parse(text, ret_number, &no_number);
}

bool usage_filter_check(const struct usage_filter *filter, struct error *err)
{
    const char *op = filter_op_name(filter->op);
    struct decimal bound;
    if (text_is_empty(filter->property))
        return error_item(err, "bad_filter", "op %s has no property", op);
    if (filter->value_count == 0)
        return error_item(err, "bad_filter", "op %s has no value", op);
    if (filter->value_count > 1 && !filter_op_takes_list(filter->op))
        return error_item(err, "bad_filter", "op %s takes one value, not a list", op);
    if (filter->value_count > USAGE_FILTER_VALUES_MAX)
        return error_item(err, "bad_filter", "op %s has more than %d values", op,
                          USAGE_FILTER_VALUES_MAX);
    if ((filter->op == FILTER_GT || filter->op == FILTER_LT) &&
        !number_of(filter->values[0], &bound))
        return error_item(err, "bad_filter", "op %s compares numbers: '%.40s' is none", op,
                          filter->values[0]);
    return true;
}

static bool is_same(const char *text, const char *value)
{
    struct decimal a, b;
    if (strcmp(text, value) == 0)
        return true;
    return number_of(text, &a) && number_of(value, &b) && decimal_compare(a, b) == 0;
}

static bool is_any(const struct usage_filter *filter, const char *text)
{
    for (size_t i = 0; text != NULL && i < filter->value_count; i++)
        if (is_same(text, filter->values[i]))
            return true;
    return false;
}

/* -1, 0 or 1; 0 also where there is nothing to compare. */
static int32_t order_of(const struct usage_filter *filter, const char *text)
{
    struct decimal number, bound;
    if (text == NULL || !number_of(text, &number) || !number_of(filter->values[0], &bound))
        return 0;
    return decimal_compare(number, bound);
}

bool usage_filter_holds(const struct usage_filter *filter, const char *text)
{
    switch (filter->op) {
    case FILTER_EQ:
    case FILTER_IN:
        return is_any(filter, text);
    case FILTER_NE:
    case FILTER_NOT_IN:
        return !is_any(filter, text);
    case FILTER_GT:
        return order_of(filter, text) > 0;
    case FILTER_LT:
        return order_of(filter, text) < 0;
    case FILTER_CONTAINS:
        return text != NULL && strstr(text, filter->values[0]) != NULL;
    }
    return false;
}
