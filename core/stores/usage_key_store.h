/* The known keys of usage as the database keeps them: runs of digests, sorted, in blocks. A run
 * belongs to one tenant and meter and is never changed; several become one when an import has made
 * enough of them. Private to core/stores/import_*.c. */
#ifndef BILLMILL_STORES_USAGE_KEY_STORE_H
#define BILLMILL_STORES_USAGE_KEY_STORE_H

#include "core/storage/db.h"
#include "core/stores/import_runs.h"

#define USAGE_BLOCK_KEYS 1024
#define USAGE_ENTRY_SIZE 32

struct usage_key_place { /* of a run */
    int64_t tenant_id, meter_id, run_no;
};

struct usage_key_run {
    int64_t run_no, key_count;
};

/* The runs of a tenant's meter, in the arena; not the one numbered `except`. */
MUST_CHECK bool usage_key_runs_load(struct db *db, int64_t tenant_id, int64_t meter_id,
                                    int64_t except, struct arena *arena,
                                    struct usage_key_run **ret_runs, size_t *ret_count,
                                    struct error *err);

/* Reads a run forwards; whoever reads all of it, or most, asks for many blocks at once. */
struct usage_key_cursor {
    struct db *db;
    struct usage_key_place place;
    int64_t window_blocks;
    uint8_t *entries; /* the window, from malloc */
    size_t size, capacity, at;
    bool at_end; /* nothing behind the window */
};

void usage_key_cursor_open(struct usage_key_cursor *cursor, struct db *db,
                           struct usage_key_place place, int64_t window_blocks);
void usage_key_cursor_close(struct usage_key_cursor *cursor);

/* To the first entry that is not before the digest; digests may not go back. */
MUST_CHECK bool usage_key_cursor_seek(struct usage_key_cursor *cursor, uint64_t high, uint64_t low,
                                      struct error *err);

/* The entry at which it stands: digest and place of the event; false behind the last one. */
bool usage_key_cursor_entry(const struct usage_key_cursor *cursor, struct usage_key *ret_key);

/* Writes a run, entries in order. Nothing to free. */
struct usage_key_writer {
    struct db *db;
    struct usage_key_place place;
    int64_t key_count;
    size_t size;
    uint8_t entries[USAGE_BLOCK_KEYS * USAGE_ENTRY_SIZE];
};

void usage_key_writer_open(struct usage_key_writer *writer, struct db *db,
                           struct usage_key_place place);
MUST_CHECK bool usage_key_writer_add(struct usage_key_writer *writer, const struct usage_key *key,
                                     struct error *err);
/* The last block, and how many keys the run has: announced runs only (usage_key_run_announce). */
MUST_CHECK bool usage_key_writer_finish(struct usage_key_writer *writer, struct error *err);

/* The run is there from the first event on, still without keys. */
MUST_CHECK bool usage_key_run_announce(struct db *db, struct usage_key_place place,
                                       struct error *err);
MUST_CHECK bool usage_key_run_delete(struct db *db, struct usage_key_place place,
                                     struct error *err);

#endif
