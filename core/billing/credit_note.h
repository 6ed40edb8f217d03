/* Credit notes over a part or the whole of what was invoiced (DOMAIN 6 and 11 "credit_note").
 *
 * 1. The net is the unused part of what was invoiced, rounded once, and at most what earlier notes
 * have left of it. Without a part it is all that is left.
 * 2. Each tax is its rate of that net, rounded; the total is rounded net and rounded taxes, never
 * the rounded gross. There is never more tax than is left.
 * 3. The note that empties the net takes all the tax that is left, so that no cent stays behind.
 * 4. Where the tax is not each tax's own (rule 2's limit, rule 3), it is shared by rate, by largest
 * remainder.
 *
 * It counts in positive figures: a note lowers what is owed by its total. Lines that have the same
 * taxes are credited together; a note of lines with different taxes is the sum of such parts. */
#ifndef BILLMILL_BILLING_CREDIT_NOTE_H
#define BILLMILL_BILLING_CREDIT_NOTE_H

#include "core/base/arena.h"
#include "core/money/money.h"

struct credit_note_request {
    struct money net; /* invoiced, after discounts, without tax */
    struct money tax; /* invoiced on it, all taxes: credit_note_invoiced_tax recomputes */
    const struct decimal *rates; /* percent, one for each tax */
    size_t rate_count;
    struct money credited_net; /* by earlier notes */
    struct money credited_tax;
    bool has_part;
    int64_t numerator, denominator; /* the unused part: 0 <= numerator <= denominator, above zero */
    enum rounding rounding;
};

struct credit_note {
    struct money net;
    struct money *taxes; /* for each rate, in the arena */
    struct money tax;
    struct money total;
};

/* What an invoice charges on a net: each tax by itself, rounded (tax.h, rule 3 "group"). */
MUST_CHECK bool credit_note_invoiced_tax(struct money net, const struct decimal *rates,
                                         size_t rate_count, enum rounding rounding,
                                         struct money *ret_tax, struct error *err);

/* ERROR_ITEM "bad_credit_note" for figures below zero, a part outside 0..1, or more credited than
 * invoiced. */
MUST_CHECK bool credit_note_compute(const struct credit_note_request *request, struct arena *arena,
                                    struct credit_note *ret_note, struct error *err);

#endif
