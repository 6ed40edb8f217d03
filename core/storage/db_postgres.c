/* PostgreSQL: statements and transactions. See db_postgres.h. */
#include "core/storage/db_postgres.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

#define EPOCH_2000_US INT64_C(946684800000000) /* the server counts from then */

static const struct {
    const char *name;
    const char *text;
} commands[DB_COMMAND_COUNT] = {
    [DB_COMMAND_BEGIN] = {"BEGIN",       "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"},
    [DB_COMMAND_COMMIT] = {"COMMIT",      "COMMIT"                                         },
    [DB_COMMAND_ROLLBACK] = {"ROLLBACK",    "ROLLBACK"                                       },
    [DB_COMMAND_SAVEPOINT] = {"SAVEPOINT",   "SAVEPOINT billmill_transaction"                 },
    [DB_COMMAND_RELEASE] = {"RELEASE",     "RELEASE SAVEPOINT billmill_transaction"         },
    [DB_COMMAND_ROLLBACK_TO] = {"ROLLBACK TO", "ROLLBACK TO billmill_transaction"               },
    [DB_COMMAND_SNAPSHOT] = {"SNAPSHOT",    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
};
/* ---------------------------------------------------------------- statements */

static bool succeeded(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result); /* of NULL: a fatal error */
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

bool pg_simple(struct pg_db *db, const char *what, const char *text, PGresult **ret_result,
               struct error *err)
{
    CLEANUP(pg_result_clear) PGresult *result = PQexec(db->conn, text);
    if (!succeeded(result))
        return pg_fail(db, what, result, err);
    if (ret_result != NULL) {
        *ret_result = result;
        result = NULL;
    }
    return true;
}

bool pg_ask(struct pg_db *db, const char *what, const char *text, PGresult **ret_result,
            struct error *err)
{
    if (!pg_usable(db, what, err))
        return false;
    PGresult *result = PQexecParams(db->conn, text, 0, NULL, NULL, NULL, NULL, 1);
    if (!succeeded(result)) {
        (void)pg_fail(db, what, result, err);
        PQclear(result);
        return false;
    }
    *ret_result = result;
    return true;
}

/* Was it prepared with the types that these arguments have? Where a null was, the server has chosen
 * one; a value that comes later says which it must be. */
static bool fits(const struct pg_db *db, const struct pg_statement *statement,
                 const struct pg_args *args)
{
    if (statement->prepared_in != db->connection_no)
        return false;
    for (int i = 0; i < args->count; i++)
        if (args->types[i] != PG_UNKNOWN && args->types[i] != statement->types[i])
            return false;
    return true;
}

static bool prepare(struct pg_db *db, struct pg_statement *statement, const struct pg_args *args,
                    struct error *err)
{
    char deallocate[128];
    struct strbuf buf;
    strbuf_init(&buf, deallocate, sizeof deallocate);
    strbuf_addf(&buf, "DEALLOCATE \"%s\"", statement->name);
    assert(!buf.overflowed);
    if (statement->prepared_in == db->connection_no &&
        !pg_simple(db, statement->name, deallocate, NULL, err))
        return false;
    if (statement->prepared_in != db->connection_no)
        memset(statement->types, 0, sizeof statement->types);
    statement->prepared_in = 0;
    for (int i = 0; i < args->count; i++)
        if (args->types[i] != PG_UNKNOWN)
            statement->types[i] = args->types[i];
    CLEANUP(pg_result_clear)
    PGresult *result =
        PQprepare(db->conn, statement->name, statement->text, args->count, statement->types);
    if (!succeeded(result))
        return pg_fail(db, statement->name, result, err);
    statement->prepared_in = db->connection_no;
    return true;
}

bool pg_execute(struct pg_db *db, struct pg_statement *statement, const struct pg_args *args,
                PGresult **ret_result, struct error *err)
{
    PGresult *result;
    if (!pg_usable(db, statement->name, err))
        return false;
    if (db->pooled) {
        result = PQexecParams(db->conn, statement->text, args->count, args->types, args->values,
                              args->lengths, args->formats, 1);
    } else {
        if (!fits(db, statement, args) && !prepare(db, statement, args, err))
            return false;
        result = PQexecPrepared(db->conn, statement->name, args->count, args->values, args->lengths,
                                args->formats, 1);
    }
    if (!succeeded(result)) {
        (void)pg_fail(db, statement->name, result, err);
        PQclear(result);
        return false;
    }
    *ret_result = result;
    return true;
}

static bool execute(struct db *base, enum statement_id id, const struct db_value *values,
                    size_t count, PGresult **ret_result, struct error *err)
{
    struct pg_db *db = pg_of(base);
    struct pg_args args;
    assert(id < STATEMENT_COUNT);
    pg_args_set(&args, values, count);
    return pg_execute(db, &db->statements[id], &args, ret_result, err);
}

static bool pg_run(struct db *base, enum statement_id id, const struct db_value *args,
                   size_t arg_count, int64_t *ret_changed, struct error *err)
{
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    if (!execute(base, id, args, arg_count, &result, err))
        return false;
    assert(PQnfields(result) == 0);
    if (ret_changed != NULL)
        *ret_changed = pg_changed(result);
    return true;
}

static bool pg_query(struct db *base, enum statement_id id, const struct db_value *args,
                     size_t arg_count, struct db_rows **ret_rows, struct error *err)
{
    PGresult *result = NULL;
    if (!execute(base, id, args, arg_count, &result, err))
        return false;
    struct pg_rows *rows = memory_alloc(sizeof *rows, "the rows of a query");
    pg_rows_init(rows, pg_of(base), statement_name(id), result);
    *ret_rows = &rows->rows;
    return true;
}

/* ---------------------------------------------------------------- transactions */

/* A COMMIT may be answered with ROLLBACK: invariant 3. */
static bool check_committed(struct pg_db *db, PGresult *result, struct error *err)
{
    if (text_equal(PQcmdStatus(result), "COMMIT"))
        return true;
    return pg_ended_before(db, "COMMIT", err);
}

/* db_expect_parts: a thousand rows are looked up by their keys, for a hash of the whole table would
 * be made anew by each chunk. They are sorted in memory, and no query is long enough to compile. */
#define PLANS_OF_PARTS                                                                             \
    "; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;"                         \
    " SET LOCAL random_page_cost = 1.1; SET LOCAL work_mem = '32MB'; SET LOCAL jit = off"

/* A transaction and its time limits; a connection that turns out to be lost is made anew. */
static bool begin(struct pg_db *db, enum db_command command, PGresult **ret_result,
                  struct error *err)
{
    char text[PG_BEGIN_SIZE];
    struct strbuf buf;
    strbuf_init(&buf, text, sizeof text);
    strbuf_add(&buf, commands[command].text);
    pg_limits_add(db, &buf);
    if (db->base.parts)
        strbuf_add(&buf, PLANS_OF_PARTS);
    assert(!buf.overflowed);
    if (pg_limits_of_session(db, err) &&
        pg_simple(db, commands[command].name, text, ret_result, err))
        return true;
    if (PQstatus(db->conn) == CONNECTION_OK)
        return false;
    error_clear(err); /* nothing was begun: once more */
    return pg_connect(db, true, err) && pg_limits_of_session(db, err) &&
           pg_simple(db, commands[command].name, text, ret_result, err);
}

bool pg_command(struct db *base, enum db_command command, struct error *err)
{
    struct pg_db *db = pg_of(base);
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    bool begins = command == DB_COMMAND_BEGIN || command == DB_COMMAND_SNAPSHOT;
    bool ends = command == DB_COMMAND_ROLLBACK || command == DB_COMMAND_ROLLBACK_TO;
    if (ends &&
        (PQstatus(db->conn) != CONNECTION_OK || PQtransactionStatus(db->conn) == PQTRANS_IDLE))
        return true; /* the server has forgotten it */
    if (!pg_usable(db, commands[command].name, err))
        return false;
    if (begins && db->analyze_due)
        pg_bulk_analyze(db);
    if (begins || ends)
        db->failure[0] = '\0';
    if (begins)
        return begin(db, command, &result, err);
    return pg_simple(db, commands[command].name, commands[command].text, &result, err) &&
           (command != DB_COMMAND_COMMIT || check_committed(db, result, err));
}

/* The server writes its own checkpoints. */
static bool pg_checkpoint(struct db *db, struct error *err)
{
    (void)db;
    (void)err;
    return true;
}

/* In the open transaction, if there is one. */
static bool pg_now_us(struct db *base, int64_t *ret_now_us, struct error *err)
{
    struct pg_db *db = pg_of(base);
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    if (!pg_ask(db, "asking the time", "SELECT clock_timestamp()", &result, err))
        return false;
    *ret_now_us = pg_get_i64((const uint8_t *)PQgetvalue(result, 0, 0)) + EPOCH_2000_US;
    return true;
}

static bool pg_is_sole_writer(const struct db *db)
{
    (void)db;
    return false;
}

/* Also of a half-opened connection. */
static void pg_close(struct db *base)
{
    struct pg_db *db = pg_of(base);
    if (db->analyze_due && PQstatus(db->conn) == CONNECTION_OK &&
        PQtransactionStatus(db->conn) == PQTRANS_IDLE)
        pg_bulk_analyze(db);
    pg_bulk_free_all(&db->bulks);
    PQfinish(db->conn); /* accepts NULL */
    free(db->buffer.data);
    free(db->location);
    free(db);
}

const struct db_driver postgres_driver = {
    .close = pg_close,
    .is_remote = true,
    .is_sole_writer = pg_is_sole_writer,
    .command = pg_command,
    .run = pg_run,
    .query = pg_query,
    .query_large = pg_query_large,
    .rows_next = pg_rows_next,
    .rows_close = pg_rows_close,
    .rows_column = pg_rows_column,
    .rows_value = pg_rows_value,
    .rows_i64s = pg_rows_i64s,
    .bulk_write = pg_bulk_write,
    .bulk_find = pg_bulk_find,
    .checkpoint = pg_checkpoint,
    .now_us = pg_now_us,
    .script = pg_script,
    .lock_work = pg_lock_work,
    .schema_state = pg_schema_state,
    .schema_check = pg_schema_check,
};
