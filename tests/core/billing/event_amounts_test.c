/* What prices take of single events. */
#include <string.h>

#include "core/billing/event_amounts.h"
#include "tests/support/suite.h"

static const struct price percentage = {
    .model = PRICE_PERCENTAGE, .rate_percent = {true, {1, 0}}
};
static const struct price dynamic = {
    .model = PRICE_DYNAMIC, .multiplier = {true, {2, 0}}
};
static const struct price units = {
    .model = PRICE_PER_UNIT, .unit_price = {true, {1, 0}}
};
static const struct price committed_dynamic = {
    .model = PRICE_COMMITTED, .commitment = {true, {9, 0}},
         .overage = &dynamic
};
static const struct price committed_units = {
    .model = PRICE_COMMITTED, .commitment = {true, {9, 0}},
         .overage = &units
};

static const struct usage_value events[] = {
    {.value_coefficient = 15, .value_scale = 1, .key = "a",      .price_amount = "0.25"},
    {.value_coefficient = 2,                       .key = "b",                  .price_amount = "-0.05"},
};

static const struct amount_case {
    const char *name;
    const struct price *price;
    const char *total; /* NULL: it reads none */
    bool one_by_one;
} amount_cases[] = {
    {"percentage",        &percentage,        "3.5", true },
    {"dynamic",           &dynamic,           "0.2", false},
    {"committed dynamic", &committed_dynamic, "0.2", false},
    {"units",             &units,             NULL,  false},
    {"committed units",   &committed_units,   NULL,  false},
};

START_TEST(takes)
{
    const struct amount_case *c = &amount_cases[_i];
    struct event_amounts amounts;
    struct error err = {0};
    ck_assert_msg(price_reads_amounts(c->price) == (c->total != NULL), "%s", c->name);
    if (c->total == NULL)
        return;
    event_amounts_start(&amounts, c->price);
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        ck_assert_msg(event_amounts_add(&amounts, &events[i], &err), "%s: %s", c->name,
                      err.message);
    ck_assert_msg(strcmp(decimal_text(amounts.total).text, c->total) == 0, "%s: %s", c->name,
                  decimal_text(amounts.total).text);
    ck_assert_msg((event_amounts_fold(&amounts) != NULL) == c->one_by_one, "%s", c->name);
}
END_TEST

START_TEST(names_what_has_no_price)
{
    const struct usage_value bare = {.value_coefficient = 1, .key = "k7"};
    struct event_amounts amounts;
    struct error err = {0};
    event_amounts_start(&amounts, &dynamic);
    ck_assert(!event_amounts_add(&amounts, &bare, &err));
    ck_assert_str_eq(err.code, "missing_price_amount");
    ck_assert_str_eq(err.message, "usage event k7 has no price_amount");
    event_amounts_start(&amounts, &percentage);
    ck_assert(event_amounts_add(&amounts, &bare, &err));
}
END_TEST

TEST_SUITE(event_amounts)
{
    TEST_TABLE(takes, amount_cases);
    TEST_ONE(names_what_has_no_price);
}
