/* A document in the currency of its seller's books, where it is in another one (DOMAIN 9): what a
 * tax return and the books need, by a published rate of the day.
 *
 * 1. The day is that on which the tax becomes due: the earlier one of the tax point and the day of
 * issue; of a credit note over an invoice that of the invoice, so that both are converted alike.
 * 2. Tax and total are converted, each rounded once; the net is what is between them, so that they
 * add up.
 * 3. The rates of that day have to be known: an earlier publication counts only where somebody has
 * asked since, for a later day. Whoever asks on the day itself may be before its publication.
 * 4. A credit note over an invoice that was converted takes the rates of that, though they were
 * corrected since. */
#ifndef BILLMILL_BILLING_DOCUMENT_CONVERSION_H
#define BILLMILL_BILLING_DOCUMENT_CONVERSION_H

#include "core/billing/exchange_rate.h"

struct document_amounts {
    struct money net, tax, total;
};

/* Invariant 2: from tax and total of `document`, whose net is not looked at. */
MUST_CHECK bool document_convert(const struct document_amounts *document, struct ratio rate,
                                 struct currency to, enum rounding rounding,
                                 struct document_amounts *ret_converted, struct error *err);

/* Invariant 3: ERROR_ITEM "rates_not_known". `known_on` is the last day for which somebody has
 * asked, or of which there is a rate; DATE_NONE for none. */
MUST_CHECK bool exchange_rate_check_known(const struct exchange_rate_choice *choice, struct date on,
                                          enum missing_day rule, struct date known_on,
                                          struct error *err);

#endif
