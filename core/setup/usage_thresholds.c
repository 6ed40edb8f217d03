/* Thresholds as JSON: see usage_thresholds.h. */
#include "core/setup/usage_thresholds.h"

#include <jansson.h>

static void json_release(json_t **json)
{
    json_decref(*json);
}

static bool read_threshold(const json_t *entry, struct usage_threshold *threshold,
                           struct error *err)
{
    const json_t *amount = json_object_get(entry, "amount");
    const json_t *recurring = json_object_get(entry, "recurring");
    size_t known = (amount != NULL ? (size_t)1 : 0) + (recurring != NULL ? (size_t)1 : 0);
    if (!json_is_object(entry) || !json_is_string(amount) || json_object_size(entry) != known ||
        (recurring != NULL && !json_is_boolean(recurring)))
        return error_item(err, "bad_value",
                          "expected {\"amount\": \"100.00\"}, and \"recurring\": true where it "
                          "comes again and again");
    threshold->recurring = json_is_true(recurring);
    return decimal_parse(json_string_value(amount), &threshold->amount, err);
}

bool usage_thresholds_parse(const char *text, struct arena *arena,
                            struct usage_thresholds *ret_thresholds, struct error *err)
{
    CLEANUP(json_release) json_t *list = NULL;
    json_error_t problem;
    *ret_thresholds = (struct usage_thresholds){0};
    if (text == NULL)
        return true;
    list = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
    if (!json_is_array(list))
        return error_item(err, "bad_value", "field \"usage_thresholds\": is not a list");
    size_t count = json_array_size(list);
    if (count > USAGE_THRESHOLDS_MAX)
        return error_item(err, "bad_value", "field \"usage_thresholds\": has more than %d entries",
                          USAGE_THRESHOLDS_MAX);
    struct usage_threshold *items = ARENA_NEW_ARRAY(arena, struct usage_threshold, count + 1);
    struct usage_thresholds thresholds = {items, count};
    for (size_t i = 0; i < count; i++)
        if (!read_threshold(json_array_get(list, i), &items[i], err))
            return error_context(err, "field \"usage_thresholds\": entry %zu", i + 1);
    if (!usage_thresholds_check(&thresholds, err))
        return error_context(err, "field \"usage_thresholds\"");
    *ret_thresholds = thresholds;
    return true;
}
