/* What import_keys.c and import_settle.c share. */
#ifndef BILLMILL_STORES_IMPORT_SETTLE_H
#define BILLMILL_STORES_IMPORT_SETTLE_H

#include "core/stores/import_keys.h"
#include "core/stores/usage_key_store.h"

struct usage_runs *usage_keys_runs(struct usage_keys *keys);

/* Where the record of a key stands; its text, in the session's scratch, when it was kept. */
MUST_CHECK bool usage_keys_place(struct import_session *session, const struct usage_key *key,
                                 struct import_place *ret_place, const char **ret_raw,
                                 size_t *ret_length, struct error *err);

#endif
