/* Chunks: see job.h and chunk.h. Rows of one table lie in one array, in the order of the items that
 * made them, so that undoing an item is setting the counts back. */
#include "core/engine/chunk.h"

#include <stdio.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"

#define ID_BLOCK_SIZE 20000
#define ID_COUNTER "entity"

void chunk_init(struct chunk *chunk, const struct job *job, struct arena *arena,
                struct arena *scratch, struct id_block *ids)
{
    assert(job->table_count <= CHUNK_TABLES_MAX);
    *chunk = (struct chunk){
        .arena = arena, .scratch = scratch, .ids = ids, .table_count = job->table_count};
    for (size_t i = 0; i < job->table_count; i++)
        chunk->tables[i].table = job->tables[i];
}

struct arena *chunk_arena(struct chunk *chunk)
{
    return chunk->arena;
}

struct arena *chunk_scratch(struct chunk *chunk)
{
    return chunk->scratch;
}

struct chunk_item *chunk_add_item(struct chunk *chunk, const char *key, const char *name,
                                  const void *data)
{
    struct chunk_item *item = &ARRAY_ADD(chunk->arena, &chunk->list);
    *item = (struct chunk_item){.key = key, .name = name, .data = data};
    return item;
}

bool chunk_leaves(const struct chunk *chunk, size_t index)
{
    assert(index < chunk->list.count);
    return chunk->outcomes[index].skipped || chunk->outcomes[index].parked != NULL;
}

void chunk_cut(struct chunk *chunk)
{
    chunk->is_cut = true;
}

void chunk_set_waived(struct chunk *chunk, const struct parked_waived *waived)
{
    chunk->waived = waived;
}

void chunk_set_state(struct chunk *chunk, void *state)
{
    chunk->state = state;
}

void *chunk_state(const struct chunk *chunk)
{
    return chunk->state;
}

static struct chunk_rows *rows_of(const struct chunk *chunk, const struct bulk_table *table)
{
    for (size_t i = 0; i < chunk->table_count; i++)
        if (chunk->tables[i].table == table)
            return (struct chunk_rows *)(uintptr_t)&chunk->tables[i];
    assert(false && "the job lists every table that its chunks write");
    return NULL;
}

void *chunk_append(struct chunk *chunk, const struct bulk_table *table)
{
    struct chunk_rows *rows = rows_of(chunk, table);
    if (rows->count == rows->capacity)
        rows->rows =
            array_grow(chunk->arena, rows->rows, rows->count, &rows->capacity, table->row_size);
    char *row = rows->rows + rows->count++ * table->row_size;
    memset(row, 0, table->row_size); /* an undone item may have left its content */
    return row;
}

size_t chunk_row_count(const struct chunk *chunk, const struct bulk_table *table)
{
    return rows_of(chunk, table)->count;
}

void *chunk_row(struct chunk *chunk, const struct bulk_table *table, size_t index)
{
    struct chunk_rows *rows = rows_of(chunk, table);
    assert(index < rows->count);
    return rows->rows + index * table->row_size;
}

bool chunk_add_total(struct chunk *chunk, struct money amount, struct error *err)
{
    return chunk_add_totals(chunk, amount, 1, err);
}

bool chunk_add_totals(struct chunk *chunk, struct money amount, int64_t amount_count,
                      struct error *err)
{
    size_t i = 0;
    while (i < chunk->total_count &&
           !currency_equal(chunk->totals[i].sum.currency, amount.currency))
        i++;
    if (i == CHUNK_CURRENCIES_MAX)
        return error_run(err, EXIT_INTERNAL, "more than %d currencies in one chunk",
                         CHUNK_CURRENCIES_MAX);
    if (i == chunk->total_count)
        chunk->totals[chunk->total_count++] =
            (struct chunk_currency_total){.sum = money_zero(amount.currency)};
    if (!money_add(chunk->totals[i].sum, amount, &chunk->totals[i].sum, err))
        return error_context(err, "adding up the chunk's %s", amount.currency.code);
    chunk->totals[i].amount_count += amount_count;
    return true;
}

bool chunk_next_id(struct chunk *chunk, int64_t *ret_id, struct error *err)
{
    struct id_block *ids = chunk->ids;
    if (ids->next == ids->end) {
        if (!db_reserve_ids(ids->db, ID_COUNTER, ID_BLOCK_SIZE, &ids->next, err))
            return error_context(err, "reserving ids");
        ids->end = ids->next + ID_BLOCK_SIZE;
    }
    *ret_id = ids->next++;
    return true;
}

bool chunk_key_number(const char *key, int64_t *ret_number, struct error *err)
{
    if (!text_parse_i64(key, ret_number))
        return error_run(err, EXIT_INTERNAL, "the partition key '%s' is not a number", key);
    return true;
}

void chunk_mark(const struct chunk *chunk, struct chunk_mark *ret_mark)
{
    for (size_t i = 0; i < chunk->table_count; i++)
        ret_mark->row_counts[i] = chunk->tables[i].count;
    memcpy(ret_mark->totals, chunk->totals, sizeof ret_mark->totals);
    ret_mark->total_count = chunk->total_count;
}

void chunk_undo(struct chunk *chunk, const struct chunk_mark *mark)
{
    for (size_t i = 0; i < chunk->table_count; i++)
        chunk->tables[i].count = mark->row_counts[i];
    memcpy(chunk->totals, mark->totals, sizeof mark->totals);
    chunk->total_count = mark->total_count;
}

void chunk_digest(const struct chunk *chunk, uint8_t ret_digest[SHA256_SIZE])
{
    struct sha256 *digest = sha256_start();
    for (size_t i = 0; i < chunk->table_count; i++)
        bulk_digest(chunk->tables[i].table, chunk->tables[i].rows, chunk->tables[i].count, digest);
    sha256_finish(&digest, ret_digest);
}
