/* A directory of its own for each test, and databases in it. Paths live until the process ends
 * (Check runs every test in a process). */
#ifndef BILLMILL_TESTS_STORAGE_SUPPORT_H
#define BILLMILL_TESTS_STORAGE_SUPPORT_H

#include "core/storage/db_sqlite.h"
#include "core/storage/rows.h"
#include "tests/support/suite.h"

#define MIGRATIONS "migrations/sqlite"
#define MIGRATIONS_POSTGRES "migrations/postgres"

/* Tests that hold for both engines run on PostgreSQL too where BILLMILL_TEST_POSTGRES names a
 * server (tests/support/postgres.sh starts one):
 *
 *     TEST_SUITE(bulk) { add_tests(tcase); }
 *     TEST_SUITE(bulk_on_postgres) { if (storage_postgres_tests(tcase)) add_tests(tcase); }
 *
 * In such a test storage_migrated and storage_with_samples ignore their path and make a schema of
 * their own, which is dropped when the process ends. */
bool storage_postgres_tests(TCase *tcase);
const char *storage_postgres_location(void);    /* of that schema, made now */
void storage_postgres_execute(const char *sql); /* by a connection of its own */

const char *storage_directory(void); /* made now; removed when the process ends */
const char *storage_path(const char *parent, const char *name);
void storage_write_file(const char *path, const char *text);

/* A result that must be true; the message of the error is shown. */
#define STORAGE_OK(call) ck_assert_msg((call), "%s: %s", #call, err.message)

bool storage_open(const char *path, enum db_mode mode, struct db **ret_db, struct error *err);
struct db *storage_open_ok(const char *path, enum db_mode mode);
struct db *storage_migrated(const char *path); /* a new writer, all migrations applied */

/* A table with a column of every kind, its rows, and how they are written. */
struct sample {
    int64_t id;
    int64_t whole;
    int32_t small;
    bool flag;
    const char *text;
    struct date day;
    struct decimal amount;
    struct currency currency;
    uint8_t digest[SHA256_SIZE];
};
#define SAMPLE_FIELD_COUNT 9
extern const struct row_field sample_fields[SAMPLE_FIELD_COUNT];
extern const struct bulk_table sample_insert;
struct db *storage_with_samples(const char *path); /* a new writer with an empty table `sample` */

/* Runs `bulk_write` in a transaction of its own. */
bool storage_bulk(struct db *db, const struct bulk_table *table, const void *rows, size_t count,
                  int64_t *ret_written, size_t *ret_bad_row, struct error *err);

/* In a child that is then ended by SIGKILL, as a writer that dies; the database keeps its log. */
void storage_in_killed_child(void (*work)(const char *path), const char *path);

/* A file system of this test alone in `directory`, gone when the process ends; false (and a line
 * that says so) where this is not allowed. */
bool storage_mount_tmpfs(const char *directory, const char *options);
void storage_make_read_only(const char *mount_point);

/* Any SQL, for looking behind the statements. A new connection without the owner lock. */
void storage_execute(const char *path, const char *sql);
void storage_sql(struct db *db, const char *sql);
int64_t storage_number(struct db *db, const char *sql);
int64_t storage_number_in(const char *path, const char *sql);

#endif
