/* Sorting more usage events than memory holds: sorted runs in a temporary file, merged when all are
 * there. Private to core/stores/import_usage.c.
 *
 * The file has no name (it is gone with the process) and lies in $TMPDIR, else /var/tmp. It takes
 * about 100 bytes an event. */
#ifndef BILLMILL_STORES_IMPORT_RUNS_H
#define BILLMILL_STORES_IMPORT_RUNS_H

#include "core/setup/import_reader.h"
#include "core/stores/record_rows.h"

/* An event on its way into the database. */
struct usage_entry {
    struct usage_row row; /* of the record's names only `key`, `project` and `member` come back */
    struct import_place place;
    const char *raw; /* only when bad records are kept aside, else NULL */
    size_t raw_length;
    int64_t sequence; /* in the file: the first of equal keys is the event */
    bool is_new;
};

typedef int usage_order(const struct usage_entry *a, const struct usage_entry *b);

struct usage_runs;

struct usage_runs *usage_runs_create(usage_order *order);
void usage_runs_destroy(struct usage_runs **runs); /* accepts NULL inside; fits CLEANUP */
size_t usage_runs_count(const struct usage_runs *runs);
void usage_runs_empty(struct usage_runs *runs); /* forget all runs */

/* Appends one run: entries in order. ERROR_RUN: EXIT_CANTCREATE, EXIT_IO. */
MUST_CHECK bool usage_runs_add(struct usage_runs *runs, struct usage_entry *const *entries,
                               size_t count, struct error *err);

/* All runs in order: begin, then next until it has no more. Texts of an entry are valid until the
 * next call. */
MUST_CHECK bool usage_runs_merge(struct usage_runs *runs, struct error *err);
MUST_CHECK bool usage_runs_next(struct usage_runs *runs, struct usage_entry *ret_entry,
                                bool *ret_more, struct error *err);

#endif
