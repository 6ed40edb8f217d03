/* The schema of a SQLite file for migrate.c. What it should be is found by running the same
 * migrations in memory: the texts that sqlite_schema holds are then compared object by object, so
 * that the message can name the one that differs. White space and comments do not count. */
#include <string.h>

#include "core/base/text.h"
#include "core/storage/db_sqlite.h"

#define OBJECTS_SQL                                                                                \
    "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "      \
    "ORDER BY type, name"

static void close_handle(sqlite3 **handle)
{
    (void)sqlite3_close(*handle);
}

static void finalize(sqlite3_stmt **stmt)
{
    (void)sqlite3_finalize(*stmt);
}

bool sqlite_script(struct db *base, const char *name, const char *text, struct error *err)
{
    struct sqlite_db *db = sqlite_of(base);
    assert(base->tx_open);
    if (!sqlite_in_transaction(db, err))
        return false;
    if (sqlite3_exec(db->handle, text, NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_fail(db, name, err);
    if (sqlite3_get_autocommit(db->handle) != 0)
        return error_run(err, EXIT_CONFIG, "%s ends the transaction that it runs in", name);
    return sqlite_expect_large_tables(db, err);
}

/* There is no other writer. */
bool sqlite_lock_work(struct db *db, struct error *err)
{
    (void)db;
    (void)err;
    return true;
}

bool sqlite_schema_state(struct db *base, bool *ret_has_tables, bool *ret_has_migrations,
                         struct error *err)
{
    struct sqlite_db *db = sqlite_of(base);
    CLEANUP(finalize) sqlite3_stmt *stmt = NULL;
    static const char sql[] = "SELECT count(*), count(*) FILTER (WHERE name = 'schema_migration') "
                              "FROM sqlite_schema WHERE type = 'table'";
    if (sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW)
        return sqlite_fail(db, "reading the schema", err);
    *ret_has_tables = sqlite3_column_int64(stmt, 0) > 0;
    *ret_has_migrations = sqlite3_column_int64(stmt, 1) > 0;
    return true;
}

/* Over white space and comments. */
static const char *skip_blank(const char *text)
{
    for (;;) {
        text += strspn(text, " \t\r\n");
        if (text_starts_with(text, "--")) {
            text += strcspn(text, "\n");
        } else if (text_starts_with(text, "/*")) {
            const char *end = strstr(text + 2, "*/");
            text = end == NULL ? text + strlen(text) : end + 2;
        } else {
            return text;
        }
    }
}

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c & 0x80) != 0;
}

/* The end of the word, of the quoted text or of the one other character at `text`. */
static const char *token_end(const char *text)
{
    const char *end = text;
    if (*text == '\'' || *text == '"' || *text == '`') {
        const char *close = strchr(text + 1, *text);
        return close == NULL ? text + strlen(text) : close + 1; /* '' is two texts side by side */
    }
    while (is_word(*end))
        end++;
    return end == text ? text + 1 : end;
}

static bool same_sql(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    for (a = skip_blank(a), b = skip_blank(b); *a != '\0'; a = skip_blank(a), b = skip_blank(b)) {
        size_t length = (size_t)(token_end(a) - a);
        if ((size_t)(token_end(b) - b) != length || strncmp(a, b, length) != 0)
            return false;
        a += length;
        b += length;
    }
    return *b == '\0';
}

static const char *column(sqlite3_stmt *stmt, int index)
{
    return (const char *)sqlite3_column_text(stmt, index);
}

static bool altered(sqlite3_stmt *stmt, const char *what, struct error *err)
{
    error_run(err, EXIT_CONFIG, "the schema of the database was altered: %s %s %s", column(stmt, 0),
              column(stmt, 1), what);
    return error_hint(err,
                      "undo the change, or restore the last backup; tables and indexes of your "
                      "own belong in a file of their own");
}

/* Which of the two lists has the next object alone: < 0 the first, > 0 the second, 0 neither. */
static int order(sqlite3_stmt *a, bool a_has, sqlite3_stmt *b, bool b_has)
{
    if (!a_has || !b_has)
        return (int)b_has - (int)a_has;
    int by_type = strcmp(column(a, 0), column(b, 0));
    return by_type != 0 ? by_type : strcmp(column(a, 1), column(b, 1));
}

/* A merge of both sorted lists. */
static bool compare(sqlite3_stmt *wanted, sqlite3_stmt *found, struct error *err)
{
    bool wanted_has = sqlite3_step(wanted) == SQLITE_ROW;
    bool found_has = sqlite3_step(found) == SQLITE_ROW;
    while (wanted_has || found_has) {
        int side = order(wanted, wanted_has, found, found_has);
        if (side < 0)
            return altered(wanted, "is missing", err);
        if (side > 0)
            return altered(found, "is not billmill's", err);
        if (!same_sql(column(wanted, 2), column(found, 2)))
            return altered(wanted, "is another", err);
        wanted_has = sqlite3_step(wanted) == SQLITE_ROW;
        found_has = sqlite3_step(found) == SQLITE_ROW;
    }
    return true;
}

bool sqlite_schema_check(struct db *base, const struct migration *migrations, size_t count,
                         struct error *err)
{
    struct sqlite_db *db = sqlite_of(base);
    CLEANUP(close_handle) sqlite3 *model = NULL;
    CLEANUP(finalize) sqlite3_stmt *wanted = NULL;
    CLEANUP(finalize) sqlite3_stmt *found = NULL;
    if (sqlite3_open_v2(":memory:", &model, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        return error_run(err, EXIT_INTERNAL, "checking the schema: out of memory");
    for (size_t i = 0; i < count; i++)
        if (sqlite3_exec(model, migrations[i].text, NULL, NULL, NULL) != SQLITE_OK)
            return error_run(err, EXIT_CONFIG, "migration %s: %s", migrations[i].name,
                             sqlite3_errmsg(model));
    if (sqlite3_prepare_v2(model, OBJECTS_SQL, -1, &wanted, NULL) != SQLITE_OK)
        return error_run(err, EXIT_INTERNAL, "checking the schema: %s", sqlite3_errmsg(model));
    if (sqlite3_prepare_v2(db->handle, OBJECTS_SQL, -1, &found, NULL) != SQLITE_OK)
        return sqlite_fail(db, "checking the schema", err);
    return compare(wanted, found, err);
}
