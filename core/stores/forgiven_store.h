/* The lines of accounts from which it follows what is forgiven (core/billing/forgiven.h). */
#ifndef BILLMILL_STORES_FORGIVEN_STORE_H
#define BILLMILL_STORES_FORGIVEN_STORE_H

#include "core/billing/forgiven.h"
#include "core/billing/give_back.h"
#include "core/stores/give_back_store.h"

struct stored_forgiven {
    int64_t tenant_id, of_invoice_id; /* of forgiven_store_ask only */
    int64_t payer_id, subscription_id, price_id, plan_id;
    const char *price;
    bool is_metered;
    struct date full_start_on, full_end_on; /* of a true-up no end: DATE_NONE */
    struct currency currency;
    int64_t document_id;
    int64_t invoice_id, line; /* of a note those of the line that it credits, else its own */
    const char *draft_key;
    const char *document;  /* its number, or the key of a draft */
    struct date issued_on; /* DATE_NONE: it has no number */
    const char *kind;
    const char *again_for; /* the number of the invoice that it bills again; NULL: none */
    struct date period_start_on, period_end_on;
    int64_t amount_minor;   /* with the sign of the draft … */
    int64_t net_minor;      /* … and after all that is off it */
    int64_t tax_minor;      /* … and what it pays on top */
    int64_t forgiven_minor; /* of what is off it */
    bool is_draft;
    bool is_note;
    struct date void_on;  /* DATE_NONE: its document is not void … */
    struct date again_on; /* … or the line, or that which a note credits, is not billed again */
};

/* All lines of the accounts in which lines of the untaxed drafts of these payers are (coupon.def:
 * tenant, after, last, day), as far as they are taxed; by payer. Of payers to whom something was
 * credited, or of whom something is void: one statement where there is none. In the arena. */
MUST_CHECK bool forgiven_store_load(struct db *db, const struct db_value range[GIVE_BACK_ARGS],
                                    struct arena *arena, struct stored_forgiven **ret_lines,
                                    size_t *ret_count, struct error *err);

/* The same of the lines of documents of any kind; each once. */
MUST_CHECK bool forgiven_store_ask(struct db *db, int64_t tenant_id, const int64_t *invoice_ids,
                                   size_t count, struct arena *arena,
                                   struct stored_forgiven **ret_lines, size_t *ret_count,
                                   struct error *err);

/* A line of a document, for its explanation. */
struct forgiven_moment {
    int64_t invoice_id, line;
    const char *draft_key;
    struct date issued_on; /* DATE_NONE: it has no number */
    struct giving_line line_said;
};

/* What else of its day was there when a document was taxed. Which run of a day taxed a draft is not
 * stored. */
enum forgiven_order {
    FORGIVEN_IN_ORDER, /* what is before it in its order (invoice_draft_order) */
    FORGIVEN_LAST,     /* it waited: all that was issued or decided on the day */
    FORGIVEN_ORDERS
};

struct forgiven_found {
    struct stored_forgiven *lines;
    size_t count;
};

/* Of the accounts of one line: what was there when it was taxed, in each order of its day. That is
 * documents that were issued before its own, or on the same day as the order has it, and of its own
 * the lines that it follows (give_back_order); and what had been decided by its day. Where lines of
 * its own are billed again on that day, that and the notes of it came later. In the arena. */
MUST_CHECK bool forgiven_store_find(struct db *db, int64_t tenant_id,
                                    const struct forgiven_moment *moment, struct arena *arena,
                                    struct forgiven_found ret_found[FORGIVEN_ORDERS],
                                    struct error *err);

/* Of which accounts it is. */
struct forgiven_key forgiven_store_key(const struct stored_forgiven *line);

/* Their accounts. In the arena. */
MUST_CHECK bool forgiven_store_open(const struct stored_forgiven *lines, size_t count,
                                    struct arena *arena, struct forgiven_book *ret_book,
                                    struct error *err);

#endif
