/* Invoices that were written off, with all lines of the billing periods that they asked for, as
 * core/billing/written_off.h counts them: by three statements. Private to those who make documents.
 */
#ifndef BILLMILL_STORES_WRITTEN_OFF_BOOK_H
#define BILLMILL_STORES_WRITTEN_OFF_BOOK_H

#include "core/billing/written_off.h"
#include "core/stores/forgiven_store.h"

struct written_off_invoice {
    int64_t tenant_id, of_invoice_id; /* as they are asked for */
    int64_t invoice_id;
    const char *number, *draft_key;
    struct currency currency;
    struct date issued_on, written_off_on;
    struct date again_on; /* DATE_NONE: it was not billed again */
    int64_t total_minor, credit_applied_minor;
    int64_t off_minor;         /* what its own lines are off other invoices */
    int64_t paid_minor;        /* and not refunded */
    int64_t noted_minor;       /* what credit notes lowered it by */
    int64_t written_off_minor; /* at first; DB_I64_NONE: nobody decided that */
};

/* What a stored line is off an invoice. */
struct stored_off {
    int64_t tenant_id;
    const char *of_invoice;
    int64_t invoice_id, line;
    int64_t off_minor;
    size_t of; /* the invoice of the ledger */
};

struct written_off_book {
    const struct written_off_invoice *invoices; /* as the ledger has them */
    const struct stored_forgiven *lines;        /* by document and line */
    size_t line_count;
    const size_t *replaced;       /* of each line, one that it bills again; SIZE_MAX: none */
    struct forgiven_book periods; /* as the ledger has them */
    struct stored_off *stored;    /* by document and line */
    size_t stored_count;
    struct off_ledger ledger; /* which counts nothing yet */
};

/* Whether anything of the tenant's stays written off. */
MUST_CHECK bool written_off_book_any(struct db *db, int64_t tenant_id, bool *ret_any,
                                     struct error *err);

/* Of the invoices that have lines in the accounts of these documents; there may be none. In the
 * arena. */
MUST_CHECK bool written_off_book_open(struct db *db, int64_t tenant_id, const int64_t *document_ids,
                                      size_t count, struct arena *arena,
                                      struct written_off_book *ret_book, struct error *err);

/* A line of the book, as the rule takes it. */
MUST_CHECK bool written_off_book_line(const struct written_off_book *book, size_t index,
                                      struct off_line *ret_line, struct error *err);

/* What a note over that line, or the line of a draft, is to the layers of its period as it comes
 * next; in the arena of the ledger. */
const enum off_relation *written_off_book_next(const struct written_off_book *book, size_t index);

/* Counts it, as it is stored. */
MUST_CHECK bool written_off_book_count(struct written_off_book *book, size_t index,
                                       struct error *err);

#endif
