/* Growing arrays of any type, in an arena. A struct with `items`, `count` and `capacity`:
 *
 *     struct line_array ARRAY_OF(struct line);      -- or:  struct { … } as a field
 *     ARRAY_ADD(arena, &lines) = (struct line){…};  -- a new zeroed last element, as an lvalue
 *
 * Old storage stays in the arena until its reset: sizes double, so at most twice the memory. Owns
 * nothing itself. */
#ifndef BILLMILL_BASE_ARRAY_H
#define BILLMILL_BASE_ARRAY_H

#include "core/base/arena.h"

#define ARRAY_OF(type)                                                                             \
    {                                                                                              \
        type *items;                                                                               \
        size_t count;                                                                              \
        size_t capacity;                                                                           \
    }

#define ARRAY_ADD(arena, array)                                                                    \
    (*((array)->count == (array)->capacity                                                         \
           ? ((array)->items = array_grow((arena), (array)->items, (array)->count,                 \
                                          &(array)->capacity, sizeof(*(array)->items)),            \
              &(array)->items[(array)->count++])                                                   \
           : &(array)->items[(array)->count++]))

/* Moves `count` elements into storage of twice the capacity (16 at first), the rest zeroed. */
void *array_grow(struct arena *arena, const void *items, size_t count, size_t *capacity,
                 size_t item_size);

/* Where items that ascend by a whole number of theirs, an int64_t at `id_offset`, reach `id`: the
 * first that is not below it, or `count`. */
size_t array_first_of(const void *items, size_t count, size_t item_size, size_t id_offset,
                      int64_t id);

/* The same for items that ascend by whatever `compare` asks of one of them and `key`: the first
 * that is not before the key, or `count`. */
size_t array_lower_bound(const void *items, size_t count, size_t item_size, const void *key,
                         int (*compare)(const void *item, const void *key));

/* Sorts, and keeps the first of those that compare as equal; returns how many are left. */
size_t array_sort_once(void *items, size_t count, size_t item_size,
                       int (*compare)(const void *a, const void *b));

#endif
