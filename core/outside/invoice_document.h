/* What is printed on one finalized invoice or credit note: texts and amounts as they were frozen,
 * nothing to be computed.
 *
 * 1. All texts are UTF-8. Number, currency and the names of seller and buyer are there; any other
 * text that is NULL or "" is absent, and so is its label.
 * 2. Amounts are minor units of `currency` (ISO 4217, `currency_digits` of them: 2 for EUR, 0 for
 * JPY). The printer shows them and never adds, rounds or converts: that the lines make the totals
 * is the invoice's promise (DOMAIN 4). The one sum it makes is the running total carried from page
 * to page.
 * 3. Decimals are canonical texts, as core/money writes them: digits, an optional minus, an
 * optional point ("-1234.5").
 * 4. The document borrows everything it points to; nothing is copied or freed. */
#ifndef BILLMILL_OUTSIDE_INVOICE_DOCUMENT_H
#define BILLMILL_OUTSIDE_INVOICE_DOCUMENT_H

#include "core/base/compiler.h"

struct document_date {
    int32_t year, month, day; /* year 0: no date */
};

struct document_party {
    const char *name; /* the legal name */
    const char *const *address_lines;
    size_t address_line_count;
    const char *tax_id;
    const char *email;
};

/* How a line came about, where it is none of a whole period: said behind its description. */
enum document_remark {
    REMARK_NONE,
    REMARK_LATE_USAGE,
    REMARK_USED_SO_FAR,
    REMARK_REMAINING_TIME,
    REMARK_UNUSED_TIME,
    REMARK_TAKEN_BACK,
    REMARK_COMMITMENT
};

struct document_reference {
    const char *number;
    struct document_date issued_on;
};

struct document_line {
    const char *description;
    const char *subscription; /* named where the document has several; NULL: it is not */
    enum document_remark remark;
    const char *contract, *phase;                /* of a commitment */
    const struct document_reference *references; /* what it gives back of */
    size_t reference_count;
    struct document_date period_start; /* the service period [start, end); printed with its last */
    struct document_date period_end;   /* day, so October ends on the 31st */
    const char *quantity;              /* canonical decimal */
    const char *unit_amount;           /* canonical decimal in major units; "" for tiered prices */
    int64_t amount_minor;              /* as it goes into the subtotal */
    const char *tax_rate_percent;      /* canonical decimals joined by "+": "19", "5+9.975" */
};

struct document_tax {
    const char *name;         /* "VAT", "MwSt." */
    const char *category;     /* EN 16931 code: S, Z, E, AE, K, G, O */
    const char *rate_percent; /* canonical decimal */
    int64_t base_minor;
    int64_t tax_minor;
};

/* 1 base = rate quote; the rate is a canonical decimal. */
struct document_rate {
    const char *base, *quote, *rate;
};
#define DOCUMENT_RATES_MAX 2

/* The document in the currency of its seller's books, and by what. */
struct document_in_books {
    const char *currency; /* NULL: it is in that, or was not converted before it was printed */
    int32_t currency_digits;
    int64_t net_minor, tax_minor, total_minor;
    struct document_rate rates[DOCUMENT_RATES_MAX];
    size_t rate_count;
    const char *source;
    struct document_date published_on;
};

struct invoice_document {
    const char *locale; /* BCP 47; what is printed for it: core/outside/locale.h */
    struct document_party seller;
    struct document_party buyer;
    const char *buyer_reference; /* the customer's number with the seller */
    bool is_credit_note;         /* amounts are positive, as EN 16931 has them for its type 381 */
    const char *corrects;        /* the number of the invoice that it credits or replaces */
    const char *number;
    struct document_date issued_on;
    struct document_date due_on;
    struct document_date tax_point; /* printed where it differs from issued_on */
    struct document_date period_start;
    struct document_date period_end; /* [start, end), like a line's */
    int32_t payment_terms_days;      /* 0: due at once; negative: no sentence about terms */
    const char *currency;
    int32_t currency_digits;
    bool prices_include_tax; /* lines and subtotal are gross; the taxes are inside the total */
    const struct document_line *lines;
    size_t line_count;
    int64_t subtotal_minor;
    int64_t discount_minor; /* positive: what is taken off; printed where not 0; below zero: of what
                               is given back */
    int64_t already_credited_minor; /* besides, and likewise: by credit notes before */
    const struct document_tax *taxes;
    size_t tax_count;
    int64_t total_minor;
    int64_t credit_applied_minor; /* positive: what is taken off the total */
    int64_t never_paid_minor; /* positive: given back of what was written off, which is due besides
                                 the total */
    int64_t amount_due_minor; /* of a credit note below zero: the customer owes it */
    struct document_in_books in_books;
    const char *const *notes; /* paragraphs: reverse charge, exemption reasons, a greeting */
    size_t note_count;
};

#endif
