/* Taxes (DOMAIN 5): choosing the dated rate, and the taxes of an invoice.
 *
 * 1. The rate is looked up for the buyer's country (without one, for the seller's: the customer is
 * taxed as at home), on the tax-point date. Of the rates that hold then, the seller's own come
 * before those of every tenant; in each, the buyer's region before the whole country; then the
 * latest valid_from. Never "today". A regional rate that comes on top of the country's is a second
 * tax on the same base; where the country has none, the rate is missing.
 * 2. Exclusive: one tax per (name, category, rate) on the sum of rounded, discounted lines (EN
 * 16931 BR-CO-17). Inclusive: tax = gross − round(gross / (1 + r)) per group.
 * 3. tax_rounding: `group` rounds each group once; `line` rounds each line and a group is their
 * sum; `invoice` rounds the sum of all groups once and shares it to the groups by their exact tax.
 * 4. A group's tax is allocated to its lines by largest remainder, so that lines sum to groups: by
 * their amounts, or, where some of them give back, by the tax that each of them is at the rate.
 * 5. Reverse charge: seller and buyer in two member states of the European Union, the buyer a
 * business with a well-formed tax id of its own state: category AE, rate 0, a note. Monaco is a
 * part of France there (tax_area.h). An exempt buyer has category E, rate 0 and a reason; that is
 * looked at first.
 * 6. Inside one state of India the rate is two taxes of half of it, CGST and SGST, each rounded by
 * itself; between states it is IGST. */
#ifndef BILLMILL_BILLING_TAX_H
#define BILLMILL_BILLING_TAX_H

#include "core/base/arena.h"
#include "core/billing/rules.h"
#include "core/calendar/date.h"
#include "core/money/money.h"

#define TAX_CATEGORY_EXEMPT "E" /* of UNTDID 5305, as in EN 16931 */
#define TAX_CATEGORY_REVERSE_CHARGE "AE"
#define TAX_PER_LINE_MAX 8

MUST_CHECK bool tax_rounding_parse(const char *name, enum tax_rounding *ret_rounding,
                                   struct error *err);
const char *tax_rounding_name(enum tax_rounding rounding); /* group, line, invoice */

/* A dated rate as imported. Texts belong to the caller. */
struct tax_rate {
    bool of_every_tenant; /* imported for tenant "*" */
    const char *country;
    const char *region; /* "" is the whole country */
    const char *category;
    struct date valid_from;
    struct date valid_to; /* the first day it no longer holds, or DATE_NONE */
    struct decimal rate_percent;
    const char *name;
    bool inclusive; /* amounts of this category contain the tax */
    bool on_top;    /* of a region: beside the country's rate, not instead of it */
};

struct tax_query {
    const char *seller_country;
    const char *seller_region; /* NULL or "": none */
    const char *buyer_country; /* NULL or "": not known */
    const char *buyer_region;  /* NULL or "": none */
    const char *buyer_tax_id;  /* NULL or "": none */
    bool buyer_is_business;
    const char *category;      /* of the product */
    bool exempt;               /* the customer is: category E, rate 0 */
    const char *exempt_reason; /* NULL or "": that of tax_note.h */
    const char *locale;        /* of the document, for its notes; NULL: English */
    struct date tax_point;     /* in the seller's zone */
};

/* What a line pays. Texts are those of the rate or of the query. */
struct tax_choice {
    const char *name; /* "" where no tax applies */
    const char *category;
    struct decimal rate_percent;
    bool inclusive;
    const char *note; /* what the document says of it, or NULL */
};

/* Rule 5. */
bool tax_is_reverse_charged(const struct tax_query *query);

/* Rule 1: the rate that holds, one of `rates`; NULL where none does. Of two, the country's. A buyer
 * who is exempt or accounts for the tax needs none. */
const struct tax_rate *tax_rate_find(const struct tax_rate *rates, size_t count,
                                     const struct tax_query *query);

/* ERROR_ITEM "missing_tax_rate" names country, category and date; with MISSING_TAX_RATE_ZERO the
 * choice is a rate of 0 in the product's category instead. */
MUST_CHECK bool tax_rate_choose(const struct tax_rate *rates, size_t count,
                                const struct tax_query *query, enum missing_tax_rate missing,
                                struct tax_choice *ret_choice, struct error *err);

/* The taxes of a choice (rule 6): one, or two halves. */
struct tax_choices {
    struct tax_choice items[TAX_PER_LINE_MAX];
    size_t count;
};
MUST_CHECK bool tax_choices_of(const struct tax_choice *choice, const struct tax_query *query,
                               struct tax_choices *ret_choices, struct error *err);

/* All taxes of a line (rules 1, 5 and 6), the one that tax_rate_choose names first. */
MUST_CHECK bool tax_choose(const struct tax_rate *rates, size_t count,
                           const struct tax_query *query, enum missing_tax_rate missing,
                           struct tax_choices *ret_choices, struct error *err);

/* Rule 2 before any rounding: amount · r, or of an inclusive (gross) amount the part
 * amount · r / (1 + r). */
MUST_CHECK bool tax_exact(const struct tax_choice *tax, struct money amount, struct ratio *ret_tax,
                          struct error *err);

/* A rounded, discounted line: net of tax, or gross where its taxes are inclusive. Several exclusive
 * taxes on one line each take the whole amount as their base; of several inclusive ones the net is
 * found once, at the summed rate, and the tax is shared by rate. */
struct tax_line {
    struct money amount;
    const struct tax_choice *taxes;
    size_t tax_count;
};

/* One tax of an invoice, in the order in which lines first name it. */
struct tax_group {
    struct tax_choice tax;
    struct money base; /* without the tax */
    struct money tax_amount;
};

struct tax_result {
    struct tax_group *groups; /* in the arena */
    size_t group_count;
    struct money *line_taxes;   /* for each line the sum of its taxes */
    struct money **line_parts;  /* for each line its single taxes, in its order */
    size_t *line_first_group;   /* for each line the index of its first tax; SIZE_MAX: none */
    size_t *group_first;        /* for each tax the first one of the first line that has it */
    struct money tax;           /* of all groups */
    struct money exclusive_tax; /* the part that comes on top of the lines */
};

/* All lines have `currency`. ERROR_ITEM "bad_tax" for a rate outside 0..1000 percent, and for a
 * line with a tax twice, with inclusive and exclusive ones, or with more than TAX_PER_LINE_MAX, and
 * for more than 1000 different taxes. */
MUST_CHECK bool tax_compute(const struct tax_line *lines, size_t line_count,
                            struct currency currency, enum tax_rounding tax_rounding,
                            enum rounding rounding, struct arena *arena,
                            struct tax_result *ret_result, struct error *err);

#endif
