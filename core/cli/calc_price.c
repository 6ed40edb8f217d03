/* `calc price`: a price and a quantity in, the bill and its lines out (DOMAIN 11). */
#include "core/billing/rating.h"
#include "core/cli/calc_input.h"

static const char *const price_fields[] = {
    "currency",         "model",          "flat_fee",
    "unit_price",       "free_units",     "tiers",
    "package_size",     "package_price",  "package_rounding",
    "minimum_amount",   "maximum_amount", "quantity",
    "flat_fee_at_zero", "rounding",       "already_billed_quantity",
    "discount_percent", "commitment",     "already_billed_amount",
};

static bool read_figure(const struct calc_place *input, const char *name,
                        struct price_figure *figure, struct calc_error *err)
{
    struct calc_place place = calc_member(input, name);
    *figure = (struct price_figure){.given = calc_is_given(&place)};
    return !figure->given || calc_decimal(&place, &figure->value, err);
}

static bool read_figures(const struct calc_place *input, struct price *price,
                         struct calc_error *err)
{
    return read_figure(input, "flat_fee", &price->flat_fee, err) &&
           read_figure(input, "unit_price", &price->unit_price, err) &&
           read_figure(input, "free_units", &price->free_units, err) &&
           read_figure(input, "package_size", &price->package_size, err) &&
           read_figure(input, "package_price", &price->package_price, err) &&
           read_figure(input, "minimum_amount", &price->minimum_amount, err) &&
           read_figure(input, "maximum_amount", &price->maximum_amount, err);
}

static bool read_tier(const struct calc_place *place, struct price_tier *tier,
                      struct calc_error *err)
{
    static const char *const fields[] = {"up_to", "unit_price", "flat_fee"};
    struct price_figure up_to, unit_price, flat_fee;
    if (!calc_object(place, fields, ARRAY_LEN(fields), err) ||
        !read_figure(place, "up_to", &up_to, err) ||
        !read_figure(place, "unit_price", &unit_price, err) ||
        !read_figure(place, "flat_fee", &flat_fee, err))
        return false;
    *tier = (struct price_tier){
        .has_up_to = up_to.given,
        .up_to = up_to.value,
        .unit_price = unit_price.value,
        .flat_fee = flat_fee.value,
    };
    return true;
}

static bool read_tiers(const struct calc_place *input, struct arena *arena, struct price *price,
                       struct calc_error *err)
{
    struct calc_place place = calc_member(input, "tiers");
    if (!calc_is_given(&place))
        return true;
    if (!calc_array(&place, PRICE_TIERS_MAX, &price->tier_count, err))
        return false;
    struct price_tier *tiers = ARENA_NEW_ARRAY(arena, struct price_tier, price->tier_count);
    for (size_t i = 0; i < price->tier_count; i++) {
        struct calc_place element = calc_element(&place, i);
        if (!read_tier(&element, &tiers[i], err))
            return false;
    }
    price->tiers = tiers;
    return true;
}

static bool read_package_rounding(const struct calc_place *input, struct price *price,
                                  struct calc_error *err)
{
    struct calc_place place = calc_member(input, "package_rounding");
    struct error rule = {0};
    const char *name;
    price->has_package_rounding = calc_is_given(&place);
    return !price->has_package_rounding ||
           (calc_text(&place, &name, err) &&
            (package_rounding_parse(name, &price->package_rounding, &rule) ||
             calc_fail_rule(&place, &rule, err)));
}

/* Before the fields are looked at, so that a model of a later version is named as such. */
static bool read_model(const struct calc_place *input, struct price *price, struct calc_error *err)
{
    struct calc_place place = calc_member(input, "model");
    struct error rule = {0};
    const char *name;
    return calc_text(&place, &name, err) &&
           (price_model_parse(name, &price->model, &rule) || calc_fail_rule(&place, &rule, err));
}

static bool read_price(const struct calc_place *input, struct arena *arena, struct price *price,
                       struct calc_error *err)
{
    char field[PRICE_FIELD_SIZE] = "";
    struct error rule = {0};
    struct calc_place currency = calc_member(input, "currency");
    *price = (struct price){.valid_to = DATE_NONE};
    if (!read_model(input, price, err) ||
        !calc_object(input, price_fields, ARRAY_LEN(price_fields), err) ||
        !calc_currency(&currency, &price->currency, err) || !read_figures(input, price, err) ||
        !read_tiers(input, arena, price, err) || !read_package_rounding(input, price, err))
        return false;
    if (price_check_model(price, field, &rule))
        return true;
    struct calc_place fault = {.parent = input, .member = field};
    return calc_fail_rule(&fault, &rule, err);
}

static bool read_rounding(const struct calc_place *input, struct rating_request *request,
                          struct calc_error *err)
{
    struct calc_place place = calc_member(input, "rounding");
    struct error rule = {0};
    const char *name;
    return !calc_is_given(&place) ||
           (calc_text(&place, &name, err) && (rounding_parse(name, &request->rounding, &rule) ||
                                              calc_fail_rule(&place, &rule, err)));
}

static bool read_optional_decimal(const struct calc_place *input, const char *name,
                                  struct decimal *value, struct calc_error *err)
{
    struct calc_place place = calc_member(input, name);
    return !calc_is_given(&place) || calc_decimal(&place, value, err);
}

/* A flat price needs no quantity. */
static bool read_quantity(const struct calc_place *input, const struct price *price,
                          struct decimal *value, struct calc_error *err)
{
    struct calc_place place = calc_member(input, "quantity");
    return (price->model == PRICE_FLAT && !calc_is_given(&place)) ||
           calc_decimal(&place, value, err);
}

static bool read_request(const struct calc_place *input, const struct price *price,
                         struct rating_request *request, struct calc_error *err)
{
    struct calc_place at_zero = calc_member(input, "flat_fee_at_zero");
    struct calc_place billed = calc_member(input, "already_billed_amount");
    *request = rating_request_whole(decimal_from_i64(0));
    request->has_already_billed_amount = calc_is_given(&billed);
    return read_quantity(input, price, &request->quantity, err) &&
           read_optional_decimal(input, "already_billed_quantity",
                                 &request->already_billed_quantity, err) &&
           read_optional_decimal(input, "discount_percent", &request->discount_percent, err) &&
           read_figure(input, "commitment", &request->commitment, err) &&
           read_rounding(input, request, err) &&
           (!calc_is_given(&at_zero) || calc_bool(&at_zero, &request->flat_fee_at_zero, err)) &&
           (!request->has_already_billed_amount ||
            calc_money(&billed, price->currency, &request->already_billed_amount, err));
}

static json_t *lines_json(const struct rating *rating)
{
    json_t *lines = json_array();
    for (size_t i = 0; i < rating->line_count; i++) {
        const struct rating_line *line = &rating->lines[i];
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
    bool filled_up = price->minimum_amount.given || request->commitment.given;
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
    struct rating_request request;
    struct rating rating;
    struct error rule = {0};
    if (!json_is_object(input->value))
        return calc_fail(input, err, "expected an object");
    if (!read_price(input, work->arena, &price, err) || !read_request(input, &price, &request, err))
        return false;
    if (!rating_price(&price, &request, work->arena, &rating, &rule))
        return calc_fail_rule(input, &rule, err);
    *ret_answer = rating_json(&price, &request, &rating);
    return true;
}
