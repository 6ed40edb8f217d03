#include "core/base/text.h"
#include "core/billing/dunning_terms.h"
#include "tests/support/suite.h"

#define ARENA_CAP ((size_t)1 << 20)

static struct arena *arena;

static void set_up(void)
{
    arena = arena_create("test", ARENA_CAP);
}

static void tear_down(void)
{
    arena_destroy(&arena);
}

START_TEST(reads_a_policy)
{
    struct dunning_terms terms;
    struct error err = {0};
    ck_assert_msg(
        dunning_terms_parse("  two   days 3 charge,mail failed ; 30 webhook, pause, past_due;end "
                            "uncollectible ",
                            arena, &terms, &err),
        "%s", err.message);
    ck_assert_str_eq(terms.name, "two");
    ck_assert_str_eq(terms.text, "two days 3 charge,mail failed ; 30 webhook, pause, past_due;end "
                                 "uncollectible");
    ck_assert_int_eq(terms.policy.spacing, DUNNING_DAYS);
    ck_assert_uint_eq(terms.policy.step_count, 2);
    ck_assert_int_eq(terms.policy.steps[0], 3);
    ck_assert_int_eq(terms.policy.steps[1], 30);
    ck_assert_int_eq(terms.policy.end, DUNNING_UNCOLLECTIBLE);
    ck_assert_str_eq(terms.steps[0].text, "charge, mail failed");
    ck_assert_str_eq(terms.steps[0].actions[1].mail_template, "failed");
    ck_assert_str_eq(terms.steps[1].text, "webhook, pause, past_due");
    ck_assert_uint_eq(terms.steps[1].action_count, 3);
    ck_assert(dunning_step_charges(&terms.steps[0]));
    ck_assert(!dunning_step_charges(&terms.steps[1]));
}
END_TEST

/* What a campaign keeps says the same again. */
START_TEST(presets_are_read_and_read_again)
{
    struct error err = {0};
    for (size_t i = 0; dunning_presets[i] != NULL; i++) {
        struct dunning_terms terms, again;
        ck_assert_msg(dunning_terms_parse(dunning_presets[i], arena, &terms, &err), "%s",
                      err.message);
        ck_assert_msg(dunning_terms_parse(terms.text, arena, &again, &err), "%s", err.message);
        ck_assert_str_eq(again.text, terms.text);
        ck_assert_uint_eq(again.policy.step_count, terms.policy.step_count);
        ck_assert_int_eq(terms.policy.end, DUNNING_PAUSE);
    }
}
END_TEST

static const struct bad_case {
    const char *text, *message;
} bad_cases[] = {
    {"",                                     "policy '': expected a name of lower-case letters, not ''"        },
    {"none days 3 charge; end pause",
     "policy 'none': expected a name of lower-case letters, not 'none'"                                        },
    {"x weeks 3 charge; end pause",          "policy 'x': expected days, chained or hours, not 'weeks'"        },
    {"x days charge; end pause",             "policy 'x': expected the number of a step, or end, not 'charge'" },
    {"x days 3 scold; end pause",
     "policy 'x': expected charge, mail TEMPLATE, webhook, past_due or pause, not 'scold'"                     },
    {"x days 3 mail; end pause",             "policy 'x': expected mail TEMPLATE, not ''"                      },
    {"x days 3 charge",                      "policy 'x': expected the number of a step, or end, not ''"       },
    {"x days 3 charge end pause",            "policy 'x': expected ; behind a step, not 'end pause'"           },
    {"x days 3 charge; end",                 "'' is no end of dunning: expected pause, cancel or uncollectible"},
    {"x days 3 charge; end pause; 4 charge",
     "policy 'x': expected nothing behind the end, not '4 charge'"                                             },
    {"x days 7 charge; 3 charge; end pause", "policy 'x': 3 is not above the one before, 7"                    },
    {"x days end pause",                     "policy 'x': expected 1 to 100 attempts, not 0"                   },
    {"x days 3 charge;",                     "policy 'x': expected the number of a step, or end, not ''"       },
};
START_TEST(refuses)
{
    const struct bad_case *c = &bad_cases[_i];
    struct dunning_terms terms;
    struct error err = {0};
    ck_assert_msg(!dunning_terms_parse(c->text, arena, &terms, &err), "%s: accepted", c->text);
    ck_assert_str_eq(err.message, c->message);
    ck_assert_str_eq(err.code,
                     text_starts_with(c->message, "''") ? "bad_dunning_end" : "bad_dunning_policy");
}
END_TEST

static const struct refusal_case {
    const char *name;
    struct dunning_standing standing;
    const char *expect;
} refusal_cases[] = {
    {"no funds",                   {true, true, false, false, DECLINE_LATER, true, true, 14, 15},     NULL        },
    {"the cap is reached",
     {true, true, false, false, DECLINE_LATER, true, true, 15, 15},
     "network_cap"                                                                                                },
    {"it holds for new ones",
     {true, true, false, false, DECLINE_NEVER, false, false, 16, 15},
     "network_cap"                                                                                                },
    {"no method",                  {false, false, false, false, DECLINE_LATER, false, false, 1, 15},  "no_method" },
    {"no account",                 {true, false, false, false, DECLINE_LATER, true, true, 1, 15},     "no_account"},
    {"expired",                    {true, true, true, false, DECLINE_LATER, true, true, 1, 15},       "expired"   },
    {"stolen",                     {true, true, false, true, DECLINE_NEVER, true, true, 1, 15},       "never"     },
    {"stolen, and prolonged",
     {true, true, false, true, DECLINE_NEVER, true, false, 1, 15},
     "never"                                                                                                      },
    {"stolen, another card",       {true, true, false, false, DECLINE_NEVER, false, true, 1, 15},     NULL        },
    {"stolen, by another invoice",
     {true, true, false, true, DECLINE_LATER, false, false, 1, 15},
     "never"                                                                                                      },
    {"stolen, before another was",
     {true, true, false, true, DECLINE_NEVER, false, false, 1, 15},
     "never"                                                                                                      },
    {"expired there",              {true, true, false, false, DECLINE_CUSTOMER, true, true, 1, 15},   "customer"  },
    {"prolonged",                  {true, true, false, false, DECLINE_CUSTOMER, true, false, 1, 15},  NULL        },
    {"another card",               {true, true, false, false, DECLINE_CUSTOMER, false, false, 1, 15}, NULL        },
};
START_TEST(says_why_not)
{
    const struct refusal_case *c = &refusal_cases[_i];
    const char *got = dunning_refusal(&c->standing);
    ck_assert_msg(text_equal(got, c->expect), "%s: got %s", c->name, got == NULL ? "none" : got);
}
END_TEST

TEST_SUITE(dunning_terms)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    TEST_ONE(reads_a_policy);
    TEST_ONE(presets_are_read_and_read_again);
    TEST_TABLE(refuses, bad_cases);
    TEST_TABLE(says_why_not, refusal_cases);
}
