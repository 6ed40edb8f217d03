/* Arenas as a chain of blocks, each twice the last up to 1 MiB; a larger request gets a block of
 * its own. See arena.h. */
#include "core/base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"

#define ARENA_ALIGN 16u
#define ARENA_BLOCK_MIN 4096u
#define ARENA_BLOCK_MAX (1024u * 1024u)

struct block {
    struct block *next;
    size_t size; /* usable bytes behind this header */
    size_t used;
    size_t padding; /* keeps the bytes behind the header aligned to 16 */
};

struct arena {
    const char *name;
    size_t cap_bytes;
    size_t used_bytes;
    struct block *first;
    struct block *current;
};

_Static_assert(sizeof(struct block) % ARENA_ALIGN == 0, "what follows a block header is aligned");

NORETURN static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "billmill: %s: %s\n", what, why);
    _Exit(EXIT_INTERNAL);
}

void *memory_alloc(size_t size, const char *what)
{
    void *memory = malloc(size == 0 ? 1 : size);
    if (memory == NULL)
        die(what, "out of memory; nothing half-done is kept, `billmill resume` continues");
    return memory;
}

void *memory_resize(void *old, size_t size, const char *what)
{
    void *memory = realloc(old, size == 0 ? 1 : size);
    if (memory == NULL)
        die(what, "out of memory; nothing half-done is kept, `billmill resume` continues");
    return memory;
}

struct arena *arena_create(const char *name, size_t cap_bytes)
{
    struct arena *arena = memory_alloc(sizeof *arena, name);
    *arena = (struct arena){.name = name, .cap_bytes = cap_bytes};
    return arena;
}

void arena_destroy(struct arena **arena)
{
    if (*arena == NULL)
        return;
    for (struct block *block = (*arena)->first, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(*arena);
    *arena = NULL;
}

void arena_reset(struct arena *arena)
{
    arena->current = arena->first;
    arena->used_bytes = 0;
    if (arena->first != NULL)
        arena->first->used = 0;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used_bytes;
}

size_t arena_cap(const struct arena *arena)
{
    return arena->cap_bytes;
}

static size_t next_block_size(const struct arena *arena, size_t size)
{
    size_t wanted = arena->current == NULL ? ARENA_BLOCK_MIN : arena->current->size * 2;
    if (wanted > ARENA_BLOCK_MAX)
        wanted = ARENA_BLOCK_MAX;
    return size > wanted ? size : wanted;
}

/* A block with room for `size`: one kept from before a reset, else a new one behind the current. */
static void take_block(struct arena *arena, size_t size)
{
    struct block *next = arena->current == NULL ? NULL : arena->current->next;
    if (next != NULL && next->size >= size) {
        next->used = 0;
        arena->current = next;
        return;
    }
    size_t block_size = next_block_size(arena, size);
    struct block *block = memory_alloc(sizeof *block + block_size, arena->name);
    *block = (struct block){.next = next, .size = block_size};
    if (arena->current == NULL)
        arena->first = block;
    else
        arena->current->next = block;
    arena->current = block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - ARENA_ALIGN || size > arena->cap_bytes)
        die(arena->name, "one allocation is larger than the arena's limit");
    size = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (arena->used_bytes + size > arena->cap_bytes)
        die(arena->name,
            "memory limit reached; lower the job's chunk_size, then `billmill resume`");
    if (arena->current == NULL || arena->current->size - arena->current->used < size)
        take_block(arena, size);
    char *memory = (char *)(arena->current + 1) + arena->current->used;
    arena->current->used += size;
    arena->used_bytes += size;
    return memset(memory, 0, size);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        die(arena->name, "an array is larger than memory");
    return arena_alloc(arena, bytes);
}

char *arena_copy_n(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    if (length > 0)
        memcpy(copy, text, length);
    return copy;
}

char *arena_copy(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_copy_n(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        die(arena->name, "a text cannot be printed");
    char *text = arena_alloc(arena, (size_t)length + 1);
    (void)vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
