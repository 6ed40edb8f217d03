/* A whole small file in memory: layouts, labels, logos, fonts. */
#ifndef BILLMILL_OUTSIDE_FILE_READ_H
#define BILLMILL_OUTSIDE_FILE_READ_H

#include "core/base/arena.h"
#include "core/base/error.h"

/* The bytes, with a NUL behind them that `ret_size` does not count, in arena memory. EXIT_CONFIG
 * when the file cannot be read or has more than max_bytes. */
MUST_CHECK bool file_read(const char *path, size_t max_bytes, struct arena *arena,
                          const char **ret_bytes, size_t *ret_size, struct error *err);

/* Is it a directory that can be read, and has anything in it? */
bool file_is_in(const char *directory);

#endif
