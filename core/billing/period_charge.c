/* What rating is asked for a period: see period_charge.h. */
#include "core/billing/period_charge.h"

#include "core/billing/subscription_periods.h"

#define US_PER_SECOND INT64_C(1000000)

struct decimal period_charge_quantity(const struct price *price, struct decimal subscribed)
{
    return price_rated_by(price)->model == PRICE_FLAT ? decimal_from_i64(1) : subscribed;
}

bool period_charge_part(const struct period_charge *charge, struct period_part *ret_part,
                        struct error *err)
{
    return period_part_read(charge->proration, charge->full, charge->period, ret_part, err);
}

/* Each measured as the part is. */
static bool take_off_gaps(const struct period_charge *charge, struct period_part *part,
                          struct error *err)
{
    for (size_t i = 0; i < charge->gaps.count; i++) {
        struct period_part gap;
        if (!period_part_make(part->basis, NULL, charge->full, charge->gaps.items[i].days, &gap,
                              err))
            return false;
        part->part.numerator -= gap.part.numerator;
    }
    return true;
}

bool period_charge_before_part(const struct period_charge *charge, struct period_part *ret_part,
                               struct error *err)
{
    struct period_part part;
    bool is_before = date_compare(charge->before.start, charge->before.end) < 0;
    if (!period_charge_part(charge, &part, err))
        return false;
    part.part.numerator = 0;
    if (is_before && part.basis == PRORATE_SECOND)
        part.part.numerator = charge->before_us / US_PER_SECOND;
    else if (is_before &&
             (!period_part_make(part.basis, NULL, charge->full, charge->before, &part, err) ||
              !take_off_gaps(charge, &part, err)))
        return false;
    *ret_part = part;
    return true;
}

struct period period_charge_before(struct date counts_from, struct date start)
{
    return (struct period){date_is_none(counts_from) ? start : counts_from, start};
}

bool period_usage_span(const struct counted_days *counted, struct period full,
                       struct usage_span *ret_span, struct error *err)
{
    struct due_period due = {.period = counted->days, .full = full};
    struct usage_span span = {.start_at_us = counted->start_at_us,
                              .end_at_us = counted->end_at_us -
                                           counted_gaps_us(counted->gaps, counted->end_at_us)};
    if (!due_period_share(&due, &span.share, err))
        return false;
    for (size_t i = 0; i < counted->gaps.count; i++) {
        struct ratio share;
        due.period = counted->gaps.items[i].days;
        if (!due_period_share(&due, &share, err) ||
            !ratio_subtract(span.share, share, &span.share, err))
            return false;
    }
    *ret_span = span;
    return true;
}

bool period_charge_request(const struct period_charge *charge, struct rating_request *ret_request,
                           struct error *err)
{
    struct rating_request request = rating_request_whole(charge->quantity);
    struct period_part part;
    request.flat_fee_at_zero = charge->flat_fee_at_zero && !charge->price->free_at_zero;
    request.rounding = charge->rounding;
    request.discount_percent = charge->discount_percent;
    request.events = charge->events;
    request.rounds_whole = true;
    if (!period_charge_part(charge, &part, err) ||
        !ratio_make(part.part.numerator, part.part.denominator, &request.period_share, err))
        return false;
    request.before.quantity = charge->before_quantity;
    request.before.events = charge->before_events;
    if (!period_charge_before_part(charge, &part, err) ||
        !ratio_make(part.part.numerator, part.part.denominator, &request.before.period_share, err))
        return false;
    if (charge->billed_before) {
        request.already_billed_quantity = charge->billed_quantity;
        request.has_already_billed_amount = true;
        request.already_billed_amount = charge->billed_amount;
        if (!decimal_subtract(charge->quantity, charge->billed_quantity, &request.quantity, err))
            return false;
    }
    *ret_request = request;
    return true;
}

bool period_charge_line(const struct period_charge *charge, const struct rating *rated,
                        struct money *ret_amount, struct money *ret_discount, struct error *err)
{
    struct money amount, discount = rated->discount;
    if (!money_add(rated->gross, rated->true_up, &amount, err))
        return false;
    if (charge->billed_before &&
        (!money_subtract(amount, charge->billed_discount, &amount, err) ||
         !money_subtract(discount, charge->billed_discount, &discount, err)))
        return false;
    if (money_sign(discount) < 0) {
        if (!money_subtract(amount, discount, &amount, err))
            return false;
        discount = money_zero(amount.currency);
    }
    *ret_amount = amount;
    *ret_discount = discount;
    return true;
}

struct price_figure period_charge_unit_amount(const struct period_charge *charge,
                                              const struct rating_request *request)
{
    const struct price *price = charge->price;
    bool whole = ratio_compare(request->period_share, ratio_from_i64(1)) == 0;
    bool capped = price->minimum_amount.given || price->maximum_amount.given;
    bool free_units = price->free_units.given && decimal_sign(price->free_units.value) > 0;
    if (!whole || capped || charge->billed_before)
        return (struct price_figure){0};
    if (price->model == PRICE_FLAT)
        return price->flat_fee;
    if (price->model == PRICE_PER_UNIT && !free_units)
        return price->unit_price;
    return (struct price_figure){0};
}
