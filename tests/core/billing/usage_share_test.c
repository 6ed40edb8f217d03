#include "core/billing/usage_share.h"
#include "tests/support/suite.h"

#define SHARES 4

/* Values in cents, weights as they are stored; parts in the order of the shares. */
static const struct split_case {
    const char *name;
    int64_t value_minor;
    const char *weights[SHARES];
    int64_t expect_minor[SHARES];
} split_cases[] = {
    {"by quantity",                         11900, {"100", "600", "300"},       {1190, 7140, 3570}},
    {"the largest remainder gets the cent", 100,   {"1", "1", "1"},             {34, 33, 33}      },
    {"of fractions",                        1000,  {"0.1", "0.25", "0.000001"}, {286, 714, 0}     },
    {"a negative value mirrors it",         -100,  {"1", "1", "1"},             {-34, -33, -33}   },
    {"those above zero alone",              100,   {"-5", "1", "3"},            {0, 25, 75}       },
    {"lowered: those below zero",           -100,  {"0", "-1", "-3"},           {0, -25, -75}     },
    {"taken back: those below zero alone",  -100,  {"5", "-1", "-3"},           {0, -25, -75}     },
    {"none of its sign: the others",        100,   {"0", "-1", "-3"},           {0, 25, 75}       },
    {"none at all",                         100,   {"0", "0"},                  {0, 0}            },
    {"one",                                 7,     {"0.3"},                     {7}               },
    {"a value of nothing",                  0,     {"2", "3"},                  {0, 0}            },
};

static const char *const names[SHARES] = {"", "a", "b", "c"};

static struct usage_shares shares_of(const char *const *weights, struct arena *arena)
{
    struct usage_shares shares = {0};
    struct error err = {0};
    for (size_t i = SHARES; i-- > 0;) { /* in any order */
        struct decimal weight;
        if (weights[i] == NULL)
            continue;
        ck_assert(decimal_parse(weights[i], &weight, &err));
        ck_assert(usage_shares_add(&shares, "", names[i], weight, arena, &err));
    }
    return shares;
}

START_TEST(splits)
{
    const struct split_case *c = &split_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct usage_shares shares = shares_of(c->weights, arena);
    struct money value = money_of_minor(c->value_minor, (struct currency){"EUR"});
    struct money *parts = NULL;
    struct error err = {0};
    ck_assert_msg(usage_shares_split(value, &shares, arena, &parts, &err), "%s: %s", c->name,
                  err.message);
    for (size_t i = 0; i < shares.count; i++)
        ck_assert_msg(money_minor(parts[i]) == c->expect_minor[i], "%s: part %zu is %s", c->name, i,
                      money_text(parts[i]).text);
}
END_TEST

static const struct any_case {
    const char *name;
    const char *weights[SHARES];
    bool any;
} any_cases[] = {
    {"nothing",                        {NULL},      false},
    {"nobody's",                       {"7"},       false},
    {"somebody's",                     {"7", "1"},  true },
    {"of nothing",                     {"7", "0"},  false},
    {"lowered, while nobody's is not", {"7", "-1"}, true },
    {"lowered alone",                  {"0", "-1"}, true },
};

START_TEST(knows_whether_it_is_anybodys)
{
    const struct any_case *c = &any_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct usage_shares shares = shares_of(c->weights, arena);
    ck_assert_msg(usage_shares_any(&shares) == c->any, "%s", c->name);
}
END_TEST

/* What came since: all that was used, less what earlier lines say. */
START_TEST(goes_on_from_earlier_lines)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    static const char *const all[SHARES] = {"10", "30", "5"}, *const before[SHARES] = {"10", "20"};
    struct usage_shares shares = shares_of(all, arena), earlier = shares_of(before, arena);
    struct error err = {0};
    ck_assert(usage_shares_subtract_all(&shares, &earlier, arena, &err));
    static const char *const expect[] = {"0", "10", "5"};
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(decimal_text(shares.items[i].quantity).text, expect[i]);
    ck_assert(usage_shares_add_all(&shares, &earlier, arena, &err));
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(decimal_text(shares.items[i].quantity).text, all[i]);
}
END_TEST

/* What a reversal gives back to each is what was charged to him. */
START_TEST(takes_back_what_was_charged)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    static const char *const charged[SHARES] = {"10", "-4", "0", "5"};
    struct usage_shares shares = shares_of(charged, arena);
    struct money value = money_of_minor(301, (struct currency){"EUR"}), back;
    struct money *parts = NULL, *parts_back = NULL;
    struct error err = {0};
    ck_assert(usage_shares_split(value, &shares, arena, &parts, &err));
    ck_assert(usage_shares_negate(&shares, &err) && money_negate(value, &back, &err));
    ck_assert(usage_shares_split(back, &shares, arena, &parts_back, &err));
    static const char *const expect[SHARES] = {"-10", "4", "0", "-5"};
    for (size_t i = 0; i < SHARES; i++) {
        ck_assert_str_eq(decimal_text(shares.items[i].quantity).text, expect[i]);
        ck_assert_int_eq(money_minor(parts_back[i]), -money_minor(parts[i]));
    }
    ck_assert_int_eq(money_minor(parts[0]), 201);
}
END_TEST

/* A project comes before what it has of members, and nobody before all. */
START_TEST(orders_by_project_and_member)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    static const char *const pairs[][2] = {
        {"web", "a"},
        {"",    "z"},
        {"web", "" },
        {"",    "" },
        {"a",   "b"}
    };
    static const char *const expect[] = {"/", "/z", "a/b", "web/", "web/a"};
    struct usage_shares shares = {0};
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        ck_assert(
            usage_shares_add(&shares, pairs[i][0], pairs[i][1], decimal_from_i64(1), arena, &err));
    ck_assert_uint_eq(shares.count, ARRAY_LEN(expect));
    for (size_t i = 0; i < shares.count; i++)
        ck_assert_str_eq(
            arena_printf(arena, "%s/%s", shares.items[i].project, shares.items[i].member),
            expect[i]);
}
END_TEST

TEST_SUITE(usage_share)
{
    TEST_TABLE(splits, split_cases);
    TEST_TABLE(knows_whether_it_is_anybodys, any_cases);
    TEST_ONE(goes_on_from_earlier_lines);
    TEST_ONE(takes_back_what_was_charged);
    TEST_ONE(orders_by_project_and_member);
}
