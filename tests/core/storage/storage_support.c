#define _GNU_SOURCE /* nftw */
#include "tests/core/storage/storage_support.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ARENA_BYTES (16u << 20)

static char *directory; /* of this process */
static pid_t owner;

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

static void remove_directory(void)
{
    if (directory != NULL && getpid() == owner)
        (void)nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    free(directory);
}

const char *storage_directory(void)
{
    const char *parent = getenv("TMPDIR");
    ck_assert_ptr_null(directory);
    directory = memory_alloc(4096, "test");
    (void)snprintf(directory, 4096, "%s/billmill-XXXXXX", parent == NULL ? "/tmp" : parent);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    owner = getpid();
    ck_assert_int_eq(atexit(remove_directory), 0);
    return directory;
}

const char *storage_path(const char *parent, const char *name)
{
    static struct arena *paths;
    if (paths == NULL)
        paths = arena_create("test paths", ARENA_BYTES);
    return arena_printf(paths, "%s/%s", parent, name);
}

void storage_write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "%s", path);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

bool storage_open(const char *path, enum db_mode mode, struct db **ret_db, struct error *err)
{
    return db_open(
        &(struct db_options){
            .location = path, .mode = mode, .create = mode == DB_WRITE, .command = "a test"},
        ret_db, err);
}

struct db *storage_open_ok(const char *path, enum db_mode mode)
{
    struct db *db = NULL;
    struct error err = {0};
    ck_assert_msg(storage_open(path, mode, &db, &err), "opening %s: %s", path, err.message);
    return db;
}

struct db *storage_migrated(const char *path)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct db *db = storage_open_ok(path, DB_WRITE);
    struct migration_status status;
    struct error err = {0};
    STORAGE_OK(migrate_up(db, MIGRATIONS, arena, &status, &err));
    return db;
}

void storage_execute(const char *path, const char *sql)
{
    sqlite3 *handle = NULL;
    ck_assert_int_eq(sqlite3_open(path, &handle), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
                  sqlite3_errmsg(handle));
    ck_assert_int_eq(sqlite3_close(handle), SQLITE_OK);
}

static int64_t first_number(sqlite3 *handle, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    ck_assert_msg(sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL) == SQLITE_OK, "%s: %s", sql,
                  sqlite3_errmsg(handle));
    ck_assert_msg(sqlite3_step(stmt) == SQLITE_ROW, "%s: %s", sql, sqlite3_errmsg(handle));
    int64_t value = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return value;
}

int64_t storage_number(struct db *db, const char *sql)
{
    return first_number(sqlite_of(db)->handle, sql);
}

int64_t storage_number_in(const char *path, const char *sql)
{
    sqlite3 *handle = NULL;
    ck_assert_int_eq(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    int64_t value = first_number(handle, sql);
    (void)sqlite3_close(handle);
    return value;
}
