/* How a document tells its lines apart, for whoever shows them: what was frozen as the description
 * of a line says what it is for by itself (whose, product, meter and unit); what has to be said
 * besides depends on the other lines. */
#ifndef BILLMILL_STORES_LINE_TEXT_H
#define BILLMILL_STORES_LINE_TEXT_H

#include "core/stores/draft_store.h"

/* What the line at `index` is for: its description, with its price where the subscription has
 * another line of that description by another price, of a commitment with its contract and phase in
 * English: documents say these in the customer's language. In the arena, or the line's own. */
const char *line_text(const struct stored_line *lines, size_t count, size_t index,
                      struct arena *arena);

/* Whether they are of more than one subscription, so that each has to be named. */
bool lines_name_subscriptions(const struct stored_line *lines, size_t count);

/* Of a line that is of a subscription; a true-up is of a contract, which it names itself. */
bool line_is_of_subscription(const struct stored_line *line);

/* The tax point that all lines of a document have (stored_line_tax_point; without lines that of the
 * invoice). DATE_NONE where they differ. */
struct date lines_tax_point(const struct stored_line *lines, size_t count, struct date invoice_on);

/* The same in words: "tax point 2026-08-01", or where they differ the first and the last one. In
 * the arena. */
const char *tax_point_text(const struct stored_line *lines, size_t count, struct date invoice_on,
                           struct arena *arena);

#endif
