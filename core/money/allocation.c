/* Largest remainder: see allocation.h. The magnitude of the total is split and the sign put back at
 * the end, so that a negative total mirrors the positive one by construction. Shares are cut
 * downward, so every remainder is in 0..1 and fewer units are left than there are parts. */
#include "core/money/allocation.h"

#include <stdlib.h>

#include "core/money/wide.h"

struct share {
    int128_t part;
    uint128_t remainder; /* of the sum of the weights */
    size_t index;
};

static bool weights_too_large(struct error *err)
{
    return error_item(err, "number_too_large",
                      "the weights of an allocation need more than 128 bits");
}

/* Larger remainders first, then the earlier part. */
static int compare_remainders(const void *a, const void *b)
{
    const struct share *left = a;
    const struct share *right = b;
    if (left->remainder != right->remainder)
        return left->remainder > right->remainder ? -1 : 1;
    return left->index < right->index ? -1 : 1;
}

/* The share of one weight of `total` out of `sum`, cut downward. */
static bool cut_share(uint128_t total, int128_t weight, uint128_t sum, struct share *ret_share)
{
    uint128_t remainder = 0;
    struct wide quotient = wide_divide(wide_multiply(total, magnitude_of(weight)), sum, &remainder);
    if (quotient.high != 0 || quotient.low >= (uint128_t)1 << 64)
        return false;
    int128_t part = (int128_t)quotient.low;
    if (weight < 0) {
        part = remainder == 0 ? -part : -part - 1;
        remainder = remainder == 0 ? 0 : sum - remainder;
    }
    ret_share->part = part;
    ret_share->remainder = remainder;
    return true;
}

/* `weights` have a sum that is not 0; when it is negative all of them change their sign, which
 * leaves the shares as they are. */
static bool allocate(struct money total, const int128_t *weights, size_t count, int128_t sum,
                     struct arena *scratch, struct money *ret_parts, struct error *err)
{
    struct share *shares = ARENA_NEW_ARRAY(scratch, struct share, count);
    int128_t left = (int128_t)magnitude_of(total.minor);
    for (size_t i = 0; i < count; i++) {
        int128_t weight = sum < 0 ? -weights[i] : weights[i];
        if (!cut_share(magnitude_of(total.minor), weight, magnitude_of(sum), &shares[i]))
            return weights_too_large(err);
        shares[i].index = i;
        left -= shares[i].part;
    }
    qsort(shares, count, sizeof(*shares), compare_remainders);
    for (size_t i = 0; i < count; i++) {
        int128_t part = shares[i].part + ((int128_t)i < left ? 1 : 0);
        shares[i].part = total.minor < 0 ? -part : part;
        if (shares[i].part > INT64_MAX || shares[i].part < INT64_MIN)
            return weights_too_large(err);
    }
    for (size_t i = 0; i < count; i++)
        ret_parts[shares[i].index] = money_of_minor((int64_t)shares[i].part, total.currency);
    return true;
}

/* Weights that must not be negative and not all zero. */
static bool allocate_plain(struct money total, int128_t *weights, size_t count,
                           struct arena *scratch, struct money *ret_parts, struct error *err)
{
    int128_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (weights[i] < 0)
            return error_item(err, "bad_weights", "weight %zu of an allocation is negative", i + 1);
        if (__builtin_add_overflow(sum, weights[i], &sum))
            return weights_too_large(err);
    }
    if (sum == 0)
        return error_item(err, "bad_weights", "an allocation needs a weight above 0");
    return allocate(total, weights, count, sum, scratch, ret_parts, err);
}

bool money_allocate(struct money total, const int64_t *weights, size_t count, struct arena *scratch,
                    struct money *ret_parts, struct error *err)
{
    int128_t *wide_weights = ARENA_NEW_ARRAY(scratch, int128_t, count);
    for (size_t i = 0; i < count; i++)
        wide_weights[i] = weights[i];
    return allocate_plain(total, wide_weights, count, scratch, ret_parts, err);
}

/* The least common denominator. */
static bool common_denominator(const struct ratio *weights, size_t count, int128_t *ret_common)
{
    uint128_t common = 1;
    for (size_t i = 0; i < count; i++) {
        uint128_t next = weights[i].denominator == 0 ? 1 : (uint128_t)weights[i].denominator;
        struct wide product = wide_multiply(common, next / greatest_divisor(common, next));
        if (product.high != 0)
            return false;
        common = product.low;
    }
    return signed_from(common, false, ret_common);
}

bool money_allocate_by_ratios(struct money total, const struct ratio *weights, size_t count,
                              struct arena *scratch, struct money *ret_parts, struct error *err)
{
    int128_t *whole = ARENA_NEW_ARRAY(scratch, int128_t, count);
    int128_t common = 1;
    if (!common_denominator(weights, count, &common))
        return weights_too_large(err);
    for (size_t i = 0; i < count; i++) {
        int128_t own = weights[i].denominator == 0 ? 1 : weights[i].denominator;
        struct wide product =
            wide_multiply(magnitude_of(weights[i].numerator), (uint128_t)(common / own));
        if (product.high != 0 || !signed_from(product.low, weights[i].numerator < 0, &whole[i]))
            return weights_too_large(err);
    }
    return allocate_plain(total, whole, count, scratch, ret_parts, err);
}

bool money_allocate_by_amounts(struct money total, const struct money *amounts, size_t count,
                               struct arena *scratch, struct money *ret_parts, struct error *err)
{
    int128_t *weights = ARENA_NEW_ARRAY(scratch, int128_t, count);
    int128_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (!currency_equal(amounts[i].currency, amounts[0].currency))
            return error_item(err, "currency_mismatch", "%s and %s cannot be combined",
                              amounts[0].currency.code, amounts[i].currency.code);
        weights[i] = amounts[i].minor;
        sum += weights[i];
    }
    for (size_t i = 0; i < count && total.minor == 0; i++)
        ret_parts[i] = money_zero(total.currency);
    if (total.minor == 0)
        return true;
    if (sum == 0)
        return error_item(err, "bad_weights", "%s cannot be allocated over amounts that sum to 0",
                          money_text(total).text);
    return allocate(total, weights, count, sum, scratch, ret_parts, err);
}
