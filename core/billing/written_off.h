/* What is given back of an invoice that was written off (DOMAIN 4, 6 and 10): nobody paid it, so it
 * is no money of the customer's. It lowers what stays written off, and its document says the full
 * amount, tax included, but is due without it. How much that is follows from what the invoice's
 * billing periods come to, whatever became known of them first, on whichever document.
 *
 * 1. Such an invoice asked for what a period came to from X to Y: X is what all lines before it
 * came to (values with tax, after discounts), Y is what its own lines add, less what credit notes
 * over it took. What the period comes to now beyond X, up to Y, stays written off; what is above Y
 * is asked for anew, and what is below X is money of the customer's: another document asked for it.
 * What of X to Y the period does not come to any more is given of the invoice. A period is that of
 * one payer, subscription and currency (forgiven.h, rule 1).
 * 2. All lines behind the invoice count, and notes over these, but none of a void document. (A note
 * over a document before it lowers X and Y: it gives back of that one.) By price, some have fallen
 * below what they were, others have risen. After a change of plan what the one plan's prices have
 * risen by is charged in place of what the other's have fallen by, as much as there is (forgiven.h,
 * rule 3). Given is what has fallen and was not replaced so, but only of what the invoice itself
 * asked for the price, or for those of another plan, and no more than it asked for all of them. Nor
 * does more stay written off than these prices come to in all: what was forgiven may be off another
 * price of the plan than what fell. A metered price, and a true-up, is by itself.
 * 3. What was given before the invoice was written off was money: of what is given now, it is off.
 * 4. Of what is given of all its periods that much is off the invoice as stays written off when
 * nothing else is known of it (settlement.h, rule 2): a write-off gives nobody money. So of an
 * invoice that was paid in part, what is written off comes first, and then what was paid is the
 * customer's; as it is with a credit note over that invoice. A document's tax is rounded once, for
 * all its lines: several of them may give back a cent more of a period than was asked for it. That
 * cent is off no invoice, for none asked for it; it is money, as it is of a period that was paid.
 * 5. A line is off by what makes all that stand together the amount of rule 4; one that gives back
 * between nothing and all that it gives, one that charges between nothing and all that it charges,
 * which stays written off then. What makes it more or less than that, the lines behind it have.
 * 6. What bills an invoice again is where that was: before what comes behind the invoice, and
 * before the invoice itself; so what is billed again is owed in full. What stays written off by
 * then is what others had charged in its place. It is given back as if it had been written off on
 * that day (rule 3), and is never more. */
#ifndef BILLMILL_BILLING_WRITTEN_OFF_H
#define BILLMILL_BILLING_WRITTEN_OFF_H

#include "core/billing/forgiven.h"
#include "core/billing/settlement.h"

/* An invoice that was written off. */
struct off_invoice {
    struct money total; /* what it asked for, less what was off it when it was billed again */
    const struct settlement_event *events; /* without what other documents gave of it; borrowed */
    size_t event_count;
    struct money given; /* rule 3, of all its periods */
    struct money off;   /* by the lines that stand */
};

/* What the lines before it come to of a price, what it asked for that, and what the lines behind it
 * come to; `then`, when it was written off. */
struct off_price {
    int64_t price_id, plan_id;
    bool is_metered;
    struct money before, asked, behind, then;
};

struct off_prices ARRAY_OF(struct off_price);

/* A period of one of the invoices, and what is given of it. */
struct off_layer {
    size_t of; /* the invoice */
    struct off_prices prices;
    struct money given; /* zero at first */
};
struct off_layers ARRAY_OF(struct off_layer);

struct off_ledger {
    struct off_invoice *invoices; /* in the order in which they were billed */
    size_t invoice_count;
    struct off_layers *periods; /* the layers of each, by invoice */
    size_t period_count;
    struct forgiven_accounts moved, others; /* room for what is reckoned of one period */
    struct arena *arena;
};

struct off_line {
    size_t period;
    int64_t price_id, plan_id;
    bool is_metered;
    struct money value; /* with its tax, and the sign of a draft: below zero it gives; a note's */
};

/* What a line is to an invoice. */
enum off_relation {
    OFF_BEFORE,
    OFF_ASKED,  /* its own, or that of a note over it */
    OFF_BEHIND, /* there when it was written off; or when it was billed again, if it was */
    OFF_SINCE
};

/* Counts a line in a layer of its period. */
MUST_CHECK bool written_off_count(struct off_ledger *ledger, size_t layer,
                                  const struct off_line *line, enum off_relation relation,
                                  struct error *err);

/* What a line is off an invoice (its index): above zero, what it gives back and is no money; below,
 * what it charges and stays written off. Not zero. */
struct off_entry {
    size_t of;
    struct money off;
};
struct off_entries ARRAY_OF(struct off_entry);

/* Rule 5, of a line that comes next; counts it. Adds its entries, by invoice. `relations` is what
 * it is to the layers of its period; NULL: behind them all. */
MUST_CHECK bool written_off_add(struct off_ledger *ledger, const struct off_line *line,
                                const enum off_relation *relations, struct off_entries *entries,
                                struct error *err);

/* Counts an entry that is stored, of a line that stands. */
MUST_CHECK bool written_off_add_stored(struct off_ledger *ledger, const struct off_entry *entry,
                                       struct error *err);

/* The same of a line that was there when the invoice was billed again: rule 6. */
MUST_CHECK bool written_off_add_earlier(struct off_ledger *ledger, const struct off_entry *entry,
                                        struct error *err);

#endif
