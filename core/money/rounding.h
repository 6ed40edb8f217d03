/* The roundings that a tenant may choose (DOMAIN 3: half_up is the default). Every division in
 * core/money names one of them. */
#ifndef BILLMILL_MONEY_ROUNDING_H
#define BILLMILL_MONEY_ROUNDING_H

#include "core/base/error.h"

enum rounding {
    ROUND_HALF_UP,   /* to the nearest, a tie away from zero: 0.5 is 1, -0.5 is -1 */
    ROUND_HALF_EVEN, /* to the nearest, a tie to the even neighbour: 0.5 is 0, 1.5 is 2 */
    ROUND_UP,        /* away from zero */
    ROUND_DOWN       /* toward zero */
};

/* The words of configuration and import: half_up, half_even, up, down. ERROR_ITEM "bad_rounding"
 * lists them. */
MUST_CHECK bool rounding_parse(const char *name, enum rounding *ret_rounding, struct error *err);
const char *rounding_name(enum rounding rounding);

#endif
