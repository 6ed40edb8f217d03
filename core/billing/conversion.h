/* An amount of one currency in another, by the rates of one publication (DOMAIN 9 and 11,
 * `calc conversion`).
 *
 * 1. `1 base = rate quote`. From A to B both legs are of the same publication: rate(B) / rate(A).
 * 2. The cross rate is kept as a ratio; the amount alone is rounded, once.
 * 3. A day without publication uses the last one before it, at most CONVERSION_AGE_DAYS_MAX days
 * back, that day included; an older or a later one is an error. */
#ifndef BILLMILL_BILLING_CONVERSION_H
#define BILLMILL_BILLING_CONVERSION_H

#include "core/calendar/date.h"
#include "core/money/money.h"

#define CONVERSION_AGE_DAYS_MAX 14

/* What one publication says of a conversion. The base itself has rate 1. */
struct conversion_legs {
    struct date published_on;
    struct decimal from_rate; /* above 0 */
    struct decimal to_rate;   /* above 0 */
};

/* Invariant 3: ERROR_ITEM "no_exchange_rate" with both dates. */
MUST_CHECK bool conversion_check_age(struct date published_on, struct date on, struct error *err);

/* Invariant 1; ERROR_ITEM "bad_exchange_rate" for a rate that is not above 0. */
MUST_CHECK bool conversion_rate(const struct conversion_legs *legs, struct ratio *ret_rate,
                                struct error *err);

/* amount · rate in the digits of `to`, rounded once. */
MUST_CHECK bool conversion_convert(struct decimal amount, struct ratio rate, struct currency to,
                                   enum rounding rounding, struct money *ret_amount,
                                   struct error *err);

#endif
