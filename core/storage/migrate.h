/* Migrations: <directory>/NNNN_name.sql, applied in order, each in a transaction of its own,
 * recorded in schema_migration with its SHA-256. Any number of processes may migrate at once:
 * one of them does it, under a lock on schema_migration, and the others see that it was done.
 *
 * Refused, with a hint (EXIT_CONFIG): a database newer than the files, a migration whose recorded
 * checksum is another than the file's (altered after release), a gap in the numbers, a database
 * with tables but without schema_migration, a schema whose tables are not what the migrations
 * made. */
#ifndef BILLMILL_STORAGE_MIGRATE_H
#define BILLMILL_STORAGE_MIGRATE_H

#include "core/storage/db.h"

struct migration_status {
    int64_t current; /* 0: an empty database */
    int64_t newest;  /* what the files hold */
    const char *newest_name;
    int64_t applied_now; /* by migrate_up */
};

/* Asked before a migration changes tables that are in use, in its transaction and with a lock on
 * job_execution: nobody begins to work until it is over. False with an error: not now. */
struct migrate_guard {
    bool (*may_change)(void *argument, struct error *err);
    void *argument;
};

/* `guard` may be NULL. */
MUST_CHECK bool migrate_up(struct db *db, const char *directory, const struct migrate_guard *guard,
                           struct arena *arena, struct migration_status *ret_status,
                           struct error *err);

/* Before any command but init and migrate: the database is exactly at `newest`, unaltered; else
 * EXIT_CONFIG and what to run. */
MUST_CHECK bool migrate_check(struct db *db, const char *directory, struct arena *arena,
                              struct migration_status *ret_status, struct error *err);

#endif
