/* Which publication a conversion uses: days without one, several sources, versions, both legs of
 * one. */
#include <string.h>

#include "core/billing/exchange_rate.h"
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

/* 2026-04-13 is a Monday. Easter: nothing from Good Friday, 3 April, to Easter Monday. */
static const struct {
    const char *source, *on, *base, *quote;
    int64_t version;
    const char *rate;
} rows[] = {
    {"ecb",    "2026-04-02", "EUR", "USD", 1, "1.1525"},
    {"ecb",    "2026-04-02", "EUR", "JPY", 1, "184.00"},
    {"ecb",    "2026-04-07", "EUR", "USD", 1, "1.1600"},
    {"ecb",    "2026-04-13", "EUR", "USD", 1, "1.1684"},
    {"ecb",    "2026-04-13", "EUR", "JPY", 1, "186.75"},
    {"second", "2026-04-13", "EUR", "USD", 1, "1.2"   },
    {"second", "2026-04-13", "EUR", "JPY", 1, "200"   },
    {"second", "2026-04-14", "EUR", "USD", 1, "1.3"   },
    {"oxr",    "2026-04-13", "USD", "JPY", 1, "159"   },
    {"ecb",    "2026-04-15", "EUR", "USD", 1, "1.18"  },
    {"ecb",    "2026-04-15", "EUR", "USD", 2, "1.19"  },
};

static const struct choice_case {
    const char *name, *from, *to, *on;
    enum missing_day rule;
    const char *source, *published_on, *rate; /* source NULL: refused */
    int64_t from_version, to_version;
} choice_cases[] = {
    {"the day itself",                          "EUR", "USD", "2026-04-13", MISSING_DAY_PREVIOUS,   "ecb",    "2026-04-13",
     "1.1684",                                                                                                                             0, 1},
    {"to the base",                             "USD", "EUR", "2026-04-13", MISSING_DAY_PREVIOUS,   "ecb",    "2026-04-13",
     "2500/2921",                                                                                                                          1, 0},
    {"both legs of one publication",            "USD", "JPY", "2026-04-13", MISSING_DAY_PREVIOUS,   "ecb",
     "2026-04-13",                                                                                                          "466875/2921", 1, 1},
    {"Good Friday: the day before",             "EUR", "USD", "2026-04-03", MISSING_DAY_PREVIOUS,   "ecb",
     "2026-04-02",                                                                                                          "1.1525",      0, 1},
    {"Good Friday: the day behind Easter",      "EUR", "USD", "2026-04-03", MISSING_DAY_NEXT,       "ecb",
     "2026-04-07",                                                                                                          "1.16",        0, 1},
    {"Good Friday in Poland",                   "EUR", "USD", "2026-04-03", MISSING_DAY_DAY_BEFORE, "ecb",
     "2026-04-02",                                                                                                          "1.1525",      0, 1},
    {"a day of publication in Poland",          "EUR", "USD", "2026-04-07", MISSING_DAY_DAY_BEFORE, "ecb",
     "2026-04-02",                                                                                                          "1.1525",      0, 1},
    {"the nearer day of another source",        "EUR", "USD", "2026-04-14", MISSING_DAY_PREVIOUS,   "second",
     "2026-04-14",                                                                                                          "1.3",         0, 1},
    {"a leg is missing: the day that has both", "USD", "JPY", "2026-04-07", MISSING_DAY_PREVIOUS,
     "ecb",                                                                                                   "2026-04-02", "73600/461",   1, 1},
    {"the last version",                        "EUR", "USD", "2026-04-15", MISSING_DAY_PREVIOUS,   "ecb",    "2026-04-15",
     "1.19",                                                                                                                               0, 2},
    {"fourteen days old",                       "EUR", "JPY", "2026-04-27", MISSING_DAY_PREVIOUS,   "ecb",    "2026-04-13",
     "186.75",                                                                                                                             0, 1},
    {"fifteen days old",                        "EUR", "JPY", "2026-04-28", MISSING_DAY_PREVIOUS,   NULL,     NULL,         NULL,          0, 0},
    {"before there was any",                    "EUR", "USD", "2026-04-01", MISSING_DAY_PREVIOUS,   NULL,     NULL,         NULL,          0,
     0                                                                                                                                         },
    {"nothing comes",                           "EUR", "USD", "2026-04-16", MISSING_DAY_NEXT,       NULL,     NULL,         NULL,          0, 0},
    {"no such currency",                        "EUR", "CHF", "2026-04-13", MISSING_DAY_PREVIOUS,   NULL,     NULL,         NULL,          0, 0},
};

START_TEST(chooses)
{
    static const char *const sources[] = {"ecb", "second"};
    const struct choice_case *c = &choice_cases[_i];
    const struct rate_rule rule = {c->rule, CONVERSION_AGE_DAYS_MAX, sources, ARRAY_LEN(sources)};
    struct published_rate rates[ARRAY_LEN(rows)];
    struct exchange_rate_choice choice;
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rates[i] =
            (struct published_rate){date_of(rows[i].on), rows[i].source,  rows[i].base,
                                    rows[i].quote,       rows[i].version, decimal_of(rows[i].rate)};
    bool good = exchange_rate_choose(rates, ARRAY_LEN(rates), c->from, c->to, date_of(c->on), &rule,
                                     &choice, &err);
    ck_assert_msg(good == (c->source != NULL), "%s: %s", c->name, err.message);
    if (!good) {
        ck_assert_str_eq(err.code, "no_exchange_rate");
        return;
    }
    ck_assert_msg(strcmp(choice.source, c->source) == 0, "%s: %s", c->name, choice.source);
    ck_assert_msg(strcmp(date_text(choice.legs.published_on).text, c->published_on) == 0, "%s: %s",
                  c->name, date_text(choice.legs.published_on).text);
    ck_assert_msg(strcmp(ratio_text(choice.rate).text, c->rate) == 0, "%s: %s", c->name,
                  ratio_text(choice.rate).text);
    ck_assert_int_eq(choice.from_version, c->from_version);
    ck_assert_int_eq(choice.to_version, c->to_version);
}
END_TEST

static const struct jump_case {
    const char *name, *earlier, *rate;
    int32_t percent;
    bool jumps;
} jump_cases[] = {
    {"nothing",                     "1.1684",                                 "1.1684",                 20, false},
    {"exactly as much",             "1.00",                                   "1.20",                   20, false},
    {"a digit more",                "1.00",                                   "1.200001",               20, true },
    {"exactly as much down",        "1.00",                                   "0.8",                    20, false},
    {"a digit more down",           "1.00",                                   "0.799999",               20, true },
    {"a comma taken for a dot",     "1.1684",                                 "11684",                  20, true },
    {"the inverse",                 "1.1684",                                 "0.8559",                 20, true },
    {"too far apart for a decimal", "0.00000000000000000001",                 "99999999999999999999",   20, true },
    {"too large to be multiplied",  "99999999999999999999000000000000000000",
     "99999999999999999998000000000000000000",                                                          20, true },
    {"very small ones, alike",      "0.00000000000000000012",                 "0.00000000000000000013", 20, false},
};

START_TEST(tells_a_jump)
{
    const struct jump_case *c = &jump_cases[_i];
    ck_assert_msg(exchange_rate_jumps(decimal_of(c->earlier), decimal_of(c->rate), c->percent) ==
                      c->jumps,
                  "%s", c->name);
}
END_TEST

TEST_SUITE(exchange_rate)
{
    TEST_TABLE(chooses, choice_cases);
    TEST_TABLE(tells_a_jump, jump_cases);
}
