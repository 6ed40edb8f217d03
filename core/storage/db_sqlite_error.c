/* SQLite's result codes as errors of billmill: db.h, invariant 5. Never a bound value: SQLite's
 * messages name tables, columns and constraints only. */
#include <errno.h>
#include <string.h>

#include "core/storage/db_sqlite.h"

static bool disk_full(const struct sqlite_db *db, const char *what, struct error *err)
{
    error_run(err, EXIT_CANTCREATE, "%s: no space left for the database %s", what, db->path);
    return error_hint(err, "free space on that disk, then run the command again: nothing half-done "
                           "is kept");
}

static bool read_only(const struct sqlite_db *db, const char *what, struct error *err)
{
    error_run(err, EXIT_CANTCREATE, "%s: the database %s cannot be written: %s", what, db->path,
              sqlite3_errmsg(db->handle));
    return error_hint(err, "check that this user may write the file and its directory, and that "
                           "the file system is not mounted read-only");
}

static bool unreadable(const struct sqlite_db *db, const char *what, struct error *err)
{
    error_run(err, EXIT_UNAVAILABLE, "%s: the database %s cannot be read: %s", what, db->path,
              sqlite3_errmsg(db->handle));
    return error_hint(err, "check that the path names a billmill database; if it is damaged, "
                           "restore the last backup of the file");
}

static bool io_failed(const struct sqlite_db *db, const char *what, struct error *err)
{
    int reason = sqlite3_system_errno(db->handle);
    if (reason == ENOSPC || reason == EDQUOT)
        return disk_full(db, what, err);
    if (sqlite3_extended_errcode(db->handle) == SQLITE_IOERR_NOMEM)
        return error_run(err, EXIT_INTERNAL, "%s: out of memory", what);
    error_run(err, EXIT_IO, "%s: the database %s: %s (%s)", what, db->path,
              sqlite3_errmsg(db->handle), strerror(reason));
    return error_hint(err, "look for errors of the disk in the system's log before running again");
}

/* A writer cannot make its files, or a reader cannot find them. */
static bool cannot_open(const struct sqlite_db *db, const char *what, struct error *err)
{
    int reason = sqlite3_system_errno(db->handle);
    if (reason == ENOSPC || reason == EDQUOT)
        return disk_full(db, what, err);
    return db->base.mode == DB_WRITE ? read_only(db, what, err) : unreadable(db, what, err);
}

bool sqlite_fail(const struct sqlite_db *db, const char *what, struct error *err)
{
    const char *message = sqlite3_errmsg(db->handle);
    switch (sqlite3_errcode(db->handle) & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        error_retry(err, EXIT_TEMPORARY, "%s: the database %s is locked: %s", what, db->path,
                    message);
        return error_hint(err, "another program holds a transaction on the file; end it, then run "
                               "the command again");
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return error_item(err, "database_refused", "%s: %s", what, message);
    case SQLITE_FULL:
        return disk_full(db, what, err);
    case SQLITE_READONLY:
        return read_only(db, what, err);
    case SQLITE_CANTOPEN:
        return cannot_open(db, what, err);
    case SQLITE_IOERR:
        return io_failed(db, what, err);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return unreadable(db, what, err);
    default: /* SQLite's codes are numbers, not an enum; what is left is a mistake of ours */
        return error_run(err, EXIT_INTERNAL, "%s: %s (SQLite code %d)", what, message,
                         sqlite3_extended_errcode(db->handle));
    }
}
