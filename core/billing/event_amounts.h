/* The amounts of money that events bring with them, for the prices that charge these and not what
 * the meter makes of the events (DOMAIN 3): a percentage price takes the value of each event, a
 * dynamic one its price_amount. A fold, in the order of (at, key). */
#ifndef BILLMILL_BILLING_EVENT_AMOUNTS_H
#define BILLMILL_BILLING_EVENT_AMOUNTS_H

#include "core/billing/percentage.h"
#include "core/billing/usage.h"

struct event_amounts {
    const struct price *price; /* that values the amounts: of a committed price its overage */
    struct decimal total;      /* the quantity that is rated */
    struct percentage_fold percentage;
};

/* Whether a price, or its overage, is charged by such amounts. (graduated_percentage is not: its
 * amount is the aggregate of its meter.) */
bool price_reads_amounts(const struct price *price);

/* `price` satisfies price_reads_amounts; it is borrowed. */
void event_amounts_start(struct event_amounts *amounts, const struct price *price);

/* ERROR_ITEM "missing_price_amount" names the event; "number_too_large". */
MUST_CHECK bool event_amounts_add(struct event_amounts *amounts, const struct usage_value *event,
                                  struct error *err);

/* What rating_request asks for; NULL where the total is all that counts. */
const struct percentage_fold *event_amounts_fold(const struct event_amounts *amounts);

#endif
