/* One chunk: loaded from one view of the database, computed item by item, committed behind the
 * fence; and how many items the next one is to have. See run_parts.h; the numbers of invariants are
 * those of run.h. */
#include <inttypes.h>

#include "core/base/array.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/engine/apart.h"
#include "core/engine/checkpoint.h"
#include "core/engine/run_parts.h"

#define LEASE_PARTS 4 /* a chunk is to take no more than one of them */
#define CHUNK_MEMORY_WANTED ((size_t)10 << 20)
#define BAD_ITEMS_MAX 1000 /* rows that the database refused, in one run */

struct chunk_work {
    struct chunk chunk;
    size_t *row_ends;
    bool last;
    bool published;
};

static const struct error *refused_before(const struct run *run, int64_t tenant_id,
                                          const char *name)
{
    for (size_t i = 0; i < run->refused.count; i++)
        if (run->refused.items[i].tenant_id == tenant_id &&
            text_equal(run->refused.items[i].name, name))
            return &run->refused.items[i].why;
    return NULL;
}

static const struct error *keep_error(struct arena *arena, const struct error *err)
{
    struct error *kept = ARENA_NEW(arena, struct error);
    *kept = *err;
    return kept;
}

/* What is left as it is: known of all before any of them is computed. */
static void find_left(const struct run *run, struct chunk *chunk, int64_t tenant_id)
{
    for (size_t i = 0; i < chunk->list.count; i++) {
        struct chunk_item *item = &chunk->list.items[i];
        struct chunk_outcome *outcome = &chunk->outcomes[i];
        enum parked_before before = parked_set_find(&run->parked, tenant_id, item->name);
        item->tried_again = before == PARKED_RETRY;
        outcome->parked = refused_before(run, tenant_id, item->name);
        outcome->skipped =
            before == PARKED_OPEN || (chunk->only_tried_again && before != PARKED_RETRY);
    }
}

/* Invariant 7: what an item added is taken back when it fails. */
static bool compute_item(const struct run *run, struct chunk *chunk, size_t index,
                         struct error *err)
{
    const struct chunk_item *item = &chunk->list.items[index];
    struct chunk_mark mark;
    if (chunk_leaves(chunk, index))
        return true;
    chunk_mark(chunk, &mark);
    arena_reset(chunk->scratch);
    if (run->definition->job->compute(&run->ctx, item, chunk, err))
        return true;
    if (err->kind != ERROR_ITEM)
        return error_context(err, "%s", item->name);
    chunk_undo(chunk, &mark);
    if (chunk->waived == NULL || !parked_is_waived(chunk->waived, item->name, err->message))
        chunk->outcomes[index].parked = keep_error(chunk->arena, err);
    error_clear(err);
    return true;
}

static bool compute_items(const struct run *run, struct chunk *chunk, size_t *row_ends,
                          size_t first, size_t end, struct error *err)
{
    size_t tables = chunk->table_count;
    for (size_t i = first; i < end; i++) {
        if (run_stop_requested(run, err) || !compute_item(run, chunk, i, err))
            return false;
        for (size_t table = 0; table < tables; table++)
            row_ends[i * tables + table] = chunk->tables[table].count;
    }
    return true;
}

static bool publish(const struct run *run, struct chunk *chunk, struct error *err)
{
    const struct job *job = run->definition->job;
    return job->publish == NULL || run->ctx.dry_run || job->publish(&run->ctx, chunk, err) ||
           error_context(err, "publishing");
}

static bool compute_slice(const void *argument, struct chunk *chunk, size_t *row_ends, size_t first,
                          size_t end, struct error *err)
{
    const struct run *run = argument;
    return compute_items(run, chunk, row_ends, first, end, err) && publish(run, chunk, err);
}

/* *ret_whole false: to be loaded and computed again by this process alone. */
static bool compute_all(const struct run *run, const struct partition *partition, int32_t processes,
                        struct chunk_work *work, bool *ret_whole, struct error *err)
{
    struct chunk *chunk = &work->chunk;
    size_t count = chunk->list.count;
    chunk->outcomes = ARENA_NEW_ARRAY(chunk->arena, struct chunk_outcome, count);
    work->row_ends = ARENA_NEW_ARRAY(chunk->arena, size_t, count * chunk->table_count + 1);
    *ret_whole = true;
    find_left(run, chunk, partition->tenant_id);
    if (processes <= 1)
        return compute_items(run, chunk, work->row_ends, 0, count, err);
    struct apart apart = {.processes = processes, .compute = compute_slice, .argument = run};
    work->published = true;
    return apart_compute(&apart, chunk, work->row_ends, ret_whole, err);
}

/* All that a chunk is made from is one view of the database. */
static bool load_items(struct run *run, const struct chunk_range *range, struct chunk *chunk,
                       struct error *err)
{
    CLEANUP(snapshot_end) struct snapshot snapshot = {0};
    return snapshot_begin(&snapshot, run->ctx.db, err) &&
           run->definition->job->load(&run->ctx, range, chunk, err);
}

/* As many items the next time as there is room for, by what these needed. */
static void fit_limit(struct run *run, size_t count)
{
    size_t wanted = arena_cap(run->chunk_arena) / 2;
    size_t most = (size_t)run->definition->chunk_size;
    if (count == 0)
        return;
    if (wanted > CHUNK_MEMORY_WANTED)
        wanted = CHUNK_MEMORY_WANTED;
    run->limit = wanted / (arena_used(run->chunk_arena) / count + 1);
    run->limit = run->limit < 1 ? 1 : run->limit > most ? most : run->limit;
}

/* A chunk that takes longer than its lease is taken over before it ends, again and again. */
static void fit_to_lease(struct run *run, size_t count, int64_t elapsed_ms)
{
    int64_t part_ms = (int64_t)run->definition->lease_s * RUN_MS_PER_S / LEASE_PARTS;
    size_t fits = (size_t)(part_ms * (int64_t)count / (elapsed_ms + 1));
    if (fits < run->limit)
        run->limit = fits < 1 ? 1 : fits;
}

/* Invariant 11: a small chunk is read and written before the next change. */
static void fit_to_changes(struct run *run, size_t count, bool confirmed)
{
    if (confirmed)
        run->confirmed_limit =
            run->confirmed_limit > SIZE_MAX / 2 ? SIZE_MAX : run->confirmed_limit * 2;
    else
        run->confirmed_limit = count > 1 ? count / 2 : 1;
}

/* Nothing can come behind the key that ends the range. */
static bool is_last(const struct chunk *chunk, const struct chunk_range *range)
{
    size_t count = chunk->list.count;
    return (count < range->limit && !chunk->is_cut) ||
           (count > 0 && text_equal(chunk->list.items[count - 1].key, range->hi_key));
}

static bool load_and_compute_by(struct run *run, const struct partition *partition,
                                int32_t processes, struct chunk_work *work, bool *ret_whole,
                                struct error *err)
{
    const struct job *job = run->definition->job;
    size_t limit = run->limit < run->confirmed_limit ? run->limit : run->confirmed_limit;
    struct chunk_range range = {.tenant_id = partition->tenant_id,
                                .after_key = partition->cursor_key,
                                .hi_key = partition->hi_key,
                                .limit = limit};
    arena_reset(run->chunk_arena);
    *work = (struct chunk_work){0};
    chunk_init(&work->chunk, job, run->chunk_arena, run->item_arena, &run->ids);
    work->chunk.only_tried_again = job->begins && (run->in_pass || partition->plan_pass > 1);
    if (job->fetch != NULL && !job->fetch(&run->ctx, err))
        return error_context(err, "fetching");
    if (!load_items(run, &range, &work->chunk, err))
        return error_context(err, "loading %s after key %s", job->name, partition->cursor_key);
    work->last = is_last(&work->chunk, &range);
    if (!compute_all(run, partition, processes, work, ret_whole, err))
        return false;
    fit_limit(run, work->chunk.list.count);
    return true;
}

static bool load_and_compute(struct run *run, const struct partition *partition,
                             struct chunk_work *work, struct error *err)
{
    bool whole = true;
    int32_t processes = run->definition->job->apart ? run->engine->processes : 1;
    if (!load_and_compute_by(run, partition, processes, work, &whole, err))
        return false;
    if (whole)
        return true;
    log_line(LOG_WARNING, "a helper ended without a word; its chunk is computed without helpers");
    return load_and_compute_by(run, partition, 1, work, &whole, err);
}

static int64_t count_parked(const struct chunk *chunk)
{
    int64_t parked = 0;
    for (size_t i = 0; i < chunk->list.count; i++)
        parked += chunk->outcomes[i].parked != NULL;
    return parked;
}

static void count_chunk(struct run *run, const struct chunk *chunk)
{
    run->chunks++;
    for (size_t i = 0; i < chunk->list.count; i++) {
        if (chunk->outcomes[i].parked != NULL) {
            run->sums.items_parked++;
            run->parked_open++;
        } else if (!chunk->outcomes[i].skipped)
            run->sums.items_done++;
    }
    for (size_t i = 0; i < chunk->table_count; i++)
        run->sums.rows_written += (int64_t)chunk->tables[i].count;
}

static bool remember_refused(struct run *run, int64_t tenant_id, const struct chunk_item *item,
                             const struct error *why, struct error *err)
{
    if (run->refused.count >= BAD_ITEMS_MAX)
        return error_run(err, EXIT_DATA,
                         "the database refused more than %d items; the last one: %s", BAD_ITEMS_MAX,
                         why->message);
    ARRAY_ADD(run->arena, &run->refused) = (struct refused){
        .tenant_id = tenant_id, .name = arena_copy(run->arena, item->name), .why = *why};
    return true;
}

static void tell_turned_away(const struct run *run, const struct partition *partition)
{
    log_line(LOG_WARNING,
             "%s %s: partition %" PRId64 " belongs to another worker by now; nothing was written",
             run->instance.job, run->instance.business_key, partition->partition_no);
}

/* The fence refused the chunk. Mostly another worker has the partition by now; or it was ours after
 * all: a COMMIT that was thought lost has arrived, and the partition goes on behind that chunk. */
static bool look_again(struct run *run, struct partition *partition, bool *ret_more,
                       struct error *err)
{
    enum partition_standing standing = PARTITION_LOST;
    int64_t before = partition->chunk_no;
    /* The only writer knows what became of its COMMIT. */
    if (!db_is_sole_writer(run->engine->db) &&
        !partition_reload(run->engine, partition, run->arena, &standing, err))
        return false;
    bool arrived = standing != PARTITION_LOST && partition->chunk_no == before + 1;
    *ret_more = arrived && standing == PARTITION_OURS;
    if (!arrived)
        tell_turned_away(run, partition);
    return true;
}

/* Nothing is left in it: mostly because all is done, but whoever comes back late finds the same. */
static bool end_partition(const struct run *run, struct partition *partition, struct error *err)
{
    enum partition_standing standing = PARTITION_OURS;
    bool ours = false;
    if (!partition_done(run->engine, partition, &ours, err))
        return false;
    if (!ours && !db_is_sole_writer(run->engine->db) &&
        !partition_reload(run->engine, partition, run->arena, &standing, err))
        return false;
    if (standing == PARTITION_LOST)
        tell_turned_away(run, partition);
    return true;
}

bool run_next_chunk(struct run *run, struct partition *partition, bool *ret_more, struct error *err)
{
    struct chunk_work work = {0};
    enum checkpoint_outcome outcome = CHECKPOINT_COMMITTED;
    size_t bad_item = 0;
    int64_t begun_ms = clock_boot_ms();
    if (!load_and_compute(run, partition, &work, err))
        return false;
    *ret_more = !work.last;
    if (work.chunk.list.count == 0)
        return end_partition(run, partition, err);
    if (!run_check_parked_limits(run, count_parked(&work.chunk), err))
        return false;
    if (!work.published && !publish(run, &work.chunk, err))
        return false;
    struct checkpoint checkpoint = {.engine = run->engine,
                                    .job = run->definition->job,
                                    .ctx = &run->ctx,
                                    .execution = &run->execution,
                                    .partition = partition,
                                    .parked = &run->parked,
                                    .chunk = &work.chunk,
                                    .row_ends = work.row_ends,
                                    .last = work.last,
                                    .lease_s = run->definition->lease_s};
    if (!checkpoint_commit(&checkpoint, &outcome, &bad_item, err)) {
        if (err->kind == ERROR_RETRY) /* its own items may be in each other's way */
            fit_to_changes(run, work.chunk.list.count, false);
        return false;
    }
    fit_to_lease(run, work.chunk.list.count, clock_boot_ms() - begun_ms);
    switch (outcome) {
    case CHECKPOINT_COMMITTED:
        partition->cursor_key =
            arena_copy(run->arena, work.chunk.list.items[work.chunk.list.count - 1].key);
        count_chunk(run, &work.chunk);
        fit_to_changes(run, work.chunk.list.count, true);
        run_tell_progress(run, false);
        return true;
    case CHECKPOINT_FENCED:
        return look_again(run, partition, ret_more, err);
    case CHECKPOINT_BAD_ITEM: {
        struct error why = *err;
        error_clear(err);
        *ret_more = true; /* the same chunk again, that item parked */
        return remember_refused(run, partition->tenant_id, &work.chunk.list.items[bad_item], &why,
                                err);
    }
    case CHECKPOINT_UNCONFIRMED:
        fit_to_changes(run, work.chunk.list.count, false);
        run->unconfirmed = true;
        return false; /* the same items again, by execute_retrying */
    }
    return error_run(err, EXIT_INTERNAL, "unknown outcome of a checkpoint");
}
