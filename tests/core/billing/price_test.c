/* What makes a price valid, and the words of its fields. */
#include <string.h>

#include "core/billing/price.h"
#include "tests/support/suite.h"

static const struct price_figure one = {
    true, {1, 0}
};
static const struct price_figure minus_one = {
    true, {-1, 0}
};
static const struct price_figure nothing = {
    true, {0, 0}
};

static const struct price_tier good_tiers[] = {
    {true,  {10, 0}, {1, 0}, {0, 0}},
    {false, {0, 0},  {1, 1}, {0, 0}},
};
static const struct price_tier falling_tiers[] = {
    {true,  {10, 0}, {1, 0}, {0, 0}},
    {true,  {90, 1}, {1, 0}, {0, 0}},
    {false, {0, 0},  {1, 0}, {0, 0}},
};
static const struct price_tier closed_tiers[] = {
    {true, {10, 0}, {1, 0}, {0, 0}},
};
static const struct price_tier open_tiers[] = {
    {false, {0, 0}, {1, 0}, {0, 0}},
    {false, {0, 0}, {1, 0}, {0, 0}},
};
static const struct price_tier negative_tiers[] = {
    {false, {0, 0}, {1, 0}, {-1, 2}},
};

static const struct check_case {
    const char *name;
    struct price price;
    const char *field; /* NULL: valid */
} check_cases[] = {
    {
     .name = "flat",
     .price = {.model = PRICE_FLAT, .flat_fee = {true, {2999, 2}}},
     },
    {
     .name = "flat without its fee",
     .price = {.model = PRICE_FLAT},
     .field = "flat_fee",
     },
    {
     .name = "a field of another model",
     .price = {.model = PRICE_FLAT, .flat_fee = {true, {1, 0}}, .free_units = {true, {1, 0}}},
     .field = "free_units",
     },
    {
     .name = "a negative price",
     .price = {.model = PRICE_PER_UNIT, .unit_price = {true, {-1, 0}}},
     .field = "unit_price",
     },
    {
     .name = "tiers where none belong",
     .price =
            {.model = PRICE_FLAT, .flat_fee = {true, {1, 0}}, .tiers = good_tiers, .tier_count = 2},
     .field = "tiers",
     },
    {
     .name = "graduated",
     .price = {.model = PRICE_GRADUATED, .tiers = good_tiers, .tier_count = 2},
     },
    {
     .name = "graduated without tiers",
     .price = {.model = PRICE_GRADUATED},
     .field = "tiers",
     },
    {
     .name = "tiers that fall",
     .price = {.model = PRICE_VOLUME, .tiers = falling_tiers, .tier_count = 3},
     .field = "tiers[1].up_to",
     },
    {
     .name = "a last tier with an end",
     .price = {.model = PRICE_VOLUME, .tiers = closed_tiers, .tier_count = 1},
     .field = "tiers[0].up_to",
     },
    {
     .name = "an open tier before the last",
     .price = {.model = PRICE_VOLUME, .tiers = open_tiers, .tier_count = 2},
     .field = "tiers[0].up_to",
     },
    {
     .name = "a negative flat fee of a tier",
     .price = {.model = PRICE_VOLUME, .tiers = negative_tiers, .tier_count = 1},
     .field = "tiers[0].flat_fee",
     },
    {
     .name = "package",
     .price = {.model = PRICE_PACKAGE,
                  .package_size = {true, {1, 0}},
                  .package_price = {true, {1, 0}},
                  .free_units = {true, {1, 0}},
                  .has_package_rounding = true},
     },
    {
     .name = "a package of nothing",
     .price = {.model = PRICE_PACKAGE,
                  .package_size = {true, {0, 0}},
                  .package_price = {true, {1, 0}}},
     .field = "package_size",
     },
    {
     .name = "package_rounding elsewhere",
     .price = {.model = PRICE_FLAT, .flat_fee = {true, {1, 0}}, .has_package_rounding = true},
     .field = "package_rounding",
     },
    {
     .name = "a minimum above the maximum",
     .price = {.model = PRICE_FLAT,
                  .flat_fee = {true, {1, 0}},
                  .minimum_amount = {true, {9, 0}},
                  .maximum_amount = {true, {5, 0}}},
     },
    {
     .name = "usage in advance",
     .price = {.model = PRICE_FLAT,
                  .flat_fee = {true, {1, 0}},
                  .meter = "calls",
                  .billing = BILLING_IN_ADVANCE},
     .field = "billing",
     },
    {
     .name = "a price that ends when it starts",
     .price = {.model = PRICE_FLAT,
                  .flat_fee = {true, {1, 0}},
                  .valid_from = {100},
                  .valid_to = {100}},
     .field = "valid_to",
     },
};

START_TEST(checks)
{
    const struct check_case *c = &check_cases[_i];
    char field[PRICE_FIELD_SIZE] = "";
    struct error err = {0};
    struct price price = c->price;
    if (price.valid_to.days == 0)
        price.valid_to = DATE_NONE;
    bool ok = price_check(&price, field, &err);
    ck_assert_msg(ok == (c->field == NULL), "%s: %s", c->name, err.message);
    ck_assert_msg(strcmp(field, c->field == NULL ? "" : c->field) == 0, "%s: at '%s'", c->name,
                  field);
    if (!ok)
        ck_assert_msg(err.kind == ERROR_ITEM && strncmp(err.message, field, strlen(field)) == 0,
                      "%s: %s", c->name, err.message);
}
END_TEST

/* Every figure is refused when negative, wherever it belongs. */
START_TEST(refuses_negative_figures)
{
    char field[PRICE_FIELD_SIZE];
    struct error err = {0};
    struct price price = {
        .model = PRICE_PACKAGE, .package_size = one, .package_price = one, .valid_to = DATE_NONE};
    ck_assert(price_check(&price, field, &err));
    struct price_figure *const figures[] = {
        &price.free_units,     &price.package_size,   &price.package_price,
        &price.minimum_amount, &price.maximum_amount,
    };
    for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
        struct price_figure kept = *figures[i];
        *figures[i] = minus_one;
        ck_assert_msg(!price_check(&price, field, &err), "figure %zu", i);
        *figures[i] = kept;
    }
    price.package_price = nothing;
    ck_assert(price_check(&price, field, &err));
}
END_TEST

START_TEST(knows_its_words)
{
    struct error err = {0};
    enum price_model model;
    enum price_billing billing;
    enum package_rounding rounding;
    struct price_figure figure = {0};
    for (enum price_model m = PRICE_FLAT; m <= PRICE_PACKAGE; m++)
        ck_assert(price_model_parse(price_model_name(m), &model, &err) && model == m);
    ck_assert(!price_model_parse("committed", &model, &err));
    ck_assert_str_eq(err.message, "model committed is not supported by this version");
    ck_assert(!price_model_parse(NULL, &model, &err));
    ck_assert(price_billing_parse("in_arrears", &billing, &err) && billing == BILLING_IN_ARREARS);
    ck_assert(!price_billing_parse("later", &billing, &err));
    ck_assert(package_rounding_parse("down", &rounding, &err) && rounding == PACKAGE_ROUND_DOWN);
    ck_assert(!package_rounding_parse("half_up", &rounding, &err));
    ck_assert(price_figure_parse(NULL, &figure, &err) && !figure.given);
    ck_assert(price_figure_parse("0", &figure, &err) && figure.given);
    ck_assert(!price_figure_parse("", &figure, &err));
}
END_TEST

TEST_SUITE(price)
{
    TEST_TABLE(checks, check_cases);
    TEST_ONE(refuses_negative_figures);
    TEST_ONE(knows_its_words);
}
