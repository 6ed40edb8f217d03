/* The one growing step of arrays: see array.h. */
#include "core/base/array.h"

#include <string.h>

#define ARRAY_CAPACITY_FIRST 16u

void *array_grow(struct arena *arena, const void *items, size_t count, size_t *capacity,
                 size_t item_size)
{
    *capacity = *capacity == 0 ? ARRAY_CAPACITY_FIRST : *capacity * 2;
    void *grown = arena_alloc_array(arena, *capacity, item_size);
    if (count > 0)
        memcpy(grown, items, count * item_size);
    return grown;
}
