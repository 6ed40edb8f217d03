/* Which fields of a price belong to which model, with an example of each: the part of `import
 * --fields price` that the table of fields cannot say. */
#ifndef BILLMILL_CLI_IMPORT_MODELS_H
#define BILLMILL_CLI_IMPORT_MODELS_H

#include <jansson.h>

#include "core/base/arena.h"
#include "core/setup/record_field.h"

/* Whether records of this shape have a model. */
bool import_models_has(const struct record_shape *shape);

/* For people, on standard output. */
void import_models_print(const struct record_shape *shape, struct arena *arena);

/* A list of objects {model, required, optional, example}. The caller owns it. */
json_t *import_models_json(const struct record_shape *shape);

#endif
