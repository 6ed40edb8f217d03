#define _GNU_SOURCE /* gethostname */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/storage/db_lock.h"
#include "tests/core/storage/storage_support.h"

#define ARENA_BYTES 4096u

/* A child that holds the database as writer until it is ended. */
static pid_t start_writer(const char *path)
{
    int ready[2];
    char byte = 0;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct db *db = storage_migrated(path);
        if (write(ready[1], "x", 1) == 1)
            for (;;)
                pause();
        db_close(&db);
        _exit(1);
    }
    ck_assert_int_eq(close(ready[1]), 0);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(close(ready[0]), 0);
    return child;
}

static void end_writer(pid_t child)
{
    int status = 0;
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
}

START_TEST(refuses_a_second_writer)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct error err = {0};
    struct db *db = NULL;
    struct db_owner owner = {0};
    char expected[80];
    char host[256] = "";
    const char *path = storage_path(storage_directory(), "billmill.db");
    pid_t child = start_writer(path);
    int64_t before_ms = clock_boot_ms();
    ck_assert(!storage_open(path, DB_WRITE, &db, &err));
    ck_assert_int_lt(clock_boot_ms() - before_ms, 500);
    ck_assert_int_eq(err.exit_code, EXIT_OWNED);
    (void)snprintf(expected, sizeof expected, "in use by process %d on ", (int)child);
    ck_assert_msg(strstr(err.message, expected) != NULL, "%s", err.message);
    ck_assert_ptr_nonnull(strstr(err.message, "a test"));
    ck_assert_str_ne(err.hint, "");
    ck_assert(db_owner_of(path, arena, &owner));
    ck_assert_int_eq(owner.pid, child);
    ck_assert_str_eq(owner.command, "a test");
    ck_assert_int_eq(gethostname(host, sizeof host - 1), 0);
    ck_assert_str_eq(owner.host, host);
    ck_assert_int_lt(clock_wall_us() - owner.since_us, 60 * 1000000);
    end_writer(child);
    ck_assert(!db_owner_of(path, arena, &owner)); /* the file is there, the lock is not */
    db = storage_open_ok(path, DB_WRITE);
    ck_assert(db_is_sole_writer(db));
    db_close(&db);
}
END_TEST

/* Asking who the owner is, or being refused, must not loosen the owner's hold. */
START_TEST(keeps_the_lock_when_asked)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct error err = {0};
    struct db_owner owner = {0};
    struct db *second = NULL;
    const char *path = storage_path(storage_directory(), "billmill.db");
    struct db *db = storage_migrated(path);
    for (int i = 0; i < 3; i++) {
        ck_assert(db_owner_of(path, arena, &owner));
        ck_assert_int_eq(owner.pid, getpid());
        ck_assert(!storage_open(path, DB_WRITE, &second, &err));
        ck_assert_int_eq(err.exit_code, EXIT_OWNED);
    }
    db_close(&db);
    ck_assert(!db_owner_of(path, arena, &owner));
    db = storage_open_ok(path, DB_WRITE);
    db_close(&db);
}
END_TEST

/* A link to the file is the same database. */
START_TEST(locks_the_file_behind_a_link)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct error err = {0};
    struct db_owner owner = {0};
    struct db *second = NULL;
    const char *directory = storage_directory();
    const char *path = storage_path(directory, "billmill.db");
    const char *other = storage_path(directory, "link.db");
    struct db *db = storage_migrated(path);
    ck_assert_int_eq(symlink("billmill.db", other), 0);
    ck_assert(!storage_open(other, DB_WRITE, &second, &err));
    ck_assert_int_eq(err.exit_code, EXIT_OWNED);
    ck_assert(db_owner_of(other, arena, &owner));
    db_close(&db);
}
END_TEST

START_TEST(survives_a_damaged_lock_file)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct db_owner owner = {0};
    const char *directory = storage_directory();
    const char *path = storage_path(directory, "billmill.db");
    storage_write_file(storage_path(directory, "billmill.db.lock"), "nonsense\n\xff");
    ck_assert(!db_owner_of(path, arena, &owner));
    struct db *db = storage_open_ok(path, DB_WRITE);
    storage_write_file(storage_path(directory, "billmill.db.lock"), "nonsense\n\xff");
    ck_assert(db_owner_of(path, arena, &owner));
    ck_assert_int_eq(owner.pid, 0);
    ck_assert_str_eq(owner.command, "");
    db_close(&db);
}
END_TEST

static const struct file_system_case {
    const char *name;
    uint64_t type;
    bool is_network;
} file_system_cases[] = {
    {"nfs",                 0x6969,             true },
    {"smb",                 0x517B,             true },
    {"cifs",                0xFF534D42,         true },
    {"cifs, sign-extended", 0xFFFFFFFFFF534D42, true },
    {"smb2",                0xFE534D42,         true },
    {"ext4",                0xEF53,             false},
    {"xfs",                 0x58465342,         false},
    {"btrfs",               0x9123683E,         false},
    {"tmpfs",               0x01021994,         false},
};

START_TEST(knows_network_file_systems)
{
    const struct file_system_case *c = &file_system_cases[_i];
    ck_assert_msg(db_lock_is_network(c->type) == c->is_network, "%s", c->name);
}
END_TEST

TEST_SUITE(db_lock)
{
    TEST_ONE(refuses_a_second_writer);
    TEST_ONE(keeps_the_lock_when_asked);
    TEST_ONE(locks_the_file_behind_a_link);
    TEST_ONE(survives_a_damaged_lock_file);
    TEST_TABLE(knows_network_file_systems, file_system_cases);
}
