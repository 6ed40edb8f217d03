#include "core/base/radix.h"

#include <string.h>

#define DIGIT_BITS 11u
#define DIGITS (1u << DIGIT_BITS)

/* Where the items of each digit begin; false when all have the same one. */
static bool find_starts(const struct radix_item *items, size_t count, uint32_t shift,
                        size_t starts[DIGITS])
{
    size_t start = 0;
    memset(starts, 0, DIGITS * sizeof(*starts));
    for (size_t i = 0; i < count; i++)
        starts[items[i].key >> shift & (DIGITS - 1)]++;
    for (size_t digit = 0; digit < DIGITS; digit++) {
        size_t of_digit = starts[digit];
        if (of_digit == count)
            return false;
        starts[digit] = start;
        start += of_digit;
    }
    return true;
}

void radix_sort(struct radix_item *items, struct radix_item *spare, size_t count, uint32_t bits)
{
    size_t starts[DIGITS];
    struct radix_item *from = items, *to = spare;
    assert(bits >= 1);
    assert(bits <= 64);
    for (uint32_t shift = 0; shift < bits; shift += DIGIT_BITS) {
        if (!find_starts(from, count, shift, starts))
            continue;
        for (size_t i = 0; i < count; i++)
            to[starts[from[i].key >> shift & (DIGITS - 1)]++] = from[i];
        struct radix_item *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != items && count > 0)
        memcpy(items, from, count * sizeof(*items));
}

uint32_t radix_bits(uint64_t value)
{
    return value == 0 ? 0 : 64 - (uint32_t)__builtin_clzll(value);
}
