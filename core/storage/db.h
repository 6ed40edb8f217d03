/* One database behind one struct: SQLite in a file, or PostgreSQL by the same functions. This
 * folder alone includes sqlite3.h and libpq-fe.h.
 *
 * 1. One SQL text for both engines: $1…$n, ON CONFLICT … RETURNING, keyset paging, no now(), no
 *    engine functions. Statements have names (statements/<record>.def), are prepared once a
 *    connection and bound typed.
 * 2. A connection opened DB_WRITE on SQLite owns the database: it holds an exclusive lock on
 *    "<file>.lock" until it is closed or the process dies. A second writer is refused at once
 *    (EXIT_OWNED; the message names pid, host and command of the owner). So on SQLite whatever an
 *    earlier process left open is dead: db_is_sole_writer tells the engine. The lock file stays,
 *    which is harmless. A forked child shares the lock: one that may outlive its parent asks for
 *    PR_SET_PDEATHSIG, and never touches the connection.
 * 3. DB_READ connections always work, also beside a writer or on read-only media, and never
 *    checkpoint (SQLite 3.40.1 must not see two checkpointing connections).
 * 4. Transactions do not nest. In a dry run (db_dry_run_start) one outer transaction spans
 *    everything and each transaction is a savepoint in it; closing rolls all of it back.
 * 5. Errors: a lock or serialization failure is ERROR_RETRY (EXIT_TEMPORARY); a constraint or a
 *    value that the database refuses inside a transaction is ERROR_ITEM ("database_refused"); a
 *    full disk or a read-only database is EXIT_CANTCREATE, an I/O error EXIT_IO, an unreachable or
 *    unreadable database EXIT_UNAVAILABLE, all ERROR_RUN with a hint.
 * 6. On PostgreSQL any number of connections write at the same time: nothing here owns anything. A
 *    lost connection is ERROR_RETRY and is made anew by the next transaction. When it was lost in a
 *    COMMIT nobody knows whether that one counts: whoever cares reads it back before redoing
 *    anything. */
#ifndef BILLMILL_STORAGE_DB_H
#define BILLMILL_STORAGE_DB_H

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/storage/statements.h"

struct db;
struct db_rows;

enum db_mode { DB_READ, DB_WRITE };

struct db_options {
    const char *location; /* a file's path, "sqlite:PATH", or postgres://… as libpq takes it */
    enum db_mode mode;
    bool create; /* DB_WRITE: make the file when there is none; else that is EXIT_UNAVAILABLE. A
                    database of PostgreSQL is never made here */
    const char *command; /* what the owner is doing, for the message of a refused second writer */
    int64_t cache_kib;   /* page cache; 0 means 8192 */
};

MUST_CHECK bool db_open(const struct db_options *options, struct db **ret_db, struct error *err);
void db_close(struct db **db); /* accepts NULL inside; an open transaction is rolled back */

/* True on SQLite: whatever else looks alive in the database is dead. */
bool db_is_sole_writer(const struct db *db);

/* Is it a server, which rows have to travel from? */
bool db_is_remote(const struct db *db);

/* Does this name a database of PostgreSQL? */
bool db_is_postgres(const char *location);

/* Who holds the write lock now; false when nobody does, and always on PostgreSQL. For `status` and
 * `stop`. Texts in the arena. */
struct db_owner {
    int64_t pid;
    const char *host;
    const char *command;
    int64_t since_us; /* wall clock */
};
bool db_owner_of(const char *location, struct arena *arena, struct db_owner *ret_owner);

/* Values bound to $1…$n. Texts and bytes are borrowed until the call returns. */
enum db_value_kind { DB_VALUE_NULL, DB_VALUE_I64, DB_VALUE_TEXT, DB_VALUE_BYTES };
struct db_value {
    enum db_value_kind kind;
    int64_t i64;
    const void *data; /* text or bytes */
    size_t size;
};
struct db_value db_null(void);
struct db_value db_i64(int64_t value);
struct db_value db_text(const char *text); /* NULL binds null */
struct db_value db_bytes(const void *bytes, size_t size);
bool db_value_equal(const struct db_value *a, const struct db_value *b); /* null equals null */

/* db_query(db, STMT_X, DB_ARGS(db_i64(1), db_text("a")), &rows, err); DB_NO_ARGS for none. */
#define DB_ARGS(...)                                                                               \
    (const struct db_value[]){__VA_ARGS__},                                                        \
        (sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value))
#define DB_NO_ARGS NULL, 0

/* Runs a statement that returns no rows. ret_changed may be NULL. */
MUST_CHECK bool db_run(struct db *db, enum statement_id statement, const struct db_value *args,
                       size_t arg_count, int64_t *ret_changed, struct error *err);

/* Rows are streamed; close them before the same statement is used again. Texts are valid until the
 * next step: rows.h copies. */
MUST_CHECK bool db_query(struct db *db, enum statement_id statement, const struct db_value *args,
                         size_t arg_count, struct db_rows **ret_rows, struct error *err);
/* As db_query, for more rows than memory should hold on any engine. Only inside a snapshot or a
 * transaction, and closed before its end. */
MUST_CHECK bool db_query_large(struct db *db, enum statement_id statement,
                               const struct db_value *args, size_t arg_count,
                               struct db_rows **ret_rows, struct error *err);
MUST_CHECK bool db_rows_next(struct db_rows *rows, bool *ret_has_row, struct error *err);
void db_rows_close(struct db_rows **rows);
int32_t db_rows_column(const struct db_rows *rows, const char *name); /* -1 when there is none */
bool db_rows_is_null(const struct db_rows *rows, int32_t column);
int64_t db_rows_i64(const struct db_rows *rows, int32_t column);
/* The first `count` columns at once, for results of many rows: as db_rows_i64 each. */
void db_rows_i64s(const struct db_rows *rows, int32_t count, int64_t *ret_values);
const char *db_rows_text(const struct db_rows *rows, int32_t column); /* NULL for null */
const void *db_rows_bytes(const struct db_rows *rows, int32_t column, size_t *ret_size);

/* One integer: the first column of the first row; *ret_found false when there is no row or null. */
MUST_CHECK bool db_query_i64(struct db *db, enum statement_id statement,
                             const struct db_value *args, size_t arg_count, int64_t *ret_value,
                             bool *ret_found, struct error *err);

/* A transaction: `CLEANUP(tx_rollback_open) struct tx tx = {0};` rolls back unless committed. */
struct tx {
    struct db *db;
    bool open;
};
MUST_CHECK bool tx_begin(struct tx *tx, struct db *db, struct error *err);
MUST_CHECK bool tx_commit(struct tx *tx, struct error *err);
void tx_rollback_open(struct tx *tx);

/* Reads of one view of the database: several queries see the same state, and the locks are taken
 * once. Never around a tx. `CLEANUP(snapshot_end) struct snapshot snapshot = {0};` */
struct snapshot {
    struct db *db;
    bool open;
};
MUST_CHECK bool snapshot_begin(struct snapshot *snapshot, struct db *db, struct error *err);
void snapshot_end(struct snapshot *snapshot);

MUST_CHECK bool db_dry_run_start(struct db *db, struct error *err);
bool db_is_dry_run(const struct db *db);

/* After a large run: moves the write-ahead log into the file and truncates it. Writers only,
 * outside transactions. A reader that stays on an old state delays it, which is no error; nothing
 * happens in a dry run. */
MUST_CHECK bool db_checkpoint(struct db *db, struct error *err);

/* Microseconds UTC for leases: the host's clock on SQLite, the server's on PostgreSQL. */
MUST_CHECK bool db_now_us(struct db *db, int64_t *ret_now_us, struct error *err);

/* Transactions begun from now on keep others waiting no longer than a part of this lease, whatever
 * becomes of this process or its network: the server ends them. Nothing on SQLite, where a dead
 * process holds nothing. Without it: DB_LEASE_S. */
#define DB_LEASE_S 60
void db_set_lease(struct db *db, int32_t lease_s);

/* Transactions begun from now on take small parts of tables by their keys, so the server shall look
 * them up and not read the tables whole, whatever it knows of their sizes. Nothing on SQLite. */
void db_expect_parts(struct db *db);

/* Surrogate ids in order: reserves `count` ids of counter `name` in a transaction of its own (or in
 * the open one); gaps are harmless. */
MUST_CHECK bool db_reserve_ids(struct db *db, const char *name, int64_t count, int64_t *ret_first,
                               struct error *err);

#endif
