/* The chunk transaction: fence first, then everything that follows from the chunk, then COMMIT. */
#ifndef BILLMILL_ENGINE_CHECKPOINT_H
#define BILLMILL_ENGINE_CHECKPOINT_H

#include "core/engine/parked.h"

enum checkpoint_outcome {
    CHECKPOINT_COMMITTED,
    CHECKPOINT_FENCED,     /* another worker has the partition: nothing was written */
    CHECKPOINT_BAD_ITEM,   /* the database refused a row: nothing was written, *ret_bad_item says
                              whose */
    CHECKPOINT_UNCONFIRMED /* what was loaded has changed: nothing was written */
};

struct checkpoint {
    const struct engine *engine;
    const struct job *job;
    const struct job_ctx *ctx;
    const struct execution *execution;
    struct partition *partition; /* chunk_no and cursor_key move on when committed */
    const struct parked_set *parked;
    struct chunk *chunk;
    size_t *row_ends; /* per item and table: rows of the table when the item was done; see run.c */
    bool last;        /* the range holds no more */
    int32_t lease_s;
};

/* False only on errors of the database that are nobody's item. With CHECKPOINT_BAD_ITEM and
 * CHECKPOINT_UNCONFIRMED `err` holds the reason, of the latter an ERROR_RETRY. */
MUST_CHECK bool checkpoint_commit(const struct checkpoint *checkpoint,
                                  enum checkpoint_outcome *ret_outcome, size_t *ret_bad_item,
                                  struct error *err);

#endif
