/* Coupons over lines: tables by hand, then random invoices on which lines, coupons and the discount
 * must agree and nothing goes below zero. */
#include <stdio.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/discount.h"
#include "tests/support/suite.h"

#define LINES_MAX 8
#define COUPONS_MAX 4

static const struct currency euro = {"EUR"};

/* A coupon of a table: per mille of the lines, or cents off them. */
struct given_coupon {
    bool all;
    int64_t per_mille, cents;
    size_t lines[LINES_MAX];
    size_t line_count;
};

/* clang-format off */
static const struct discount_case {
    const char *name;
    enum coupon_stacking stacking;
    int64_t lines[LINES_MAX];
    size_t line_count;
    struct given_coupon coupons[COUPONS_MAX];
    size_t coupon_count;
    const char *expect; /* line discounts | coupon discounts | unused */
} cases[] = {
    {.name = "no coupon", .lines = {1000}, .line_count = 1, .expect = "0.00 | | "},
    {.name = "no lines", .coupons = {{.all = true, .cents = 100}}, .coupon_count = 1, .expect = "| 0.00 | 1.00 "},
    {.name = "a third of a cent more for the first", .lines = {3333, 3333, 3334}, .line_count = 3,
     .coupons = {{.all = true, .cents = 1000}}, .coupon_count = 1, .expect = "3.33 3.33 3.34 | 10.00 | 0.00 "},
    {.name = "a percentage is rounded once, not per line", .lines = {5, 5, 5}, .line_count = 3,
     .coupons = {{.all = true, .per_mille = 100}}, .coupon_count = 1, .expect = "0.01 0.01 0.00 | 0.02 | 0.00 "},
    {.name = "each on what is left", .lines = {10000}, .line_count = 1,
     .coupons = {{.all = true, .per_mille = 150}, {.all = true, .per_mille = 100}}, .coupon_count = 2,
     .expect = "23.50 | 15.00 8.50 | 0.00 0.00 "},
    {.name = "an amount, then a percentage of what it leaves", .lines = {10000}, .line_count = 1,
     .coupons = {{.all = true, .cents = 1000}, {.all = true, .per_mille = 100}}, .coupon_count = 2,
     .expect = "19.00 | 10.00 9.00 | 0.00 0.00 "},
    {.name = "a percentage, then an amount", .lines = {10000}, .line_count = 1,
     .coupons = {{.all = true, .per_mille = 100}, {.all = true, .cents = 1000}}, .coupon_count = 2,
     .expect = "20.00 | 10.00 10.00 | 0.00 0.00 "},
    {.name = "each on the whole", .stacking = COUPONS_ADDITIVE, .lines = {10000}, .line_count = 1,
     .coupons = {{.all = true, .per_mille = 150}, {.all = true, .per_mille = 100}}, .coupon_count = 2,
     .expect = "25.00 | 15.00 10.00 | 0.00 0.00 "},
    {.name = "more than the whole ends at zero", .stacking = COUPONS_ADDITIVE, .lines = {10000}, .line_count = 1,
     .coupons = {{.all = true, .per_mille = 700}, {.all = true, .per_mille = 700}, {.all = true, .cents = 5}}, .coupon_count = 3,
     .expect = "100.00 | 70.00 30.00 0.00 | 0.00 0.00 0.05 "},
    {.name = "additive spreads over what is left", .stacking = COUPONS_ADDITIVE, .lines = {1000, 1000}, .line_count = 2,
     .coupons = {{.cents = 1000, .lines = {0}, .line_count = 1}, {.all = true, .per_mille = 500}}, .coupon_count = 2,
     .expect = "10.00 10.00 | 10.00 10.00 | 0.00 0.00 "},
    {.name = "the one that takes most", .stacking = COUPONS_BEST, .lines = {10000}, .line_count = 1,
     .coupons = {{.all = true, .per_mille = 100}, {.all = true, .per_mille = 300}, {.all = true, .cents = 2000}}, .coupon_count = 3,
     .expect = "30.00 | 0.00 30.00 0.00 | 0.00 0.00 20.00 "},
    {.name = "the first of equals", .stacking = COUPONS_BEST, .lines = {10000}, .line_count = 1,
     .coupons = {{.all = true, .cents = 3000}, {.all = true, .per_mille = 300}}, .coupon_count = 2,
     .expect = "30.00 | 30.00 0.00 | 0.00 0.00 "},
    {.name = "the best is measured by what it takes, not by what it says", .stacking = COUPONS_BEST, .lines = {100, 9900}, .line_count = 2,
     .coupons = {{.cents = 5000, .lines = {0}, .line_count = 1}, {.all = true, .per_mille = 20}}, .coupon_count = 2,
     .expect = "0.02 1.98 | 0.00 2.00 | 50.00 0.00 "},
    {.name = "the first alone", .stacking = COUPONS_NONE, .lines = {10000}, .line_count = 1,
     .coupons = {{.all = true, .per_mille = 100}, {.all = true, .per_mille = 300}}, .coupon_count = 2,
     .expect = "10.00 | 10.00 0.00 | 0.00 0.00 "},
    {.name = "no coupon to be the first", .stacking = COUPONS_NONE, .lines = {10000}, .line_count = 1, .expect = "0.00 | | "},
    {.name = "percentages are clamped", .stacking = COUPONS_MULTIPLICATIVE, .lines = {10000, 5000}, .line_count = 2,
     .coupons = {{.per_mille = -100, .lines = {0}, .line_count = 1}, {.per_mille = 1500, .lines = {1}, .line_count = 1}}, .coupon_count = 2,
     .expect = "0.00 50.00 | 0.00 50.00 | 0.00 0.00 "},
    {.name = "negative lines get no discount", .lines = {10000, -3000}, .line_count = 2,
     .coupons = {{.all = true, .per_mille = 500}}, .coupon_count = 1, .expect = "50.00 0.00 | 50.00 | 0.00 "},
    {.name = "only negative lines", .lines = {-3000}, .line_count = 1,
     .coupons = {{.all = true, .per_mille = 500}, {.all = true, .cents = 100}}, .coupon_count = 2,
     .expect = "0.00 | 0.00 0.00 | 0.00 1.00 "},
    {.name = "an amount larger than its lines leaves a rest", .lines = {300, 10000}, .line_count = 2,
     .coupons = {{.cents = 1000, .lines = {0}, .line_count = 1}}, .coupon_count = 1, .expect = "3.00 0.00 | 3.00 | 7.00 "},
    {.name = "a coupon without lines", .lines = {300}, .line_count = 1,
     .coupons = {{.cents = 1000}}, .coupon_count = 1, .expect = "0.00 | 0.00 | 10.00 "},
    {.name = "a free line takes no part", .lines = {0, 100, 0}, .line_count = 3,
     .coupons = {{.all = true, .cents = 99}}, .coupon_count = 1, .expect = "0.00 0.99 0.00 | 0.99 | 0.00 "},
    {.name = "overlapping scopes, in order", .lines = {1000, 2000, 3000}, .line_count = 3,
     .coupons = {{.cents = 2000, .lines = {0, 1}, .line_count = 2}, {.all = true, .cents = 500}}, .coupon_count = 2,
     .expect = "7.09 14.16 3.75 | 20.00 5.00 | 0.00 0.00 "},
};

static const struct refusal_case {
    const char *name;
    struct given_coupon coupon;
    const char *code;
} refusals[] = {
    {"an amount below zero", {.all = true, .cents = -1}, "bad_coupon"},
    {"a line that is not there", {.per_mille = 10, .lines = {2}, .line_count = 1}, "bad_coupon"},
};
/* clang-format on */

static struct coupon coupon_of(const struct given_coupon *given)
{
    return (struct coupon){
        .is_percent = given->per_mille != 0,
        .percent = {given->per_mille, 1},
        .amount = money_of_minor(given->cents, euro),
        .covers_all = given->all,
        .lines = given->lines,
        .line_count = given->line_count,
    };
}

static void print_amounts(struct strbuf *text, const struct money *amounts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        strbuf_addf(text, "%s ", money_text(amounts[i]).text);
}

START_TEST(discounts)
{
    const struct discount_case *c = &cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("discount test", 1 << 20);
    struct money lines[LINES_MAX];
    struct coupon coupons[COUPONS_MAX];
    struct discount_result result = {0};
    struct error err = {0};
    char storage[400];
    struct strbuf text;
    for (size_t i = 0; i < c->line_count; i++)
        lines[i] = money_of_minor(c->lines[i], euro);
    for (size_t i = 0; i < c->coupon_count; i++)
        coupons[i] = coupon_of(&c->coupons[i]);
    ck_assert_msg(discount_apply(lines, c->line_count, coupons, c->coupon_count, c->stacking, euro,
                                 ROUND_HALF_UP, arena, &result, &err),
                  "%s: %s", c->name, err.message);
    strbuf_init(&text, storage, sizeof storage);
    print_amounts(&text, result.line_discounts, c->line_count);
    strbuf_add(&text, "| ");
    print_amounts(&text, result.coupon_discounts, c->coupon_count);
    strbuf_add(&text, "| ");
    print_amounts(&text, result.unused, c->coupon_count);
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got %s", c->name, text.text);
}
END_TEST

START_TEST(refuses)
{
    const struct refusal_case *c = &refusals[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("discount test", 1 << 20);
    struct money lines[] = {money_of_minor(1000, euro), money_of_minor(1000, euro)};
    struct coupon coupon = coupon_of(&c->coupon);
    struct discount_result result = {0};
    struct error err = {0};
    ck_assert_msg(!discount_apply(lines, 2, &coupon, 1, COUPONS_MULTIPLICATIVE, euro, ROUND_HALF_UP,
                                  arena, &result, &err),
                  "%s", c->name);
    ck_assert_msg(strcmp(err.code, c->code) == 0, "%s: %s", c->name, err.message);
}
END_TEST

START_TEST(knows_its_words)
{
    enum coupon_stacking stacking = COUPONS_NONE;
    struct error err = {0};
    for (int i = COUPONS_MULTIPLICATIVE; i <= COUPONS_NONE; i++) {
        const char *name = coupon_stacking_name((enum coupon_stacking)i);
        ck_assert(coupon_stacking_parse(name, &stacking, &err));
        ck_assert_int_eq(stacking, i);
    }
    ck_assert(!coupon_stacking_parse("all", &stacking, &err));
    ck_assert_str_eq(err.code, "bad_stacking");
}
END_TEST

/* ---------------------------------------------------------------- random invoices */

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static struct given_coupon random_coupon(uint32_t *state, size_t line_count)
{
    struct given_coupon coupon = {.all = next_random(state) % 3 == 0};
    if (next_random(state) % 2 == 0)
        coupon.per_mille = next_random(state) % 1100;
    else
        coupon.cents = next_random(state) % 30000;
    for (size_t i = 0; i < line_count; i++)
        if (next_random(state) % 2 == 0)
            coupon.lines[coupon.line_count++] = i;
    return coupon;
}

static int64_t sum_of(const struct money *amounts, size_t count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += money_minor(amounts[i]);
    return sum;
}

static void check_random(uint32_t seed)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("discount test", 1 << 20);
    uint32_t state = seed * 2654435761U + 1;
    size_t line_count = 1 + next_random(&state) % LINES_MAX;
    size_t coupon_count = next_random(&state) % (COUPONS_MAX + 1);
    struct given_coupon given[COUPONS_MAX];
    struct coupon coupons[COUPONS_MAX];
    struct money lines[LINES_MAX];
    struct discount_result result = {0};
    struct error err = {0};
    for (size_t i = 0; i < line_count; i++)
        lines[i] = money_of_minor((int64_t)(next_random(&state) % 20000) - 3000, euro);
    for (size_t i = 0; i < coupon_count; i++) {
        given[i] = random_coupon(&state, line_count);
        coupons[i] = coupon_of(&given[i]);
    }
    ck_assert(discount_apply(lines, line_count, coupons, coupon_count,
                             (enum coupon_stacking)(next_random(&state) % 4), euro, ROUND_HALF_EVEN,
                             arena, &result, &err));
    ck_assert_int_eq(sum_of(result.line_discounts, line_count), money_minor(result.discount));
    ck_assert_int_eq(sum_of(result.coupon_discounts, coupon_count), money_minor(result.discount));
    for (size_t i = 0; i < line_count; i++) {
        int64_t discount = money_minor(result.line_discounts[i]);
        int64_t most = lines[i].minor < 0 ? 0 : lines[i].minor;
        ck_assert_msg(discount >= 0 && discount <= most, "seed %" PRIu32 " line %zu", seed, i);
    }
    for (size_t i = 0; i < coupon_count; i++)
        if (!coupons[i].is_percent)
            ck_assert_int_eq(result.coupon_discounts[i].minor + result.unused[i].minor,
                             given[i].cents);
}

START_TEST(agrees_on_random_invoices)
{
    for (uint32_t seed = 1; seed <= 5000; seed++)
        check_random(seed);
}
END_TEST

/* clang-format off */
static const struct left_out_case {
    const char *name;
    enum coupon_stacking stacking;
    int64_t line_cents, first_cents, second_cents;
    const char *left_out; /* of both, in their order */
} left_out_cases[] = {
    {"all of them apply", COUPONS_MULTIPLICATIVE, 100, 100, 100, "no no"},
    {"all of them apply to the whole", COUPONS_ADDITIVE, 100, 100, 100, "no no"},
    {"the second is better", COUPONS_BEST, 100, 10, 20, "yes no"},
    {"the first of equals is better", COUPONS_BEST, 100, 20, 20, "no yes"},
    {"none takes anything", COUPONS_BEST, 0, 10, 20, "no no"},
    {"the first alone", COUPONS_NONE, 100, 10, 20, "no yes"},
    {"the first alone, which takes nothing", COUPONS_NONE, 0, 10, 20, "no yes"},
};
/* clang-format on */

START_TEST(says_which_is_left_out)
{
    const struct left_out_case *c = &left_out_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("discount test", 1 << 20);
    struct money line = money_of_minor(c->line_cents, euro);
    struct coupon coupons[] = {
        {.covers_all = true, .amount = money_of_minor(c->first_cents,  euro)},
        {.covers_all = true, .amount = money_of_minor(c->second_cents, euro)},
    };
    struct discount_result result = {0};
    struct error err = {0};
    char text[8];
    ck_assert_msg(discount_apply(&line, 1, coupons, 2, c->stacking, euro, ROUND_HALF_UP, arena,
                                 &result, &err),
                  "%s: %s", c->name, err.message);
    (void)snprintf(text, sizeof text, "%s %s", result.left_out[0] ? "yes" : "no",
                   result.left_out[1] ? "yes" : "no");
    ck_assert_msg(strcmp(text, c->left_out) == 0, "%s: got %s", c->name, text);
}
END_TEST

TEST_SUITE(discount)
{
    TEST_TABLE(says_which_is_left_out, left_out_cases);
    TEST_TABLE(discounts, cases);
    TEST_TABLE(refuses, refusals);
    TEST_ONE(knows_its_words);
    TEST_ONE(agrees_on_random_invoices);
}
