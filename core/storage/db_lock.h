/* The lock of the one writer of a SQLite file: an open-file-description lock on "<file>.lock".
 *
 * 1. The kernel drops it when the last descriptor is closed, so also when the process is killed.
 * The file stays and says who was last; only the lock counts.
 * 2. A forked child shares the descriptor: a child that must not outlive its parent's ownership
 * asks for PR_SET_PDEATHSIG.
 * 3. Nothing here opens the database file itself: closing it would drop SQLite's own locks. */
#ifndef BILLMILL_STORAGE_DB_LOCK_H
#define BILLMILL_STORAGE_DB_LOCK_H

#include "core/base/error.h"

/* At once, or EXIT_OWNED (the message names the owner); a directory where the file cannot be made
 * is EXIT_CANTCREATE. The caller closes *ret_descriptor by db_lock_release. */
MUST_CHECK bool db_lock_take(const char *database_path, const char *command, int *ret_descriptor,
                             struct error *err);
void db_lock_release(int *descriptor); /* accepts -1 inside */

/* EXIT_CONFIG for a file system on which neither SQLite's nor our locks can be trusted. */
MUST_CHECK bool db_lock_check_file_system(const char *directory, struct error *err);
bool db_lock_is_network(uint64_t file_system_type); /* f_type of statfs */

#endif
