/* What a person's decision takes back of a finalized invoice (DOMAIN 6): which lines and taxes a
 * credit note says, and never more than is left.
 *
 * 1. What is left of a line is its net (amount less discount; gross where prices include the tax)
 * less what earlier notes credited of it, and less what lines of other documents gave back of it
 * (give_back.h: the rest of a period, a reversal). Whichever comes first, both together give back
 * what was billed at most: a note what is left, as a line that gives back does. A note over all
 * that is left of an invoice of which nothing was given back says exactly what the invoice says,
 * line by line.
 * Of the billing period of its price, a note takes no more either than is left of that: of a line
 * that the same invoice gives back in part, or another one that is not its own, what remains
 * (forgiven.h, rule 7). An invoice of whose periods less is left than it asked for is not void.
 * 2. A part is asked for as a net, as nets of single lines, or as an unused fraction. A net is
 * spread over the lines in proportion to what is left of them, by largest remainder; a fraction is
 * rounded once for all lines of one tax, then spread. Only what is left above zero takes part of
 * it: what an invoice took off by a line of its own is given back with the rest.
 * 3. The taxes of a part are those of credit_note.h: the rate of the rounded net, never more than
 * is left, and the note that empties the lines of a tax takes all that is left of it.
 * 4. An invoice of which something was given back is not void any more. Billed again, it is
 * credited by what is left of it, and what is billed again is all that this is the rest of: its
 * periods, and what other documents credited for the rest of these (proration_credit), which takes
 * its part of what is charged now as it took its part of what was charged then. So whatever the
 * terms are now, and whichever of both documents is billed again first, a period costs what was
 * used of it, by what holds now where the charge was billed again, else by what was charged. A
 * document that gives back of a charge which is not billed again with it gives back by the terms
 * and discounts of that. A line that was reversed is neither credited nor billed again: both sides
 * would come to nothing. Nor is, with its own document, what was billed again with the charge that
 * it gave back of. What usage billed again comes to is all of it that is not billed elsewhere, so
 * what lowered it since is given back of the line that replaces it, and all that notes have left of
 * the old one is credited. */
#ifndef BILLMILL_BILLING_CORRECTION_H
#define BILLMILL_BILLING_CORRECTION_H

#include "core/billing/forgiven.h"
#include "core/billing/invoice.h"

/* Where a line is counted, which others may share. */
struct credited_account {
    struct forgiven_period *period; /* NULL: nowhere */
    size_t account;
};

/* An invoice, and what credit notes that are there (drafts too) took back of each line and tax. */
struct correction_subject {
    const char *number;
    const struct invoice_line_content *lines;
    const struct invoice_tax_content *taxes;
    size_t line_count, tax_count;
    struct money *credited_nets;  /* of each line */
    struct money *credited_taxes; /* of each tax */
    struct money *given_nets;     /* of each line, what other documents gave back of it */
    struct money *given_taxes;    /* of each tax */
    struct credited_account
        *accounts; /* of each line; NULL: what is left of periods is no matter */
    struct currency currency;
    enum rounding rounding;
};

enum credit_part { CREDIT_ALL, CREDIT_NET, CREDIT_LINES, CREDIT_UNUSED };

struct credit_line_request {
    int64_t line;
    struct money net;
};

struct credit_request {
    enum credit_part part;
    struct money net;                        /* CREDIT_NET */
    const struct credit_line_request *lines; /* CREDIT_LINES: each line once */
    size_t line_count;
    int64_t numerator, denominator; /* CREDIT_UNUSED: 0 < numerator <= denominator */
};

/* What the note says: lines have the numbers of the invoice's lines that they credit, taxes those
 * of its taxes. In the arena. */
struct credit_content {
    struct invoice_line_content *lines;
    struct invoice_tax_content *taxes;
    size_t line_count, tax_count;
    struct invoice_totals totals;
};

/* A period that is billed again has the kind of the one that it replaces behind "rebill:", and so
 * has its line; billed again once more, twice so. */
const char *correction_rebill_kind(const char *kind, struct arena *arena);
const char *correction_base_kind(const char *kind); /* without any "rebill:" */
bool correction_is_rebill_of(const char *kind, const char *replaced);

/* Whether anything is left to be credited. */
bool correction_has_rest(const struct correction_subject *subject);

/* ERROR_ITEM "nothing_left", "more_than_left" (with what is left), "bad_correction" (a line that is
 * not there, an amount that is not above zero). Nothing of the subject changes. */
MUST_CHECK bool correction_credit(const struct correction_subject *subject,
                                  const struct credit_request *request, struct arena *arena,
                                  struct credit_content *ret_content, struct error *err);

/* Counts as given back of a line (index), by another document, this net with the taxes that it is
 * by the rates of the invoice. Not by the figures of the line that gives it: where a document sums
 * to little, its tax is spread over its lines by more than their rates. */
MUST_CHECK bool correction_give(struct correction_subject *subject, size_t line, struct money net,
                                struct arena *arena, struct error *err);

/* After the last of them: of a tax whose lines have nothing left nothing is left, and never less
 * where they have something. */
MUST_CHECK bool correction_close_given(struct correction_subject *subject, struct error *err);

/* Whether all of it can be void: its periods have as much left. */
MUST_CHECK bool correction_can_void(const struct correction_subject *subject, struct arena *arena,
                                    bool *ret_can, struct error *err);

/* Counts it as void. */
MUST_CHECK bool correction_take_void(struct correction_subject *subject, struct error *err);

/* Counts the note as credited: what the next request finds is less by it. */
MUST_CHECK bool correction_take(struct correction_subject *subject,
                                const struct credit_content *content, struct error *err);

#endif
