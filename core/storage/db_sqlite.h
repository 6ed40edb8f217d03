/* SQLite behind db_driver.h: what its files share. Private to this folder (and its tests).
 *
 * 1. One connection, one thread. A writer holds the lock of db_lock.h and is the only connection
 * that ever checkpoints.
 * 2. Prepared statements live as long as the connection. A statement's rows are part of it, so that
 * it can run once at a time.
 * 3. SQLite rolls a transaction back by itself after some errors (disk full, I/O). Whatever comes
 * then is refused, for it would be committed on its own: sqlite_in_transaction. */
#ifndef BILLMILL_STORAGE_DB_SQLITE_H
#define BILLMILL_STORAGE_DB_SQLITE_H

#include <sqlite3.h>

#include "core/storage/db_driver.h"

#define STATEMENT_ARGS_MAX 99
#define SQLITE_BUSY_WAIT_MS 5000 /* for a lock that another program holds */

struct sqlite_statement {
    struct db_rows rows;
    sqlite3_stmt *stmt;
    const char *name;
    bool open; /* its rows are being read */
    bool has_row;
    size_t arg_count;                             /* the highest n of $n */
    int32_t parameter_count;                      /* different parameters, in SQLite's order … */
    uint8_t arg_of_parameter[STATEMENT_ARGS_MAX]; /* … and the argument of each, from 0 */
};

struct sqlite_bulk; /* bulk_sqlite.c */

struct sqlite_db {
    struct db base;
    sqlite3 *handle;
    char *path;
    int lock; /* -1 for a reader */
    struct sqlite_statement *statements[STATEMENT_COUNT];
    struct sqlite_statement *commands[DB_COMMAND_COUNT];
    struct sqlite_bulk *bulks;
};

extern const struct db_driver sqlite_driver;

static inline struct sqlite_db *sqlite_of(struct db *db)
{
    return (struct sqlite_db *)db; /* base is its first member */
}

/* The last error of the connection as a struct error; `what` begins the message. Returns false. */
bool sqlite_fail(const struct sqlite_db *db, const char *what, struct error *err);

/* Invariant 3. */
MUST_CHECK bool sqlite_in_transaction(const struct sqlite_db *db, struct error *err);

/* `name` must live as long as the statement. The caller owns it: sqlite_statement_free. */
MUST_CHECK bool sqlite_statement_create(struct sqlite_db *db, const char *name, const char *text,
                                        struct sqlite_statement **ret_statement, struct error *err);
void sqlite_statement_free(struct sqlite_statement *statement); /* accepts NULL */
MUST_CHECK bool sqlite_statement_run(struct sqlite_statement *statement,
                                     const struct db_value *args, size_t arg_count,
                                     int64_t *ret_changed, struct error *err);
MUST_CHECK bool sqlite_statement_query(struct sqlite_statement *statement,
                                       const struct db_value *args, size_t arg_count,
                                       struct db_rows **ret_rows, struct error *err);

/* SQLITE_OK, else the connection's error. `lifetime` is SQLITE_STATIC or SQLITE_TRANSIENT. */
int sqlite_bind(sqlite3_stmt *stmt, int index, const struct db_value *value,
                sqlite3_destructor_type lifetime);

bool sqlite_bulk_write(struct db *db, const struct bulk_table *table, const void *rows,
                       size_t count, int64_t *ret_written, size_t *ret_bad_row, struct error *err);
bool sqlite_bulk_find(struct db *db, const struct bulk_table *table, const void *keys, size_t count,
                      bulk_take *take, void *context, struct error *err);
void sqlite_bulk_free_all(struct sqlite_bulk **bulks);

bool sqlite_script(struct db *db, const char *name, const char *text, struct error *err);

/* Part of every migration, for nobody runs ANALYZE. Without statistics SQLite thinks that a tenant
 * has ten rows, and goes through all of them where an index of two more columns stands beside the
 * primary key: a look-up by customer or period would take as long as the tenant is large. */
MUST_CHECK bool sqlite_expect_large_tables(struct sqlite_db *db, struct error *err);
bool sqlite_lock_work(struct db *db, struct error *err);
bool sqlite_schema_state(struct db *db, bool *ret_has_tables, bool *ret_has_migrations,
                         struct error *err);
bool sqlite_schema_check(struct db *db, const struct migration *migrations, size_t count,
                         struct error *err);

#endif
