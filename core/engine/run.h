/* Running one instance of one job. The invariants of the engine:
 *
 *  1. Identity. A run is (job, business key, generation), unique in the database. What it is for is
 *     its business date, an argument: nothing here asks the wall clock for anything but stamps and
 *     leases.
 *  2. Fence first. A chunk's transaction begins with one UPDATE of its partition that names owner,
 *     epoch and chunk number; unless it hits exactly one row, nothing of the chunk is written. The
 *     lease only decides when another worker may try; it never makes a write right.
 *  3. Second fence. job_chunk's primary key (instance, partition, chunk number) admits a chunk one
 *     time.
 *  4. One transaction. Business rows, effects as intents, parked items, totals, digest and cursor
 *     commit together; between two commits there is nothing to lose.
 *  5. Frozen plan. Partitions are written in one transaction before the first chunk; a further pass
 *     appends partitions and never touches old ones.
 *  6. Pure compute. The same loaded items give the same rows (surrogate ids apart, which nothing
 *     business depends on), so a chunk that is computed again, after a crash or by another worker,
 *     is the same chunk.
 *  7. One bad item is parked with its reason and its rows are dropped; the others go on. What a
 *     database refuses is traced to its item and parked likewise, in the same way.
 *  8. Publication before the rows that say so, and idempotent: a crash between the two repeats it
 *     with the same content.
 *  9. A finished instance is not run again: `run` says which execution did it. `resume` goes on
 *     at the cursors. `redo` makes generation + 1. A further pass (parked retry) plans what is due
 *     and not done, under the same instance; jobs that begin the work (job.h) do in it only what a
 *     person wants tried again.
 * 10. A dry run is this code in a transaction that is rolled back; only publication is left out,
 *     and the confirmation of 11.
 * 11. Nothing is decided by what has changed since it was read: where a job says so (job.h,
 *     confirm), a chunk is loaded again, with fewer items each time, so that what changes again and
 *     again is caught between two changes; and more again when that was achieved. A run waits ten
 *     leases for the next chunk to be confirmed, then ends with exit 75. */
#ifndef BILLMILL_ENGINE_RUN_H
#define BILLMILL_ENGINE_RUN_H

#include "core/engine/parked.h"

enum run_mode {
    RUN_NORMAL, /* start, or continue what is not finished */
    RUN_PASS    /* plan a further pass over a finished instance, or join the workers of it */
};

struct run_request {
    const struct run_definition *definition;
    enum run_mode mode;
    int64_t passes_before;         /* RUN_PASS: not planned again where it was planned more often */
    int64_t pipeline_execution_id; /* that this is a step of; DB_I64_NONE: of none */
    const char *started_by;        /* run, resume, redo, retry, close */
    const char *reason;            /* NULL: none */
};

struct run_result {
    int64_t instance_id;
    int64_t execution_id;
    struct execution_result execution;
};

/* Runs the instance to its end. True when an execution was recorded, whatever its outcome:
 * result->execution.exit_code says which, and `failure` (kind ERROR_NONE when all went well) why.
 * False when not even that was possible. */
MUST_CHECK bool run_instance(const struct engine *engine, const struct instance *instance,
                             const struct run_request *request, struct run_result *ret_result,
                             struct error *failure, struct error *err);

#endif
