/* Events of a percentage price: see percentage.h, whose numbers are referred to here. */
#include "core/billing/percentage.h"

void percentage_fold_start(struct percentage_fold *fold, const struct price *price)
{
    *fold = (struct percentage_fold){.price = price};
}

/* Rule 1. */
static bool is_open(const struct percentage_fold *fold)
{
    const struct price *price = fold->price;
    if (!price->free_events.given && !price->free_amount.given)
        return false;
    if (price->free_events.given &&
        decimal_compare(decimal_from_i64(fold->free_count), price->free_events.value) >= 0)
        return false;
    return !price->free_amount.given ||
           decimal_compare(fold->free_used, price->free_amount.value) < 0;
}

/* What the event pays on, and whether it pays at all. Rule 2: its free part is used up either way.
 */
static bool take_free_part(struct percentage_fold *fold, struct decimal amount,
                           struct decimal *ret_rest, bool *ret_pays, struct error *err)
{
    struct decimal used;
    *ret_rest = amount;
    *ret_pays = true;
    if (!is_open(fold))
        return true;
    if (!decimal_add(fold->free_used, amount, &used, err))
        return false;
    if (fold->price->free_amount.given &&
        decimal_compare(used, fold->price->free_amount.value) > 0) {
        if (!decimal_subtract(used, fold->price->free_amount.value, ret_rest, err))
            return false;
        fold->free_used = fold->price->free_amount.value;
        return true;
    }
    fold->free_used = used;
    fold->free_count++;
    *ret_pays = false;
    return true;
}

/* rest · rate_percent + 100 · fee, against 100 · limit: no division. */
static bool compare_limit(const struct price *price, struct decimal rest, struct price_figure limit,
                          int32_t *ret_order, struct error *err)
{
    struct ratio cost, fee, bound, hundred = ratio_from_i64(100);
    if (!ratio_multiply_decimal(ratio_from_decimal(rest), price->rate_percent.value, &cost, err) ||
        !ratio_multiply_decimal(hundred, price->fixed_fee_per_event.value, &fee, err) ||
        !ratio_multiply_decimal(hundred, limit.value, &bound, err) ||
        !ratio_add(cost, fee, &cost, err))
        return false;
    *ret_order = ratio_compare(cost, bound);
    return true;
}

/* A minimum above the maximum holds for every event: it fills up last. */
static bool minimum_always_holds(const struct price *price)
{
    return price->minimum_per_event.given && price->maximum_per_event.given &&
           decimal_compare(price->minimum_per_event.value, price->maximum_per_event.value) > 0;
}

/* Rule 3: which of the three figures is the event's cost. */
static bool count_cost(struct percentage_fold *fold, struct decimal rest, struct error *err)
{
    const struct price *price = fold->price;
    int32_t over = 0, under = 0;
    if (price->maximum_per_event.given &&
        !compare_limit(price, rest, price->maximum_per_event, &over, err))
        return false;
    if (price->minimum_per_event.given &&
        !compare_limit(price, rest, price->minimum_per_event, &under, err))
        return false;
    if (under < 0 || minimum_always_holds(price)) {
        fold->at_minimum_count++;
        return true;
    }
    if (over > 0) {
        fold->at_maximum_count++;
        return true;
    }
    fold->at_rate_count++;
    return decimal_add(fold->at_rate_amount, rest, &fold->at_rate_amount, err);
}

bool percentage_fold_add(struct percentage_fold *fold, struct decimal amount, struct error *err)
{
    struct decimal rest;
    bool pays;
    if (!decimal_add(fold->total, amount, &fold->total, err))
        return false;
    if (decimal_sign(amount) < 0) /* rule 4 */
        return true;
    if (!take_free_part(fold, amount, &rest, &pays, err))
        return false;
    if (!pays)
        return true;
    fold->paying_count++;
    return decimal_add(fold->paying_amount, rest, &fold->paying_amount, err) &&
           count_cost(fold, rest, err);
}

/* sum + count · figure */
static bool add_counted(struct ratio *sum, int64_t count, struct price_figure figure,
                        struct error *err)
{
    struct ratio part;
    return ratio_multiply_decimal(ratio_from_i64(count), figure.value, &part, err) &&
           ratio_add(*sum, part, sum, err);
}

bool percentage_fold_finish(const struct percentage_fold *fold,
                            struct percentage_charge *ret_charge, struct error *err)
{
    const struct price *price = fold->price;
    struct percentage_charge charge = {.amount = fold->paying_amount};
    if (!decimal_multiply(price->rate_percent.value, (struct decimal){1, 2}, &charge.rate, err) ||
        !decimal_multiply(price->fixed_fee_per_event.value, decimal_from_i64(fold->paying_count),
                          &charge.fees, err) ||
        !ratio_multiply_decimal(ratio_from_decimal(fold->at_rate_amount), charge.rate,
                                &charge.charge, err) ||
        !add_counted(&charge.charge, fold->at_rate_count, price->fixed_fee_per_event, err) ||
        !add_counted(&charge.charge, fold->at_minimum_count, price->minimum_per_event, err) ||
        !add_counted(&charge.charge, fold->at_maximum_count, price->maximum_per_event, err))
        return false;
    *ret_charge = charge;
    return true;
}
