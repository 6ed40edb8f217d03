/* Splitting an amount so that the parts always sum to it (DOMAIN 4 and 11, `calc allocation`):
 * largest remainder. Every part is first its exact share cut toward zero; the minor units that are
 * left go one each to the parts that lost most, ties to the first. A negative total mirrors the
 * positive one.
 *
 * `ret_parts` has room for `count` parts and is written only on success; `scratch` is used for
 * working memory. ERROR_ITEM "bad_weights" when there are no weights, when they are all zero, or
 * (except in money_allocate_by_amounts) when one is negative. */
#ifndef BILLMILL_MONEY_ALLOCATION_H
#define BILLMILL_MONEY_ALLOCATION_H

#include "core/base/arena.h"
#include "core/money/money.h"

MUST_CHECK bool money_allocate(struct money total, const int64_t *weights, size_t count,
                               struct arena *scratch, struct money *ret_parts, struct error *err);

/* ERROR_ITEM "number_too_large" when the weights have no common denominator within 128 bits. */
MUST_CHECK bool money_allocate_by_ratios(struct money total, const struct ratio *weights,
                                         size_t count, struct arena *scratch,
                                         struct money *ret_parts, struct error *err);

/* In proportion to amounts of one currency, not necessarily that of the total: a tax over line
 * nets, a fee over payouts. A negative amount gets a share of the other sign (its share is cut
 * downward, the remainders work as above), a zero one nothing. A total of zero gives zeros whatever
 * the amounts; otherwise amounts that sum to zero are an error. */
MUST_CHECK bool money_allocate_by_amounts(struct money total, const struct money *amounts,
                                          size_t count, struct arena *scratch,
                                          struct money *ret_parts, struct error *err);

#endif
