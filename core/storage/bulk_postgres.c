/* Bulk writes on PostgreSQL. New rows go by COPY where it can be (bulk_postgres_copy.c); all others
 * by one statement for all rows, whose columns travel as one array each (unnest) and come back
 * together as given.c1…cn; given.n is the place of a row.
 *
 * 1. The number of rows written says whether all went well. Only when fewer were inserted than
 *    given is what is stored read and compared.
 * 2. An UPDATE whose key has a column that it also sets (a compare-and-set of a counter) may come
 *    as a chain, each row going on where the one before ended. One statement sees the table only as
 *    it was before it, so a chain is sent as its two ends.
 * 3. When the server refuses a row it does not say which. The transaction is lost then, so that
 *    another one finds it out, by halves; it is left failed, for nothing of it may ever count.
 * 4. The server plans by what it counted last, which is nothing for a table that was just filled:
 * it believes then that a tenant has one row of each, and joins all rows with all rows. A few
 *    hundred rows of some tables take it half a minute. So a table is counted again whenever this
 *    connection has written four times as much as when it was counted last, and of few rows as soon
 *    as they are as many as the server knows of: before the next transaction, or when it closes.
 *    What writes nothing asks nothing.
 * 5. An upsert must not meet a key twice. The rows go in rounds: the first row of every key, then
 *    the second, so that each finds what the one before has left. They go in the order of their
 *    keys, so that two upserts do not wait for each other in a ring, and neighbours are written
 *    together; so do rows whose key is a digest.
 * 6. An UPDATE meets a key that comes twice once: the rows that it left out are sent again, as long
 *    as some were written. */
#include "core/storage/bulk_postgres.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

#define ANALYZE_ROWS_MIN 250 /* of fewer it asks first what the server knows */
#define ANALYZE_GROWTH 4
#define LOOK_TABLES_MAX 64

void pg_bulk_free_all(struct pg_bulk **bulks)
{
    for (struct pg_bulk *bulk = *bulks, *next; bulk != NULL; bulk = next) {
        next = bulk->next;
        free(bulk);
    }
    *bulks = NULL;
}

static struct pg_bulk *bulk_of(struct pg_db *db, const struct bulk_table *table)
{
    for (struct pg_bulk *bulk = db->bulks; bulk != NULL; bulk = bulk->next)
        if (text_equal(bulk->table->name, table->name)) {
            assert(bulk->table == table); /* names are unique */
            return bulk;
        }
    struct pg_bulk *bulk = bulk_make(table);
    bulk->next = db->bulks;
    db->bulks = bulk;
    return bulk;
}

static void free_spans(struct span **spans)
{
    free(*spans);
}

/* ---------------------------------------------------------------- writing */

static bool send_once(struct pg_db *db, struct pg_bulk *bulk, const void *rows,
                      const struct span *spans, size_t count, PGresult **ret_result,
                      int64_t *ret_written, struct error *err)
{
    struct pg_args args;
    bool shared = bulk_inserts(bulk->table) && bulk_is_shared(bulk->table, rows, spans, count);
    bulk_set_arrays(db, bulk->table, bulk->table->field_count, rows, spans, count, shared, &args);
    if (!pg_execute(db, &bulk->write[shared], &args, ret_result, err))
        return false;
    *ret_written = pg_changed(*ret_result);
    return true;
}

/* Invariant 5. The spans are sorted. */
static bool send_upsert(struct pg_db *db, struct pg_bulk *bulk, const void *rows,
                        const struct span *spans, size_t count, int64_t *ret_written,
                        struct error *err)
{
    CLEANUP(free_spans)
    struct span *rounds = memory_alloc(count * sizeof *rounds, "the rounds of an upsert");
    memcpy(rounds, spans, count * sizeof *rounds);
    *ret_written = 0;
    for (size_t begin = 0, size; begin < count; begin += size) {
        CLEANUP(pg_result_clear) PGresult *result = NULL;
        int64_t written = 0;
        size = bulk_part_spans(bulk->table, rows, rounds + begin, count - begin);
        if (!send_once(db, bulk, rows, rounds + begin, size, &result, &written, err))
            return false;
        if (bulk->table->own_id != NULL && written < (int64_t)size)
            return bulk_made_by_others(bulk->table, err);
        *ret_written += written;
    }
    return true;
}

/* Sends the rows; whether all were written is the caller's to find out, from the result (none of an
 * upsert). */
static bool send(struct pg_db *db, struct pg_bulk *bulk, const void *rows, const struct span *spans,
                 size_t count, PGresult **ret_result, int64_t *ret_written, struct error *err)
{
    return bulk->table->kind == BULK_UPSERT
               ? send_upsert(db, bulk, rows, spans, count, ret_written, err)
               : send_once(db, bulk, rows, spans, count, ret_result, ret_written, err);
}

static bool look(struct pg_db *db, struct pg_bulk *bulk, const void *rows, const struct span *spans,
                 size_t count, PGresult **ret_result, struct error *err)
{
    struct pg_args args;
    bool shared = bulk_is_shared(bulk->table, rows, spans, count);
    bulk_set_arrays(db, bulk->table, bulk->table->key_count, rows, spans, count, shared, &args);
    return pg_execute(db, &bulk->look[shared], &args, ret_result, err);
}

/* After fewer rows were inserted than given. Stored rows come in the order of the given ones. */
static bool compare_stored(struct pg_db *db, struct pg_bulk *bulk, const void *rows,
                           const struct span *spans, size_t count, size_t *ret_bad_row,
                           struct error *err)
{
    const struct bulk_table *table = bulk->table;
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    struct pg_rows stored;
    bool has_row = false;
    if (!look(db, bulk, rows, spans, count, &result, err))
        return false;
    pg_rows_init(&stored, db, table->name, result);
    for (size_t i = 0; i < count; i++) {
        const char *row = bulk_row_at(table, rows, i);
        const char *column = table->fields[0].column; /* gone since: as if it were another */
        if (!pg_rows_next(&stored.rows, &has_row, err))
            return false;
        if (has_row &&
            pg_rows_value(&stored.rows, (int32_t)table->field_count).i64 == (int64_t)i + 1)
            column = bulk_first_difference(table, &stored.rows, row);
        if (column == NULL)
            continue;
        *ret_bad_row = i;
        return bulk_conflict(table, row, column, err);
    }
    return true;
}

bool pg_bulk_find(struct db *base, const struct bulk_table *table, const void *keys, size_t count,
                  bulk_take *take, void *context, struct error *err)
{
    struct pg_db *db = pg_of(base);
    struct pg_bulk *bulk = bulk_of(db, table);
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    CLEANUP(free_spans) struct span *spans = NULL;
    struct pg_rows stored;
    bool has_row = false;
    spans = memory_alloc(count * sizeof *spans, "the keys of a bulk read");
    for (size_t i = 0; i < count; i++)
        spans[i] = (struct span){i, i};
    if (!look(db, bulk, keys, spans, count, &result, err))
        return false;
    pg_rows_init(&stored, db, table->name, result);
    while (pg_rows_next(&stored.rows, &has_row, err)) {
        if (!has_row)
            return true;
        int64_t place = pg_rows_value(&stored.rows, PQnfields(result) - 1).i64;
        if (!take(context, &stored.rows, (size_t)(place - 1), err))
            return false;
    }
    return false;
}

static void free_flags(bool **flags)
{
    free(*flags);
}

/* Keeps the spans that are not among the places which RETURNING gave, in any order; how many they
 * are. */
static size_t keep_missing(const PGresult *result, struct span *spans, size_t count)
{
    CLEANUP(free_flags) bool *found = memory_alloc(count * sizeof *found, "rows updated");
    memset(found, 0, count * sizeof *found);
    for (int i = 0; i < PQntuples(result); i++) {
        int64_t place = pg_get_i64((const uint8_t *)PQgetvalue(result, i, 0));
        assert(place >= 1);
        assert(place <= (int64_t)count);
        found[place - 1] = true;
    }
    size_t missing = 0;
    for (size_t i = 0; i < count; i++)
        if (!found[i])
            spans[missing++] = spans[i];
    return missing;
}

/* Invariant 6. */
static bool update_rest(struct pg_db *db, struct pg_bulk *bulk, const void *rows,
                        struct span *spans, size_t count, PGresult **result, struct error *err)
{
    int64_t written = 0;
    for (size_t missing; (missing = keep_missing(*result, spans, count)) > 0; count = missing) {
        if (missing == count)
            return bulk->table->may_miss ||
                   bulk_no_such_row(bulk->table, bulk_row_at(bulk->table, rows, spans[0].first),
                                    err);
        pg_result_clear(result);
        if (!send(db, bulk, rows, spans, missing, result, &written, err))
            return false;
    }
    return true;
}

/* Did every row find its place? */
static bool check(struct pg_db *db, struct pg_bulk *bulk, const void *rows, struct span *spans,
                  size_t count, PGresult **result, size_t *ret_bad_row, struct error *err)
{
    switch (bulk->table->kind) {
    case BULK_INSERT:
        return pg_changed(*result) == (int64_t)count || bulk->table->key_says_all ||
               compare_stored(db, bulk, rows, spans, count, ret_bad_row, err);
    case BULK_UPDATE:
        return update_rest(db, bulk, rows, spans, count, result, err);
    case BULK_UPSERT:
        return true;
    case BULK_ASK: /* bulk_write refuses it */
    case BULK_DELETE:
        return !bulk->table->redo_when_missing || keep_missing(*result, spans, count) == 0 ||
               bulk_no_such_row(bulk->table, bulk_row_at(bulk->table, rows, spans[0].first), err);
    }
    return true;
}

/* ---------------------------------------------------------------- statistics */

static bool wants_analyze(const struct pg_bulk *bulk)
{
    return bulk_inserts(bulk->table) && bulk->written >= ANALYZE_ROWS_MIN &&
           bulk->written >= ANALYZE_GROWTH * bulk->analyzed;
}

static bool wants_look(const struct pg_bulk *bulk)
{
    return bulk_inserts(bulk->table) && bulk->written > 0 && bulk->written < ANALYZE_ROWS_MIN &&
           bulk->written >= ANALYZE_GROWTH * bulk->looked;
}

static void count_written(struct pg_db *db, struct pg_bulk *bulk, size_t count)
{
    bulk->written += (int64_t)count;
    db->analyze_due = db->analyze_due || wants_analyze(bulk) || wants_look(bulk);
}

/* A sample of 3000 rows says how large a table is and that its keys are distinct. */
#define ANALYZE_TEXT "SET LOCAL default_statistics_target = 10; ANALYZE (SKIP_LOCKED) %s"

static void analyze(struct pg_db *db, struct pg_bulk *bulk)
{
    char text[BULK_NAME_SIZE + 64];
    struct strbuf buf;
    struct error ignored = {0};
    strbuf_init(&buf, text, sizeof text);
    strbuf_addf(&buf, ANALYZE_TEXT, bulk->table->table);
    assert(!buf.overflowed);
    if (!pg_simple(db, "ANALYZE", text, NULL, &ignored))
        error_clear(&ignored);
    bulk->analyzed = bulk->written;
}

#define KNOWN_HEAD "SELECT CAST(GREATEST(c.reltuples, 0) AS BIGINT) FROM unnest(CAST(ARRAY["
#define KNOWN_TAIL                                                                                 \
    "] AS regclass[])) WITH ORDINALITY AS t (oid, n) JOIN pg_class c ON c.oid = t.oid ORDER BY "   \
    "t.n"

/* How many rows the server knows of in each of the tables; NULL where it does not say. */
static PGresult *ask_known(struct pg_db *db, struct pg_bulk *const *bulks, size_t count)
{
    char text[LOOK_TABLES_MAX * BULK_NAME_SIZE + sizeof KNOWN_HEAD + sizeof KNOWN_TAIL];
    struct strbuf buf;
    struct error ignored = {0};
    PGresult *result = NULL;
    strbuf_init(&buf, text, sizeof text);
    strbuf_add(&buf, KNOWN_HEAD);
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&buf, "%s'%s'", i == 0 ? "" : ", ", bulks[i]->table->table);
    strbuf_add(&buf, KNOWN_TAIL);
    assert(!buf.overflowed);
    if (!pg_simple(db, "ANALYZE", text, &result, &ignored))
        error_clear(&ignored);
    return result;
}

static void look_at_small(struct pg_db *db)
{
    struct pg_bulk *bulks[LOOK_TABLES_MAX];
    size_t count = 0;
    for (struct pg_bulk *bulk = db->bulks; bulk != NULL && count < LOOK_TABLES_MAX;
         bulk = bulk->next)
        if (wants_look(bulk))
            bulks[count++] = bulk;
    if (count == 0)
        return;
    CLEANUP(pg_result_clear) PGresult *result = ask_known(db, bulks, count);
    for (size_t i = 0; i < count; i++) {
        int64_t known = 0;
        bulks[i]->looked = bulks[i]->written;
        if ((int)i < PQntuples(result) /* of NULL: none */ &&
            text_parse_i64(PQgetvalue(result, (int)i, 0), &known) &&
            bulks[i]->written - bulks[i]->analyzed >= known)
            analyze(db, bulks[i]);
    }
}

/* Invariant 4. Only plans depend on it, so a server that does not want to is no error. */
void pg_bulk_analyze(struct pg_db *db)
{
    look_at_small(db);
    for (struct pg_bulk *bulk = db->bulks; bulk != NULL; bulk = bulk->next)
        if (wants_analyze(bulk))
            analyze(db, bulk);
    db->analyze_due = false;
}

/* ---------------------------------------------------------------- who was refused */

/* A transaction like the one that failed, without what it had done. */
static bool start_anew(struct pg_db *db, struct error *err)
{
    if (db->base.dry_run)
        return pg_command(&db->base, DB_COMMAND_ROLLBACK_TO, err);
    return pg_command(&db->base, DB_COMMAND_ROLLBACK, err) &&
           pg_command(&db->base, DB_COMMAND_BEGIN, err);
}

/* Tries rows [from, to). *ret_refused: the server did not want one; they are undone then. */
static bool try_rows(struct pg_db *db, struct pg_bulk *bulk, const void *rows,
                     const struct span *spans, size_t from, size_t to, bool *ret_refused,
                     struct error *err)
{
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    int64_t written = 0;
    if (!pg_simple(db, bulk->write[0].name, "SAVEPOINT billmill_row", NULL, err))
        return false;
    *ret_refused = !send(db, bulk, rows, spans + from, to - from, &result, &written, err);
    if (*ret_refused && err->kind != ERROR_ITEM)
        return false;
    return pg_simple(db, bulk->write[0].name,
                     *ret_refused ? "ROLLBACK TO SAVEPOINT billmill_row"
                                  : "RELEASE SAVEPOINT billmill_row",
                     NULL, err);
}

/* Invariant 3: rows [0, good) are in, [good, bad) hold the first that is refused. */
static bool find_refused(struct pg_db *db, struct pg_bulk *bulk, const void *rows,
                         const struct span *spans, size_t count, size_t *ret_bad_row,
                         struct error *err)
{
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    int64_t written = 0;
    size_t good = 0;
    size_t bad = count;
    if (!start_anew(db, err))
        return false;
    while (bad - good > 1) {
        size_t middle = good + (bad - good) / 2;
        bool refused = false;
        if (!try_rows(db, bulk, rows, spans, good, middle, &refused, err))
            return false;
        if (refused)
            bad = middle;
        else
            good = middle;
    }
    if (send(db, bulk, rows, spans + good, 1, &result, &written, err))
        return error_retry(err, EXIT_TEMPORARY,
                           "%s: a row that the database refused is accepted the second time",
                           bulk->table->name);
    *ret_bad_row = spans[good].first;
    return false;
}

/* By a statement; *ret_written of a chain is what the server counts. */
static bool write_rows(struct pg_db *db, struct pg_bulk *bulk, const void *rows, size_t count,
                       int64_t *ret_written, size_t *ret_bad_row, struct error *err)
{
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    CLEANUP(free_spans) struct span *spans = NULL;
    size_t span_count = 0;
    spans = bulk_make_spans(bulk->table, rows, count, &span_count);
    if (bulk->table->kind == BULK_UPSERT || bulk->table->key_says_all)
        bulk_sort_spans(bulk->table, rows, spans, span_count);
    if (send(db, bulk, rows, spans, span_count, &result, ret_written, err))
        return check(db, bulk, rows, spans, span_count, &result, ret_bad_row, err);
    if (err->kind == ERROR_ITEM && span_count > 1)
        return find_refused(db, bulk, rows, spans, span_count, ret_bad_row, err);
    return false;
}

bool pg_bulk_write(struct db *base, const struct bulk_table *table, const void *rows, size_t count,
                   int64_t *ret_written, size_t *ret_bad_row, struct error *err)
{
    struct pg_db *db = pg_of(base);
    struct pg_bulk *bulk = bulk_of(db, table);
    size_t bad_row = 0;
    int64_t written = 0;
    bool copied = false;
    bool ok = bulk_copy(db, bulk, rows, count, &copied, err);
    if (copied)
        written = (int64_t)count;
    else if (ok && count > 0)
        ok = write_rows(db, bulk, rows, count, &written, &bad_row, err);
    if (!ok) {
        if (err->kind == ERROR_ITEM && ret_bad_row != NULL)
            *ret_bad_row = bad_row;
        return false;
    }
    count_written(db, bulk, count);
    if (ret_written != NULL) /* the rows of a chain are fewer at the server */
        *ret_written = table->kind == BULK_UPDATE ? (int64_t)count : written;
    return true;
}
