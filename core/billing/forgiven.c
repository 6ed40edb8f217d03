/* What stays forgiven: see forgiven.h, whose rules are referred to by number. */
#include "core/billing/forgiven.h"

/* ---------------------------------------------------------------- what is owed */

static struct money lower_of(struct money a, struct money b)
{
    return money_minor(a) < money_minor(b) ? a : b;
}

/* Whether it shares with the account. */
static bool shares(const struct forgiven_accounts *accounts, size_t index, size_t other)
{
    return index == other ||
           (!accounts->items[index].is_metered && !accounts->items[other].is_metered);
}

struct rest_sums {
    struct money owed;      /* of those that cost more than was noted … */
    struct money shortfall; /* … or less */
    struct money early;     /* rule 2: what was given back before it was charged */
};

static bool add_rest(const struct forgiven_account *account, struct money more,
                     struct rest_sums *sums, struct error *err)
{
    struct money rest;
    if (!money_add(account->cost, more, &rest, err) ||
        !money_subtract(rest, account->noted, &rest, err))
        return false;
    if (money_sign(rest) >= 0)
        return money_add(sums->owed, rest, &sums->owed, err);
    if (money_sign(account->noted) == 0)
        return money_add(sums->early, rest, &sums->early, err);
    return money_subtract(sums->shortfall, rest, &sums->shortfall, err);
}

/* Of those that share with the account; `plan_of`: of that one's plan alone, SIZE_MAX: of all. */
static bool add_up(const struct forgiven_accounts *accounts, size_t index, struct money more,
                   size_t plan_of, struct rest_sums *ret_sums, struct error *err)
{
    struct money zero = money_zero(more.currency);
    *ret_sums = (struct rest_sums){zero, zero, zero};
    for (size_t i = 0; i < accounts->count; i++)
        if (shares(accounts, index, i) &&
            (plan_of == SIZE_MAX ||
             accounts->items[i].plan_id == accounts->items[plan_of].plan_id) &&
            !add_rest(&accounts->items[i], i == index ? more : zero, ret_sums, err))
            return false;
    return true;
}

/* Rule 3: a maximal flow from what is short to what is owed, not within a plan. Its least cut
 * takes all that is short, all that is owed, or all of both but for those of one plan. */
static bool find_flow(const struct forgiven_accounts *accounts, size_t index, struct money more,
                      const struct rest_sums *all, struct money *ret_flow, struct error *err)
{
    struct money flow = lower_of(all->owed, all->shortfall);
    for (size_t i = 0; i < accounts->count && money_sign(flow) > 0; i++) {
        struct rest_sums plan;
        struct money owed, shortfall;
        if (!shares(accounts, index, i))
            continue;
        if (!add_up(accounts, index, more, i, &plan, err) ||
            !money_subtract(all->owed, plan.owed, &owed, err) ||
            !money_subtract(all->shortfall, plan.shortfall, &shortfall, err) ||
            !money_add(owed, shortfall, &owed, err))
            return false;
        flow = lower_of(flow, owed);
    }
    *ret_flow = flow;
    return true;
}

bool forgiven_owed(const struct forgiven_accounts *accounts, size_t index, struct money more,
                   struct money *ret_owed, struct error *err)
{
    struct rest_sums all;
    struct money flow, owed;
    if (!add_up(accounts, index, more, SIZE_MAX, &all, err) ||
        !find_flow(accounts, index, more, &all, &flow, err) ||
        !money_subtract(all.owed, flow, &owed, err) || !money_add(owed, all.early, &owed, err))
        return false;
    *ret_owed = owed;
    return true;
}

/* ---------------------------------------------------------------- lines */

/* Between nothing and all of it. */
static struct money within(struct money part, struct money whole)
{
    struct money zero = money_zero(whole.currency);
    struct money low = money_sign(whole) < 0 ? whole : zero;
    struct money high = money_sign(whole) < 0 ? zero : whole;
    return money_minor(part) < money_minor(low) ? low : lower_of(part, high);
}

bool forgiven_of_line(const struct forgiven_accounts *accounts, size_t index, struct money net,
                      struct money *ret_forgiven, struct error *err)
{
    struct money own;
    if (!forgiven_owed(accounts, index, net, &own, err))
        return false;
    for (size_t i = 0; i < accounts->count; i++)
        if (shares(accounts, index, i) &&
            !money_subtract(own, accounts->items[i].billed, &own, err))
            return false;
    return money_subtract(net, within(own, net), ret_forgiven, err);
}

bool forgiven_add_line(struct forgiven_account *account, struct money net, struct money forgiven,
                       struct error *err)
{
    struct money said;
    return money_subtract(net, forgiven, &said, err) &&
           money_add(account->cost, net, &account->cost, err) &&
           money_add(account->billed, said, &account->billed, err);
}

/* Whether what is owed is less by all of it. */
static bool lowers(const struct forgiven_accounts *accounts, size_t index, struct money before,
                   struct money net, bool *ret_lowers, struct error *err)
{
    struct money owed, noted = accounts->items[index].noted;
    struct forgiven_account *account = &accounts->items[index];
    if (!money_add(noted, net, &account->noted, err))
        return false;
    bool done = forgiven_owed(accounts, index, money_zero(net.currency), &owed, err);
    account->noted = noted;
    if (!done || !money_add(owed, net, &owed, err))
        return false;
    *ret_lowers = money_equal(owed, before);
    return true;
}

/* What is owed falls by all of a note up to some point, and beyond it by no more than that: it is
 * found by halves. */
bool forgiven_most_noted(const struct forgiven_accounts *accounts, size_t index, struct money asked,
                         struct money *ret_most, struct error *err)
{
    struct money before;
    bool is_lowered = false;
    if (!forgiven_owed(accounts, index, money_zero(asked.currency), &before, err) ||
        !lowers(accounts, index, before, asked, &is_lowered, err))
        return false;
    int64_t most_minor = is_lowered ? money_minor(asked) : 0;
    int64_t above_minor = money_minor(asked);
    while (above_minor - most_minor > 1) {
        int64_t half_minor = most_minor + (above_minor - most_minor) / 2;
        if (!lowers(accounts, index, before, money_of_minor(half_minor, asked.currency),
                    &is_lowered, err))
            return false;
        if (is_lowered)
            most_minor = half_minor;
        else
            above_minor = half_minor;
    }
    *ret_most = money_of_minor(most_minor, asked.currency);
    return true;
}

bool forgiven_add_note(struct forgiven_account *account, struct money net, struct error *err)
{
    return money_add(account->noted, net, &account->noted, err) &&
           money_subtract(account->billed, net, &account->billed, err);
}
