/* Gained or lost by the exchange rate: see exchange_difference.h, whose numbers are referred to
 * here. */
#include "core/billing/exchange_difference.h"

#include "core/billing/conversion.h"

static bool lesser(struct money a, struct money b, struct money *ret_lesser, struct error *err)
{
    int32_t order;
    if (!money_compare(a, b, &order, err))
        return false;
    *ret_lesser = order < 0 ? a : b;
    return true;
}

static struct money at_least_zero(struct money amount)
{
    return money_sign(amount) < 0 ? money_zero(amount.currency) : amount;
}

bool exchange_settles(const struct exchange_account *account, struct money amount,
                      struct money *ret_settled, struct error *err)
{
    struct money kept, settled;
    if (!money_add(account->kept, amount, &kept, err))
        return false;
    if (money_sign(amount) < 0)
        return lesser(account->settled, at_least_zero(kept), &settled, err) &&
               money_subtract(settled, account->settled, ret_settled, err);
    if (!lesser(kept, account->payable, &settled, err) ||
        !money_subtract(settled, account->settled, &settled, err))
        return false;
    return lesser(amount, at_least_zero(settled), ret_settled, err);
}

/* Rule 3: of the whole of the invoice what is settled. */
static bool relieved_by(const struct exchange_account *account, struct money settled,
                        enum rounding rounding, struct money *ret_relieved, struct error *err)
{
    struct ratio share;
    return ratio_divide(money_to_ratio(settled), money_to_ratio(account->total), &share, err) &&
           money_multiply_ratio(account->books, share, rounding, ret_relieved, err);
}

bool exchange_part_of(const struct exchange_account *account, struct money settled,
                      struct ratio rate, enum rounding rounding, struct exchange_part *ret_part,
                      struct error *err)
{
    struct exchange_part part = {.settled = settled};
    struct money before, after, settled_after;
    if (!money_add(account->settled, settled, &settled_after, err) ||
        !relieved_by(account, account->settled, rounding, &before, err) ||
        !relieved_by(account, settled_after, rounding, &after, err) ||
        !money_subtract(after, before, &part.relieved, err) ||
        !conversion_convert(money_to_decimal(settled), rate, account->books.currency, rounding,
                            &part.worth, err) ||
        !money_subtract(part.worth, part.relieved, &part.difference, err))
        return false;
    *ret_part = part;
    return true;
}

bool exchange_account_take(struct exchange_account *account, struct money amount,
                           struct money settled, struct error *err)
{
    struct money kept, sum;
    if (!money_add(account->kept, amount, &kept, err) ||
        !money_add(account->settled, settled, &sum, err))
        return false;
    account->kept = kept;
    account->settled = sum;
    return true;
}
