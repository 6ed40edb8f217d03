/* Filters as JSON: see meter_filters.h. */
#include "core/setup/meter_filters.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "core/base/text.h"

#define SCALAR_SIZE 32

static void json_release(json_t **json)
{
    json_decref(*json);
}

/* A text that is compared; NULL for what is none (null, a list, an object, a number that is not
 * exact). `number` holds that of an integer. */
static const char *scalar_text(const json_t *value, char number[SCALAR_SIZE])
{
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    if (!json_is_integer(value) && !json_is_real(value))
        return NULL;
    if (json_is_integer(value))
        (void)snprintf(number, SCALAR_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        (void)snprintf(number, SCALAR_SIZE, "%.15g", json_real_value(value));
    return strpbrk(number, "eni") == NULL ? number : NULL; /* no exponent, inf or nan */
}

/* ------------------------------------------------------------------ filters */

static bool add_value(const json_t *value, struct arena *arena, const char **ret_value,
                      struct error *err)
{
    char number[SCALAR_SIZE];
    const char *text = scalar_text(value, number);
    if (text == NULL)
        return error_item(err, "bad_value", "a value is no text, number, true or false");
    *ret_value = arena_copy(arena, text);
    return true;
}

static bool read_values(const json_t *value, struct arena *arena, struct usage_filter *filter,
                        struct error *err)
{
    bool is_list = json_is_array(value);
    size_t count = is_list ? json_array_size(value) : 1;
    const char **values = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    if (is_list && !filter_op_takes_list(filter->op))
        return error_item(err, "bad_value", "op %s takes one value, not a list",
                          filter_op_name(filter->op));
    for (size_t i = 0; i < count; i++)
        if (!add_value(is_list ? json_array_get(value, i) : value, arena, &values[i], err))
            return false;
    filter->values = values;
    filter->value_count = count;
    return true;
}

static bool read_filter(const json_t *entry, struct arena *arena, struct usage_filter *filter,
                        struct error *err)
{
    const char *property = json_string_value(json_object_get(entry, "property"));
    const char *op = json_string_value(json_object_get(entry, "op"));
    const json_t *value = json_object_get(entry, "value");
    if (!json_is_object(entry) || json_object_size(entry) != 3 || property == NULL || op == NULL ||
        value == NULL)
        return error_item(err, "bad_value", "expected {\"property\": …, \"op\": …, \"value\": …}");
    filter->property = arena_copy(arena, property);
    return filter_op_parse(op, &filter->op, err) && read_values(value, arena, filter, err) &&
           usage_filter_check(filter, err);
}

bool meter_filters_parse(const char *text, struct arena *arena, struct meter_filters *ret_filters,
                         struct error *err)
{
    CLEANUP(json_release) json_t *list = NULL;
    json_error_t problem;
    *ret_filters = (struct meter_filters){0};
    if (text == NULL)
        return true;
    list = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
    if (!json_is_array(list))
        return error_item(err, "bad_value", "field \"filters\": is not a list");
    size_t count = json_array_size(list);
    if (count > USAGE_FILTERS_MAX)
        return error_item(err, "bad_value", "field \"filters\": has more than %d entries",
                          USAGE_FILTERS_MAX);
    struct usage_filter *filters = ARENA_NEW_ARRAY(arena, struct usage_filter, count + 1);
    for (size_t i = 0; i < count; i++)
        if (!read_filter(json_array_get(list, i), arena, &filters[i], err))
            return error_context(err, "field \"filters\": entry %zu", i + 1);
    *ret_filters = (struct meter_filters){filters, count};
    return true;
}

/* ------------------------------------------------------------------ events */

bool meter_filters_hold(const struct meter_filters *filters, const char *properties, bool *ret_hold,
                        struct error *err)
{
    CLEANUP(json_release) json_t *object = NULL;
    json_error_t problem;
    char number[SCALAR_SIZE];
    bool hold = true;
    if (filters->count > 0 && properties != NULL) {
        object = json_loads(properties, 0, &problem);
        if (!json_is_object(object))
            return error_item(err, "bad_value", "properties are not a JSON object");
    }
    for (size_t i = 0; hold && i < filters->count; i++) {
        const struct usage_filter *filter = &filters->items[i];
        hold = usage_filter_holds(filter,
                                  scalar_text(json_object_get(object, filter->property), number));
    }
    *ret_hold = hold;
    return true;
}
