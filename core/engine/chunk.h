/* The engine's side of a chunk: filling, computing, undoing one item, digest. Jobs see job.h. */
#ifndef BILLMILL_ENGINE_CHUNK_H
#define BILLMILL_ENGINE_CHUNK_H

#include "core/engine/job.h"

#define CHUNK_TABLES_MAX 20
#define CHUNK_CURRENCIES_MAX 32

struct chunk_rows {
    const struct bulk_table *table;
    char *rows;
    size_t count;
    size_t capacity;
};

struct chunk_currency_total {
    struct money sum;
    int64_t amount_count;
};

/* Why an item is not done, or null when it is. */
struct chunk_outcome {
    bool skipped; /* parked before and not to be tried again now */
    const struct error *parked;
};

/* Surrogate ids in blocks, for one run. */
struct id_block {
    struct db *db;
    int64_t next;
    int64_t end;
};

struct chunk {
    struct arena *arena;
    struct arena *scratch; /* of one item */
    struct id_block *ids;
    struct {
        struct chunk_item *items;
        size_t count;
        size_t capacity;
    } list;
    struct chunk_outcome *outcomes; /* one per item, after computing */
    struct chunk_rows tables[CHUNK_TABLES_MAX];
    size_t table_count;
    struct chunk_currency_total totals[CHUNK_CURRENCIES_MAX];
    size_t total_count;
    void *state;
    bool only_tried_again;              /* other items are left alone */
    bool is_cut;                        /* the range holds more */
    const struct parked_waived *waived; /* NULL: nothing */
};

void chunk_init(struct chunk *chunk, const struct job *job, struct arena *arena,
                struct arena *scratch, struct id_block *ids);

/* What an item may add, so that it can be taken back. */
struct chunk_mark {
    size_t row_counts[CHUNK_TABLES_MAX];
    struct chunk_currency_total totals[CHUNK_CURRENCIES_MAX];
    size_t total_count;
};
void chunk_mark(const struct chunk *chunk, struct chunk_mark *ret_mark);
void chunk_undo(struct chunk *chunk, const struct chunk_mark *mark);

/* Of several amounts their sum: what a part of the chunk was added up to elsewhere. */
MUST_CHECK bool chunk_add_totals(struct chunk *chunk, struct money amount, int64_t amount_count,
                                 struct error *err);

/* SHA-256 over every row, in order: what an unknown COMMIT is recognised by. */
void chunk_digest(const struct chunk *chunk, uint8_t ret_digest[SHA256_SIZE]);

#endif
