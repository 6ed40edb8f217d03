/* What makes a price valid: see price.h. Which fields belong to which model is one table. */
#include "core/billing/price.h"

#include <stdio.h>

#include "core/base/text.h"

static const char *const model_names[] = {
    [PRICE_FLAT] = "flat",     [PRICE_PER_UNIT] = "per_unit", [PRICE_GRADUATED] = "graduated",
    [PRICE_VOLUME] = "volume", [PRICE_PACKAGE] = "package",
};
static const char *const models_of_later_versions[] = {
    "percentage",
    "graduated_percentage",
    "dynamic",
    "committed",
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
    if (find_name(models_of_later_versions, ARRAY_LEN(models_of_later_versions), name, &index))
        return error_item(err, "bad_price", "model %s is not supported by this version", name);
    return error_item(err, "bad_price",
                      "'%.40s' is not a model: flat, per_unit, graduated, volume or package",
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

enum presence { NEVER, MAY, MUST };

/* Rows are figures of struct price, columns models in the order of enum price_model. */
static const struct figure_rule {
    const char *field;
    size_t offset;
    enum presence presence[ARRAY_LEN(model_names)];
} figure_rules[] = {
    {"flat_fee",       offsetof(struct price, flat_fee),       {MUST, NEVER, NEVER, NEVER, NEVER}},
    {"unit_price",     offsetof(struct price, unit_price),     {NEVER, MUST, NEVER, NEVER, NEVER}},
    {"free_units",     offsetof(struct price, free_units),     {NEVER, MAY, NEVER, NEVER, MAY}   },
    {"package_size",   offsetof(struct price, package_size),   {NEVER, NEVER, NEVER, NEVER, MUST}},
    {"package_price",  offsetof(struct price, package_price),  {NEVER, NEVER, NEVER, NEVER, MUST}},
    {"minimum_amount", offsetof(struct price, minimum_amount), {MAY, MAY, MAY, MAY, MAY}         },
    {"maximum_amount", offsetof(struct price, maximum_amount), {MAY, MAY, MAY, MAY, MAY}         },
};

static bool check_figures(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                          struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(figure_rules); i++) {
        const struct figure_rule *rule = &figure_rules[i];
        const struct price_figure *figure =
            (const struct price_figure *)(const void *)((const char *)price + rule->offset);
        enum presence presence = rule->presence[price->model];
        if (presence == MUST && !figure->given)
            return fault(rule->field, "is missing: the model needs it", field_at_fault, err);
        if (presence == NEVER && figure->given)
            return fault(rule->field, "does not belong to this model", field_at_fault, err);
        if (figure->given && decimal_sign(figure->value) < 0)
            return fault(rule->field, "is negative", field_at_fault, err);
    }
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
    (void)snprintf(field, sizeof field, "tiers[%zu].unit_price", i);
    if (decimal_sign(tier->unit_price) < 0)
        return fault(field, "is negative", field_at_fault, err);
    (void)snprintf(field, sizeof field, "tiers[%zu].flat_fee", i);
    if (decimal_sign(tier->flat_fee) < 0)
        return fault(field, "is negative", field_at_fault, err);
    return true;
}

static bool check_tiers(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                        struct error *err)
{
    bool tiered = price->model == PRICE_GRADUATED || price->model == PRICE_VOLUME;
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

bool price_check_model(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                       struct error *err)
{
    if (!check_figures(price, field_at_fault, err) || !check_tiers(price, field_at_fault, err))
        return false;
    if (price->model == PRICE_PACKAGE && decimal_sign(price->package_size.value) == 0)
        return fault("package_size", "is 0", field_at_fault, err);
    if (price->model != PRICE_PACKAGE && price->has_package_rounding)
        return fault("package_rounding", "does not belong to this model", field_at_fault, err);
    return true;
}

bool price_check(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                 struct error *err)
{
    if (!price_check_model(price, field_at_fault, err))
        return false;
    if (price->meter != NULL && price->billing == BILLING_IN_ADVANCE)
        return fault("billing", "is in_advance, but usage is known only in arrears", field_at_fault,
                     err);
    if (!date_is_none(price->valid_to) && date_compare(price->valid_to, price->valid_from) <= 0)
        return fault("valid_to", "is not after valid_from", field_at_fault, err);
    return true;
}
