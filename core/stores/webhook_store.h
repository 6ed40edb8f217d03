/* Documents of which endpoints are told. */
#ifndef BILLMILL_STORES_WEBHOOK_STORE_H
#define BILLMILL_STORES_WEBHOOK_STORE_H

#include "core/storage/bulk.h"
#include "core/stores/collect_store.h"
#include "core/stores/due_work.h"

/* Documents that were issued by a day and of which the endpoints of these settings (a digest of
 * them, above zero) may have to be told something: their status has changed since they were looked
 * at, or that was by other settings. Ranges are of invoice_id. In the arena. */
MUST_CHECK bool webhook_store_load_work(struct db *db, int64_t settings, struct date until,
                                        struct arena *arena, struct work_ranges *ret_ranges,
                                        struct error *err);

/* The same of a tenant, by invoice_id ($after, $hi], at most `limit`: with tenant_id and invoice_id
 * alone, ascending. */
struct webhook_range {
    int64_t tenant_id, after_id, hi_id;
    size_t limit;
    int64_t settings;
    struct date until;
};
struct webhook_document;
MUST_CHECK bool webhook_store_load_due(struct db *db, const struct webhook_range *range,
                                       struct arena *arena, struct webhook_document **ret_documents,
                                       size_t *ret_count, struct error *err);

struct webhook_document {
    int64_t tenant_id, invoice_id;
    const char *number, *kind, *corrects, *status, *customer;
    struct currency currency;
    int64_t subtotal_minor, tax_minor, total_minor;
    int64_t amount_due_minor; /* when it was issued */
    struct date issued_on, due_on;
    const struct owed_invoice *owed; /* NULL: it is no invoice, or not loaded */
};

/* Fills those of which tenant_id and invoice_id are given. In the arena. */
MUST_CHECK bool webhook_store_load(struct db *db, struct webhook_document *documents, size_t count,
                                   struct arena *arena, struct error *err);

/* What these, all of one tenant, owe by now. In the arena. */
MUST_CHECK bool webhook_store_load_owed(struct db *db, struct webhook_document *const *documents,
                                        size_t count, struct arena *arena, struct error *err);

/* Unless its status is another one meanwhile. */
struct invoice_told_row {
    int64_t tenant_id, invoice_id;
    const char *status;
    int64_t told;
};
extern const struct bulk_table INVOICE_TOLD;

#endif
