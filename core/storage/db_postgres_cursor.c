/* Results of PostgreSQL that are larger than memory should hold: a cursor of the open transaction,
 * fetched in parts, so that other statements may run in between. It needs no session and works
 * behind a pool. See db_postgres.h, invariant 5. */
#include <inttypes.h>
#include <stdlib.h>

#include "core/storage/db_postgres.h"

#define ROWS_OF_A_PART "500"
#define DECLARE_SIZE 8192
#define COMMAND_SIZE 96

bool pg_query_large(struct db *base, enum statement_id id, const struct db_value *values,
                    size_t count, struct db_rows **ret_rows, struct error *err)
{
    struct pg_db *db = pg_of(base);
    const char *name = statement_name(id);
    char declare[DECLARE_SIZE];
    struct strbuf buf;
    struct pg_args args;
    assert(pg_in_transaction(db));
    strbuf_init(&buf, declare, sizeof declare);
    strbuf_addf(&buf, "DECLARE billmill_%" PRId64 " NO SCROLL CURSOR FOR %s", ++db->cursor_no,
                statement_text(id));
    assert(!buf.overflowed);
    pg_args_set(&args, values, count);
    if (!pg_usable(db, name, err))
        return false;
    CLEANUP(pg_result_clear)
    PGresult *result = PQexecParams(db->conn, declare, args.count, args.types, args.values,
                                    args.lengths, args.formats, 1);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        return pg_fail(db, name, result, err);
    struct pg_rows *rows = memory_alloc(sizeof *rows, "the rows of a query");
    pg_rows_init(rows, db, name, NULL);
    rows->cursor_no = db->cursor_no;
    if (!pg_cursor_fetch(rows, err)) {
        pg_rows_close(&rows->rows);
        return false;
    }
    *ret_rows = &rows->rows;
    return true;
}

bool pg_cursor_fetch(struct pg_rows *rows, struct error *err)
{
    struct pg_db *db = pg_of(rows->rows.db);
    char fetch[COMMAND_SIZE];
    struct strbuf buf;
    strbuf_init(&buf, fetch, sizeof fetch);
    strbuf_addf(&buf, "FETCH " ROWS_OF_A_PART " FROM billmill_%" PRId64, rows->cursor_no);
    assert(!buf.overflowed);
    pg_result_clear(&rows->result);
    rows->row = -1;
    return pg_ask(db, rows->rows.statement, fetch, &rows->result, err) ||
           error_context(err, "reading on");
}

/* The end of the transaction would do it too, but others of it may be many. */
void pg_cursor_close(struct pg_rows *rows)
{
    struct pg_db *db = pg_of(rows->rows.db);
    char command[COMMAND_SIZE];
    struct strbuf buf;
    struct error ignored = {0};
    if (!pg_in_transaction(db) || PQtransactionStatus(db->conn) != PQTRANS_INTRANS)
        return;
    strbuf_init(&buf, command, sizeof command);
    strbuf_addf(&buf, "CLOSE billmill_%" PRId64, rows->cursor_no);
    assert(!buf.overflowed);
    if (!pg_simple(db, rows->rows.statement, command, NULL, &ignored))
        return; /* the next statement says so */
}
