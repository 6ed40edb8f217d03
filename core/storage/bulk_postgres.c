/* Bulk writes on PostgreSQL: one statement for all rows, whose columns travel as one array each
 * (unnest) and come back together under the names c1…cn; n is the place of a row.
 *
 * 1. The number of rows written says whether all went well. Only when fewer were inserted than
 *    given is what is stored read and compared.
 * 2. An UPDATE whose key has a column that it also sets (a compare-and-set of a counter) may come
 *    as a chain, each row going on where the one before ended. One statement sees the table only as
 *    it was before it, so a chain is sent as its two ends.
 * 3. When the server refuses a row it does not say which. The transaction is lost then, so that
 *    another one finds it out, by halves; it is left failed, for nothing of it may ever count.
 * 4. The server plans by what it counted last, which is nothing for a table that was just filled:
 *    joins of a thousand rows then become loops over a million. So a table is counted again
 *    whenever this connection has doubled what it wrote.
 * 5. An upsert must not meet a key twice. The rows go in rounds: the first row of every key, then
 *    the second, so that each finds what the one before has left. */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/storage/db_postgres.h"

#define BULK_TEXT_SIZE 8192
#define BULK_NAME_SIZE 80
#define ARRAY_HEAD_SIZE 20
#define BUFFER_SIZE_MIN 65536
#define ANALYZE_ROWS_MIN 250

struct pg_bulk {
    struct pg_bulk *next;
    const struct bulk_table *table;
    struct pg_statement write;
    struct pg_statement look; /* at what is stored; of an upsert, at its own rows */
    int64_t written;          /* rows, by this connection … */
    int64_t analyzed;         /* … and how many when its table was last counted */
    char names[2][BULK_NAME_SIZE];
    char texts[2][BULK_TEXT_SIZE];
};

/* Rows [first, last] that go as one: invariant 2. Mostly both are the same. */
struct span {
    size_t first, last;
};

void pg_bulk_free_all(struct pg_bulk **bulks)
{
    for (struct pg_bulk *bulk = *bulks, *next; bulk != NULL; bulk = next) {
        next = bulk->next;
        free(bulk);
    }
    *bulks = NULL;
}

/* ---------------------------------------------------------------- texts */

static enum pg_type array_type(enum row_kind kind)
{
    switch (kind) {
    case ROW_I64:
    case ROW_I32:
    case ROW_BOOL:
        return PG_INT8_ARRAY;
    case ROW_TEXT:
    case ROW_DATE:
    case ROW_DECIMAL:
    case ROW_CURRENCY:
        return PG_TEXT_ARRAY;
    case ROW_DIGEST:
        return PG_BYTEA_ARRAY;
    }
    return PG_UNKNOWN;
}

static const char *array_name(enum row_kind kind)
{
    enum pg_type type = array_type(kind);
    return type == PG_INT8_ARRAY ? "bigint[]" : type == PG_TEXT_ARRAY ? "text[]" : "bytea[]";
}

/* "tenant_id, invoice_id": fields [from, to). */
static void add_columns(struct strbuf *buf, const struct bulk_table *table, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        strbuf_addf(buf, "%s%s", i == from ? "" : ", ", table->fields[i].column);
}

/* "c1, c2" */
static void add_places(struct strbuf *buf, size_t count)
{
    for (size_t i = 0; i < count; i++)
        strbuf_addf(buf, "%sc%zu", i == 0 ? "" : ", ", i + 1);
}

/* "unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS u (c1, c2, n)" */
static void add_rows(struct strbuf *buf, const struct bulk_table *table, size_t count)
{
    strbuf_add(buf, "unnest(");
    for (size_t i = 0; i < count; i++)
        strbuf_addf(buf, "%s$%zu::%s", i == 0 ? "" : ", ", i + 1,
                    array_name(table->fields[i].kind));
    strbuf_add(buf, ") WITH ORDINALITY AS u (");
    add_places(buf, count);
    strbuf_add(buf, ", n)");
}

/* "t.tenant_id = u.c1 AND t.invoice_id = u.c2" */
static void add_key_condition(struct strbuf *buf, const struct bulk_table *table)
{
    for (size_t i = 0; i < table->key_count; i++)
        strbuf_addf(buf, "%st.%s = u.c%zu", i == 0 ? "" : " AND ", table->fields[i].column, i + 1);
}

static void add_update(struct strbuf *buf, const struct bulk_table *table)
{
    assert(table->key_count < table->field_count);
    strbuf_addf(buf, "UPDATE %s AS t SET ", table->table);
    for (size_t i = table->key_count; i < table->field_count; i++)
        strbuf_addf(buf, "%s%s = u.c%zu", i == table->key_count ? "" : ", ",
                    table->fields[i].column, i + 1);
    strbuf_add(buf, " FROM ");
    add_rows(buf, table, table->field_count);
    strbuf_add(buf, " WHERE ");
    add_key_condition(buf, table);
    if (table->guard != NULL)
        strbuf_addf(buf, " AND (%s)", table->guard);
    strbuf_add(buf, " RETURNING u.n");
}

static void add_insert(struct strbuf *buf, const struct bulk_table *table)
{
    strbuf_addf(buf, "INSERT INTO %s (", table->table);
    add_columns(buf, table, 0, table->field_count);
    strbuf_add(buf, ") SELECT ");
    add_places(buf, table->field_count);
    strbuf_add(buf, " FROM ");
    add_rows(buf, table, table->field_count);
    strbuf_add(buf, " ORDER BY n ON CONFLICT (");
    add_columns(buf, table, 0, table->key_count);
    strbuf_add(buf, ") DO NOTHING");
}

/* "row_number() OVER (PARTITION BY c1, c2 ORDER BY n) AS round": invariant 5. */
static void add_round(struct strbuf *buf, const struct bulk_table *table)
{
    strbuf_add(buf, "row_number() OVER (PARTITION BY ");
    add_places(buf, table->key_count);
    strbuf_add(buf, " ORDER BY n) AS round");
}

static void add_upsert(struct strbuf *buf, const struct bulk_table *table)
{
    strbuf_addf(buf, "INSERT INTO %s (", table->table);
    add_columns(buf, table, 0, table->field_count);
    strbuf_add(buf, ") SELECT ");
    add_places(buf, table->field_count);
    strbuf_add(buf, " FROM (SELECT u.*, ");
    add_round(buf, table);
    strbuf_add(buf, " FROM ");
    add_rows(buf, table, table->field_count);
    strbuf_addf(buf, ") AS r WHERE round = $%zu ORDER BY ", table->field_count + 1);
    add_places(buf, table->key_count);
    strbuf_add(buf, " ON CONFLICT (");
    add_columns(buf, table, 0, table->key_count);
    if (table->key_count == table->field_count) {
        strbuf_add(buf, ") DO NOTHING");
        return;
    }
    strbuf_add(buf, ") DO UPDATE SET ");
    for (size_t i = table->key_count; i < table->field_count; i++)
        strbuf_addf(buf, "%s%s = excluded.%s", i == table->key_count ? "" : ", ",
                    table->fields[i].column, table->fields[i].column);
    if (table->guard != NULL)
        strbuf_addf(buf, " WHERE %s", table->guard);
}

static void add_count_rounds(struct strbuf *buf, const struct bulk_table *table)
{
    strbuf_add(buf, "SELECT max(round) FROM (SELECT ");
    add_round(buf, table);
    strbuf_add(buf, " FROM ");
    add_rows(buf, table, table->key_count);
    strbuf_add(buf, ") AS r");
}

static void add_compare(struct strbuf *buf, const struct bulk_table *table)
{
    strbuf_add(buf, "SELECT ");
    for (size_t i = 0; i < table->field_count; i++)
        strbuf_addf(buf, "t.%s, ", table->fields[i].column);
    strbuf_add(buf, "u.n FROM ");
    add_rows(buf, table, table->key_count);
    strbuf_addf(buf, " JOIN %s AS t ON ", table->table);
    add_key_condition(buf, table);
    strbuf_add(buf, " ORDER BY u.n");
}

static void add_write(struct strbuf *buf, const struct bulk_table *table)
{
    switch (table->kind) {
    case BULK_INSERT:
        add_insert(buf, table);
        return;
    case BULK_UPDATE:
        add_update(buf, table);
        return;
    case BULK_UPSERT:
        add_upsert(buf, table);
        return;
    }
}

static struct pg_bulk *make_bulk(const struct bulk_table *table)
{
    struct pg_bulk *bulk = memory_alloc(sizeof *bulk, "a bulk statement");
    struct strbuf bufs[4];
    *bulk = (struct pg_bulk){.table = table};
    for (size_t i = 0; i < 2; i++) {
        strbuf_init(&bufs[i], bulk->names[i], BULK_NAME_SIZE);
        strbuf_addf(&bufs[i], i == 0 ? "bulk %s" : "bulk %s look", table->name);
        strbuf_init(&bufs[2 + i], bulk->texts[i], BULK_TEXT_SIZE);
    }
    add_write(&bufs[2], table);
    if (table->kind == BULK_UPSERT)
        add_count_rounds(&bufs[3], table);
    else
        add_compare(&bufs[3], table);
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++)
        assert(!bufs[i].overflowed);
    bulk->write = (struct pg_statement){.name = bulk->names[0], .text = bulk->texts[0]};
    bulk->look = (struct pg_statement){.name = bulk->names[1], .text = bulk->texts[1]};
    return bulk;
}

static struct pg_bulk *bulk_of(struct pg_db *db, const struct bulk_table *table)
{
    for (struct pg_bulk *bulk = db->bulks; bulk != NULL; bulk = bulk->next)
        if (text_equal(bulk->table->name, table->name)) {
            assert(bulk->table == table); /* names are unique */
            return bulk;
        }
    struct pg_bulk *bulk = make_bulk(table);
    bulk->next = db->bulks;
    db->bulks = bulk;
    return bulk;
}

/* ---------------------------------------------------------------- arrays */

static const char *row_at(const struct bulk_table *table, const void *rows, size_t index)
{
    return (const char *)rows + index * table->row_size;
}

static uint8_t *extend(struct pg_db *db, size_t more)
{
    size_t needed = db->buffer.size + more;
    if (needed > db->buffer.capacity) {
        size_t capacity =
            db->buffer.capacity < BUFFER_SIZE_MIN ? BUFFER_SIZE_MIN : db->buffer.capacity * 2;
        if (capacity < needed)
            capacity = needed;
        uint8_t *data = memory_alloc(capacity, "the arrays of a bulk write");
        if (db->buffer.size > 0)
            memcpy(data, db->buffer.data, db->buffer.size);
        free(db->buffer.data);
        db->buffer.data = data;
        db->buffer.capacity = capacity;
    }
    uint8_t *at = db->buffer.data + db->buffer.size;
    db->buffer.size = needed;
    return at;
}

static void put_i32(uint8_t target[4], int64_t value)
{
    for (int i = 0; i < 4; i++)
        target[i] = (uint8_t)((uint64_t)value >> (24 - 8 * i));
}

/* One dimension, perhaps with nulls, from 1 on. */
static void add_array_head(struct pg_db *db, enum row_kind kind, size_t count)
{
    enum pg_type array = array_type(kind);
    uint8_t *head = extend(db, ARRAY_HEAD_SIZE);
    put_i32(head, 1);
    put_i32(head + 4, 1);
    put_i32(head + 8, array == PG_INT8_ARRAY   ? PG_INT8
                      : array == PG_TEXT_ARRAY ? PG_TEXT
                                               : PG_BYTEA);
    put_i32(head + 12, (int64_t)count);
    put_i32(head + 16, 1);
}

static void add_element(struct pg_db *db, const struct row_field *field, const void *row)
{
    char scratch[ROW_SCRATCH_SIZE];
    struct db_value value = row_value(field, row, scratch);
    switch (value.kind) {
    case DB_VALUE_NULL:
        put_i32(extend(db, 4), -1);
        return;
    case DB_VALUE_I64: {
        uint8_t *at = extend(db, 12);
        put_i32(at, 8);
        pg_put_i64(at + 4, value.i64);
        return;
    }
    case DB_VALUE_TEXT:
    case DB_VALUE_BYTES: {
        uint8_t *at = extend(db, 4 + value.size);
        put_i32(at, (int64_t)value.size);
        if (value.size > 0)
            memcpy(at + 4, value.data, value.size);
        return;
    }
    }
}

/* The first `field_count` fields of the rows as one array each. Key fields are those of a span's
 * first row, the others those of its last. The arguments point into the buffer of the connection.
 */
static void set_arrays(struct pg_db *db, const struct bulk_table *table, size_t field_count,
                       const void *rows, const struct span *spans, size_t count,
                       struct pg_args *args)
{
    size_t starts[PG_ARGS_MAX + 1];
    db->buffer.size = 0;
    for (size_t f = 0; f < field_count; f++) {
        starts[f] = db->buffer.size;
        add_array_head(db, table->fields[f].kind, count);
        for (size_t i = 0; i < count; i++)
            add_element(db, &table->fields[f],
                        row_at(table, rows, f < table->key_count ? spans[i].first : spans[i].last));
    }
    starts[field_count] = db->buffer.size;
    args->count = (int)field_count;
    for (size_t f = 0; f < field_count; f++) {
        args->types[f] = array_type(table->fields[f].kind);
        args->values[f] = (const char *)db->buffer.data + starts[f];
        args->lengths[f] = (int)(starts[f + 1] - starts[f]);
        args->formats[f] = 1;
    }
}

static bool values_equal(const struct db_value *a, const struct db_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case DB_VALUE_NULL:
        return false;
    case DB_VALUE_I64:
        return a->i64 == b->i64;
    case DB_VALUE_TEXT:
    case DB_VALUE_BYTES:
        return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
    }
    return false;
}

/* The field that sets the column of this key field; field_count when there is none. */
static size_t setter_of(const struct bulk_table *table, size_t key_field)
{
    size_t f = table->key_count;
    while (f < table->field_count &&
           !text_equal(table->fields[f].column, table->fields[key_field].column))
        f++;
    return f;
}

static bool is_chain(const struct bulk_table *table)
{
    for (size_t k = 0; k < table->key_count; k++)
        if (setter_of(table, k) < table->field_count)
            return table->kind == BULK_UPDATE;
    return false;
}

/* Does `row` ask for what `before` leaves? */
static bool goes_on(const struct bulk_table *table, const void *before, const void *row)
{
    char scratch[2][ROW_SCRATCH_SIZE];
    for (size_t k = 0; k < table->key_count; k++) {
        size_t setter = setter_of(table, k);
        struct db_value left =
            row_value(&table->fields[setter < table->field_count ? setter : k], before, scratch[0]);
        struct db_value asked = row_value(&table->fields[k], row, scratch[1]);
        if (!values_equal(&left, &asked))
            return false;
    }
    return true;
}

static void free_spans(struct span **spans)
{
    free(*spans);
}

/* Invariant 2. */
static struct span *make_spans(const struct bulk_table *table, const void *rows, size_t count,
                               size_t *ret_count)
{
    struct span *spans = memory_alloc(count * sizeof *spans, "the rows of a bulk write");
    bool chain = is_chain(table);
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (chain && i > 0 && goes_on(table, row_at(table, rows, i - 1), row_at(table, rows, i)))
            spans[used - 1].last = i;
        else
            spans[used++] = (struct span){i, i};
    *ret_count = used;
    return spans;
}

/* ---------------------------------------------------------------- writing */

/* How often a key comes at most: invariant 5. */
static bool count_rounds(struct pg_db *db, struct pg_bulk *bulk, const void *rows,
                         const struct span *spans, size_t count, int64_t *ret_rounds,
                         struct error *err)
{
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    struct pg_args args;
    set_arrays(db, bulk->table, bulk->table->key_count, rows, spans, count, &args);
    if (!pg_execute(db, &bulk->look, &args, &result, err))
        return false;
    *ret_rounds = pg_get_i64((const uint8_t *)PQgetvalue(result, 0, 0));
    return true;
}

static bool send_upsert(struct pg_db *db, struct pg_bulk *bulk, const void *rows,
                        const struct span *spans, size_t count, struct error *err)
{
    size_t field_count = bulk->table->field_count;
    int64_t rounds = 1;
    struct pg_args args;
    assert(field_count < PG_ARGS_MAX);
    if (count > 1 && !count_rounds(db, bulk, rows, spans, count, &rounds, err))
        return false;
    set_arrays(db, bulk->table, field_count, rows, spans, count, &args);
    for (int64_t round = 1; round <= rounds; round++) {
        CLEANUP(pg_result_clear) PGresult *result = NULL;
        pg_args_add_i64(&args, field_count, round);
        if (!pg_execute(db, &bulk->write, &args, &result, err))
            return false;
    }
    return true;
}

/* Sends the rows; whether all were written is the caller's to find out, from the result (none of an
 * upsert). */
static bool send(struct pg_db *db, struct pg_bulk *bulk, const void *rows, const struct span *spans,
                 size_t count, PGresult **ret_result, struct error *err)
{
    struct pg_args args;
    if (bulk->table->kind == BULK_UPSERT)
        return send_upsert(db, bulk, rows, spans, count, err);
    set_arrays(db, bulk->table, bulk->table->field_count, rows, spans, count, &args);
    return pg_execute(db, &bulk->write, &args, ret_result, err);
}

/* After fewer rows were inserted than given. Stored rows come in the order of the given ones. */
static bool compare_stored(struct pg_db *db, struct pg_bulk *bulk, const void *rows,
                           const struct span *spans, size_t count, size_t *ret_bad_row,
                           struct error *err)
{
    const struct bulk_table *table = bulk->table;
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    struct pg_args args;
    struct pg_rows stored;
    bool has_row = false;
    set_arrays(db, table, table->key_count, rows, spans, count, &args);
    if (!pg_execute(db, &bulk->look, &args, &result, err))
        return false;
    pg_rows_init(&stored, db, table->name, result);
    for (size_t i = 0; i < count; i++) {
        const char *row = row_at(table, rows, i);
        const char *column = table->fields[0].column; /* gone since: as if it were another */
        if (!pg_rows_next(&stored.rows, &has_row, err))
            return false;
        if (has_row && pg_rows_i64(&stored.rows, (int32_t)table->field_count) == (int64_t)i + 1)
            column = bulk_first_difference(table, &stored.rows, row);
        if (column == NULL)
            continue;
        *ret_bad_row = i;
        return bulk_conflict(table, row, column, err);
    }
    return true;
}

static void free_flags(bool **flags)
{
    free(*flags);
}

/* The first span that is not among the places which RETURNING gave, in any order. */
static size_t first_missing(const PGresult *result, size_t count)
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
    while (missing < count && found[missing])
        missing++;
    return missing;
}

/* Did every row find its place? */
static bool check(struct pg_db *db, struct pg_bulk *bulk, const void *rows,
                  const struct span *spans, size_t count, PGresult *result, size_t *ret_bad_row,
                  struct error *err)
{
    const struct bulk_table *table = bulk->table;
    size_t missing;
    switch (table->kind) {
    case BULK_INSERT:
        return pg_changed(result) == (int64_t)count ||
               compare_stored(db, bulk, rows, spans, count, ret_bad_row, err);
    case BULK_UPDATE:
        missing = first_missing(result, count);
        return missing == count ||
               bulk_no_such_row(table, row_at(table, rows, spans[missing].first), err);
    case BULK_UPSERT:
        return true;
    }
    return true;
}

/* ---------------------------------------------------------------- statistics */

static bool wants_analyze(const struct pg_bulk *bulk)
{
    return bulk->written >= ANALYZE_ROWS_MIN && bulk->written >= 2 * bulk->analyzed;
}

static void count_written(struct pg_db *db, struct pg_bulk *bulk, size_t count)
{
    bulk->written += (int64_t)count;
    db->analyze_due = db->analyze_due || wants_analyze(bulk);
}

/* Invariant 4. Only plans depend on it, so a server that does not want to is no error. */
void pg_bulk_analyze(struct pg_db *db)
{
    char text[BULK_NAME_SIZE + 64];
    struct strbuf buf;
    struct error ignored = {0};
    for (struct pg_bulk *bulk = db->bulks; bulk != NULL; bulk = bulk->next) {
        if (!wants_analyze(bulk))
            continue;
        strbuf_init(&buf, text, sizeof text);
        strbuf_addf(&buf, "ANALYZE (SKIP_LOCKED) %s", bulk->table->table);
        assert(!buf.overflowed);
        if (!pg_simple(db, "ANALYZE", text, NULL, &ignored))
            error_clear(&ignored);
        bulk->analyzed = bulk->written;
    }
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
    if (!pg_simple(db, bulk->write.name, "SAVEPOINT billmill_row", NULL, err))
        return false;
    *ret_refused = !send(db, bulk, rows, spans + from, to - from, &result, err);
    if (*ret_refused && err->kind != ERROR_ITEM)
        return false;
    return pg_simple(db, bulk->write.name,
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
    if (send(db, bulk, rows, spans + good, 1, &result, err))
        return error_retry(err, EXIT_TEMPORARY,
                           "%s: a row that the database refused is accepted the second time",
                           bulk->table->name);
    *ret_bad_row = spans[good].first;
    return false;
}

bool pg_bulk_write(struct db *base, const struct bulk_table *table, const void *rows, size_t count,
                   int64_t *ret_written, size_t *ret_bad_row, struct error *err)
{
    struct pg_db *db = pg_of(base);
    struct pg_bulk *bulk = bulk_of(db, table);
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    CLEANUP(free_spans) struct span *spans = NULL;
    size_t span_count = 0;
    size_t bad_row = 0;
    if (count > 0)
        spans = make_spans(table, rows, count, &span_count);
    bool ok = count == 0 || send(db, bulk, rows, spans, span_count, &result, err);
    if (!ok && err->kind == ERROR_ITEM && span_count > 1)
        ok = find_refused(db, bulk, rows, spans, span_count, &bad_row, err);
    else if (ok && count > 0)
        ok = check(db, bulk, rows, spans, span_count, result, &bad_row, err);
    if (!ok) {
        if (err->kind == ERROR_ITEM && ret_bad_row != NULL)
            *ret_bad_row = bad_row;
        return false;
    }
    count_written(db, bulk, count);
    if (ret_written != NULL)
        *ret_written =
            table->kind == BULK_INSERT && count > 0 ? pg_changed(result) : (int64_t)count;
    return true;
}
