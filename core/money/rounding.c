/* Names of the roundings: see rounding.h. */
#include "core/money/rounding.h"

#include "core/base/text.h"

static const char *const names[] = {
    [ROUND_HALF_UP] = "half_up",
    [ROUND_HALF_EVEN] = "half_even",
    [ROUND_UP] = "up",
    [ROUND_DOWN] = "down",
};

bool rounding_parse(const char *name, enum rounding *ret_rounding, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (text_equal(name, names[i])) {
            *ret_rounding = (enum rounding)i;
            return true;
        }
    }
    return error_item(err, "bad_rounding",
                      "'%.40s' is not a rounding: expected half_up, half_even, up or down", name);
}

const char *rounding_name(enum rounding rounding)
{
    return names[rounding];
}
