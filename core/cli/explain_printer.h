/* The parts of an explanation for people: explain_text.c prints the head, the taxes and the totals,
 * explain_line.c each line, explain_rule.c how its amount came about. */
#ifndef BILLMILL_CLI_EXPLAIN_PRINTER_H
#define BILLMILL_CLI_EXPLAIN_PRINTER_H

#include "core/stores/explanation.h"

struct explain_printer {
    const struct invoice_explanation *explanation;
    struct arena *arena;
};

/* In the document's currency, without its code. */
const char *explain_amount(const struct explain_printer *printer, int64_t minor);

/* "project P, member M", either alone, or "nobody". */
const char *explain_holders(const char *project, const char *member, struct arena *arena);

/* A line, from what goes in to the taxes that fall on it. */
void explain_line(const struct explain_printer *printer, const struct explained_line *line);

/* The rule by which a line was charged, step by step. */
void explain_rule(const struct explain_printer *printer, const struct explained_line *line);

#endif
