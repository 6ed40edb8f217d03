/* What ran, for people: executions, the partitions, chunks and control totals of an instance.
 * Reading only; texts and arrays are in the arena. */
#ifndef BILLMILL_ENGINE_HISTORY_H
#define BILLMILL_ENGINE_HISTORY_H

#include "core/engine/instance.h"

struct execution_row {
    int64_t execution_id, instance_id, attempt;
    const char *state;
    const char *started_by; /* run, resume, redo, retry, close */
    const char *actor;
    const char *reason; /* NULL: none */
    const char *host;
    int64_t pid;
    const char *program;
    int64_t started_at_us;
    int64_t ended_at_us; /* DB_I64_NONE: it has not said so */
    int64_t exit_code;   /* DB_I64_NONE: the same */
    const char *error_text;
    int64_t items_done, items_parked, rows_written, chunks;
    const char *job, *business_key;
    int64_t generation;
    int64_t parent_instance_id; /* DB_I64_NONE: no step of a pipeline */
    const char *instance_state;
};

/* Newest first, at most `limit`. */
struct execution_filter {
    int64_t execution_id;     /* 0: any */
    int64_t instance_id;      /* 0: any */
    const char *job;          /* NULL: any */
    const char *business_key; /* NULL: any; a prefix, so that 2026-10 finds its days too */
    int64_t limit;
};
MUST_CHECK bool history_load_executions(struct db *db, const struct execution_filter *filter,
                                        struct arena *arena, struct execution_row **ret_rows,
                                        size_t *ret_count, struct error *err);

/* The newest execution of every job, the oldest of them first; business_key as in the filter. */
MUST_CHECK bool history_load_last_executions(struct db *db, const char *business_key,
                                             struct arena *arena, struct execution_row **ret_rows,
                                             size_t *ret_count, struct error *err);

/* The newest instance of a job whatever its business key; *ret_found false: it never ran. */
MUST_CHECK bool history_find_latest(struct db *db, const char *job, struct arena *arena,
                                    struct instance *ret_instance, bool *ret_found,
                                    struct error *err);

/* The steps of a pipeline that were started as parts of it, in their order. */
MUST_CHECK bool history_load_steps(struct db *db, int64_t instance_id, struct arena *arena,
                                   struct instance **ret_steps, size_t *ret_count,
                                   struct error *err);

/* Who asked for the instance, and when. */
struct instance_origin {
    int64_t created_at_us;
    const char *created_by;
};
MUST_CHECK bool history_load_origin(struct db *db, int64_t instance_id, struct arena *arena,
                                    struct instance_origin *ret_origin, struct error *err);

struct partition_row {
    int64_t partition_no;
    const char *tenant;
    int64_t plan_pass;
    const char *lo_key, *hi_key; /* (lo, hi] */
    int64_t items_planned;
    const char *state;
    int64_t epoch, chunk_no;
    const char *cursor_key;
    int64_t items_done, items_parked, rows_written;
};
MUST_CHECK bool history_load_partitions(struct db *db, int64_t instance_id, struct arena *arena,
                                        struct partition_row **ret_rows, size_t *ret_count,
                                        struct error *err);

struct chunk_row {
    int64_t partition_no, chunk_no, epoch, execution_id;
    const char *first_key, *last_key;
    int64_t items_done, items_parked, rows_written, committed_at_us;
    uint8_t digest[SHA256_SIZE];
};
/* execution_id 0: of all executions of the instance. */
MUST_CHECK bool history_load_chunks(struct db *db, int64_t instance_id, int64_t execution_id,
                                    struct arena *arena, struct chunk_row **ret_rows,
                                    size_t *ret_count, struct error *err);

struct total_row {
    struct currency currency;
    int64_t amount_count, amount_minor;
};
/* Control totals per currency; execution_id as above. */
MUST_CHECK bool history_load_totals(struct db *db, int64_t instance_id, int64_t execution_id,
                                    struct arena *arena, struct total_row **ret_rows,
                                    size_t *ret_count, struct error *err);

/* What became of what a run, and its steps, sent. An effect counts for the run that dealt with it
 * last, as it stands now. In the order of kind, state, outcome and currency. */
struct effect_ending {
    const char *kind, *state;
    const char *outcome;      /* NULL: none */
    struct currency currency; /* of what was moved; "": no money */
    int64_t count, amount_minor;
};
MUST_CHECK bool history_load_endings(struct db *db, int64_t instance_id, struct arena *arena,
                                     struct effect_ending **ret_rows, size_t *ret_count,
                                     struct error *err);

struct effect_count {
    const char *kind, *state;
    int64_t count;
};
MUST_CHECK bool history_load_effects(struct db *db, struct arena *arena,
                                     struct effect_count **ret_rows, size_t *ret_count,
                                     struct error *err);

#endif
