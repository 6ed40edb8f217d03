/* Computing a chunk in several processes, for jobs that allow it (job.h, `apart`). The engine forks
 * helpers when the chunk is loaded: they inherit its items, and each computes and publishes a slice
 * of them. What goes where: files are written by the helper that made them; the rows that follow
 * come back over a pipe, in the order of the items, and the one process with the connection commits
 * them as if it had made them itself.
 *
 * 1. A helper never uses the connection, nor opens or closes the database's file, which would drop
 *    the locks of SQLite; it ends by _exit.
 * 2. It ends with its parent (PR_SET_PDEATHSIG), so that nobody else can own the database before;
 *    SIGINT and SIGTERM are the parent's, which waits for the slices at hand.
 * 3. The same rows, the same digest and the same files for any number of processes. */
#ifndef BILLMILL_ENGINE_APART_H
#define BILLMILL_ENGINE_APART_H

#include "core/engine/chunk.h"

#define APART_PROCESSES_MAX 64

struct apart {
    int32_t processes;
    /* Computes items [first, end) into the chunk, which has no rows yet, and publishes what follows
     * from them. Sets outcomes and row_ends of these items. */
    bool (*compute)(const void *argument, struct chunk *chunk, size_t *row_ends, size_t first,
                    size_t end, struct error *err);
    const void *argument;
};

/* Computes and publishes all items of the chunk. *ret_whole false: a helper could not be started or
 * ended without a word; the chunk is to be loaded and computed again, by one process. */
MUST_CHECK bool apart_compute(const struct apart *apart, struct chunk *chunk, size_t *row_ends,
                              bool *ret_whole, struct error *err);

#endif
