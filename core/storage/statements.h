/* Every SQL statement by name. A record's statements live in statements/<record>.def, one
 * STATEMENT(NAME, "text") each, the text the same for every engine. A new .def file is one more
 * include in statements/all.def. */
#ifndef BILLMILL_STORAGE_STATEMENTS_H
#define BILLMILL_STORAGE_STATEMENTS_H

#define STATEMENT(name, text) STMT_##name,
enum statement_id {
#include "core/storage/statements/all.def"
    STATEMENT_COUNT
};
#undef STATEMENT

const char *statement_text(enum statement_id statement);
const char *statement_name(enum statement_id statement);

#endif
