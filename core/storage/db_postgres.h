/* PostgreSQL behind db_driver.h: what its files share. Private to this folder (and its tests).
 *
 * 1. One connection, one thread. Outside a transaction a connection that was lost is made anew;
 *    inside one everything fails with ERROR_RETRY until it was rolled back.
 * 2. Nothing is kept in the session that the next statement needs: behind a pool that hands out
 *    connections by transaction (PgBouncer), statements are sent unnamed and settings are SET
 *    LOCAL. A pool is recognised by its answering with another process id than the server's own.
 *    Without one, statements are prepared under their names and settings made once a connection.
 * 3. After an error the server refuses the rest of the transaction, and answers a COMMIT with
 *    ROLLBACK: that is an error here.
 * 4. Every plan of a writer is made for the values at hand: a table that was empty when a statement
 *    was first used must not be scanned whole for ever after. A reader asks the same of every
 *    document, and planning took most of its time: for it the server keeps plans that are as good.
 * 5. Values travel in binary. A whole result is in memory when a query returns, so other statements
 *    may run while it is read; db_query_large reads in parts, by a cursor of the transaction. */
#ifndef BILLMILL_STORAGE_DB_POSTGRES_H
#define BILLMILL_STORAGE_DB_POSTGRES_H

#include <libpq-fe.h>

#include "core/base/strbuf.h"
#include "core/storage/db_driver.h"

#define PG_ARGS_MAX ROW_FIELDS_MAX
#define PG_FAILURE_SIZE 256
#define PG_BEGIN_SIZE 512
#define PG_AGAIN_HINT                                                                              \
    "`billmill resume` finishes a run that had begun; any other command is simply given again"

/* Types of the server that we send or understand; their numbers never change. */
enum pg_type {
    PG_UNKNOWN = 0, /* sent with null: the server finds out */
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_INT4 = 23,
    PG_TEXT = 25,
    PG_BYTEA_ARRAY = 1001,
    PG_TEXT_ARRAY = 1009,
    PG_INT8_ARRAY = 1016,
    PG_NUMERIC = 1700
};

/* Invariant 2: `prepared_in` is the connection in which the server knows it by name; 0 for none. */
struct pg_statement {
    const char *name;
    const char *text;
    int64_t prepared_in;
    int arg_count;
    Oid types[PG_ARGS_MAX];
};

struct pg_args {
    int count;
    Oid types[PG_ARGS_MAX];
    const char *values[PG_ARGS_MAX];
    int lengths[PG_ARGS_MAX];
    int formats[PG_ARGS_MAX];
    uint8_t numbers[PG_ARGS_MAX][8];
};

struct pg_rows {
    struct db_rows rows;
    PGresult *result;
    int row;           /* the current one; -1 before the first */
    int64_t cursor_no; /* 0: the result is whole */
};

struct pg_bulk; /* bulk_postgres.c */

struct pg_db {
    struct db base;
    char *location; /* may hold a password: never in a message */
    PGconn *conn;
    int64_t connection_no; /* from 1 */
    int64_t cursor_no;     /* the last one declared */
    bool pooled;
    int32_t limited_to_s; /* the lease that the connection's own limits were made for; 0 for none */
    char failure[PG_FAILURE_SIZE]; /* what ended the open transaction; "" for nothing */
    struct pg_statement statements[STATEMENT_COUNT];
    struct pg_bulk *bulks;
    bool analyze_due; /* before the next transaction: pg_bulk_analyze */
    struct {          /* arrays of a bulk write, kept for the next one */
        uint8_t *data;
        size_t size;
        size_t capacity;
    } buffer;
};

extern const struct db_driver postgres_driver;

static inline struct pg_db *pg_of(struct db *db)
{
    return (struct pg_db *)db; /* base is its first member */
}

static inline bool pg_in_transaction(const struct pg_db *db)
{
    return db->base.tx_open || db->base.snapshot_open || db->base.dry_run;
}

static inline void pg_result_clear(PGresult **result)
{
    PQclear(*result); /* accepts NULL */
    *result = NULL;
}

/* The error of `result`, or of the connection when it is NULL; `what` begins the message. Returns
 * false. */
bool pg_fail(struct pg_db *db, const char *what, const PGresult *result, struct error *err);

/* Invariant 3. Returns false. */
bool pg_ended_before(const struct pg_db *db, const char *what, struct error *err);

/* The first line of what libpq says about the connection. */
void pg_connection_message(const struct pg_db *db, char *target, size_t size);

/* Connects, or connects again. `again`: a failure is ERROR_RETRY, for it was there before. */
MUST_CHECK bool pg_connect(struct pg_db *db, bool again, struct error *err);

/* Invariant 1. */
MUST_CHECK bool pg_usable(struct pg_db *db, const char *what, struct error *err);

/* One or more statements without parameters. */
MUST_CHECK bool pg_simple(struct pg_db *db, const char *what, const char *text,
                          PGresult **ret_result, struct error *err);

/* A question of the driver's own, without parameters and with a binary result. */
MUST_CHECK bool pg_ask(struct pg_db *db, const char *what, const char *text, PGresult **ret_result,
                       struct error *err);

/* Runs it with binary results. The result is the caller's: pg_result_clear. */
MUST_CHECK bool pg_execute(struct pg_db *db, struct pg_statement *statement,
                           const struct pg_args *args, PGresult **ret_result, struct error *err);

/* Time limits: db_postgres_limits.c. Behind the text of BEGIN, and once a connection and lease. */
void pg_limits_add(const struct pg_db *db, struct strbuf *begin);
MUST_CHECK bool pg_limits_of_session(struct pg_db *db, struct error *err);

MUST_CHECK bool pg_command(struct db *db, enum db_command command, struct error *err);

/* Values and rows: db_postgres_rows.c. The values are borrowed. */
void pg_args_set(struct pg_args *args, const struct db_value *values, size_t count);
void pg_put_i64(uint8_t target[8], int64_t value);
int64_t pg_get_i64(const uint8_t source[8]);
int64_t pg_changed(PGresult *result);
void pg_rows_init(struct pg_rows *rows, struct pg_db *db, const char *statement, PGresult *result);
bool pg_rows_next(struct db_rows *base, bool *ret_has_row, struct error *err);
void pg_rows_close(struct db_rows *base); /* of one that pg_query made */
int32_t pg_rows_column(const struct db_rows *base, const char *name);
struct db_value pg_rows_value(const struct db_rows *base, int32_t column);
void pg_rows_i64s(const struct db_rows *base, int32_t count, int64_t *ret_values);

/* db_postgres_cursor.c */
bool pg_query_large(struct db *db, enum statement_id id, const struct db_value *values,
                    size_t count, struct db_rows **ret_rows, struct error *err);
MUST_CHECK bool pg_cursor_fetch(struct pg_rows *rows, struct error *err); /* the next part */
void pg_cursor_close(struct pg_rows *rows);

bool pg_bulk_write(struct db *db, const struct bulk_table *table, const void *rows, size_t count,
                   int64_t *ret_written, size_t *ret_bad_row, struct error *err);
bool pg_bulk_find(struct db *db, const struct bulk_table *table, const void *keys, size_t count,
                  bulk_take *take, void *context, struct error *err);
void pg_bulk_free_all(struct pg_bulk **bulks);
void pg_bulk_analyze(struct pg_db *db); /* outside transactions */

bool pg_script(struct db *db, const char *name, const char *text, struct error *err);
bool pg_lock_work(struct db *db, struct error *err);
bool pg_schema_state(struct db *db, bool *ret_has_tables, bool *ret_has_migrations,
                     struct error *err);
bool pg_schema_check(struct db *db, const struct migration *migrations, size_t count,
                     struct error *err);

#endif
