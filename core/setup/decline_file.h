/* config/declines.yaml: what a decline of which gateway means, as the table of billing/decline.h.
 */
#ifndef BILLMILL_SETUP_DECLINE_FILE_H
#define BILLMILL_SETUP_DECLINE_FILE_H

#include "core/billing/decline.h"
#include "core/setup/schema.h"

/* Codes of three classes, which share none. */
struct decline_lists {
    struct setting_texts later, customer, never;
};

/* Reads the file into *ret_table, in the arena. False when it cannot be read as YAML at all; true
 * otherwise, with what is wrong in `problems`, also a code that stands in two classes: use
 * problem_list_ok before you use the table. */
MUST_CHECK bool decline_file_read(const char *path, struct arena *arena,
                                  struct problem_list *problems, struct decline_table *ret_table);

/* The JSON Schema of the file, as shipped in config/schema/. In the arena. */
const char *decline_schema_json(struct arena *arena);

#endif
