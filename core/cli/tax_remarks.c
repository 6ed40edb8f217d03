/* Remarks on tax rates: see tax_remarks.h. */
#include "core/cli/tax_remarks.h"

#include <string.h>

#include "core/setup/tax_manifest.h"

const char *tax_remarks_folder(const char *path, struct arena *arena)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? "." : arena_copy_n(arena, path, (size_t)(slash - path));
}

void tax_remarks_print(const struct cli *cli, const char *folder, const char *name, struct date on)
{
    const char **remarks = NULL;
    struct error err = {0};
    if (!tax_manifest_remarks(folder, name, on, cli->arena, &remarks, &err)) {
        cli_remark(cli, "%s", err.message);
        return;
    }
    for (; *remarks != NULL; remarks++)
        cli_remark(cli, "%s", *remarks);
}

/* The age is that of the folder: it is told once for files that follow each other in one. */
void tax_remarks_print_paths(const struct cli *cli, const char *const *paths, size_t count,
                             struct date on)
{
    const char *told = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(paths[i], '/');
        const char *folder = tax_remarks_folder(paths[i], cli->arena);
        bool again = told != NULL && strcmp(told, folder) == 0;
        tax_remarks_print(cli, folder, slash == NULL ? paths[i] : slash + 1,
                          again ? DATE_NONE : on);
        told = folder;
    }
}
