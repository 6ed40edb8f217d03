/* Documents in the currency of the books: what is rounded, what adds up, and what has to be known
 * before. */
#include <string.h>

#include "core/billing/document_conversion.h"
#include "tests/support/suite.h"

static struct date date_of(const char *text)
{
    struct date date = {0};
    struct error err = {0};
    ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static const struct document_case {
    const char *name;
    int64_t tax_minor, total_minor, numerator, denominator;
    const char *net, *tax, *total;
    const char *from, *to;
} document_cases[] = {
  /* 1 USD = 1 / 1.1684 EUR: 19.00 gives 16.2615…, 119.00 gives 101.8486… */
    {"dollars in euros",   1900,  11900,  10000,   11684,   "85.59",  "16.26",  "101.85",  "USD", "EUR"},
 /* 0.05 and 0.15: 0.025 and 0.075; of the net alone, 0.10, it would be 0.05 too. */
    {"the net is between", 5,     15,     1,       2,       "0.05",   "0.03",   "0.08",    "USD", "EUR"},
    {"a note mirrors it",  -1900, -11900, 10000,   11684,   "-85.59", "-16.26", "-101.85", "USD", "EUR"},
    {"nothing",            0,     0,      3,       7,       "0.00",   "0.00",   "0.00",    "USD", "EUR"},
 /* 1 USD = 0.307 KWD = 150.1 JPY: 1.235 KWD give 603.82…, 9.000 give 4400.32… */
    {"dinars in yen",      1235,  9000,   1501000, 3070,    "3796",   "604",    "4400",    "KWD", "JPY"},
 /* 1000 give 2.04530…, 11000 give 22.49833… */
    {"yen in dinars",      1000,  11000,  3070,    1501000, "20.453", "2.045",  "22.498",  "JPY", "KWD"},
};

START_TEST(converts_a_document)
{
    const struct document_case *c = &document_cases[_i];
    struct currency from, to;
    struct document_amounts converted;
    struct ratio rate;
    struct error err = {0};
    ck_assert(currency_parse(c->from, &from, &err) && currency_parse(c->to, &to, &err));
    const struct document_amounts document = {.tax = money_of_minor(c->tax_minor, from),
                                              .total = money_of_minor(c->total_minor, from)};
    ck_assert(ratio_make(c->numerator, c->denominator, &rate, &err));
    ck_assert_msg(document_convert(&document, rate, to, ROUND_HALF_UP, &converted, &err), "%s: %s",
                  c->name, err.message);
    ck_assert_msg(strcmp(money_text(converted.net).text, c->net) == 0, "%s: net %s", c->name,
                  money_text(converted.net).text);
    ck_assert_msg(strcmp(money_text(converted.tax).text, c->tax) == 0, "%s: tax %s", c->name,
                  money_text(converted.tax).text);
    ck_assert_msg(strcmp(money_text(converted.total).text, c->total) == 0, "%s: total %s", c->name,
                  money_text(converted.total).text);
}
END_TEST

/* 64 bits of cents at 1 EUR = 20000 VND are more dong than an amount has. */
START_TEST(refuses_what_is_too_large)
{
    const struct currency eur = {"EUR"}, vnd = {"VND"};
    const struct document_amounts document = {.tax = money_of_minor(0, eur),
                                              .total = money_of_minor(INT64_MAX, eur)};
    struct document_amounts converted;
    struct error err = {0};
    ck_assert(
        !document_convert(&document, ratio_from_i64(20000), vnd, ROUND_HALF_UP, &converted, &err));
    ck_assert_int_eq(err.kind, ERROR_ITEM);
}
END_TEST

static const struct known_case {
    const char *name, *published_on, *on;
    enum missing_day rule;
    const char *known_on; /* NULL: nobody has asked */
    bool good;
} known_cases[] = {
    {"of the day itself",                    "2026-10-30", "2026-10-30", MISSING_DAY_PREVIOUS,   NULL,         true },
    {"a Saturday, nobody has asked since",   "2026-10-30", "2026-10-31", MISSING_DAY_PREVIOUS,
     "2026-10-30",                                                                                             false},
    {"a Saturday, somebody has asked since", "2026-10-30", "2026-10-31", MISSING_DAY_PREVIOUS,
     "2026-11-01",                                                                                             true },
    {"asked on the day, too early",          "2026-10-29", "2026-10-30", MISSING_DAY_PREVIOUS,   "2026-10-30",
     false                                                                                                          },
    {"never",                                "2026-10-30", "2026-10-31", MISSING_DAY_PREVIOUS,   NULL,         false},
    {"of the day before",                    "2026-10-29", "2026-10-30", MISSING_DAY_DAY_BEFORE, NULL,         true },
    {"of two days before, asked since",      "2026-10-28", "2026-10-30", MISSING_DAY_DAY_BEFORE,
     "2026-10-30",                                                                                             true },
    {"of two days before",                   "2026-10-28", "2026-10-30", MISSING_DAY_DAY_BEFORE, "2026-10-28", false},
    {"of the next day",                      "2026-11-02", "2026-10-31", MISSING_DAY_NEXT,       NULL,         true },
};

START_TEST(asks_for_what_is_not_known)
{
    const struct known_case *c = &known_cases[_i];
    const struct exchange_rate_choice choice = {.legs = {.published_on = date_of(c->published_on)}};
    struct error err = {0};
    bool good =
        exchange_rate_check_known(&choice, date_of(c->on), c->rule,
                                  c->known_on == NULL ? DATE_NONE : date_of(c->known_on), &err);
    ck_assert_msg(good == c->good, "%s: %s", c->name, err.message);
    ck_assert_msg(good || strcmp(err.code, "rates_not_known") == 0, "%s: %s", c->name, err.code);
}
END_TEST

TEST_SUITE(document_conversion)
{
    TEST_TABLE(converts_a_document, document_cases);
    TEST_ONE(refuses_what_is_too_large);
    TEST_TABLE(asks_for_what_is_not_known, known_cases);
}
