/* Numbers that are a pure function of (seed, stream, index): the same on every machine, in any
 * order, without state. A stream is one question ("which country?"), an index the thing asked
 * about. Built on the finalizer of splitmix64, which is a bijection: within a stream two indexes
 * never have the same number. */
#ifndef BILLMILL_TESTS_GENERATE_RANDOM_H
#define BILLMILL_TESTS_GENERATE_RANDOM_H

#include <assert.h>
#include <stdint.h>

static inline uint64_t random_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline uint64_t random_u64(uint64_t seed, uint64_t stream, uint64_t index)
{
    return random_mix(random_mix(random_mix(seed) ^ stream) + index);
}

/* 0 to limit - 1; the bias of the remainder does not matter for test data. */
static inline int64_t random_below(uint64_t seed, uint64_t stream, uint64_t index, int64_t limit)
{
    assert(limit > 0);
    return (int64_t)(random_u64(seed, stream, index) % (uint64_t)limit);
}

#endif
