/* The schema of a PostgreSQL database for migrate.c: every column, key and index that the
 * migrations make is there as they make it, with the order of the columns of each index, and the
 * condition where it has one, and no table of billmill has another column. Left to the owner of the
 * server: tables and indexes of their own, CHECKs, defaults and storage parameters. */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/storage/db_postgres.h"
#include "core/storage/schema_text.h"

#define SCHEMA_ARENA_CAP ((size_t)8 << 20)

static const char schema_state_text[] =
    "SELECT count(*), count(*) FILTER (WHERE c.relname = 'schema_migration')"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')";
/* Named as in schema_text.h; of an index its method, columns that are kept beside the key, and of a
 * column of it the collation, operator class and order, where they are not those that a server
 * takes by itself. An index that could not be built to its end does not count. Every command asks
 * this: to write out an index costs more than to name its columns. */
static const char schema_items_text[] =
    "WITH t AS (SELECT c.oid, c.relname::text AS name FROM pg_catalog.pg_class c"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    "  WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p'))"
    " SELECT 0::bigint AS kind, t.name AS table_name, a.attname::text AS name,"
    "  format_type(a.atttypid, a.atttypmod)"
    "  || CASE WHEN a.attcollation = 0 THEN ''"
    "     ELSE ' COLLATE ' || a.attcollation::regcollation::text END"
    "  || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END AS form"
    " FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid"
    " WHERE a.attnum > 0 AND NOT a.attisdropped"
    " UNION ALL SELECT 1, t.name, '', pg_get_constraintdef(k.oid)"
    " FROM t JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid WHERE k.contype IN ('p', 'u')"
    " UNION ALL SELECT 2, t.name, c.relname::text,"
    "  CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END"
    "  || CASE WHEN m.amname = 'btree' THEN '(' ELSE 'USING ' || m.amname || ' (' END"
    "  || (SELECT string_agg(CASE WHEN i.indkey[a.attnum - 1] <> 0 THEN quote_ident(a.attname)"
    "       ELSE pg_get_indexdef(c.oid, a.attnum, true) END"
    "       || CASE WHEN i.indcollation[a.attnum - 1] <> k.attcollation"
    "          THEN ' COLLATE ' || i.indcollation[a.attnum - 1]::regcollation::text ELSE '' END"
    "       || CASE WHEN o.opcdefault THEN '' ELSE ' ' || o.opcname END"
    "       || CASE i.indoption[a.attnum - 1] WHEN 0 THEN '' WHEN 1 THEN ' DESC NULLS LAST'"
    "          WHEN 2 THEN ' NULLS FIRST' ELSE ' DESC' END, ', ' ORDER BY a.attnum)"
    "      FROM pg_catalog.pg_attribute a"
    "      JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[a.attnum - 1]"
    "      LEFT JOIN pg_catalog.pg_attribute k ON k.attrelid = i.indrelid"
    "       AND k.attnum = i.indkey[a.attnum - 1]"
    "      WHERE a.attrelid = c.oid AND a.attnum <= i.indnkeyatts)"
    "  || CASE WHEN i.indnatts = i.indnkeyatts THEN ')'"
    "     ELSE ') INCLUDE (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)"
    "      FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > i.indnkeyatts)"
    "      || ')' END"
    "  || CASE WHEN i.indpred IS NULL THEN ''"
    "     ELSE ' WHERE ' || pg_get_expr(i.indpred, i.indrelid) END"
    " FROM t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid"
    " JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = c.relam"
    " WHERE i.indisvalid";

bool pg_script(struct db *base, const char *name, const char *text, struct error *err)
{
    struct pg_db *db = pg_of(base);
    assert(base->tx_open);
    if (!pg_usable(db, name, err) || !pg_simple(db, name, text, NULL, err))
        return false;
    if (PQtransactionStatus(db->conn) != PQTRANS_INTRANS)
        return error_run(err, EXIT_CONFIG, "%s ends the transaction that it runs in", name);
    return true;
}

/* Who inserted an execution is waited for, and then seen; who reads goes on. */
bool pg_lock_work(struct db *base, struct error *err)
{
    struct pg_db *db = pg_of(base);
    assert(base->tx_open);
    return pg_usable(db, "migrating", err) &&
           pg_simple(db, "migrating",
                     "LOCK TABLE schema_migration, job_execution IN SHARE ROW EXCLUSIVE MODE", NULL,
                     err);
}

bool pg_schema_state(struct db *base, bool *ret_has_tables, bool *ret_has_migrations,
                     struct error *err)
{
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    if (!pg_ask(pg_of(base), "reading the schema", schema_state_text, &result, err))
        return false;
    *ret_has_tables = pg_get_i64((const uint8_t *)PQgetvalue(result, 0, 0)) > 0;
    *ret_has_migrations = pg_get_i64((const uint8_t *)PQgetvalue(result, 0, 1)) > 0;
    return true;
}

/* ---------------------------------------------------------------- comparing */

static const char *const kind_names[] = {
    [SCHEMA_COLUMN] = "column", [SCHEMA_KEY] = "key", [SCHEMA_INDEX] = "index"};

/* Its condition as schema_text.h has it. */
static const char *index_form(const char *form, struct arena *arena)
{
    const char *where = strstr(form, SCHEMA_WHERE);
    return where == NULL ? form
                         : arena_printf(arena, "%.*s" SCHEMA_WHERE "%s", (int)(where - form), form,
                                        schema_condition(where + strlen(SCHEMA_WHERE), arena));
}

static struct schema_item item_at(const PGresult *found, int row, struct arena *arena)
{
    struct schema_item item = {
        .kind = (enum schema_kind)pg_get_i64((const uint8_t *)PQgetvalue(found, row, 0)),
        .table = PQgetvalue(found, row, 1),
        .name = PQgetvalue(found, row, 2),
        .form = PQgetvalue(found, row, 3),
    };
    if (item.kind == SCHEMA_INDEX)
        item.form = index_form(item.form, arena);
    return item;
}

/* By table, so that those of one stand together; what is the same thing, whatever its form, is
 * equal. A key has no other name than its form. */
static int compare_items(const void *a, const void *b)
{
    const struct schema_item *left = a;
    const struct schema_item *right = b;
    int order = strcmp(left->table, right->table);
    if (order == 0)
        order = (int)left->kind - (int)right->kind;
    if (order == 0)
        order = strcmp(left->name, right->name);
    return order == 0 && left->kind == SCHEMA_KEY ? strcmp(left->form, right->form) : order;
}

static int compare_tables(const void *a, const void *b)
{
    return strcmp(((const struct schema_item *)a)->table, ((const struct schema_item *)b)->table);
}

static void sort_items(struct schema_items *items)
{
    if (items->count > 1)
        qsort(items->items, items->count, sizeof *items->items, compare_items);
}

static const struct schema_item *find_item(const struct schema_items *items,
                                           const struct schema_item *item)
{
    return items->count == 0
               ? NULL
               : bsearch(item, items->items, items->count, sizeof *items->items, compare_items);
}

static bool has_table(const struct schema_items *items, const struct schema_item *item)
{
    return items->count > 0 &&
           bsearch(item, items->items, items->count, sizeof *items->items, compare_tables) != NULL;
}

static struct schema_items items_of(const PGresult *result, struct arena *arena)
{
    struct schema_items items = {0};
    for (int row = 0; row < PQntuples(result); row++)
        ARRAY_ADD(arena, &items) = item_at(result, row, arena);
    sort_items(&items);
    return items;
}

static bool altered(const struct schema_item *item, const char *what, struct error *err)
{
    error_run(err, EXIT_CONFIG, "the schema of the database was altered: %s %s%s%s of table %s %s",
              kind_names[item->kind], item->name, item->name[0] == '\0' ? "" : " ", item->form,
              item->table, what);
    return error_hint(err,
                      "undo the change, or restore the last backup; tables and indexes of your "
                      "own may stay beside billmill's");
}

static bool check_expected(const struct schema_items *found, const struct schema_item *expected,
                           struct error *err)
{
    const struct schema_item *item = find_item(found, expected);
    if (item != NULL)
        return text_equal(item->form, expected->form) || altered(item, "is another", err);
    if (has_table(found, expected))
        return altered(expected, "is missing", err);
    error_run(err, EXIT_CONFIG, "the schema of the database was altered: table %s is missing",
              expected->table);
    return error_hint(err, "undo the change, or restore the last backup");
}

/* A column that nobody fills, or that an INSERT of ours would have to. */
static bool check_found(const struct schema_items *expected, const struct schema_item *found,
                        struct error *err)
{
    return found->kind != SCHEMA_COLUMN || find_item(expected, found) != NULL ||
           !has_table(expected, found) || altered(found, "is not billmill's", err);
}

bool pg_schema_check(struct db *base, const struct migration *migrations, size_t count,
                     struct error *err)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("schema", SCHEMA_ARENA_CAP);
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    struct schema_items expected = {0};
    if (count == 0)
        return true;
    for (size_t i = 0; i < count; i++)
        if (!schema_text_read(migrations[i].name, migrations[i].text, arena, &expected, err))
            return false;
    if (!pg_ask(pg_of(base), "checking the schema", schema_items_text, &result, err))
        return false;
    struct schema_items found = items_of(result, arena);
    sort_items(&expected);
    for (size_t i = 0; i < expected.count; i++)
        if (!check_expected(&found, &expected.items[i], err))
            return false;
    for (size_t i = 0; i < found.count; i++)
        if (!check_found(&expected, &found.items[i], err))
            return false;
    return true;
}
