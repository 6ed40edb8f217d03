/* What the files of the run loop share: the state of one worker's run, and what they do for each
 * other. run.c claims partitions and ends executions, run_chunk.c makes one chunk, run_watch.c
 * listens and tells. */
#ifndef BILLMILL_ENGINE_RUN_PARTS_H
#define BILLMILL_ENGINE_RUN_PARTS_H

#include "core/engine/liveness.h"
#include "core/engine/run.h"

#define RUN_MS_PER_S 1000

/* An item whose rows the database refused: parked when its chunk is computed again. */
struct refused {
    int64_t tenant_id; /* names are unique within a tenant only */
    const char *name;
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
    bool in_pass;                  /* a further one, of parked items that are tried again */
    int64_t passes; /* how often partitions are to be planned before the first chunk */
    bool tried;     /* not for the first time: others, or a lost COMMIT, may have planned */
    int64_t chunks; /* committed by this worker */
    int64_t groups; /* of a job that sends: tried by this worker, whatever became of them */
    struct partition interrupted; /* by what is tried again; partition_no 0: none */
    int64_t started_ms;
    int64_t said_ms; /* when it said last that it is there; it did when it began */
    void *memory;    /* of the job */
    size_t limit; /* items of the next chunk: chunk_size, or what memory and lease have room for */
    size_t confirmed_limit; /* no more than that, after a chunk that was not confirmed */
    bool unconfirmed;       /* what is tried again */
    int64_t waits_since_ms; /* for a chunk to be confirmed; 0: does not */
};

/* True when a signal has asked this process to stop; err says so. */
bool run_stop_requested(const struct run *run, struct error *err);

/* The same for the wish that `billmill stop` leaves in the database, where several workers may be
 * at work. One that cannot be read now is read after the next chunk. */
bool run_stop_asked(const struct run *run, struct error *err);

/* Who waits may hold no lease that would show it: says that it is there, as often as is needed. */
void run_say_alive(struct run *run);

void run_tell_progress(const struct run *run, bool finished);

/* False when too many items are parked, with `parked_more` of the chunk at hand: something is wrong
 * with the run then, not with the items. What counts is what is parked now, however often it was
 * tried; the share is one of all items of the run, of those seen where the plan knew of fewer. */
MUST_CHECK bool run_check_parked_limits(struct run *run, int64_t parked_more, struct error *err);

/* Loads, computes and commits the next chunk of the partition. *ret_more false: it is finished or
 * belongs to another worker. */
MUST_CHECK bool run_next_chunk(struct run *run, struct partition *partition, bool *ret_more,
                               struct error *err);

#endif
