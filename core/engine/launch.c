/* Launching: see launch.h. */
#include "core/engine/launch.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/engine/audit.h"
#include "core/engine/dispatch.h"
#include "core/engine/effect_store.h"
#include "core/engine/liveness.h"

struct launch {
    const struct engine *engine;
    const struct launch_request *request;
    const struct launch_start *start; /* NULL while it is made */
    struct arena *arena;
    const char *due_step;    /* of a finished run: the job that has something to send; NULL: none */
    int64_t redo_generation; /* of a redo whose COMMIT may have been lost; 0: none was tried */
};

/* ---------------------------------------------------------------- which instance */

/* An unfinished run keeps the definition that it began with, unless somebody says otherwise. A job
 * has begun when it is planned, a pipeline (which has no plan) when it was started. */
static bool check_definition(const struct launch *launch, const struct run_definition *definition,
                             const struct instance *instance, struct error *err)
{
    char digest[SHA256_HEX_SIZE];
    bool begun =
        definition->job != NULL ? instance->plan_passes > 0 : !text_equal(instance->state, "ready");
    definition_digest(definition, digest);
    if (!begun || text_equal(digest, instance->definition_digest) ||
        launch->request->adopt_definition)
        return true;
    (void)error_run(err, EXIT_CONFIG, "the definition of %s has changed since %s was started",
                    definition->name, instance->business_key);
    return error_hint(err, "put the old file back, or go on with the new one: --adopt-definition "
                           "--reason TEXT");
}

/* Looked at again when it starts; here nothing is left behind by what may not. */
static bool is_free(const struct launch *launch, struct error *err)
{
    const struct run_definition *definition = launch->request->definition;
    return liveness_job_is_free(launch->engine, definition->name, launch->request->business_key,
                                run_definition_lease_s(definition), err);
}

static bool add_instance(const struct launch *launch, const struct run_definition *definition,
                         int64_t generation, int64_t supersedes_id, int64_t parent_instance_id,
                         struct instance *ret_instance, struct error *err)
{
    struct instance_request request = {
        .definition = definition,
        .business_key = launch->request->business_key,
        .generation = generation,
        .parent_instance_id = parent_instance_id,
        .supersedes_id = supersedes_id,
        .reason = launch->request->action == LAUNCH_REDO ? launch->request->reason : NULL,
    };
    /* A step of months in a pipeline of days is run for the day. */
    if (!business_key_parse(launch->request->definition->key, request.business_key,
                            &request.business_date, err))
        return false;
    return instance_add(launch->engine, &request, launch->arena, ret_instance, err);
}

static bool find_newest(const struct launch *launch, const struct run_definition *definition,
                        struct instance *ret_instance, bool *ret_found, struct error *err)
{
    return instance_find(launch->engine->db, definition->name, launch->request->business_key,
                         launch->arena, ret_instance, ret_found, err);
}

static bool refuse(const struct launch_request *request, const char *what, const char *command,
                   struct error *err)
{
    const struct run_definition *definition = request->definition;
    const char *option = "";
    switch (definition->key) {
    case JOB_KEY_PERIOD:
        option = " --period ";
        break;
    case JOB_KEY_DATE:
        option = " --date ";
        break;
    case JOB_KEY_NONE:
        break;
    }
    (void)error_run(err, EXIT_USAGE, "%s %s %s", definition->name, request->business_key, what);
    return error_hint(err, "`billmill %s %s%s%s` does that", command, definition->name, option,
                      definition->key == JOB_KEY_NONE ? "" : request->business_key);
}

/* What the definition comes after must be finished for the same business key. */
static bool check_after(const struct launch *launch, struct error *err)
{
    const struct run_definition *definition = launch->request->definition;
    for (size_t i = 0; i < definition->after_count; i++) {
        struct instance earlier;
        bool found = false;
        if (!find_newest(launch, definition->after[i], &earlier, &found, err))
            return false;
        if (found && instance_is_finished(&earlier))
            continue;
        (void)error_run(err, EXIT_USAGE, "%s %s comes after %s, which is %s", definition->name,
                        launch->request->business_key, definition->after[i]->name,
                        found ? earlier.state : "not run");
        return error_hint(err, "run it first, or `billmill close` for all in their order");
    }
    return true;
}

static bool sends(const struct run_definition *definition)
{
    return definition->job != NULL && definition->job->kinds != NULL;
}

/* Of a pipeline: that nothing of it is left but what is to be sent, which no date decides. */
static bool leaves_sending(const struct launch *launch, const struct run_definition *definition,
                           const char *business_key, bool *ret_only, struct error *err)
{
    *ret_only = definition->step_count > 0;
    for (size_t i = 0; i < definition->step_count && *ret_only; i++) {
        struct instance step;
        bool found = false;
        if (sends(definition->steps[i]))
            continue;
        if (!instance_find(launch->engine->db, definition->steps[i]->name, business_key,
                           launch->arena, &step, &found, err))
            return false;
        *ret_only = found && instance_is_finished(&step);
    }
    return true;
}

static bool refuse_before(const struct launch *launch, const struct instance *earlier,
                          struct error *err)
{
    const struct launch_request *request = launch->request;
    (void)error_run(err, EXIT_TEMPORARY, "%s %s is unfinished: %s %s would do what it has left",
                    earlier->job, earlier->business_key, request->definition->name,
                    request->business_key);
    return error_hint(err,
                      "`billmill resume` finishes it; if %s is really meant to do that, "
                      "add --unfinished",
                      request->business_key);
}

/* What was due by an earlier date and is not done is due to a later one too, which would give it
 * its own date: documents of a month's close that was killed are numbered by that close, once it is
 * resumed. Said of the pipeline where it is a step of one. What is only to be sent has no date. */
static bool check_earlier_of(const struct launch *launch, const struct run_definition *definition,
                             struct date business_date, struct error *err)
{
    struct db *db = launch->engine->db;
    struct instance earlier;
    bool found = !sends(definition);
    for (const char *after = ""; found;) {
        bool only_sending = false;
        if (!rows_load_one(db, STMT_INSTANCE_UNFINISHED_BEFORE,
                           DB_ARGS(db_text(definition->name),
                                   db_text(date_text(business_date).text), db_text(after)),
                           launch->arena, instance_fields, ARRAY_LEN(instance_fields), &earlier,
                           &found, err))
            return false;
        if (!found)
            break;
        after = arena_copy(launch->arena, date_text(earlier.business_date).text);
        if (!leaves_sending(launch, definition, earlier.business_key, &only_sending, err))
            return false;
        if (only_sending)
            continue;
        if (earlier.parent_instance_id != DB_I64_NONE &&
            !instance_load(db, earlier.parent_instance_id, launch->arena, &earlier, err))
            return false;
        return refuse_before(launch, &earlier, err);
    }
    for (size_t i = 0; i < definition->step_count; i++)
        if (!check_earlier_of(launch, definition->steps[i], business_date, err))
            return false;
    return true;
}

/* A dry run keeps nothing, so it may look at any date. */
static bool check_earlier(const struct launch *launch, struct error *err)
{
    const struct launch_request *request = launch->request;
    struct date business_date;
    return request->past_unfinished || db_is_dry_run(launch->engine->db) ||
           (business_key_parse(request->definition->key, request->business_key, &business_date,
                               err) &&
            check_earlier_of(launch, request->definition, business_date, err));
}

/* A finished run that sends, or a pipeline with a step that does: what has become due since is sent
 * in a further pass. */
static bool find_due(struct launch *launch, const struct run_definition *definition,
                     struct error *err)
{
    bool due = false;
    if (definition->job != NULL && definition->job->kinds != NULL &&
        !db_is_dry_run(launch->engine->db) &&
        !dispatch_is_due(launch->engine->db, definition->job->kinds, &due, err))
        return false;
    if (due)
        launch->due_step = definition->name;
    for (size_t i = 0; i < definition->step_count && launch->due_step == NULL; i++)
        if (!find_due(launch, definition->steps[i], err))
            return false;
    return true;
}

static bool is_left(struct launch *launch, bool over, bool *ret_run, struct error *err)
{
    launch->due_step = NULL;
    if (over && !find_due(launch, launch->request->definition, err))
        return false;
    *ret_run = !over || launch->due_step != NULL;
    return true;
}

/* The instance that the request is about; *ret_run false when there is nothing to do. */
static bool choose(struct launch *launch, struct instance *ret_instance, bool *ret_run,
                   struct error *err)
{
    const struct launch_request *request = launch->request;
    bool found = false;
    *ret_run = true;
    if (!find_newest(launch, request->definition, ret_instance, &found, err))
        return false;
    bool finished = found && instance_is_finished(ret_instance);
    bool over = finished && ret_instance->pass_from == NULL; /* a pass was asked for, and killed */
    switch (request->action) {
    case LAUNCH_RUN:
        if (!found)
            return check_after(launch, err) && is_free(launch, err) && check_earlier(launch, err) &&
                   add_instance(launch, request->definition, 1, DB_I64_NONE, DB_I64_NONE,
                                ret_instance, err);
        if (!is_left(launch, over, ret_run, err))
            return false;
        break;
    case LAUNCH_RESUME:
        if (!found)
            return refuse(request, "was never run", "run", err);
        if (!is_left(launch, over, ret_run, err))
            return false;
        break;
    case LAUNCH_REDO:
        if (!found)
            return refuse(request, "was never run", "run", err);
        if (ret_instance->generation == launch->redo_generation)
            return true;
        if (!over)
            return refuse(request, "is not finished", "resume", err);
        launch->redo_generation = ret_instance->generation + 1;
        if (!is_free(launch, err) || !check_earlier(launch, err))
            return false;
        return add_instance(launch, request->definition, ret_instance->generation + 1,
                            ret_instance->instance_id, DB_I64_NONE, ret_instance, err);
    case LAUNCH_RETRY:
        if (!found || !finished)
            return refuse(request, "is not finished", "resume", err);
        return true;
    }
    return finished || check_definition(launch, request->definition, ret_instance, err);
}

/* Who died in it on another host, or after everybody else had begun. */
static bool bury(const struct launch *launch, const struct run_definition *definition,
                 struct error *err)
{
    struct instance instance;
    bool found = false;
    if (!find_newest(launch, definition, &instance, &found, err) ||
        (found && !liveness_bury(launch->engine, instance.instance_id,
                                 run_definition_lease_s(definition), err)))
        return false;
    for (size_t i = 0; i < definition->step_count; i++)
        if (!bury(launch, definition->steps[i], err))
            return false;
    return true;
}

static bool bury_all(const struct launch *launch, struct error *err)
{
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    return tx_begin(&tx, launch->engine->db, err) &&
           bury(launch, launch->request->definition, err) && tx_commit(&tx, err);
}

static bool say_already_done(const struct launch *launch, struct launch_result *result,
                             struct error *err)
{
    bool found = false;
    struct db *db = launch->engine->db;
    result->already_done = true;
    if (!db_is_sole_writer(db) && !db_is_dry_run(db) && !bury_all(launch, err))
        return false;
    if (!db_query_i64(db, STMT_EXECUTION_LAST, DB_ARGS(db_i64(result->instance.instance_id)),
                      &result->execution_id, &found, err) ||
        !db_query_i64(db, STMT_PARKED_OPEN_COUNT, DB_ARGS(db_i64(result->instance.instance_id)),
                      &result->execution.parked_open, &found, err))
        return false;
    result->execution.exit_code = EXIT_DONE;
    return true;
}

/* ---------------------------------------------------------------- pipelines */

/* A step's instance: the newest of this business key, unless a redo of the pipeline wants its own.
 */
static bool choose_step(const struct launch *launch, const struct run_definition *step,
                        const struct instance *pipeline, struct instance *ret_instance,
                        struct error *err)
{
    bool found = false;
    if (!find_newest(launch, step, ret_instance, &found, err))
        return false;
    if (!found)
        return add_instance(launch, step, 1, DB_I64_NONE, pipeline->instance_id, ret_instance, err);
    bool own = ret_instance->parent_instance_id == pipeline->instance_id;
    if (own || pipeline->generation == 1 || !instance_is_finished(ret_instance))
        return instance_is_finished(ret_instance) ||
               check_definition(launch, step, ret_instance, err);
    return add_instance(launch, step, ret_instance->generation + 1, ret_instance->instance_id,
                        pipeline->instance_id, ret_instance, err);
}

/* How often it was planned when this launch began: one that was planned more often is in the
 * further pass of this launch, or through with it. */
static int64_t passes_before(const struct launch *launch, const struct instance *instance)
{
    for (size_t i = 0; i < launch->start->steps.count; i++)
        if (launch->start->steps.items[i].instance_id == instance->instance_id)
            return launch->start->steps.items[i].plan_passes;
    return 0;
}

static bool run_mode(const struct launch *launch, const struct run_definition *definition,
                     const struct instance *instance, enum run_mode mode,
                     struct launch_result *result, struct error *failure, struct error *err)
{
    struct run_result run = {0};
    struct run_request request = {.definition = definition,
                                  .mode = mode,
                                  .passes_before = passes_before(launch, instance),
                                  .pipeline_execution_id = result->execution_id,
                                  .started_by = launch->request->started_by,
                                  .reason = launch->request->reason};
    if (!run_instance(launch->engine, instance, &request, &run, failure, err))
        return false;
    if (launch->request->definition->job != NULL)
        result->execution_id = run.execution_id;
    result->execution.exit_code = run.execution.exit_code;
    result->execution.parked_open = run.execution.parked_open;
    if (sends(definition)) /* of a pipeline the step that sends says it */
        result->execution.held = run.execution.held;
    result->execution.items_done += run.execution.items_done;
    result->execution.items_parked += run.execution.items_parked;
    result->execution.rows_written += run.execution.rows_written;
    result->execution.chunks += run.execution.chunks;
    return true;
}

static bool reload(const struct launch *launch, struct instance *instance, struct error *err)
{
    for (int attempt = 0;
         !instance_load(launch->engine->db, instance->instance_id, launch->arena, instance, err);
         attempt++)
        if (!engine_try_again(attempt, err))
            return false;
    return true;
}

/* What is unfinished is finished first; the further pass then plans what is due and not done,
 * unless another worker of this launch has planned it. */
static bool run_job(const struct launch *launch, const struct run_definition *definition,
                    struct instance *instance, bool further_pass, struct launch_result *result,
                    struct error *failure, struct error *err)
{
    int64_t before = passes_before(launch, instance);
    if (!instance_is_finished(instance) && !(further_pass && instance->plan_passes > before)) {
        if (!run_mode(launch, definition, instance, RUN_NORMAL, result, failure, err))
            return false;
        if (failure->kind != ERROR_NONE || !reload(launch, instance, err))
            return failure->kind != ERROR_NONE;
    }
    bool over = instance_is_finished(instance) && instance->plan_passes > before;
    return !further_pass || over ||
           run_mode(launch, definition, instance, RUN_PASS, result, failure, err);
}

/* A step that sends may have been done for this day before the steps in front of it had intended
 * anything. */
static bool is_to_send_more(const struct launch *launch, const struct run_definition *step,
                            const struct instance *instance, bool *ret_more, struct error *err)
{
    struct db *db = launch->engine->db;
    *ret_more = false;
    if (!sends(step) || !instance_is_finished(instance) || db_is_dry_run(db))
        return true;
    for (int attempt = 0; !dispatch_is_due(db, step->job->kinds, ret_more, err); attempt++)
        if (!engine_try_again(attempt, err))
            return false;
    return true;
}

/* A provider that is down keeps what stands behind from nothing: it is done, and the sending is
 * what is left. When that goes on, those behind it look again. */
static bool run_steps(const struct launch *launch, const struct run_definition *definition,
                      const struct instance *pipeline, struct launch_result *result,
                      struct error *failure, struct error *err)
{
    bool further_pass = false;
    struct error unsent = {0};
    for (size_t i = 0; i < definition->step_count; i++) {
        const struct run_definition *step = definition->steps[i];
        struct instance instance;
        further_pass = further_pass || text_equal(pipeline->pass_from, step->name) ||
                       text_equal(pipeline->pass_from, definition->name);
        /* Often another worker has just added it: then it is found at once. */
        for (int attempt = -1; !choose_step(launch, step, pipeline, &instance, err); attempt++)
            if (!(attempt < 0 && err->kind == ERROR_RETRY) && !engine_try_again(attempt, err))
                return false;
        bool sent_more = sends(step) && !instance_is_finished(&instance);
        bool is_due = false;
        if (!is_to_send_more(launch, step, &instance, &is_due, err))
            return false;
        further_pass = further_pass || is_due;
        if (!run_job(launch, step, &instance, further_pass, result, failure, err))
            return false;
        further_pass = further_pass || sent_more;
        if (failure->kind == ERROR_NONE)
            continue;
        if (!sends(step) || failure->exit_code != EXIT_TEMPORARY)
            return true;
        unsent = *failure;
        error_clear(failure);
    }
    *failure = unsent;
    return true;
}

static bool run_pipeline(const struct launch *launch, const struct instance *instance,
                         struct launch_result *result, struct error *failure, struct error *err)
{
    const struct launch_request *request = launch->request;
    struct execution_request start = {.definition = request->definition,
                                      .started_by = request->started_by,
                                      .reason = request->reason,
                                      .reopen = instance->pass_from != NULL};
    struct execution execution;
    struct error not_started = {0};
    bool started = false;
    for (int attempt = 0;
         !execution_start(launch->engine, instance, &start, &execution, &started, err); attempt++)
        if (!engine_try_again(attempt, err))
            return false;
    if (!started)
        return say_already_done(launch, result, err);
    result->execution_id = execution.execution_id;
    /* A step that could not even be started has failed the pipeline: it must not stay "running". */
    if (!run_steps(launch, request->definition, instance, result, failure, &not_started))
        *failure = not_started;
    bool waited = failure->kind == ERROR_RETRY; /* in vain: see end_execution in run.c */
    for (int attempt = waited ? ENGINE_RETRIES_MAX : 0; !execution_end_pipeline(
             launch->engine, &execution, failure->kind == ERROR_NONE ? NULL : failure,
             &result->execution, err);
         attempt++)
        if (!engine_try_again(attempt, err)) {
            if (failure->kind != ERROR_NONE) /* what stopped the work is what people are told */
                *err = *failure;
            return false;
        }
    return true;
}

/* ---------------------------------------------------------------- the launch itself */

/* Recorded before anything is run, so that `resume` knows of a pass that was killed. */
static bool start_pass(const struct launch *launch, struct instance *instance, struct error *err)
{
    const struct launch_request *request = launch->request;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    const char *from_step = launch->due_step != NULL ? launch->due_step : request->from_step;
    if (request->action != LAUNCH_RETRY && launch->due_step == NULL)
        return true;
    instance->pass_from = from_step == NULL ? request->definition->name : from_step;
    return tx_begin(&tx, launch->engine->db, err) &&
           db_run(launch->engine->db, STMT_INSTANCE_PASS,
                  DB_ARGS(db_i64(instance->instance_id), db_text(instance->pass_from)), NULL,
                  err) &&
           tx_commit(&tx, err);
}

static bool audit_adoption(const struct launch *launch, struct error *err)
{
    const struct launch_request *request = launch->request;
    if (!request->adopt_definition)
        return true;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    return tx_begin(&tx, launch->engine->db, err) &&
           audit_add(launch->engine, "adopt definition",
                     arena_printf(launch->arena, "%s %s", request->definition->name,
                                  request->business_key),
                     request->reason == NULL ? "" : request->reason, err) &&
           tx_commit(&tx, err);
}

static bool remember_passes(const struct launch *launch, const struct run_definition *definition,
                            struct launch_start *start, struct error *err)
{
    struct instance instance;
    bool found = false;
    if (!find_newest(launch, definition, &instance, &found, err))
        return false;
    if (found)
        ARRAY_ADD(launch->arena, &start->steps) =
            (struct launch_step){instance.instance_id, instance.plan_passes};
    for (size_t i = 0; i < definition->step_count; i++)
        if (!remember_passes(launch, definition->steps[i], start, err))
            return false;
    return true;
}

/* All that is recorded before anything is run; tried again, it finds what it has done. */
static bool begin(struct launch *launch, struct launch_start *start, struct error *err)
{
    bool found = false;
    return choose(launch, &start->instance, &start->run, err) &&
           db_query_i64(launch->engine->db, STMT_EXECUTION_NEWEST, DB_NO_ARGS,
                        &start->last_execution_id, &found, err) &&
           (!start->run || (start_pass(launch, &start->instance, err) &&
                            remember_passes(launch, launch->request->definition, start, err) &&
                            audit_adoption(launch, err)));
}

bool launch_begin(const struct engine *engine, const struct launch_request *request,
                  struct arena *arena, struct launch_start *ret_start, struct error *err)
{
    struct launch own = {.engine = engine, .request = request, .arena = arena};
    struct launch_start start = {0};
    db_set_lease(engine->db, run_definition_lease_s(request->definition));
    for (int attempt = 0; !begin(&own, &start, err); attempt++) {
        if (!engine_try_again(attempt, err)) /* another worker has just added it */
            return false;
        start = (struct launch_start){0};
    }
    *ret_start = start;
    return true;
}

bool launch_work(const struct engine *engine, const struct launch_request *request,
                 const struct launch_start *start, struct arena *arena,
                 struct launch_result *ret_result, struct error *failure, struct error *err)
{
    struct launch own = {.engine = engine, .request = request, .start = start, .arena = arena};
    struct launch_result result = {.instance = start->instance, .execution_id = DB_I64_NONE};
    error_clear(failure);
    db_set_lease(engine->db, run_definition_lease_s(request->definition));
    bool ok = !start->run ? say_already_done(&own, &result, err)
              : request->definition->job == NULL
                  ? run_pipeline(&own, &result.instance, &result, failure, err)
                  : run_job(&own, request->definition, &result.instance,
                            result.instance.pass_from != NULL, &result, failure, err);
    if (ok)
        *ret_result = result;
    return ok;
}

bool launch(const struct engine *engine, const struct launch_request *request, struct arena *arena,
            struct launch_result *ret_result, struct error *failure, struct error *err)
{
    struct launch_start start;
    return launch_begin(engine, request, arena, &start, err) &&
           launch_work(engine, request, &start, arena, ret_result, failure, err);
}

/* ---------------------------------------------------------------- several workers, afterwards */

static bool sum_up(const struct launch *launch, struct launch_result *result, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row = false;
    bool found = false;
    struct execution_result *sums = &result->execution;
    if (!db_query(
            launch->engine->db, STMT_LAUNCH_SUMS,
            DB_ARGS(db_i64(result->instance.instance_id), db_i64(launch->start->last_execution_id)),
            &rows, err) ||
        !db_rows_next(rows, &has_row, err))
        return false;
    sums->items_done = db_rows_i64(rows, 0);
    sums->items_parked = db_rows_i64(rows, 1);
    sums->rows_written = db_rows_i64(rows, 2);
    sums->chunks = db_rows_i64(rows, 3);
    return db_query_i64(launch->engine->db, STMT_PARKED_OPEN_COUNT,
                        DB_ARGS(db_i64(result->instance.instance_id)), &sums->parked_open, &found,
                        err) &&
           db_query_i64(launch->engine->db, STMT_EXECUTION_LAST,
                        DB_ARGS(db_i64(result->instance.instance_id)), &result->execution_id,
                        &found, err);
}

/* Effects that are held, as the step that sends says it. */
static bool count_held(const struct launch *launch, const struct run_definition *definition,
                       struct execution_result *sums, struct error *err)
{
    int64_t held = 0;
    if (sends(definition) &&
        !effect_count_held(launch->engine->db, definition->job->kinds, launch->arena, &held, err))
        return false;
    sums->held += held;
    sums->parked_open += held;
    for (size_t i = 0; i < definition->step_count; i++)
        if (!count_held(launch, definition->steps[i], sums, err))
            return false;
    return true;
}

bool launch_outcome(const struct engine *engine, const struct launch_request *request,
                    const struct launch_start *start, struct arena *arena,
                    struct launch_result *ret_result, struct error *err)
{
    struct launch own = {.engine = engine, .request = request, .start = start, .arena = arena};
    struct launch_result result = {0};
    for (int attempt = 0; !bury_all(&own, err); attempt++)
        if (!engine_try_again(attempt, err))
            return false;
    if (!instance_load(engine->db, start->instance.instance_id, arena, &result.instance, err) ||
        !sum_up(&own, &result, err) ||
        !count_held(&own, request->definition, &result.execution, err))
        return false;
    /* A pass that nobody came to begin leaves the run before it finished. */
    bool finished = instance_is_finished(&result.instance) && result.instance.pass_from == NULL;
    result.execution.exit_code = !finished                          ? EXIT_TEMPORARY
                                 : result.execution.parked_open > 0 ? EXIT_PARKED
                                                                    : EXIT_DONE;
    *ret_result = result;
    return true;
}
