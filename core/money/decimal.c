/* Exact decimals: see decimal.h. Operands of an addition are aligned to the larger scale; when that
 * does not fit they are normalised first, so that 1e38 + 1.000 is no error. */
#include "core/money/decimal.h"

#include <string.h>

#include "core/money/wide.h"

#define DECIMAL_DIGITS_MAX 38
#define DECIMAL_EXPECTED "digits with an optional minus and decimal point, as 29.99"

static bool too_large(const char *what, struct error *err)
{
    return error_item(err, "number_too_large", "%s needs more digits than a decimal has", what);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool bad_decimal(const char *text, const char *expected, struct error *err)
{
    return error_item(err, "bad_decimal", "'%.60s' is not a decimal: expected %s", text, expected);
}

/* Adds one digit; false when it is one too many. Leading zeros do not count. */
static bool take_digit(char c, int32_t *digits, uint128_t *magnitude)
{
    if (*digits == 0 && c == '0')
        return true;
    if (*digits == DECIMAL_DIGITS_MAX)
        return false;
    *magnitude = *magnitude * 10 + (unsigned)(c - '0');
    (*digits)++;
    return true;
}

bool decimal_parse(const char *text, struct decimal *ret_value, struct error *err)
{
    bool negative = text[0] == '-';
    const char *at = negative ? text + 1 : text;
    uint128_t magnitude = 0;
    int32_t digits = 0;
    int32_t scale = 0;
    bool point = false;
    if (!is_digit(*at))
        return bad_decimal(text, DECIMAL_EXPECTED, err);
    for (; *at != '\0'; at++) {
        if (*at == '.' && !point && is_digit(at[1])) {
            point = true;
            continue;
        }
        if (!is_digit(*at))
            return bad_decimal(text, DECIMAL_EXPECTED, err);
        if (point && ++scale > DECIMAL_SCALE_MAX)
            return bad_decimal(text, "at most 30 digits after the point", err);
        if (!take_digit(*at, &digits, &magnitude))
            return bad_decimal(text, "at most 38 digits", err);
    }
    int128_t coefficient = negative ? -(int128_t)magnitude : (int128_t)magnitude;
    *ret_value = (struct decimal){coefficient, scale};
    return true;
}

struct decimal decimal_normalize(struct decimal value)
{
    if (value.coefficient == 0)
        return (struct decimal){0};
    if (value.coefficient >= INT64_MIN &&
        value.coefficient <= INT64_MAX) { /* mostly, and quicker */
        int64_t coefficient = (int64_t)value.coefficient;
        for (; value.scale > 0 && coefficient % 10 == 0; value.scale--)
            coefficient /= 10;
        return (struct decimal){coefficient, value.scale};
    }
    while (value.scale > 0 && value.coefficient % 10 == 0) {
        value.coefficient /= 10;
        value.scale--;
    }
    return value;
}

struct decimal_text decimal_text(struct decimal value)
{
    struct decimal shown = decimal_normalize(value);
    uint128_t magnitude = magnitude_of(shown.coefficient);
    struct decimal_text out;
    char *at = &out.text[DECIMAL_TEXT_SIZE - 1];
    *at = '\0';
    for (int32_t written = 0; magnitude != 0 || written <= shown.scale; written++) {
        if (written == shown.scale && written > 0)
            *--at = '.';
        uint64_t low = (uint64_t)magnitude; /* mostly all of it, and quicker to divide */
        *--at = (char)('0' + (int)(low == magnitude ? low % 10 : (uint64_t)(magnitude % 10)));
        magnitude = low == magnitude ? low / 10 : magnitude / 10;
    }
    if (shown.coefficient < 0)
        *--at = '-';
    memmove(out.text, at, (size_t)(&out.text[DECIMAL_TEXT_SIZE] - at));
    return out;
}

struct decimal decimal_from_i64(int64_t value)
{
    return (struct decimal){value, 0};
}

bool decimal_to_i64(struct decimal value, int64_t *ret_value, struct error *err)
{
    struct decimal whole = decimal_normalize(value);
    if (whole.scale != 0 || whole.coefficient > INT64_MAX || whole.coefficient < INT64_MIN)
        return error_item(err, "not_whole", "%s is not a whole number of at most 18 digits",
                          decimal_text(value).text);
    *ret_value = (int64_t)whole.coefficient;
    return true;
}

/* The coefficient at a larger scale. */
static bool rescale(struct decimal value, int32_t scale, int128_t *ret_coefficient)
{
    struct wide product =
        wide_multiply(magnitude_of(value.coefficient), power_of_ten(scale - value.scale));
    return product.high == 0 && signed_from(product.low, value.coefficient < 0, ret_coefficient);
}

static bool add_aligned(struct decimal a, struct decimal b, struct decimal *ret_sum)
{
    int32_t scale = a.scale > b.scale ? a.scale : b.scale;
    int128_t left = 0;
    int128_t right = 0;
    int128_t sum = 0;
    if (!rescale(a, scale, &left) || !rescale(b, scale, &right) ||
        __builtin_add_overflow(left, right, &sum))
        return false;
    *ret_sum = (struct decimal){sum, scale};
    return true;
}

bool decimal_add(struct decimal a, struct decimal b, struct decimal *ret_sum, struct error *err)
{
    if (add_aligned(a, b, ret_sum))
        return true;
    if (add_aligned(decimal_normalize(a), decimal_normalize(b), ret_sum))
        return true;
    return too_large("a sum", err);
}

bool decimal_negate(struct decimal value, struct decimal *ret_negated, struct error *err)
{
    int128_t negated = 0;
    if (!signed_from(magnitude_of(value.coefficient), value.coefficient > 0, &negated))
        return too_large("a negated number", err);
    *ret_negated = (struct decimal){negated, value.scale};
    return true;
}

bool decimal_subtract(struct decimal a, struct decimal b, struct decimal *ret_difference,
                      struct error *err)
{
    struct decimal negated = {0};
    return decimal_negate(b, &negated, err) && decimal_add(a, negated, ret_difference, err);
}

bool decimal_multiply(struct decimal a, struct decimal b, struct decimal *ret_product,
                      struct error *err)
{
    bool negative = (a.coefficient < 0) != (b.coefficient < 0);
    struct wide product = wide_multiply(magnitude_of(a.coefficient), magnitude_of(b.coefficient));
    int32_t scale = a.scale + b.scale;
    int128_t coefficient = 0;
    while (product.high != 0 || scale > DECIMAL_SCALE_MAX ||
           !signed_from(product.low, negative, &coefficient)) {
        uint128_t digit = 0;
        struct wide shorter = wide_divide(product, 10, &digit);
        if (scale == 0 || digit != 0)
            return too_large("a product", err);
        product = shorter;
        scale--;
    }
    *ret_product = (struct decimal){coefficient, scale};
    return true;
}

int32_t decimal_sign(struct decimal value)
{
    return value.coefficient > 0 ? 1 : value.coefficient < 0 ? -1 : 0;
}

int32_t decimal_compare(struct decimal a, struct decimal b)
{
    if (decimal_sign(a) != decimal_sign(b))
        return decimal_sign(a) < decimal_sign(b) ? -1 : 1;
    int32_t scale = a.scale > b.scale ? a.scale : b.scale;
    struct wide left = wide_multiply(magnitude_of(a.coefficient), power_of_ten(scale - a.scale));
    struct wide right = wide_multiply(magnitude_of(b.coefficient), power_of_ten(scale - b.scale));
    return decimal_sign(a) < 0 ? wide_compare(right, left) : wide_compare(left, right);
}

bool decimal_round(struct decimal value, int32_t digits, enum rounding rounding,
                   struct decimal *ret_rounded, struct error *err)
{
    assert(digits >= 0);
    assert(digits <= DECIMAL_SCALE_MAX);
    int128_t rounded = 0;
    if (value.scale <= digits) {
        *ret_rounded = value;
        return true;
    }
    struct wide magnitude = {.low = magnitude_of(value.coefficient)};
    if (!wide_divide_rounded(magnitude, power_of_ten(value.scale - digits), value.coefficient < 0,
                             rounding, &rounded))
        return too_large("a rounded number", err);
    *ret_rounded = (struct decimal){rounded, digits};
    return true;
}

bool decimal_to_stored(struct decimal value, int64_t *ret_coefficient, int32_t *ret_scale,
                       struct error *err)
{
    struct decimal stored = decimal_normalize(value);
    if (stored.scale > DECIMAL_STORED_SCALE_MAX || stored.coefficient > INT64_MAX ||
        stored.coefficient < INT64_MIN)
        return error_item(err, "number_too_large",
                          "%s cannot be stored: at most 18 digits, all told",
                          decimal_text(value).text);
    *ret_coefficient = (int64_t)stored.coefficient;
    *ret_scale = stored.scale;
    return true;
}

bool decimal_from_stored(int64_t coefficient, int64_t scale, struct decimal *ret_value,
                         struct error *err)
{
    if (scale < 0 || scale > DECIMAL_STORED_SCALE_MAX)
        return error_item(err, "bad_decimal", "a stored decimal has the scale %lld, not 0 to %d",
                          (long long)scale, DECIMAL_STORED_SCALE_MAX);
    *ret_value = (struct decimal){coefficient, (int32_t)scale};
    return true;
}
