/* How an explanation is shown: for people, and as JSON. `only_line` 0 shows all lines. */
#ifndef BILLMILL_CLI_EXPLAIN_OUTPUT_H
#define BILLMILL_CLI_EXPLAIN_OUTPUT_H

#include <jansson.h>

#include "core/stores/explanation.h"

json_t *explain_json(const struct invoice_explanation *explanation, int64_t only_line);
void explain_print(const struct invoice_explanation *explanation, int64_t only_line,
                   struct arena *arena);

/* Which lines a tax covers, as "1, 3". */
const char *explain_tax_lines(const struct invoice_explanation *explanation, size_t group,
                              struct arena *arena);

/* The tax of a group before any rounding: base · rate; false where it does not fit. */
bool explain_exact_tax(const struct tax_group *group, struct ratio *ret_exact);

#endif
