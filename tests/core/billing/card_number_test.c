/* What is taken for the number of a card, and what is not: numbers that the schemes publish for
 * tests, and ids of the providers. */
#include "core/billing/card_number.h"
#include "tests/support/suite.h"

static const struct card_case {
    const char *name, *text;
    bool expect;
} card_cases[] = {
    {"16 digits",                        "4242424242424242",        true },
    {"in groups",                        "4242 4242 4242 4242",     true },
    {"with hyphens",                     "4242-4242-4242-4242",     true },
    {"with dots",                        "4242.4242.4242.4242",     true },
    {"between spaces",                   " 4242424242424242 ",      true },
    {"15 digits",                        "378282246310005",         true },
    {"14 digits",                        "30569309025904",          true },
    {"13 digits",                        "4222222222222",           true },
    {"19 digits",                        "6304000000000000000",     true },
    {"that begin with 2",                "2223003122003222",        true },
    {"a wrong check digit",              "4242424242424241",        false},
    {"two digits changed over",          "4242424242422442",        false},
    {"12 digits",                        "424242424242",            false},
    {"20 digits",                        "42424242424242424242",    false},
    {"an id of 13 digits",               "1493990563104",           false},
    {"13 digits that begin with 5",      "5000000000005",           false},
    {"begins with 7, check digit right", "7000000000000005",        false},
    {"zeros",                            "0000000000000000",        false},
    {"a token",                          "pm_1PqV4242424242424242", false},
    {"a token of letters",               "token_EPV2xyz",           false},
    {"nothing",                          "",                        false},
    {"hyphens",                          "----",                    false},
};

START_TEST(cards)
{
    const struct card_case *c = &card_cases[_i];
    ck_assert_msg(card_number_is_likely(c->text) == c->expect, "%s", c->name);
}
END_TEST

TEST_SUITE(card_number)
{
    TEST_TABLE(cards, card_cases);
}
