/* What lines that give back (core/billing/give_back.h) may give back of: the lines of the same
 * price and subscription, on whatever document, with what coupons and credit notes took of them. */
#ifndef BILLMILL_STORES_GIVE_BACK_STORE_H
#define BILLMILL_STORES_GIVE_BACK_STORE_H

#include "core/billing/give_back.h"
#include "core/storage/bulk.h"

struct stored_billed_line {
    int64_t tenant_id;                      /* of give_back_store_ask only */
    int64_t payer_id;                       /* of the draft that gives back */
    int64_t giving_invoice_id, giving_line; /* which gives back, maybe of this one … */
    int64_t again_id;                       /* … and which document bills that line again;
                                               DB_I64_NONE: none */
    int64_t invoice_id, line;
    const char *draft_key;
    const char *document; /* its number, or the key of a draft */
    const char *series;   /* NULL, as the rest of its number: it is a draft */
    int64_t fiscal_year, number_in_series;
    struct date issued_on; /* DATE_NONE likewise */
    bool is_taxed, is_void;
    bool is_part_before; /* the usage that is given back of goes on from this one's */
    bool is_turned;      /* a credit note of its own: amounts with the signs that it says */
    const char *kind;
    struct date period_start_on, period_end_on;
    int64_t amount_minor, discount_minor;
    int64_t tax;          /* of its document; DB_I64_NONE: none, or not taxed yet */
    int64_t coupon_minor; /* of the discount; with the sign of the draft */
    int64_t noted_minor;  /* what credit notes gave back of it */
    int64_t
        forgiven_minor; /* of the discount, and in coupon_minor too; with the sign of the draft */
};

/* Of all untaxed drafts of the payers of those in the range (coupon.def: tenant, after, last, day):
 * by payer, giving invoice and line, then by draft_key and line. In the arena. */
enum { GIVE_BACK_ARGS = 4 };
MUST_CHECK bool give_back_store_load(struct db *db, const struct db_value range[GIVE_BACK_ARGS],
                                     struct arena *arena, struct stored_billed_line **ret_lines,
                                     size_t *ret_count, struct error *err);

/* The same of lines of any documents, of keys[0…count) of which tenant, giving invoice and giving
 * line are looked at: by key, then by draft_key and line; rows of struct stored_billed_line. */
MUST_CHECK bool give_back_store_ask(struct db *db, const struct stored_billed_line *keys,
                                    size_t count, struct arena *arena, struct bulk_found *ret_found,
                                    struct error *err);

/* A line of a document that gives back: of which lines, and what of it is not given back. */
struct given_back {
    struct stored_billed_line *of;
    struct billed_line *billed; /* the same, as the rule reads them */
    size_t count;
    bool is_open; /* one of them is not taxed yet: what coupons will take of it is not known */
    struct money unpaid; /* what of it is not given back, before anything is forgiven */
};

/* `stored`: what give_back_store_ask found of the line that gives back; its order is changed. */
MUST_CHECK bool give_back_store_read(struct stored_billed_line *stored, size_t stored_count,
                                     const char *draft_key, const struct giving_line *giving,
                                     enum rounding rounding, struct arena *arena,
                                     struct given_back *ret_given, struct error *err);

/* The same of one line, asked for by itself. */
MUST_CHECK bool give_back_store_find(struct db *db, int64_t tenant_id, int64_t invoice_id,
                                     int64_t line, const char *draft_key,
                                     const struct giving_line *giving, enum rounding rounding,
                                     struct arena *arena, struct given_back *ret_given,
                                     struct error *err);

/* As the rule reads it, with the signs of the draft that it was. What is unpaid is what is stored;
 * a draft that is not taxed yet has no coupons there. */
MUST_CHECK bool stored_billed_line_of(const struct stored_billed_line *stored,
                                      struct currency currency, struct billed_line *ret_billed,
                                      struct error *err);

/* Whether the line of that draft, which gives back, follows from it (invoice_draft_order): not
 * itself, and of no later draft; nor of the one that bills it again, which may come before it in
 * that order: its charge may be billed again there too. */
bool stored_billed_line_precedes(const struct stored_billed_line *stored, const char *draft_key);

#endif
