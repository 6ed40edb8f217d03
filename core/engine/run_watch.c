/* What a run hears and tells while it works: signals and wishes to stop, signs of life, progress,
 * and how many items are parked. See run_parts.h. */
#include <inttypes.h>

#include "core/base/clock.h"
#include "core/engine/run_parts.h"

#define SAY_S 15    /* a waiting worker says at least so often that it is there … */
#define SAY_PARTS 4 /* … and so often a lease */

bool run_stop_requested(const struct run *run, struct error *err)
{
    int signal_number = run->engine->stop_signal == NULL ? 0 : *run->engine->stop_signal;
    if (signal_number == 0)
        return false;
    (void)error_run(err, signal_number == SIGINT ? EXIT_INTERRUPTED : EXIT_TERMINATED,
                    "stopped by %s", signal_number == SIGINT ? "SIGINT" : "SIGTERM");
    (void)error_hint(err, "`billmill resume` continues at the last checkpoint");
    return true;
}

bool run_stop_asked(const struct run *run, struct error *err)
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

void run_say_alive(struct run *run)
{
    int64_t every_ms = (int64_t)run->definition->lease_s * RUN_MS_PER_S / SAY_PARTS;
    int64_t now_ms = clock_boot_ms();
    if (every_ms > (int64_t)SAY_S * RUN_MS_PER_S)
        every_ms = (int64_t)SAY_S * RUN_MS_PER_S;
    if (now_ms - run->said_ms < every_ms || db_is_sole_writer(run->engine->db) ||
        db_is_dry_run(run->engine->db))
        return;
    liveness_say(run->engine, run->execution.execution_id, run->pipeline_execution_id);
    run->said_ms = now_ms;
}

void run_tell_progress(const struct run *run, bool finished)
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

bool run_check_parked_limits(struct run *run, int64_t parked_more, struct error *err)
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
