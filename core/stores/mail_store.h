/* Documents that are mailed: those to be, and their files. */
#ifndef BILLMILL_STORES_MAIL_STORE_H
#define BILLMILL_STORES_MAIL_STORE_H

#include "core/base/sha256.h"
#include "core/storage/bulk.h"
#include "core/stores/collect_store.h"
#include "core/stores/due_work.h"

/* Documents issued from `since` until `until` that have a file and are not taken up yet, or whose
 * mails ended in vain at another address than the payer's. Ranges are of invoice_id, and
 * without those of customers who have no address: *ret_unaddressed of them. In the arena. */
MUST_CHECK bool mail_store_load_work(struct db *db, struct date since, struct date until,
                                     struct arena *arena, struct work_ranges *ret_ranges,
                                     int64_t *ret_unaddressed, struct error *err);

struct mail_due {
    int64_t invoice_id;
    const char *number;
    const char *kind;     /* "invoice", "credit_note" */
    const char *corrects; /* NULL: nothing */
    struct currency currency;
    int64_t total_minor;
    struct date issued_on, due_on;
    const char *locale;
    const char *customer, *name, *email;
    int64_t mailed;                  /* how often, each time in vain: to another address */
    const struct owed_invoice *owed; /* NULL: it is no invoice */
};

/* The same of a tenant, by invoice_id ($after, $hi], at most `limit`. In the arena. */
struct mail_range {
    struct date since, until;
    int64_t tenant_id, after_id, hi_id;
    size_t limit;
};
MUST_CHECK bool mail_store_load_due(struct db *db, const struct mail_range *range,
                                    struct arena *arena, struct mail_due **ret_due,
                                    size_t *ret_count, struct error *err);

/* The file of a document; path NULL: it has none. */
struct mail_document {
    const char *path; /* below the documents directory */
    uint8_t pdf_sha256[SHA256_SIZE];
    int64_t size_bytes;
};

/* Of each of these numbers, in their order. In the arena. */
MUST_CHECK bool mail_store_load_documents(struct db *db, int64_t tenant_id,
                                          const char *const *numbers, size_t count,
                                          struct arena *arena, struct mail_document *ret_documents,
                                          struct error *err);

#endif
