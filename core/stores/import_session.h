/* What the parts of an import share: private to core/stores/import_*.c. */
#ifndef BILLMILL_STORES_IMPORT_SESSION_H
#define BILLMILL_STORES_IMPORT_SESSION_H

#include "core/setup/import_ahead.h"
#include "core/stores/import_files.h"
#include "core/stores/import_lookup.h"

#define ID_BLOCK 500
#define ID_COUNTERS 12

/* Ids of one counter, reserved in blocks. A rolled back file gives its block back: ids are dropped
 * with it. */
struct id_block {
    const char *counter;
    int64_t next, end;
};

/* Lines of bad records that were told: a file that is read again does not tell them again. What is
 * wrong may be found long after its line was read, hence all of them. */
struct told_lines {
    int64_t *items;
    size_t count, capacity;
    size_t earlier; /* of them: by earlier tries, in order */
};

/* Tenants whose records nobody else imports until the transaction ends: import_hold.h. */
struct held_tenants {
    int64_t *ids; /* in order */
    size_t count, capacity;
};

struct idle_changes;
struct import_batch;
struct import_shelf;
struct usage_batch;
struct usage_keys;

struct import_session {
    struct db *db;
    const struct import_options *options;
    struct import_report *report;
    struct import_reader *reader; /* of the open file: for its path and header only */
    struct import_ahead *ahead;   /* its records */
    const char *path;
    struct arena *arena;   /* of the usage that waits */
    struct arena *scratch; /* of whatever is done with one record */
    struct import_lookup *lookup;
    struct import_shelf *shelf; /* what a batch of records reads and writes */
    struct import_batch *batch; /* the one that is put; NULL between them */
    struct usage_batch *usage;
    struct usage_keys *keys;   /* of all usage of the file */
    struct idle_changes *idle; /* of all files: what may be one */
    struct id_block ids[ID_COUNTERS];
    struct held_tenants held;
    bool withdraws;         /* a correction that was not done yet, in this file: … */
    int64_t withdrawn_done; /* … how many were both before */
    int64_t bad_in_file;
    struct told_lines told; /* of the file, by all tries */
    struct skip_file *skip; /* NULL unless skip_bad_path is set */
};

enum import_outcome { IMPORT_ADDED, IMPORT_UPDATED, IMPORT_UNCHANGED };

/* The next id of a counter. */
MUST_CHECK bool import_next_id(struct import_session *session, const char *counter, int64_t *ret_id,
                               struct error *err);

/* Counts a record that is wrong, tells it, and keeps it aside. `err` says why, with file and line.
 * False (ERROR_RUN) only when it cannot be kept aside. */
MUST_CHECK bool import_bad(struct import_session *session, enum record_kind kind,
                           struct import_place place, const char *raw, size_t raw_length,
                           const struct error *problem, struct error *err);

/* Writes what waits of the batch that is put. */
MUST_CHECK bool import_batch_write(struct import_session *session, struct error *err);

/* One record of any kind but usage, within its batch. ERROR_ITEM: it is wrong. */
MUST_CHECK bool import_put(struct import_session *session, enum record_kind kind,
                           const union record *record, enum import_outcome *ret_outcome,
                           struct error *err);

#endif
