/* For tests of files: a folder that goes away, and problems as one text to compare with. */
#ifndef BILLMILL_TESTS_SETUP_FILES_H
#define BILLMILL_TESTS_SETUP_FILES_H

#include "core/setup/problem.h"

#define SCRATCH_SIZE 64
#define SCRATCH_PATH_SIZE 256

/* A new folder below build/; scratch_remove deletes it with all that is in it, and fits CLEANUP. */
struct scratch {
    char path[SCRATCH_SIZE];
};
struct scratch scratch_create(void);
void scratch_remove(struct scratch *scratch);

struct scratch_path {
    char text[SCRATCH_PATH_SIZE];
};
/* The path of `name` in the folder; with a text, the file is written there, folders on the way
 * made. */
struct scratch_path scratch_path(const struct scratch *scratch, const char *name);
struct scratch_path scratch_write(const struct scratch *scratch, const char *name,
                                  const char *text);

/* Each problem as "file:line:column: message (hint)" and a newline; `prefix` is cut from the
 * beginning of lines. */
const char *problems_text(const struct problem_list *problems, const char *prefix);

#endif
