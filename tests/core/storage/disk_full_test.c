#include <stdio.h>
#include <string.h>

#include "tests/core/storage/storage_support.h"

#define ROWS_PER_TRANSACTION 200

/* 200 rows of about a kilobyte from `first` on. */
static bool write_many(struct db *db, int64_t first, struct error *err)
{
    char text[1000];
    struct sample rows[ROWS_PER_TRANSACTION];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i] = (struct sample){
            .id = first + (int64_t)i, .whole = DB_I64_NONE, .day = DATE_NONE, .text = text};
    return storage_bulk(db, &sample_insert, rows, ARRAY_LEN(rows), NULL, NULL, err);
}

/* Small enough to fill up in the log, larger to fill up in a checkpoint or while the log grows. */
static const struct disk_case {
    const char *options;
} disk_cases[] = {
    {"size=700k"}, {"size=1m"}, {"size=1300k"}, {"size=2m"}, {"size=5m"}, {"size=40m"},
};

START_TEST(says_that_the_disk_is_full)
{
    const struct disk_case *c = &disk_cases[_i];
    struct error err = {0};
    int64_t rows = 0;
    const char *directory = storage_directory();
    const char *path = storage_path(directory, "billmill.db");
    if (!storage_mount_tmpfs(directory, c->options))
        return;
    struct db *db = storage_with_samples(path);
    while (write_many(db, rows, &err))
        rows += ROWS_PER_TRANSACTION;
    ck_assert_msg(err.exit_code == EXIT_CANTCREATE, "%s: exit %d, %s", c->options,
                  (int)err.exit_code, err.message);
    ck_assert_int_eq(err.kind, ERROR_RUN);
    ck_assert_str_ne(err.hint, "");
    db_close(&db);
    db = storage_open_ok(path, DB_READ);
    ck_assert_msg(storage_number(db, "SELECT count(*) FROM sample") == rows,
                  "%s: whole transactions only", c->options);
    db_close(&db);
    db = storage_open_ok(path, DB_WRITE);
    ck_assert_msg(storage_number(db, "SELECT count(*) FROM sample") == rows,
                  "%s: whole transactions only", c->options);
    db_close(&db);
}
END_TEST

/* Pages of 4 KiB for the lock file, the database, its log and the log's index (32 KiB): the disk is
 * full at another step each time, in opening or in the first migration. */
static const char *const begin_sizes[] = {"size=4k",  "size=8k",  "size=12k", "size=16k",
                                          "size=24k", "size=40k", "size=48k", "size=64k"};

START_TEST(says_that_there_is_no_room_to_begin)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 16u << 20);
    struct error err = {0};
    struct migration_status status;
    struct db *db = NULL;
    const char *directory = storage_directory();
    if (!storage_mount_tmpfs(directory, begin_sizes[_i]))
        return;
    storage_write_file(storage_path(directory, "full"), "x");
    ck_assert(!storage_open(storage_path(directory, "billmill.db"), DB_WRITE, &db, &err) ||
              !migrate_up(db, MIGRATIONS, NULL, arena, &status, &err));
    ck_assert_msg(err.exit_code == EXIT_CANTCREATE, "%s: exit %d, %s", begin_sizes[_i],
                  (int)err.exit_code, err.message);
    ck_assert_msg(strstr(err.hint, "free space") != NULL, "%s: %s", begin_sizes[_i], err.hint);
    db_close(&db);
}
END_TEST

TEST_SUITE(disk_full)
{
    TEST_TABLE(says_that_the_disk_is_full, disk_cases);
    TEST_TABLE(says_that_there_is_no_room_to_begin, begin_sizes);
}
