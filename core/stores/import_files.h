/* `billmill import`: files into the database (DOMAIN 1).
 *
 * 1. A file is one transaction: all of it is loaded, or nothing. Killed in the middle, nothing is.
 * Memory stays flat: usage is held, sorted and written in batches, the transaction grows on disk.
 * 2. Natural keys make it idempotent: what is there with equal content is counted and left alone.
 * Tenants, customers, products, meters, plans and subscriptions with other content are updated,
 * except for what history stands on. Prices, tax rates, usage and what the jobs made never change:
 * other content is an error that names the key.
 * 3. A usage key (tenant, meter, key) is one event whatever its timestamp.
 * 4. A record that is wrong is told to `on_bad`, with file, line and column, and reading goes on,
 * so that all mistakes of a file are seen at once; then the file is rolled back and the import ends
 * with EXIT_DATA. Files before it stay loaded; files behind it are not read.
 * 5. A lock that somebody else holds, a deadlock, a lost connection: the file is read and loaded
 * again, unless it is a pipe. Two imports of one tenant's usage come one after the other.
 * 6. With skip_bad_path the wrong records are appended there as they stand in the file (for CSV
 * under a copy of the header), one line of JSON for each is appended to "<skip_bad_path>.reasons"
 * ({"column","file","hint","line","reason"}), and the rest is loaded. Both are on disk before the
 * file's transaction is committed. */
#ifndef BILLMILL_STORES_IMPORT_FILES_H
#define BILLMILL_STORES_IMPORT_FILES_H

#include "core/calendar/date.h"
#include "core/setup/record.h"
#include "core/storage/db.h"

struct import_counts {
    int64_t added, updated, unchanged, duplicates, bad;
};

/* What was taken, and may be a mistake. */
struct import_remark {
    int64_t count;
    char first[ERROR_MESSAGE_SIZE]; /* of them, and why */
};

struct import_report {
    struct import_counts kinds[RECORD_KIND_COUNT + 1]; /* the last: bad records of no known kind */
    int64_t bytes, records, files_loaded;
    int64_t late;                     /* of the added usage: its period is rated already */
    struct import_remark odd_tax_ids; /* new to businesses, and not well formed: they are taxed as
                                         without one */
    struct import_remark unknown_policies; /* of dunning, new to customers: their tenant's holds */
    struct import_remark idle_changes;     /* added to subscriptions, and change nothing */
    struct import_remark mixed_currencies; /* customers of any import, where this one has some of
                                              them or of their terms: mixed_currencies.h */
    int64_t milliseconds;
};

struct import_progress {
    const char *file;
    int64_t bytes_done, bytes_total; /* total 0: not known */
    int64_t records;                 /* of this file */
};

struct import_options {
    const char *record;         /* the kind of records that do not say; NULL: the file's name */
    const char *skip_bad_path;  /* NULL: a bad file is not loaded */
    const char *zone_directory; /* of the time zones; NULL: the system's */
    bool dry_run;               /* everything is checked, nothing is kept */
    struct date today;          /* no exchange rate is of a later day; DATE_NONE: they may be */
    int32_t rate_jump_percent;  /* exchange_rate.h, 4; 0: none is looked at */
    const char *const *dunning_policies; /* that customers may name; NULL: any */
    size_t dunning_policy_count;
    void *context; /* of the callbacks, which may be NULL */
    void (*on_bad)(void *context, const struct error *problem);
    /* Now and then; false ends the import at once with EXIT_TERMINATED, the open file rolled back.
     */
    bool (*on_progress)(void *context, const struct import_progress *progress);
};

/* The report is written on failure too: what was loaded and what was bad. */
MUST_CHECK bool import_files(struct db *db, const char *const *files, size_t file_count,
                             const struct import_options *options, struct import_report *ret_report,
                             struct error *err);

#endif
