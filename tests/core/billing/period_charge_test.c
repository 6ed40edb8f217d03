/* From a period to what rating is asked: parts of periods, late usage, the price of one unit. */
#include <inttypes.h>
#include <string.h>

#include "core/billing/period_charge.h"
#include "tests/support/suite.h"

static struct decimal number(const char *text)
{
    struct decimal value = {0};
    struct error err = {0};
    ck_assert_msg(decimal_parse(text, &value, &err), "%s", err.message);
    return value;
}

static struct date day(const char *text)
{
    struct date date;
    struct error err = {0};
    ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static struct period_charge charge_of(const struct price *price, const char *start,
                                      const char *quantity)
{
    return (struct period_charge){
        .price = price,
        .period = {day(start),        day("2026-11-01")},
        .full = {day("2026-10-01"), day("2026-11-01")},
        .quantity = number(quantity),
        .flat_fee_at_zero = true,
        .rounding = ROUND_HALF_EVEN,
    };
}

START_TEST(asks_for_a_whole_period)
{
    struct price price = {.model = PRICE_PER_UNIT};
    struct period_charge charge = charge_of(&price, "2026-10-01", "12.5");
    struct rating_request request;
    struct error err = {0};
    ck_assert(period_charge_request(&charge, &request, &err));
    ck_assert_int_eq(ratio_compare(request.period_share, ratio_from_i64(1)), 0);
    ck_assert_str_eq(decimal_text(request.quantity).text, "12.5");
    ck_assert(!request.has_already_billed_amount);
    ck_assert(request.flat_fee_at_zero);
    ck_assert_int_eq(request.rounding, ROUND_HALF_EVEN);
}
END_TEST

START_TEST(asks_for_a_part)
{
    struct price price = {.model = PRICE_FLAT};
    struct period_charge charge = charge_of(&price, "2026-10-11", "1");
    struct rating_request request;
    struct period_part part;
    struct error err = {0};
    ck_assert(period_charge_part(&charge, &part, &err));
    ck_assert_int_eq(part.part.numerator, 21);
    ck_assert_int_eq(part.part.denominator, 31);
    ck_assert(period_charge_request(&charge, &request, &err));
    ck_assert_str_eq(ratio_text(request.period_share).text, "21/31");
}
END_TEST

START_TEST(refuses_a_part_outside_its_period)
{
    struct price price = {.model = PRICE_FLAT};
    struct period_charge charge = charge_of(&price, "2026-09-30", "1");
    struct rating_request request;
    struct error err = {0};
    ck_assert(!period_charge_request(&charge, &request, &err));
    ck_assert_str_eq(err.code, "bad_proration");
}
END_TEST

START_TEST(asks_for_late_usage_on_top_of_what_was_billed)
{
    struct price price = {.model = PRICE_GRADUATED};
    struct period_charge charge = charge_of(&price, "2026-10-01", "2100");
    struct rating_request request;
    struct error err = {0};
    charge.billed_before = true;
    charge.billed_quantity = number("1500");
    charge.billed_amount = money_of_minor(1750, (struct currency){"EUR"});
    ck_assert(period_charge_request(&charge, &request, &err));
    ck_assert_str_eq(decimal_text(request.quantity).text, "600");
    ck_assert_str_eq(decimal_text(request.already_billed_quantity).text, "1500");
    ck_assert(request.has_already_billed_amount);
    ck_assert_str_eq(money_text(request.already_billed_amount).text, "17.50");
}
END_TEST

/* Bills of one period sum to the rounded charge of all of it: a tie below zero does not go the
 * other way, nor does half_even look at the last digit of what was billed. The prices are per unit.
 */
static const struct late_case {
    const char *name;
    enum rounding rounding;
    const char *unit_price, *total, *billed_quantity;
    int64_t billed_minor, expect_minor;
} late_cases[] = {
    {"nothing new, up from a tie",   ROUND_HALF_UP,   "0.13",  "51.5", "51.5", 670, 0 },
    {"less, and still a tie",        ROUND_HALF_UP,   "0.005", "1",    "4",    2,   -1},
    {"more, and a tie",              ROUND_HALF_UP,   "0.005", "3",    "1",    1,   1 },
    {"less than nothing",            ROUND_HALF_UP,   "0.005", "-3",   "1",    1,   -1},
    {"an odd cent, ties to even",    ROUND_HALF_EVEN, "0.005", "5",    "2",    1,   1 },
    {"an even cent, ties to even",   ROUND_HALF_EVEN, "0.005", "5",    "4",    2,   0 },
    {"nothing new, down from a tie", ROUND_HALF_EVEN, "0.005", "5",    "5",    2,   0 },
    {"no tie",                       ROUND_HALF_UP,   "0.007", "3",    "1",    1,   1 },
};

START_TEST(late_usage_sums_to_the_whole)
{
    const struct late_case *c = &late_cases[_i];
    struct currency currency = {"EUR"};
    struct price price = {.model = PRICE_PER_UNIT, .currency = currency};
    price.unit_price = (struct price_figure){true, number(c->unit_price)};
    struct period_charge charge = charge_of(&price, "2026-10-01", c->total);
    struct rating_request request;
    struct rating rating;
    struct error err = {0};
    struct arena *arena = arena_create("period_charge_test", (size_t)1 << 20);
    charge.rounding = c->rounding;
    charge.billed_before = true;
    charge.billed_quantity = number(c->billed_quantity);
    charge.billed_amount = money_of_minor(c->billed_minor, currency);
    ck_assert(period_charge_request(&charge, &request, &err));
    ck_assert_msg(rating_price(&price, &request, arena, &rating, &err), "%s: %s", c->name,
                  err.message);
    ck_assert_msg(money_minor(rating.amount) == c->expect_minor, "%s: got %s", c->name,
                  money_text(rating.amount).text);
    ck_assert(money_equal(rating.amount, rating.gross));
    arena_destroy(&arena);
}
END_TEST

static const struct unit_case {
    const char *name;
    enum price_model model;
    const char *start;
    bool has_free_units, has_minimum, has_maximum, billed_before;
    const char *expect; /* NULL: no one price */
} unit_cases[] = {
    {"per unit",                  PRICE_PER_UNIT,  "2026-10-01", false, false, false, false, "7.5"},
    {"a flat fee",                PRICE_FLAT,      "2026-10-01", false, false, false, false, "49" },
    {"per unit with free ones",   PRICE_PER_UNIT,  "2026-10-01", true,  false, false, false, NULL },
    {"with a minimum",            PRICE_PER_UNIT,  "2026-10-01", false, true,  false, false, NULL },
    {"with a maximum",            PRICE_FLAT,      "2026-10-01", false, false, true,  false, NULL },
    {"a part of a period",        PRICE_PER_UNIT,  "2026-10-02", false, false, false, false, NULL },
    {"on top of what was billed", PRICE_PER_UNIT,  "2026-10-01", false, false, false, true,  NULL },
    {"tiers have several prices", PRICE_GRADUATED, "2026-10-01", false, false, false, false, NULL },
    {"so has volume",             PRICE_VOLUME,    "2026-10-01", false, false, false, false, NULL },
    {"a package holds many",      PRICE_PACKAGE,   "2026-10-01", false, false, false, false, NULL },
};

START_TEST(knows_the_price_of_one_unit)
{
    const struct unit_case *c = &unit_cases[_i];
    struct price price = {
        .model = c->model,
        .unit_price = {true,              number("7.5")},
        .flat_fee = {true,              number("49") },
        .free_units = {c->has_free_units, number("2")  },
        .minimum_amount = {c->has_minimum,    number("1")  },
        .maximum_amount = {c->has_maximum,    number("9")  },
    };
    struct period_charge charge = charge_of(&price, c->start, "3");
    struct rating_request request;
    struct error err = {0};
    charge.billed_before = c->billed_before;
    ck_assert_msg(period_charge_request(&charge, &request, &err), "%s: %s", c->name, err.message);
    struct price_figure unit = period_charge_unit_amount(&charge, &request);
    ck_assert_msg(unit.given == (c->expect != NULL), "%s: given %d", c->name, unit.given);
    if (unit.given)
        ck_assert_msg(strcmp(decimal_text(unit.value).text, c->expect) == 0, "%s: got %s", c->name,
                      decimal_text(unit.value).text);
}
END_TEST

START_TEST(a_flat_fee_is_one_thing)
{
    struct price flat = {.model = PRICE_FLAT};
    struct price seats = {.model = PRICE_PER_UNIT};
    ck_assert_str_eq(decimal_text(period_charge_quantity(&flat, number("12"))).text, "1");
    ck_assert_str_eq(decimal_text(period_charge_quantity(&seats, number("12"))).text, "12");
}
END_TEST

/* Parts of one version sum to the bill of the whole, wherever and by whatever the period is cut. */
static const struct price_tier part_tiers[] = {
    {.has_up_to = true,    .up_to = {5, 0}, .unit_price = {1, 0}, .flat_fee = {31, 0}},
    {.unit_price = {5, 1}, .flat_fee = {7, 0}               },
};
static const struct price part_prices[] = {
    {.price = "tiers",               .model = PRICE_GRADUATED, .tiers = part_tiers, .tier_count = 2},
    {.price = "volume",                              .model = PRICE_VOLUME,                                      .tiers = part_tiers,       .tier_count = 2},
    {.price = "free units",
     .model = PRICE_PER_UNIT,
     .unit_price = {true, {333, 3}},
     .free_units = {true, {6, 0}}},
    {.price = "packages",
     .model = PRICE_PACKAGE,
     .package_size = {true, {4, 0}},
     .package_price = {true, {9, 0}}},
    {.price = "a minimum",
     .model = PRICE_PER_UNIT,
     .unit_price = {true, {1, 0}},
     .minimum_amount = {true, {10, 0}}},
    {.price = "a maximum",
     .model = PRICE_PER_UNIT,
     .unit_price = {true, {1, 0}},
     .maximum_amount = {true, {8, 0}}},
    {.price = "a fee",                              .model = PRICE_FLAT,                                   .flat_fee = {true, {100, 0}}                                                      },
};
static const struct cut_case {
    const char *name;
    const char *days[4]; /* where parts begin, after the first of the month */
    const char *used[4]; /* of each part */
    enum proration_basis basis;
} cut_cases[] = {
    {"in two",                   {"2026-10-16"},               {"3", "4"},          PRORATE_DAY    },
    {"nothing at first",         {"2026-10-16"},               {"0", "12"},         PRORATE_DAY    },
    {"nothing at all",           {"2026-10-02"},               {"0", "0"},          PRORATE_DAY    },
    {"in three",                 {"2026-10-04", "2026-10-30"}, {"5", "0.5", "0.5"}, PRORATE_DAY    },
    {"what is given back",       {"2026-10-11", "2026-10-12"}, {"9", "-2", "1"},    PRORATE_DAY    },
    {"by seconds, over an hour", {"2026-10-25", "2026-10-26"}, {"3", "3", "3"},     PRORATE_SECOND },
    {"by months of 30 days",     {"2026-10-31"},               {"3", "4"},          PRORATE_FIXED30},
};

/* The period from the last of `days` on, as its row says it: `zone` is two hours, then one. */
static void cut(struct period_charge *charge, struct date start, struct date end,
                struct arena *arena, enum proration_basis basis)
{
    const int64_t first_s = 3600 * (int64_t)24;
    int64_t hour = date_compare(start, day("2026-10-26")) >= 0 ? 3600 : 0;
    int64_t end_hour = date_compare(end, day("2026-10-26")) >= 0 ? 3600 : 0;
    charge->period = (struct period){start, end};
    charge->before = (struct period){day("2026-10-01"), start};
    charge->before_us = ((start.days - day("2026-10-01").days) * first_s + hour) * 1000000;
    if (basis == PRORATE_SECOND)
        charge->proration =
            arena_printf(arena, "second %" PRId64 "/%" PRId64,
                         (end.days - start.days) * first_s + end_hour - hour, 31 * first_s + 3600);
    if (basis == PRORATE_FIXED30) {
        struct period_part part;
        struct error err = {0};
        ck_assert(period_part_make(basis, NULL, charge->full, charge->period, &part, &err));
        charge->proration = period_part_text(&part, arena);
    }
}

START_TEST(parts_sum_to_the_whole)
{
    const struct cut_case *c = &cut_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("period charge test", 1 << 20);
    for (size_t p = 0; p < ARRAY_LEN(part_prices); p++) {
        struct price price = part_prices[p];
        struct error err = {0};
        struct rating_request request;
        struct rating rating;
        struct decimal before = number("0");
        price.meter = "m";
        price.currency = (struct currency){"EUR"};
        struct money sum = money_zero(price.currency);
        for (size_t i = 0; i < 4 && c->used[i] != NULL; i++) {
            struct period_charge charge = charge_of(&price, "2026-10-01", c->used[i]);
            struct date start = i == 0 ? day("2026-10-01") : day(c->days[i - 1]);
            cut(&charge, start, i < 3 && c->days[i] != NULL ? day(c->days[i]) : charge.full.end,
                arena, c->basis);
            charge.before_quantity = before;
            ck_assert_msg(period_charge_request(&charge, &request, &err) &&
                              rating_price(&price, &request, arena, &rating, &err) &&
                              money_add(sum, rating.amount, &sum, &err) &&
                              decimal_add(before, number(c->used[i]), &before, &err),
                          "%s, %s: %s", c->name, price.price, err.message);
            ck_assert_msg(money_sign(rating.discount) >= 0 && money_sign(rating.true_up) >= 0,
                          "%s, %s, part %zu: a cut below zero", c->name, price.price, i);
        }
        struct period_charge whole = charge_of(&price, "2026-10-01", decimal_text(before).text);
        ck_assert(period_charge_request(&whole, &request, &err) &&
                  rating_price(&price, &request, arena, &rating, &err));
        ck_assert_msg(money_equal(sum, rating.amount), "%s, %s: %s in parts, %s as a whole",
                      c->name, price.price, money_text(sum).text, money_text(rating.amount).text);
    }
}
END_TEST

TEST_SUITE(period_charge)
{
    TEST_ONE(asks_for_a_whole_period);
    TEST_ONE(asks_for_a_part);
    TEST_ONE(refuses_a_part_outside_its_period);
    TEST_ONE(asks_for_late_usage_on_top_of_what_was_billed);
    TEST_TABLE(late_usage_sums_to_the_whole, late_cases);
    TEST_TABLE(parts_sum_to_the_whole, cut_cases);
    TEST_TABLE(knows_the_price_of_one_unit, unit_cases);
    TEST_ONE(a_flat_fee_is_one_thing);
}
