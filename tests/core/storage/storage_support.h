/* A directory of its own for each test, and databases in it. Paths live until the process ends
 * (Check runs every test in a process). */
#ifndef BILLMILL_TESTS_STORAGE_SUPPORT_H
#define BILLMILL_TESTS_STORAGE_SUPPORT_H

#include "core/storage/db_sqlite.h"
#include "tests/support/suite.h"

#define MIGRATIONS "migrations/sqlite"

const char *storage_directory(void); /* made now; removed when the process ends */
const char *storage_path(const char *directory, const char *name);
void storage_write_file(const char *path, const char *text);

/* A result that must be true; the message of the error is shown. */
#define STORAGE_OK(call) ck_assert_msg((call), "%s: %s", #call, err.message)

bool storage_open(const char *path, enum db_mode mode, struct db **ret_db, struct error *err);
struct db *storage_open_ok(const char *path, enum db_mode mode);
struct db *storage_migrated(const char *path); /* a new writer, all migrations applied */

/* Any SQL, for looking behind the statements. A new connection without the owner lock. */
void storage_execute(const char *path, const char *sql);
int64_t storage_number(struct db *db, const char *sql);
int64_t storage_number_in(const char *path, const char *sql);

#endif
