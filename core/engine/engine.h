/* Who runs, where, and what they may interrupt: the same for every part of the engine. */
#ifndef BILLMILL_ENGINE_ENGINE_H
#define BILLMILL_ENGINE_ENGINE_H

#include <signal.h>

#include "core/engine/job.h"

#define ENGINE_OWNER_SIZE 200
#define ENGINE_HOST_SIZE 80

/* Told after each chunk. items_planned is what the plan saw, an estimate for the ETA. */
struct progress {
    const char *job;
    const char *business_key;
    int64_t items_planned, items_done, items_parked, rows_written, elapsed_ms;
    bool finished;
};

struct engine {
    struct db *db;
    const void *environment; /* handed to jobs */
    const char *actor;       /* the person or unit that asked */
    const char *program;     /* "billmill 0.1.0" */
    int64_t schema;          /* the migration that this program needs; 0: whatever there is */
    char host[ENGINE_HOST_SIZE];
    char boot_id[80];              /* of the host, and in which of its containers numbers count */
    int64_t pid, pid_started;      /* process.h */
    char owner[ENGINE_OWNER_SIZE]; /* host, boot, these two and a random part: never used twice */
    const volatile sig_atomic_t *stop_signal; /* 0, SIGINT or SIGTERM; set by the handler */
    void (*on_progress)(void *argument, const struct progress *progress); /* may be NULL */
    void *progress_argument;
    size_t memory_cap_bytes; /* of one chunk */
    int32_t processes; /* that compute a chunk of a job that allows it; 0 and 1: this one alone */
};

/* Fills host, boot_id, pid, pid_started and owner. */
void engine_identify(struct engine *engine);

#define ENGINE_RETRIES_MAX 8

/* After ERROR_RETRY, when the transaction was rolled back: true after a pause (20 ms, doubled with
 * every attempt from 0 on), while another try is worth it; the error is logged and cleared then. */
bool engine_try_again(int attempt, struct error *err);
void engine_wait_ms(int64_t duration_ms);

/* How one definition is run; texts outlive the run. */
struct run_definition {
    const char *name;
    const struct job *job; /* NULL: a pipeline of `steps` */
    const struct run_definition *const *steps;
    size_t step_count;
    const struct run_definition *const *after; /* must be finished for the same business key */
    size_t after_count;
    enum job_key key;
    const char *text; /* canonical, stored under its SHA-256 */
    int32_t chunk_size, lease_s;
    int32_t partitions; /* ranges that a tenant is split into; -1: by the size of the work */
    int32_t max_parked; /* -1: no limit */
    int32_t max_parked_percent; /* -1: no limit */
    int32_t calls;              /* at the same time, of a job that sends; -1: as many as usual */
    int32_t wait_s; /* without anything achieved, of a job that sends; -1: as long as usual */
};

/* Its lease; of a pipeline the longest of its steps. */
int32_t run_definition_lease_s(const struct run_definition *definition);

#endif
