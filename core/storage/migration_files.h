/* The files of a migrations directory: NNNN_name.sql, numbered from 1 without a gap. Private to
 * this folder. */
#ifndef BILLMILL_STORAGE_MIGRATION_FILES_H
#define BILLMILL_STORAGE_MIGRATION_FILES_H

#include "core/storage/db_driver.h"

/* All of them in order, in the arena; other files than *.sql are passed over. EXIT_CONFIG for a
 * directory that cannot be read or is empty, a badly named file, a number twice or missing. */
MUST_CHECK bool migration_files_read(const char *directory, struct arena *arena,
                                     struct migration **ret_migrations, size_t *ret_count,
                                     struct error *err);

#endif
