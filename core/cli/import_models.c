/* Models of prices: see import_models.h. What each needs is asked of the rule that checks prices
 * (core/billing/price.h); the examples are imported by the test suite. */
#include "core/cli/import_models.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "core/base/text.h"
#include "core/billing/price.h"

/* What stands in a record besides tenant, price, plan, product, currency, billing, valid_from and
 * (where events are charged) meter. */
static const char *const examples[PRICE_MODEL_COUNT] = {
    [PRICE_FLAT] = "\"model\":\"flat\",\"flat_fee\":\"49.00\"",
    [PRICE_PER_UNIT] = "\"model\":\"per_unit\",\"unit_price\":\"0.02\",\"free_units\":\"100\"",
    [PRICE_GRADUATED] = "\"model\":\"graduated\",\"tiers\":[{\"up_to\":\"1000\",\"unit_price\":"
                        "\"0.02\",\"flat_fee\":\"5.00\"},{\"up_to\":null,\"unit_price\":\"0.01\"}]",
    [PRICE_VOLUME] = "\"model\":\"volume\",\"tiers\":[{\"up_to\":\"1000\",\"unit_price\":\"0.02\"},"
                     "{\"up_to\":null,\"unit_price\":\"0.01\"}]",
    [PRICE_PACKAGE] = "\"model\":\"package\",\"package_size\":\"1000\",\"package_price\":\"5.00\"",
    [PRICE_PERCENTAGE] =
        "\"model\":\"percentage\",\"rate_percent\":\"1.4\",\"fixed_fee_per_event\":\"0.25\"",
    [PRICE_GRADUATED_PERCENTAGE] =
        "\"model\":\"graduated_percentage\",\"tiers\":[{\"up_to\":\"10000\",\"rate_percent\":"
        "\"1.5\"},{\"up_to\":null,\"rate_percent\":\"1\"}]",
    [PRICE_DYNAMIC] = "\"model\":\"dynamic\",\"multiplier\":\"1.2\"",
    [PRICE_COMMITTED] = "\"model\":\"committed\",\"commitment\":\"100.00\",\"overage\":{\"model\":"
                        "\"per_unit\",\"unit_price\":\"0.02\"}",
};

bool import_models_has(const struct record_shape *shape)
{
    return record_field_find(shape, "model", strlen("model")) != NULL;
}

/* Its fields in the table, and what of it is a record of its own. */
static bool is_of_model(const struct record_field *field)
{
    return price_field_is_of_model(field->name) && !text_starts_with(field->name, "overage.");
}

static const char *named(const char *names, const char *name, struct arena *arena)
{
    return arena_printf(arena, "%s%s%s", names, *names == '\0' ? "" : ", ", name);
}

/* It charges amounts that events bring with them. */
static bool needs_meter(enum price_model model)
{
    const struct price price = {.model = model};
    return price_charges_amounts(&price);
}

static const char *fields_of(const struct record_shape *shape, enum price_model model,
                             enum price_field_use use, struct arena *arena)
{
    const char *names = "";
    for (size_t i = 0; i < shape->field_count; i++)
        if (is_of_model(&shape->fields[i]) &&
            price_model_field(model, shape->fields[i].name) == use)
            names = named(names, shape->fields[i].name, arena);
    if (price_model_field(model, "overage") == use)
        names = named(names, "overage {the fields of another model}", arena);
    return use == PRICE_FIELD_NEEDED && needs_meter(model) ? named(names, "meter", arena) : names;
}

void import_models_print(const struct record_shape *shape, struct arena *arena)
{
    (void)printf("  and by the model:\n");
    for (enum price_model model = 0; model < PRICE_MODEL_COUNT; model++) {
        const char *may = fields_of(shape, model, PRICE_FIELD_ALLOWED, arena);
        (void)printf("    %s: %s%s%s\n      %s\n", price_model_name(model),
                     fields_of(shape, model, PRICE_FIELD_NEEDED, arena),
                     *may == '\0' ? "" : "; perhaps ", may, examples[model]);
    }
}

static json_t *names_json(const struct record_shape *shape, enum price_model model,
                          enum price_field_use use)
{
    json_t *names = json_array();
    for (size_t i = 0; i < shape->field_count; i++)
        if (is_of_model(&shape->fields[i]) &&
            price_model_field(model, shape->fields[i].name) == use)
            (void)json_array_append_new(names, json_string(shape->fields[i].name));
    if (price_model_field(model, "overage") == use)
        (void)json_array_append_new(names, json_string("overage"));
    if (use == PRICE_FIELD_NEEDED && needs_meter(model))
        (void)json_array_append_new(names, json_string("meter"));
    return names;
}

static json_t *example_json(enum price_model model)
{
    char text[400];
    (void)snprintf(text, sizeof text, "{%s}", examples[model]);
    return json_loads(text, 0, NULL);
}

json_t *import_models_json(const struct record_shape *shape)
{
    json_t *list = json_array();
    for (enum price_model model = 0; model < PRICE_MODEL_COUNT; model++)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:o, s:o, s:o}", "model", price_model_name(model), "required",
                            names_json(shape, model, PRICE_FIELD_NEEDED), "optional",
                            names_json(shape, model, PRICE_FIELD_ALLOWED), "example",
                            example_json(model)));
    return list;
}
