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
    {.has_up_to = true,     .up_to = {10, 0}, .unit_price = {1, 0}},
    {.unit_price = {1, 1}},
};
static const struct price_tier falling_tiers[] = {
    {.has_up_to = true,     .up_to = {10, 0}, .unit_price = {1, 0}},
    {.has_up_to = true, .up_to = {90, 1}, .unit_price = {1, 0}},
    {.unit_price = {1, 0}    },
};
static const struct price_tier closed_tiers[] = {
    {.has_up_to = true, .up_to = {10, 0}, .unit_price = {1, 0}},
};
static const struct price_tier open_tiers[] = {
    {.unit_price = {1, 0}},
    {.unit_price = {1, 0}},
};
static const struct price_tier negative_tiers[] = {
    {.unit_price = {1, 0}, .flat_fee = {-1, 2}},
};

static const struct price_tier rate_tiers[] = {
    {.has_up_to = true, .up_to = {10, 0}, .rate_percent = {1, 0}},
    {.rate_percent = {5, 1},                 .flat_fee = {2, 0}           },
};
static const struct price_tier negative_rate_tiers[] = {
    {.rate_percent = {-1, 0}},
};

static const struct price by_unit = {
    .model = PRICE_PER_UNIT, .unit_price = {true, {1, 0}}
};
static const struct price by_unit_with_minimum = {
    .model = PRICE_PER_UNIT,
    .unit_price = {true, {1, 0}},
    .minimum_amount = {true, {1, 0}},
};
static const struct price by_falling_tiers = {
    .model = PRICE_GRADUATED, .tiers = falling_tiers, .tier_count = ARRAY_LEN(falling_tiers)};
static const struct price by_percent = {
    .model = PRICE_PERCENTAGE, .rate_percent = {true, {1, 0}}
};
static const struct price by_commitment = {
    .model = PRICE_COMMITTED, .commitment = {true, {1, 0}},
         .overage = &by_unit
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
     .field = "maximum_amount",
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
     .name = "percentage with all it may have",
     .price = {.model = PRICE_PERCENTAGE,
                  .meter = "payments",
                  .billing = BILLING_IN_ARREARS,
                  .rate_percent = {true, {29, 1}},
                  .fixed_fee_per_event = {true, {30, 2}},
                  .free_events = {true, {3, 0}},
                  .free_amount = {true, {500, 0}},
                  .minimum_per_event = {true, {1, 0}},
                  .maximum_per_event = {true, {12, 0}}},
     },
    {
     .name = "percentage without its rate",
     .price = {.model = PRICE_PERCENTAGE, .fixed_fee_per_event = {true, {30, 2}}},
     .field = "rate_percent",
     },
    {
     .name = "half a free event",
     .price = {.model = PRICE_PERCENTAGE,
                  .rate_percent = {true, {1, 0}},
                  .free_events = {true, {5, 1}}},
     .field = "free_events",
     },
    {
     .name = "percentage of a subscription's quantity",
     .price = {.model = PRICE_PERCENTAGE,
                  .billing = BILLING_IN_ARREARS,
                  .rate_percent = {true, {1, 0}}},
     .field = "meter",
     },
    {
     .name = "graduated_percentage",
     .price = {.model = PRICE_GRADUATED_PERCENTAGE,
                  .meter = "payments",
                  .billing = BILLING_IN_ARREARS,
                  .tiers = rate_tiers,
                  .tier_count = 2},
     },
    {
     .name = "a negative rate of a tier",
     .price = {.model = PRICE_GRADUATED_PERCENTAGE,
                  .tiers = negative_rate_tiers,
                  .tier_count = 1},
     .field = "tiers[0].rate_percent",
     },
    {
     .name = "unit prices where rates belong",
     .price = {.model = PRICE_GRADUATED_PERCENTAGE, .tiers = good_tiers, .tier_count = 2},
     .field = "tiers[0].unit_price",
     },
    {
     .name = "rates where unit prices belong",
     .price = {.model = PRICE_GRADUATED, .tiers = rate_tiers, .tier_count = 2},
     .field = "tiers[0].rate_percent",
     },
    {
     .name = "dynamic",
     .price = {.model = PRICE_DYNAMIC,
                  .meter = "calls",
                  .billing = BILLING_IN_ARREARS,
                  .multiplier = {true, {133, 2}}},
     },
    {
     .name = "dynamic without its multiplier",
     .price = {.model = PRICE_DYNAMIC, .meter = "calls", .billing = BILLING_IN_ARREARS},
     .field = "multiplier",
     },
    {
     .name = "committed seats in advance",
     .price = {.model = PRICE_COMMITTED, .commitment = {true, {100, 0}}, .overage = &by_unit},
     },
    {
     .name = "committed without a commitment",
     .price = {.model = PRICE_COMMITTED, .overage = &by_unit},
     .field = "commitment",
     },
    {
     .name = "committed without an overage",
     .price = {.model = PRICE_COMMITTED, .commitment = {true, {100, 0}}},
     .field = "overage",
     },
    {
     .name = "an overage elsewhere",
     .price = {.model = PRICE_FLAT, .flat_fee = {true, {1, 0}}, .overage = &by_unit},
     .field = "overage",
     },
    {
     .name = "a commitment elsewhere",
     .price = {.model = PRICE_FLAT, .flat_fee = {true, {1, 0}}, .commitment = {true, {1, 0}}},
     .field = "commitment",
     },
    {
     .name = "a commitment in a commitment",
     .price = {.model = PRICE_COMMITTED,
                  .commitment = {true, {1, 0}},
                  .overage = &by_commitment},
     .field = "overage.model",
     },
    {
     .name = "a minimum in an overage",
     .price = {.model = PRICE_COMMITTED,
                  .commitment = {true, {1, 0}},
                  .overage = &by_unit_with_minimum},
     .field = "overage.minimum_amount",
     },
    {
     .name = "a wrong tier in an overage",
     .price = {.model = PRICE_COMMITTED,
                  .commitment = {true, {1, 0}},
                  .overage = &by_falling_tiers},
     .field = "overage.tiers[1].up_to",
     },
    {
     .name = "committed percentages without a meter",
     .price = {.model = PRICE_COMMITTED, .commitment = {true, {1, 0}}, .overage = &by_percent},
     .field = "meter",
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

/* A calculation may have it: the maximum cuts first, then the minimum fills up. */
START_TEST(computes_with_a_minimum_above_the_maximum)
{
    char field[PRICE_FIELD_SIZE];
    struct error err = {0};
    struct price price = {
        .model = PRICE_PERCENTAGE,
        .meter = "m",
        .billing = BILLING_IN_ARREARS,
        .rate_percent = one,
        .minimum_per_event = {true, {2, 0}},
        .maximum_per_event = one,
        .valid_to = DATE_NONE
    };
    ck_assert(price_check_model(&price, field, &err));
    ck_assert(!price_check(&price, field, &err));
    ck_assert_str_eq(field, "maximum_per_event");
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
    for (enum price_model m = PRICE_FLAT; m < PRICE_MODEL_COUNT; m++)
        ck_assert(price_model_parse(price_model_name(m), &model, &err) && model == m);
    ck_assert(!price_model_parse("tiered", &model, &err));
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
    TEST_ONE(computes_with_a_minimum_above_the_maximum);
    TEST_ONE(refuses_negative_figures);
    TEST_ONE(knows_its_words);
}
