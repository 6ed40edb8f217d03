/* Documents of which endpoints are told. */
#ifndef BILLMILL_STORES_WEBHOOK_STORE_H
#define BILLMILL_STORES_WEBHOOK_STORE_H

#include "core/storage/bulk.h"
#include "core/stores/collect_store.h"
#include "core/stores/due_work.h"

/* All that were issued from `since` until `until`; ranges are of invoice_id. In the arena. */
MUST_CHECK bool webhook_store_load_work(struct db *db, struct date since, struct date until,
                                        struct arena *arena, struct work_ranges *ret_ranges,
                                        struct error *err);

struct webhook_document {
    int64_t invoice_id;
    const char *number, *kind, *corrects, *status, *customer;
    struct currency currency;
    int64_t subtotal_minor, tax_minor, total_minor;
    int64_t amount_due_minor; /* when it was issued */
    struct date issued_on, due_on;
    const struct owed_invoice *owed; /* of webhook_store_load_owed; NULL: it is no invoice */
};

struct webhook_range {
    struct date since, until;
    int64_t tenant_id, after_id, hi_id;
    size_t limit;
};
/* The same of a tenant, by invoice_id ($after, $hi], at most `limit`. In the arena. */
MUST_CHECK bool webhook_store_load(struct db *db, const struct webhook_range *range,
                                   struct arena *arena, struct webhook_document **ret_documents,
                                   size_t *ret_count, struct error *err);

/* What those of them that are invoices owe. In the arena. */
MUST_CHECK bool webhook_store_load_owed(struct db *db, int64_t tenant_id,
                                        struct webhook_document *const *documents, size_t count,
                                        struct arena *arena, struct error *err);

/* Which of these effects of a tenant there are. */
MUST_CHECK bool webhook_store_find(struct db *db, int64_t tenant_id, const char *const *keys,
                                   size_t count, struct arena *arena, bool *ret_found,
                                   struct error *err);

#endif
