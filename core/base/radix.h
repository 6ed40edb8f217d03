/* Sorting many small items by a whole number: each pass deals them out by eleven bits of the key,
 * the lowest first. Items with equal keys keep their order. */
#ifndef BILLMILL_BASE_RADIX_H
#define BILLMILL_BASE_RADIX_H

#include "core/base/compiler.h"

struct radix_item {
    uint64_t key;
    uint32_t index; /* the caller's */
};

/* Only the lowest `bits` (1 … 64) of any key may be set. `spare` has room for `count` items too. */
void radix_sort(struct radix_item *items, struct radix_item *spare, size_t count, uint32_t bits);

/* How many bits the value needs: 0 for 0. */
uint32_t radix_bits(uint64_t value);

#endif
