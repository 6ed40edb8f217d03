/* An invoice as a value: totals, what a total of zero means, dates, fiscal year, natural key and
 * hash (DOMAIN 4 and 6). What its number looks like is in invoice_number.h, taxes are in tax.h. */
#ifndef BILLMILL_BILLING_INVOICE_H
#define BILLMILL_BILLING_INVOICE_H

#include "core/base/arena.h"
#include "core/base/sha256.h"
#include "core/billing/price.h"
#include "core/billing/rules.h"
#include "core/calendar/date.h"
#include "core/money/money.h"

/* What a document is; its name is also that of its series. Amounts of both are positive: a credit
 * note says what the customer gets back (EN 16931, type 381). */
enum document_kind { DOCUMENT_INVOICE, DOCUMENT_CREDIT_NOTE };
const char *document_kind_name(enum document_kind kind);  /* invoice, credit_note */
const char *document_kind_label(enum document_kind kind); /* for people: invoice, credit note */
enum document_kind document_kind_of(const char *name);    /* a stored name */

/* DOMAIN 6. Paid: nothing is left to collect, whether by payments or by credit notes; a credit note
 * is paid as it is issued, for it lowers what is owed on its invoice or the customer's account. */
enum invoice_status {
    INVOICE_DRAFT,
    INVOICE_OPEN,
    INVOICE_PAID,
    INVOICE_PARTIALLY_PAID,
    INVOICE_UNCOLLECTIBLE,
    INVOICE_VOID,
    INVOICE_SKIPPED,
    INVOICE_RECORDED
};
const char *invoice_status_name(enum invoice_status status);
enum invoice_status invoice_status_of(const char *name); /* a stored name */

struct invoice_totals {
    struct money subtotal; /* sum of the lines' amounts */
    struct money discount; /* sum of the lines' discounts, positive */
    struct money tax;
    struct money total; /* subtotal − discount + the taxes that are not inclusive */
    struct money credit_applied;
    struct money amount_due; /* total − credit_applied */
};

/* The day whose coupons a line has: that of its invoice, or the first day that the line covers
 * where that is later (DATE_NONE: not known). What is paid in advance is due at the midnight that
 * begins its first day, and thus on an invoice of the day before. */
struct date invoice_line_day(struct date invoice_on, struct date covered_from);

/* What of a line its tax point depends on. Dates are DATE_NONE where they are not known. */
struct invoice_supply {
    bool is_ahead;            /* charged in advance */
    struct date start_on;     /* first day that the line covers … */
    struct date end_on;       /* … and the one behind its last */
    struct date charged_from; /* of a credit for the rest of a period: its first day */
};

/* The day whose tax rates a line has is that of its supply, whenever it is billed (DOMAIN 5: never
 * "today"): of what is charged in arrears, usage above all, the last day of its period, but none
 * after `invoice_on`, the tax point of its draft (what is billed before its period ends); of what
 * is charged in advance the first day that it covers. A reversal covers the days of what it takes
 * back, what is charged instead those too; a credit for the rest of a period has the first day of
 * that period, for it lowers what was charged then (Directive 2006/112/EC, article 90). So the
 * taxes do not depend on when a fact became known, nor on how many periods one run catches up. */
struct date invoice_line_tax_point(struct date invoice_on, const struct invoice_supply *supply);

/* A line as the document shows it. Texts belong to the caller; those marked "or NULL" may lack. */
struct invoice_line_content {
    int64_t line;     /* from 1, ascending */
    const char *kind; /* recurring, usage, late_usage */
    const char *subscription;
    const char *price;
    struct date price_valid_from;
    struct date period_start, period_end;
    const char *description;
    struct decimal quantity;
    struct price_figure unit_amount; /* where one price holds for the whole quantity */
    struct money amount;
    struct money discount;
    struct money tax;
    const char *tax_category;
    int64_t tax_number; /* the tax of the invoice that covers it, from 1; 0: none */
    int64_t event_count;
};

struct invoice_tax_content {
    int64_t tax; /* from 1, ascending */
    const char *name;
    const char *category;
    struct decimal rate_percent;
    bool inclusive;
    struct money base;
    struct money tax_amount;
    const char *note; /* what the document says of it, or NULL */
    int64_t beside;   /* the lines of that tax pay this one too; 0: it is the one that lines name */
};

/* Whether the line pays the tax: it is the one that the line names, or beside that one. */
bool invoice_tax_covers(const struct invoice_tax_content *tax,
                        const struct invoice_line_content *line);

/* What is to be paid for the line: less its discount, with its taxes that are not in it already. So
 * the lines' values sum to the total. */
MUST_CHECK bool invoice_line_value(const struct invoice_line_content *line,
                                   const struct invoice_tax_content *taxes, size_t tax_count,
                                   struct money *ret_value, struct error *err);

/* A party as frozen: "or NULL" for all but the name. */
struct invoice_party {
    const char *name, *email, *line1, *line2, *city, *postal_code, *region, *country, *tax_id;
};

/* Everything that a finalized document says. */
struct invoice_content {
    const char *tenant;
    enum document_kind kind;
    const char *corrects; /* the number of the invoice it credits or bills again, or NULL */
    const char *draft_key;
    const char *customer; /* who pays */
    struct currency currency;
    struct date cutoff_on;
    struct date tax_point_on;
    const char *series;
    int32_t fiscal_year;
    int64_t number_in_series;
    const char *number;
    struct date issued_on;
    struct date due_on;
    int32_t payment_terms_days;
    const char *locale;
    struct invoice_party seller, buyer;
    struct invoice_totals totals;
    const struct invoice_line_content *lines;
    size_t line_count;
    const struct invoice_tax_content *taxes;
    size_t tax_count;
};

/* Totals of lines with their taxes. ERROR_ITEM "amount_too_large"; the credit applied is zero. */
MUST_CHECK bool invoice_totals_of(const struct invoice_line_content *lines, size_t line_count,
                                  const struct invoice_tax_content *taxes, size_t tax_count,
                                  struct currency currency, struct invoice_totals *ret_totals,
                                  struct error *err);

/* The opposite sign for everything: what a draft with a negative total says becomes what a credit
 * note says. ERROR_ITEM "amount_too_large". */
MUST_CHECK bool invoice_turn(struct invoice_line_content *lines, size_t line_count,
                             struct invoice_tax_content *taxes, size_t tax_count,
                             struct invoice_totals *totals, struct error *err);

/* That the printed figures add up: lines to subtotal, discount and tax; line taxes to the groups
 * that they name, with those beside; groups to tax; total and amount due. ERROR_RUN (EXIT_INTERNAL)
 * says which sum is wrong: stored rows were changed, or billmill is wrong. */
MUST_CHECK bool invoice_check(const struct invoice_content *content, struct error *err);

/* What finalizing makes of a draft: open (a credit note: paid). Where its total is zero and nothing
 * is due: paid, unless the tenant's rule says skipped (no document, its periods are done) or
 * recorded (kept, without a number). */
enum invoice_status invoice_final_status(enum document_kind kind,
                                         const struct invoice_totals *totals,
                                         enum zero_invoice rule);
bool invoice_status_is_numbered(enum invoice_status status); /* has a number, and is a document */

/* Issued on the business date, but never before the last date of the series (`last_issued_on`, or
 * DATE_NONE). */
struct date invoice_issue_date(struct date business_date, struct date last_issued_on);

/* ERROR_ITEM "bad_payment_terms" for negative terms. */
MUST_CHECK bool invoice_due_date(struct date issued_on, int32_t payment_terms_days,
                                 struct date *ret_due_on, struct error *err);

/* The calendar year in which the fiscal year of the date begins; start_month 1..12. */
int32_t invoice_fiscal_year(struct date date, int32_t start_month);

/* The natural key of a draft: cutoff, payer, currency, billing group, sequence (DOMAIN 4), parts
 * separated by one space, which sorts below everything else; inside a part every byte up to the
 * space, DEL and `%` is written %XX, so no two keys are alike. Sorted as bytes it gives the order
 * of numbering. `sequence` is 0 for the first invoice of its cutoff, then 1 … In the arena.
 * ERROR_ITEM "bad_sequence" outside 0..999999. */
MUST_CHECK bool invoice_draft_key(struct date cutoff_on, const char *customer,
                                  struct currency currency, const char *billing_group,
                                  int64_t sequence, struct arena *arena, const char **ret_key,
                                  struct error *err);

/* The same for a credit note that was decided on: instead of the billing group it has the
 * decision's name behind `%credit:`, as no group begins. */
MUST_CHECK bool invoice_credit_key(struct date cutoff_on, const char *customer,
                                   struct currency currency, const char *correction,
                                   struct arena *arena, const char **ret_key, struct error *err);

/* And for what bills an invoice again: `%rebill:`, the tax point of that invoice and its number.
 * `sequence` is that of the next draft of its cutoff without a decision, which comes behind it. */
MUST_CHECK bool invoice_rebill_key(struct date cutoff_on, const char *customer,
                                   struct currency currency, struct date tax_point_on,
                                   const char *number, int64_t sequence, struct arena *arena,
                                   const char **ret_key, struct error *err);

/* Whether the key is one of these. */
bool invoice_key_rebills(const char *draft_key);

/* The order in which a payer's drafts follow from each other: what coupons have left, and what is
 * given back of (give_back.h). By cutoff, then by sequence; of one sequence what bills an invoice
 * again comes first, by the tax point of that: a change that becomes known with it takes back what
 * holds from then on. Below zero: `a` comes before `b`; zero: the same key. */
int invoice_draft_order(const char *a, const char *b);

/* The same of the sequences alone, of any payers. */
int invoice_draft_sequence_order(const char *a, const char *b);

/* SHA-256 of the document and its predecessor in the series (all zeros before the first). The form
 * is a sequence of texts, each ended by a NUL byte, so that fields cannot run together: for every
 * field its name, then "=" and its value, or "-" when it lacks. In this order:
 *
 *   billmill.invoice.1 (the form's name, alone), previous_hash (hex), tenant, kind (invoice or
 *   credit_note), corrects (a number), draft_key, customer, currency, cutoff_on, tax_point_on,
 * series, fiscal_year, number_in_series, number, issued_on, due_on, payment_terms_days, locale,
 * seller.name … seller.tax_id, buyer.name … buyer.tax_id (in the order of struct invoice_party),
 * subtotal, discount, tax, total, credit_applied, amount_due, lines (how many), for each line its
 * fields in the order of struct invoice_line_content, taxes (how many), for each its fields in the
 * order of struct invoice_tax_content, note and beside only where it has them
 *
 * Dates are YYYY-MM-DD, money has the digits of the currency, decimals are canonical, booleans 0
 * or 1. */
void invoice_hash(const struct invoice_content *content, const uint8_t previous_hash[SHA256_SIZE],
                  uint8_t ret_hash[SHA256_SIZE]);

#endif
