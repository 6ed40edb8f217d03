/* Corrections: what is due, with the invoices that they are about, and what `corrections` writes.
 */
#ifndef BILLMILL_STORES_CORRECTION_STORE_H
#define BILLMILL_STORES_CORRECTION_STORE_H

#include "core/billing/correction.h"
#include "core/billing/settlement.h"
#include "core/stores/draft_store.h"
#include "core/stores/due_work.h"
#include "core/stores/written_off_store.h"

/* Requests that are due, of one tenant: up to this key. `only`: of one payer's invoices, or of all.
 */
struct correction_range {
    int64_t tenant_id;
    const char *max_key;
    int64_t items;
};
MUST_CHECK bool correction_store_load_work(struct db *db, const struct work_payer *only,
                                           struct date business_date, struct arena *arena,
                                           struct correction_range **ret_ranges, size_t *ret_count,
                                           struct error *err);

/* A period that a document billed. */
struct corrected_period {
    int64_t line;
    int64_t subscription_id, price_id;
    struct date start_on;
    const char *kind;
    struct date end_on;
    int64_t start_at_us, end_at_us;
    struct date full_start_on, full_end_on;
    const char *quantity;       /* NULL: of usage */
    struct date priced_on;      /* DATE_NONE: start_on */
    const char *proration;      /* NULL: by days */
    struct date counts_from_on; /* DATE_NONE: start_on … */
    int64_t counts_from_us;     /* … and DB_I64_NONE */
    const char *counts_gaps;    /* NULL: none */
    int64_t waiting;            /* periods of the same days that wait to be billed … */
    int64_t waiting_again;      /* … and of these, that are billed again */
    const char *again_for;      /* with which invoice it is billed again, or NULL */
    int64_t ended;              /* of usage: that bill it up to its end */
};

/* A line of another document. */
struct line_elsewhere {
    int64_t invoice_id, line;
};

/* An invoice with everything that was decided of it. Requests of one invoice share it. */
struct paid_invoice;
struct corrected_invoice {
    struct stored_invoice stored;
    struct money
        claim; /* what it asked for: its total, and what its lines are off other invoices */
    int64_t drawn_minor;          /* of credits of the customer; an overdraft too */
    struct written_off_book *off; /* of what was written off of its accounts; NULL: nothing */
    struct correction_subject subject;
    struct correction_subject valid; /* the same, without what is given back of the line that bills
                                        it again from then on (usage that was lowered since) */
    bool *is_gone; /* of each line: another document reverses it, or bills it again with the invoice
                      that it gave back of */
    const char *waits_for; /* a draft without taxes that gives back of it, or NULL */
    struct settlement_event
        *events; /* what lowers what is owed, with room for one more by request */
    size_t event_count;
    int64_t overdrawn_minor;         /* of what was drawn: its customer still owes it */
    size_t note_count;               /* credit notes that there are, drafts too */
    const char *rebilled_by;         /* the request that bills it again, or NULL */
    int64_t changes;                 /* of it, when it was read: INVOICE_CHANGED */
    bool is_changed;                 /* by a request of this chunk */
    int64_t notes_due_minor;         /* what notes without a number leave owed to the customer */
    int64_t notes_given_minor;       /* what its notes, all of them, leave to the customer */
    const struct paid_invoice *paid; /* its payments (payment_store.h); NULL: not loaded here */
    enum invoice_status status;
    struct corrected_period *periods;
    size_t period_count;
    struct line_elsewhere *credits; /* lines that gave the rest of its periods back: billed again
                                       with it … */
    size_t credit_count;
    struct corrected_period *credited; /* … and their periods, where it is asked for that */
    size_t credited_count;
};

struct correction_request {
    const char *key; /* the day, a space, its id */
    const char *correction, *invoice, *action;
    int64_t customer_id; /* who was asked for it; DB_I64_NONE: there is no such invoice */
    struct date requested_on;
    const char *reason;
    const char *net; /* NULL: none */
    int64_t unused_numerator, unused_denominator;
    const char **line_nets; /* of single lines */
    int64_t *lines;
    size_t line_count;
    struct corrected_invoice *of; /* NULL: there is no invoice of that number */
};

/* Requests of a tenant that are due, by key ($after, $hi], at most `limit`. `only` as above. What
 * is done of an invoice changes what is left, owed and written off of others of the same customer
 * or with the same subscriptions: *ret_is_cut, there are more, but the next one is of such an
 * invoice. In the arena. */
MUST_CHECK bool correction_store_load(struct db *db, int64_t tenant_id,
                                      const struct work_payer *only, const char *after_key,
                                      const char *hi_key, size_t limit, struct date business_date,
                                      enum rounding rounding, struct arena *arena,
                                      struct correction_request **ret_requests, size_t *ret_count,
                                      bool *ret_is_cut, struct error *err);

/* A decision about an invoice of a payer, not withdrawn, up to a day; in the order in which they
 * are carried out. */
struct payer_correction {
    const char *correction, *invoice, *action;
    struct date requested_on;
    struct currency currency; /* of the invoice */
    struct date done_on;      /* DATE_NONE: it waits, and has no amounts */
    int64_t amount_minor;     /* credited, void or written off */
    int64_t due_minor;        /* of a credit note what the invoice did not owe any more */
};
MUST_CHECK bool correction_store_load_of_payer(struct db *db, const struct work_payer *payer,
                                               struct date until, struct arena *arena,
                                               struct payer_correction **ret_corrections,
                                               size_t *ret_count, struct error *err);

/* What a request for a credit asks for, in the currency of its invoice. In the arena. */
MUST_CHECK bool correction_request_part(const struct correction_request *request,
                                        struct currency currency, struct arena *arena,
                                        struct credit_request *ret_part, struct error *err);

/* The same of a request, whatever became of it. */
MUST_CHECK bool correction_store_load_asked(struct db *db, int64_t tenant_id,
                                            const char *correction, struct currency currency,
                                            struct arena *arena, struct credit_request *ret_part,
                                            struct error *err);

/* A credit note that credits the invoice. */
struct correction_note {
    const char *draft_key, *number, *status; /* number NULL: a draft */
    int64_t total_minor, amount_due_minor;
    int64_t off_minor; /* of that, what is off what was written off, of another invoice */
};
MUST_CHECK bool correction_store_load_notes(struct db *db, int64_t tenant_id, const char *invoice,
                                            struct arena *arena, struct correction_note **ret_notes,
                                            size_t *ret_count, struct error *err);

/* What a numbered document asks for, and what lowers that: the credits that were drawn for it, its
 * notes (drafts too; the reference is the number, where there is one, else the key), payments and
 * refunds (gateway and reference), what other
 * documents gave back of it and not to the customer, what was written off. */
struct document_claim {
    struct money claim;
    int64_t drawn_minor;
    struct settlement_event *events;
    size_t event_count;
};
MUST_CHECK bool correction_store_load_claim(struct db *db, int64_t tenant_id,
                                            const struct stored_invoice *invoice,
                                            struct arena *arena, struct document_claim *ret_claim,
                                            struct error *err);

/* The same of several, which differ. Of them only kind, number, status, currency and amounts are
 * looked at. */
MUST_CHECK bool correction_store_load_claims(struct db *db, int64_t tenant_id,
                                             const struct stored_invoice *invoices, size_t count,
                                             struct arena *arena, struct document_claim *ret_claims,
                                             struct error *err);

/* The invoices that bill it again. */
MUST_CHECK bool correction_store_load_rebilled(struct db *db, int64_t tenant_id,
                                               const char *invoice, struct arena *arena,
                                               struct correction_note **ret_invoices,
                                               size_t *ret_count, struct error *err);

/* A credit note explained: its request, and its invoice with what all notes took of it. */
struct note_origin {
    bool has_request; /* false: it was imported without */
    const char *correction, *action, *reason;
    const char *requested_by; /* NULL: not said */
    struct date requested_on, done_on;
    struct corrected_invoice *of;
};
MUST_CHECK bool correction_store_load_origin(struct db *db, int64_t tenant_id,
                                             const struct stored_invoice *note,
                                             enum rounding rounding, struct arena *arena,
                                             struct note_origin *ret_origin, struct error *err);

/* ---- what the job writes */

/* A credit note as a draft that is taxed: nothing but its number is left to do. */
struct note_row {
    int64_t tenant_id;
    const char *draft_key;
    int64_t invoice_id, customer_id;
    struct currency currency;
    struct date cutoff_on;
    const char *kind, *corrects, *status;
    bool taxed;
    int64_t subtotal_minor, discount_minor, tax_minor, total_minor, credit_applied_minor,
        amount_due_minor;
    struct date tax_point_on;
};
extern const struct bulk_table NOTE_ADD;

struct note_line_row {
    int64_t tenant_id, invoice_id, line;
    const char *kind;
    int64_t subscription_id, price_id;
    struct date price_valid_from, period_start_on, period_end_on;
    const char *description;
    struct decimal quantity;
    const char *unit_amount;
    int64_t amount_minor, discount_minor, tax_minor;
    const char *tax_category;
    int64_t tax; /* DB_I64_NONE: none */
    int64_t event_count;
};
extern const struct bulk_table NOTE_LINE_ADD;

/* From one status to another; whoever changed it first is seen, and the chunk computed again. */
struct status_row {
    int64_t tenant_id, invoice_id;
    const char *expected;
    const char *status;
    int64_t told; /* 0: endpoints do not know of it yet */
};
extern const struct bulk_table INVOICE_STATUS;

/* Of an invoice that a chunk decides about, once: payments that came since it was loaded are seen,
 * and the chunk computed again. */
struct invoice_changed_row {
    int64_t tenant_id, invoice_id;
    int64_t expected, changes;
};
extern const struct bulk_table INVOICE_CHANGED;

/* Of a request that is carried out: it is not withdrawn. One that was, since it was loaded, is
 * seen, and the chunk computed again; whoever withdraws it from here on waits. */
struct correction_taken_row {
    int64_t tenant_id;
    const char *correction;
    bool expected, withdrawn; /* false */
};
extern const struct bulk_table CORRECTION_TAKEN;

struct correction_done_row {
    int64_t tenant_id;
    const char *correction;
    struct date done_on;
    const char *draft_key; /* NULL: no credit note */
    int64_t amount_minor;
};
extern const struct bulk_table CORRECTION_DONE;

/* What the customer's credits paid of an invoice is an event of that reference. */
#define CREDIT_APPLIED_REFERENCE "credit applied"

#endif
