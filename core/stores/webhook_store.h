/* Documents of which endpoints are told. */
#ifndef BILLMILL_STORES_WEBHOOK_STORE_H
#define BILLMILL_STORES_WEBHOOK_STORE_H

#include "core/storage/bulk.h"
#include "core/stores/collect_store.h"
#include "core/stores/due_work.h"

/* An event that an endpoint wants to be told of documents. */
struct webhook_wanted {
    const char *kind;       /* of the documents: "invoice", "credit_note" */
    const char *status;     /* that it is about; NULL: any but void */
    const char *key_begins; /* its keys up to the number, "webhook:erp:invoice.paid:" */
    struct date since, until;
};

/* Documents issued in that time that it was not told of. Ranges are of invoice_id. What is told
 * under a key that effect_key_fit has cut counts as not told. In the arena. */
struct webhook_work {
    struct work_range range;
    const char *tenant; /* his name */
};
MUST_CHECK bool webhook_store_load_work(struct db *db, const struct webhook_wanted *wanted,
                                        struct arena *arena, struct webhook_work **ret_work,
                                        size_t *ret_count, struct error *err);

/* The same of a tenant, by invoice_id ($after, $hi], at most `limit`: the ids, ascending. */
struct webhook_range {
    int64_t tenant_id, after_id, hi_id;
    size_t limit;
};
MUST_CHECK bool webhook_store_load_due(struct db *db, const struct webhook_wanted *wanted,
                                       const struct webhook_range *range, struct arena *arena,
                                       int64_t **ret_ids, size_t *ret_count, struct error *err);

struct webhook_document {
    int64_t tenant_id, invoice_id;
    const char *number, *kind, *corrects, *status, *customer;
    struct currency currency;
    int64_t subtotal_minor, tax_minor, total_minor;
    int64_t amount_due_minor; /* when it was issued */
    struct date issued_on, due_on;
    const struct owed_invoice *owed; /* NULL: it is no invoice */
};

/* Fills those of which tenant_id and invoice_id are given, with what they owe by now. In the arena.
 */
MUST_CHECK bool webhook_store_load(struct db *db, struct webhook_document *documents, size_t count,
                                   struct arena *arena, struct error *err);

#endif
