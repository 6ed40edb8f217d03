/* What is given back of a charge that stood on an invoice which was written off (DOMAIN 4, 6 and
 * 10): nobody paid it, so it is no money of the customer's. It lowers what stays written off, and
 * its document says the full amount, tax included, but is due without it.
 *
 * 1. A line that gives back (give_back.h) gives, with its tax, of the lines of its charge; what of
 * it is of lines of an invoice that was written off is given of that invoice. A reversal of what
 * gave takes that back.
 * 2. What is charged in place of it (of the same subscription and billing period, by the same price
 * or another plan's: forgiven.h, rule 3) is no new charge as far as that reaches, whichever of its
 * days it is for: it stays written off, as what it replaces was. That is the
 * charge's share of the invoice, and who gives back of the charge gives that share of the invoice,
 * whatever document the charge stands on: in proportion, rounded once.
 * 3. Of what all lines gave so far of an invoice, less what is charged in place of it, that much is
 * off it as stays written off when nothing else is known of it (settlement.h, rule 2): a write-off
 * gives nobody money. So of an invoice that was paid in part, what is written off comes first, and
 * then what was paid is the customer's; as it is with a credit note over that invoice.
 * 4. Each line is off what it adds to that, so the sum of all does not depend on which document
 * came first, nor on what became known together. What came before a line are the lines of drafts
 * before its own (invoice_draft_order) and of its own (give_back_order); a void document and what
 * was given before the invoice was written off count for nothing. */
#ifndef BILLMILL_BILLING_WRITTEN_OFF_H
#define BILLMILL_BILLING_WRITTEN_OFF_H

#include <stddef.h>

#include "core/base/array.h"
#include "core/billing/invoice.h"
#include "core/billing/settlement.h"
#include "core/calendar/date.h"

/* An invoice that was written off; `events` without what other documents gave of it. */
struct off_invoice {
    int64_t invoice_id;
    struct money total; /* what it asked for */
    const struct settlement_event *events;
    size_t event_count;
    struct money given; /* rule 3: so far, by all lines */
    struct money off;   /* of that, likewise */
    struct money later; /* off by documents that come later in the order, and are there already */
};

/* A line whose figures this rule reads: of which subscription and period, by which price. */
struct off_place {
    int64_t invoice_id, line;
    int64_t subscription_id, price_id, plan_id;
    bool is_metered;
    struct date full_start_on; /* of its billing period */
    struct money value;        /* with its tax, and with the sign of a draft: below zero it gives */
};

/* What a line moved of an invoice (its index): above zero given back, below charged in place. */
struct off_entry {
    struct off_place place;
    size_t of;
    struct money given;
    struct money off; /* what of that is no money, and is due though the document gives it */
    size_t next;      /* of the ledger */
};
struct off_entries ARRAY_OF(struct off_entry);

enum { OFF_CHAINS = 1024 };
struct off_ledger {
    struct off_invoice *invoices; /* in the order in which they were billed */
    size_t invoice_count;
    struct off_entries entries; /* of lines before the next one */
    size_t *chains; /* of entries by subscription, OFF_CHAINS of them: there may be thousands */
    enum rounding rounding;
    struct arena *arena;
};

/* What each line of a document comes to with its taxes, by their rates: the parts of a tax that
 * lines say are no measure where they sum to little. Together they are the total; what rounding
 * makes more or less is with the largest lines. In ret_values. */
MUST_CHECK bool written_off_values(const struct invoice_line_content *lines, size_t line_count,
                                   const struct invoice_tax_content *taxes, size_t tax_count,
                                   enum rounding rounding, struct money *ret_values,
                                   struct error *err);

/* A line that the next one gives back of, and how much: above zero given back. */
struct off_share {
    int64_t invoice_id, line;
    struct money given;
};

/* What a line gives back, over the lines that it gives back of, by what is left of each; of all of
 * these nothing: of the first. In ret_shares, of which only `given` is set. */
MUST_CHECK bool written_off_spread(struct money given, const struct money *lefts, size_t count,
                                   struct arena *arena, struct off_share *ret_shares,
                                   struct error *err);

/* Adds the entries of a line that gives back (by `shares`) or that charges (without any). */
MUST_CHECK bool written_off_add(struct off_ledger *ledger, const struct off_place *line,
                                const struct off_share *shares, size_t count, struct error *err);

/* The same of a line of a credit note over the document of the line that it credits, of which it
 * gives `share`. What it gives of that document itself is no matter of this rule. */
MUST_CHECK bool written_off_add_noted(struct off_ledger *ledger, const struct off_place *line,
                                      const struct off_share *share, struct error *err);

/* Another one that goes on from it, and leaves it as it is. In its arena. */
struct off_ledger written_off_copy(const struct off_ledger *ledger);

/* Adds an entry that is stored. */
MUST_CHECK bool written_off_add_stored(struct off_ledger *ledger, const struct off_entry *entry,
                                       struct error *err);

#endif
