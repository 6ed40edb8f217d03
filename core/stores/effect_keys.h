/* Which effects there are, for whoever would intend them. */
#ifndef BILLMILL_STORES_EFFECT_KEYS_H
#define BILLMILL_STORES_EFFECT_KEYS_H

#include "core/storage/db.h"

/* Of these keys of a tenant, as effect_key_fit has them: ret_found[i] where there is keys[i]. */
MUST_CHECK bool effect_keys_find(struct db *db, int64_t tenant_id, const char *const *keys,
                                 size_t count, struct arena *arena, bool *ret_found,
                                 struct error *err);

#endif
