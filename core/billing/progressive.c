/* Thresholds of usage: see progressive.h, whose rules are referred to by number. */
#include "core/billing/progressive.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"

#define KIND "progressive"

bool usage_thresholds_check(const struct usage_thresholds *thresholds, struct error *err)
{
    for (size_t i = 0; i < thresholds->count; i++) {
        const struct usage_threshold *threshold = &thresholds->items[i];
        if (decimal_sign(threshold->amount) <= 0)
            return error_item(err, "bad_value", "entry %zu: an amount is above zero", i + 1);
        if (threshold->recurring && i + 1 < thresholds->count)
            return error_item(err, "bad_value", "entry %zu: what recurs stands last", i + 1);
        if (i > 0 && !threshold->recurring &&
            decimal_compare(thresholds->items[i - 1].amount, threshold->amount) >= 0)
            return error_item(err, "bad_value", "entry %zu: amounts ascend", i + 1);
    }
    return true;
}

/* Rule 3: of what lies above the last threshold, as many whole steps as there are. */
static bool add_steps(struct decimal step, struct ratio running, struct decimal *reached,
                      struct error *err)
{
    struct ratio above, steps;
    struct decimal count, sum;
    return ratio_subtract(running, ratio_from_decimal(*reached), &above, err) &&
           ratio_divide(above, ratio_from_decimal(step), &steps, err) &&
           ratio_round(steps, 0, ROUND_DOWN, &count, err) &&
           decimal_multiply(count, step, &sum, err) && decimal_add(*reached, sum, reached, err);
}

bool progressive_is_due(const struct usage_thresholds *thresholds, struct money billed,
                        struct money running, struct decimal *ret_reached, bool *ret_due,
                        struct error *err)
{
    struct decimal reached = decimal_from_i64(0);
    struct ratio sum = money_to_ratio(running);
    for (size_t i = 0; i < thresholds->count; i++) {
        const struct usage_threshold *threshold = &thresholds->items[i];
        if (!threshold->recurring) {
            if (ratio_compare(sum, ratio_from_decimal(threshold->amount)) < 0)
                break;
            reached = threshold->amount;
        } else if (ratio_sign(sum) > 0 && !add_steps(threshold->amount, sum, &reached, err))
            return false;
    }
    *ret_reached = reached;
    *ret_due = ratio_compare(ratio_from_decimal(reached), money_to_ratio(billed)) > 0;
    return true;
}

struct price progressive_price(const struct price *price)
{
    struct price bare = *price;
    bare.minimum_amount = (struct price_figure){0};
    bare.commitment = (struct price_figure){0};
    return bare;
}

const char *progressive_kind(int64_t number, struct arena *arena)
{
    return number == 1 ? KIND : arena_printf(arena, KIND ":%" PRId64, number);
}

int64_t progressive_number(const char *kind)
{
    int64_t number = 0;
    if (!text_starts_with(kind, KIND))
        return 0;
    const char *rest = kind + strlen(KIND);
    if (*rest == '\0')
        return 1;
    return *rest == ':' && text_parse_i64(rest + 1, &number) && number > 1 ? number : 0;
}
