/* From what a person asks (run, resume, redo, retry) to the instance and the mode; pipelines run
 * their steps in order here. */
#ifndef BILLMILL_ENGINE_LAUNCH_H
#define BILLMILL_ENGINE_LAUNCH_H

#include "core/engine/run.h"

enum launch_action {
    LAUNCH_RUN,    /* start, or continue an unfinished one; a finished one is left alone */
    LAUNCH_RESUME, /* continue an unfinished one; there must be one */
    LAUNCH_REDO,   /* a new generation of a finished one, with a reason */
    LAUNCH_RETRY   /* a further pass over a finished one, from step `from_step` of a pipeline on */
};

struct launch_request {
    const struct run_definition *definition;
    const char *business_key;
    enum launch_action action;
    const char *started_by; /* the word in job_execution.started_by */
    const char *reason;     /* redo, retry, adopting a definition; NULL: none */
    const char *from_step;  /* LAUNCH_RETRY of a pipeline: the step whose items are tried again */
    bool past_unfinished;   /* begin although an earlier business date is unfinished */
    bool adopt_definition;  /* continue although the job's file has changed since the start */
};

struct launch_result {
    bool already_done; /* nothing was run */
    struct instance instance;
    int64_t execution_id; /* this one, or with already_done the one that did it */
    struct execution_result execution;
};

/* What is done once, however many workers there are: the instance chosen or added, the decision in
 * the audit log, a further pass begun. Every worker of the launch then calls launch_work with it.
 */
struct launch_start {
    bool run; /* false: it is done already */
    struct instance instance;
    int64_t last_execution_id; /* of the whole database: those of this launch come after it */
    struct {
        struct launch_step {
            int64_t instance_id, plan_passes;
        } * items; /* of a further pass: how often each instance was planned before */
        size_t count;
        size_t capacity;
    } steps;
};
MUST_CHECK bool launch_begin(const struct engine *engine, const struct launch_request *request,
                             struct arena *arena, struct launch_start *ret_start,
                             struct error *err);
MUST_CHECK bool launch_work(const struct engine *engine, const struct launch_request *request,
                            const struct launch_start *start, struct arena *arena,
                            struct launch_result *ret_result, struct error *failure,
                            struct error *err);

/* What the workers of a launch have made of it, once all have ended: the exit code follows from the
 * state of the instance, which has no word for a run that is not finished (EXIT_TEMPORARY then).
 * Those that ended without a word are recorded as crashed. */
MUST_CHECK bool launch_outcome(const struct engine *engine, const struct launch_request *request,
                               const struct launch_start *start, struct arena *arena,
                               struct launch_result *ret_result, struct error *err);

/* Both with one worker. As run_instance: true when the outcome is recorded (or there was nothing to
 * do), with `failure` saying what went wrong in the run; false with `err` when it could not be
 * started. Texts of the result are in the arena. */
MUST_CHECK bool launch(const struct engine *engine, const struct launch_request *request,
                       struct arena *arena, struct launch_result *ret_result, struct error *failure,
                       struct error *err);

#endif
