/* `calc allocation`: an amount split by weights so that the parts sum to it (DOMAIN 11). */
#include "core/cli/calc_input.h"
#include "core/money/allocation.h"

static const char *const allocation_fields[] = {"currency", "amount", "weights"};

static bool read_weights(const struct calc_place *place, struct arena *arena,
                         struct ratio **ret_weights, size_t *ret_count, struct calc_error *err)
{
    if (!calc_array(place, CALC_LIST_MAX, ret_count, err))
        return false;
    struct ratio *weights = ARENA_NEW_ARRAY(arena, struct ratio, *ret_count);
    for (size_t i = 0; i < *ret_count; i++) {
        struct calc_place element = calc_element(place, i);
        struct decimal weight;
        if (!calc_decimal(&element, &weight, err))
            return false;
        if (decimal_sign(weight) < 0)
            return calc_fail(&element, err, "is negative");
        weights[i] = ratio_from_decimal(weight);
    }
    *ret_weights = weights;
    return true;
}

bool calc_allocation(const struct calc_place *input, struct calc_work *work, json_t **ret_answer,
                     struct calc_error *err)
{
    struct calc_place currency_place = calc_member(input, "currency");
    struct calc_place amount_place = calc_member(input, "amount");
    struct calc_place weights_place = calc_member(input, "weights");
    struct currency currency;
    struct money amount;
    struct ratio *weights = NULL;
    size_t count = 0;
    struct error rule = {0};
    if (!calc_object(input, allocation_fields, ARRAY_LEN(allocation_fields), err) ||
        !calc_currency(&currency_place, &currency, err) ||
        !calc_money(&amount_place, currency, &amount, err) ||
        !read_weights(&weights_place, work->arena, &weights, &count, err))
        return false;
    struct money *parts = ARENA_NEW_ARRAY(work->arena, struct money, count);
    if (!money_allocate_by_ratios(amount, weights, count, work->arena, parts, &rule))
        return calc_fail_rule(&weights_place, &rule, err);
    json_t *answer = json_pack("{s:[]}", "parts");
    json_t *list = json_object_get(answer, "parts");
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, json_string(money_text(parts[i]).text));
    *ret_answer = answer;
    return true;
}
