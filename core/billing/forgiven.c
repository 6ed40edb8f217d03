/* What stays forgiven: see forgiven.h, whose rules are referred to by number. */
#include "core/billing/forgiven.h"

/* The shortfall that one price's lines of the day have left; below zero where they took another
 * plan's. */
static bool left_of_price(int64_t price_id, const struct forgiven_line *lines, size_t count,
                          struct money *ret_left, struct error *err)
{
    for (size_t i = 0; i < count; i++)
        if (lines[i].price_id == price_id &&
            !money_subtract(*ret_left, lines[i].forgiven, ret_left, err))
            return false;
    return true;
}

static bool is_first_of_price(const struct forgiven_line *lines, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (lines[i].price_id == lines[index].price_id)
            return false;
    return true;
}

/* Rule 2: what other plans leave, less what this plan took of it already. */
static bool left_of_plans(const struct forgiven_line *charge, const struct forgiven_line *lines,
                          size_t count, struct money *ret_left, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct money left = money_zero(ret_left->currency);
        if (lines[i].is_metered || !is_first_of_price(lines, i))
            continue;
        if (!left_of_price(lines[i].price_id, lines, count, &left, err))
            return false;
        bool counts = lines[i].plan_id != charge->plan_id || money_sign(left) < 0;
        if (counts && !money_add(*ret_left, left, ret_left, err))
            return false;
    }
    return true;
}

static struct money not_negative(struct money money)
{
    return money_sign(money) < 0 ? money_zero(money.currency) : money;
}

bool forgiven_off_charge(const struct forgiven_line *charge, struct money net,
                         const struct forgiven_line *lines, size_t count,
                         struct money *ret_forgiven, struct error *err)
{
    struct money own = money_zero(net.currency);
    struct money others = own;
    int32_t order = 0;
    if (!left_of_price(charge->price_id, lines, count, &own, err) ||
        (!charge->is_metered && !left_of_plans(charge, lines, count, &others, err)))
        return false;
    struct money sum = not_negative(own);
    if (!money_add(sum, not_negative(others), &sum, err) || !money_compare(sum, net, &order, err))
        return false;
    *ret_forgiven = not_negative(order < 0 ? sum : net);
    return true;
}
