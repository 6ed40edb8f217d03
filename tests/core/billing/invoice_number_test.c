#include <string.h>

#include "core/billing/invoice_number.h"
#include "tests/support/suite.h"

static const struct print_case {
    const char *format;
    int32_t year;
    int64_t number;
    const char *text;
} print_cases[] = {
    {"INV-{year}-{number:6}",  2026, 42,        "INV-2026-000042"        },
    {"INV-{year}-{number:6}",  2026, 1234567,   "INV-2026-1234567"       },
    {"{number}/{year}",        2027, 1,         "1/2027"                 },
    {"{year}{number:12}",      1,    999,       "0001000000000999"       },
    {"RE {year}.{number:1}_#", 9999, 7,         "RE 9999.7_#"            },
    {"{year}{number}",         2026, INT64_MAX, "20269223372036854775807"},
};

START_TEST(prints)
{
    const struct print_case *c = &print_cases[_i];
    struct invoice_number_format format;
    struct error err = {0};
    char text[INVOICE_NUMBER_SIZE];
    ck_assert_msg(invoice_number_format_parse(c->format, &format, &err), "'%s': %s", c->format,
                  err.message);
    invoice_number_print(&format, c->year, c->number, text);
    ck_assert_msg(strcmp(text, c->text) == 0, "'%s': %s", c->format, text);
}
END_TEST

/* The longest format with the longest number still fits. */
START_TEST(prints_longest)
{
    struct invoice_number_format format;
    struct error err = {0};
    char text[INVOICE_NUMBER_SIZE];
    ck_assert(invoice_number_format_parse("abcdefghijklmnopqrstuvwxyzABCDEFG{year}{number}",
                                          &format, &err));
    invoice_number_print(&format, 2026, INT64_MAX, text);
    ck_assert_str_eq(text, "abcdefghijklmnopqrstuvwxyzABCDEFG20269223372036854775807");
    ck_assert(!invoice_number_format_parse("abcdefghijklmnopqrstuvwxyzABCDEFGH{year}{number}",
                                           &format, &err));
    ck_assert_str_eq(
        err.message,
        "number format 'abcdefghijklmnopqrstuvwxyzABCDEFGH{year}{number}' is too long");
}
END_TEST

static const struct refuse_case {
    const char *format, *why;
} refuse_cases[] = {
    {"",                             "has no {number}"                                             },
    {"INV-{year}",                   "has no {number}"                                             },
    {"INV-{number:6}",               "has no {year}, so the numbers of two years would be the same"},
    {"{year}{number}{number}",       "has {number} twice"                                          },
    {"{year}{year}{number}",         "has {year} twice"                                            },
    {"{year}{month}{number}",        "has an unknown {part}: there are {year} and {number}"        },
    {"{year}{",                      "has an unknown {part}: there are {year} and {number}"        },
    {"{year}-{number:0}",            "has a bad {number}: {number} or {number:1} to {number:12}"   },
    {"{year}-{number:13}",           "has a bad {number}: {number} or {number:1} to {number:12}"   },
    {"{year}-{number:}",             "has a bad {number}: {number} or {number:1} to {number:12}"   },
    {"{year}-{number:06}",           "has a bad {number}: {number} or {number:1} to {number:12}"   },
    {"{year}-{number:6",             "has a bad {number}: {number} or {number:1} to {number:12}"   },
    {"{year}-{numbers}",             "has a bad {number}: {number} or {number:1} to {number:12}"   },
    {"{year}-{number:999999999999}", "has a bad {number}: {number} or {number:1} to {number:12}"   },
    {"{year}-{number}}",             "has a character other than letters, digits, -/._# and space" },
    {"{year}%s{number}",             "has a character other than letters, digits, -/._# and space" },
    {"\xC3\x9C{year}{number}",       "has a character other than letters, digits, -/._# and space" },
    {" {year}{number}",              "begins or ends with a space"                                 },
    {"{year}{number} ",              "begins or ends with a space"                                 },
};

START_TEST(refuses)
{
    const struct refuse_case *c = &refuse_cases[_i];
    struct invoice_number_format format;
    struct error err = {0};
    ck_assert_msg(!invoice_number_format_parse(c->format, &format, &err), "'%s' accepted",
                  c->format);
    const char *why = err.message + strlen("number format '' ") + strlen(c->format);
    ck_assert_msg(strcmp(why, c->why) == 0, "'%s': %s", c->format, err.message);
    ck_assert_int_eq(err.exit_code, EXIT_CONFIG);
}
END_TEST

TEST_SUITE(invoice_number)
{
    TEST_TABLE(prints, print_cases);
    TEST_ONE(prints_longest);
    TEST_TABLE(refuses, refuse_cases);
}
