/* The texts and names of all statements, in the order of their ids: see statements.h. */
#include "core/storage/statements.h"

#include <assert.h>
#include <stddef.h>

static const struct {
    const char *name;
    const char *text;
} statements[] = {
#define STATEMENT(name, text) {#name, text},
#include "core/storage/statements/all.def"
#undef STATEMENT
};

const char *statement_text(enum statement_id statement)
{
    assert(statement < STATEMENT_COUNT);
    return statements[statement].text;
}

const char *statement_name(enum statement_id statement)
{
    assert(statement < STATEMENT_COUNT);
    return statements[statement].name;
}
