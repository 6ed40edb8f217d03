/* Pointing at parked items by number, name or word, and the money at stake. */
#include <string.h>

#include "core/engine/parked_report.h"
#include "tests/support/suite.h"

#define ROW(name, code, minor, how)                                                                \
    {                                                                                              \
        .item = (name), .currency = (code), .amount_minor = (minor), .state = (how)                \
    }

static const struct parked_row rows[] = {
    ROW("2026-09-30 cus-1 EUR  000000", "EUR", 1000, "parked"),
    ROW("2026-10-31 cus-1 EUR  000000", "EUR", 250, "retry"),
    ROW("2026-10-31 cus-12 USD  000000", "USD", 99, "parked"),
    ROW("cus-7", NULL, DB_I64_NONE, "parked"),
    ROW("2", "EUR", 5000, "waived"),
};

static const struct find_case {
    const char *name;
    const char *text;
    int expect; /* the index, or -1 */
    const char *message;
} find_cases[] = {
    {"a number",                     "3",                            2,  ""                                          },
    {"a whole name",                 "2026-10-31 cus-1 EUR  000000", 1,  ""                                          },
    {"a word of one item",           "cus-12",                       2,  ""                                          },
    {"a name that is one word",      "cus-7",                        3,  ""                                          },
    {"a name goes before a number",  "2",                            4,  ""                                          },
    {"a word of two items",          "cus-1",                        -1, "'cus-1' means 2 parked items: numbers 1, 2"},
    {"a part of a word is no word",  "cus",                          -1, "no parked item is called 'cus'"            },
    {"nothing",                      "",                             -1, "no parked item is called ''"               },
    {"number 0",                     "0",                            -1, "there is no number 0 among 5 parked items" },
    {"a number behind the last one", "6",                            -1, "there is no number 6 among 5 parked items" },
    {"a negative number",            "-1",                           -1, "there is no number -1 among 5 parked items"},
};

START_TEST(finds)
{
    const struct find_case *c = &find_cases[_i];
    size_t index = 99;
    struct error err = {0};
    bool found = parked_find(rows, ARRAY_LEN(rows), c->text, &index, &err);
    ck_assert_msg(found == (c->expect >= 0), "%s: %s", c->name, err.message);
    if (found) {
        ck_assert_msg(index == (size_t)c->expect, "%s: got %zu", c->name, index);
        return;
    }
    ck_assert_msg(index == 99, "%s: the output was written", c->name);
    ck_assert_msg(err.exit_code == EXIT_USAGE, "%s: exit %d", c->name, (int)err.exit_code);
    ck_assert_msg(strcmp(err.message, c->message) == 0, "%s: got %s", c->name, err.message);
}
END_TEST

START_TEST(names_only_some_of_many)
{
    struct parked_row many[20];
    size_t index = 0;
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = rows[0];
    ck_assert(!parked_find(many, ARRAY_LEN(many), "cus-1", &index, &err));
    ck_assert_str_eq(err.message,
                     "'cus-1' means 20 parked items: numbers 1, 2, 3, 4, 5 \xe2\x80\xa6");
}
END_TEST

START_TEST(sums_what_is_open)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("a test", 1 << 16);
    struct parked_sum *sums = NULL;
    size_t count = 0;
    int64_t unknown = 0;
    struct error err = {0};
    ck_assert(parked_sum_up(rows, ARRAY_LEN(rows), arena, &sums, &count, &unknown, &err));
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(sums[0].currency.code, "EUR");
    ck_assert_str_eq(money_text(sums[0].at_stake).text, "12.50");
    ck_assert_int_eq(sums[0].items, 2);
    ck_assert_str_eq(sums[1].currency.code, "USD");
    ck_assert_str_eq(money_text(sums[1].at_stake).text, "0.99");
    ck_assert_int_eq(unknown, 1);
}
END_TEST

START_TEST(refuses_sums_that_do_not_fit)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("a test", 1 << 16);
    const struct parked_row large[] = {ROW("a", "EUR", INT64_MAX, "parked"),
                                       ROW("b", "EUR", 1, "parked")};
    const struct parked_row strange[] = {ROW("a", "XXX", 1, "parked")};
    struct parked_sum *sums = NULL;
    size_t count = 0;
    int64_t unknown = 0;
    struct error err = {0};
    ck_assert(!parked_sum_up(large, 2, arena, &sums, &count, &unknown, &err));
    ck_assert_str_eq(err.code, "amount_too_large");
    ck_assert(!parked_sum_up(strange, 1, arena, &sums, &count, &unknown, &err));
    ck_assert_int_eq(err.exit_code, EXIT_DATA);
}
END_TEST

TEST_SUITE(parked_report)
{
    TEST_TABLE(finds, find_cases);
    TEST_ONE(names_only_some_of_many);
    TEST_ONE(sums_what_is_open);
    TEST_ONE(refuses_sums_that_do_not_fit);
}
