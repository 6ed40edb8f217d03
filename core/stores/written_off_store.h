/* What documents are off invoices that were written off (core/billing/written_off.h): of drafts as
 * they get their numbers, of credit notes as they are made, and as it is stored. */
#ifndef BILLMILL_STORES_WRITTEN_OFF_STORE_H
#define BILLMILL_STORES_WRITTEN_OFF_STORE_H

#include "core/stores/draft_store.h"
#include "core/stores/written_off_book.h"

/* What a line is off an invoice: with the sign of the rule, whatever its document's. */
struct written_off_row {
    int64_t tenant_id, invoice_id, line;
    const char *of_invoice; /* its number */
    int64_t off_minor;
};
extern const struct bulk_table WRITTEN_OFF_ADD;

/* Of drafts that are taxed, in any order: sets off_rows of each, and what is due besides its total,
 * as a credit that is taken away (of a draft below zero: that is applied). Other drafts of the same
 * payers that come before them count as if they were finalized already, and what was finalized on
 * the day by their order too, so that it does not matter which are. Drafts that credit an invoice
 * that is named stay as they are. In the arena. */
MUST_CHECK bool written_off_store_apply(struct db *db, int64_t tenant_id, struct date business_date,
                                        struct draft *drafts, size_t count, struct arena *arena,
                                        struct error *err);

/* For credit notes over these documents: everything counts that is no draft. */
MUST_CHECK bool written_off_store_open(struct db *db, int64_t tenant_id,
                                       const int64_t *document_ids, size_t count,
                                       struct arena *arena, struct written_off_book *ret_book,
                                       struct error *err);

/* Such a note's line, worth `value` (above zero), that credits a line of a document: what it is off
 * other invoices, added to `entries`. The book goes on from there. */
MUST_CHECK bool written_off_store_note(struct written_off_book *book, int64_t document_id,
                                       int64_t line, struct money value,
                                       struct off_entries *entries, struct error *err);

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

/* The sum of what rows are off. */
int64_t written_off_sum_minor(const struct written_off_row *rows, size_t count);

#endif
