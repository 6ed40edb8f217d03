/* Which published rates a conversion uses, and which rate is not believed (DOMAIN 9).
 *
 * 1. Both legs are of one publication: one source, one day, one base. From the base or to it the
 * other leg is 1.
 * 2. The day is that which was asked for, or by the rule: `previous` the last one before it, `next`
 * the first one behind it (the return of the EU's One Stop Shop), `day_before` the last one that is
 * before it for certain (Poland); at most max_age_days away. There is no other answer: without a
 * publication it is an error, never an older rate.
 * 3. Of several on that day the one whose source stands first in the list counts, sources that are
 * not in it after those, by name; then by base. Of several versions of a rate the last one counts.
 * 4. A rate that jumps by more than a percentage from the one before it waits for a person. */
#ifndef BILLMILL_BILLING_EXCHANGE_RATE_H
#define BILLMILL_BILLING_EXCHANGE_RATE_H

#include "core/billing/conversion.h"

enum missing_day { MISSING_DAY_PREVIOUS, MISSING_DAY_NEXT, MISSING_DAY_DAY_BEFORE };
const char *missing_day_name(enum missing_day rule); /* "previous" … */

/* 1 base = rate quote. */
struct published_rate {
    struct date on;
    const char *source, *base, *quote;
    int64_t version;
    struct decimal rate;
};

struct rate_rule {
    enum missing_day missing_day;
    int32_t max_age_days;
    const char *const *sources; /* invariant 3 */
    size_t source_count;
};

/* The days that may have what `on` needs, both of them included. */
MUST_CHECK bool exchange_rate_days(const struct rate_rule *rule, struct date on,
                                   struct date *ret_first, struct date *ret_last,
                                   struct error *err);

struct exchange_rate_choice {
    struct conversion_legs legs;
    const char *source, *base;
    int64_t from_version, to_version; /* 0: it is the base */
    struct ratio rate;                /* 1 from = rate to */
};

/* Rates in any order. ERROR_ITEM "no_exchange_rate". A currency to itself is no conversion: the
 * caller asks for two. */
MUST_CHECK bool exchange_rate_choose(const struct published_rate *rates, size_t count,
                                     const char *from, const char *to, struct date on,
                                     const struct rate_rule *rule,
                                     struct exchange_rate_choice *ret_choice, struct error *err);

/* Whether the rate differs from the earlier one by more than that percentage of it. What has too
 * many digits to be compared does. */
bool exchange_rate_jumps(struct decimal earlier, struct decimal rate, int32_t jump_percent);

#endif
