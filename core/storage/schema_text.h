/* The tables that a PostgreSQL migration makes, read from its text: what the schema of a database
 * is compared with. A migration is written so that this can be done by lines; what it does not know
 * is refused, so that nobody adds a statement which is then not checked:
 *
 *     CREATE TABLE name (            one column or key a line: NAME TYPE …, PRIMARY KEY (…),
 *     )…;                            UNIQUE (…)
 *     CREATE [UNIQUE] INDEX name ON table (columns) [WHERE condition];
 *     ALTER TABLE table ADD COLUMN …;
 *     ALTER TABLE table ALTER COLUMN name SET STORAGE …;
 *     empty lines, and comments that begin a line */
#ifndef BILLMILL_STORAGE_SCHEMA_TEXT_H
#define BILLMILL_STORAGE_SCHEMA_TEXT_H

#include "core/base/arena.h"
#include "core/base/array.h"
#include "core/base/error.h"

enum schema_kind { SCHEMA_COLUMN, SCHEMA_KEY, SCHEMA_INDEX };

/* Texts as the server's catalog has them. */
struct schema_item {
    enum schema_kind kind;
    const char *table;
    const char *name; /* of a key: "" */
    const char *form; /* bigint NOT NULL; PRIMARY KEY (a, b); UNIQUE (a, b) WHERE c IN 'd' , 'e' */
};
struct schema_items ARRAY_OF(struct schema_item);

/* Adds what `text` makes; everything is in the arena. EXIT_CONFIG names file and line. */
MUST_CHECK bool schema_text_read(const char *name, const char *text, struct arena *arena,
                                 struct schema_items *items, struct error *err);

#define SCHEMA_WHERE " WHERE "

/* The condition of an index, up to its end or a semicolon, so that our text of it and the one that
 * the server makes of it are the same: words with single spaces, without types, and with the
 * parentheses that change what binds stronger in SQL. In the arena. */
const char *schema_condition(const char *text, struct arena *arena);

#endif
