/* Exact decimals: quantities, unit prices, rates. The value is coefficient / 10^scale.
 *
 * 1. Zero-initialised memory is 0.
 * 2. The coefficient stays within 128 bits and the scale within 0..DECIMAL_SCALE_MAX; a result that
 * does not fit is ERROR_ITEM "number_too_large", never wrapped and never rounded in silence.
 * 3. Equal values may have different scales (1.5 and 1.50): compare with decimal_compare, print
 * with decimal_text, which gives one text per value. */
#ifndef BILLMILL_MONEY_DECIMAL_H
#define BILLMILL_MONEY_DECIMAL_H

#include "core/money/rounding.h"

#define DECIMAL_SCALE_MAX 30
#define DECIMAL_STORED_SCALE_MAX 18
#define DECIMAL_TEXT_SIZE 48 /* sign, 39 digits or "0." and 30, point, NUL */

struct decimal {
    int128_t coefficient;
    int32_t scale;
};

struct decimal_text {
    char text[DECIMAL_TEXT_SIZE];
};

/* Optional minus, digits, optional point with digits: "29.99", "-0.5", "12". No exponent, plus,
 * space, bare point or grouping; at most 38 significant digits and DECIMAL_SCALE_MAX after the
 * point. ERROR_ITEM "bad_decimal" says what is expected. */
MUST_CHECK bool decimal_parse(const char *text, struct decimal *ret_value, struct error *err);

/* Canonical: no trailing zeros after the point, no "-0". Use as decimal_text(value).text inside one
 * expression, or keep the struct. */
struct decimal_text decimal_text(struct decimal value);

struct decimal decimal_from_i64(int64_t value);

/* ERROR_ITEM "not_whole" unless the value is a whole number that fits. */
MUST_CHECK bool decimal_to_i64(struct decimal value, int64_t *ret_value, struct error *err);

MUST_CHECK bool decimal_add(struct decimal a, struct decimal b, struct decimal *ret_sum,
                            struct error *err);
MUST_CHECK bool decimal_subtract(struct decimal a, struct decimal b, struct decimal *ret_difference,
                                 struct error *err);

/* Exact: an error when the product needs more digits than a decimal has, even after trailing zeros
 * are dropped. */
MUST_CHECK bool decimal_multiply(struct decimal a, struct decimal b, struct decimal *ret_product,
                                 struct error *err);
MUST_CHECK bool decimal_negate(struct decimal value, struct decimal *ret_negated,
                               struct error *err);

/* -1, 0 or 1; never fails, whatever the scales. */
int32_t decimal_compare(struct decimal a, struct decimal b);
int32_t decimal_sign(struct decimal value);

/* The same value with the smallest scale. */
struct decimal decimal_normalize(struct decimal value);

/* To `digits` (0..DECIMAL_SCALE_MAX) digits after the point; fewer digits than that stay as they
 * are. */
MUST_CHECK bool decimal_round(struct decimal value, int32_t digits, enum rounding rounding,
                              struct decimal *ret_rounded, struct error *err);

/* The form in which a database stores a decimal: normalised, 64-bit coefficient, scale
 * 0..DECIMAL_STORED_SCALE_MAX, so that equal values are equal rows. ERROR_ITEM "number_too_large"
 * when it does not fit. */
MUST_CHECK bool decimal_to_stored(struct decimal value, int64_t *ret_coefficient,
                                  int32_t *ret_scale, struct error *err);

/* ERROR_ITEM "bad_decimal" for a scale outside 0..DECIMAL_STORED_SCALE_MAX. */
MUST_CHECK bool decimal_from_stored(int64_t coefficient, int64_t scale, struct decimal *ret_value,
                                    struct error *err);

#endif
