/* Conversions by one publication. */
#include <string.h>

#include "core/billing/conversion.h"
#include "tests/support/suite.h"

static struct decimal decimal_of(const char *text)
{
    struct decimal value = {0};
    struct error err = {0};
    ck_assert_msg(decimal_parse(text, &value, &err), "%s", err.message);
    return value;
}

static struct date date_of(const char *text)
{
    struct date date = {0};
    struct error err = {0};
    ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static const struct conversion_case {
    const char *name, *amount, *from_rate, *to_rate, *to, *expected, *rate;
} conversion_cases[] = {
    {"from the base",                              "100",        "1",      "1.1705", "USD", "117.05",    "1.1705"     },
    {"to the base",                                "117.05",     "1.1705", "1",      "EUR", "100.00",    "2000/2341"  },
    {"a cross rate is not rounded before the end", "1234567.89", "1.1705", "186.84", "JPY",
     "197066779",                                                                                        "373680/2341"},
    {"by the rates of 2026-04-13",                 "1234567.89", "1.1684", "186.75", "JPY", "197325876",
     "466875/2921"                                                                                                    },
    {"a currency to itself",                       "12.345",     "1.17",   "1.17",   "USD", "12.35",     "1"          },
    {"a credit mirrors its charge",                "-0.005",     "1",      "1",      "EUR", "-0.01",     "1"          },
    {"three digits",                               "1",          "1",      "0.36",   "KWD", "0.360",     "0.36"       },
    {"nothing",                                    "0",          "3",      "7",      "EUR", "0.00",      "7/3"        },
};

START_TEST(converts)
{
    const struct conversion_case *c = &conversion_cases[_i];
    struct conversion_legs legs = {{0}, decimal_of(c->from_rate), decimal_of(c->to_rate)};
    struct currency to;
    struct ratio rate;
    struct money amount;
    struct error err = {0};
    ck_assert(currency_parse(c->to, &to, &err));
    ck_assert_msg(conversion_rate(&legs, &rate, &err), "%s: %s", c->name, err.message);
    ck_assert_msg(conversion_convert(decimal_of(c->amount), rate, to, ROUND_HALF_UP, &amount, &err),
                  "%s: %s", c->name, err.message);
    ck_assert_msg(strcmp(money_text(amount).text, c->expected) == 0, "%s: got %s", c->name,
                  money_text(amount).text);
    ck_assert_msg(strcmp(ratio_text(rate).text, c->rate) == 0, "%s: rate %s", c->name,
                  ratio_text(rate).text);
}
END_TEST

static const struct age_case {
    const char *published_on, *on;
    bool good;
} age_cases[] = {
    {"2026-04-13", "2026-04-13", true },
    {"2026-04-13", "2026-04-19", true },
    {"2026-04-13", "2026-04-27", true }, /* 14 days, inclusive */
    {"2026-04-13", "2026-04-28", false},
    {"2026-04-13", "2026-04-12", false}, /* of the next day */
    {"0001-01-01", "9999-12-31", false},
};

START_TEST(looks_back_14_days)
{
    const struct age_case *c = &age_cases[_i];
    struct error err = {0};
    bool good = conversion_check_age(date_of(c->published_on), date_of(c->on), &err);
    ck_assert_msg(good == c->good, "%s on %s: %s", c->published_on, c->on, err.message);
    if (!good)
        ck_assert_str_eq(err.code, "no_exchange_rate");
}
END_TEST

START_TEST(refuses)
{
    static const char *const rates[][2] = {
        {"0",  "1" },
        {"1",  "0" },
        {"-1", "1" },
        {"1",  "-1"},
    };
    struct currency eur;
    struct ratio rate = ratio_from_i64(5);
    struct money amount = {0};
    struct error err = {0};
    ck_assert(currency_parse("EUR", &eur, &err));
    for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
        struct conversion_legs legs = {{0}, decimal_of(rates[i][0]), decimal_of(rates[i][1])};
        ck_assert(!conversion_rate(&legs, &rate, &err));
        ck_assert_str_eq(err.code, "bad_exchange_rate");
    }
    ck_assert(!conversion_convert(decimal_of("99999999999999999"), rate, eur, ROUND_HALF_UP,
                                  &amount, &err));
    ck_assert_str_eq(err.code, "amount_too_large");
}
END_TEST

TEST_SUITE(conversion)
{
    TEST_TABLE(converts, conversion_cases);
    TEST_TABLE(looks_back_14_days, age_cases);
    TEST_ONE(refuses);
}
