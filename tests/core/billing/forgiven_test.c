/* What credit notes gave back stays off what is charged instead. */
#include <inttypes.h>

#include "core/billing/forgiven.h"
#include "tests/support/suite.h"

#define EUR(minor) money_of_minor((minor), (struct currency){"EUR"})
enum { LINES_MAX = 5 };

struct line_case {
    int64_t price_id, plan_id;
    bool is_metered;
    int64_t forgiven_minor;
};

/* clang-format off */
static const struct forgiven_case {
    const char *name;
    struct line_case charge; /* forgiven_minor: its net */
    struct line_case lines[LINES_MAX];
    int64_t expect_minor;
} cases[] = {
    {"nothing was", {1, 1, false, 4000}, {{0}}, 0},
    {"all of the charge", {1, 1, false, 4000}, {{1, 1, false, -6000}}, 4000},
    {"what is more is new", {1, 1, false, 9000}, {{1, 1, false, -6000}}, 6000},
    {"of usage too", {1, 1, true, 500}, {{1, 1, true, -300}}, 300},
    {"less what another charge was charged less", {1, 1, false, 4000}, {{1, 1, false, -6000}, {1, 1, false, 4000}}, 2000},
    {"which is there again when that is reversed", {1, 1, false, 5000}, {{1, 1, false, -6000}, {1, 1, false, 4000}, {1, 1, false, -4000}}, 5000},
    {"a reversed credit has no shortfall", {1, 1, false, 1000}, {{1, 1, false, -3000}, {1, 1, false, 3000}}, 0},
    {"another price of the plan keeps its own", {2, 1, false, 1000}, {{1, 1, false, -3000}}, 0},
    {"after a change of plan what the old one leaves", {2, 2, false, 4500}, {{1, 1, false, -3000}}, 3000},
    {"of all its prices", {2, 2, false, 4500}, {{1, 1, false, -3000}, {3, 1, false, -1000}}, 4000},
    {"less what the new plan's other price took", {2, 2, false, 4500}, {{1, 1, false, -3000}, {4, 2, false, 1200}}, 1800},
    {"two lines of one of them once", {2, 2, false, 4500}, {{1, 1, false, -3000}, {1, 1, false, -500}}, 3500},
    {"its own first", {2, 2, false, 4500}, {{1, 1, false, -3000}, {2, 2, false, 3000}, {2, 2, false, -3000}}, 3000},
    {"its own and the old one's", {2, 2, false, 4500}, {{1, 1, false, -1000}, {2, 2, false, -500}}, 1500},
    {"but no usage of the new plan", {2, 2, true, 4500}, {{1, 1, false, -3000}}, 0},
    {"nor for usage of the old one", {2, 2, false, 4500}, {{1, 1, true, -3000}}, 0},
    {"a charge that comes to nothing", {1, 1, false, 0}, {{1, 1, false, -6000}}, 0},
    {"never below nothing", {1, 1, false, 1000}, {{1, 1, false, 500}}, 0},
};

/* clang-format on */

START_TEST(stays_forgiven)
{
    const struct forgiven_case *c = &cases[_i];
    struct forgiven_line lines[LINES_MAX];
    struct forgiven_line charge = {c->charge.price_id, c->charge.plan_id, c->charge.is_metered,
                                   EUR(0)};
    struct money forgiven;
    struct error err = {0};
    size_t count = 0;
    for (; count < LINES_MAX && c->lines[count].price_id != 0; count++) {
        const struct line_case *line = &c->lines[count];
        lines[count] = (struct forgiven_line){line->price_id, line->plan_id, line->is_metered,
                                              EUR(line->forgiven_minor)};
    }
    ck_assert_msg(
        forgiven_off_charge(&charge, EUR(c->charge.forgiven_minor), lines, count, &forgiven, &err),
        "%s: %s", c->name, err.message);
    ck_assert_msg(money_minor(forgiven) == c->expect_minor, "%s: got %" PRId64, c->name,
                  money_minor(forgiven));
}
END_TEST

START_TEST(refuses_currencies)
{
    const struct forgiven_line line = {1, 1, false, money_of_minor(-1, (struct currency){"USD"})};
    struct money forgiven;
    struct error err = {0};
    ck_assert(!forgiven_off_charge(&line, EUR(1), &line, 1, &forgiven, &err));
    const struct forgiven_line of_another_plan = {2, 2, false, EUR(0)};
    ck_assert(!forgiven_off_charge(&of_another_plan, EUR(1), &line, 1, &forgiven, &err));
}
END_TEST

TEST_SUITE(forgiven)
{
    TEST_TABLE(stays_forgiven, cases);
    tcase_add_test(tcase, refuses_currencies);
}
