#include "core/stores/import_names.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 4096u    /* powers of two; at most three of four are used */
#define SLOTS_MAX (1u << 19) /* 8 MiB … */
#define TEXT_MAX (12u << 20) /* … and what the names need */
#define TEXT_FIRST (64u << 10)

/* `text` is where the name stands, from 1: its tenant, its kind, then itself. 0: free. */
struct slot {
    uint32_t hash, text;
    int64_t id;
};

#define HEAD_SIZE (sizeof(int64_t) + 1)

struct import_names {
    struct slot *slots;
    size_t slot_count, used;
    char *text;
    size_t text_size, text_capacity;
};

static const char what[] = "import names";

struct import_names *import_names_create(void)
{
    struct import_names *names = memory_alloc(sizeof(*names), what);
    *names = (struct import_names){.slot_count = SLOTS_FIRST, .text_capacity = TEXT_FIRST};
    names->slots = memory_alloc(names->slot_count * sizeof(*names->slots), what);
    names->text = memory_alloc(names->text_capacity, what);
    import_names_forget(names);
    return names;
}

void import_names_destroy(struct import_names **names)
{
    if (*names == NULL)
        return;
    free((*names)->slots);
    free((*names)->text);
    free(*names);
    *names = NULL;
}

void import_names_forget(struct import_names *names)
{
    memset(names->slots, 0, names->slot_count * sizeof(*names->slots));
    names->used = names->text_size = 0;
}

bool import_names_is_full(const struct import_names *names)
{
    return (names->slot_count == SLOTS_MAX && names->used >= SLOTS_MAX / 4 * 3) ||
           names->text_size + HEAD_SIZE + 1024 > TEXT_MAX;
}

static uint32_t hash_of(enum record_kind kind, int64_t tenant_id, const char *name)
{
    uint64_t hash = ((uint64_t)tenant_id * 64 + (uint64_t)kind) * UINT64_C(0x9E3779B97F4A7C15);
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return (uint32_t)(hash >> 32 ^ hash);
}

static bool is_it(const struct import_names *names, const struct slot *slot, enum record_kind kind,
                  int64_t tenant_id, const char *name)
{
    const char *text = names->text + slot->text - 1;
    return memcmp(text, &tenant_id, sizeof(tenant_id)) == 0 &&
           text[sizeof(tenant_id)] == (char)kind && strcmp(text + HEAD_SIZE, name) == 0;
}

/* The slot of the name, or the free one where it belongs. */
static struct slot *find(const struct import_names *names, uint32_t hash, enum record_kind kind,
                         int64_t tenant_id, const char *name)
{
    size_t at = hash & (names->slot_count - 1);
    while (names->slots[at].text != 0 && (names->slots[at].hash != hash ||
                                          !is_it(names, &names->slots[at], kind, tenant_id, name)))
        at = (at + 1) & (names->slot_count - 1);
    return &names->slots[at];
}

bool import_names_find(const struct import_names *names, enum record_kind kind, int64_t tenant_id,
                       const char *name, int64_t *ret_id)
{
    const struct slot *slot = find(names, hash_of(kind, tenant_id, name), kind, tenant_id, name);
    if (slot->text == 0)
        return false;
    *ret_id = slot->id;
    return true;
}

static void grow_slots(struct import_names *names)
{
    size_t count = 2 * names->slot_count;
    struct slot *slots = memory_alloc(count * sizeof(*slots), what);
    memset(slots, 0, count * sizeof(*slots));
    for (size_t i = 0; i < names->slot_count; i++) {
        size_t at = names->slots[i].hash & (count - 1);
        while (names->slots[i].text != 0 && slots[at].text != 0)
            at = (at + 1) & (count - 1);
        if (names->slots[i].text != 0)
            slots[at] = names->slots[i];
    }
    free(names->slots);
    names->slots = slots;
    names->slot_count = count;
}

static uint32_t add_text(struct import_names *names, enum record_kind kind, int64_t tenant_id,
                         const char *name)
{
    size_t length = strlen(name) + 1;
    while (names->text_size + HEAD_SIZE + length > names->text_capacity) {
        names->text_capacity *= 2;
        names->text = memory_resize(names->text, names->text_capacity, what);
    }
    char *text = names->text + names->text_size;
    memcpy(text, &tenant_id, sizeof(tenant_id));
    text[sizeof(tenant_id)] = (char)kind;
    memcpy(text + HEAD_SIZE, name, length);
    names->text_size += HEAD_SIZE + length;
    return (uint32_t)(text - names->text) + 1;
}

void import_names_add(struct import_names *names, enum record_kind kind, int64_t tenant_id,
                      const char *name, int64_t id)
{
    uint32_t hash = hash_of(kind, tenant_id, name);
    if (import_names_is_full(names) || strlen(name) > 1000)
        return;
    if (names->used >= names->slot_count / 4 * 3)
        grow_slots(names);
    struct slot *slot = find(names, hash, kind, tenant_id, name);
    if (slot->text != 0)
        return;
    *slot = (struct slot){hash, add_text(names, kind, tenant_id, name), id};
    names->used++;
}
