/* Country codes: those of ISO 3166-1 and no others, but two. */
#include <string.h>

#include "core/billing/country.h"
#include "core/billing/tax_id.h"
#include "tests/support/suite.h"

static const struct country_case {
    const char *code, *message, *hint;
} country_cases[] = {
    {"AD",  "",                                                                   ""                        },
    {"ZW",  "",                                                                   ""                        },
    {"GB",  "",                                                                   ""                        },
    {"GR",  "",                                                                   ""                        },
    {"XI",  "",                                                                   ""                        },
    {"XK",  "",                                                                   ""                        },
    {"UK",  "\"UK\" is not a country of ISO 3166",                                "the United Kingdom is GB"},
    {"EL",  "\"EL\" is not a country of ISO 3166",
     "Greece is GR; EL is what its tax ids begin with"                                                      },
    {"EU",  "\"EU\" is not a country of ISO 3166",
     "the European Union is no country: name the member state"                                              },
    {"AA",  "\"AA\" is not a country of ISO 3166",                                ""                        },
    {"ZZ",  "\"ZZ\" is not a country of ISO 3166",                                ""                        },
    {"",    "\"\" is not a country: two capital letters of ISO 3166, like DE",    ""                        },
    {"D",   "\"D\" is not a country: two capital letters of ISO 3166, like DE",   ""                        },
    {"de",  "\"de\" is not a country: two capital letters of ISO 3166, like DE",  ""                        },
    {"D ",  "\"D \" is not a country: two capital letters of ISO 3166, like DE",  ""                        },
    {"DEU", "\"DEU\" is not a country: two capital letters of ISO 3166, like DE", ""                        },
};

START_TEST(knows_countries)
{
    const struct country_case *c = &country_cases[_i];
    struct error err = {0};
    bool good = country_check(c->code, &err);
    ck_assert_msg(good == (c->message[0] == '\0'), "%s", c->code);
    ck_assert_msg(strcmp(err.message, c->message) == 0, "%s: %s", c->code, err.message);
    ck_assert_msg(strcmp(err.hint, c->hint) == 0, "%s: %s", c->code, err.hint);
}
END_TEST

/* 249 of the standard, XI and XK; whoever has a scheme of tax ids is one of them. */
START_TEST(knows_all_of_them)
{
    int32_t count = 0;
    for (int32_t i = 0; i < 26 * 26; i++) {
        struct error ignored = {0};
        const char code[] = {(char)('A' + i / 26), (char)('A' + i % 26), '\0'};
        bool good = country_check(code, &ignored);
        count += good ? 1 : 0;
        ck_assert_msg(good || tax_id_scheme(code) == NULL, "%s", code);
    }
    ck_assert_int_eq(count, 251);
}
END_TEST

TEST_SUITE(country)
{
    TEST_TABLE(knows_countries, country_cases);
    TEST_ONE(knows_all_of_them);
}
