/* The schema of a PostgreSQL database for migrate.c. Checked is that everything is there which the
 * migrations make; what a table looks like inside is left to the server and its owner, who may add
 * indexes of their own. */
#include <string.h>

#include "core/base/text.h"
#include "core/storage/db_postgres.h"

#define NAME_SIZE 64

static const char schema_state_text[] =
    "SELECT count(*), count(*) FILTER (WHERE c.relname = 'schema_migration')"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')";
static const char schema_names_text[] =
    "SELECT c.relname::text, c.relkind IN ('i', 'I')"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'i', 'I') ORDER BY 1";

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

static bool has(const PGresult *found, const char *name, bool is_index)
{
    for (int i = 0; i < PQntuples(found); i++)
        if (text_equal(PQgetvalue(found, i, 0), name))
            return (*PQgetvalue(found, i, 1) != 0) == is_index;
    return false;
}

/* The name that begins at `text`. */
static bool copy_name(const char *text, char name[NAME_SIZE])
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (length == 0 || length >= NAME_SIZE)
        return false;
    memcpy(name, text, length);
    name[length] = '\0';
    return true;
}

/* Each CREATE of a migration begins a line. What a later migration drops would have to be known
 * here. */
static bool check_line(const PGresult *found, const char *line, struct error *err)
{
    static const struct {
        const char *begins;
        bool is_index;
    } kinds[] = {
        {"CREATE TABLE ",        false},
        {"CREATE INDEX ",        true },
        {"CREATE UNIQUE INDEX ", true },
    };
    char name[NAME_SIZE];
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!text_starts_with(line, kinds[i].begins) ||
            !copy_name(line + strlen(kinds[i].begins), name) || has(found, name, kinds[i].is_index))
            continue;
        error_run(err, EXIT_CONFIG, "the schema of the database was altered: %s %s is missing",
                  kinds[i].is_index ? "index" : "table", name);
        return error_hint(err, "undo the change, or restore the last backup");
    }
    return true;
}

bool pg_schema_check(struct db *base, const struct migration *migrations, size_t count,
                     struct error *err)
{
    CLEANUP(pg_result_clear) PGresult *found = NULL;
    if (!pg_ask(pg_of(base), "checking the schema", schema_names_text, &found, err))
        return false;
    for (size_t i = 0; i < count; i++)
        for (const char *line = migrations[i].text; *line != '\0';
             line += strcspn(line, "\n"), line += *line == '\n')
            if (!check_line(found, line, err))
                return false;
    return true;
}
