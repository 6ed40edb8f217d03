/* Whose usage a line is of: what of it each project and member of the customer caused (DOMAIN 1,
 * "usage … (+ project, member)"), and what of the line's value that makes.
 *
 * 1. Usage is grouped by the project and the member that its events name; both, one or neither.
 * 2. The weight of a group is what its events alone come to, aggregated as the line's whole usage:
 * the sum of what it used, its own peak, its own distinct values. Where the events bring amounts of
 * money with them (event_amounts.h) it is the sum of these.
 * 3. A line that goes on from earlier lines of its period (late usage, what is billed before a
 * period ends) has what came since: the weights of all that was used less those of the earlier
 * lines, where a line without weights was nobody's. One that takes back has the weights of what it
 * takes back with the other sign, as its quantity has.
 * 4. The value of a line is split by largest remainder over the weights that have its sign, in the
 * order of project and member, nobody first; so the parts sum to it, and what is taken back is
 * taken back of those to whom it was charged. Where none has its sign (a price below zero) the
 * others are the weights; where there are none at all it is nobody's. */
#ifndef BILLMILL_BILLING_USAGE_SHARE_H
#define BILLMILL_BILLING_USAGE_SHARE_H

#include "core/base/arena.h"
#include "core/base/array.h"
#include "core/money/decimal.h"
#include "core/money/money.h"

struct usage_share {
    const char *project, *member; /* "": none */
    struct decimal quantity;
};

/* By project, then member, bytewise; each pair once. */
struct usage_shares ARRAY_OF(struct usage_share);

int usage_share_compare(const struct usage_share *a, const struct usage_share *b);

/* Texts are borrowed. ERROR_ITEM "number_too_large". */
MUST_CHECK bool usage_shares_add(struct usage_shares *shares, const char *project,
                                 const char *member, struct decimal quantity, struct arena *arena,
                                 struct error *err);
MUST_CHECK bool usage_shares_add_all(struct usage_shares *shares, const struct usage_shares *others,
                                     struct arena *arena, struct error *err);
MUST_CHECK bool usage_shares_subtract_all(struct usage_shares *shares,
                                          const struct usage_shares *others, struct arena *arena,
                                          struct error *err);
MUST_CHECK bool usage_shares_negate(struct usage_shares *shares, struct error *err);

/* Whether anything is somebody's: a weight that is not zero. */
bool usage_shares_any(const struct usage_shares *shares);

/* Rule 4: a part for each share, in the arena; zeros where it is nobody's and nobody has none. */
MUST_CHECK bool usage_shares_split(struct money value, const struct usage_shares *shares,
                                   struct arena *arena, struct money **ret_parts,
                                   struct error *err);

#endif
