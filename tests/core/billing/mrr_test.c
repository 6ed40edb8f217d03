/* Monthly recurring revenue. */
#include <string.h>

#include "core/billing/mrr.h"
#include "tests/support/suite.h"

static struct currency currency_of(const char *code)
{
    struct currency currency;
    struct error err = {0};
    ck_assert(currency_parse(code, &currency, &err));
    return currency;
}

static struct money eur(int64_t minor)
{
    return money_of_minor(minor, currency_of("EUR"));
}

static const struct mrr_case {
    const char *name, *amount, *quantity;
    enum interval_unit interval;
    int32_t count;
    const char *currency, *expected;
} mrr_cases[] = {
    {"a month",                         "1000",  "1",   INTERVAL_MONTH,     1, "EUR", "1000.00"},
    {"three months",                    "3000",  "1",   INTERVAL_MONTH,     3, "EUR", "1000.00"},
    {"a quarter",                       "3000",  "1",   INTERVAL_QUARTER,   1, "EUR", "1000.00"},
    {"two half years",                  "12000", "1",   INTERVAL_HALF_YEAR, 2, "EUR", "1000.00"},
    {"a year",                          "12000", "1",   INTERVAL_YEAR,      1, "EUR", "1000.00"},
    {"a year that leaves thirds",       "100",   "1",   INTERVAL_YEAR,      1, "EUR", "8.33"   },
    {"a day is 365/12, not 30",         "100",   "1",   INTERVAL_DAY,       1, "EUR", "3041.67"},
    {"a week is 365/84",                "1000",  "1",   INTERVAL_WEEK,      1, "EUR", "4345.24"},
    {"two weeks",                       "1000",  "1",   INTERVAL_WEEK,      2, "EUR", "2172.62"},
    {"a quantity, before the rounding", "0.10",  "100", INTERVAL_YEAR,      1, "EUR", "0.83"   },
    {"yen",                             "1000",  "1",   INTERVAL_YEAR,      1, "JPY", "83"     },
    {"a tie goes away from zero",       "0.06",  "1",   INTERVAL_YEAR,      1, "EUR", "0.01"   },
    {"a lasting credit",                "-0.06", "1",   INTERVAL_YEAR,      1, "EUR", "-0.01"  },
    {"nothing of it",                   "100",   "0",   INTERVAL_DAY,       1, "EUR", "0.00"   },
};

START_TEST(normalizes)
{
    const struct mrr_case *c = &mrr_cases[_i];
    struct mrr_price price = {.interval = c->interval, .interval_count = c->count};
    struct money mrr;
    struct error err = {0};
    ck_assert(decimal_parse(c->amount, &price.amount, &err));
    ck_assert(decimal_parse(c->quantity, &price.quantity, &err));
    ck_assert_msg(mrr_normalize(&price, currency_of(c->currency), &mrr, &err), "%s: %s", c->name,
                  err.message);
    ck_assert_msg(strcmp(money_text(mrr).text, c->expected) == 0, "%s: got %s", c->name,
                  money_text(mrr).text);
}
END_TEST

/* Each movement alone; the figures are new, expansion, reactivation, contraction, churn. */
static const struct movement_case {
    const char *name;
    int64_t before, after;
    bool had_revenue;
    int64_t movements[5];
} movement_cases[] = {
    {"new",                                   0,    500,  false, {500, 0, 0, 0, 0}},
    {"comes back",                            0,    500,  true,  {0, 0, 500, 0, 0}},
    {"upgrade",                               500,  700,  true,  {0, 200, 0, 0, 0}},
    {"downgrade",                             700,  500,  true,  {0, 0, 0, 200, 0}},
    {"leaves",                                700,  0,    true,  {0, 0, 0, 0, 700}},
    {"SC-034 past due is still billed: none", 2500, 2500, true,  {0, 0, 0, 0, 0}  },
    {"never was",                             0,    0,    false, {0, 0, 0, 0, 0}  },
};

START_TEST(moves)
{
    const struct movement_case *c = &movement_cases[_i];
    struct mrr_movements movements = mrr_movements_none(currency_of("EUR"));
    struct money change;
    struct error err = {0};
    ck_assert(mrr_movements_add(&movements, eur(c->before), eur(c->after), c->had_revenue, &err));
    const struct money got[] = {movements.new_business, movements.expansion, movements.reactivation,
                                movements.contraction, movements.churn};
    for (size_t i = 0; i < ARRAY_LEN(got); i++)
        ck_assert_msg(money_equal(got[i], eur(c->movements[i])), "%s: figure %zu is %s", c->name, i,
                      money_text(got[i]).text);
    ck_assert(mrr_movements_change(&movements, &change, &err));
    ck_assert_msg(money_equal(change, eur(c->after - c->before)), "%s: %s", c->name,
                  money_text(change).text);
}
END_TEST

/* Of any subscriptions the movements sum to the change of the total. */
START_TEST(sums_to_the_change)
{
    struct mrr_movements movements = mrr_movements_none(currency_of("EUR"));
    struct money change;
    struct error err = {0};
    int64_t total_before = 0, total_after = 0;
    uint64_t state = 42;
    for (int32_t i = 0; i < 10000; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
        int64_t before = (int64_t)((state >> 33) % 4) * 1000;
        int64_t after = (int64_t)((state >> 40) % 4) * 999;
        total_before += before;
        total_after += after;
        ck_assert(
            mrr_movements_add(&movements, eur(before), eur(after), (state >> 50) % 2 == 0, &err));
    }
    ck_assert(mrr_movements_change(&movements, &change, &err));
    ck_assert_msg(money_equal(change, eur(total_after - total_before)), "got %s",
                  money_text(change).text);
    ck_assert(money_sign(movements.churn) > 0 && money_sign(movements.reactivation) > 0);
}
END_TEST

START_TEST(refuses)
{
    struct mrr_movements movements = mrr_movements_none(currency_of("EUR"));
    struct money yen = money_of_minor(5, currency_of("JPY"));
    struct error err = {0};
    ck_assert(!mrr_movements_add(&movements, eur(-1), eur(5), false, &err));
    ck_assert_str_eq(err.code, "bad_mrr");
    ck_assert(!mrr_movements_add(&movements, eur(1), eur(-5), false, &err));
    ck_assert(!mrr_movements_add(&movements, eur(1), yen, false, &err));
    ck_assert_str_eq(err.code, "currency_mismatch");
    ck_assert(money_sign(movements.new_business) == 0 && money_sign(movements.churn) == 0);
}
END_TEST

TEST_SUITE(mrr)
{
    TEST_TABLE(normalizes, mrr_cases);
    TEST_TABLE(moves, movement_cases);
    TEST_ONE(sums_to_the_change);
    TEST_ONE(refuses);
}
