/* 256-bit products for core/money: a product of two 128-bit numbers is formed whole, divided, and
 * only then checked, so no intermediate value can overflow. Inside core/money only. */
#ifndef BILLMILL_MONEY_WIDE_H
#define BILLMILL_MONEY_WIDE_H

#include "core/money/rounding.h"

#define POWER_OF_TEN_MAX 38

struct wide {
    uint128_t high;
    uint128_t low;
};

uint128_t power_of_ten(int32_t exponent); /* 0..POWER_OF_TEN_MAX */
uint128_t magnitude_of(int128_t value);   /* also of the smallest value */
uint128_t greatest_divisor(uint128_t a, uint128_t b);

/* The signed number with this magnitude; false when it needs more than 128 bits. */
MUST_CHECK bool signed_from(uint128_t magnitude, bool negative, int128_t *ret_value);

struct wide wide_multiply(uint128_t a, uint128_t b);
int32_t wide_compare(struct wide a, struct wide b);
struct wide wide_add(struct wide a, struct wide b);      /* the caller knows that it fits */
struct wide wide_subtract(struct wide a, struct wide b); /* a >= b */
struct wide wide_divide(struct wide value, uint128_t divisor, uint128_t *ret_remainder);

/* The signed quotient of magnitudes with the rounding named; false when it needs more than 128
 * bits. */
MUST_CHECK bool wide_divide_rounded(struct wide value, uint128_t divisor, bool negative,
                                    enum rounding rounding, int128_t *ret_quotient);

#endif
