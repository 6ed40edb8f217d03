/* Every SQL statement by name. A record's statements live in statements/<record>.def, one
 * STATEMENT(NAME, "text") each, the text the same for every engine; STATEMENT_PER_ENGINE(NAME,
 * "text for SQLite", "text for PostgreSQL") where one has to say what the other one cannot. A new
 * .def file is one more include in statements/all.def. */
#ifndef BILLMILL_STORAGE_STATEMENTS_H
#define BILLMILL_STORAGE_STATEMENTS_H

#define STATEMENT(name, text) STMT_##name,
#define STATEMENT_PER_ENGINE(name, sqlite, postgres) STMT_##name,
enum statement_id {
#include "core/storage/statements/all.def"
    STATEMENT_COUNT
};
#undef STATEMENT
#undef STATEMENT_PER_ENGINE

const char *statement_text(enum statement_id statement); /* for SQLite */
const char *statement_text_postgres(enum statement_id statement);
const char *statement_name(enum statement_id statement);

#endif
