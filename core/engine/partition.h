/* Partitions: planned once a pass in one transaction, claimed by epoch, fenced at every chunk. */
#ifndef BILLMILL_ENGINE_PARTITION_H
#define BILLMILL_ENGINE_PARTITION_H

#include "core/engine/instance.h"

struct job_plan {
    struct arena *arena;
    int32_t partitions; /* of the definition: how many ranges a tenant is split into; -1: by size,
                           several where several workers may share them (`shared`) */
    int32_t chunk_size;
    bool shared;
    struct {
        struct planned_range {
            int64_t tenant_id;
            const char *lo_key, *hi_key;
            int64_t items;
        } * items;
        size_t count;
        size_t capacity;
    } ranges;
    struct {
        const char **items;
        size_t count;
        size_t capacity;
    } told;
};

/* Asks the job for its plan and writes it as the instance's next pass: all of it or nothing. */
MUST_CHECK bool partition_plan(const struct job_ctx *ctx, const struct run_definition *definition,
                               const struct instance *instance, struct error *err);

struct partition {
    int64_t instance_id;
    int64_t partition_no;
    int64_t tenant_id;
    int64_t plan_pass; /* from 1 */
    const char *hi_key;
    const char *cursor_key;
    int64_t epoch;
    int64_t chunk_no; /* committed so far */
};

/* The first partition from *from_no on that nobody alive works on (or that is ours already, after a
 * claim whose COMMIT was lost), now ours under a new epoch;
 * *ret_found false when there is none. Texts in the arena. */
MUST_CHECK bool partition_claim(const struct engine *engine, int64_t instance_id, int64_t from_no,
                                int32_t lease_s, struct arena *arena,
                                struct partition *ret_partition, bool *ret_found,
                                struct error *err);

/* Nothing is left in the range. *ret_ours false: another worker has it by now. */
MUST_CHECK bool partition_done(const struct engine *engine, const struct partition *partition,
                               bool *ret_ours, struct error *err);

/* Gives a claimed partition back, so that the next one need not wait for the lease. */
MUST_CHECK bool partition_release(const struct engine *engine, const struct partition *partition,
                                  struct error *err);

/* After the fence refused a chunk, or the outcome of its COMMIT is unknown: what the database says
 * of the partition. Ours: chunk_no and cursor_key move to where it is; text in the arena. */
enum partition_standing { PARTITION_LOST, PARTITION_OURS, PARTITION_FINISHED };
MUST_CHECK bool partition_reload(const struct engine *engine, struct partition *partition,
                                 struct arena *arena, enum partition_standing *ret_standing,
                                 struct error *err);

struct partition_sums {
    int64_t partitions, partitions_done, items_planned, items_done, items_parked, rows_written;
};
MUST_CHECK bool partition_sums(struct db *db, int64_t instance_id, struct partition_sums *ret_sums,
                               struct error *err);

#endif
