/* Decimals and roundings. Rows whose name begins with BC or SC are cases of the conformance list.
 */
#include <string.h>

#include "core/money/decimal.h"
#include "tests/support/suite.h"

#define MAX_TEXT "170141183460469231731687303715884105727"

static struct decimal decimal_of(const char *text)
{
    struct decimal value = {0};
    struct error err = {0};
    ck_assert_msg(decimal_parse(text, &value, &err), "%s", err.message);
    return value;
}

/* The ends of the range, which no text of 38 digits reaches. */
static const struct decimal largest = {.coefficient = (int128_t)(((uint128_t)1 << 127) - 1)};
static const struct decimal smallest = {.coefficient = (int128_t)((uint128_t)1 << 127)};

static const struct parse_case {
    const char *text, *printed; /* NULL: refused */
} parse_cases[] = {
    {"0",                                       "0"                                      },
    {"-0",                                      "0"                                      },
    {"-0.000",                                  "0"                                      },
    {"29.99",                                   "29.99"                                  },
    {"-0.5",                                    "-0.5"                                   },
    {"1.50",                                    "1.5"                                    },
    {"100",                                     "100"                                    },
    {"0.000000000000000000000000000001",        "0.000000000000000000000000000001"       },
    {"-99999999999999999999999999999999999999", "-99999999999999999999999999999999999999"},
    {"12345678.901234567890123456789012345678", "12345678.901234567890123456789012345678"},
    {"007.10",                                  "7.1"                                    },
    {"",                                        NULL                                     },
    {"-",                                       NULL                                     },
    {".5",                                      NULL                                     },
    {"5.",                                      NULL                                     },
    {"+1",                                      NULL                                     },
    {"--1",                                     NULL                                     },
    {"1e3",                                     NULL                                     },
    {"1,5",                                     NULL                                     },
    {"1.2.3",                                   NULL                                     },
    {" 1",                                      NULL                                     },
    {"1 ",                                      NULL                                     },
    {"0x10",                                    NULL                                     },
    {"NaN",                                     NULL                                     },
    {"0.0000000000000000000000000000001",       NULL                                     },
    {"100000000000000000000000000000000000000", NULL                                     },
};

START_TEST(parses_and_prints)
{
    const struct parse_case *c = &parse_cases[_i];
    struct decimal value = {77, 3};
    struct error err = {0};
    bool ok = decimal_parse(c->text, &value, &err);
    ck_assert_msg(ok == (c->printed != NULL), "'%s': %s", c->text, err.message);
    if (ok) {
        ck_assert_msg(strcmp(decimal_text(value).text, c->printed) == 0, "'%s': got %s", c->text,
                      decimal_text(value).text);
    } else {
        ck_assert_msg(value.coefficient == 77 && value.scale == 3, "'%s' wrote", c->text);
        ck_assert_msg(err.kind == ERROR_ITEM && strstr(err.message, "expected") != NULL, "'%s': %s",
                      c->text, err.message);
    }
}
END_TEST

START_TEST(prints_the_ends)
{
    ck_assert_str_eq(decimal_text(largest).text, MAX_TEXT);
    ck_assert_str_eq(decimal_text(smallest).text, "-170141183460469231731687303715884105728");
    struct decimal fine = {smallest.coefficient, DECIMAL_SCALE_MAX};
    ck_assert_str_eq(decimal_text(fine).text, "-170141183.460469231731687303715884105728");
    ck_assert_str_eq(decimal_text((struct decimal){0}).text, "0");
    ck_assert_str_eq(decimal_text((struct decimal){-5, 30}).text,
                     "-0.000000000000000000000000000005");
}
END_TEST

static const struct arithmetic_case {
    const char *a;
    char op;
    const char *b, *result; /* NULL: overflow */
} arithmetic_cases[] = {
    {"0.1",                                    '+', "0.2",                                     "0.3"                             },
    {"1",                                      '-', "1.000",                                   "0"                               },
    {"-1.5",                                   '+', "0.25",                                    "-1.25"                           },
    {"99999999999999999999999999999999999999", '+', "1.000000",
     "100000000000000000000000000000000000000"                                                                                   },
    {"99999999999999999999999999999999999999", '+', "0.1",                                     NULL                              },
    {"99999999999999999999999999999999999999", '-', "-99999999999999999999999999999999999999",
     NULL                                                                                                                        },
    {"4.4556",                                 '*', "10.625",                                  "47.34075"                        },
    {"-0.5",                                   '*', "0.5",                                     "-0.25"                           },
    {"0",                                      '*', "-7.25",                                   "0"                               },
    {"10000000000000000000",                   '*', "10000000000000000000",
     "100000000000000000000000000000000000000"                                                                                   },
    {"100000000000000000000",                  '*', "10000000000000000000",                    NULL                              },
    {"12500000000000000000000000000",          '*', "0.00000000000000000000000000008",         "1"                               },
    {"0.0000000000000001",                     '*', "0.0000000000000001",                      NULL                              },
    {"0.000000000000002",                      '*', "0.0000000000000005",                      "0.000000000000000000000000000001"},
};

static bool calculate(struct decimal a, char op, struct decimal b, struct decimal *ret_result,
                      struct error *err)
{
    if (op == '+')
        return decimal_add(a, b, ret_result, err);
    if (op == '-')
        return decimal_subtract(a, b, ret_result, err);
    return decimal_multiply(a, b, ret_result, err);
}

START_TEST(calculates)
{
    const struct arithmetic_case *c = &arithmetic_cases[_i];
    struct decimal result = {0};
    struct error err = {0};
    bool ok = calculate(decimal_of(c->a), c->op, decimal_of(c->b), &result, &err);
    ck_assert_msg(ok == (c->result != NULL), "%s %c %s: %s", c->a, c->op, c->b,
                  ok ? decimal_text(result).text : err.message);
    if (ok)
        ck_assert_msg(strcmp(decimal_text(result).text, c->result) == 0, "%s %c %s: got %s", c->a,
                      c->op, c->b, decimal_text(result).text);
    else
        ck_assert_str_eq(err.code, "number_too_large");
}
END_TEST

START_TEST(refuses_to_wrap)
{
    struct decimal result = {0};
    struct error err = {0};
    struct decimal one = decimal_from_i64(1);
    ck_assert(!decimal_add(largest, one, &result, &err));
    ck_assert(!decimal_subtract(smallest, one, &result, &err));
    ck_assert(!decimal_negate(smallest, &result, &err));
    ck_assert(!decimal_subtract(one, smallest, &result, &err));
    ck_assert(!decimal_multiply(smallest, decimal_from_i64(-1), &result, &err));
    ck_assert(decimal_multiply(smallest, one, &result, &err));
    ck_assert_int_eq(decimal_compare(result, smallest), 0);
    ck_assert(decimal_negate(largest, &result, &err));
    ck_assert_int_eq(decimal_compare(result, smallest), 1);
}
END_TEST

static const struct compare_case {
    const char *a, *b;
    int32_t order;
} compare_cases[] = {
    {"1.5",                                     "1.50",                                    0 },
    {"-0",                                      "0.00",                                    0 },
    {"1",                                       "0.999999999999999999999999999999",        1 },
    {"-1",                                      "-0.999999999999999999999999999999",       -1},
    {"-5",                                      "3",                                       -1},
    {"99999999999999999999999999999999999999",  "99999999.999999999999999999999999999999", 1 },
    {"-99999999999999999999999999999999999999", "-0.000000000000000000000000000001",       -1},
};

START_TEST(compares)
{
    const struct compare_case *c = &compare_cases[_i];
    struct decimal a = decimal_of(c->a);
    struct decimal b = decimal_of(c->b);
    ck_assert_msg(decimal_compare(a, b) == c->order, "%s, %s", c->a, c->b);
    ck_assert_msg(decimal_compare(b, a) == -c->order, "%s, %s turned", c->a, c->b);
}
END_TEST

static const struct rounding_case {
    const char *name, *value;
    int32_t digits;
    enum rounding rounding;
    const char *result;
} rounding_cases[] = {
    {"BC-093 up",                                 "12.21",                                   1, ROUND_UP,        "12.3"       },
    {"BC-094 up from the smallest digit",         "0.0701",                                  2, ROUND_UP,        "0.08"       },
    {"BC-095 down",                               "12.49",                                   1, ROUND_DOWN,      "12.4"       },
    {"BC-250 a negative tie goes away from zero", "-18.525",                                 2, ROUND_HALF_UP,   "-18.53"     },
    {"a tie up",                                  "0.5",                                     0, ROUND_HALF_UP,   "1"          },
    {"a negative tie mirrors it",                 "-0.5",                                    0, ROUND_HALF_UP,   "-1"         },
    {"below the tie",                             "0.4999999999999999999999999999",          0, ROUND_HALF_UP,   "0"          },
    {"below the negative tie is not -0",          "-0.49",                                   0, ROUND_HALF_UP,   "0"          },
    {"even: 0.5",                                 "0.5",                                     0, ROUND_HALF_EVEN, "0"          },
    {"even: 1.5",                                 "1.5",                                     0, ROUND_HALF_EVEN, "2"          },
    {"even: 2.5",                                 "2.5",                                     0, ROUND_HALF_EVEN, "2"          },
    {"even: -2.5",                                "-2.5",                                    0, ROUND_HALF_EVEN, "-2"         },
    {"even: -3.5",                                "-3.5",                                    0, ROUND_HALF_EVEN, "-4"         },
    {"even: no tie",                              "2.5000001",                               0, ROUND_HALF_EVEN, "3"          },
    {"up: negative",                              "-1.01",                                   1, ROUND_UP,        "-1.1"       },
    {"up: exact stays",                           "1.10",                                    1, ROUND_UP,        "1.1"        },
    {"down: negative",                            "-1.99",                                   1, ROUND_DOWN,      "-1.9"       },
    {"fewer digits stay",                         "1.2",                                     4, ROUND_UP,        "1.2"        },
    {"38 nines",                                  "9999999999.9999999999999999999999999999", 0, ROUND_HALF_UP,   "10000000000"},
};

START_TEST(rounds)
{
    const struct rounding_case *c = &rounding_cases[_i];
    struct decimal result = {0};
    struct error err = {0};
    ck_assert_msg(decimal_round(decimal_of(c->value), c->digits, c->rounding, &result, &err),
                  "%s: %s", c->name, err.message);
    ck_assert_msg(strcmp(decimal_text(result).text, c->result) == 0, "%s: got %s", c->name,
                  decimal_text(result).text);
}
END_TEST

static const struct stored_case {
    const char *value;
    bool ok;
    int64_t coefficient;
    int32_t scale;
} stored_cases[] = {
    {"1.500",                 true,  15,        1 },
    {"0.00",                  true,  0,         0 },
    {"9223372036854775807",   true,  INT64_MAX, 0 },
    {"-9.223372036854775808", true,  INT64_MIN, 18},
    {"9223372036854775808",   false, 0,         0 },
    {"0.0000000000000000001", false, 0,         0 },
    {"9.2233720368547758080", false, 0,         0 },
};

START_TEST(fits_storage)
{
    const struct stored_case *c = &stored_cases[_i];
    struct decimal back = {0};
    struct error err = {0};
    int64_t coefficient = 0;
    int32_t scale = 0;
    bool ok = decimal_to_stored(decimal_of(c->value), &coefficient, &scale, &err);
    ck_assert_msg(ok == c->ok, "%s: %s", c->value, err.message);
    ck_assert_msg(coefficient == c->coefficient && scale == c->scale, "%s: got %" PRId64 ", %d",
                  c->value, coefficient, scale);
    if (!ok)
        return;
    ck_assert(decimal_from_stored(coefficient, scale, &back, &err));
    ck_assert_int_eq(decimal_compare(back, decimal_of(c->value)), 0);
}
END_TEST

START_TEST(refuses_a_stored_scale)
{
    struct decimal value = {0};
    struct error err = {0};
    ck_assert(!decimal_from_stored(1, -1, &value, &err));
    ck_assert(!decimal_from_stored(1, DECIMAL_STORED_SCALE_MAX + 1, &value, &err));
}
END_TEST

START_TEST(turns_whole_numbers)
{
    struct error err = {0};
    int64_t value = 0;
    ck_assert(decimal_to_i64(decimal_of("-12.000"), &value, &err));
    ck_assert_int_eq(value, -12);
    ck_assert(!decimal_to_i64(decimal_of("0.5"), &value, &err));
    ck_assert_str_eq(err.code, "not_whole");
    ck_assert(!decimal_to_i64(decimal_of("9223372036854775808"), &value, &err));
    ck_assert_int_eq(value, -12);
}
END_TEST

START_TEST(names_roundings)
{
    static const char *const expected[] = {"half_up", "half_even", "up", "down"};
    struct error err = {0};
    for (int32_t i = 0; i < (int32_t)ARRAY_LEN(expected); i++) {
        enum rounding rounding = i == 0 ? ROUND_DOWN : ROUND_HALF_UP;
        ck_assert_msg(rounding_parse(expected[i], &rounding, &err), "%s", err.message);
        ck_assert_int_eq((int32_t)rounding, i);
        ck_assert_str_eq(rounding_name(rounding), expected[i]);
    }
    enum rounding kept = ROUND_UP;
    ck_assert(!rounding_parse("HALF_UP", &kept, &err));
    ck_assert(!rounding_parse("", &kept, &err));
    ck_assert_int_eq((int32_t)kept, ROUND_UP);
}
END_TEST

TEST_SUITE(decimal)
{
    TEST_TABLE(parses_and_prints, parse_cases);
    TEST_ONE(prints_the_ends);
    TEST_TABLE(calculates, arithmetic_cases);
    TEST_ONE(refuses_to_wrap);
    TEST_TABLE(compares, compare_cases);
    TEST_TABLE(rounds, rounding_cases);
    TEST_TABLE(fits_storage, stored_cases);
    TEST_ONE(refuses_a_stored_scale);
    TEST_ONE(turns_whole_numbers);
    TEST_ONE(names_roundings);
}
