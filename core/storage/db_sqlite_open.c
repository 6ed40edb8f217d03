/* Opening a SQLite file, for the one writer or for a reader: db.h, invariants 2 and 3.
 *
 * A reader normally opens the file read-only and shares the log's index with the writer. Where it
 * may not write the directory, that index cannot be made; then, if no writer lives, the file is
 * read without any locks: with the log in private memory when one was left behind, else as
 * immutable.
 *
 * A failed open leaves nothing behind but the lock file of a writer and, when creating was asked,
 * an empty database file and its directory. */
#define _GNU_SOURCE /* realpath */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/storage/db_lock.h"
#include "core/storage/db_sqlite.h"

#define CACHE_KIB_DEFAULT 8192
#define SETTINGS_SIZE 640
#define DIRECTORY_MODE 0750 /* of the database's own, where there is none */
#define URI_SIZE (3 * PATH_MAX + 64)
#define OWNER_ARENA_BYTES 4096

enum reader_kind { READER_SHARED, READER_PRIVATE_LOG, READER_IMMUTABLE };

static bool no_database(const char *path, struct error *err)
{
    error_run(err, EXIT_UNAVAILABLE, "there is no database %s: %s", path, strerror(errno));
    return error_hint(err, "make it with `billmill init`, or name another with --database");
}

/* The absolute path of a file that need not exist yet, in a directory that does; links resolved, so
 * that everybody's lock is the same one. */
static bool resolve(const char *path, bool create, char ret_path[PATH_MAX], struct error *err)
{
    char directory[PATH_MAX];
    if (realpath(path, ret_path) != NULL)
        return true;
    if (errno != ENOENT || !create)
        return no_database(path, err);
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    int length = slash == NULL ? 1 : (int)(slash - path) + 1;
    char parent[PATH_MAX];
    (void)snprintf(parent, sizeof parent, "%.*s", length, slash == NULL ? "." : path);
    if (realpath(parent, directory) == NULL &&
        (mkdir(parent, DIRECTORY_MODE) != 0 || realpath(parent, directory) == NULL)) {
        error_run(err, EXIT_CANTCREATE, "cannot make the database %s: %s", path, strerror(errno));
        return error_hint(err, "make its directory first");
    }
    int written =
        snprintf(ret_path, PATH_MAX, "%s/%s", text_equal(directory, "/") ? "" : directory, name);
    if (written >= PATH_MAX || *name == '\0')
        return error_run(err, EXIT_CONFIG, "%s is no path of a database file", path);
    return true;
}

/* What can be known of the file without opening it. */
static bool check_file(const char *path, const struct db_options *options, struct error *err)
{
    struct stat info;
    char directory[PATH_MAX];
    (void)snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') - path) + 1, path);
    if (!db_lock_check_file_system(directory, err))
        return false;
    if (stat(path, &info) != 0)
        return options->create && errno == ENOENT ? true : no_database(path, err);
    if (!S_ISREG(info.st_mode)) {
        error_run(err, EXIT_UNAVAILABLE, "the database %s is not a regular file", path);
        return error_hint(err, "name a file with --database");
    }
    if (options->mode == DB_WRITE && access(path, W_OK) != 0) {
        error_run(err, EXIT_CANTCREATE, "the database %s cannot be written: %s", path,
                  strerror(errno));
        return error_hint(err, "check the rights of the file and of its directory");
    }
    return true;
}

static bool execute(struct sqlite_db *db, const char *what, const char *text, struct error *err)
{
    return sqlite3_exec(db->handle, text, NULL, NULL, NULL) == SQLITE_OK ||
           sqlite_fail(db, what, err);
}

/* Settings of both; the limits that make a database from elsewhere harmless are there too. */
static bool configure(struct sqlite_db *db, const struct db_options *options, struct error *err)
{
    char text[SETTINGS_SIZE];
    struct strbuf buf;
    bool write = options->mode == DB_WRITE;
    int64_t cache_kib = options->cache_kib == 0 ? CACHE_KIB_DEFAULT : options->cache_kib;
    (void)sqlite3_extended_result_codes(db->handle, 1);
    (void)sqlite3_busy_timeout(db->handle, SQLITE_BUSY_WAIT_MS);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, write ? 0 : 1, NULL);
    (void)sqlite3_wal_autocheckpoint(db->handle, write ? 4000 : 0); /* pages: about 16 MB */
    strbuf_init(&buf, text, sizeof text);
    strbuf_addf(&buf, "PRAGMA cache_size = -%lld;", (long long)cache_kib);
    strbuf_add(&buf, "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON;");
    strbuf_add(&buf, write ? "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;"
                           : "PRAGMA query_only = ON;");
    assert(!buf.overflowed);
    return execute(db, "settings", text, err);
}

/* Nobody here shares a connection between threads, or asks how much memory SQLite has: its locks
 * and counters only cost time. Of no effect, and no harm, once the library is in use. */
static void configure_library(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* Opened anew by each try; an earlier handle is closed. */
static bool open_handle(struct sqlite_db *db, const char *name, int flags, const char *vfs,
                        struct error *err)
{
    (void)sqlite3_close(db->handle);
    db->handle = NULL;
    int code = sqlite3_open_v2(name, &db->handle, flags | SQLITE_OPEN_NOMUTEX, vfs);
    if (db->handle == NULL)
        return error_run(err, EXIT_INTERNAL, "opening the database %s: out of memory", db->path);
    return code == SQLITE_OK || sqlite_fail(db, "opening", err);
}

static bool use_write_ahead_log(struct sqlite_db *db, struct error *err)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(db->handle, "PRAGMA journal_mode = WAL", -1, &stmt, NULL) != SQLITE_OK)
        return sqlite_fail(db, "opening", err);
    int code = sqlite3_step(stmt);
    bool is_wal =
        code == SQLITE_ROW && text_equal((const char *)sqlite3_column_text(stmt, 0), "wal");
    if (code != SQLITE_ROW)
        (void)sqlite_fail(db, "opening", err);
    else if (!is_wal)
        (void)error_run(err, EXIT_UNAVAILABLE, "the database %s cannot use a write-ahead log",
                        db->path);
    (void)sqlite3_finalize(stmt);
    return is_wal;
}

static bool open_writer(struct sqlite_db *db, const struct db_options *options, struct error *err)
{
    int flags = SQLITE_OPEN_READWRITE | (options->create ? SQLITE_OPEN_CREATE : 0);
    if (!db_lock_take(db->path, options->command, &db->lock, err) ||
        !open_handle(db, db->path, flags, NULL, err))
        return false;
    if (sqlite3_db_readonly(db->handle, "main") == 1) {
        error_run(err, EXIT_CANTCREATE, "the database %s cannot be written", db->path);
        return error_hint(err, "check the rights of the file and of its directory");
    }
    return configure(db, options, err) && use_write_ahead_log(db, err);
}

/* "file:" and the path, with what means something in a URI written as %XX. */
static void write_uri(const char *path, const char *query, char target[URI_SIZE])
{
    struct strbuf buf;
    strbuf_init(&buf, target, URI_SIZE);
    strbuf_add(&buf, "file:");
    for (const char *c = path; *c != '\0'; c++)
        if (*c == '?' || *c == '#' || *c == '%')
            strbuf_addf(&buf, "%%%02X", (unsigned)*c);
        else
            strbuf_add_char(&buf, *c);
    strbuf_add(&buf, query);
    assert(!buf.overflowed);
}

static bool open_reader_as(struct sqlite_db *db, const struct db_options *options,
                           enum reader_kind kind, struct error *err)
{
    char uri[URI_SIZE];
    bool opened = false;
    write_uri(db->path, "?immutable=1", uri);
    switch (kind) {
    case READER_SHARED:
        opened = open_handle(db, db->path, SQLITE_OPEN_READONLY, NULL, err);
        break;
    case READER_PRIVATE_LOG:
        opened = open_handle(db, db->path, SQLITE_OPEN_READONLY, "unix-none", err);
        break;
    case READER_IMMUTABLE:
        opened = open_handle(db, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL, err);
        break;
    }
    /* Exclusive: SQLite keeps the log's index in memory instead of a shared file. Before anything
     * reads the file. */
    if (opened && kind == READER_PRIVATE_LOG)
        opened = execute(db, "opening", "PRAGMA locking_mode = EXCLUSIVE", err);
    if (!opened || !configure(db, options, err))
        return false;
    return execute(db, "opening", "SELECT count(*) FROM sqlite_schema", err);
}

static bool somebody_writes(const char *path)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("owner", OWNER_ARENA_BYTES);
    struct db_owner owner;
    return db_owner_of(path, arena, &owner);
}

static bool directory_is_writable(const char *path)
{
    char directory[PATH_MAX];
    (void)snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') - path) + 1, path);
    return access(directory, W_OK) == 0;
}

static bool has_log(const char *path)
{
    char log[PATH_MAX + 8];
    struct stat info;
    (void)snprintf(log, sizeof log, "%s-wal", path);
    return stat(log, &info) == 0 && info.st_size > 0;
}

static bool open_reader(struct sqlite_db *db, const struct db_options *options, struct error *err)
{
    if (open_reader_as(db, options, READER_SHARED, err))
        return true;
    if (directory_is_writable(db->path) || somebody_writes(db->path) || access(db->path, R_OK) != 0)
        return false;
    return open_reader_as(db, options, has_log(db->path) ? READER_PRIVATE_LOG : READER_IMMUTABLE,
                          err);
}

bool db_sqlite_open(const struct db_options *options, const char *path, struct db **ret_db,
                    struct error *err)
{
    char real[PATH_MAX];
    assert(options->mode == DB_WRITE || !options->create);
    configure_library();
    if (!resolve(path, options->create, real, err) || !check_file(real, options, err))
        return false;
    struct sqlite_db *db = memory_alloc(sizeof *db, "a database connection");
    *db = (struct sqlite_db){
        .base = {.driver = &sqlite_driver, .mode = options->mode},
          .lock = -1
    };
    db->path = memory_alloc(strlen(real) + 1, "the path of a database");
    memcpy(db->path, real, strlen(real) + 1);
    bool opened =
        options->mode == DB_WRITE ? open_writer(db, options, err) : open_reader(db, options, err);
    if (!opened) {
        sqlite_driver.close(&db->base);
        return false;
    }
    *ret_db = &db->base;
    return true;
}
