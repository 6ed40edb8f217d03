/* The run loop: plan, claim a partition, commit chunk after chunk of it, end the execution. The
 * invariants that it keeps are numbered in run.h. */
#include <inttypes.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/engine/dispatch.h"

#define PAUSE_FIRST_MS 20 /* before looking again at what other workers have */
#define PAUSE_LAST_MS 100
#define FIRST_CHUNK_MAX 500 /* items; it shows how much memory one of them needs */
#define RUN_ARENA_CAP ((size_t)256 << 20)
#define CONFIRM_LEASES 10 /* so long a chunk may wait to be confirmed */
#define CONFIRM_PAUSE_LAST_MS 500

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
        if (!run_stop_requested(run, err) && !run_stop_asked(run, err) &&
            run_next_chunk(run, partition, &more, err))
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
        if (run_stop_requested(run, err) || run_stop_asked(run, err))
            return false;
        run_say_alive(run);
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
    if (run_stop_requested(run, err))
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
    run_tell_progress(run, false);
    if (run->definition->job->kinds != NULL)
        return dispatch_effects(run, err);
    if (!run_partitions(run, err) || !check_all_done(run, err))
        return false;
    run_tell_progress(run, true);
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
    if (waited_ms >= (int64_t)run->definition->lease_s * RUN_MS_PER_S * CONFIRM_LEASES)
        return false;
    run_say_alive(run);
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
    run->in_pass = request->mode == RUN_PASS;
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
                                .key = business_key_kind(definition->key, instance->business_key),
                                .instance_id = instance->instance_id,
                                .dry_run = db_is_dry_run(engine->db),
                                .stop_signal = engine->stop_signal};
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
