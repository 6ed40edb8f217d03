#include <string.h>

#include "core/base/radix.h"
#include "tests/support/suite.h"

#define COUNT 5000

static uint64_t scatter(uint64_t value)
{
    value = (value ^ value >> 31) * UINT64_C(0x9E3779B97F4A7C15);
    return value ^ value >> 29;
}

static const struct sort_case {
    uint32_t bits;
    size_t count;
} sort_cases[] = {
    {1,  COUNT},
    {11, COUNT},
    {12, COUNT},
    {40, COUNT},
    {64, COUNT},
    {64, 1    },
    {5,  0    },
};

/* In order, equal keys as they were, and each item once. */
START_TEST(sorts)
{
    static struct radix_item items[COUNT], spare[COUNT];
    static bool seen[COUNT];
    const struct sort_case *c = &sort_cases[_i];
    memset(seen, 0, sizeof(seen));
    for (uint32_t i = 0; i < c->count; i++)
        items[i] = (struct radix_item){scatter(i) >> (64 - c->bits), i};
    radix_sort(items, spare, c->count, c->bits);
    for (size_t i = 0; i < c->count; i++) {
        ck_assert(!seen[items[i].index]);
        seen[items[i].index] = true;
        ck_assert(items[i].key == scatter(items[i].index) >> (64 - c->bits));
        if (i > 0)
            ck_assert_msg(items[i - 1].key < items[i].key || (items[i - 1].key == items[i].key &&
                                                              items[i - 1].index < items[i].index),
                          "%u bits, item %zu", c->bits, i);
    }
}
END_TEST

START_TEST(counts_bits)
{
    ck_assert_uint_eq(radix_bits(0), 0);
    ck_assert_uint_eq(radix_bits(1), 1);
    ck_assert_uint_eq(radix_bits(255), 8);
    ck_assert_uint_eq(radix_bits(256), 9);
    ck_assert_uint_eq(radix_bits(UINT64_MAX), 64);
}
END_TEST

TEST_SUITE(radix)
{
    TEST_TABLE(sorts, sort_cases);
    TEST_ONE(counts_bits);
}
