/* `calc price`: a price and a quantity in, the bill and its lines out (DOMAIN 11). */
#include <string.h>

#include "core/billing/rating.h"
#include "core/cli/calc_price_fields.h"

static bool read_optional_decimal(const struct calc_place *input, const char *name,
                                  struct decimal *value, struct calc_error *err)
{
    struct calc_place place = calc_member(input, name);
    return !calc_is_given(&place) || calc_decimal(&place, value, err);
}

/* Amounts of single events, in their order: of percentage prices one by one, of others their sum.
 */
struct event_amounts {
    bool given;
    struct decimal total;
    struct percentage_fold fold;
};

static bool read_event(const struct calc_place *place, bool one_by_one,
                       struct event_amounts *events, struct calc_error *err)
{
    static const char *const fields[] = {"amount"};
    struct calc_place member = calc_member(place, "amount");
    struct error rule = {0};
    struct decimal amount = {0};
    if (!calc_object(place, fields, ARRAY_LEN(fields), err) || !calc_decimal(&member, &amount, err))
        return false;
    return (decimal_add(events->total, amount, &events->total, &rule) &&
            (!one_by_one || percentage_fold_add(&events->fold, amount, &rule))) ||
           calc_fail_rule(&member, &rule, err);
}

static bool read_events(const struct calc_place *input, const struct price *price,
                        struct event_amounts *events, struct calc_error *err)
{
    struct calc_place place = calc_member(input, "events");
    const struct price *rated_by = price_rated_by(price);
    size_t count;
    events->given = calc_is_given(&place);
    if (!events->given)
        return true;
    if (!price_charges_amounts(price))
        return calc_fail(&place, err, "does not belong to this model, which charges units");
    percentage_fold_start(&events->fold, rated_by);
    if (!calc_array(&place, CALC_LIST_MAX, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct calc_place element = calc_element(&place, i);
        if (!read_event(&element, rated_by->model == PRICE_PERCENTAGE, events, err))
            return false;
    }
    return true;
}

/* A flat price needs no quantity (nor does a used amount, which is rated as one). Events are the
 * whole total, so that a quantity beside them can only say the same. */
static bool read_quantity(const struct calc_place *input, const struct price *price,
                          const struct event_amounts *events, struct rating_request *request,
                          struct calc_error *err)
{
    struct calc_place place = calc_member(input, "quantity");
    struct decimal billed = request->already_billed_quantity;
    struct decimal rest = {0};
    struct error rule = {0};
    if (events->given && !decimal_subtract(events->total, billed, &rest, &rule))
        return calc_fail_rule(&place, &rule, err);
    request->quantity = rest;
    if (!calc_is_given(&place) && (events->given || price_rated_by(price)->model == PRICE_FLAT))
        return true;
    if (!calc_decimal(&place, &request->quantity, err))
        return false;
    return !events->given || decimal_compare(request->quantity, rest) == 0 ||
           calc_fail(&place, err, "is not what the events leave to bill, %s",
                     decimal_text(rest).text);
}

static bool read_commitment(const struct calc_place *input, const struct price *price,
                            struct rating_request *request, struct calc_error *err)
{
    struct calc_place place = calc_member(input, "commitment");
    if (price->model == PRICE_COMMITTED) /* read with the price */
        return true;
    if (!calc_figure(input, "commitment", &request->commitment, err))
        return false;
    return decimal_sign(request->commitment.value) >= 0 || calc_fail(&place, err, "is negative");
}

/* `events` must live as long as the request. */
static bool read_request(const struct calc_place *input, const struct price *price,
                         struct event_amounts *events, struct rating_request *request,
                         struct calc_error *err)
{
    struct calc_place at_zero = calc_member(input, "flat_fee_at_zero");
    struct calc_place billed = calc_member(input, "already_billed_amount");
    struct calc_place rounding = calc_member(input, "rounding");
    *request = rating_request_whole(decimal_from_i64(0));
    request->has_already_billed_amount = calc_is_given(&billed);
    if (!read_optional_decimal(input, "already_billed_quantity", &request->already_billed_quantity,
                               err) ||
        !read_events(input, price, events, err) ||
        !read_quantity(input, price, events, request, err))
        return false;
    if (events->given)
        request->events = &events->fold;
    return read_optional_decimal(input, "discount_percent", &request->discount_percent, err) &&
           read_commitment(input, price, request, err) &&
           calc_rounding(&rounding, &request->rounding, err) &&
           (!calc_is_given(&at_zero) || calc_bool(&at_zero, &request->flat_fee_at_zero, err)) &&
           (!request->has_already_billed_amount ||
            calc_money(&billed, price->currency, &request->already_billed_amount, err));
}

static json_t *lines_json(const struct rating *rating)
{
    json_t *lines = json_array();
    for (size_t i = 0; i < rating->line_count; i++) {
        const struct charge_line *line = &rating->lines[i];
        json_t *row = json_pack(
            "{s:i, s:s, s:s, s:s, s:s}", "tier", (int)line->tier, "quantity",
            decimal_text(line->quantity).text, "unit_price", decimal_text(line->unit_price).text,
            "flat_fee", decimal_text(line->flat_fee).text, "amount", ratio_text(line->amount).text);
        (void)json_array_append_new(lines, row);
    }
    return lines;
}

static void set_money(json_t *object, const char *name, struct money money)
{
    (void)json_object_set_new(object, name, json_string(money_text(money).text));
}

/* gross, discount and true_up where something of the input can make them differ. */
static json_t *rating_json(const struct price *price, const struct rating_request *request,
                           const struct rating *rating)
{
    bool billed_before =
        request->has_already_billed_amount || decimal_sign(request->already_billed_quantity) != 0;
    bool discounted = price->maximum_amount.given || decimal_sign(request->discount_percent) != 0;
    bool filled_up =
        price->minimum_amount.given || price->commitment.given || request->commitment.given;
    json_t *answer = json_object();
    set_money(answer, "amount", rating->amount);
    (void)json_object_set_new(answer, "unrounded", json_string(ratio_text(rating->unrounded).text));
    (void)json_object_set_new(answer, "lines", lines_json(rating));
    if (billed_before || discounted || filled_up)
        set_money(answer, "gross", rating->gross);
    if (discounted)
        set_money(answer, "discount", rating->discount);
    if (filled_up)
        set_money(answer, "true_up", rating->true_up);
    return answer;
}

bool calc_price(const struct calc_place *input, struct calc_work *work, json_t **ret_answer,
                struct calc_error *err)
{
    struct price price;
    struct event_amounts events = {0};
    struct rating_request request;
    struct rating rating;
    struct error rule = {0};
    if (!json_is_object(input->value))
        return calc_fail(input, err, "expected an object");
    if (!calc_price_fields(input, work->arena, &price, err) ||
        !read_request(input, &price, &events, &request, err))
        return false;
    if (!rating_price(&price, &request, work->arena, &rating, &rule)) {
        struct calc_place discount = calc_member(input, "discount_percent");
        bool is_discount = strcmp(rule.code, "bad_discount") == 0;
        return calc_fail_rule(is_discount ? &discount : input, &rule, err);
    }
    *ret_answer = rating_json(&price, &request, &rating);
    return true;
}
