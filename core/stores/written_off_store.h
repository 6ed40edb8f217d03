/* What drafts give back of invoices that were written off (core/billing/written_off.h): a few
 * questions a chunk, and one where nothing of the tenant's stays written off. */
#ifndef BILLMILL_STORES_WRITTEN_OFF_STORE_H
#define BILLMILL_STORES_WRITTEN_OFF_STORE_H

#include "core/billing/written_off.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/draft_store.h"

/* What a line moved of an invoice; signs are those of the rule. */
struct written_off_row {
    int64_t tenant_id, invoice_id, line;
    const char *of_invoice; /* its number */
    int64_t value_minor, given_minor, off_minor;
};
extern const struct bulk_table WRITTEN_OFF_ADD;

/* An invoice that was written off, with what else is known of it. */
struct written_off_invoice {
    int64_t tenant_id, customer_id, subscription_id; /* by which it was asked for */
    int64_t invoice_id;
    const char *number, *draft_key;
    struct currency currency;
    int64_t total_minor, credit_applied_minor;
    int64_t off_minor;         /* what its own lines are off other invoices */
    int64_t noted_minor;       /* what credit notes lowered it by */
    int64_t written_off_minor; /* at first */
};

/* Of drafts that are taxed, in any order: sets off_rows of each, and what is due besides its total,
 * as a credit that is taken away (of a draft below zero: that is applied). Other drafts of the same
 * payers that come before them count as if they were finalized already, so that it does not matter
 * which are. Drafts that credit an invoice that is named stay as they are. In the arena. */
MUST_CHECK bool written_off_store_apply(struct db *db, const struct billing_catalog *catalog,
                                        struct draft *drafts, size_t count, struct arena *arena,
                                        struct error *err);

/* Of one document, by line; in the arena. */
MUST_CHECK bool written_off_store_load(struct db *db, int64_t tenant_id, int64_t invoice_id,
                                       struct arena *arena, struct written_off_row **ret_rows,
                                       size_t *ret_count, struct error *err);

/* Of each of these documents what its lines are off, in sum; by one statement. ret_off_minor has
 * room for `count`. */
MUST_CHECK bool written_off_store_load_sums(struct db *db, int64_t tenant_id,
                                            const int64_t *invoice_ids, size_t count,
                                            struct arena *arena, int64_t *ret_off_minor,
                                            struct error *err);

/* The invoices that the rows of a document are of, with all that was moved of them: for a credit
 * note over it. */
struct document_off {
    const struct written_off_invoice *invoices; /* as the ledger has them */
    struct off_ledger ledger;
};
MUST_CHECK bool written_off_store_open(struct db *db, int64_t tenant_id, enum rounding rounding,
                                       const struct written_off_row *rows, size_t count,
                                       struct arena *arena, struct document_off *ret_off,
                                       struct error *err);

/* The sum of what rows are off. */
int64_t written_off_sum_minor(const struct written_off_row *rows, size_t count);

#endif
