/* Amounts: see money.h. Every product goes through multiply_fraction: formed whole in 256 bits,
 * rounded once, then checked against 64 bits. */
#include "core/money/money.h"

#include <string.h>

#include "core/base/text.h"
#include "core/money/wide.h"

static bool too_large(struct error *err)
{
    return error_item(err, "amount_too_large", "an amount of money is outside 64-bit minor units");
}

static bool same_currency(struct money a, struct money b, struct error *err)
{
    if (currency_equal(a.currency, b.currency))
        return true;
    return error_item(err, "currency_mismatch", "%s and %s cannot be combined",
                      a.currency.code[0] == '\0' ? "no currency" : a.currency.code,
                      b.currency.code[0] == '\0' ? "no currency" : b.currency.code);
}

static bool set_minor(int128_t minor, struct currency currency, struct money *ret_money,
                      struct error *err)
{
    if (minor > INT64_MAX || minor < INT64_MIN)
        return too_large(err);
    *ret_money = (struct money){(int64_t)minor, currency};
    return true;
}

/* value · numerator / denominator, in minor units. */
static bool multiply_fraction(int128_t value, int128_t numerator, uint128_t denominator,
                              struct currency currency, enum rounding rounding,
                              struct money *ret_money, struct error *err)
{
    struct wide product = wide_multiply(magnitude_of(value), magnitude_of(numerator));
    bool negative = (value < 0) != (numerator < 0);
    int128_t minor = 0;
    if (!wide_divide_rounded(product, denominator, negative, rounding, &minor))
        return too_large(err);
    return set_minor(minor, currency, ret_money, err);
}

struct money money_zero(struct currency currency)
{
    return (struct money){0, currency};
}

int64_t money_minor(struct money money)
{
    return money.minor;
}

struct money money_of_minor(int64_t minor, struct currency currency)
{
    return (struct money){minor, currency};
}

bool money_parse(const char *text, struct currency currency, struct money *ret_money,
                 struct error *err)
{
    struct decimal value = {0};
    int32_t digits = currency_digits(currency);
    if (!decimal_parse(text, &value, err))
        return false;
    if (value.scale > digits)
        return error_item(err, "bad_amount", "'%.60s' has %d digits after the point, %s has %d",
                          text, value.scale, currency.code, digits);
    return money_from_decimal(value, currency, ROUND_DOWN, ret_money, err);
}

struct money_text money_text(struct money money)
{
    struct money_text out;
    int32_t digits = currency_digits(money.currency);
    uint64_t unit = (uint64_t)power_of_ten(digits);
    uint64_t magnitude = (uint64_t)magnitude_of(money.minor);
    char *at = &out.text[MONEY_TEXT_SIZE - 1];
    *at = '\0';
    if (digits > 0) {
        at = text_digits_before(at, magnitude % unit, digits);
        *--at = '.';
    }
    at = text_digits_before(at, magnitude / unit, 1);
    if (money.minor < 0)
        *--at = '-';
    memmove(out.text, at, (size_t)(&out.text[MONEY_TEXT_SIZE] - at));
    return out;
}

bool money_add(struct money a, struct money b, struct money *ret_sum, struct error *err)
{
    return same_currency(a, b, err) &&
           set_minor((int128_t)a.minor + b.minor, a.currency, ret_sum, err);
}

bool money_subtract(struct money a, struct money b, struct money *ret_difference, struct error *err)
{
    return same_currency(a, b, err) &&
           set_minor((int128_t)a.minor - b.minor, a.currency, ret_difference, err);
}

bool money_negate(struct money money, struct money *ret_negated, struct error *err)
{
    return set_minor(-(int128_t)money.minor, money.currency, ret_negated, err);
}

bool money_compare(struct money a, struct money b, int32_t *ret_order, struct error *err)
{
    if (!same_currency(a, b, err))
        return false;
    *ret_order = a.minor < b.minor ? -1 : a.minor > b.minor ? 1 : 0;
    return true;
}

bool money_equal(struct money a, struct money b)
{
    return a.minor == b.minor && currency_equal(a.currency, b.currency);
}

int32_t money_sign(struct money money)
{
    return money.minor > 0 ? 1 : money.minor < 0 ? -1 : 0;
}

struct decimal money_to_decimal(struct money money)
{
    return (struct decimal){money.minor, currency_digits(money.currency)};
}

struct ratio money_to_ratio(struct money money)
{
    return ratio_from_decimal(money_to_decimal(money));
}

bool money_from_decimal(struct decimal value, struct currency currency, enum rounding rounding,
                        struct money *ret_money, struct error *err)
{
    return multiply_fraction(value.coefficient, (int128_t)power_of_ten(currency_digits(currency)),
                             power_of_ten(value.scale), currency, rounding, ret_money, err);
}

bool money_from_ratio(struct ratio value, struct currency currency, enum rounding rounding,
                      struct money *ret_money, struct error *err)
{
    uint128_t denominator = value.denominator == 0 ? 1 : (uint128_t)value.denominator;
    return multiply_fraction(value.numerator, (int128_t)power_of_ten(currency_digits(currency)),
                             denominator, currency, rounding, ret_money, err);
}

bool money_multiply(struct money money, struct decimal factor, enum rounding rounding,
                    struct money *ret_product, struct error *err)
{
    return multiply_fraction(money.minor, factor.coefficient, power_of_ten(factor.scale),
                             money.currency, rounding, ret_product, err);
}

bool money_multiply_ratio(struct money money, struct ratio factor, enum rounding rounding,
                          struct money *ret_product, struct error *err)
{
    uint128_t denominator = factor.denominator == 0 ? 1 : (uint128_t)factor.denominator;
    return multiply_fraction(money.minor, factor.numerator, denominator, money.currency, rounding,
                             ret_product, err);
}

bool money_prorate(struct money money, int64_t numerator, int64_t denominator,
                   enum rounding rounding, struct money *ret_part, struct error *err)
{
    if (numerator < 0 || denominator < 1)
        return error_item(err, "bad_fraction", "%lld/%lld is not a part of a period",
                          (long long)numerator, (long long)denominator);
    return multiply_fraction(money.minor, numerator, (uint128_t)denominator, money.currency,
                             rounding, ret_part, err);
}
