/* Drafts with their lines and taxes, as tax, finalizing, printing and `explain` read them, and the
 * tables that tax and finalizing write. */
#ifndef BILLMILL_STORES_DRAFT_STORE_H
#define BILLMILL_STORES_DRAFT_STORE_H

#include "core/billing/invoice.h"
#include "core/storage/bulk.h"

struct stored_line {
    int64_t tenant_id, invoice_id, line;
    const char *kind;
    int64_t subscription_id;  /* 0: what is missing to the commitment of a contract; then … */
    const char *subscription; /* … the contract */
    int64_t price_id;         /* … and its phase */
    const char *price;
    struct date price_valid_from, period_start_on, period_end_on;
    const char *description;
    struct decimal quantity;
    const char *unit_amount; /* NULL: none */
    int64_t amount_minor, discount_minor, tax_minor;
    int64_t forgiven_minor; /* of the discount, with the sign of the draft; DB_I64_NONE: nothing */
    const char *tax_category;
    int64_t tax; /* DB_I64_NONE: none */
    int64_t event_count;
    int64_t phase_id;             /* DB_I64_NONE: no contract has a say in it */
    int64_t rated_price_id;       /* DB_I64_NONE: charged by its own price, else by this one, … */
    struct date rated_valid_from; /* … of this version */
    bool is_ahead;                /* charged in advance; and of a credit for the rest of a … */
    struct date charged_from_on;  /* … period its first day, else DATE_NONE (line_names.h) */
};

/* The day whose tax rates the line of an invoice of that tax point has (invoice_line_tax_point). */
struct date stored_line_tax_point(const struct stored_line *line, struct date invoice_on);

/* What a frozen party is read by. */
enum { INVOICE_PARTY_FIELD_COUNT = 9 };
extern const struct row_field INVOICE_PARTY_FIELDS[INVOICE_PARTY_FIELD_COUNT];

struct stored_tax {
    int64_t tenant_id, invoice_id, tax;
    const char *name, *category;
    struct decimal rate_percent;
    bool inclusive;
    int64_t base_minor, tax_minor;
    const char *note;   /* NULL: none */
    int64_t beside_tax; /* DB_I64_NONE: none */
};

struct written_off_row;

/* A draft with its payer as he is now. */
struct draft {
    int64_t invoice_id;
    const char *kind;
    const char *corrects; /* NULL: nothing */
    const char *draft_key;
    int64_t customer_id;
    const char *customer;
    struct currency currency;
    struct date cutoff_on;
    int64_t subtotal_minor, discount_minor, tax_minor, total_minor, credit_applied_minor,
        amount_due_minor;
    struct date tax_point_on;
    struct invoice_party buyer;
    bool business, tax_exempt, on_hold;
    bool is_granted;               /* of a credit note: what it leaves owed to the customer */
    const char *tax_exempt_reason; /* NULL: none is given */
    const char *locale;            /* NULL: the tenant's */
    int64_t payment_terms_days;    /* DB_I64_NONE: the tenant's */
    struct stored_line *lines;
    size_t line_count;
    struct stored_tax *taxes;
    size_t tax_count;
    const struct written_off_row *off_rows; /* written_off_store_apply */
    size_t off_row_count;
};

/* Drafts without tax of payers ($after, $hi], by these: about `limit`, and all of each of their
 * payers; fewer where there are no more. With what tax needs of their lines: number, kind, amounts,
 * category and what their tax points depend on, nothing else. In the arena. */
MUST_CHECK bool draft_store_load_untaxed(struct db *db, int64_t tenant_id, int64_t after_id,
                                         int64_t hi_id, size_t limit, struct date business_date,
                                         struct arena *arena, struct draft **ret_drafts,
                                         size_t *ret_count, struct error *err);

/* The same of the drafts without tax of these ids, which are ascending, each once, in that order.
 * For a few. ERROR_RUN where one is not there. */
MUST_CHECK bool draft_store_load_untaxed_of(struct db *db, int64_t tenant_id,
                                            const int64_t *invoice_ids, size_t count,
                                            struct arena *arena, struct draft **ret_drafts,
                                            struct error *err);

/* The taxes of these invoices, which are ascending, each once: by invoice, then in any order. */
MUST_CHECK bool draft_store_load_taxes(struct db *db, int64_t tenant_id, const int64_t *invoice_ids,
                                       size_t count, struct arena *arena,
                                       struct stored_tax **ret_taxes, size_t *ret_count,
                                       struct error *err);

/* Taxed drafts of one kind by draft_key ($after, $hi], with lines and taxes. In the arena. */
MUST_CHECK bool draft_store_load_unnumbered(struct db *db, int64_t tenant_id,
                                            enum document_kind kind, const char *after_key,
                                            const char *hi_key, size_t limit,
                                            struct date business_date, struct arena *arena,
                                            struct draft **ret_drafts, size_t *ret_count,
                                            struct error *err);

/* The newest counter row of a series; *ret_found false before its first number. */
struct series_row {
    int64_t tenant_id;
    const char *series;
    int64_t fiscal_year;
    int64_t last_number;
    struct date last_issued_on;
    uint8_t last_hash[SHA256_SIZE];
};
MUST_CHECK bool draft_store_load_series(struct db *db, int64_t tenant_id, const char *series,
                                        struct arena *arena, struct series_row *ret_row,
                                        bool *ret_found, struct error *err);

/* A finalized invoice (or a draft, asked for by its key) as it is stored. */
struct stored_invoice {
    int64_t invoice_id;
    const char *kind;
    const char *corrects; /* NULL: nothing */
    const char *draft_key;
    int64_t customer_id;
    const char *customer;
    struct currency currency;
    struct date cutoff_on;
    const char *status;
    bool taxed;
    int64_t subtotal_minor, discount_minor, tax_minor, total_minor, credit_applied_minor,
        amount_due_minor;
    struct date tax_point_on;
    const char *series;
    int64_t fiscal_year, number_in_series;
    const char *number;
    struct date issued_on, due_on;
    int64_t payment_terms_days;
    const char *locale;
    uint8_t seller_digest[SHA256_SIZE], buyer_digest[SHA256_SIZE];
    uint8_t hash[SHA256_SIZE], previous_hash[SHA256_SIZE];
    struct invoice_party seller, buyer; /* of a finalized one */
    struct stored_line *lines;
    size_t line_count;
    struct stored_tax *taxes;
    size_t tax_count;
};

/* Finalized invoices whose document is still to be made, by invoice_id ($after, $hi]. */
MUST_CHECK bool draft_store_load_unprinted(struct db *db, int64_t tenant_id, int64_t after_id,
                                           int64_t hi_id, size_t limit, struct arena *arena,
                                           struct stored_invoice **ret_invoices, size_t *ret_count,
                                           struct error *err);

/* By number, else by draft key; *ret_found false when there is neither. */
MUST_CHECK bool draft_store_find(struct db *db, int64_t tenant_id, const char *number_or_key,
                                 struct arena *arena, struct stored_invoice *ret_invoice,
                                 bool *ret_found, struct error *err);

/* Those of these numbers, which differ, in their order; one that is not there has no number. All of
 * them by a few statements; without the parties that they froze. In the arena. */
MUST_CHECK bool draft_store_find_numbers(struct db *db, int64_t tenant_id,
                                         const char *const *numbers, size_t count,
                                         struct arena *arena, struct stored_invoice **ret_invoices,
                                         struct error *err);

/* The opposite sign of each: of a line of a document that was a draft with a negative total. */
MUST_CHECK bool draft_turn_line_back(struct decimal *quantity, int64_t *amount_minor,
                                     int64_t *discount_minor, struct error *err);

/* A credit note that credits no invoice was a draft with a negative total (invoice_turn): its
 * figures get the signs of the draft again. Others stay as they are; *ret_turned false then. */
MUST_CHECK bool draft_turn_back(struct stored_invoice *invoice, bool *ret_turned,
                                struct error *err);

/* The current row of a statement that selects finalized invoices, without what belongs to them;
 * then that, of several of one tenant at once. In the arena. */
MUST_CHECK bool draft_store_read_final(struct db_rows *rows, struct arena *arena,
                                       struct stored_invoice *ret_invoice, struct error *err);
MUST_CHECK bool draft_store_complete(struct db *db, int64_t tenant_id,
                                     struct stored_invoice *invoices, size_t count,
                                     struct arena *arena, struct error *err);

/* What a finalized invoice says, as it is stored. In the arena. */
struct invoice_content draft_content_of(const struct stored_invoice *invoice, const char *tenant,
                                        struct arena *arena);

/* The lines as rules take them. */
struct invoice_line_content *draft_line_contents(const struct stored_line *lines, size_t count,
                                                 struct currency currency, struct arena *arena);
struct invoice_tax_content *draft_tax_contents(const struct stored_tax *taxes, size_t count,
                                               struct currency currency, struct arena *arena);

/* ---- what tax writes */

struct draft_taxed_row {
    int64_t tenant_id, invoice_id;
    const char *kind; /* a negative total makes it a credit note */
    bool taxed;
    int64_t subtotal_minor, discount_minor, tax_minor, total_minor, amount_due_minor;
};
extern const struct bulk_table DRAFT_TAXED;

/* What bills an invoice again, and comes to less than nothing: a credit note over that would be a
 * decision of somebody, so it is one of its own. */
struct draft_apart_row {
    int64_t tenant_id, invoice_id;
    const char *corrects; /* NULL */
};
extern const struct bulk_table DRAFT_APART;

struct line_taxed_row {
    int64_t tenant_id, invoice_id, line;
    int64_t tax_minor;
    int64_t tax; /* DB_I64_NONE: none */
};
extern const struct bulk_table LINE_TAXED;

struct invoice_tax_row {
    int64_t tenant_id, invoice_id, tax;
    const char *name, *category;
    struct decimal rate_percent;
    bool inclusive;
    int64_t base_minor, tax_minor;
    const char *note;   /* NULL: none */
    int64_t beside_tax; /* DB_I64_NONE: none */
};
extern const struct bulk_table INVOICE_TAX_ADD;

/* ---- what finalizing writes */

struct invoice_final_row {
    int64_t tenant_id, invoice_id;
    const char *status;
    const char *series;
    int64_t fiscal_year, number_in_series;
    const char *number;
    struct date issued_on, due_on;
    int64_t payment_terms_days;
    const char *locale;
    uint8_t seller_digest[SHA256_SIZE], buyer_digest[SHA256_SIZE];
    uint8_t hash[SHA256_SIZE], previous_hash[SHA256_SIZE];
};
extern const struct bulk_table INVOICE_FINAL;

/* Amounts of a draft with a negative total, as the credit note says them. Before INVOICE_FINAL. */
struct invoice_turned_row {
    int64_t tenant_id, invoice_id;
    int64_t subtotal_minor, discount_minor, tax_minor, total_minor, credit_applied_minor,
        amount_due_minor;
};
extern const struct bulk_table INVOICE_TURNED;

struct line_turned_row {
    int64_t tenant_id, invoice_id, line;
    struct decimal quantity;
    int64_t amount_minor, discount_minor, tax_minor;
};
extern const struct bulk_table LINE_TURNED;

struct tax_turned_row {
    int64_t tenant_id, invoice_id, tax;
    int64_t base_minor, tax_minor;
};
extern const struct bulk_table TAX_TURNED;

/* A total of zero by `zero_invoice: skip | record`: done without a number. */
struct invoice_closed_row {
    int64_t tenant_id, invoice_id;
    const char *status;
};
extern const struct bulk_table INVOICE_CLOSED;

struct party_row {
    int64_t tenant_id;
    uint8_t digest[SHA256_SIZE];
    struct invoice_party party;
};
extern const struct bulk_table PARTY_ADD;
void party_digest(const struct invoice_party *party, uint8_t ret_digest[SHA256_SIZE]);

/* The counter row: made once (SERIES_START, last_number 0), then moved by compare-and-set. */
extern const struct bulk_table SERIES_START;
struct series_advance_row {
    int64_t tenant_id;
    const char *series;
    int64_t fiscal_year;
    int64_t expected_number; /* what it must be before */
    int64_t last_number;
    struct date last_issued_on;
    uint8_t last_hash[SHA256_SIZE];
};
extern const struct bulk_table SERIES_ADVANCE;

/* ---- the document of an invoice */

struct document_row {
    int64_t tenant_id, invoice_id;
    uint8_t layout_digest[SHA256_SIZE];
    const char *path;
    uint8_t pdf_sha256[SHA256_SIZE];
    int64_t size_bytes;
};
extern const struct bulk_table DOCUMENT_ADD;

#endif
