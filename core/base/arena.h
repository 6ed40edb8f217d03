/* Memory that is freed all at once: one arena per chunk, per file being read, per command.
 *
 * 1. An allocation never returns NULL. No memory, or more than the arena's cap, ends the process
 * with exit 70 and one line on stderr that names the arena: every effect of billmill is
 * transactional, so ending at any instant is safe and `resume` continues. That is why the functions
 * below need no error argument.
 * 2. The engine closes a chunk when its arena is half full (arena_used), so the cap is a last
 * guard, not a working limit.
 * 3. Memory is zeroed and aligned to 16 bytes. arena_reset keeps the blocks for the next chunk. */
#ifndef BILLMILL_BASE_ARENA_H
#define BILLMILL_BASE_ARENA_H

#include "core/base/compiler.h"

struct arena;

/* `name` appears in the message of invariant 1 and must outlive the arena. The caller owns the
 * result: arena_destroy. */
struct arena *arena_create(const char *name, size_t cap_bytes);
void arena_destroy(struct arena **arena); /* accepts NULL inside; fits CLEANUP */
void arena_reset(struct arena *arena);
size_t arena_used(const struct arena *arena);
size_t arena_cap(const struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_array(struct arena *arena, size_t count,
                        size_t size);                    /* count * size, overflow-checked */
char *arena_copy(struct arena *arena, const char *text); /* NULL stays NULL */
char *arena_copy_n(struct arena *arena, const char *text, size_t length); /* adds the ending NUL */
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_NEW_ARRAY(arena, type, count)                                                        \
    ((type *)arena_alloc_array((arena), (count), sizeof(type)))

/* malloc and realloc under the same rule: never NULL; exit 70 names `what`. */
void *memory_alloc(size_t size, const char *what);
void *memory_resize(void *old, size_t size, const char *what);

#endif
