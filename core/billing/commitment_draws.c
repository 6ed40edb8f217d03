/* All charges of a customer and his commitments: see commitment_draws.h. */
#include "core/billing/commitment_draws.h"

#include <stdlib.h>
#include <string.h>

static bool same_accounts(const struct commitment_charge *a, const struct commitment_charge *b)
{
    if (a->account_count != b->account_count)
        return false;
    for (size_t i = 0; i < a->account_count; i++)
        if (a->accounts[i] != b->accounts[i])
            return false;
    return true;
}

static int compare_subjects(const struct commitment_charge *a, const struct commitment_charge *b)
{
    int order = date_compare(a->on, b->on);
    if (order == 0)
        order = strcmp(a->subscription, b->subscription);
    return order != 0 ? order : strcmp(a->price, b->price);
}

static int compare_charges(const void *a, const void *b)
{
    const struct commitment_charge *left = *(struct commitment_charge *const *)a;
    const struct commitment_charge *right = *(struct commitment_charge *const *)b;
    int order = compare_subjects(left, right);
    if (order != 0)
        return order;
    return left->place < right->place ? -1 : left->place > right->place;
}

/* Rule 1: those that are one charge. */
struct draw_group {
    struct commitment_charge **charges;
    size_t count;
    struct money net;
};

static bool next_group(struct commitment_charge **charges, size_t count,
                       struct draw_group *ret_group, struct error *err)
{
    struct draw_group group = {charges, 1, charges[0]->net};
    while (group.count < count && compare_subjects(charges[group.count], charges[0]) == 0 &&
           same_accounts(charges[group.count], charges[0])) {
        if (!money_add(group.net, charges[group.count]->net, &group.net, err))
            return false;
        group.count++;
    }
    *ret_group = group;
    return true;
}

/* The sum up to each charge is drawn anew: what it draws more is the charge's. */
static bool draw_group(const struct draw_group *group, struct arena *scratch, struct error *err)
{
    struct commitment_account *const *accounts = group->charges[0]->accounts;
    size_t count = group->charges[0]->account_count;
    struct money *before = ARENA_NEW_ARRAY(scratch, struct money, count + 1);
    struct money *parts = ARENA_NEW_ARRAY(scratch, struct money, count + 1);
    struct money *last = ARENA_NEW_ARRAY(scratch, struct money, count + 1);
    struct money sum = money_zero(group->net.currency);
    for (size_t k = 0; k < count; k++) {
        before[k] = accounts[k]->drawn;
        last[k] = sum;
    }
    for (size_t i = 0; i < group->count; i++) {
        struct commitment_charge *charge = group->charges[i];
        for (size_t k = 0; k < count; k++)
            accounts[k]->drawn = before[k];
        if (!money_add(sum, charge->net, &sum, err) ||
            !commitment_draw(accounts, count, sum, parts, err))
            return false;
        for (size_t k = 0; k < count; k++) {
            if (!money_subtract(parts[k], last[k], &charge->parts[k].part, err))
                return false;
            charge->parts[k].drawn = accounts[k]->drawn;
            last[k] = parts[k];
        }
    }
    return true;
}

bool commitments_draw(struct commitment_charge **charges, size_t count, struct arena *scratch,
                      struct error *err)
{
    struct draw_group *below =
        ARENA_NEW_ARRAY(scratch, struct draw_group, count + 1); /* zero, the last one first */
    size_t below_count = 0;
    for (size_t i = 0; i < count; i++)
        charges[i]->place = i;
    if (count > 1)
        qsort(charges, count, sizeof(struct commitment_charge *), compare_charges);
    for (size_t i = 0; i < count;) {
        struct draw_group group;
        if (!next_group(&charges[i], count - i, &group, err))
            return false;
        i += group.count;
        if (money_sign(group.net) < 0)
            below[below_count++] = group;
        else if (!draw_group(&group, scratch, err))
            return false;
    }
    while (below_count > 0)
        if (!draw_group(&below[--below_count], scratch, err))
            return false;
    return true;
}
