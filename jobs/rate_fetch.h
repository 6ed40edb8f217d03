/* The publication that a run of exchange-rate-sync works with: asked from the sources in their
 * order, or read back where an earlier chunk of the run has stored it. */
#ifndef BILLMILL_JOBS_RATE_FETCH_H
#define BILLMILL_JOBS_RATE_FETCH_H

#include "core/engine/job.h"
#include "core/outside/rate_feed.h"
#include "core/stores/rate_store.h"

struct rate_publication {
    struct arena *arena; /* of its own: a whole history is large */
    bool is_stored;      /* by an earlier chunk of this run */
    struct {
        struct fetched_row *items; /* every source that was asked; the last one answered well */
        size_t count;
        size_t capacity;
    } fetched;
    struct row_bytes body;
    struct rate_feed feed;
};

/* Fills *publication, whose arena is there. ERROR_ITEM when no source answers well: what each of
 * them said, with the code of the first one. */
MUST_CHECK bool rate_fetch(const struct job_ctx *ctx, struct rate_publication *publication,
                           struct error *err);

/* What answered. */
const struct fetched_row *rate_publication_source(const struct rate_publication *publication);

#endif
