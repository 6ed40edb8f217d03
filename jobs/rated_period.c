/* A period rated, by its price or by the lines that it takes back: see rated_period.h. */
#include "jobs/rated_period.h"

#include "core/billing/correction.h"
#include "jobs/environment.h"
#include "jobs/period_rating.h"
#include "jobs/rating_waiting.h"

/* As a row has it: NULL where no one price holds. */
static const char *figure_text(struct price_figure figure, struct arena *arena)
{
    return figure.given ? arena_copy(arena, decimal_text(figure.value).text) : NULL;
}

/* No line below zero has a discount of its own. */
static bool take_discount_in(struct rated_period *rated, struct error *err)
{
    struct money net;
    if (!money_subtract(rated->amount, rated->discount, &net, err))
        return false;
    if (money_sign(net) < 0) {
        rated->amount = net;
        rated->discount = money_zero(net.currency);
    }
    return true;
}

static bool negate(struct rated_period *rated, struct error *err)
{
    struct money net;
    if (!money_subtract(rated->amount, rated->discount, &net, err) ||
        !money_negate(net, &rated->amount, err) ||
        !decimal_negate(rated->quantity, &rated->quantity, err) ||
        !usage_shares_negate(&rated->shares, err))
        return false;
    rated->discount = money_zero(net.currency);
    return true;
}

/* What this chunk bills of the period before its end, by lines that are not there yet. */
static bool add_begun(const struct payer_rating *rating, const struct rating_period *period,
                      struct period_charge *charge, struct usage_shares *shares,
                      struct arena *arena, struct error *err)
{
    struct rating_charges like = rating_charges_like(&rating->charges, period);
    int64_t begun = 0;
    for (size_t i = 0; i < like.count; i++) {
        const struct rated_period *rated = &rating->all[like.items[i].place];
        if (rating->payer->periods[like.items[i].place].progressive == 0 || !rated->is_rated)
            continue;
        begun++;
        charge->billed_before = true;
        if (!decimal_add(charge->billed_quantity, rated->quantity, &charge->billed_quantity, err) ||
            !money_add(charge->billed_amount, rated->amount, &charge->billed_amount, err) ||
            !money_subtract(charge->billed_amount, rated->discount, &charge->billed_amount, err) ||
            !money_add(charge->billed_discount, rated->discount, &charge->billed_discount, err) ||
            !rating_shares_less(shares, &rated->shares, rated->quantity, arena, err))
            return false;
    }
    return begun == period->begun_waiting ||
           error_item(err, "not_billed_yet",
                      "what was used until a threshold was passed is not billed yet");
}

bool rated_period_of_charge(const struct job_ctx *ctx, const struct payer_rating *rating,
                            const struct rating_period *period, struct chunk *chunk,
                            struct rated_period *ret_rated, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    struct rating_request request;
    struct rating rated;
    struct period_charge charge = job_period_charge(ctx, tenant->catalog, period);
    struct arena *arena = chunk_arena(chunk);
    if (!rating_shares_begin(period, arena, &ret_rated->shares, err) ||
        (period->begun_waiting > 0 &&
         !add_begun(rating, period, &charge, &ret_rated->shares, arena, err)) ||
        !period_charge_request(&charge, &request, err) ||
        !rating_price(charge.price, &request, chunk_scratch(chunk), &rated, err) ||
        !period_charge_line(&charge, &rated, &ret_rated->amount, &ret_rated->discount, err))
        return false;
    ret_rated->is_rated = true;
    ret_rated->quantity = request.quantity;
    ret_rated->unit_amount =
        figure_text(period_charge_unit_amount(&charge, &request), chunk_arena(chunk));
    return slot_entry_is_negative(&period->slot) ? negate(ret_rated, err)
                                                 : take_discount_in(ret_rated, err);
}

static bool add_rated(struct rated_period *sum, struct decimal quantity, struct money amount,
                      struct money discount, struct error *err)
{
    sum->is_rated = true;
    return decimal_add(sum->quantity, quantity, &sum->quantity, err) &&
           money_add(sum->amount, amount, &sum->amount, err) &&
           money_add(sum->discount, discount, &sum->discount, err);
}

/* By what this chunk bills again: that is taken back instead. */
static bool is_replaced(const struct payer_rating *rating, const struct rating_charges *like,
                        const struct rating_billed *line)
{
    for (size_t i = 0; i < like->count; i++) {
        size_t place = like->items[i].place;
        if (rating->all[place].is_rated &&
            correction_is_rebill_of(rating->payer->periods[place].kind, line->billed))
            return true;
    }
    return false;
}

bool rated_period_of_reversal(const struct payer_rating *rating, const struct rating_period *period,
                              struct arena *arena, struct rated_period *ret_rated,
                              struct error *err)
{
    struct rating_charges like = rating_charges_like(&rating->charges, period);
    struct currency currency = period->price->price.currency;
    struct rated_period sum = {.quantity = decimal_from_i64(0),
                               .amount = money_zero(currency),
                               .discount = money_zero(currency)};
    for (size_t i = 0; i < period->taken_back_count; i++) {
        const struct rating_billed *line = &period->taken_back[i];
        if (is_replaced(rating, &like, line))
            continue;
        sum.unit_amount = period->taken_back_count == 1 ? line->unit_amount : NULL;
        if (!add_rated(&sum, line->quantity, money_of_minor(line->amount_minor, currency),
                       money_of_minor(line->discount_minor - line->coupon_minor, currency), err) ||
            !rating_shares_with(&sum.shares, &line->shares, line->quantity, arena, err))
            return false;
    }
    for (size_t i = 0; i < like.count; i++) {
        const struct rated_period *rated = &rating->all[like.items[i].place];
        if (rated->is_rated &&
            rating_is_taken_back(&rating->payer->periods[like.items[i].place], period) &&
            (!add_rated(&sum, rated->quantity, rated->amount, rated->discount, err) ||
             !rating_shares_with(&sum.shares, &rated->shares, rated->quantity, arena, err)))
            return false;
    }
    if (!sum.is_rated)
        return error_item(err, "not_billed_yet",
                          "what is to be taken back from %s on is not billed yet",
                          date_text(period->start_on).text);
    *ret_rated = sum;
    return negate(ret_rated, err);
}
