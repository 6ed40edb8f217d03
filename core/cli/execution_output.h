/* How executions are shown, to `executions`, `show` and `status` alike. */
#ifndef BILLMILL_CLI_EXECUTION_OUTPUT_H
#define BILLMILL_CLI_EXECUTION_OUTPUT_H

#include <jansson.h>

#include "core/engine/history.h"

json_t *json_of_execution(const struct execution_row *row);
json_t *json_of_executions(const struct execution_row *rows, size_t count);

/* On stdout; indent NULL: none. */
void print_executions(struct arena *arena, const struct execution_row *rows, size_t count,
                      const char *indent);

/* What a run sent: "3 charges: 2 paid (238.00 EUR), 1 declined; 1 mail: 1 sent", in the arena, ""
 * of none; and [{kind, state, outcome, count, currency, amount}]. */
const char *endings_text(struct arena *arena, const struct effect_ending *rows, size_t count);
json_t *json_of_endings(const struct effect_ending *rows, size_t count);

#endif
