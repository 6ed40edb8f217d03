/* The models, each of which turns a total into lines: see charge.h, whose numbers are referred to
 * here. */
#include "core/billing/charge.h"

static const struct decimal HUNDREDTH = {1, 2};

/* The price whose model is at work (rule 4), and where its lines go. */
struct charge_work {
    const struct price *price;
    const struct charge_request *request;
    bool metered; /* of the price itself: its units are consumption, not time */
    struct charge *charge;
};

static bool keep_line(struct charge_work *work, struct charge_line line, struct error *err)
{
    struct charge *charge = work->charge;
    if (!ratio_add(charge->exact, line.amount, &charge->exact, err))
        return false;
    charge->lines[charge->line_count++] = line;
    return true;
}

/* quantity · unit_price + flat_fee, each part prorated as rule 5 says. */
static bool add_line(struct charge_work *work, struct charge_line line, struct error *err)
{
    struct ratio share = work->request->period_share;
    struct ratio units;
    struct ratio fee = ratio_from_decimal(line.flat_fee);
    if (!ratio_multiply_decimal(ratio_from_decimal(line.quantity), line.unit_price, &units, err))
        return false;
    if (ratio_compare(share, ratio_from_i64(1)) != 0) {
        if (!work->metered && !ratio_multiply(units, share, &units, err))
            return false;
        if (!ratio_multiply(fee, share, &fee, err))
            return false;
    }
    return ratio_add(units, fee, &line.amount, err) && keep_line(work, line, err);
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

static bool charge_flat(struct charge_work *work, struct error *err)
{
    struct charge_line line = {
        .tier = 1,
        .quantity = work->request->quantity,
        .flat_fee = work->price->flat_fee.value,
    };
    return add_line(work, line, err);
}

static bool charge_units(struct charge_work *work, struct error *err)
{
    struct charge_line line = {.tier = 1, .unit_price = work->price->unit_price.value};
    return billable_units(work->price, work->request->quantity, &line.quantity, err) &&
           add_line(work, line, err);
}

static bool charge_packages(struct charge_work *work, struct error *err)
{
    struct charge_line line = {.tier = 1, .unit_price = work->price->package_price.value};
    return count_packages(work->price, work->request->quantity, &line.quantity, err) &&
           add_line(work, line, err);
}

static bool charge_dynamic(struct charge_work *work, struct error *err)
{
    struct charge_line line = {
        .tier = 1,
        .quantity = work->request->quantity,
        .unit_price = work->price->multiplier.value,
    };
    return add_line(work, line, err);
}

/* Rule 3. */
static bool charge_percentage(struct charge_work *work, struct error *err)
{
    const struct percentage_fold *events = work->request->events;
    struct percentage_fold one;
    struct percentage_charge paid;
    percentage_fold_start(&one, work->price);
    if (decimal_sign(work->request->quantity) > 0 &&
        !percentage_fold_add(&one, work->request->quantity, err))
        return false;
    if (!percentage_fold_finish(events != NULL ? events : &one, &paid, err))
        return false;
    return keep_line(work,
                     (struct charge_line){
                         .tier = 1,
                         .quantity = paid.amount,
                         .unit_price = paid.rate,
                         .flat_fee = paid.fees,
                         .amount = paid.charge,
                     },
                     err);
}

/* Rule 2: of money the rate. */
static bool tier_unit_price(const struct price *price, size_t tier, struct decimal *ret_price,
                            struct error *err)
{
    if (price->model == PRICE_GRADUATED_PERCENTAGE)
        return decimal_multiply(price->tiers[tier].rate_percent, HUNDREDTH, ret_price, err);
    *ret_price = price->tiers[tier].unit_price;
    return true;
}

static bool add_tier(struct charge_work *work, size_t tier, struct decimal quantity,
                     struct error *err)
{
    struct charge_line line = {
        .tier = (int32_t)tier + 1,
        .quantity = quantity,
        .flat_fee = work->price->tiers[tier].flat_fee,
    };
    return tier_unit_price(work->price, tier, &line.unit_price, err) && add_line(work, line, err);
}

static bool tier_holds(const struct price_tier *tier, struct decimal total)
{
    return !tier->has_up_to || decimal_compare(total, tier->up_to) <= 0;
}

static bool charge_volume(struct charge_work *work, struct error *err)
{
    size_t i = 0;
    while (!tier_holds(&work->price->tiers[i], work->request->quantity))
        i++;
    return add_tier(work, i, work->request->quantity, err);
}

static bool charge_graduated(struct charge_work *work, struct error *err)
{
    struct decimal total = work->request->quantity;
    struct decimal below = decimal_from_i64(0);
    for (size_t i = 0; i < work->price->tier_count; i++) {
        const struct price_tier *tier = &work->price->tiers[i];
        bool last = tier_holds(tier, total);
        struct decimal part;
        if (!decimal_subtract(last ? total : tier->up_to, below, &part, err) ||
            !add_tier(work, i, part, err))
            return false;
        if (last)
            break;
        below = tier->up_to;
    }
    return true;
}

static bool charge_by_model(struct charge_work *work, struct error *err)
{
    switch (work->price->model) {
    case PRICE_FLAT:
        return charge_flat(work, err);
    case PRICE_PER_UNIT:
        return charge_units(work, err);
    case PRICE_PACKAGE:
        return charge_packages(work, err);
    case PRICE_VOLUME:
        return charge_volume(work, err);
    case PRICE_GRADUATED:
    case PRICE_GRADUATED_PERCENTAGE:
        return charge_graduated(work, err);
    case PRICE_PERCENTAGE:
        return charge_percentage(work, err);
    case PRICE_DYNAMIC:
        return charge_dynamic(work, err);
    case PRICE_COMMITTED:
        break;
    }
    return error_run(err, EXIT_INTERNAL, "a price has an unknown model");
}

bool charge_total(const struct price *price, struct charge_request request, struct arena *arena,
                  struct charge *ret_charge, struct error *err)
{
    struct charge charge = {.exact = ratio_from_i64(0)};
    struct charge_work work = {
        .price = price_rated_by(price),
        .request = &request,
        .metered = price->meter != NULL,
        .charge = &charge,
    };
    size_t tier_count = work.price->tier_count;
    charge.lines = ARENA_NEW_ARRAY(arena, struct charge_line, tier_count > 0 ? tier_count : 1);
    bool free_at_zero = tier_count > 0 && !request.flat_fee_at_zero;
    if (!(free_at_zero && decimal_sign(request.quantity) == 0) && !charge_by_model(&work, err))
        return false;
    *ret_charge = charge;
    return true;
}
