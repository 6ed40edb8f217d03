/* Sorting the usage keys of a file, however many: what is more than a buffer holds becomes sorted
 * runs in a temporary file, merged when all are there. Private to core/stores/import_*.c.
 *
 * The file has no name (it is gone with the process) and lies in $TMPDIR, else /var/tmp. It takes
 * 48 bytes an event. */
#ifndef BILLMILL_STORES_IMPORT_RUNS_H
#define BILLMILL_STORES_IMPORT_RUNS_H

#include <stdio.h>

#include "core/base/error.h"

/* A key on its way: the first 16 bytes of its SHA-256 as two numbers, and where its event is. */
struct usage_key {
    uint64_t high, low;
    int64_t subscription_id, at_us;
    int64_t place; /* in the file: the first of equal keys is the event */
    uint32_t pair; /* which tenant and meter: the session's number for both */
    bool late;
};

/* Orders by pair, then digest, then place. */
int usage_key_compare(const struct usage_key *a, const struct usage_key *b);

static inline bool usage_key_is_same(const struct usage_key *a, const struct usage_key *b)
{
    return a->high == b->high && a->low == b->low && a->pair == b->pair;
}

struct usage_runs;

struct usage_runs *usage_runs_create(void);
void usage_runs_destroy(struct usage_runs **runs); /* accepts NULL inside; fits CLEANUP */
void usage_runs_empty(struct usage_runs *runs);    /* forget all keys */

/* ERROR_RUN: EXIT_CANTCREATE, EXIT_IO, of the temporary file. */
MUST_CHECK bool usage_runs_add(struct usage_runs *runs, const struct usage_key *key,
                               struct error *err);

/* All keys in order: merge, then next until it has no more. */
MUST_CHECK bool usage_runs_merge(struct usage_runs *runs, struct error *err);
MUST_CHECK bool usage_runs_next(struct usage_runs *runs, struct usage_key *ret_key, bool *ret_more,
                                struct error *err);

/* A file without a name in the directory for temporary files. */
MUST_CHECK bool usage_temporary_file(FILE **ret_file, struct error *err);
bool usage_temporary_failed(const char *what, struct error *err); /* errno says why; false */

#endif
