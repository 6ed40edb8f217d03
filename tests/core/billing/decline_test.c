/* Which class a decline is of: the advice first, then the first code that is known. */
#include "core/base/text.h"
#include "core/billing/decline.h"
#include "tests/support/suite.h"

static const struct decline_rule codes[] = {
    {"insufficient_funds", DECLINE_LATER   },
    {"stolen_card",        DECLINE_NEVER   },
    {"incorrect_*",        DECLINE_CUSTOMER},
    {"incorrect_number",   DECLINE_NEVER   },
    {"incorrect_n*",       DECLINE_LATER   },
    {"*",                  DECLINE_NEVER   },
};
static const struct decline_rule advice[] = {
    {"do_not_try_again", DECLINE_NEVER},
    {"try_again_later",  DECLINE_LATER}
};
static const struct decline_gateway gateways[] = {
    {.name = "other"   },
    { "stripe", codes, advice, ARRAY_LEN(codes), ARRAY_LEN(advice)}
};
static const struct decline_table table = {gateways, ARRAY_LEN(gateways)};

static const struct class_case {
    const char *name, *gateway, *advice;
    const char *codes[2];
    const char *expect; /* "!" behind it: not known */
} class_cases[] = {
    {"a code",                        "stripe", NULL,               {"stolen_card"},                       "never"   },
    {"the advice wins",               "stripe", "try_again_later",  {"stolen_card"},                       "later"   },
    {"the advice wins the other way",
     "stripe",                                  "do_not_try_again",
     {"insufficient_funds"},
     "never"                                                                                                         },
    {"advice alone",                  "stripe", "do_not_try_again", {NULL},                                "never"   },
    {"unknown advice counts nothing", "stripe", "sing",             {"stolen_card"},                       "never"   },
    {"a code is no advice",           "stripe", "stolen_card",      {"insufficient_funds"},                "later"   },
    {"the first that is known",       "stripe", NULL,               {"moon", "stolen_card"},               "never"   },
    {"the first of two",              "stripe", NULL,               {"insufficient_funds", "stolen_card"}, "later"   },
    {"none first",                    "stripe", NULL,               {NULL, "stolen_card"},                 "never"   },
    {"a beginning",                   "stripe", NULL,               {"incorrect_cvc"},                     "customer"},
    {"the whole before a beginning",  "stripe", NULL,               {"incorrect_number"},                  "never"   },
    {"the longest beginning",         "stripe", NULL,               {"incorrect_nothing"},                 "later"   },
    {"a beginning alone",             "stripe", NULL,               {"incorrect"},                         "later!"  },
    {"unknown",                       "stripe", NULL,               {"moon"},                              "later!"  },
    {"nothing",                       "stripe", NULL,               {NULL},                                "later!"  },
    {"empty",                         "stripe", NULL,               {""},                                  "later!"  },
    {"another gateway",               "other",  NULL,               {"stolen_card"},                       "later!"  },
    {"an unknown gateway",            "moon",   NULL,               {"stolen_card"},                       "later!"  },
};

START_TEST(classes)
{
    const struct class_case *c = &class_cases[_i];
    struct decline_verdict verdict =
        decline_of(&table, c->gateway, c->advice, c->codes, ARRAY_LEN(c->codes));
    const char *name = decline_class_name(verdict.decline);
    ck_assert_msg(text_starts_with(c->expect, name), "%s: %s", c->name, name);
    ck_assert_msg(verdict.known == text_equal(c->expect, name), "%s: known or not", c->name);
}
END_TEST

START_TEST(names_are_read_again)
{
    static const enum decline_class all[] = {DECLINE_LATER, DECLINE_CUSTOMER, DECLINE_NEVER};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        enum decline_class got = DECLINE_LATER;
        ck_assert(decline_class_parse(decline_class_name(all[i]), &got));
        ck_assert_int_eq(got, all[i]);
        ck_assert(!decline_class_parse("soon", &got));
        ck_assert(!decline_class_parse(NULL, &got));
        ck_assert_int_eq(got, all[i]);
    }
}
END_TEST

TEST_SUITE(decline)
{
    TEST_TABLE(classes, class_cases);
    TEST_ONE(names_are_read_again);
}
