/* Documents in the currency of their seller's books: which are due, and what was made of them. */
#ifndef BILLMILL_STORES_CONVERSION_STORE_H
#define BILLMILL_STORES_CONVERSION_STORE_H

#include "core/billing/document_conversion.h"
#include "core/stores/due_work.h"
#include "core/stores/rate_store.h"

/* Finalized until that day, and not converted: ranges of invoice_id. In the arena. */
MUST_CHECK bool conversion_store_load_ranges(struct db *db, struct date business_date,
                                             struct arena *arena, struct work_ranges *ret_ranges,
                                             struct error *err);

struct conversion_due {
    int64_t invoice_id;
    const char *number;
    struct currency currency;
    int64_t tax_minor, total_minor;
    struct date for_on; /* whose rate counts (document_conversion.h, 1) */
    /* Of a credit note whose invoice is converted: by what; else DATE_NONE and NULL. */
    struct date published_on;
    const char *source, *base, *rule;
    struct decimal from_rate, to_rate;
    int64_t from_version, to_version;
};
MUST_CHECK bool conversion_store_load_due(struct db *db, int64_t tenant_id, int64_t after_id,
                                          int64_t hi_id, struct date business_date, size_t limit,
                                          struct arena *arena, struct conversion_due **ret_due,
                                          size_t *ret_count, struct error *err);

struct invoice_conversion_add_row {
    int64_t tenant_id, invoice_id;
    struct currency currency; /* of the books */
    struct date for_on, published_on;
    const char *source, *base, *rule;
    struct decimal from_rate;
    int64_t from_version; /* 0: it is the base */
    struct decimal to_rate;
    int64_t to_version;
    int64_t net_minor, tax_minor, total_minor;
};
extern const struct bulk_table INVOICE_CONVERSION_ADD;

/* What a document is in the currency of the books; *ret_found false where it was not converted. */
MUST_CHECK bool conversion_store_load(struct db *db, int64_t tenant_id, int64_t invoice_id,
                                      struct arena *arena,
                                      struct invoice_conversion_add_row *ret_row, bool *ret_found,
                                      struct error *err);

/* Of several documents; each is zeroed where it was not converted: its source is NULL. */
MUST_CHECK bool conversion_store_load_all(struct db *db, int64_t tenant_id,
                                          const int64_t *invoice_ids, size_t count,
                                          struct arena *arena,
                                          struct invoice_conversion_add_row *ret_rows,
                                          struct error *err);

/* The stored rate behind a leg of it; *ret_found false where there is no such version. */
MUST_CHECK bool conversion_store_load_leg(struct db *db,
                                          const struct invoice_conversion_add_row *row,
                                          const char *quote, int64_t version, struct arena *arena,
                                          struct decimal *ret_rate, bool *ret_found,
                                          struct error *err);

#endif
