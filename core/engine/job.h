/* What a job is, and what the engine gives it. A job says what is due and what follows from it; the
 * engine owns instance, claim, epoch, chunk, fence, transaction, checkpoint, bulk writes, parking,
 * retry, execution rows and progress (see run.h for the invariants). */
#ifndef BILLMILL_ENGINE_JOB_H
#define BILLMILL_ENGINE_JOB_H

#include <signal.h>

#include "core/calendar/date.h"
#include "core/money/money.h"
#include "core/storage/bulk.h"

/* The kind of business key: what a run of this job is for. */
enum job_key {
    JOB_KEY_PERIOD, /* a month, "2026-10"; its business date is the last day */
    JOB_KEY_DATE,   /* a day, "2026-10-31" */
    JOB_KEY_NONE    /* "-": whatever is due */
};

struct job_ctx {
    struct db *db;
    struct arena *arena;       /* lives as long as the run */
    const void *environment;   /* what the command line hands to jobs: see jobs/environment.h */
    void **memory;             /* what load keeps between chunks of this run, in `arena` */
    struct date business_date; /* the run closes at the local midnight that ends this day */
    enum job_key key;
    int64_t instance_id;
    bool dry_run;
    const volatile sig_atomic_t *stop_signal; /* not 0: to stop; may be NULL */
};

/* ---- plan: which keys this run covers, frozen in one transaction before the first chunk */

struct job_plan;

/* A range (lo, hi] of keys of one tenant; items is for progress only. Texts are copied. Ranges must
 * not overlap. Nothing is processed in a range that the job gave no items for. */
void job_plan_add(struct job_plan *plan, int64_t tenant_id, const char *lo_key, const char *hi_key,
                  int64_t items);

/* Splits [min, max] of whole numbers into up to `partitions` ranges of like width and adds them; as
 * many as the definition says, or as many as suit the number of items. */
void job_plan_add_numbers(struct job_plan *plan, int64_t tenant_id, int64_t min_key,
                          int64_t max_key, int64_t items);

/* For people, once the plan is written: what is due and cannot be done. Copied. */
void job_plan_tell(struct job_plan *plan, const char *text);

/* ---- chunk: the items between two checkpoints, and the rows that follow from them */

struct chunk;

struct chunk_range {
    int64_t tenant_id;
    const char *after_key; /* exclusive */
    const char *hi_key;    /* inclusive */
    size_t limit; /* keys at most; fewer items mean that the range holds no more (chunk_cut) */
};

struct chunk_item {
    const char *key;  /* the cursor: ascending within a partition by the job's own order. Several
                         items may have one key: parts of one thing, which park by themselves. They
                         are in one chunk, in the order in which they are to be computed. */
    const char *name; /* what a person calls it, unique within tenant and job: "customer C-0042" */
    const void *data;
    bool has_at_stake;
    struct money at_stake; /* shown with the item when it is parked */
    bool tried_again;      /* for compute: a person has asked for it (parked retry) */
};

/* Memory that lives until the chunk is committed or given up. */
struct arena *chunk_arena(struct chunk *chunk);

/* Memory of one compute: emptied before the next item. Rows and totals must not refer to it. */
struct arena *chunk_scratch(struct chunk *chunk);

/* Adds an item during load, in ascending order of key. Texts and data belong to the chunk's arena.
 */
struct chunk_item *chunk_add_item(struct chunk *chunk, const char *key, const char *name,
                                  const void *data);

/* For compute: whether the item at that place, in the order of chunk_add_item, is not computed: it
 * is parked, or the database refused it, and nobody has asked for it since. */
bool chunk_leaves(const struct chunk *chunk, size_t index);

/* During load: the range holds more, though there is room: what follows depends on what these items
 * make, and is loaded when that is there. */
void chunk_cut(struct chunk *chunk);

/* Of a job whose items are single decisions, which never become another one by time: what people
 * gave up of them (parked_load_waived). An item that fails with the very reason is not parked
 * again. */
struct parked_waived;
void chunk_set_waived(struct chunk *chunk, const struct parked_waived *waived);

/* One value that load makes and compute may read and advance (a running number). An item that fails
 * must leave it as it was. */
void chunk_set_state(struct chunk *chunk, void *state);
void *chunk_state(const struct chunk *chunk);

/* A new zeroed row of one of the job's tables, valid until the next append to that table. */
void *chunk_append(struct chunk *chunk, const struct bulk_table *table);

/* Adds to the chunk's control totals: how many amounts, and their sum per currency. */
MUST_CHECK bool chunk_add_total(struct chunk *chunk, struct money amount, struct error *err);

/* The next surrogate id; ids that a parked item took are simply not used. */
MUST_CHECK bool chunk_next_id(struct chunk *chunk, int64_t *ret_id, struct error *err);

/* The rows of a table that the items made: for publish, and for a compute that goes on with one. */
size_t chunk_row_count(const struct chunk *chunk, const struct bulk_table *table);
void *chunk_row(struct chunk *chunk, const struct bulk_table *table, size_t index);

/* The number in a key made of a whole number; keys are the engine's own or the job's own text. */
MUST_CHECK bool chunk_key_number(const char *key, int64_t *ret_number, struct error *err);

/* What is sent by a job instead of computing items: see effect_kind.h. */
struct effect_kind;
struct wire;

struct job {
    const char *name; /* stable: stored in job_instance, written in YAML */
    const char *summary;
    enum job_key key;
    const struct bulk_table *const *tables; /* what its chunks write, in this order */
    size_t table_count;

    /* Everything that is due and not done, as ranges. Called once, and again for each further pass
     * over the same instance (parked items tried again). */
    bool (*plan)(const struct job_ctx *ctx, struct job_plan *plan, struct error *err);

    /* Optional: what has to be asked outside before a chunk can be loaded. Called by who has the
     * partition, outside any transaction, before each load: what it learned is kept in *ctx->memory
     * and asked once. A chunk that was committed says what was answered, so that nobody asks again.
     */
    bool (*fetch)(const struct job_ctx *ctx, struct error *err);

    /* The whole chunk with a handful of set-based queries. */
    bool (*load)(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err);

    /* One item. Pure: no database, clock, random or I/O. ERROR_ITEM parks it and drops its rows. */
    bool (*compute)(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err);

    /* Optional: what must be outside before the chunk's rows say so (files), idempotent: it may be
     * called again with the same content. Not called in a dry run. */
    bool (*publish)(const struct job_ctx *ctx, struct chunk *chunk, struct error *err);

    /* Optional: is what load has read outside the chunk's transaction still so? Called in that
     * transaction, behind the fence; locks that it takes hold until the COMMIT. ERROR_RETRY: it is
     * not, or nobody can say now; nothing is written, and the chunk is loaded and computed again,
     * patiently (run.h, invariant 11). Not called in a dry run, which would keep the locks to its
     * end. */
    bool (*confirm)(const struct job_ctx *ctx, const struct chunk *chunk, struct error *err);

    /* What it makes is new work for the jobs behind it, and no answer to what they could not do: in
     * a further pass only items that are tried again are computed. What has become due since waits
     * for the next run. */
    bool begins;

    /* Its items are computed independently of each other, without new ids: slices of a chunk may be
     * computed and published in processes of their own (apart.h). The chunk's state is then each
     * process's own copy of what load made. */
    bool apart;

    /* A job that sends (dispatch.h) instead of load and compute; its plan covers nothing. Ended by
     * NULL. The wire is the caller's. */
    const struct effect_kind *const *kinds;
    bool (*open_wire)(const struct job_ctx *ctx, struct wire **ret_wire, struct error *err);

    /* Optional: frees what load kept in *ctx->memory outside the run's arena, at the end of the
     * run. */
    void (*release)(void *memory);
};

#endif
