/* Drawing credits: see credit.h, whose numbers are referred to here. */
#include "core/billing/credit.h"

#include <stdlib.h>

bool credit_instant(const struct zone *zone, struct date day, int64_t *ret_at_us, struct error *err)
{
    struct date next;
    if (!date_add_days(day, 1, &next, err))
        return false;
    *ret_at_us = zone_midnight(zone, next) - 1;
    return true;
}

static bool check_not_negative(const char *what, struct money money, struct error *err)
{
    return money_sign(money) >= 0 ||
           error_item(err, "bad_credit", "%s is %s, below zero", what, money_text(money).text);
}

/* Refuses other currencies too: every amount is compared with what is due. */
static bool take_smaller(struct money *amount, struct money other, struct error *err)
{
    int32_t order;
    if (!money_compare(*amount, other, &order, err))
        return false;
    *amount = order > 0 ? other : *amount;
    return true;
}

struct ranked {
    const struct credit_grant *grant;
    size_t index;
};

/* Rule 2. */
static int compare_ranks(const void *a, const void *b)
{
    const struct ranked *left = a;
    const struct ranked *right = b;
    if (left->grant->priority != right->grant->priority)
        return left->grant->priority > right->grant->priority ? -1 : 1;
    if (left->grant->expires_at_us != right->grant->expires_at_us)
        return left->grant->expires_at_us < right->grant->expires_at_us ? -1 : 1;
    return left->index < right->index ? -1 : 1;
}

/* Rule 1. */
static bool is_open(const struct credit_grant *grant, int64_t at_us)
{
    return grant->effective_at_us <= at_us && at_us < grant->expires_at_us;
}

static bool rank_grants(const struct credit_grant *grants, size_t count, int64_t at_us,
                        struct ranked *ranks, size_t *ret_count, struct error *err)
{
    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!check_not_negative("the balance of a credit", grants[i].balance, err))
            return false;
        if (is_open(&grants[i], at_us))
            ranks[(*ret_count)++] = (struct ranked){&grants[i], i};
    }
    qsort(ranks, *ret_count, sizeof *ranks, compare_ranks);
    return true;
}

static bool draw_one(const struct ranked *rank, struct money *wanted, struct credit_result *result,
                     struct error *err)
{
    struct money amount = rank->grant->balance;
    if (!take_smaller(&amount, *wanted, err) || !money_subtract(*wanted, amount, wanted, err))
        return false;
    result->applied[rank->index] = amount;
    if (money_sign(amount) > 0)
        result->draws[result->draw_count++] = (struct credit_draw){rank->index, amount};
    return true;
}

/* How much may be drawn at all: what is due, within the limit. */
static bool find_wanted(const struct credit_draw_request *request, struct money *ret_wanted,
                        struct error *err)
{
    struct money wanted = request->amount_due;
    if (money_sign(wanted) < 0)
        wanted = money_zero(wanted.currency);
    if (request->has_limit && (!check_not_negative("a credit limit", request->limit, err) ||
                               !take_smaller(&wanted, request->limit, err)))
        return false;
    *ret_wanted = wanted;
    return true;
}

static bool overdraw(const struct credit_draw_request *request, struct money *wanted,
                     struct credit_result *result, struct error *err)
{
    result->overdraft = money_zero(wanted->currency);
    if (!request->may_overdraw)
        return true;
    result->overdraft = *wanted;
    return check_not_negative("an overdraft limit", request->overdraft_limit, err) &&
           take_smaller(&result->overdraft, request->overdraft_limit, err) &&
           money_subtract(*wanted, result->overdraft, wanted, err);
}

bool credit_draw(const struct credit_grant *grants, size_t grant_count,
                 const struct credit_draw_request *request, struct arena *arena,
                 struct credit_result *ret_result, struct error *err)
{
    struct ranked *ranks = ARENA_NEW_ARRAY(arena, struct ranked, grant_count);
    size_t rank_count = 0;
    struct money allowed;
    struct credit_result result = {
        .draws = ARENA_NEW_ARRAY(arena, struct credit_draw, grant_count),
        .applied = ARENA_NEW_ARRAY(arena, struct money, grant_count),
    };
    if (!find_wanted(request, &allowed, err) ||
        !rank_grants(grants, grant_count, request->at_us, ranks, &rank_count, err))
        return false;
    struct money wanted = allowed;
    for (size_t i = 0; i < grant_count; i++)
        result.applied[i] = money_zero(allowed.currency);
    for (size_t i = 0; i < rank_count; i++)
        if (!draw_one(&ranks[i], &wanted, &result, err))
            return false;
    if (!overdraw(request, &wanted, &result, err) ||
        !money_subtract(allowed, wanted, &result.credit_applied, err) ||
        !money_subtract(request->amount_due, result.credit_applied, &result.amount_due, err))
        return false;
    *ret_result = result;
    return true;
}

/* When a grant can pay a debt; false where it never can, or not yet. */
static bool meets(const struct credit_grant *grant, const struct credit_debt *debt,
                  int64_t until_us, int64_t *ret_at_us)
{
    *ret_at_us = grant->effective_at_us > debt->since_us ? grant->effective_at_us : debt->since_us;
    return *ret_at_us <= until_us && *ret_at_us < grant->expires_at_us &&
           currency_equal(grant->balance.currency, debt->amount.currency);
}

/* The grant that pays a debt next, of those with something left; false where there is none. */
static bool find_payer(const struct credit_grant *grants, size_t count,
                       const struct credit_debt *debt, int64_t until_us, size_t *ret_grant,
                       int64_t *ret_at_us)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        int64_t at_us;
        if (money_sign(grants[i].balance) <= 0 || !meets(&grants[i], debt, until_us, &at_us))
            continue;
        struct ranked best = {&grants[*ret_grant], *ret_grant};
        struct ranked other = {&grants[i], i};
        if (found &&
            (at_us > *ret_at_us || (at_us == *ret_at_us && compare_ranks(&best, &other) < 0)))
            continue;
        *ret_grant = i;
        *ret_at_us = at_us;
        found = true;
    }
    return found;
}

bool credit_repay(const struct credit_grant *grants, size_t grant_count,
                  const struct credit_debt *debts, size_t debt_count, int64_t until_us,
                  struct arena *arena, struct credit_repayment **ret_repayments, size_t *ret_count,
                  struct error *err)
{
    struct credit_grant *left = ARENA_NEW_ARRAY(arena, struct credit_grant, grant_count + 1);
    struct credit_repayment *repayments =
        ARENA_NEW_ARRAY(arena, struct credit_repayment, grant_count + debt_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < grant_count; i++)
        left[i] = grants[i];
    for (size_t i = 0; i < debt_count; i++) {
        struct money owed = debts[i].amount;
        size_t grant = 0;
        int64_t at_us = 0;
        while (money_sign(owed) > 0 &&
               find_payer(left, grant_count, &debts[i], until_us, &grant, &at_us)) {
            struct money amount = left[grant].balance;
            if (!take_smaller(&amount, owed, err) || !money_subtract(owed, amount, &owed, err) ||
                !money_subtract(left[grant].balance, amount, &left[grant].balance, err))
                return false;
            repayments[count++] = (struct credit_repayment){i, grant, amount, at_us};
        }
    }
    *ret_repayments = repayments;
    *ret_count = count;
    return true;
}
