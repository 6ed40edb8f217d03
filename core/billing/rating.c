/* Rating by the five models: see rating.h, whose numbers are referred to here. Each model turns a
 * total into lines; everything after that (rules 2 to 4) is the same for all of them. */
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

/* quantity · unit_price + flat_fee, each part prorated as rule 3 says. */
static bool line_amount(const struct price *price, struct ratio share, struct rating_line *line,
                        struct error *err)
{
    struct ratio units;
    struct ratio fee = ratio_from_decimal(line->flat_fee);
    if (!ratio_multiply_decimal(ratio_from_decimal(line->quantity), line->unit_price, &units, err))
        return false;
    if (!is_whole(share)) {
        if (price->meter == NULL && !ratio_multiply(units, share, &units, err))
            return false;
        if (!ratio_multiply(fee, share, &fee, err))
            return false;
    }
    return ratio_add(units, fee, &line->amount, err);
}

static bool add_line(const struct price *price, struct ratio share, struct rating_line line,
                     struct rating *rating, struct error *err)
{
    if (!line_amount(price, share, &line, err) ||
        !ratio_add(rating->charge, line.amount, &rating->charge, err))
        return false;
    rating->lines[rating->line_count++] = line;
    return true;
}

/* What is above the free units, at least 0. */
static bool billable_units(const struct price *price, struct decimal total,
                           struct decimal *ret_units, struct error *err)
{
    if (!decimal_subtract(total, price->free_units.value, ret_units, err))
        return false;
    if (decimal_sign(*ret_units) < 0)
        *ret_units = decimal_from_i64(0);
    return true;
}

/* Packages begun (or only full ones): free units come off first. */
static bool count_packages(const struct price *price, struct decimal total,
                           struct decimal *ret_packages, struct error *err)
{
    bool up = !price->has_package_rounding || price->package_rounding == PACKAGE_ROUND_UP;
    struct decimal units;
    struct ratio packages;
    return billable_units(price, total, &units, err) &&
           ratio_divide(ratio_from_decimal(units), ratio_from_decimal(price->package_size.value),
                        &packages, err) &&
           ratio_round(packages, 0, up ? ROUND_UP : ROUND_DOWN, ret_packages, err);
}

/* The one line of a model without tiers. */
static bool rate_untiered(const struct price *price, struct decimal total, struct ratio share,
                          struct rating *rating, struct error *err)
{
    struct rating_line line = {.tier = 1, .quantity = total};
    if (price->model == PRICE_FLAT) {
        line.flat_fee = price->flat_fee.value;
    } else if (price->model == PRICE_PER_UNIT) {
        line.unit_price = price->unit_price.value;
        if (!billable_units(price, total, &line.quantity, err))
            return false;
    } else {
        line.unit_price = price->package_price.value;
        if (!count_packages(price, total, &line.quantity, err))
            return false;
    }
    return add_line(price, share, line, rating, err);
}

static bool tier_holds(const struct price_tier *tier, struct decimal total)
{
    return !tier->has_up_to || decimal_compare(total, tier->up_to) <= 0;
}

static bool rate_volume(const struct price *price, struct decimal total, struct ratio share,
                        struct rating *rating, struct error *err)
{
    size_t i = 0;
    while (!tier_holds(&price->tiers[i], total))
        i++;
    struct rating_line line = {
        .tier = (int32_t)i + 1,
        .quantity = total,
        .unit_price = price->tiers[i].unit_price,
        .flat_fee = price->tiers[i].flat_fee,
    };
    return add_line(price, share, line, rating, err);
}

static bool rate_graduated(const struct price *price, struct decimal total, struct ratio share,
                           struct rating *rating, struct error *err)
{
    struct decimal below = decimal_from_i64(0);
    for (size_t i = 0; i < price->tier_count; i++) {
        const struct price_tier *tier = &price->tiers[i];
        bool last = tier_holds(tier, total);
        struct rating_line line = {
            .tier = (int32_t)i + 1,
            .unit_price = tier->unit_price,
            .flat_fee = tier->flat_fee,
        };
        if (!decimal_subtract(last ? total : tier->up_to, below, &line.quantity, err) ||
            !add_line(price, share, line, rating, err))
            return false;
        if (last)
            break;
        below = tier->up_to;
    }
    return true;
}

/* T of rating.h with its lines. `rating` starts zeroed. */
static bool rate_total(const struct price *price, struct decimal total,
                       const struct rating_request *request, struct arena *arena,
                       struct rating *rating, struct error *err)
{
    bool tiered = price->model == PRICE_GRADUATED || price->model == PRICE_VOLUME;
    size_t line_max = price->model == PRICE_GRADUATED ? price->tier_count : 1;
    rating->charge = ratio_from_i64(0);
    rating->lines = ARENA_NEW_ARRAY(arena, struct rating_line, line_max);
    if (tiered && decimal_sign(total) == 0 && !request->flat_fee_at_zero)
        return true;
    switch (price->model) {
    case PRICE_FLAT:
    case PRICE_PER_UNIT:
    case PRICE_PACKAGE:
        return rate_untiered(price, total, request->period_share, rating, err);
    case PRICE_VOLUME:
        return rate_volume(price, total, request->period_share, rating, err);
    case PRICE_GRADUATED:
        return rate_graduated(price, total, request->period_share, rating, err);
    }
    return error_run(err, EXIT_INTERNAL, "a price has an unknown model");
}

/* A limit of the period, prorated with it. */
static bool limit_of(struct price_figure figure, struct ratio share, struct ratio *ret_limit,
                     struct error *err)
{
    *ret_limit = ratio_from_decimal(figure.value);
    return is_whole(share) || ratio_multiply(*ret_limit, share, ret_limit, err);
}

/* The larger of minimum and commitment; 0 when there is neither. */
static bool floor_of(const struct price *price, const struct rating_request *request,
                     struct ratio *ret_floor, struct error *err)
{
    struct ratio minimum, commitment;
    if (!limit_of(price->minimum_amount, request->period_share, &minimum, err) ||
        !limit_of(request->commitment, request->period_share, &commitment, err))
        return false;
    *ret_floor = ratio_compare(minimum, commitment) > 0 ? minimum : commitment;
    return true;
}

struct net {
    struct ratio exact; /* after all of rule 2 */
    struct money
        true_up; /* floor − rounded charge, so that a bill of the floor shows whole units */
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
    struct money used, least;
    if (!apply_discount(price, request, charge, &discounted, err) ||
        !floor_of(price, request, &floor, err))
        return false;
    ret_net->exact = discounted;
    ret_net->true_up = money_zero(price->currency);
    if (ratio_compare(floor, discounted) <= 0)
        return true;
    ret_net->exact = floor;
    return money_from_ratio(discounted, price->currency, request->rounding, &used, err) &&
           money_from_ratio(floor, price->currency, request->rounding, &least, err) &&
           money_subtract(least, used, &ret_net->true_up, err);
}

/* Nothing for no quantity, else as told, else the rounded net of the quantity by the same rules. */
static bool already_billed(const struct price *price, const struct rating_request *request,
                           struct arena *arena, struct money *ret_billed, struct error *err)
{
    struct rating before = {0};
    struct net net;
    if (request->has_already_billed_amount) {
        *ret_billed = request->already_billed_amount;
        return true;
    }
    if (decimal_sign(request->already_billed_quantity) <= 0) {
        *ret_billed = money_zero(price->currency);
        return true;
    }
    return rate_total(price, request->already_billed_quantity, request, arena, &before, err) &&
           net_of(price, request, before.charge, &net, err) &&
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

/* Rules 2 and 4 for a rating whose charge is known. The discount is what is left between the two
 * rounded figures, so that the printed ones add up. */
static bool settle(const struct price *price, const struct rating_request *request,
                   struct money billed, struct rating *rating, struct error *err)
{
    struct net net;
    struct ratio gross;
    struct money filled;
    if (!net_of(price, request, rating->charge, &net, err) ||
        !ratio_subtract(net.exact, money_to_ratio(billed), &rating->unrounded, err) ||
        !ratio_subtract(rating->charge, money_to_ratio(billed), &gross, err) ||
        !money_from_ratio(rating->unrounded, price->currency, request->rounding, &rating->amount,
                          err) ||
        !money_from_ratio(gross, price->currency, request->rounding, &rating->gross, err))
        return false;
    rating->true_up = net.true_up;
    return money_add(rating->gross, rating->true_up, &filled, err) &&
           money_subtract(filled, rating->amount, &rating->discount, err);
}

bool rating_price(const struct price *price, const struct rating_request *request,
                  struct arena *arena, struct rating *ret_rating, struct error *err)
{
    struct rating rating = {0};
    struct decimal total;
    struct money billed;
    if (decimal_sign(request->discount_percent) < 0 ||
        decimal_compare(request->discount_percent, decimal_from_i64(100)) > 0)
        return error_item(err, "bad_discount", "a discount of %s %% is outside 0 to 100",
                          decimal_text(request->discount_percent).text);
    if (!total_of(request, &total, err) ||
        !rate_total(price, total, request, arena, &rating, err) ||
        !already_billed(price, request, arena, &billed, err) ||
        !settle(price, request, billed, &rating, err))
        return false;
    *ret_rating = rating;
    return true;
}
