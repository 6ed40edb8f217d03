/* Exact rational numbers, for figures that have no finite decimal (a third of a month) and are
 * rounded once, at the end of a line (DOMAIN 3).
 *
 * 1. Always reduced, the denominator positive; zero-initialised memory is 0 (a denominator of 0 is
 * read as 1).
 * 2. Products are formed in 256 bits and reduced before they are checked, so only a result that
 * really needs more than 128 bits is ERROR_ITEM "number_too_large". */
#ifndef BILLMILL_MONEY_RATIO_H
#define BILLMILL_MONEY_RATIO_H

#include "core/money/decimal.h"

#define RATIO_TEXT_SIZE 176 /* sign, 39 digits, point, at most 127 digits, NUL */

struct ratio {
    int128_t numerator;
    int128_t denominator;
};

struct ratio_text {
    char text[RATIO_TEXT_SIZE];
};

/* ERROR_ITEM "division_by_zero" for a denominator of 0. */
MUST_CHECK bool ratio_make(int128_t numerator, int128_t denominator, struct ratio *ret_ratio,
                           struct error *err);
struct ratio ratio_from_i64(int64_t value);
struct ratio ratio_from_decimal(struct decimal value);

MUST_CHECK bool ratio_add(struct ratio a, struct ratio b, struct ratio *ret_sum, struct error *err);
MUST_CHECK bool ratio_subtract(struct ratio a, struct ratio b, struct ratio *ret_difference,
                               struct error *err);
MUST_CHECK bool ratio_multiply(struct ratio a, struct ratio b, struct ratio *ret_product,
                               struct error *err);
MUST_CHECK bool ratio_divide(struct ratio a, struct ratio b, struct ratio *ret_quotient,
                             struct error *err);
MUST_CHECK bool ratio_multiply_decimal(struct ratio a, struct decimal b, struct ratio *ret_product,
                                       struct error *err);
MUST_CHECK bool ratio_negate(struct ratio value, struct ratio *ret_negated, struct error *err);

/* -1, 0 or 1; never fails. */
int32_t ratio_compare(struct ratio a, struct ratio b);
int32_t ratio_sign(struct ratio value);

/* To a decimal with at most `digits` (0..DECIMAL_SCALE_MAX) digits after the point. */
MUST_CHECK bool ratio_round(struct ratio value, int32_t digits, enum rounding rounding,
                            struct decimal *ret_rounded, struct error *err);

/* The exact decimal where the expansion ends ("0.375"), else "n/d" ("100/3"): `unrounded` of
 * DOMAIN 11. */
struct ratio_text ratio_text(struct ratio value);

#endif
