/* Rating: see rating.h, whose numbers are referred to here. The models are in charge.c; everything
 * after the charge of the total (rules 2 to 4) is the same for all of them. */
#include "core/billing/rating.h"

static const struct ratio WHOLE = {1, 1};

struct rating_request rating_request_whole(struct decimal quantity)
{
    return (struct rating_request){
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
                     struct ratio *ret_floor, struct error *err)
{
    const struct price_figure floors[] = {
        price->minimum_amount,
        price->commitment,
        request->commitment,
    };
    *ret_floor = ratio_from_i64(0);
    for (size_t i = 0; i < ARRAY_LEN(floors); i++) {
        struct ratio floor;
        if (!limit_of(floors[i], request->period_share, &floor, err))
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
                           struct ratio charge, struct ratio *ret_discounted, struct error *err)
{
    struct ratio percent_left, maximum, discounted;
    if (!ratio_subtract(ratio_from_i64(100), ratio_from_decimal(request->discount_percent),
                        &percent_left, err) ||
        !ratio_divide(percent_left, ratio_from_i64(100), &percent_left, err) ||
        !ratio_multiply(charge, percent_left, &discounted, err))
        return false;
    if (price->maximum_amount.given) {
        if (!limit_of(price->maximum_amount, request->period_share, &maximum, err))
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
                   struct ratio charge, struct net *ret_net, struct error *err)
{
    struct ratio discounted, floor;
    struct money full, used, least;
    if (!apply_discount(price, request, charge, &discounted, err) ||
        !floor_of(price, request, &floor, err) ||
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

static struct charge_request charged_with(const struct rating_request *request,
                                          struct decimal quantity,
                                          const struct percentage_fold *events)
{
    return (struct charge_request){
        .quantity = quantity,
        .events = events,
        .period_share = request->period_share,
        .flat_fee_at_zero = request->flat_fee_at_zero,
    };
}

/* Nothing for no quantity, else as told, else the rounded net of the quantity by the same rules. */
static bool already_billed(const struct price *price, const struct rating_request *request,
                           struct arena *arena, struct money *ret_billed, struct error *err)
{
    struct charge before;
    struct net net;
    if (request->has_already_billed_amount) {
        *ret_billed = request->already_billed_amount;
        return true;
    }
    if (decimal_sign(request->already_billed_quantity) <= 0) {
        *ret_billed = money_zero(price->currency);
        return true;
    }
    return charge_total(price, charged_with(request, request->already_billed_quantity, NULL), arena,
                        &before, err) &&
           net_of(price, request, before.exact, &net, err) &&
           money_from_ratio(net.exact, price->currency, request->rounding, ret_billed, err);
}

/* Rule 1: a negative total prices as zero. */
static bool total_of(const struct rating_request *request, struct decimal *ret_total,
                     struct error *err)
{
    if (!decimal_add(request->already_billed_quantity, request->quantity, ret_total, err))
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

/* Rules 2 and 4 for a rating whose charge is known. Gross is what makes the printed figures add up:
 * T − already billed, rounded, but for a tie below zero of the difference. */
static bool settle(const struct price *price, const struct rating_request *request,
                   struct money billed, struct rating *rating, struct error *err)
{
    struct net net;
    struct money before_cut;
    if (!net_of(price, request, rating->charge, &net, err) ||
        !ratio_subtract(net.exact, money_to_ratio(billed), &rating->unrounded, err) ||
        !amount_of(request, net.exact, billed, rating->unrounded, &rating->amount, err))
        return false;
    rating->discount = net.discount;
    rating->true_up = net.true_up;
    return money_add(rating->amount, net.discount, &before_cut, err) &&
           money_subtract(before_cut, net.true_up, &rating->gross, err);
}

bool rating_price(const struct price *price, const struct rating_request *request,
                  struct arena *arena, struct rating *ret_rating, struct error *err)
{
    struct rating rating = {0};
    struct charge charge;
    struct decimal total;
    struct money billed;
    if (decimal_sign(request->discount_percent) < 0 ||
        decimal_compare(request->discount_percent, decimal_from_i64(100)) > 0)
        return error_item(err, "bad_discount", "a discount of %s %% is outside 0 to 100",
                          decimal_text(request->discount_percent).text);
    if (!total_of(request, &total, err) ||
        !charge_total(price, charged_with(request, total, request->events), arena, &charge, err))
        return false;
    rating.charge = charge.exact;
    rating.lines = charge.lines;
    rating.line_count = charge.line_count;
    if (!already_billed(price, request, arena, &billed, err) ||
        !settle(price, request, billed, &rating, err))
        return false;
    *ret_rating = rating;
    return true;
}
