/* Bad records kept aside: import_files.h, rule 5. Private to core/stores/import_*.c. */
#ifndef BILLMILL_STORES_IMPORT_SKIP_H
#define BILLMILL_STORES_IMPORT_SKIP_H

#include "core/setup/import_reader.h"

struct skip_file;

MUST_CHECK bool skip_file_open(const char *path, struct skip_file **ret_skip, struct error *err);
void skip_file_close(struct skip_file **skip); /* accepts NULL inside; fits CLEANUP */

/* An input file begins, by another reader where it is read again: its header is due before its
 * first record. */
void skip_file_begin(struct skip_file *skip, const char *path, const struct import_reader *reader,
                     bool is_again);
MUST_CHECK bool skip_file_add(struct skip_file *skip, struct import_place place, const char *raw,
                              size_t raw_length, const struct error *problem, struct error *err);
MUST_CHECK bool skip_file_sync(struct skip_file *skip, struct error *err); /* to the disk */

#endif
