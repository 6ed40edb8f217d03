/* The run loop: plan, claim a partition, load and compute chunk after chunk, commit each. The
 * invariants that it keeps are numbered in run.h. */
#include "core/engine/run.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/base/array.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/engine/apart.h"
#include "core/engine/checkpoint.h"
#include "core/engine/liveness.h"

#define PAUSE_FIRST_MS 20 /* before looking again at what other workers have */
#define PAUSE_LAST_MS 100
#define MS_PER_S 1000
#define SAY_S 15            /* a waiting worker says at least so often that it is there … */
#define SAY_PARTS 4         /* … and so often a lease */
#define LEASE_PARTS 4       /* a chunk is to take no more than one of them */
#define FIRST_CHUNK_MAX 500 /* items; it shows how much memory one of them needs */
#define CHUNK_MEMORY_WANTED ((size_t)10 << 20)
#define RUN_ARENA_CAP ((size_t)256 << 20)
#define CONFIRM_LEASES 10 /* so long a chunk may wait to be confirmed */
#define CONFIRM_PAUSE_LAST_MS 500
#define BAD_ITEMS_MAX 1000 /* rows that the database refused, in one run */

/* An item whose rows the database refused: parked when its chunk is computed again. */
struct refused {
    int64_t tenant_id; /* keys are unique within a tenant only */
    const char *key;
    struct error why;
};

struct run {
    const struct engine *engine;
    const struct run_definition *definition;
    struct instance instance;
    struct execution execution;
    struct job_ctx ctx;
    struct arena *arena;       /* of the whole run */
    struct arena *chunk_arena; /* of one chunk */
    struct arena *item_arena;  /* of one item that is computed */
    struct id_block ids;
    struct parked_set parked;
    struct partition_sums sums; /* of the whole instance, as far as this worker knows */
    int64_t parked_open;        /* now, of the whole instance; not those about to be tried again */
    struct {
        struct refused *items;
        size_t count;
        size_t capacity;
    } refused;
    int64_t pipeline_execution_id; /* DB_I64_NONE: no step of a pipeline */
    int64_t passes; /* how often partitions are to be planned before the first chunk */
    bool tried;     /* not for the first time: others, or a lost COMMIT, may have planned */
    int64_t chunks; /* committed by this worker */
    struct partition interrupted; /* by what is tried again; partition_no 0: none */
    int64_t started_ms;
    int64_t said_ms; /* when it said last that it is there; it did when it began */
    void *memory;    /* of the job */
    size_t limit; /* items of the next chunk: chunk_size, or what memory and lease have room for */
    size_t confirmed_limit; /* no more than that, after a chunk that was not confirmed */
    bool unconfirmed;       /* what is tried again */
    int64_t waits_since_ms; /* for a chunk to be confirmed; 0: does not */
};

/* ---------------------------------------------------------------- stopping, progress, limits */

static bool stop_requested(const struct run *run, struct error *err)
{
    int signal_number = run->engine->stop_signal == NULL ? 0 : *run->engine->stop_signal;
    if (signal_number == 0)
        return false;
    (void)error_run(err, signal_number == SIGINT ? EXIT_INTERRUPTED : EXIT_TERMINATED,
                    "stopped by %s", signal_number == SIGINT ? "SIGINT" : "SIGTERM");
    (void)error_hint(err, "`billmill resume` continues at the last checkpoint");
    return true;
}

/* Where several workers may be at work, `stop` leaves its wish in the database. One that cannot be
 * read now is read after the next chunk. */
static bool stop_asked(const struct run *run, struct error *err)
{
    struct db *db = run->engine->db;
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    struct error unread = {0};
    bool asked = false;
    if (db_is_sole_writer(db) || db_is_dry_run(db) ||
        !db_query(db, STMT_EXECUTION_STOP,
                  DB_ARGS(db_i64(run->execution.execution_id), db_i64(run->pipeline_execution_id)),
                  &rows, &unread) ||
        !db_rows_next(rows, &asked, &unread) || !asked)
        return false;
    const char *reason = db_rows_text(rows, 1);
    (void)error_run(err, EXIT_TERMINATED, "stopped on request of %s%s%s", db_rows_text(rows, 0),
                    reason[0] == '\0' ? "" : ": ", reason);
    (void)error_hint(err, "`billmill resume` continues at the last checkpoint");
    return true;
}

/* Who waits may hold no lease that would show it. */
static void say_alive(struct run *run)
{
    int64_t every_ms = (int64_t)run->definition->lease_s * MS_PER_S / SAY_PARTS;
    int64_t now_ms = clock_boot_ms();
    if (every_ms > (int64_t)SAY_S * MS_PER_S)
        every_ms = (int64_t)SAY_S * MS_PER_S;
    if (now_ms - run->said_ms < every_ms || db_is_sole_writer(run->engine->db) ||
        db_is_dry_run(run->engine->db))
        return;
    liveness_say(run->engine, run->execution.execution_id, run->pipeline_execution_id);
    run->said_ms = now_ms;
}

static void tell_progress(const struct run *run, bool finished)
{
    if (run->engine->on_progress == NULL)
        return;
    struct progress progress = {
        .job = run->instance.job,
        .business_key = run->instance.business_key,
        .items_planned = run->sums.items_planned,
        .items_done = run->sums.items_done,
        .items_parked = run->sums.items_parked,
        .rows_written = run->sums.rows_written,
        .elapsed_ms = clock_boot_ms() - run->started_ms,
        .finished = finished,
    };
    run->engine->on_progress(run->engine->progress_argument, &progress);
}

/* Beside other workers: what they have done and parked by now counts too. */
static bool count_others(struct run *run, struct error *err)
{
    struct db *db = run->engine->db;
    int64_t instance_id = run->instance.instance_id;
    bool found = false;
    if (db_is_sole_writer(db) || db_is_dry_run(db))
        return true;
    return partition_sums(db, instance_id, &run->sums, err) &&
           db_query_i64(db, STMT_PARKED_STANDING, DB_ARGS(db_i64(instance_id)), &run->parked_open,
                        &found, err);
}

/* Too many parked items mean that something is wrong with the run, not with the items. What counts
 * is what is parked now, however often it was tried; the share is one of all items of the run, of
 * those seen where the plan knew of fewer. */
static bool check_parked_limits(struct run *run, int64_t parked_more, struct error *err)
{
    if (parked_more == 0)
        return true;
    if (!count_others(run, err))
        return false;
    int64_t parked = run->parked_open + parked_more;
    int64_t seen = run->sums.items_done + parked;
    int64_t all = seen > run->sums.items_planned ? seen : run->sums.items_planned;
    const struct run_definition *limits = run->definition;
    bool too_many = limits->max_parked >= 0 && parked > limits->max_parked;
    bool too_large_a_part =
        limits->max_parked_percent >= 0 && parked * 100 > all * limits->max_parked_percent;
    if (!too_many && !too_large_a_part)
        return true;
    (void)error_run(err, EXIT_DATA,
                    "%" PRId64 " of %" PRId64 " items would be parked, more than %s allows", parked,
                    all, too_many ? "max_parked" : "max_parked_percent");
    return error_hint(err,
                      "see `billmill parked`; raise the limit in the job's file if this is right");
}

/* ---------------------------------------------------------------- one chunk */

struct chunk_work {
    struct chunk chunk;
    size_t *row_ends;
    bool last;
    bool published;
};

static const struct error *refused_before(const struct run *run, int64_t tenant_id, const char *key)
{
    for (size_t i = 0; i < run->refused.count; i++)
        if (run->refused.items[i].tenant_id == tenant_id &&
            text_equal(run->refused.items[i].key, key))
            return &run->refused.items[i].why;
    return NULL;
}

static const struct error *keep_error(struct arena *arena, const struct error *err)
{
    struct error *kept = ARENA_NEW(arena, struct error);
    *kept = *err;
    return kept;
}

/* Invariant 7: what an item added is taken back when it fails. */
static bool compute_item(const struct run *run, struct chunk *chunk, size_t index,
                         int64_t tenant_id, struct error *err)
{
    const struct chunk_item *item = &chunk->list.items[index];
    struct chunk_outcome *outcome = &chunk->outcomes[index];
    struct chunk_mark mark;
    outcome->parked = refused_before(run, tenant_id, item->key);
    outcome->skipped = parked_set_find(&run->parked, tenant_id, item->name) == PARKED_OPEN;
    if (outcome->parked != NULL || outcome->skipped)
        return true;
    chunk_mark(chunk, &mark);
    arena_reset(chunk->scratch);
    if (run->definition->job->compute(&run->ctx, item, chunk, err))
        return true;
    if (err->kind != ERROR_ITEM)
        return error_context(err, "%s", item->name);
    chunk_undo(chunk, &mark);
    outcome->parked = keep_error(chunk->arena, err);
    error_clear(err);
    return true;
}

static bool compute_items(const struct run *run, struct chunk *chunk, int64_t tenant_id,
                          size_t *row_ends, size_t first, size_t end, struct error *err)
{
    size_t tables = chunk->table_count;
    for (size_t i = first; i < end; i++) {
        if (stop_requested(run, err) || !compute_item(run, chunk, i, tenant_id, err))
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

struct slice_argument {
    const struct run *run;
    int64_t tenant_id;
};

static bool compute_slice(const void *argument, struct chunk *chunk, size_t *row_ends, size_t first,
                          size_t end, struct error *err)
{
    const struct slice_argument *slice = argument;
    return compute_items(slice->run, chunk, slice->tenant_id, row_ends, first, end, err) &&
           publish(slice->run, chunk, err);
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
    if (processes <= 1)
        return compute_items(run, chunk, partition->tenant_id, work->row_ends, 0, count, err);
    struct slice_argument argument = {.run = run, .tenant_id = partition->tenant_id};
    struct apart apart = {.processes = processes, .compute = compute_slice, .argument = &argument};
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
    int64_t part_ms = (int64_t)run->definition->lease_s * MS_PER_S / LEASE_PARTS;
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
    return count < range->limit ||
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
    if (!load_items(run, &range, &work->chunk, err))
        return error_context(err, "loading %s after key %s", job->name, partition->cursor_key);
    assert(work->chunk.list.count <= limit);
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
        .tenant_id = tenant_id, .key = arena_copy(run->arena, item->key), .why = *why};
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

/* Loads, computes and commits the next chunk. *ret_more false: the partition is finished or gone.
 */
static bool run_chunk(struct run *run, struct partition *partition, bool *ret_more,
                      struct error *err)
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
    if (!check_parked_limits(run, count_parked(&work.chunk), err))
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
    if (!checkpoint_commit(&checkpoint, &outcome, &bad_item, err))
        return false;
    fit_to_lease(run, work.chunk.list.count, clock_boot_ms() - begun_ms);
    switch (outcome) {
    case CHECKPOINT_COMMITTED:
        partition->cursor_key =
            arena_copy(run->arena, work.chunk.list.items[work.chunk.list.count - 1].key);
        count_chunk(run, &work.chunk);
        fit_to_changes(run, work.chunk.list.count, true);
        tell_progress(run, false);
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

/* ---------------------------------------------------------------- one execution */

/* What stopped the work stays the error; a partition that cannot even be given back is free again
 * when its lease ends. */
static void give_back(const struct run *run, const struct partition *partition)
{
    struct error err = {0};
    if (!partition_release(run->engine, partition, &err))
        log_line(LOG_DEBUG, "%s", err.message);
}

static bool run_partition(struct run *run, struct partition *partition, struct error *err)
{
    bool more = true;
    while (more) {
        if (!stop_requested(run, err) && !stop_asked(run, err) &&
            run_chunk(run, partition, &more, err))
            continue;
        if (err->kind == ERROR_RETRY) /* see execute_retrying */
            run->interrupted = *partition;
        else
            give_back(run, partition);
        return error_context(err, "%s %s", run->instance.job, run->instance.business_key);
    }
    return true;
}

/* Where a lost connection or the like has left off, unless others have taken over meanwhile. */
static bool run_interrupted(struct run *run, struct error *err)
{
    struct partition partition = run->interrupted;
    enum partition_standing standing = PARTITION_LOST;
    if (partition.partition_no == 0)
        return true;
    if (!partition_reload(run->engine, &partition, run->arena, &standing, err))
        return false;
    run->interrupted.partition_no = 0;
    if (standing == PARTITION_LOST)
        log_line(LOG_WARNING,
                 "%s %s: partition %" PRId64
                 " was taken over by another worker; what was open was not written",
                 run->instance.job, run->instance.business_key, partition.partition_no);
    return standing != PARTITION_OURS || run_partition(run, &partition, err);
}

/* Every partition that is free, or whose worker has let its lease end. */
static bool run_free_partitions(struct run *run, struct error *err)
{
    for (int64_t from_no = 1;;) {
        struct partition partition = {0};
        bool found = false;
        if (!partition_claim(run->engine, run->instance.instance_id, from_no,
                             run->definition->lease_s, run->arena, &partition, &found, err))
            return false;
        if (!found)
            return true;
        if (!run_partition(run, &partition, err))
            return false;
        from_no = partition.partition_no + 1;
    }
}

/* What others work on is waited for: they end it, or their lease does and it is taken over. Beside
 * the only writer nobody works. */
static bool run_partitions(struct run *run, struct error *err)
{
    struct db *db = run->engine->db;
    int64_t pause_ms = PAUSE_FIRST_MS;
    if (!run_interrupted(run, err))
        return false;
    for (;;) {
        struct partition_sums now;
        bool shared = !db_is_sole_writer(db) && !db_is_dry_run(db);
        if (shared && !liveness_free_partitions(run->engine, run->instance.instance_id, err))
            return false;
        if (!run_free_partitions(run, err))
            return false;
        if (!shared)
            return true;
        if (!partition_sums(db, run->instance.instance_id, &now, err))
            return false;
        if (now.partitions_done == now.partitions)
            return true;
        if (stop_requested(run, err) || stop_asked(run, err))
            return false;
        say_alive(run);
        engine_wait_ms(pause_ms);
        pause_ms = pause_ms * 2 > PAUSE_LAST_MS ? PAUSE_LAST_MS : pause_ms * 2;
    }
}

static bool is_planned_by_now(struct run *run)
{
    struct error unread = {0};
    return instance_load(run->engine->db, run->instance.instance_id, run->arena, &run->instance,
                         &unread) &&
           run->instance.plan_passes >= run->passes;
}

/* Several workers may begin a run together: one of them plans it, and the others find the plan. So
 * does a worker whose connection was lost in the COMMIT of its own. */
static bool plan_if_needed(struct run *run, struct error *err)
{
    if (run->tried &&
        !instance_load(run->engine->db, run->instance.instance_id, run->arena, &run->instance, err))
        return false;
    run->tried = true;
    if (run->instance.plan_passes >= run->passes)
        return true;
    if (stop_requested(run, err))
        return false;
    if (!partition_plan(&run->ctx, run->definition, &run->instance, err) &&
        !(err->kind == ERROR_RETRY && is_planned_by_now(run)))
        return false;
    error_clear(err);
    return true;
}

/* What stands before the first chunk: sums and parked items of all earlier executions. */
static bool load_standing(struct run *run, struct error *err)
{
    struct db *db = run->engine->db;
    int64_t instance_id = run->instance.instance_id;
    bool found = false;
    if (!parked_set_load(db, instance_id, run->arena, &run->parked, err) ||
        !partition_sums(db, instance_id, &run->sums, err) ||
        !db_query_i64(db, STMT_PARKED_OPEN_COUNT, DB_ARGS(db_i64(instance_id)), &run->parked_open,
                      &found, err))
        return false;
    for (size_t i = 0; i < run->parked.count; i++)
        run->parked_open -= run->parked.items[i].before == PARKED_RETRY;
    return true;
}

/* The run is over when every partition is done; what others work on, they end. */
static bool check_all_done(const struct run *run, struct error *err)
{
    struct partition_sums now;
    if (!partition_sums(run->engine->db, run->instance.instance_id, &now, err))
        return false;
    if (now.partitions_done == now.partitions)
        return true;
    (void)error_run(err, EXIT_OWNED,
                    "%s %s: %" PRId64 " of %" PRId64 " partitions belong to another worker",
                    run->instance.job, run->instance.business_key,
                    now.partitions - now.partitions_done, now.partitions);
    return error_hint(err, "it goes on with them; if it is dead, `billmill resume` takes over what "
                           "it left");
}

static bool execute(struct run *run, const struct run_request *request, struct error *err)
{
    if (!plan_if_needed(run, err) || !load_standing(run, err))
        return false;
    tell_progress(run, false);
    if (!run_partitions(run, err) || !check_all_done(run, err))
        return false;
    tell_progress(run, true);
    return parked_settle_others(run->engine->db, err) &&
           (request->mode == RUN_NORMAL ||
            parked_settle_unmet(run->engine->db, &run->instance, err));
}

/* What is not confirmed is no failure but somebody else at work, who is waited for: by time, not by
 * attempts, and said once. */
static bool wait_for_others(struct run *run, struct error *err)
{
    int64_t now_ms = clock_boot_ms();
    if (run->waits_since_ms == 0) {
        run->waits_since_ms = now_ms;
        log_line(LOG_INFO, "waiting: %s", err->message);
    }
    int64_t waited_ms = now_ms - run->waits_since_ms;
    int64_t pause_ms = PAUSE_FIRST_MS + waited_ms / 2;
    if (waited_ms >= (int64_t)run->definition->lease_s * MS_PER_S * CONFIRM_LEASES)
        return false;
    say_alive(run);
    engine_wait_ms(pause_ms > CONFIRM_PAUSE_LAST_MS ? CONFIRM_PAUSE_LAST_MS : pause_ms);
    error_clear(err);
    return true;
}

/* What is temporary is tried again from what is committed, as `resume` does it; in a row only so
 * often, and from the beginning when something was achieved meanwhile. */
static bool execute_retrying(struct run *run, const struct run_request *request, struct error *err)
{
    int64_t achieved = 0;
    int attempt = 0;
    while (!execute(run, request, err)) {
        bool waits = run->unconfirmed;
        run->unconfirmed = false;
        if (run->chunks > achieved)
            run->waits_since_ms = attempt = 0;
        achieved = run->chunks;
        if (waits ? !wait_for_others(run, err) : !engine_try_again(attempt++, err))
            return false;
    }
    return true;
}

static void run_prepare(struct run *run, const struct engine *engine,
                        const struct instance *instance, const struct run_request *request)
{
    const struct run_definition *definition = request->definition;
    run->engine = engine;
    run->definition = definition;
    run->instance = *instance;
    run->confirmed_limit = SIZE_MAX;
    run->passes = request->mode == RUN_PASS ? request->passes_before + 1 : 1;
    run->ids = (struct id_block){.db = engine->db};
    run->started_ms = run->said_ms = clock_boot_ms();
    run->limit =
        definition->chunk_size < FIRST_CHUNK_MAX ? (size_t)definition->chunk_size : FIRST_CHUNK_MAX;
    db_set_lease(engine->db, definition->lease_s);
    db_expect_parts(engine->db);
    run->ctx = (struct job_ctx){.db = engine->db,
                                .arena = run->arena,
                                .environment = engine->environment,
                                .memory = &run->memory,
                                .business_date = instance->business_date,
                                .key = definition->key,
                                .instance_id = instance->instance_id,
                                .dry_run = db_is_dry_run(engine->db)};
}

/* A start whose COMMIT was lost, but counts, is a crashed execution of this process then. */
static bool start_execution(struct run *run, const struct run_request *request, bool *ret_started,
                            struct error *err)
{
    struct execution_request start = {.definition = request->definition,
                                      .started_by = request->started_by,
                                      .reason = request->reason,
                                      .reopen = request->mode == RUN_PASS &&
                                                run->instance.plan_passes < run->passes};
    for (int attempt = 0;
         !execution_start(run->engine, &run->instance, &start, &run->execution, ret_started, err);
         attempt++)
        if (!engine_try_again(attempt, err))
            return false;
    return true;
}

/* Another worker has just finished it: the result is his, and nothing was done here. */
static bool take_result(const struct run *run, struct run_result *ret_result, struct error *err)
{
    struct db *db = run->engine->db;
    int64_t instance_id = run->instance.instance_id;
    struct run_result result = {.instance_id = instance_id};
    bool found = false;
    if (!db_query_i64(db, STMT_EXECUTION_LAST, DB_ARGS(db_i64(instance_id)), &result.execution_id,
                      &found, err) ||
        !db_query_i64(db, STMT_PARKED_OPEN_COUNT, DB_ARGS(db_i64(instance_id)),
                      &result.execution.parked_open, &found, err))
        return false;
    result.execution.exit_code = result.execution.parked_open > 0 ? EXIT_PARKED : EXIT_DONE;
    *ret_result = result;
    return true;
}

/* To say twice that it has ended changes nothing. Where the work has waited for the database in
 * vain this need not wait as long again. */
static bool end_execution(const struct run *run, const struct error *failure, bool ends_pass,
                          struct execution_result *ret_result, struct error *err)
{
    bool waited = failure != NULL && failure->kind == ERROR_RETRY;
    for (int attempt = waited ? ENGINE_RETRIES_MAX : 0;
         !execution_end(run->engine, &run->execution, failure, ends_pass, ret_result, err);
         attempt++)
        if (!engine_try_again(attempt, err))
            return false;
    return true;
}

bool run_instance(const struct engine *engine, const struct instance *instance,
                  const struct run_request *request, struct run_result *ret_result,
                  struct error *failure, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("a run's memory", RUN_ARENA_CAP);
    CLEANUP(arena_destroy)
    struct arena *arena_of_chunk = arena_create("a chunk's memory", engine->memory_cap_bytes);
    CLEANUP(arena_destroy)
    struct arena *arena_of_item = arena_create("an item's memory", engine->memory_cap_bytes);
    struct run run = {.arena = arena, .chunk_arena = arena_of_chunk, .item_arena = arena_of_item};
    bool started = false;
    error_clear(failure);
    run_prepare(&run, engine, instance, request);
    run.pipeline_execution_id = request->pipeline_execution_id;
    if (!start_execution(&run, request, &started, err))
        return false;
    if (!started)
        return take_result(&run, ret_result, err);
    bool ok = execute_retrying(&run, request, failure);
    if (run.definition->job->release != NULL && run.memory != NULL)
        run.definition->job->release(run.memory);
    ret_result->instance_id = instance->instance_id;
    ret_result->execution_id = run.execution.execution_id;
    if (end_execution(&run, ok ? NULL : failure, request->mode == RUN_PASS, &ret_result->execution,
                      err))
        return true;
    if (!ok) /* what stopped the work is what people are told */
        *err = *failure;
    return false;
}
