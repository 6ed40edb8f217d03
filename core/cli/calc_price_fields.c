/* A price as JSON: see calc_price_fields.h. The overage of a committed price is a price of its own
 * with fewer fields. */
#include "core/cli/calc_price_fields.h"

/* Of any model, also of an overage. */
#define MODEL_FIELDS                                                                               \
    "model", "flat_fee", "unit_price", "free_units", "tiers", "package_size", "package_price",     \
        "package_rounding", "rate_percent", "fixed_fee_per_event", "free_events", "free_amount",   \
        "minimum_per_event", "maximum_per_event", "multiplier"

static const char *const overage_fields[] = {MODEL_FIELDS};
static const char *const price_fields[] = {
    MODEL_FIELDS,       "currency",
    "commitment",       "overage",
    "used_amount",      "minimum_amount",
    "maximum_amount",   "quantity",
    "events",           "already_billed_quantity",
    "flat_fee_at_zero", "already_billed_amount",
    "discount_percent", "rounding",
};

bool calc_figure(const struct calc_place *input, const char *name, struct price_figure *ret_figure,
                 struct calc_error *err)
{
    struct calc_place place = calc_member(input, name);
    *ret_figure = (struct price_figure){.given = calc_is_given(&place)};
    return !ret_figure->given || calc_decimal(&place, &ret_figure->value, err);
}

static bool read_figures(const struct calc_place *input, struct price *price,
                         struct calc_error *err)
{
    return calc_figure(input, "flat_fee", &price->flat_fee, err) &&
           calc_figure(input, "unit_price", &price->unit_price, err) &&
           calc_figure(input, "free_units", &price->free_units, err) &&
           calc_figure(input, "package_size", &price->package_size, err) &&
           calc_figure(input, "package_price", &price->package_price, err) &&
           calc_figure(input, "rate_percent", &price->rate_percent, err) &&
           calc_figure(input, "fixed_fee_per_event", &price->fixed_fee_per_event, err) &&
           calc_figure(input, "free_events", &price->free_events, err) &&
           calc_figure(input, "free_amount", &price->free_amount, err) &&
           calc_figure(input, "minimum_per_event", &price->minimum_per_event, err) &&
           calc_figure(input, "maximum_per_event", &price->maximum_per_event, err) &&
           calc_figure(input, "multiplier", &price->multiplier, err) &&
           calc_figure(input, "minimum_amount", &price->minimum_amount, err) &&
           calc_figure(input, "maximum_amount", &price->maximum_amount, err);
}

static bool read_tier(const struct calc_place *place, struct price_tier *tier,
                      struct calc_error *err)
{
    static const char *const fields[] = {"up_to", "unit_price", "rate_percent", "flat_fee"};
    struct price_figure up_to, unit_price, rate_percent, flat_fee;
    if (!calc_object(place, fields, ARRAY_LEN(fields), err) ||
        !calc_figure(place, "up_to", &up_to, err) ||
        !calc_figure(place, "unit_price", &unit_price, err) ||
        !calc_figure(place, "rate_percent", &rate_percent, err) ||
        !calc_figure(place, "flat_fee", &flat_fee, err))
        return false;
    *tier = (struct price_tier){
        .has_up_to = up_to.given,
        .up_to = up_to.value,
        .unit_price = unit_price.value,
        .rate_percent = rate_percent.value,
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

static bool read_model(const struct calc_place *input, struct price *price, struct calc_error *err)
{
    struct calc_place place = calc_member(input, "model");
    struct error rule = {0};
    const char *name;
    return calc_text(&place, &name, err) &&
           (price_model_parse(name, &price->model, &rule) || calc_fail_rule(&place, &rule, err));
}

static bool read_model_fields(const struct calc_place *input, struct arena *arena,
                              struct price *price, struct calc_error *err)
{
    return read_model(input, price, err) && read_figures(input, price, err) &&
           read_tiers(input, arena, price, err) && read_package_rounding(input, price, err);
}

static bool read_overage(const struct calc_place *input, struct arena *arena, struct price *price,
                         struct calc_error *err)
{
    struct calc_place place = calc_member(input, "overage");
    if (!calc_is_given(&place))
        return true;
    struct price *overage = ARENA_NEW(arena, struct price);
    if (!calc_object(&place, overage_fields, ARRAY_LEN(overage_fields), err) ||
        !read_model_fields(&place, arena, overage, err))
        return false;
    price->overage = overage;
    return true;
}

/* What was used, in money, whatever the overage makes of the quantity: rated as a flat fee. */
static bool read_used_amount(const struct calc_place *input, struct arena *arena,
                             struct price *price, struct calc_error *err)
{
    struct calc_place place = calc_member(input, "used_amount");
    struct price_figure used;
    if (!calc_figure(input, "used_amount", &used, err))
        return false;
    if (!used.given)
        return true;
    if (price->model != PRICE_COMMITTED)
        return calc_fail(&place, err, "does not belong to this model");
    if (decimal_sign(used.value) < 0)
        return calc_fail(&place, err, "is negative");
    struct price *overage = ARENA_NEW(arena, struct price);
    *overage = (struct price){.model = PRICE_FLAT, .flat_fee = used};
    price->overage = overage;
    return true;
}

/* Of a committed price alone: elsewhere a commitment is asked of the rating (calc_price.c). */
static bool read_commitment(const struct calc_place *input, struct price *price,
                            struct calc_error *err)
{
    return price->model != PRICE_COMMITTED ||
           calc_figure(input, "commitment", &price->commitment, err);
}

static bool check_price(const struct calc_place *input, const struct price *price,
                        struct calc_error *err)
{
    char field[PRICE_FIELD_SIZE] = "";
    struct error rule = {0};
    if (price_check_model(price, field, &rule))
        return true;
    struct calc_place fault = {.parent = input, .member = field};
    return calc_fail_rule(&fault, &rule, err);
}

bool calc_price_fields(const struct calc_place *input, struct arena *arena, struct price *ret_price,
                       struct calc_error *err)
{
    struct calc_place currency = calc_member(input, "currency");
    struct price price = {.valid_to = DATE_NONE};
    if (!calc_object(input, price_fields, ARRAY_LEN(price_fields), err) ||
        !calc_currency(&currency, &price.currency, err) ||
        !read_model_fields(input, arena, &price, err) || !read_commitment(input, &price, err) ||
        !read_overage(input, arena, &price, err))
        return false;
    /* An overage is checked even when a used amount takes its place. */
    if ((price.overage != NULL && !check_price(input, &price, err)) ||
        !read_used_amount(input, arena, &price, err) || !check_price(input, &price, err))
        return false;
    *ret_price = price;
    return true;
}
