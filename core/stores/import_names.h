/* Names of records and their ids, remembered for as long as a file is imported. Memory is bounded:
 * when it is full, further names are not remembered. Private to core/stores/import_*.c. */
#ifndef BILLMILL_STORES_IMPORT_NAMES_H
#define BILLMILL_STORES_IMPORT_NAMES_H

#include "core/setup/record.h"

/* Under a subscription's name: the id of its customer. */
#define NAME_OWNER RECORD_KIND_COUNT

struct import_names;

struct import_names *import_names_create(void);
void import_names_destroy(struct import_names **names); /* accepts NULL inside; fits CLEANUP */
void import_names_forget(struct import_names *names);
bool import_names_is_full(const struct import_names *names);

/* False when it is not remembered. */
bool import_names_find(const struct import_names *names, enum record_kind kind, int64_t tenant_id,
                       const char *name, int64_t *ret_id);

/* Does nothing when it is there, or when there is no room. */
void import_names_add(struct import_names *names, enum record_kind kind, int64_t tenant_id,
                      const char *name, int64_t id);

#endif
