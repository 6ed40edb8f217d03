/* What a loaded period is charged by: see period_rating.h. */
#include "jobs/period_rating.h"

struct period_charge job_period_charge(const struct job_ctx *ctx,
                                       const struct billing_catalog *catalog,
                                       const struct rating_period *period)
{
    const struct price *price = period->charged_by;
    return (struct period_charge){
        .price = price,
        .period = {period->start_on,      period->end_on     },
        .full = {period->full_start_on, period->full_end_on},
        .proration = period->proration,
        .quantity = period->meter != NULL ? period->usage.quantity
                                          : period_charge_quantity(price, period->quantity),
        .events = period->amounts,
        .before = period_charge_before(period->meter != NULL ? period->counts_from_on : DATE_NONE,
                                       period->start_on),
        .gaps = period->gaps,
        .before_us = date_is_none(period->counts_from_on)
                         ? 0
                         : period->start_at_us - period->counts_from_us -
                               counted_gaps_us(period->gaps, period->start_at_us),
        .before_quantity = period->before.quantity,
        .before_events = period->before_amounts,
        .billed_before = period->billed_before,
        .billed_quantity = period->billed_quantity,
        .billed_amount = period->billed_amount,
        .billed_discount = period->billed_discount,
        .discount_percent =
            period->phase == NULL ? decimal_from_i64(0) : period->phase->discount_percent,
        .flat_fee_at_zero = job_environment(ctx)->settings->rules.flat_fee_at_zero,
        .rounding = catalog->tenant.rounding,
    };
}
