/* The texts and names of all statements, in the order of their ids: see statements.h. */
#include "core/storage/statements.h"

#include <assert.h>
#include <stddef.h>

/* A text is pasted together from its parts: the 4095 characters that C promises for one are few for
 * what belongs to a use of a coupon; gcc and clang have no limit. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

static const struct {
    const char *name;
    const char *sqlite, *postgres;
} statements[] = {
#define STATEMENT(name, text) {#name, text, text},
#define STATEMENT_PER_ENGINE(name, sqlite, postgres) {#name, sqlite, postgres},
#include "core/storage/statements/all.def"
#undef STATEMENT
#undef STATEMENT_PER_ENGINE
};

const char *statement_text(enum statement_id statement)
{
    assert(statement < STATEMENT_COUNT);
    return statements[statement].sqlite;
}

const char *statement_text_postgres(enum statement_id statement)
{
    assert(statement < STATEMENT_COUNT);
    return statements[statement].postgres;
}

const char *statement_name(enum statement_id statement)
{
    assert(statement < STATEMENT_COUNT);
    return statements[statement].name;
}
