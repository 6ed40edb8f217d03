/* Periods of a payer by their charge: which are of the same, and in which order. */
#include <string.h>

#include "jobs/rating_charges.h"
#include "tests/support/suite.h"

enum { PERIODS_MAX = 7, PLACES_MAX = 4 };

struct charge {
    int64_t subscription_id, price_id;
    int32_t day;
};

/* clang-format off */
static const struct like_case {
    const char *name;
    struct charge periods[PERIODS_MAX];
    size_t count;
    struct charge asked;
    size_t places[PLACES_MAX], place_count;
} cases[] = {
    {"no period", {{0}}, 0, {1, 1, 1}, {0}, 0},
    {"one, and it is that", {{1, 1, 1}}, 1, {1, 1, 1}, {0}, 1},
    {"one of another subscription before it", {{1, 1, 1}}, 1, {2, 1, 1}, {0}, 0},
    {"one of another subscription after it", {{2, 1, 1}}, 1, {1, 1, 1}, {0}, 0},
    {"another price before it", {{1, 1, 1}}, 1, {1, 2, 1}, {0}, 0},
    {"another price after it", {{1, 2, 1}}, 1, {1, 1, 1}, {0}, 0},
    {"another day before it", {{1, 1, 1}}, 1, {1, 1, 2}, {0}, 0},
    {"another day after it", {{1, 1, 2}}, 1, {1, 1, 1}, {0}, 0},
    {"two, the other way round", {{2, 1, 1}, {1, 1, 1}}, 2, {1, 1, 1}, {1}, 1},
    {"in the order of the payer's", {{1, 1, 9}, {3, 1, 1}, {1, 1, 9}, {2, 9, 9}, {1, 1, 9}}, 5, {1, 1, 9}, {0, 2, 4}, 3},
    {"the last ones", {{5, 5, 5}, {1, 1, 1}, {5, 5, 5}, {4, 9, 9}}, 4, {5, 5, 5}, {0, 2}, 2},
    {"between others of the same subscription", {{1, 3, 1}, {1, 2, 2}, {1, 2, 1}, {1, 2, 3}, {1, 1, 1}, {1, 2, 2}, {2, 2, 2}}, 7, {1, 2, 2}, {1, 5}, 2},
    {"a smaller subscription with a larger price is before", {{1, 9, 1}, {2, 1, 1}, {1, 9, 1}}, 3, {1, 9, 1}, {0, 2}, 2},
    {"a smaller price with a later day is before", {{1, 1, 9}, {1, 2, 1}, {1, 1, 9}}, 3, {1, 1, 9}, {0, 2}, 2},
    {"beyond all", {{1, 1, 1}, {2, 2, 2}, {3, 3, 3}}, 3, {4, 4, 4}, {0}, 0},
};
/* clang-format on */

static struct rating_period period_of(const struct charge *charge)
{
    return (struct rating_period){.subscription_id = charge->subscription_id,
                                  .price_id = charge->price_id,
                                  .start_on = {charge->day}};
}

START_TEST(finds_those_of_the_same_charge)
{
    const struct like_case *c = &cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("charges test", 1 << 20);
    struct rating_period periods[PERIODS_MAX], asked = period_of(&c->asked);
    for (size_t i = 0; i < c->count; i++)
        periods[i] = period_of(&c->periods[i]);
    struct rating_payer payer = {.periods = periods, .period_count = c->count};
    struct rating_charges all = rating_charges_of(&payer, arena);
    struct rating_charges like = rating_charges_like(&all, &asked);
    ck_assert_msg(all.count == c->count, "%s: %zu of all", c->name, all.count);
    ck_assert_msg(like.count == c->place_count, "%s: %zu", c->name, like.count);
    for (size_t i = 0; i < like.count; i++)
        ck_assert_msg(like.items[i].place == c->places[i], "%s: place %zu is %zu", c->name, i,
                      like.items[i].place);
}
END_TEST

TEST_SUITE(rating_charges)
{
    TEST_TABLE(finds_those_of_the_same_charge, cases);
}
