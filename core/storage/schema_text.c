#include "core/storage/schema_text.h"

#include <string.h>

#include "core/base/text.h"

#define WORD "abcdefghijklmnopqrstuvwxyz0123456789_"
#define COLLATION " COLLATE \"C\""

struct reader {
    struct arena *arena;
    struct schema_items *items;
    const char *table; /* whose columns follow; NULL between statements */
};

static void add(struct reader *reader, enum schema_kind kind, const char *table, const char *name,
                const char *form)
{
    ARRAY_ADD(reader->arena, reader->items) =
        (struct schema_item){.kind = kind, .table = table, .name = name, .form = form};
}

/* The word that begins at *cursor, which moves behind it and the spaces after it. "" for none. */
static const char *take_word(struct reader *reader, const char **cursor)
{
    size_t length = strspn(*cursor, WORD);
    const char *word = arena_copy_n(reader->arena, *cursor, length);
    *cursor += length;
    *cursor += strspn(*cursor, " ");
    return word;
}

static bool skip(const char **cursor, const char *text)
{
    if (!text_starts_with(*cursor, text))
        return false;
    *cursor += strlen(text);
    return true;
}

/* "(a, b)" at `text`; NULL when there is none. Columns of ours have no parentheses in them. */
static const char *columns_at(struct reader *reader, const char *text)
{
    size_t length = strcspn(text, ")");
    return *text == '(' && text[length] == ')' ? arena_copy_n(reader->arena, text, length + 1)
                                               : NULL;
}

static bool read_key(struct reader *reader, const char *line)
{
    const char *cursor = line + strcspn(line, "(");
    const char *columns = columns_at(reader, cursor);
    if (columns == NULL)
        return false;
    add(reader, SCHEMA_KEY, reader->table, "",
        arena_printf(reader->arena, "%.*s%s", (int)(cursor - line), line, columns));
    return true;
}

/* As the catalog names it; NULL for one that billmill does not use. */
static const char *take_type(const char **cursor)
{
    if (skip(cursor, "BIGINT"))
        return "bigint";
    if (skip(cursor, "BYTEA"))
        return "bytea";
    return skip(cursor, "TEXT" COLLATION) ? "text" COLLATION : NULL;
}

static bool read_column(struct reader *reader, const char *table, const char *line)
{
    const char *cursor = line;
    const char *name = take_word(reader, &cursor);
    const char *type = take_type(&cursor);
    const char *comment = strstr(cursor, " --");
    const char *rest =
        comment == NULL ? cursor : arena_copy_n(reader->arena, cursor, (size_t)(comment - cursor));
    bool is_primary = strstr(rest, " PRIMARY KEY") != NULL;
    bool is_unique = strstr(rest, " UNIQUE") != NULL;
    if (text_is_empty(name) || type == NULL)
        return false;
    bool not_null = is_primary || strstr(rest, " NOT NULL") != NULL;
    add(reader, SCHEMA_COLUMN, table, name,
        arena_printf(reader->arena, "%s%s", type, not_null ? " NOT NULL" : ""));
    if (is_primary || is_unique)
        add(reader, SCHEMA_KEY, table, "",
            arena_printf(reader->arena, "%s (%s)", is_primary ? "PRIMARY KEY" : "UNIQUE", name));
    return true;
}

/* ---------------------------------------------------------------- statements */

static bool read_index(struct reader *reader, const char *cursor, bool is_unique)
{
    const char *name = take_word(reader, &cursor);
    if (!skip(&cursor, "ON "))
        return false;
    const char *table = take_word(reader, &cursor);
    const char *columns = columns_at(reader, cursor);
    if (text_is_empty(name) || text_is_empty(table) || columns == NULL)
        return false;
    const char *where = strstr(cursor, SCHEMA_WHERE);
    add(reader, SCHEMA_INDEX, table, name,
        arena_printf(
            reader->arena, "%s%s%s%s", is_unique ? "UNIQUE " : "", columns,
            where == NULL ? "" : SCHEMA_WHERE,
            where == NULL ? "" : schema_condition(where + strlen(SCHEMA_WHERE), reader->arena)));
    return true;
}

static bool read_statement(struct reader *reader, const char *line)
{
    const char *cursor = line;
    if (skip(&cursor, "CREATE TABLE ")) {
        reader->table = take_word(reader, &cursor);
        return text_equal(cursor, "(");
    }
    if (skip(&cursor, "CREATE INDEX "))
        return read_index(reader, cursor, false);
    if (skip(&cursor, "CREATE UNIQUE INDEX "))
        return read_index(reader, cursor, true);
    if (!skip(&cursor, "ALTER TABLE "))
        return false;
    const char *table = take_word(reader, &cursor);
    if (skip(&cursor, "ADD COLUMN "))
        return read_column(reader, table, cursor);
    return skip(&cursor, "ALTER COLUMN ") && *take_word(reader, &cursor) != '\0' &&
           skip(&cursor, "SET STORAGE "); /* no business of ours */
}

static bool read_line(struct reader *reader, const char *line)
{
    line += strspn(line, " ");
    if (*line == '\0' || text_starts_with(line, "--"))
        return true;
    if (reader->table == NULL)
        return read_statement(reader, line);
    if (*line == ')') {
        reader->table = NULL;
        return true;
    }
    if (text_starts_with(line, "PRIMARY KEY (") || text_starts_with(line, "UNIQUE ("))
        return read_key(reader, line);
    return read_column(reader, reader->table, line);
}

bool schema_text_read(const char *name, const char *text, struct arena *arena,
                      struct schema_items *items, struct error *err)
{
    struct reader reader = {.arena = arena, .items = items};
    int32_t number = 0;
    for (const char *line = text; *line != '\0'; line += *line == '\n') {
        size_t length = strcspn(line, "\n");
        number++;
        if (!read_line(&reader, arena_copy_n(arena, line, length))) {
            error_run(err, EXIT_CONFIG, "%s.sql:%d: not a statement that a migration may have",
                      name, (int)number);
            return error_hint(err,
                              "CREATE TABLE, CREATE INDEX or ALTER TABLE … ADD COLUMN, by lines");
        }
        line += length;
    }
    return true;
}
