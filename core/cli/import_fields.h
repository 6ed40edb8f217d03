/* `import --fields`: what records there are, and what may stand in each, from the tables that read
 * them. */
#ifndef BILLMILL_CLI_IMPORT_FIELDS_H
#define BILLMILL_CLI_IMPORT_FIELDS_H

#include "core/cli/cli.h"

/* Without a kind: the kinds and their natural keys; else the fields of each. Prints a table, or
 * with
 * --json a list of objects {record, key, fields}. EXIT_USAGE for a kind that there is not. */
MUST_CHECK bool import_fields_print(const struct cli *cli, const struct cli_arguments *kinds,
                                    struct error *err);

#endif
