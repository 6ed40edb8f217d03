#define _GNU_SOURCE /* nftw, unshare */
#include "tests/core/storage/storage_support.h"

#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/storage/db_postgres.h"

#define ARENA_BYTES (16u << 20)

static bool on_postgres;         /* this test */
static const char *postgres_sql; /* drops what it made there */
static char *directory;          /* of this process */
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
    if (directory != NULL && getpid() == owner) {
        (void)umount2(directory, MNT_DETACH); /* where something was mounted */
        (void)nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    }
    free(directory);
}

const char *storage_directory(void)
{
    const char *parent = getenv("TMPDIR");
    ck_assert_ptr_null(directory);
    directory = memory_alloc(4096, "test");
    (void)snprintf(directory, 4096, "%s/billmill-storage-XXXXXX", parent == NULL ? "/tmp" : parent);
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

static void use_postgres(void)
{
    on_postgres = true;
}

bool storage_postgres_tests(TCase *tcase)
{
    const char *server = getenv("BILLMILL_TEST_POSTGRES");
    if (server == NULL ||
        server[0] == '\0') /* empty is no server, and not a SQLite file of that name */
        return false;
    tcase_add_checked_fixture(tcase, use_postgres, NULL);
    return true;
}

void storage_postgres_execute(const char *sql)
{
    PGconn *conn = PQconnectdb(getenv("BILLMILL_TEST_POSTGRES"));
    PGresult *result = PQexec(conn, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        (void)fprintf(stderr, "%s: %s\n", sql, PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
}

static void drop_schema(void)
{
    if (getpid() == owner)
        storage_postgres_execute(postgres_sql);
}

const char *storage_postgres_location(void)
{
    static struct arena *texts;
    const char *server = getenv("BILLMILL_TEST_POSTGRES");
    ck_assert_ptr_nonnull(server);
    ck_assert_ptr_null(texts);
    texts = arena_create("test schema", ARENA_BYTES);
    const char *schema = arena_printf(texts, "test_%ld", (long)getpid());
    postgres_sql = arena_printf(
        texts, "SET client_min_messages = error; DROP SCHEMA IF EXISTS %s CASCADE", schema);
    storage_postgres_execute(postgres_sql);
    storage_postgres_execute(arena_printf(texts, "CREATE SCHEMA %s", schema));
    owner = getpid();
    ck_assert_int_eq(atexit(drop_schema), 0);
    return arena_printf(texts, "%s%coptions=-csearch_path%%3D%s", server,
                        strchr(server, '?') == NULL ? '?' : '&', schema);
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
    struct db *db = storage_open_ok(on_postgres ? storage_postgres_location() : path, DB_WRITE);
    struct migration_status status;
    struct error err = {0};
    STORAGE_OK(
        migrate_up(db, on_postgres ? MIGRATIONS_POSTGRES : MIGRATIONS, NULL, arena, &status, &err));
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
    if (db->driver == &postgres_driver) {
        struct error err = {0};
        PGresult *result = NULL;
        int64_t value = 0;
        STORAGE_OK(pg_simple(pg_of(db), sql, sql, &result, &err));
        ck_assert(text_parse_i64(PQgetvalue(result, 0, 0), &value));
        pg_result_clear(&result);
        return value;
    }
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

void storage_sql(struct db *db, const char *sql)
{
    if (db->driver == &postgres_driver) {
        struct error err = {0};
        STORAGE_OK(pg_simple(pg_of(db), sql, sql, NULL, &err));
        return;
    }
    sqlite3 *handle = sqlite_of(db)->handle;
    ck_assert_msg(sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
                  sqlite3_errmsg(handle));
}

const struct row_field sample_fields[SAMPLE_FIELD_COUNT] = {
    ROW_FIELD(struct sample, id, "id"),         ROW_FIELD(struct sample, whole, "whole"),
    ROW_FIELD(struct sample, small, "small"),   ROW_FIELD(struct sample, flag, "flag"),
    ROW_FIELD(struct sample, text, "text"),     ROW_FIELD(struct sample, day, "day"),
    ROW_FIELD(struct sample, amount, "amount"), ROW_FIELD(struct sample, currency, "currency"),
    ROW_FIELD(struct sample, digest, "digest"),
};

const struct bulk_table sample_insert = {
    .name = "sample_insert",
    .kind = BULK_INSERT,
    .table = "sample",
    .fields = sample_fields,
    .field_count = SAMPLE_FIELD_COUNT,
    .key_count = 1,
    .row_size = sizeof(struct sample),
};

struct db *storage_with_samples(const char *path)
{
    struct db *db = storage_migrated(path);
    storage_sql(db, on_postgres
                        ? "CREATE TABLE sample (id BIGINT PRIMARY KEY, whole BIGINT UNIQUE, "
                          "small BIGINT NOT NULL, flag BIGINT NOT NULL, text TEXT COLLATE \"C\", "
                          "day TEXT, amount TEXT NOT NULL, currency TEXT, digest BYTEA)"
                        : "CREATE TABLE sample (id INTEGER PRIMARY KEY, whole INTEGER UNIQUE, "
                          "small INTEGER NOT NULL, flag INTEGER NOT NULL, text TEXT, day TEXT, "
                          "amount TEXT NOT NULL, currency TEXT, digest BLOB) STRICT");
    return db;
}

bool storage_bulk(struct db *db, const struct bulk_table *table, const void *rows, size_t count,
                  int64_t *ret_written, size_t *ret_bad_row, struct error *err)
{
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    return tx_begin(&tx, db, err) &&
           bulk_write(db, table, rows, count, ret_written, ret_bad_row, err) && tx_commit(&tx, err);
}

void storage_in_killed_child(void (*work)(const char *path), const char *path)
{
    int status = 0;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        work(path);
        (void)kill(getpid(), SIGKILL);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGKILL);
}

bool storage_mount_tmpfs(const char *mount_point, const char *options)
{
    if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("tmpfs", mount_point, "tmpfs", 0, options) == 0)
        return true;
    (void)fprintf(stderr, "skipped: a test that mounts a tmpfs (%s)\n", strerror(errno));
    return false;
}

void storage_make_read_only(const char *mount_point)
{
    ck_assert_msg(mount("none", mount_point, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0, "%s",
                  strerror(errno));
}
