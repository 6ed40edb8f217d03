/* Who pays for a subscription, and his drafts: for `preview`. */
#ifndef BILLMILL_STORES_PREVIEW_STORE_H
#define BILLMILL_STORES_PREVIEW_STORE_H

#include "core/stores/draft_store.h"

struct preview_payer {
    int64_t tenant_id;
    int64_t payer_id;
    const char *payer;
    const char *name;
};

/* *ret_found false when the tenant has no such subscription. In the arena. */
MUST_CHECK bool preview_store_find_payer(struct db *db, int64_t tenant_id, const char *subscription,
                                         struct arena *arena, struct preview_payer *ret_payer,
                                         bool *ret_found, struct error *err);

/* "sub-1, sub-2": the first few subscriptions of a customer; "" when there are
 * none, or no such customer. In the arena. */
MUST_CHECK bool preview_store_name_subscriptions(struct db *db, int64_t tenant_id,
                                                 const char *customer, struct arena *arena,
                                                 const char **ret_names, struct error *err);

/* His drafts with a cutoff up to the date, in the order in which they would be numbered. In the
 * arena. */
MUST_CHECK bool preview_store_load_drafts(struct db *db, const struct preview_payer *payer,
                                          struct date until, struct arena *arena,
                                          struct stored_invoice **ret_drafts, size_t *ret_count,
                                          struct error *err);

#endif
