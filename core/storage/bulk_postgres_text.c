/* The texts of bulk statements on PostgreSQL: see bulk_postgres.h. A column of the rows is an array
 * (unnest) and comes back under the names c1…cn; n is the place of a row. */
#include <stdlib.h>

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
        return PG_BYTEA_ARRAY;
    }
    return PG_UNKNOWN;
}

static const char *array_name(enum row_kind kind)
{
    enum pg_type type = bulk_array_type(kind);
    return type == PG_INT8_ARRAY ? "bigint[]" : type == PG_TEXT_ARRAY ? "text[]" : "bytea[]";
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
    if (table->guard != NULL) /* CASE: no partial index of open rows shall be walked for each row */
        strbuf_addf(buf, " AND CASE WHEN %s THEN 1 ELSE 0 END = 1", table->guard);
    strbuf_add(buf, " RETURNING u.n");
}

static void add_insert(struct strbuf *buf, const struct bulk_table *table)
{
    strbuf_addf(buf, "INSERT INTO %s (", table->table);
    bulk_add_columns(buf, table, 0, table->field_count);
    strbuf_add(buf, ") SELECT ");
    add_places(buf, table->field_count);
    strbuf_add(buf, " FROM ");
    add_rows(buf, table, table->field_count);
    strbuf_add(buf, " ORDER BY n");
    bulk_add_conflict(buf, table);
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
    bulk_add_columns(buf, table, 0, table->field_count);
    strbuf_add(buf, ") SELECT ");
    add_places(buf, table->field_count);
    strbuf_add(buf, " FROM (SELECT u.*, ");
    add_round(buf, table);
    strbuf_add(buf, " FROM ");
    add_rows(buf, table, table->field_count);
    strbuf_addf(buf, ") AS r WHERE round = $%zu ORDER BY ", table->field_count + 1);
    add_places(buf, table->key_count);
    bulk_add_conflict(buf, table);
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

void bulk_copy_text(const struct bulk_table *table, char *target, size_t size)
{
    struct strbuf buf;
    strbuf_init(&buf, target, size);
    strbuf_addf(&buf, "SAVEPOINT billmill_copy; COPY %s (", table->table);
    bulk_add_columns(&buf, table, 0, table->field_count);
    strbuf_add(&buf, ") FROM STDIN (FORMAT binary); RELEASE SAVEPOINT billmill_copy");
    assert(!buf.overflowed);
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

static struct pg_statement make_statement(struct pg_bulk *bulk, size_t place, const char *what,
                                          void (*add)(struct strbuf *buf,
                                                      const struct bulk_table *table))
{
    struct strbuf name, text;
    strbuf_init(&name, bulk->names[place], BULK_NAME_SIZE);
    strbuf_addf(&name, "bulk %s%s", bulk->table->name, what);
    strbuf_init(&text, bulk->texts[place], BULK_TEXT_SIZE);
    add(&text, bulk->table);
    assert(!name.overflowed);
    assert(!text.overflowed);
    return (struct pg_statement){.name = bulk->names[place], .text = bulk->texts[place]};
}

struct pg_bulk *bulk_make(const struct bulk_table *table)
{
    struct pg_bulk *bulk = memory_alloc(sizeof *bulk, "a bulk statement");
    *bulk = (struct pg_bulk){.table = table};
    bulk->write = make_statement(bulk, 0, "", add_write);
    bulk->look = make_statement(bulk, 1, " look", add_compare);
    if (table->kind == BULK_UPSERT)
        bulk->rounds = make_statement(bulk, 2, " rounds", add_count_rounds);
    return bulk;
}
