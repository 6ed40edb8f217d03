/* The one growing step of arrays: see array.h. */
#include "core/base/array.h"

#include <stdlib.h>
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

size_t array_first_of(const void *items, size_t count, size_t item_size, size_t id_offset,
                      int64_t id)
{
    const char *bytes = items;
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int64_t found;
        memcpy(&found, bytes + middle * item_size + id_offset, sizeof found);
        if (found < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t array_lower_bound(const void *items, size_t count, size_t item_size, const void *key,
                         int (*compare)(const void *item, const void *key))
{
    const char *bytes = items;
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(bytes + middle * item_size, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t array_sort_once(void *items, size_t count, size_t item_size,
                       int (*compare)(const void *a, const void *b))
{
    char *bytes = items;
    size_t kept = 0;
    if (count > 1)
        qsort(items, count, item_size, compare);
    for (size_t i = 0; i < count; i++) {
        char *item = bytes + i * item_size;
        if (kept > 0 && compare(item, bytes + (kept - 1) * item_size) == 0)
            continue;
        if (i != kept)
            memcpy(bytes + kept * item_size, item, item_size);
        kept++;
    }
    return kept;
}
