#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/core/storage/storage_support.h"

#define NOBODY 65534
#define COUNT_COUNTERS "SELECT count(*) FROM id_counter"

static void add_counter(struct db *db, const char *name)
{
    struct error err = {0};
    STORAGE_OK(db_run(db, STMT_ID_START, DB_ARGS(db_text(name)), NULL, &err));
}

static int64_t file_size(const char *path, const char *suffix)
{
    char whole[4200];
    struct stat info;
    (void)snprintf(whole, sizeof whole, "%s%s", path, suffix);
    return stat(whole, &info) == 0 ? (int64_t)info.st_size : -1;
}

/* Commits three counters and leaves one uncommitted, all of it in the log only. */
static void write_without_end(const char *path)
{
    struct error err = {0};
    struct tx tx = {0};
    struct db *db = storage_migrated(path);
    add_counter(db, "a");
    add_counter(db, "b");
    add_counter(db, "c");
    if (tx_begin(&tx, db, &err))
        add_counter(db, "lost");
}

START_TEST(reads_beside_a_writer)
{
    struct error err = {0};
    struct tx tx = {0};
    const char *path = storage_path(storage_directory(), "billmill.db");
    struct db *writer = storage_migrated(path);
    struct db *reader = storage_open_ok(path, DB_READ);
    ck_assert(!db_is_sole_writer(reader));
    STORAGE_OK(tx_begin(&tx, writer, &err));
    add_counter(writer, "a");
    ck_assert_int_eq(storage_number(reader, COUNT_COUNTERS), 0);
    STORAGE_OK(tx_commit(&tx, &err));
    ck_assert_int_eq(storage_number(reader, COUNT_COUNTERS), 1);
    ck_assert(!db_run(reader, STMT_ID_START, DB_ARGS(db_text("b")), NULL, &err));
    ck_assert_int_eq(err.kind, ERROR_RUN);
    int64_t log_size = file_size(path, "-wal");
    ck_assert_int_gt(log_size, 0);
    db_close(&reader);
    ck_assert_int_eq(file_size(path, "-wal"), log_size);
    add_counter(writer, "b");
    db_close(&writer);
    ck_assert_int_eq(storage_number_in(path, COUNT_COUNTERS), 2);
}
END_TEST

/* The reader holds an old state open while the writer checkpoints: no harm to either. */
START_TEST(reads_on_while_the_writer_checkpoints)
{
    struct error err = {0};
    const char *path = storage_path(storage_directory(), "billmill.db");
    struct db *writer = storage_migrated(path);
    add_counter(writer, "a");
    struct db *reader = storage_open_ok(path, DB_READ);
    storage_sql(reader, "BEGIN");
    ck_assert_int_eq(storage_number(reader, COUNT_COUNTERS), 1);
    add_counter(writer, "b");
    STORAGE_OK(db_checkpoint(writer, &err));
    ck_assert_int_eq(storage_number(reader, COUNT_COUNTERS), 1);
    storage_sql(reader, "COMMIT");
    ck_assert_int_eq(storage_number(reader, COUNT_COUNTERS), 2);
    db_close(&reader);
    db_close(&writer);
}
END_TEST

START_TEST(reads_after_a_killed_writer)
{
    const char *path = storage_path(storage_directory(), "billmill.db");
    storage_in_killed_child(write_without_end, path);
    int64_t log_size = file_size(path, "-wal");
    ck_assert_int_gt(log_size, 0);
    struct db *reader = storage_open_ok(path, DB_READ);
    ck_assert_int_eq(storage_number(reader, COUNT_COUNTERS), 3);
    db_close(&reader);
    ck_assert_int_eq(file_size(path, "-wal"), log_size); /* the next writer's to keep or empty */
    struct db *writer = storage_open_ok(path, DB_WRITE);
    ck_assert_int_eq(storage_number(writer, COUNT_COUNTERS), 3);
    db_close(&writer);
}
END_TEST

static void write_and_close(const char *path)
{
    struct db *db = storage_migrated(path);
    add_counter(db, "a");
    add_counter(db, "b");
    add_counter(db, "c");
    db_close(&db);
}

/* The log's index alone is lost, as in a copy of the file and its log. */
static void write_and_lose_index(const char *path)
{
    char index[4200];
    write_without_end(path);
    (void)snprintf(index, sizeof index, "%s-shm", path);
    (void)unlink(index);
}

static const struct read_only_case {
    const char *name;
    void (*work)(const char *path);
    bool keeps_log;
} read_only_cases[] = {
    {"closed well",                        write_and_close,      false},
    {"writer killed",                      write_without_end,    true },
    {"writer killed, no index of the log", write_and_lose_index, true },
};

START_TEST(reads_read_only_media)
{
    const struct read_only_case *c = &read_only_cases[_i];
    struct error err = {0};
    struct db *writer = NULL;
    const char *directory = storage_directory();
    const char *path = storage_path(directory, "a?b#c%20.db");
    if (!storage_mount_tmpfs(directory, "size=16m"))
        return;
    storage_in_killed_child(c->work, path);
    ck_assert_msg((file_size(path, "-wal") > 0) == c->keeps_log, "%s", c->name);
    storage_make_read_only(directory);
    struct db *reader = storage_open_ok(path, DB_READ);
    ck_assert_msg(storage_number(reader, COUNT_COUNTERS) == 3, "%s: %" PRId64, c->name,
                  storage_number(reader, COUNT_COUNTERS));
    db_close(&reader);
    ck_assert_msg(!storage_open(path, DB_WRITE, &writer, &err), "%s", c->name);
    ck_assert_msg(err.exit_code == EXIT_CANTCREATE, "%s: %s", c->name, err.message);
    ck_assert_str_ne(err.hint, "");
}
END_TEST

/* A file, its log and its directory that this user may read and not write. The last row has a live
 * writer: its log is shared, its index read-only. */
static const struct foreign_case {
    const char *name;
    void (*work)(const char *path);
    bool is_live;
} foreign_cases[] = {
    {"closed well",   write_and_close,   false},
    {"writer killed", write_without_end, false},
    {"writer lives",  write_and_close,   true },
};

static void become_nobody(const char *directory)
{
    ck_assert_int_eq(chmod(directory, 0555), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(setuid(NOBODY), 0);
}

static void read_as_nobody(const char *directory, const char *path)
{
    struct error err = {0};
    struct db *writer = NULL;
    bool is_other_user = geteuid() == 0; /* only root can become one */
    become_nobody(directory);
    struct db *reader = storage_open_ok(path, DB_READ);
    ck_assert_int_eq(storage_number(reader, COUNT_COUNTERS), 3);
    db_close(&reader);
    if (!is_other_user) {
        (void)fprintf(stderr, "skipped: writing as another user (not root)\n");
        return;
    }
    ck_assert(!storage_open(path, DB_WRITE, &writer, &err));
    ck_assert_msg(err.exit_code == EXIT_CANTCREATE, "exit %d: %s", (int)err.exit_code, err.message);
}

START_TEST(reads_what_belongs_to_another_user)
{
    const struct foreign_case *c = &foreign_cases[_i];
    const char *directory = storage_directory();
    const char *path = storage_path(directory, "billmill.db");
    struct db *writer = NULL;
    int status = -1;
    storage_in_killed_child(c->work, path);
    if (c->is_live) {
        writer = storage_open_ok(path, DB_WRITE);
        ck_assert_int_eq(storage_number(writer, COUNT_COUNTERS), 3);
    }
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        read_as_nobody(directory, path);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(status == 0, "%s", c->name);
    ck_assert_int_eq(chmod(directory, 0755), 0);
    db_close(&writer);
}
END_TEST

TEST_SUITE(db_reader)
{
    TEST_TABLE(reads_what_belongs_to_another_user, foreign_cases);
    TEST_ONE(reads_beside_a_writer);
    TEST_ONE(reads_on_while_the_writer_checkpoints);
    TEST_ONE(reads_after_a_killed_writer);
    TEST_TABLE(reads_read_only_media, read_only_cases);
}
