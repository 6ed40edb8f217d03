/* The texts of bulk statements on PostgreSQL: see bulk_postgres.h. A column of the rows is an array
 * (unnest) and comes back as given.c1…cn; given.n is the place of a row. The first field of the
 * key is one value where all rows share it: the tenant mostly, by which a database may be
 * distributed. */
#include <stdlib.h>
#include <string.h>

#include "core/storage/bulk_postgres.h"

enum pg_type bulk_array_type(enum row_kind kind)
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
    case ROW_BYTES:
        return PG_BYTEA_ARRAY;
    }
    return PG_UNKNOWN;
}

static const char *type_name(enum row_kind kind)
{
    enum pg_type type = bulk_array_type(kind);
    return type == PG_INT8_ARRAY ? "bigint" : type == PG_TEXT_ARRAY ? "text" : "bytea";
}

/* A text that is being written. */
struct text {
    struct strbuf *buf;
    const struct bulk_table *table;
    bool shared; /* the first field */
};

/* "c1, c2" */
static void add_places(const struct text *text, size_t count)
{
    for (size_t i = text->shared ? 1 : 0; i < count; i++)
        strbuf_addf(text->buf, "%sc%zu", i == (text->shared ? 1 : 0) ? "" : ", ", i + 1);
}

/* "unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS given (c1, c2, n)" */
static void add_rows(const struct text *text, size_t count, bool with_place)
{
    size_t first = text->shared ? 1 : 0;
    strbuf_add(text->buf, "unnest(");
    for (size_t i = first; i < count; i++)
        strbuf_addf(text->buf, "%s$%zu::%s[]", i == first ? "" : ", ", i + 1,
                    type_name(text->table->fields[i].kind));
    strbuf_addf(text->buf, ")%s AS given (", with_place ? " WITH ORDINALITY" : "");
    add_places(text, count);
    strbuf_add(text->buf, with_place ? ", n)" : ")");
}

/* "$1::bigint" of what is shared */
static void add_shared(const struct text *text)
{
    strbuf_addf(text->buf, "$1::%s", type_name(text->table->fields[0].kind));
}

/* "t.tenant_id = given.c1 AND t.invoice_id = given.c2" */
static void add_key_condition(const struct text *text)
{
    for (size_t i = 0; i < text->table->key_count; i++) {
        strbuf_addf(text->buf, "%st.%s = ", i == 0 ? "" : " AND ", text->table->fields[i].column);
        if (i == 0 && text->shared)
            add_shared(text);
        else
            strbuf_addf(text->buf, "given.c%zu", i + 1);
    }
}

/* Its key is never shared: for a server that believes the tenant's rows to be few would go through
 * all of them for each row. */
static void add_update(const struct text *text)
{
    const struct bulk_table *table = text->table;
    assert(!text->shared);
    assert(table->key_count < table->field_count);
    strbuf_addf(text->buf, "UPDATE %s AS t SET ", table->table);
    for (size_t i = table->key_count; i < table->field_count; i++)
        strbuf_addf(text->buf, "%s%s = %s%s%sgiven.c%zu", i == table->key_count ? "" : ", ",
                    table->fields[i].column, table->adds ? "t." : "",
                    table->adds ? table->fields[i].column : "", table->adds ? " + " : "", i + 1);
    strbuf_add(text->buf, " FROM ");
    add_rows(text, table->field_count, true);
    strbuf_add(text->buf, " WHERE ");
    add_key_condition(text);
    if (table->guard != NULL) /* CASE: no partial index of open rows shall be walked for each row */
        strbuf_addf(text->buf, " AND CASE WHEN %s THEN 1 ELSE 0 END = 1", table->guard);
    strbuf_add(text->buf, " RETURNING given.n");
}

/* As add_update. A row may have gone by an earlier key already. */
static void add_delete(const struct text *text)
{
    const struct bulk_table *table = text->table;
    assert(!text->shared);
    strbuf_addf(text->buf, "DELETE FROM %s AS t USING ", table->table);
    add_rows(text, table->field_count, true);
    strbuf_add(text->buf, " WHERE ");
    add_key_condition(text);
    if (table->guard != NULL)
        strbuf_addf(text->buf, " AND CASE WHEN %s THEN 1 ELSE 0 END = 1", table->guard);
    strbuf_add(text->buf, " RETURNING given.n");
}

/* In the order of the arrays. */
static void add_insert(const struct text *text)
{
    const struct bulk_table *table = text->table;
    strbuf_addf(text->buf, "INSERT INTO %s (", table->table);
    bulk_add_columns(text->buf, table, 0, table->field_count);
    strbuf_add(text->buf, ") SELECT ");
    if (text->shared) {
        add_shared(text);
        strbuf_add(text->buf, ", ");
    }
    add_places(text, table->field_count);
    strbuf_add(text->buf, " FROM ");
    add_rows(text, table->field_count, false);
    bulk_add_conflict(text->buf, table);
}

static void add_write(const struct text *text)
{
    switch (text->table->kind) {
    case BULK_INSERT:
    case BULK_UPSERT:
        add_insert(text);
        return;
    case BULK_UPDATE:
        add_update(text);
        return;
    case BULK_DELETE:
        add_delete(text);
        return;
    case BULK_ASK: /* writes nothing */
        return;
    }
}

/* The statement with the columns of a key for its $1…$n. */
static void add_statement(const struct text *text)
{
    const char *sql = statement_text_postgres(text->table->statement);
    for (const char *next; (next = strchr(sql, '$')) != NULL;) {
        size_t field = 0;
        strbuf_add_n(text->buf, sql, (size_t)(next - sql));
        for (sql = next + 1; *sql >= '0' && *sql <= '9'; sql++)
            field = field * 10 + (size_t)(*sql - '0');
        assert(field >= 1);
        assert(field <= text->table->key_count);
        if (field == 1 && text->shared)
            add_shared(text);
        else
            strbuf_addf(text->buf, "given.c%zu", field);
    }
    strbuf_add(text->buf, sql);
}

/* In the order that the statement says. */
static void add_ask(const struct text *text)
{
    strbuf_add(text->buf, "SELECT s.*, given.n FROM ");
    add_rows(text, text->table->key_count, true);
    strbuf_add(text->buf,
               " CROSS JOIN LATERAL (SELECT asked.*, row_number() OVER () AS nth FROM (");
    add_statement(text);
    strbuf_add(text->buf, ") AS asked) AS s ORDER BY given.n, s.nth");
}

/* OFFSET: each key is looked up by itself, whatever the server believes of the table. */
static void add_look(const struct text *text)
{
    const struct bulk_table *table = text->table;
    if (table->kind == BULK_ASK) {
        add_ask(text);
        return;
    }
    strbuf_add(text->buf, "SELECT s.*, given.n FROM ");
    add_rows(text, table->key_count, true);
    strbuf_add(text->buf, " CROSS JOIN LATERAL (SELECT ");
    bulk_add_columns(text->buf, table, 0, table->field_count);
    strbuf_addf(text->buf, " FROM %s AS t WHERE ", table->table);
    add_key_condition(text);
    strbuf_add(text->buf, " OFFSET 0) AS s ORDER BY given.n");
}

void bulk_copy_text(const struct bulk_table *table, char *target, size_t size)
{
    struct strbuf buf;
    strbuf_init(&buf, target, size);
    strbuf_addf(&buf, "SAVEPOINT billmill_copy; COPY %s (", table->table);
    bulk_add_columns(&buf, table, 0, table->field_count);
    strbuf_add(&buf, ") FROM STDIN (FORMAT binary); RELEASE SAVEPOINT billmill_copy");
    assert(!buf.overflowed);
}

static struct pg_statement make_statement(struct pg_bulk *bulk, size_t place, bool shared,
                                          const char *what, void (*add)(const struct text *text))
{
    struct strbuf name, buf;
    struct text text = {.buf = &buf, .table = bulk->table, .shared = shared};
    strbuf_init(&name, bulk->names[place], BULK_NAME_SIZE);
    strbuf_addf(&name, "bulk %s%s%s", bulk->table->name, what, shared ? " shared" : "");
    strbuf_init(&buf, bulk->texts[place], BULK_TEXT_SIZE);
    add(&text);
    assert(!name.overflowed);
    assert(!buf.overflowed);
    return (struct pg_statement){.name = bulk->names[place], .text = bulk->texts[place]};
}

struct pg_bulk *bulk_make(const struct bulk_table *table)
{
    struct pg_bulk *bulk = memory_alloc(sizeof *bulk, "a bulk statement");
    *bulk = (struct pg_bulk){.table = table};
    for (size_t shared = 0; shared <= (table->key_count > 1 ? 1 : 0); shared++) {
        if (table->kind != BULK_ASK && (shared == 0 || bulk_inserts(table)))
            bulk->write[shared] = make_statement(bulk, shared, shared == 1, "", add_write);
        bulk->look[shared] = make_statement(bulk, 2 + shared, shared == 1, " look", add_look);
    }
    return bulk;
}
