/* Progressive invoices: what a subscription uses is billed before its period ends, whenever the sum
 * of it passes a threshold of its plan (DOMAIN 3, "a total billed in several invoices is billed as
 * f(total so far) − already billed").
 *
 * 1. The sum is that of the usage prices of one plan within one full period, in one currency, with
 * what was billed of them already; each by its own price, but without minimum and commitment: what
 * is to be used at least is known at the end alone.
 * 2. A threshold is passed when the sum reaches it. Several at once are one invoice, over the whole
 * sum so far.
 * 3. A recurring amount r comes behind the last other threshold A (or 0): A + r, A + 2r …
 * 4. The invoice at the end bills the whole period, with minimum and commitment, less what was
 * billed: together they cost what one invoice would have. Where the price fell meanwhile (volume)
 * that is a credit. */
#ifndef BILLMILL_BILLING_PROGRESSIVE_H
#define BILLMILL_BILLING_PROGRESSIVE_H

#include "core/base/arena.h"
#include "core/billing/price.h"

#define USAGE_THRESHOLDS_MAX 100

struct usage_threshold {
    struct decimal amount; /* in the currency of the prices */
    bool recurring;
};

struct usage_thresholds {
    const struct usage_threshold *items; /* ascending; a recurring one is the last */
    size_t count;
};

/* ERROR_ITEM "bad_value" for amounts that are not above zero or do not ascend, and for more than
 * one recurring, or one that is not the last. */
MUST_CHECK bool usage_thresholds_check(const struct usage_thresholds *thresholds,
                                       struct error *err);

/* The highest threshold that the running sum has reached, 0 where there is none; *ret_due: it is
 * above what was billed. */
MUST_CHECK bool progressive_is_due(const struct usage_thresholds *thresholds, struct money billed,
                                   struct money running, struct decimal *ret_reached, bool *ret_due,
                                   struct error *err);

/* Rule 1: by what usage is billed before the end of its period. */
struct price progressive_price(const struct price *price);

/* The kinds of its periods and lines: progressive, progressive:2 … In the arena. */
const char *progressive_kind(int64_t number, struct arena *arena);

/* The number in a kind; 0: another kind. */
int64_t progressive_number(const char *kind);

#endif
