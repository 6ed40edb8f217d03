/* 256-bit products: see wide.h. Everything is unsigned magnitude; signs are put back at the end. No
 * overflow builtin multiplies 128-bit numbers here, because clang's needs a library that Debian's
 * clang does not link. */
#include "core/money/wide.h"

uint128_t power_of_ten(int32_t exponent)
{
    assert(exponent >= 0);
    assert(exponent <= POWER_OF_TEN_MAX);
    uint128_t power = 1;
    for (int32_t i = 0; i < exponent; i++)
        power *= 10;
    return power;
}

uint128_t magnitude_of(int128_t value)
{
    return value < 0 ? -(uint128_t)value : (uint128_t)value;
}

uint128_t greatest_divisor(uint128_t a, uint128_t b)
{
    while (b != 0) {
        uint128_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

bool signed_from(uint128_t magnitude, bool negative, int128_t *ret_value)
{
    const uint128_t limit = (uint128_t)1 << 127;
    if (magnitude > limit || (magnitude == limit && !negative))
        return false;
    *ret_value = negative ? (int128_t)(-magnitude) : (int128_t)magnitude;
    return true;
}

struct wide wide_multiply(uint128_t a, uint128_t b)
{
    const uint128_t mask = UINT64_MAX;
    uint128_t low = (a & mask) * (b & mask);
    uint128_t cross = (a >> 64) * (b & mask) + (low >> 64);
    uint128_t other = (a & mask) * (b >> 64) + (cross & mask);
    return (struct wide){
        .high = (a >> 64) * (b >> 64) + (cross >> 64) + (other >> 64),
        .low = (other << 64) | (low & mask),
    };
}

int32_t wide_compare(struct wide a, struct wide b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    if (a.low != b.low)
        return a.low < b.low ? -1 : 1;
    return 0;
}

struct wide wide_add(struct wide a, struct wide b)
{
    uint128_t low = a.low + b.low;
    return (struct wide){.high = a.high + b.high + (low < a.low ? 1 : 0), .low = low};
}

struct wide wide_subtract(struct wide a, struct wide b)
{
    assert(wide_compare(a, b) >= 0);
    return (struct wide){.high = a.high - b.high - (a.low < b.low ? 1 : 0), .low = a.low - b.low};
}

/* (rest, low) / divisor by 64-bit digits; rest < divisor < 2^64. */
static uint128_t divide_by_digits(uint128_t rest, uint128_t low, uint128_t divisor,
                                  uint128_t *ret_remainder)
{
    uint128_t upper = (rest << 64) | (low >> 64);
    uint128_t lower = ((upper % divisor) << 64) | (low & UINT64_MAX);
    *ret_remainder = lower % divisor;
    return ((upper / divisor) << 64) | (lower / divisor);
}

/* (rest, low) / divisor bit by bit; rest < divisor. */
static uint128_t divide_by_bits(uint128_t rest, uint128_t low, uint128_t divisor,
                                uint128_t *ret_remainder)
{
    uint128_t quotient = 0;
    for (int32_t bit = 127; bit >= 0; bit--) {
        bool carry = (rest >> 127) != 0;
        rest = (rest << 1) | ((low >> bit) & 1);
        quotient <<= 1;
        if (carry || rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
    }
    *ret_remainder = rest;
    return quotient;
}

struct wide wide_divide(struct wide value, uint128_t divisor, uint128_t *ret_remainder)
{
    assert(divisor != 0);
    uint128_t rest = value.high % divisor;
    struct wide quotient = {.high = value.high / divisor};
    if (rest == 0) {
        quotient.low = value.low / divisor;
        *ret_remainder = value.low % divisor;
    } else if (divisor <= UINT64_MAX) {
        quotient.low = divide_by_digits(rest, value.low, divisor, ret_remainder);
    } else {
        quotient.low = divide_by_bits(rest, value.low, divisor, ret_remainder);
    }
    return quotient;
}

/* Whether the magnitude of a quotient grows by one. `remainder` is below `divisor`, so the
 * comparison with the half is made by a subtraction that cannot overflow. */
static bool rounds_away(uint128_t quotient, uint128_t remainder, uint128_t divisor,
                        enum rounding rounding)
{
    switch (rounding) {
    case ROUND_HALF_UP:
        return remainder >= divisor - remainder;
    case ROUND_HALF_EVEN:
        return remainder > divisor - remainder ||
               (remainder == divisor - remainder && (quotient & 1) != 0);
    case ROUND_UP:
        return remainder != 0;
    case ROUND_DOWN:
        return false;
    }
    return false;
}

bool wide_divide_rounded(struct wide value, uint128_t divisor, bool negative,
                         enum rounding rounding, int128_t *ret_quotient)
{
    uint128_t remainder = 0;
    struct wide quotient = wide_divide(value, divisor, &remainder);
    if (quotient.high != 0 || quotient.low > (uint128_t)1 << 127)
        return false;
    if (rounds_away(quotient.low, remainder, divisor, rounding))
        quotient.low++;
    return signed_from(quotient.low, negative, ret_quotient);
}
