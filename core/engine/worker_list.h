/* Who works now, on this host and on others, as far as the database knows; and asking them to stop.
 * For `status` and `stop`. */
#ifndef BILLMILL_ENGINE_WORKER_LIST_H
#define BILLMILL_ENGINE_WORKER_LIST_H

#include "core/engine/engine.h"

enum worker_state {
    WORKER_WORKING,  /* it holds a partition */
    WORKER_WAITING,  /* between two partitions, or for what others hold */
    WORKER_STOPPING, /* it was asked to */
    WORKER_SILENT,   /* of another host, and its lease is over: dead or cut off, others go on */
    WORKER_GONE      /* a process of this host that is none any more */
};

/* One process. */
struct worker_row {
    const char *host, *boot_id;
    int64_t pid;
    int64_t execution_id; /* the newest; of a pipeline that of its step */
    const char *job, *business_key;
    int64_t pid_started; /* process.h */
    int64_t started_at_us;
    int64_t seen_at_us;     /* it began, or said while it waited that it is there */
    int64_t partition_no;   /* DB_I64_NONE: none */
    int64_t lease_until_us; /* the same */
    int64_t lease_left_ms;  /* the same; negative: over */
    int64_t stop_asked_at_us;
    enum worker_state state;
};

const char *worker_state_name(enum worker_state state); /* "working" */
bool worker_is_alive(const struct worker_row *worker);  /* neither silent nor gone */

/* By host and process; in the arena. */
MUST_CHECK bool worker_list_load(const struct engine *engine, struct arena *arena,
                                 struct worker_row **ret_rows, size_t *ret_count,
                                 struct error *err);

/* Asks everybody who is at work, silent ones too, to end after the chunk at hand, and puts that
 * into the audit log; who asked is engine->actor. Those who were asked are in the arena. An
 * execution is asked once, so `resume` is not affected. */
MUST_CHECK bool worker_list_stop(const struct engine *engine, const char *reason,
                                 struct arena *arena, struct worker_row **ret_asked,
                                 size_t *ret_count, struct error *err);

#endif
