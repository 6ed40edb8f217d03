/* Exact rationals: see ratio.h. Operands are reduced against each other before they are multiplied,
 * so a product overflows only when its reduced form does. */
#include "core/money/ratio.h"

#include <string.h>

#include "core/money/wide.h"

static bool too_large(struct error *err)
{
    return error_item(err, "number_too_large", "an exact fraction needs more than 128 bits");
}

static uint128_t denominator_of(struct ratio value)
{
    return value.denominator == 0 ? 1 : (uint128_t)value.denominator;
}

/* From magnitudes without a common divisor. */
static bool assemble(uint128_t numerator, uint128_t denominator, bool negative,
                     struct ratio *ret_ratio, struct error *err)
{
    struct ratio ratio = {0};
    if (!signed_from(numerator, negative, &ratio.numerator) ||
        !signed_from(denominator, false, &ratio.denominator))
        return too_large(err);
    *ret_ratio = ratio;
    return true;
}

bool ratio_make(int128_t numerator, int128_t denominator, struct ratio *ret_ratio,
                struct error *err)
{
    if (denominator == 0)
        return error_item(err, "division_by_zero", "a fraction has the denominator 0");
    uint128_t top = magnitude_of(numerator);
    uint128_t bottom = magnitude_of(denominator);
    uint128_t common = greatest_divisor(bottom, top);
    return assemble(top / common, bottom / common, (numerator < 0) != (denominator < 0), ret_ratio,
                    err);
}

struct ratio ratio_from_i64(int64_t value)
{
    return (struct ratio){value, 1};
}

struct ratio ratio_from_decimal(struct decimal value)
{
    uint128_t top = magnitude_of(value.coefficient);
    uint128_t bottom = power_of_ten(value.scale);
    uint128_t common = greatest_divisor(bottom, top);
    return (struct ratio){value.coefficient / (int128_t)common, (int128_t)(bottom / common)};
}

/* a/b + c/d = (a·(d/g) + c·(b/g)) / (b·(d/g)) with g = gcd(b, d); what the numerator still shares
 * with the denominator divides g. */
bool ratio_add(struct ratio a, struct ratio b, struct ratio *ret_sum, struct error *err)
{
    uint128_t common = greatest_divisor(denominator_of(a), denominator_of(b));
    struct wide left = wide_multiply(magnitude_of(a.numerator), denominator_of(b) / common);
    struct wide right = wide_multiply(magnitude_of(b.numerator), denominator_of(a) / common);
    bool negative = a.numerator < 0;
    struct wide sum = {0};
    uint128_t rest = 0;
    if ((a.numerator < 0) == (b.numerator < 0)) {
        sum = wide_add(left, right);
    } else if (wide_compare(left, right) >= 0) {
        sum = wide_subtract(left, right);
    } else {
        sum = wide_subtract(right, left);
        negative = !negative;
    }
    (void)wide_divide(sum, common, &rest);
    uint128_t shared = greatest_divisor(common, rest);
    struct wide top = wide_divide(sum, shared, &rest);
    struct wide bottom = wide_multiply(denominator_of(a) / common, denominator_of(b) / shared);
    if (top.high != 0 || bottom.high != 0)
        return too_large(err);
    return assemble(top.low, bottom.low, negative && top.low != 0, ret_sum, err);
}

bool ratio_negate(struct ratio value, struct ratio *ret_negated, struct error *err)
{
    return assemble(magnitude_of(value.numerator), denominator_of(value), value.numerator > 0,
                    ret_negated, err);
}

bool ratio_subtract(struct ratio a, struct ratio b, struct ratio *ret_difference, struct error *err)
{
    struct ratio negated = {0};
    return ratio_negate(b, &negated, err) && ratio_add(a, negated, ret_difference, err);
}

/* top_a/bottom_a · top_b/bottom_b, each reduced. */
static bool multiply_magnitudes(uint128_t top_a, uint128_t bottom_a, uint128_t top_b,
                                uint128_t bottom_b, bool negative, struct ratio *ret_product,
                                struct error *err)
{
    uint128_t first = greatest_divisor(bottom_b, top_a);
    uint128_t second = greatest_divisor(bottom_a, top_b);
    struct wide top = wide_multiply(top_a / first, top_b / second);
    struct wide bottom = wide_multiply(bottom_a / second, bottom_b / first);
    if (top.high != 0 || bottom.high != 0)
        return too_large(err);
    return assemble(top.low, bottom.low, negative && top.low != 0, ret_product, err);
}

bool ratio_multiply(struct ratio a, struct ratio b, struct ratio *ret_product, struct error *err)
{
    return multiply_magnitudes(magnitude_of(a.numerator), denominator_of(a),
                               magnitude_of(b.numerator), denominator_of(b),
                               (a.numerator < 0) != (b.numerator < 0), ret_product, err);
}

bool ratio_divide(struct ratio a, struct ratio b, struct ratio *ret_quotient, struct error *err)
{
    if (b.numerator == 0)
        return error_item(err, "division_by_zero", "a number is divided by 0");
    return multiply_magnitudes(magnitude_of(a.numerator), denominator_of(a), denominator_of(b),
                               magnitude_of(b.numerator), (a.numerator < 0) != (b.numerator < 0),
                               ret_quotient, err);
}

bool ratio_multiply_decimal(struct ratio a, struct decimal b, struct ratio *ret_product,
                            struct error *err)
{
    return ratio_multiply(a, ratio_from_decimal(b), ret_product, err);
}

int32_t ratio_sign(struct ratio value)
{
    return value.numerator > 0 ? 1 : value.numerator < 0 ? -1 : 0;
}

int32_t ratio_compare(struct ratio a, struct ratio b)
{
    if (ratio_sign(a) != ratio_sign(b))
        return ratio_sign(a) < ratio_sign(b) ? -1 : 1;
    struct wide left = wide_multiply(magnitude_of(a.numerator), denominator_of(b));
    struct wide right = wide_multiply(magnitude_of(b.numerator), denominator_of(a));
    return ratio_sign(a) < 0 ? wide_compare(right, left) : wide_compare(left, right);
}

bool ratio_round(struct ratio value, int32_t digits, enum rounding rounding,
                 struct decimal *ret_rounded, struct error *err)
{
    assert(digits >= 0);
    assert(digits <= DECIMAL_SCALE_MAX);
    int128_t rounded = 0;
    struct wide scaled = wide_multiply(magnitude_of(value.numerator), power_of_ten(digits));
    if (!wide_divide_rounded(scaled, denominator_of(value), value.numerator < 0, rounding,
                             &rounded))
        return too_large(err);
    *ret_rounded = decimal_normalize((struct decimal){rounded, digits});
    return true;
}

/* A reduced fraction has a finite expansion when its denominator has no prime but 2 and 5. */
static bool is_finite(uint128_t denominator)
{
    while (denominator % 10 == 0)
        denominator /= 10;
    while (denominator % 5 == 0)
        denominator /= 5;
    while (denominator % 2 == 0)
        denominator /= 2;
    return denominator == 1;
}

static char *write_whole(char *at, uint128_t value)
{
    char digits[40];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + (int)(value % 10));
        value /= 10;
    } while (value != 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

static char *write_fraction(char *at, uint128_t rest, uint128_t denominator)
{
    *at++ = '.';
    while (rest != 0) {
        struct wide digit = wide_divide(wide_multiply(rest, 10), denominator, &rest);
        *at++ = (char)('0' + (int)digit.low);
    }
    return at;
}

struct ratio_text ratio_text(struct ratio value)
{
    struct ratio_text out = {""};
    char *at = out.text;
    uint128_t top = magnitude_of(value.numerator);
    uint128_t bottom = denominator_of(value);
    if (value.numerator < 0)
        *at++ = '-';
    if (is_finite(bottom)) {
        at = write_whole(at, top / bottom);
        if (top % bottom != 0)
            at = write_fraction(at, top % bottom, bottom);
    } else {
        at = write_whole(at, top);
        *at++ = '/';
        at = write_whole(at, bottom);
    }
    *at = '\0';
    return out;
}
