/* Lines that give back: of which lines, and how much of it was never paid. */
#include <inttypes.h>
#include <string.h>

#include "core/billing/give_back.h"
#include "tests/support/suite.h"

#define EUR(minor) money_of_minor((minor), (struct currency){"EUR"})
enum { LINES_MAX = 4 };

struct billed_case {
    const char *kind;
    int start, end; /* days of October 2026; 32 is the first of November */
    int64_t charged_minor, unpaid_minor, noted_minor, forgiven_minor;
};

/* clang-format off */
static const struct give_back_case {
    const char *name;
    const char *kind;
    int start, end;
    int64_t amount_minor;
    struct billed_case billed[LINES_MAX];
    int64_t expect_minor;
    const char *expect_takes; /* one character for each line: x or - */
} cases[] = {
    {"a credit of a charge with a coupon", "proration_credit", 22, 32, -967, {{"recurring", 1, 32, 2999, 300, 0, 0}}, -97, "x"},
    {"of one without", "proration_credit", 22, 32, -967, {{"recurring", 1, 32, 2999, 0, 0, 0}}, 0, "x"},
    {"a tie goes up: less is given back", "proration_credit", 22, 32, -500, {{"recurring", 1, 32, 1000, 1, 0, 0}}, -1, "x"},
    {"of the charge in force, not of the one before", "proration_credit", 21, 32, -500,
     {{"recurring", 1, 32, 2999, 300, 0, 0}, {"proration_credit", 11, 32, -2000, -200, 0, 0}, {"proration_charge", 11, 32, 1000, 500, 0, 0}},
     -250, "--x"},
    {"not of one that begins with it, nor of another end", "proration_credit", 11, 32, -500,
     {{"proration_charge", 11, 32, 1000, 500, 0, 0}, {"recurring", 1, 11, 1000, 500, 0, 0}}, 0, "--"},
    {"of the last generation", "proration_credit:2", 11, 32, -500,
     {{"recurring", 1, 32, 1000, 0, 0, 0}, {"reversal:recurring", 1, 32, -1000, 0, 0, 0}, {"recurring:2", 1, 32, 1000, 100, 0, 0}},
     -50, "--x"},
    {"not of one that was taken back, though it began later", "proration_credit", 21, 32, -500,
     {{"recurring", 1, 32, 3000, 300, 0, 0}, {"proration_charge", 11, 32, 1000, 500, 0, 0}, {"reversal:proration_charge", 11, 32, -1000, -500, 0, 0}},
     -50, "x--"},
    {"of what was billed again", "proration_credit", 11, 32, -500,
     {{"recurring", 1, 32, 1000, 900, 100, 0}, {"rebill:recurring", 1, 32, 1000, 100, 0, 0}}, -50, "-x"},
    {"credit notes have no say", "proration_credit", 22, 32, -967, {{"recurring", 1, 32, 2999, 0, 2500, 0}}, 0, "x"},
    {"nor has a void document", "proration_credit", 22, 32, -967, {{"recurring", 1, 32, 2999, 300, 2699, 0}}, -97, "x"},
    {"of more than was charged, all that coupons took", "proration_credit", 22, 32, -3500, {{"recurring", 1, 32, 2999, 300, 0, 0}}, -300, "x"},
    {"without coupons and notes all of it: the charge that it is of may be on a draft behind it", "proration_credit", 22, 32, -3500,
     {{"recurring", 1, 32, 2999, 0, 0, 0}}, 0, "x"},
    {"a reversal gives back what was paid", "reversal:recurring", 1, 32, -2999, {{"recurring", 1, 32, 2999, 300, 0, 0}}, -300, "x"},
    {"of its generation", "reversal:recurring:2", 1, 32, -1000,
     {{"recurring", 1, 32, 2999, 300, 0, 0}, {"reversal:recurring", 1, 32, -2999, -300, 0, 0}, {"recurring:2", 1, 32, 1000, 70, 0, 0}},
     -70, "--x"},
    {"of which credit notes gave some back", "reversal:recurring", 1, 32, -2999, {{"recurring", 1, 32, 2999, 300, 1000, 0}}, -300, "x"},
    {"of a charge that was charged less, as if it were not", "reversal:recurring:2", 1, 32, -2000, {{"recurring:2", 1, 32, 2000, 200, 0, 1500}}, -200, "x"},
    {"a credit of such a one", "proration_credit", 22, 32, -967, {{"recurring", 1, 32, 2000, 200, 0, 1500}}, -97, "x"},
    {"of a credit that gave less for notes, as if it had not", "reversal:proration_credit", 22, 32, 967,
     {{"proration_credit", 22, 32, -967, -97, 0, -370}}, 97, "x"},
    {"of a credit, what that gave", "reversal:proration_credit", 22, 32, 967,
     {{"recurring", 1, 32, 2999, 300, 0, 0}, {"proration_credit", 22, 32, -967, -97, 0, 0}}, 97, "-x"},
    {"of a credit whose invoice was credited whole", "reversal:proration_credit", 22, 32, 967,
     {{"proration_credit", 22, 32, -967, -97, -870, 0}}, 97, "x"},
    {"of usage all that was billed, and of no later generation", "reversal:usage", 1, 32, -1200,
     {{"usage", 1, 32, 1000, 100, 0, 0}, {"late_usage", 1, 32, 200, 0, 0, 0}, {"usage:2", 1, 32, 500, 50, 0, 0}}, -100, "xx-"},
    {"late usage below zero: its share of all", "late_usage:2", 1, 32, -600,
     {{"usage", 1, 32, 1000, 100, 0, 0}, {"late_usage", 1, 32, 200, 0, 0, 0}}, -50, "xx"},
    {"late usage after it was taken back: of what is billed instead", "late_usage", 1, 32, -100,
     {{"usage", 1, 32, 1500, 150, 0, 0}, {"reversal:usage", 1, 32, -1500, -150, 0, 0}, {"usage:2", 1, 32, 1000, 500, 0, 0}}, -50, "xxx"},
    {"usage of a part that is less than nothing: of the parts before it", "usage", 21, 32, -164,
     {{"usage", 1, 11, 1000, 190, 0, 0}, {"usage", 11, 21, -100, -19, 0, 0}, {"late_usage", 21, 32, 500, 0, 0, 0}}, -31, "xx-"},
    {"the end of a period that costs less than was billed of it before: of that", "usage", 11, 32, -600,
     {{"usage", 1, 11, 500, 50, 0, 0}, {"progressive", 11, 32, 1000, 500, 0, 0}, {"progressive:2", 11, 32, 200, 100, 0, 0}}, -300, "-xx"},
    {"and where that was less, of the parts before it too", "usage", 11, 32, -300,
     {{"usage", 1, 11, 500, 50, 0, 0}, {"progressive", 11, 32, 100, 10, 0, 0}}, -30, "xx"},
    {"what was taken back with it is not", "usage:2", 11, 32, -100,
     {{"usage", 1, 11, 500, 50, 0, 0}, {"progressive", 11, 32, 1000, 500, 0, 0}, {"reversal:usage", 11, 32, -1000, -500, 0, 0}}, -10, "x--"},
    {"late usage of a part that is lowered by more than it charged: of the parts before it too", "late_usage", 21, 32, -164,
     {{"usage", 1, 21, 1000, 190, 0, 0}, {"usage", 21, 32, 0, 0, 0, 0}}, -31, "xx"},
    {"by less than it charged: of it alone", "late_usage", 21, 32, -100,
     {{"usage", 1, 21, 1000, 190, 0, 0}, {"usage", 21, 32, 100, 0, 0, 0}}, 0, "-x"},
    {"what is left out of a void document: nothing of it", "reversal:proration_credit", 22, 32, 967, {{"proration_credit", 22, 32, 0, 0, 0, 0}}, 967, "x"},
    {"a price below zero gives nothing back", "recurring", 1, 32, -100, {{"usage", 1, 32, 1000, 100, 0, 0}}, 0, "-"},
};

/* clang-format on */

static struct date october(int day)
{
    struct date date;
    struct error err = {0};
    ck_assert(date_from_civil(2026, day == 32 ? 11 : 10, day == 32 ? 1 : day, &date, &err));
    return date;
}

START_TEST(gives_back)
{
    const struct give_back_case *c = &cases[_i];
    struct giving_line line = {c->kind, october(c->start), october(c->end), EUR(c->amount_minor)};
    struct billed_line billed[LINES_MAX];
    bool takes[LINES_MAX];
    struct money unpaid;
    struct error err = {0};
    size_t count = 0;
    for (; count < LINES_MAX && c->billed[count].kind != NULL; count++) {
        const struct billed_case *b = &c->billed[count];
        billed[count] = (struct billed_line){b->kind,
                                             october(b->start),
                                             october(b->end),
                                             b->end <= c->start,
                                             EUR(b->charged_minor),
                                             EUR(b->unpaid_minor),
                                             EUR(b->noted_minor),
                                             EUR(b->forgiven_minor)};
    }
    bool found = give_back_choose(&line, billed, count, takes);
    ck_assert_msg(found == (strchr(c->expect_takes, 'x') != NULL), "%s: found %d", c->name, found);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(takes[i] == (c->expect_takes[i] == 'x'), "%s: line %zu", c->name, i);
    ck_assert_msg(give_back_compute(&line, billed, takes, count, ROUND_HALF_UP, &unpaid, &err),
                  "%s: %s", c->name, err.message);
    ck_assert_msg(money_minor(unpaid) == c->expect_minor, "%s: got %" PRId64, c->name,
                  money_minor(unpaid));
}
END_TEST

static const struct does_case {
    const char *kind;
    bool is_negative, expect, expect_reverses;
} does_cases[] = {
    {"recurring",                 false, false, false},
    {"recurring",                 true,  true,  false},
    {"proration_credit:3",        true,  true,  false},
    {"proration_credit",          false, true,  false},
    {"reversal:usage",            true,  true,  true },
    {"reversal:proration_credit", false, true,  true },
    {"rebill:reversal:usage:2",   true,  true,  true },
    {"late_usage",                true,  true,  false},
    {"late_usage:2",              false, false, false},
};

START_TEST(knows_them)
{
    const struct does_case *c = &does_cases[_i];
    ck_assert_msg(give_back_does(c->kind, c->is_negative) == c->expect, "%s", c->kind);
    ck_assert_msg(give_back_reverses(c->kind) == c->expect_reverses, "%s", c->kind);
}
END_TEST

static const struct taken_case {
    const char *reversal, *kind;
    bool expect;
} taken_cases[] = {
    {"reversal:proration_credit",          "proration_credit",          true },
    {"reversal:proration_credit",          "rebill:proration_credit",   true },
    {"rebill:reversal:proration_credit:2", "proration_credit:2",        true },
    {"reversal:proration_credit",          "proration_credit:2",        false},
    {"reversal:proration_charge",          "proration_credit",          false},
    {"reversal:proration_credit",          "reversal:proration_credit", false},
    {"proration_credit",                   "proration_credit",          false},
    {"late_usage",                         "usage",                     false},
};

START_TEST(knows_what_takes_back)
{
    const struct taken_case *c = &taken_cases[_i];
    ck_assert_msg(give_back_takes_back(c->reversal, c->kind) == c->expect, "%s of %s", c->reversal,
                  c->kind);
}
END_TEST

/* Whatever the figures: what is given back of a charge, in one credit and the reversal of the rest,
 * is never more than was paid for it. */
START_TEST(never_more_than_was_paid)
{
    uint64_t state = 0x9e3779b97f4a7c15u + (uint64_t)_i;
    for (int round = 0; round < 2000; round++) {
        uint64_t draw[3];
        for (size_t i = 0; i < ARRAY_LEN(draw); i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            draw[i] = state >> 33;
        }
        int64_t charged = (int64_t)(draw[0] % 5000),
                unpaid = charged == 0 ? 0 : (int64_t)(draw[1] % (uint64_t)(charged + 1)),
                given = (int64_t)(draw[2] % (uint64_t)(charged + 1));
        struct billed_line billed = {.kind = "recurring",
                                     .start_on = october(1),
                                     .end_on = october(32),
                                     .charged = EUR(charged),
                                     .unpaid = EUR(unpaid),
                                     .noted = EUR(0),
                                     .forgiven = EUR(0)};
        struct giving_line line = {"proration_credit", october(15), october(32), EUR(-given)};
        struct money not_given;
        struct error err = {0};
        bool takes = true;
        ck_assert(give_back_compute(&line, &billed, &takes, 1,
                                    _i % 2 == 0 ? ROUND_HALF_UP : ROUND_HALF_EVEN, &not_given,
                                    &err));
        int64_t back = given + money_minor(not_given);
        ck_assert_msg(back >= 0 && back <= charged - unpaid && money_minor(not_given) <= 0,
                      "%" PRId64 " of %" PRId64 " charged, %" PRId64 " unpaid: %" PRId64, given,
                      charged, unpaid, back);
    }
}
END_TEST

static const struct order_case {
    const char *name;
    struct {
        const char *kind;
        int start;
        int64_t amount_minor;
    } first, then;
} order_cases[] = {
    {"the day before all",                       {"reversal:recurring:3", 1, -1}, {"proration_credit", 2, -1}},
    {"what gives back before a charge",          {"proration_credit", 2, -1},     {"proration_charge", 2, 1} },
    {"a reversal after what it may reverse",     {"late_usage", 1, 1},            {"reversal:usage", 1, -1}  },
    {"and before what is charged instead",       {"reversal:recurring", 1, -1},   {"recurring:2", 1, 1}      },
    {"a credit of the next generation after it",
     {"reversal:proration_credit", 2, 1},
     {"proration_credit:2", 2, -1}                                                                           },
    {"billed again as the first time",
     {"rebill:recurring", 1, 1},
     {"rebill:reversal:recurring", 1, -1}                                                                    },
    {"late usage that gives back first",         {"late_usage:2", 1, -1},         {"late_usage", 1, 1}       },
};

START_TEST(orders)
{
    const struct order_case *c = &order_cases[_i];
    struct giving_line first = {c->first.kind, october(c->first.start), october(32),
                                EUR(c->first.amount_minor)};
    struct giving_line then = {c->then.kind, october(c->then.start), october(32),
                               EUR(c->then.amount_minor)};
    ck_assert_msg(give_back_order(&first, &then) < 0, "%s", c->name);
    ck_assert_msg(give_back_order(&then, &first) > 0, "%s: the other way round", c->name);
    ck_assert_msg(give_back_order(&first, &first) == 0, "%s: itself", c->name);
    struct giving_place places[] = {
        {then,  0},
        {first, 2},
        {first, 1}
    };
    give_back_sort(places, 3);
    ck_assert_msg(places[0].line == 1 && places[1].line == 2 && places[2].line == 0,
                  "%s: sorted, those alike as they stand", c->name);
}
END_TEST

/* clang-format off */
static const struct {
    const char *name;
    struct billed_case billed[LINES_MAX];
    int64_t unpaid_minor, freed_minor;
    int64_t expect_minor;
} freed_cases[] = {
    {"all of a void line", {{"recurring", 1, 32, 3000, 1500, 1500, 0}}, -750, 1500, 0},
    {"one of two coupons", {{"recurring", 1, 32, 3000, 1500, 1500, 0}}, -750, 500, -500},
    {"none", {{"recurring", 1, 32, 3000, 1500, 1500, 0}}, -750, 0, -750},
    {"not while something is left", {{"recurring", 1, 32, 3000, 1500, 1499, 0}}, -750, 1500, -750},
    {"nor of another line", {{"usage", 1, 32, 3000, 1500, 1500, 0}, {"late_usage", 1, 32, 100, 0, 0, 0}}, -750, 1500, -750},
    {"where nothing is left for what was forgiven", {{"recurring", 1, 32, 3000, 1500, 0, 1500}}, -750, 1500, 0},
    {"the tie goes up", {{"recurring", 1, 32, 1000, 1000, 0, 0}}, -1, 500, 0},
};
/* clang-format on */

START_TEST(frees_coupons)
{
    struct billed_line billed[LINES_MAX];
    struct money unpaid = EUR(freed_cases[_i].unpaid_minor);
    bool takes[LINES_MAX];
    struct error err = {0};
    size_t count = 0;
    for (; count < LINES_MAX && freed_cases[_i].billed[count].kind != NULL; count++) {
        const struct billed_case *b = &freed_cases[_i].billed[count];
        billed[count] = (struct billed_line){.kind = b->kind,
                                             .charged = EUR(b->charged_minor),
                                             .unpaid = EUR(b->unpaid_minor),
                                             .noted = EUR(b->noted_minor),
                                             .forgiven = EUR(b->forgiven_minor)};
        takes[count] = true;
    }
    ck_assert_msg(give_back_free_coupons(billed, takes, count, EUR(freed_cases[_i].freed_minor),
                                         ROUND_HALF_UP, &unpaid, &err),
                  "%s: %s", freed_cases[_i].name, err.message);
    ck_assert_msg(money_minor(unpaid) == freed_cases[_i].expect_minor, "%s: unpaid %" PRId64,
                  freed_cases[_i].name, money_minor(unpaid));
}
END_TEST

static const struct {
    const char *kind;
    bool is_negative;
    const char *expect; /* NULL: by its day */
} taxed_by_cases[] = {
    {"recurring",            false, NULL                       },
    {"recurring:2",          false, "reversal:recurring"       },
    {"recurring:3",          false, "reversal:recurring:2"     },
    {"usage:2",              false, "reversal:usage"           },
    {"usage:2",              true,  "usage:2"                  },
    {"proration_charge:2",   false, "reversal:proration_charge"},
    {"proration_credit",     true,  "proration_credit"         },
    {"proration_credit:2",   false, "proration_credit:2"       }, /* of nothing, and yet one */
    {"reversal:recurring:2", true,  "reversal:recurring:2"     },
    {"rebill:recurring:2",   false, NULL                       }, /* is taxed anew */
    {"rebill:late_usage",    false, NULL                       },
    {"late_usage",           false, "late_usage"               },
    {"late_usage:2",         true,  "late_usage:2"             },
    {"progressive:2",        false, NULL                       },
    {"true_up",              false, NULL                       },
    {"true_up:2",            true,  "true_up:2"                },
};

START_TEST(knows_whose_taxes)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 16);
    const char *kind = taxed_by_cases[_i].kind;
    const char *found = give_back_taxed_by(kind, taxed_by_cases[_i].is_negative, arena);
    const char *expected = taxed_by_cases[_i].expect;
    ck_assert_msg(expected == NULL ? found == NULL : found != NULL && strcmp(found, expected) == 0,
                  "%s: %s", kind, found == NULL ? "nothing" : found);
}
END_TEST

static const struct {
    const char *name;
    size_t count;
    struct {
        int64_t charged_minor, noted_minor, percent;
        bool is_taken;
    } lines[LINES_MAX];
    size_t expect;
} taxed_cases[] = {
    {"the one",                           1, {{100, 0, 19, true}},                                       0       },
    {"none",                              1, {{100, 0, 19, false}},                                      SIZE_MAX},
    {"the newest of one rate",            3, {{100, 0, 19, true}, {1, 0, 19, true}, {1, 0, 19, false}},  1       },
    {"the lowest rate",                   3, {{100, 0, 25, true}, {50, 0, 20, true}, {10, 0, 25, true}}, 1       },
    {"of what is left",                   2, {{100, 100, 16, true}, {50, 20, 19, true}},                 1       },
    {"of what is left, when it is older", 2, {{50, 20, 19, true}, {100, 100, 16, true}},                 0       },
    {"of nothing left the lowest",        2, {{100, 100, 16, true}, {50, 50, 19, true}},                 0       },
    {"a credit that is taken back",       1, {{-100, 0, 19, true}},                                      0       },
};

START_TEST(chooses_the_taxes)
{
    struct billed_line billed[LINES_MAX] = {0};
    struct decimal rates[LINES_MAX] = {0};
    bool takes[LINES_MAX] = {0};
    for (size_t i = 0; i < taxed_cases[_i].count; i++) {
        billed[i] = (struct billed_line){.kind = "usage",
                                         .charged = EUR(taxed_cases[_i].lines[i].charged_minor),
                                         .unpaid = EUR(0),
                                         .noted = EUR(taxed_cases[_i].lines[i].noted_minor),
                                         .forgiven = EUR(0)};
        rates[i] = decimal_from_i64(taxed_cases[_i].lines[i].percent);
        takes[i] = taxed_cases[_i].lines[i].is_taken;
    }
    ck_assert_msg(give_back_taxed_like(billed, takes, rates, taxed_cases[_i].count) ==
                      taxed_cases[_i].expect,
                  "%s", taxed_cases[_i].name);
}
END_TEST

TEST_SUITE(give_back)
{
    TEST_TABLE(frees_coupons, freed_cases);
    TEST_TABLE(knows_whose_taxes, taxed_by_cases);
    TEST_TABLE(chooses_the_taxes, taxed_cases);
    TEST_TABLE(gives_back, cases);
    TEST_TABLE(orders, order_cases);
    TEST_TABLE(knows_them, does_cases);
    tcase_add_loop_test(tcase, knows_what_takes_back, 0, ARRAY_LEN(taken_cases));
    tcase_add_loop_test(tcase, never_more_than_was_paid, 0, 4);
}
