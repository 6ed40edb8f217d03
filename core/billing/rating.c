/* Rating: see rating.h, whose numbers are referred to here. The models are in charge.c; everything
 * after the charge of the total (rules 2 to 4) is the same for all of them. */
#include "core/billing/rating.h"

static const struct ratio WHOLE = {1, 1};

struct rating_request rating_request_whole(struct decimal quantity)
{
    return (struct rating_request){
        .before = {.period_share = {0, 1}},
        .quantity = quantity,
        .period_share = WHOLE,
        .flat_fee_at_zero = true,
        .rounding = ROUND_HALF_UP,
    };
}

static bool is_whole(struct ratio share)
{
    return ratio_compare(share, WHOLE) == 0;
}

/* A limit of the period, prorated with it. */
static bool limit_of(struct price_figure figure, struct ratio share, struct ratio *ret_limit,
                     struct error *err)
{
    *ret_limit = ratio_from_decimal(figure.value);
    return is_whole(share) || ratio_multiply(*ret_limit, share, ret_limit, err);
}

/* The largest of minimum and commitments; 0 when there are none. */
static bool floor_of(const struct price *price, const struct rating_request *request,
                     struct ratio share, struct ratio *ret_floor, struct error *err)
{
    const struct price_figure floors[] = {
        price->minimum_amount,
        price->commitment,
        request->commitment,
    };
    *ret_floor = ratio_from_i64(0);
    for (size_t i = 0; i < ARRAY_LEN(floors); i++) {
        struct ratio floor;
        if (!limit_of(floors[i], share, &floor, err))
            return false;
        if (ratio_compare(floor, *ret_floor) > 0)
            *ret_floor = floor;
    }
    return true;
}

struct net {
    struct ratio exact;    /* after all of rule 2 */
    struct money discount; /* rounded charge − what is left of it, rounded; never negative */
    struct money true_up; /* floor − what is left, rounded: a bill of the floor shows whole units */
};

static bool apply_discount(const struct price *price, const struct rating_request *request,
                           struct ratio share, struct ratio charge, struct ratio *ret_discounted,
                           struct error *err)
{
    struct ratio percent_left, maximum, discounted;
    if (!ratio_subtract(ratio_from_i64(100), ratio_from_decimal(request->discount_percent),
                        &percent_left, err) ||
        !ratio_divide(percent_left, ratio_from_i64(100), &percent_left, err) ||
        !ratio_multiply(charge, percent_left, &discounted, err))
        return false;
    if (price->maximum_amount.given) {
        if (!limit_of(price->maximum_amount, share, &maximum, err))
            return false;
        if (ratio_compare(discounted, maximum) > 0)
            discounted = maximum;
    }
    *ret_discounted = discounted;
    return true;
}

/* Rule 2. "Used is rounded first" (DOMAIN 3, committed) is why the true-up starts at whole units.
 */
static bool net_of(const struct price *price, const struct rating_request *request,
                   struct ratio share, struct ratio charge, struct net *ret_net, struct error *err)
{
    struct ratio discounted, floor;
    struct money full, used, least;
    if (!apply_discount(price, request, share, charge, &discounted, err) ||
        !floor_of(price, request, share, &floor, err) ||
        !money_from_ratio(charge, price->currency, request->rounding, &full, err) ||
        !money_from_ratio(discounted, price->currency, request->rounding, &used, err) ||
        !money_subtract(full, used, &ret_net->discount, err))
        return false;
    ret_net->exact = discounted;
    ret_net->true_up = money_zero(price->currency);
    if (ratio_compare(floor, discounted) <= 0)
        return true;
    ret_net->exact = floor;
    return money_from_ratio(floor, price->currency, request->rounding, &least, err) &&
           money_subtract(least, used, &ret_net->true_up, err);
}

/* A total that was reached within the period: its quantity, what it was reached by, and when. */
struct total {
    struct decimal quantity;
    const struct percentage_fold *events;
    struct ratio period_share;
};

static bool charge_of(const struct price *price, const struct rating_request *request,
                      const struct total *total, struct arena *arena, struct charge *ret_charge,
                      struct error *err)
{
    struct charge_request charged = {
        .quantity = total->quantity,
        .events = total->events,
        .period_share = total->period_share,
        .flat_fee_at_zero = request->flat_fee_at_zero,
    };
    return charge_total(price, charged, arena, ret_charge, err);
}

/* The bill of a total, each rounded once. */
static bool billed_for(const struct price *price, const struct rating_request *request,
                       const struct total *total, struct arena *arena, struct net *ret_net,
                       struct money *ret_billed, struct error *err)
{
    struct charge charge;
    return charge_of(price, request, total, arena, &charge, err) &&
           net_of(price, request, total->period_share, charge.exact, ret_net, err) &&
           money_from_ratio(ret_net->exact, price->currency, request->rounding, ret_billed, err);
}

/* Rule 1: a negative total prices as zero. */
static bool total_to(struct decimal before, struct decimal quantity, struct decimal *ret_total,
                     struct error *err)
{
    if (!decimal_add(before, quantity, ret_total, err))
        return false;
    if (decimal_sign(*ret_total) < 0)
        *ret_total = decimal_from_i64(0);
    return true;
}

/* Rule 2. */
static bool amount_of(const struct rating_request *request, struct ratio net, struct money billed,
                      struct ratio unrounded, struct money *ret_amount, struct error *err)
{
    struct money whole;
    if (!request->rounds_whole)
        return money_from_ratio(unrounded, billed.currency, request->rounding, ret_amount, err);
    return money_from_ratio(net, billed.currency, request->rounding, &whole, err) &&
           money_subtract(whole, billed, ret_amount, err);
}

/* What comes off the bill of the total, and what of it discount and true-up are. */
struct billed {
    struct money amount;
    struct money discount, true_up; /* of rule 5: of what was before, which shows them itself */
};

static bool is_part(const struct rating_request *request)
{
    return ratio_compare(request->before.period_share, ratio_from_i64(0)) > 0 ||
           decimal_sign(request->before.quantity) != 0;
}

/* Rule 5. */
static bool billed_before(const struct price *price, const struct rating_request *request,
                          struct arena *arena, struct billed *ret_billed, struct error *err)
{
    const struct rating_before *before = &request->before;
    struct total total = {.events = before->events, .period_share = before->period_share};
    struct net net;
    if (!is_part(request)) {
        struct money zero = money_zero(price->currency);
        *ret_billed = (struct billed){zero, zero, zero};
        return true;
    }
    if (!total_to(before->quantity, decimal_from_i64(0), &total.quantity, err) ||
        !billed_for(price, request, &total, arena, &net, &ret_billed->amount, err))
        return false;
    ret_billed->discount = net.discount;
    ret_billed->true_up = net.true_up;
    return true;
}

/* Nothing for no quantity, else as told, else the rounded net of the quantity by the same rules. */
static bool already_billed(const struct price *price, const struct rating_request *request,
                           struct ratio share, struct arena *arena, struct billed *billed,
                           struct error *err)
{
    struct total total = {.period_share = share};
    struct net net;
    if (request->has_already_billed_amount)
        return money_add(billed->amount, request->already_billed_amount, &billed->amount, err);
    if (decimal_sign(request->already_billed_quantity) <= 0)
        return true;
    return total_to(request->before.quantity, request->already_billed_quantity, &total.quantity,
                    err) &&
           billed_for(price, request, &total, arena, &net, &billed->amount, err);
}

/* What it is more than before, at least nothing. */
static bool beyond(struct money total, struct money before, struct money *ret_more,
                   struct error *err)
{
    if (!money_subtract(total, before, ret_more, err))
        return false;
    if (money_sign(*ret_more) < 0)
        *ret_more = money_zero(total.currency);
    return true;
}

/* Rules 2 and 4 for a rating whose charge is known. Gross is what makes the printed figures add up:
 * T − already billed, rounded, but for a tie below zero of the difference. */
static bool settle(const struct price *price, const struct rating_request *request,
                   struct ratio share, const struct billed *billed, struct rating *rating,
                   struct error *err)
{
    struct net net;
    struct money before_cut;
    if (!net_of(price, request, share, rating->charge, &net, err) ||
        !ratio_subtract(net.exact, money_to_ratio(billed->amount), &rating->unrounded, err) ||
        !amount_of(request, net.exact, billed->amount, rating->unrounded, &rating->amount, err))
        return false;
    return beyond(net.discount, billed->discount, &rating->discount, err) &&
           beyond(net.true_up, billed->true_up, &rating->true_up, err) &&
           money_add(rating->amount, rating->discount, &before_cut, err) &&
           money_subtract(before_cut, rating->true_up, &rating->gross, err);
}

/* The total with everything before it, and the share of the period in which it was reached. */
static bool whole_total(const struct rating_request *request, struct total *ret_total,
                        struct error *err)
{
    struct decimal before;
    ret_total->events = request->events;
    return decimal_add(request->before.quantity, request->already_billed_quantity, &before, err) &&
           total_to(before, request->quantity, &ret_total->quantity, err) &&
           ratio_add(request->before.period_share, request->period_share, &ret_total->period_share,
                     err);
}

bool rating_price(const struct price *price, const struct rating_request *request,
                  struct arena *arena, struct rating *ret_rating, struct error *err)
{
    struct rating rating = {0};
    struct charge charge;
    struct total total;
    struct billed billed;
    if (decimal_sign(request->discount_percent) < 0 ||
        decimal_compare(request->discount_percent, decimal_from_i64(100)) > 0)
        return error_item(err, "bad_discount", "a discount of %s %% is outside 0 to 100",
                          decimal_text(request->discount_percent).text);
    if (!whole_total(request, &total, err) ||
        !charge_of(price, request, &total, arena, &charge, err))
        return false;
    rating.charge = charge.exact;
    rating.lines = charge.lines;
    rating.line_count = charge.line_count;
    if (!billed_before(price, request, arena, &billed, err))
        return false;
    rating.before = billed.amount;
    if (!already_billed(price, request, total.period_share, arena, &billed, err) ||
        !settle(price, request, total.period_share, &billed, &rating, err))
        return false;
    *ret_rating = rating;
    return true;
}
