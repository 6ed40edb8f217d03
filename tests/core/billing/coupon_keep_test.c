/* Charges that replace others: which, and what of an amount coupon is free for them. */
#include <string.h>

#include "core/billing/coupon_keep.h"
#include "tests/support/suite.h"

#define EUR(minor) money_of_minor((minor), (struct currency){"EUR"})
enum { LINES_MAX = 8, PRICE = 1, OTHER_PRICE = 2 };

struct given_line {
    const char *kind;
    int start, end; /* days of October 2026; 32 is the first of November */
    int64_t cents;
    int64_t price_id; /* 0: PRICE */
    size_t document;
    enum charge_basis basis;
    bool is_void;
    int64_t cut_minor; /* of the coupon */
    bool keeps;
};

/* The last line is the one that is asked for. */
/* clang-format off */
static const struct keep_case {
    const char *name;
    struct given_line lines[LINES_MAX];
    size_t count;
    const char *expect_replaced; /* one character for each line: x or - */
    int64_t expect_freed_minor;
} cases[] = {
    {"a change within the period replaces its charge",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"proration_credit", 16, 32, .cents = -1500, .document = 1},
      {"proration_charge", 16, 32, .cents = 1000, .document = 1}}, 3, "x--", 500},
    {"both on one document",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"proration_credit", 16, 32, .cents = -1500}, {"proration_charge", 16, 32, .cents = 1000}}, 3, "x--", 500},
    {"one of another price too",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"proration_credit", 16, 32, .cents = -1500, .document = 1},
      {"proration_charge", 16, 32, .cents = 1000, .price_id = OTHER_PRICE, .document = 1}}, 3, "x--", 500},
    {"not what begins with it", {{"proration_charge", 16, 32, .cents = 1000, .price_id = OTHER_PRICE}, {"proration_charge", 16, 32, .cents = 1000}}, 2, "--", 0},
    {"nor what ended before it", {{"recurring", 1, 16, .cents = 1500, .cut_minor = 100}, {"proration_charge", 16, 32, .cents = 1000}}, 2, "--", 0},
    {"what ends the day after it began is replaced", {{"recurring", 1, 17, .cents = 1500, .cut_minor = 100}, {"proration_charge", 16, 32, .cents = 1000}}, 2, "x-", 0},
    {"nor what cost nothing", {{"recurring", 1, 32, .cents = 0}, {"proration_charge", 16, 32, .cents = 1000}}, 2, "--", 0},
    {"a cent is enough", {{"recurring", 1, 32, .cents = 1}, {"proration_charge", 16, 32, .cents = 1000}}, 2, "x-", 0},
    {"what is void is replaced too", {{"recurring", 1, 32, .cents = 3000, .is_void = true}, {"proration_charge", 16, 32, .cents = 1000, .document = 1}}, 2, "x-", 0},
    {"nor what comes after it", {{"recurring", 1, 32, .cents = 3000, .document = 2}, {"proration_charge", 16, 32, .cents = 1000, .document = 1}}, 2, "--", 0},
    {"in advance does not replace in arrears",
     {{"recurring", 1, 32, .cents = 3000, .price_id = OTHER_PRICE, .basis = CHARGE_IN_ARREARS}, {"proration_charge", 16, 32, .cents = 1000}}, 2, "--", 0},
    {"a second change replaces both",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"proration_credit", 11, 32, .cents = -2000, .document = 1},
      {"proration_charge", 11, 32, .cents = 400, .document = 1, .cut_minor = 400, .keeps = true},
      {"proration_credit", 21, 32, .cents = -200, .document = 1}, {"proration_charge", 21, 32, .cents = 1000, .document = 1}}, 5, "x-x--", 467},
    {"after a pause as much as that freed",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"proration_credit", 11, 32, .cents = -2000, .document = 1},
      {"proration_charge", 21, 32, .cents = 1000, .document = 2}}, 3, "x--", 667},
    {"a first charge replaces nothing, however much is there", {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"recurring", 1, 32, .cents = 1000, .price_id = OTHER_PRICE, .document = 1}}, 2, "--", 0},
    {"a later generation what was taken back",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"reversal:recurring", 1, 32, .cents = -3000, .document = 1}, {"recurring:2", 1, 16, .cents = 1500, .document = 1}}, 3,
     "x--", 1000},
    {"taken back on another document too",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"reversal:recurring", 1, 32, .cents = -3000, .document = 1}, {"recurring:2", 1, 16, .cents = 1500, .document = 2}}, 3,
     "x--", 1000},
    {"what takes back is void: it stands", {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000},
      {"reversal:recurring", 1, 32, .cents = -3000, .document = 1, .is_void = true}, {"recurring:2", 1, 16, .cents = 1500, .document = 2}}, 3, "---", 0},
    {"the first of another price what its own document takes back",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"reversal:recurring", 1, 32, .cents = -3000, .document = 1}, {"recurring", 1, 32, .cents = 6000, .price_id = OTHER_PRICE, .document = 1}}, 3,
     "x--", 1000},
    {"but not what an earlier one took back",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"reversal:recurring", 1, 32, .cents = -3000, .document = 1}, {"recurring", 1, 32, .cents = 6000, .price_id = OTHER_PRICE, .document = 2}}, 3,
     "---", 1000},
    {"usage, where another plan begins",
     {{"usage", 1, 32, .cents = 1600, .basis = CHARGE_BY_USAGE, .cut_minor = 348}, {"reversal:usage", 1, 32, .cents = -1600, .document = 1, .basis = CHARGE_BY_USAGE},
      {"usage:2", 1, 16, .cents = 100, .document = 1, .basis = CHARGE_BY_USAGE, .cut_minor = 100, .keeps = true},
      {"usage", 16, 32, .cents = 300, .price_id = OTHER_PRICE, .document = 1, .basis = CHARGE_BY_USAGE}}, 4, "x---", 248},
    {"and what came late of it",
     {{"usage", 1, 32, .cents = 1000, .basis = CHARGE_BY_USAGE}, {"late_usage", 1, 32, .cents = 600, .document = 1, .basis = CHARGE_BY_USAGE, .cut_minor = 60},
      {"reversal:usage", 1, 32, .cents = -1600, .document = 2, .basis = CHARGE_BY_USAGE}, {"usage:2", 1, 16, .cents = 100, .document = 2, .basis = CHARGE_BY_USAGE}}, 4,
     "xx--", 60},
    {"what a reversed credit gave is free no more",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"proration_credit", 16, 32, .cents = -1500, .document = 1},
      {"reversal:proration_credit", 16, 32, .cents = 1500, .document = 2}, {"proration_charge", 16, 32, .cents = 700, .document = 2}}, 4, "x---", 0},
    {"of the seats is not of what is charged in arrears",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"reversal:recurring", 1, 32, .cents = -3000, .document = 1},
      {"recurring:2", 1, 16, .cents = 500, .price_id = OTHER_PRICE, .document = 1, .basis = CHARGE_IN_ARREARS}}, 3, "---", 0},
    {"on a document that bills both again, not what takes itself back",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"proration_credit", 16, 32, .cents = -1500, .document = 1},
      {"rebill:reversal:proration_charge", 16, 32, .cents = -1000, .document = 2}, {"rebill:proration_charge", 16, 32, .cents = 1000, .document = 2}}, 4, "x---", 500},
    {"no credit gives back of what was charged after it",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"proration_credit", 16, 32, .cents = -1500, .document = 1},
      {"proration_charge", 10, 32, .cents = 2000, .document = 2}, {"proration_charge", 20, 32, .cents = 1000, .document = 3}}, 4, "x-x-", 500},
    {"usage that is less gives back of what was charged, not of itself",
     {{"usage", 1, 32, .cents = 1000, .basis = CHARGE_BY_USAGE, .cut_minor = 100}, {"late_usage", 1, 32, .cents = -200, .document = 1, .basis = CHARGE_BY_USAGE},
      {"usage", 16, 32, .cents = 300, .price_id = OTHER_PRICE, .document = 1, .basis = CHARGE_BY_USAGE}}, 3, "---", 20},
    {"what it gave is free for more usage of that day",
     {{"usage", 1, 32, .cents = 1000, .basis = CHARGE_BY_USAGE, .cut_minor = 100}, {"late_usage", 1, 32, .cents = -200, .document = 1, .basis = CHARGE_BY_USAGE},
      {"late_usage:2", 1, 32, .cents = 300, .document = 2, .basis = CHARGE_BY_USAGE}}, 3, "---", 20},
    {"what takes a credit back is no charge",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"proration_credit", 11, 32, .cents = -2000, .document = 1},
      {"reversal:proration_credit", 11, 32, .cents = 2000, .document = 2}, {"proration_charge", 16, 32, .cents = 1000, .document = 2}}, 4, "x---", 0},
    {"what begins before all that was taken back replaces nothing",
     {{"recurring", 16, 32, .cents = 1500, .cut_minor = 500}, {"reversal:recurring", 16, 32, .cents = -1500, .document = 1},
      {"recurring", 1, 32, .cents = 3000, .price_id = OTHER_PRICE, .document = 1}}, 3, "---", 500},
    {"a change of what is charged in arrears replaces nothing",
     {{"recurring", 1, 32, .cents = 3000, .basis = CHARGE_IN_ARREARS, .cut_minor = 1000}, {"proration_charge", 16, 32, .cents = 1000, .document = 1, .basis = CHARGE_IN_ARREARS}},
     2, "--", 0},
    {"a first charge within a period replaces nothing",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"recurring", 16, 32, .cents = 1000, .price_id = OTHER_PRICE, .document = 1}}, 2, "--", 0},
    {"what was taken back of another day is free for it",
     {{"recurring", 1, 16, .cents = 1500, .cut_minor = 500}, {"reversal:recurring", 1, 16, .cents = -1500, .document = 1}, {"recurring", 16, 32, .cents = 1500, .document = 1}}, 3,
     "---", 500},
    {"what was taken back of itself is not free for it",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"reversal:recurring", 1, 32, .cents = -3000, .document = 1},
      {"rebill:recurring", 1, 32, .cents = 3000, .document = 2}}, 3, "---", 0},
    {"what it has itself by now is free for it",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"proration_credit", 16, 32, .cents = -1500, .document = 1},
      {"proration_charge", 16, 32, .cents = 1000, .document = 1, .cut_minor = 300, .keeps = true}}, 3, "x--", 500},
    {"what is given back later is not free yet",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"proration_credit", 16, 32, .cents = -1500, .document = 2},
      {"proration_charge", 16, 32, .cents = 1000, .document = 1}}, 3, "x--", 0},
    {"more is kept than was freed: nothing is free",
     {{"recurring", 1, 32, .cents = 3000, .cut_minor = 1000}, {"proration_charge", 11, 32, .cents = 400, .document = 1, .cut_minor = 400, .keeps = true},
      {"proration_charge", 21, 32, .cents = 1000, .document = 1}}, 3, "xx-", 0},
};

static const struct may_case {
    const char *kind;
    bool with_reversal, expect;
} may_cases[] = {
    {"recurring", false, false}, {"recurring", true, true}, {"recurring:2", false, true}, {"proration_charge", false, true},
    {"rebill:proration_charge", false, true}, {"rebill:recurring", false, false}, {"proration_credit", false, false},
    {"reversal:recurring", true, false}, {"reversal:recurring:2", true, false}, {"usage", false, false}, {"usage:3", false, true},
    {"late_usage", true, false}, {"late_usage:2", true, false}, {"progressive", true, false},
};

static const struct order_case {
    struct given_line before, after;
} order_cases[] = {
    {{"usage:2", 20, 32, .cents = 0}, {"recurring", 1, 32, .cents = 0, .document = 1}},
    {{"usage:2", 1, 32, .cents = 0}, {"recurring", 2, 32, .cents = 0}},
    {{"recurring", 1, 32, .cents = 0}, {"recurring:2", 1, 32, .cents = 0}},
    {{"recurring", 1, 32, .cents = 0}, {"reversal:recurring", 1, 32, .cents = 0}},
    {{"reversal:recurring", 1, 32, .cents = 0}, {"recurring:2", 1, 32, .cents = 0}},
    {{"proration_credit", 9, 32, .cents = 0}, {"proration_charge", 9, 32, .cents = 0}},
    {{"proration_charge", 9, 32, .cents = 0}, {"reversal:proration_credit", 9, 32, .cents = 0}},
};
/* clang-format on */

static struct date october(int day)
{
    struct date date;
    struct error err = {0};
    ck_assert(date_from_civil(2026, day == 32 ? 11 : 10, day == 32 ? 1 : day, &date, &err));
    return date;
}

static struct period_line line_of(const struct given_line *given)
{
    return (struct period_line){.document = given->document,
                                .kind = given->kind,
                                .price_id = given->price_id == 0 ? PRICE : given->price_id,
                                .basis = given->basis,
                                .start_on = october(given->start),
                                .end_on = october(given->end),
                                .charged = EUR(given->cents),
                                .is_void = given->is_void};
}

START_TEST(keeps)
{
    const struct keep_case *c = &cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("keep test", 1 << 20);
    struct period_line lines[LINES_MAX];
    struct money cuts[LINES_MAX], freed;
    bool replaced[LINES_MAX] = {0}, kept[LINES_MAX];
    char text[LINES_MAX + 1] = "";
    struct error err = {0};
    for (size_t i = 0; i < c->count; i++) {
        lines[i] = line_of(&c->lines[i]);
        cuts[i] = EUR(c->lines[i].cut_minor);
        kept[i] = c->lines[i].keeps;
    }
    bool found = coupon_keep_replaced(lines, c->count, c->count - 1, arena, replaced);
    for (size_t i = 0; i < c->count; i++)
        text[i] = replaced[i] ? 'x' : '-';
    ck_assert_msg(strcmp(text, c->expect_replaced) == 0, "%s: got %s", c->name, text);
    ck_assert_msg(found == (strchr(text, 'x') != NULL), "%s: found", c->name);
    ck_assert_msg(coupon_keep_freed(lines, c->count, c->count - 1, cuts, kept, ROUND_HALF_UP, arena,
                                    &freed, &err),
                  "%s: %s", c->name, err.message);
    ck_assert_msg(money_minor(freed) == c->expect_freed_minor, "%s: got %s free", c->name,
                  money_text(freed).text);
}
END_TEST

START_TEST(may_keep)
{
    const struct may_case *c = &may_cases[_i];
    ck_assert_msg(coupon_keep_may(c->kind, c->with_reversal) == c->expect, "%s", c->kind);
}
END_TEST

START_TEST(orders)
{
    const struct order_case *c = &order_cases[_i];
    struct period_line before = line_of(&c->before), after = line_of(&c->after);
    ck_assert_msg(coupon_keep_order(&before, &after) < 0 && coupon_keep_order(&after, &before) > 0,
                  "%s, %s", c->before.kind, c->after.kind);
    ck_assert_int_eq(coupon_keep_order(&before, &before), 0);
}
END_TEST

START_TEST(leaves_out_what_was_billed_again)
{
    /* clang-format off */
    static const struct given_line given[] = {
        {"recurring", 1, 32, .cents = 3000},
        {"recurring", 1, 32, .cents = 500, .price_id = OTHER_PRICE},
        {"recurring", 2, 32, .cents = 500},
        {"rebill:recurring", 1, 32, .cents = 3000, .document = 1},
        {"rebill:rebill:recurring", 1, 32, .cents = 9, .document = 2},
    };
    /* clang-format on */
    struct period_line lines[ARRAY_LEN(given)];
    size_t places[ARRAY_LEN(given)];
    for (size_t i = 0; i < ARRAY_LEN(given); i++)
        lines[i] = line_of(&given[i]);
    ck_assert_uint_eq(coupon_keep_standing(lines, ARRAY_LEN(given), places), 3);
    ck_assert_uint_eq(places[0], 1);
    ck_assert_uint_eq(places[1], 2);
    ck_assert_uint_eq(places[2], 4);
    ck_assert_str_eq(lines[2].kind, "rebill:rebill:recurring");
}
END_TEST

TEST_SUITE(coupon_keep)
{
    TEST_TABLE(keeps, cases);
    TEST_TABLE(may_keep, may_cases);
    TEST_TABLE(orders, order_cases);
    TEST_ONE(leaves_out_what_was_billed_again);
}
