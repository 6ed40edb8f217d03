/* Gained and lost by the exchange rate: what payments settle, what they are worth, and that what
 * they relieve the books of adds up. */
#include "core/billing/exchange_difference.h"
#include "tests/support/suite.h"

#define STEPS_MAX 4

struct difference_step {
    int64_t amount_minor;
    int64_t numerator, denominator; /* 1 of the invoice's currency in that of the books */
    int64_t settled, worth, relieved, difference;
};

static const struct difference_case {
    const char *name, *currency, *books_currency;
    int64_t total_minor, books_minor, payable_minor;
    int64_t kept_minor, settled_minor; /* before */
    struct difference_step steps[STEPS_MAX];
} difference_cases[] = {
  /* 119.00 / 1.1498 = 103.496…; 119.00 / 1.1 = 108.181…; 119.00 / 1.1684 = 101.848… */
    {"a gain",
     "USD",                                                                             "EUR",
     11900,                                                                                       10350,
     11900,                                                                                                 0,
     0,                                                                                                               {{11900, 10, 11, 11900, 10818, 10350, 468}}                                               },
    {"a loss",
     "USD",                                                                             "EUR",
     11900,                                                                                       10350,
     11900,                                                                                                 0,
     0,                                                                                                               {{11900, 10000, 11684, 11900, 10185, 10350, -165}}                                        },
    {"nothing",
     "USD",                                                                             "EUR",
     11900,                                                                                       10350,
     11900,                                                                                                 0,
     0,                                                                                                               {{11900, 1035, 1190, 11900, 10350, 10350, 0}}                                             },
 /* 60.00 / 1.1684 = 51.352…, 103.50 · 60 / 119 = 52.184…; 59.00 / 1.1711 = 50.379… */
    {"two payments",
     "USD",                                                                             "EUR",
     11900,                                                                                       10350,
     11900,                                                                                                 0,
     0,                                                                                                               {{6000, 10000, 11684, 6000, 5135, 5218, -83}, {5900, 10000, 11711, 5900, 5038, 5132, -94}}},
 /* 0.666…, 1.333…, 2.00: 0.67, 0.66 and 0.67 */
    {"parts add up to the whole",
     "USD",                                                                             "EUR",
     300,                                                                                         200,
     300,                                                                                                   0,
     0,                                                                                                               {{100, 2, 3, 100, 67, 67, 0}, {100, 2, 3, 100, 67, 66, 1}, {100, 2, 3, 100, 67, 67, 0}}   },
    {"all is given back, at another rate",
     "USD",                                                                             "EUR",
     11900,                                                                                       10350,
     11900,                                                                                                 0,
     0,                                                                                                               {{11900, 10000, 11684, 11900, 10185, 10350, -165},
      {-11900, 10, 11, -11900, -10818, -10350, -468}}                                                                                                                                                    },
    {"what is too much settles nothing, and goes first",
     "USD",                                                                             "EUR",
     10000,                                                                                       9000,
     10000,                                                                                                 0,
     0,                                                                                                               {{13000, 1, 1, 10000, 10000, 9000, 1000},
      {-3000, 1, 2, 0, 0, 0, 0},
      {-2000, 1, 2, -2000, -1000, -1800, 800}}                                                                                                                                                           },
    {"given back and paid again",
     "USD",                                                                             "EUR",
     10000,                                                                                       9000,
     10000,                                                                                                 0,
     0,                                                                                                               {{13000, 1, 1, 10000, 10000, 9000, 1000},
      {-5000, 1, 1, -2000, -2000, -1800, -200},
      {3000, 1, 1, 2000, 2000, 1800, 200},
      {100, 1, 1, 0, 0, 0, 0}}                                                                                                                                                                           },
 /* 11900 / 186.75 = 63.721… */
    {"yen in euros",
     "JPY",                                                                             "EUR",
     11900,                                                                                       6489,
     11900,                                                                                                 0,
     0,                                                                                                               {{11900, 100, 18675, 11900, 6372, 6489, -117}}                                            },
 /* 5000 / 186.75 = 26.773…, 64.89 · 5000 / 11900 = 27.264…; 6900 / 186.43 = 37.011… */
    {"yen in two parts",
     "JPY",                                                                             "EUR",
     11900,                                                                                       6489,
     11900,                                                                                                 0,
     0,                                                                                                               {{5000, 100, 18675, 5000, 2677, 2726, -49}, {6900, 100, 18643, 6900, 3701, 3763, -62}}    },
 /* 33.33 · 185.7 = 6189.381, 18339 · 0.3333 = 6112.388… */
    {"euros in yen",
     "EUR",                                                                             "JPY",
     10000,                                                                                       18339,
     10000,                                                                                                 0,
     0,                                                                                                               {{3333, 1857, 10, 3333, 6189, 6112, 77}}                                                  },
    {"half is credited",
     "USD",                                                                             "EUR",
     10000,                                                                                       9000,
     5000,                                                                                                  0,
     0,                                                                                                               {{10000, 1, 1, 5000, 5000, 4500, 500}}                                                    },
    {"credited after it was paid: more pays nothing, what is given back counts",
     "USD",                                                                             "EUR",
     10000,                                                                                       9000,
     6000,                                                                                                  10000,
     10000,                                                                                                           {{1000, 1, 1, 0, 0, 0, 0},
      {-1000, 1, 1, 0, 0, 0, 0},
      {-4000, 1, 1, -4000, -4000, -3600, -400}}                                                                                                                                                      },
    {"nothing is to be paid",
     "USD",                                                                             "EUR",
     10000,                                                                                       9000,
     -100,
     0,                                                                                                            0,
     {{500, 1, 1, 0, 0, 0, 0}, {-500, 1, 1, 0, 0, 0, 0}}                                                                                                                                                        },
    {"the books have nothing of it",                                             "USD", "EUR", 1, 0,     1, 0,     0, {{1, 1, 1, 1, 1, 0, 1}}                                                                   },
};

static struct money money_in(const char *code, int64_t minor)
{
    struct currency currency;
    struct error err = {0};
    ck_assert_msg(currency_parse(code, &currency, &err), "%s", err.message);
    return money_of_minor(minor, currency);
}

static struct exchange_account account_of(const struct difference_case *c)
{
    return (struct exchange_account){
        .total = money_in(c->currency, c->total_minor),
        .books = money_in(c->books_currency, c->books_minor),
        .payable = money_in(c->currency, c->payable_minor),
        .kept = money_in(c->currency, c->kept_minor),
        .settled = money_in(c->currency, c->settled_minor),
    };
}

START_TEST(settles)
{
    const struct difference_case *c = &difference_cases[_i];
    struct exchange_account account = account_of(c);
    for (size_t i = 0; i < STEPS_MAX && c->steps[i].amount_minor != 0; i++) {
        const struct difference_step *step = &c->steps[i];
        const struct money amount = money_in(c->currency, step->amount_minor);
        struct exchange_part part;
        struct money settled;
        struct ratio rate;
        struct error err = {0};
        ck_assert(ratio_make(step->numerator, step->denominator, &rate, &err));
        ck_assert_msg(exchange_settles(&account, amount, &settled, &err) &&
                          exchange_part_of(&account, settled, rate, ROUND_HALF_UP, &part, &err) &&
                          exchange_account_take(&account, amount, settled, &err),
                      "%s: %s", c->name, err.message);
        ck_assert_msg(money_minor(part.settled) == step->settled, "%s, step %zu: settles %s",
                      c->name, i + 1, money_text(part.settled).text);
        ck_assert_msg(money_minor(part.worth) == step->worth, "%s, step %zu: worth %s", c->name,
                      i + 1, money_text(part.worth).text);
        ck_assert_msg(money_minor(part.relieved) == step->relieved, "%s, step %zu: relieves %s",
                      c->name, i + 1, money_text(part.relieved).text);
        ck_assert_msg(money_minor(part.difference) == step->difference,
                      "%s, step %zu: difference %s", c->name, i + 1,
                      money_text(part.difference).text);
    }
}
END_TEST

/* However an invoice is paid, the parts relieve the books of all of it, by every rounding. */
START_TEST(relieves_of_the_whole)
{
    static const int64_t totals[] = {1, 7, 99, 11900, 1000003};
    const struct ratio one = ratio_from_i64(1);
    for (size_t t = 0; t < ARRAY_LEN(totals); t++)
        for (int64_t part_minor = 1; part_minor <= 7; part_minor++)
            for (enum rounding rounding = ROUND_HALF_UP; rounding <= ROUND_DOWN; rounding++) {
                const struct difference_case c = {"",        "USD", "EUR", totals[t], 61,
                                                  totals[t], 0,     0,     {{0}}};
                struct exchange_account account = account_of(&c);
                struct money relieved = money_in("EUR", 0);
                const int64_t step_minor = totals[t] / 50 + part_minor;
                struct error err = {0};
                for (int64_t paid = 0; paid < totals[t]; paid += step_minor) {
                    const struct money amount = money_in("USD", step_minor);
                    struct exchange_part part;
                    struct money settled;
                    ck_assert(exchange_settles(&account, amount, &settled, &err) &&
                              exchange_part_of(&account, settled, one, rounding, &part, &err) &&
                              exchange_account_take(&account, amount, settled, &err) &&
                              money_add(relieved, part.relieved, &relieved, &err));
                }
                ck_assert_int_eq(money_minor(relieved), 61);
            }
}
END_TEST

TEST_SUITE(exchange_difference)
{
    TEST_TABLE(settles, difference_cases);
    TEST_ONE(relieves_of_the_whole);
}
