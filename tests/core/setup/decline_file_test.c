/* declines.yaml: what is wrong in it has a place, and the one that is shipped has the classes of
 * DOMAIN 8. */
#include <string.h>

#include "core/base/text.h"
#include "core/setup/decline_file.h"
#include "tests/support/setup_files.h"
#include "tests/support/suite.h"

#define ARENA_CAP (16u * 1024u * 1024u)
#define SHIPPED "config/declines.yaml"

static const struct file_case {
    const char *name, *text, *problems;
} file_cases[] = {
    {"nothing",                   "",                                                                       ""},
    {"a code",                    "stripe:\n  codes:\n    never: [stolen_card]\n",                          ""},
    {"a code of two gateways",    "stripe: {codes: {never: [x]}}\nrazorpay: {codes: {later: [x]}}\n",
     ""                                                                                                       },
    {"a code that is advice too", "stripe: {codes: {never: [x]}, advice: {later: [x]}}\n",                  ""},
    {"two classes",               "stripe:\n  codes:\n    later: [a, b]\n    never: [c, b]\n",
     "declines.yaml:4:16: 'b' is of another class in line 3 (leave it in one of the classes)\n"               },
    {"two classes of the advice", "stripe:\n  advice:\n    customer: [a]\n    later: [a]\n",
     "declines.yaml:3:16: 'a' is of another class in line 4 (leave it in one of the classes)\n"               },
    {"three classes",             "stripe:\n  codes:\n    later: [a]\n    customer: [a]\n    never: [a]\n",
     "declines.yaml:4:16: 'a' is of another class in line 3 (leave it in one of the classes)\n"
     "declines.yaml:5:13: 'a' is of another class in line 3 (leave it in one of the classes)\n"
     "declines.yaml:5:13: 'a' is of another class in line 4 (leave it in one of the classes)\n"               },
};

START_TEST(reads)
{
    const struct file_case *c = &file_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    CLEANUP(scratch_remove) struct scratch scratch = scratch_create();
    struct scratch_path path = scratch_write(&scratch, "declines.yaml", c->text);
    struct scratch_path folder = scratch_path(&scratch, "");
    struct problem_list problems = {.arena = arena};
    struct decline_table table;
    ck_assert(decline_file_read(path.text, arena, &problems, &table));
    problem_list_sort(&problems);
    const char *text = problems_text(&problems, folder.text);
    ck_assert_msg(strcmp(text, c->problems) == 0, "%s: got\n%s", c->name, text);
}
END_TEST

static const struct refused_case {
    const char *name, *text, *problem; /* the beginning */
} refused_cases[] = {
    {"another gateway",     "paypal: {}\n",                                "declines.yaml:1:1: unknown key"},
    {"another class",       "stripe:\n  codes:\n    soon: [a]\n",          "declines.yaml:3:5: unknown key"},
    {"no list",             "stripe:\n  codes:\n    never: stolen_card\n", "declines.yaml:3:12: "          },
    {"a code with a space", "stripe: {codes: {never: [stolen card]}}\n",   "declines.yaml:1:26: "          },
    {"a * in the middle",   "stripe: {codes: {never: [\"a*b\"]}}\n",       "declines.yaml:1:26: "          },
    {"a * alone",           "stripe: {codes: {never: [\"*\"]}}\n",         "declines.yaml:1:26: "          },
    {"a code twice",        "stripe: {codes: {never: [a, a]}}\n",          "declines.yaml:1:29: "          },
};

START_TEST(refuses)
{
    const struct refused_case *c = &refused_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    CLEANUP(scratch_remove) struct scratch scratch = scratch_create();
    struct scratch_path path = scratch_write(&scratch, "declines.yaml", c->text);
    struct scratch_path folder = scratch_path(&scratch, "");
    struct problem_list problems = {.arena = arena};
    struct decline_table table;
    ck_assert(decline_file_read(path.text, arena, &problems, &table));
    const char *text = problems_text(&problems, folder.text);
    ck_assert_msg(text_starts_with(text, c->problem), "%s: got\n%s", c->name, text);
}
END_TEST

/* DOMAIN 8: later (insufficient funds, issuer down), after the customer acts (expired,
 * authentication), never (stolen, revoked); the gateway's own advice wins. */
static const struct shipped_case {
    const char *gateway, *advice, *code, *expect; /* "!" behind it: not known */
} shipped_cases[] = {
    {"stripe",      NULL,                "insufficient_funds",               "later"   },
    {"stripe",      NULL,                "issuer_not_available",             "later"   },
    {"stripe",      NULL,                "processing_error",                 "later"   },
    {"stripe",      NULL,                "reenter_transaction",              "later"   },
    {"stripe",      NULL,                "approve_with_id",                  "later"   },
    {"stripe",      NULL,                "card_velocity_exceeded",           "later"   },
    {"stripe",      NULL,                "withdrawal_count_limit_exceeded",  "later"   },
    {"stripe",      NULL,                "do_not_honor",                     "later"   },
    {"stripe",      NULL,                "generic_decline",                  "later"   },
    {"stripe",      NULL,                "expired_card",                     "customer"},
    {"stripe",      NULL,                "authentication_required",          "customer"},
    {"stripe",      NULL,                "incorrect_cvc",                    "customer"},
    {"stripe",      NULL,                "invalid_expiry_year",              "customer"},
    {"stripe",      NULL,                "incorrect_number",                 "never"   },
    {"stripe",      NULL,                "lost_card",                        "never"   },
    {"stripe",      NULL,                "stolen_card",                      "never"   },
    {"stripe",      NULL,                "pickup_card",                      "never"   },
    {"stripe",      NULL,                "restricted_card",                  "never"   },
    {"stripe",      NULL,                "revocation_of_authorization",      "never"   },
    {"stripe",      NULL,                "revocation_of_all_authorizations", "never"   },
    {"stripe",      NULL,                "fraudulent",                       "never"   },
    {"stripe",      NULL,                "transaction_not_allowed",          "never"   },
    {"stripe",      NULL,                "network:R1",                       "never"   },
    {"stripe",      NULL,                "network:51",                       "later!"  },
    {"stripe",      "do_not_try_again",  "insufficient_funds",               "never"   },
    {"stripe",      "try_again_later",   "stolen_card",                      "later"   },
    {"stripe",      "confirm_card_data", "do_not_honor",                     "customer"},
    {"stripe",      NULL,                "of_tomorrow",                      "later!"  },
    {"razorpay",    NULL,                "insufficient_funds",               "later"   },
    {"razorpay",    NULL,                "gateway_technical_error",          "later"   },
    {"razorpay",    NULL,                "card_expired",                     "customer"},
    {"razorpay",    NULL,                "invalid_otp",                      "customer"},
    {"razorpay",    NULL,                "debit_instrument_blocked",         "never"   },
    {"mercadopago", NULL,                "cc_rejected_insufficient_amount",  "later"   },
    {"mercadopago", NULL,                "cc_rejected_bad_filled_date",      "customer"},
    {"mercadopago", NULL,                "cc_rejected_call_for_authorize",   "customer"},
    {"mercadopago", NULL,                "cc_rejected_blacklist",            "never"   },
    {"manual",      NULL,                "insufficient_funds",               "later!"  },
};

START_TEST(ships)
{
    const struct shipped_case *c = &shipped_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    struct decline_table table;
    ck_assert(decline_file_read(SHIPPED, arena, &problems, &table));
    ck_assert_str_eq(problems_text(&problems, ""), "");
    struct decline_verdict verdict = decline_of(&table, c->gateway, c->advice, &c->code, 1);
    const char *name = decline_class_name(verdict.decline);
    ck_assert_msg(text_starts_with(c->expect, name) && verdict.known == text_equal(c->expect, name),
                  "%s %s: %s", c->gateway, c->code, name);
}
END_TEST

TEST_SUITE(decline_file)
{
    TEST_TABLE(reads, file_cases);
    TEST_TABLE(refuses, refused_cases);
    TEST_TABLE(ships, shipped_cases);
}
