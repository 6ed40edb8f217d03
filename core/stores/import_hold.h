/* Imports of one tenant's records, but usage, go one after the other: what a record may be depends
 * on others (the first version of a price, its end, a source of credit), which are looked at before
 * it is written. Who comes second waits, before he looks, for the first one's COMMIT.
 *
 * 1. A tenant is held until the transaction of the file ends. Two files with several tenants may
 * hold them in another order: one of them is told so by the server, and reads its file again.
 * 2. A tenant whose own record is new is held by nobody else: he does not see it yet. Of two that
 * make it at once the second one is refused by its id (bulk.h, own_id), and reads its file again.
 * 3. Usage has a hold of its own: import_keys.h.
 *
 * Private to core/stores/import_*.c. */
#ifndef BILLMILL_STORES_IMPORT_HOLD_H
#define BILLMILL_STORES_IMPORT_HOLD_H

#include "core/stores/import_session.h"

/* ERROR_RETRY when somebody else holds it for longer than a lock is waited for. */
MUST_CHECK bool import_hold_tenant(struct import_session *session, int64_t tenant_id,
                                   struct error *err);

/* None is held any more: the transaction is over. */
void held_tenants_free(struct held_tenants *held);

#endif
