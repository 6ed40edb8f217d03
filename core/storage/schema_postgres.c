/* The schema of a PostgreSQL database for migrate.c: every column, key and index that the
 * migrations make is there as they make it, and no table of billmill has another column. Left to
 * the owner of the server: tables and indexes of their own, CHECKs, defaults and storage
 * parameters. */
#include <string.h>

#include "core/base/text.h"
#include "core/storage/db_postgres.h"
#include "core/storage/schema_text.h"

#define SCHEMA_ARENA_CAP ((size_t)8 << 20)

static const char schema_state_text[] =
    "SELECT count(*), count(*) FILTER (WHERE c.relname = 'schema_migration')"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')";
/* Named as in schema_text.h. An index that could not be built to its end does not count. */
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
    "  CASE WHEN i.indisunique THEN 'UNIQUE (' ELSE '(' END"
    "  || (SELECT string_agg(pg_get_indexdef(c.oid, p, true), ', ' ORDER BY p)"
    "      FROM generate_series(1, i.indnkeyatts) p)"
    "  || CASE WHEN i.indpred IS NULL THEN ')' ELSE ') WHERE' END"
    " FROM t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid"
    " JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indisvalid"
    " ORDER BY 2, 1, 3";

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

static struct schema_item item_at(const PGresult *found, int row)
{
    return (struct schema_item){
        .kind = (enum schema_kind)pg_get_i64((const uint8_t *)PQgetvalue(found, row, 0)),
        .table = PQgetvalue(found, row, 1),
        .name = PQgetvalue(found, row, 2),
        .form = PQgetvalue(found, row, 3),
    };
}

/* The same thing, whatever its form; a key has no other name than its form. */
static bool same_name(const struct schema_item *a, const struct schema_item *b)
{
    return a->kind == b->kind && text_equal(a->table, b->table) && text_equal(a->name, b->name) &&
           (a->kind != SCHEMA_KEY || text_equal(a->form, b->form));
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

static bool has_table(const PGresult *found, const char *table)
{
    for (int i = 0; i < PQntuples(found); i++)
        if (text_equal(PQgetvalue(found, i, 1), table))
            return true;
    return false;
}

static bool check_expected(const PGresult *found, const struct schema_item *expected,
                           struct error *err)
{
    for (int i = 0; i < PQntuples(found); i++) {
        struct schema_item item = item_at(found, i);
        if (!same_name(&item, expected))
            continue;
        return text_equal(item.form, expected->form) || altered(&item, "is another", err);
    }
    if (has_table(found, expected->table))
        return altered(expected, "is missing", err);
    error_run(err, EXIT_CONFIG, "the schema of the database was altered: table %s is missing",
              expected->table);
    return error_hint(err, "undo the change, or restore the last backup");
}

/* A column that nobody fills, or that an INSERT of ours would have to. */
static bool check_found(const struct schema_items *expected, const struct schema_item *found,
                        struct error *err)
{
    bool is_ours = false;
    if (found->kind != SCHEMA_COLUMN)
        return true;
    for (size_t i = 0; i < expected->count; i++) {
        is_ours = is_ours || text_equal(expected->items[i].table, found->table);
        if (same_name(&expected->items[i], found))
            return true;
    }
    return !is_ours || altered(found, "is not billmill's", err);
}

bool pg_schema_check(struct db *base, const struct migration *migrations, size_t count,
                     struct error *err)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("schema", SCHEMA_ARENA_CAP);
    CLEANUP(pg_result_clear) PGresult *found = NULL;
    struct schema_items expected = {0};
    if (count == 0)
        return true;
    for (size_t i = 0; i < count; i++)
        if (!schema_text_read(migrations[i].name, migrations[i].text, arena, &expected, err))
            return false;
    if (!pg_ask(pg_of(base), "checking the schema", schema_items_text, &found, err))
        return false;
    for (size_t i = 0; i < expected.count; i++)
        if (!check_expected(found, &expected.items[i], err))
            return false;
    for (int i = 0; i < PQntuples(found); i++) {
        struct schema_item item = item_at(found, i);
        if (!check_found(&expected, &item, err))
            return false;
    }
    return true;
}
