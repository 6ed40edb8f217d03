/* In which order the charges of a customer draw his commitments. */
#include <string.h>

#include "core/billing/commitment_draws.h"
#include "tests/support/suite.h"

static const struct currency euro = {"EUR"};

#define CHARGES_MAX 4

/* Of two commitments: the first covers what is marked 'a' and 'b' (both), the second 'b' and 'c'.
 */
struct given_charge {
    int32_t on;
    const char *subscription, *price;
    char covered;
    int64_t net, parts[2]; /* of the first and the second */
};

/* clang-format off */
static const struct draws_case {
    const char *name;
    int64_t commitments[2];
    struct given_charge charges[CHARGES_MAX]; /* as they were billed */
    int64_t drawn[2];
} draws_cases[] = {
    {"the day decides, not the bill", {100, 100},
     {{2, "s", "p", 'a', 100, {100, 0}}, {1, "s", "p", 'b', 100, {100, 0}}}, {200, 0}},
    {"and billed the other way round", {100, 100},
     {{1, "s", "p", 'b', 100, {100, 0}}, {2, "s", "p", 'a', 100, {100, 0}}}, {200, 0}},
    {"on one day the subscription, then the price", {100, 100},
     {{1, "t", "a", 'b', 60, {0, 60}}, {1, "s", "q", 'b', 60, {40, 20}}, {1, "s", "p", 'b', 60, {60, 0}}}, {100, 80}},
    {"what is charged late of a price is one charge with the first", {100, 100},
     {{1, "s", "p", 'b', 60, {60, 0}}, {1, "t", "p", 'b', 60, {20, 40}}, {1, "s", "p", 'b', 20, {20, 0}}}, {100, 40}},
    {"a credit leaves what its charge was, less it", {50, 100},
     {{1, "s", "a", 'c', 80, {0, 80}}, {1, "s", "p", 'b', 100, {50, 50}}, {1, "s", "p", 'b', -100, {-50, -50}}}, {0, 80}},
    {"taken back and charged again is charged once", {50, 100},
     {{1, "s", "p", 'b', 100, {50, 50}}, {1, "s", "p", 'b', -100, {-50, -50}}, {1, "s", "p", 'b', 70, {50, 20}}}, {50, 20}},
    {"a sum below zero goes back at last, where the last drew", {100, 100},
     {{1, "s", "p", 'b', -30, {0, -30}}, {2, "s", "p", 'b', 150, {100, 50}}}, {100, 20}},
    {"two of them: the later one first", {50, 100},
     {{1, "s", "p", 'b', -30, {-30, 0}}, {2, "s", "p", 'b', -40, {0, -40}}, {3, "s", "p", 'b', 90, {50, 40}}}, {20, 0}},
};
/* clang-format on */

struct drawing {
    struct commitment_account accounts[2];
    struct commitment_account *both[2];
    struct commitment_charge charges[CHARGES_MAX], *order[CHARGES_MAX];
    struct commitment_part parts[CHARGES_MAX][2];
    size_t count;
};

static void give(struct drawing *drawing, const struct draws_case *c)
{
    memset(drawing, 0, sizeof *drawing);
    for (size_t k = 0; k < 2; k++) {
        drawing->accounts[k].commitment = money_of_minor(c->commitments[k], euro);
        drawing->accounts[k].drawn = money_zero(euro);
        drawing->both[k] = &drawing->accounts[k];
    }
    for (size_t i = 0; i < CHARGES_MAX && c->charges[i].price != NULL; i++) {
        const struct given_charge *given = &c->charges[i];
        drawing->charges[i] =
            (struct commitment_charge){.on = {given->on},
                                       .subscription = given->subscription,
                                       .price = given->price,
                                       .net = money_of_minor(given->net, euro),
                                       .accounts = &drawing->both[given->covered == 'c' ? 1 : 0],
                                       .account_count = given->covered == 'b' ? 2 : 1,
                                       .parts = drawing->parts[i]};
        drawing->order[i] = &drawing->charges[i];
        drawing->count++;
    }
}

START_TEST(draws)
{
    const struct draws_case *c = &draws_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct error err = {0};
    struct drawing drawing;
    give(&drawing, c);
    ck_assert_msg(commitments_draw(drawing.order, drawing.count, arena, &err), "%s: %s", c->name,
                  err.message);
    for (size_t k = 0; k < 2; k++)
        ck_assert_msg(money_equal(drawing.accounts[k].drawn, money_of_minor(c->drawn[k], euro)),
                      "%s: of %zu is drawn %s", c->name, k,
                      money_text(drawing.accounts[k].drawn).text);
    for (size_t i = 0; i < drawing.count; i++)
        for (size_t k = 0; k < drawing.charges[i].account_count; k++) {
            size_t account = c->charges[i].covered == 'c' ? 1 : k;
            ck_assert_msg(money_equal(drawing.parts[i][k].part,
                                      money_of_minor(c->charges[i].parts[account], euro)),
                          "%s: charge %zu draws %s of %zu", c->name, i,
                          money_text(drawing.parts[i][k].part).text, account);
        }
}
END_TEST

START_TEST(refuses)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct error err = {0};
    struct drawing drawing;
    give(&drawing, &draws_cases[0]);
    drawing.charges[0].net = money_of_minor(5, (struct currency){"USD"});
    ck_assert(!commitments_draw(drawing.order, drawing.count, arena, &err));
    ck_assert_str_eq(err.code, "currency_mismatch");
}
END_TEST

TEST_SUITE(commitment_draws)
{
    TEST_TABLE(draws, draws_cases);
    TEST_ONE(refuses);
}
