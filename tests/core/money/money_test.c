/* Amounts. Rows whose name begins with BC or SC are cases of the conformance list. */
#include <string.h>

#include "core/money/money.h"
#include "tests/support/suite.h"

static struct currency currency_of(const char *code)
{
    struct currency currency = {""};
    struct error err = {0};
    ck_assert_msg(currency_parse(code, &currency, &err), "%s", err.message);
    return currency;
}

static struct money money_of(const char *text, const char *code)
{
    struct money money = {0};
    struct error err = {0};
    ck_assert_msg(money_parse(text, currency_of(code), &money, &err), "%s", err.message);
    return money;
}

static struct decimal decimal_of(const char *text)
{
    struct decimal value = {0};
    struct error err = {0};
    ck_assert_msg(decimal_parse(text, &value, &err), "%s", err.message);
    return value;
}

static const struct parse_case {
    const char *text, *currency;
    bool ok;
    int64_t minor;
    const char *printed;
} parse_cases[] = {
    {"12.3",                  "EUR", true,  1230,      "12.30"                },
    {"-0.05",                 "EUR", true,  -5,        "-0.05"                },
    {"-0",                    "EUR", true,  0,         "0.00"                 },
    {"12",                    "JPY", true,  12,        "12"                   },
    {"1000",                  "JPY", true,  1000,      "1000"                 }, /* SC-130 */
    {"1000",                  "CLP", true,  1000,      "1000"                 }, /* SC-130 */
    {"1.235",                 "KWD", true,  1235,      "1.235"                },
    {"0.0001",                "CLF", true,  1,         "0.0001"               },
    {"92233720368547758.07",  "USD", true,  INT64_MAX, "92233720368547758.07" },
    {"-92233720368547758.08", "USD", true,  INT64_MIN, "-92233720368547758.08"},
    {"92233720368547758.08",  "USD", false, 0,         ""                     },
    {"12.345",                "EUR", false, 0,         ""                     },
    {"12.300",                "EUR", false, 0,         ""                     },
    {"12.0",                  "JPY", false, 0,         ""                     },
    {"1e2",                   "EUR", false, 0,         ""                     },
    {"",                      "EUR", false, 0,         ""                     },
};

START_TEST(parses_and_prints)
{
    const struct parse_case *c = &parse_cases[_i];
    struct money money = {0};
    struct error err = {0};
    bool ok = money_parse(c->text, currency_of(c->currency), &money, &err);
    ck_assert_msg(ok == c->ok, "%s %s: %s", c->text, c->currency, err.message);
    ck_assert_msg(money.minor == c->minor, "%s: got %" PRId64, c->text, money.minor);
    if (ok)
        ck_assert_str_eq(money_text(money).text, c->printed);
    else
        ck_assert_int_eq((int32_t)err.kind, ERROR_ITEM);
}
END_TEST

static const struct rounding_case {
    const char *name, *value, *factor, *currency;
    enum rounding rounding;
    const char *result;
} rounding_cases[] = {
    {"BC-168 yen",                          "1023.5",    "1",      "JPY", ROUND_HALF_UP,   "1024"  },
    {"BC-170 nothing to round",             "-10.50",    "1",      "USD", ROUND_HALF_UP,   "-10.50"},
    {"BC-171 below a cent",                 "0.0001",    "1",      "USD", ROUND_HALF_UP,   "0.00"  },
    {"BC-173 a line",                       "10.333333", "1",      "USD", ROUND_HALF_UP,   "10.33" },
    {"BC-181 in dollars",                   "4.4556",    "10.625", "USD", ROUND_HALF_UP,   "47.34" },
    {"BC-181 in yen",                       "4.4556",    "10.625", "JPY", ROUND_HALF_UP,   "47"    },
    {"BC-251 three digits",                 "1.2345",    "1",      "KWD", ROUND_HALF_UP,   "1.235" },
    {"BC-251 two digits",                   "1.2345",    "1",      "USD", ROUND_HALF_UP,   "1.23"  },
    {"BC-251 no digits",                    "1.2345",    "1",      "JPY", ROUND_HALF_UP,   "1"     },
    {"BC-250 a negative tie",               "-18.525",   "1",      "EUR", ROUND_HALF_UP,   "-18.53"},
    {"BC-152 a rate of 10.75 %",            "24.99",     "0.1075", "USD", ROUND_HALF_UP,   "2.69"  },
    {"SC-076 a tie of 10 %",                "10.05",     "0.10",   "USD", ROUND_HALF_UP,   "1.01"  },
    {"SC-076 to even instead",              "10.05",     "0.10",   "USD", ROUND_HALF_EVEN, "1.00"  },
    {"SC-079 a rate of 8.25 %",             "9.99",      "0.0825", "USD", ROUND_HALF_UP,   "0.82"  },
    {"SC-044 the subtotal by itself",       "0.014",     "1",      "USD", ROUND_HALF_UP,   "0.01"  },
    {"SC-044 the tax by itself",            "0.014",     "0.18",   "USD", ROUND_HALF_UP,   "0.00"  },
    {"SC-044 the total alone would be two", "0.014",     "1.18",   "USD", ROUND_HALF_UP,   "0.02"  },
};

START_TEST(rounds_once)
{
    const struct rounding_case *c = &rounding_cases[_i];
    struct decimal product = {0};
    struct money money = {0};
    struct error err = {0};
    ck_assert(decimal_multiply(decimal_of(c->value), decimal_of(c->factor), &product, &err));
    ck_assert(money_from_decimal(product, currency_of(c->currency), c->rounding, &money, &err));
    ck_assert_msg(strcmp(money_text(money).text, c->result) == 0, "%s: got %s", c->name,
                  money_text(money).text);
    ck_assert(money_from_ratio(ratio_from_decimal(product), currency_of(c->currency), c->rounding,
                               &money, &err));
    ck_assert_msg(strcmp(money_text(money).text, c->result) == 0, "%s, as a ratio: got %s", c->name,
                  money_text(money).text);
}
END_TEST

static const struct prorate_case {
    const char *name, *amount, *currency;
    int64_t numerator, denominator;
    enum rounding rounding;
    const char *part; /* NULL: refused */
} prorate_cases[] = {
    {"BC-119 30 of 31 days",                         "9.95",                 "USD", 30,        31,        ROUND_HALF_UP,   "9.63"   },
    {"BC-120 10 paused days",                        "-249.95",              "USD", 10,        31,        ROUND_HALF_UP,   "-80.63" },
    {"BC-122 from the 10th",                         "50.00",                "USD", 22,        31,        ROUND_HALF_UP,   "35.48"  },
    {"BC-123 the new plan",                          "40.00",                "USD", 21,        31,        ROUND_HALF_UP,   "27.10"  },
    {"BC-128 leap February",                         "2000.00",              "USD", 26,        29,        ROUND_HALF_UP,   "1793.10"},
    {"BC-133 by second",                             "20.00",                "USD", 871482,    2678400,   ROUND_HALF_UP,   "6.51"   },
    {"BC-134 unused old",                            "-100.00",              "USD", 15,        30,        ROUND_HALF_UP,   "-50.00" },
    {"BC-134 used new",                              "200.00",               "USD", 15,        30,        ROUND_HALF_UP,   "100.00" },
    {"BC-137 changed part",                          "100.00",               "USD", 15,        30,        ROUND_HALF_UP,   "50.00"  },
    {"BC-137 added part",                            "50.00",                "USD", 15,        30,        ROUND_HALF_UP,   "25.00"  },
    {"BC-137 removed part",                          "-30.00",               "USD", 15,        30,        ROUND_HALF_UP,   "-15.00" },
    {"BC-138 its own yearly period",                 "3650.00",              "USD", 30,        365,       ROUND_HALF_UP,   "300.00" },
    {"BC-139 unused old",                            "-12.00",               "USD", 3,         4,         ROUND_HALF_UP,   "-9.00"  },
    {"BC-139 used new",                              "24.00",                "USD", 3,         4,         ROUND_HALF_UP,   "18.00"  },
    {"BC-141 credit note net",                       "200.00",               "EUR", 29,        30,        ROUND_HALF_UP,   "193.33" },
    {"BC-141 its tax on the rounded net",            "193.33",               "EUR", 25,        100,       ROUND_HALF_UP,   "48.33"  },
    {"BC-142 credit note net",                       "160.00",               "EUR", 29,        30,        ROUND_HALF_UP,   "154.67" },
    {"BC-142 its tax on the rounded net",            "154.67",               "EUR", 25,        100,       ROUND_HALF_UP,   "38.67"  },
    {"BC-153 net of an inclusive price, a true tie", "2.99",                 "EUR", 100,       104,       ROUND_HALF_UP,
     "2.88"                                                                                                                         },
    {"BC-248 by second over a 743 h month",          "100.00",               "USD", 1382400,   2674800,   ROUND_HALF_UP,
     "51.68"                                                                                                                        },
    {"BC-248 by local day",                          "100.00",               "USD", 16,        31,        ROUND_HALF_UP,   "51.61"  },
    {"SC-081 unused old",                            "20.00",                "USD", 15,        30,        ROUND_HALF_UP,   "10.00"  },
    {"SC-083 nothing left",                          "10.00",                "USD", 0,         30,        ROUND_HALF_UP,   "0.00"   },
    {"SC-084 unused old",                            "-29.99",               "USD", 10,        31,        ROUND_HALF_UP,   "-9.67"  },
    {"SC-084 used new",                              "99.99",                "USD", 10,        31,        ROUND_HALF_UP,   "32.25"  },
    {"SC-085 the whole",                             "30.00",                "USD", 30,        30,        ROUND_HALF_UP,   "30.00"  },
    {"a tie goes away from zero",                    "0.05",                 "EUR", 1,         2,         ROUND_HALF_UP,   "0.03"   },
    {"a credit undoes its charge",                   "-0.05",                "EUR", 1,         2,         ROUND_HALF_UP,   "-0.03"  },
    {"a tie to even",                                "0.05",                 "EUR", 1,         2,         ROUND_HALF_EVEN, "0.02"   },
    {"up",                                           "0.01",                 "EUR", 1,         1000,      ROUND_UP,        "0.01"   },
    {"down",                                         "-0.99",                "EUR", 999,       1000,      ROUND_DOWN,      "-0.98"  },
    {"three periods and a part",                     "31.00",                "EUR", 95,        31,        ROUND_HALF_UP,   "95.00"  },
    {"no false overflow",                            "92233720368547758.07", "EUR", INT64_MAX, INT64_MAX, ROUND_HALF_UP,
     "92233720368547758.07"                                                                                                         },
    {"true overflow",                                "92233720368547758.07", "EUR", 3,         2,         ROUND_HALF_UP,   NULL     },
    {"a negative part",                              "1.00",                 "EUR", -1,        2,         ROUND_HALF_UP,   NULL     },
    {"SC-085 no days in the period",                 "30.00",                "USD", 0,         0,         ROUND_HALF_UP,   NULL     },
};

START_TEST(prorates)
{
    const struct prorate_case *c = &prorate_cases[_i];
    struct money part = {0};
    struct error err = {0};
    bool ok = money_prorate(money_of(c->amount, c->currency), c->numerator, c->denominator,
                            c->rounding, &part, &err);
    ck_assert_msg(ok == (c->part != NULL), "%s: %s", c->name, err.message);
    if (ok)
        ck_assert_msg(strcmp(money_text(part).text, c->part) == 0, "%s: got %s", c->name,
                      money_text(part).text);
    else
        ck_assert_msg(err.kind == ERROR_ITEM, "%s", c->name);
}
END_TEST

START_TEST(refuses_mixed_currencies)
{
    struct money result = money_of("7.00", "EUR");
    struct error err = {0};
    int32_t order = 9;
    struct money eur = money_of("1.00", "EUR");
    struct money usd = money_of("1.00", "USD");
    ck_assert(!money_add(eur, usd, &result, &err));
    ck_assert_str_eq(err.code, "currency_mismatch");
    ck_assert(!money_subtract(eur, usd, &result, &err));
    ck_assert(!money_compare(eur, usd, &order, &err));
    ck_assert(!money_add(eur, (struct money){0}, &result, &err));
    ck_assert(!money_equal(eur, usd));
    ck_assert_int_eq(result.minor, 700);
    ck_assert_int_eq(order, 9);
}
END_TEST

START_TEST(refuses_to_wrap)
{
    struct money result = {0};
    struct error err = {0};
    struct currency eur = currency_of("EUR");
    struct money cent = money_of_minor(1, eur);
    struct money most = money_of_minor(INT64_MAX, eur);
    struct money least = money_of_minor(INT64_MIN, eur);
    ck_assert(!money_add(most, cent, &result, &err));
    ck_assert_str_eq(err.code, "amount_too_large");
    ck_assert(!money_subtract(least, cent, &result, &err));
    ck_assert(!money_subtract(cent, least, &result, &err));
    ck_assert(!money_negate(least, &result, &err));
    ck_assert(!money_multiply(most, decimal_of("1.1"), ROUND_DOWN, &result, &err));
    ck_assert(money_add(most, least, &result, &err));
    ck_assert_int_eq(result.minor, -1);
    ck_assert(money_negate(most, &result, &err));
    ck_assert_int_eq(result.minor, -INT64_MAX);
}
END_TEST

START_TEST(multiplies)
{
    struct money result = {0};
    struct ratio third = {1, 3};
    struct error err = {0};
    int32_t order = 0;
    ck_assert(money_multiply(money_of("10.00", "EUR"), decimal_of("-0.12345"), ROUND_HALF_UP,
                             &result, &err));
    ck_assert_str_eq(money_text(result).text, "-1.23");
    ck_assert(money_multiply_ratio(money_of("-100.00", "EUR"), third, ROUND_UP, &result, &err));
    ck_assert_str_eq(money_text(result).text, "-33.34");
    ck_assert(money_multiply_ratio(result, (struct ratio){0}, ROUND_UP, &result, &err));
    ck_assert_int_eq(money_sign(result), 0);
    ck_assert(money_compare(money_of("-1", "EUR"), money_zero(currency_of("EUR")), &order, &err));
    ck_assert_int_eq(order, -1);
    ck_assert_str_eq(decimal_text(money_to_decimal(money_of("-1.50", "EUR"))).text, "-1.5");
    ck_assert_str_eq(ratio_text(money_to_ratio(money_of("0.125", "KWD"))).text, "0.125");
}
END_TEST

TEST_SUITE(money)
{
    TEST_TABLE(parses_and_prints, parse_cases);
    TEST_TABLE(rounds_once, rounding_cases);
    TEST_TABLE(prorates, prorate_cases);
    TEST_ONE(refuses_mixed_currencies);
    TEST_ONE(refuses_to_wrap);
    TEST_ONE(multiplies);
}
