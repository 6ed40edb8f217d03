#include "core/stores/usage_key_store.h"

#include <stdlib.h>
#include <string.h>

#include "core/storage/rows.h"

#define DIGEST_SIZE 16

static void put_u64(uint8_t target[8], uint64_t value)
{
    for (int i = 0; i < 8; i++)
        target[i] = (uint8_t)(value >> (56 - 8 * i));
}

static uint64_t get_u64(const uint8_t source[8])
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | source[i];
    return value;
}

/* ------------------------------------------------------------------ runs */

static const struct row_field run_fields[] = {
    ROW_FIELD(struct usage_key_run, run_no, "run_no"),
    ROW_FIELD(struct usage_key_run, key_count, "key_count"),
};

bool usage_key_runs_load(struct db *db, int64_t tenant_id, int64_t meter_id, int64_t except,
                         struct arena *arena, struct usage_key_run **ret_runs, size_t *ret_count,
                         struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_USAGE_KEY_RUNS,
                       DB_ARGS(db_i64(tenant_id), db_i64(meter_id), db_i64(except)), arena,
                       run_fields, ARRAY_LEN(run_fields), sizeof(struct usage_key_run), &items,
                       ret_count, err))
        return false;
    *ret_runs = items;
    return true;
}

bool usage_key_run_announce(struct db *db, struct usage_key_place place, struct error *err)
{
    return db_run(db, STMT_USAGE_KEY_RUN_ADD,
                  DB_ARGS(db_i64(place.tenant_id), db_i64(place.meter_id), db_i64(place.run_no)),
                  NULL, err);
}

bool usage_key_run_delete(struct db *db, struct usage_key_place place, struct error *err)
{
    return db_run(db, STMT_USAGE_KEY_BLOCKS_DELETE,
                  DB_ARGS(db_i64(place.tenant_id), db_i64(place.meter_id), db_i64(place.run_no)),
                  NULL, err) &&
           db_run(db, STMT_USAGE_KEY_RUN_DELETE,
                  DB_ARGS(db_i64(place.tenant_id), db_i64(place.meter_id), db_i64(place.run_no)),
                  NULL, err);
}

/* ------------------------------------------------------------------ reading */

void usage_key_cursor_open(struct usage_key_cursor *cursor, struct db *db,
                           struct usage_key_place place, int64_t window_blocks)
{
    *cursor = (struct usage_key_cursor){.db = db, .place = place, .window_blocks = window_blocks};
}

void usage_key_cursor_close(struct usage_key_cursor *cursor)
{
    free(cursor->entries);
    cursor->entries = NULL;
}

static bool add_block(struct usage_key_cursor *cursor, const struct db_rows *rows,
                      struct error *err)
{
    size_t size = 0;
    const void *entries = db_rows_bytes(rows, 0, &size);
    if (size == 0 || size % USAGE_ENTRY_SIZE != 0)
        return error_run(err, EXIT_UNAVAILABLE,
                         "a block of usage keys has %zu bytes: the database is damaged", size);
    if (cursor->size + size > cursor->capacity) {
        cursor->capacity = cursor->capacity == 0 ? size : 2 * (cursor->size + size);
        cursor->entries = memory_resize(cursor->entries, cursor->capacity, "usage keys");
    }
    memcpy(cursor->entries + cursor->size, entries, size);
    cursor->size += size;
    return true;
}

/* The blocks from the one on that may hold the digest. */
static bool load_window(struct usage_key_cursor *cursor, uint64_t high, uint64_t low,
                        struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    uint8_t digest[DIGEST_SIZE];
    int64_t blocks = 0;
    bool has_row = true;
    put_u64(digest, high);
    put_u64(digest + 8, low);
    cursor->size = cursor->at = 0;
    if (!db_query(cursor->db, STMT_USAGE_KEY_BLOCKS,
                  DB_ARGS(db_i64(cursor->place.tenant_id), db_i64(cursor->place.meter_id),
                          db_i64(cursor->place.run_no), db_bytes(digest, DIGEST_SIZE),
                          db_i64(cursor->window_blocks)),
                  &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        if (!has_row) {
            cursor->at_end = blocks < cursor->window_blocks;
            return true;
        }
        if (!add_block(cursor, rows, err))
            return false;
        blocks++;
    }
    return false;
}

static bool is_before(const uint8_t *entry, uint64_t high, uint64_t low)
{
    uint64_t entry_high = get_u64(entry);
    return entry_high < high || (entry_high == high && get_u64(entry + 8) < low);
}

/* Steps double while they stay before the digest, then halve: near is cheap, far is not dear. */
static void advance(struct usage_key_cursor *cursor, uint64_t high, uint64_t low)
{
    size_t step = USAGE_ENTRY_SIZE;
    while (cursor->at + step < cursor->size &&
           is_before(cursor->entries + cursor->at + step, high, low)) {
        cursor->at += step;
        step *= 2;
    }
    for (; step >= USAGE_ENTRY_SIZE; step /= 2)
        if (cursor->at + step < cursor->size &&
            is_before(cursor->entries + cursor->at + step, high, low))
            cursor->at += step;
    if (cursor->at < cursor->size && is_before(cursor->entries + cursor->at, high, low))
        cursor->at += USAGE_ENTRY_SIZE;
}

bool usage_key_cursor_seek(struct usage_key_cursor *cursor, uint64_t high, uint64_t low,
                           struct error *err)
{
    bool is_within = cursor->size > 0 &&
                     !is_before(cursor->entries + cursor->size - USAGE_ENTRY_SIZE, high, low);
    if (!is_within && cursor->at_end) {
        cursor->at = cursor->size;
        return true;
    }
    if (!is_within && !load_window(cursor, high, low, err))
        return false;
    advance(cursor, high, low);
    return true;
}

bool usage_key_cursor_entry(const struct usage_key_cursor *cursor, struct usage_key *ret_key)
{
    if (cursor->at >= cursor->size)
        return false;
    const uint8_t *entry = cursor->entries + cursor->at;
    *ret_key = (struct usage_key){.high = get_u64(entry),
                                  .low = get_u64(entry + 8),
                                  .subscription_id = (int64_t)get_u64(entry + 16),
                                  .at_us = (int64_t)get_u64(entry + 24)};
    return true;
}

/* ------------------------------------------------------------------ writing */

void usage_key_writer_open(struct usage_key_writer *writer, struct db *db,
                           struct usage_key_place place)
{
    writer->db = db;
    writer->place = place;
    writer->key_count = 0;
    writer->size = 0;
}

static bool write_block(struct usage_key_writer *writer, struct error *err)
{
    const uint8_t *last = writer->entries + writer->size - USAGE_ENTRY_SIZE;
    if (!db_run(writer->db, STMT_USAGE_KEY_BLOCK_ADD,
                DB_ARGS(db_i64(writer->place.tenant_id), db_i64(writer->place.meter_id),
                        db_i64(writer->place.run_no), db_bytes(last, DIGEST_SIZE),
                        db_bytes(writer->entries, writer->size)),
                NULL, err))
        return false;
    writer->size = 0;
    return true;
}

bool usage_key_writer_add(struct usage_key_writer *writer, const struct usage_key *key,
                          struct error *err)
{
    uint8_t *entry = writer->entries + writer->size;
    put_u64(entry, key->high);
    put_u64(entry + 8, key->low);
    put_u64(entry + 16, (uint64_t)key->subscription_id);
    put_u64(entry + 24, (uint64_t)key->at_us);
    writer->size += USAGE_ENTRY_SIZE;
    writer->key_count++;
    return writer->size < sizeof(writer->entries) || write_block(writer, err);
}

bool usage_key_writer_finish(struct usage_key_writer *writer, struct error *err)
{
    const struct usage_key_place *place = &writer->place;
    if (writer->key_count == 0)
        return usage_key_run_delete(writer->db, *place, err);
    if (writer->size > 0 && !write_block(writer, err))
        return false;
    return db_run(writer->db, STMT_USAGE_KEY_RUN_COUNT,
                  DB_ARGS(db_i64(place->tenant_id), db_i64(place->meter_id), db_i64(place->run_no),
                          db_i64(writer->key_count)),
                  NULL, err);
}
