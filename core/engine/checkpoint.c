/* The chunk transaction: see checkpoint.h, and run.h for the invariants that the numbers mean. */
#include "core/engine/checkpoint.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"

#define US_PER_S 1000000

struct counts {
    int64_t done, parked, rows;
};

static struct counts count_items(const struct checkpoint *checkpoint)
{
    struct counts counts = {0};
    const struct chunk *chunk = checkpoint->chunk;
    for (size_t i = 0; i < chunk->list.count; i++) {
        if (chunk->outcomes[i].parked != NULL)
            counts.parked++;
        else if (!chunk->outcomes[i].skipped)
            counts.done++;
    }
    for (size_t i = 0; i < chunk->table_count; i++)
        counts.rows += (int64_t)chunk->tables[i].count;
    return counts;
}

static const char *last_key(const struct checkpoint *checkpoint)
{
    const struct chunk *chunk = checkpoint->chunk;
    return checkpoint->last ? checkpoint->partition->hi_key
                            : chunk->list.items[chunk->list.count - 1].key;
}

/* Invariant 2: still ours, or nothing of this chunk is written. */
static bool fence(const struct checkpoint *checkpoint, struct counts counts, bool *ret_ours,
                  struct error *err)
{
    const struct partition *partition = checkpoint->partition;
    struct db *db = checkpoint->engine->db;
    int64_t now_us = 0;
    int64_t changed = 0;
    if (!db_now_us(db, &now_us, err) ||
        !db_run(db, STMT_PARTITION_FENCE,
                DB_ARGS(db_i64(partition->instance_id), db_i64(partition->partition_no),
                        db_text(checkpoint->engine->owner), db_i64(partition->epoch),
                        db_i64(partition->chunk_no), db_text(last_key(checkpoint)),
                        db_i64(now_us + (int64_t)checkpoint->lease_s * US_PER_S),
                        db_text(checkpoint->last ? "done" : "running"), db_i64(counts.done),
                        db_i64(counts.parked), db_i64(counts.rows)),
                &changed, err))
        return error_context(err, "fencing partition %" PRId64, partition->partition_no);
    *ret_ours = changed == 1;
    return true;
}

static bool record_totals(const struct checkpoint *checkpoint, struct error *err)
{
    const struct partition *partition = checkpoint->partition;
    const struct chunk *chunk = checkpoint->chunk;
    for (size_t i = 0; i < chunk->total_count; i++)
        if (!db_run(checkpoint->engine->db, STMT_CHUNK_TOTAL_ADD,
                    DB_ARGS(db_i64(partition->instance_id), db_i64(partition->partition_no),
                            db_i64(partition->chunk_no + 1),
                            db_text(chunk->totals[i].sum.currency.code),
                            db_i64(chunk->totals[i].amount_count),
                            db_i64(money_minor(chunk->totals[i].sum))),
                    NULL, err))
            return false;
    return true;
}

/* Invariant 3: the chunk's own row, whose primary key is the second fence. */
static bool record(const struct checkpoint *checkpoint, struct counts counts, struct error *err)
{
    const struct partition *partition = checkpoint->partition;
    const struct chunk *chunk = checkpoint->chunk;
    uint8_t digest[SHA256_SIZE];
    chunk_digest(chunk, digest);
    return db_run(checkpoint->engine->db, STMT_CHUNK_ADD,
                  DB_ARGS(db_i64(partition->instance_id), db_i64(partition->partition_no),
                          db_i64(partition->chunk_no + 1), db_i64(partition->epoch),
                          db_i64(checkpoint->execution->execution_id),
                          db_text(chunk->list.items[0].key),
                          db_text(chunk->list.items[chunk->list.count - 1].key),
                          db_i64(counts.done), db_i64(counts.parked), db_i64(counts.rows),
                          db_bytes(digest, sizeof digest), db_i64(clock_wall_us())),
                  NULL, err) &&
           record_totals(checkpoint, err);
}

/* The item that made row `row` of table `table`: the first whose rows end behind it. */
static size_t item_of_row(const struct checkpoint *checkpoint, size_t table, size_t row)
{
    const struct chunk *chunk = checkpoint->chunk;
    size_t item = 0;
    while (item + 1 < chunk->list.count &&
           checkpoint->row_ends[item * chunk->table_count + table] <= row)
        item++;
    return item;
}

static bool write_rows(const struct checkpoint *checkpoint, bool *ret_bad, size_t *ret_bad_item,
                       struct error *err)
{
    const struct chunk *chunk = checkpoint->chunk;
    for (size_t i = 0; i < chunk->table_count; i++) {
        const struct chunk_rows *rows = &chunk->tables[i];
        size_t bad_row = 0;
        if (rows->count == 0 || bulk_write(checkpoint->engine->db, rows->table, rows->rows,
                                           rows->count, NULL, &bad_row, err))
            continue;
        if (err->kind != ERROR_ITEM)
            return error_context(err, "writing %s", rows->table->table);
        *ret_bad = true;
        *ret_bad_item = item_of_row(checkpoint, i, bad_row);
        return true;
    }
    return true;
}

static bool write_parked(const struct checkpoint *checkpoint, struct error *err)
{
    const struct chunk *chunk = checkpoint->chunk;
    struct db *db = checkpoint->engine->db;
    for (size_t i = 0; i < chunk->list.count; i++) {
        const struct chunk_item *item = &chunk->list.items[i];
        const struct chunk_outcome *outcome = &chunk->outcomes[i];
        const char *taken_as = outcome->parked != NULL ? "superseded" : "fixed";
        enum parked_before before =
            parked_set_find(checkpoint->parked, checkpoint->partition->tenant_id, item->name);
        if (outcome->parked != NULL &&
            !parked_write(db, checkpoint->partition, item, outcome->parked, err))
            return false;
        if (outcome->parked == NULL && !outcome->skipped && before == PARKED_RETRY &&
            !parked_mark_fixed(db, checkpoint->partition, item, err))
            return false;
        if (before == PARKED_ELSEWHERE &&
            !parked_take_over(db, checkpoint->partition, item, taken_as, err))
            return false;
    }
    return true;
}

/* The connection was lost in COMMIT: only the database knows whether it counts. Its chunk row, of
 * our epoch and with the digest of this chunk, says yes. No such row: the error stays, and the
 * chunk is done again; should the old COMMIT arrive after all, the fence refuses the second one. */
static bool was_committed(const struct checkpoint *checkpoint, struct tx *tx, struct error *err)
{
    const struct partition *partition = checkpoint->partition;
    struct db *db = checkpoint->engine->db;
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    struct error unread = {0};
    uint8_t digest[SHA256_SIZE];
    bool has_row = false;
    size_t size = 0;
    if (err->kind != ERROR_RETRY || db_is_sole_writer(db) || db_is_dry_run(db))
        return false;
    tx_rollback_open(tx);
    if (!db_query(db, STMT_CHUNK_OF_EPOCH,
                  DB_ARGS(db_i64(partition->instance_id), db_i64(partition->partition_no),
                          db_i64(partition->chunk_no + 1), db_i64(partition->epoch)),
                  &rows, &unread) ||
        !db_rows_next(rows, &has_row, &unread) || !has_row)
        return false;
    chunk_digest(checkpoint->chunk, digest);
    const void *stored = db_rows_bytes(rows, 0, &size);
    if (size != sizeof digest || memcmp(stored, digest, sizeof digest) != 0)
        return error_run(err, EXIT_INTERNAL, "chunk %" PRId64 " was committed with other content",
                         partition->chunk_no + 1);
    log_line(LOG_INFO, "the connection was lost in COMMIT; chunk %" PRId64 " is in the database",
             partition->chunk_no + 1);
    error_clear(err);
    return true;
}

/* Invariant 11. */
static bool confirm(const struct checkpoint *checkpoint, bool *ret_confirmed, struct error *err)
{
    const struct job *job = checkpoint->job;
    *ret_confirmed = job->confirm == NULL || checkpoint->ctx->dry_run ||
                     job->confirm(checkpoint->ctx, checkpoint->chunk, err);
    return *ret_confirmed || err->kind == ERROR_RETRY;
}

bool checkpoint_commit(const struct checkpoint *checkpoint, enum checkpoint_outcome *ret_outcome,
                       size_t *ret_bad_item, struct error *err)
{
    struct counts counts = count_items(checkpoint);
    bool ours = false;
    bool bad = false;
    bool confirmed = false;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!tx_begin(&tx, checkpoint->engine->db, err) || !fence(checkpoint, counts, &ours, err))
        return false;
    if (!ours) {
        *ret_outcome = CHECKPOINT_FENCED;
        return true;
    }
    if (!confirm(checkpoint, &confirmed, err))
        return false;
    if (!confirmed) {
        *ret_outcome = CHECKPOINT_UNCONFIRMED;
        return true;
    }
    if (!record(checkpoint, counts, err) || !write_rows(checkpoint, &bad, ret_bad_item, err))
        return false;
    if (bad) {
        *ret_outcome = CHECKPOINT_BAD_ITEM;
        return true;
    }
    if (!write_parked(checkpoint, err) ||
        (!tx_commit(&tx, err) && !was_committed(checkpoint, &tx, err)))
        return error_context(err, "committing chunk %" PRId64, checkpoint->partition->chunk_no + 1);
    checkpoint->partition->chunk_no++;
    *ret_outcome = CHECKPOINT_COMMITTED;
    return true;
}
