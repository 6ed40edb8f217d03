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
    bool adopt_definition;  /* continue although the job's file has changed since the start */
};

struct launch_result {
    bool already_done; /* nothing was run */
    struct instance instance;
    int64_t execution_id; /* this one, or with already_done the one that did it */
    struct execution_result execution;
};

/* As run_instance: true when the outcome is recorded (or there was nothing to do), with `failure`
 * saying what went wrong in the run; false with `err` when it could not be started. Texts of the
 * result are in the arena. */
MUST_CHECK bool launch(const struct engine *engine, const struct launch_request *request,
                       struct arena *arena, struct launch_result *ret_result, struct error *failure,
                       struct error *err);

#endif
