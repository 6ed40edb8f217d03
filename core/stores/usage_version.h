/* Which imports of a tenant's usage have been committed: usage_import.last_run_no, which each of
 * them raises. Whoever decides by events that he has read outside his transaction keeps the version
 * that he saw with them, and asks before he commits whether it is still the newest.
 *
 * An import holds the tenant's row from its first event to its commit (import_keys.h, 3) and looks
 * at usage_rated only then. So either it has been committed, and the version has changed, or it is
 * refused here, or it waits for whoever holds the row by usage_version_confirm and then sees what
 * he has rated. Those share the row: they never wait for each other. */
#ifndef BILLMILL_STORES_USAGE_VERSION_H
#define BILLMILL_STORES_USAGE_VERSION_H

#include "core/storage/db.h"

/* In the snapshot in which the events are read. 0: no usage has been imported yet. */
MUST_CHECK bool usage_version_load(struct db *db, int64_t tenant_id, int64_t *ret_version,
                                   struct error *err);

/* In the transaction that writes; imports of the tenant's usage wait until it ends. ERROR_RETRY,
 * exit 75: usage is being imported at this moment, or was meanwhile. */
MUST_CHECK bool usage_version_confirm(struct db *db, int64_t tenant_id, int64_t version,
                                      struct error *err);

#endif
