/* Where gateway and books differ: see payment_difference.h. */
#include "core/billing/payment_difference.h"

#include "core/base/text.h"

const char *payment_difference_name(enum payment_difference difference)
{
    switch (difference) {
    case DIFFERENCE_UNDECIDED:
        return "undecided";
    case DIFFERENCE_NOT_HERE:
        return "not_here";
    case DIFFERENCE_NOT_THERE:
        return "not_there";
    case DIFFERENCE_NOT_PAID_THERE:
        return "not_paid_there";
    case DIFFERENCE_CURRENCY:
        return "currency";
    case DIFFERENCE_AMOUNT:
        return "amount";
    case DIFFERENCE_REFUNDED_THERE:
        return "refunded_there";
    case DIFFERENCE_REFUNDED_HERE:
        return "refunded_here";
    case DIFFERENCE_DISPUTED:
        return "disputed";
    }
    return "";
}

static size_t differ_in_amounts(const struct payment_there *there, const struct payment_here *here,
                                enum payment_difference *ret_differences)
{
    size_t count = 0;
    if (!text_equal(there->amount.currency.code, here->amount.currency.code)) {
        ret_differences[0] = DIFFERENCE_CURRENCY;
        return 1;
    }
    if (!money_equal(there->amount, here->amount))
        ret_differences[count++] = DIFFERENCE_AMOUNT;
    if (money_minor(there->refunded) > money_minor(here->refunded))
        ret_differences[count++] = DIFFERENCE_REFUNDED_THERE;
    else if (money_minor(there->refunded) < money_minor(here->refunded))
        ret_differences[count++] = DIFFERENCE_REFUNDED_HERE;
    return count;
}

/* What is given back as a whole need not be booked at all. */
static bool is_given_back(const struct payment_there *there)
{
    return money_sign(there->amount) > 0 &&
           money_minor(there->refunded) >= money_minor(there->amount);
}

size_t payment_differ(const struct payment_there *there, const struct payment_here *here,
                      enum payment_difference *ret_differences)
{
    size_t count = 0;
    if (here->found && !there->found)
        ret_differences[count++] = DIFFERENCE_NOT_THERE;
    else if (here->found && !there->paid)
        ret_differences[count++] = DIFFERENCE_NOT_PAID_THERE;
    else if (here->found)
        count = differ_in_amounts(there, here, ret_differences);
    else if (there->found && there->paid && here->undecided)
        ret_differences[count++] = DIFFERENCE_UNDECIDED;
    else if (there->found && there->paid && !is_given_back(there))
        ret_differences[count++] = DIFFERENCE_NOT_HERE;
    if (there->found && there->disputed)
        ret_differences[count++] = DIFFERENCE_DISPUTED;
    return count;
}
