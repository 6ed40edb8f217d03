#include "core/stores/import_shelf.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"

#define ARENA_CAP                                                                                  \
    (256u << 20)          /* a batch is a parcel of import_ahead.h, and what is there of it        \
                           */
#define SLOTS_FIRST 1024u /* powers of two; at most half of them are used */

/* Rows of one key of one table. */
struct entry {
    const struct bulk_table *table; /* NULL: free */
    uint64_t hash;
    const void *key; /* a row that has it */
    char *rows;
    size_t count, capacity;
    bool is_known;       /* false: expected, and not read yet */
    struct queue *queue; /* in which it waits at queued_at; NULL: does not wait */
    size_t queued_at;
};

/* Rows that wait for one table. */
struct queue {
    const struct bulk_table *table;
    char *rows;
    size_t *records; /* of each row: whose it is */
    size_t count, row_capacity, record_capacity;
};

struct queues ARRAY_OF(struct queue *);
struct records ARRAY_OF(size_t);

struct import_shelf {
    struct db *db;
    struct arena *arena;
    struct entry *slots;
    size_t slot_count, used;
    struct queues queues; /* in the order in which they were needed */
    struct records refused;
    size_t record;
};

struct import_shelf *import_shelf_create(struct db *db)
{
    struct import_shelf *shelf = memory_alloc(sizeof(*shelf), "import batch");
    *shelf = (struct import_shelf){.db = db, .arena = arena_create("import batch", ARENA_CAP)};
    return shelf;
}

void import_shelf_destroy(struct import_shelf **shelf)
{
    if (*shelf == NULL)
        return;
    arena_destroy(&(*shelf)->arena);
    free(*shelf);
    *shelf = NULL;
}

void import_shelf_clear(struct import_shelf *shelf)
{
    arena_reset(shelf->arena);
    *shelf = (struct import_shelf){.db = shelf->db, .arena = shelf->arena};
}

struct arena *import_shelf_arena(struct import_shelf *shelf)
{
    return shelf->arena;
}

/* ------------------------------------------------------------------ keys */

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_key(const struct bulk_table *table, const void *row)
{
    uint64_t hash = hash_bytes(UINT64_C(0xcbf29ce484222325), table->name, strlen(table->name));
    char scratch[ROW_SCRATCH_SIZE];
    for (size_t i = 0; i < table->key_count; i++) {
        struct db_value value = row_value(&table->fields[i], row, scratch);
        if (value.kind == DB_VALUE_I64)
            hash = hash_bytes(hash, &value.i64, sizeof(value.i64));
        else if (value.kind != DB_VALUE_NULL)
            hash = hash_bytes(hash, value.data, value.size);
        hash = (hash ^ value.kind) * UINT64_C(0x100000001b3);
    }
    return hash ^ (hash >> 32);
}

static bool has_key(const struct entry *entry, const void *row)
{
    char scratch[2][ROW_SCRATCH_SIZE];
    for (size_t i = 0; i < entry->table->key_count; i++) {
        const struct row_field *field = &entry->table->fields[i];
        struct db_value a = row_value(field, entry->key, scratch[0]);
        struct db_value b = row_value(field, row, scratch[1]);
        if (!db_value_equal(&a, &b))
            return false;
    }
    return true;
}

static void grow(struct import_shelf *shelf)
{
    size_t count = shelf->slot_count == 0 ? SLOTS_FIRST : 2 * shelf->slot_count;
    struct entry *slots = ARENA_NEW_ARRAY(shelf->arena, struct entry, count);
    for (size_t i = 0; i < shelf->slot_count; i++) {
        size_t at = shelf->slots[i].hash & (count - 1);
        while (shelf->slots[i].table != NULL && slots[at].table != NULL)
            at = (at + 1) & (count - 1);
        if (shelf->slots[i].table != NULL)
            slots[at] = shelf->slots[i];
    }
    shelf->slots = slots;
    shelf->slot_count = count;
}

static void *copy_row(struct import_shelf *shelf, const struct bulk_table *table, const void *row)
{
    void *copy = arena_alloc(shelf->arena, table->row_size);
    memcpy(copy, row, table->row_size);
    return copy;
}

/* Valid until the next one is added. *ret_is_new: nothing is known of it. */
static struct entry *entry_of(struct import_shelf *shelf, const struct bulk_table *table,
                              const void *row, bool *ret_is_new)
{
    if (2 * shelf->used >= shelf->slot_count)
        grow(shelf);
    uint64_t hash = hash_key(table, row);
    size_t at = hash & (shelf->slot_count - 1);
    while (shelf->slots[at].table != NULL &&
           (shelf->slots[at].hash != hash || shelf->slots[at].table != table ||
            !has_key(&shelf->slots[at], row)))
        at = (at + 1) & (shelf->slot_count - 1);
    struct entry *entry = &shelf->slots[at];
    *ret_is_new = entry->table == NULL;
    if (*ret_is_new) {
        *entry = (struct entry){.table = table, .hash = hash, .key = copy_row(shelf, table, row)};
        shelf->used++;
    }
    return entry;
}

/* ------------------------------------------------------------------ what is there */

static void add_row(struct import_shelf *shelf, struct entry *entry, const void *row)
{
    size_t size = entry->table->row_size;
    if (entry->count == entry->capacity &&
        entry->capacity == 0) { /* mostly it stays the only one */
        entry->rows = arena_alloc(shelf->arena, size);
        entry->capacity = 1;
    } else if (entry->count == entry->capacity) {
        entry->rows = array_grow(shelf->arena, entry->rows, entry->count, &entry->capacity, size);
    }
    memcpy(entry->rows + entry->count++ * size, row, size);
}

void import_shelf_expect(struct import_shelf *shelf, const struct bulk_table *table,
                         const void *row)
{
    bool is_new;
    (void)entry_of(shelf, table, row, &is_new);
}

/* Of those expected, from slot `from` on, the first one's table: all keys of it, and their slots.
 */
static size_t gather(struct import_shelf *shelf, size_t from, char *keys, size_t *slots)
{
    const struct bulk_table *table = shelf->slots[from].table;
    size_t count = 0;
    for (size_t i = from; i < shelf->slot_count; i++) {
        if (shelf->slots[i].table != table || shelf->slots[i].is_known)
            continue;
        memcpy(keys + count * table->row_size, shelf->slots[i].key, table->row_size);
        slots[count++] = i;
    }
    return count;
}

static bool read_table(struct import_shelf *shelf, size_t from, struct error *err)
{
    const struct bulk_table *table = shelf->slots[from].table;
    char *keys = arena_alloc_array(shelf->arena, shelf->used, table->row_size);
    size_t *slots = ARENA_NEW_ARRAY(shelf->arena, size_t, shelf->used);
    size_t count = gather(shelf, from, keys, slots);
    struct bulk_found found;
    if (!bulk_find(shelf->db, table, keys, count, shelf->arena, &found, err))
        return false;
    for (size_t i = 0; i < found.count; i++)
        add_row(shelf, &shelf->slots[slots[found.places[i]]],
                (const char *)found.rows + i * table->row_size);
    for (size_t i = 0; i < count; i++)
        shelf->slots[slots[i]].is_known = true;
    return true;
}

bool import_shelf_read(struct import_shelf *shelf, struct error *err)
{
    for (size_t i = 0; i < shelf->slot_count; i++)
        if (shelf->slots[i].table != NULL && !shelf->slots[i].is_known &&
            !read_table(shelf, i, err))
            return false;
    return true;
}

bool import_shelf_find(struct import_shelf *shelf, const struct bulk_table *table, const void *row,
                       const void **ret_rows, size_t *ret_count, struct error *err)
{
    bool is_new;
    struct entry *entry = entry_of(shelf, table, row, &is_new);
    struct bulk_found found;
    if (!entry->is_known) {
        if (!bulk_find(shelf->db, table, row, 1, shelf->arena, &found, err))
            return false;
        entry->rows = found.rows;
        entry->count = entry->capacity = found.count;
        entry->is_known = true;
    }
    *ret_rows = entry->rows;
    *ret_count = entry->count;
    return true;
}

/* ------------------------------------------------------------------ what waits */

void import_shelf_begin(struct import_shelf *shelf, size_t record)
{
    shelf->record = record;
}

static struct queue *queue_of(struct import_shelf *shelf, const struct bulk_table *table)
{
    for (size_t i = 0; i < shelf->queues.count; i++)
        if (shelf->queues.items[i]->table == table)
            return shelf->queues.items[i];
    struct queue *queue = ARENA_NEW(shelf->arena, struct queue);
    queue->table = table;
    ARRAY_ADD(shelf->arena, &shelf->queues) = queue;
    return queue;
}

static size_t enqueue(struct import_shelf *shelf, struct queue *queue, const void *row)
{
    size_t size = queue->table->row_size;
    if (queue->count == queue->row_capacity)
        queue->rows =
            array_grow(shelf->arena, queue->rows, queue->count, &queue->row_capacity, size);
    if (queue->count == queue->record_capacity)
        queue->records = array_grow(shelf->arena, queue->records, queue->count,
                                    &queue->record_capacity, sizeof(*queue->records));
    memcpy(queue->rows + queue->count * size, row, size);
    queue->records[queue->count] = shelf->record;
    return queue->count++;
}

void import_shelf_put(struct import_shelf *shelf, const struct bulk_table *table, const void *row,
                      const struct bulk_table *found_by)
{
    bool is_new;
    struct queue *queue = queue_of(shelf, table);
    struct entry *entry = found_by == NULL ? NULL : entry_of(shelf, found_by, row, &is_new);
    if (entry != NULL && entry->queue == queue) {
        memcpy(queue->rows + entry->queued_at * table->row_size, row, table->row_size);
        queue->records[entry->queued_at] = shelf->record;
    } else {
        size_t at = enqueue(shelf, queue, row);
        if (entry != NULL) {
            entry->queue = queue;
            entry->queued_at = at;
        }
    }
    if (entry == NULL)
        return;
    entry->count = 0;
    entry->is_known = true;
    add_row(shelf, entry, row);
}

void import_shelf_add(struct import_shelf *shelf, const struct bulk_table *table, const void *row)
{
    bool is_new;
    struct entry *entry = entry_of(shelf, table, row, &is_new);
    entry->is_known = true;
    add_row(shelf, entry, row);
}

bool import_shelf_waits(const struct import_shelf *shelf, const char *table)
{
    for (size_t i = 0; i < shelf->queues.count; i++)
        if (shelf->queues.items[i]->count > 0 &&
            text_equal(shelf->queues.items[i]->table->table, table))
            return true;
    return false;
}

/* ------------------------------------------------------------------ writing */

static bool is_refused(const struct import_shelf *shelf, size_t record)
{
    for (size_t i = 0; i < shelf->refused.count; i++)
        if (shelf->refused.items[i] == record)
            return true;
    return false;
}

static void drop_refused(const struct import_shelf *shelf, struct queue *queue)
{
    size_t kept = 0, size = queue->table->row_size;
    for (size_t i = 0; shelf->refused.count > 0 && i < queue->count; i++) {
        if (is_refused(shelf, queue->records[i]))
            continue;
        memmove(queue->rows + kept * size, queue->rows + i * size, size);
        queue->records[kept++] = queue->records[i];
    }
    queue->count = shelf->refused.count > 0 ? kept : queue->count;
}

/* All at once; behind a refused one row by row, for there may be many. */
static bool write_queue(struct import_shelf *shelf, struct queue *queue,
                        import_shelf_refused *refused, void *context, struct error *err)
{
    size_t wanted = queue->count;
    for (size_t at = 0; at < queue->count;) {
        size_t bad = 0;
        struct error problem = {0};
        if (bulk_write(shelf->db, queue->table, queue->rows + at * queue->table->row_size, wanted,
                       NULL, &bad, &problem)) {
            at += wanted;
            continue;
        }
        if (problem.kind != ERROR_ITEM) {
            *err = problem;
            return false;
        }
        at += bad;
        ARRAY_ADD(shelf->arena, &shelf->refused) = queue->records[at];
        refused(context, queue->records[at++], &problem);
        wanted = 1;
    }
    return true;
}

bool import_shelf_write(struct import_shelf *shelf, import_shelf_refused *refused, void *context,
                        struct error *err)
{
    for (size_t i = 0; i < shelf->queues.count; i++) {
        struct queue *queue = shelf->queues.items[i];
        drop_refused(shelf, queue);
        if (!write_queue(shelf, queue, refused, context, err))
            return false;
        queue->count = 0;
    }
    for (size_t i = 0; i < shelf->slot_count; i++) {
        struct entry *entry = &shelf->slots[i];
        if (entry->queue != NULL && entry->queue->table->kind == BULK_UPDATE)
            entry->is_known = false; /* what it was on condition of is not there any more */
        entry->queue = NULL;
    }
    return true;
}
