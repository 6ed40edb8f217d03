/* Whose usage it is: see usage_share.h, whose numbers are referred to here. */
#include "core/billing/usage_share.h"

#include <string.h>

#include "core/base/text.h"
#include "core/money/allocation.h"

int usage_share_compare(const struct usage_share *a, const struct usage_share *b)
{
    int order = strcmp(a->project, b->project);
    return order != 0 ? order : strcmp(a->member, b->member);
}

bool usage_shares_add(struct usage_shares *shares, const char *project, const char *member,
                      struct decimal quantity, struct arena *arena, struct error *err)
{
    struct usage_share share = {project, member, quantity};
    size_t at = shares->count;
    while (at > 0 && usage_share_compare(&shares->items[at - 1], &share) > 0)
        at--;
    if (at > 0 && usage_share_compare(&shares->items[at - 1], &share) == 0) {
        struct decimal *sum = &shares->items[at - 1].quantity;
        return decimal_add(*sum, quantity, sum, err);
    }
    ARRAY_ADD(arena, shares) = share;
    for (size_t i = shares->count - 1; i > at; i--)
        shares->items[i] = shares->items[i - 1];
    shares->items[at] = share;
    return true;
}

bool usage_shares_add_all(struct usage_shares *shares, const struct usage_shares *others,
                          struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < others->count; i++)
        if (!usage_shares_add(shares, others->items[i].project, others->items[i].member,
                              others->items[i].quantity, arena, err))
            return false;
    return true;
}

bool usage_shares_subtract_all(struct usage_shares *shares, const struct usage_shares *others,
                               struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < others->count; i++) {
        struct decimal less;
        if (!decimal_negate(others->items[i].quantity, &less, err) ||
            !usage_shares_add(shares, others->items[i].project, others->items[i].member, less,
                              arena, err))
            return false;
    }
    return true;
}

bool usage_shares_negate(struct usage_shares *shares, struct error *err)
{
    for (size_t i = 0; i < shares->count; i++)
        if (!decimal_negate(shares->items[i].quantity, &shares->items[i].quantity, err))
            return false;
    return true;
}

/* Of the weights that count for a value; 0: there are none. */
static int32_t sign_of_weights(const struct usage_shares *shares, struct money value)
{
    int32_t wanted = money_sign(value) < 0 ? -1 : 1;
    int32_t sign = 0;
    for (size_t i = 0; i < shares->count && sign != wanted; i++)
        if (decimal_sign(shares->items[i].quantity) != 0)
            sign = decimal_sign(shares->items[i].quantity);
    return sign;
}

bool usage_shares_any(const struct usage_shares *shares)
{
    for (size_t i = 0; i < shares->count; i++)
        if (decimal_sign(shares->items[i].quantity) != 0 &&
            !(text_is_empty(shares->items[i].project) && text_is_empty(shares->items[i].member)))
            return true;
    return false;
}

bool usage_shares_split(struct money value, const struct usage_shares *shares, struct arena *arena,
                        struct money **ret_parts, struct error *err)
{
    struct ratio *weights = ARENA_NEW_ARRAY(arena, struct ratio, shares->count + 1);
    struct money *parts = ARENA_NEW_ARRAY(arena, struct money, shares->count + 1);
    int32_t sign = sign_of_weights(shares, value);
    for (size_t i = 0; i < shares->count; i++) {
        struct decimal weight = shares->items[i].quantity;
        parts[i] = money_zero(value.currency);
        if (sign == 0 || decimal_sign(weight) != sign)
            continue;
        if (sign < 0 && !decimal_negate(weight, &weight, err))
            return false;
        weights[i] = ratio_from_decimal(weight);
    }
    if (sign != 0 && !money_allocate_by_ratios(value, weights, shares->count, arena, parts, err))
        return false;
    *ret_parts = parts;
    return true;
}
