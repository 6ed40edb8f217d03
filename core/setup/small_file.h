/* Files that people write, read whole under a cap. */
#ifndef BILLMILL_SETUP_SMALL_FILE_H
#define BILLMILL_SETUP_SMALL_FILE_H

#include <sys/types.h>

#include "core/base/arena.h"
#include "core/base/error.h"

struct small_file {
    char *bytes; /* `size` of them and a NUL behind */
    size_t size;
    mode_t mode; /* of the file that was opened, so that it can be judged without a race */
};

/* Reads a regular file of at most `max_bytes`; a symbolic link to one is followed, pipes and
 * devices are refused without waiting for them, a larger file without reading it. EXIT_CONFIG; the
 * message does not name the path. In the arena. */
MUST_CHECK bool small_file_read(const char *path, size_t max_bytes, struct arena *arena,
                                struct small_file *ret_file, struct error *err);

#endif
