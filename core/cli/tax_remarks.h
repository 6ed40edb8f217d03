/* Remarks on the age of the shipped tax rates, for the commands that meet them. */
#ifndef BILLMILL_CLI_TAX_REMARKS_H
#define BILLMILL_CLI_TAX_REMARKS_H

#include "core/calendar/date.h"
#include "core/cli/cli.h"

/* On stderr, one line each (tax_manifest.h); a manifest that cannot be read is a remark too. `name`
 * is the file met, or NULL for all of `folder`; `on` the business date, or DATE_NONE. */
void tax_remarks_print(const struct cli *cli, const char *folder, const char *name, struct date on);

/* The same for files that are named by their paths. */
void tax_remarks_print_paths(const struct cli *cli, const char *const *paths, size_t count,
                             struct date on);

/* The folder of a path, "." where it names none; in the arena. */
const char *tax_remarks_folder(const char *path, struct arena *arena);

#endif
