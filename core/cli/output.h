/* What the reading commands share: JSON values, amounts and times as they are shown. */
#ifndef BILLMILL_CLI_OUTPUT_H
#define BILLMILL_CLI_OUTPUT_H

#include <jansson.h>

#include "core/cli/cli.h"
#include "core/money/money.h"

/* New JSON values: texts (NULL is null; bytes that are no UTF-8 become "?"), whole numbers
 * (DB_I64_NONE is null), instants as RFC 3339 in seconds (DB_I64_NONE is null). */
json_t *json_of_text(const char *text);
json_t *json_of_number(int64_t number);
json_t *json_of_time(int64_t at_us);

/* {"amount": "12.30", "currency": "EUR"} */
json_t *json_of_money(struct money money);

/* On stdout, indented, keys sorted; takes the reference. */
void json_print(json_t *value);

/* Cells of tables, in the arena. A number of DB_I64_NONE and a NULL text are "-". */
const char *cell_of_number(struct arena *arena, int64_t number);
/* Of a record: with its fraction of a second, where it has one. */
const char *cell_of_instant(struct arena *arena, int64_t at_us);
const char *cell_of_time(struct arena *arena, int64_t at_us);
const char *cell_of_money(struct arena *arena, struct money money); /* "12.30 EUR" */
const char *cell_of_text(const char *text);

/* "0:07", "1:02:03": between two instants; "-" while there is no end. */
const char *cell_of_duration(struct arena *arena, int64_t from_us, int64_t to_us);

/* What storage has as code and minor units: false when the code is no currency. */
bool money_of_columns(const char *currency, int64_t minor, struct money *ret_money);

#endif
