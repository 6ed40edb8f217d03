/* What makes a price valid: see price.h. Which fields belong to which model is one table. */
#include "core/billing/price.h"

#include <stdio.h>

#include "core/base/text.h"

static const char *const model_names[PRICE_MODEL_COUNT] = {
    [PRICE_FLAT] = "flat",
    [PRICE_PER_UNIT] = "per_unit",
    [PRICE_GRADUATED] = "graduated",
    [PRICE_VOLUME] = "volume",
    [PRICE_PACKAGE] = "package",
    [PRICE_PERCENTAGE] = "percentage",
    [PRICE_GRADUATED_PERCENTAGE] = "graduated_percentage",
    [PRICE_DYNAMIC] = "dynamic",
    [PRICE_COMMITTED] = "committed",
};
static const char *const billing_names[] = {
    [BILLING_IN_ADVANCE] = "in_advance",
    [BILLING_IN_ARREARS] = "in_arrears",
};
static const char *const package_rounding_names[] = {
    [PACKAGE_ROUND_UP] = "up",
    [PACKAGE_ROUND_DOWN] = "down",
};

static bool find_name(const char *const *names, size_t count, const char *name, size_t *ret_index)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(names[i], name)) {
            *ret_index = i;
            return true;
        }
    return false;
}

bool price_model_parse(const char *name, enum price_model *ret_model, struct error *err)
{
    size_t index;
    if (find_name(model_names, ARRAY_LEN(model_names), name, &index)) {
        *ret_model = (enum price_model)index;
        return true;
    }
    return error_item(err, "bad_price",
                      "'%.40s' is not a model: flat, per_unit, graduated, volume, package, "
                      "percentage, graduated_percentage, dynamic or committed",
                      name == NULL ? "" : name);
}

const char *price_model_name(enum price_model model)
{
    return model_names[model];
}

bool price_billing_parse(const char *name, enum price_billing *ret_billing, struct error *err)
{
    size_t index;
    if (!find_name(billing_names, ARRAY_LEN(billing_names), name, &index))
        return error_item(err, "bad_price", "'%.40s' is not in_advance or in_arrears",
                          name == NULL ? "" : name);
    *ret_billing = (enum price_billing)index;
    return true;
}

const char *price_billing_name(enum price_billing billing)
{
    return billing_names[billing];
}

bool package_rounding_parse(const char *name, enum package_rounding *ret_rounding,
                            struct error *err)
{
    size_t index;
    if (!find_name(package_rounding_names, ARRAY_LEN(package_rounding_names), name, &index))
        return error_item(err, "bad_price", "'%.40s' is not up or down", name == NULL ? "" : name);
    *ret_rounding = (enum package_rounding)index;
    return true;
}

const char *package_rounding_name(enum package_rounding rounding)
{
    return package_rounding_names[rounding];
}

bool price_figure_parse(const char *text, struct price_figure *ret_figure, struct error *err)
{
    struct price_figure figure = {.given = text != NULL};
    if (text != NULL && !decimal_parse(text, &figure.value, err))
        return false;
    *ret_figure = figure;
    return true;
}

static bool fault(const char *field, const char *problem, char field_at_fault[PRICE_FIELD_SIZE],
                  struct error *err)
{
    (void)snprintf(field_at_fault, PRICE_FIELD_SIZE, "%s", field);
    return error_item(err, "bad_price", "%s %s", field, problem);
}

#define BIT(model) (1u << (model))
#define EVERY_MODEL ((1u << PRICE_MODEL_COUNT) - 1)
#define WITH_TIERS (BIT(PRICE_GRADUATED) | BIT(PRICE_VOLUME) | BIT(PRICE_GRADUATED_PERCENTAGE))

#define FIGURE(member, must_models, may_models)                                                    \
    {                                                                                              \
        .field = #member, .offset = offsetof(struct price, member), .must = (must_models),         \
        .may = (may_models)                                                                        \
    }

/* Figures of struct price: the models that must have one and those that may. */
static const struct figure_rule {
    const char *field;
    size_t offset;
    uint32_t must, may;
} figure_rules[] = {
    FIGURE(flat_fee, BIT(PRICE_FLAT), 0),
    FIGURE(unit_price, BIT(PRICE_PER_UNIT), 0),
    FIGURE(free_units, 0, BIT(PRICE_PER_UNIT) | BIT(PRICE_PACKAGE)),
    FIGURE(package_size, BIT(PRICE_PACKAGE), 0),
    FIGURE(package_price, BIT(PRICE_PACKAGE), 0),
    FIGURE(rate_percent, BIT(PRICE_PERCENTAGE), 0),
    FIGURE(fixed_fee_per_event, 0, BIT(PRICE_PERCENTAGE)),
    FIGURE(free_events, 0, BIT(PRICE_PERCENTAGE)),
    FIGURE(free_amount, 0, BIT(PRICE_PERCENTAGE)),
    FIGURE(minimum_per_event, 0, BIT(PRICE_PERCENTAGE)),
    FIGURE(maximum_per_event, 0, BIT(PRICE_PERCENTAGE)),
    FIGURE(multiplier, BIT(PRICE_DYNAMIC), 0),
    FIGURE(commitment, BIT(PRICE_COMMITTED), 0),
    FIGURE(minimum_amount, 0, EVERY_MODEL),
    FIGURE(maximum_amount, 0, EVERY_MODEL),
};

/* Fields that are no single figures. */
static const struct part_rule {
    const char *field;
    uint32_t must, may;
} part_rules[] = {
    {"tiers",            WITH_TIERS,           0                 },
    {"flat_fee_at_zero", 0,                    WITH_TIERS        },
    {"package_rounding", 0,                    BIT(PRICE_PACKAGE)},
    {"overage",          BIT(PRICE_COMMITTED), 0                 },
};

/* The models that need the field and those that may have it; false: it is none of theirs. */
static bool find_rule(const char *field, uint32_t *ret_must, uint32_t *ret_may)
{
    for (size_t i = 0; i < ARRAY_LEN(figure_rules); i++)
        if (text_equal(figure_rules[i].field, field)) {
            *ret_must = figure_rules[i].must;
            *ret_may = figure_rules[i].may;
            return *ret_may != EVERY_MODEL;
        }
    for (size_t i = 0; i < ARRAY_LEN(part_rules); i++)
        if (text_equal(part_rules[i].field, field)) {
            *ret_must = part_rules[i].must;
            *ret_may = part_rules[i].may;
            return true;
        }
    return false;
}

bool price_field_is_of_model(const char *field)
{
    uint32_t must, may;
    return text_starts_with(field, "overage.") || find_rule(field, &must, &may);
}

enum price_field_use price_model_field(enum price_model model, const char *field)
{
    uint32_t must, may;
    if (!find_rule(field, &must, &may))
        return PRICE_FIELD_ALLOWED;
    if ((must & BIT(model)) != 0)
        return PRICE_FIELD_NEEDED;
    return (may & BIT(model)) != 0 ? PRICE_FIELD_ALLOWED : PRICE_FIELD_REFUSED;
}

static bool check_figures(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                          struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(figure_rules); i++) {
        const struct figure_rule *rule = &figure_rules[i];
        const struct price_figure *figure =
            (const struct price_figure *)(const void *)((const char *)price + rule->offset);
        bool must = (rule->must & BIT(price->model)) != 0;
        bool may = must || (rule->may & BIT(price->model)) != 0;
        if (must && !figure->given)
            return fault(rule->field, "is missing: the model needs it", field_at_fault, err);
        if (!may && figure->given)
            return fault(rule->field, "does not belong to this model", field_at_fault, err);
        if (figure->given && decimal_sign(figure->value) < 0)
            return fault(rule->field, "is negative", field_at_fault, err);
    }
    return true;
}

/* The price of a unit or the rate, and not the other of them. */
static bool check_tier_price(const struct price *price, size_t i,
                             char field_at_fault[PRICE_FIELD_SIZE], struct error *err)
{
    bool percent = price->model == PRICE_GRADUATED_PERCENTAGE;
    const struct price_tier *tier = &price->tiers[i];
    char field[PRICE_FIELD_SIZE];
    (void)snprintf(field, sizeof field, "tiers[%zu].%s", i,
                   percent ? "rate_percent" : "unit_price");
    if (decimal_sign(percent ? tier->rate_percent : tier->unit_price) < 0)
        return fault(field, "is negative", field_at_fault, err);
    (void)snprintf(field, sizeof field, "tiers[%zu].%s", i,
                   percent ? "unit_price" : "rate_percent");
    if (decimal_sign(percent ? tier->unit_price : tier->rate_percent) != 0)
        return fault(field, "does not belong to this model", field_at_fault, err);
    return true;
}

static bool check_tier(const struct price *price, size_t i, char field_at_fault[PRICE_FIELD_SIZE],
                       struct error *err)
{
    const struct price_tier *tier = &price->tiers[i];
    char field[PRICE_FIELD_SIZE];
    bool last = i + 1 == price->tier_count;
    (void)snprintf(field, sizeof field, "tiers[%zu].up_to", i);
    if (last && tier->has_up_to)
        return fault(field, "must be null: the last tier has no end", field_at_fault, err);
    if (!last && !tier->has_up_to)
        return fault(field, "is null, which only the last tier may be", field_at_fault, err);
    if (tier->has_up_to && decimal_sign(tier->up_to) <= 0)
        return fault(field, "is not above 0", field_at_fault, err);
    if (tier->has_up_to && i > 0 && decimal_compare(tier->up_to, price->tiers[i - 1].up_to) <= 0)
        return fault(field, "is not above that of the tier before", field_at_fault, err);
    (void)snprintf(field, sizeof field, "tiers[%zu].flat_fee", i);
    if (decimal_sign(tier->flat_fee) < 0)
        return fault(field, "is negative", field_at_fault, err);
    return check_tier_price(price, i, field_at_fault, err);
}

static bool check_tiers(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                        struct error *err)
{
    bool tiered = (WITH_TIERS & BIT(price->model)) != 0;
    if (!tiered && price->tier_count > 0)
        return fault("tiers", "does not belong to this model", field_at_fault, err);
    if (tiered && price->tier_count == 0)
        return fault("tiers", "is missing: the model needs at least one", field_at_fault, err);
    if (price->tier_count > PRICE_TIERS_MAX)
        return fault("tiers", "has more than 1000 entries", field_at_fault, err);
    for (size_t i = 0; i < price->tier_count; i++)
        if (!check_tier(price, i, field_at_fault, err))
            return false;
    return true;
}

const struct price *price_rated_by(const struct price *price)
{
    return price->model == PRICE_COMMITTED && price->overage != NULL ? price->overage : price;
}

bool price_charges_amounts(const struct price *price)
{
    enum price_model model = price_rated_by(price)->model;
    return model == PRICE_PERCENTAGE || model == PRICE_GRADUATED_PERCENTAGE ||
           model == PRICE_DYNAMIC;
}

/* Fields of a model that are more than one figure. */
static bool check_fields(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                         struct error *err)
{
    int64_t whole;
    struct error not_whole = {0};
    if (!check_figures(price, field_at_fault, err) || !check_tiers(price, field_at_fault, err))
        return false;
    if (price->model == PRICE_PACKAGE && decimal_sign(price->package_size.value) == 0)
        return fault("package_size", "is 0", field_at_fault, err);
    if (price->free_at_zero && (WITH_TIERS & BIT(price_rated_by(price)->model)) == 0)
        return fault("flat_fee_at_zero", "belongs to models with tiers", field_at_fault, err);
    if (price->model != PRICE_PACKAGE && price->has_package_rounding)
        return fault("package_rounding", "does not belong to this model", field_at_fault, err);
    if (!decimal_to_i64(price->free_events.value, &whole, &not_whole))
        return fault("free_events", "is not a whole number", field_at_fault, err);
    return true;
}

/* What is wrong with the overage, under the name that it has in the price. */
static bool check_overage(const struct price *overage, char field_at_fault[PRICE_FIELD_SIZE],
                          struct error *err)
{
    char inner[PRICE_FIELD_SIZE - sizeof "overage."];
    struct error problem = {0};
    if (overage->model == PRICE_COMMITTED)
        return fault("overage.model", "is committed: a commitment has no commitment in it",
                     field_at_fault, err);
    if (overage->minimum_amount.given || overage->maximum_amount.given)
        return fault(overage->minimum_amount.given ? "overage.minimum_amount"
                                                   : "overage.maximum_amount",
                     "belongs to the price, not to its overage", field_at_fault, err);
    if (check_fields(overage, field_at_fault, &problem))
        return true;
    (void)snprintf(inner, sizeof inner, "%s", field_at_fault);
    (void)snprintf(field_at_fault, PRICE_FIELD_SIZE, "overage.%s", inner);
    return error_item(err, "bad_price", "overage.%s", problem.message);
}

bool price_check_model(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                       struct error *err)
{
    if (!check_fields(price, field_at_fault, err))
        return false;
    if (price->model == PRICE_COMMITTED)
        return price->overage == NULL
                   ? fault("overage", "is missing: the model needs it", field_at_fault, err)
                   : check_overage(price->overage, field_at_fault, err);
    return price->overage == NULL ||
           fault("overage", "does not belong to this model", field_at_fault, err);
}

static bool is_below(struct price_figure maximum, struct price_figure minimum)
{
    return maximum.given && minimum.given && decimal_compare(maximum.value, minimum.value) < 0;
}

static bool check_limits(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                         struct error *err)
{
    const struct price *rated = price_rated_by(price);
    if (is_below(price->maximum_amount, price->minimum_amount))
        return fault("maximum_amount", "is below minimum_amount", field_at_fault, err);
    if (is_below(rated->maximum_per_event, rated->minimum_per_event))
        return fault(rated == price ? "maximum_per_event" : "overage.maximum_per_event",
                     "is below minimum_per_event", field_at_fault, err);
    return true;
}

bool price_check(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                 struct error *err)
{
    if (!price_check_model(price, field_at_fault, err) || !check_limits(price, field_at_fault, err))
        return false;
    if (price->meter != NULL && price->billing == BILLING_IN_ADVANCE)
        return fault("billing", "is in_advance, but usage is known only in arrears", field_at_fault,
                     err);
    if (price->meter == NULL && price_charges_amounts(price))
        return fault("meter", "is missing: the model charges amounts of events", field_at_fault,
                     err);
    if (!date_is_none(price->valid_to) && date_compare(price->valid_to, price->valid_from) <= 0)
        return fault("valid_to", "is not after valid_from", field_at_fault, err);
    return true;
}
