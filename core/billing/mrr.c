/* Normalisation and movements: see mrr.h. */
#include "core/billing/mrr.h"

#define DAYS_PER_YEAR 365
#define DAYS_PER_WEEK 7
#define MONTHS_PER_YEAR 12

struct months {
    int64_t numerator, denominator;
};

/* How many months of revenue one interval's price is spread over, turned round: the factor. */
static struct months factor_of(enum interval_unit unit)
{
    switch (unit) {
    case INTERVAL_DAY:
        return (struct months){DAYS_PER_YEAR, MONTHS_PER_YEAR};
    case INTERVAL_WEEK:
        return (struct months){DAYS_PER_YEAR, MONTHS_PER_YEAR * DAYS_PER_WEEK};
    case INTERVAL_MONTH:
        return (struct months){1, 1};
    case INTERVAL_QUARTER:
        return (struct months){1, 3};
    case INTERVAL_HALF_YEAR:
        return (struct months){1, 6};
    case INTERVAL_YEAR:
        return (struct months){1, MONTHS_PER_YEAR};
    }
    return (struct months){1, 1};
}

bool mrr_normalize(const struct mrr_price *price, struct currency currency, struct money *ret_mrr,
                   struct error *err)
{
    struct months factor = factor_of(price->interval);
    struct ratio exact;
    return ratio_make(factor.numerator, factor.denominator * price->interval_count, &exact, err) &&
           ratio_multiply_decimal(exact, price->amount, &exact, err) &&
           ratio_multiply_decimal(exact, price->quantity, &exact, err) &&
           money_from_ratio(exact, currency, ROUND_HALF_UP, ret_mrr, err);
}

struct mrr_movements mrr_movements_none(struct currency currency)
{
    struct money zero = money_zero(currency);
    return (struct mrr_movements){zero, zero, zero, zero, zero};
}

/* Where the change from before to after counts. */
static struct money *movement_of(struct mrr_movements *movements, struct money before,
                                 struct money after, bool rises, bool had_revenue)
{
    if (money_sign(before) == 0)
        return had_revenue ? &movements->reactivation : &movements->new_business;
    if (money_sign(after) == 0)
        return &movements->churn;
    return rises ? &movements->expansion : &movements->contraction;
}

bool mrr_movements_add(struct mrr_movements *movements, struct money before, struct money after,
                       bool had_revenue, struct error *err)
{
    int32_t order = 0;
    struct money change;
    if (money_sign(before) < 0 || money_sign(after) < 0)
        return error_item(err, "bad_mrr", "monthly revenue cannot be negative: from %s to %s",
                          money_text(before).text, money_text(after).text);
    if (!money_compare(before, after, &order, err))
        return false;
    if (order == 0)
        return true;
    bool rises = order < 0;
    struct money *movement = movement_of(movements, before, after, rises, had_revenue);
    return money_subtract(rises ? after : before, rises ? before : after, &change, err) &&
           money_add(*movement, change, movement, err);
}

bool mrr_movements_change(const struct mrr_movements *movements, struct money *ret_change,
                          struct error *err)
{
    struct money change = money_zero(movements->churn.currency);
    if (!money_add(change, movements->new_business, &change, err) ||
        !money_add(change, movements->expansion, &change, err) ||
        !money_add(change, movements->reactivation, &change, err) ||
        !money_subtract(change, movements->contraction, &change, err) ||
        !money_subtract(change, movements->churn, &change, err))
        return false;
    *ret_change = change;
    return true;
}
