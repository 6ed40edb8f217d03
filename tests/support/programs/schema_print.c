/* Prints the JSON Schema of billmill.yaml (`settings`), of job files (`job`) or of declines.yaml
 * (`declines`), for config/schema/: `make schema`. */
#include <stdio.h>
#include <string.h>

#include "core/setup/decline_file.h"
#include "core/setup/job_file.h"
#include "core/setup/settings.h"

#define ARENA_CAP (4u * 1024u * 1024u)

int main(int argc, char **argv)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("schema", ARENA_CAP);
    if (argc == 2 && strcmp(argv[1], "settings") == 0)
        return fputs(settings_schema_json(arena), stdout) >= 0 ? EXIT_DONE : EXIT_IO;
    if (argc == 2 && strcmp(argv[1], "job") == 0)
        return fputs(job_schema_json(arena), stdout) >= 0 ? EXIT_DONE : EXIT_IO;
    if (argc == 2 && strcmp(argv[1], "declines") == 0)
        return fputs(decline_schema_json(arena), stdout) >= 0 ? EXIT_DONE : EXIT_IO;
    (void)fputs("usage: schema_print settings|job|declines\n", stderr);
    return EXIT_USAGE;
}
